/* SPDX-License-Identifier: GPL-2.0 */
/* The results that the cost payload leaves in its memory for the VMM. */
#ifndef COST_H
#define COST_H

#include "../../vmm/types.h"

#define COST_LOAD	0x00100000	/* the image's address, flat 32-bit protected mode */
#define COST_RESULT	0x00200000	/* struct cost_result */
#define COST_MEMORY	0x01000000	/* enough for both, 16 MiB */

#define COST_MAGIC	0x54534f43	/* "COST", written last */
#define COST_EXIT	0x501		/* any byte written to this port: finished */

#define COST_WARMUP	256		/* not recorded */
#define COST_SAMPLES	2000
#define COST_CALIBRATE	1000000		/* instructions of the calibration loop */
#define COST_TICKS	240		/* one-shot count of the interrupt operations: 201 us */

enum cost_op {
	COST_EMPTY,		/* nothing between the two time stamps */
	COST_PIT_READ,		/* IN from 0x40, not latched */
	COST_PIT_WRITE,		/* OUT to 0x42, low byte only */
	COST_LSR_READ,		/* IN from 0x3fd */
	COST_IOAPIC_READ,	/* 32-bit read of the data window */
	COST_IOAPIC_SELECT,	/* 32-bit write of the index register */
	COST_IRQ_SPIN,		/* PIT interrupt while the guest computes */
	COST_IRQ_HALT,		/* PIT interrupt while it is halted */
	COST_NR_OPS
};

/**
 * struct cost_samples - one operation.
 * @nr:    number of samples; 0 if the machine lacks the device
 * @ticks: of the guest's TSC, for each sample
 */
struct cost_samples {
	u32 nr;
	u32 ticks[COST_SAMPLES];
};

/**
 * struct cost_result - all results.
 * @magic:       COST_MAGIC
 * @calibration: TSC ticks that COST_CALIBRATE instructions took, the best of several
 * @doubles:     interrupts that the emulator below delivered twice (lab/modules/inject_once.c)
 * @ops:         by enum cost_op
 */
struct cost_result {
	u32 magic;
	u32 calibration;
	u32 doubles;
	struct cost_samples ops[COST_NR_OPS];
};

#endif /* COST_H */
