// SPDX-License-Identifier: GPL-2.0
/*
 * The three machines. Keel's are made as keel run makes them, with the usual devices; the guest is
 * placed in their memory, and the calling thread is the vCPU's.
 */
#include <errno.h>
#include <linux/kvm.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base.h"
#include "bench/machine.h"
#include "bench/signals.h"
#include "boot/boot.h"
#include "boot/place.h"
#include "config/options.h"
#include "status.h"
#include "uapi/keel.h"
#include "vm/entry.h"
#include "vm/open.h"
#include "vm/vcpu.h"

#define LOST_SECONDS	60	/* after which a batch has hung; it takes a few milliseconds */
#define PATIENCE_S	5	/* of the guest, in a loop */

static bool keel_enter(struct vm *vm);

struct machine machines[MACHINES] = {
	[MACHINE_BUS] = { "keel-bus", "Keel with the bus accelerator", .enter = keel_enter },
	[MACHINE_LOOP] = { "keel-loop", "Keel without it", .enter = keel_enter },
	[MACHINE_KVM] = { "kvm", "KVM's own PICs, IOAPIC and PIT", .enter = kvm_chips_enter },
};

/* ---- Running ---- */

static bool keel_enter(struct vm *vm)
{
	struct keel_run run = { .size = sizeof(run), .vcpu = vm->vcpus[0].index };

	for (;;) {
		if (ioctl(vm->keel, KEEL_RUN, &run)) {
			if (errno == EINTR || errno == EAGAIN)
				return false;
			die(STATUS_KVM_ERROR, "KEEL_RUN: %s", strerror(errno));
		}
		if (run.reason == KEEL_EXIT_KVM && run.arg == KVM_EXIT_X86_WRMSR)
			return true;
		if (run.reason != KEEL_EXIT_POLLS)
			die(STATUS_KVM_ERROR, "the guest has crashed: KEEL_RUN: %u, 0x%llx",
			    run.reason, run.arg);
	}
}

/* A signal can be another one: SIGCONT, for example. */
static enum batch run_batch(struct machine *machine)
{
	const struct kvm_run *run = machine->vm.vcpus[0].run;

	for (;;) {
		if (machine->enter(&machine->vm)) {
			if (run->msr.data == SIGNAL_DONE)
				return BATCH_DONE;
		} else if (signals_stopped()) {
			return BATCH_STOPPED;
		} else if (signals_late()) {
			return BATCH_LOST;
		}
	}
}

/**
 * machine_batch() - have the guest make a batch.
 * @machine: its request is filled in
 *
 * Return: how it has ended.
 */
enum batch machine_batch(struct machine *machine)
{
	enum batch batch;

	if (signals_stopped())
		return BATCH_STOPPED;
	machine->request->patience = 1000ULL * machine->tsc_khz * PATIENCE_S;
	signals_expect(LOST_SECONDS);
	batch = run_batch(machine);
	signals_expect(0);
	if (batch == BATCH_DONE && machine->request->made < machine->request->samples)
		return BATCH_LOST;
	return batch;
}

/* ---- Creation ---- */

/* A write to the MSR comes to the process, whatever kvm.ignore_msrs says. */
static void filter_msr(const struct vm *vm)
{
	struct kvm_enable_cap exits = {
		.cap = KVM_CAP_X86_USER_SPACE_MSR, .args = { KVM_MSR_EXIT_REASON_FILTER },
	};
	__u64 refused = 0;	/* a bit for each */
	struct kvm_msr_filter filter = {
		.flags = KVM_MSR_FILTER_DEFAULT_ALLOW,
		.ranges[0] = { .flags = KVM_MSR_FILTER_WRITE, .nmsrs = 1, .base = GUEST_MSR,
			       .bitmap = (__u8 *)&refused },
	};

	if (ioctl(vm->kvm_vm, KVM_ENABLE_CAP, &exits) ||
	    ioctl(vm->kvm_vm, KVM_X86_SET_MSR_FILTER, &filter))
		die(STATUS_NO_KVM, "KVM_X86_SET_MSR_FILTER: %s", strerror(errno));
}

static void load_guest(struct machine *machine)
{
	static const __u64 gdt[] = { 0, 0x00cf9b000000ffffULL, 0x00cf93000000ffffULL };
	const struct boot_entry entry = {
		.gdt = GUEST_GDT, .cs = PLAIN_CS, .ds = PLAIN_DS, .rip = GUEST_AT,
		.rsp = GUEST_STACK,
	};
	struct memory *memory = &machine->vm.memory;

	/* All of it is touched, so that no page is faulted in later */
	memset(memory->base, 0, memory->size);
	memcpy(memory_at(memory, GUEST_GDT, sizeof(gdt)), gdt, sizeof(gdt));
	memcpy(memory_at(memory, GUEST_AT, bench_image_end - bench_image), bench_image,
	       bench_image_end - bench_image);
	machine->request = memory_at(memory, GUEST_REQUEST, sizeof(*machine->request));
	entry_boot(&machine->vm.vcpus[0], &entry);
}

static void create(enum machine_kind kind, const struct halt_poll *halt_poll)
{
	struct machine *machine = &machines[kind];
	int khz;

	config_defaults(&machine->config);
	machine->config.memory = GUEST_MEMORY;
	machine->config.no_bus = kind == MACHINE_LOOP;
	machine->config.halt_poll = *halt_poll;
	config_resolve(&machine->config);
	memory_create(&machine->vm.memory, &machine->config);
	if (kind == MACHINE_KVM)
		kvm_chips_create(&machine->vm, &machine->config);
	else
		vm_create(&machine->vm, &machine->config);
	filter_msr(&machine->vm);
	load_guest(machine);
	khz = ioctl(machine->vm.vcpus[0].fd, KVM_GET_TSC_KHZ, 0);
	if (khz <= 0)
		die(STATUS_NO_KVM, "KVM_GET_TSC_KHZ: the rate of the TSC is not known");
	machine->tsc_khz = khz;
}

static bool has_bus(const struct machine *machine)
{
	struct keel_info info = { .size = sizeof(info) };
	int fd = open_device("keel", &machine->config.keel);
	bool has = !ioctl(fd, KEEL_GET_INFO, &info) && info.features & KEEL_FEATURE_BUS;

	close(fd);
	return has;
}

/**
 * machines_create() - all of them; dies if one cannot be had.
 * @halt_poll: how long a halted vCPU keeps its CPU
 */
void machines_create(const struct halt_poll *halt_poll)
{
	int kind;

	for (kind = 0; kind < MACHINES; kind++)
		create(kind, halt_poll);
	if (!has_bus(&machines[MACHINE_BUS]))
		machines[MACHINE_BUS].what = "Keel: the module has no bus accelerator now";
}
