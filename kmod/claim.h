/* SPDX-License-Identifier: GPL-2.0 */
/* The guest physical memory, and the ports, at which the process answers: KEEL_CLAIM. */
#ifndef KEEL_CLAIM_H
#define KEEL_CLAIM_H

#include <linux/types.h>

struct keel_vm;

/**
 * struct keel_claimed - a range of guest physical memory, or of ports.
 * @start: its first address; written before @end is
 * @end:   the address behind it; 0: there is none
 */
struct keel_claimed {
	u64 start;
	u64 end;
};

/**
 * keel_claims() - is an access all in the range?
 * @claimed: the VM's
 * @addr:    first address
 * @len:     bytes
 */
static __always_inline bool keel_claims(const struct keel_claimed *claimed, u64 addr, u32 len)
{
	/* Pairs with claim_publish(). */
	u64 end = smp_load_acquire(&claimed->end);

	return unlikely(end) && addr >= claimed->start && addr < end && len <= end - addr;
}

long keel_claim(void *owner, void *arg);

#endif /* KEEL_CLAIM_H */
