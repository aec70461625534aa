/* SPDX-License-Identifier: GPL-2.0 */
/* Accesses that no device answers: unmapped.c. */
#ifndef KEEL_BOARD_UNMAPPED_H
#define KEEL_BOARD_UNMAPPED_H

#include "dev.h"

#define KEEL_UNMAPPED	16		/* addresses that are kept: the first ones */
#define KEEL_POLLED	0x100000ULL	/* reads, after which a guest is said to poll an address */

/**
 * struct keel_unmapped_address - an address that was accessed without an answer.
 * @addr:   first byte of the access
 * @rip:    where the guest was at the first access, if the host has found out; 0: unknown
 * @reads:  how often it was read: all ones
 * @writes: how often it was written: dropped
 * @widths: of these accesses, in bytes, ORed
 */
struct keel_unmapped_address {
	u64 addr;
	u64 rip;
	u64 reads;
	u64 writes;
	u8 widths;
};

/**
 * struct keel_unmapped - such accesses to a space.
 * @reads:     reads, a byte of which at least no device answers
 * @writes:    the same for writes
 * @nr:        entries of @addresses
 * @addresses: where they went, as far as there is room
 */
struct keel_unmapped {
	u64 reads;
	u64 writes;
	u32 nr;
	struct keel_unmapped_address addresses[KEEL_UNMAPPED];
};

/* What is worth telling about an access. */
enum keel_news {
	KEEL_NO_NEWS,
	KEEL_NEWS_UNMAPPED,	/* the first one to an address that no device answers at */
	KEEL_NEWS_POLLED,	/* the KEEL_POLLEDth read of it */
};

struct keel_unmapped_address *keel_unmapped_find(struct keel_unmapped *unmapped, u64 addr);
enum keel_news keel_unmapped_note(struct keel_unmapped *unmapped, u64 addr, unsigned int len,
				  bool write);
void keel_unmapped_list(const struct keel_unmapped *unmapped, const char *name,
			struct keel_out *out);

#endif /* KEEL_BOARD_UNMAPPED_H */
