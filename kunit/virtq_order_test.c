// SPDX-License-Identifier: GPL-2.0
/* Transcripts for devices/virtio/order.c. */
#include "harness.h"
#include "../devices/virtio/order.h"

#define ORDER	((struct keel_virtq_order *)test->priv)

static int order_init(struct kunit *test)
{
	test->priv = kunit_kzalloc(test, sizeof(struct keel_virtq_order), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, test->priv);
	return 0;
}

/* A chain with this id, which takes @slots. */
static u16 order_take(struct kunit *test, u16 id, u16 slots)
{
	struct keel_chain *chain = kunit_kzalloc(test, sizeof(*chain), GFP_KERNEL);

	chain->id = id;
	chain->slots = slots;
	return keel_order_add(ORDER, chain);
}

/* Pops the next chain that may be given back: its id, or -1. */
static int order_id(struct kunit *test)
{
	const struct keel_turn *turn = keel_order_pop(ORDER);

	return turn ? turn->id : -1;
}

static void order_of_nothing(struct kunit *test)
{
	is(order_id(test), -1);
	order_take(test, 7, 1);
	is(order_id(test), -1);
}

static void order_in_turn(struct kunit *test)
{
	u16 place = order_take(test, 0xfff0, 3);
	const struct keel_turn *turn;

	keel_order_over(ORDER, place, 512);
	turn = keel_order_pop(ORDER);
	KUNIT_ASSERT_NOT_NULL(test, turn);
	is(turn->id, 0xfff0);
	is(turn->slots, 3);
	is(turn->written, 512);
	is(order_id(test), -1);
}

/* A chain was used completely if nothing is left that could have been written. */
static void order_whole(struct kunit *test)
{
	static const struct {
		u64 in_len;
		u32 written;
		bool whole;
	} cases[] = {
		{ 0, 0, true }, { 0, 1, false }, { 513, 513, true }, { 513, 1, false },
		{ 513, 512, false }, { BIT_ULL(32), 0, false }, { U32_MAX, U32_MAX, true },
	};
	struct keel_chain *chain = kunit_kzalloc(test, sizeof(*chain), GFP_KERNEL);
	const struct keel_turn *turn;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		chain->in_len = cases[i].in_len;
		keel_order_over(ORDER, keel_order_add(ORDER, chain), cases[i].written);
		turn = keel_order_pop(ORDER);
		KUNIT_ASSERT_NOT_NULL(test, turn);
		is(turn->whole, cases[i].whole);
	}
}

static void order_too_early_waits(struct kunit *test)
{
	u16 a = order_take(test, 1, 1), b = order_take(test, 2, 1), c = order_take(test, 3, 1);

	keel_order_over(ORDER, c, 0);
	is(order_id(test), -1);
	keel_order_over(ORDER, a, 0);
	is(order_id(test), 1);
	is(order_id(test), -1);
	keel_order_over(ORDER, b, 0);
	is(order_id(test), 2);
	is(order_id(test), 3);
	is(order_id(test), -1);
}

static void order_put_back_has_no_turn(struct kunit *test)
{
	u16 a = order_take(test, 1, 1), b = order_take(test, 2, 1);

	keel_order_put_back(ORDER);
	keel_order_over(ORDER, a, 0);
	is(order_id(test), 1);
	is(order_id(test), -1);
	is(order_take(test, 5, 1), b);
	is(order_id(test), -1);
	keel_order_over(ORDER, b, 0);
	is(order_id(test), 5);
}

/* Fills the queue again and again, past 65535; each round completes in reverse order. */
static void order_of_a_full_queue(struct kunit *test)
{
	struct keel_chain *chain = kunit_kzalloc(test, sizeof(*chain), GFP_KERNEL);
	unsigned int round, i, bad = 0;

	for (round = 0; round < 300; round++) {
		u16 places[KEEL_VIRTQ_MAX_SIZE];

		for (i = 0; i < KEEL_VIRTQ_MAX_SIZE; i++) {
			chain->id = i ^ round;
			places[i] = keel_order_add(ORDER, chain);
		}
		for (i = KEEL_VIRTQ_MAX_SIZE; i--;) {
			bad += order_id(test) != -1;
			keel_order_over(ORDER, places[i], i);
		}
		for (i = 0; i < KEEL_VIRTQ_MAX_SIZE; i++) {
			const struct keel_turn *turn = keel_order_pop(ORDER);

			bad += !turn || turn->id != (u16)(i ^ round) || turn->written != i;
		}
		bad += order_id(test) != -1;
	}
	is(bad, 0);
}

static struct kunit_case order_cases[] = {
	KUNIT_CASE(order_of_nothing),
	KUNIT_CASE(order_in_turn),
	KUNIT_CASE(order_whole),
	KUNIT_CASE(order_too_early_waits),
	KUNIT_CASE(order_put_back_has_no_turn),
	KUNIT_CASE(order_of_a_full_queue),
	{}
};

static struct kunit_suite order_suite = {
	.name = "keel-virtq-order",
	.init = order_init,
	.test_cases = order_cases,
};

kunit_test_suites(&order_suite);
