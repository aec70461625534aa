/* SPDX-License-Identifier: GPL-2.0 */
/* vCPUs, and the loop that runs them. */
#ifndef KEEL_VCPU_H
#define KEEL_VCPU_H

#include <linux/mutex.h>
#include <linux/spinlock.h>

#include "exits.h"
#include "kvm_bus.h"

struct file;
struct keel_vm;
struct page;
struct task_struct;

/* What brought a vCPU out of KVM_RUN, and what made KEEL_RUN return. */
enum keel_vcpu_counter {
	KEEL_LOOP_PIO,
	KEEL_LOOP_MMIO,
	KEEL_LOOP_EOI,
	KEEL_LOOP_WINDOW,
	KEEL_LOOP_KICK,
	KEEL_LOOP_AGAIN,
	KEEL_LOOP_DROPPED,
	KEEL_LOOP_LIMITED,
	KEEL_LOOP_TIMER,
	KEEL_INJECTED,
	KEEL_RETURN_EVENT,
	KEEL_RETURN_PAUSED,
	KEEL_RETURN_SHUTDOWN,
	KEEL_RETURN_SIGNAL,
	KEEL_RETURN_KVM,
	KEEL_RETURN_CLAIMED,
	KEEL_RETURN_ERROR,
	KEEL_NR_VCPU_COUNTERS,
};

/**
 * struct keel_vcpu - a vCPU that Keel runs.
 * @vm:       its VM
 * @file:     KVM's file of it
 * @index:    in @vm->vcpus
 * @running:  held inside KEEL_RUN, and for a moment by a pause that waits for its end
 * @kick:     protects @task
 * @task:     thread inside KEEL_RUN: no other gets in; or NULL
 * @pages:    of its struct kvm_run, pinned
 * @stale:    the process may have changed KVM's vCPU: what struct kvm_run says of it
 *            (may it be interrupted now?) is to be renewed before it is looked at
 * @run:      first of them: struct kvm_run, writable by the process at any time
 * @pio:      second one: data of port accesses
 * @accesses: to ports, that came out of KVM_RUN; by its thread alone
 * @counters: likewise
 * @polls:    what KEEL_RUN is to report that the guest polls, KEEL_POLLS_*, or 0; likewise
 * @exits:    likewise
 * @rip:      where KVM has its guest's RIP
 * @nap_until: it has asked for more than it may, and its thread waits until then, CLOCK_MONOTONIC
 *            in ns; 0: it has not
 * @napping:  for that, what KVM has begun is finished; by its thread alone
 * @slept:    ns that it has waited so; likewise
 */
struct keel_vcpu {
	struct keel_vm *vm;
	struct file *file;
	unsigned int index;
	struct mutex running;
	raw_spinlock_t kick;
	struct task_struct *task;
	struct page *pages[2];
	bool stale;
	struct kvm_run *run;
	u8 *pio;
	u64 accesses;
	u64 counters[KEEL_NR_VCPU_COUNTERS];
	u64 polls;
	struct keel_exits exits;
	struct keel_kvm_rip rip;
	u64 nap_until;
	bool napping;
	u64 slept;
};

long keel_vcpu_add(void *owner, void *arg);
long keel_vcpu_run(void *owner, void *arg);
void keel_vcpu_free(struct keel_vcpu *vcpu);

#endif /* KEEL_VCPU_H */
