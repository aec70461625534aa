/* SPDX-License-Identifier: GPL-2.0 */
/* vCPUs and their threads. */
#ifndef KEEL_VM_VCPU_H
#define KEEL_VM_VCPU_H

#include <linux/types.h>

#include "vm/thread.h"

struct kvm_run;
struct vm;

/**
 * struct vcpu - one vCPU and its thread.
 * @vm:       whose
 * @id:       number, APIC id
 * @fd:       KVM's
 * @index:    Keel's
 * @run:      KVM's shared page
 * @thread:   runs it
 * @parked:   the thread is parked; under the lock of life/park.c
 * @returns:  from KEEL_RUN, all causes
 * @signals:  of these, for a signal
 * @unexpected: of these, KEEL_EXIT_KVM
 */
struct vcpu {
	struct vm *vm;
	unsigned int id;
	int fd;
	__u32 index;
	struct kvm_run *run;
	struct thread thread;
	bool parked;
	__u64 returns;
	__u64 signals;
	__u64 unexpected;
};

void vcpu_create(struct vm *vm, unsigned int id);
void vcpu_create_plain(struct vm *vm, unsigned int id);
void vcpu_start(struct vcpu *vcpu);
void vcpu_stop(struct vcpu *vcpu);

#endif /* KEEL_VM_VCPU_H */
