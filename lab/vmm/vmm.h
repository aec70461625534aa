/* SPDX-License-Identifier: GPL-2.0 */
/* A minimal VMM, for the ABI tests and the cost bench. */
#ifndef VMM_H
#define VMM_H

#include <linux/kvm.h>

#include "types.h"
#include "../../uapi/keel.h"

#define MAX_VCPUS	4
#define DEBUG_PORT	0x501

/* One for each of the IOAPIC's pins, for a PCI test function's vectors, and for an HPET's timers */
#define NR_EVENTFDS	(KEEL_NR_GSIS + KEEL_PCITEST_VECTORS + KEEL_HPET_TIMERS)

/* Positions in vm.devices */
enum { PIC, IOAPIC, PIT, RTC, PM, UART, DEBUGEXIT, USUAL_DEVICES };

/**
 * struct vm - a VM, prepared or created.
 * @kvm:      fd of /dev/kvm
 * @kvm_vm:   fd of KVM's VM
 * @keel:     fd of Keel's, or -1
 * @nr_vcpus: vCPUs added
 * @vcpu:     their fds
 * @run:      their shared pages
 * @seen:     for a test: their progress when it was last read
 * @run_size: bytes of each
 * @memory:   the guest's, from address 0
 * @memory_size: bytes of it
 * @scratch:  for Keel
 * @devices:  the board's devices; by default the usual ones
 * @eventfds: NR_EVENTFDS of them, then -1
 * @config:   points to all that; a test may spoil it before vm_create()
 */
struct vm {
	int kvm;
	int kvm_vm;
	int keel;
	unsigned int nr_vcpus;
	int vcpu[MAX_VCPUS];
	struct kvm_run *run[MAX_VCPUS];
	u16 seen[MAX_VCPUS];
	int run_size;
	u8 *memory;
	u32 memory_size;
	void *scratch;
	struct keel_device_config devices[KEEL_MAX_DEVICES + 1];
	s32 eventfds[KEEL_MAX_GSIS + 1];
	struct keel_vm_config config;
};

extern u32 vm_flags;		/* for every VM: KEEL_VM_NO_BUS, or nothing */
extern int keel_fd;		/* /dev/keel, which the program opens */

/**
 * must() - end the program with a message unless this holds; each program has its own.
 * @good: it does
 * @what: what does not work otherwise; errno says why
 */
void must(bool good, const char *what);

/**
 * vm_open() - make a VM of KVM's, with memory alone.
 * @vm:		 filled in
 * @memory_size: bytes of memory
 */
void vm_open(struct vm *vm, u32 memory_size);

/**
 * vm_configure() - make what Keel's VM needs, and the configuration of the usual board.
 * @vm: open
 */
void vm_configure(struct vm *vm);

/**
 * vm_create() - make Keel's VM from the configuration.
 * @vm: configured
 *
 * Return: its fd, or -1 with errno
 */
int vm_create(struct vm *vm);

/**
 * vm_create_kvm_vcpu() - make a vCPU of KVM's.
 * @vm: open
 *
 * Return: its number
 */
unsigned int vm_create_kvm_vcpu(struct vm *vm);

/**
 * vm_add() - give a vCPU to Keel's VM.
 * @vm: created
 * @nr: the vCPU
 *
 * Return: KEEL_ADD_VCPU's value
 */
int vm_add(struct vm *vm, unsigned int nr);

/**
 * vm_run() - KEEL_RUN.
 * @vm:	 created
 * @nr:	 the vCPU
 * @run: filled in
 *
 * Return: KEEL_RUN's value
 */
int vm_run(struct vm *vm, unsigned int nr, struct keel_run *run);

/**
 * vm_close() - close and unmap all of it that is still open.
 * @vm: open
 */
void vm_close(struct vm *vm);

#endif /* VMM_H */
