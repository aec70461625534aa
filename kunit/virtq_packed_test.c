// SPDX-License-Identifier: GPL-2.0
/* Transcripts for devices/virtio/packed.c; virtq_split_test.c tests what both formats share. */
#include "virtq_test.h"

#define SIZE		12	/* no power of two */
#define PACKED		BIT_ULL(VIRTIO_F_RING_PACKED)
#define INDIRECT	BIT_ULL(VIRTIO_RING_F_INDIRECT_DESC)
#define EVENT_IDX	BIT_ULL(VIRTIO_RING_F_EVENT_IDX)

#define NEXT		VRING_DESC_F_NEXT
#define WRITABLE	VRING_DESC_F_WRITE
#define TABLE		VRING_DESC_F_INDIRECT
#define AVAIL		0x80
#define USED		0x8000
#define WRAP		0x8000

/* Where things are. */
#define DESC(slot)	(VQ_DESC + 16 * (slot))
#define LEN(slot)	(DESC(slot) + 8)
#define ID(slot)	(DESC(slot) + 12)
#define FLAGS(slot)	(DESC(slot) + 14)
#define DRIVER_EVENT	VQ_DRIVER
#define DRIVER_FLAGS	(VQ_DRIVER + 2)
#define DEVICE_EVENT	VQ_DEVICE
#define DEVICE_FLAGS	(VQ_DEVICE + 2)

#define DISABLE		VRING_PACKED_EVENT_FLAG_DISABLE
#define AT_DESC		VRING_PACKED_EVENT_FLAG_DESC

/* A descriptor by hand, of the ring or of a table. */
static void packed_desc_at(struct kunit *test, u64 ring, unsigned int i, u64 addr, u32 len, u16 id,
			   u16 flags)
{
	vq_poke64(ring + 16 * i, addr);
	vq_poke32(ring + 16 * i + 8, len);
	vq_poke16(ring + 16 * i + 12, id);
	vq_poke16(ring + 16 * i + 14, flags);
}

#define desc(i, addr, len, id, flags) \
	packed_desc_at(test, VQ_DESC, (i), (addr), (len), (id), (flags))
#define entry(i, addr, len, flags) \
	packed_desc_at(test, VQ_TABLES, (i), (addr), (len), 0xbad, (flags))

/* Resets the queue, with other features. */
#define again(features)		vq_rewind(V, PACKED | (features), SIZE)

/* ---- Chains ---- */

static void packed_nothing_there(struct kunit *test)
{
	static const u16 flags[] = { 0, USED, AVAIL | USED, 0x7fff & ~AVAIL, 0xffff };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		again(0);
		desc(0, BUF(0), 1, 0, flags[i]);
		is(take(), 0);
		is(S->broken, 0);
		is(WRITES, 0);
	}
	desc(0, BUF(0), 1, 0, AVAIL);
	is(take(), 1);
}

static void packed_check_request(struct kunit *test)
{
	unsigned int i;

	is(take(), 1);
	is(CHAIN->nr_out, 2);
	is(CHAIN->nr_in, 3);
	is(CHAIN->out_len, 1 + 2);
	is(CHAIN->in_len, 3 + 4 + 5);
	for (i = 0; i < 5; i++) {
		is(CHAIN->segs[i].addr, BUF(9 - i));
		is(CHAIN->segs[i].len, i + 1);
	}
	is(take(), 0);
}

static void packed_out_then_in(struct kunit *test)
{
	u16 id = offer(OUT(BUF(9), 1), OUT(BUF(8), 2), IN(BUF(7), 3), IN(BUF(6), 4), IN(BUF(5), 5));

	packed_check_request(test);
	is(CHAIN->id, id);
	is(CHAIN->slots, 5);
	is(S->avail, WRAP | 5);
	is(Q->chains, 1);
}

static void packed_in_a_table(struct kunit *test)
{
	u16 id;

	again(INDIRECT);
	id = offer_table(OUT(BUF(9), 1), OUT(BUF(8), 2), IN(BUF(7), 3), IN(BUF(6), 4),
			 IN(BUF(5), 5));
	packed_check_request(test);
	is(CHAIN->id, id);
	is(CHAIN->slots, 1);
	is(S->avail, WRAP | 1);
	is(Q->tables, 1);
}

/* A table entry's only flag is WRITE; the referring descriptor's WRITE is ignored. */
static void packed_flags_in_a_table(struct kunit *test)
{
	again(INDIRECT);
	desc(0, VQ_TABLES, 3 * 16, 7, TABLE | WRITABLE | AVAIL);
	entry(0, BUF(0), 1, 0);
	entry(1, BUF(1), 2, (u16)~WRITABLE);
	entry(2, BUF(2), 3, WRITABLE);
	is(take(), 1);
	is(CHAIN->id, 7);
	is(CHAIN->nr_out, 2);
	is(CHAIN->nr_in, 1);
}

/* A chain's id is its last descriptor's, and may be any number. */
static void packed_id_of_the_last(struct kunit *test)
{
	desc(0, BUF(0), 1, 1, NEXT | AVAIL);
	desc(1, BUF(0), 1, 2, NEXT | AVAIL);
	desc(2, BUF(0), 1, 0xfff0, AVAIL);
	is(take(), 1);
	is(CHAIN->id, 0xfff0);
	is(give(CHAIN, 0), 0);
	is(vq_peek16(ID(0)), 0xfff0);
	is(vq_peek16(ID(1)), 2);
}

static void packed_longest_chain(struct kunit *test)
{
	struct vq_buf bufs[SIZE];
	unsigned int i, round;

	for (i = 0; i < SIZE; i++)
		bufs[i] = (struct vq_buf) { BUF(i), i + 1, i >= 5 };
	for (round = 0; round < 3; round++) {
		vq_offer(V, bufs, SIZE, false);
		is(take(), 1);
		is(CHAIN->slots, SIZE);
		is(CHAIN->nr_in, SIZE - 5);
		is(CHAIN->segs[SIZE - 1].len, SIZE);
		is(take(), 0);
		is(give(CHAIN, 1), 0);
		is(reap().found, 1);
	}
}

/* ---- Wrap counters ---- */

static void packed_counters_wrap(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < 5 * SIZE; i++) {
		u16 id = offer(IN(BUF(0), 1 + i));
		bool wrap = i / SIZE % 2 == 0;

		is(S->avail, i % SIZE | (wrap ? WRAP : 0));
		is(take(), 1);
		is(CHAIN->in_len, 1 + i);
		is(take(), 0);
		is(give(CHAIN, 1), 0);
		is(vq_peek16(FLAGS(i % SIZE)), WRITABLE | (wrap ? AVAIL | USED : 0));
		is(reap().id, id);
		is(reap().found, 0);
	}
}

/* Chains of every length, at every slot: some go on at the ring's start. */
static void packed_chains_wrap(struct kunit *test)
{
	unsigned int i, nr, n = 0, bad = 0;
	struct vq_buf bufs[SIZE];

	for (i = 0; i < 1000; i++) {
		u16 id;

		nr = 1 + i * 7 % SIZE;
		for (n = 0; n < nr; n++)
			bufs[n] = (struct vq_buf) { BUF(n), 1 + i, true };
		id = vq_offer(V, bufs, nr, false);
		bad += take() != 1 || CHAIN->id != id || CHAIN->slots != nr;
		bad += CHAIN->in_len != (u64)nr * (1 + i);
		bad += take() != 0;
		bad += give(CHAIN, i) != 0;
		bad += reap().len != i;
	}
	is(bad, 0);
	is(S->broken, 0);
}

/* ---- Putting back ---- */

/* Chains of every length, at every slot, for both wraps, with and without others in flight. */
static void packed_put_back_is_next_again(struct kunit *test)
{
	struct vq_buf bufs[SIZE];
	unsigned int i, n, bad = 0;

	for (i = 0; i < 1000; i++) {
		unsigned int nr = 1 + i * 7 % (SIZE - 1);
		u16 other = 0, id, at;

		if (i % 2) {
			other = offer(IN(BUF(0), 1));
			bad += take() != 1;
		}
		at = S->avail;
		for (n = 0; n < nr; n++)
			bufs[n] = (struct vq_buf) { BUF(n), 1 + i, true };
		id = vq_offer(V, bufs, nr, false);
		bad += take() != 1 || CHAIN->slots != nr;
		bad += put_back(CHAIN) || S->avail != at;
		if (i % 2)
			bad += vq_give(V, other, 1, 1) || reap().id != other;
		bad += take() != 1 || CHAIN->id != id || CHAIN->slots != nr;
		bad += take() != 0;
		bad += give(CHAIN, i) != 0 || reap().len != i;
	}
	is(bad, 0);
	is(Q->chains, 1500);
	is(S->broken, 0);
}

/* The longest chain goes back by a whole round. */
static void packed_put_back_a_full_ring(struct kunit *test)
{
	struct vq_buf bufs[SIZE];
	unsigned int i;

	for (i = 0; i < SIZE; i++)
		bufs[i] = (struct vq_buf) { BUF(i), 1, true };
	for (i = 0; i < 2; i++) {
		u16 at = S->avail;

		vq_offer(V, bufs, SIZE, false);
		is(take(), 1);
		is(put_back(CHAIN), 0);
		is(S->avail, at);
		is(take(), 1);
		is(take(), 0);
		is(give(CHAIN, 1), 0);
		is(reap().found, 1);
	}
}

static void packed_put_back_a_table(struct kunit *test)
{
	again(INDIRECT);
	offer_table(OUT(BUF(0), 1), IN(BUF(1), 2));
	is(take(), 1);
	is(Q->tables, 1);
	is(put_back(CHAIN), 0);
	is(Q->tables, 0);
	is(Q->chains, 0);
	is(WRITES, 0);
	is(take(), 1);
	is(CHAIN->in_len, 2);
}

/* Only a chain that was taken can be put back, and with no more slots than it took. */
static void packed_put_back_of_too_much(struct kunit *test)
{
	offer(IN(BUF(0), 1));
	is(put_back(CHAIN), -EIO);
	is(S->broken, KEEL_VIRTQ_BAD_RETURN);
	stays_broken();

	again(0);
	offer(IN(BUF(0), 1));
	is(take(), 1);
	CHAIN->slots = 2;
	is(put_back(CHAIN), -EIO);
	is(S->avail, WRAP | 1);
}

static void packed_put_back_and_notifications(struct kunit *test)
{
	static const u64 features[] = { 0, EVENT_IDX };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(features); i++) {
		again(features[i]);
		vq_put_back_is_told(test);
	}
}

static void packed_full_ring(struct kunit *test)
{
	unsigned int round, i;

	for (round = 0; round < 3 * SIZE; round++) {
		u16 id[SIZE];
		unsigned int nr = SIZE - round % 3;

		for (i = 0; i < nr; i++)
			id[i] = offer(IN(BUF(i), 1));
		for (i = 0; i < nr; i++) {
			is(take(), 1);
			is(CHAIN->id, id[i]);
		}
		is(take(), 0);
		for (i = 0; i < nr; i++)
			is(vq_give(V, id[nr - 1 - i], 1, i), 0);
		for (i = 0; i < nr; i++) {
			struct vq_used used = reap();

			is(used.id, id[nr - 1 - i]);
			is(used.len, i);
		}
		is(reap().found, 0);
	}
}

/* A chain of one slot is given back before one of three that was taken earlier. */
static void packed_out_of_order(struct kunit *test)
{
	u16 three = offer(OUT(BUF(0), 1), OUT(BUF(1), 1), IN(BUF(2), 1));
	u16 one = offer(IN(BUF(3), 1));

	is(take(), 1);
	is(take(), 1);
	is(vq_give(V, one, 1, 9), 0);
	is(vq_peek16(ID(0)), one);
	is(S->used, WRAP | 1);
	is(reap().id, one);
	is(vq_give(V, three, 3, 8), 0);
	is(vq_peek16(ID(1)), three);
	is(S->used, WRAP | 4);
	is(reap().id, three);
	is(S->used, S->avail);
}

static void packed_in_order(struct kunit *test)
{
	u16 id[SIZE / 2];
	unsigned int i;

	again(BIT_ULL(VIRTIO_F_IN_ORDER));
	for (i = 0; i < SIZE / 2; i++)
		id[i] = offer(OUT(BUF(i), 1), IN(BUF(i), 1));
	for (i = 0; i < SIZE / 2; i++) {
		is(take(), 1);
		is(give(CHAIN, 1), 0);
		is(vq_peek16(ID(2 * i)), id[i]);
	}
	for (i = 0; i < SIZE / 2; i++)
		is(reap().id, id[i]);
}

/* The length is written if the chain has a writable buffer; the address is not touched. */
static void packed_used_descriptor(struct kunit *test)
{
	offer(IN(BUF(0), 64));
	offer(IN(BUF(1), 64));
	is(take(), 1);
	is(give(CHAIN, 33), 0);
	is(vq_peek32(LEN(0)), 33);
	is(vq_peek16(FLAGS(0)), AVAIL | USED | WRITABLE);
	is(vq_peek64(DESC(0)), BUF(0));
	is(take(), 1);
	is(give(CHAIN, 0), 0);
	is(vq_peek16(FLAGS(1)), AVAIL | USED);
	is(WRITES, 2);
}

static void packed_gives_back_what_it_took(struct kunit *test)
{
	offer(OUT(BUF(0), 1), OUT(BUF(1), 1), OUT(BUF(2), 1));
	is(vq_give(V, 0, 1, 0), -EIO);
	is(S->broken, KEEL_VIRTQ_BAD_RETURN);

	again(0);
	offer(OUT(BUF(0), 1), OUT(BUF(1), 1), OUT(BUF(2), 1));
	is(take(), 1);
	is(vq_give(V, 0, 4, 0), -EIO);
	is(S->broken, KEEL_VIRTQ_BAD_RETURN);

	again(0);
	offer(OUT(BUF(0), 1));
	is(take(), 1);
	is(asks(), 0);
	is(vq_give(V, 0, 0, 0), -EIO);
	is(S->broken, KEEL_VIRTQ_BAD_RETURN);
	is(WRITES, 0);
	is(Q->returned, 0);
}

/* ---- Interrupts ---- */

static void packed_give_one(struct kunit *test)
{
	offer(IN(BUF(0), 1));
	is(take(), 1);
	is(give(CHAIN, 0), 0);
	is(reap().found, 1);
}

static void packed_flags_suppress_interrupts(struct kunit *test)
{
	static const struct {
		u16 flags;
		bool wants;
	} cases[] = {
		{ 0, true }, { DISABLE, false }, { AT_DESC, true }, { 3, true },
		{ 0xfffc, true }, { 0xfffc | DISABLE, false },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		packed_give_one(test);
		vq_poke16(DRIVER_EVENT, 5);
		vq_poke16(DRIVER_FLAGS, cases[i].flags);
		is(asks(), cases[i].wants);
		is(asks(), 0);		/* nothing was given back since */
	}
	is(Q->interrupts, 4);
	is(Q->suppressed, 2);
}

static void packed_serve(struct kunit *test, unsigned int nr, unsigned int slots)
{
	struct vq_buf bufs[SIZE];
	unsigned int i, bad = 0;

	for (i = 0; i < slots; i++)
		bufs[i] = (struct vq_buf) { BUF(i), 1 };
	for (i = 0; i < nr; i++) {
		vq_offer(V, bufs, slots, false);
		bad += take() != 1;
		bad += give(CHAIN, 0) != 0;
		bad += !reap().found;
	}
	is(bad, 0);
}

/* The place that is @distance slots behind or ahead of another one. */
static u16 packed_place(u16 place, int distance)
{
	int at = (place & ~WRAP) + (place & WRAP ? 0 : SIZE) + distance;

	at = (at + 4 * SIZE) % (2 * SIZE);
	return at < SIZE ? at | WRAP : at - SIZE;
}

/* Every slot, event distance, batch size, and chains of 1 to 3 slots. */
static void packed_event_at_every_distance(struct kunit *test)
{
	int batch, slots, distance;

	for (slots = 1; slots <= 3; slots++) {
		for (batch = 1; batch <= SIZE / slots; batch++) {
			again(EVENT_IDX);
			vq_poke16(DRIVER_FLAGS, AT_DESC);
			packed_serve(test, 1, 1);
			is(asks(), 1);		/* the first answer is always yes */
			for (distance = -SIZE; distance < SIZE; distance++) {
				vq_poke16(DRIVER_EVENT, packed_place(S->used, distance));
				packed_serve(test, batch, slots);
				is(asks(), distance >= 0 && distance < batch * slots);
			}
		}
	}
}

static void packed_event_that_is_none(struct kunit *test)
{
	again(EVENT_IDX);
	packed_give_one(test);
	is(asks(), 1);
	vq_poke16(DRIVER_FLAGS, AT_DESC);
	vq_poke16(DRIVER_EVENT, SIZE);
	packed_give_one(test);
	is(asks(), 1);
	vq_poke16(DRIVER_EVENT, 0x7fff);
	packed_give_one(test);
	is(asks(), 1);
	vq_poke16(DRIVER_FLAGS, DISABLE);
	packed_give_one(test);
	is(asks(), 0);
	vq_poke16(DRIVER_FLAGS, 0);
	packed_give_one(test);
	is(asks(), 1);
}

/* asks() is not called for up to two rounds, and chains jump over the place of its last call. */
static void packed_event_not_asked(struct kunit *test)
{
	unsigned int slots, all;

	for (slots = 1; slots <= 5; slots++) {
		for (all = 1; all <= 3 * SIZE; all++) {
			again(EVENT_IDX);
			vq_poke16(DRIVER_FLAGS, AT_DESC);
			packed_serve(test, 1, 1);
			is(asks(), 1);
			vq_poke16(DRIVER_EVENT, packed_place(S->used, -1));
			packed_serve(test, all, slots);
			is(S->fresh, all * slots >= 2 * SIZE);
			is(asks(), all * slots >= 2 * SIZE);
		}
	}
}

/* ---- Notifications ---- */

static void packed_flags_suppress_notifications(struct kunit *test)
{
	offer(OUT(BUF(0), 1));
	is(notifies(), 1);
	notify_off();
	is(vq_peek16(DEVICE_FLAGS), DISABLE);
	offer(OUT(BUF(0), 1));
	is(notifies(), 0);
	is(notify_on(), 1);		/* a chain is available: take() again */
	is(vq_peek32(DEVICE_EVENT), 0);
	is(take(), 1);
	is(take(), 1);
	is(notify_on(), 0);
	offer(OUT(BUF(0), 1));
	is(notifies(), 1);
}

static void packed_event_suppresses_notifications(struct kunit *test)
{
	unsigned int round, i;

	again(EVENT_IDX);
	is(notify_on(), 0);
	for (round = 0; round < 100; round++) {
		for (i = 0; i < 1 + round % SIZE; i++) {
			offer(OUT(BUF(0), 1));
			is(notifies(), i == 0);
		}
		notify_off();
		is(vq_peek16(DEVICE_FLAGS), DISABLE);
		while (take())
			is(give(CHAIN, 0), 0);
		while (reap().found)
			;
		offer(OUT(BUF(0), 1), OUT(BUF(0), 1));
		is(notifies(), 0);
		is(notify_on(), 1);
		is(take(), 1);
		is(give(CHAIN, 0), 0);
		is(reap().found, 1);
		is(notify_on(), 0);
		is(vq_peek16(DEVICE_EVENT), S->avail);
		is(vq_peek16(DEVICE_FLAGS), AT_DESC);
	}
}

/* The event follows the chains taken, not those given back. */
static void packed_event_while_chains_are_taken(struct kunit *test)
{
	again(EVENT_IDX);
	offer(OUT(BUF(0), 1), OUT(BUF(1), 1));
	is(take(), 1);
	is(notify_on(), 0);
	is(vq_peek16(DEVICE_EVENT), WRAP | 2);
	notifies();
	offer(OUT(BUF(0), 1));
	is(notifies(), 1);
}

/* ---- What it costs ---- */

static void packed_counts_accesses(struct kunit *test)
{
	vq_alone();
	again(INDIRECT | EVENT_IDX);
	offer(OUT(BUF(0), 16), IN(BUF(1), 512), IN(BUF(2), 1));
	offer_table(OUT(BUF(0), 16), IN(BUF(1), 512), IN(BUF(2), 1));
	is(take(), 1);
	is(READS, 2 + 2);		/* flags, the rest, two more */
	is(take(), 1);
	is(READS, 4 + 2 + 1);		/* and the table */
	is(take(), 0);
	is(READS, 7 + 1);
	is(vq_give(V, 0, 3, 0), 0);
	is(WRITES, 1);
	is(asks(), 1);
	is(READS, 8 + 1);
	notify_off();
	is(WRITES, 2);
	is(notify_on(), 0);
	is(WRITES, 3);
	is(READS, 9 + 1);
}

/* ---- Malformed rings ---- */

static void packed_longer_than_the_queue(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < SIZE; i++)
		desc(i, BUF(0), 1, 0, NEXT | AVAIL);
	breaks(KEEL_VIRTQ_LOOP);
	is(READS, 2 + SIZE - 1);

	again(0);		/* and on an empty ring */
	for (i = 0; i < SIZE; i++)
		desc(i, 0, 0, 0, NEXT | AVAIL);
	breaks(KEEL_VIRTQ_LOOP);
}

/* What the device has taken and not given back takes its slots. */
static void packed_more_than_the_ring_holds(struct kunit *test)
{
	unsigned int i;

	offer(OUT(BUF(0), 1), OUT(BUF(1), 1));
	is(take(), 1);
	for (i = 2; i < SIZE; i++)
		desc(i, BUF(0), 1, 0, NEXT | AVAIL);
	breaks(KEEL_VIRTQ_BAD_AVAIL);

	again(0);
	for (i = 0; i < SIZE; i++)
		offer(OUT(BUF(0), 1));
	for (i = 0; i < SIZE; i++)
		is(take(), 1);
	is(take(), 0);
	desc(0, BUF(0), 1, 0, USED);	/* available in the next round */
	breaks(KEEL_VIRTQ_BAD_AVAIL);
	stays_broken();
}

static void packed_out_behind_in(struct kunit *test)
{
	desc(0, BUF(0), 1, 0, NEXT | WRITABLE | AVAIL);
	desc(1, BUF(0), 1, 0, AVAIL);
	breaks(KEEL_VIRTQ_BAD_ORDER);

	again(INDIRECT);
	desc(0, VQ_TABLES, 2 * 16, 0, TABLE | AVAIL);
	entry(0, BUF(0), 1, WRITABLE);
	entry(1, BUF(0), 1, 0);
	breaks(KEEL_VIRTQ_BAD_ORDER);
	is(S->avail, WRAP);
}

static void packed_buffers_not_in_memory(struct kunit *test)
{
	desc(0, VQ_BORDER - 1, 2, 0, AVAIL);
	breaks(KEEL_VIRTQ_BAD_BUFFER);
	again(0);
	desc(0, VQ_END, 1, 0, AVAIL);
	breaks(KEEL_VIRTQ_BAD_BUFFER);
	again(0);
	desc(0, ~0ULL, 2, 0, AVAIL | WRITABLE);
	breaks(KEEL_VIRTQ_BAD_BUFFER);
	again(0);
	desc(0, VQ_HUGE, 0xffffffff, 0, AVAIL | NEXT);
	desc(1, VQ_HUGE, 2, 0, AVAIL);
	breaks(KEEL_VIRTQ_TOO_LONG);
}

static void packed_bad_table(struct kunit *test, u64 features, u64 addr, u32 len, u16 flags)
{
	again(features);
	desc(0, addr, len, 0, TABLE | AVAIL | flags);
	desc(1, BUF(0), 1, 0, AVAIL);
	entry(0, BUF(0), 1, 0);
}

static void packed_bad_tables(struct kunit *test)
{
	packed_bad_table(test, 0, VQ_TABLES, 16, 0);
	breaks(KEEL_VIRTQ_BAD_INDIRECT);
	packed_bad_table(test, INDIRECT, VQ_TABLES, 16, NEXT);
	breaks(KEEL_VIRTQ_BAD_INDIRECT);
	packed_bad_table(test, INDIRECT, VQ_TABLES, 0, 0);
	breaks(KEEL_VIRTQ_BAD_INDIRECT);
	packed_bad_table(test, INDIRECT, VQ_TABLES, 24, 0);
	breaks(KEEL_VIRTQ_BAD_INDIRECT);
	packed_bad_table(test, INDIRECT, VQ_TABLES, SIZE * 16, 0);
	is(take(), 1);
	packed_bad_table(test, INDIRECT, VQ_TABLES, (SIZE + 1) * 16, 0);
	breaks(KEEL_VIRTQ_BAD_INDIRECT);
	packed_bad_table(test, INDIRECT, VQ_END - 16, 32, 0);
	breaks(KEEL_VIRTQ_BAD_INDIRECT);

	again(INDIRECT);		/* as part of a chain (2.8.5) */
	desc(0, BUF(0), 1, 0, NEXT | AVAIL);
	desc(1, VQ_TABLES, 16, 0, TABLE | AVAIL);
	entry(0, BUF(0), 1, 0);
	breaks(KEEL_VIRTQ_BAD_INDIRECT);
}

/* ---- Memory that goes away ---- */

/* Calls everything once, with a chain of two slots. Returns how many steps succeeded. */
static unsigned int packed_cycle(struct kunit *test)
{
	vq_start(V);
	if (take() != 1)
		return 0;
	if (give(CHAIN, 1))
		return 1;
	asks();
	if (S->broken)
		return 2;
	notify_off();
	if (S->broken)
		return 3;
	return notify_on() ? 4 : 5;
}

static void packed_memory_goes_away(struct kunit *test)
{
	unsigned int n, steps = 0;

	for (n = 0; steps < 5; n++) {
		again(EVENT_IDX);
		vq_alone();
		offer(OUT(BUF(0), 1), IN(BUF(1), 1));
		V->fail_at = n;
		steps = packed_cycle(test);
		V->fail_at = -1;
		is(!!S->broken, steps < 5);
		if (steps < 5)
			stays_broken();
		is(!!(vq_peek16(FLAGS(0)) & USED), steps >= 2);
	}
	/* areas 3, two halves, one more, 2 buffers; used; event; off; on 2 */
	is(n - 1, 3 + 5 + 1 + 1 + 1 + 2);
}

/* ---- A driver that changes descriptors while the device reads them ---- */

static void packed_race_flags_last(struct vq *v)
{
	if (v->walker[0].reads == 2) {	/* the flags were read, and say available */
		vq_write(v, FLAGS(0), TABLE | NEXT | WRITABLE | AVAIL, 2);
		vq_write(v, LEN(0), 0xffffffff, 4);
		vq_write(v, ID(0), 0x7777, 2);
	}
}

static void packed_copies_flags_once(struct kunit *test)
{
	vq_alone();
	desc(0, BUF(0), 5, 3, AVAIL);
	V->race = packed_race_flags_last;
	is(take(), 1);
	is(CHAIN->id, 3);
	is(CHAIN->nr_out, 1);
	is(CHAIN->out_len, 5);
}

static void packed_race_makes_available(struct vq *v)
{
	if (v->walker[0].reads == 1 && vq_read(v, FLAGS(0), 2) == 0) {
		vq_write(v, DESC(0), BUF(4), 8);
		vq_write(v, LEN(0), 6, 4);
		vq_write(v, FLAGS(0), AVAIL, 2);
	}
}

/* The address is read after the flags, and so is never older than they are. */
static void packed_reads_flags_first(struct kunit *test)
{
	vq_alone();
	desc(0, BUF(9), 9, 3, 0);
	V->race = packed_race_makes_available;
	is(take(), 1);
	is(CHAIN->segs[0].addr, BUF(4));
	is(CHAIN->segs[0].len, 6);
}

/* ---- Starting, and states ---- */

static void packed_starts_where_memory_is(struct kunit *test)
{
	static const struct {
		u64 desc, driver, device;
		bool good;
	} places[] = {
		{ VQ_DESC, VQ_DRIVER, VQ_DEVICE, true },
		{ VQ_END - 16 * SIZE, VQ_DRIVER, VQ_DEVICE, true },
		{ VQ_END - 16 * SIZE + 16, VQ_DRIVER, VQ_DEVICE },
		{ VQ_DESC, VQ_END - 4, VQ_DEVICE, true }, { VQ_DESC, VQ_END, VQ_DEVICE },
		{ VQ_DESC, VQ_DRIVER, VQ_END - 4, true }, { VQ_DESC, VQ_DRIVER, VQ_END },
		{ VQ_DESC + 8, VQ_DRIVER, VQ_DEVICE }, { VQ_DESC, VQ_DRIVER + 2, VQ_DEVICE },
		{ VQ_DESC, VQ_DRIVER, VQ_DEVICE + 2 }, { ~15ULL, VQ_DRIVER, VQ_DEVICE },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(places); i++) {
		again(0);
		S->desc = places[i].desc;
		S->driver = places[i].driver;
		S->device = places[i].device;
		vq_start(V);
		is(S->broken, places[i].good ? KEEL_VIRTQ_SOUND : KEEL_VIRTQ_BAD_RING);
	}
}

static void packed_any_size(struct kunit *test)
{
	unsigned int size;

	for (size = 1; size <= KEEL_VIRTQ_MAX_SIZE; size += 1 + size / 4) {
		unsigned int i, bad = 0;

		vq_rewind(V, PACKED, size);
		for (i = 0; i < 3 * size; i++) {
			offer(IN(BUF(0), 1));
			bad += take() != 1;
			bad += give(CHAIN, i) != 0;
			bad += reap().len != i;
		}
		is(bad, 0);
	}
	for (size = 0; size < 600; size++) {
		again(0);
		S->size = size;
		vq_start(V);
		is(S->broken, size && size <= KEEL_VIRTQ_MAX_SIZE ? KEEL_VIRTQ_SOUND :
								    KEEL_VIRTQ_BAD_RING);
	}
}

#define accepts()	keel_virtq_check(S, PACKED)

/* Places lie within the ring, and no more slots are taken than it has. */
static void packed_check_rejects(struct kunit *test)
{
	unsigned int avail, used;

	for (avail = 0; avail < 2 * SIZE; avail++) {
		for (used = 0; used < 2 * SIZE; used++) {
			S->avail = packed_place(WRAP, avail);
			S->used = packed_place(WRAP, used);
			is(accepts(), (avail - used + 2 * SIZE) % (2 * SIZE) <= SIZE);
		}
	}
	keel_virtq_rewind(S, PACKED);
	ok(accepts());
	S->avail = SIZE;
	ok(!accepts());
	keel_virtq_rewind(S, PACKED);
	S->used = WRAP | SIZE;
	ok(!accepts());
	keel_virtq_rewind(S, PACKED);
	S->signalled = 0x7fff;
	ok(!accepts());
	vq_start(V);
	is(S->broken, KEEL_VIRTQ_BAD_RING);
}

static void packed_rewinds(struct kunit *test)
{
	packed_give_one(test);
	is(asks(), 1);
	keel_virtq_rewind(S, PACKED);
	is(S->avail, WRAP);
	is(S->used, WRAP);
	is(S->signalled, WRAP);
	is(S->fresh, 1);
}

static int packed_init(struct kunit *test)
{
	return vq_init(test, PACKED, SIZE);
}

static struct kunit_case packed_cases[] = {
	KUNIT_CASE(packed_nothing_there),
	KUNIT_CASE(packed_out_then_in),
	KUNIT_CASE(packed_in_a_table),
	KUNIT_CASE(packed_flags_in_a_table),
	KUNIT_CASE(packed_id_of_the_last),
	KUNIT_CASE(packed_longest_chain),
	KUNIT_CASE(packed_counters_wrap),
	KUNIT_CASE(packed_chains_wrap),
	KUNIT_CASE(packed_put_back_is_next_again),
	KUNIT_CASE(packed_put_back_a_full_ring),
	KUNIT_CASE(packed_put_back_a_table),
	KUNIT_CASE(packed_put_back_of_too_much),
	KUNIT_CASE(packed_put_back_and_notifications),
	KUNIT_CASE(packed_full_ring),
	KUNIT_CASE(packed_out_of_order),
	KUNIT_CASE(packed_in_order),
	KUNIT_CASE(packed_used_descriptor),
	KUNIT_CASE(packed_gives_back_what_it_took),
	KUNIT_CASE(packed_flags_suppress_interrupts),
	KUNIT_CASE(packed_event_at_every_distance),
	KUNIT_CASE(packed_event_that_is_none),
	KUNIT_CASE(packed_event_not_asked),
	KUNIT_CASE(packed_flags_suppress_notifications),
	KUNIT_CASE(packed_event_suppresses_notifications),
	KUNIT_CASE(packed_event_while_chains_are_taken),
	KUNIT_CASE(packed_counts_accesses),
	KUNIT_CASE(packed_longer_than_the_queue),
	KUNIT_CASE(packed_more_than_the_ring_holds),
	KUNIT_CASE(packed_out_behind_in),
	KUNIT_CASE(packed_buffers_not_in_memory),
	KUNIT_CASE(packed_bad_tables),
	KUNIT_CASE(packed_memory_goes_away),
	KUNIT_CASE(packed_copies_flags_once),
	KUNIT_CASE(packed_reads_flags_first),
	KUNIT_CASE(packed_starts_where_memory_is),
	KUNIT_CASE(packed_any_size),
	KUNIT_CASE(packed_check_rejects),
	KUNIT_CASE(packed_rewinds),
	{}
};

static struct kunit_suite packed_suite = {
	.name = "keel-virtq-packed",
	.init = packed_init,
	.test_cases = packed_cases,
};

kunit_test_suites(&packed_suite);
