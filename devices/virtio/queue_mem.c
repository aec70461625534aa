// SPDX-License-Identifier: GPL-2.0
/*
 * A queue's memory, for both formats: its areas, and the buffers of a chain.
 *
 * Chains are built here, buffer by buffer, under the same rules for both: what may be
 * read comes first, every buffer is memory, there are no more of them than the queue
 * has descriptors, and they make 4 GiB at most.
 */
#include "queue_mem.h"

/**
 * keel_virtq_break() - retire a queue.
 * @q:      the queue
 * @reason: KEEL_VIRTQ_*; that of a queue which is broken already stays
 *
 * Return: -EIO.
 */
int keel_virtq_break(struct keel_virtq *q, unsigned int reason)
{
	if (!q->s->broken) {
		q->s->broken = reason;
		q->broken[reason]++;
	}
	return -EIO;
}

/**
 * keel_virtq_area() - find one of a queue's areas.
 * @q:    the queue
 * @addr: guest physical address
 * @len:  bytes
 * @at:   out: where it is, for keel_virtq_read() and keel_virtq_write()
 *
 * Return: false: not all of it is memory.
 */
bool keel_virtq_area(const struct keel_virtq *q, u64 addr, u32 len, u64 *at)
{
	if (!q->mem->area) {
		*at = addr;
		return q->mem->there(q->ctx, addr, len);
	}
	*at = q->mem->area(q->ctx, addr, len);
	return *at;
}

/**
 * keel_virtq_add() - add a descriptor's buffer to the chain that is being built.
 * @q:     the queue
 * @chain: the chain
 * @addr:  guest physical address
 * @len:   bytes
 * @in:    for the device to write
 *
 * Return: 0, or -EIO: the queue is broken.
 */
int keel_virtq_add(struct keel_virtq *q, struct keel_chain *chain, u64 addr, u32 len, bool in)
{
	struct keel_seg *seg = &chain->segs[chain->nr_out + chain->nr_in];

	if (++q->length > q->s->size)
		return keel_virtq_break(q, KEEL_VIRTQ_LOOP);
	if (!len)
		return 0;
	if (!in && chain->nr_in)
		return keel_virtq_break(q, KEEL_VIRTQ_BAD_ORDER);
	if (!q->mem->there(q->ctx, addr, len))
		return keel_virtq_break(q, KEEL_VIRTQ_BAD_BUFFER);
	if (chain->out_len + chain->in_len + len > KEEL_VIRTQ_MAX_BYTES)
		return keel_virtq_break(q, KEEL_VIRTQ_TOO_LONG);
	seg->addr = addr;
	seg->len = len;
	if (in) {
		chain->nr_in++;
		chain->in_len += len;
	} else {
		chain->nr_out++;
		chain->out_len += len;
	}
	return 0;
}

/**
 * keel_virtq_fetch_table() - copy an indirect table to where the driver cannot change it.
 * @q:     the queue; q->table is filled
 * @chain: the chain that is being built
 * @addr:  guest physical address, from the descriptor that refers to it
 * @len:   bytes, from there as well
 *
 * It is no longer than the longest chain, so that it is copied at once (2.7.5.3.1).
 *
 * Return: descriptors in it, or -EIO: the queue is broken.
 */
int keel_virtq_fetch_table(struct keel_virtq *q, struct keel_chain *chain, u64 addr, u32 len)
{
	u32 nr = len / KEEL_DESC_SIZE;

	if (!q->indirect || !nr || len % KEEL_DESC_SIZE || nr > q->s->size)
		return keel_virtq_break(q, KEEL_VIRTQ_BAD_INDIRECT);
	if (!q->mem->read(q->ctx, addr, &q->table, len))
		return keel_virtq_break(q, KEEL_VIRTQ_BAD_INDIRECT);
	chain->table = true;
	return nr;
}
