// SPDX-License-Identifier: GPL-2.0
/* KEEL_RUN, KEEL_PAUSE, KEEL_RESUME, KEEL_RESET. */
#include "abi.h"

#include <sys/wait.h>
#include <unistd.h>

static void wrong_arguments(void)
{
	struct keel_run run;
	struct vm vm;

	vm_start(&vm, &guest_debug);
	FAILS(vm_run(&vm, 1, &run), EINVAL, "index of a vCPU that does not exist");
	FAILS(vm_run(&vm, KEEL_MAX_VCPUS, &run), EINVAL, "index 64");
	FAILS(vm_run(&vm, 0xffffffff, &run), EINVAL, "index 4294967295");
	FAILS(ioctl(vm.keel, KEEL_RUN, NULL), EFAULT, "no argument");
	FAILS(ioctl(vm.keel, KEEL_RUN, (uintptr_t)NOWHERE), EFAULT, "argument in unmapped memory");
	ok(vm_alive(&vm), "a valid KEEL_RUN works");
}

static void exits(void)
{
	struct keel_run run;
	struct vm vm;

	vm_start(&vm, &guest_debug);
	WORKS(vm_run(&vm, 0, &run), "debug exit");
	ok(run.reason == KEEL_EXIT_DEBUG && run.arg == 42, "KEEL_RUN returns the value written");
	ok(run.vcpu == 0 && !run.reserved, "and changes no other field");
	vm_close(&vm);

	vm_start(&vm, &guest_triple);
	WORKS(vm_run(&vm, 0, &run), "triple fault");
	ok(run.reason == KEEL_EXIT_SHUTDOWN, "a triple fault is a shutdown (%u)", run.reason);
	vm_close(&vm);
}

/* An event ends KEEL_RUN of every vCPU, until the VM is reset. */
static void events(void)
{
	struct runner halted;
	struct keel_run run;
	struct vm vm;

	vm_prepare(&vm);
	must(vm_create(&vm) >= 0, "KEEL_CREATE_VM");
	vm_create_vcpu(&vm, &guest_reset);
	vm_create_vcpu(&vm, &guest_halt);
	must(vm_add(&vm, 0) == 0 && vm_add(&vm, 1) == 1, "KEEL_ADD_VCPU");
	runner_start(&halted, &vm, 1);
	ok(guest_progresses(&vm, 1), "a second vCPU runs, and halts");
	WORKS(vm_run(&vm, 0, &run), "reset by port 0xcf9");
	ok(run.reason == KEEL_EXIT_RESET && run.arg == KEEL_RESET_CF9, "KEEL_RUN ends (%u, %llu)",
	   run.reason, run.arg);
	ok(runner_ends(&halted) && !halted.ret && halted.run.reason == KEEL_EXIT_RESET &&
	   halted.run.arg == KEEL_RESET_CF9, "also for the halted vCPU");
	WORKS(vm_run(&vm, 0, &run), "running it again");
	ok(run.reason == KEEL_EXIT_RESET, "reports the reset again");
	WORKS(vm_run(&vm, 1, &run), "running the other again");
	ok(run.reason == KEEL_EXIT_RESET, "reports it, too");
	FAILS(ioctl(vm.keel, KEEL_RESET), EBUSY, "RESET of a VM that is not paused");
	WORKS(ioctl(vm.keel, KEEL_PAUSE), "PAUSE after the event");
	WORKS(ioctl(vm.keel, KEEL_RESET), "RESET");
	WORKS(ioctl(vm.keel, KEEL_RESUME), "RESUME");
	guest_load(&vm, 0, &guest_debug);
	ok(vm_alive(&vm), "after the reset the VM runs");
}

static bool panicked(const struct keel_run *run, u64 what)
{
	return run->reason == KEEL_EXIT_PANIC && run->arg == what;
}

/* A crash kernel that takes over is reported once; a panic, to all vCPUs, until KEEL_RESUME. */
static void panics(void)
{
	struct runner halted;
	struct keel_run run;
	struct vm vm;

	vm_prepare(&vm);
	vm.devices[vm.config.nr_devices++] = (struct keel_device_config) {
		.class = KEEL_CLASS_PVPANIC, .irq = KEEL_IRQ_DEFAULT,
	};
	must(vm_create(&vm) >= 0, "KEEL_CREATE_VM");
	vm_create_vcpu(&vm, &guest_panic);
	vm_create_vcpu(&vm, &guest_halt);
	must(vm_add(&vm, 0) == 0 && vm_add(&vm, 1) == 1, "KEEL_ADD_VCPU");
	WORKS(vm_run(&vm, 0, &run), "a crash kernel is loaded");
	ok(panicked(&run, KEEL_PVPANIC_CRASH_LOADED), "KEEL_RUN ends (%u, %llu)", run.reason,
	   run.arg);
	runner_start(&halted, &vm, 1);
	ok(guest_progresses(&vm, 1), "a second vCPU runs, and halts");
	WORKS(vm_run(&vm, 0, &run), "the guest goes on, and panics");
	ok(panicked(&run, KEEL_PVPANIC_PANICKED), "KEEL_RUN ends (%u, %llu)", run.reason, run.arg);
	ok(runner_ends(&halted) && !halted.ret && panicked(&halted.run, KEEL_PVPANIC_PANICKED),
	   "also for the halted vCPU");
	WORKS(vm_run(&vm, 0, &run), "running it again");
	ok(panicked(&run, KEEL_PVPANIC_PANICKED), "reports the panic again");
	WORKS(ioctl(vm.keel, KEEL_PAUSE), "PAUSE after the panic");
	WORKS(vm_run(&vm, 0, &run), "running it now");
	ok(run.reason == KEEL_EXIT_PAUSED, "reports the pause");
	WORKS(ioctl(vm.keel, KEEL_RESUME), "RESUME");
	WORKS(vm_run(&vm, 0, &run), "and it goes on");
	ok(run.reason == KEEL_EXIT_DEBUG && run.arg == 42, "behind the panic (%u, %llu)",
	   run.reason, run.arg);
	vm_close(&vm);
}

/* What is to be reported ends with a reset. */
static void reset_ends_panic(void)
{
	struct keel_run run;
	struct vm vm;

	vm_prepare(&vm);
	vm.devices[vm.config.nr_devices++] = (struct keel_device_config) {
		.class = KEEL_CLASS_PVPANIC, .irq = KEEL_IRQ_DEFAULT,
	};
	must(vm_create(&vm) >= 0, "KEEL_CREATE_VM");
	vm_create_vcpu(&vm, &guest_panic);
	must(vm_add(&vm, 0) == 0, "KEEL_ADD_VCPU");
	WORKS(vm_run(&vm, 0, &run), "a crash kernel is loaded");
	WORKS(vm_run(&vm, 0, &run), "the guest panics");
	ok(panicked(&run, KEEL_PVPANIC_PANICKED), "KEEL_RUN ends (%u, %llu)", run.reason, run.arg);
	WORKS(ioctl(vm.keel, KEEL_PAUSE), "PAUSE");
	WORKS(ioctl(vm.keel, KEEL_RESET), "RESET");
	WORKS(ioctl(vm.keel, KEEL_RESUME), "RESUME");
	guest_load(&vm, 0, &guest_panic);
	WORKS(vm_run(&vm, 0, &run), "started anew");
	ok(panicked(&run, KEEL_PVPANIC_CRASH_LOADED), "it is reported anew (%u, %llu)",
	   run.reason, run.arg);
	guest_load(&vm, 0, &guest_debug);
	ok(vm_alive(&vm), "and the VM runs");
}

static void firmware_write(struct vm *vm, u32 reg, u32 value)
{
	struct keel_access access = {
		.size = sizeof(access), .flags = KEEL_ACCESS_WRITE | KEEL_ACCESS_MEMORY,
		.addr = KEEL_PCI_ECAM + (KEEL_I6300ESB_SLOT << 15) + reg, .length = 4,
		.value = value,
	};

	must(!ioctl(vm->keel, KEEL_ACCESS, &access), "KEEL_ACCESS");
}

#define WATCHDOG_CONFIG	0x60
#define WATCHDOG_QUICK	7	/* its longest stage is one of a second */
#define WATCHDOG_LOCK	0x68
#define WATCHDOG_ENABLE	2

/* A watchdog that runs out is reported to all vCPUs, halted ones too, until KEEL_RESUME. */
static void watchdog(void)
{
	struct runner halted;
	struct keel_run run;
	struct vm vm;

	vm_prepare(&vm);
	vm.devices[vm.config.nr_devices++] = (struct keel_device_config) {
		.class = KEEL_CLASS_PCIHOST, .irq = KEEL_IRQ_DEFAULT,
	};
	vm.devices[vm.config.nr_devices++] = (struct keel_device_config) {
		.class = KEEL_CLASS_I6300ESB, .irq = KEEL_IRQ_DEFAULT,
		.pci.slot = KEEL_I6300ESB_SLOT,
	};
	must(vm_create(&vm) >= 0, "KEEL_CREATE_VM");
	vm_create_vcpu(&vm, &guest_spin);
	vm_create_vcpu(&vm, &guest_halt);
	must(vm_add(&vm, 0) == 0 && vm_add(&vm, 1) == 1, "KEEL_ADD_VCPU");
	must(!ioctl(vm.keel, KEEL_PAUSE), "KEEL_PAUSE");
	firmware_write(&vm, WATCHDOG_CONFIG, WATCHDOG_QUICK);
	firmware_write(&vm, WATCHDOG_LOCK, WATCHDOG_ENABLE);
	must(!ioctl(vm.keel, KEEL_RESUME), "KEEL_RESUME");
	runner_start(&halted, &vm, 1);
	ok(guest_progresses(&vm, 1), "a vCPU runs, and halts");
	WORKS(vm_run(&vm, 0, &run), "another one runs until the watchdog has");
	ok(run.reason == KEEL_EXIT_WATCHDOG && !run.arg, "KEEL_RUN ends (%u, %llu)", run.reason,
	   run.arg);
	ok(runner_ends(&halted) && !halted.ret && halted.run.reason == KEEL_EXIT_WATCHDOG,
	   "also for the halted vCPU");
	WORKS(vm_run(&vm, 0, &run), "running it again");
	ok(run.reason == KEEL_EXIT_WATCHDOG, "reports it again");
	must(!ioctl(vm.keel, KEEL_PAUSE) && !ioctl(vm.keel, KEEL_RESUME), "KEEL_RESUME");
	guest_load(&vm, 0, &guest_debug);
	ok(vm_alive(&vm), "and then the VM runs");
}

static long last_exits(struct vm *vm, u32 vcpu, void *exits, u32 room, u32 *nr)
{
	struct keel_last_exits request = {
		.size = sizeof(request), .vcpu = vcpu, .nr = room, .exits = (uintptr_t)exits,
	};
	long ret = ioctl(vm->keel, KEEL_LAST_EXITS, &request);

	*nr = request.nr;
	return ret;
}

/* What a vCPU did last, in its order */
static void exits_are_kept(void)
{
	struct keel_vcpu_exit exits[KEEL_LAST_EXITS_NR] = { };
	struct keel_run run;
	struct vm vm;
	u32 nr;

	vm_start(&vm, &guest_debug);
	WORKS(last_exits(&vm, 0, exits, KEEL_LAST_EXITS_NR, &nr), "LAST_EXITS before the first");
	ok(!nr, "there is none");
	WORKS(vm_run(&vm, 0, &run), "debug exit");
	guest_load(&vm, 0, &guest_triple);
	must(!ioctl(vm.keel, KEEL_PAUSE) && !ioctl(vm.keel, KEEL_RESET) &&
	     !ioctl(vm.keel, KEEL_RESUME), "the VM is reset");
	WORKS(vm_run(&vm, 0, &run), "triple fault");
	WORKS(last_exits(&vm, 0, exits, KEEL_LAST_EXITS_NR, &nr), "LAST_EXITS");
	ok(nr && exits[nr - 1].reason == KVM_EXIT_SHUTDOWN && exits[nr - 1].times == 1,
	   "the last of %u is the triple fault", nr);
	WORKS(last_exits(&vm, 0, exits, 0, &nr), "without room");
	ok(nr, "their number is returned");
	FAILS(last_exits(&vm, 1, exits, KEEL_LAST_EXITS_NR, &nr), EINVAL, "another vCPU");
	FAILS(last_exits(&vm, ~0U, exits, KEEL_LAST_EXITS_NR, &nr), EINVAL, "vCPU 4294967295");
	FAILS(last_exits(&vm, 0, (void *)(uintptr_t)NOWHERE, 0xffffffff, &nr), EFAULT,
	      "4 billion to unmapped memory");
	vm_close(&vm);
}

/* A guest that polls where no device answers is reported, and goes on. */
static void polls(void)
{
	struct keel_vcpu_exit exits[KEEL_LAST_EXITS_NR];
	struct runner runner;
	struct keel_run run;
	struct vm vm;
	u32 nr;

	vm_prepare(&vm);
	vm.config.flags |= KEEL_VM_TELL_POLLS;
	must(vm_create(&vm) >= 0, "KEEL_CREATE_VM");
	vm_create_vcpu(&vm, &guest_polls);
	must(vm_add(&vm, 0) == 0, "KEEL_ADD_VCPU");
	WORKS(vm_run(&vm, 0, &run), "a guest polls");
	ok(run.reason == KEEL_EXIT_POLLS && run.arg == (KEEL_POLLS_PORT | 0x3f6),
	   "KEEL_RUN says so (%u, 0x%llx)", run.reason, run.arg);
	ok(vm_value(&vm, KEEL_STATS, "board", "unmapped_pio.0.reads") >= 1 << 20 &&
	   vm_value(&vm, KEEL_STATS, "board", "unmapped_pio.0.address") == 0x3f6,
	   "the address is listed");
	WORKS(last_exits(&vm, 0, exits, KEEL_LAST_EXITS_NR, &nr), "LAST_EXITS");
	ok(nr == 1 && exits[0].addr == 0x3f6 && exits[0].times > 1 && exits[0].length == 1 &&
	   !exits[0].write && exits[0].value == 0xff, "all exits are one, %u times",
	   exits[0].times);
	runner_start(&runner, &vm, 0);
	ok(guest_progresses(&vm, 0), "the guest goes on");
	must(!ioctl(vm.keel, KEEL_PAUSE), "KEEL_PAUSE");
	ok(runner_ends(&runner) && runner.run.reason == KEEL_EXIT_PAUSED,
	   "and is not reported again");
	vm_close(&vm);
}

static void signals(const struct guest *guest, const char *what)
{
	struct runner runner;
	struct vm vm;

	vm_start(&vm, guest);
	runner_start(&runner, &vm, 0);
	ok(guest_progresses(&vm, 0), "%s guest runs", what);
	runner_kick(&runner);
	ok(runner.ret < 0 && runner.error == EINTR, "%s: a signal gives EINTR (%d, %d)", what,
	   runner.ret, runner.error);
	guest_load(&vm, 0, &guest_debug);
	ok(vm_alive(&vm), "%s: it can be run again", what);
}

static void second_thread(const struct guest *guest, const char *what)
{
	struct keel_run run;
	struct runner runner;
	struct vm vm;

	vm_start(&vm, guest);
	runner_start(&runner, &vm, 0);
	ok(guest_progresses(&vm, 0), "%s guest runs", what);
	FAILS(vm_run(&vm, 0, &run), EBUSY, "%s: not in a second thread at the same time", what);
	runner_kick(&runner);
	vm_close(&vm);
}

static void run_in_child(void *arg)
{
	struct keel_run run;

	_exit(vm_run(arg, 0, &run) < 0 ? errno : 0);
}

static void other_process(void)
{
	struct vm vm;
	int status;

	vm_start(&vm, &guest_debug);
	status = in_child(run_in_child, &vm, 10);
	ok(status > 0 && WIFEXITED(status) && WEXITSTATUS(status),
	   "another process cannot run the VM (errno %d)", WEXITSTATUS(status));
	ok(vm_alive(&vm), "the process that made it can");
}

static void pausing(const struct guest *guest, const char *what)
{
	struct runner runner;
	struct keel_run run;
	struct vm vm;

	vm_start(&vm, guest);
	runner_start(&runner, &vm, 0);
	ok(guest_progresses(&vm, 0), "%s guest runs", what);
	WORKS(ioctl(vm.keel, KEEL_PAUSE), "%s: PAUSE", what);
	ok(runner_ends(&runner) && !runner.ret && runner.run.reason == KEEL_EXIT_PAUSED,
	   "%s: the thread comes back and says so", what);
	WORKS(vm_run(&vm, 0, &run), "%s: RUN while paused", what);
	ok(run.reason == KEEL_EXIT_PAUSED, "%s: it returns at once", what);
	WORKS(ioctl(vm.keel, KEEL_RESUME), "%s: RESUME", what);
	guest_load(&vm, 0, guest);
	runner_start(&runner, &vm, 0);
	ok(guest_progresses(&vm, 0), "%s: it runs again", what);
	runner_kick(&runner);
	vm_close(&vm);
}

/* Pauses and resumes as fast as possible, while another thread runs a vCPU repeatedly. */
static void *pauser(void *arg)
{
	struct vm *vm = arg;
	int i;

	for (i = 0; i < 500; i++) {
		ioctl(vm->keel, KEEL_PAUSE);
		if (i % 8 == 0)
			ioctl(vm->keel, KEEL_RESET);
		ioctl(vm->keel, KEEL_RESUME);
	}
	return NULL;
}

static void pause_storm(void)
{
	struct runner runner;
	pthread_t thread;
	struct vm vm;
	int i, odd = 0;

	vm_start(&vm, &guest_ports);
	pthread_create(&thread, NULL, pauser, &vm);
	for (i = 0; i < 200; i++) {
		runner_start(&runner, &vm, 0);
		if (i % 2)
			pause_ms(1);
		runner_kick(&runner);
		odd += runner.ret ? runner.error != EINTR : runner.run.reason != KEEL_EXIT_PAUSED;
	}
	pthread_join(thread, NULL);
	ok(!odd, "500 pauses against 200 runs: each run returns a valid reason");
	guest_load(&vm, 0, &guest_debug);
	ok(vm_alive(&vm), "and it still runs");
}

static void *pauser_alone(void *arg)
{
	struct vm *vm = arg;
	int i;

	for (i = 0; i < 20000; i++)
		ioctl(vm->keel, KEEL_PAUSE);
	return NULL;
}

/* KEEL_PAUSE holds each vCPU's mutex for a moment, and KEEL_RUN must not return EBUSY for it. */
static void pauses_are_no_runs(void)
{
	struct keel_run run;
	pthread_t thread;
	struct vm vm;
	int odd = 0;

	vm_start(&vm, &guest_ports);
	WORKS(ioctl(vm.keel, KEEL_PAUSE), "PAUSE");
	pthread_create(&thread, NULL, pauser_alone, &vm);
	do
		odd += vm_run(&vm, 0, &run) || run.reason != KEEL_EXIT_PAUSED;
	while (pthread_tryjoin_np(thread, NULL));
	ok(!odd, "20000 pauses of a paused VM: no run returns EBUSY (%d)", odd);
	vm_close(&vm);
}

void test_run(void)
{
	wrong_arguments();
	exits();
	events();
	panics();
	reset_ends_panic();
	watchdog();
	exits_are_kept();
	polls();
	signals(&guest_spin, "spinning");
	signals(&guest_ports, "busy");
	signals(&guest_halt, "halted");
	second_thread(&guest_spin, "spinning");
	second_thread(&guest_halt, "halted");
	other_process();
	pausing(&guest_ports, "busy");
	pausing(&guest_spin, "spinning");
	pausing(&guest_halt, "halted");
	pause_storm();
	pauses_are_no_runs();
}
