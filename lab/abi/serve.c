// SPDX-License-Identifier: GPL-2.0
/*
 * KEEL_SERVE, and what it is there for: what is done with a process' files and memory is done by
 * its own threads, with what it may, for as long as it lives.
 */
#include "driver.h"

#include <fcntl.h>
#include <linux/io_uring.h>
#include <linux/userfaultfd.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define SIZE	0x6000		/* what is sent, if nothing else is said */
#define SERVER	3

enum { CONSOLE, DISK, RO_DISK, PLAIN_DEVICES };

#define F_RO		0x20ULL	/* VIRTIO 1.2, 5.2.3 */
#define SECTOR		512
#define DISK_SECTORS	8
#define STATUS_AT	(DRIVER_DATA + 16 + SECTOR)
#define T_IN		0
#define T_OUT		1
#define S_OK		0
#define S_IOERR		1

/* A console with one port, a disk, and one that is offered read-only: all for one server */
static void start(struct vm *vm)
{
	static const struct keel_virtio_config kinds[] = {
		[CONSOLE] = { .type = KEEL_VIRTIO_CONSOLE, .queues = 2, .features = 2 },
		[DISK]	  = { .type = KEEL_VIRTIO_BLK, .features = F_RO },
		[RO_DISK] = { .type = KEEL_VIRTIO_BLK },
	};
	struct keel_memory_region region = { .size = MEMORY_SIZE };
	struct keel_memory memory = { .regions = (uintptr_t)&region, .nr = 1 };
	unsigned int i;

	vm_prepare(vm);
	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		vm->devices[vm->config.nr_devices++] = (struct keel_device_config) {
			.class = KEEL_CLASS_VIRTIO_MMIO, .instance = i, .irq = 10,
			.base = DRIVER_BASE + i * 0x1000, .virtio = kinds[i],
		};
	must(vm_create(vm) >= 0, "a VM with virtio devices");
	region.user = (uintptr_t)vm->memory;
	must(!ioctl(vm->keel, KEEL_SET_MEMORY, &memory), "KEEL_SET_MEMORY");
	vm_create_vcpu(vm, &guest_spin);
	must(vm_add(vm, 0) == 0, "KEEL_ADD_VCPU");
}

static int attach_console(struct vm *vm, int in, int out, u32 serve)
{
	struct keel_port port = { .in = in, .out = out };
	struct keel_attach attach = {
		.class = KEEL_CLASS_VIRTIO_MMIO, .instance = CONSOLE, .fd = -1, .serve = serve,
		.server = SERVER, .config[4] = 1, .fds = (uintptr_t)&port, .nr_fds = 1,
	};

	return ioctl(vm->keel, KEEL_ATTACH, &attach);
}

/* A guest that sends on a console, served by servers alone */
static void start_sender(struct vm *vm, int out)
{
	start(vm);
	must(!attach_console(vm, -1, out, KEEL_SERVE_WORKER), "a console");
	driver_aim(vm, CONSOLE);
	driver_send(vm, 1, SIZE);
}

/* ---- What is refused ---- */

static void serve_in_child(void *arg)
{
	struct vm *vm = arg;
	bool serving = failed_with(vm_serve(vm, 0), EIO);
	bool pausing = failed_with(ioctl(vm->keel, KEEL_PAUSE), EIO);
	bool resuming = failed_with(ioctl(vm->keel, KEEL_RESUME), EIO);

	_exit(!serving || !pausing || !resuming);
}

static void refused(void)
{
	struct keel_serve serve = { .server = 1 };
	struct vm vm;

	start(&vm);
	FAILS(vm_serve(&vm, KEEL_MAX_SERVERS), EINVAL, "server 64");
	FAILS(vm_serve(&vm, 0xffffffff), EINVAL, "server 4294967295");
	serve.flags = 1;
	FAILS(ioctl(vm.keel, KEEL_SERVE, &serve), EINVAL, "flags");
	serve = (struct keel_serve) { .reserved = { 0, 1 } };
	FAILS(ioctl(vm.keel, KEEL_SERVE, &serve), EINVAL, "reserved is not 0");
	FAILS(ioctl(vm.keel, KEEL_SERVE, NULL), EFAULT, "no argument");
	FAILS(ioctl(keel_fd, KEEL_SERVE, &serve), ENOTTY, "SERVE is not for /dev/keel");
	ok(in_child(serve_in_child, &vm, 20) == 0,
	   "another process cannot serve, nor pause, nor resume");
	vm_close(&vm);
}

/* ---- Coming and going ---- */

/* Idle, with others, paused, and of a VM whose descriptor is closed: a signal ends it. */
static void signals(void)
{
	struct server servers[3];
	struct vm vm;
	int users = module_users(), i;

	start(&vm);
	for (i = 0; i < 3; i++)
		server_start(&servers[i], &vm, SERVER);
	pause_ms(50);
	server_stop(&servers[0]);
	ok(servers[0].ret < 0 && servers[0].error == EINTR, "idle: a signal gives EINTR (%d)",
	   servers[0].error);
	WORKS(ioctl(vm.keel, KEEL_PAUSE), "PAUSE does not wait for idle servers");
	server_stop(&servers[1]);
	ok(servers[1].ret < 0 && servers[1].error == EINTR, "paused: a signal gives EINTR (%d)",
	   servers[1].error);
	vm_close(&vm);
	ok(!__atomic_load_n(&servers[2].done, __ATOMIC_ACQUIRE),
	   "closing the VM's fd ends nothing");
	server_stop(&servers[2]);
	ok(servers[2].ret < 0 && servers[2].error == EINTR, "closed: a signal gives EINTR (%d)",
	   servers[2].error);
	ok(module_users_become(users), "nothing is left of it");
}

/* Whoever has no server waits, alone, and goes on when it has one. */
static void without_server(void)
{
	struct runner runner;
	struct server server;
	struct vm vm, other;
	int pipes[2];
	char bytes[SIZE];

	must(!pipe2(pipes, O_CLOEXEC | O_NONBLOCK), "pipe");
	vm_start(&other, &guest_debug);
	start_sender(&vm, pipes[1]);
	runner_start(&runner, &vm, 0);
	ok(guest_progresses(&vm, 0), "without a server the guest goes on");
	server_start(&server, &vm, SERVER + 1);
	pause_ms(50);
	ok(!driver_is_used(&vm), "but its queue does not, not by another server either");
	ok(vm_alive(&other), "another VM has not noticed");
	WORKS(ioctl(vm.keel, KEEL_PAUSE), "PAUSE does not wait for what is not served");
	ok(runner_ends(&runner), "the vCPU comes out");
	WORKS(ioctl(vm.keel, KEEL_RESUME), "RESUME");
	server_stop(&server);
	server_start(&server, &vm, SERVER);
	runner_start(&runner, &vm, 0);
	ok(driver_becomes_used(&vm), "with a server it does");
	ok(read_all(pipes[0], bytes, SIZE) == SIZE, "and all of it comes");
	runner_kick(&runner);
	server_stop(&server);
	close(pipes[0]);
	close(pipes[1]);
	vm_close(&vm);
}

static bool same_state(struct vm *vm, u8 *buffer, u32 room, u8 *before, u32 size)
{
	struct keel_state state = { .data = (uintptr_t)buffer, .size = room };

	return !ioctl(vm->keel, KEEL_STATE_GET, &state) && state.size == size &&
	       !memcmp(buffer, before, size);
}

/* Neither of those who may be inside a paused VM does anything to it. */
static void paused(void)
{
	static u8 before[0x20000], after[0x20000];
	struct keel_state state = { .data = (uintptr_t)before, .size = sizeof(before) };
	struct runner runner;
	struct server server;
	struct keel_run run;
	char bytes[SIZE];
	int pipes[2];
	struct vm vm;

	must(!pipe2(pipes, O_CLOEXEC | O_NONBLOCK), "pipe");
	start_sender(&vm, pipes[1]);
	runner_start(&runner, &vm, 0);
	must(guest_progresses(&vm, 0), "a guest");
	WORKS(ioctl(vm.keel, KEEL_PAUSE), "PAUSE");
	must(runner_ends(&runner), "pause");
	must(!ioctl(vm.keel, KEEL_STATE_GET, &state), "KEEL_STATE_GET");
	server_start(&server, &vm, SERVER);
	WORKS(vm_run(&vm, 0, &run), "RUN while paused");
	pause_ms(100);
	ok(run.reason == KEEL_EXIT_PAUSED && !driver_is_used(&vm) &&
	   read(pipes[0], bytes, SIZE) < 0, "touches no queue");
	ok(same_state(&vm, after, sizeof(after), before, state.size), "nor any device");
	WORKS(ioctl(vm.keel, KEEL_RESUME), "RESUME");
	runner_start(&runner, &vm, 0);
	ok(driver_becomes_used(&vm), "then it is served");
	runner_kick(&runner);
	server_stop(&server);
	close(pipes[0]);
	close(pipes[1]);
	vm_close(&vm);
}

/* ---- Servers that are stuck ---- */

static int uffd_of(void *page, size_t size)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = { .range = { (uintptr_t)page, size },
					 .mode = UFFDIO_REGISTER_MODE_MISSING };
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC);

	must(fd >= 0 && !ioctl(fd, UFFDIO_API, &api), "userfaultfd");
	must(!madvise(page, size, MADV_DONTNEED), "MADV_DONTNEED");
	must(!ioctl(fd, UFFDIO_REGISTER, &range), "UFFDIO_REGISTER");
	return fd;
}

/* What is to be sent is missing: the server waits for it. */
static int stick_in_memory(struct vm *vm)
{
	int pipes[2], uffd;

	must(!pipe2(pipes, O_CLOEXEC | O_NONBLOCK), "pipe");
	start_sender(vm, pipes[1]);
	uffd = uffd_of(vm->memory + DRIVER_DATA, 0x1000);
	return uffd;
}

/* Waits for the fault: then the server is in it. */
static bool is_stuck(int uffd)
{
	struct uffd_msg message;

	return read(uffd, &message, sizeof(message)) == sizeof(message) &&
	       message.event == UFFD_EVENT_PAGEFAULT;
}

static void unstick(int uffd, struct vm *vm)
{
	struct uffdio_zeropage zero = { .range = { (uintptr_t)vm->memory + DRIVER_DATA, 0x1000 } };

	must(!ioctl(uffd, UFFDIO_ZEROPAGE, &zero), "UFFDIO_ZEROPAGE");
}

/* Files that take no more */
static int filled(int fd)
{
	fill(fd);
	return fd;
}

static int stuck_pipe(void)
{
	int pipes[2];

	must(!pipe2(pipes, O_CLOEXEC | O_NONBLOCK), "pipe");
	return filled(pipes[1]);
}

static int stuck_fifo(void)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/tmp/abi-fifo-%d", getpid());
	must(!mkfifo(path, 0600), path);
	fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	unlink(path);
	return filled(fd);
}

static int stuck_socket(void)
{
	int sockets[2];

	must(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, sockets), "socketpair");
	return filled(sockets[1]);
}

static int stuck_pty(void)
{
	int master, slave;

	must(!openpty(&master, &slave, NULL, NULL, NULL), "openpty");
	fcntl(slave, F_SETFL, O_NONBLOCK);
	return filled(slave);
}

static const struct {
	const char *name;
	int (*open)(void);	/* NULL: stick_in_memory() */
	u32 serve;
} sticks[] = {
	{ "in memory that is missing", NULL, KEEL_SERVE_WORKER },
	{ "in a pipe without a reader", stuck_pipe, KEEL_SERVE_WORKER },
	{ "in a FIFO", stuck_fifo, KEEL_SERVE_WORKER },
	{ "in a socket", stuck_socket, KEEL_SERVE_WORKER },
	{ "in a terminal", stuck_pty, KEEL_SERVE_WORKER },
	{ "in a pipe, polling", stuck_pipe, KEEL_SERVE_POLL },
};

/* Does not return. Says by a byte that it is ready to be killed. */
static void get_stuck(unsigned int nr, int ready)
{
	struct runner runner;
	struct server server;
	struct vm vm;
	int fd = -1;

	if (sticks[nr].open) {
		fd = sticks[nr].open();
		start(&vm);
		must(!attach_console(&vm, -1, fd, sticks[nr].serve), "a console");
		driver_aim(&vm, CONSOLE);
		driver_send(&vm, 1, SIZE);
	} else {
		fd = stick_in_memory(&vm);
	}
	server_start(&server, &vm, SERVER);
	runner_start(&runner, &vm, 0);
	if (sticks[nr].open)
		pause_ms(300);
	else
		is_stuck(fd);
	if (guest_progresses(&vm, 0) && !driver_is_used(&vm))
		write(ready, "r", 1);
	for (;;)
		pause();
}

/* dies: is it gone within a time that no machine needs? */
static bool dies(pid_t pid, int signal)
{
	int i, status;

	kill(pid, signal);
	for (i = 0; i < 3000; i++) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return WIFSIGNALED(status) && WTERMSIG(status) == signal;
		pause_ms(10);
	}
	return false;
}

static void killed_when_stuck(unsigned int nr)
{
	int users = module_users(), ready[2];
	char byte = 0;
	pid_t pid;

	must(!pipe(ready), "pipe");
	fflush(stdout);
	pid = fork();
	if (!pid)
		get_stuck(nr, ready[1]);
	close(ready[1]);
	ok(read(ready[0], &byte, 1) == 1, "a server is stuck %s, its guest is not",
	   sticks[nr].name);
	ok(dies(pid, SIGKILL), "SIGKILL ends it (%s)", sticks[nr].name);
	ok(module_users_become(users), "nothing is left of it (%s)", sticks[nr].name);
	close(ready[0]);
}

/* ---- A vCPU that waits for a server ---- */

/* The guest sends, and when it is told to, resets the device */
static void start_resetter(struct vm *vm)
{
	unsigned int length = 0;

	driver_start(vm, &length, 1);
	driver_await(vm, &length);
	driver_poke(vm, &length, 0x70, 0);
	driver_spin(vm, length);
}

static void *pause_it(void *arg)
{
	struct runner *pauser = arg;

	pauser->ret = ioctl(pauser->vm->keel, KEEL_PAUSE);
	pauser->error = errno;
	__atomic_store_n(&pauser->done, true, __ATOMIC_RELEASE);
	return NULL;
}

static bool is_interrupted(const struct runner *runner)
{
	return runner->ret < 0 && runner->error == EINTR;
}

/*
 * Faults of the kernel's for a process are not interrupted, so that the server is in one for as
 * long as we like; the vCPU that wants its queue, and a pause, are.
 */
static void reset_while_stuck(void)
{
	struct runner runner, pauser = { 0 };
	struct server server;
	struct vm vm;
	int uffd;

	uffd = stick_in_memory(&vm);
	start_resetter(&vm);
	server_start(&server, &vm, SERVER);
	runner_start(&runner, &vm, 0);
	ok(is_stuck(uffd), "a server is stuck in memory");
	driver_set_flag(&vm);
	pause_ms(100);
	runner_kick(&runner);
	ok(is_interrupted(&runner), "a vCPU that waits for it, to reset the device, gets EINTR");
	pauser.vm = &vm;
	pthread_create(&pauser.thread, NULL, pause_it, &pauser);
	pause_ms(100);
	runner_kick(&pauser);
	ok(is_interrupted(&pauser), "and so does a pause (%d, %d)", pauser.ret, pauser.error);
	runner_start(&runner, &vm, 0);
	unstick(uffd, &vm);
	ok(guest_progresses(&vm, 0), "when it comes out, the vCPU goes on");
	runner_kick(&runner);
	server_stop(&server);
	WORKS(ioctl(vm.keel, KEEL_PAUSE), "and a pause succeeds");
	vm_close(&vm);
	close(uffd);
}

static void die_in_reset(int ready)
{
	struct runner runner;
	struct server server;
	struct vm vm;
	int uffd = stick_in_memory(&vm);

	start_resetter(&vm);
	server_start(&server, &vm, SERVER);
	runner_start(&runner, &vm, 0);
	is_stuck(uffd);
	driver_set_flag(&vm);
	pause_ms(100);
	write(ready, "r", 1);
	for (;;)
		pause();
}

/* The vCPU itself serves, and is in the fault; another thread pauses meanwhile. */
static void die_inline(int ready)
{
	struct runner runner, pauser = { 0 };
	struct vm vm;
	int pipes[2], uffd;

	must(!pipe2(pipes, O_CLOEXEC | O_NONBLOCK), "pipe");
	start(&vm);
	must(!attach_console(&vm, -1, pipes[1], KEEL_SERVE_INLINE), "a console");
	driver_aim(&vm, CONSOLE);
	driver_send(&vm, 1, SIZE);
	uffd = uffd_of(vm.memory + DRIVER_DATA, 0x1000);
	runner_start(&runner, &vm, 0);
	is_stuck(uffd);
	pauser.vm = &vm;
	pthread_create(&pauser.thread, NULL, pause_it, &pauser);
	pause_ms(100);
	write(ready, "r", 1);
	for (;;)
		pause();
}

/* What is missing is the area through which Keel talks to KVM. */
static void die_in_scratch(int ready)
{
	struct runner runner, pauser = { 0 };
	struct vm vm;
	int uffd;

	vm_start(&vm, &guest_routes);
	uffd = uffd_of(vm.scratch, KEEL_SCRATCH_SIZE);
	runner_start(&runner, &vm, 0);
	is_stuck(uffd);
	pauser.vm = &vm;
	pthread_create(&pauser.thread, NULL, pause_it, &pauser);
	pause_ms(100);
	write(ready, "r", 1);
	for (;;)
		pause();
}

static void killed_in(const char *what, void (*die)(int ready))
{
	int users = module_users(), ready[2];
	pid_t pid;
	char byte;

	must(!pipe(ready), "pipe");
	fflush(stdout);
	pid = fork();
	if (!pid)
		die(ready[1]);
	close(ready[1]);
	ok(read(ready[0], &byte, 1) == 1, "%s", what);
	ok(dies(pid, SIGKILL), "%s: SIGKILL ends it", what);
	ok(module_users_become(users), "%s: nothing is left of it", what);
	close(ready[0]);
}

/* ---- A server is a thread like any ---- */

static int exceeded;

static void count_excess(int signal)
{
	(void)signal;
	exceeded++;
}

static int temporary(char *path)
{
	int fd = mkstemp(path);

	must(fd >= 0, path);
	fchmod(fd, 0600);
	return fd;
}

static off_t size_of(int fd)
{
	struct stat stat = { 0 };

	fstat(fd, &stat);
	return stat.st_size;
}

/* run_sender: until what it sends is taken; false: it is not */
static bool run_sender(struct vm *vm)
{
	struct runner runner;
	struct server server;
	bool used;

	server_start(&server, vm, SERVER);
	runner_start(&runner, vm, 0);
	used = driver_becomes_used(vm);
	runner_kick(&runner);
	server_stop(&server);
	return used;
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
	start_sender(&vm, fd);
	setrlimit(RLIMIT_FSIZE, &limit);
	signal(SIGXFSZ, count_excess);
	used = run_sender(&vm);
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
	start_sender(&vm, sockets[1]);
	ok(run_sender(&vm), "a guest sends to a socket");
	ok(recvmsg(sockets[0], &message, MSG_DONTWAIT) > 0 && is_ours(&message),
	   "whose peer sees it come from our process and our user");
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
	start_sender(&vm, fd);
	ok(run_sender(&vm) && size_of(fd) == SIZE, "a guest sends to a file");
	ok(read(watch, event, sizeof(event)) > 0, "whoever watches that file is told");
	unlink(path);
	close(fd);
	close(watch);
	vm_close(&vm);
}

/* ---- Descriptors that are others later ---- */

static void send_to_another(const char *name, int (*another)(void))
{
	char path[] = "/tmp/abi-dup-XXXXXX";
	int fd = temporary(path), now;
	struct vm vm;

	unlink(path);
	start_sender(&vm, fd);
	now = another ? another() : -1;
	if (now >= 0)
		must(dup2(now, fd) == fd, "dup2");
	else
		close(fd);
	ok(run_sender(&vm), "a port's file becomes %s: what is sent is lost", name);
	ok(now < 0 || !size_of(now), "and does not go there (%s)", name);
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

/* A pipe that has no room, and whose owner has taken back that it does not wait */
static void send_to_waiting(void)
{
	int pipes[2];
	struct vm vm;

	must(!pipe2(pipes, O_CLOEXEC | O_NONBLOCK), "pipe");
	fill(pipes[1]);
	start_sender(&vm, pipes[1]);
	fcntl(pipes[1], F_SETFL, 0);
	ok(run_sender(&vm), "a port's pipe would wait now: what is sent is lost");
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
	struct keel_attach attach = {
		.class = KEEL_CLASS_VIRTIO_MMIO, .instance = instance, .fd = fd,
		.server = SERVER, .config[0] = DISK_SECTORS,
	};

	return ioctl(vm->keel, KEEL_ATTACH, &attach);
}

/* A guest that asks for one request, of the first sector, full of 'g' */
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

/* It accepts VERSION_1 alone: what it was offered decides. */
static void read_only(void)
{
	int fd = disk_file();
	struct vm vm;

	start(&vm);
	must(!attach_disk(&vm, RO_DISK, fd), "a disk that is offered read-only");
	ask(&vm, RO_DISK, T_OUT);
	ok(run_sender(&vm), "a driver that has not accepted RO writes");
	ok(vm.memory[STATUS_AT] == S_IOERR, "gets an error (%u)", vm.memory[STATUS_AT]);
	ok(is_unchanged(fd), "and the file is as it was");
	close(fd);
	vm_close(&vm);
}

/* Spoils the descriptor between KEEL_ATTACH and a write. */
static void spoiled_disk(const char *name, void (*spoil)(int fd), u8 status)
{
	int fd = disk_file(), kept = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	struct vm vm;

	start(&vm);
	must(!attach_disk(&vm, DISK, fd), "a disk");
	ask(&vm, DISK, T_OUT);
	spoil(fd);
	ok(run_sender(&vm), "a disk's descriptor is %s: a write is answered", name);
	ok(vm.memory[STATUS_AT] == status, "%s: status %u", name, vm.memory[STATUS_AT]);
	ok(status == S_OK || is_unchanged(kept), "%s: the file is as it was, or written", name);
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
	struct keel_memory memory = { .regions = (uintptr_t)regions, .nr = 2 };

	must(huge != MAP_FAILED && !ioctl(vm->keel, KEEL_SET_MEMORY, &memory), "memory");
}

static void send_huge(const char *name, int out)
{
	struct keel_virtio_config console = { .type = KEEL_VIRTIO_CONSOLE, .queues = 2,
					      .features = 2 };
	static struct driver_desc descs[255];
	struct keel_port_change none = {
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
	must(vm_add(&vm, 0) == 0 && !attach_console(&vm, -1, out, KEEL_SERVE_INLINE), "a console");
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
	WORKS(ioctl(vm.keel, KEEL_SET_PORT, &none), "it is taken away (%s)", name);
	ok(driver_becomes_used(&vm), "and then it is over (%s)", name);
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

/* ---- Descriptors that know of each other ---- */

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

/* An io_uring cannot be sent, but it can know of files itself. */
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
 * The VM's descriptor, and others that keep things alive, lie in a socket that is a port's; the
 * process ends.
 */
static void make_circle(void *arg)
{
	int sockets[2], vhost = open("/dev/vhost-vsock", O_RDWR);
	struct vm vm;

	(void)arg;
	must(!socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), "socketpair");
	start(&vm);
	must(!attach_console(&vm, sockets[0], sockets[0], KEEL_SERVE_INLINE), "a console");
	send_fd(sockets[1], vm.keel);
	send_fd(sockets[1], sockets[0]);
	if (vhost >= 0)
		send_fd(sockets[1], vhost);
	register_in_uring(vm.keel, sockets[0]);
	_exit(0);
}

/*
 * The kernel looks for circles of sockets when a socket is closed. What an io_uring knew of goes
 * later than its process, and so may a circle.
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
	ok(circles_go(users), "nothing is left of them");
}

void test_serve(void)
{
	unsigned int i;

	refused();
	signals();
	without_server();
	paused();
	for (i = 0; i < ARRAY_SIZE(sticks); i++)
		killed_when_stuck(i);
	reset_while_stuck();
	killed_in("a vCPU waits for a server that is stuck", die_in_reset);
	killed_in("a vCPU is stuck in memory that is missing", die_inline);
	killed_in("a vCPU is stuck in its scratch area", die_in_scratch);
	limits();
	credentials();
	notifications();
	other_descriptors();
	disks();
	huge_chains();
	circles();
}
