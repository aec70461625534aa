// SPDX-License-Identifier: GPL-2.0
/*
 * Threads that are stuck: servers in files that take nothing, and anything in memory that is
 * missing. They can be killed, and whoever waits for one can be interrupted.
 */
#include "serve.h"

#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

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
	serve_start_sender(vm, pipes[1]);
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
		serve_start(&vm);
		must(!serve_attach_console(&vm, -1, fd, sticks[nr].serve), "a console");
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
	serve_start(&vm);
	must(!serve_attach_console(&vm, -1, pipes[1], KEEL_SERVE_INLINE), "a console");
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

void test_stuck(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sticks); i++)
		killed_when_stuck(i);
	reset_while_stuck();
	killed_in("a vCPU waits for a server that is stuck", die_in_reset);
	killed_in("a vCPU is stuck in memory that is missing", die_inline);
	killed_in("a vCPU is stuck in its scratch area", die_in_scratch);
}
