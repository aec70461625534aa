// SPDX-License-Identifier: GPL-2.0
/* Transcripts for devices/chips/ioapic.c. */
#include "harness.h"

static const struct keel_device_config ioapic_devices[] = {
	{ .class = KEEL_CLASS_IOAPIC },
};

#define BASE	0xfec00000ULL
#define WINDOW	(BASE + 0x10)
#define BURST	1000
#define PAUSE	1000000

/* Bits of an entry's low half, beside the vector. */
#define LOWEST		BIT(8)
#define MODE(n)		((n) << 8)
#define LOGICAL		BIT(11)
#define STATUS		BIT(12)
#define LOW		BIT(13)
#define IRR		BIT(14)
#define LEVEL		BIT(15)
#define MASKED		BIT(16)

static u64 ioapic_counter(struct kunit *test, const char *label, unsigned int i)
{
	const struct keel_dev *dev = keel_board_find(H->board, KEEL_CLASS_IOAPIC, 0);
	unsigned int n;

	for (n = 0; n < dev->ops->nr_counters; n++) {
		const struct keel_counter_desc *desc = &dev->ops->counters[n];

		if (!strcmp(desc->label, label))
			return ((const u64 *)((const void *)dev + desc->offset))[i];
	}
	KUNIT_EXPECT_TRUE(test, false);
	return 0;
}

#define counter(label)	ioapic_counter(test, (label), 0)

static struct keel_ioapic_state *ioapic_state(struct kunit *test)
{
	return (void *)keel_board_find(H->board, KEEL_CLASS_IOAPIC, 0) + keel_ioapic_ops.state;
}

static bool ioapic_accepts(struct kunit *test, const struct keel_ioapic_state *s)
{
	return keel_ioapic_ops.check(keel_board_find(H->board, KEEL_CLASS_IOAPIC, 0), s,
				     H->board->host.now);
}

static u32 ioapic_get(struct kunit *test, u8 index)
{
	wr(BASE, index, 4);
	return rd(WINDOW, 4);
}

static void ioapic_set(struct kunit *test, u8 index, u32 value)
{
	wr(BASE, index, 4);
	wr(WINDOW, value, 4);
}

#define get(index)		ioapic_get(test, (index))
#define set(index, v)		ioapic_set(test, (index), (v))
#define entry(pin)		get(0x10 + 2 * (pin))
#define entry_hi(pin)		get(0x11 + 2 * (pin))
#define program(pin, v)		set(0x10 + 2 * (pin), (v))
#define program_hi(pin, v)	set(0x11 + 2 * (pin), (v))

/* ---- Registers ---- */

static void ioapic_identity(struct kunit *test)
{
	is(get(0), 0);
	is(get(1), 0x00170020);
	is(get(2), 0);
	set(0, 0xffffffff);
	is(get(0), 0x0f000000);
	is(get(2), 0x0f000000);		/* arbitration follows the ID */
	set(0, 0x05000000);
	is(get(0), 0x05000000);
	is(get(2), 0x05000000);
	is(counter("ignored_writes"), 0);
	set(1, 0xffffffff);
	set(2, 0xffffffff);
	is(get(0), 0x05000000);
	is(get(1), 0x00170020);
	is(get(2), 0x05000000);
	is(counter("ignored_writes"), 2);
}

static void ioapic_after_reset(struct kunit *test)
{
	unsigned int pin;

	for (pin = 0; pin < 24; pin++) {
		is(entry(pin), MASKED);
		is(entry_hi(pin), 0);
		is(H->routes[pin].address, 0xfee00000);
		is(H->routes[pin].data, 0x4000);
		is(msis(pin), 0);
	}
	for (pin = 0; pin < 24; pin++) {
		raise(pin);
		lower(pin);
	}
	for (pin = 0; pin < 24; pin++)
		is(msis(pin), 0);
}

static void ioapic_entry_bits(struct kunit *test)
{
	unsigned int pin;

	for (pin = 0; pin < 24; pin++) {
		program(pin, 0xffffffff);
		is(entry(pin), 0x1afff);	/* neither status, remote IRR nor above */
		program_hi(pin, 0xffffffff);
		is(entry_hi(pin), 0xfffe0000);
		is(entry(pin), 0x1afff);
		program(pin, MASKED | pin);
		is(entry_hi(pin), 0xfffe0000);
		program_hi(pin, pin << 24);
	}
	for (pin = 0; pin < 24; pin++) {
		is(entry(pin), MASKED | pin);
		is(entry_hi(pin), pin << 24);
	}
}

static void ioapic_nothing_behind_the_table(struct kunit *test)
{
	unsigned int index;

	for (index = 3; index < 256; index++) {
		if (index >= 0x10 && index < 0x40)
			continue;
		set(index, 0);
		is(get(index), 0);
	}
	is(counter("ignored_writes"), 256 - 3 - 48);
	is(entry(0), MASKED);
	is(entry(23), MASKED);
}

static void ioapic_select_reads_back(struct kunit *test)
{
	wr(BASE, 0xffffff12, 4);
	is(rd(BASE, 4), 0x12);
	wr(BASE, 0x34, 1);
	is(rd(BASE, 1), 0x34);
	wr(BASE + 1, 0x56, 1);		/* not the low byte */
	wr(BASE + 2, 0x5656, 2);
	is(rd(BASE, 4), 0x34);
	is(counter("ignored_writes"), 2);
	wr(BASE, 0x4321, 2);
	is(rd(BASE, 2), 0x21);
	is(rd(BASE + 1, 1), 0);
}

static void ioapic_narrow_reads(struct kunit *test)
{
	program(5, 0x1ab00 | MASKED);
	program_hi(5, 0xabfe0000);
	wr(BASE, 0x1a, 1);
	is(rd(WINDOW, 4), 0x1ab00);
	is(rd(WINDOW, 1), 0x00);
	is(rd(WINDOW + 1, 1), 0xab);
	is(rd(WINDOW + 2, 1), 0x01);
	is(rd(WINDOW + 3, 1), 0x00);
	is(rd(WINDOW, 2), 0xab00);
	is(rd(WINDOW + 2, 2), 0x0001);
	is(rd(WINDOW + 1, 2), 0x01ab);
	is(rd(WINDOW, 8), 0x1ab00);
	is(rd(BASE + 0xc, 8), 0x1ab00ULL << 32);
	is(rd(WINDOW - 1, 4), 0x01ab0000);
}

static void ioapic_narrow_writes(struct kunit *test)
{
	program(5, MASKED | 0x31);
	wr(WINDOW, 0x42, 1);
	is(entry(5), MASKED | 0x42);
	wr(WINDOW + 1, LEVEL >> 8, 1);
	is(entry(5), MASKED | LEVEL | 0x42);
	wr(WINDOW + 3, 0xff, 1);
	is(entry(5), MASKED | LEVEL | 0x42);
	wr(WINDOW + 2, 0, 2);
	is(entry(5), LEVEL | 0x42);
	wr(WINDOW, 0xffffffff00010077ULL, 8);	/* the upper half hits nothing */
	is(entry(5), MASKED | 0x77);
	wr(BASE, 0x1b, 1);
	wr(WINDOW + 3, 0x12, 1);
	is(entry_hi(5), 0x12000000);
}

static void ioapic_any_access_is_safe(struct kunit *test)
{
	unsigned int at, len;

	for (at = 0; at < 0x60; at++) {
		for (len = 1; len <= 8; len++) {
			rd(BASE + at, len);
			wr(BASE + at, ~0ULL, len);
		}
	}
	is(rd(BASE + 0x14, 4), 0);
	is(rd(BASE + 0x40, 4), 0);	/* EOI is not to be read */
	is(rd(BASE + 0xffc, 4), 0);
	is(rd(BASE + 0xffc, 8), 0xffffffff00000000ULL);
	is(counter("ignored_writes") > 0, 1);
}

/* ---- Messages ---- */

static void ioapic_route_is(struct kunit *test, unsigned int pin, u32 address, u32 address_hi,
			    u32 data)
{
	is(H->routes[pin].address, address);
	is(H->routes[pin].address_hi, address_hi);
	is(H->routes[pin].data, data);
}

#define route_is(pin, address, hi, data) ioapic_route_is(test, (pin), (address), (hi), (data))

static void ioapic_message(struct kunit *test)
{
	program(4, MASKED | 0x34);
	route_is(4, 0xfee00000, 0, 0x4034);
	program_hi(4, 0x5a000000);
	route_is(4, 0xfee5a000, 0, 0x4034);
	program(4, MASKED | LOGICAL | 0x34);
	route_is(4, 0xfee5a004, 0, 0x4034);
	program(4, MASKED | LOGICAL | LOWEST | 0x34);
	route_is(4, 0xfee5a00c, 0, 0x4134);	/* redirection hint */
	program(4, LOWEST | 0x34);
	route_is(4, 0xfee5a008, 0, 0x4134);
	program(4, LEVEL | 0x34);
	route_is(4, 0xfee5a000, 0, 0xc034);
	program(4, LEVEL | MASKED | 0x34);	/* EOIs of interrupts in flight need it */
	route_is(4, 0xfee5a000, 0, 0xc034);
	program(4, MODE(2));
	route_is(4, 0xfee5a000, 0, 0x4200);
	program(4, MODE(4) | LEVEL);		/* level means nothing to an NMI */
	route_is(4, 0xfee5a000, 0, 0x4400);
	program(4, MODE(5) | LEVEL);
	route_is(4, 0xfee5a000, 0, 0x4500);
	program(4, MODE(7) | LEVEL | 0x12);
	route_is(4, 0xfee5a000, 0, 0x4712);
}

static void ioapic_broadcast(struct kunit *test)
{
	program_hi(4, 0xff000000);
	program(4, 0x34);
	route_is(4, 0xfeeff000, 0, 0x4034);
	program(4, LOWEST | 0x34);		/* not allowed: sent as fixed */
	route_is(4, 0xfeeff000, 0, 0x4034);
	program(4, LOWEST | LOGICAL | 0x34);
	route_is(4, 0xfeeff00c, 0, 0x4134);
	program_hi(4, 0xff020000);		/* 0x1ff is a CPU */
	program(4, LOWEST | 0x34);
	route_is(4, 0xfeeff008, 0x100, 0x4134);
}

static void ioapic_extended_destination(struct kunit *test)
{
	program(4, 0x34);
	program_hi(4, 0x12 << 24 | 0x01 << 17);
	route_is(4, 0xfee12000, 0x100, 0x4034);
	program_hi(4, 0x12 << 24 | 0x7f << 17);
	route_is(4, 0xfee12000, 0x7f00, 0x4034);
	program_hi(4, 0x12 << 24 | 0x1ffff);	/* reserved */
	route_is(4, 0xfee12000, 0, 0x4034);
}

static void ioapic_routes_are_told_once(struct kunit *test)
{
	unsigned int before = H->nr_routes[4];

	is(before, 1);			/* at power-on */
	program(4, MASKED | 0x34);
	is(H->nr_routes[4], before + 1);
	program(4, MASKED | 0x34);
	program(4, 0x34);		/* the message is the same */
	program(4, LOW | 0x34);
	is(H->nr_routes[4], before + 1);
	program_hi(4, 0x01000000);
	is(H->nr_routes[4], before + 2);
	is(H->nr_routes[5], before);
}

static u32 ioapic_data_at_msi;

static void ioapic_note_route(void *host, unsigned int pin)
{
	const struct harness *h = host;

	ioapic_data_at_msi = h->routes[pin].data;
}

/* A write that unmasks an entry and changes its message delivers the new message. */
static void ioapic_route_comes_before_its_message(struct kunit *test)
{
	const struct keel_host_ops *before = H->board->host.ops;
	struct keel_host_ops ops = *before;

	ops.msi = ioapic_note_route;
	raise(16);
	H->board->host.ops = &ops;
	program(16, LEVEL | LOW | 0x40);
	H->board->host.ops = before;
	is(ioapic_data_at_msi, 0xc040);
}

static void ioapic_delivery_modes(struct kunit *test)
{
	static const char *const labels[] = {
		"fixed", "lowest_priority", "smi", "reserved3", "nmi", "init", "reserved6",
		"extint",
	};
	unsigned int mode, sent = 0;

	for (mode = 0; mode < 8; mode++) {
		program(4, MODE(mode) | 0x34);
		raise(4);
		lower(4);
		sent += mode != 3 && mode != 6;
		is(msis(4), sent);
		is(counter(labels[mode]), 1);
		is(ioapic_counter(test, "per_pin", 4), sent);
	}
	is(sent, 6);
}

static void ioapic_modes_without_eoi(struct kunit *test)
{
	unsigned int mode, sent = 0;

	for (mode = 2; mode < 8; mode++) {
		program(4, MODE(mode) | LEVEL | 0x34);
		raise(4);
		sent += mode != 3 && mode != 6;
		is(msis(4), sent);
		is(entry(4), MODE(mode) | LEVEL | 0x34);	/* no remote IRR */
		program(4, MODE(mode) | LEVEL | MASKED | 0x34);
		program(4, MODE(mode) | LEVEL | 0x34);		/* not level on unmask */
		eoi(0x34);
		is(msis(4), sent);
		lower(4);
	}
	is(counter("eois"), 0);
	is(counter("eois_unmatched"), 6);
}

/* ---- Pins ---- */

static void ioapic_lines_and_pins(struct kunit *test)
{
	unsigned int n;

	for (n = 0; n < 24; n++)
		program(n, (n < 16 ? 0 : LOW) | (0x30 + n));
	for (n = 0; n < 24; n++) {
		unsigned int pin = n ? n : 2;

		if (n == 2)
			continue;
		raise(n);
		is(msis(pin), 1);
		lower(n);
		is(msis(pin), 1);
		is(ioapic_counter(test, "per_pin", pin), 1);
	}
	raise(2);
	is(msis(0), 0);
	is(msis(2), 1);
	is(keel_ioapic_ops.input_of(KEEL_LINE_INTR), -1);
}

/* The polarities that operating systems program for a PC's wires. */
static void ioapic_usual_polarities(struct kunit *test)
{
	program(1, 0x31);			/* ISA: edge, high */
	program(9, LEVEL | 0x39);		/* SCI: level, high */
	program(16, LEVEL | LOW | 0x40);	/* PCI: level, low */
	is(msis(1) + msis(9) + msis(16), 0);
	raise(1);
	raise(9);
	raise(16);
	is(msis(1), 1);
	is(msis(9), 1);
	is(msis(16), 1);
	lower(1);
	lower(9);
	lower(16);
	eoi(0x39);
	eoi(0x40);
	is(msis(1), 1);
	is(msis(9), 1);
	is(msis(16), 1);
}

static void ioapic_wrong_polarity_level(struct kunit *test)
{
	program(9, LEVEL | LOW | 0x39);		/* an idle wire is "asserted" */
	is(msis(9), 1);
	eoi(0x39);
	is(msis(9), 2);
	raise(9);
	eoi(0x39);
	is(msis(9), 2);
	program(17, LEVEL | 0x41);
	is(msis(17), 1);
	raise(17);
	eoi(0x41);
	is(msis(17), 1);
}

static void ioapic_wrong_polarity_edge(struct kunit *test)
{
	program(1, LOW | 0x31);
	is(msis(1), 0);
	raise(1);
	is(msis(1), 0);
	lower(1);
	is(msis(1), 1);				/* the other edge */
	program(18, 0x42);
	raise(18);
	is(msis(18), 0);
	lower(18);
	is(msis(18), 1);
}

static void ioapic_polarity_write_is_no_edge(struct kunit *test)
{
	program(1, 0x31);
	program(1, LOW | 0x31);
	program(1, 0x31);
	raise(1);
	is(msis(1), 1);
	program(1, LOW | 0x31);
	program(1, 0x31);
	is(msis(1), 1);
}

/* ---- Edges ---- */

static void ioapic_edge(struct kunit *test)
{
	program(4, 0x34);
	raise(4);
	is(msis(4), 1);
	is(entry(4), 0x34);			/* no remote IRR, no status */
	eoi(0x34);
	is(msis(4), 1);
	is(counter("eois"), 0);
	is(H->board->lines[4].eois, 0);
	lower(4);
	raise(4);
	is(msis(4), 2);
	is(counter("fixed"), 2);
}

static void ioapic_masked_edge_is_lost(struct kunit *test)
{
	program(4, MASKED | 0x34);
	raise(4);
	is(counter("masked_lost"), 1);
	program(4, 0x34);
	is(msis(4), 0);
	lower(4);
	is(counter("masked_lost"), 1);
	raise(4);
	is(msis(4), 1);
	program(5, MASKED | LEVEL | 0x35);
	raise(5);
	is(counter("masked_lost"), 1);		/* a level is not lost */
}

static void ioapic_shared_line_has_one_edge(struct kunit *test)
{
	struct keel_wire other;

	ok(keel_line_connect(&H->board->lines[4], &other));
	program(4, 0x34);
	raise(4);
	keel_line_set(&other, true);
	lower(4);
	is(msis(4), 1);
	keel_line_set(&other, false);
	raise(4);
	is(msis(4), 2);
}

/* ---- Levels ---- */

static void ioapic_level(struct kunit *test)
{
	program(16, LEVEL | LOW | 0x40);
	raise(16);
	is(msis(16), 1);
	is(entry(16), LEVEL | LOW | IRR | 0x40);
	lower(16);
	raise(16);
	is(msis(16), 1);			/* not while one is in flight */
	is(entry(16), LEVEL | LOW | IRR | 0x40);
	eoi(0x40);
	is(msis(16), 2);			/* still high */
	is(entry(16), LEVEL | LOW | IRR | 0x40);
	is(counter("redeliveries"), 1);
	lower(16);
	is(entry(16), LEVEL | LOW | IRR | 0x40);
	eoi(0x40);
	is(msis(16), 2);
	is(entry(16), LEVEL | LOW | 0x40);
	is(counter("eois"), 2);
	is(counter("redeliveries"), 1);
	is(H->board->lines[16].eois, 2);
	eoi(0x40);
	is(counter("eois"), 2);
	is(counter("eois_unmatched"), 1);
	is(H->board->eois, 3);
}

static void ioapic_level_lowest_priority(struct kunit *test)
{
	program(16, LEVEL | LOW | LOWEST | LOGICAL | 0x40);
	raise(16);
	is(entry(16), LEVEL | LOW | LOWEST | LOGICAL | IRR | 0x40);
	eoi(0x40);
	is(msis(16), 2);
	is(counter("lowest_priority"), 2);
}

static void ioapic_level_on_unmask(struct kunit *test)
{
	program(16, LEVEL | LOW | MASKED | 0x40);
	raise(16);
	is(msis(16), 0);
	is(entry(16), LEVEL | LOW | MASKED | 0x40);
	program(16, LEVEL | LOW | 0x40);
	is(msis(16), 1);
	program(16, LEVEL | LOW | MASKED | 0x40);
	is(entry(16), LEVEL | LOW | MASKED | IRR | 0x40);
	program(16, LEVEL | LOW | 0x40);
	is(msis(16), 1);			/* one is in flight */
	program(16, LEVEL | LOW | MASKED | 0x40);
	eoi(0x40);
	is(counter("eois"), 1);
	is(counter("redeliveries"), 0);
	is(msis(16), 1);
	is(entry(16), LEVEL | LOW | MASKED | 0x40);
	program(16, LEVEL | LOW | 0x40);
	is(msis(16), 2);
}

static void ioapic_remote_irr_is_read_only(struct kunit *test)
{
	program(16, LEVEL | LOW | IRR | STATUS | 0x40);
	is(entry(16), LEVEL | LOW | 0x40);
	raise(16);
	program(16, LEVEL | LOW | 0x40);
	is(entry(16), LEVEL | LOW | IRR | 0x40);
	wr(WINDOW + 1, (LEVEL | LOW) >> 8, 1);
	is(entry(16), LEVEL | LOW | IRR | 0x40);
	program_hi(16, 0x01000000);
	is(entry(16), LEVEL | LOW | IRR | 0x40);
	is(msis(16), 1);
}

/* The EOI of systems without an EOI register: switch to masked edge and back. */
static void ioapic_edge_clears_remote_irr(struct kunit *test)
{
	program(16, LEVEL | LOW | 0x40);
	raise(16);
	program(16, LOW | MASKED | 0x40);
	is(entry(16), LOW | MASKED | 0x40);
	program(16, LEVEL | LOW | MASKED | 0x40);
	is(entry(16), LEVEL | LOW | MASKED | 0x40);
	is(msis(16), 1);
	program(16, LEVEL | LOW | 0x40);
	is(msis(16), 2);
	program(16, LEVEL | LOW | MODE(4) | 0x40);	/* nor does an NMI have one */
	is(entry(16), LEVEL | LOW | MODE(4) | 0x40);
	is(msis(16), 2);
}

static void ioapic_eoi_register(struct kunit *test)
{
	program(16, LEVEL | LOW | 0x40);
	raise(16);
	lower(16);
	wr(BASE + 0x40, 0x41, 4);
	is(entry(16), LEVEL | LOW | IRR | 0x40);
	is(counter("eois_unmatched"), 1);
	wr(BASE + 0x41, 0x40, 1);		/* not the register's low byte */
	wr(BASE + 0x44, 0x40, 4);
	is(counter("eois_unmatched"), 1);
	is(counter("ignored_writes"), 2);
	is(entry(16), LEVEL | LOW | IRR | 0x40);
	wr(BASE + 0x40, 0xabcdef40, 4);
	is(entry(16), LEVEL | LOW | 0x40);
	is(counter("eois"), 1);
	is(H->board->lines[16].eois, 1);
	raise(16);
	wr(BASE + 0x40, 0x40, 1);
	is(msis(16), 3);
	is(counter("redeliveries"), 1);
}

static void ioapic_eoi_is_for_every_pin(struct kunit *test)
{
	program(16, LEVEL | LOW | 0x40);
	program(17, LEVEL | LOW | 0x40);
	program(18, LEVEL | LOW | 0x41);
	program(4, 0x40);			/* edge: EOIs do not concern it */
	raise(16);
	raise(17);
	raise(18);
	raise(4);
	lower(17);
	lower(18);
	eoi(0x40);
	is(entry(16), LEVEL | LOW | IRR | 0x40);
	is(entry(17), LEVEL | LOW | 0x40);
	is(entry(18), LEVEL | LOW | IRR | 0x41);
	is(msis(16), 2);
	is(msis(17), 1);
	is(counter("eois"), 2);
	is(counter("eois_unmatched"), 0);
	is(H->board->lines[4].eois, 0);
}

static void ioapic_eoi_reaches_the_timers_line(struct kunit *test)
{
	program(2, LEVEL | 0x32);
	raise(0);
	is(msis(2), 1);
	lower(0);
	eoi(0x32);
	is(H->board->lines[0].eois, 1);
	is(H->board->lines[2].eois, 0);
	program(0, LEVEL | LOW | 0x30);		/* pin 0 is connected to nothing, and reads low */
	is(msis(0), 1);
	eoi(0x30);
	is(counter("eois"), 2);
	is(msis(0), 2);
}

static void ioapic_no_level(void *ctx, unsigned int pin, bool level)
{
}

static void ioapic_lower_all(void *ctx, unsigned int pin)
{
	struct kunit *test = ctx;

	keel_line_set(&H->wires[16], false);
	keel_line_set(&H->wires[17], false);
	keel_line_set(&H->wires[17], true);
}

/* The first pin's EOI callback makes another pin with the same vector deliver. */
static void ioapic_eoi_callback(struct kunit *test)
{
	const struct keel_target target = {
		.set = ioapic_no_level, .eoi = ioapic_lower_all, .ctx = test,
	};

	KUNIT_ASSERT_EQ(test, 0, keel_line_attach(&H->board->lines[16], &target));
	program(16, LEVEL | LOW | 0x40);
	program(17, LEVEL | LOW | 0x40);
	raise(16);
	eoi(0x40);
	is(msis(16), 1);			/* the device released the line in time */
	is(msis(17), 1);
	is(entry(16), LEVEL | LOW | 0x40);
	is(entry(17), LEVEL | LOW | IRR | 0x40);
	is(counter("eois"), 1);
	H->board->lines[16].nr_targets--;
}

/* ---- Entries that change while an EOI is due ---- */

/* A pin awaits the EOI of vector 0x40 on CPU 1; its entry now has 0x50 on CPU 2. */
static void ioapic_move(struct kunit *test, unsigned int pin)
{
	program(pin, LEVEL | LOW | 0x40);
	program_hi(pin, 0x01000000);
	raise(pin);
	is(msis(pin), 1);
	program_hi(pin, 0x02000000);
	program(pin, LEVEL | LOW | 0x50);
	is(entry(pin), LEVEL | LOW | IRR | 0x50);
	is(entry_hi(pin), 0x02000000);
}

static void ioapic_moved_keeps_its_route(struct kunit *test)
{
	unsigned int before;

	ioapic_move(test, 16);
	route_is(16, 0xfee01000, 0, 0xc040);
	before = H->nr_routes[16];
	eoi(0x41);
	route_is(16, 0xfee01000, 0, 0xc040);
	is(counter("eois_moved"), 0);
	eoi(0x40);
	route_is(16, 0xfee02000, 0, 0xc050);
	is(H->nr_routes[16], before + 1);
	is(entry(16), LEVEL | LOW | IRR | 0x50);	/* the line is high: sent to CPU 2 */
	is(msis(16), 2);
	is(counter("eois"), 1);
	is(counter("eois_moved"), 1);
	eoi(0x40);
	is(counter("eois_unmatched"), 2);
	lower(16);
	eoi(0x50);
	is(entry(16), LEVEL | LOW | 0x50);
	is(counter("eois_moved"), 1);
}

/* The message to the new CPU and vector is sent after the new route is set. */
static void ioapic_moved_is_sent_anew(struct kunit *test)
{
	const struct keel_host_ops *before = H->board->host.ops;
	struct keel_host_ops ops = *before;

	ioapic_move(test, 16);
	ops.msi = ioapic_note_route;
	H->board->host.ops = &ops;
	eoi(0x40);
	H->board->host.ops = before;
	is(ioapic_data_at_msi, 0xc050);
	is(entry(16) & IRR, IRR);
}

/* An EOI for the entry's new vector ends it: the chip does so, and crash kernels rely on it. */
static void ioapic_moved_ends_by_its_new_vector(struct kunit *test)
{
	ioapic_move(test, 16);
	lower(16);
	wr(BASE + 0x40, 0x50, 4);
	is(entry(16), LEVEL | LOW | 0x50);
	route_is(16, 0xfee02000, 0, 0xc050);
	eoi(0x40);
	is(counter("eois_unmatched"), 1);
}

static void ioapic_moved_ends_by_edge(struct kunit *test)
{
	ioapic_move(test, 16);
	program(16, LOW | MASKED | 0x60);
	route_is(16, 0xfee02000, 0, 0x4060);
	program(16, LEVEL | LOW | 0x60);
	is(msis(16), 2);
	route_is(16, 0xfee02000, 0, 0xc060);
	eoi(0x40);				/* for another interrupt by now */
	is(entry(16), LEVEL | LOW | IRR | 0x60);
	is(counter("eois_unmatched"), 1);
}

static void ioapic_moved_often(struct kunit *test)
{
	unsigned int i, before;

	ioapic_move(test, 16);
	before = H->nr_routes[16];
	for (i = 3; i < 100; i++) {
		program_hi(16, i << 24);
		program(16, LEVEL | LOW | (0x50 + i));
	}
	is(H->nr_routes[16], before);
	route_is(16, 0xfee01000, 0, 0xc040);
	eoi(0x40);
	is(H->nr_routes[16], before + 1);
	route_is(16, 0xfee00000 | 99 << 12, 0, 0xc000 | (0x50 + 99));
	program_hi(16, 0x01000000);
	program(16, LEVEL | LOW | 0x40);	/* moved back before its EOI: as if not moved */
	program_hi(16, 99U << 24);
	program(16, LEVEL | LOW | (0x50 + 99));
	eoi(0x50 + 99);
	is(counter("eois_moved"), 1);
}

static void ioapic_moved_and_masked(struct kunit *test)
{
	ioapic_move(test, 16);
	program(16, LEVEL | LOW | MASKED | 0x50);
	route_is(16, 0xfee01000, 0, 0xc040);
	eoi(0x40);
	is(entry(16), LEVEL | LOW | MASKED | 0x50);
	route_is(16, 0xfee02000, 0, 0xc050);
	is(msis(16), 1);
	program(16, LEVEL | LOW | 0x50);
	is(msis(16), 2);
}

/* Another pin now has the old vector and CPU, and an interrupt in flight there too. */
static void ioapic_moved_and_its_vector_reused(struct kunit *test)
{
	ioapic_move(test, 16);
	program(17, LEVEL | LOW | 0x40);
	program_hi(17, 0x01000000);
	raise(17);
	is(msis(17), 1);
	lower(16);
	eoi(0x40);
	is(entry(16), LEVEL | LOW | 0x50);
	is(entry(17), LEVEL | LOW | IRR | 0x40);
	is(msis(17), 2);
	is(counter("eois"), 2);
	is(counter("eois_moved"), 1);
	eoi(0x50);
	is(counter("eois_unmatched"), 1);
}

static void ioapic_moved_from_a_group(struct kunit *test)
{
	program_hi(16, 0x03000000);
	program(16, LEVEL | LOW | LOWEST | LOGICAL | 0x40);
	raise(16);
	program(16, LEVEL | LOW | 0x40);
	program_hi(16, 0x02000000);
	route_is(16, 0xfee0300c, 0, 0xc140);
	eoi(0x40);
	route_is(16, 0xfee02000, 0, 0xc040);
	is(msis(16), 2);
}

static void ioapic_moved_then_reset(struct kunit *test)
{
	ioapic_move(test, 16);
	whole_reset(H->board);
	route_is(16, 0xfee00000, 0, 0x4000);
	program(16, LEVEL | LOW | 0x40);
	is(msis(16), 2);
	eoi(0x50);
	is(entry(16), LEVEL | LOW | IRR | 0x40);
}

/* A restored board has set the route by which the EOI arrives. */
static void ioapic_moved_then_restored(struct kunit *test)
{
	struct harness *first = H, *second = harness_clone(test);

	ioapic_move(test, 16);
	KUNIT_ASSERT_EQ(test, 0, harness_copy(test, first, second));
	test->priv = second;
	is(msis(16), 0);
	is(entry(16), LEVEL | LOW | IRR | 0x50);
	route_is(16, 0xfee01000, 0, 0xc040);
	eoi(0x40);
	route_is(16, 0xfee02000, 0, 0xc050);
	is(msis(16), 1);
	test->priv = first;
}

/* ---- Storms ---- */

static void ioapic_storm(struct kunit *test, unsigned int nr)
{
	while (nr--)
		eoi(0x40);
}

static void ioapic_storm_is_throttled(struct kunit *test)
{
	program(16, LEVEL | LOW | 0x40);
	advance(777);
	raise(16);
	ioapic_storm(test, BURST - 1);
	is(msis(16), BURST);
	is(entry(16), LEVEL | LOW | IRR | 0x40);
	is(counter("throttled"), 0);
	is(H->deadline, KEEL_NEVER);
	advance(5);
	eoi(0x40);
	is(msis(16), BURST);
	is(counter("throttled"), 1);
	is(entry(16), LEVEL | LOW | STATUS | 0x40);	/* delivery is pending */
	is(H->deadline, 777 + 5 + PAUSE);
	advance(PAUSE - 1);
	is(msis(16), BURST);
	advance(1);
	is(msis(16), BURST + 1);
	is(entry(16), LEVEL | LOW | IRR | 0x40);
	is(H->deadline, KEEL_NEVER);
	is(counter("redeliveries"), BURST - 1);
	ioapic_storm(test, BURST - 1);		/* a second burst */
	is(msis(16), 2 * BURST);
	eoi(0x40);
	is(counter("throttled"), 2);
	is(msis(16), 2 * BURST);
}

static void ioapic_late_pause_costs_one(struct kunit *test)
{
	program(16, LEVEL | LOW | 0x40);
	raise(16);
	ioapic_storm(test, BURST);
	is(counter("throttled"), 1);
	jump(365 * 86400 * 1000000000ULL);
	is(msis(16), BURST + 1);
	is(H->deadline, KEEL_NEVER);
}

static void ioapic_storm_of_a_throttled_pin(struct kunit *test)
{
	program(16, LEVEL | LOW | 0x40);
	raise(16);
	ioapic_storm(test, BURST);
	eoi(0x40);				/* none is in flight */
	is(counter("eois"), BURST);
	advance(10);
	program(16, LEVEL | LOW | 0x40);	/* writing the entry again does not end the pause */
	program_hi(16, 0x02000000);
	is(msis(16), BURST);
	is(counter("throttled"), 1);
	is(H->deadline, PAUSE);
	is(H->routes[16].address, 0xfee02000);
	advance(PAUSE - 10);
	is(msis(16), BURST + 1);
}

static void ioapic_storm_ends_with_the_line(struct kunit *test)
{
	program(16, LEVEL | LOW | 0x40);
	raise(16);
	ioapic_storm(test, BURST);
	is(H->deadline, PAUSE);
	lower(16);
	is(H->deadline, KEEL_NEVER);
	is(entry(16), LEVEL | LOW | 0x40);
	advance(2 * PAUSE);
	is(msis(16), BURST);
	raise(16);
	is(msis(16), BURST + 1);
	ioapic_storm(test, BURST - 1);
	is(msis(16), 2 * BURST);
	is(counter("throttled"), 1);
}

static void ioapic_storm_ends_with_the_mask(struct kunit *test)
{
	program(16, LEVEL | LOW | 0x40);
	raise(16);
	ioapic_storm(test, BURST);
	program(16, LEVEL | LOW | MASKED | 0x40);
	is(entry(16), LEVEL | LOW | MASKED | 0x40);
	is(H->deadline, KEEL_NEVER);
	advance(2 * PAUSE);
	is(msis(16), BURST);
	program(16, LEVEL | LOW | 0x40);
	is(msis(16), BURST + 1);
	ioapic_storm(test, BURST);
	program(16, LOW | 0x40);		/* edge */
	is(H->deadline, KEEL_NEVER);
	advance(2 * PAUSE);
	is(msis(16), 2 * BURST);
}

static void ioapic_busy_line_is_no_storm(struct kunit *test)
{
	unsigned int i;

	program(16, LEVEL | LOW | 0x40);
	for (i = 0; i < 2 * BURST; i++) {
		raise(16);
		lower(16);
		eoi(0x40);
	}
	is(msis(16), 2 * BURST);
	is(counter("throttled"), 0);
	is(counter("redeliveries"), 0);
}

static void ioapic_storms_are_apart(struct kunit *test)
{
	program(16, LEVEL | LOW | 0x40);
	program(17, LEVEL | LOW | 0x41);
	raise(16);
	ioapic_storm(test, BURST);
	advance(PAUSE / 2);
	raise(17);
	is(msis(17), 1);			/* the other pin is not held back */
	eoi(0x41);
	is(msis(17), 2);
	is(H->deadline, PAUSE);
	program(17, LEVEL | LOW | 0x40);
	ioapic_storm(test, BURST - 1);
	is(H->deadline, PAUSE);			/* the earlier of the two */
	advance(PAUSE / 2);
	is(msis(16), BURST + 1);
	is(H->deadline, PAUSE / 2 + PAUSE);
	advance(PAUSE / 2);
	is(msis(17), BURST + 1);
}

/* ---- Board ---- */

static void ioapic_reset_masks(struct kunit *test)
{
	unsigned int pin;

	set(0, 0x05000000);
	program(16, LEVEL | LOW | 0x40);
	program_hi(16, 0x01000000);
	program(17, LEVEL | LOW | 0x41);
	raise(16);
	raise(17);
	lower(17);
	ioapic_storm(test, BURST);
	whole_reset(H->board);
	for (pin = 0; pin < 24; pin++) {
		is(entry(pin), MASKED);
		is(entry_hi(pin), 0);
	}
	is(get(0), 0);
	is(H->routes[16].address, 0xfee00000);
	is(H->routes[16].data, 0x4000);
	is(H->deadline, KEEL_NEVER);
	is(ioapic_state(test)->levels, BIT(16));	/* the lines' sources are not reset */
	program(16, LEVEL | LOW | 0x40);
	is(msis(16), BURST + 1);
	program(17, LEVEL | LOW | 0x41);
	is(msis(17), 1);
	whole_reset(H->board);
	wr(WINDOW, 0x07000000, 4);			/* IOREGSEL is at the ID */
	is(get(0), 0x07000000);
}

static void ioapic_check_refuses(struct kunit *test)
{
	struct keel_ioapic_state good, s;

	advance(123);
	program(4, 0x34);
	program(15, MASKED | LEVEL | 0x3f);
	program(16, LEVEL | LOW | 0x40);
	program(17, LEVEL | LOW | 0x41);
	program(18, LEVEL | LOW | 0x42);
	raise(4);
	raise(15);
	raise(16);
	raise(17);
	ioapic_storm(test, BURST);
	good = *ioapic_state(test);
	ok(ioapic_accepts(test, &good));
	is(good.streak[16], BURST);
	is(good.streak[17], 1);
	is(good.resume[16], 123 + PAUSE);

#define BAD(what) do { \
	s = good; \
	what; \
	KUNIT_EXPECT_FALSE(test, ioapic_accepts(test, &s)); \
} while (0)
	BAD(s.pad[0] = 1);
	BAD(s.pad[1] = 1);
	BAD(s.id = 16);
	BAD(s.levels |= BIT(24));
	BAD(s.levels |= BIT(0));			/* no line goes there */
	BAD(s.entries[4] |= STATUS);
	BAD(s.entries[4] |= BIT(17));
	BAD(s.entries[4] |= 1ULL << 48);
	BAD(s.entries[4] |= IRR);			/* edge */
	BAD(s.entries[17] |= MODE(4));			/* NMI with remote IRR */
	BAD(s.entries[17] &= ~(u64)IRR);		/* should have been delivered */
	BAD(s.streak[17] = BURST + 1);
	BAD(s.resume[17] = 124);
	BAD(s.entries[16] |= IRR);			/* delivered and throttled */
	BAD(s.streak[16]--);
	BAD(s.resume[16] = 0);
	BAD(s.resume[16] = 123);			/* has passed */
	BAD(s.resume[16]++);				/* later than any pause ends */
	BAD(s.resume[16] = KEEL_NEVER);
	BAD(s.levels &= ~(u32)BIT(16));			/* throttled, and low */
	BAD(s.entries[16] |= MASKED);
	BAD(s.streak[4] = 1);
	BAD(s.streak[15] = 1);
	BAD(s.resume[15] = 124);
	BAD(s.streak[18] = 1);
	BAD(s.levels |= BIT(18));
	BAD(s.entries[15] &= ~(u64)MASKED);
	BAD(s.sent[17] = 0);				/* by no message */
	BAD(s.sent[17] &= ~(u64)LEVEL);			/* by what has no EOI */
	BAD(s.sent[17] |= MODE(4));
	BAD(s.sent[17] |= LOW);
	BAD(s.sent[17] |= IRR);
	BAD(s.sent[17] |= MASKED);
	BAD(s.sent[17] |= 1ULL << 48);
	BAD(s.sent[15] = LEVEL | 0x3f);			/* nothing is due */
#undef BAD
	s = good;
	s.resume[16] = 124;
	s.ioregsel = 0xff;
	s.id = 15;
	s.entries[23] = ~0ULL & ~(u64)(STATUS | IRR) & 0xfffe00000001ffffULL;
	s.entries[18] |= IRR;
	s.sent[18] = LEVEL | LOWEST | LOGICAL | 0x99 | 0xfffeULL << 48;
	s.streak[17] = BURST;
	ok(ioapic_accepts(test, &s));
}

/* Loading makes no edge, and keeps remote IRR. */
static void ioapic_restores(struct kunit *test)
{
	struct harness *first = H, *second = harness_clone(test);

	program(4, 0x34);
	program(16, LEVEL | LOW | 0x40);
	program_hi(16, 0x03000000);
	program(17, LEVEL | LOW | 0x41);
	raise(4);
	raise(16);
	raise(17);
	ioapic_storm(test, BURST);
	KUNIT_ASSERT_EQ(test, 0, harness_copy(test, first, second));
	test->priv = second;
	is(msis(4) + msis(16) + msis(17), 0);
	is(H->routes[4].data, 0x4034);
	is(H->routes[16].address, 0xfee03000);
	is(H->routes[16].data, 0xc040);
	is(H->nr_routes[5], 1);
	is(H->deadline, PAUSE);
	is(entry(17), LEVEL | LOW | IRR | 0x41);
	advance(PAUSE);
	is(msis(16), 1);
	raise(4);				/* it is high already */
	is(msis(4), 0);
	eoi(0x41);
	is(msis(17), 1);
	test->priv = first;
}

/* After any writes the state can be loaded, and the deadline is right. */
static void ioapic_any_write_is_reachable(struct kunit *test)
{
	const struct keel_ioapic_state *s = ioapic_state(test);
	u32 seed = 1, random;
	unsigned int i, pin;

	for (i = 0; i < 20000; i++) {
		u64 next = KEEL_NEVER;

		seed = seed * 1664525 + 1013904223;
		random = seed >> 8;
		switch (seed >> 29) {
		case 0:
			program(16 + random % 2, random & 0x1ff00);
			break;
		case 1:
			wr(BASE, random, 1);
			wr(WINDOW + random % 4, random >> 8, 1);
			break;
		case 2:
		case 3:
			harness_line(H, 15 + random % 3, random >> 8 & 1);
			break;
		case 4:
			advance(random % PAUSE);
			break;
		default:
			ioapic_storm(test, random % 64);
			wr(BASE + 0x40, 0, 4);
		}
		for (pin = 0; pin < 24; pin++)
			if (s->resume[pin] && s->resume[pin] < next)
				next = s->resume[pin];
		KUNIT_ASSERT_TRUE(test, ioapic_accepts(test, s));
		KUNIT_ASSERT_EQ(test, H->deadline, next);
	}
}

static int ioapic_test_init(struct kunit *test)
{
	return harness_init(test, ioapic_devices, ARRAY_SIZE(ioapic_devices));
}

static struct kunit_case ioapic_cases[] = {
	KUNIT_CASE(ioapic_identity),
	KUNIT_CASE(ioapic_after_reset),
	KUNIT_CASE(ioapic_entry_bits),
	KUNIT_CASE(ioapic_nothing_behind_the_table),
	KUNIT_CASE(ioapic_select_reads_back),
	KUNIT_CASE(ioapic_narrow_reads),
	KUNIT_CASE(ioapic_narrow_writes),
	KUNIT_CASE(ioapic_any_access_is_safe),
	KUNIT_CASE(ioapic_message),
	KUNIT_CASE(ioapic_broadcast),
	KUNIT_CASE(ioapic_extended_destination),
	KUNIT_CASE(ioapic_routes_are_told_once),
	KUNIT_CASE(ioapic_route_comes_before_its_message),
	KUNIT_CASE(ioapic_delivery_modes),
	KUNIT_CASE(ioapic_modes_without_eoi),
	KUNIT_CASE(ioapic_lines_and_pins),
	KUNIT_CASE(ioapic_usual_polarities),
	KUNIT_CASE(ioapic_wrong_polarity_level),
	KUNIT_CASE(ioapic_wrong_polarity_edge),
	KUNIT_CASE(ioapic_polarity_write_is_no_edge),
	KUNIT_CASE(ioapic_edge),
	KUNIT_CASE(ioapic_masked_edge_is_lost),
	KUNIT_CASE(ioapic_shared_line_has_one_edge),
	KUNIT_CASE(ioapic_level),
	KUNIT_CASE(ioapic_level_lowest_priority),
	KUNIT_CASE(ioapic_level_on_unmask),
	KUNIT_CASE(ioapic_remote_irr_is_read_only),
	KUNIT_CASE(ioapic_edge_clears_remote_irr),
	KUNIT_CASE(ioapic_eoi_register),
	KUNIT_CASE(ioapic_eoi_is_for_every_pin),
	KUNIT_CASE(ioapic_eoi_reaches_the_timers_line),
	KUNIT_CASE(ioapic_eoi_callback),
	KUNIT_CASE(ioapic_moved_keeps_its_route),
	KUNIT_CASE(ioapic_moved_is_sent_anew),
	KUNIT_CASE(ioapic_moved_ends_by_its_new_vector),
	KUNIT_CASE(ioapic_moved_ends_by_edge),
	KUNIT_CASE(ioapic_moved_often),
	KUNIT_CASE(ioapic_moved_and_masked),
	KUNIT_CASE(ioapic_moved_and_its_vector_reused),
	KUNIT_CASE(ioapic_moved_from_a_group),
	KUNIT_CASE(ioapic_moved_then_reset),
	KUNIT_CASE(ioapic_moved_then_restored),
	KUNIT_CASE(ioapic_storm_is_throttled),
	KUNIT_CASE(ioapic_late_pause_costs_one),
	KUNIT_CASE(ioapic_storm_of_a_throttled_pin),
	KUNIT_CASE(ioapic_storm_ends_with_the_line),
	KUNIT_CASE(ioapic_storm_ends_with_the_mask),
	KUNIT_CASE(ioapic_busy_line_is_no_storm),
	KUNIT_CASE(ioapic_storms_are_apart),
	KUNIT_CASE(ioapic_reset_masks),
	KUNIT_CASE(ioapic_check_refuses),
	KUNIT_CASE(ioapic_restores),
	KUNIT_CASE(ioapic_any_write_is_reachable),
	{}
};

static struct kunit_suite ioapic_suite = {
	.name = "keel-ioapic",
	.init = ioapic_test_init,
	.exit = harness_exit,
	.test_cases = ioapic_cases,
};

kunit_test_suites(&ioapic_suite);
