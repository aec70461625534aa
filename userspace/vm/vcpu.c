// SPDX-License-Identifier: GPL-2.0
/*
 * vCPUs: their first state, and the threads that call KEEL_RUN until there is
 * nothing left to run.
 */
#include <errno.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "base.h"
#include "config/config.h"
#include "config/table.h"
#include "control/limit.h"
#include "control/unmapped.h"
#include "debug/target.h"
#include "life/lifecycle.h"
#include "life/panic.h"
#include "life/park.h"
#include "life/slots.h"
#include "status.h"
#include "uapi/keel.h"
#include "vm/answer.h"
#include "vm/cpuid.h"
#include "vm/outcome.h"
#include "vm/thread.h"
#include "vm/vcpu.h"
#include "vm/vm.h"

/* What firmware would have set up (SDM volume 3, 10.5.1 and 11.11.2.1) */
#define LAPIC_LVT_LINT0		0x350
#define LAPIC_LVT_LINT1		0x360
#define LVT_NMI			(4 << 8)
#define LVT_EXTINT		(7 << 8)
#define MSR_MTRR_DEF_TYPE	0x2ff
#define MTRR_ENABLED_WB		(BIT(11) | 6)
#define MSR_MISC_ENABLE		0x1a0
#define MISC_FAST_STRING	BIT(0)

/* One by one: KVM stops at the first that it does not have, and says how many it took. */
static void set_msr(const struct vcpu *vcpu, __u32 index, __u64 data)
{
	union {
		struct kvm_msrs msrs;
		__u8 room[sizeof(struct kvm_msrs) + sizeof(struct kvm_msr_entry)];
	} argument = { .msrs.nmsrs = 1 };

	argument.msrs.entries[0].index = index;
	argument.msrs.entries[0].data = data;
	if (ioctl(vcpu->fd, KVM_SET_MSRS, &argument) < 0)
		die(STATUS_NO_KVM, "KVM_SET_MSRS: %s", strerror(errno));
}

static void setup_msrs(const struct vcpu *vcpu)
{
	set_msr(vcpu, MSR_MTRR_DEF_TYPE, MTRR_ENABLED_WB);
	set_msr(vcpu, MSR_MISC_ENABLE, MISC_FAST_STRING);
}

/* Virtual wire on the boot processor. The others' LAPICs are reset by their first INIT. */
static void setup_lapic(const struct vcpu *vcpu)
{
	struct kvm_lapic_state lapic;
	__u32 lint0 = LVT_EXTINT, lint1 = LVT_NMI;

	if (ioctl(vcpu->fd, KVM_GET_LAPIC, &lapic))
		die(STATUS_NO_KVM, "KVM_GET_LAPIC: %s", strerror(errno));
	memcpy(lapic.regs + LAPIC_LVT_LINT0, &lint0, sizeof(lint0));
	memcpy(lapic.regs + LAPIC_LVT_LINT1, &lint1, sizeof(lint1));
	if (ioctl(vcpu->fd, KVM_SET_LAPIC, &lapic))
		die(STATUS_NO_KVM, "KVM_SET_LAPIC: %s", strerror(errno));
}

static void add_to_keel(struct vcpu *vcpu)
{
	struct keel_vcpu_config request = {
		.size = sizeof(request), .vcpu_fd = vcpu->fd, .run = (__u64)vcpu->run,
	};
	int index = ioctl(vcpu->vm->keel, KEEL_ADD_VCPU, &request);

	if (index < 0 && errno == ENOTTY)
		die(STATUS_WRONG_FD, "Keel: descriptor %d is not a KVM vCPU", vcpu->fd);
	if (index < 0 && errno == EXDEV)
		die(STATUS_OTHER_VM, "Keel: vCPU %u belongs to another VM", vcpu->id);
	if (index < 0)
		die(STATUS_INTERNAL, "KEEL_ADD_VCPU of vCPU %u: %s", vcpu->id, strerror(errno));
	vcpu->index = index;
}

/*
 * The host's rate, as it is now. A KVM that was loaded before the host had refined its
 * TSC's rate gives vCPUs the old one; where that is too far off and the CPU cannot scale,
 * it leaves them without any, and their TSC deadlines come ever later. A KVM that
 * refuses keeps its own.
 */
static void setup_tsc(const struct vcpu *vcpu)
{
	ioctl(vcpu->fd, KVM_SET_TSC_KHZ, 0);
}

/**
 * vcpu_create_plain() - a vCPU of KVM's. All but the first wait for an INIT.
 * @vm: whose
 * @id: number; to be called in their order
 */
void vcpu_create_plain(struct vm *vm, unsigned int id)
{
	struct vcpu *vcpu = &vm->vcpus[id];

	vcpu->vm = vm;
	vcpu->id = id;
	vcpu->fd = ioctl(vm->kvm_vm, KVM_CREATE_VCPU, (unsigned long)id);
	if (vcpu->fd < 0)
		die(errno == ENOMEM ? STATUS_MEMORY : STATUS_NO_KVM,
		    "KVM_CREATE_VCPU of vCPU %u: %s", id, strerror(errno));
	vcpu->run = mmap(NULL, vm->run_size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu->fd, 0);
	if (vcpu->run == MAP_FAILED)
		die(STATUS_MEMORY, "vCPU %u: %s", id, strerror(errno));
	setup_tsc(vcpu);
	cpuid_setup(vcpu);
	if (vm->config->platform->handed_off)
		setup_msrs(vcpu);
	if (vm->config->platform->handed_off && !id)
		setup_lapic(vcpu);
}

/* vcpu_create() - the same, a vCPU of Keel's as well */
void vcpu_create(struct vm *vm, unsigned int id)
{
	vcpu_create_plain(vm, id);
	add_to_keel(&vm->vcpus[id]);
}

/* ---- What KEEL_RUN came back with ---- */

static const char *reset_name(__u64 how)
{
	static const char *const names[] = {
		[KEEL_RESET_CF9] = "port 0xcf9", [KEEL_RESET_ACPI] = "ACPI reset register",
		[KEEL_RESET_KBC] = "keyboard controller", [KEEL_RESET_PORT92] = "port 0x92",
	};

	return how < ARRAY_SIZE(names) && names[how] ? names[how] : "in an unknown way";
}

/*
 * The guest cannot go on: the end of the VM, or first a debugger's. Return: whether the thread goes
 * on.
 */
static bool __printf(3, 4) crashed(struct vcpu *vcpu, int status, const char *format, ...)
{
	char reason[160];
	va_list args;

	va_start(args, format);
	vsnprintf(reason, sizeof(reason), format, args);
	va_end(args);
	if (vcpu->vm->config->on_crash == ON_CRASH_GDB) {
		target_crashed(vcpu, status, reason);
		return true;
	}
	vm_end(vcpu->vm, status, "%s", reason);
	return false;
}

static bool kvm_failed(struct vcpu *vcpu, __u64 reason)
{
	struct kvm_regs regs = { 0 };
	__u64 detail = 0;

	if (reason == KVM_EXIT_INTERNAL_ERROR)
		detail = vcpu->run->internal.suberror;
	else if (reason == KVM_EXIT_FAIL_ENTRY)
		detail = vcpu->run->fail_entry.hardware_entry_failure_reason;
	ioctl(vcpu->fd, KVM_GET_REGS, &regs);
	return crashed(vcpu, STATUS_KVM_ERROR,
		       "KVM gave up on vCPU %u: exit %llu, detail 0x%llx, rip 0x%llx, rsp 0x%llx",
		       vcpu->id, reason, detail, regs.rip, regs.rsp);
}

/* An exit without an answer; after some of them the guest can go on. */
static bool unexpected(struct vcpu *vcpu, __u64 reason)
{
	vcpu->unexpected++;
	if (reason == KVM_EXIT_INTERNAL_ERROR || reason == KVM_EXIT_FAIL_ENTRY)
		return kvm_failed(vcpu, reason);
	if (vcpu->vm->config->strict)
		return crashed(vcpu, STATUS_STRICT,
			       "--strict: vCPU %u returned from KVM_RUN with exit %llu", vcpu->id,
			       reason);
	if (reason == KVM_EXIT_INTR || reason == KVM_EXIT_SET_TPR)
		return true;
	return kvm_failed(vcpu, reason);
}

/* answered() - deal with a return; false: this vCPU has run its last */
static bool answered(struct vcpu *vcpu, const struct keel_run *run)
{
	struct vm *vm = vcpu->vm;

	switch (run->reason) {
	case KEEL_EXIT_POWEROFF:
		vm_end(vm, STATUS_POWEROFF, "%s", "");
		return false;
	case KEEL_EXIT_PAUSED:
		park(vm);
		return true;
	case KEEL_EXIT_MMIO:
	case KEEL_EXIT_IO:
		return answer(vm, vcpu->run, run->reason);
	case KEEL_EXIT_FULL:	/* a disk's instance is its place in the list */
		park_for_disk(vm, run->arg & 0xffff);
		return true;
	case KEEL_EXIT_PANIC:
		return panic_reported(vm, run->arg);
	case KEEL_EXIT_WATCHDOG:
		park_for_alarm(vm, ALARM_WATCHDOG);
		return true;
	case KEEL_EXIT_EJECTED:
		slots_ejected(vm, run->arg);
		return true;
	case KEEL_EXIT_LIMIT:
		limit_breached(vm, run->arg);
		return true;
	case KEEL_EXIT_POLLS:
		unmapped_polled(run->arg);
		return true;
	case KEEL_EXIT_RESET:
		if (lifecycle_wants_reset(vm))
			return true;
		vm_end(vm, STATUS_RESET, "the guest asked for a reset (%s)", reset_name(run->arg));
		return false;
	case KEEL_EXIT_SLEEP:
	case KEEL_EXIT_WAKE:
		if (lifecycle_sleeps(vm, run))
			return true;
		vm_end(vm, STATUS_SLEEP, "the guest went to sleep (S%llu)", run->arg);
		return false;
	case KEEL_EXIT_DEBUG:
		vm_end(vm, (run->arg << 1 | 1) & 0xff, "%s", "");
		return false;
	case KEEL_EXIT_SHUTDOWN:	/* a PC's chipset makes a reset of it */
		if (lifecycle_wants_reset(vm))
			return true;
		return crashed(vcpu, STATUS_TRIPLE_FAULT, "triple fault on vCPU %u", vcpu->id);
	case KEEL_EXIT_KVM:
		if (run->arg == KVM_EXIT_DEBUG && target_exit(vcpu))
			return true;
		return unexpected(vcpu, run->arg);
	default:
		vm_end(vm, STATUS_INTERNAL, "KEEL_RUN: unknown event %u (0x%llx)", run->reason,
		       run->arg);
		return false;
	}
}

static void *vcpu_thread(void *arg)
{
	struct vcpu *vcpu = arg;
	struct vm *vm = vcpu->vm;

	pthread_barrier_wait(&vm->gate);
	while (!atomic_load(&vm->stop)) {
		struct keel_run run = { .size = sizeof(run), .vcpu = vcpu->index };

		if (target_is_gated(vcpu)) {
			target_gate(vcpu);
		} else if (!ioctl(vm->keel, KEEL_RUN, &run)) {
			vcpu->returns++;
			if (!answered(vcpu, &run))
				break;
		} else if (errno == EINTR || errno == EAGAIN) {
			vcpu->returns++;
			vcpu->signals++;
		} else {
			vm_end(vm, STATUS_KVM_ERROR, "KEEL_RUN of vCPU %u: %s", vcpu->id,
			       strerror(errno));
			break;
		}
	}
	park_thread_ends(vm);
	thread_leaves(&vcpu->thread);
	return NULL;
}

/* ---- Threads ---- */

/* vcpu_start() - create the thread; it waits at vm->gate */
void vcpu_start(struct vcpu *vcpu)
{
	char name[16];
	const struct thread_plan plan = {
		.name = name, .role = vcpu->vm->memory.nvram ? SANDBOX_NVRAM : SANDBOX_WORKER,
		.prefix = "", .schedule = &vcpu->vm->config->vcpu_threads,
		.nth = vcpu->id, .function = vcpu_thread, .arg = vcpu,
	};

	snprintf(name, sizeof(name), "keel-vcpu%u", vcpu->id);
	thread_start(&vcpu->thread, &plan);
}

/* vcpu_stop() - see the thread out, once vm->stop is set */
void vcpu_stop(struct vcpu *vcpu)
{
	thread_stop(&vcpu->thread);
}
