// SPDX-License-Identifier: GPL-2.0
/*
 * The expected next chain, or the error in it: the standard implemented a second time, on
 * the rings as they are. Valid as long as memory does not change.
 */
#include "rings.h"

/* A descriptor of either format; @third and @fourth as they are in memory. */
struct oracle_desc {
	u64 addr;
	u32 len;
	u16 flags;
	u16 link;	/* next (split) or buffer id (packed) */
};

static struct oracle_desc oracle_desc(const struct rings *r, u64 at)
{
	u16 third = rings_get(r, at + 12, 2), fourth = rings_get(r, at + 14, 2);
	bool packed = rings_is_packed(r);

	return (struct oracle_desc) {
		.addr = rings_get(r, at, 8), .len = rings_get(r, at + 8, 4),
		.flags = packed ? fourth : third, .link = packed ? third : fourth,
	};
}

/* One more buffer. Each of these returns a reason, or 0. */
static int oracle_buffer(const struct rings *r, struct rings_oracle *o,
			 const struct oracle_desc *desc)
{
	struct keel_chain *c = &o->chain;

	if (++o->length > r->walker.s.size)
		return KEEL_VIRTQ_LOOP;
	if (!desc->len)
		return 0;
	if (c->nr_in && !(desc->flags & VRING_DESC_F_WRITE))
		return KEEL_VIRTQ_BAD_ORDER;
	if (!rings_backed(r, desc->addr, desc->len) && !rings_huge(desc->addr, desc->len))
		return KEEL_VIRTQ_BAD_BUFFER;
	c->segs[c->nr_out + c->nr_in] = (struct keel_seg) { desc->addr, desc->len };
	if (desc->flags & VRING_DESC_F_WRITE)
		c->nr_in++;
	else
		c->nr_out++;
	o->bytes += desc->len;
	return o->bytes > 0x100000000ULL ? KEEL_VIRTQ_TOO_LONG : 0;
}

static int oracle_table_split(const struct rings *r, struct rings_oracle *o,
			      const struct oracle_desc *refers)
{
	struct oracle_desc desc = { .link = 0 };
	int reason;

	do {
		if (desc.link >= refers->len / 16)
			return KEEL_VIRTQ_BAD_NEXT;
		desc = oracle_desc(r, refers->addr + 16 * desc.link);
		if (desc.flags & VRING_DESC_F_INDIRECT)
			return KEEL_VIRTQ_BAD_INDIRECT;
		reason = oracle_buffer(r, o, &desc);
	} while (!reason && desc.flags & VRING_DESC_F_NEXT);
	return reason;
}

static int oracle_table(const struct rings *r, struct rings_oracle *o,
			const struct oracle_desc *refers)
{
	struct oracle_desc desc;
	unsigned int i;
	int reason = 0;

	if (!rings_has(r, VIRTIO_RING_F_INDIRECT_DESC) || refers->flags & VRING_DESC_F_NEXT)
		return KEEL_VIRTQ_BAD_INDIRECT;
	if (!refers->len || refers->len % 16 || refers->len > 16U * r->walker.s.size)
		return KEEL_VIRTQ_BAD_INDIRECT;
	if (!rings_backed(r, refers->addr, refers->len))
		return KEEL_VIRTQ_BAD_INDIRECT;
	if (!rings_is_packed(r))
		return oracle_table_split(r, o, refers);
	for (i = 0; i < refers->len / 16 && !reason; i++) {
		desc = oracle_desc(r, refers->addr + 16 * i);
		reason = oracle_buffer(r, o, &desc);
	}
	return reason;
}

static int oracle_split(const struct rings *r, struct rings_oracle *o)
{
	const struct keel_virtq_state *s = &r->walker.s;
	u16 idx = rings_get(r, s->driver + 2, 2), ahead = idx - s->avail;
	struct oracle_desc desc;
	int reason;

	if (ahead + (u16)(s->avail - s->used) > s->size)
		return KEEL_VIRTQ_BAD_AVAIL;
	if (!ahead)
		return 0;
	o->there = true;
	o->chain.slots = 1;
	o->chain.id = rings_get(r, s->driver + 4 + s->avail % s->size * 2, 2);
	if (o->chain.id >= s->size)
		return KEEL_VIRTQ_BAD_HEAD;
	for (desc.link = o->chain.id;;) {
		desc = oracle_desc(r, s->desc + 16 * desc.link);
		if (desc.flags & VRING_DESC_F_INDIRECT)
			return oracle_table(r, o, &desc);
		reason = oracle_buffer(r, o, &desc);
		if (reason || !(desc.flags & VRING_DESC_F_NEXT))
			return reason;
		if (desc.link >= s->size)
			return KEEL_VIRTQ_BAD_NEXT;
	}
}

/* Slots from one place of the ring to another. */
static unsigned int oracle_slots(const struct keel_virtq_state *s, u16 from, u16 to)
{
	unsigned int slots;

	for (slots = 0; from != to; slots++) {
		from++;
		if ((from & 0x7fff) == s->size)
			from = from & 0x8000 ? 0 : 0x8000;
	}
	return slots;
}

/* A slot after the other, as far as they are free. */
static int oracle_packed(const struct rings *r, struct rings_oracle *o)
{
	const struct keel_virtq_state *s = &r->walker.s;
	unsigned int taken = oracle_slots(s, s->used, s->avail), avail = s->avail & 0x7fff;
	struct oracle_desc desc = oracle_desc(r, s->desc + 16 * avail);
	int reason;

	if ((desc.flags >> 7 & 1) == (desc.flags >> 15 & 1) ||
	    (desc.flags >> 7 & 1) != (s->avail >> 15))
		return 0;
	for (o->there = true; taken < s->size; taken++) {
		desc = oracle_desc(r, s->desc + 16 * ((avail + o->chain.slots) % s->size));
		o->chain.id = desc.link;
		if (desc.flags & VRING_DESC_F_INDIRECT)
			reason = o->chain.slots ? KEEL_VIRTQ_BAD_INDIRECT :
						  oracle_table(r, o, &desc);
		else
			reason = oracle_buffer(r, o, &desc);
		o->chain.slots++;
		if (reason || !(desc.flags & VRING_DESC_F_NEXT))
			return reason;
	}
	return o->chain.slots == s->size ? KEEL_VIRTQ_LOOP : KEEL_VIRTQ_BAD_AVAIL;
}

/**
 * rings_predict() - predict the next chain.
 * @r: the queue, which is not broken and whose areas are where they were
 * @o: filled in
 */
void rings_predict(const struct rings *r, struct rings_oracle *o)
{
	memset(o, 0, sizeof(*o));
	o->reason = rings_is_packed(r) ? oracle_packed(r, o) : oracle_split(r, o);
}

/* ---- Valid states, and chains that can be given back ---- */

static bool oracle_area(const struct rings *r, u64 addr, u64 align, u32 len)
{
	return !(addr & (align - 1)) && (rings_backed(r, addr, len) || rings_huge(addr, len));
}

/**
 * rings_can_run() - would a queue in this state be sound when it is started?
 * @r: the queue
 */
bool rings_can_run(const struct rings *r)
{
	const struct keel_virtq_state *s = &r->walker.s;
	bool event = rings_has(r, VIRTIO_RING_F_EVENT_IDX);
	u32 n = s->size;

	if (!n || n > 256 || !oracle_area(r, s->desc, 16, 16 * n))
		return false;
	if (!rings_is_packed(r))
		return !(n & (n - 1)) && (u16)(s->avail - s->used) <= n &&
		       oracle_area(r, s->driver, 2, 4 + 2 * n + 2 * event) &&
		       oracle_area(r, s->device, 4, 4 + 8 * n + 2 * event);
	if ((s->avail & 0x7fff) >= n || (s->used & 0x7fff) >= n || (s->signalled & 0x7fff) >= n)
		return false;
	return oracle_slots(s, s->used, s->avail) <= n && oracle_area(r, s->driver, 4, 4) &&
	       oracle_area(r, s->device, 4, 4);
}

/**
 * rings_can_return() - can the device have taken this chain?
 * @r:     the queue
 * @id:    of a chain
 * @slots: that it takes
 */
bool rings_can_return(const struct rings *r, u16 id, u16 slots)
{
	const struct keel_virtq_state *s = &r->walker.s;

	const struct keel_virtq_batch *batch = &r->walker.q.batch;

	if (rings_is_packed(r))
		return slots && slots + batch->slots <= oracle_slots(s, s->used, s->avail);
	return (u16)(s->avail - s->used) != batch->chains && id < s->size;
}
