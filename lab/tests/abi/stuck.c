// SPDX-License-Identifier: GPL-2.0
/*
 * Threads that are stuck: serving threads in files that take nothing, and any thread in a fault
 * on missing memory. They can be killed, and a thread that waits for one can be interrupted.
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

/* The page to be sent is missing: the serving thread faults and waits for it. */
static int stick_in_memory(struct vm *vm)
{
	int pipes[2], uffd;

	must(!pipe2(pipes, O_CLOEXEC | O_NONBLOCK), "pipe");
	serve_start_sender(vm, pipes[1]);
	uffd = uffd_of(vm->memory + DRIVER_DATA, 0x1000);
	return uffd;
}

/* Waits until the serving thread has faulted. */
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
	{ "a server waits for memory that is missing", NULL, KEEL_SERVE_WORKER },
	{ "a server waits in a pipe without a reader", stuck_pipe, KEEL_SERVE_WORKER },
	{ "a server waits in a FIFO", stuck_fifo, KEEL_SERVE_WORKER },
	{ "a server waits in a socket", stuck_socket, KEEL_SERVE_WORKER },
	{ "a server waits in a terminal", stuck_pty, KEEL_SERVE_WORKER },
	{ "a server waits in a pipe, polling", stuck_pipe, KEEL_SERVE_POLL },
};

/* Does not return. */
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
	must(guest_progresses(&vm, 0) && !driver_is_used(&vm), "a server that is stuck");
	await_death(ready);
}

static void killed(void (*function)(unsigned int nr, int ready), unsigned int nr, const char *what)
{
	int users = module_users();
	pid_t pid = doomed(function, nr);

	ok(pid, "%s", what);
	ok(pid && dies_of(pid, SIGKILL), "%s: SIGKILL ends it", what);
	ok(module_users_become(users), "%s: no reference to the module is left", what);
}

/* ---- A vCPU that waits for a server ---- */

/* The guest sends, waits for the flag, and resets the device */
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
 * Signals do not interrupt a fault inside the kernel, so the serving thread stays in it until the
 * test ends it. They do interrupt the vCPU thread that wants its queue, and KEEL_PAUSE.
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
	ok(is_interrupted(&pauser), "and so does KEEL_PAUSE (%d, %d)", pauser.ret, pauser.error);
	runner_start(&runner, &vm, 0);
	unstick(uffd, &vm);
	ok(guest_progresses(&vm, 0), "after the fault ends, the vCPU goes on");
	runner_kick(&runner);
	server_stop(&server);
	WORKS(ioctl(vm.keel, KEEL_PAUSE), "and KEEL_PAUSE succeeds");
	vm_close(&vm);
	close(uffd);
}

/* ---- Processes that are killed meanwhile ---- */

static void vcpu_in_reset(int ready)
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
	await_death(ready);
}

/* A vCPU faults on missing memory, and another thread pauses the VM. */
static void vcpu_in_fault(struct vm *vm, int uffd, int ready)
{
	struct runner runner, pauser = { .vm = vm };

	runner_start(&runner, vm, 0);
	is_stuck(uffd);
	pthread_create(&pauser.thread, NULL, pause_it, &pauser);
	pause_ms(100);
	await_death(ready);
}

static void vcpu_that_serves(int ready)
{
	struct vm vm;
	int pipes[2];

	must(!pipe2(pipes, O_CLOEXEC | O_NONBLOCK), "pipe");
	serve_start(&vm);
	must(!serve_attach_console(&vm, -1, pipes[1], KEEL_SERVE_INLINE), "a console");
	driver_aim(&vm, CONSOLE);
	driver_send(&vm, 1, SIZE);
	vcpu_in_fault(&vm, uffd_of(vm.memory + DRIVER_DATA, 0x1000), ready);
}

/* The missing memory is the scratch area that Keel uses for its calls of KVM. */
static void vcpu_in_scratch(int ready)
{
	struct vm vm;

	vm_start(&vm, &guest_routes);
	vcpu_in_fault(&vm, uffd_of(vm.scratch, KEEL_SCRATCH_SIZE), ready);
}

static const struct {
	const char *name;
	void (*wait)(int ready);
} waits[] = {
	{ "a vCPU waits for a server that is stuck", vcpu_in_reset },
	{ "a vCPU is stuck in memory that is missing", vcpu_that_serves },
	{ "a vCPU is stuck in its scratch area", vcpu_in_scratch },
};

static void get_waiting(unsigned int nr, int ready)
{
	waits[nr].wait(ready);
}

void test_stuck(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sticks); i++)
		killed(get_stuck, i, sticks[i].name);
	reset_while_stuck();
	for (i = 0; i < ARRAY_SIZE(waits); i++)
		killed(get_waiting, i, waits[i].name);
}
