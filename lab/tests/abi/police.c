// SPDX-License-Identifier: GPL-2.0
/*
 * KEEL_LIMIT_SET: invalid arguments, guests that ask for more than they may, what ends their waits,
 * and hostile callers. A bound on what a guest gets holds however slow the machine is: its burst,
 * and its rate for the time that has passed.
 */
#include "police.h"
#include "serve.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define RATE		200	/* a second: less than any machine can do */
#define TOGGLERS	3
#define TOGGLES		300	/* of each */

static u64 now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

static long limit(struct vm *vm, u32 kind, u16 class, u64 rate, u64 burst)
{
	struct keel_limit request = {
		.size = sizeof(request), .kind = kind, .class = class, .rate = rate, .burst = burst,
	};

	return ioctl(vm->keel, KEEL_LIMIT_SET, &request);
}

static u64 breaches(struct vm *vm, const char *device, const char *kind)
{
	char name[40];

	snprintf(name, sizeof(name), "limit.%s.breaches", kind);
	return vm_value(vm, KEEL_STATS, device, name);
}

static u64 naps(struct vm *vm)
{
	return vm_value(vm, KEEL_STATS, "vcpu0", "loop.limited");
}

/* Does the guest wait for a token? */
static bool naps_soon(struct vm *vm)
{
	int i;

	for (i = 0; i < 1000 && !naps(vm); i++)
		pause_ms(10);
	return naps(vm);
}

/* ---- Arguments ---- */

static void bad_limits(void)
{
	struct keel_limit l = { .size = sizeof(l), .rate = 1 };
	struct vm vm;

	vm_start(&vm, &guest_spin);
	FAILS(limit(&vm, KEEL_NR_LIMITS, 0, 1, 1), EINVAL, "another kind");
	FAILS(limit(&vm, 0xffffffff, 0, 1, 1), EINVAL, "kind 4294967295");
	FAILS(limit(&vm, 0, 0, KEEL_LIMIT_MAX + 1, 0), EINVAL, "a rate that is too large");
	FAILS(limit(&vm, 0, 0, ~0ULL, ~0ULL), EINVAL, "all bits");
	FAILS(limit(&vm, 0, 0, 1, KEEL_LIMIT_MAX + 1), EINVAL, "a burst that is too large");
	FAILS(limit(&vm, 0, 0, 0, 1), EINVAL, "a burst without a rate");
	FAILS(limit(&vm, 0, KEEL_CLASS_HPET, 1, 0), ENODEV, "a device that is not there");
	FAILS(limit(&vm, 0, 0xffff, 1, 0), ENODEV, "class 65535");
	l.instance = 1;
	FAILS(ioctl(vm.keel, KEEL_LIMIT_SET, &l), ENODEV, "a second board");
	l.instance = 0;
	l.flags = 2;
	FAILS(ioctl(vm.keel, KEEL_LIMIT_SET, &l), EINVAL, "a flag that is not known");
	l.flags = 0;
	FAILS(ioctl(vm.keel, KEEL_IOWR(0x40), &l), ENOTTY, "in both directions");
	FAILS(ioctl(keel_fd, KEEL_LIMIT_SET, &l), ENOTTY, "of /dev/keel");
	FAILS(ioctl(vm.kvm_vm, KEEL_LIMIT_SET, &l), ENOTTY, "of KVM's VM");
	FAILS(ioctl(vm.keel, KEEL_LIMIT_SET, KERNEL), EFAULT, "from the kernel");
	WORKS(limit(&vm, KEEL_LIMIT_ACCESSES, 0, 0, 0), "no limit where there was none");
	WORKS(limit(&vm, KEEL_LIMIT_BYTES, 0, KEEL_LIMIT_MAX, KEEL_LIMIT_MAX), "the most");
	WORKS(limit(&vm, KEEL_LIMIT_TIMERS, KEEL_CLASS_RTC, 1, 0), "the least");
	vm_close(&vm);		/* while it has limits */
}

static void blind(void)
{
	struct vm vm;

	vm_prepare(&vm);
	vm.devices[vm.config.nr_devices++] = (struct keel_device_config) {
		.class = KEEL_CLASS_VIRTIO_MMIO, .irq = 10, .base = 0xfeb00000,
		.virtio.type = KEEL_VIRTIO_VSOCK,
	};
	must(vm_create(&vm) >= 0, "a VM with a socket device");
	FAILS(limit(&vm, KEEL_LIMIT_BYTES, KEEL_CLASS_VIRTIO_MMIO, 1, 0), EOPNOTSUPP,
	      "bytes that vhost moves");
	WORKS(limit(&vm, KEEL_LIMIT_NOTIFICATIONS, KEEL_CLASS_VIRTIO_MMIO, 1, 0),
	      "its notifications");
	vm_close(&vm);
}

/* ---- Guests that storm ---- */

static void held(const struct storm *storm)
{
	struct runner runner;
	u64 began, count, most;
	struct vm vm;
	int i;

	vm_start(&vm, storm->guest);
	must(!limit(&vm, storm->kind, storm->class, RATE, BURST), "KEEL_LIMIT_SET");
	began = now();
	runner_start(&runner, &vm, 0);
	for (i = 0; i < 1000 && breaches(&vm, storm->device, storm->name) < 20; i++)
		pause_ms(10);
	ok(guest_progresses(&vm, 0), "%s of %s: the guest goes on", storm->name, storm->device);
	WORKS(ioctl(vm.keel, KEEL_PAUSE), "%s of %s: KEEL_PAUSE", storm->name, storm->device);
	ok(runner_ends(&runner) && runner.run.reason == KEEL_EXIT_PAUSED, "and KEEL_RUN ends");
	/* A guest may make two accesses for each that is counted. */
	count = vm_value(&vm, KEEL_STATS, storm->counts, storm->counter);
	most = BURST + storm->slack + (now() - began) / 1000 * RATE / 1000000;
	ok(count >= BURST / 2 && count <= most, "%s of %s: %llu, and not more than %llu",
	   storm->name, storm->device, (unsigned long long)count, (unsigned long long)most);
	ok(breaches(&vm, storm->device, storm->name) >= 20, "breaches are counted");
	WORKS(limit(&vm, storm->kind, storm->class, 0, 0), "the limit ends");
	guest_load(&vm, 0, &guest_debug);
	must(!ioctl(vm.keel, KEEL_RESUME), "KEEL_RESUME");
	ok(vm_alive(&vm), "the VM runs without");
}

/* Two vCPUs have one bucket; a third VM's is its own. */
static void shared(void)
{
	struct runner runner[2], other_runner;
	struct vm vm, other;
	u64 began, count, most;
	int i;

	vm_start(&vm, &guest_ports);
	vm_create_vcpu(&vm, &guest_ports);
	must(vm_add(&vm, 1) == 1, "KEEL_ADD_VCPU");
	vm_start(&other, &guest_ports);
	must(!limit(&vm, KEEL_LIMIT_ACCESSES, 0, RATE, BURST), "KEEL_LIMIT_SET");
	began = now();
	for (i = 0; i < 2; i++)
		runner_start(&runner[i], &vm, i);
	runner_start(&other_runner, &other, 0);
	for (i = 0; i < 1000 && breaches(&vm, "vm", "accesses") < 40; i++)
		pause_ms(10);
	ok(guest_progresses(&vm, 0) && guest_progresses(&vm, 1), "two vCPUs go on");
	runner_kick(&runner[0]);
	runner_kick(&runner[1]);
	count = vm_value(&vm, KEEL_STATS, "pit0", "counters.reads");
	most = BURST + 4 + (now() - began) / 1000 * RATE / 1000000;
	ok(count >= BURST / 2 && count <= most, "with one bucket: %llu of %llu",
	   (unsigned long long)count, (unsigned long long)most);
	runner_kick(&other_runner);
	ok(!naps(&other), "a VM beside it never waits");
	vm_close(&other);
	vm_close(&vm);
}

/* ---- What ends a wait ---- */

/* A vCPU that owes a token for each part of a string: it has to wait for two minutes. */
static void start_deep(struct vm *vm, struct runner *runner)
{
	vm_start(vm, &guest_string);
	must(!limit(vm, KEEL_LIMIT_ACCESSES, KEEL_CLASS_PIT, 1, 1), "KEEL_LIMIT_SET");
	runner_start(runner, vm, 0);
	must(naps_soon(vm), "a vCPU that waits");
}

static void ends_of_naps(void)
{
	struct runner runner;
	struct vm vm;

	start_deep(&vm, &runner);
	WORKS(ioctl(vm.keel, KEEL_PAUSE), "KEEL_PAUSE");
	ok(runner_ends(&runner) && runner.run.reason == KEEL_EXIT_PAUSED, "ends its wait");
	WORKS(ioctl(vm.keel, KEEL_RESUME), "KEEL_RESUME");
	runner_start(&runner, &vm, 0);
	pause_ms(20);
	ok(!__atomic_load_n(&runner.done, __ATOMIC_ACQUIRE), "it waits on");
	runner_kick(&runner);
	ok(runner.ret < 0 && runner.error == EINTR, "a signal ends its wait");
	runner_start(&runner, &vm, 0);
	vm.seen[0] = *(u16 *)(vm.memory + PROGRESS);
	WORKS(limit(&vm, KEEL_LIMIT_ACCESSES, KEEL_CLASS_PIT, 0, 0), "no limit any more");
	ok(guest_progresses(&vm, 0), "ends its wait");
	runner_kick(&runner);
	vm_close(&vm);

	start_deep(&vm, &runner);
	must(!ioctl(vm.keel, KEEL_PAUSE) && runner_ends(&runner), "KEEL_PAUSE");
	WORKS(ioctl(vm.keel, KEEL_RESET), "KEEL_RESET");
	WORKS(ioctl(vm.keel, KEEL_RESUME), "KEEL_RESUME");
	guest_load(&vm, 0, &guest_debug);
	ok(vm_alive(&vm), "what was owed before a reset is not owed after it");
}

static void owe(unsigned int nr, int ready)
{
	struct runner runner;
	struct vm vm;

	(void)nr;
	start_deep(&vm, &runner);
	await_death(ready);
}

static void killed(void)
{
	int users = module_users();
	pid_t pid = doomed(owe, 0);

	ok(pid && dies_of(pid, SIGKILL), "SIGKILL ends a process whose vCPU waits");
	ok(module_users_become(users), "no reference to the module is left");
}

/* A server that has moved more than it may waits before it takes the next job. */
static void servers(void)
{
	struct runner runner;
	struct server server;
	int pipes[2];
	struct vm vm;

	must(!pipe2(pipes, O_CLOEXEC | O_NONBLOCK), "pipe");
	serve_start_sender(&vm, pipes[1]);
	must(!limit(&vm, KEEL_LIMIT_BYTES, KEEL_CLASS_VIRTIO_MMIO, 1, 1), "KEEL_LIMIT_SET");
	server_start(&server, &vm, SERVER);
	runner_start(&runner, &vm, 0);
	ok(driver_becomes_used(&vm), "a chain of %u bytes is served", SIZE);
	ok(breaches(&vm, "vmmio0", "bytes") == 1, "which is a breach");
	pause_ms(20);
	WORKS(ioctl(vm.keel, KEEL_PAUSE), "KEEL_PAUSE does not wait for the server, as for hours");
	must(runner_ends(&runner), "KEEL_RUN");
	WORKS(ioctl(vm.keel, KEEL_RESUME), "KEEL_RESUME");
	server_stop(&server);
	ok(server.ret < 0 && server.error == EINTR, "a signal ends the server's wait");
	close(pipes[0]);
	close(pipes[1]);
	vm_close(&vm);
}

/* ---- What is told ---- */

static void told(void)
{
	struct keel_limit request = {
		.size = sizeof(request), .kind = KEEL_LIMIT_ACCESSES, .class = KEEL_CLASS_PIT,
		.flags = KEEL_LIMIT_TELL, .rate = 1000, .burst = 1,
	};
	u64 arg = (u64)KEEL_LIMIT_ACCESSES << 32 | KEEL_CLASS_PIT << 16, began;
	struct keel_run run;
	u32 times = 0;
	struct vm vm;

	vm_start(&vm, &guest_ports);
	must(!ioctl(vm.keel, KEEL_LIMIT_SET, &request), "KEEL_LIMIT_SET");
	began = now();
	while (times < 2 && !vm_run(&vm, 0, &run) && run.reason == KEEL_EXIT_LIMIT &&
	       run.arg == arg)
		times++;
	ok(times == 2, "KEEL_RUN reports a breach, and a later one (%u, %u)", run.reason, times);
	ok(now() - began >= 1000000000, "a second later");
	must(!ioctl(vm.keel, KEEL_PAUSE), "KEEL_PAUSE");
	guest_load(&vm, 0, &guest_debug);
	must(!ioctl(vm.keel, KEEL_RESUME), "KEEL_RESUME");
	ok(vm_alive(&vm), "the guest goes on");
}

/* Limits are no part of a state, and loading one pays what is owed. */
static void states(void)
{
	struct keel_state state = { .size = sizeof(state) };
	struct runner runner;
	struct vm vm;
	u8 *before, *after;
	u64 all;

	start_deep(&vm, &runner);
	must(!ioctl(vm.keel, KEEL_PAUSE) && runner_ends(&runner), "KEEL_PAUSE");
	must(ioctl(vm.keel, KEEL_STATE_GET, &state) < 0 && state.length, "KEEL_STATE_GET");
	before = calloc(2, state.length);
	after = before + state.length;
	state.data = (uintptr_t)before;
	WORKS(ioctl(vm.keel, KEEL_STATE_GET, &state), "KEEL_STATE_GET of a VM with a limit");
	must(!limit(&vm, KEEL_LIMIT_ACCESSES, KEEL_CLASS_PIT, 0, 0), "KEEL_LIMIT_SET");
	state.data = (uintptr_t)after;
	must(!ioctl(vm.keel, KEEL_STATE_GET, &state), "KEEL_STATE_GET");
	ok(!memcmp(before, after, state.length), "it is the same without");
	must(!limit(&vm, KEEL_LIMIT_ACCESSES, KEEL_CLASS_PIT, 1, 1), "KEEL_LIMIT_SET");
	all = breaches(&vm, "pit0", "accesses");
	WORKS(ioctl(vm.keel, KEEL_STATE_SET, &state), "KEEL_STATE_SET");
	ok(breaches(&vm, "pit0", "accesses") == all, "the counters stay");
	free(before);
	guest_load(&vm, 0, &guest_debug);
	must(!ioctl(vm.keel, KEEL_RESUME), "KEEL_RESUME");
	ok(vm_alive(&vm), "the VM runs");
}

/* ---- Hostile callers ---- */

/**
 * struct toggler - a thread that sets limits at random.
 * @vm:     the VM
 * @seed:   of the order
 * @bad:    answers that were not good
 * @thread: the thread
 */
struct toggler {
	struct vm *vm;
	unsigned int seed;
	u32 bad;
	pthread_t thread;
};

static void *toggle(void *arg)
{
	static const u16 classes[] = { KEEL_CLASS_BOARD, KEEL_CLASS_PIT, KEEL_CLASS_IOAPIC };
	struct toggler *t = arg;
	u32 i;

	for (i = 0; i < TOGGLES; i++) {
		struct keel_limit request = {
			.size = sizeof(request), .kind = rand_r(&t->seed) % KEEL_NR_LIMITS,
			.class = classes[rand_r(&t->seed) % ARRAY_SIZE(classes)],
			.rate = rand_r(&t->seed) % 3 ? rand_r(&t->seed) % 100000 : 0,
		};

		t->bad += ioctl(t->vm->keel, KEEL_LIMIT_SET, &request) < 0;
		t->bad += naps(t->vm) > 1000000000;	/* it is there, and is a number */
	}
	return NULL;
}

static void togglers(const struct guest *guest, const char *what)
{
	struct toggler t[TOGGLERS];
	struct runner runner;
	u32 bad = 0, kind;
	struct vm vm;
	int i;

	vm_start(&vm, guest);
	runner_start(&runner, &vm, 0);
	for (i = 0; i < TOGGLERS; i++) {
		t[i] = (struct toggler) { .vm = &vm, .seed = i };
		must(!pthread_create(&t[i].thread, NULL, toggle, &t[i]), "pthread_create");
	}
	for (i = 0; i < TOGGLERS; i++) {
		pthread_join(t[i].thread, NULL);
		bad += t[i].bad;
	}
	ok(!bad, "%s guest: %u calls of %u threads, %u bad answers", what, TOGGLES * TOGGLERS,
	   TOGGLERS, bad);
	for (kind = 0; kind < KEEL_NR_LIMITS; kind++)
		must(!limit(&vm, kind, KEEL_CLASS_BOARD, 0, 0) &&
		     !limit(&vm, kind, KEEL_CLASS_PIT, 0, 0) &&
		     !limit(&vm, kind, KEEL_CLASS_IOAPIC, 0, 0), "no limits");
	ok(guest_progresses(&vm, 0), "%s guest: it runs on", what);
	runner_kick(&runner);
	guest_load(&vm, 0, &guest_debug);
	ok(vm_alive(&vm), "%s guest: the VM runs afterwards", what);
}

static void in_other_process(void *arg)
{
	exit(limit(arg, KEEL_LIMIT_ACCESSES, 0, 1000, 0) ? 1 : 0);
}

void test_police(void)
{
	struct vm vm;
	u32 i;

	bad_limits();
	blind();
	for (i = 0; i < nr_police_storms; i++)
		held(&police_storms[i]);
	shared();
	ends_of_naps();
	killed();
	servers();
	told();
	states();
	togglers(&guest_ports, "port");
	togglers(&guest_routes, "route-changing");
	vm_start(&vm, &guest_spin);
	ok(in_child(in_other_process, &vm, 20) == 0, "another process with the VM's descriptor");
	vm_close(&vm);
}
