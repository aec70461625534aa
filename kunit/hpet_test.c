// SPDX-License-Identifier: GPL-2.0
/* Transcripts for devices/chips/hpet.c (IA-PC HPET 1.0a). */
#include "hpet_test.h"

/* ---- The counter ---- */

static void hpet_says_what_it_can(struct kunit *test)
{
	unsigned int i;

	is(get(CAPABILITIES), 0x009896808086a201);
	is(get32(CAPABILITIES), 0x8086a201);
	is(get32(CAPABILITIES + 4), 10000000);	/* fs */
	is(rd(HPET + 2, 2), 0x8086);
	is(rd(HPET + 1, 1), 0xa2);
	for (i = 0; i < 3; i++) {
		is(get(CONF(i)), CAN);
		is(get(CMP(i)), U64_MAX);
		is(get(FSB(i)), 0);
	}
	is(get(0x08), 0);
	is(get(0x118), 0);
	is(get(0x160), 0);
	is(get(0x3f8), 0);
	is(rd(HPET + 0x400, 4), U32_MAX);
}

static void hpet_counter_runs_and_halts(struct kunit *test)
{
	jump(12345);
	is(get(COUNTER), 0);
	set(CONFIG, ENABLE);
	is(get(COUNTER), 0);
	jump(9);
	is(get(COUNTER), 0);
	jump(1);
	is(get(COUNTER), 1);
	jump(1000000);
	is(get(COUNTER), 100001);
	set(CONFIG, 0);
	jump(1000000);
	is(get(COUNTER), 100001);
	set(CONFIG, ENABLE);
	jump(10);
	is(get(COUNTER), 100002);
}

static void hpet_counter_is_written(struct kunit *test)
{
	set(COUNTER, 0x1fffffffeULL);
	is(get(COUNTER), 0x1fffffffeULL);
	set32(COUNTER + 4, 5);
	is(get(COUNTER), 0x5fffffffeULL);
	is(get32(COUNTER), 0xfffffffe);
	is(get32(COUNTER + 4), 5);
	set(CONFIG, ENABLE);
	ticks(3);
	is(get(COUNTER), 0x600000001ULL);
	is(hpet_stat(test, "running_writes"), 0);
	set(COUNTER, 7);		/* goes on from there */
	ticks(2);
	is(get(COUNTER), 9);
	is(hpet_stat(test, "running_writes"), 1);
	wr(HPET + COUNTER + 1, 0xab, 1);
	is(get(COUNTER), 0xab09);
	is(rd(HPET + COUNTER + 1, 1), 0xab);
}

static void hpet_counter_does_not_drift(struct kunit *test)
{
	set(CONFIG, ENABLE);
	jump(86400ULL * 1000000000 + 5);
	is(get(COUNTER), 86400ULL * 100000000);
	is(hpet_stat(test, "counter.reads"), 2);	/* each in two halves */
}

/* ---- One-shot ---- */

static void hpet_level_stays_until_it_is_cleared(struct kunit *test)
{
	set(CONF(0), LEVEL | INT | PIN(20));
	set(CMP(0), 500);
	is(hpet_due(test, 0), KEEL_NEVER);
	set(CONFIG, ENABLE);
	is(hpet_due(test, 0), 500);
	ticks(499);
	is(line(20), 0);
	is(get(STATUS), 0);
	ticks(1);
	is(line(20), 1);
	is(get(STATUS), 1);
	is(hpet_due(test, 0), KEEL_NEVER);
	set(STATUS, 6);
	is(line(20), 1);
	set32(STATUS + 4, 1);
	is(line(20), 1);
	set32(STATUS, 1);
	is(line(20), 0);
	is(get(STATUS), 0);
	is(hpet_stat(test, "interrupts.0"), 1);
	is(hpet_stat(test, "missed"), 0);
}

static void hpet_status_without_interrupt(struct kunit *test)
{
	set(CONF(2), LEVEL | PIN(23));
	set(CMP(2), 500);
	set(CONFIG, ENABLE);
	is(H->deadline, KEEL_NEVER);	/* to see it, one has to look */
	ticks(500);
	is(get(STATUS), 4);
	is(line(23), 0);
	set(CONF(2), LEVEL | INT | PIN(23));
	is(line(23), 1);
	set(CONF(2), LEVEL | INT | PIN(21));
	is(line(23), 0);
	is(line(21), 1);
	set(CONFIG, 0);
	is(line(21), 0);
	is(get(STATUS), 4);
	set(CONF(2), INT | PIN(21));	/* an edge has no status */
	is(get(STATUS), 0);
	set(CONFIG, ENABLE);
	is(line(21), 0);
}

static void hpet_edge_stays_until_the_next(struct kunit *test)
{
	set(CONF(1), INT | PIN(22));
	set(CMP(1), 500);
	set(CONFIG, ENABLE);
	ticks(500);
	is(line(22), 1);
	is(get(STATUS), 0);
	set(STATUS, 7);
	is(line(22), 1);
	is(hpet_asserts(test, 22), 1);
	set(CMP(1), 700);
	is(line(22), 1);
	is(hpet_due(test, 1), 700);
	ticks(200);
	is(hpet_asserts(test, 22), 2);
	is(hpet_due(test, 1), KEEL_NEVER);
	set(CONF(1), PIN(22));
	is(line(22), 0);
}

static void hpet_edges_end_with_their_set_up(struct kunit *test)
{
	static const u32 others[] = {
		INT | PIN(23), LEVEL | INT | PIN(20), PIN(20), INT | FSB_EN | PIN(20),
		INT | PERIODIC | PIN(20), INT,
	};
	unsigned int i;

	set(CONFIG, ENABLE);
	for (i = 0; i < ARRAY_SIZE(others); i++) {
		set(CONF(0), INT | PIN(20));
		set(CMP(0), get(COUNTER) + 1);
		ticks(1);
		is(line(20), 1);
		set(CONF(0), INT | PIN(20));
		is(line(20), 1);
		set(CONF(0), others[i]);
		is(line(20), 0);
		is(line(23), 0);
		is(get(STATUS), 0);
	}
	set(CONF(0), INT | PIN(20));
	set(CMP(0), get(COUNTER) + 1);
	ticks(1);
	set(CONFIG, ENABLE);
	is(line(20), 1);
	set(CONFIG, ENABLE | LEGACY);
	is(line(20), 0);
	is(line(0), 0);
}

static void hpet_match_is_becoming_equal(struct kunit *test)
{
	set(COUNTER, 100);
	set(CONF(0), INT | LEVEL | PIN(20));
	set(CMP(0), 100);
	set(CONFIG, ENABLE);
	is(hpet_due(test, 0), KEEL_NEVER);
	jump(365ULL * 86400 * 1000000000);
	is(line(20), 0);
	set(CMP(0), get(COUNTER) - 1);
	is(hpet_due(test, 0), KEEL_NEVER);
	set(COUNTER, get(CMP(0)) - 1);
	ticks(1);
	is(line(20), 1);
}

static void hpet_two_timers_on_one_pin(struct kunit *test)
{
	set(CONF(0), INT | PIN(20));
	set(CONF(1), INT | LEVEL | PIN(20));
	set(CONF(2), INT | PIN(20));
	set(CMP(0), 100);
	set(CMP(1), 200);
	set(CMP(2), 300);
	set(CONFIG, ENABLE);
	ticks(100);
	is(hpet_asserts(test, 20), 1);
	ticks(100);
	is(hpet_asserts(test, 20), 1);
	is(get(STATUS), 2);
	ticks(100);
	is(hpet_asserts(test, 20), 2);	/* an edge is one even then */
	set(CONF(0), PIN(20));
	set(CONF(2), PIN(20));
	is(line(20), 1);
	set(STATUS, 2);
	is(line(20), 0);
}

/* ---- 32 bits ---- */

static void hpet_32_bits_come_round(struct kunit *test)
{
	set(COUNTER, 0x7fffffff0ULL);
	set(CMP(0), 0x123456789ULL);
	set(CONF(0), INT | LEVEL | MODE32 | PIN(20));
	is(get(CMP(0)), 0x23456789);
	set(CMP(0), 0x500000010ULL);
	is(get(CMP(0)), 0x10);
	set32(CMP(0) + 4, 1);
	is(get(CMP(0)), 0x10);
	set(CONFIG, ENABLE);
	is(hpet_due(test, 0), 0x20);
	ticks(0x20);
	is(get(COUNTER), 0x800000010ULL);
	is(line(20), 1);
	set(STATUS, 1);
	is(hpet_due(test, 0), 0x20 + BIT_ULL(32));
	ticks(BIT_ULL(32));
	is(line(20), 1);
	is(hpet_stat(test, "interrupts.0"), 2);
	set(CONF(0), INT | LEVEL | PIN(20));
	is(get(CMP(0)), 0x10);
	set(STATUS, 1);
	is(hpet_due(test, 0), KEEL_NEVER);
}

static void hpet_32_bits_periodic(struct kunit *test)
{
	set(COUNTER, 0xfffffff0);
	hpet_period(test, 0, INT | MODE32 | PIN(20), 0xfffffff8, MIN_TICKS);
	set(CONFIG, ENABLE);
	is(hpet_due(test, 0), 8);
	ticks(8);
	is(get(CMP(0)), MIN_TICKS - 8);
	is(hpet_due(test, 0), 8 + MIN_TICKS);
	ticks(3 * MIN_TICKS);
	is(hpet_asserts(test, 20), 4);
	set(CMP(0), 0);			/* no period: once a turn */
	ticks(2 * MIN_TICKS);
	is(hpet_asserts(test, 20), 5);
	is(hpet_due(test, 0), 8 + 4ULL * MIN_TICKS + BIT_ULL(32));
}

/* ---- Periodic ---- */

static void hpet_periods_follow(struct kunit *test)
{
	set(CONF(0), INT | PERIODIC | VAL_SET | PIN(20));
	set(CMP(0), 20000);		/* both: the first match, and the period */
	is(get(CONF(0)), CAN | INT | PERIODIC | PIN(20));
	set(CONFIG, ENABLE);
	ticks(19999);
	is(get(CMP(0)), 20000);
	ticks(1);
	is(hpet_asserts(test, 20), 1);
	is(get(CMP(0)), 40000);
	ticks(60000);
	is(hpet_asserts(test, 20), 4);
	is(get(CMP(0)), 100000);
	is(hpet_stat(test, "missed"), 0);
}

static void hpet_first_match_and_period_differ(struct kunit *test)
{
	hpet_period(test, 0, INT | PIN(20), 50, 20000);
	is(get(CMP(0)), 50);
	set(CONFIG, ENABLE);
	ticks(50);
	is(hpet_asserts(test, 20), 1);
	is(get(CMP(0)), 20050);
	set(CMP(0), 30000);		/* from the next match on */
	is(get(CMP(0)), 20050);
	ticks(20000);
	is(hpet_asserts(test, 20), 2);
	is(get(CMP(0)), 50050);
	set(CONF(0), INT | PIN(20));	/* one-shot: it stays where it is */
	ticks(30000);
	is(hpet_asserts(test, 20), 3);
	is(get(CMP(0)), 50050);
}

/* As on Intel's chips: a half that is written ends VAL_SET. */
static void hpet_halves_need_val_set_each(struct kunit *test)
{
	set(CONF(0), PERIODIC | VAL_SET);
	set32(CMP(0), 0x1000);
	is(get(CONF(0)) & VAL_SET, 0);
	is(get(CMP(0)), 0xffffffff00001000ULL);
	set32(CMP(0) + 4, 7);
	is(get(CMP(0)), 0xffffffff00001000ULL);
	is(hpet_state(test)->timers[0].period, 0x700001000ULL);
	set32(CONF(0), PERIODIC | VAL_SET);
	is(get(CONF(0)) & VAL_SET, VAL_SET);
	set32(CMP(0) + 4, 8);
	is(get(CMP(0)), 0x800001000ULL);
	set(CONF(0), PERIODIC | VAL_SET);
	set(CMP(0), 0x500000001ULL);	/* whole */
	is(get(CMP(0)), 0x500000001ULL);
	is(hpet_state(test)->timers[0].period, 0x500000001ULL);
	set(CONF(0), VAL_SET);
	is(get(CONF(0)), CAN);		/* one-shot: there is nothing to set */
}

static void hpet_level_periods(struct kunit *test)
{
	hpet_period(test, 1, LEVEL | INT | PIN(21), 100, 100);
	set(CONFIG, ENABLE);
	ticks(100);
	is(line(21), 1);
	is(hpet_due(test, 1), KEEL_NEVER);
	ticks(350);
	set(STATUS, 2);
	is(hpet_stat(test, "missed"), 3);
	is(line(21), 0);
	is(hpet_due(test, 1), 500);	/* its minimum is the guest's work */
	ticks(50);
	is(line(21), 1);
	is(hpet_stat(test, "interrupts.1"), 2);
}

/* ---- Where interrupts go ---- */

static void hpet_pins_that_it_has(struct kunit *test)
{
	unsigned int pin;

	for (pin = 0; pin < 32; pin++) {
		set(CONF(0), PIN(pin));
		is(get(CONF(0)), CAN | (pin >= 20 && pin <= 23 ? PIN(pin) : 0));
	}
	set(CONF(0), INT | PIN(11));
	set(CMP(0), 5);
	set(CONFIG, ENABLE);
	is(H->deadline, KEEL_NEVER);
	ticks(5);
	is(get(CMP(0)), 5);
	is(hpet_stat(test, "lost"), 1);
}

static void hpet_takes_irq0_and_irq8(struct kunit *test)
{
	out(0x43, 0x34);		/* the PIT's output is high */
	is(line(0), 1);
	out(0x70, 0x0b);
	out(0x71, 0x12);		/* the RTC's is after its next update */
	set(CONF(0), INT);
	set(CONF(1), INT | LEVEL);
	set(CONFIG, LEGACY);
	is(line(0), 1);			/* not before ENABLE_CNF */
	set(CONFIG, ENABLE | LEGACY);
	is(line(0), 0);
	set(CMP(0), 100);
	set(CMP(1), 200);
	ticks(100);
	is(line(0), 1);
	is(line(8), 0);
	ticks(100);
	is(line(8), 1);
	set(STATUS, 2);
	is(line(8), 0);
	advance(2000000000);
	is(line(8), 0);			/* the RTC's is not heard */
	out(0x43, 0x30);
	is(line(0), 1);			/* nor the PIT's */
	set(CONFIG, ENABLE);
	is(line(0), 0);
	is(line(8), 1);
	out(0x43, 0x34);
	is(line(0), 1);
}

static void hpet_gives_lines_back_without_a_sound(struct kunit *test)
{
	u64 asserts;

	out(0x43, 0x34);
	set(CONF(0), INT | LEVEL);
	set(CMP(0), 5);
	set(CONFIG, ENABLE);
	ticks(5);
	asserts = hpet_asserts(test, 0);
	set(CONFIG, ENABLE | LEGACY);	/* both are high */
	is(line(0), 1);
	set(CONFIG, ENABLE);
	is(line(0), 1);
	is(hpet_asserts(test, 0), asserts);
}

static void hpet_legacy_goes_to_both_controllers(struct kunit *test)
{
	out(0x20, 0x11);
	out(0x21, 0x20);
	out(0x21, 4);
	out(0x21, 1);
	out(0x21, 0xfe);
	wr(0xfec00000, 0x14, 4);
	wr(0xfec00010, 0x31, 4);
	set(CONF(0), INT | PIN(20));
	set(CMP(0), 100);
	set(CONFIG, ENABLE | LEGACY);
	ticks(100);
	is(intr(), 1);
	is(ack(), 0x20);
	is(msis(2), 1);
	is(line(20), 0);
	is(hpet_stat(test, "lost"), 0);
}

static void hpet_sends_messages(struct kunit *test)
{
	set(FSB(2), 0xfee0300000004055ULL);
	is(H->routes[FIRST_GSI + 2].address, 0);
	set(CONF(2), INT | LEVEL | FSB_EN | PIN(23));
	is(H->routes[FIRST_GSI + 2].address, 0xfee03000);
	is(H->routes[FIRST_GSI + 2].data, 0x4055);
	set(CMP(2), 100);
	set(CONFIG, ENABLE);
	is(hpet_due(test, 2), 100);
	ticks(100);
	is(msis(FIRST_GSI + 2), 1);
	is(line(23), 0);
	is(get(STATUS), 0);
	set32(FSB(2), 0x4066);
	is(H->routes[FIRST_GSI + 2].data, 0x4066);
	is(get(FSB(2)), 0xfee0300000004066ULL);
	set(CMP(2), 200);
	ticks(100);
	is(msis(FIRST_GSI + 2), 2);
	set(CONF(2), INT | PIN(23));
	is(H->routes[FIRST_GSI + 2].address, 0);
	is(hpet_stat(test, "interrupts.2"), 2);
}

static void hpet_messages_for_nobody(struct kunit *test)
{
	static const u64 messages[] = {
		0x0000100000000041ULL, 0xfef0000000000041ULL, 0xfee0000000000341ULL,
		0xfee0000000000641ULL,
	};
	unsigned int i;

	set(CONFIG, ENABLE);
	set(CONF(0), INT | FSB_EN);
	for (i = 0; i < ARRAY_SIZE(messages); i++) {
		set(FSB(0), messages[i]);
		is(H->routes[FIRST_GSI].address, 0);
		set(CMP(0), get(COUNTER) + 10);
		is(H->deadline, KEEL_NEVER);
		ticks(20);
		is(get(CMP(0)), get(COUNTER) - 10);
		is(hpet_stat(test, "lost"), i + 1);
	}
	is(msis(FIRST_GSI), 0);
}

static void hpet_messages_go_before_legacy(struct kunit *test)
{
	set(FSB(0), 0xfee0000000000041ULL);
	set(CONF(0), INT | FSB_EN);
	set(CMP(0), 100);
	set(CONFIG, ENABLE | LEGACY);
	ticks(100);
	is(msis(FIRST_GSI), 1);
	is(line(0), 0);
}

/* ---- The armed deadline is the next change ---- */

static u64 hpet_changes(struct kunit *test)
{
	static const u8 lines[] = { 0, 8, 20, 21, 22, 23 };
	unsigned int i;
	u64 sum = 0;

	for (i = 0; i < ARRAY_SIZE(lines); i++)
		sum += H->board->lines[lines[i]].sets;
	for (i = 0; i < KEEL_HPET_TIMERS; i++)
		sum += H->msis[FIRST_GSI + i];
	return sum;
}

static void hpet_deadline_is_next_change(struct kunit *test, u64 nr)
{
	u64 i, changes = hpet_changes(test), deadline = H->deadline;

	for (i = 0; i < nr; i++) {
		ticks(1);
		is(hpet_changes(test) != changes, H->now == deadline);
		if (H->now == deadline)
			deadline = H->deadline;
		is(H->deadline, deadline);
		changes = hpet_changes(test);
	}
}

static void hpet_deadlines(struct kunit *test)
{
	advance(3);
	set(COUNTER, 0xfffffff0);
	set(CONF(0), INT | PIN(20));
	set(CMP(0), 0xfffffff0 + 60ULL);
	hpet_period(test, 1, INT | PIN(21), 0xfffffff0 + 7ULL, 10001);
	set(FSB(2), 0xfee0000000000041ULL);
	hpet_period(test, 2, INT | MODE32 | FSB_EN, 5, 10000);
	set(CONFIG, ENABLE);
	hpet_deadline_is_next_change(test, 25000);
	set(CONFIG, ENABLE | LEGACY);
	set(CONF(0), INT | LEVEL | MODE32);
	set32(CMP(0), get32(COUNTER) + 100);
	hpet_deadline_is_next_change(test, 12000);
	is(line(0), 1);
	set(STATUS, 1);
	hpet_deadline_is_next_change(test, 100);
	set(COUNTER, 0x7fffffffffff0000ULL);
	hpet_deadline_is_next_change(test, 100);
}

static void hpet_deadlines_of_short_periods(struct kunit *test)
{
	advance(7);
	hpet_period(test, 0, INT | PIN(20), 3, 7);
	hpet_period(test, 1, INT | MODE32 | PIN(21), 20000, 9999);
	set(CONFIG, ENABLE);
	hpet_deadline_is_next_change(test, 60000);
	is(get(CMP(0)), (get(COUNTER) - 3) / 7 * 7 + 10);
}

/* ---- A guest that asks for too much ---- */

static void hpet_clamps(struct kunit *test)
{
	unsigned int i;

	hpet_period(test, 0, INT | PIN(20), 100, 30);
	set(CONFIG, ENABLE);
	is(hpet_due(test, 0), 100);
	ticks(100);
	for (i = 1; i <= 5; i++) {
		is(hpet_asserts(test, 20), i);
		is(hpet_due(test, 0), 100 + 10020 * i);	/* every 334th */
		is(get(CMP(0)), 130 + 10020 * (i - 1));
		ticks(10020);
	}
	is(hpet_stat(test, "missed"), 0);
	is(hpet_stat(test, "clamped"), 5 * 333);
	ticks(65);
	is(get(CMP(0)), 100 + 10020 * 5 + 90);
	set(CMP(0), MIN_TICKS);
	is(hpet_due(test, 0), 100 + 10020 * 5 + 90);
	ticks(25);
	is(hpet_asserts(test, 20), 7);
	is(hpet_due(test, 0), 100 + 10020 * 5 + 90 + MIN_TICKS);
}

static void hpet_one_tick(struct kunit *test)
{
	hpet_period(test, 0, INT | PIN(20), 1, 1);
	set(CONFIG, ENABLE);
	is(hpet_due(test, 0), 1);
	ticks(5);
	is(hpet_due(test, 0), 1 + MIN_TICKS);
	is(get(CMP(0)), 6);
	ticks(10 * MIN_TICKS);
	is(hpet_asserts(test, 20), 11);
	is(hpet_stat(test, "missed"), 0);
}

/* ---- A late host ---- */

static void hpet_coalesces(struct kunit *test)
{
	hpet_period(test, 0, INT | PIN(20), 20000, 20000);
	set(CONFIG, ENABLE);
	jump(210000 * TICK);
	is(hpet_asserts(test, 20), 1);
	is(hpet_stat(test, "missed"), 9);
	is(hpet_due(test, 0), 220000);	/* in step again */
	is(get(CMP(0)), 220000);
}

static void hpet_a_year_is_one_step(struct kunit *test)
{
	u64 expired, year = 365ULL * 86400 * 100000000;

	hpet_period(test, 0, INT | PIN(20), 7, 13);
	hpet_period(test, 1, INT | MODE32 | PIN(21), 11, 99991);
	set(CONFIG, ENABLE);
	expired = H->board->expired;
	jump(year * TICK);
	ok(H->board->expired <= expired + 2);
	is(hpet_asserts(test, 20), 1);
	is(get(CMP(0)), year + 13 - (year - 7) % 13);
	is(get(CMP(1)), (u32)(year + 99991 - (year - 11) % 99991));
	ok(H->deadline > H->now);
	is(hpet_due(test, 1), year + 99991 - (year - 11) % 99991);
}

static int hpet_init(struct kunit *test)
{
	return harness_init(test, hpet_devices, ARRAY_SIZE(hpet_devices));
}

static struct kunit_case hpet_cases[] = {
	KUNIT_CASE(hpet_says_what_it_can),
	KUNIT_CASE(hpet_counter_runs_and_halts),
	KUNIT_CASE(hpet_counter_is_written),
	KUNIT_CASE(hpet_counter_does_not_drift),
	KUNIT_CASE(hpet_level_stays_until_it_is_cleared),
	KUNIT_CASE(hpet_status_without_interrupt),
	KUNIT_CASE(hpet_edge_stays_until_the_next),
	KUNIT_CASE(hpet_edges_end_with_their_set_up),
	KUNIT_CASE(hpet_match_is_becoming_equal),
	KUNIT_CASE(hpet_two_timers_on_one_pin),
	KUNIT_CASE(hpet_32_bits_come_round),
	KUNIT_CASE(hpet_32_bits_periodic),
	KUNIT_CASE(hpet_periods_follow),
	KUNIT_CASE(hpet_first_match_and_period_differ),
	KUNIT_CASE(hpet_halves_need_val_set_each),
	KUNIT_CASE(hpet_level_periods),
	KUNIT_CASE(hpet_pins_that_it_has),
	KUNIT_CASE(hpet_takes_irq0_and_irq8),
	KUNIT_CASE(hpet_gives_lines_back_without_a_sound),
	KUNIT_CASE(hpet_legacy_goes_to_both_controllers),
	KUNIT_CASE(hpet_sends_messages),
	KUNIT_CASE(hpet_messages_for_nobody),
	KUNIT_CASE(hpet_messages_go_before_legacy),
	KUNIT_CASE(hpet_deadlines),
	KUNIT_CASE(hpet_deadlines_of_short_periods),
	KUNIT_CASE(hpet_clamps),
	KUNIT_CASE(hpet_one_tick),
	KUNIT_CASE(hpet_coalesces),
	KUNIT_CASE(hpet_a_year_is_one_step),
	{}
};

static struct kunit_suite hpet_suite = {
	.name = "keel-hpet",
	.init = hpet_init,
	.exit = harness_exit,
	.test_cases = hpet_cases,
};

kunit_test_suites(&hpet_suite);
