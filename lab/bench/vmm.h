/* SPDX-License-Identifier: GPL-2.0 */
/* A minimal VMM for the cost payload: shared by its back ends. */
#ifndef VMM_H
#define VMM_H

#include <linux/kvm.h>

#include "../vmm/types.h"

/**
 * struct vm - one VM with one vCPU.
 * @kvm:    fd of /dev/kvm
 * @vm:     fd of the VM
 * @vcpu:   fd of the vCPU
 * @keel:   fd of Keel's VM on top of it, or -1
 * @index:  the vCPU's index for KEEL_RUN
 * @run:    the vCPU's shared page
 * @memory: guest memory from address 0, COST_MEMORY bytes
 */
struct vm {
	int kvm;
	int vm;
	int vcpu;
	int keel;
	u32 index;
	struct kvm_run *run;
	u8 *memory;
};

/**
 * struct backend - the PC around the CPU.
 * @name:   on the command line and in the table
 * @create: give the VM its platform, before it has a vCPU
 * @add:    tell the platform about the vCPU (optional)
 * @run:    run the guest until it writes to COST_EXIT
 * @lacks:  bit mask of enum cost_op that it cannot measure
 */
struct backend {
	const char *name;
	void (*create)(struct vm *vm);
	void (*add)(struct vm *vm);
	void (*run)(struct vm *vm);
	u32 lacks;
};

extern const struct backend backend_kvm, backend_user, backend_keel_bus, backend_keel_loop;

void __noreturn die(const char *what);
void __noreturn fail(const char *message, long value);

#endif /* VMM_H */
