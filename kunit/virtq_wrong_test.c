// SPDX-License-Identifier: GPL-2.0
/*
 * Malformed split rings, broken queues, memory that goes away, drivers that change
 * descriptors meanwhile, and states: for devices/virtio/queue.c and devices/virtio/split.c.
 */
#include "virtq_test.h"

#define SIZE		16
#define INDIRECT	BIT_ULL(VIRTIO_RING_F_INDIRECT_DESC)
#define EVENT_IDX	BIT_ULL(VIRTIO_RING_F_EVENT_IDX)

#define NEXT		VRING_DESC_F_NEXT
#define WRITABLE	VRING_DESC_F_WRITE
#define TABLE		VRING_DESC_F_INDIRECT

/* Where things are. */
#define AVAIL_IDX	(VQ_DRIVER + 2)
#define AVAIL(n)	(VQ_DRIVER + 4 + 2 * (n))
#define USED_IDX	(VQ_DEVICE + 2)

#define desc(i, ...)	split_desc(VQ_DESC, (i), __VA_ARGS__)
#define entry(i, ...)	split_desc(VQ_TABLES, (i), __VA_ARGS__)

/* Resets the queue, with other features. */
#define again(features)	vq_rewind(V, (features), SIZE)

/* ---- Malformed rings ---- */

static void wrong_index_too_far(struct kunit *test)
{
	unsigned int ahead;

	for (ahead = 0; ahead < 0x10000; ahead += ahead < 2 * SIZE ? 1 : 0x777) {
		again(0);
		vq_poke16(AVAIL_IDX, ahead);
		desc(0, BUF(0), 1);
		if (ahead <= SIZE)
			is(take(), ahead > 0);
		else
			breaks(KEEL_VIRTQ_BAD_AVAIL);
	}
}

/* Chains taken and not given back occupy their places in the ring. */
static void wrong_index_counts_what_is_taken(struct kunit *test)
{
	desc(0, BUF(0), 1);
	vq_poke16(AVAIL_IDX, SIZE);
	is(take(), 1);
	is(take(), 1);
	vq_start(V);
	vq_poke16(AVAIL_IDX, SIZE + 1);
	breaks(KEEL_VIRTQ_BAD_AVAIL);

	again(0);
	desc(0, BUF(0), 1);
	vq_poke16(AVAIL_IDX, SIZE);
	is(take(), 1);
	is(take(), 1);
	is(vq_give(V, 0, 1, 0), 0);
	vq_start(V);
	vq_poke16(AVAIL_IDX, SIZE + 1);
	is(take(), 1);
}

static void wrong_index_goes_back(struct kunit *test)
{
	desc(0, BUF(0), 1);
	vq_poke16(AVAIL_IDX, 3);
	is(take(), 1);
	is(take(), 1);
	is(take(), 1);
	vq_poke16(AVAIL_IDX, 2);
	breaks(KEEL_VIRTQ_BAD_AVAIL);
}

static void wrong_head_beyond_the_table(struct kunit *test)
{
	desc(SIZE - 1, BUF(0), 1);
	split_avail(SIZE - 1);
	is(take(), 1);
	again(0);
	desc(SIZE, BUF(0), 1);
	split_avail(SIZE);
	breaks(KEEL_VIRTQ_BAD_HEAD);
	again(0);
	split_avail(0xffff);
	breaks(KEEL_VIRTQ_BAD_HEAD);
}

static void wrong_next_beyond_the_table(struct kunit *test)
{
	desc(0, BUF(0), 1, NEXT, SIZE);
	desc(SIZE, BUF(0), 1);
	split_avail(0);
	breaks(KEEL_VIRTQ_BAD_NEXT);

	again(INDIRECT);
	desc(0, VQ_TABLES, 2 * 16, TABLE);
	entry(0, BUF(0), 1, NEXT, 2);
	entry(2, BUF(0), 1);
	split_avail(0);
	breaks(KEEL_VIRTQ_BAD_NEXT);
}

static void wrong_loops(struct kunit *test)
{
	desc(0, BUF(0), 1, NEXT, 0);
	split_avail(0);
	breaks(KEEL_VIRTQ_LOOP);
	is(READS, 2 + SIZE + 1);

	again(0);
	desc(0, BUF(0), 1, NEXT, 1);
	desc(1, BUF(0), 1, NEXT, 2);
	desc(2, BUF(0), 1, NEXT, 1);
	split_avail(0);
	breaks(KEEL_VIRTQ_LOOP);

	again(INDIRECT);
	desc(0, VQ_TABLES, 2 * 16, TABLE);
	entry(0, BUF(0), 1, NEXT, 1);
	entry(1, BUF(0), 1, NEXT, 0);
	split_avail(0);
	breaks(KEEL_VIRTQ_LOOP);
}

/* Descriptors and a table together form one chain. */
static void wrong_longer_than_the_queue(struct kunit *test)
{
	unsigned int i, direct;

	for (direct = 0; direct < 3; direct++) {
		again(INDIRECT);
		for (i = 0; i < direct; i++)
			desc(i, BUF(0), 1, NEXT, i + 1);
		desc(direct, VQ_TABLES, SIZE * 16, TABLE);
		for (i = 0; i < SIZE; i++)
			entry(i, BUF(0), 1, i + 1 < SIZE ? NEXT : 0, i + 1);
		split_avail(0);
		if (direct)
			breaks(KEEL_VIRTQ_LOOP);
		else
			is(take(), 1);
	}
}

static void wrong_buffers_not_in_memory(struct kunit *test)
{
	static const struct {
		u64 addr;
		u32 len;
		bool there;
	} bufs[] = {
		{ VQ_END - 1, 1, true }, { VQ_END - 1, 2 }, { VQ_END, 1 },
		{ VQ_BASE, 1, true }, { VQ_BASE - 1, 1 }, { VQ_BASE - 1, 2 },
		{ VQ_BORDER - 1, 1, true }, { VQ_BORDER - 1, 2 }, { VQ_BORDER, 2, true },
		{ ~0ULL, 1 }, { ~0ULL, 2 }, { ~0ULL - 15, 16 }, { ~0ULL - 15, 17 },
		{ ~0ULL - 0x1000, 0xffffffff }, { 0, 1 },
		{ VQ_HUGE, 0xffffffff, true }, { VQ_HUGE + VQ_HUGE_SIZE - 2, 3 },
	};
	unsigned int i, in;

	for (i = 0; i < ARRAY_SIZE(bufs); i++) {
		for (in = 0; in < 2; in++) {
			again(0);
			desc(0, bufs[i].addr, bufs[i].len, in ? WRITABLE : 0);
			split_avail(0);
			if (bufs[i].there)
				is(take(), 1);
			else
				breaks(KEEL_VIRTQ_BAD_BUFFER);
		}
	}
}

static void wrong_out_behind_in(struct kunit *test)
{
	desc(0, BUF(0), 1, NEXT | WRITABLE, 1);
	desc(1, BUF(0), 1);
	split_avail(0);
	breaks(KEEL_VIRTQ_BAD_ORDER);

	again(INDIRECT);
	desc(0, BUF(0), 1, NEXT | WRITABLE, 1);
	desc(1, VQ_TABLES, 16, TABLE);
	entry(0, BUF(0), 1);
	split_avail(0);
	breaks(KEEL_VIRTQ_BAD_ORDER);
}

static void wrong_bad_table(struct kunit *test, u64 features, u64 addr, u32 len, u16 flags)
{
	again(features);
	desc(0, addr, len, TABLE | flags, 1);
	desc(1, BUF(0), 1);
	entry(0, BUF(0), 1);
	split_avail(0);
}

static void wrong_bad_tables(struct kunit *test)
{
	wrong_bad_table(test, 0, VQ_TABLES, 16, 0);
	breaks(KEEL_VIRTQ_BAD_INDIRECT);
	wrong_bad_table(test, INDIRECT, VQ_TABLES, 16, NEXT);
	breaks(KEEL_VIRTQ_BAD_INDIRECT);
	wrong_bad_table(test, INDIRECT, VQ_TABLES, 0, 0);
	breaks(KEEL_VIRTQ_BAD_INDIRECT);
	wrong_bad_table(test, INDIRECT, VQ_TABLES, 15, 0);
	breaks(KEEL_VIRTQ_BAD_INDIRECT);
	wrong_bad_table(test, INDIRECT, VQ_TABLES, 17, 0);
	breaks(KEEL_VIRTQ_BAD_INDIRECT);
	wrong_bad_table(test, INDIRECT, VQ_TABLES, SIZE * 16, 0);
	is(take(), 1);
	wrong_bad_table(test, INDIRECT, VQ_TABLES, (SIZE + 1) * 16, 0);
	breaks(KEEL_VIRTQ_BAD_INDIRECT);
	wrong_bad_table(test, INDIRECT, VQ_TABLES, 0xfffffff0, 0);
	breaks(KEEL_VIRTQ_BAD_INDIRECT);
	wrong_bad_table(test, INDIRECT, VQ_END - 16, 32, 0);
	breaks(KEEL_VIRTQ_BAD_INDIRECT);
	wrong_bad_table(test, INDIRECT, ~0ULL - 15, 32, 0);
	breaks(KEEL_VIRTQ_BAD_INDIRECT);
	is(Q->tables, 0);

	wrong_bad_table(test, INDIRECT, VQ_TABLES, 16, 0);
	entry(0, VQ_TABLES, 16, TABLE);		/* of a table */
	breaks(KEEL_VIRTQ_BAD_INDIRECT);
}

/* ---- Broken queues ---- */

static void wrong_broken_for_good(struct kunit *test)
{
	desc(0, BUF(0), 1);
	vq_poke16(AVAIL_IDX, 2);
	vq_poke16(AVAIL(1), SIZE);
	is(take(), 1);
	breaks(KEEL_VIRTQ_BAD_HEAD);
	vq_poke16(AVAIL(1), 0);
	stays_broken();
	keel_virtq_rewind(S, 0);
	vq_start(V);
	is(take(), 1);
	is(take(), 1);
	is(Q->broken[KEEL_VIRTQ_BAD_HEAD], 1);
}

static void wrong_broken_by_the_device(struct kunit *test)
{
	offer(OUT(BUF(0), 1));
	is(take(), 1);
	is(keel_virtq_break(Q, KEEL_VIRTQ_BAD_REQUEST), -EIO);
	is(S->broken, KEEL_VIRTQ_BAD_REQUEST);
	is(Q->broken[KEEL_VIRTQ_BAD_REQUEST], 1);
	is(give(CHAIN, 0), -EIO);
	is(vq_peek16(USED_IDX), 0);
}

/* Calls everything once, with a chain in a table. Returns how many steps succeeded. */
static unsigned int wrong_cycle(struct kunit *test)
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

/* Memory goes away before each of the walker's accesses in turn. */
static void wrong_memory_goes_away(struct kunit *test)
{
	static const u64 features[] = { INDIRECT, INDIRECT | EVENT_IDX };
	unsigned int i, n, steps;

	for (i = 0; i < ARRAY_SIZE(features); i++) {
		for (n = 0, steps = 0; steps < 5; n++) {
			again(features[i]);
			vq_alone();
			offer_table(OUT(BUF(0), 1), IN(BUF(1), 1));
			V->fail_at = n;
			steps = wrong_cycle(test);
			V->fail_at = -1;
			is(!!S->broken, steps < 5);
			if (steps < 5)
				stays_broken();
			is(vq_peek16(USED_IDX), steps >= 2);
		}
		/* areas 3, index, head, descriptor, table, 2 buffers; used 2; event; on 2 */
		is(n - 1, 3 + 6 + 2 + 1 + 2 + !(features[i] & EVENT_IDX));
	}
}

static void wrong_reasons_of_lost_memory(struct kunit *test)
{
	static const struct {
		u64 lost;
		unsigned int reason;
	} places[] = {
		{ VQ_DRIVER + 3, KEEL_VIRTQ_BAD_RING }, { VQ_DRIVER + 4, KEEL_VIRTQ_BAD_RING },
		{ VQ_DESC + 15 * 16 + 1, KEEL_VIRTQ_BAD_RING },
		{ VQ_TABLES + 31, KEEL_VIRTQ_BAD_INDIRECT },
		{ BUF(1), KEEL_VIRTQ_BAD_BUFFER },
	};
	unsigned int i;

	vq_alone();
	for (i = 0; i < ARRAY_SIZE(places); i++) {
		again(INDIRECT);
		V->tables = 0;
		V->free[SIZE - 1] = 15;
		offer_table(OUT(BUF(0), 1), IN(BUF(1), 1));
		V->lost = places[i].lost;
		breaks(places[i].reason);
	}
}

/* ---- A driver that changes descriptors meanwhile ---- */

static void wrong_race_table(struct vq *v)
{
	if (v->walker[0].q.tables) {
		vq_write(v, VQ_TABLES, ~0ULL, 8);
		vq_write(v, VQ_TABLES + 12, TABLE | NEXT, 2);
		vq_write(v, VQ_TABLES + 14, 0xffff, 2);
	}
}

/* The walker uses what it checked: it copies the table before it reads entries. */
static void wrong_copies_tables_once(struct kunit *test)
{
	vq_alone();
	again(INDIRECT);
	desc(0, VQ_TABLES, 2 * 16, TABLE);
	entry(0, BUF(1), 3, NEXT, 1);
	entry(1, BUF(2), 4, WRITABLE);
	split_avail(0);
	V->race = wrong_race_table;
	is(take(), 1);
	is(CHAIN->segs[0].addr, BUF(1));
	is(CHAIN->segs[1].addr, BUF(2));
	is(CHAIN->out_len, 3);
	is(CHAIN->in_len, 4);
}

static void wrong_race_desc(struct vq *v)
{
	if (v->walker[0].reads == 4) {	/* index, head, 0, 1: those read are overwritten */
		vq_write(v, VQ_DESC, ~0ULL, 8);
		vq_write(v, VQ_DESC + 12, TABLE, 2);
		vq_write(v, AVAIL(0), 0xffff, 2);
		vq_write(v, AVAIL_IDX, 0x8000, 2);
	}
}

static void wrong_copies_descriptors_once(struct kunit *test)
{
	vq_alone();
	desc(0, BUF(1), 3, NEXT, 1);
	desc(1, BUF(2), 4, WRITABLE);
	split_avail(0);
	V->race = wrong_race_desc;
	is(take(), 1);
	is(CHAIN->id, 0);
	is(CHAIN->segs[0].addr, BUF(1));
	is(CHAIN->segs[1].addr, BUF(2));
	V->race = NULL;
	breaks(KEEL_VIRTQ_BAD_AVAIL);
}

/* ---- Starting, and states ---- */

static void wrong_starts_where_memory_is(struct kunit *test)
{
	static const struct {
		u64 desc, driver, device;
		bool event_idx;
		bool good;
	} places[] = {
		{ VQ_DESC, VQ_DRIVER, VQ_DEVICE, true, true },
		{ VQ_END - 256, VQ_DRIVER, VQ_DEVICE, true, true },
		{ VQ_END - 240, VQ_DRIVER, VQ_DEVICE }, { VQ_DESC + 8, VQ_DRIVER, VQ_DEVICE },
		{ VQ_DESC, VQ_END - 36, VQ_DEVICE, false, true },
		{ VQ_DESC, VQ_END - 36, VQ_DEVICE, true }, { VQ_DESC, VQ_END - 34, VQ_DEVICE },
		{ VQ_DESC, VQ_END - 38, VQ_DEVICE, true, true },
		{ VQ_DESC, VQ_DRIVER + 1, VQ_DEVICE },
		{ VQ_DESC, VQ_DRIVER, VQ_END - 132, false, true },
		{ VQ_DESC, VQ_DRIVER, VQ_END - 132, true },
		{ VQ_DESC, VQ_DRIVER, VQ_END - 136, true, true },
		{ VQ_DESC, VQ_DRIVER, VQ_DEVICE + 2 }, { 0, VQ_DRIVER, VQ_DEVICE },
		{ ~15ULL, VQ_DRIVER, VQ_DEVICE }, { VQ_DESC, ~1ULL, VQ_DEVICE },
		{ VQ_DESC, VQ_DRIVER, ~3ULL }, { VQ_BORDER - 16, VQ_DRIVER, VQ_DEVICE },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(places); i++) {
		again(places[i].event_idx ? EVENT_IDX : 0);
		S->desc = places[i].desc;
		S->driver = places[i].driver;
		S->device = places[i].device;
		vq_start(V);
		is(S->broken, places[i].good ? KEEL_VIRTQ_SOUND : KEEL_VIRTQ_BAD_RING);
		is(Q->broken[KEEL_VIRTQ_BAD_RING], !places[i].good);
		is(take(), places[i].good ? 0 : -EIO);
	}
}

static void wrong_starts_with_a_size(struct kunit *test)
{
	unsigned int size;

	for (size = 0; size < 0x10000; size += size < 600 ? 1 : 0x55) {
		bool good = size && size <= 256 && !(size & (size - 1));

		again(0);
		S->size = size;
		vq_start(V);
		is(S->broken, good ? KEEL_VIRTQ_SOUND : KEEL_VIRTQ_BAD_RING);
		is(keel_virtq_check(S, 0), size <= 256);
	}
}

#define accepts()	keel_virtq_check(S, 0)

static void wrong_check_rejects(struct kunit *test)
{
	unsigned int taken;

	ok(accepts());
	S->enabled = 2;
	ok(!accepts());
	again(0);
	S->fresh = 2;
	ok(!accepts());
	again(0);
	S->broken = KEEL_NR_VIRTQ_BROKEN;
	ok(!accepts());
	for (taken = 0; taken < 3; taken++) {
		again(0);
		S->pad[taken] = 1;
		ok(!accepts());
	}
	for (taken = 0; taken < 0x10000; taken++) {
		again(0);
		S->used = 0xfff0;
		S->avail = S->used + taken;
		is(accepts(), taken <= SIZE);
		if (taken > 2 * SIZE)
			taken += 0x333;
	}
}

/* The registers of a queue that is not enabled may hold anything. */
static void wrong_check_accepts_what_does_not_run(struct kunit *test)
{
	S->desc = 1;
	S->size = 3;
	ok(!accepts());
	S->enabled = 0;
	ok(accepts());
	S->enabled = 1;
	S->broken = KEEL_VIRTQ_BAD_RING;
	ok(accepts());
	S->size = 257;
	ok(!accepts());
}

static void wrong_rewinds(struct kunit *test)
{
	offer(OUT(BUF(0), 1));
	is(take(), 1);
	is(give(CHAIN, 0), 0);
	is(asks(), 1);
	S->broken = KEEL_VIRTQ_LOOP;
	keel_virtq_rewind(S, 0);
	is(S->avail, 0);
	is(S->used, 0);
	is(S->signalled, 0);
	is(S->fresh, 1);
	is(S->broken, 0);
	is(S->desc, VQ_DESC);
	is(S->size, SIZE);
	is(S->vector, 0xffff);
	is(S->enabled, 1);
}

static int wrong_init(struct kunit *test)
{
	return vq_init(test, 0, SIZE);
}

static struct kunit_case wrong_cases[] = {
	KUNIT_CASE(wrong_index_too_far),
	KUNIT_CASE(wrong_index_counts_what_is_taken),
	KUNIT_CASE(wrong_index_goes_back),
	KUNIT_CASE(wrong_head_beyond_the_table),
	KUNIT_CASE(wrong_next_beyond_the_table),
	KUNIT_CASE(wrong_loops),
	KUNIT_CASE(wrong_longer_than_the_queue),
	KUNIT_CASE(wrong_buffers_not_in_memory),
	KUNIT_CASE(wrong_out_behind_in),
	KUNIT_CASE(wrong_bad_tables),
	KUNIT_CASE(wrong_broken_for_good),
	KUNIT_CASE(wrong_broken_by_the_device),
	KUNIT_CASE(wrong_memory_goes_away),
	KUNIT_CASE(wrong_reasons_of_lost_memory),
	KUNIT_CASE(wrong_copies_tables_once),
	KUNIT_CASE(wrong_copies_descriptors_once),
	KUNIT_CASE(wrong_starts_where_memory_is),
	KUNIT_CASE(wrong_starts_with_a_size),
	KUNIT_CASE(wrong_check_rejects),
	KUNIT_CASE(wrong_check_accepts_what_does_not_run),
	KUNIT_CASE(wrong_rewinds),
	{}
};

static struct kunit_suite wrong_suite = {
	.name = "keel-virtq-wrong",
	.init = wrong_init,
	.test_cases = wrong_cases,
};

kunit_test_suites(&wrong_suite);
