/* SPDX-License-Identifier: GPL-2.0 */
/* The last exits of a vCPU. */
#ifndef KEEL_EXITS_H
#define KEEL_EXITS_H

#include "../uapi/keel.h"

/**
 * struct keel_exits - the last exits of a vCPU.
 * @nr:   that were noted, of which the last KEEL_LAST_EXITS_NR are in @ring
 * @ring: by number
 */
struct keel_exits {
	u32 nr;
	struct keel_vcpu_exit ring[KEEL_LAST_EXITS_NR];
};

void keel_exits_note(struct keel_exits *exits, const struct keel_vcpu_exit *exit);
long keel_exits_get(void *owner, void *arg);

#endif /* KEEL_EXITS_H */
