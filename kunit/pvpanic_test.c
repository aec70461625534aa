// SPDX-License-Identifier: GPL-2.0
/* Transcripts for devices/chips/pvpanic.c (QEMU, docs/specs/pvpanic). */
#include "harness.h"

static const struct keel_device_config pvpanic_devices[] = {
	{ .class = KEEL_CLASS_PVPANIC, .irq = KEEL_IRQ_DEFAULT },
	{ .class = KEEL_CLASS_DEBUGEXIT, .irq = KEEL_IRQ_DEFAULT },
};

static u64 pvpanic_count(struct kunit *test, const char *label)
{
	struct keel_dev *dev = keel_board_find(H->board, KEEL_CLASS_PVPANIC, 0);
	unsigned int i;

	for (i = 0; i < dev->ops->nr_counters; i++)
		if (!strcmp(dev->ops->counters[i].label, label))
			return *(u64 *)((void *)dev + dev->ops->counters[i].offset);
	return U64_MAX;
}

static void pvpanic_says_what_it_takes(struct kunit *test)
{
	is(in(0x505), 7);
	is(in(0x506), 0xff);
	is(in32(0x502), 0x07000000);	/* beside the debug-exit port */
	is(H->nr_events, 0);
}

static void pvpanic_reports_each_panic(struct kunit *test)
{
	out(0x505, 1);
	is(H->nr_events, 1);
	is(H->event, KEEL_EVENT_PANIC);
	is(H->arg, KEEL_PVPANIC_PANICKED);
	out(0x505, 1);
	is(H->nr_events, 2);
	is(pvpanic_count(test, "panics"), 2);
	is(in(0x505), 7);
}

static void pvpanic_reports_a_crash_kernel_once(struct kunit *test)
{
	out(0x505, 2);
	is(H->nr_events, 1);
	is(H->event, KEEL_EVENT_PANIC);
	is(H->arg, KEEL_PVPANIC_CRASH_LOADED);
	out(0x505, 2);
	is(H->nr_events, 1);
	is(pvpanic_count(test, "crashes"), 2);
	whole_reset(H->board);
	out(0x505, 2);
	is(H->nr_events, 2);
}

static void pvpanic_shutdown_powers_off(struct kunit *test)
{
	out(0x505, 4);
	is(H->nr_events, 1);
	is(H->event, KEEL_EVENT_POWEROFF);
	is(H->arg, 0);
	is(pvpanic_count(test, "shutdowns"), 1);
}

static void pvpanic_takes_several_at_once(struct kunit *test)
{
	out(0x505, 7);
	is(H->nr_events, 3);
	is(H->event, KEEL_EVENT_POWEROFF);
	is(pvpanic_count(test, "panics"), 1);
	is(pvpanic_count(test, "crashes"), 1);
	is(pvpanic_count(test, "ignored"), 0);
}

static void pvpanic_ignores_what_it_does_not_know(struct kunit *test)
{
	out(0x505, 0);
	out(0x505, 0xf8);
	is(H->nr_events, 0);
	is(pvpanic_count(test, "ignored"), 1);
	out16(0x505, 0xff00);
	is(H->nr_events, 0);
	out(0x505, 0x81);
	is(H->nr_events, 1);
	is(H->arg, KEEL_PVPANIC_PANICKED);
}

static void pvpanic_checks_states(struct kunit *test)
{
	const struct keel_dev *dev = keel_board_find(H->board, KEEL_CLASS_PVPANIC, 0);
	struct keel_pvpanic_state s = { .said = 7 };

	ok(keel_pvpanic_ops.check(dev, &s, 0));
	s.said = 8;
	ok(!keel_pvpanic_ops.check(dev, &s, 0));
	s = (struct keel_pvpanic_state) { .pad[6] = 1 };
	ok(!keel_pvpanic_ops.check(dev, &s, 0));
}

/* What was said before the save is not said again by the load. */
static void pvpanic_state_is_silent(struct kunit *test)
{
	struct harness *other = harness_clone(test);

	out(0x505, 3);
	is(harness_copy(test, H, other), 0);
	is(other->nr_events, 0);
	harness_out(other, KEEL_PIO, 0x505, 2, 1);
	is(other->nr_events, 0);
	harness_out(other, KEEL_PIO, 0x505, 1, 1);
	is(other->nr_events, 1);
}

static int pvpanic_init(struct kunit *test)
{
	return harness_init(test, pvpanic_devices, ARRAY_SIZE(pvpanic_devices));
}

static struct kunit_case pvpanic_cases[] = {
	KUNIT_CASE(pvpanic_says_what_it_takes),
	KUNIT_CASE(pvpanic_reports_each_panic),
	KUNIT_CASE(pvpanic_reports_a_crash_kernel_once),
	KUNIT_CASE(pvpanic_shutdown_powers_off),
	KUNIT_CASE(pvpanic_takes_several_at_once),
	KUNIT_CASE(pvpanic_ignores_what_it_does_not_know),
	KUNIT_CASE(pvpanic_checks_states),
	KUNIT_CASE(pvpanic_state_is_silent),
	{}
};

static struct kunit_suite pvpanic_suite = {
	.name = "keel-pvpanic",
	.init = pvpanic_init,
	.exit = harness_exit,
	.test_cases = pvpanic_cases,
};

kunit_test_suites(&pvpanic_suite);
