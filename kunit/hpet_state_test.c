// SPDX-License-Identifier: GPL-2.0
/* The HPET's configs, its reset, and which states it can be in. */
#include "hpet_test.h"

static void hpet_configs_refused(struct kunit *test)
{
	static const struct keel_hpet_config bad[] = {
		{ .min_period_ns = KEEL_HPET_MIN_PERIOD_LEAST - 1 },
		{ .pad = 1 },
		{ .reserved[0] = 1 },
		{ .reserved[4] = 1 },
	};
	struct keel_device_config config = { .class = KEEL_CLASS_HPET };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		config.hpet = bad[i];
		ok(!keel_hpet_ops.configure(hpet_dev(test), &config));
	}
	config = (struct keel_device_config){ .class = KEEL_CLASS_HPET, .instance = 1 };
	ok(!keel_hpet_ops.configure(hpet_dev(test), &config));
	config.instance = 0;
	config.hpet = (struct keel_hpet_config){ .min_period_ns = 10001 };
	ok(keel_hpet_ops.configure(hpet_dev(test), &config));
	hpet_period(test, 0, INT | PIN(20), 1, 1);
	set(CONFIG, ENABLE);
	ticks(1);
	is(hpet_due(test, 0), 1 + 1001);
	config.hpet = (struct keel_hpet_config){ .min_period_ns = U32_MAX };
	ok(keel_hpet_ops.configure(hpet_dev(test), &config));
	ticks(1001);
	is(hpet_due(test, 0), 1 + 1001 + 429496730);
	config.hpet = (struct keel_hpet_config){};
	ok(keel_hpet_ops.configure(hpet_dev(test), &config));
	set(CONFIG, 0);
}

static void hpet_reset_silences(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < 3; i++) {
		set(FSB(i), 0xfee0000000000041ULL);
		set(CONF(i), INT | LEVEL | PIN(20 + i));
		set(CMP(i), 100);
	}
	set(CONF(2), INT | FSB_EN);
	set(CONFIG, ENABLE | LEGACY);
	ticks(100);
	is(line(0), 1);
	is(line(8), 1);
	is(H->routes[FIRST_GSI + 2].address, 0xfee00000);
	out(0x43, 0x34);
	whole_reset(H->board);
	is(line(0), 0);
	is(line(8), 0);
	is(H->routes[FIRST_GSI + 2].address, 0);
	is(H->deadline, KEEL_NEVER);
	is(get(COUNTER), 0);
	is(get(CONFIG), 0);
	is(get(STATUS), 0);
	for (i = 0; i < 3; i++) {
		is(get(CONF(i)), CAN);
		is(get(CMP(i)), U64_MAX);
		is(get(FSB(i)), 0);
	}
	out(0x43, 0x34);
	is(line(0), 1);			/* the PIT has its line again */
}

static void hpet_ignores_what_is_read_only(struct kunit *test)
{
	set(CAPABILITIES, 0);
	is(get(CAPABILITIES), 0x009896808086a201);
	set(CONF(0), ~0ULL);
	is(get(CONF(0)), CAN | 0x414e);	/* a pin that there is not */
	set(CONF(0), 0);
	set(CONFIG, ~0ULL << 2);
	is(get(CONFIG), 0);
	set32(0x118, 1);
	set32(0x160, 1);
	set32(0x3fc, 1);
	is(hpet_stat(test, "ignored"), 4);
}

/* A look finds the counter where it is, and moves no line. */
static void hpet_inspection_is_silent(struct kunit *test)
{
	struct keel_hpet_state before;
	struct keel_stat *stats = kunit_kzalloc(test, 1000 * sizeof(*stats), GFP_KERNEL);
	unsigned int i, nr, found = 0;

	KUNIT_ASSERT_NOT_NULL(test, stats);
	hpet_period(test, 0, INT | PIN(20), 100, 20000);
	set(CONFIG, ENABLE);
	H->now += 30000 * TICK;
	before = *hpet_state(test);
	nr = whole_inspect(H->board, stats, 1000);
	for (i = 0; i < nr && i < 1000; i++) {
		if (strcmp(stats[i].device, "hpet0"))
			continue;
		if (!strcmp(stats[i].name, "counter")) {
			is(stats[i].value, 30000);
			found++;
		} else if (!strcmp(stats[i].name, "timer0.comparator")) {
			is(stats[i].value, 40100);
			found++;
		}
	}
	is(found, 2);
	is(memcmp(&before, hpet_state(test), sizeof(before)), 0);
	is(line(20), 0);
	is(hpet_stat(test, "missed"), 0);
}

#define CHECK(s)	keel_hpet_ops.check(hpet_dev(test), (s), H->now)
#define REFUSED(change) do {				\
	struct keel_hpet_state s = *hpet_state(test);	\
	ok(CHECK(&s));					\
	change;						\
	KUNIT_EXPECT_FALSE(test, CHECK(&s));		\
} while (0)
#define TAKEN(change) do {				\
	struct keel_hpet_state s = *hpet_state(test);	\
	change;						\
	ok(CHECK(&s));					\
} while (0)

static void hpet_check_refuses_halted(struct kunit *test)
{
	unsigned int i;

	jump(1000000);
	REFUSED(s.at = 1);
	REFUSED(s.config = 4);
	REFUSED(s.config = 0x80);
	REFUSED(s.raised = 8);
	REFUSED(s.raised = 1);			/* an edge, without a pin */
	for (i = 0; i < sizeof_field(struct keel_hpet_state, pad); i++)
		REFUSED(s.pad[i] = 1);
	TAKEN(s.config = LEGACY);
	TAKEN(s.counter = U64_MAX);
	for (i = 0; i < 3; i++) {
		REFUSED(s.timers[i].config = 1);
		REFUSED(s.timers[i].config = 0x10);
		REFUSED(s.timers[i].config = 0x80);
		REFUSED(s.timers[i].config = 0x8000);
		REFUSED(s.timers[i].config = BIT(31));
		REFUSED(s.timers[i].config = VAL_SET);
		REFUSED(s.timers[i].config = PIN(2));
		REFUSED(s.timers[i].config = PIN(24));
		REFUSED(s.timers[i].config = MODE32);	/* all ones in 64 bits */
		REFUSED(s.timers[i].skip = 1);
		TAKEN(s.timers[i].fsb = U64_MAX);
		TAKEN(s.timers[i].period = U64_MAX);
		TAKEN(s.timers[i].config = PERIODIC | VAL_SET | PIN(23) | FSB_EN);
	}
}

static void hpet_check_refuses_running(struct kunit *test)
{
	jump(1000000);
	set(CONFIG, ENABLE);
	set(CONF(0), INT | PIN(20));
	set(CONF(1), INT | LEVEL | MODE32);
	set(CMP(1), 5);
	REFUSED(s.at = H->now + 1);
	REFUSED(s.timers[1].comparator = BIT_ULL(32));
	REFUSED(s.timers[1].period = BIT_ULL(32));
	TAKEN(s.raised = 1);
	TAKEN(s.raised = 2);
	REFUSED(s.raised = 1; s.config = 0; s.at = 0);
	REFUSED(s.raised = 1; s.timers[0].config = PIN(20));
	REFUSED(s.raised = 1; s.timers[0].config = INT | PIN(20) | FSB_EN);
	REFUSED(s.raised = 1; s.timers[0].config = INT);
	TAKEN(s.raised = 1; s.timers[0].config = INT; s.config = ENABLE | LEGACY);
}

static void hpet_check_bounds_skip(struct kunit *test)
{
	hpet_period(test, 0, INT | PIN(20), 100, 10);
	TAKEN(s.timers[0].skip = KEEL_HPET_SKIP_TICKS / 10);
	REFUSED(s.timers[0].skip = KEEL_HPET_SKIP_TICKS / 10 + 1);
	REFUSED(s.timers[0].skip = 1; s.timers[0].period = 0);
	REFUSED(s.timers[0].skip = 1; s.timers[0].period = KEEL_HPET_SKIP_TICKS + 1ULL);
	REFUSED(s.timers[0].skip = 1; s.timers[0].config &= ~PERIODIC);
	REFUSED(s.timers[0].skip = 1; s.timers[0].config |= LEVEL);
	hpet_state(test)->timers[0].skip = 1000000;	/* of a board with a longer minimum */
	set(CONFIG, ENABLE);
	is(hpet_due(test, 0), 100 + 999 * 10);
}

/* What is taken is so on the restored board before a chip looks at its line. */
static void hpet_taken_lines_are_restored(struct kunit *test)
{
	struct harness *copy = harness_clone(test);
	u64 asserts = copy->board->lines[0].asserts;

	out(0x43, 0x34);
	set(CONFIG, ENABLE | LEGACY);
	is(line(0), 0);
	is(harness_copy(test, H, copy), 0);
	is(keel_line_level(&copy->board->lines[0]), 0);
	is(copy->board->lines[0].asserts, asserts);
	harness_out(copy, KEEL_MMIO, HPET + CONFIG, ENABLE, 4);
	is(keel_line_level(&copy->board->lines[0]), 1);
}

/* And given back on one that is restored to before. */
static void hpet_taken_lines_are_given_back(struct kunit *test)
{
	struct harness *copy = harness_clone(test);

	out(0x43, 0x34);
	harness_out(copy, KEEL_MMIO, HPET + CONFIG, ENABLE | LEGACY, 4);
	is(harness_copy(test, H, copy), 0);
	is(keel_line_level(&copy->board->lines[0]), 1);
	is(copy->board->lines[0].taken, 0);
	is(copy->board->lines[8].taken, 0);
}

static int hpet_state_init(struct kunit *test)
{
	return harness_init(test, hpet_devices, ARRAY_SIZE(hpet_devices));
}

static struct kunit_case hpet_state_cases[] = {
	KUNIT_CASE(hpet_configs_refused),
	KUNIT_CASE(hpet_reset_silences),
	KUNIT_CASE(hpet_ignores_what_is_read_only),
	KUNIT_CASE(hpet_inspection_is_silent),
	KUNIT_CASE(hpet_check_refuses_halted),
	KUNIT_CASE(hpet_check_refuses_running),
	KUNIT_CASE(hpet_check_bounds_skip),
	KUNIT_CASE(hpet_taken_lines_are_restored),
	KUNIT_CASE(hpet_taken_lines_are_given_back),
	{}
};

static struct kunit_suite hpet_state_suite = {
	.name = "keel-hpet-state",
	.init = hpet_state_init,
	.exit = harness_exit,
	.test_cases = hpet_state_cases,
};

kunit_test_suites(&hpet_state_suite);
