// SPDX-License-Identifier: GPL-2.0
/*
 * Virtqueues (VIRTIO 1.2, 2.6 to 2.8): the same functions for split and packed rings.
 *
 * Chains are given back in the order in which the device gives them; with VIRTIO_F_IN_ORDER
 * order.c makes that the right one. Then several can be given back as one (2.7.9, 2.8.9), of which
 * the driver is told the last one's id and length. It takes the others for used completely: only
 * chains that are so can wait in the batch for the next one (keel_virtq_gather()).
 *
 * Memory order. A fence here is one half of a pair, whose other half is the driver's:
 *	reading, after the index or the flags that make a chain available, before what
 *	they cover					(2.7.13.3, 2.8.21.1)
 *	writing, before the index or the flags that make one used, after what they cover
 *							(2.7.8.2, 2.8.15)
 *	full, between having given chains back and asking whether the driver waits for
 *	them: it says so and then looks for used ones. Else each could miss the
 *	other's word, and the driver sleeps for good	(2.7.14, 2.8.22)
 *	full, between asking to be notified and looking for chains: the same, the other
 *	way round					(2.7.13.4, 2.8.21.3)
 *
 * Not here: the vector, and telling the driver that a queue broke: that is the device's.
 */
#include <asm/barrier.h>

#include "packed.h"
#include "queue.h"
#include "queue_mem.h"
#include "split.h"

static_assert(sizeof(struct keel_virtq_state) == 48);
static_assert(sizeof(struct keel_split_desc) == KEEL_DESC_SIZE);
static_assert(sizeof(struct keel_packed_desc) == KEEL_DESC_SIZE);

/* ---- State ---- */

/**
 * keel_virtq_rewind() - a queue's indices as the driver expects them when it enables it.
 * @s:        the queue's state; addresses, size and vector stay as they are
 * @features: as negotiated
 */
void keel_virtq_rewind(struct keel_virtq_state *s, u64 features)
{
	u16 first = features & BIT_ULL(VIRTIO_F_RING_PACKED) ? KEEL_PACKED_WRAP : 0;

	s->avail = first;
	s->used = first;
	s->signalled = first;
	s->fresh = 1;
	s->partial = 0;
	s->broken = KEEL_VIRTQ_SOUND;
}

static bool virtq_sane(const struct keel_virtq_state *s, u64 features)
{
	if (!s->size || s->size > KEEL_VIRTQ_MAX_SIZE || s->desc % KEEL_DESC_ALIGN)
		return false;
	return features & BIT_ULL(VIRTIO_F_RING_PACKED) ? keel_packed_sane(s) : keel_split_sane(s);
}

/**
 * keel_virtq_check() - could a queue be in this state?
 * @s:        the state, from anywhere
 * @features: as negotiated
 *
 * A queue that is not enabled, or is broken, holds what the driver has written: it does
 * not run.
 */
bool keel_virtq_check(const struct keel_virtq_state *s, u64 features)
{
	if (s->size > KEEL_VIRTQ_MAX_SIZE || s->enabled > 1 || s->fresh > 1)
		return false;
	if (s->broken >= KEEL_NR_VIRTQ_BROKEN || s->pad[0] || s->pad[1] || s->pad[2] ||
	    s->pad2)
		return false;
	return !s->enabled || s->broken || virtq_sane(s, features);
}

/**
 * keel_virtq_start() - make a queue ready.
 * @q:        the queue
 * @mem:      the guest's memory
 * @ctx:      for @mem
 * @s:        its state: after keel_virtq_rewind(), or where another walker stopped.
 *            It stays in use until the queue is given up, by not using it any more
 * @features: as negotiated
 *
 * A queue that makes no sense, or is not in memory, is broken from the start.
 */
void keel_virtq_start(struct keel_virtq *q, const struct keel_mem_ops *mem, void *ctx,
		      struct keel_virtq_state *s, u64 features)
{
	q->mem = mem;
	q->ctx = ctx;
	q->load = mem->area ? mem->load : mem->read;
	q->store = mem->area ? mem->store : mem->write;
	q->s = s;
	q->features = features;
	q->packed = features & BIT_ULL(VIRTIO_F_RING_PACKED);
	q->event_idx = features & BIT_ULL(VIRTIO_RING_F_EVENT_IDX);
	q->indirect = features & BIT_ULL(VIRTIO_RING_F_INDIRECT_DESC);
	q->ahead = s->avail;
	q->batch = (struct keel_virtq_batch) {};
	if (s->broken)
		return;
	if (!virtq_sane(s, features) || !(q->packed ? keel_packed_there(q) : keel_split_there(q)))
		keel_virtq_break(q, KEEL_VIRTQ_BAD_RING);
}

/* ---- Chains ---- */

/* By value, since this is for each request. Return: 0, or -EIO: the queue is broken. */
static int virtq_give_back(struct keel_virtq *q, u16 chains, u16 slots, u16 id, u32 written)
{
	int ret = q->packed ? keel_packed_push(q, slots, id, written) :
			      keel_split_push(q, chains, id, written);

	if (!ret)
		q->returned += chains;
	return ret;
}

/* The batch, with these chains behind it, or none. Return: as virtq_give_back() */
static int virtq_give_batch(struct keel_virtq *q, u16 chains, u16 slots, u16 id, u32 written)
{
	int ret;

	chains += q->batch.chains;
	slots += q->batch.slots;
	q->batch = (struct keel_virtq_batch) {};
	ret = virtq_give_back(q, chains, slots, id, written);
	if (!ret && chains > 1)
		q->batched += chains;
	return ret;
}

/**
 * keel_virtq_end_batch() - let the driver see the batch.
 * @q: the queue; keel_virtq_flush() asks whether there is one
 *
 * Return: 0, or -EIO: the queue is broken.
 */
int keel_virtq_end_batch(struct keel_virtq *q)
{
	return virtq_give_batch(q, 0, 0, q->batch.id, q->batch.written);
}

/**
 * keel_virtq_next() - take the next chain.
 * @q:     the queue
 * @chain: where to
 *
 * The standard does not say that a buffer has any bytes. Some drivers have made such
 * that have none, and devices differ: some ignore them, some retire the queue. Here a
 * descriptor of no bytes counts towards the chain's length and is nothing else,
 * wherever it points to; a chain may be without any segment.
 *
 * If this one breaks the queue, those before it are still given back.
 *
 * Return: 1, 0: there is none now, or -EIO: the queue is broken.
 */
int keel_virtq_next(struct keel_virtq *q, struct keel_chain *chain)
{
	int ret;

	if (q->s->broken)
		return -EIO;
	chain->nr_out = 0;
	chain->nr_in = 0;
	chain->out_len = 0;
	chain->in_len = 0;
	chain->table = false;
	q->length = 0;
	ret = q->packed ? keel_packed_next(q, chain) : keel_split_next(q, chain);
	if (ret > 0) {
		q->chains++;
		q->tables += chain->table;
	} else if (ret < 0 && q->batch.chains) {
		keel_virtq_end_batch(q);
	}
	return ret;
}

/**
 * keel_virtq_put_back() - a chain was not taken after all.
 * @q:     the queue
 * @chain: what keel_virtq_next() gave last, and keel_virtq_push() was not given
 *
 * It is the next one again, and read anew. Nothing of this is there for the driver to see: if
 * it is to notify before the device looks again, it has to be asked, by keel_virtq_notify_on(),
 * which will say that there is a chain.
 *
 * Return: 0, or -EIO: the queue is broken.
 */
int keel_virtq_put_back(struct keel_virtq *q, const struct keel_chain *chain)
{
	if (q->s->broken)
		return -EIO;
	if (q->packed ? keel_packed_put_back(q, chain->slots) : keel_split_put_back(q))
		return -EIO;
	q->chains--;
	q->tables -= chain->table;
	return 0;
}

/* Of a batch. Return: 0, or -EIO: the chain was not taken, and the queue is broken. */
static int virtq_look_at_return(struct keel_virtq *q, u16 id, u16 slots)
{
	if (q->s->broken)
		return -EIO;
	if (q->packed ? keel_packed_took(q, slots) : keel_split_took(q, 1, id))
		return 0;
	return keel_virtq_break(q, KEEL_VIRTQ_BAD_RETURN);
}

/**
 * keel_virtq_push() - give a chain back.
 * @q:       the queue
 * @id:      the chain's
 * @slots:   the chain's
 * @written: bytes, from the first one that may be written on, that were (2.7.8.2)
 *
 * Everything that the caller has written to the chain's segments is there for the driver
 * before it sees the chain as used. It is the last of the batch, if there is one.
 *
 * Return: 0, or -EIO: the queue is broken.
 */
int keel_virtq_push(struct keel_virtq *q, u16 id, u16 slots, u32 written)
{
	if (q->s->broken)
		return -EIO;
	if (!q->batch.chains)
		return virtq_give_back(q, 1, slots, id, written);
	if (virtq_look_at_return(q, id, slots))
		return -EIO;
	return virtq_give_batch(q, 1, slots, id, written);
}

/**
 * keel_virtq_gather() - give a chain back, together with those that follow if that is possible.
 * @q:       the queue
 * @id:      the chain's
 * @slots:   the chain's
 * @written: bytes: all that there was to be written
 *
 * The driver sees it with the next chain that is pushed, or when it is asked whether it wants an
 * interrupt, or the queue breaks at its next chain. Without VIRTIO_F_IN_ORDER it sees it at once.
 *
 * Return: 0, or -EIO: the queue is broken.
 */
int keel_virtq_gather(struct keel_virtq *q, u16 id, u16 slots, u32 written)
{
	struct keel_virtq_batch *batch = &q->batch;

	if (!(q->features & BIT_ULL(VIRTIO_F_IN_ORDER)) || batch->chains + 1 == KEEL_VIRTQ_BATCH)
		return keel_virtq_push(q, id, slots, written);
	if (virtq_look_at_return(q, id, slots))
		return -EIO;
	batch->chains++;
	batch->slots += slots;
	batch->id = id;
	batch->written = written;
	return 0;
}

/* ---- Events ---- */

/**
 * keel_virtq_wants_interrupt() - after a batch of pushes: is the driver to be interrupted?
 * @q: the queue
 *
 * The answer is for all that was given back since the last time it was asked. False as
 * well if that is nothing, and for a broken queue.
 */
bool keel_virtq_wants_interrupt(struct keel_virtq *q)
{
	struct keel_virtq_state *s = q->s;
	bool wants;

	if (keel_virtq_flush(q) || s->used == s->signalled)
		return false;
	/* Used chains are there to be seen before it is asked: see the head comment. */
	smp_mb();
	wants = q->packed ? keel_packed_wants_interrupt(q) : keel_split_wants_interrupt(q);
	s->signalled = s->used;
	s->fresh = 0;
	if (wants)
		q->interrupts++;
	else
		q->suppressed++;
	return wants;
}

/**
 * keel_virtq_notify_off() - ask the driver not to notify: the queue is being looked at.
 * @q: the queue
 */
void keel_virtq_notify_off(struct keel_virtq *q)
{
	if (q->s->broken)
		return;
	if (q->packed)
		keel_packed_notify_off(q);
	else
		keel_split_notify_off(q);
}

/**
 * keel_virtq_notify_on() - ask the driver to notify again.
 * @q: the queue
 *
 * Return: true if there is a chain already, for which no notification may come, or if the
 * queue has broken just now: look once more.
 */
bool keel_virtq_notify_on(struct keel_virtq *q)
{
	if (q->s->broken)
		return false;
	return q->packed ? keel_packed_notify_on(q) : keel_split_notify_on(q);
}
