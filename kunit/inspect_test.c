// SPDX-License-Identifier: GPL-2.0
/* Inspecting a board: the values, and that reading them has no side effect. */
#include "harness.h"

static const struct keel_device_config inspect_devices[] = {
	{ .class = KEEL_CLASS_PIC, .irq = KEEL_IRQ_DEFAULT },
	{ .class = KEEL_CLASS_IOAPIC, .irq = KEEL_IRQ_DEFAULT },
	{ .class = KEEL_CLASS_PIT, .irq = KEEL_IRQ_DEFAULT },
	{ .class = KEEL_CLASS_RTC, .irq = KEEL_IRQ_DEFAULT },
	{ .class = KEEL_CLASS_PM, .irq = KEEL_IRQ_DEFAULT },
	{ .class = KEEL_CLASS_UART, .irq = KEEL_IRQ_DEFAULT },
	{ .class = KEEL_CLASS_DEBUGEXIT, .irq = KEEL_IRQ_DEFAULT },
	{ .class = KEEL_CLASS_TESTDEV, .irq = KEEL_IRQ_DEFAULT },
};

static int inspect_test_init(struct kunit *test)
{
	return harness_init(test, inspect_devices, ARRAY_SIZE(inspect_devices));
}

/* The value under a name; all ones if there is none. */
static u64 find(const struct keel_stat *stats, unsigned int nr, const char *device,
		const char *name)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (!strcmp(stats[i].device, device) && !strcmp(stats[i].name, name))
			return stats[i].value;
	return U64_MAX;
}

/* An inspected value, by device and name. */
static u64 look(struct kunit *test, const char *device, const char *name)
{
	unsigned int nr = whole_inspect(H->board, NULL, 0);
	struct keel_stat *stats = kunit_kzalloc(test, nr * sizeof(*stats), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, stats);
	is(whole_inspect(H->board, stats, nr), nr);
	return find(stats, nr, device, name);
}

/* A counter, by device and name. */
static u64 counted(struct kunit *test, const char *device, const char *name)
{
	unsigned int nr = whole_stats(H->board, NULL, 0);
	struct keel_stat *stats = kunit_kzalloc(test, nr * sizeof(*stats), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, stats);
	is(whole_stats(H->board, stats, nr), nr);
	return find(stats, nr, device, name);
}

static void inspect_board(struct kunit *test)
{
	advance(123456);
	is(look(test, "board", "now"), 123456);
	is(look(test, "board", "next_deadline"), KEEL_NEVER);
	is(look(test, "nobody", "now"), U64_MAX);
}

static void inspect_places(struct kunit *test)
{
	is(look(test, "pic0", "slave.port"), 0xa0);
	is(look(test, "pic0", "slave.length"), 2);
	is(look(test, "ioapic0", "registers.address"), 0xfec00000);
	is(look(test, "ioapic0", "registers.port"), U64_MAX);
	is(look(test, "debugexit0", "exit.port"), 0x501);
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
	is(look(test, "INTR", "level"), 0);
	out(0x21, 0xdb);
	is(look(test, "INTR", "level"), 1);
	is(look(test, "INTR", "pic0.holds"), 1);
	is(look(test, "line24", "level"), U64_MAX);
}

static void inspect_ioapic(struct kunit *test)
{
	wr(0xfec00000, 0x10 + 2 * 9, 4);
	wr(0xfec00010, 0x00008031, 4);
	wr(0xfec00000, 0x11 + 2 * 9, 4);
	wr(0xfec00010, 0x03000000, 4);
	raise(9);
	is(look(test, "ioapic0", "pin9.low"), 0xc031);
	is(look(test, "ioapic0", "pin9.high"), 0x03000000);
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
	is(look(test, "pit0", "reinject"), 0);
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
	out(0x70, 0x05);
	out(0x71, 0xff);
	is(look(test, "rtc0", "alarm_hour"), 0xff);
	is(look(test, "rtc0", "index"), 0x05);
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
	is(look(test, "uart0", "iir"), 0xc1);
	out(0x3f9, 0x02);
	is(look(test, "uart0", "iir"), 0xc2);
	is(look(test, "uart0", "iir"), 0xc2);
	is(look(test, "uart0", "lsr") & 0x61, 0x61);
}

static void inspect_line_and_holder(struct kunit *test)
{
	is(look(test, "line4", "level"), 0);
	out(0x3fc, 0x08);
	out(0x3f9, 0x02);
	is(look(test, "line4", "level"), 1);
	is(look(test, "line4", "uart0.holds"), 1);
	is(look(test, "line4", "testdev0.holds"), 0);
	is(look(test, "line4", "rtc0.holds"), U64_MAX);
	out(0x2004, 1);
	out(0x3fc, 0);
	is(look(test, "line4", "level"), 1);
	is(look(test, "line4", "uart0.holds"), 0);
	is(look(test, "line4", "testdev0.holds"), 1);
}

static void inspect_testdev(struct kunit *test)
{
	out(0x2005, 1);
	out(0xe3, 0x5a);
	is(look(test, "testdev0", "lines"), BIT(5));
	is(look(test, "testdev0", "scratch3"), 0x5a);
}

/* Flags that a guest's read clears, latches, a count not loaded yet: all stay unchanged. */
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
	H->now += 5000000000ULL;	/* deadlines have passed and are not expired yet */
	whole_save(H->board, before);
	expired = H->board->expired;
	look(test, "board", "now");
	whole_save(H->board, after);
	((struct keel_state_header *)after)->now = ((struct keel_state_header *)before)->now;
	is(memcmp(before, after, size), 0);
	is(H->board->expired, expired);
}

static void inspect_room(struct kunit *test)
{
	struct keel_stat stats[2] = { };

	ok(whole_inspect(H->board, stats, 1) > 100);
	ok(stats[0].name[0]);
	ok(!stats[1].name[0]);
}

/* Names that users rely on must not change. */
static void counters_are_there(struct kunit *test)
{
	static const char *const names[][2] = {
		{ "board", "eois" }, { "board", "intacks" },
		{ "board", "unmapped_pio.reads" }, { "board", "unmapped_mmio.writes" },
		{ "pic0", "acks" }, { "pic0", "spurious_master" }, { "pic0", "spurious_slave" },
		{ "pic0", "per_irq.0" }, { "pic0", "per_irq.15" }, { "pic0", "eois" },
		{ "pic0", "polls" }, { "pic0", "unsupported" },
		{ "ioapic0", "interrupts" }, { "ioapic0", "per_pin.0" },
		{ "ioapic0", "per_pin.23" }, { "ioapic0", "fixed" },
		{ "ioapic0", "lowest_priority" }, { "ioapic0", "smi" }, { "ioapic0", "nmi" },
		{ "ioapic0", "init" }, { "ioapic0", "extint" }, { "ioapic0", "eois" },
		{ "ioapic0", "ignored_writes" },
		{ "pit0", "missed" }, { "pit0", "illegal" }, { "pit0", "ignored" },
		{ "rtc0", "periodic" }, { "rtc0", "alarms" }, { "rtc0", "updates" },
		{ "rtc0", "ignored" }, { "pm0", "ignored" },
		{ "uart0", "rx_bytes" }, { "uart0", "tx_bytes" }, { "uart0", "overruns" },
		{ "uart0", "ignored" }, { "uart0", "regs.reads" },
		{ "line0", "asserts" }, { "line4", "eois" }, { "INTR", "asserts" },
	};
	unsigned int i = 0;

	while (i < ARRAY_SIZE(names) && counted(test, names[i][0], names[i][1]) != U64_MAX)
		i++;
	is(i, ARRAY_SIZE(names));	/* else the index of the missing name */
}

static void counters_of_the_refused(struct kunit *test)
{
	out(0x70, 0x0c);
	out(0x71, 0x00);
	out(0x70, 0x0d);
	out(0x71, 0x00);
	is(counted(test, "rtc0", "ignored"), 2);
	out(0x3fd, 0x60);
	out(0x3fe, 0x00);
	out(0x3ff, 0x55);	/* the scratch register takes it */
	is(counted(test, "uart0", "ignored"), 2);
}

static void counters_of_interrupts(struct kunit *test)
{
	wr(0xfec00000, 0x10 + 2 * 9, 4);
	wr(0xfec00010, 0x00000031, 4);
	raise(9);
	is(counted(test, "ioapic0", "interrupts"), 1);
	wr(0xfec00010, 0x00000331, 4);
	lower(9);
	raise(9);
	is(counted(test, "ioapic0", "interrupts"), 1);
	is(counted(test, "ioapic0", "reserved3"), 1);
}

static struct kunit_case inspect_cases[] = {
	KUNIT_CASE(inspect_board),
	KUNIT_CASE(inspect_places),
	KUNIT_CASE(inspect_pic),
	KUNIT_CASE(inspect_ioapic),
	KUNIT_CASE(inspect_pit),
	KUNIT_CASE(inspect_rtc),
	KUNIT_CASE(inspect_pm),
	KUNIT_CASE(inspect_uart),
	KUNIT_CASE(inspect_line_and_holder),
	KUNIT_CASE(inspect_testdev),
	KUNIT_CASE(inspect_has_no_side_effect),
	KUNIT_CASE(inspect_room),
	KUNIT_CASE(counters_are_there),
	KUNIT_CASE(counters_of_the_refused),
	KUNIT_CASE(counters_of_interrupts),
	{ }
};

static struct kunit_suite inspect_suite = {
	.name = "keel-inspect",
	.init = inspect_test_init,
	.exit = harness_exit,
	.test_cases = inspect_cases,
};

kunit_test_suites(&inspect_suite);
