// SPDX-License-Identifier: GPL-2.0
/* Transcripts for the host's pulses: devices/board/line.c. */
#include "harness.h"

static const struct keel_device_config pulse_devices[] = {
	{ .class = KEEL_CLASS_PIC, .irq = KEEL_IRQ_DEFAULT },
	{ .class = KEEL_CLASS_IOAPIC },
	{ .class = KEEL_CLASS_HPET, .irq = KEEL_IRQ_DEFAULT },
	{ .class = KEEL_CLASS_TESTDEV, .irq = KEEL_IRQ_DEFAULT },
};

#define BASE	0xfec00000ULL
#define LOW	BIT(13)
#define IRR	BIT(14)
#define LEVEL	BIT(15)
#define MASKED	BIT(16)

#define pulse(n)	keel_board_pulse(H->board, (n))
#define held(n)		(!!(H->board->lines[n].sources & KEEL_LINE_HAND))
#define program(pin, v)	pulse_program(test, (pin), (v))
#define entry(pin)	pulse_entry(test, (pin))

static void pulse_program(struct kunit *test, unsigned int pin, u32 low)
{
	wr(BASE, 0x10 + 2 * pin, 4);
	wr(BASE + 0x10, low, 4);
}

static u32 pulse_entry(struct kunit *test, unsigned int pin)
{
	wr(BASE, 0x10 + 2 * pin, 4);
	return rd(BASE + 0x10, 4);
}

/* As an OS without an IOAPIC does: vectors 0x20-0x2f, nothing masked. */
static void pulse_up(struct kunit *test, u8 icw4)
{
	unsigned int chip;

	for (chip = 0; chip < 2; chip++) {
		out(chip ? 0xa0 : 0x20, 0x11);
		out(chip ? 0xa1 : 0x21, 0x20 + chip * 8);
		out(chip ? 0xa1 : 0x21, chip ? 2 : 4);
		out(chip ? 0xa1 : 0x21, icw4);
	}
}

static void pulse_ends(struct kunit *test, u8 vector)
{
	if (vector >= 0x28)
		out(0xa0, 0x20);
	out(0x20, 0x20);
}

/* ---- 8259 ---- */

/* One interrupt, however late; the line is held until INTA, and low at the EOI. */
static void pulse_is_one_edge(struct kunit *test)
{
	static const u8 lines[] = { 0, 5, 7, 8, 12, 15 };
	unsigned int i;

	pulse_up(test, 1);
	for (i = 0; i < ARRAY_SIZE(lines); i++) {
		is(pulse(lines[i]), 0);
		is(line(lines[i]), 1);
		ok(held(lines[i]));
		is(intr(), 1);
		jump(1000000000);
		is(ack(), 0x20 + lines[i]);
		is(line(lines[i]), 0);
		is(intr(), 0);
		pulse_ends(test, 0x20 + lines[i]);
		is(intr(), 0);
		is(H->board->lines[lines[i]].pulses, 1);
		is(H->board->lines[lines[i]].asserts, 1);
	}
}

/* The level has gone by the EOI: one interrupt, too. */
static void pulse_is_one_level(struct kunit *test)
{
	pulse_up(test, 1);
	out(0x4d0, BIT(5));
	out(0x4d1, BIT(2));
	is(pulse(5), 0);
	is(pulse(10), 0);
	is(ack(), 0x2a);
	pulse_ends(test, 0x2a);
	is(ack(), 0x25);
	pulse_ends(test, 0x25);
	is(intr(), 0);
	is(H->board->pulsed, 0);
}

/* With automatic EOI a level that stayed would come again at once. */
static void pulse_with_aeoi(struct kunit *test)
{
	pulse_up(test, 3);
	out(0x4d0, BIT(5));
	is(pulse(5), 0);
	is(ack(), 0x25);
	is(intr(), 0);
	is(H->board->pulsed, 0);
}

/* A poll acknowledges as INTA does. */
static void pulse_is_polled(struct kunit *test)
{
	pulse_up(test, 1);
	is(pulse(6), 0);
	out(0x20, 0x0c);
	is(in(0x20), 0x86);
	is(line(6), 0);
	is(H->board->pulsed, 0);
}

/* It waits behind what is in service. */
static void pulse_waits_its_turn(struct kunit *test)
{
	pulse_up(test, 1);
	raise(3);
	is(ack(), 0x23);
	is(pulse(4), 0);
	is(pulse(14), 0);
	is(intr(), 1);
	is(ack(), 0x2e);
	is(intr(), 0);
	ok(held(4));
	pulse_ends(test, 0x2e);
	lower(3);
	pulse_ends(test, 0x23);
	is(ack(), 0x24);
	is(line(4), 0);
}

/* A second one would not be noticed; once the first is taken, it is. */
static void pulse_twice(struct kunit *test)
{
	pulse_up(test, 1);
	is(pulse(4), 0);
	is(pulse(4), -EAGAIN);
	is(ack(), 0x24);
	is(pulse(4), 0);
	is(intr(), 0);		/* in service */
	pulse_ends(test, 0x24);
	is(ack(), 0x24);
	is(H->board->lines[4].pulses, 2);
}

/* What is masked is not kept: nothing comes of it when it is unmasked. */
static void pulse_masked_is_lost(struct kunit *test)
{
	pulse_up(test, 1);
	out(0x21, BIT(4));
	is(pulse(4), 0);
	is(line(4), 0);
	out(0x21, 0);
	is(intr(), 0);
	out(0x21, BIT(2));	/* the slave's way to the processor */
	is(pulse(9), 0);
	is(line(9), 0);
	out(0x21, 0);
	is(intr(), 0);
	is(H->board->lines[9].pulses, 1);
}

/*
 * The guest masks it, or starts over, before INTA: INTR goes with the request. A processor that
 * acknowledges all the same, as on a board where it has begun to, gets the spurious IRQ 7.
 */
static void pulse_is_withdrawn(struct kunit *test)
{
	pulse_up(test, 1);
	is(pulse(4), 0);
	is(intr(), 1);
	out(0x21, BIT(4));
	is(line(4), 0);
	is(intr(), 0);
	is(ack(), 0x27);
	out(0x20, 0x0b);
	is(in(0x20), 0);	/* nothing in service */
	out(0x21, 0);
	is(intr(), 0);
	is(pulse(4), 0);
	pulse_up(test, 1);
	is(line(4), 0);
	is(intr(), 0);
}

static void pulse_before_icws(struct kunit *test)
{
	is(pulse(4), 0);
	is(line(4), 0);
	pulse_up(test, 1);
	is(intr(), 0);
}

/* ---- IOAPIC ---- */

static void pulse_ioapic_edge(struct kunit *test)
{
	program(4, 0x34);
	program(2, 0x32);
	is(pulse(4), 0);
	is(msis(4), 1);
	is(line(4), 0);
	is(pulse(4), 0);
	is(msis(4), 2);
	is(pulse(0), 0);
	is(msis(2), 1);
	program(4, 0x34 | MASKED);
	is(pulse(4), 0);
	program(4, 0x34);
	is(msis(4), 2);
	is(H->board->pulsed, 0);
}

/* Delivered once; a level that has gone by the EOI is not delivered again. */
static void pulse_ioapic_level(struct kunit *test)
{
	program(18, 0x42 | LEVEL | LOW);
	is(pulse(18), 0);
	is(msis(18), 1);
	is(line(18), 0);
	is(entry(18), 0x42 | LEVEL | LOW | IRR);
	is(pulse(18), 0);	/* before the EOI: not seen */
	is(msis(18), 1);
	eoi(0x42);
	is(msis(18), 1);
	is(entry(18), 0x42 | LEVEL | LOW);
	is(pulse(18), 0);
	is(msis(18), 2);
	eoi(0x42);
	program(18, 0x42 | LEVEL | LOW | MASKED);
	is(pulse(18), 0);
	program(18, 0x42 | LEVEL | LOW);
	is(msis(18), 2);
}

/* A pin with the wrong polarity sees it upside down: the edge is the end. */
static void pulse_wrong_polarity(struct kunit *test)
{
	program(4, 0x34 | LOW);
	is(pulse(4), 0);
	is(msis(4), 1);
	is(line(4), 0);
	program(18, 0x42);
	is(pulse(18), 0);
	is(msis(18), 1);
	program(19, 0x43 | LEVEL);	/* it is asserted all the time, but for the pulse */
	is(msis(19), 1);
	is(pulse(19), 0);
	is(msis(19), 1);
	eoi(0x43);
	is(msis(19), 2);
}

/* The IOAPIC is first: the 8259s, which have the line unmasked as well, see a blip. */
static void pulse_ioapic_is_first(struct kunit *test)
{
	pulse_up(test, 1);
	program(4, 0x34);
	is(pulse(4), 0);
	is(msis(4), 1);
	is(line(4), 0);
	is(intr(), 0);
}

/* A guest that goes over to the IOAPIC amid a pulse: of a level it gets it there. */
static void pulse_changes_controllers(struct kunit *test)
{
	pulse_up(test, 1);
	is(pulse(5), 0);
	ok(held(5));
	program(5, 0x35 | LEVEL);
	is(msis(5), 1);
	is(line(5), 0);
	is(intr(), 0);
	eoi(0x35);
	is(msis(5), 1);
}

/* ---- The line ---- */

/* It is wired: a device that holds it hides a pulse, and keeps it beyond one. */
static void pulse_beside_a_device(struct kunit *test)
{
	pulse_up(test, 1);
	raise(4);
	is(pulse(4), -EAGAIN);
	is(H->board->lines[4].pulses, 0);
	lower(4);
	is(pulse(4), 0);
	raise(4);
	is(ack(), 0x24);
	ok(!held(4));
	is(line(4), 1);
	lower(4);
	is(line(4), 0);
	pulse_ends(test, 0x24);
	is(intr(), 0);
	/* A device that asks once it is taken is seen. */
	is(pulse(4), 0);
	is(ack(), 0x24);
	raise(4);
	pulse_ends(test, 0x24);
	is(ack(), 0x24);
}

/* Legacy replacement: IRQ 0 is the HPET's alone. */
static void pulse_of_a_taken_line(struct kunit *test)
{
	pulse_up(test, 1);
	is(pulse(0), 0);
	wr(KEEL_HPET_BASE + 0x10, 3, 4);
	is(line(0), 0);
	is(intr(), 0);
	is(pulse(0), -EAGAIN);
	wr(KEEL_HPET_BASE + 0x10, 0, 4);
	is(line(0), 0);
	is(pulse(0), 0);
	is(ack(), 0x20);
}

static void pulse_refuses(struct kunit *test)
{
	static const u32 lines[] = { 2, 24, 25, 26, 32, 63, 64, 0x80000000, 0xffffffff };
	u64 doors = H->board->doors;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(lines); i++)
		is(pulse(lines[i]), -EINVAL);
	is(H->board->doors, doors);
}

static void pulse_ends_with_a_reset(struct kunit *test)
{
	pulse_up(test, 1);
	is(pulse(4), 0);
	whole_reset(H->board);
	is(line(4), 0);
	is(intr(), 0);
	pulse_up(test, 1);
	is(intr(), 0);
}

/* A restored board is as far as the one that was saved. */
static void pulse_is_saved(struct kunit *test)
{
	struct harness *other = harness_clone(test);

	pulse_up(test, 1);
	is(pulse(4), 0);
	is(pulse(11), 0);
	is(harness_copy(test, H, other), 0);
	is(other->board->pulsed, BIT(4) | BIT(11));
	is(other->intr, 1);
	is(keel_board_intack(other->board), 0x2b);
	is(keel_line_level(&other->board->lines[11]), 0);
	is(keel_line_level(&other->board->lines[4]), 1);
	/* One without pulses, then: what was held is not. */
	is(ack(), 0x2b);
	pulse_ends(test, 0x2b);
	is(ack(), 0x24);
	is(harness_copy(test, H, other), 0);
	is(other->board->pulsed, 0);
	is(keel_line_level(&other->board->lines[4]), 0);
}

/* The suite's exit goes on with two of them, on the board and on a restored one. */
static void pulse_goes_on(struct kunit *test)
{
	pulse_up(test, 1);
	out(0x4d1, BIT(4));
	is(pulse(4), 0);
	is(pulse(12), 0);
	is(H->board->pulsed, BIT(4) | BIT(12));
}

/* No state has the host at a line that it cannot pulse. */
static void pulse_checks_states(struct kunit *test)
{
	size_t size = keel_board_state_size(H->board);
	struct keel_state_header *header = kunit_kzalloc(test, size, GFP_KERNEL);
	struct keel_board_state *lines = (void *)(header + 1) + sizeof(struct keel_state_record);
	static const u8 bad[] = { 2, KEEL_LINE_INTR, KEEL_LINE_ALARM };
	unsigned int i;
	u32 record;

	KUNIT_ASSERT_NOT_NULL(test, header);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		whole_save(H->board, header);
		lines->sources[bad[i]] |= KEEL_LINE_HAND;
		keel_board_seal(H->board, header);
		is(keel_board_check(H->board, header, size, &record), KEEL_STATE_VALUE_BAD);
		is(record, 0);
	}
}

static u64 pulse_shown(struct kunit *test, const char *device, const char *name, bool inspect)
{
	struct keel_stat *list = kunit_kzalloc(test, 1024 * sizeof(*list), GFP_KERNEL);
	unsigned int nr, i;

	KUNIT_ASSERT_NOT_NULL(test, list);
	nr = inspect ? whole_inspect(H->board, list, 1024) : whole_stats(H->board, list, 1024);
	for (i = 0; i < nr && i < 1024; i++)
		if (!strcmp(list[i].device, device) && !strcmp(list[i].name, name))
			return list[i].value;
	return U64_MAX;
}

static void pulse_is_shown(struct kunit *test)
{
	pulse_up(test, 1);
	is(pulse_shown(test, "line4", "pulses", false), 0);
	is(pulse_shown(test, "line4", "host.holds", true), U64_MAX);
	is(pulse(4), 0);
	is(pulse_shown(test, "line4", "pulses", false), 1);
	is(pulse_shown(test, "line4", "host.holds", true), 1);
	is(pulse_shown(test, "line4", "level", true), 1);
	is(ack(), 0x24);
	is(pulse_shown(test, "line4", "host.holds", true), U64_MAX);
}

static int pulse_init(struct kunit *test)
{
	return harness_init(test, pulse_devices, ARRAY_SIZE(pulse_devices));
}

static struct kunit_case pulse_cases[] = {
	KUNIT_CASE(pulse_is_one_edge),
	KUNIT_CASE(pulse_is_one_level),
	KUNIT_CASE(pulse_with_aeoi),
	KUNIT_CASE(pulse_is_polled),
	KUNIT_CASE(pulse_waits_its_turn),
	KUNIT_CASE(pulse_twice),
	KUNIT_CASE(pulse_masked_is_lost),
	KUNIT_CASE(pulse_is_withdrawn),
	KUNIT_CASE(pulse_before_icws),
	KUNIT_CASE(pulse_ioapic_edge),
	KUNIT_CASE(pulse_ioapic_level),
	KUNIT_CASE(pulse_wrong_polarity),
	KUNIT_CASE(pulse_ioapic_is_first),
	KUNIT_CASE(pulse_changes_controllers),
	KUNIT_CASE(pulse_beside_a_device),
	KUNIT_CASE(pulse_of_a_taken_line),
	KUNIT_CASE(pulse_refuses),
	KUNIT_CASE(pulse_ends_with_a_reset),
	KUNIT_CASE(pulse_is_saved),
	KUNIT_CASE(pulse_goes_on),
	KUNIT_CASE(pulse_checks_states),
	KUNIT_CASE(pulse_is_shown),
	{}
};

static struct kunit_suite pulse_suite = {
	.name = "keel-pulse",
	.init = pulse_init,
	.exit = harness_exit,
	.test_cases = pulse_cases,
};

kunit_test_suites(&pulse_suite);
