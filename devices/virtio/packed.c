// SPDX-License-Identifier: GPL-2.0
/*
 * Packed virtqueues (VIRTIO 1.2, 2.8).
 *
 *	descriptor area	a ring of descriptors, which both sides write
 *	driver area	the driver's event suppression: when it wants an interrupt
 *	device area	ours: when we want to be notified
 *
 * Places in the ring are kept as struct keel_packed_event has them: a slot, and the wrap
 * counter in bit 15, which starts as 1 and changes at each end of the ring. A descriptor
 * is available if its AVAIL flag is as the counter, and its USED flag is not. A chain's
 * further descriptors are in the slots behind its first one, and it is given back by one
 * descriptor, in the slot behind those that were given back before: most chains take
 * several slots and use one.
 *
 * A table of descriptors is a chain by itself (2.8.7): of its entries only address,
 * length and WRITE mean anything, and all of them are used.
 */
#include <asm/barrier.h>

#include "packed.h"
#include "queue_mem.h"

/* Half a descriptor is read, and written, in one access. */
#define PACKED_TAIL	offsetof(struct keel_packed_desc, tail)

static_assert(sizeof(struct keel_packed_tail) == 8 && PACKED_TAIL == 8);
static_assert(sizeof(struct keel_packed_event) == 4);

/* ---- Places ---- */

static u16 packed_slot(u16 place)
{
	return place & ~KEEL_PACKED_WRAP;
}

/* The place @slots further on, at most a ring's length. */
static u16 packed_step(const struct keel_virtq_state *s, u16 place, u16 slots)
{
	u16 slot = packed_slot(place) + slots, wrap = place & KEEL_PACKED_WRAP;

	if (slot >= s->size) {
		slot -= s->size;
		wrap ^= KEEL_PACKED_WRAP;
	}
	return slot | wrap;
}

/* Slots from one place to another: less than two rings' length, when all repeats. */
static unsigned int packed_distance(const struct keel_virtq_state *s, u16 from, u16 to)
{
	int slots = packed_slot(to) - packed_slot(from);

	if ((from ^ to) & KEEL_PACKED_WRAP)
		slots += s->size;
	return slots < 0 ? slots + 2 * s->size : slots;
}

/* Slots of the chains that were taken and not given back. */
static unsigned int packed_taken(const struct keel_virtq_state *s)
{
	return packed_distance(s, s->used, s->avail);
}

/**
 * keel_packed_sane() - can a packed queue run like this?
 * @s: its state; size and descriptor area are looked at already
 */
bool keel_packed_sane(const struct keel_virtq_state *s)
{
	return !(s->driver % KEEL_PACKED_EVENT_ALIGN) && !(s->device % KEEL_PACKED_EVENT_ALIGN) &&
	       packed_slot(s->avail) < s->size && packed_slot(s->used) < s->size &&
	       packed_slot(s->signalled) < s->size && packed_taken(s) <= s->size;
}

/**
 * keel_packed_there() - are the queue's areas in memory?
 * @q: the queue
 */
bool keel_packed_there(struct keel_virtq *q)
{
	const struct keel_virtq_state *s = q->s;

	return keel_virtq_area(q, s->desc, KEEL_DESC_SIZE * s->size, &q->desc) &&
	       keel_virtq_area(q, s->driver, sizeof(struct keel_packed_event), &q->driver) &&
	       keel_virtq_area(q, s->device, sizeof(struct keel_packed_event), &q->device);
}

/* ---- Taking ---- */

static u64 packed_address(const struct keel_virtq *q, u16 place)
{
	return q->desc + packed_slot(place) * sizeof(struct keel_packed_desc);
}

static bool packed_available(u16 flags, u16 place)
{
	bool wrap = place & KEEL_PACKED_WRAP;

	return !!(flags & BIT(VRING_PACKED_DESC_F_AVAIL)) == wrap &&
	       !!(flags & BIT(VRING_PACKED_DESC_F_USED)) != wrap;
}

/*
 * Reads the next descriptor's flags, and what is beside them. 1: it is available; 0;
 * -EIO. With every slot taken it cannot be, except that the driver wrote where it must
 * not.
 */
static int packed_look(struct keel_virtq *q, struct keel_packed_tail *tail)
{
	const struct keel_virtq_state *s = q->s;

	if (keel_virtq_read(q, packed_address(q, s->avail) + PACKED_TAIL, tail, sizeof(*tail)))
		return -EIO;
	/* The flags come before the rest of the chain: see queue.c. */
	smp_rmb();
	if (!packed_available(tail->flags, s->avail))
		return 0;
	return packed_taken(s) < s->size ? 1 : keel_virtq_break(q, KEEL_VIRTQ_BAD_AVAIL);
}

static int packed_add(struct keel_virtq *q, struct keel_chain *chain,
		      const struct keel_packed_desc *desc)
{
	return keel_virtq_add(q, chain, desc->addr, desc->tail.len,
			      desc->tail.flags & VRING_DESC_F_WRITE);
}

static int packed_add_table(struct keel_virtq *q, struct keel_chain *chain,
			    const struct keel_packed_desc *refers)
{
	int nr, i;

	if (chain->slots || refers->tail.flags & VRING_DESC_F_NEXT)
		return keel_virtq_break(q, KEEL_VIRTQ_BAD_INDIRECT);
	nr = keel_virtq_fetch_table(q, chain, refers->addr, refers->tail.len);
	for (i = 0; i < nr; i++)
		if (packed_add(q, chain, &q->table.packed[i]))
			return -EIO;
	return min(nr, 0);
}

/* From the first descriptor on, as far as there are slots that are not taken. */
static int packed_walk(struct keel_virtq *q, struct keel_chain *chain,
		       struct keel_packed_desc *desc)
{
	const struct keel_virtq_state *s = q->s;
	unsigned int room = s->size - packed_taken(s);

	for (chain->slots = 0;;) {
		if (desc->tail.flags & VRING_DESC_F_INDIRECT ?
		    packed_add_table(q, chain, desc) : packed_add(q, chain, desc))
			return -EIO;
		chain->slots++;
		if (!(desc->tail.flags & VRING_DESC_F_NEXT))
			return 0;
		if (chain->slots == room)
			return keel_virtq_break(q, room == s->size ? KEEL_VIRTQ_LOOP :
						   KEEL_VIRTQ_BAD_AVAIL);
		if (keel_virtq_read(q, packed_address(q, packed_step(s, s->avail, chain->slots)),
				    desc, sizeof(*desc)))
			return -EIO;
	}
}

/**
 * keel_packed_next() - see keel_virtq_next().
 * @q:     the queue
 * @chain: where to, empty
 *
 * Only the first descriptor's flags say that a chain is there: the driver makes it
 * available last (2.8.6). The buffer id is that of the last descriptor.
 *
 * Return: 1, 0 or -EIO.
 */
int keel_packed_next(struct keel_virtq *q, struct keel_chain *chain)
{
	struct keel_virtq_state *s = q->s;
	struct keel_packed_desc desc;
	int ret = packed_look(q, &desc.tail);

	if (ret <= 0)
		return ret;
	if (keel_virtq_read(q, packed_address(q, s->avail), &desc.addr, sizeof(desc.addr)))
		return -EIO;
	if (packed_walk(q, chain, &desc))
		return -EIO;
	chain->id = desc.tail.id;
	s->avail = packed_step(s, s->avail, chain->slots);
	return 1;
}

/**
 * keel_packed_took() - can it have taken this chain, and not given it back?
 * @q:     the queue
 * @slots: of the chain
 *
 * What is in the batch is given back.
 */
bool keel_packed_took(const struct keel_virtq *q, u16 slots)
{
	return slots && slots + q->batch.slots <= packed_taken(q->s);
}

/**
 * keel_packed_put_back() - see keel_virtq_put_back().
 * @q:     the queue
 * @slots: that the last chain has taken
 *
 * Return: 0 or -EIO.
 */
int keel_packed_put_back(struct keel_virtq *q, u16 slots)
{
	struct keel_virtq_state *s = q->s;

	if (!keel_packed_took(q, slots))
		return keel_virtq_break(q, KEEL_VIRTQ_BAD_RETURN);
	/* Back by so many slots is on by all the others, on the ring's other round. */
	s->avail = packed_step(s, s->avail, s->size - slots) ^ KEEL_PACKED_WRAP;
	return 0;
}

/* ---- Giving back ---- */

/**
 * keel_packed_push() - give chains back.
 * @q:       the queue
 * @slots:   of the chains
 * @id:      the last one's
 * @written: bytes, in the last one
 *
 * The first one's first descriptor becomes that of the last one's id; the others' are left as they
 * are (2.8.9). Length, id and flags get there in one access, so that nothing need be kept in order
 * among them. WRITE says that there is a length (2.8.4).
 *
 * Return: 0 or -EIO.
 */
int keel_packed_push(struct keel_virtq *q, u16 slots, u16 id, u32 written)
{
	struct keel_virtq_state *s = q->s;
	struct keel_packed_tail tail = { .len = written, .id = id };

	if (!keel_packed_took(q, slots))
		return keel_virtq_break(q, KEEL_VIRTQ_BAD_RETURN);
	if (s->used & KEEL_PACKED_WRAP)
		tail.flags = BIT(VRING_PACKED_DESC_F_AVAIL) | BIT(VRING_PACKED_DESC_F_USED);
	if (written)
		tail.flags |= VRING_DESC_F_WRITE;
	/* The chain's data comes before the flags: see queue.c. */
	smp_wmb();
	if (keel_virtq_write(q, packed_address(q, s->used) + PACKED_TAIL, &tail, sizeof(tail)))
		return -EIO;
	/* Twice round since it was last asked: nothing to compare with any more. */
	if (packed_distance(s, s->signalled, s->used) + slots >= 2U * s->size) {
		s->fresh = 1;
		s->signalled = s->used;
	}
	s->used = packed_step(s, s->used, slots);
	return 0;
}

/* ---- Events ---- */

/**
 * keel_packed_wants_interrupt() - see keel_virtq_wants_interrupt().
 * @q: the queue
 *
 * For one place: is that among the slots that were given back, those that a chain only
 * took included? What makes no sense is answered with an interrupt, which at worst is
 * one too many.
 */
bool keel_packed_wants_interrupt(struct keel_virtq *q)
{
	const struct keel_virtq_state *s = q->s;
	struct keel_packed_event event;

	if (keel_virtq_read(q, q->driver, &event, sizeof(event)))
		return false;
	event.flags &= KEEL_PACKED_EVENT_FLAGS;
	if (event.flags == VRING_PACKED_EVENT_FLAG_DISABLE)
		return false;
	if (event.flags != VRING_PACKED_EVENT_FLAG_DESC || !q->event_idx || s->fresh)
		return true;
	return packed_slot(event.desc) >= s->size ||
	       packed_distance(s, s->signalled, event.desc) <
	       packed_distance(s, s->signalled, s->used);
}

static int packed_write_event(struct keel_virtq *q, u16 place, u16 flags)
{
	struct keel_packed_event event = { .desc = place, .flags = flags };

	return keel_virtq_write(q, q->device, &event, sizeof(event));
}

/**
 * keel_packed_notify_off() - see keel_virtq_notify_off().
 * @q: the queue
 */
void keel_packed_notify_off(struct keel_virtq *q)
{
	packed_write_event(q, 0, VRING_PACKED_EVENT_FLAG_DISABLE);
}

/**
 * keel_packed_notify_on() - see keel_virtq_notify_on().
 * @q: the queue
 */
bool keel_packed_notify_on(struct keel_virtq *q)
{
	struct keel_packed_tail tail;

	if (q->event_idx ? packed_write_event(q, q->s->avail, VRING_PACKED_EVENT_FLAG_DESC) :
			   packed_write_event(q, 0, VRING_PACKED_EVENT_FLAG_ENABLE))
		return true;
	/* The driver is asked before it is looked for chains: see queue.c. */
	smp_mb();
	return packed_look(q, &tail);
}
