// SPDX-License-Identifier: GPL-2.0
/*
 * A hostile process: it rewrites struct kvm_run while the kernel reads it, and makes
 * random invalid calls of every kind. It may lose its own VM; another VM and the
 * kernel must not be affected.
 */
#include "abi.h"

#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ATTACK_MS	1500
#define FUZZ_CALLS	10000
#define IOEVENTFDS	700

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

/* A random number, mostly an extreme one */
static u64 nasty(void)
{
	static const u64 numbers[] = {
		0, 1, 2, 3, 4, 8, 0x40, 0xff, 0x1000, 0x1001, 0x7fff, 0xffff, 0x10000,
		0x7fffffff, 0x80000000, 0xffffffff, 0x100000000, ~0ULL, KERNEL, 1ULL << 63,
	};

	if (random() % 4)
		return numbers[random() % ARRAY_SIZE(numbers)];
	return (u64)random() << 32 ^ random();
}

/* ---- struct kvm_run under attack ---- */

static bool attack_over;

static void spoil(struct kvm_run *run)
{
	switch (random() % 12) {
	case 0:
		run->exit_reason = random() % 2 ? random() % 40ULL : nasty();
		break;
	case 1:
		run->io.data_offset = random() % 2 ? nasty() : random() % 0x4000ULL;
		break;
	case 2:
		run->io.size = nasty();
		break;
	case 3:
		run->io.count = nasty();
		break;
	case 4:
		run->io.port = random();
		break;
	case 5:
		run->io.direction = nasty();
		break;
	case 6:
		run->mmio.len = nasty();
		break;
	case 7:
		run->mmio.phys_addr = random() % 2 ? 0xfec00000 + random() % 0x50ULL : nasty();
		run->mmio.is_write = random();
		break;
	case 8:
		run->request_interrupt_window = nasty();
		break;
	case 9:
		run->ready_for_interrupt_injection = nasty();
		break;
	case 10:
		run->eoi.vector = nasty();
		break;
	case 11:
		run->immediate_exit = random() % 8 == 0;
		run->if_flag = random();
		break;
	}
}

static void *attacker(void *arg)
{
	unsigned int i;

	while (!__atomic_load_n(&attack_over, __ATOMIC_RELAXED)) {
		for (i = random() % 200; i; i--)
			spoil(arg);
		sched_yield();
	}
	return NULL;
}

static void attack(void *arg)
{
	double end = now_ms() + ATTACK_MS;
	unsigned int runs = 0;
	struct keel_run run;
	pthread_t thread;
	struct vm vm;

	srandom(2);
	vm_start(&vm, arg);
	pthread_create(&thread, NULL, attacker, vm.run[0]);
	while (now_ms() < end) {
		/* With a spoiled exit reason KEEL_RUN may never return by itself */
		alarm(1);
		vm_run(&vm, 0, &run);
		if (++runs % 16)
			continue;
		ioctl(vm.keel, KEEL_PAUSE);
		ioctl(vm.keel, KEEL_RESET);
		ioctl(vm.keel, KEEL_RESUME);
		guest_load(&vm, 0, arg);
	}
	attack_over = true;
	pthread_join(thread, NULL);
	vm_close(&vm);
}

static void attacks(const struct guest *guest, const char *what)
{
	int users = module_users(), status;
	struct vm other;

	vm_start(&other, &guest_debug);
	status = in_child(attack, (void *)guest, 60);
	ok(!status, "%s: kvm_run rewritten meanwhile: it survives (status %d)", what, status);
	ok(vm_alive(&other), "%s: another VM still runs", what);
	ok(module_users_become(users), "%s: no reference to the module is left", what);
}

/* ---- KVM's own calls behind Keel's back ---- */

static void *direct_runner(void *arg)
{
	struct vm *vm = arg;
	double end = now_ms() + 500;

	while (now_ms() < end)
		ioctl(vm->vcpu[0], KVM_RUN, 0);
	return NULL;
}

static void direct(void *arg)
{
	struct keel_run run;
	pthread_t thread;
	struct vm vm;
	double end = now_ms() + 500;

	vm_start(&vm, arg);
	pthread_create(&thread, NULL, direct_runner, &vm);
	while (now_ms() < end) {
		/* Repeatedly: the first one may come before KEEL_RUN has begun */
		struct itimerval soon = { { .tv_usec = 5000 }, { .tv_usec = 5000 } };

		setitimer(ITIMER_REAL, &soon, NULL);
		vm_run(&vm, 0, &run);
		ioctl(vm.keel, KEEL_PAUSE);
		ioctl(vm.keel, KEEL_RESET);
		ioctl(vm.keel, KEEL_RESUME);
	}
	while (pthread_tryjoin_np(thread, NULL)) {
		pthread_kill(thread, SIGUSR1);
		pause_ms(5);
	}
	vm_close(&vm);
}

static void without_keel(void)
{
	int users = module_users(), status = in_child(direct, (void *)&guest_ports, 60);

	ok(!status, "KVM_RUN and KEEL_RUN of one vCPU at the same time (status %d)", status);
	ok(module_users_become(users), "no reference to the module is left");
}

/* The bus that holds Keel's regions gets long: removing them needs a large copy. */
static void long_bus(void)
{
	struct kvm_ioeventfd event = { .len = 1 };
	int users = module_users(), i;
	struct vm vm;

	vm_start(&vm, &guest_debug);
	event.fd = eventfd(0, EFD_CLOEXEC);
	for (i = 0; i < IOEVENTFDS; i++) {
		event.addr = 0x2000 + i;
		event.flags = KVM_IOEVENTFD_FLAG_PIO;
		if (ioctl(vm.kvm_vm, KVM_IOEVENTFD, &event))
			break;
	}
	ok(i == IOEVENTFDS, "%d ioeventfds beside Keel's ports", i);
	close(event.fd);
	ok(vm_alive(&vm), "the VM runs");
	ok(module_users_become(users), "no reference to the module is left");
}

/* ---- Both ways through a slow UART at once ---- */

static void *console_writer(void *arg)
{
	char bytes[256] = { 0 };

	while (!__atomic_load_n(&attack_over, __ATOMIC_RELAXED))
		if (write(*(int *)arg, bytes, sizeof(bytes)) < 0)
			sched_yield();
	return NULL;
}

static void slow_uart(void *arg)
{
	/* mov dx, 0x3f8; 1: out dx, al; inc word [0]; jmp 1b */
	static const struct guest talk = {
		10, { 0xba, 0xf8, 0x03, 0xee, 0xff, 0x06, 0x00, 0x00, 0xeb, 0xf9 }
	};
	struct keel_uart_stream console = { .size = sizeof(console), .flags = O_NONBLOCK };
	struct runner runner;
	char bytes[256];
	pthread_t thread;
	double end;
	struct vm vm;
	int fd;

	vm_prepare(&vm);
	vm.devices[UART].uart.rate_cap = *(u32 *)arg;
	must(vm_create(&vm) >= 0, "KEEL_CREATE_VM");
	vm_create_vcpu(&vm, &talk);
	must(vm_add(&vm, 0) == 0, "KEEL_ADD_VCPU");
	fd = ioctl(vm.keel, KEEL_OPEN_UART, &console);
	runner_start(&runner, &vm, 0);
	pthread_create(&thread, NULL, console_writer, &fd);
	for (end = now_ms() + 500; now_ms() < end;)
		if (read(fd, bytes, sizeof(bytes)) < 0)
			sched_yield();
	attack_over = true;
	pthread_join(thread, NULL);
	runner_kick(&runner);
	close(fd);
	vm_close(&vm);
}

static void slow_uarts(void)
{
	static u32 rates[] = { 0, 1000, 200000 };
	unsigned int i;
	int status;

	for (i = 0; i < ARRAY_SIZE(rates); i++) {
		status = in_child(slow_uart, &rates[i], 30);
		ok(!status, "bytes both ways, at most %u a second (status %d)", rates[i], status);
	}
}

void test_hostile(void)
{
	attacks(&guest_ports, "ports");
	attacks(&guest_string, "string");
	attacks(&guest_routes, "routes");
	without_keel();
	slow_uarts();
	long_bus();
}

/* ---- Random ioctls ---- */

static unsigned int random_command(u32 *size)
{
	const struct abi_command *c = &abi_commands[random() % nr_abi_commands];
	unsigned int command = c->command;

	*size = random() % 16 ? c->size : nasty();
	switch (random() % 8) {
	case 0:
		return random() << 1 ^ random();
	case 1:
		return command ^ 1 << random() % 32;
	default:
		return command;
	}
}

/*
 * random_argument: fds, sizes, addresses and noise, in a valid order or not. The
 * addresses lie in the arena, which may be overwritten, or are unmapped.
 */
static void *random_argument(struct vm *vm, u8 *arena, u32 size)
{
	u32 *words = (u32 *)arena;
	unsigned int i;

	switch (random() % 8) {
	case 0:
		return (void *)(uintptr_t)nasty();
	case 1:
		memcpy(arena, &vm->config, sizeof(vm->config));
		words[random() % 16] = nasty();
		return arena;
	}
	for (i = 0; i < 32; i++) {
		switch (random() % 4) {
		case 0:
			words[i] = random() % 64;	/* an fd, perhaps */
			break;
		case 1:
			words[i] = (uintptr_t)arena + random() % 4096;
			break;
		case 2:
			words[i] = 0;
			break;
		default:
			words[i] = nasty();
		}
		/* 64-bit addresses below 4 GiB, as the arena is */
		if (i % 2 && random() % 4)
			words[i] = 0;
	}
	words[0] = size;
	return arena;
}

static void fuzz(void *arg)
{
	struct itimerval often = { { 0, 2000 }, { 0, 2000 } };
	u8 *arena = mmap((void *)0x20000000, 0x4000, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	unsigned int i, command;
	struct vm vm;
	u32 size;
	long ret;
	int fd;

	srandom(*(unsigned int *)arg);
	vm_start(&vm, &guest_ports);
	setitimer(ITIMER_REAL, &often, NULL);	/* SIGALRM ends KEEL_RUN */
	for (i = 0; i < FUZZ_CALLS; i++) {
		command = random_command(&size);
		fd = random() % 8 ? vm.keel : keel_fd;
		ret = ioctl(fd, command, random_argument(&vm, arena, size));
		/* Closes new descriptors; the index of a vCPU is none */
		if (ret > 2 && ret != fd && command != KEEL_ADD_VCPU)
			close(ret);
	}
	memset(&often, 0, sizeof(often));
	setitimer(ITIMER_REAL, &often, NULL);
	vm_close(&vm);
}

void test_fuzz(void)
{
	int users = module_users(), status;
	unsigned int seed;
	struct vm other;

	vm_start(&other, &guest_debug);
	for (seed = 1; seed <= 3; seed++) {
		status = in_child(fuzz, &seed, 60);
		ok(!status, "%d random ioctls, seed %u (status %d)", FUZZ_CALLS, seed, status);
	}
	ok(vm_alive(&other), "another VM still runs");
	ok(module_users_become(users), "no reference to the module is left");
}
