// SPDX-License-Identifier: GPL-2.0
/*
 * KEEL_SERVE: what it refuses, serving threads that come and go, and threads that are inside a
 * paused VM.
 */
#include "serve.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define F_RO		0x20ULL	/* VIRTIO 1.2, 5.2.3 */

void serve_start(struct vm *vm)
{
	static const struct keel_virtio_config kinds[] = {
		[CONSOLE] = { .type = KEEL_VIRTIO_CONSOLE, .queues = 2, .features = 2 },
		[DISK]	  = { .type = KEEL_VIRTIO_BLK, .features = F_RO },
		[RO_DISK] = { .type = KEEL_VIRTIO_BLK },
	};
	struct keel_memory_region region = { .size = MEMORY_SIZE };
	struct keel_memory memory = {
		.size = sizeof(memory), .regions = (uintptr_t)&region, .nr = 1,
	};
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

int serve_attach_console(struct vm *vm, int in, int out, u32 serve)
{
	struct keel_port port = { .in = in, .out = out };
	struct keel_attach_console attach = {
		.size = sizeof(attach), .class = KEEL_CLASS_VIRTIO_MMIO, .instance = CONSOLE,
		.server = SERVER, .serve = serve, .nr_ports = 1, .ports = (uintptr_t)&port,
	};

	return ioctl(vm->keel, KEEL_ATTACH_CONSOLE, &attach);
}

void serve_start_sender(struct vm *vm, int out)
{
	serve_start(vm);
	must(!serve_attach_console(vm, -1, out, KEEL_SERVE_WORKER), "a console");
	driver_aim(vm, CONSOLE);
	driver_send(vm, 1, SIZE);
}

bool serve_run_sender(struct vm *vm)
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

int temporary(char *path)
{
	int fd = mkstemp(path);

	must(fd >= 0, path);
	fchmod(fd, 0600);
	return fd;
}

off_t size_of(int fd)
{
	struct stat stat = { 0 };

	fstat(fd, &stat);
	return stat.st_size;
}

/* ---- Refused calls ---- */

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
	struct keel_serve serve = { .size = sizeof(serve), .server = 1 };
	struct vm vm;

	serve_start(&vm);
	FAILS(vm_serve(&vm, KEEL_MAX_SERVERS), EINVAL, "server 64");
	FAILS(vm_serve(&vm, 0xffffffff), EINVAL, "server 4294967295");
	FAILS(ioctl(vm.keel, KEEL_SERVE, NULL), EFAULT, "no argument");
	FAILS(ioctl(keel_fd, KEEL_SERVE, &serve), ENOTTY, "SERVE is not for /dev/keel");
	ok(in_child(serve_in_child, &vm, 20) == 0,
	   "another process cannot serve, nor pause, nor resume");
	vm_close(&vm);
}

/* ---- Coming and going ---- */

/* A signal ends KEEL_SERVE: idle, beside others, paused, and after the VM's fd is closed. */
static void signals(void)
{
	struct server servers[3];
	struct vm vm;
	int users = module_users(), i;

	serve_start(&vm);
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
	   "closing the VM's fd does not end KEEL_SERVE");
	server_stop(&servers[2]);
	ok(servers[2].ret < 0 && servers[2].error == EINTR, "closed: a signal gives EINTR (%d)",
	   servers[2].error);
	ok(module_users_become(users), "no reference to the module is left");
}

/* A queue without a server waits, the rest of the VM does not; a server makes it go on. */
static void without_server(void)
{
	struct runner runner;
	struct server server;
	struct vm vm, other;
	int pipes[2];
	char bytes[SIZE];

	must(!pipe2(pipes, O_CLOEXEC | O_NONBLOCK), "pipe");
	vm_start(&other, &guest_debug);
	serve_start_sender(&vm, pipes[1]);
	runner_start(&runner, &vm, 0);
	ok(guest_progresses(&vm, 0), "without a server the guest goes on");
	server_start(&server, &vm, SERVER + 1);
	pause_ms(50);
	ok(!driver_is_used(&vm), "but its queue does not, nor does another server serve it");
	ok(vm_alive(&other), "another VM still runs");
	WORKS(ioctl(vm.keel, KEEL_PAUSE), "PAUSE does not wait for a queue without a server");
	ok(runner_ends(&runner), "PAUSE ends KEEL_RUN");
	WORKS(ioctl(vm.keel, KEEL_RESUME), "RESUME");
	server_stop(&server);
	server_start(&server, &vm, SERVER);
	runner_start(&runner, &vm, 0);
	ok(driver_becomes_used(&vm), "with its server the queue goes on");
	ok(read_all(pipes[0], bytes, SIZE) == SIZE, "and the reader gets all bytes");
	runner_kick(&runner);
	server_stop(&server);
	close(pipes[0]);
	close(pipes[1]);
	vm_close(&vm);
}

static bool same_state(struct vm *vm, u8 *buffer, u32 room, u8 *before, u32 size)
{
	struct keel_state state = {
		.size = sizeof(state), .data = (uintptr_t)buffer, .length = room,
	};

	return !ioctl(vm->keel, KEEL_STATE_GET, &state) && state.length == size &&
	       !memcmp(buffer, before, size);
}

/* Neither a vCPU thread nor a serving thread inside a paused VM changes its state. */
static void paused(void)
{
	static u8 before[0x20000], after[0x20000];
	struct keel_state state = {
		.size = sizeof(state), .data = (uintptr_t)before, .length = sizeof(before),
	};
	struct runner runner;
	struct server server;
	struct keel_run run;
	char bytes[SIZE];
	int pipes[2];
	struct vm vm;

	must(!pipe2(pipes, O_CLOEXEC | O_NONBLOCK), "pipe");
	serve_start_sender(&vm, pipes[1]);
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
	ok(same_state(&vm, after, sizeof(after), before, state.length), "nor any device's state");
	WORKS(ioctl(vm.keel, KEEL_RESUME), "RESUME");
	runner_start(&runner, &vm, 0);
	ok(driver_becomes_used(&vm), "after RESUME the queue is served");
	runner_kick(&runner);
	server_stop(&server);
	close(pipes[0]);
	close(pipes[1]);
	vm_close(&vm);
}

void test_serve(void)
{
	refused();
	signals();
	without_server();
	paused();
}
