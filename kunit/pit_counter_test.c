// SPDX-License-Identifier: GPL-2.0
/*
 * The 8254's counters as the processor sees them: compared with the datasheet, and
 * with a counter that is stepped clock by clock.
 */
#include "pit_test.h"

static const struct keel_device_config counter_devices[] = {
	{ .class = KEEL_CLASS_PIT, .irq = KEEL_IRQ_DEFAULT },
};

/* ---- The stepped counter ---- */

struct stepped {
	unsigned int mode;
	u32 modulus;
	u32 cr;		/* 1 to modulus */
	u32 ce;		/* the same, or 0 */
	u32 loaded;	/* count that CE was loaded with */
	bool gate;
	bool load;	/* CE takes CR at the next clock */
	bool fresh;	/* no count since the control word */
	bool counts;
	bool armed;	/* a strobe is still to come */
	bool out;
};

static void stepped_control(struct stepped *s, unsigned int mode, bool bcd, bool gate)
{
	memset(s, 0, sizeof(*s));
	s->mode = mode;
	s->modulus = bcd ? 10000 : 0x10000;
	s->gate = gate;
	s->fresh = true;
	s->out = mode != 0;
}

static void stepped_count(struct stepped *s, u32 count)
{
	bool periodic = s->mode == 2 || s->mode == 3;
	bool triggered = s->mode == 1 || s->mode == 5;

	s->cr = count ? count : s->modulus;
	if (s->mode == 0)
		s->out = false;
	if (!triggered && (s->fresh || !periodic))
		s->load = true;
	s->fresh = false;
}

static void stepped_gate(struct stepped *s, bool gate)
{
	bool rise = gate && !s->gate;

	s->gate = gate;
	if (s->mode == 2 || s->mode == 3)
		s->out |= !gate;
	if (rise && s->mode && s->mode != 4 && !s->fresh)
		s->load = true;
}

static void stepped_load(struct stepped *s)
{
	s->load = false;
	s->counts = true;
	s->armed = true;
	s->loaded = s->cr;
	s->ce = s->mode == 3 ? s->cr & ~1 : s->cr;
	s->out = s->mode > 1;
}

static void stepped_half(struct stepped *s)
{
	s->out = !s->out;
	s->loaded = s->cr;
	s->ce = s->cr & ~1;
}

static void stepped_square(struct stepped *s)
{
	if (s->out && s->loaded & 1 && s->ce == 0) {
		stepped_half(s);
		return;
	}
	s->ce -= 2;
	if (s->ce == 0 && !(s->out && s->loaded & 1))
		stepped_half(s);
}

static void stepped_rate(struct stepped *s)
{
	if (s->ce == 1) {
		s->ce = s->cr;
		s->out = true;
		return;
	}
	s->ce--;
	s->out = s->ce != 1;
}

static void stepped_once(struct stepped *s)
{
	s->ce = (s->ce + s->modulus - 1) % s->modulus;
	if (s->mode < 2) {
		s->out |= s->ce == 0;
		return;
	}
	s->out = !(s->armed && s->ce == 0);
	s->armed &= s->ce != 0;
}

static void stepped_clock(struct stepped *s)
{
	if (s->load) {
		stepped_load(s);
		return;
	}
	if (!s->counts || (!s->gate && s->mode != 1 && s->mode != 5))
		return;
	if (s->mode == 2)
		stepped_rate(s);
	else if (s->mode == 3)
		stepped_square(s);
	else
		stepped_once(s);
}

/* ---- Model and stepped counter under the same events: counter 2, whose gate moves ---- */

static u16 counter_bcd(u32 n)
{
	return n / 1000 % 10 << 12 | n / 100 % 10 << 8 | n / 10 % 10 << 4 | n % 10;
}

static u16 counter_digits(const struct stepped *s, u32 n)
{
	return s->modulus == 10000 ? counter_bcd(n) : n;
}

static u32 counter_random(u32 *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

static void counter_event(struct kunit *test, struct stepped *s, u32 *seed)
{
	u32 count = 2 + counter_random(seed) % 40;

	switch (counter_random(seed) % 3) {
	case 0:
		stepped_gate(s, !s->gate);
		out(0x61, s->gate);
		break;
	case 1:
		if (counter_random(seed) % 8 == 0)
			count = counter_random(seed) % 2 ? 0 : 999;
		stepped_count(s, count);
		pit_count(test, 2, counter_digits(s, count));
		break;
	}
}

static void counter_against_stepped(struct kunit *test, unsigned int mode, bool bcd)
{
	u32 seed = mode * 2 + bcd, i, left = 0;
	struct stepped s;

	out(0x61, mode & 1);
	stepped_control(&s, mode, bcd, mode & 1);
	out(0x43, 0xb0 | mode << 1 | bcd);
	for (i = 0; i < 4000; i++) {
		if (!left--) {
			left = counter_random(&seed) % 60;
			counter_event(test, &s, &seed);
		}
		pit_clock(test, 1);
		stepped_clock(&s);
		is(in(0x61) >> 5 & 1, s.out);
		if (s.counts)
			is(pit_ce(test, 2), counter_digits(&s, s.ce % s.modulus));
	}
}

static void counter_mode0_is_stepped(struct kunit *test)
{
	counter_against_stepped(test, 0, false);
	counter_against_stepped(test, 0, true);
}

static void counter_mode1_is_stepped(struct kunit *test)
{
	counter_against_stepped(test, 1, false);
	counter_against_stepped(test, 1, true);
}

static void counter_mode2_is_stepped(struct kunit *test)
{
	counter_against_stepped(test, 2, false);
	counter_against_stepped(test, 2, true);
}

static void counter_mode3_is_stepped(struct kunit *test)
{
	counter_against_stepped(test, 3, false);
	counter_against_stepped(test, 3, true);
}

static void counter_mode4_is_stepped(struct kunit *test)
{
	counter_against_stepped(test, 4, false);
	counter_against_stepped(test, 4, true);
}

static void counter_mode5_is_stepped(struct kunit *test)
{
	counter_against_stepped(test, 5, false);
	counter_against_stepped(test, 5, true);
}

/* ---- Bytes ---- */

static void counter_loads_with_the_next_clock(struct kunit *test)
{
	out(0x43, 0x34);
	is(pit_status(test, 0), 0x34 | STATUS_OUT | STATUS_NULL);
	pit_count(test, 0, 1000);
	is(pit_status(test, 0), 0x34 | STATUS_OUT | STATUS_NULL);
	pit_to(test, 1);
	is(pit_status(test, 0), 0x34 | STATUS_OUT);
	is(pit_ce(test, 0), 1000);
	pit_to(test, 2);
	is(pit_ce(test, 0), 999);
	advance(TICK_NS(3) - H->now - 1);
	is(pit_ce(test, 0), 999);
}

static void counter_takes_single_bytes(struct kunit *test)
{
	out(0x43, 0x54);	/* counter 1, low byte only, mode 2 */
	out(0x41, 0x80);
	pit_clock(test, 1);
	is(in(0x41), 0x80);
	is(in(0x41), 0x80);
	out(0x43, 0x64);	/* high byte only */
	out(0x41, 0x80);
	pit_clock(test, 1);
	is(in(0x41), 0x80);
	pit_clock(test, 1);
	is(in(0x41), 0x7f);	/* 0x7fff */
	is(in(0x41), 0x7f);
}

static void counter_pairs_each_count_afresh(struct kunit *test)
{
	out(0x43, 0xb0);	/* mode 0: every count is loaded */
	out(0x61, 1);
	pit_count(test, 2, 0x1234);
	pit_clock(test, 1);
	is(pit_ce(test, 2), 0x1234);
	pit_count(test, 2, 0x5678);
	pit_clock(test, 1);
	is(pit_ce(test, 2), 0x5678);
	out(0x42, 0xff);	/* a low byte that the next control word discards */
	out(0x43, 0xb0);
	pit_count(test, 2, 0x2211);
	pit_clock(test, 1);
	is(pit_ce(test, 2), 0x2211);
}

static void counter_reads_low_then_high(struct kunit *test)
{
	pit_program(test, 1, 2, false, 0x1234);
	pit_to(test, 1);
	is(in(0x41), 0x34);
	is(in(0x41), 0x12);
	is(in(0x41), 0x34);
	out(0x43, 0x74);	/* starts with the low byte again; CE stands still */
	is(in(0x41), 0x34);
	is(in(0x41), 0x12);
}

static void counter_latch_holds(struct kunit *test)
{
	pit_program(test, 0, 2, false, 0x1000);
	pit_to(test, 1);
	out(0x43, 0x00);
	pit_to(test, 11);
	out(0x43, 0x00);	/* ignored: the first latch was not read yet */
	is(in(0x40), 0x00);
	pit_to(test, 12);
	is(in(0x40), 0x10);
	is(in(0x40), 0xf5);	/* live again */
	is(in(0x40), 0x0f);
	out(0x43, 0x00);
	out(0x43, 0x34);	/* reprogramming drops the latch */
	pit_count(test, 0, 0x2000);
	pit_clock(test, 1);
	is(in(0x40), 0x00);
	is(in(0x40), 0x20);
}

static void counter_latch_between_two_reads(struct kunit *test)
{
	pit_program(test, 0, 2, false, 0x1201);
	pit_to(test, 1);
	is(in(0x40), 0x01);
	out(0x43, 0x00);
	pit_to(test, 4);	/* CE: 0x11fe */
	is(in(0x40), 0x12);	/* the latch's high byte, which ends the latch */
	is(in(0x40), 0xfe);
	is(in(0x40), 0x11);
}

static void counter_read_back_is_active_low(struct kunit *test)
{
	pit_program(test, 0, 2, false, 0x1234);
	pit_to(test, 1);
	out(0x43, 0xc2);	/* status and count of counter 0 */
	pit_to(test, 5);
	is(in(0x40), 0x34 | STATUS_OUT);
	is(in(0x40), 0x34);
	is(in(0x40), 0x12);
	out(0x43, 0xe2);	/* status only */
	is(in(0x40), 0x34 | STATUS_OUT);
	is(in(0x40), 0x30);
	is(in(0x40), 0x12);
	out(0x43, 0xd2);	/* count only */
	pit_to(test, 10);
	is(in(0x40), 0x30);
	is(in(0x40), 0x12);
	out(0x43, 0xf2);	/* neither */
	is(in(0x40), 0x2b);
	is(in(0x40), 0x12);
}

static void counter_read_back_selects_many(struct kunit *test)
{
	pit_program(test, 0, 2, false, 0x1111);
	pit_program(test, 1, 3, false, 0x2222);
	pit_to(test, 1);
	out(0x43, 0xcc);	/* counters 1 and 2 */
	pit_to(test, 3);
	is(in(0x40), 0x0f);
	is(in(0x40), 0x11);
	is(in(0x41), 0x36 | STATUS_OUT);
	is(in(0x41), 0x22);
	is(in(0x41), 0x22);
	is(in(0x42), 0x30 | STATUS_NULL);	/* as reset left it */
}

static void counter_status_latch_holds(struct kunit *test)
{
	pit_program(test, 0, 0, false, 5);
	out(0x43, 0xe2);
	pit_to(test, 20);
	out(0x43, 0xe2);
	is(in(0x40), 0x30 | STATUS_NULL);
	is(pit_status(test, 0), 0x30 | STATUS_OUT);
}

/* Counters 1 and 2 load a new count without a deadline. */
static void counter_new_count_is_taken_unseen(struct kunit *test)
{
	unsigned int nr;

	out(0x61, 1);
	for (nr = 1; nr < 3; nr++)
		pit_program(test, nr, 2, false, 1000);
	pit_to(test, 501);
	for (nr = 1; nr < 3; nr++)
		pit_count(test, nr, 300);
	is(H->deadline, KEEL_NEVER);
	pit_to(test, 1001 + 620);
	is(pit_ce(test, 1), 280);
	is(in(0x42), 280 & 0xff);
	is(in(0x42), 280 >> 8);
	is(in(0x61) & 0x20, 0x20);
	pit_to(test, 1001 + 899);
	is(in(0x61) & 0x20, 0);
}

static void counter_null_until_loaded(struct kunit *test)
{
	pit_program(test, 0, 2, false, 100);
	pit_to(test, 1);
	is(pit_status(test, 0) & STATUS_NULL, 0);
	pit_count(test, 0, 50);
	pit_to(test, 100);
	is(pit_status(test, 0) & STATUS_NULL, STATUS_NULL);
	pit_to(test, 101);
	is(pit_status(test, 0) & STATUS_NULL, 0);
	is(pit_ce(test, 0), 50);

	out(0x61, 0);
	pit_program(test, 2, 1, false, 10);
	pit_clock(test, 5);
	is(pit_status(test, 2), 0x32 | STATUS_OUT | STATUS_NULL);
	out(0x61, 1);
	pit_clock(test, 1);
	is(pit_status(test, 2), 0x32);
}

static void counter_modes_6_and_7_are_2_and_3(struct kunit *test)
{
	pit_program(test, 0, 6, false, 100);
	pit_to(test, 100);
	is(pit_status(test, 0), 0x3c);
	pit_to(test, 101);
	is(pit_status(test, 0), 0x3c | STATUS_OUT);
	pit_program(test, 0, 7, false, 100);
	pit_to(test, 102 + 49);
	is(pit_status(test, 0), 0x3e | STATUS_OUT);
	pit_to(test, 102 + 50);
	is(pit_status(test, 0), 0x3e);
}

static void counter_zero_is_all(struct kunit *test)
{
	pit_program(test, 0, 0, false, 0);
	pit_program(test, 1, 0, true, 0);
	pit_to(test, 2);
	is(pit_ce(test, 0), 0xffff);
	is(pit_ce(test, 1), 0x9999);
	pit_to(test, 10000);
	ok(!pit_out(test, 1));
	pit_to(test, 10001);
	ok(pit_out(test, 1));
	pit_to(test, 65536);
	ok(!pit_out(test, 0));
	pit_to(test, 65537);
	ok(pit_out(test, 0));
}

static void counter_illegal_counts(struct kunit *test)
{
	pit_program(test, 1, 0, false, 1);
	pit_program(test, 1, 2, false, 2);
	pit_program(test, 1, 3, true, 0);
	is(pit_stat(test, "illegal"), 0);
	pit_program(test, 1, 2, false, 1);	/* acts like a count of 2 */
	pit_to(test, 2);
	ok(!pit_out(test, 1));
	pit_to(test, 3);
	ok(pit_out(test, 1));
	is(pit_stat(test, "illegal"), 1);
	pit_program(test, 1, 2, true, 0x00ff);	/* digits carry: 165 */
	pit_clock(test, 1);
	is(pit_ce(test, 1), 0x0165);
	pit_program(test, 1, 2, true, 0xffff);
	pit_clock(test, 1);
	is(pit_ce(test, 1), 0x6665);
	is(pit_stat(test, "illegal"), 3);
	is(pit_stat(test, "loads.1"), 6);
}

static void counter_mode0_low_byte_stops(struct kunit *test)
{
	out(0x61, 1);
	pit_program(test, 2, 0, false, 3);
	pit_to(test, 10);
	ok(pit_out(test, 2));
	out(0x42, 0x20);
	ok(!pit_out(test, 2));
	pit_to(test, 20);
	is(pit_ce(test, 2), 0xfffa);	/* stands still since */
	out(0x42, 0x00);
	pit_to(test, 20 + 0x20);
	ok(!pit_out(test, 2));
	pit_to(test, 21 + 0x20);
	ok(pit_out(test, 2));
}

/* The next clock samples GATE's rise; until then OUT stays. */
static void counter_mode1_triggers_with_the_next_clock(struct kunit *test)
{
	pit_program(test, 2, 1, false, 10);
	out(0x61, 1);
	ok(pit_out(test, 2));
	pit_clock(test, 1);
	ok(!pit_out(test, 2));
	pit_clock(test, 5);
	out(0x61, 0);
	out(0x61, 1);
	ok(!pit_out(test, 2));		/* again, while it is low */
	pit_clock(test, 10);
	ok(!pit_out(test, 2));
	pit_clock(test, 1);
	ok(pit_out(test, 2));
	out(0x61, 0);
	out(0x61, 1);
	ok(pit_out(test, 2));
}

static void counter_control_word_floats(struct kunit *test)
{
	is(in(0x43), 0xff);
	is(in32(0x40) >> 24, 0xff);
	is(pit_stat(test, "ignored"), 2);
}

static void counter_wide_accesses_are_cut(struct kunit *test)
{
	out16(0x42, 0x5400);	/* counter 2, and behind it the control word */
	out16(0x40, 0x7700);
	pit_clock(test, 1);
	is(in16(0x40) >> 8, 0x77);
	is(pit_stat(test, "loads.1"), 1);
}

/* ---- Port 0x61 ---- */

static void port61_reads_back(struct kunit *test)
{
	out(0x61, 0xff);
	is(in(0x61) & 0xcf, 0x0f);
	out(0x61, 0x02);
	is(in(0x61) & 0xcf, 0x02);
	out(0x61, 0x00);
	is(in(0x61) & 0xcf, 0x00);
	is(pit_stat(test, "port61.writes"), 3);
}

static void port61_refresh_is_time(struct kunit *test)
{
	unsigned int i;

	for (i = 1; i < 100; i++) {
		advance(TICK_NS(18 * i) - H->now - 1);
		is(in(0x61) >> 4 & 1, (i - 1) & 1);
		is(in(0x61) >> 4 & 1, (i - 1) & 1);
		pit_to(test, 18 * i);
		is(in(0x61) >> 4 & 1, i & 1);
	}
	out(0x61, 0x0e);
	is(in(0x61) & 0x1f, 0x1e);
}

static void port61_gates_counter_2(struct kunit *test)
{
	pit_program(test, 2, 0, false, 1193);
	pit_to(test, 5000);
	is(in(0x61) & 0x20, 0);
	is(pit_ce(test, 2), 1193);
	out(0x61, 1);
	pit_to(test, 5000 + 1192);
	is(in(0x61) & 0x21, 0x01);
	pit_to(test, 5000 + 1193);
	is(in(0x61) & 0x21, 0x21);
	is(H->deadline, KEEL_NEVER);	/* OUT2 needs no deadline */
}

static void port61_same_gate_is_no_trigger(struct kunit *test)
{
	out(0x61, 1);
	pit_program(test, 2, 2, false, 100);
	pit_to(test, 51);
	out(0x61, 3);
	pit_to(test, 52);
	is(pit_ce(test, 2), 49);
}

static int counter_init(struct kunit *test)
{
	return harness_init(test, counter_devices, ARRAY_SIZE(counter_devices));
}

static struct kunit_case counter_cases[] = {
	KUNIT_CASE(counter_mode0_is_stepped),
	KUNIT_CASE(counter_mode1_is_stepped),
	KUNIT_CASE(counter_mode2_is_stepped),
	KUNIT_CASE(counter_mode3_is_stepped),
	KUNIT_CASE(counter_mode4_is_stepped),
	KUNIT_CASE(counter_mode5_is_stepped),
	KUNIT_CASE(counter_loads_with_the_next_clock),
	KUNIT_CASE(counter_takes_single_bytes),
	KUNIT_CASE(counter_pairs_each_count_afresh),
	KUNIT_CASE(counter_reads_low_then_high),
	KUNIT_CASE(counter_latch_holds),
	KUNIT_CASE(counter_latch_between_two_reads),
	KUNIT_CASE(counter_read_back_is_active_low),
	KUNIT_CASE(counter_read_back_selects_many),
	KUNIT_CASE(counter_status_latch_holds),
	KUNIT_CASE(counter_new_count_is_taken_unseen),
	KUNIT_CASE(counter_null_until_loaded),
	KUNIT_CASE(counter_modes_6_and_7_are_2_and_3),
	KUNIT_CASE(counter_zero_is_all),
	KUNIT_CASE(counter_illegal_counts),
	KUNIT_CASE(counter_mode0_low_byte_stops),
	KUNIT_CASE(counter_mode1_triggers_with_the_next_clock),
	KUNIT_CASE(counter_control_word_floats),
	KUNIT_CASE(counter_wide_accesses_are_cut),
	KUNIT_CASE(port61_reads_back),
	KUNIT_CASE(port61_refresh_is_time),
	KUNIT_CASE(port61_gates_counter_2),
	KUNIT_CASE(port61_same_gate_is_no_trigger),
	{}
};

static struct kunit_suite counter_suite = {
	.name = "keel-pit-counter",
	.init = counter_init,
	.exit = harness_exit,
	.test_cases = counter_cases,
};

kunit_test_suites(&counter_suite);
