/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What keel bench host and its guest say to each other: in the guest's memory, at fixed addresses.
 * The guest measures a batch and exits; the launcher reads the samples, writes the next request and
 * runs it again. Types have the same size for both, 32 bits and 64.
 */
#ifndef KEEL_BENCH_GUEST_REQUEST_H
#define KEEL_BENCH_GUEST_REQUEST_H

#define GUEST_AT	0x100000	/* the image, and its first instruction */
#define GUEST_GDT	0x1000		/* code 0x08, data 0x10: the launcher writes it */
#define GUEST_REQUEST	0x200000	/* struct request */
#define GUEST_STACK	0x200000	/* it grows down from there */
#define GUEST_MEMORY	0x400000

#define SAMPLES_MAX	1024

/*
 * A write to it leaves KVM_RUN for the process, in each machine by the same way: the launcher has
 * KVM filter it (KVM_X86_SET_MSR_FILTER). No CPU has it. Its value is a SIGNAL_*.
 */
#define GUEST_MSR	0x4b454c00
#define SIGNAL_ROUND	0		/* an exit that is measured: run on */
#define SIGNAL_DONE	1		/* the batch is complete */

/**
 * enum operation - what a sample is of.
 * @OPERATION_EMPTY:	    two reads of the TSC
 * @OPERATION_PIT:	    a read of the PIT's channel 0
 * @OPERATION_PM:	    of the ACPI timer
 * @OPERATION_LSR:	    of COM1's line status
 * @OPERATION_EXIT:	    an exit to the process and back
 * @OPERATION_PIT_BUSY:	    a one-shot of the PIT, from the write that starts it to the first
 *			    instruction of the handler; the guest runs meanwhile
 * @OPERATION_PIT_HALTED:   the same; the guest waits in HLT
 * @OPERATION_LAPIC_BUSY:   the same of the LAPIC's timer
 * @OPERATION_LAPIC_HALTED: and in HLT
 * @OPERATION_GAP:	    the longest time between two reads of the TSC in a window
 */
enum operation {
	OPERATION_EMPTY,
	OPERATION_PIT,
	OPERATION_PM,
	OPERATION_LSR,
	OPERATION_EXIT,
	OPERATION_PIT_BUSY,
	OPERATION_PIT_HALTED,
	OPERATION_LAPIC_BUSY,
	OPERATION_LAPIC_HALTED,
	OPERATION_GAP,
	OPERATIONS
};

/**
 * struct request - a batch.
 * @operation: enum operation
 * @samples:   how many are wanted, SAMPLES_MAX at most
 * @count:     of a timer: its clock's periods; of a gap: ticks of the TSC in a window
 * @made:      out: how many were made; fewer if an interrupt did not come
 * @patience:  ticks of the TSC in which a timer's interrupt has to come
 * @ticks:     out: of the TSC, for each sample
 */
struct request {
	unsigned int operation;
	unsigned int samples;
	unsigned int count;
	unsigned int made;
	unsigned long long patience;
	unsigned long long ticks[SAMPLES_MAX];
};

#endif /* KEEL_BENCH_GUEST_REQUEST_H */
