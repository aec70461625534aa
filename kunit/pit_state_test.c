// SPDX-License-Identifier: GPL-2.0
/* The 8254's configs, its reset, and which states it can be in. */
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

static void pit_configs_refused(struct kunit *test)
{
	static const struct keel_pit_config bad[] = {
		{ .policy = 2 },
		{ .min_period_ns = KEEL_PIT_MIN_PERIOD_LEAST - 1 },
		{ .reserved[0] = 1 },
		{ .reserved[4] = 1 },
	};
	struct keel_device_config config = { .class = KEEL_CLASS_PIT };
	struct keel_dev *dev = keel_board_find(H->board, KEEL_CLASS_PIT, 0);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		config.pit = bad[i];
		ok(!keel_pit_ops.configure(dev, &config));
	}
	config.pit = (struct keel_pit_config){ .min_period_ns = KEEL_PIT_MIN_PERIOD_LEAST };
	ok(keel_pit_ops.configure(dev, &config));
	pit_program(test, 0, 2, false, 12);	/* 10.06 us */
	is(H->deadline, TICK_NS(13));
	config.pit = (struct keel_pit_config){};
	ok(keel_pit_ops.configure(dev, &config));
	out(0x43, 0x34);
}

/* ---- Reset and states ---- */

static void pit_reset_stops_all(struct kunit *test)
{
	unsigned int i;

	out(0x61, 0x0f);
	for (i = 0; i < 3; i++)
		pit_program(test, i, 2, false, 1000);
	pit_to(test, 300);
	whole_reset(H->board);
	is(line(0), 0);
	is(H->deadline, KEEL_NEVER);
	is(in(0x61) & 0xef, 0);
	for (i = 0; i < 3; i++)
		is(pit_status(test, i), 0x30 | STATUS_NULL);
}

static void reinject_reset_drops_backlog(struct kunit *test)
{
	pit_program(test, 0, 2, false, 1000);
	jump(TICK_NS(5500));
	whole_reset(H->board);
	is(pit_state(test)->backlog, 0);
	is(pit_stat(test, "missed"), 4);
}

#define CHECK(s)	keel_pit_ops.check(keel_board_find(H->board, KEEL_CLASS_PIT, 0), \
					   (s), H->now)
#define REFUSED(change) do {				\
	struct keel_pit_state s = *pit_state(test);	\
	ok(CHECK(&s));					\
	change;						\
	KUNIT_EXPECT_FALSE(test, CHECK(&s));		\
} while (0)

static void pit_check_refuses_board(struct kunit *test)
{
	jump(1000000);
	REFUSED(s.port61 = 0x10);
	REFUSED(s.port61 = 0x80);
	REFUSED(s.edge = pit_tick(test) + 1);
	REFUSED(s.backlog = 1);
	REFUSED(s.stretch = 1);
	REFUSED(s.pad[0] = 1);
	REFUSED(s.pad[1] = 1);
	REFUSED(s.counter[1].pad[0] = 1);
	REFUSED(s.counter[1].pad[1] = 1);
	REFUSED(s.counter[1].pad[2] = 1);
	pit_program(test, 0, 3, false, 1000);
	REFUSED(s.stretch = 2);
	REFUSED(s.backlog = 1);		/* this board coalesces */
}

static void reinject_check_refuses(struct kunit *test)
{
	pit_program(test, 0, 2, false, 1000);
	jump(TICK_NS(5500));
	REFUSED(s.backlog = KEEL_PIT_BACKLOG_MAX + 1);
	REFUSED(s.stretch = 1);
	REFUSED(s.counter[0].cr = s.counter[0].count = 100);
}

static void pit_check_refuses_waiting(struct kunit *test)
{
	jump(1000000);
	REFUSED(s.counter[0].control = 0);
	REFUSED(s.counter[0].control = 0x70);
	REFUSED(s.counter[0].phase = KEEL_PIT_READY);
	REFUSED(s.counter[0].phase = KEEL_PIT_HOLD);
	REFUSED(s.counter[0].phase = KEEL_PIT_HOLD + 1);
	REFUSED(s.counter[2].phase = KEEL_PIT_RUN);	/* gate is low */
	REFUSED(s.counter[0].start = 1);
	REFUSED(s.counter[0].held = 1);
	REFUSED(s.counter[0].reload = 1);
	REFUSED(s.counter[0].cr = 1);
	REFUSED(s.counter[0].count = 1);
	REFUSED(s.counter[0].latch = 1);
	REFUSED(s.counter[0].low = 1);
	REFUSED(s.counter[0].status = 0x30);
	REFUSED((s.counter[0].status = 0x31, s.counter[0].flags = KEEL_PIT_STATUS_LATCHED));
	REFUSED(s.counter[0].flags = KEEL_PIT_PENDING);
	REFUSED(s.counter[0].flags = KEEL_PIT_LOW);
	REFUSED(s.counter[0].flags = 0x40);
	REFUSED((s.counter[0].control = 0x34, s.counter[0].flags = KEEL_PIT_PENDING));
	REFUSED((s.counter[0].control = 0x10, s.counter[0].flags = KEEL_PIT_WRITE_MSB));
	REFUSED((s.counter[0].control = 0x10, s.counter[0].flags = KEEL_PIT_READ_MSB));
}

static void pit_check_refuses_running(struct kunit *test)
{
	jump(10000000);
	pit_program(test, 0, 2, false, 1000);
	pit_clock(test, 100);
	REFUSED(s.counter[0].start = pit_tick(test) + 2);
	REFUSED(s.counter[0].ce = 1);
	REFUSED(s.counter[0].cr = 999);
	REFUSED(s.counter[0].flags = KEEL_PIT_PENDING);
	REFUSED(s.counter[0].flags = KEEL_PIT_LOW);
	REFUSED(s.counter[0].control = 0x14);	/* low byte only, but 1000 */
	REFUSED(s.counter[0].control = 0x24);
	REFUSED(s.counter[0].control = 0x32);	/* mode 1: no gate could trigger it */
	REFUSED(s.counter[0].reload = s.counter[0].start + 1000);
	REFUSED((s.counter[0].control = 0x30, s.counter[0].flags = KEEL_PIT_PENDING));
	pit_count(test, 0, 500);
	REFUSED(s.counter[0].reload--);
	REFUSED(s.counter[0].reload++);
	REFUSED(s.counter[0].reload += 1000);
	REFUSED(s.counter[0].reload = s.counter[0].start);
	REFUSED(s.counter[0].reload = 0);
	REFUSED(s.counter[0].flags &= ~KEEL_PIT_PENDING);
	REFUSED(s.counter[0].control = 0x30);	/* mode 0 leaves no count pending */
	pit_program(test, 2, 0, false, 1000);
	REFUSED(s.counter[2].held = pit_tick(test) + 1);
	REFUSED(s.port61 = 1);			/* a gate that holds while high */
	REFUSED(s.counter[2].flags = KEEL_PIT_WRITE_MSB);
	pit_program(test, 1, 1, false, 1000);
	REFUSED(s.counter[1].phase = KEEL_PIT_HOLD);
}

static u32 pit_random(u32 *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

static void pit_random_event(struct kunit *test, u32 *seed)
{
	u32 what = pit_random(seed) % 8, counter = pit_random(seed) % 3;

	if (what < 4)
		out(0x40 + counter, pit_random(seed));
	else if (what < 6)
		in(0x40 + counter);
	else if (what == 6 && pit_random(seed) % 4 == 0)
		out(0x43, pit_random(seed));
	else
		out(0x61, pit_random(seed));
	if (pit_random(seed) % 2)
		jump(pit_random(seed) % (pit_random(seed) % 8 ? 10000 : 30000000));
}

/* Every state that a guest reaches can be loaded. */
static void pit_reachable_is_accepted(struct kunit *test)
{
	u32 seed = 1, i;

	for (i = 0; i < 20000; i++) {
		pit_random_event(test, &seed);
		keel_board_expire(H->board);
		if (!CHECK(pit_state(test)))
			break;
	}
	is(i, 20000);
}

static void pit_check_refuses_half_counts(struct kunit *test)
{
	out(0x43, 0x54);	/* low byte only */
	out(0x41, 100);
	pit_clock(test, 1);
	out(0x41, 200);		/* awaits its load */
	REFUSED(s.counter[1].cr |= 0x100);
	REFUSED((s.counter[1].count |= 0x100, s.counter[1].reload += 0x100));
	out(0x43, 0x64);	/* high byte only */
	out(0x41, 100);
	pit_clock(test, 1);
	out(0x41, 200);
	REFUSED(s.counter[1].cr |= 1);
	REFUSED((s.counter[1].count |= 2, s.counter[1].reload += 2));
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
	KUNIT_CASE(pit_configs_refused),
	KUNIT_CASE(pit_reset_stops_all),
	KUNIT_CASE(pit_check_refuses_board),
	KUNIT_CASE(pit_check_refuses_waiting),
	KUNIT_CASE(pit_check_refuses_running),
	KUNIT_CASE(pit_check_refuses_half_counts),
	KUNIT_CASE(pit_reachable_is_accepted),
	{}
};

static struct kunit_case reinject_cases[] = {
	KUNIT_CASE(reinject_reset_drops_backlog),
	KUNIT_CASE(reinject_check_refuses),
	KUNIT_CASE(pit_reachable_is_accepted),
	{}
};

static struct kunit_suite pit_suite = {
	.name = "keel-pit-state",
	.init = pit_init,
	.exit = harness_exit,
	.test_cases = pit_cases,
};

static struct kunit_suite reinject_suite = {
	.name = "keel-pit-reinject-state",
	.init = reinject_init,
	.exit = harness_exit,
	.test_cases = reinject_cases,
};

kunit_test_suite(pit_suite);
kunit_test_suite(reinject_suite);
