// SPDX-License-Identifier: GPL-2.0
/*
 * The 8254 on the board: OUT0's line and its deadlines, a late host, and a guest that
 * asks for too much.
 */
#include "pit_test.h"

static const struct keel_device_config pit_devices[] = {
	{ .class = KEEL_CLASS_PIT, .irq = KEEL_IRQ_DEFAULT },
	{ .class = KEEL_CLASS_PIC, .irq = KEEL_IRQ_DEFAULT },
};

static const struct keel_device_config reinject_devices[] = {
	{ .class = KEEL_CLASS_PIT, .irq = KEEL_IRQ_DEFAULT,
	  .pit = { .policy = KEEL_PIT_REINJECT } },
	{ .class = KEEL_CLASS_PIC, .irq = KEEL_IRQ_DEFAULT },
};

#define MIN_TICKS	120	/* in 100 us, rounded up */

/* ---- The line and its deadline ---- */

/*
 * Steps @ticks ticks: an armed deadline is always the tick of the line's next change
 * or edge.
 */
static void pit_deadline_is_next_change(struct kunit *test, u64 ticks)
{
	const struct keel_line *irq0 = &H->board->lines[0];
	u64 i, sets = irq0->sets, deadline = H->deadline;

	for (i = 0; i < ticks; i++) {
		pit_clock(test, 1);
		is(irq0->sets != sets, H->now == deadline);
		if (H->now == deadline)
			deadline = H->deadline;
		is(H->deadline, deadline);
		sets = irq0->sets;
	}
}

static void pit_mode0_fires_once(struct kunit *test)
{
	pit_program(test, 0, 0, false, 200);
	is(H->deadline, TICK_NS(201));
	is(line(0), 0);
	pit_deadline_is_next_change(test, 200);
	is(line(0), 0);
	pit_to(test, 201);
	is(line(0), 1);
	is(H->deadline, KEEL_NEVER);
	jump(10000000000ULL);
	out(0x61, 0);
	is(line(0), 1);
	is(pit_asserts(test), 1);
	pit_count(test, 0, 5);	/* a new count alone restarts it */
	is(line(0), 0);
	pit_clock(test, 6);
	is(line(0), 1);
	is(pit_asserts(test), 2);
}

static void pit_mode0_low_byte_lowers_the_line(struct kunit *test)
{
	pit_program(test, 0, 0, false, 2);
	pit_to(test, 3);
	is(line(0), 1);
	out(0x40, 7);
	is(line(0), 0);
	is(H->deadline, KEEL_NEVER);
}

static void pit_mode2_beats(struct kunit *test)
{
	out(0x43, 0x34);
	is(line(0), 1);		/* OUT is high already: one edge, as on hardware */
	pit_count(test, 0, 1193);
	is(H->deadline, TICK_NS(1194));
	pit_deadline_is_next_change(test, 6000);
	is(line(0), 1);
	is(pit_asserts(test), 1 + 5);
	is(pit_stat(test, "missed"), 0);
}

static void pit_mode3_follows_both_halves(struct kunit *test)
{
	pit_program(test, 0, 3, false, 501);
	is(H->deadline, TICK_NS(252));
	pit_deadline_is_next_change(test, 250);
	is(line(0), 1);
	pit_to(test, 252);
	is(line(0), 0);
	is(H->deadline, TICK_NS(502));
	pit_to(test, 502);
	is(line(0), 1);
	pit_deadline_is_next_change(test, 5000);
	is(pit_asserts(test), 1 + 1 + 5000 / 501);
}

static void pit_mode4_strobes(struct kunit *test)
{
	pit_program(test, 0, 4, false, 200);
	is(pit_asserts(test), 1);
	is(H->deadline, TICK_NS(202));	/* the strobe's end */
	pit_to(test, 200);
	ok(pit_out(test, 0));
	pit_to(test, 201);
	ok(!pit_out(test, 0));
	is(pit_asserts(test), 1);
	pit_to(test, 202);
	ok(pit_out(test, 0));
	is(pit_asserts(test), 2);
	is(line(0), 1);
	is(H->deadline, KEEL_NEVER);
}

static void pit_modes_1_and_5_need_a_gate(struct kunit *test)
{
	pit_program(test, 0, 1, false, 200);
	is(H->deadline, KEEL_NEVER);
	is(line(0), 1);
	pit_program(test, 0, 5, false, 200);
	is(H->deadline, KEEL_NEVER);
	pit_clock(test, 1000);
	is(pit_asserts(test), 1);
}

static void pit_mode2_new_count_waits(struct kunit *test)
{
	pit_program(test, 0, 2, false, 1000);
	pit_to(test, 501);
	pit_count(test, 0, 300);
	pit_count(test, 0, 400);	/* the last one counts */
	is(H->deadline, TICK_NS(1001));
	is(pit_ce(test, 0), 500);
	pit_to(test, 1001);
	is(pit_asserts(test), 2);
	is(pit_ce(test, 0), 400);
	is(H->deadline, TICK_NS(1401));
	pit_deadline_is_next_change(test, 1000);
}

static void pit_mode3_new_count_waits_for_the_half(struct kunit *test)
{
	pit_program(test, 0, 3, false, 1000);
	pit_to(test, 101);
	pit_count(test, 0, 401);
	is(H->deadline, TICK_NS(501));
	pit_to(test, 501);
	is(line(0), 0);
	is(H->deadline, TICK_NS(701));	/* a low half of 200 */
	pit_to(test, 701);
	is(line(0), 1);
	is(H->deadline, TICK_NS(902));
	pit_to(test, 902);
	is(line(0), 0);
	pit_deadline_is_next_change(test, 2000);
}

static void pit_a_day_without_drift(struct kunit *test)
{
	u64 period = 11932, ticks, k;

	pit_program(test, 0, 2, false, period);
	jump(86400ULL * 1000000000);
	ticks = 86400ULL * 105000000 / 88;
	is(pit_tick(test), ticks);
	k = (ticks - 1) / period;
	is(pit_stat(test, "missed") + pit_asserts(test) - 1, k);
	is(H->deadline, TICK_NS(1 + (k + 1) * period));
	is(pit_ce(test, 0), period - (ticks - 1) % period);
}

static void pit_a_year_is_one_step(struct kunit *test)
{
	u64 expired;

	pit_program(test, 0, 3, false, 1193);
	expired = H->board->expired;
	jump(365ULL * 86400 * 1000000000);
	is(H->board->expired, expired + 1);
	is(pit_asserts(test), 2);
	ok(H->deadline > H->now);
}

/* ---- A late host ---- */

static void pit_coalesces(struct kunit *test)
{
	pit_program(test, 0, 2, false, 1000);
	jump(TICK_NS(10500));
	is(pit_asserts(test), 1 + 1);
	is(line(0), 1);
	is(pit_stat(test, "missed"), 9);
	is(H->deadline, TICK_NS(11001));	/* in step again */
	pit_to(test, 13001);
	is(pit_asserts(test), 1 + 4);
	is(pit_stat(test, "missed"), 9);
}

static void pit_late_square_stays_high(struct kunit *test)
{
	pit_program(test, 0, 3, false, 1000);
	pit_to(test, 501);
	is(line(0), 0);
	jump(TICK_NS(1600) - H->now);		/* the rise at 1001 is found in a low half */
	ok(!pit_out(test, 0));
	is(line(0), 1);
	is(pit_asserts(test), 2);
	is(H->deadline, TICK_NS(2001));
	pit_to(test, 2000);
	is(line(0), 1);
	pit_to(test, 2001);
	is(pit_asserts(test), 3);
	is(H->deadline, TICK_NS(2501));
	pit_to(test, 2501);
	is(line(0), 0);
	is(pit_stat(test, "missed"), 0);
}

static void pit_late_square_reprogrammed(struct kunit *test)
{
	pit_program(test, 0, 3, false, 1000);
	jump(TICK_NS(1600));
	is(line(0), 1);
	out(0x43, 0x30);
	is(line(0), 0);
	pit_program(test, 0, 3, false, 1000);
	pit_clock(test, 501);
	is(line(0), 0);
}

static void pit_late_past_a_new_count(struct kunit *test)
{
	pit_program(test, 0, 2, false, 1000);
	pit_to(test, 501);
	pit_count(test, 0, 200);
	jump(TICK_NS(1001 + 850) - H->now);
	is(pit_stat(test, "missed"), 4);	/* 1001, then 1201, 1401, 1601; 1801 is delivered */
	is(pit_asserts(test), 2);
	is(H->deadline, TICK_NS(2001));
	is(pit_ce(test, 0), 150);
}

static void pit_late_past_a_new_half(struct kunit *test)
{
	pit_program(test, 0, 3, false, 1000);
	pit_to(test, 101);
	pit_count(test, 0, 400);
	jump(TICK_NS(501 + 350) - H->now);	/* low to 701, high to 901 */
	is(line(0), 1);
	is(pit_asserts(test), 2);
	is(H->deadline, TICK_NS(901));
	jump(TICK_NS(1350) - H->now);		/* low to 1101, high to 1301 */
	is(line(0), 1);
	is(pit_asserts(test), 3);
	is(H->deadline, TICK_NS(1501));
}

static void reinject_makes_up(struct kunit *test)
{
	pit_program(test, 0, 2, false, 1000);
	jump(TICK_NS(10400));
	is(pit_asserts(test), 1 + 1);
	is(pit_state(test)->backlog, 9);
	is(H->deadline, TICK_NS(10501));	/* half way to the next */
	pit_deadline_is_next_change(test, 20000);
	is(pit_state(test)->backlog, 0);
	is(pit_asserts(test), 1 + 30);		/* every tick so far */
	is(pit_stat(test, "reinjected"), 9);
	is(pit_stat(test, "missed"), 0);
	is(H->deadline, TICK_NS(31001));
}

static void reinject_in_square_mode(struct kunit *test)
{
	pit_program(test, 0, 3, false, 1001);
	jump(TICK_NS(3500));			/* rises at 1002, 2003, 3004; low from 3505 */
	is(pit_asserts(test), 2);
	is(pit_state(test)->backlog, 2);
	is(H->deadline, TICK_NS(3505));
	pit_to(test, 3505);
	is(pit_asserts(test), 3);
	is(line(0), 1);
	pit_to(test, 4005);
	is(pit_asserts(test), 4);
	pit_to(test, 4506);
	is(pit_asserts(test), 5);
	is(pit_state(test)->backlog, 0);
	is(line(0), 1);				/* the last one came in a low half */
	pit_to(test, 5006);
	is(pit_asserts(test), 6);
	pit_to(test, 5507);
	is(line(0), 0);				/* a square wave again */
	is(pit_asserts(test), 6);
}

static void reinject_is_bounded(struct kunit *test)
{
	pit_program(test, 0, 2, false, 1000);
	jump(TICK_NS(1 + 1000 * 20000));
	is(pit_state(test)->backlog, KEEL_PIT_BACKLOG_MAX);
	is(pit_stat(test, "missed"), 20000 - 1 - KEEL_PIT_BACKLOG_MAX);
	jump(TICK_NS(5000));
	is(pit_state(test)->backlog, KEEL_PIT_BACKLOG_MAX);
	is(pit_stat(test, "missed"), 20000 - 1 - KEEL_PIT_BACKLOG_MAX + 4);
}

static void reinject_ends_with_the_program(struct kunit *test)
{
	pit_program(test, 0, 2, false, 1000);
	jump(TICK_NS(5500));
	is(pit_state(test)->backlog, 4);
	out(0x43, 0x34);
	is(pit_state(test)->backlog, 0);
	is(pit_stat(test, "missed"), 4);
	is(H->deadline, KEEL_NEVER);
}

static void reinject_needs_room(struct kunit *test)
{
	pit_program(test, 0, 2, false, 1000);
	jump(TICK_NS(5500));
	is(pit_state(test)->backlog, 4);
	pit_count(test, 0, 2 * MIN_TICKS - 1);	/* too short for an edge in between */
	pit_to(test, 6001);
	is(pit_stat(test, "missed") + pit_stat(test, "reinjected"), 4);
	is(pit_state(test)->backlog, 0);
	jump(TICK_NS(5 * (2 * MIN_TICKS - 1)));
	is(pit_state(test)->backlog, 0);
	pit_program(test, 0, 2, false, 2 * MIN_TICKS);
	jump(TICK_NS(5 * 2 * MIN_TICKS));
	ok(pit_state(test)->backlog > 2);
}

/* ---- A guest that asks for too much ---- */

static void pit_clamps(struct kunit *test)
{
	unsigned int i;

	pit_program(test, 0, 2, false, 50);
	is(pit_stat(test, "clamped"), 1);
	is(H->deadline, TICK_NS(1 + 150));	/* every third */
	for (i = 1; i <= 10; i++) {
		pit_to(test, 1 + 150 * i);
		is(pit_asserts(test), 1 + i);
		ok(H->deadline - H->now >= 100000);
	}
	pit_clock(test, 20);
	is(pit_ce(test, 0), 30);		/* the count is not affected */
	pit_deadline_is_next_change(test, 2000);
}

static void pit_clamps_square(struct kunit *test)
{
	pit_program(test, 0, 3, false, 2);
	is(H->deadline, TICK_NS(1 + MIN_TICKS));
	pit_deadline_is_next_change(test, 1000);
	is(line(0), 1);
	pit_program(test, 0, 3, false, MIN_TICKS - 1);
	is(pit_stat(test, "clamped"), 2);
	pit_program(test, 0, 3, false, MIN_TICKS);
	is(pit_stat(test, "clamped"), 2);
	is(H->deadline, TICK_NS(pit_tick(test) + 1 + MIN_TICKS / 2));
}

static void pit_unclamps(struct kunit *test)
{
	pit_program(test, 0, 3, false, 100);
	pit_to(test, 20);
	pit_count(test, 0, 1000);
	pit_to(test, 51);			/* a low half of 500 begins */
	is(line(0), 0);
	is(H->deadline, TICK_NS(551));
	pit_deadline_is_next_change(test, 3000);
}

static void pit_short_one_shots_are_the_guests_work(struct kunit *test)
{
	pit_program(test, 0, 0, false, 1);
	is(H->deadline, TICK_NS(2));
	pit_to(test, 2);
	is(H->deadline, KEEL_NEVER);
	is(pit_stat(test, "clamped"), 0);
}

static int pit_init(struct kunit *test)
{
	return harness_init(test, pit_devices, ARRAY_SIZE(pit_devices));
}

static int reinject_init(struct kunit *test)
{
	return harness_init(test, reinject_devices, ARRAY_SIZE(reinject_devices));
}

static struct kunit_case pit_cases[] = {
	KUNIT_CASE(pit_mode0_fires_once),
	KUNIT_CASE(pit_mode0_low_byte_lowers_the_line),
	KUNIT_CASE(pit_mode2_beats),
	KUNIT_CASE(pit_mode3_follows_both_halves),
	KUNIT_CASE(pit_mode4_strobes),
	KUNIT_CASE(pit_modes_1_and_5_need_a_gate),
	KUNIT_CASE(pit_mode2_new_count_waits),
	KUNIT_CASE(pit_mode3_new_count_waits_for_the_half),
	KUNIT_CASE(pit_a_day_without_drift),
	KUNIT_CASE(pit_a_year_is_one_step),
	KUNIT_CASE(pit_coalesces),
	KUNIT_CASE(pit_late_square_stays_high),
	KUNIT_CASE(pit_late_square_reprogrammed),
	KUNIT_CASE(pit_late_past_a_new_count),
	KUNIT_CASE(pit_late_past_a_new_half),
	KUNIT_CASE(pit_clamps),
	KUNIT_CASE(pit_clamps_square),
	KUNIT_CASE(pit_unclamps),
	KUNIT_CASE(pit_short_one_shots_are_the_guests_work),
	{}
};

static struct kunit_case reinject_cases[] = {
	KUNIT_CASE(reinject_makes_up),
	KUNIT_CASE(reinject_in_square_mode),
	KUNIT_CASE(reinject_is_bounded),
	KUNIT_CASE(reinject_ends_with_the_program),
	KUNIT_CASE(reinject_needs_room),
	{}
};

static struct kunit_suite pit_suite = {
	.name = "keel-pit",
	.init = pit_init,
	.exit = harness_exit,
	.test_cases = pit_cases,
};

static struct kunit_suite reinject_suite = {
	.name = "keel-pit-reinject",
	.init = reinject_init,
	.exit = harness_exit,
	.test_cases = reinject_cases,
};

kunit_test_suite(pit_suite);
kunit_test_suite(reinject_suite);
