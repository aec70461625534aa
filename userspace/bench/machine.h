/* SPDX-License-Identifier: GPL-2.0 */
/* The machines that keel bench host measures: one guest, on the same KVM, with other chips. */
#ifndef KEEL_BENCH_MACHINE_H
#define KEEL_BENCH_MACHINE_H

#include "bench/guest/request.h"
#include "config/config.h"
#include "vm/vm.h"

/**
 * enum machine_kind - whose the chips are.
 * @MACHINE_BUS:  Keel's, with the bus accelerator
 * @MACHINE_LOOP: Keel's, without it
 * @MACHINE_KVM:  KVM's own PICs, IOAPIC and PIT; the process has the rest
 */
enum machine_kind { MACHINE_BUS, MACHINE_LOOP, MACHINE_KVM, MACHINES };

/**
 * enum batch - how a batch has ended.
 * @BATCH_DONE:    the guest has made its samples
 * @BATCH_STOPPED: the user wants the end
 * @BATCH_LOST:    the guest waits for an interrupt that does not come
 */
enum batch { BATCH_DONE, BATCH_STOPPED, BATCH_LOST };

/**
 * struct machine - a VM with one vCPU, which the calling thread runs.
 * @name:    in reports
 * @what:    for people
 * @config:  of the VM
 * @vm:      it
 * @enter:   run the vCPU until the guest writes GUEST_MSR; false: a signal came first
 * @request: in the guest's memory
 * @tsc_khz: the frequency of the guest's TSC
 */
struct machine {
	const char *name;
	const char *what;
	struct config config;
	struct vm vm;
	bool (*enter)(struct vm *vm);
	struct request *request;
	unsigned int tsc_khz;
};

extern struct machine machines[MACHINES];

void machines_create(const struct halt_poll *halt_poll);
enum batch machine_batch(struct machine *machine);

/* image.S: the guest */
extern const char bench_image[], bench_image_end[];

/* kvm.c */
void kvm_chips_create(struct vm *vm, struct config *config);
bool kvm_chips_enter(struct vm *vm);

#endif /* KEEL_BENCH_MACHINE_H */
