// SPDX-License-Identifier: GPL-2.0
/* The debug-exit port, at its usual place and at another one. */
#include "harness.h"

static const struct keel_device_config debugexit_devices[] = {
	{ .class = KEEL_CLASS_DEBUGEXIT, .irq = KEEL_IRQ_DEFAULT },
	{ .class = KEEL_CLASS_DEBUGEXIT, .instance = 1, .irq = KEEL_IRQ_DEFAULT, .base = 0xf4 },
};

static u64 debugexit_exits(struct kunit *test, unsigned int instance)
{
	struct keel_dev *dev = keel_board_find(H->board, KEEL_CLASS_DEBUGEXIT, instance);

	return *(u64 *)((void *)dev + dev->ops->counters[0].offset);
}

static void debugexit_write_ends_the_vm(struct kunit *test)
{
	out(0x501, 0x2a);
	is(H->nr_events, 1);
	is(H->event, KEEL_EVENT_DEBUG_EXIT);
	is(H->arg, 0x2a);
	out(0x501, 0);
	is(H->nr_events, 2);
	is(H->arg, 0);
	is(debugexit_exits(test, 0), 2);
}

static void debugexit_takes_any_width(struct kunit *test)
{
	out16(0x501, 0xbeef);
	is(H->arg, 0xbeef);
	out32(0x501, 0x12345678);
	is(H->arg, 0x12345678);
	is(H->nr_events, 2);
	out(0x502, 0x17);
	is(H->arg, 0x17);
	out16(0x503, 0x1234);
	is(H->arg, 0x1234);
	is(H->nr_events, 4);
}

static void debugexit_reads_zero(struct kunit *test)
{
	is(in(0x501), 0);
	is(in16(0x501), 0);
	is(in32(0x501), 0);
	is(in(0x504), 0);
	is(in(0x505), 0xff);
	is(H->nr_events, 0);
	is(debugexit_exits(test, 0), 0);
}

static void debugexit_moves_with_its_base(struct kunit *test)
{
	out32(0xf4, 3);
	is(H->arg, 3);
	is(debugexit_exits(test, 0), 0);
	is(debugexit_exits(test, 1), 1);
	out(0xf8, 4);
	is(H->nr_events, 1);
}

static void debugexit_has_no_state(struct kunit *test)
{
	is(keel_debugexit_ops.state_size, 0);
	out(0x501, 1);
	is(harness_copy(test, H, harness_clone(test)), 0);
	whole_reset(H->board);
	is(H->nr_events, 1);
	is(H->deadline, KEEL_NEVER);
}

static int debugexit_init(struct kunit *test)
{
	return harness_init(test, debugexit_devices, ARRAY_SIZE(debugexit_devices));
}

static struct kunit_case debugexit_cases[] = {
	KUNIT_CASE(debugexit_write_ends_the_vm),
	KUNIT_CASE(debugexit_takes_any_width),
	KUNIT_CASE(debugexit_reads_zero),
	KUNIT_CASE(debugexit_moves_with_its_base),
	KUNIT_CASE(debugexit_has_no_state),
	{}
};

static struct kunit_suite debugexit_suite = {
	.name = "keel-debugexit",
	.init = debugexit_init,
	.exit = harness_exit,
	.test_cases = debugexit_cases,
};

kunit_test_suites(&debugexit_suite);
