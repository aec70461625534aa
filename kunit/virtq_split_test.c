// SPDX-License-Identifier: GPL-2.0
/* Transcripts for devices/virtio/queue.c and devices/virtio/split.c on valid rings. */
#include "virtq_test.h"

#define SIZE		16
#define INDIRECT	BIT_ULL(VIRTIO_RING_F_INDIRECT_DESC)
#define EVENT_IDX	BIT_ULL(VIRTIO_RING_F_EVENT_IDX)

#define NEXT		VRING_DESC_F_NEXT
#define WRITABLE	VRING_DESC_F_WRITE
#define TABLE		VRING_DESC_F_INDIRECT

/* Where things are. */
#define AVAIL_FLAGS	(VQ_DRIVER + 0)
#define AVAIL_IDX	(VQ_DRIVER + 2)
#define AVAIL(n)	(VQ_DRIVER + 4 + 2 * (n))
#define USED_EVENT	AVAIL(SIZE)
#define USED_FLAGS	(VQ_DEVICE + 0)
#define USED_IDX	(VQ_DEVICE + 2)
#define USED(n)		(VQ_DEVICE + 4 + 8 * (n))
#define AVAIL_EVENT	USED(SIZE)

#define desc(i, ...)	split_desc(VQ_DESC, (i), __VA_ARGS__)
#define entry(i, ...)	split_desc(VQ_TABLES, (i), __VA_ARGS__)

/* Resets the queue, with other features. */
#define again(features)		vq_rewind(V, (features), SIZE)

/* ---- Chains ---- */

static void split_nothing_there(struct kunit *test)
{
	is(take(), 0);
	is(take(), 0);
	is(S->broken, 0);
	is(Q->chains, 0);
	is(V->walker[0].writes, 0);
}

static void split_one_buffer_out(struct kunit *test)
{
	u16 id = offer(OUT(BUF(0), 100));

	is(take(), 1);
	is(CHAIN->id, id);
	is(CHAIN->slots, 1);
	is(CHAIN->nr_out, 1);
	is(CHAIN->nr_in, 0);
	is(CHAIN->out_len, 100);
	is(CHAIN->in_len, 0);
	is(CHAIN->segs[0].addr, BUF(0));
	is(CHAIN->segs[0].len, 100);
	is(take(), 0);
	is(Q->chains, 1);
}

static void split_one_buffer_in(struct kunit *test)
{
	offer(IN(BUF(3), 7));
	is(take(), 1);
	is(CHAIN->nr_out, 0);
	is(CHAIN->nr_in, 1);
	is(CHAIN->out_len, 0);
	is(CHAIN->in_len, 7);
	is(CHAIN->segs[0].addr, BUF(3));
	is(CHAIN->segs[0].len, 7);
}

static void split_check_request(struct kunit *test)
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
}

static void split_out_then_in(struct kunit *test)
{
	offer(OUT(BUF(9), 1), OUT(BUF(8), 2), IN(BUF(7), 3), IN(BUF(6), 4), IN(BUF(5), 5));
	split_check_request(test);
	is(Q->tables, 0);
}

static void split_in_a_table(struct kunit *test)
{
	again(INDIRECT);
	offer_table(OUT(BUF(9), 1), OUT(BUF(8), 2), IN(BUF(7), 3), IN(BUF(6), 4), IN(BUF(5), 5));
	split_check_request(test);
	is(Q->tables, 1);
}

/* 2.7.5.3.2: descriptors, then one that refers to a table. */
static void split_table_at_the_end(struct kunit *test)
{
	again(INDIRECT);
	desc(0, BUF(9), 1, NEXT, 4);
	desc(4, BUF(8), 2, NEXT, 2);
	desc(2, VQ_TABLES, 3 * 16, TABLE);
	entry(0, BUF(7), 3, WRITABLE | NEXT, 2);
	entry(2, BUF(6), 4, WRITABLE | NEXT, 1);
	entry(1, BUF(5), 5, WRITABLE);
	split_avail(0);
	split_check_request(test);
}

/* The WRITE flag of a descriptor that refers to a table means nothing (2.7.5.3.2). */
static void split_table_flagged_write(struct kunit *test)
{
	again(INDIRECT);
	desc(0, VQ_TABLES, 16, TABLE | WRITABLE);
	entry(0, BUF(0), 3);
	split_avail(0);
	is(take(), 1);
	is(CHAIN->nr_out, 1);
	is(CHAIN->nr_in, 0);
}

static void split_longest_chain(struct kunit *test)
{
	struct vq_buf bufs[SIZE];
	unsigned int i;

	for (i = 0; i < SIZE; i++)
		bufs[i] = (struct vq_buf) { BUF(i), i + 1, i >= 5 };
	vq_offer(V, bufs, SIZE, false);
	is(take(), 1);
	is(CHAIN->nr_out, 5);
	is(CHAIN->nr_in, SIZE - 5);
	for (i = 0; i < SIZE; i++)
		is(CHAIN->segs[i].len, i + 1);
	again(INDIRECT);
	vq_offer(V, bufs, SIZE, true);
	is(take(), 1);
	is(CHAIN->nr_out + CHAIN->nr_in, SIZE);
	for (i = 0; i < SIZE; i++)
		is(CHAIN->segs[i].addr, BUF(i));
}

static void split_largest_queue(struct kunit *test)
{
	static struct vq_buf bufs[KEEL_VIRTQ_MAX_SIZE];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bufs); i++)
		bufs[i] = (struct vq_buf) { VQ_BUFFERS + i, 1 };
	vq_rewind(V, INDIRECT, KEEL_VIRTQ_MAX_SIZE);
	for (i = 0; i < ARRAY_SIZE(bufs); i++)
		vq_offer(V, bufs, ARRAY_SIZE(bufs), true);
	for (i = 0; i < ARRAY_SIZE(bufs); i++) {
		is(take(), 1);
		is(CHAIN->out_len, ARRAY_SIZE(bufs));
		is(CHAIN->segs[255].addr, VQ_BUFFERS + 255);
	}
	is(take(), 0);
}

static void split_smallest_queue(struct kunit *test)
{
	unsigned int i;
	u16 id;

	vq_rewind(V, 0, 1);
	for (i = 0; i < 5; i++) {
		id = offer(OUT(BUF(i), 1));
		is(id, 0);
		is(take(), 1);
		is(CHAIN->segs[0].addr, BUF(i));
		is(give(CHAIN, 0), 0);
		is(reap().found, 1);
	}
}

/* A descriptor of no bytes is skipped, but counts towards the chain's length. */
static void split_no_bytes(struct kunit *test)
{
	desc(0, 0xdead, 0, NEXT, 1);
	desc(1, BUF(1), 5, NEXT, 2);
	desc(2, BUF(2), 0, NEXT | WRITABLE, 3);
	desc(3, BUF(3), 6, NEXT, 4);
	desc(4, ~0ULL, 0, WRITABLE);
	split_avail(0);
	is(take(), 1);
	is(CHAIN->nr_out, 2);
	is(CHAIN->nr_in, 0);
	is(CHAIN->out_len, 11);
	is(CHAIN->segs[0].addr, BUF(1));
	is(CHAIN->segs[1].addr, BUF(3));

	again(0);
	desc(0, BUF(0), 0);
	split_avail(0);
	is(take(), 1);
	is(CHAIN->nr_out + CHAIN->nr_in, 0);

	again(0);
	desc(0, BUF(0), 0, NEXT, 0);
	split_avail(0);
	breaks(KEEL_VIRTQ_LOOP);
}

static void split_four_gigabytes(struct kunit *test)
{
	desc(0, VQ_HUGE, 0x80000000, NEXT, 1);
	desc(1, VQ_HUGE, 0x7fffffff, NEXT | WRITABLE, 2);
	desc(2, VQ_HUGE, 1, WRITABLE);
	split_avail(0);
	is(take(), 1);
	is(CHAIN->out_len, 0x80000000);
	is(CHAIN->in_len, 0x80000000);

	again(0);
	desc(0, VQ_HUGE, 0x80000000, NEXT, 1);
	desc(1, VQ_HUGE, 0x7fffffff, NEXT | WRITABLE, 2);
	desc(2, VQ_HUGE, 2, WRITABLE);
	split_avail(0);
	breaks(KEEL_VIRTQ_TOO_LONG);
}

/* ---- The used ring ---- */

static void split_used_ring(struct kunit *test)
{
	u16 id = offer(IN(BUF(0), 64));

	is(take(), 1);
	is(give(CHAIN, 33), 0);
	is(vq_peek32(USED(0)), id);
	is(vq_peek32(USED(0) + 4), 33);
	is(vq_peek16(USED_IDX), 1);
	is(vq_peek16(USED_FLAGS), 0);
	is(vq_peek16(AVAIL_EVENT), 0);
	is(Q->returned, 1);
	is(reap().len, 33);
}

static void split_out_of_order(struct kunit *test)
{
	u16 id[3] = { offer(IN(BUF(0), 1)), offer(IN(BUF(1), 1)), offer(IN(BUF(2), 1)) };
	static const unsigned int order[] = { 2, 0, 1 };
	unsigned int i;

	for (i = 0; i < 3; i++) {
		is(take(), 1);
		is(CHAIN->id, id[i]);
	}
	for (i = 0; i < 3; i++) {
		struct vq_used used;

		is(vq_give(V, id[order[i]], 1, order[i] + 10), 0);
		used = reap();
		is(used.found, 1);
		is(used.id, id[order[i]]);
		is(used.len, order[i] + 10);
	}
	is(reap().found, 0);
}

/* With IN_ORDER, a chain that is pushed still has a used entry of its own. */
static void split_in_order(struct kunit *test)
{
	u16 id[SIZE];
	unsigned int i;

	again(BIT_ULL(VIRTIO_F_IN_ORDER));
	for (i = 0; i < SIZE; i++)
		id[i] = offer(IN(BUF(i), 1));
	for (i = 0; i < SIZE; i++) {
		is(take(), 1);
		is(give(CHAIN, 1), 0);
	}
	is(vq_peek16(USED_IDX), SIZE);
	for (i = 0; i < SIZE; i++)
		is(reap().id, id[i]);
}

/* The queue is full, drained, filled again: at any offset in the ring. */
static void split_wraps_at_its_size(struct kunit *test)
{
	unsigned int round, i;

	for (round = 0; round < 3 * SIZE; round++) {
		u16 id[SIZE];

		for (i = 0; i < SIZE - round % 3; i++)
			id[i] = offer(IN(BUF(i), round + 1));
		while (i--)
			is(take(), 1);
		is(take(), 0);
		for (i = 0; i < SIZE - round % 3; i++)
			is(vq_give(V, id[i], 1, i), 0);
		for (i = 0; i < SIZE - round % 3; i++) {
			struct vq_used used = reap();

			is(used.id, id[i]);
			is(used.len, i);
		}
		is(reap().found, 0);
	}
}

static void split_wraps_at_65536(struct kunit *test)
{
	unsigned int i, bad = 0;

	for (i = 0; i < 0x10000 + 3 * SIZE; i++) {
		u16 id = offer(IN(BUF(0), 1 + i % 100));

		bad += take() != 1 || CHAIN->id != id || CHAIN->in_len != 1 + i % 100;
		bad += take() != 0;
		bad += give(CHAIN, i % 100) != 0;
		bad += reap().len != i % 100;
	}
	is(bad, 0);
	is(S->avail, 3 * SIZE);
	is(S->used, 3 * SIZE);
	is(vq_peek16(USED_IDX), 3 * SIZE);
	is(Q->chains, 0x10000 + 3 * SIZE);
}

/* ---- Putting back ---- */

static void split_put_back_is_next_again(struct kunit *test)
{
	u16 a, b;

	again(INDIRECT);
	a = offer(OUT(BUF(0), 1), IN(BUF(1), 2));
	b = offer_table(OUT(BUF(2), 3), IN(BUF(3), 4));
	is(take(), 1);
	is(put_back(CHAIN), 0);
	is(S->avail, 0);
	is(Q->chains, 0);
	is(WRITES, 0);
	is(take(), 1);
	is(CHAIN->id, a);
	is(take(), 1);
	is(CHAIN->id, b);
	is(CHAIN->table, 1);
	is(put_back(CHAIN), 0);
	is(Q->chains, 1);
	is(Q->tables, 0);
	/* The other one is given back meanwhile. */
	is(vq_give(V, a, 1, 2), 0);
	is(take(), 1);
	is(CHAIN->id, b);
	is(CHAIN->out_len, 3);
	is(CHAIN->in_len, 4);
	is(Q->chains, 2);
	is(Q->tables, 1);
	is(take(), 0);
	is(give(CHAIN, 4), 0);
	is(reap().id, a);
	is(reap().id, b);
}

/* The driver may have changed a chain that was put back: it is read anew. */
static void split_put_back_is_read_anew(struct kunit *test)
{
	u16 id = offer(OUT(BUF(0), 100));

	is(take(), 1);
	is(put_back(CHAIN), 0);
	desc(id, BUF(1), 50, WRITABLE, 0);
	is(take(), 1);
	is(CHAIN->in_len, 50);
	is(CHAIN->segs[0].addr, BUF(1));
}

/* Only a chain that was taken can be put back. */
static void split_put_back_of_nothing(struct kunit *test)
{
	offer(IN(BUF(0), 1));
	is(put_back(CHAIN), -EIO);
	is(S->broken, KEEL_VIRTQ_BAD_RETURN);
	is(S->avail, 0);
	stays_broken();
}

static void split_put_back_across_65536(struct kunit *test)
{
	unsigned int i, bad = 0;

	vq_alone();
	for (i = 0; i < 0x10000 + SIZE; i++) {
		u16 id = offer(IN(BUF(0), 1 + i % 100));

		bad += take() != 1 || put_back(CHAIN) || S->avail != (u16)i;
		bad += take() != 1 || CHAIN->id != id || CHAIN->in_len != 1 + i % 100;
		bad += take() != 0;
		bad += give(CHAIN, 1) != 0 || reap().id != id;
	}
	is(bad, 0);
	is(Q->chains, 0x10000 + SIZE);
}

static void split_put_back_and_notifications(struct kunit *test)
{
	static const u64 features[] = { 0, EVENT_IDX };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(features); i++) {
		again(features[i]);
		vq_put_back_is_told(test);
	}
}

static void split_gives_back_what_it_took(struct kunit *test)
{
	offer(IN(BUF(0), 1));
	is(give(CHAIN, 0), -EIO);
	is(S->broken, KEEL_VIRTQ_BAD_RETURN);
	is(V->walker[0].writes, 0);

	again(0);
	offer(IN(BUF(0), 1));
	is(take(), 1);
	is(vq_give(V, SIZE, 1, 0), -EIO);
	is(S->broken, KEEL_VIRTQ_BAD_RETURN);
	is(Q->broken[KEEL_VIRTQ_BAD_RETURN], 1);
	is(Q->returned, 0);
	is(V->walker[0].writes, 0);
}

/* ---- Interrupts ---- */

static void split_nothing_to_tell(struct kunit *test)
{
	is(asks(), 0);
	again(EVENT_IDX);
	is(asks(), 0);
	offer(IN(BUF(0), 1));
	is(take(), 1);
	is(asks(), 0);
	is(READS, 1 + 1 + 1);
	is(give(CHAIN, 0), 0);
	is(asks(), 1);
}

static void split_flags_suppress_interrupts(struct kunit *test)
{
	offer(IN(BUF(0), 1));
	offer(IN(BUF(1), 1));
	offer(IN(BUF(2), 1));
	is(take(), 1);
	is(give(CHAIN, 0), 0);
	is(asks(), 1);
	is(asks(), 0);		/* nothing was given back since */
	vq_poke16(AVAIL_FLAGS, VRING_AVAIL_F_NO_INTERRUPT);
	is(take(), 1);
	is(give(CHAIN, 0), 0);
	is(asks(), 0);
	vq_poke16(AVAIL_FLAGS, 0xfffe);
	is(take(), 1);
	is(give(CHAIN, 0), 0);
	is(asks(), 1);
	is(Q->interrupts, 2);
	is(Q->suppressed, 1);
}

/* used_event does not count without EVENT_IDX, and the flags do not count with it. */
static void split_one_way_of_suppression(struct kunit *test)
{
	vq_poke16(USED_EVENT, 0x7000);
	offer(IN(BUF(0), 1));
	is(take(), 1);
	is(give(CHAIN, 0), 0);
	is(asks(), 1);

	again(EVENT_IDX);
	vq_poke16(AVAIL_FLAGS, VRING_AVAIL_F_NO_INTERRUPT);
	offer(IN(BUF(0), 1));
	is(take(), 1);
	is(give(CHAIN, 0), 0);
	is(asks(), 1);
	vq_poke16(USED_EVENT, 0);
	offer(IN(BUF(0), 1));
	is(take(), 1);
	is(give(CHAIN, 0), 0);
	is(asks(), 0);
}

static void split_serve(struct kunit *test, unsigned int nr)
{
	unsigned int i, bad = 0;

	for (i = 0; i < nr; i++) {
		offer(IN(BUF(0), 1));
		bad += take() != 1;
		bad += give(CHAIN, 0) != 0;
		bad += !reap().found;
	}
	is(bad, 0);
}

/* used_event from far behind to far ahead of what is given back, in batches of any size. */
static void split_event_at_every_distance(struct kunit *test)
{
	int batch, distance;

	for (batch = 1; batch <= SIZE; batch++) {
		again(EVENT_IDX);
		split_serve(test, 1);
		is(asks(), 1);			/* the first answer is always yes */
		for (distance = -2 * SIZE; distance <= 2 * SIZE; distance++) {
			vq_poke16(USED_EVENT, S->used + distance);
			split_serve(test, batch);
			is(asks(), distance >= 0 && distance < batch);
		}
	}
}

/* The same across the wrap of the indices. */
static void split_event_across_65536(struct kunit *test)
{
	int distance;

	for (distance = -3; distance <= 6; distance++) {
		again(EVENT_IDX);
		S->avail = 0xfffe;
		S->used = 0xfffe;
		S->signalled = 0xfffe;
		S->fresh = 0;
		V->offered = 0xfffe;
		V->reaped = 0xfffe;
		vq_poke16(AVAIL_IDX, 0xfffe);
		vq_poke16(USED_IDX, 0xfffe);
		vq_start(V);
		vq_poke16(USED_EVENT, 0xfffe + distance);
		split_serve(test, 4);
		is(asks(), distance >= 0 && distance < 4);
	}
}

/* asks() was not called for 65535 chains or more: one interrupt too many is better. */
static void split_event_not_asked(struct kunit *test)
{
	again(EVENT_IDX);
	split_serve(test, 1);
	is(asks(), 1);
	vq_poke16(USED_EVENT, S->used - 1);
	split_serve(test, 0xffff);
	is(S->fresh, 0);
	is(asks(), 0);
	vq_poke16(USED_EVENT, S->used - 1);
	split_serve(test, 0x10000);
	is(S->fresh, 1);
	is(asks(), 1);
	is(S->fresh, 0);
	is(asks(), 0);
}

/* ---- Notifications ---- */

static void split_flags_suppress_notifications(struct kunit *test)
{
	offer(OUT(BUF(0), 1));
	is(notifies(), 1);
	notify_off();
	is(vq_peek16(USED_FLAGS), VRING_USED_F_NO_NOTIFY);
	offer(OUT(BUF(0), 1));
	is(notifies(), 0);
	is(notify_on(), 1);		/* a chain is available: take() again */
	is(vq_peek16(USED_FLAGS), 0);
	is(take(), 1);
	is(take(), 1);
	is(notify_on(), 0);
	offer(OUT(BUF(0), 1));
	is(notifies(), 1);
	is(vq_peek16(AVAIL_EVENT), 0);
	is(vq_peek16(USED_IDX), 0);
}

/* The driver notifies of the first chain after notify_on(), and of no later one. */
static void split_event_suppresses_notifications(struct kunit *test)
{
	unsigned int round, i;

	again(EVENT_IDX);
	for (round = 0; round < 100; round++) {
		for (i = 0; i < 1 + round % SIZE; i++) {
			offer(OUT(BUF(0), 1));
			is(notifies(), i == 0);
		}
		notify_off();
		is(vq_peek16(USED_FLAGS), 0);
		while (take())
			is(give(CHAIN, 0), 0);
		while (reap().found)
			;
		offer(OUT(BUF(0), 1));
		is(notifies(), 0);
		is(notify_on(), 1);
		is(take(), 1);
		is(give(CHAIN, 0), 0);
		is(reap().found, 1);
		is(notify_on(), 0);
		is(vq_peek16(AVAIL_EVENT), S->avail);
	}
}

static void split_event_in_a_batch(struct kunit *test)
{
	unsigned int i;

	again(EVENT_IDX);
	is(notify_on(), 0);
	for (i = 0; i < SIZE; i++)
		offer(OUT(BUF(0), 1));
	is(notifies(), 1);
	for (i = 0; i < SIZE; i++)
		is(take(), 1);
	is(notify_on(), 0);
}

/* avail_event follows the chains taken, not those given back. */
static void split_event_while_chains_are_taken(struct kunit *test)
{
	again(EVENT_IDX);
	offer(OUT(BUF(0), 1));
	is(take(), 1);
	is(notify_on(), 0);
	is(vq_peek16(AVAIL_EVENT), 1);
	notifies();
	offer(OUT(BUF(0), 1));
	is(notifies(), 1);
}

/* ---- What it costs ---- */

static void split_counts_accesses(struct kunit *test)
{
	vq_alone();
	again(INDIRECT | EVENT_IDX);
	offer(OUT(BUF(0), 16), IN(BUF(1), 512), IN(BUF(2), 1));
	offer_table(OUT(BUF(0), 16), IN(BUF(1), 512), IN(BUF(2), 1));
	READS = 0;
	WRITES = 0;
	is(take(), 1);
	is(READS, 1 + 1 + 3);		/* index, head, descriptors */
	is(take(), 1);
	is(READS, 5 + 1 + 1 + 1);	/* head, descriptor, table */
	is(give(CHAIN, 0), 0);
	is(WRITES, 2);
	is(asks(), 1);
	is(READS, 8 + 1);
	notify_off();
	is(WRITES, 2);
	is(notify_on(), 0);
	is(WRITES, 3);
	is(READS, 9 + 1);
}

static int split_init(struct kunit *test)
{
	return vq_init(test, 0, SIZE);
}

static struct kunit_case split_cases[] = {
	KUNIT_CASE(split_nothing_there),
	KUNIT_CASE(split_one_buffer_out),
	KUNIT_CASE(split_one_buffer_in),
	KUNIT_CASE(split_out_then_in),
	KUNIT_CASE(split_in_a_table),
	KUNIT_CASE(split_table_at_the_end),
	KUNIT_CASE(split_table_flagged_write),
	KUNIT_CASE(split_longest_chain),
	KUNIT_CASE(split_largest_queue),
	KUNIT_CASE(split_smallest_queue),
	KUNIT_CASE(split_no_bytes),
	KUNIT_CASE(split_four_gigabytes),
	KUNIT_CASE(split_used_ring),
	KUNIT_CASE(split_out_of_order),
	KUNIT_CASE(split_in_order),
	KUNIT_CASE(split_wraps_at_its_size),
	KUNIT_CASE(split_wraps_at_65536),
	KUNIT_CASE(split_put_back_is_next_again),
	KUNIT_CASE(split_put_back_is_read_anew),
	KUNIT_CASE(split_put_back_of_nothing),
	KUNIT_CASE(split_put_back_across_65536),
	KUNIT_CASE(split_put_back_and_notifications),
	KUNIT_CASE(split_gives_back_what_it_took),
	KUNIT_CASE(split_nothing_to_tell),
	KUNIT_CASE(split_flags_suppress_interrupts),
	KUNIT_CASE(split_one_way_of_suppression),
	KUNIT_CASE(split_event_at_every_distance),
	KUNIT_CASE(split_event_across_65536),
	KUNIT_CASE(split_event_not_asked),
	KUNIT_CASE(split_flags_suppress_notifications),
	KUNIT_CASE(split_event_suppresses_notifications),
	KUNIT_CASE(split_event_in_a_batch),
	KUNIT_CASE(split_event_while_chains_are_taken),
	KUNIT_CASE(split_counts_accesses),
	{}
};

static struct kunit_suite split_suite = {
	.name = "keel-virtq-split",
	.init = split_init,
	.test_cases = split_cases,
};

kunit_test_suites(&split_suite);
