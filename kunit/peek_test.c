// SPDX-License-Identifier: GPL-2.0
/*
 * Which registers a host may peek at, and when it may not. That a peek tells what a read does, and
 * changes nothing, every suite shows with all its reads: see harness_in().
 */
#include "harness.h"

static const struct keel_device_config peek_devices[] = {
	{ .class = KEEL_CLASS_PIC, .irq = KEEL_IRQ_DEFAULT },
	{ .class = KEEL_CLASS_IOAPIC, .irq = KEEL_IRQ_DEFAULT },
	{ .class = KEEL_CLASS_PIT, .irq = KEEL_IRQ_DEFAULT },
	{ .class = KEEL_CLASS_PM, .irq = KEEL_IRQ_DEFAULT },
	{ .class = KEEL_CLASS_I8042, .irq = KEEL_IRQ_DEFAULT },
	{ .class = KEEL_CLASS_UART, .irq = KEEL_IRQ_DEFAULT },
};

#define LSR	0x3fd
#define DR	0x01
#define OE	0x02
#define IDLE	0x60

#define TMR	(KEEL_PM_BASE + KEEL_PM_TMR)
#define IOREGSEL	0xfec00000
#define IOWIN		0xfec00010

#define peek_at(addr)	harness_peek(H, KEEL_MMIO, (addr), 4)

static int peek_test_init(struct kunit *test)
{
	return harness_init(test, peek_devices, ARRAY_SIZE(peek_devices));
}

static void peek_knows_states(struct kunit *test)
{
	is(peek(LSR), IDLE);
	out(0x4d1, 0x0c);
	is(peek(0x4d0), 0);
	is(peek(0x4d1), 0x0c);
	is(peek(0x64) & 1, 0);
	wr(IOREGSEL, 1, 4);
	is(peek_at(IOREGSEL), 1);
	is(peek_at(IOWIN), 0x170020);
}

static void peek_knows_times(struct kunit *test)
{
	u64 before = peek32(TMR);

	advance(1000000000);
	is(peek32(TMR) - before, 3579545);
	out(0x61, 1);
	out(0x43, 0xb4);
	out(0x42, 100);
	out(0x42, 0);
	advance(1000000);
	is(peek(0x61), in(0x61));
}

/* What a read changes, or what is behind another register, takes a door. */
static void peek_leaves_reads_with_effects(struct kunit *test)
{
	is(peek(0x3f8), KEEL_NO_PEEK);
	is(peek(0x3fa), KEEL_NO_PEEK);
	is(peek(0x40), KEEL_NO_PEEK);
	is(peek(0x20), KEEL_NO_PEEK);
	is(peek(0x60), KEEL_NO_PEEK);
	is(peek(TMR), KEEL_NO_PEEK);
	is(peek32(KEEL_PM_BASE), KEEL_NO_PEEK);
	is(peek(0x1234), KEEL_NO_PEEK);
}

/* The overrun is cleared by a read. */
static void peek_leaves_errors(struct kunit *test)
{
	is(host(KEEL_CLASS_UART, KEEL_HOST_RX_BREAK, 0), 1);
	is(peek(LSR), KEEL_NO_PEEK);
	ok(in(LSR) & DR);
	is(peek(LSR), IDLE | DR);
}

/* Without interrupts a look at the status register fills the output buffer. */
static void peek_leaves_a_byte_that_comes(struct kunit *test)
{
	out(0x64, 0x60);
	out(0x60, 0x04);
	out(0x64, 0xaa);
	is(peek(0x64), KEEL_NO_PEEK);
	is(in(0x64) & 1, 1);
	is(peek(0x64) & 1, 1);
	is(in(0x60), 0x55);
	is(peek(0x64) & 1, 0);
}

/* A deadline that has passed comes first. */
static void peek_leaves_what_is_due(struct kunit *test)
{
	out(0x3fa, 0x41);
	out(0x3fc, 0x08);
	out(0x3f9, 1);
	is(host(KEEL_CLASS_UART, KEEL_HOST_RX, 'a'), 1);
	is(peek(LSR), IDLE | DR);
	H->now += 1000000000;
	is(peek(LSR), KEEL_NO_PEEK);
	is(in(LSR), IDLE | DR);
	is(peek(LSR), IDLE | DR);
}

/* A new count of counter 2 that the period's end has made the one that counts. */
static void peek_leaves_counts_to_be_taken(struct kunit *test)
{
	out(0x61, 1);
	out(0x43, 0x94);
	out(0x42, 100);
	advance(10000);
	out(0x42, 50);
	ok(peek(0x61) != KEEL_NO_PEEK);
	advance(100000);
	is(peek(0x61), KEEL_NO_PEEK);
	in(0x61);
	ok(peek(0x61) != KEEL_NO_PEEK);
}

static struct kunit_case peek_cases[] = {
	KUNIT_CASE(peek_knows_states),
	KUNIT_CASE(peek_knows_times),
	KUNIT_CASE(peek_leaves_reads_with_effects),
	KUNIT_CASE(peek_leaves_errors),
	KUNIT_CASE(peek_leaves_a_byte_that_comes),
	KUNIT_CASE(peek_leaves_what_is_due),
	KUNIT_CASE(peek_leaves_counts_to_be_taken),
	{}
};

static struct kunit_suite peek_suite = {
	.name = "keel-peek",
	.init = peek_test_init,
	.exit = harness_exit,
	.test_cases = peek_cases,
};

kunit_test_suites(&peek_suite);
