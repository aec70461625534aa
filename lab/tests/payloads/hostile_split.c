// SPDX-License-Identifier: GPL-2.0
/* Split rings for hostile.c: every chain is in the table from descriptor 0 on. */
#include "hostile.h"

static void put(struct vring *q, const struct vbuf *chain, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		q->desc[i] = (struct vdesc){ chain[i].addr, chain[i].len,
			chain[i].flags | (i + 1 < nr ? VRING_NEXT : 0), (i + 1) % VRING_SIZE };
	vring_add(q, 0);
}

static bool get(struct vring *q)
{
	return vring_get(q, NULL) >= 0;
}

static void make_next(struct vring *q)
{
	q->desc[0] = (struct vdesc){ SOMEWHERE, 16, VRING_NEXT, VRING_SIZE };
	vring_add(q, 0);
}

static void make_head(struct vring *q)
{
	vring_add(q, VRING_SIZE);
}

static void make_ahead(struct vring *q)
{
	q->next += VRING_SIZE;
	vring_add(q, 0);
}

static const struct wrong wrongs[] = {
	{ .what = "a chain that goes on beyond the table",
	  .reason = KEEL_VIRTQ_BAD_NEXT, .make = make_next },
	{ .what = "a chain that goes on beyond a table of its own",
	  .reason = KEEL_VIRTQ_BAD_NEXT, .nr = 1, .first = { TABLE, 32, VRING_INDIRECT } },
	{ .what = "a table in a table",
	  .reason = KEEL_VIRTQ_BAD_INDIRECT, .nr = 1, .first = { NESTED, 32, VRING_INDIRECT } },
	{ .what = "a chain that is too long by what is not in its table",
	  .reason = KEEL_VIRTQ_LOOP, .nr = 2, .first = { SOMEWHERE, 16, 0 },
	  .rest = { TABLE, 16 * VRING_SIZE, VRING_INDIRECT } },
	{ .what = "a head beyond the table",
	  .reason = KEEL_VIRTQ_BAD_HEAD, .make = make_head },
	{ .what = "an index too far ahead",
	  .reason = KEEL_VIRTQ_BAD_AVAIL, .make = make_ahead },
};

const struct format split_format = {
	.put = put,
	.kick = vring_kick,
	.get = get,
	.wrongs = wrongs,
	.nr = ARRAY_SIZE(wrongs),
};
