// SPDX-License-Identifier: GPL-2.0
/* Looking into a board: what it says, and that nobody notices. */
#include "harness.h"

static const struct keel_device_config inspect_devices[] = {
	{ .class = KEEL_CLASS_PIC, .irq = KEEL_IRQ_DEFAULT },
	{ .class = KEEL_CLASS_IOAPIC, .irq = KEEL_IRQ_DEFAULT },
	{ .class = KEEL_CLASS_PIT, .irq = KEEL_IRQ_DEFAULT },
	{ .class = KEEL_CLASS_RTC, .irq = KEEL_IRQ_DEFAULT },
	{ .class = KEEL_CLASS_PM, .irq = KEEL_IRQ_DEFAULT },
	{ .class = KEEL_CLASS_UART, .irq = KEEL_IRQ_DEFAULT },
};

static int inspect_test_init(struct kunit *test)
{
	return harness_init(test, inspect_devices, ARRAY_SIZE(inspect_devices));
}

/* What the board says of itself under a name; all ones if it has no such value. */
static u64 look(struct kunit *test, const char *device, const char *name)
{
	unsigned int i, nr = keel_board_inspect(H->board, NULL, 0);
	struct keel_stat *stats = kunit_kzalloc(test, nr * sizeof(*stats), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, stats);
	is(keel_board_inspect(H->board, stats, nr), nr);
	for (i = 0; i < nr; i++)
		if (!strcmp(stats[i].device, device) && !strcmp(stats[i].name, name))
			return stats[i].value;
	return U64_MAX;
}

static void inspect_board(struct kunit *test)
{
	advance(123456);
	is(look(test, "board", "now"), 123456);
	is(look(test, "board", "next_deadline"), KEEL_NEVER);
	is(look(test, "nobody", "now"), U64_MAX);
}

static void inspect_pic(struct kunit *test)
{
	out(0x20, 0x11);
	is(look(test, "pic0", "chip0.initialised"), 0);
	out(0x21, 0x30);
	out(0x21, 0x04);
	out(0x21, 0x01);
	out(0x21, 0xfb);
	is(look(test, "pic0", "chip0.initialised"), 1);
	is(look(test, "pic0", "chip0.base"), 0x30);
	is(look(test, "pic0", "chip0.imr"), 0xfb);
	is(look(test, "pic0", "chip1.int"), 0);
	raise(5);
	is(look(test, "pic0", "chip0.irr"), 0x20);
	is(look(test, "pic0", "chip0.inputs"), 0x20);
}

static void inspect_ioapic(struct kunit *test)
{
	wr(0xfec00000, 0x10 + 2 * 9, 4);
	wr(0xfec00010, 0x00008031, 4);
	wr(0xfec00000, 0x11 + 2 * 9, 4);
	wr(0xfec00010, 0x03000000, 4);
	raise(9);
	is(look(test, "ioapic0", "pin9.vector"), 0x31);
	is(look(test, "ioapic0", "pin9.level"), 1);
	is(look(test, "ioapic0", "pin9.masked"), 0);
	is(look(test, "ioapic0", "pin9.destination"), 3);
	is(look(test, "ioapic0", "pin9.asserted"), 1);
	is(look(test, "ioapic0", "pin9.remote_irr"), 1);
	is(look(test, "ioapic0", "pin10.masked"), 1);
	is(look(test, "ioapic0", "ioregsel"), 0x11 + 2 * 9);
}

static void inspect_pit(struct kunit *test)
{
	out(0x43, 0x34);
	out(0x40, 0xe8);
	out(0x40, 0x03);
	advance(84000);		/* 100.2 ticks, one of them until the count is loaded */
	is(look(test, "pit0", "counter0.mode"), 2);
	is(look(test, "pit0", "counter0.period"), 1000);
	is(look(test, "pit0", "counter0.running"), 1);
	is(look(test, "pit0", "counter0.ce"), 901);
	is(look(test, "pit0", "counter0.out"), 1);
	is(look(test, "pit0", "counter2.gate"), 0);
	is(look(test, "pit0", "timer0.deadline"), H->deadline);
	is(look(test, "board", "next_deadline"), H->deadline);
}

static void inspect_rtc(struct kunit *test)
{
	u64 second = look(test, "rtc0", "second");

	is(look(test, "rtc0", "year"), 1970);
	advance(3000000000ULL);
	is(look(test, "rtc0", "second"), second + 3);
	is(look(test, "rtc0", "b"), 0x02);
	is(look(test, "rtc0", "periodic_hz"), 1024);
}

static void inspect_pm(struct kunit *test)
{
	advance(1000000000);
	is(look(test, "pm0", "pm_tmr"), 3579545);
	is(look(test, "pm0", "sci_en"), 0);
	is(look(test, "pm0", "slept"), 0);
}

static void inspect_uart(struct kunit *test)
{
	out(0x3fb, 0x83);
	out(0x3f8, 0x0c);
	out(0x3f9, 0x00);
	out(0x3fb, 0x03);
	out(0x3fa, 0x81);
	is(host(KEEL_CLASS_UART, KEEL_HOST_RX, 'x'), 1);
	is(look(test, "uart0", "divisor"), 12);
	is(look(test, "uart0", "lcr"), 0x03);
	is(look(test, "uart0", "fcr"), 0x81);
	is(look(test, "uart0", "rx_count"), 1);
	is(look(test, "uart0", "lsr") & 0x61, 0x61);
}

static void inspect_line_and_holder(struct kunit *test)
{
	is(look(test, "line4", "level"), 0);
	out(0x3fc, 0x08);
	out(0x3f9, 0x02);
	is(look(test, "line4", "level"), 1);
	is(look(test, "line4", "uart0.holds"), 0);
	is(look(test, "line4", "rtc0.holds"), U64_MAX);
}

/* Flags that reading would clear, latches, a count that waits: all as before. */
static void inspect_has_no_side_effect(struct kunit *test)
{
	size_t size = keel_board_state_size(H->board);
	void *before = kunit_kzalloc(test, size, GFP_KERNEL);
	void *after = kunit_kzalloc(test, size, GFP_KERNEL);
	u64 expired;

	KUNIT_ASSERT_NOT_NULL(test, before);
	KUNIT_ASSERT_NOT_NULL(test, after);
	out(0x43, 0x34);
	out(0x40, 0xe8);
	out(0x40, 0x03);
	out(0x43, 0x00);	/* latch */
	out(0x43, 0xb4);
	out(0x42, 0x10);
	out(0x42, 0x00);
	out(0x42, 0x20);
	out(0x42, 0x00);
	out(0x70, 0x0c);
	H->now += 5000000000ULL;	/* deadlines have passed, nobody has looked */
	keel_board_save(H->board, before, size);
	expired = H->board->expired;
	look(test, "board", "now");
	keel_board_save(H->board, after, size);
	((struct keel_state_header *)after)->now = ((struct keel_state_header *)before)->now;
	is(memcmp(before, after, size), 0);
	is(H->board->expired, expired);
}

static void inspect_room(struct kunit *test)
{
	struct keel_stat stats[2] = { };

	ok(keel_board_inspect(H->board, stats, 1) > 100);
	ok(stats[0].name[0]);
	ok(!stats[1].name[0]);
}

static struct kunit_case inspect_cases[] = {
	KUNIT_CASE(inspect_board),
	KUNIT_CASE(inspect_pic),
	KUNIT_CASE(inspect_ioapic),
	KUNIT_CASE(inspect_pit),
	KUNIT_CASE(inspect_rtc),
	KUNIT_CASE(inspect_pm),
	KUNIT_CASE(inspect_uart),
	KUNIT_CASE(inspect_line_and_holder),
	KUNIT_CASE(inspect_has_no_side_effect),
	KUNIT_CASE(inspect_room),
	{ }
};

static struct kunit_suite inspect_suite = {
	.name = "keel-inspect",
	.init = inspect_test_init,
	.exit = harness_exit,
	.test_cases = inspect_cases,
};

kunit_test_suites(&inspect_suite);
