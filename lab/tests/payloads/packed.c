// SPDX-License-Identifier: GPL-2.0
/*
 * Packed rings (VIRTIO 1.2, 2.8), see virtio.h. A place counts slots without end: its low bits
 * are the slot's number, and the bit above them changes with each round of the ring.
 *
 * A chain's id is its number of slots, which is needed when it is given back.
 */
#include "virtio.h"

#define AVAIL		BIT(7)
#define USED		BIT(15)
#define NO_NOTIFY	1

static struct vpacked *slot_of(struct vring *q, u16 place)
{
	return &q->packed[place % VRING_SIZE];
}

static u16 used_flags(u16 place)
{
	return place & VRING_SIZE ? 0 : AVAIL | USED;
}

u16 packed_flags(u16 place)
{
	return place & VRING_SIZE ? USED : AVAIL;
}

void packed_write(struct vring *q, u16 place, const struct vbuf *chain, unsigned int nr)
{
	unsigned int i;

	/* The first descriptor's flags make the whole chain available: they are written last. */
	for (i = nr; i-- > 0;) {
		struct vpacked *desc = slot_of(q, place + i);

		desc->addr = chain[i].addr;
		desc->len = chain[i].len;
		desc->id = nr;
		asm volatile("" : : : "memory");
		WRITE_ONCE(desc->flags, chain[i].flags | packed_flags(place + i) |
				       (i + 1 < nr ? VRING_NEXT : 0));
	}
}

void packed_put(struct vring *q, const struct vbuf *chain, unsigned int nr)
{
	packed_write(q, q->next, chain, nr);
	q->next += nr;
}

void packed_kick(struct vring *q)
{
	barrier_full();
	if (READ_ONCE(q->device.flags) != NO_NOTIFY)
		vring_ring(q);
}

void packed_write_id(struct vring *q, u16 id, const struct vbuf *buf)
{
	struct vpacked *desc = slot_of(q, q->next);

	desc->addr = buf->addr;
	desc->len = buf->len;
	desc->id = id;
	asm volatile("" : : : "memory");
	WRITE_ONCE(desc->flags, buf->flags | packed_flags(q->next));
	q->next++;
}

bool packed_used(struct vring *q, u16 *id, u32 *len)
{
	const struct vpacked *desc = slot_of(q, q->seen);
	u16 flags = READ_ONCE(desc->flags);

	if ((flags & (AVAIL | USED)) != used_flags(q->seen))
		return false;
	asm volatile("" : : : "memory");
	*id = desc->id;
	*len = flags & VRING_WRITE ? desc->len : 0;
	return true;
}

bool packed_get(struct vring *q)
{
	u16 slots;
	u32 len;

	if (!packed_used(q, &slots, &len))
		return false;
	q->seen += slots;
	return true;
}
