/* SPDX-License-Identifier: GPL-2.0 */
/* A vCPU's state in KVM. Functions that return a text say what failed, or NULL. */
#ifndef KEEL_LIFE_VCPU_STATE_H
#define KEEL_LIFE_VCPU_STATE_H

#include <linux/kvm.h>
#include <stdbool.h>

#include "base.h"

struct vcpu;

#define STATE_MSRS	256
#define STATE_CPUID	256
#define STATE_XSAVE	(16 * KIB)
#define STATE_NESTED	(16 * KIB)

/**
 * struct vcpu_clocks - what of a vCPU goes on by itself, as it was when time stopped.
 * @tsc:      the guest's time-stamp counter
 * @deadline: IA32_TSC_DEADLINE: 0 if none is awaited
 * @lvtt:     LAPIC timer: local vector table entry
 * @initial:  initial count
 * @current:  what was left to count; 0: it does not run
 * @pad:      zero
 */
struct vcpu_clocks {
	__u64 tsc;
	__u64 deadline;
	__u32 lvtt;
	__u32 initial;
	__u32 current;
	__u32 pad;
};

/**
 * struct vcpu_state - a vCPU as KVM tells it. A record of a snapshot as it is.
 */
struct vcpu_state {
	struct vcpu_clocks clocks;
	struct kvm_regs regs;
	struct kvm_sregs2 sregs;
	struct kvm_fpu fpu;
	struct kvm_xcrs xcrs;
	struct kvm_debugregs debugregs;
	struct kvm_lapic_state lapic;
	struct kvm_vcpu_events events;
	struct kvm_mp_state mp;
	__u32 nr_msrs;
	__u32 nr_cpuid;
	__u32 xsave_size;
	__u32 nested_size;
	struct kvm_msr_entry msrs[STATE_MSRS];
	struct kvm_cpuid_entry2 cpuid[STATE_CPUID];
	__u8 xsave[STATE_XSAVE];
	__u8 nested[STATE_NESTED];
};

__u64 host_tsc(void);
const char *vcpu_clocks_get(struct vcpu *vcpu, struct vcpu_clocks *clocks, __u64 host);
const char *vcpu_tsc_set(const struct vcpu *vcpu, __u64 tsc, __u64 host);
const char *vcpu_timer_set(const struct vcpu *vcpu, const struct vcpu_clocks *clocks);
const char *vcpu_state_get(const struct vcpu *vcpu, struct vcpu_state *state);
const char *vcpu_state_set(const struct vcpu *vcpu, const struct vcpu_state *state);
bool vcpu_cpu_same(const struct vcpu *vcpu, const struct vcpu_state *state);
bool vcpu_state_sane(const struct vcpu_state *state);

#endif /* KEEL_LIFE_VCPU_STATE_H */
