/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
#ifndef KEEL_PIT_H
#define KEEL_PIT_H

#include <linux/types.h>

/* What becomes of ticks that the host was too late for. */
#define KEEL_PIT_COALESCE	0	/* one interrupt stands for all of them */
#define KEEL_PIT_REINJECT	1	/* each is delivered, at twice the rate until made up */

/**
 * struct keel_pit_config - choices for the 8254.
 * @min_period_ns: shortest period of channel 0 that is honoured, ns; 0: 100 us
 * @policy:        KEEL_PIT_COALESCE or KEEL_PIT_REINJECT
 * @reserved:      zero
 */
struct keel_pit_config {
	__u32 min_period_ns;
	__u32 policy;
	__u64 reserved[5];
};

#endif /* KEEL_PIT_H */
