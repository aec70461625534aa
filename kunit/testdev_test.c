// SPDX-License-Identifier: GPL-2.0
/* The test device, beside every chip whose lines it drives. */
#include "harness.h"

static const struct keel_device_config testdev_devices[] = {
	{ .class = KEEL_CLASS_PIC, .irq = KEEL_IRQ_DEFAULT },
	{ .class = KEEL_CLASS_IOAPIC, .irq = KEEL_IRQ_DEFAULT },
	{ .class = KEEL_CLASS_PIT, .irq = KEEL_IRQ_DEFAULT },
	{ .class = KEEL_CLASS_RTC, .irq = KEEL_IRQ_DEFAULT },
	{ .class = KEEL_CLASS_PM, .irq = KEEL_IRQ_DEFAULT },
	{ .class = KEEL_CLASS_UART, .irq = KEEL_IRQ_DEFAULT },
	{ .class = KEEL_CLASS_DEBUGEXIT, .irq = KEEL_IRQ_DEFAULT },
	{ .class = KEEL_CLASS_DEBUGEXIT, .instance = 1, .base = KEEL_TESTDEV_EXIT,
	  .irq = KEEL_IRQ_DEFAULT },
	{ .class = KEEL_CLASS_TESTDEV, .irq = KEEL_IRQ_DEFAULT },
};

#define IRQ(n)	(KEEL_TESTDEV_IRQ + (n))

static u64 testdev_changes(struct kunit *test)
{
	struct keel_dev *dev = keel_board_find(H->board, KEEL_CLASS_TESTDEV, 0);

	return *(u64 *)((void *)dev + dev->ops->counters[0].offset);
}

/* ---- Scratch ---- */

static void testdev_scratch_of_every_width(struct kunit *test)
{
	out32(0xe0, 0x44332211);
	out32(0xe4, 0x88776655);
	is(in32(0xe0), 0x44332211);
	is(in32(0xe4), 0x88776655);
	is(in16(0xe2), 0x4433);
	is(in(0xe5), 0x66);
	out16(0xe2, 0xbeef);
	is(in32(0xe0), 0xbeef2211);
	out(0xe0, 0x99);
	is(in32(0xe0), 0xbeef2299);
	is(in32(0xe4), 0x88776655);
}

/* Unaligned accesses come in pieces, and those over the end are cut off there. */
static void testdev_scratch_unaligned(struct kunit *test)
{
	out32(0xe0, 0x44332211);
	out32(0xe4, 0x88776655);
	is(in32(0xe1), 0x55443322);
	out32(0xe3, 0xddccbbaa);
	is(in32(0xe0), 0xaa332211);
	is(in32(0xe4), 0x88ddccbb);
	out16(0xe7, 0x0102);
	is(in(0xe7), 0x02);
	is(in(0xe8), 0x01);	/* the next region: the first byte again */
	is(in(0xe0), 0x01);
}

static void testdev_scratch_by_bytes(struct kunit *test)
{
	struct keel_dev *dev = keel_board_find(H->board, KEEL_CLASS_TESTDEV, 0);
	const struct keel_region *bytes = &H->board->regions[dev->region + 1];

	out32(0xe8, 0xddccbbaa);
	is(bytes->writes, 4);
	is(in32(0xe0), 0xddccbbaa);
	is(in32(0xe8), 0xddccbbaa);
	is(bytes->reads, 4);
	is(in(0xec), 0xff);
}

/* ---- Lines ---- */

static void testdev_holds_each_line(struct kunit *test)
{
	unsigned int n;

	for (n = 0; n < KEEL_TESTDEV_LINES; n++) {
		is(line(n), 0);
		out(IRQ(n), 1);
		is(line(n), 1);
		is(in(IRQ(n)), 1);
		out(IRQ(n), 0x80);
		is(line(n), 1);
		out(IRQ(n), 0);
		is(line(n), 0);
		is(in(IRQ(n)), 0);
		is(H->board->lines[n].asserts, 1);
	}
	is(testdev_changes(test), 2 * KEEL_TESTDEV_LINES);
	is(in(IRQ(KEEL_TESTDEV_LINES)), 0xff);
}

static void testdev_lines_are_apart(struct kunit *test)
{
	out32(IRQ(4), 0x00010001);
	is(line(4), 1);
	is(line(5), 0);
	is(line(6), 1);
	is(line(7), 0);
	is(in32(IRQ(4)), 0x00010001);
}

/* A line that a chip holds, too, stays up until both let go. */
static void testdev_beside_a_chip(struct kunit *test)
{
	out(0x43, 0x34);
	out(0x40, 0x10);
	out(0x40, 0);
	is(line(0), 1);		/* OUT0 of mode 2 */
	out(IRQ(0), 1);
	out(IRQ(0), 0);
	is(line(0), 1);
	out(0x43, 0x30);	/* mode 0: OUT0 low */
	is(line(0), 0);
	out(IRQ(0), 1);
	is(line(0), 1);
}

static void testdev_reaches_the_pic(struct kunit *test)
{
	out(0x20, 0x11);
	out(0x21, 0x20);
	out(0x21, 0x04);
	out(0x21, 0x01);
	out(0x21, 0xdf);
	is(intr(), 0);
	out(IRQ(5), 1);
	is(intr(), 1);
	is(ack(), 0x25);
	out(IRQ(5), 0);
	out(0x20, 0x20);
}

static void testdev_reaches_the_ioapic(struct kunit *test)
{
	wr(0xfec00000, 0x10 + 2 * 20, 4);
	wr(0xfec00010, 0x2060, 4);	/* pin 20: edge, active-low as its wire, vector 0x60 */
	out(IRQ(20), 1);
	is(msis(20), 1);
	out(IRQ(20), 1);
	is(msis(20), 1);
	out(IRQ(20), 0);
	out(IRQ(20), 1);
	is(msis(20), 2);
}

static void testdev_exit_is_there(struct kunit *test)
{
	out32(0xf4, 3);
	is(H->event, KEEL_EVENT_DEBUG_EXIT);
	is(H->arg, 3);
}

/* ---- State ---- */

static void testdev_reset_lets_go(struct kunit *test)
{
	out(IRQ(9), 1);
	out32(0xe0, 0x12345678);
	whole_reset(H->board);
	is(line(9), 0);
	is(in(IRQ(9)), 0);
	is(in32(0xe0), 0);
}

static void testdev_keeps_its_lines(struct kunit *test)
{
	struct harness *other = harness_clone(test);

	out(IRQ(11), 1);
	out(0xe6, 0x5a);
	is(harness_copy(test, H, other), 0);
	is(harness_in(other, KEEL_PIO, IRQ(11), 1), 1);
	is(harness_in(other, KEEL_PIO, 0xe6, 1), 0x5a);
	ok(keel_line_level(&other->board->lines[11]));
	is(other->board->lines[11].asserts, 0);		/* restored, not driven again */
	harness_out(other, KEEL_PIO, IRQ(11), 0, 1);
	ok(!keel_line_level(&other->board->lines[11]));
}

static void testdev_check_rejects(struct kunit *test)
{
	struct keel_dev *dev = keel_board_find(H->board, KEEL_CLASS_TESTDEV, 0);
	struct keel_testdev_state good = { .lines = BIT(KEEL_TESTDEV_LINES) - 1 }, bad;
	unsigned int i;

	memset(good.scratch, 0xff, sizeof(good.scratch));
	ok(dev->ops->check(dev, &good, H->now));
	for (i = KEEL_TESTDEV_LINES; i < 32; i++) {
		bad = good;
		bad.lines |= BIT(i);
		ok(!dev->ops->check(dev, &bad, H->now));
	}
	for (i = 0; i < sizeof(bad.pad); i++) {
		bad = good;
		bad.pad[i] = 1;
		ok(!dev->ops->check(dev, &bad, H->now));
	}
}

static int testdev_init(struct kunit *test)
{
	return harness_init(test, testdev_devices, ARRAY_SIZE(testdev_devices));
}

static struct kunit_case testdev_cases[] = {
	KUNIT_CASE(testdev_scratch_of_every_width),
	KUNIT_CASE(testdev_scratch_unaligned),
	KUNIT_CASE(testdev_scratch_by_bytes),
	KUNIT_CASE(testdev_holds_each_line),
	KUNIT_CASE(testdev_lines_are_apart),
	KUNIT_CASE(testdev_beside_a_chip),
	KUNIT_CASE(testdev_reaches_the_pic),
	KUNIT_CASE(testdev_reaches_the_ioapic),
	KUNIT_CASE(testdev_exit_is_there),
	KUNIT_CASE(testdev_reset_lets_go),
	KUNIT_CASE(testdev_keeps_its_lines),
	KUNIT_CASE(testdev_check_rejects),
	{}
};

static struct kunit_suite testdev_suite = {
	.name = "keel-testdev",
	.init = testdev_init,
	.exit = harness_exit,
	.test_cases = testdev_cases,
};

kunit_test_suites(&testdev_suite);
