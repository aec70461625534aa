/* SPDX-License-Identifier: GPL-2.0 */
/* The cost bench: what its back ends share. */
#ifndef BENCH_H
#define BENCH_H

#include "../vmm/vmm.h"

/**
 * struct backend - the PC around the CPU.
 * @name:   on the command line and in the table
 * @create: give an open VM its platform, before it has a vCPU
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
extern const struct backend backend_keel_timed;

void __noreturn fail(const char *message, long value);

#endif /* BENCH_H */
