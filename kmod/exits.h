/* SPDX-License-Identifier: GPL-2.0 */
/* The last exits of a vCPU. */
#ifndef KEEL_EXITS_H
#define KEEL_EXITS_H

#include "../uapi/keel.h"

/**
 * struct keel_noted_exit - an exit, in the form that costs an access least.
 * @key:   KEEL_EXIT_KEY() of what it was
 * @addr:  see struct keel_vcpu_exit
 * @value: likewise
 * @rip:   likewise
 * @times: likewise
 */
struct keel_noted_exit {
	u64 key;
	u64 addr;
	u64 value;
	u64 rip;
	u32 times;
};

#define KEEL_EXIT_KEY(reason, length, write) \
	((reason) | (u64)(length) << 32 | (u64)(write) << 40)

/**
 * struct keel_exits - the last exits of a vCPU, which its thread writes.
 * @nr:   that were noted, of which the last KEEL_LAST_EXITS_NR are in @ring
 * @ring: by number
 */
struct keel_exits {
	u32 nr;
	struct keel_noted_exit ring[KEEL_LAST_EXITS_NR];
};

/**
 * keel_exits_note() - note one.
 * @exits: the vCPU's, in its thread
 * @key:   KEEL_EXIT_KEY()
 * @addr:  see struct keel_vcpu_exit
 * @value: likewise
 * @rip:   likewise
 */
static __always_inline void keel_exits_note(struct keel_exits *exits, u64 key, u64 addr, u64 value,
					    u64 rip)
{
	struct keel_noted_exit *at = &exits->ring[(exits->nr - 1) % KEEL_LAST_EXITS_NR];

	/* What no exit was noted in yet has no @times, and is like none */
	if (at->key != key || at->addr != addr || !at->times) {
		at = &exits->ring[exits->nr++ % KEEL_LAST_EXITS_NR];
		at->key = key;
		at->addr = addr;
		at->times = 0;
	}
	at->value = value;
	at->rip = rip;
	at->times++;
}

long keel_exits_get(void *owner, void *arg);

#endif /* KEEL_EXITS_H */
