/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A virtqueue between a fake driver and the walker, driven like a transcript:
 *
 *	id = offer(OUT(BUF(0), 16), IN(BUF(1), 512));
 *	is(take(), 1);
 *	is(CHAIN->nr_in, 1);
 *	is(give(CHAIN, 512), 0);
 *	is(asks(), 1);
 *	is(reap().len, 512);
 *
 * Every verb expects a "struct kunit *test" in scope, for which vq_init() has been
 * called. The driver follows the standard, in either format; a test that writes the
 * rings by hand need not.
 *
 * Every test is a restore test: each call of the walker is repeated with a second
 * walker, which was just started on a copy of the state. The second walker looks up
 * its areas once, the first one at each access; both must return and write the same.
 * A test whose memory changes during a call calls vq_alone().
 */
#ifndef KEEL_VIRTQ_TEST_H
#define KEEL_VIRTQ_TEST_H

#include "harness.h"
#include "../devices/virtio/queue_mem.h"

/* Memory: two regions side by side, and a huge one without contents. */
#define VQ_BASE		0x10000ULL
#define VQ_BORDER	0x2e000ULL
#define VQ_END		0x30000ULL
#define VQ_HUGE		BIT_ULL(40)
#define VQ_HUGE_SIZE	BIT_ULL(36)

/* Where the driver has put its areas and buffers. */
#define VQ_DESC		0x10000ULL
#define VQ_DRIVER	0x11000ULL
#define VQ_DEVICE	0x12000ULL
#define VQ_TABLES	0x14000ULL	/* one after the other, for so many chains */
#define VQ_NR_TABLES	16
#define VQ_BUFFERS	0x24000ULL
#define BUF(n)		(VQ_BUFFERS + 0x100 * (n))

/* A buffer of a chain that the driver offers. */
struct vq_buf {
	u64 addr;
	u32 len;
	bool in;
};

#define OUT(a, n)	{ .addr = (a), .len = (n) }
#define IN(a, n)	{ .addr = (a), .len = (n), .in = true }

struct vq;

/**
 * struct vq_side - a walker, and its accesses to memory.
 * @v:      the queue that it walks
 * @q:      the walker
 * @s:      its state
 * @chain:  what it took last
 * @reads:  read accesses
 * @writes: write accesses
 * @looks:  lookups of memory
 * @hash:   of all writes of this call, in order
 */
struct vq_side {
	struct vq *v;
	struct keel_virtq q;
	struct keel_virtq_state s;
	struct keel_chain chain;
	unsigned int reads;
	unsigned int writes;
	unsigned int looks;
	u64 hash;
};

/**
 * struct vq - a driver, and the walker across from it.
 * @test:     to report failures to
 * @mem:      from VQ_BASE to VQ_END
 * @lost:     an address whose memory has gone away
 * @fail_at:  accesses of the walker until one fails; negative: none fails
 * @race:     called before each of the walker's accesses, as the driver's other CPU
 * @features: as negotiated
 * @walker:   [0] the walker, [1] the one that is started anew for each call
 * @alone:    there is no second walker
 * @size:     descriptors
 * @offered:  next chain to be offered: as keel_virtq_state.avail
 * @reaped:   next used chain to be reaped, likewise
 * @notified: value of @offered when it was last asked whether to notify
 * @free:     descriptors (split) or buffer ids (packed) that are free, a stack
 * @nr_free:  of them
 * @slots:    free slots of a packed ring
 * @next:     split: descriptor behind this one in its chain
 * @count:    descriptors of the chain with this head or id
 * @tables:   indirect tables written
 * @order:    heads or ids in the order in which they were offered: with IN_ORDER
 * @nr_order: of them; never more than there are descriptors
 */
struct vq {
	struct kunit *test;
	u8 *mem;
	u64 lost;
	int fail_at;
	void (*race)(struct vq *v);
	u64 features;
	struct vq_side walker[2];
	bool alone;
	u16 size;
	u16 offered;
	u16 reaped;
	u16 notified;
	u16 free[KEEL_VIRTQ_MAX_SIZE];
	u16 nr_free;
	u16 slots;
	u16 next[KEEL_VIRTQ_MAX_SIZE];
	u16 count[KEEL_VIRTQ_MAX_SIZE];
	unsigned int tables;
	u16 order[KEEL_VIRTQ_MAX_SIZE];
	unsigned int nr_order;
};

/* What the driver finds used; @found: anything at all; @chains: in a batch, with IN_ORDER. */
struct vq_used {
	bool found;
	u16 id;
	u32 len;
	unsigned int chains;
};

int vq_init(struct kunit *test, u64 features, unsigned int size);
void vq_rewind(struct vq *v, u64 features, unsigned int size);
void vq_start(struct vq *v);

/* The driver. */
u16 vq_offer(struct vq *v, const struct vq_buf *bufs, unsigned int nr, bool table);
bool vq_notifies(struct vq *v);
struct vq_used vq_reap(struct vq *v);
void vq_write(struct vq *v, u64 addr, u64 value, unsigned int len);
u64 vq_read(struct vq *v, u64 addr, unsigned int len);

/* Rings written by hand, which may be malformed. */
void vq_split_desc(struct vq *v, u64 table, unsigned int i, struct keel_split_desc desc);
void vq_split_avail(struct vq *v, u16 head);

/* The device. */
int vq_take(struct vq *v);
int vq_put_back(struct vq *v, const struct keel_chain *chain);
int vq_give(struct vq *v, u16 id, u16 slots, u32 written);
int vq_gather(struct vq *v, const struct keel_chain *chain, u32 written);
int vq_flush(struct vq *v);
int vq_give_chain(struct vq *v, const struct keel_chain *chain, u32 written);
bool vq_asks(struct vq *v);
void vq_off(struct vq *v);
bool vq_on(struct vq *v);
void vq_breaks(struct vq *v, unsigned int reason);
void vq_stays_broken(struct vq *v);
void vq_put_back_is_told(struct kunit *test);

#define V	((struct vq *)test->priv)
#define Q	(&V->walker[0].q)
#define S	(&V->walker[0].s)
#define CHAIN	(&V->walker[0].chain)

#define VQ_BUFS(...)	((const struct vq_buf[]) { __VA_ARGS__ })
#define VQ_NR(...)	(sizeof(VQ_BUFS(__VA_ARGS__)) / sizeof(struct vq_buf))
#define offer(...)	vq_offer(V, VQ_BUFS(__VA_ARGS__), VQ_NR(__VA_ARGS__), false)
#define offer_table(...) vq_offer(V, VQ_BUFS(__VA_ARGS__), VQ_NR(__VA_ARGS__), true)
#define notifies()	vq_notifies(V)
#define reap()		vq_reap(V)

#define take()		vq_take(V)
#define put_back(c)	vq_put_back(V, (c))
#define give(c, n)	vq_give_chain(V, (c), (n))
#define gather(c, n)	vq_gather(V, (c), (n))
#define flush()		vq_flush(V)
#define asks()		vq_asks(V)
#define notify_off()	vq_off(V)
#define notify_on()	vq_on(V)
#define stays_broken()	vq_stays_broken(V)
#define vq_alone()	(V->alone = true)

/* Memory by hand. */
#define vq_poke16(addr, v)	vq_write(V, (addr), (v), 2)
#define vq_poke32(addr, v)	vq_write(V, (addr), (v), 4)
#define vq_poke64(addr, v)	vq_write(V, (addr), (v), 8)
#define vq_peek16(addr)	vq_read(V, (addr), 2)
#define vq_peek32(addr)	vq_read(V, (addr), 4)
#define vq_peek64(addr)	vq_read(V, (addr), 8)

/* A split ring by hand: a descriptor of any table, and that one chain is available. */
#define split_desc(table, i, ...) \
	vq_split_desc(V, (table), (i), (struct keel_split_desc) { __VA_ARGS__ })
#define split_avail(head)	vq_split_avail(V, (head))

/* The walker's accesses to memory so far. */
#define READS	(V->walker[0].reads)
#define WRITES	(V->walker[0].writes)

/* The queue breaks at its next chain, for @reason, which is counted. */
#define breaks(reason)	vq_breaks(V, (reason))

#endif /* KEEL_VIRTQ_TEST_H */
