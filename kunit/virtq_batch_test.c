// SPDX-License-Identifier: GPL-2.0
/*
 * Transcripts for batches of chains that are given back as one (VIRTIO_F_IN_ORDER), in both
 * formats.
 */
#include "virtq_test.h"

#define SIZE		8
#define IN_ORDER	BIT_ULL(VIRTIO_F_IN_ORDER)
#define EVENT_IDX	BIT_ULL(VIRTIO_RING_F_EVENT_IDX)
#define PACKED		BIT_ULL(VIRTIO_F_RING_PACKED)
#define again(features)	vq_rewind(V, IN_ORDER | (features), SIZE)

#define USED_IDX	(VQ_DEVICE + KEEL_USED_IDX)
#define USED(n)		(VQ_DEVICE + KEEL_USED_RING + 8 * (n))
#define ID(slot)	(VQ_DESC + 16 * (slot) + 12)
#define FLAGS(slot)	(VQ_DESC + 16 * (slot) + 14)
#define WRAP		KEEL_PACKED_WRAP

static bool batch_is_packed(struct kunit *test)
{
	return V->features & PACKED;
}

/* Offers chains of one buffer, takes them, and gives them back in one batch. */
static void batch_gather(struct kunit *test, unsigned int nr)
{
	while (nr--) {
		offer(IN(BUF(0), 16));
		is(take(), 1);
		is(gather(CHAIN, 16), 0);
	}
}

static void batch_of_three(struct kunit *test, u64 format)
{
	struct vq_used used;
	u16 last;

	again(format);
	batch_gather(test, 2);
	last = offer(IN(BUF(1), 64));
	is(take(), 1);
	is(gather(CHAIN, 64), 0);
	is(WRITES, 0);
	is(reap().found, 0);
	is(asks(), 1);
	is(WRITES, batch_is_packed(test) ? 1 : 2);
	used = reap();
	is(used.found, 1);
	is(used.id, last);
	is(used.len, 64);
	is(used.chains, 3);
	is(reap().found, 0);
	is(Q->returned, 3);
	is(Q->batched, 3);
	is(asks(), 0);
}

/* The first element of the batch is written; the others are not, and the next batch is behind. */
static void batch_split(struct kunit *test)
{
	u16 id;

	batch_of_three(test, 0);
	is(vq_peek16(USED_IDX), 3);
	vq_poke32(USED(1), 0x1234);
	vq_poke32(USED(4), 0x1234);
	batch_gather(test, 1);
	id = offer(IN(BUF(0), 16));
	is(take(), 1);
	is(give(CHAIN, 7), 0);			/* the last one, not completely */
	is(vq_peek16(USED_IDX), 5);
	is(vq_peek32(USED(3)), id);
	is(vq_peek32(USED(3) + 4), 7);
	is(vq_peek32(USED(1)), 0x1234);
	is(vq_peek32(USED(4)), 0x1234);
	is(reap().chains, 2);
}

static void batch_packed(struct kunit *test)
{
	u16 id, before;

	batch_of_three(test, PACKED);
	is(S->used, WRAP | 3);
	before = offer(OUT(BUF(0), 1), IN(BUF(1), 1));
	id = offer(IN(BUF(0), 16));
	is(take(), 1);
	is(gather(CHAIN, 1), 0);
	is(take(), 1);
	is(give(CHAIN, 0), 0);
	is(S->used, WRAP | 6);
	is(vq_peek16(ID(3)), id);
	is(vq_peek16(FLAGS(3)), 0x8080);		/* nothing was written */
	is(vq_peek16(ID(4)), before);		/* as the driver left it */
	is(reap().chains, 2);
}

/* Batches of any length, from any place of the ring, across its end and past 65536. */
static void batch_anywhere(struct kunit *test, u64 format)
{
	unsigned int round, nr;

	again(format);
	for (round = 0; round < 20000; round++) {
		nr = 1 + round % SIZE;
		batch_gather(test, nr);
		is(asks(), 1);
		is(reap().chains, nr);
		is(S->used, S->avail);
	}
	is(reap().found, 0);
}

static void batch_split_anywhere(struct kunit *test)
{
	batch_anywhere(test, 0);
}

static void batch_packed_anywhere(struct kunit *test)
{
	batch_anywhere(test, PACKED);
}

static void batch_without_in_order(struct kunit *test)
{
	vq_rewind(V, 0, SIZE);
	batch_gather(test, 1);
	is(WRITES, 2);
	is(reap().found, 1);
	vq_rewind(V, PACKED, SIZE);
	batch_gather(test, 1);
	is(WRITES, 1);
	is(reap().found, 1);
	is(Q->batched, 0);
}

/* A driver that polls sees them after so many. */
static void batch_is_bounded(struct kunit *test)
{
	vq_rewind(V, IN_ORDER, 64);
	batch_gather(test, KEEL_VIRTQ_BATCH - 1);
	is(reap().found, 0);
	batch_gather(test, 1);
	is(reap().chains, KEEL_VIRTQ_BATCH);
	batch_gather(test, 1);
	is(reap().found, 0);
	is(flush(), 0);
	is(reap().chains, 1);
	is(flush(), 0);
	is(reap().found, 0);
}

/* An event anywhere in a batch is one that the driver waits for; no other is. */
static void batch_events_split(struct kunit *test)
{
	int nr, distance;

	for (nr = 1; nr <= SIZE; nr++) {
		again(EVENT_IDX);
		batch_gather(test, 1);
		is(asks(), 1);			/* the first answer is always yes */
		reap();
		for (distance = -2 * SIZE; distance <= 2 * SIZE; distance++) {
			vq_poke16(VQ_DRIVER + KEEL_AVAIL_EVENT(SIZE), S->used + distance);
			batch_gather(test, nr);
			is(asks(), distance >= 0 && distance < nr);
			is(reap().chains, nr);
		}
	}
}

static u16 batch_place(u16 place, int distance)
{
	int at = (place & ~WRAP) + (place & WRAP ? 0 : SIZE) + distance;

	at = (at + 4 * SIZE) % (2 * SIZE);
	return at < SIZE ? at | WRAP : at - SIZE;
}

static void batch_events_packed(struct kunit *test)
{
	int nr, distance;

	for (nr = 1; nr <= SIZE; nr++) {
		again(PACKED | EVENT_IDX);
		vq_poke16(VQ_DRIVER + 2, VRING_PACKED_EVENT_FLAG_DESC);
		batch_gather(test, 1);
		is(asks(), 1);
		reap();
		for (distance = -SIZE; distance < SIZE; distance++) {
			vq_poke16(VQ_DRIVER, batch_place(S->used, distance));
			batch_gather(test, nr);
			is(asks(), distance >= 0 && distance < nr);
			is(reap().chains, nr);
		}
	}
}

/* So many since it was last asked that an event cannot be compared: it is told. */
static void batch_events_all_round(struct kunit *test)
{
	unsigned int i;

	again(EVENT_IDX);
	batch_gather(test, 1);
	is(asks(), 1);
	reap();
	for (i = 0; i < 65536 / SIZE - 1; i++) {
		batch_gather(test, SIZE);
		is(flush(), 0);
		is(reap().chains, SIZE);
	}
	is(S->fresh, 0);
	batch_gather(test, SIZE);
	is(flush(), 0);
	is(reap().chains, SIZE);
	is(S->fresh, 1);
	is(asks(), 1);
	again(PACKED | EVENT_IDX);
	vq_poke16(VQ_DRIVER + 2, VRING_PACKED_EVENT_FLAG_DESC);
	batch_gather(test, 1);
	is(asks(), 1);
	reap();
	batch_gather(test, SIZE);
	is(flush(), 0);
	reap();
	is(S->fresh, 0);
	batch_gather(test, SIZE);
	is(flush(), 0);
	is(S->fresh, 1);
	is(asks(), 1);
}

/* Those before a chain that breaks the queue are given back, and nothing is after it. */
static void batch_before_a_wrong_one(struct kunit *test)
{
	static const u64 formats[] = { 0, PACKED };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(formats); i++) {
		again(formats[i]);
		batch_gather(test, 2);
		offer(IN(VQ_END, 1));
		breaks(KEEL_VIRTQ_BAD_BUFFER);
		is(reap().chains, 2);
		stays_broken();
		is(flush(), -EIO);
	}
}

static void batch_of_what_was_not_taken(struct kunit *test)
{
	static const u64 formats[] = { 0, PACKED };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(formats); i++) {
		again(formats[i]);
		batch_gather(test, 2);
		is(gather(CHAIN, 16), -EIO);
		is(S->broken, KEEL_VIRTQ_BAD_RETURN);
		again(formats[i]);
		batch_gather(test, 1);
		is(put_back(CHAIN), -EIO);	/* it is given back already */
		is(S->broken, KEEL_VIRTQ_BAD_RETURN);
	}
}

/* A chain that is put back amid a batch is the next one again. */
static void batch_and_put_back(struct kunit *test)
{
	static const u64 formats[] = { 0, PACKED };
	unsigned int i;
	u16 id;

	for (i = 0; i < ARRAY_SIZE(formats); i++) {
		again(formats[i]);
		batch_gather(test, 2);
		id = offer(IN(BUF(0), 16));
		is(take(), 1);
		is(put_back(CHAIN), 0);
		is(asks(), 1);
		is(reap().chains, 2);
		is(take(), 1);
		is(CHAIN->id, id);
		is(gather(CHAIN, 16), 0);
		is(asks(), 1);
		is(reap().chains, 1);
	}
}

/* A walker that is started after a batch, amid the chains that were available, goes on. */
static void batch_and_restart(struct kunit *test)
{
	static const u64 formats[] = { 0, PACKED };
	unsigned int i, j;
	u16 id[SIZE];

	for (i = 0; i < ARRAY_SIZE(formats); i++) {
		again(formats[i]);
		for (j = 0; j < SIZE; j++)
			id[j] = offer(IN(BUF(j), 16));
		for (j = 0; j < 3; j++) {
			is(take(), 1);
			is(gather(CHAIN, 16), 0);
		}
		is(flush(), 0);
		vq_start(V);
		for (; j < SIZE; j++) {
			is(take(), 1);
			is(CHAIN->id, id[j]);
			is(gather(CHAIN, 16), 0);
		}
		is(asks(), 1);
		is(reap().chains, 3);
		is(reap().chains, SIZE - 3);
		is(S->used, S->avail);
	}
}

static int batch_init(struct kunit *test)
{
	return vq_init(test, IN_ORDER, SIZE);
}

static struct kunit_case batch_cases[] = {
	KUNIT_CASE(batch_split),
	KUNIT_CASE(batch_packed),
	KUNIT_CASE(batch_split_anywhere),
	KUNIT_CASE(batch_packed_anywhere),
	KUNIT_CASE(batch_without_in_order),
	KUNIT_CASE(batch_is_bounded),
	KUNIT_CASE(batch_events_split),
	KUNIT_CASE(batch_events_packed),
	KUNIT_CASE(batch_events_all_round),
	KUNIT_CASE(batch_before_a_wrong_one),
	KUNIT_CASE(batch_of_what_was_not_taken),
	KUNIT_CASE(batch_and_put_back),
	KUNIT_CASE(batch_and_restart),
	{}
};

static struct kunit_suite batch_suite = {
	.name = "keel-virtq-batch",
	.init = batch_init,
	.test_cases = batch_cases,
};

kunit_test_suites(&batch_suite);
