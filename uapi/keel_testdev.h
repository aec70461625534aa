/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
#ifndef KEEL_TESTDEV_H
#define KEEL_TESTDEV_H

#include <linux/types.h>

#define KEEL_TESTDEV_SCRATCH	0xe0	/* eight bytes that are read back as written */
#define KEEL_TESTDEV_BYTES	0xe8	/* the first four of them, byte by byte */
#define KEEL_TESTDEV_IRQ	0x2000	/* plus n: the level of line n */
#define KEEL_TESTDEV_LINES	24	/* ISA 0-15, PCI 16-23 */
#define KEEL_TESTDEV_EXIT	0xf4	/* where test payloads expect the debug-exit port */

/**
 * struct keel_testdev_state - the KEEL_CLASS_TESTDEV record.
 * @scratch: what was written to KEEL_TESTDEV_SCRATCH, lowest port first
 * @lines:   a bit for each line that is held high
 * @pad:     zero
 */
struct keel_testdev_state {
	__u8  scratch[8];
	__u32 lines;
	__u8  pad[4];
};

#endif /* KEEL_TESTDEV_H */
