// SPDX-License-Identifier: GPL-2.0
/* A storm's descriptors: some of every kind, which threads close, exchange and use meanwhile. */
#include "storm.h"

#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <linux/io_uring.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define OF_A_KIND	4

/* Descriptor numbers; another file may have a number by the time a thread uses it. */
static int pool[FD_KINDS][OF_A_KIND];

int storm_keep(int fd)
{
	int kept;

	if (fd < 0 || fd >= STORM_FIRST_FD)
		return fd;
	kept = fcntl(fd, F_DUPFD_CLOEXEC, STORM_FIRST_FD);
	close(fd);
	return kept;
}

static void put(struct storm_thread *t, unsigned int kind, int fd)
{
	int *place = &pool[kind][storm_below(t, OF_A_KIND)];
	int before = __atomic_exchange_n(place, storm_keep(fd), __ATOMIC_RELAXED);

	if (before >= STORM_FIRST_FD)
		close(before);
}

/* ---- Making them ---- */

static int temporary(const char *folder)
{
	int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd >= 0)
		ftruncate(fd, 0x8000);
	return fd;
}

static void make_pipe(struct storm_thread *t)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC | (storm_one_in(t, 4) ? 0 : O_NONBLOCK)))
		return;
	if (storm_one_in(t, 2))
		fcntl(fds[1], F_SETPIPE_SZ, 4096);
	put(t, FD_PIPE_READ, fds[0]);
	put(t, FD_PIPE_WRITE, fds[1]);
}

static void make_sockets(struct storm_thread *t, unsigned int kind)
{
	int fds[2], type = kind == FD_SOCKET ? SOCK_STREAM : SOCK_DGRAM;

	if (socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, fds))
		return;
	put(t, kind, fds[0]);
	put(t, kind, fds[1]);
}

static void make_pty(struct storm_thread *t)
{
	int master = storm_keep(posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
	char name[32];

	if (master < 0)
		return;
	if (!grantpt(master) && !unlockpt(master) && !ptsname_r(master, name, sizeof(name)))
		put(t, FD_PTS, open(name, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
	put(t, FD_PTMX, master);
}

static int make_uring(void)
{
	struct io_uring_params params = { 0 };

	return syscall(SYS_io_uring_setup, 4, &params);
}

static int make_tap(void)
{
	struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR };
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return fd;
	strcpy(ifr.ifr_name, "storm%d");
	ioctl(fd, TUNSETIFF, &ifr);
	return fd;
}

static int make_fifo(void)
{
	char path[] = "/tmp/storm-fifo-XXXXXX";
	int fd;

	if (!mkdtemp(path))
		return -1;
	rmdir(path);
	if (mkfifo(path, 0600))
		return -1;
	fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
	unlink(path);
	return fd;
}

static const struct {
	u8 kind;
	int flags;
	const char *path;
} paths[] = {
	{ FD_NULL, O_RDWR | O_NONBLOCK, "/dev/null" },
	{ FD_ZERO, O_RDWR | O_NONBLOCK, "/dev/zero" },
	{ FD_PROC, O_RDONLY, "/proc/self/status" },
	{ FD_LAST_PID, O_RDWR, "/proc/sys/kernel/ns_last_pid" },
	{ FD_SYSFS, O_RDONLY, "/sys/kernel/notes" },
	{ FD_DIRECTORY, O_RDONLY | O_DIRECTORY, "/tmp" },
	{ FD_PATH, O_PATH, "/dev/null" },
	{ FD_KVM, O_RDWR, "/dev/kvm" },
	{ FD_KEEL, O_RDWR, "/dev/keel" },
	{ FD_VHOST_NET, O_RDWR, "/dev/vhost-net" },
	{ FD_VHOST_VSOCK, O_RDWR, "/dev/vhost-vsock" },
};

static void make_path(struct storm_thread *t, unsigned int kind)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(paths); i++)
		if (paths[i].kind == kind)
			put(t, kind, open(paths[i].path, paths[i].flags | O_CLOEXEC));
}

static void make(struct storm_thread *t, unsigned int kind)
{
	switch (kind) {
	case FD_REGULAR:
		return put(t, kind, temporary("/tmp"));
	case FD_TMPFS:
		return put(t, kind, temporary("/dev/shm"));
	case FD_PIPE_READ:
	case FD_PIPE_WRITE:
		return make_pipe(t);
	case FD_SOCKET:
	case FD_DATAGRAM:
		return make_sockets(t, kind);
	case FD_PTMX:
	case FD_PTS:
		return make_pty(t);
	case FD_EVENTFD:
		return put(t, kind, eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
	case FD_EPOLL:
		return put(t, kind, epoll_create1(EPOLL_CLOEXEC));
	case FD_URING:
		return put(t, kind, make_uring());
	case FD_MEMFD:
		return put(t, kind, memfd_create("storm", MFD_CLOEXEC));
	case FD_TAP:
		return put(t, kind, make_tap());
	case FD_TIMER:
		return put(t, kind, timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC));
	case FD_INOTIFY:
		return put(t, kind, inotify_init1(IN_CLOEXEC));
	case FD_FIFO:
		return put(t, kind, make_fifo());
	default:
		return make_path(t, kind);
	}
}

void storm_fill_pool(struct storm_thread *t)
{
	unsigned int kind, i;

	memset(pool, 0xff, sizeof(pool));
	for (kind = 0; kind < FD_KINDS; kind++)
		for (i = 0; i < 2; i++)
			make(t, kind);
}

/* ---- Using them ---- */

static int vm_fd(struct storm_thread *t)
{
	const struct storm_vm *vm = &storm_vms[storm_below(t, STORM_VMS)];

	switch (storm_below(t, 5)) {
	case 0:
		return vm->kvm_vm;
	case 1:
		return vm->vcpu;
	case 2:
		return vm->keel;
	case 3:
		return vm->console;
	default:
		return vm->eventfds[storm_below(t, NR_EVENTFDS)];
	}
}

int storm_any_fd(struct storm_thread *t)
{
	switch (storm_below(t, 16)) {
	case 0:
		return STORM_FIRST_FD + storm_below(t, STORM_FDS);
	case 1:
		return (int)storm_number(t);
	case 2:
	case 3:
		return vm_fd(t);
	default:
		return pool[storm_below(t, FD_KINDS)][storm_below(t, OF_A_KIND)];
	}
}

int storm_fd(struct storm_thread *t, unsigned int kind)
{
	if (storm_one_in(t, 4))
		return storm_any_fd(t);
	return pool[kind][storm_below(t, OF_A_KIND)];
}

static void change_flags(struct storm_thread *t, int fd)
{
	static const int flags[] = { O_APPEND, O_DIRECT, O_NONBLOCK, O_ASYNC, O_NOATIME };

	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) ^ flags[storm_below(t, ARRAY_SIZE(flags))]);
}

/* Uses a file as its own process may */
void storm_use_fd(struct storm_thread *t)
{
	char bytes[600] = "";
	int fd = storm_any_fd(t);

	if (fd < STORM_FIRST_FD)
		return;
	switch (storm_below(t, 8)) {
	case 0:
	case 1:
		read(fd, bytes, storm_below(t, sizeof(bytes)));
		break;
	case 2:
	case 3:
		write(fd, bytes, storm_below(t, sizeof(bytes)));
		break;
	case 4:
		ftruncate(fd, storm_below(t, 0x10000));
		break;
	case 5:
		shutdown(fd, storm_below(t, 3));
		break;
	default:
		change_flags(t, fd);
	}
}

/* Sends one descriptor through a socket, which may never be read. */
static void send_fd(struct storm_thread *t)
{
	struct msghdr message = { 0 };
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { .header = { .cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET,
				  .cmsg_type = SCM_RIGHTS } };
	struct iovec data = { .iov_base = "x", .iov_len = 1 };
	int fd = storm_any_fd(t);

	message.msg_iov = &data;
	message.msg_iovlen = 1;
	message.msg_control = &control;
	message.msg_controllen = sizeof(control.space);
	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	sendmsg(storm_fd(t, FD_SOCKET), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* Closes a descriptor, opens another one, or replaces one under its number */
void storm_trade_fds(struct storm_thread *t)
{
	int fd = storm_any_fd(t), other = storm_any_fd(t);

	switch (storm_below(t, 8)) {
	case 0:
		if (fd >= STORM_FIRST_FD)
			close(fd);
		break;
	case 1:
		if (fd >= STORM_FIRST_FD && other >= STORM_FIRST_FD && other < STORM_FDS)
			dup2(fd, other);
		break;
	case 2:
		send_fd(t);
		break;
	default:
		make(t, storm_below(t, FD_KINDS));
	}
}

/* Descriptors no longer in the pool fill the table until a VM cannot be made: closes some. */
void storm_close_some(struct storm_thread *t)
{
	unsigned int i;

	for (i = 0; i < STORM_FDS / 4; i++)
		close(STORM_FIRST_FD + storm_below(t, STORM_FDS - STORM_FIRST_FD));
	for (i = 0; i < FD_KINDS; i++)
		make(t, i);
}
