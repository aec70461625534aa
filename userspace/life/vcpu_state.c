// SPDX-License-Identifier: GPL-2.0
/*
 * A vCPU's state in KVM, out and in. What runs by itself (the time-stamp counter and
 * the LAPIC's timer) is apart from the rest: it is stopped when the VM is, by being
 * remembered and put back.
 *
 * The VM is paused, and the vCPU has been brought to rest by KEEL_RUN: whatever it was
 * amid is in what KVM tells here.
 */
#include <errno.h>
#include <linux/kvm.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <x86intrin.h>

#include "base.h"
#include "config/table.h"
#include "life/park.h"
#include "life/vcpu_state.h"
#include "uapi/keel.h"
#include "vm/vcpu.h"
#include "vm/vm.h"

#define LAPIC_LVTT	0x320
#define LAPIC_TMICT	0x380
#define LAPIC_TMCCT	0x390
#define LVTT_DEADLINE	(2 << 17)
#define LVTT_MODE	(3 << 17)

#define MSR_TSC			0x10
#define MSR_TSC_DEADLINE	0x6e0
#define MSR_WALL_CLOCK		0x11
#define MSR_WALL_CLOCK_NEW	0x4b564d00

#define SETTLE_TRIES	16

__u64 host_tsc(void)
{
	return __rdtsc();
}

/* ---- MSRs: one by one where KVM stops at one that it cannot do ---- */

union msr_list {
	struct kvm_msr_list list;
	__u32 room[1 + STATE_MSRS];
};

union msr_values {
	struct kvm_msrs msrs;
	__u8 room[sizeof(struct kvm_msrs) + STATE_MSRS * sizeof(struct kvm_msr_entry)];
};

/* Not in KVM's list everywhere: memory types */
static const __u32 more_msrs[] = {
	0x2ff, 0x277, 0x250, 0x258, 0x259,
	0x268, 0x269, 0x26a, 0x26b, 0x26c, 0x26d, 0x26e, 0x26f,
	0x200, 0x201, 0x202, 0x203, 0x204, 0x205, 0x206, 0x207,
	0x208, 0x209, 0x20a, 0x20b, 0x20c, 0x20d, 0x20e, 0x20f,
};

/*
 * The counter and the deadline have ways of their own. A write to the wall clock's
 * would have KVM put the time into the guest's memory, now.
 */
static bool msr_is_special(__u32 index)
{
	return index == MSR_TSC || index == MSR_TSC_DEADLINE || index == MSR_WALL_CLOCK ||
	       index == MSR_WALL_CLOCK_NEW;
}

static void msr_add(union msr_values *values, __u32 index)
{
	__u32 i;

	if (msr_is_special(index) || values->msrs.nmsrs == STATE_MSRS)
		return;
	for (i = 0; i < values->msrs.nmsrs; i++)
		if (values->msrs.entries[i].index == index)
			return;
	values->msrs.entries[values->msrs.nmsrs++].index = index;
}

static bool msr_one(const struct vcpu *vcpu, unsigned long command, struct kvm_msr_entry *entry)
{
	union {
		struct kvm_msrs msrs;
		__u8 room[sizeof(struct kvm_msrs) + sizeof(struct kvm_msr_entry)];
	} one = { .msrs.nmsrs = 1 };

	one.msrs.entries[0] = *entry;
	if (ioctl(vcpu->fd, command, &one) != 1)
		return false;
	*entry = one.msrs.entries[0];
	return true;
}

static const char *msrs_get(const struct vcpu *vcpu, struct vcpu_state *state)
{
	union msr_list indices = { .list.nmsrs = STATE_MSRS };
	union msr_values values = { 0 };
	__u32 i;

	if (ioctl(vcpu->vm->kvm, KVM_GET_MSR_INDEX_LIST, &indices))
		return "KVM_GET_MSR_INDEX_LIST";
	for (i = 0; i < indices.list.nmsrs; i++)
		msr_add(&values, indices.list.indices[i]);
	for (i = 0; i < ARRAY_SIZE(more_msrs); i++)
		msr_add(&values, more_msrs[i]);
	state->nr_msrs = 0;
	for (i = 0; i < values.msrs.nmsrs; i++)
		if (msr_one(vcpu, KVM_GET_MSRS, &values.msrs.entries[i]))
			state->msrs[state->nr_msrs++] = values.msrs.entries[i];
	return NULL;
}

/* One that cannot be written, such as a capability, must be what it was. */
static const char *msrs_set(const struct vcpu *vcpu, const struct vcpu_state *state)
{
	__u32 i;

	for (i = 0; i < state->nr_msrs; i++) {
		struct kvm_msr_entry entry = state->msrs[i], now = entry;

		if (msr_one(vcpu, KVM_SET_MSRS, &entry))
			continue;
		if (!msr_one(vcpu, KVM_GET_MSRS, &now) || now.data != state->msrs[i].data)
			return "KVM_SET_MSRS";
	}
	return NULL;
}

/* ---- Clocks ---- */

static __u32 lapic_get(const struct kvm_lapic_state *lapic, unsigned int at)
{
	__u32 value;

	memcpy(&value, lapic->regs + at, sizeof(value));
	return value;
}

static void lapic_set(struct kvm_lapic_state *lapic, unsigned int at, __u32 value)
{
	memcpy(lapic->regs + at, &value, sizeof(value));
}

static bool tsc_offset(const struct vcpu *vcpu, unsigned long command, __u64 *offset)
{
	struct kvm_device_attr attr = {
		.group = KVM_VCPU_TSC_CTRL, .attr = KVM_VCPU_TSC_OFFSET, .addr = (__u64)offset,
	};

	return !ioctl(vcpu->fd, command, &attr);
}

static bool timer_expired(const struct vcpu_clocks *before, const struct vcpu_clocks *now)
{
	return now->current > before->current || (before->current && !now->current);
}

static bool timer_read(const struct vcpu *vcpu, struct vcpu_clocks *clocks)
{
	struct kvm_lapic_state lapic;

	if (ioctl(vcpu->fd, KVM_GET_LAPIC, &lapic))
		return false;
	clocks->lvtt = lapic_get(&lapic, LAPIC_LVTT);
	clocks->initial = lapic_get(&lapic, LAPIC_TMICT);
	clocks->current = lapic_get(&lapic, LAPIC_TMCCT);
	if ((clocks->lvtt & LVTT_MODE) == LVTT_DEADLINE) {
		clocks->initial = 0;
		clocks->current = 0;
	}
	return true;
}

/* The timer has counted to zero, and whether KVM has seen that cannot be read. */
static bool timer_may_be_due(const struct vcpu_clocks *clocks)
{
	return clocks->initial && !clocks->current;
}

/*
 * KVM's own timer fires some time after it was due, and until then there is nothing to be settled.
 *
 * On Intel's, the CPU itself counts for KVM as long as the vCPU is in the guest, and an end that
 * came behind that is seen when the vCPU enters the guest again, or halts: then KVM's own timer
 * takes over. So one that must not enter is made to halt for a turn.
 */
static bool halt_and_settle(struct vcpu *vcpu)
{
	struct kvm_mp_state before, halted = { KVM_MP_STATE_HALTED };
	bool settled;

	if (ioctl(vcpu->fd, KVM_GET_MP_STATE, &before))
		return false;
	if (before.mp_state != KVM_MP_STATE_RUNNABLE)
		return park_settle_late(vcpu);
	if (ioctl(vcpu->fd, KVM_SET_MP_STATE, &halted))
		return false;
	settled = park_settle_late(vcpu);
	return !ioctl(vcpu->fd, KVM_SET_MP_STATE, &before) && settled;
}

/**
 * vcpu_clocks_get() - remember the clocks of a vCPU that has just been stopped.
 * @vcpu:   it
 * @clocks: result
 * @host:   the host's TSC when time stopped
 *
 * KVM's timer runs on while the vCPU does not; an expiry is only counted then, and
 * the count is not visible, until KVM_RUN turns it into an interrupt. So what is
 * left to count is read until there was surely no expiry since the last KVM_RUN.
 */
const char *vcpu_clocks_get(struct vcpu *vcpu, struct vcpu_clocks *clocks, __u64 host)
{
	struct kvm_msr_entry deadline = { .index = MSR_TSC_DEADLINE };
	struct vcpu_clocks before;
	unsigned int tries = 0;
	__u64 offset;

	memset(clocks, 0, sizeof(*clocks));
	if (!tsc_offset(vcpu, KVM_GET_DEVICE_ATTR, &offset))
		return "KVM_VCPU_TSC_OFFSET";
	clocks->tsc = host + offset;
	if (!timer_read(vcpu, clocks))
		return "KVM_GET_LAPIC";
	do {
		before = *clocks;
		if (!(timer_may_be_due(clocks) ? halt_and_settle(vcpu) : park_settle(vcpu)))
			return "a vCPU does not come to rest: the guest is about to end or reset";
		if (!timer_read(vcpu, clocks))
			return "KVM_GET_LAPIC";
	} while (timer_expired(&before, clocks) && ++tries < SETTLE_TRIES);
	if (msr_one(vcpu, KVM_GET_MSRS, &deadline))
		clocks->deadline = deadline.data;
	return NULL;
}

/* vcpu_tsc_set() - the guest's counter is "tsc" when the host's is "host" */
const char *vcpu_tsc_set(const struct vcpu *vcpu, __u64 tsc, __u64 host)
{
	__u64 offset = tsc - host;

	return tsc_offset(vcpu, KVM_SET_DEVICE_ATTR, &offset) ? NULL : "KVM_VCPU_TSC_OFFSET";
}

/**
 * vcpu_timer_set() - let the LAPIC's timer go on from where it was.
 * @vcpu:   it; its counter has been set
 * @clocks: from vcpu_clocks_get()
 *
 * What interrupts the LAPIC has got meanwhile stays. A timer that does not run is not
 * touched: KVM would have an expired one expire once more.
 */
const char *vcpu_timer_set(const struct vcpu *vcpu, const struct vcpu_clocks *clocks)
{
	struct kvm_msr_entry deadline = { .index = MSR_TSC_DEADLINE, .data = clocks->deadline };
	struct kvm_lapic_state lapic;

	if (clocks->deadline && !msr_one(vcpu, KVM_SET_MSRS, &deadline))
		return "IA32_TSC_DEADLINE";
	if (!clocks->current)
		return NULL;
	if (ioctl(vcpu->fd, KVM_GET_LAPIC, &lapic))
		return "KVM_GET_LAPIC";
	lapic_set(&lapic, LAPIC_TMICT, clocks->initial);
	lapic_set(&lapic, LAPIC_TMCCT, clocks->current);
	return ioctl(vcpu->fd, KVM_SET_LAPIC, &lapic) ? "KVM_SET_LAPIC" : NULL;
}

/* ---- The rest ---- */

static int capability(const struct vcpu *vcpu, int number)
{
	return ioctl(vcpu->vm->kvm_vm, KVM_CHECK_EXTENSION, number);
}

static const char *xsave_get(const struct vcpu *vcpu, struct vcpu_state *state)
{
	int size = capability(vcpu, KVM_CAP_XSAVE2);

	state->xsave_size = 0;
	if (capability(vcpu, KVM_CAP_XSAVE) <= 0)
		return NULL;
	if (size > (int)sizeof(state->xsave))
		return "KVM_GET_XSAVE2: more than a snapshot has room for";
	if (size > (int)sizeof(struct kvm_xsave) && ioctl(vcpu->fd, KVM_GET_XSAVE2, state->xsave))
		return "KVM_GET_XSAVE2";
	if (size <= (int)sizeof(struct kvm_xsave)) {
		size = sizeof(struct kvm_xsave);
		if (ioctl(vcpu->fd, KVM_GET_XSAVE, state->xsave))
			return "KVM_GET_XSAVE";
	}
	state->xsave_size = size;
	if (capability(vcpu, KVM_CAP_XCRS) > 0 && ioctl(vcpu->fd, KVM_GET_XCRS, &state->xcrs))
		return "KVM_GET_XCRS";
	return NULL;
}

static const char *xsave_set(const struct vcpu *vcpu, const struct vcpu_state *state)
{
	bool here = capability(vcpu, KVM_CAP_XSAVE) > 0;

	if (here != !!state->xsave_size)
		return "XSAVE is not what it was";
	if (!here)
		return NULL;
	if (capability(vcpu, KVM_CAP_XCRS) > 0 && ioctl(vcpu->fd, KVM_SET_XCRS, &state->xcrs))
		return "KVM_SET_XCRS";
	return ioctl(vcpu->fd, KVM_SET_XSAVE, state->xsave) ? "KVM_SET_XSAVE" : NULL;
}

static const char *nested_get(const struct vcpu *vcpu, struct vcpu_state *state)
{
	struct kvm_nested_state *nested = (void *)state->nested;
	int size = capability(vcpu, KVM_CAP_NESTED_STATE);

	state->nested_size = 0;
	if (size <= 0)
		return NULL;
	if (size > (int)sizeof(state->nested))
		return "KVM_GET_NESTED_STATE: more than a snapshot has room for";
	nested->size = sizeof(state->nested);
	if (ioctl(vcpu->fd, KVM_GET_NESTED_STATE, nested))
		return "KVM_GET_NESTED_STATE";
	state->nested_size = nested->size;
	return NULL;
}

static const char *nested_set(const struct vcpu *vcpu, const struct vcpu_state *state)
{
	if (!state->nested_size)
		return NULL;
	return ioctl(vcpu->fd, KVM_SET_NESTED_STATE, state->nested) ? "KVM_SET_NESTED_STATE" : NULL;
}

static const char *cpuid_get(const struct vcpu *vcpu, struct vcpu_state *state)
{
	union {
		struct kvm_cpuid2 cpuid;
		__u8 room[sizeof(struct kvm_cpuid2) +
			  STATE_CPUID * sizeof(struct kvm_cpuid_entry2)];
	} all = { .cpuid.nent = STATE_CPUID };

	if (ioctl(vcpu->fd, KVM_GET_CPUID2, &all))
		return "KVM_GET_CPUID2";
	state->nr_cpuid = all.cpuid.nent;
	memcpy(state->cpuid, all.cpuid.entries, sizeof(state->cpuid));
	return NULL;
}

/* The first is it: not every KVM says how many there are, and zeros follow. */
static const struct kvm_cpuid_entry2 *cpuid_leaf(const struct vcpu_state *state, __u32 leaf)
{
	static const struct kvm_cpuid_entry2 none;
	__u32 i;

	for (i = 0; i < state->nr_cpuid; i++)
		if (state->cpuid[i].function == leaf)
			return &state->cpuid[i];
	return &none;
}

/* Vendor, and family, model, stepping */
static bool cpu_same(const struct vcpu_state *a, const struct vcpu_state *b)
{
	const struct kvm_cpuid_entry2 *x = cpuid_leaf(a, 0), *y = cpuid_leaf(b, 0);

	return x->ebx == y->ebx && x->ecx == y->ecx && x->edx == y->edx &&
	       cpuid_leaf(a, 1)->eax == cpuid_leaf(b, 1)->eax;
}

/* vcpu_cpu_same() - is the state of a processor like this one? */
bool vcpu_cpu_same(const struct vcpu *vcpu, const struct vcpu_state *state)
{
	struct vcpu_state *here = calloc(1, sizeof(*here));
	bool same = here && !cpuid_get(vcpu, here) && cpu_same(here, state);

	free(here);
	return same;
}

/* What one ioctl moves as it is. In this order when it is put back. */
#define MOVE(name, member)	{ #name, KVM_GET_##name, KVM_SET_##name, \
				  offsetof(struct vcpu_state, member) }
static const struct move {
	const char *name;
	unsigned long get;
	unsigned long set;
	size_t at;
} moves[] = {
	MOVE(SREGS2, sregs),	/* the LAPIC's mode is in here: before the LAPIC */
	MOVE(REGS, regs),
	MOVE(FPU, fpu),
	MOVE(DEBUGREGS, debugregs),
}, last_moves[] = {
	MOVE(MP_STATE, mp),
	MOVE(VCPU_EVENTS, events),
};

static const char *move_all(const struct vcpu *vcpu, const struct move *list, size_t nr,
			    struct vcpu_state *state, bool set)
{
	size_t i;

	for (i = 0; i < nr; i++)
		if (ioctl(vcpu->fd, set ? list[i].set : list[i].get, (char *)state + list[i].at))
			return list[i].name;
	return NULL;
}

/**
 * vcpu_state_get() - everything but the clocks.
 * @vcpu:  it, at rest
 * @state: result; its clocks are left alone
 */
const char *vcpu_state_get(const struct vcpu *vcpu, struct vcpu_state *state)
{
	const char *error;

	/* It takes INIT and SIPI that have arrived, and so changes others: first. */
	error = move_all(vcpu, last_moves, ARRAY_SIZE(last_moves), state, false);
	if (!error)
		error = move_all(vcpu, moves, ARRAY_SIZE(moves), state, false);
	if (!error)
		error = xsave_get(vcpu, state);
	if (!error)
		error = nested_get(vcpu, state);
	if (!error)
		error = msrs_get(vcpu, state);
	if (!error)
		error = cpuid_get(vcpu, state);
	if (!error && ioctl(vcpu->fd, KVM_GET_LAPIC, &state->lapic))
		error = "KVM_GET_LAPIC";
	return error;
}

/* The timer is left to vcpu_timer_set(). */
static const char *lapic_put(const struct vcpu *vcpu, const struct vcpu_state *state)
{
	struct kvm_lapic_state lapic = state->lapic;

	lapic_set(&lapic, LAPIC_TMICT, 0);
	lapic_set(&lapic, LAPIC_TMCCT, 0);
	return ioctl(vcpu->fd, KVM_SET_LAPIC, &lapic) ? "KVM_SET_LAPIC" : NULL;
}

/**
 * vcpu_state_set() - the same, back.
 * @vcpu:  it; may have been in any state
 * @state: from vcpu_state_get()
 */
const char *vcpu_state_set(const struct vcpu *vcpu, const struct vcpu_state *state)
{
	struct vcpu_state *s = (struct vcpu_state *)state;	/* only read */
	const char *error;

	error = move_all(vcpu, moves, ARRAY_SIZE(moves), s, true);
	if (!error)
		error = xsave_set(vcpu, state);
	if (!error)
		error = msrs_set(vcpu, state);
	if (!error)
		error = nested_set(vcpu, state);
	if (!error)
		error = lapic_put(vcpu, state);
	if (!error)
		error = move_all(vcpu, last_moves, ARRAY_SIZE(last_moves), s, true);
	return error;
}

/**
 * vcpu_state_sane() - may a state that comes from a file be worked with?
 * @state: it; what its registers hold is for KVM to refuse
 */
bool vcpu_state_sane(const struct vcpu_state *state)
{
	const struct kvm_nested_state *nested = (const void *)state->nested;

	if (state->nr_msrs > STATE_MSRS || state->nr_cpuid > STATE_CPUID ||
	    state->xsave_size > STATE_XSAVE || state->nested_size > STATE_NESTED)
		return false;
	return !state->nested_size || nested->size == state->nested_size;
}
