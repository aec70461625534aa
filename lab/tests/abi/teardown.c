// SPDX-License-Identifier: GPL-2.0
/* The end of a VM: closed in every order, while it is in use, and by killing its process. */
#include "abi.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define NR_FDS	5

static int *fd_of(struct vm *vm, int *console, unsigned int nr)
{
	int *fds[NR_FDS] = { &vm->keel, &vm->kvm_vm, &vm->vcpu[0], &vm->kvm, console };

	return fds[nr];
}

/* close_in_order: closes all fds in the order of the permutation with this number */
static void close_in_order(unsigned int permutation)
{
	unsigned int left[NR_FDS] = { 0, 1, 2, 3, 4 }, n, k;
	struct keel_uart_stream argument = { .size = sizeof(argument) };
	struct keel_run run;
	struct vm vm;
	int console, *fd;

	vm_start(&vm, &guest_hello);
	console = ioctl(vm.keel, KEEL_OPEN_UART, &argument);
	if (permutation % 2)
		vm_run(&vm, 0, &run);
	for (n = NR_FDS; n; n--) {
		k = permutation % n;
		permutation /= n;
		fd = fd_of(&vm, &console, left[k]);
		close(*fd);
		*fd = -1;
		left[k] = left[n - 1];
		if (left[k] % 2 && vm.keel >= 0)
			vm_run(&vm, 0, &run);
	}
	vm_close(&vm);
}

static void orders(void)
{
	int users = module_users(), fds = open_fds();
	unsigned int i;

	for (i = 0; i < 120; i++)
		close_in_order(i);
	ok(module_users_become(users), "fds closed in all 120 orders: the module has no user left");
	ok(open_fds() == fds, "and no fd is left open");
}

/* All fds are closed while a vCPU runs; a signal then ends the thread. */
static void close_under(const struct guest *guest, const char *what)
{
	int users = module_users();
	struct runner runner;
	struct vm vm;

	vm_start(&vm, guest);
	runner_start(&runner, &vm, 0);
	ok(guest_progresses(&vm, 0), "%s guest runs", what);
	close(vm.keel);
	close(vm.kvm_vm);
	close(vm.vcpu[0]);
	close(vm.kvm);
	munmap(vm.run[0], vm.run_size);
	munmap(vm.scratch, KEEL_SCRATCH_SIZE);
	pause_ms(20);
	runner_kick(&runner);
	ok(runner.ret < 0, "%s: all closed and unmapped, KEEL_RUN ends by a signal (errno %d)",
	   what, runner.error);
	vm.nr_vcpus = 0;
	vm_close(&vm);
	ok(module_users_become(users), "%s: no reference to the module is left", what);
}

/* The memory that KEEL_RUN uses is unmapped while it runs. */
static void unmap_under(void)
{
	struct runner runner;
	struct vm vm;

	vm_start(&vm, &guest_routes);
	runner_start(&runner, &vm, 0);
	ok(guest_progresses(&vm, 0), "guest that changes routes runs");
	mprotect(vm.scratch, KEEL_SCRATCH_SIZE, PROT_NONE);
	ok(runner_ends(&runner) && runner.ret < 0, "without its scratch area: KEEL_RUN fails (%d)",
	   runner.error);
	mprotect(vm.scratch, KEEL_SCRATCH_SIZE, PROT_READ | PROT_WRITE);
	guest_load(&vm, 0, &guest_debug);
	ok(vm_alive(&vm), "with it mapped again: KEEL_RUN works");

	vm_start(&vm, &guest_ports);
	runner_start(&runner, &vm, 0);
	ok(guest_progresses(&vm, 0), "guest runs");
	munmap(vm.run[0], vm.run_size);
	munmap(vm.memory + 0x8000, 0x8000);
	ok(guest_progresses(&vm, 0), "without its kvm_run and half of its memory it still runs");
	runner_kick(&runner);
	vm_close(&vm);
}

static struct runner victim[2];
static struct vm victim_vm;

/* A process with two vCPUs and an open stream, to be killed. */
static void be_killed(void *arg)
{
	struct keel_uart_stream console = { .size = sizeof(console) };
	int *ready = arg, fd;
	char byte;

	vm_prepare(&victim_vm);
	vm_create(&victim_vm);
	vm_create_vcpu(&victim_vm, &guest_ports);
	vm_create_vcpu(&victim_vm, &guest_halt);
	vm_add(&victim_vm, 0);
	vm_add(&victim_vm, 1);
	runner_start(&victim[0], &victim_vm, 0);
	runner_start(&victim[1], &victim_vm, 1);
	if (!guest_progresses(&victim_vm, 0))
		_exit(1);
	fd = ioctl(victim_vm.keel, KEEL_OPEN_UART, &console);
	write(ready[1], "r", 1);
	read(fd, &byte, 1);
	_exit(2);
}

static void kill_it(void)
{
	int users = module_users(), ready[2], status, killed = 0, i;
	pid_t pid;
	char byte;

	for (i = 0; i < 20; i++) {
		must(!pipe(ready), "pipe");
		pid = fork();
		if (!pid)
			be_killed(ready);
		close(ready[1]);
		if (read(ready[0], &byte, 1) == 1)
			pause_ms(i);
		close(ready[0]);
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		killed += WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
	}
	ok(killed == 20, "20 processes with running vCPUs killed (%d)", killed);
	ok(module_users_become(users), "no reference to the module is left");
}

/* use_orphan: makes all calls on a VM whose process has ended */
static void use_orphan(struct vm *vm, int result)
{
	struct keel_state state = { .size = sizeof(state) };
	struct keel_stats stats = { .size = sizeof(stats) }, values = stats;
	struct keel_input input = { .size = sizeof(input), .class = KEEL_CLASS_PM };
	struct keel_uart_stream console = { .size = sizeof(console) };
	struct keel_run run;
	char good = 'n';
	int fd;

	if (vm_run(vm, 0, &run) < 0 && vm_add(vm, 0) < 0 &&
	    !ioctl(vm->keel, KEEL_STATS, &stats) && !ioctl(vm->keel, KEEL_INSPECT, &values))
		good = 'y';
	ioctl(vm->keel, KEEL_INPUT, &input);
	fd = ioctl(vm->keel, KEEL_OPEN_UART, &console);
	write(fd, "x", 1);
	ioctl(vm->keel, KEEL_PAUSE);
	ioctl(vm->keel, KEEL_RESET);
	ioctl(vm->keel, KEEL_STATE_GET, &state);
	ioctl(vm->keel, KEEL_RESUME);
	if (vm_run(vm, 0, &run) >= 0)
		good = 'n';
	write(result, &good, 1);
	_exit(0);
}

/* The process that made the VM ends; a child with the VM's fd goes on. */
static void make_orphan(void *arg)
{
	int *result = arg;
	struct vm vm;
	pid_t parent;

	vm_start(&vm, &guest_debug);
	parent = getpid();
	if (fork())
		_exit(0);
	while (getppid() == parent)
		pause_ms(5);
	use_orphan(&vm, result[1]);
}

static void orphan(void)
{
	int users = module_users(), result[2];
	char good = 'n';

	must(!pipe(result), "pipe");
	in_child(make_orphan, result, 10);
	close(result[1]);
	read(result[0], &good, 1);
	close(result[0]);
	ok(good == 'y', "a VM whose process has ended answers, but does not run");
	ok(module_users_become(users), "no reference to the module is left");
}

/* A VM's fd in flight in a socket that is never read. */
static void in_flight(void)
{
	int users = module_users(), sockets[2];
	struct msghdr message = { 0 };
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec data = { .iov_base = "x", .iov_len = 1 };
	struct vm vm;

	vm_start(&vm, &guest_debug);
	must(!socketpair(AF_UNIX, SOCK_DGRAM, 0, sockets), "socketpair");
	message.msg_iov = &data;
	message.msg_iovlen = 1;
	message.msg_control = &control;
	message.msg_controllen = sizeof(control.space);
	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&control.header), &vm.keel, sizeof(int));
	must(sendmsg(sockets[0], &message, 0) == 1, "sendmsg");
	vm_close(&vm);
	ok(module_users() > users, "a VM whose fd is in flight in a socket exists");
	close(sockets[0]);
	close(sockets[1]);
	ok(module_users_become(users), "closing the socket releases the VM");
}

void test_teardown(void)
{
	orders();
	close_under(&guest_ports, "busy");
	close_under(&guest_spin, "spinning");
	close_under(&guest_halt, "halted");
	unmap_under();
	kill_it();
	orphan();
	in_flight();
}
