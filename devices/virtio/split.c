// SPDX-License-Identifier: GPL-2.0
/*
 * Split virtqueues (VIRTIO 1.2, 2.7).
 *
 *	descriptor area	a table of buffers, chained by index
 *	driver area	available ring: flags, idx, heads, used_event
 *	device area	used ring: flags, idx, {head, length}, avail_event
 *
 * idx of both rings runs freely from 0 to 65535, and an entry's place is its remainder
 * by the size, a power of two. The walker only reads the first two areas and only
 * writes the third.
 *
 * The driver cannot have more chains in the ring than there are descriptors, those that
 * the device has not given back included: an index further ahead, or one that went
 * back, breaks the queue.
 *
 * A chain can end in one descriptor that refers to a table of more (2.7.5.3), usually
 * its first one.
 */
#include <asm/barrier.h>

#include "queue_mem.h"
#include "split.h"

/**
 * keel_split_sane() - can a split queue run like this?
 * @s: its state; size and descriptor area are looked at already
 */
bool keel_split_sane(const struct keel_virtq_state *s)
{
	return !(s->size & (s->size - 1)) && !(s->driver % KEEL_AVAIL_ALIGN) &&
	       !(s->device % KEEL_USED_ALIGN) && (u16)(s->avail - s->used) <= s->size;
}

/**
 * keel_split_there() - are the queue's areas in memory?
 * @q: the queue
 *
 * Only what is used of them: without EVENT_IDX not their ends.
 */
bool keel_split_there(struct keel_virtq *q)
{
	const struct keel_virtq_state *s = q->s;
	u32 event = q->event_idx ? sizeof(u16) : 0;

	return keel_virtq_area(q, s->desc, KEEL_DESC_SIZE * s->size, &q->desc) &&
	       keel_virtq_area(q, s->driver, KEEL_AVAIL_EVENT(s->size) + event, &q->driver) &&
	       keel_virtq_area(q, s->device, KEEL_USED_EVENT(s->size) + event, &q->device);
}

/* ---- Taking ---- */

/* Reads the driver's index. 1: there is a chain; 0; -EIO. */
static int split_look(struct keel_virtq *q)
{
	const struct keel_virtq_state *s = q->s;
	u16 room = s->size - (u16)(s->avail - s->used), idx;

	if (keel_virtq_read(q, q->driver + KEEL_AVAIL_IDX, &idx, sizeof(idx)))
		return -EIO;
	/* The index comes before what it covers: see queue.c. */
	smp_rmb();
	if ((u16)(idx - s->avail) > room)
		return keel_virtq_break(q, KEEL_VIRTQ_BAD_AVAIL);
	q->ahead = idx;
	return idx != s->avail;
}

static int split_add(struct keel_virtq *q, struct keel_chain *chain,
		     const struct keel_split_desc *desc)
{
	return keel_virtq_add(q, chain, desc->addr, desc->len, desc->flags & VRING_DESC_F_WRITE);
}

/* Ends: each turn adds a descriptor to the chain, and it does not take more than there are. */
static int split_walk_table(struct keel_virtq *q, struct keel_chain *chain,
			    const struct keel_split_desc *refers)
{
	const struct keel_split_desc *desc;
	int nr, i = 0;

	if (refers->flags & VRING_DESC_F_NEXT)
		return keel_virtq_break(q, KEEL_VIRTQ_BAD_INDIRECT);
	nr = keel_virtq_fetch_table(q, chain, refers->addr, refers->len);
	if (nr < 0)
		return nr;
	do {
		desc = &q->table.split[i];
		if (desc->flags & VRING_DESC_F_INDIRECT)
			return keel_virtq_break(q, KEEL_VIRTQ_BAD_INDIRECT);
		if (split_add(q, chain, desc))
			return -EIO;
		if (!(desc->flags & VRING_DESC_F_NEXT))
			return 0;
		i = desc->next;
	} while (i < nr);
	return keel_virtq_break(q, KEEL_VIRTQ_BAD_NEXT);
}

/* The same. */
static int split_walk(struct keel_virtq *q, struct keel_chain *chain, u16 head)
{
	struct keel_split_desc desc = { .next = head };

	do {
		if (keel_virtq_read(q, q->desc + desc.next * sizeof(desc), &desc, sizeof(desc)))
			return -EIO;
		if (desc.flags & VRING_DESC_F_INDIRECT)
			return split_walk_table(q, chain, &desc);
		if (split_add(q, chain, &desc))
			return -EIO;
		if (!(desc.flags & VRING_DESC_F_NEXT))
			return 0;
	} while (desc.next < q->s->size);
	return keel_virtq_break(q, KEEL_VIRTQ_BAD_NEXT);
}

/**
 * keel_split_next() - see keel_virtq_next().
 * @q:     the queue
 * @chain: where to, empty
 *
 * Return: 1, 0 or -EIO.
 */
int keel_split_next(struct keel_virtq *q, struct keel_chain *chain)
{
	struct keel_virtq_state *s = q->s;
	u64 at = q->driver + KEEL_AVAIL_RING + (s->avail & (s->size - 1)) * sizeof(u16);
	u16 head;
	int ret;

	if (q->ahead == s->avail) {
		ret = split_look(q);
		if (ret <= 0)
			return ret;
	}
	if (keel_virtq_read(q, at, &head, sizeof(head)))
		return -EIO;
	if (head >= s->size)
		return keel_virtq_break(q, KEEL_VIRTQ_BAD_HEAD);
	if (split_walk(q, chain, head))
		return -EIO;
	chain->id = head;
	chain->slots = 1;
	s->avail++;
	return 1;
}

/* Chains that were taken and not given back, nor are in the batch. */
static u16 split_taken(const struct keel_virtq *q)
{
	return q->s->avail - q->s->used - q->batch.chains;
}

/**
 * keel_split_put_back() - see keel_virtq_put_back().
 * @q: the queue
 *
 * Return: 0 or -EIO.
 */
int keel_split_put_back(struct keel_virtq *q)
{
	if (!split_taken(q))
		return keel_virtq_break(q, KEEL_VIRTQ_BAD_RETURN);
	q->s->avail--;
	return 0;
}

/* ---- Giving back ---- */

/**
 * keel_split_took() - can it have taken so many chains, and not given them back?
 * @q:      the queue
 * @chains: how many
 * @id:     head descriptor of the last one
 *
 * What is in the batch is given back.
 */
bool keel_split_took(const struct keel_virtq *q, u16 chains, u16 id)
{
	return split_taken(q) >= chains && id < q->s->size;
}

/**
 * keel_split_push() - give chains back.
 * @q:       the queue
 * @chains:  how many
 * @id:      the last one's
 * @written: bytes, in the last one
 *
 * The first one's element is that of the last one; the others' are left as they are (2.7.9).
 *
 * Return: 0 or -EIO.
 */
int keel_split_push(struct keel_virtq *q, u16 chains, u16 id, u32 written)
{
	struct keel_virtq_state *s = q->s;
	struct keel_split_used used = { .id = id, .len = written };
	u64 at = q->device + KEEL_USED_RING + (s->used & (s->size - 1)) * sizeof(used);
	u16 idx = s->used + chains;

	if (!keel_split_took(q, chains, id))
		return keel_virtq_break(q, KEEL_VIRTQ_BAD_RETURN);
	if (keel_virtq_write(q, at, &used, sizeof(used)))
		return -EIO;
	/* The element, and the chain's data, come before the index: see queue.c. */
	smp_wmb();
	if (keel_virtq_write(q, q->device + KEEL_USED_IDX, &idx, sizeof(idx)))
		return -EIO;
	/* All the way round since it was last asked: nothing to compare with any more. */
	if ((u16)(s->used - s->signalled) + chains > U16_MAX) {
		s->fresh = 1;
		s->signalled = idx - 1;
	}
	s->used = idx;
	return 0;
}

/* ---- Events ---- */

/**
 * keel_split_wants_interrupt() - see keel_virtq_wants_interrupt().
 * @q: the queue
 *
 * With EVENT_IDX: was the element that used_event names among those given back
 * (2.7.7.2)? Without: does the driver say that it wants none?
 */
bool keel_split_wants_interrupt(struct keel_virtq *q)
{
	const struct keel_virtq_state *s = q->s;
	u16 value;

	if (keel_virtq_read(q, q->driver + (q->event_idx ? KEEL_AVAIL_EVENT(s->size) :
					    KEEL_AVAIL_FLAGS), &value, sizeof(value)))
		return false;
	if (!q->event_idx)
		return !(value & VRING_AVAIL_F_NO_INTERRUPT);
	return s->fresh || (u16)(value - s->signalled) < (u16)(s->used - s->signalled);
}

/**
 * keel_split_notify_off() - see keel_virtq_notify_off().
 * @q: the queue
 *
 * With EVENT_IDX there is nothing to be done: avail_event names an entry that the
 * driver has passed, and it does not get there again for 65536 entries.
 */
void keel_split_notify_off(struct keel_virtq *q)
{
	u16 flags = VRING_USED_F_NO_NOTIFY;

	if (!q->event_idx)
		keel_virtq_write(q, q->device + KEEL_USED_FLAGS, &flags, sizeof(flags));
}

/**
 * keel_split_notify_on() - see keel_virtq_notify_on().
 * @q: the queue
 */
bool keel_split_notify_on(struct keel_virtq *q)
{
	const struct keel_virtq_state *s = q->s;
	u16 value = q->event_idx ? s->avail : 0;

	if (keel_virtq_write(q, q->device + (q->event_idx ? KEEL_USED_EVENT(s->size) :
					     KEEL_USED_FLAGS), &value, sizeof(value)))
		return true;
	/* The driver is asked before it is looked for chains: see queue.c. */
	smp_mb();
	return split_look(q);
}
