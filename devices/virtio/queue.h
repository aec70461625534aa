/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A virtqueue as the device sees it: takes chains of buffers off the driver's ring, and
 * puts them back as used. Split rings (VIRTIO 1.2, 2.7) and packed ones (2.8), behind the
 * same functions. Pure: the guest's memory is reached through struct keel_mem_ops, so
 * that the module, KUnit and the fuzzer run the same walker.
 *
 * A driver can have anything in its memory, and change it at any time. Everything is
 * copied once, then checked, then used. The first thing that is wrong retires the queue:
 * struct keel_virtq_state.broken says what, and it gives nothing more until it is reset.
 * Work is bounded by the queue's size for each chain.
 *
 * What has to survive is in struct keel_virtq_state alone: a walker that is started on a
 * copy of it goes on where the other one stopped. A batch is finished before (keel_virtq_flush()).
 *
 * Locking is the caller's: one thread at a time per queue.
 */
#ifndef KEEL_VIRTQ_H
#define KEEL_VIRTQ_H

#include "../board/dev.h"
#include "ring.h"

#define KEEL_VIRTQ_MAX_SIZE	256	/* and so the longest chain there can be */
#define KEEL_VIRTQ_MAX_BYTES	BIT_ULL(32)	/* in one chain (2.7.5.2) */
/* In one batch: a driver that polls does not wait for more, and what more would save is little. */
#define KEEL_VIRTQ_BATCH	16

/**
 * struct keel_mem_ops - the guest's memory.
 * @there: is [@addr, @addr + @len) all memory, in one piece? @len is not 0; a sum that
 *         wraps is not there
 * @read:  copy out of it; false: not all of it is there
 * @write: copy into it; false: not all of it is there, and some may be written
 *
 * @area:  where the host has [@addr, @addr + @len), once and for all; 0: not all of it is
 *         there. NULL: it is looked up again for each access
 * @load:  with @area: as @read, at what @area gave or at an offset to it
 * @store: with @area: as @write, the same
 *
 * 2, 4 or 8 bytes at an address that is a multiple of their number are read, and
 * written, in one access: indices and flags are not to be seen half-changed.
 */
struct keel_mem_ops {
	bool (*there)(void *ctx, u64 addr, u32 len);
	bool (*read)(void *ctx, u64 addr, void *to, u32 len);
	bool (*write)(void *ctx, u64 addr, const void *from, u32 len);
	u64 (*area)(void *ctx, u64 addr, u32 len);
	bool (*load)(void *ctx, u64 at, void *to, u32 len);
	bool (*store)(void *ctx, u64 at, const void *from, u32 len);
};

/**
 * struct keel_seg - one piece of a chain.
 * @addr: guest physical address
 * @len:  bytes; never 0
 */
struct keel_seg {
	u64 addr;
	u32 len;
};

/**
 * struct keel_chain - one request: what the device may read, then what it may write.
 * @id:      the driver's name for it: head descriptor (split), or buffer id (packed),
 *           which is any number
 * @slots:   of the ring that it occupies (packed); 1 for split
 * @nr_out:  segments that the device reads: the first ones of @segs
 * @nr_in:   segments that it writes: those behind
 * @out_len: bytes of the former
 * @in_len:  bytes of the latter
 * @table:   they were in an indirect table, all of them or the last ones
 * @segs:    all of them
 *
 * Descriptors of no bytes are no segments: see keel_virtq_next().
 */
struct keel_chain {
	u16 id;
	u16 slots;
	u16 nr_out;
	u16 nr_in;
	u64 out_len;
	u64 in_len;
	bool table;
	struct keel_seg segs[KEEL_VIRTQ_MAX_SIZE];
};

/**
 * struct keel_virtq_batch - chains that are given back as one (VIRTIO_F_IN_ORDER).
 * @chains:  how many; 0: there is no batch
 * @slots:   of the ring that they occupy (packed)
 * @id:      the last one's
 * @written: bytes, in the last one; the others were used completely
 */
struct keel_virtq_batch {
	u16 chains;
	u16 slots;
	u16 id;
	u32 written;
};

/**
 * struct keel_virtq - a queue that runs.
 * @mem:        the guest's memory
 * @ctx:        for @mem
 * @s:          what has to survive. It is the model's, and this one's as long as it runs
 * @features:   as negotiated: BIT_ULL(VIRTIO_F_*)
 * @packed:     from @features: the ring's format
 * @event_idx:  from @features
 * @indirect:   from @features
 * @desc:       where the descriptor area is, for @load and @store
 * @driver:     where the driver area is
 * @device:     where the device area is
 * @load:       reads from an area
 * @store:      writes to one
 * @ahead:      split: the driver's index as it was last seen
 * @batch:      chains that were given back, and that the driver does not see yet
 * @length:     descriptors of the chain that is being built
 * @table:      the indirect table of that chain, in either format
 * @table.split: as a split ring has it
 * @table.packed: as a packed ring has it
 * @chains:     taken, and not put back
 * @tables:     indirect tables among them
 * @returned:   chains given back
 * @batched:    of these, in batches of several
 * @interrupts: times that the driver wanted one
 * @suppressed: times that it did not
 * @broken:     times that the queue broke, by KEEL_VIRTQ_*
 *
 * Zeroed once by its owner; the counters go on when it is started again.
 */
struct keel_virtq {
	const struct keel_mem_ops *mem;
	void *ctx;
	struct keel_virtq_state *s;
	u64 features;
	bool packed;
	bool event_idx;
	bool indirect;
	u64 desc;
	u64 driver;
	u64 device;
	bool (*load)(void *ctx, u64 at, void *to, u32 len);
	bool (*store)(void *ctx, u64 at, const void *from, u32 len);
	u16 ahead;
	struct keel_virtq_batch batch;
	u16 length;
	u64 chains;
	u64 tables;
	u64 returned;
	u64 batched;
	u64 interrupts;
	u64 suppressed;
	u64 broken[KEEL_NR_VIRTQ_BROKEN];
	union {
		struct keel_split_desc split[KEEL_VIRTQ_MAX_SIZE];
		struct keel_packed_desc packed[KEEL_VIRTQ_MAX_SIZE];
	} table;
};

void keel_virtq_rewind(struct keel_virtq_state *s, u64 features);
bool keel_virtq_check(const struct keel_virtq_state *s, u64 features);
void keel_virtq_start(struct keel_virtq *q, const struct keel_mem_ops *mem, void *ctx,
		      struct keel_virtq_state *s, u64 features);
int keel_virtq_next(struct keel_virtq *q, struct keel_chain *chain);
int keel_virtq_put_back(struct keel_virtq *q, const struct keel_chain *chain);
int keel_virtq_push(struct keel_virtq *q, u16 id, u16 slots, u32 written);
int keel_virtq_gather(struct keel_virtq *q, u16 id, u16 slots, u32 written);
int keel_virtq_end_batch(struct keel_virtq *q);
bool keel_virtq_wants_interrupt(struct keel_virtq *q);
void keel_virtq_notify_off(struct keel_virtq *q);
bool keel_virtq_notify_on(struct keel_virtq *q);

/**
 * keel_virtq_flush() - let the driver see what was gathered.
 * @q: the queue
 *
 * Return: 0, or -EIO: the queue is broken.
 */
static inline int keel_virtq_flush(struct keel_virtq *q)
{
	if (q->s->broken)
		return -EIO;
	return q->batch.chains ? keel_virtq_end_batch(q) : 0;
}

#endif /* KEEL_VIRTQ_H */
