/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
#ifndef KEEL_PVPANIC_H
#define KEEL_PVPANIC_H

#include <linux/types.h>

#define KEEL_PVPANIC_PORT		0x505

/* What a guest says with a write, and arg of KEEL_EXIT_PANIC (QEMU, docs/specs/pvpanic). */
#define KEEL_PVPANIC_PANICKED		0x1U	/* it has panicked */
#define KEEL_PVPANIC_CRASH_LOADED	0x2U	/* and deals with it itself, by its crash kernel */
#define KEEL_PVPANIC_SHUTDOWN		0x4U	/* it has shut down: KEEL_EXIT_POWEROFF */

/**
 * struct keel_pvpanic_state - the KEEL_CLASS_PVPANIC record.
 * @said: KEEL_PVPANIC_* that the guest has written since the last reset
 * @pad:  zero
 */
struct keel_pvpanic_state {
	__u8 said;
	__u8 pad[7];
};

#endif /* KEEL_PVPANIC_H */
