// SPDX-License-Identifier: GPL-2.0
/* Guests that sleep: KEEL_EXIT_SLEEP, and with KEEL_VM_TELL_WAKES the wait for KEEL_EXIT_WAKE. */
#include "abi.h"

#include <stdlib.h>
#include <unistd.h>

#define VCPUS	2

/* mov dx, 0x604; mov ax, 0x2c00; out dx, ax; 1: inc word [0]; jmp 1b */
static const struct guest guest_sleep = {
	13, { 0xba, 0x04, 0x06, 0xb8, 0x00, 0x2c, 0xef, 0xff, 0x06, 0x00, 0x00, 0xeb, 0xfa }
};

/* A VM whose first vCPU sleeps while the others spin */
static void sleepers(struct vm *vm, u32 flags)
{
	unsigned int i;

	vm_prepare(vm);
	vm->config.flags |= flags;
	must(vm_create(vm) >= 0, "KEEL_CREATE_VM");
	for (i = 0; i < VCPUS; i++) {
		vm_create_vcpu(vm, i ? &guest_spin : &guest_sleep);
		must(vm_add(vm, i) == (int)i, "KEEL_ADD_VCPU");
	}
}

static long pm_input(struct vm *vm, u32 input, u64 value)
{
	struct keel_input i = {
		.size = sizeof(i), .class = KEEL_CLASS_PM, .input = input, .value = value,
	};

	return ioctl(vm->keel, KEEL_INPUT, &i);
}

static bool returned(const struct runner *runner, u32 reason, u64 arg)
{
	return !runner->ret && runner->run.reason == reason && runner->run.arg == arg;
}

/* Both vCPUs in KEEL_RUN again, of which one reports the sleep */
static void fall_asleep(struct vm *vm, struct runner *runners, const char *when)
{
	unsigned int i, told = 0, at = 0;

	for (i = 0; i < VCPUS; i++)
		runner_start(&runners[i], vm, i);
	while (!told && at++ < 1000) {
		pause_ms(10);
		for (i = 0; i < VCPUS; i++)
			told += __atomic_load_n(&runners[i].done, __ATOMIC_ACQUIRE);
	}
	pause_ms(20);
	for (i = 0, told = 0; i < VCPUS; i++) {
		if (!__atomic_load_n(&runners[i].done, __ATOMIC_ACQUIRE))
			continue;
		ok(runner_ends(&runners[i]) && returned(&runners[i], KEEL_EXIT_SLEEP, 3),
		   "%s: vCPU %u reports the sleep", when, i);
		told++;
		runner_start(&runners[i], vm, i);
	}
	ok(told == 1, "%s: once (%u)", when, told);
}

static bool all_return(struct runner *runners, u32 reason, u64 arg)
{
	bool good = true;
	unsigned int i;

	for (i = 0; i < VCPUS; i++)
		good &= runner_ends(&runners[i]) && returned(&runners[i], reason, arg);
	return good;
}

static void without_flag(void)
{
	struct keel_run run;
	struct vm vm;
	int i;

	sleepers(&vm, 0);
	for (i = 0; i < 2; i++) {
		WORKS(vm_run(&vm, 0, &run), "a guest sleeps");
		ok(run.reason == KEEL_EXIT_SLEEP && run.arg == 3, "KEEL_RUN returns (%u, %llu)",
		   run.reason, run.arg);
		WORKS(pm_input(&vm, KEEL_INPUT_POWER_BUTTON, 0), "the power button");
	}
	WORKS(vm_run(&vm, 1, &run), "the other vCPU");
	ok(run.reason == KEEL_EXIT_SLEEP, "KEEL_RUN returns there, too");
	vm_close(&vm);
}

static void *state_of(struct vm *vm, struct keel_state *state)
{
	void *blob;

	*state = (struct keel_state) { .size = sizeof(*state) };
	must(ioctl(vm->keel, KEEL_STATE_GET, state) < 0 && state->length, "KEEL_STATE_GET");
	blob = calloc(1, state->length);
	state->data = (uintptr_t)blob;
	must(!ioctl(vm->keel, KEEL_STATE_GET, state), "KEEL_STATE_GET");
	return blob;
}

static void waits(void)
{
	struct runner runners[VCPUS];
	struct keel_state state;
	struct keel_run run;
	struct vm vm;
	void *blob;
	u16 *progress, before;

	sleepers(&vm, KEEL_VM_TELL_WAKES);
	progress = (void *)(vm.memory + PROGRESS + 0x200);
	fall_asleep(&vm, runners, "asleep");
	before = __atomic_load_n(progress, __ATOMIC_RELAXED);
	pause_ms(50);
	ok(__atomic_load_n(progress, __ATOMIC_RELAXED) == before && !vm.memory[PROGRESS],
	   "no vCPU runs");
	runner_kick(&runners[1]);
	ok(runners[1].ret < 0 && runners[1].error == EINTR, "a signal gives EINTR");
	runner_start(&runners[1], &vm, 1);

	WORKS(ioctl(vm.keel, KEEL_PAUSE), "PAUSE");
	ok(all_return(runners, KEEL_EXIT_PAUSED, 0), "KEEL_RUN reports it");
	blob = state_of(&vm, &state);
	WORKS(ioctl(vm.keel, KEEL_RESUME), "RESUME");
	runner_start(&runners[0], &vm, 0);
	runner_start(&runners[1], &vm, 1);
	pause_ms(20);
	ok(!__atomic_load_n(&runners[0].done, __ATOMIC_ACQUIRE), "it sleeps on, and is not told");

	WORKS(pm_input(&vm, KEEL_INPUT_GPE, KEEL_PM_GPE_WAKE), "the host's wake");
	ok(all_return(runners, KEEL_EXIT_WAKE, 3), "KEEL_RUN reports it, of all vCPUs");
	WORKS(vm_run(&vm, 0, &run), "and when it is called again");
	ok(run.reason == KEEL_EXIT_WAKE && run.arg == 3, "likewise (%u, %llu)", run.reason,
	   run.arg);

	WORKS(ioctl(vm.keel, KEEL_PAUSE), "PAUSE");
	WORKS(ioctl(vm.keel, KEEL_STATE_SET, &state), "a guest that sleeps is loaded");
	WORKS(ioctl(vm.keel, KEEL_RESUME), "RESUME");
	fall_asleep(&vm, runners, "loaded");
	WORKS(ioctl(vm.keel, KEEL_PAUSE), "PAUSE");
	ok(all_return(runners, KEEL_EXIT_PAUSED, 0), "KEEL_RUN reports it");
	WORKS(pm_input(&vm, KEEL_INPUT_POWER_BUTTON, 0), "the power button, while paused");
	free(blob);
	blob = state_of(&vm, &state);
	WORKS(ioctl(vm.keel, KEEL_STATE_SET, &state), "a guest that was woken is loaded");
	WORKS(ioctl(vm.keel, KEEL_RESUME), "RESUME");
	WORKS(vm_run(&vm, 1, &run), "and run");
	ok(run.reason == KEEL_EXIT_WAKE && run.arg == 3, "it is to wake (%u, %llu)", run.reason,
	   run.arg);

	WORKS(ioctl(vm.keel, KEEL_PAUSE), "PAUSE");
	WORKS(ioctl(vm.keel, KEEL_RESET), "RESET");
	WORKS(ioctl(vm.keel, KEEL_RESUME), "RESUME");
	guest_load(&vm, 0, &guest_sleep);
	fall_asleep(&vm, runners, "after the reset");
	WORKS(ioctl(vm.keel, KEEL_PAUSE), "PAUSE");
	ok(all_return(runners, KEEL_EXIT_PAUSED, 0), "KEEL_RUN reports it");
	must(!ioctl(vm.keel, KEEL_RESET) && !ioctl(vm.keel, KEEL_RESUME), "a reset ends the sleep");
	free(blob);
	guest_load(&vm, 0, &guest_debug);
	ok(vm_alive(&vm), "and the VM runs");
}

/* ---- A watchdog that runs out meanwhile ---- */

#define WATCHDOG	(KEEL_PCI_ECAM + (KEEL_I6300ESB_SLOT << 15))
#define REGISTERS	0xc0000000ULL
#define RELOAD		(REGISTERS + 0xc)

static void poke(struct vm *vm, u64 addr, u32 length, u32 value)
{
	struct keel_access access = {
		.size = sizeof(access), .flags = KEEL_ACCESS_WRITE | KEEL_ACCESS_MEMORY,
		.addr = addr, .length = length, .value = value,
	};

	must(!ioctl(vm->keel, KEEL_ACCESS, &access), "KEEL_ACCESS");
}

/* Two stages of a millisecond, without an interrupt */
static void start_watchdog(struct vm *vm)
{
	unsigned int stage;

	poke(vm, WATCHDOG + 0x10, 4, REGISTERS);
	poke(vm, WATCHDOG + 0x04, 2, 2);
	for (stage = 0; stage < 2; stage++) {
		poke(vm, RELOAD, 2, 0x80);
		poke(vm, RELOAD, 2, 0x86);
		poke(vm, REGISTERS + stage * 4, 4, 1000);
	}
	poke(vm, WATCHDOG + 0x60, 2, 7);
	poke(vm, WATCHDOG + 0x68, 2, 2);
}

static void sleepers_with_watchdog(struct vm *vm)
{
	unsigned int i;

	vm_prepare(vm);
	vm->config.flags |= KEEL_VM_TELL_WAKES;
	vm->devices[vm->config.nr_devices++] = (struct keel_device_config) {
		.class = KEEL_CLASS_PCIHOST, .irq = KEEL_IRQ_DEFAULT,
	};
	vm->devices[vm->config.nr_devices++] = (struct keel_device_config) {
		.class = KEEL_CLASS_I6300ESB, .irq = KEEL_IRQ_DEFAULT,
		.pci.slot = KEEL_I6300ESB_SLOT,
	};
	must(vm_create(vm) >= 0, "KEEL_CREATE_VM");
	for (i = 0; i < VCPUS; i++) {
		vm_create_vcpu(vm, i ? &guest_spin : &guest_sleep);
		must(vm_add(vm, i) == (int)i, "KEEL_ADD_VCPU");
	}
}

static void watchdog(void)
{
	struct runner runners[VCPUS];
	struct keel_run run;
	struct vm vm;
	unsigned int i;

	sleepers_with_watchdog(&vm);
	fall_asleep(&vm, runners, "with a watchdog");
	WORKS(ioctl(vm.keel, KEEL_PAUSE), "PAUSE");
	ok(all_return(runners, KEEL_EXIT_PAUSED, 0), "KEEL_RUN reports it");
	start_watchdog(&vm);
	WORKS(ioctl(vm.keel, KEEL_RESUME), "RESUME");
	for (i = 0; i < VCPUS; i++)
		runner_start(&runners[i], &vm, i);
	ok(all_return(runners, KEEL_EXIT_WATCHDOG, 0), "it runs out, and no vCPU waits for a wake");
	WORKS(vm_run(&vm, 1, &run), "KEEL_RUN");
	ok(run.reason == KEEL_EXIT_WATCHDOG, "reports it again (%u)", run.reason);
	WORKS(ioctl(vm.keel, KEEL_RESUME), "RESUME");
	for (i = 0; i < VCPUS; i++)
		runner_start(&runners[i], &vm, i);
	pause_ms(20);
	ok(!__atomic_load_n(&runners[0].done, __ATOMIC_ACQUIRE) &&
	   !__atomic_load_n(&runners[1].done, __ATOMIC_ACQUIRE), "the guest sleeps on");
	ok(!vm.memory[PROGRESS], "and has not run");
	WORKS(pm_input(&vm, KEEL_INPUT_GPE, KEEL_PM_GPE_WAKE), "the host's wake");
	ok(all_return(runners, KEEL_EXIT_WAKE, 3), "KEEL_RUN reports it");
	vm_close(&vm);
}

/* The threads of a VM that is closed, or of a process that ends, are not left asleep. */
static void sleep_in_child(void *arg)
{
	struct runner runner;
	struct vm *vm = arg;

	sleepers(vm, KEEL_VM_TELL_WAKES);
	runner_start(&runner, vm, 0);
	runner_ends(&runner);
	runner_start(&runner, vm, 0);
	pause_ms(20);
	_exit(__atomic_load_n(&runner.done, __ATOMIC_ACQUIRE));
}

static void ends(void)
{
	struct vm vm;
	int status = in_child(sleep_in_child, &vm, 20);

	ok(WIFEXITED(status) && !WEXITSTATUS(status), "a process ends while its guest sleeps");
}

void test_sleep(void)
{
	without_flag();
	waits();
	watchdog();
	ends();
}
