// SPDX-License-Identifier: GPL-2.0
/*
 * Packed rings for hostile.c. More can be available than the ring holds only while slots are
 * taken: a flush takes some until a worker has done it and the queue is served again.
 */
#include "hostile.h"

#define FLUSH_SLOTS	(VRING_SIZE - 3)	/* with those of a request to read */

static struct request flush = { .type = T_FLUSH };
static struct request read = { .type = T_IN };
static struct vbuf chain[VRING_SIZE];

/* A flush of so many slots: each but the first has a byte for its answer, of which one is used. */
static void put_flush(struct vring *q, unsigned int slots)
{
	unsigned int i;

	chain[0] = (struct vbuf){ (u32)&flush, 16, 0 };
	for (i = 1; i < slots; i++)
		chain[i] = (struct vbuf){ (u32)&flush.status, 1, VRING_WRITE };
	packed_put(q, chain, slots);
}

/* Behind a flush comes a chain that takes all other slots, and goes on beyond them. */
static void make_into_taken(struct vring *q)
{
	const unsigned int flushes = 2, slots = VRING_SIZE - flushes;
	unsigned int i;

	for (i = 0; i < slots; i++)
		chain[i] = (struct vbuf){ SOMEWHERE, 16, VRING_NEXT };
	packed_write(q, q->next + flushes, chain, slots);
	put_flush(q, flushes);
}

/*
 * A flush and a read, which is given back after it, take all slots. The read's data goes over
 * the first slot, and makes it available again, for the ring's next round.
 */
static void make_of_taken(struct vring *q)
{
	struct vpacked *again = (struct vpacked *)data[0];
	const struct vbuf reads[] = {
		{ (u32)&read, 16, 0 },
		{ (u32)&q->packed[q->next % VRING_SIZE], sizeof(*again), VRING_WRITE },
		{ SOMEWHERE, SECTOR - sizeof(*again) + 1, VRING_WRITE },
	};

	*again = (struct vpacked){ SOMEWHERE, 16, 1, packed_flags(q->next + VRING_SIZE) };
	ask(0, T_OUT);
	packed_write(q, q->next + FLUSH_SLOTS, reads, ARRAY_SIZE(reads));
	put_flush(q, FLUSH_SLOTS);
}

static const struct wrong wrongs[] = {
	{ .what = "a table behind a buffer",
	  .reason = KEEL_VIRTQ_BAD_INDIRECT, .nr = 2, .first = { SOMEWHERE, 16, 0 },
	  .rest = { TABLE, 32, VRING_INDIRECT } },
	{ .what = "a chain that goes on in slots that are taken",
	  .reason = KEEL_VIRTQ_BAD_AVAIL, .make = make_into_taken },
	{ .what = "a slot that is taken and available again",
	  .reason = KEEL_VIRTQ_BAD_AVAIL, .with = F_IN_ORDER, .make = make_of_taken },
};

const struct format packed_format = {
	.put = packed_put,
	.kick = packed_kick,
	.get = packed_get,
	.wrongs = wrongs,
	.nr = ARRAY_SIZE(wrongs),
};
