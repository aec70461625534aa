/* SPDX-License-Identifier: GPL-2.0 */
/* The memory of a queue that runs, and retiring one whose memory makes no sense: queue_mem.c. */
#ifndef KEEL_VIRTIO_QUEUE_MEM_H
#define KEEL_VIRTIO_QUEUE_MEM_H

#include "queue.h"

int keel_virtq_break(struct keel_virtq *q, unsigned int reason);
int keel_virtq_add(struct keel_virtq *q, struct keel_chain *chain, u64 addr, u32 len, bool in);
int keel_virtq_fetch_table(struct keel_virtq *q, struct keel_chain *chain, u64 addr, u32 len);

bool keel_virtq_area(const struct keel_virtq *q, u64 addr, u32 len, u64 *at);

/**
 * keel_virtq_read() - read from one of the queue's areas.
 * @q:    the queue
 * @at:   where: @q->desc, @driver or @device, and an offset
 * @to:   @len bytes
 * @len:  how many
 *
 * Return: 0, or -EIO: the area is not there, and the queue is broken.
 */
static inline int keel_virtq_read(struct keel_virtq *q, u64 at, void *to, u32 len)
{
	if (q->load(q->ctx, at, to, len))
		return 0;
	return keel_virtq_break(q, KEEL_VIRTQ_BAD_RING);
}

/**
 * keel_virtq_write() - write to one of the queue's areas.
 * @q:    the queue
 * @at:   where: as for keel_virtq_read()
 * @from: @len bytes
 * @len:  how many
 *
 * Return: 0, or -EIO: the area is not there, and the queue is broken.
 */
static inline int keel_virtq_write(struct keel_virtq *q, u64 at, const void *from, u32 len)
{
	if (q->store(q->ctx, at, from, len))
		return 0;
	return keel_virtq_break(q, KEEL_VIRTQ_BAD_RING);
}

#endif /* KEEL_VIRTIO_QUEUE_MEM_H */
