// SPDX-License-Identifier: GPL-2.0
/*
 * Files of a process: a serving thread uses them with its process's rights, and checks them at
 * each use; and none of them keeps a VM alive.
 */
#include "serve.h"

#include <fcntl.h>
#include <linux/io_uring.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SECTOR		512
#define DISK_SECTORS	8
#define STATUS_AT	(DRIVER_DATA + 16 + SECTOR)
#define T_IN		0
#define T_OUT		1
#define S_OK		0
#define S_IOERR		1

/* ---- A serving thread has its process's limits and identity ---- */

static int exceeded;

static void count_excess(int signal)
{
	(void)signal;
	exceeded++;
}

static void limited(void *arg)
{
	char path[] = "/tmp/abi-limit-XXXXXX";
	struct rlimit limit = { 0x1000, 0x1000 };
	int fd = temporary(path);
	struct vm vm;
	bool used;

	(void)arg;
	unlink(path);
	serve_start_sender(&vm, fd);
	setrlimit(RLIMIT_FSIZE, &limit);
	signal(SIGXFSZ, count_excess);
	used = serve_run_sender(&vm);
	note("%lld bytes, %d signals", (long long)size_of(fd), exceeded);
	_exit(!used || size_of(fd) != 0x1000 || !exceeded);
}

static void limits(void)
{
	int status = in_child(limited, NULL, 60);

	ok(!status, "a server obeys RLIMIT_FSIZE, its process gets SIGXFSZ (status %d)", status);
}

static bool is_ours(const struct msghdr *message)
{
	struct cmsghdr *header = CMSG_FIRSTHDR(message);
	struct ucred credentials;

	if (!header || header->cmsg_type != SCM_CREDENTIALS)
		return false;
	memcpy(&credentials, CMSG_DATA(header), sizeof(credentials));
	note("user %u, group %u, process %d", credentials.uid, credentials.gid, credentials.pid);
	return credentials.uid == getuid() && credentials.gid == getgid() &&
	       credentials.pid == getpid();
}

static void credentials(void)
{
	char bytes[256], control[256];
	struct iovec data = { bytes, sizeof(bytes) };
	struct msghdr message = {
		.msg_iov = &data, .msg_iovlen = 1, .msg_control = control,
		.msg_controllen = sizeof(control),
	};
	int sockets[2], on = 1;
	struct vm vm;

	must(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets), "socketpair");
	setsockopt(sockets[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on));
	serve_start_sender(&vm, sockets[1]);
	ok(serve_run_sender(&vm), "a guest sends to a socket");
	ok(recvmsg(sockets[0], &message, MSG_DONTWAIT) > 0 && is_ours(&message),
	   "whose peer gets this process's ID and user");
	close(sockets[0]);
	close(sockets[1]);
	vm_close(&vm);
}

static void notifications(void)
{
	char path[] = "/tmp/abi-inotify-XXXXXX", event[512];
	int fd = temporary(path), watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	struct vm vm;

	must(inotify_add_watch(watch, path, IN_MODIFY) >= 0, "inotify");
	serve_start_sender(&vm, fd);
	ok(serve_run_sender(&vm) && size_of(fd) == SIZE, "a guest sends to a file");
	ok(read(watch, event, sizeof(event)) > 0, "inotify reports the write");
	unlink(path);
	close(fd);
	close(watch);
	vm_close(&vm);
}

/* ---- Descriptors whose file changes later ---- */

static void send_to_another(const char *name, int (*another)(void))
{
	char path[] = "/tmp/abi-dup-XXXXXX";
	int fd = temporary(path), now;
	struct vm vm;

	unlink(path);
	serve_start_sender(&vm, fd);
	now = another ? another() : -1;
	if (now >= 0)
		must(dup2(now, fd) == fd, "dup2");
	else
		close(fd);
	ok(serve_run_sender(&vm), "a port's file becomes %s: output is dropped", name);
	ok(now < 0 || !size_of(now), "and is not written there (%s)", name);
	if (now >= 0) {
		close(now);
		close(fd);
	}
	vm_close(&vm);
}

static int another_eventfd(void)
{
	return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

static int another_null(void)
{
	return open("/dev/null", O_RDWR | O_NONBLOCK | O_CLOEXEC);
}

static int another_proc(void)
{
	return open("/proc/sys/kernel/ns_last_pid", O_RDWR | O_CLOEXEC);
}

static int another_readonly(void)
{
	char path[] = "/tmp/abi-ro-XXXXXX";
	int fd = temporary(path), readonly = open(path, O_RDONLY | O_CLOEXEC);

	close(fd);
	unlink(path);
	return readonly;
}

static int another_kvm(void)
{
	return open("/dev/kvm", O_RDWR | O_CLOEXEC);
}

/* A full pipe, whose owner has cleared O_NONBLOCK after KEEL_ATTACH_CONSOLE */
static void send_to_waiting(void)
{
	int pipes[2];
	struct vm vm;

	must(!pipe2(pipes, O_CLOEXEC | O_NONBLOCK), "pipe");
	fill(pipes[1]);
	serve_start_sender(&vm, pipes[1]);
	fcntl(pipes[1], F_SETFL, 0);
	ok(serve_run_sender(&vm), "a port's pipe is blocking now: output is dropped");
	close(pipes[0]);
	close(pipes[1]);
	vm_close(&vm);
}

static void other_descriptors(void)
{
	send_to_waiting();
	send_to_another("closed", NULL);
	send_to_another("an eventfd", another_eventfd);
	send_to_another("/dev/null", another_null);
	send_to_another("one of proc", another_proc);
	send_to_another("one that is open for reading", another_readonly);
	send_to_another("/dev/kvm", another_kvm);
}

/* ---- Disks ---- */

static int attach_disk(struct vm *vm, unsigned int instance, int fd)
{
	struct keel_attach_blk attach = {
		.size = sizeof(attach), .class = KEEL_CLASS_VIRTIO_MMIO, .instance = instance,
		.server = SERVER, .fd = fd, .block_size = SECTOR, .capacity = DISK_SECTORS,
	};

	return ioctl(vm->keel, KEEL_ATTACH_BLK, &attach);
}

/* A guest that makes one request, for the first sector, with data of 'g' */
static void ask(struct vm *vm, unsigned int instance, u32 type)
{
	const struct driver_desc descs[] = {
		{ .addr = DRIVER_DATA, .len = 16 },
		{ .addr = DRIVER_DATA + 16, .len = SECTOR,
		  .flags = type == T_IN ? DRIVER_WRITE : 0 },
		{ .addr = STATUS_AT, .len = 1, .flags = DRIVER_WRITE },
	};
	unsigned int length = 0;

	memset(vm->memory + DRIVER_DATA, 0, 16);
	*(u32 *)(vm->memory + DRIVER_DATA) = type;
	memset(vm->memory + DRIVER_DATA + 16, 'g', SECTOR);
	vm->memory[STATUS_AT] = 0xff;
	driver_aim(vm, instance);
	driver_chain(vm, descs, ARRAY_SIZE(descs));
	driver_start(vm, &length, 0);
	driver_spin(vm, length);
}

static int disk_file(void)
{
	char path[] = "/tmp/abi-disk-XXXXXX", sectors[DISK_SECTORS * SECTOR];
	int fd = temporary(path);

	unlink(path);
	memset(sectors, 'h', sizeof(sectors));
	must(write(fd, sectors, sizeof(sectors)) == sizeof(sectors), "a disk");
	return fd;
}

static bool is_unchanged(int fd)
{
	char sectors[2 * DISK_SECTORS * SECTOR], all[DISK_SECTORS * SECTOR];

	memset(all, 'h', sizeof(all));
	return pread(fd, sectors, sizeof(sectors), 0) == sizeof(all) &&
	       !memcmp(sectors, all, sizeof(all));
}

/* The driver accepts VERSION_1 alone, not RO: the offered features decide. */
static void read_only(void)
{
	int fd = disk_file();
	struct vm vm;

	serve_start(&vm);
	must(!attach_disk(&vm, RO_DISK, fd), "a disk that is offered read-only");
	ask(&vm, RO_DISK, T_OUT);
	ok(serve_run_sender(&vm), "a driver that has not accepted RO writes: it gets an answer");
	ok(vm.memory[STATUS_AT] == S_IOERR, "which is an error (%u)", vm.memory[STATUS_AT]);
	ok(is_unchanged(fd), "and the file is unchanged");
	close(fd);
	vm_close(&vm);
}

/* Spoils the descriptor between KEEL_ATTACH_BLK and a write. */
static void spoiled_disk(const char *name, void (*spoil)(int fd), u8 status)
{
	int fd = disk_file(), kept = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	struct vm vm;

	serve_start(&vm);
	must(!attach_disk(&vm, DISK, fd), "a disk");
	ask(&vm, DISK, T_OUT);
	spoil(fd);
	ok(serve_run_sender(&vm), "a disk's descriptor is %s: a write is answered", name);
	ok(vm.memory[STATUS_AT] == status, "%s: status %u", name, vm.memory[STATUS_AT]);
	ok(status == S_OK || is_unchanged(kept), "%s: after an error the file is unchanged", name);
	fcntl(kept, F_SETFL, 0);
	close(kept);
	close(fd);
	vm_close(&vm);
}

static void spoil_nothing(int fd)
{
	(void)fd;
}

static void spoil_close(int fd)
{
	close(fd);
}

static void spoil_pipe(int fd)
{
	int pipes[2];

	must(!pipe(pipes) && dup2(pipes[1], fd) == fd, "dup2");
	close(pipes[0]);
	close(pipes[1]);
}

static void spoil_append(int fd)
{
	fcntl(fd, F_SETFL, O_APPEND);
}

static void spoil_readonly(int fd)
{
	int readonly = another_readonly();

	must(dup2(readonly, fd) == fd, "dup2");
	close(readonly);
}

static void disks(void)
{
	read_only();
	spoiled_disk("as it was", spoil_nothing, S_OK);
	spoiled_disk("closed", spoil_close, S_IOERR);
	spoiled_disk("a pipe's", spoil_pipe, S_IOERR);
	spoiled_disk("in append mode", spoil_append, S_IOERR);
	spoiled_disk("open for reading", spoil_readonly, S_IOERR);
}

/* ---- Chains of nearly 4 GiB ---- */

#define HUGE_AT		0x10000000ULL
#define HUGE_SIZE	0x1000000U	/* 16 MiB; 255 times */

static void give_more_memory(struct vm *vm)
{
	void *huge = mmap(NULL, HUGE_SIZE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
			  -1, 0);
	struct keel_memory_region regions[] = {
		{ .size = MEMORY_SIZE, .user = (uintptr_t)vm->memory },
		{ .addr = HUGE_AT, .size = HUGE_SIZE, .user = (uintptr_t)huge },
	};
	struct keel_memory memory = {
		.size = sizeof(memory), .regions = (uintptr_t)regions, .nr = 2,
	};

	must(huge != MAP_FAILED && !ioctl(vm->keel, KEEL_SET_MEMORY, &memory), "memory");
}

static void send_huge(const char *name, int out)
{
	struct keel_virtio_config console = { .type = KEEL_VIRTIO_CONSOLE, .queues = 2,
					      .features = 2 };
	static struct driver_desc descs[255];
	struct keel_port_change none = {
		.size = sizeof(none),
		.class = KEEL_CLASS_VIRTIO_MMIO, .what = KEEL_PORT_FILES,
		.to = { .in = -1, .out = -1 },
	};
	struct runner runner;
	struct server server;
	unsigned int length = 0, i;
	struct vm vm;

	vm_prepare(&vm);
	vm.devices[vm.config.nr_devices++] = (struct keel_device_config) {
		.class = KEEL_CLASS_VIRTIO_MMIO, .irq = 10, .base = DRIVER_BASE, .virtio = console,
	};
	must(vm_create(&vm) >= 0, "a VM with a console");
	give_more_memory(&vm);
	vm_create_vcpu(&vm, &guest_spin);
	must(vm_add(&vm, 0) == 0, "KEEL_ADD_VCPU");
	must(!serve_attach_console(&vm, -1, out, KEEL_SERVE_INLINE), "a console");
	for (i = 0; i < ARRAY_SIZE(descs); i++)
		descs[i] = (struct driver_desc) { .addr = HUGE_AT, .len = HUGE_SIZE };
	driver_aim(&vm, 0);
	driver_chain(&vm, descs, ARRAY_SIZE(descs));
	driver_start(&vm, &length, 1);
	driver_spin(&vm, length);
	server_start(&server, &vm, SERVER);
	runner_start(&runner, &vm, 0);
	ok(guest_progresses(&vm, 0), "a chain of nearly 4 GiB to %s: the guest goes on", name);
	pause_ms(200);
	WORKS(ioctl(vm.keel, KEEL_SET_PORT, &none), "SET_PORT takes the file away (%s)", name);
	ok(driver_becomes_used(&vm), "and then the chain is used (%s)", name);
	runner_kick(&runner);
	server_stop(&server);
	vm_close(&vm);
}

static void huge_chains(void)
{
	struct rlimit before, limit = { 1 << 20, 1 << 20 };
	char path[] = "/tmp/abi-huge-XXXXXX";
	int fd = temporary(path), pipes[2], stream[2], datagrams[2];

	unlink(path);
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &before);
	limit.rlim_max = before.rlim_max;
	setrlimit(RLIMIT_FSIZE, &limit);
	must(!pipe2(pipes, O_NONBLOCK), "pipe");
	must(!socketpair(AF_UNIX, SOCK_STREAM, 0, stream), "socketpair");
	must(!socketpair(AF_UNIX, SOCK_DGRAM, 0, datagrams), "socketpair");
	send_huge("a file", fd);
	send_huge("a pipe", pipes[1]);
	send_huge("a socket", stream[1]);
	send_huge("a socket of datagrams", datagrams[1]);
	setrlimit(RLIMIT_FSIZE, &before);
	signal(SIGXFSZ, SIG_DFL);
	close(fd);
	close(pipes[0]);
	close(pipes[1]);
	close(stream[0]);
	close(stream[1]);
	close(datagrams[0]);
	close(datagrams[1]);
}

/* ---- Descriptors that refer to each other ---- */

static void send_fd(int socket, int fd)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { .header = { .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS,
				  .cmsg_len = CMSG_LEN(sizeof(int)) } };
	struct iovec data = { .iov_base = "x", .iov_len = 1 };
	struct msghdr message = {
		.msg_iov = &data, .msg_iovlen = 1, .msg_control = &control,
		.msg_controllen = sizeof(control.space),
	};

	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	must(sendmsg(socket, &message, 0) == 1, "sendmsg");
}

/* An io_uring cannot be sent over a socket, but files can be registered in it. */
static void register_in_uring(int vm, int socket)
{
	u8 params[256] = { 0 };
	int uring = syscall(SYS_io_uring_setup, 4, params);
	s32 files[] = { vm, socket };

	if (uring >= 0)
		must(!syscall(SYS_io_uring_register, uring, IORING_REGISTER_FILES, files, 2),
		     "io_uring");
}

/*
 * Sends the VM's descriptor, and others that hold references, into a socket that is a port's
 * file; then the process ends.
 */
static void make_circle(void *arg)
{
	int sockets[2], vhost = open("/dev/vhost-vsock", O_RDWR);
	struct vm vm;

	(void)arg;
	must(!socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), "socketpair");
	serve_start(&vm);
	must(!serve_attach_console(&vm, sockets[0], sockets[0], KEEL_SERVE_INLINE), "a console");
	send_fd(sockets[1], vm.keel);
	send_fd(sockets[1], sockets[0]);
	if (vhost >= 0)
		send_fd(sockets[1], vhost);
	register_in_uring(vm.keel, sockets[0]);
	_exit(0);
}

/*
 * The kernel collects circles of sockets when a socket is closed. An io_uring's files may be
 * released after its process has ended, and so may a circle.
 */
static bool circles_go(int users)
{
	int i;

	for (i = 0; i < 1000 && module_users() != users; i++) {
		close(socket(AF_UNIX, SOCK_STREAM, 0));
		pause_ms(10);
	}
	return module_users_become(users);
}

static void circles(void)
{
	const char *times = getenv("ABI_CIRCLES");
	int users = module_users(), nr = times ? atoi(times) : 50, i, bad = 0;

	for (i = 0; i < nr; i++)
		bad += !!in_child(make_circle, NULL, 60);
	ok(!bad, "%d processes end with their VM's descriptor in a port's socket", nr);
	ok(circles_go(users), "no reference to the module is left");
}

void test_files(void)
{
	limits();
	credentials();
	notifications();
	other_descriptors();
	disks();
	huge_chains();
	circles();
}
