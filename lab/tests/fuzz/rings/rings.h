/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The virtqueue walker under libFuzzer. The input's first bytes choose the queue; the rest
 * are actions: of a driver that follows the standard, of one that writes anything into its
 * rings, now or between two accesses of the walker's, and of a device. After each of them
 * the checks of device.c must hold.
 *
 * As long as the driver follows the standard, every chain must be taken as it was offered,
 * in order, none is lost, and neither side ever waits for a notification that does not come. With
 * IN_ORDER, chains are given back in order, in batches as well, and a chain that the driver takes
 * for used completely was.
 */
#ifndef KEEL_FUZZ_RINGS_H
#define KEEL_FUZZ_RINGS_H

#include "../common.h"
#include "../../../../devices/virtio/queue_mem.h"

/* Memory: two regions side by side, and a huge one without contents. */
#define RINGS_BASE	0x1000ULL
#define RINGS_BORDER	0xa000ULL
#define RINGS_END	0xb000ULL
#define RINGS_HUGE	BIT_ULL(40)
#define RINGS_HUGE_SIZE	BIT_ULL(36)
#define RINGS_PAGE	0x1000

/* Where the driver has put its areas and buffers. */
#define RINGS_DESC	0x1000ULL
#define RINGS_DRIVER	0x2000ULL
#define RINGS_DEVICE	0x3000ULL
#define RINGS_TABLES	0x4000ULL
#define RINGS_BUFFERS	0x8000ULL

#define RINGS_NR_TABLES	256	/* of RINGS_CHAIN descriptors each */
#define RINGS_CHAIN	4	/* buffers that a driver's chain has at most */
#define RINGS_RACES	4

struct rings;

/**
 * struct rings_walker - a walker, and its accesses to memory.
 * @r:       the queue that it walks
 * @q:       the walker
 * @s:       its state
 * @chain:   what it took last
 * @reads:   accesses in this call
 * @writes:  accesses in this call
 * @looks:   questions in this call
 * @batch:   a batch began before this call: if that breaks the queue, it is given back
 * @hash:    of all writes of this call, in order
 * @there:   ranges confirmed to be memory in this call, in order
 * @nr_there: how many of these; not more than @there has room for
 */
struct rings_walker {
	struct rings *r;
	struct keel_virtq q;
	struct keel_virtq_state s;
	struct keel_chain chain;
	unsigned int reads;
	unsigned int writes;
	unsigned int looks;
	bool batch;
	u64 hash;
	struct keel_seg there[KEEL_VIRTQ_MAX_SIZE + 1];
	unsigned int nr_there;
};

/**
 * struct rings_oracle - the expected next chain.
 * @there:  a chain is available
 * @reason: KEEL_VIRTQ_*
 * @chain:  the chain, if it is valid; its sums are not filled in
 * @length: descriptors in it
 * @bytes:  of all its buffers
 */
struct rings_oracle {
	bool there;
	int reason;
	struct keel_chain chain;
	unsigned int length;
	u64 bytes;
};

/* A write of the driver's, due after some more accesses of the walker's. */
struct rings_race {
	unsigned int after;
	u64 addr;
	u64 value;
	unsigned int len;
};

/* A chain in flight: offered, taken, or given back; @last: of its batch. */
struct rings_request {
	u16 id;
	u16 slots;
	u32 written;
	struct keel_seg segs[RINGS_CHAIN];
	unsigned int nr_out;
	unsigned int nr;
	bool last;
};

/* First in, first out: never more than there are descriptors. */
struct rings_fifo {
	struct rings_request at[KEEL_VIRTQ_MAX_SIZE];
	unsigned int head;
	unsigned int nr;
};

/**
 * struct rings - an input, and the queue that it is run on.
 * @in:       the input
 * @mem:      from RINGS_BASE to RINGS_END
 * @lost:     a bit for each page that is not in memory
 * @races:    writes of the driver's that are due
 * @features: as negotiated
 * @walker:   the walker
 * @other:    one that is started on a copy of its state for one call
 * @oracle:   what the next chain has to be, for one call
 * @decent:   all actions follow the standard
 * @honest:   the driver has followed the standard so far
 * @forged:   the state was forged: @taken does not match it
 * @waiting:  the device waits to be notified
 * @broken:   the walker's counters of reasons
 * @size:     descriptors
 * @place:    driver: next chain to be offered, as keel_virtq_state.avail
 * @seen:     driver: next to be found used
 * @free:     driver: descriptors (split) or ids (packed) that are free, a stack
 * @nr_free:  of them
 * @slots:    driver: free slots of a packed ring
 * @next:     driver, split: descriptor behind this one in its chain
 * @count:    driver: descriptors of the chain with this head or id
 * @offered:  chains that the device has not taken
 * @taken:    that it has, in no order
 * @nr_taken: how many
 * @last:     the one that was taken last, as it was offered
 * @has_last: it can be put back: it is at the end of @taken
 * @gathered: given back in a batch that the driver does not see yet
 * @given:    that the driver has not found used
 */
struct rings {
	struct fuzz_input in;
	u8 *mem;
	u32 lost;
	struct rings_race races[RINGS_RACES];
	u64 features;
	struct rings_walker walker;
	struct rings_walker other;
	struct rings_oracle oracle;
	bool decent;
	bool honest;
	bool forged;
	bool waiting;
	u64 broken[KEEL_NR_VIRTQ_BROKEN];
	u16 size;
	u16 place;
	u16 seen;
	u16 free[KEEL_VIRTQ_MAX_SIZE];
	u16 nr_free;
	u16 slots;
	u16 next[KEEL_VIRTQ_MAX_SIZE];
	u16 count[KEEL_VIRTQ_MAX_SIZE];
	struct rings_fifo offered;
	struct rings_request taken[KEEL_VIRTQ_MAX_SIZE];
	unsigned int nr_taken;
	struct rings_request last;
	bool has_last;
	struct rings_fifo gathered;
	struct rings_fifo given;
};

static inline bool rings_has(const struct rings *r, unsigned int feature)
{
	return r->features >> feature & 1;
}

static inline bool rings_is_packed(const struct rings *r)
{
	return rings_has(r, VIRTIO_F_RING_PACKED);
}

/* memory.c */
extern const struct keel_mem_ops rings_mem;

bool rings_backed(const struct rings *r, u64 addr, u32 len);
bool rings_huge(u64 addr, u32 len);
void rings_put(struct rings *r, u64 addr, u64 value, unsigned int len);
u64 rings_get(const struct rings *r, u64 addr, unsigned int len);
bool rings_races(const struct rings *r);

/* driver.c */
void rings_fifo_put(struct rings_fifo *fifo, const struct rings_request *request);
void rings_fifo_unget(struct rings_fifo *fifo, const struct rings_request *request);
struct rings_request rings_fifo_get(struct rings_fifo *fifo);
void rings_driver_reset(struct rings *r);
void rings_offer(struct rings *r);
void rings_reap(struct rings *r);
void rings_event(struct rings *r);
u16 rings_step(const struct rings *r, u16 place, u16 slots);

/* wrong.c */
void rings_poke(struct rings *r);
void rings_race(struct rings *r);
void rings_descriptor(struct rings *r);
void rings_memory(struct rings *r);
void rings_forge(struct rings *r);

/* oracle.c */
void rings_predict(const struct rings *r, struct rings_oracle *o);
bool rings_can_run(const struct rings *r);
bool rings_can_return(const struct rings *r, u16 id, u16 slots);

/* device.c */
void rings_reset(struct rings *r);
void rings_restart(struct rings *r);
void rings_take(struct rings *r);
void rings_put_back(struct rings *r);
void rings_give(struct rings *r);
void rings_gather(struct rings *r);
void rings_flush(struct rings *r);
void rings_ask(struct rings *r);
void rings_off(struct rings *r);
void rings_on(struct rings *r);

#endif /* KEEL_FUZZ_RINGS_H */
