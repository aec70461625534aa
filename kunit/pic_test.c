// SPDX-License-Identifier: GPL-2.0
/* Transcripts for devices/chips/pic.c. */
#include "harness.h"

static const struct keel_device_config pic_devices[] = {
	{ .class = KEEL_CLASS_PIC, .irq = KEEL_IRQ_DEFAULT },
};

#define SPURIOUS	0x27	/* the master's spurious vector after pic_up() */

static u64 pic_counter(struct kunit *test, const char *label, unsigned int i)
{
	const struct keel_dev *dev = keel_board_find(H->board, KEEL_CLASS_PIC, 0);
	unsigned int n;

	for (n = 0; n < dev->ops->nr_counters; n++) {
		const struct keel_counter_desc *desc = &dev->ops->counters[n];

		if (!strcmp(desc->label, label))
			return ((const u64 *)((const void *)dev + desc->offset))[i];
	}
	KUNIT_EXPECT_TRUE(test, false);
	return 0;
}

#define counter(label)		pic_counter(test, (label), 0)
#define per_irq(irq)		pic_counter(test, "per_irq", (irq))

static struct keel_pic_state *pic_state(struct kunit *test)
{
	return (void *)keel_board_find(H->board, KEEL_CLASS_PIC, 0) + keel_pic_ops.state;
}

static bool pic_accepts(struct kunit *test, const struct keel_pic_state *s)
{
	return keel_pic_ops.check(keel_board_find(H->board, KEEL_CLASS_PIC, 0), s, H->now);
}

static void pic_up_icw4(struct kunit *test, u8 master, u8 slave)
{
	out(0x20, 0x11);
	out(0x21, 0x20);
	out(0x21, 0x04);
	out(0x21, master);
	out(0xa0, 0x11);
	out(0xa1, 0x28);
	out(0xa1, 0x02);
	out(0xa1, slave);
}

/* As an OS does: vectors 0x20-0x2f, nothing masked. */
static void pic_up(struct kunit *test)
{
	pic_up_icw4(test, 0x01, 0x01);
}

static u8 pic_isr(struct kunit *test, u16 port)
{
	out(port, 0x0b);
	return in(port);
}

static u8 pic_irr(struct kunit *test, u16 port)
{
	out(port, 0x0a);
	return in(port);
}

#define isr(port)	pic_isr(test, (port))
#define irr(port)	pic_irr(test, (port))

/* ---- Initialisation ---- */

static void pic_new_is_silent(struct kunit *test)
{
	raise(0);
	raise(9);
	is(intr(), 0);
	is(in(0x20), 0x01);		/* latched, but INT stays low */
	is(ack(), 7);			/* base is 0 */
	is(isr(0x20), 0);
}

static void pic_imr_can_be_probed_before_init(struct kunit *test)
{
	out(0x21, 0xfb);
	out(0xa1, 0x5a);
	is(in(0x21), 0xfb);
	is(in(0xa1), 0x5a);
	is(counter("inits"), 0);
}

static void pic_silent_until_last_icw(struct kunit *test)
{
	out(0x20, 0x11);
	raise(3);
	is(intr(), 0);
	out(0x21, 0x40);
	is(intr(), 0);
	out(0x21, 0x04);
	is(intr(), 0);
	out(0x21, 0x01);
	is(intr(), 1);
	is(ack(), 0x43);
}

static void pic_icw_single(struct kunit *test)
{
	out(0x20, 0x13);		/* no ICW3 */
	out(0x21, 0x4f);		/* bits 2:0 are no part of the vector */
	out(0x21, 0x01);
	out(0x21, 0xf0);		/* OCW1 */
	is(in(0x21), 0xf0);
	raise(1);
	is(ack(), 0x49);
}

static void pic_icw_without_icw4(struct kunit *test)
{
	out(0x20, 0x10);
	out(0x21, 0x40);
	out(0x21, 0x04);
	out(0x21, 0xfe);		/* OCW1 */
	is(in(0x21), 0xfe);
	raise(0);
	is(intr(), 1);
	is(ack(), 0x40);
	is(isr(0x20), 0x01);		/* ICW4's functions are off */
	is(counter("unsupported"), 1);	/* MCS-80 mode was asked for */
}

static void pic_icw_single_without_icw4(struct kunit *test)
{
	out(0x20, 0x12);
	out(0x21, 0x40);
	out(0x21, 0x55);
	is(in(0x21), 0x55);
}

static void pic_icw1_starts_over(struct kunit *test)
{
	pic_up_icw4(test, 0x13, 0x01);
	out(0x21, 0xa5);
	out(0x20, 0xc5);		/* IR5 is lowest */
	out(0x20, 0x80);		/* rotate in AEOI */
	out(0x20, 0x68);		/* special mask mode */
	out(0x20, 0x0f);		/* ISR next, after a poll */
	pic_up(test);
	raise(5);
	raise(6);
	is(in(0x20), 0x60);		/* IRR, neither ISR nor poll */
	is(in(0x21), 0);
	is(ack(), 0x25);		/* priorities are back, and no AEOI */
	is(isr(0x20), 0x20);
	out(0x21, 0x20);
	is(intr(), 0);			/* no special mask mode */
	is(counter("inits"), 4);
}

static void pic_icw1_forgets_requests(struct kunit *test)
{
	pic_up(test);
	raise(4);
	is(ack(), 0x24);
	raise(5);
	pic_up(test);
	is(isr(0x20), 0);
	is(irr(0x20), 0);		/* an edge has to be made anew */
	is(intr(), 0);
	lower(5);
	raise(5);
	is(ack(), 0x25);
}

static void pic_icw1_restarts_a_sequence(struct kunit *test)
{
	out(0x20, 0x11);
	out(0x21, 0x70);
	out(0x20, 0x11);
	out(0x21, 0x50);
	out(0x21, 0x04);
	out(0x21, 0x01);
	raise(0);
	is(ack(), 0x50);
}

static void pic_unsupported_is_counted(struct kunit *test)
{
	out(0x20, 0x19);		/* LTIM: the ELCR decides */
	out(0x21, 0x20);
	out(0x21, 0x04);
	out(0x21, 0x09);		/* buffered */
	is(counter("unsupported"), 2);
	raise(3);
	is(ack(), 0x23);
	out(0x20, 0x20);
	is(intr(), 0);			/* an edge, not a level */
}

static void pic_wide_accesses_are_cut(struct kunit *test)
{
	pic_up(test);
	out16(0x20, 0x3420);		/* OCW2 and OCW1 */
	is(in(0x21), 0x34);
	raise(1);
	is(in16(0x20), 0x3402);
	is(in32(0x20), 0xffff3402);
	out16(0x4d0, 0x0208);
	is(in16(0x4d0), 0x0208);
}

/* ---- Requests and acknowledge ---- */

static void pic_edge_is_one_interrupt(struct kunit *test)
{
	pic_up(test);
	raise(3);
	is(intr(), 1);
	is(irr(0x20), 0x08);
	is(ack(), 0x23);
	is(intr(), 0);
	is(irr(0x20), 0);
	is(isr(0x20), 0x08);
	out(0x20, 0x20);
	is(isr(0x20), 0);
	is(intr(), 0);			/* the line is still high */
	lower(3);
	raise(3);
	is(intr(), 1);
	is(ack(), 0x23);
	is(counter("acks"), 2);
	is(per_irq(3), 2);
	is(counter("eois"), 1);
	is(H->board->lines[3].eois, 1);
}

static void pic_edge_while_in_service_waits(struct kunit *test)
{
	pic_up(test);
	raise(3);
	is(ack(), 0x23);
	lower(3);
	raise(3);
	is(irr(0x20), 0x08);
	is(intr(), 0);
	out(0x20, 0x20);
	is(ack(), 0x23);
}

static void pic_every_input_has_its_vector(struct kunit *test)
{
	unsigned int i;

	pic_up(test);
	for (i = 0; i < 16; i++) {
		if (i == 2)
			continue;
		raise(i);
		is(intr(), 1);
		is(ack(), 0x20 + i);
		is(isr(0x20), i < 8 ? BIT(i) : 0x04);
		is(isr(0xa0), i < 8 ? 0 : BIT(i - 8));
		if (i >= 8)
			out(0xa0, 0x20);
		out(0x20, 0x20);
		lower(i);
		is(intr(), 0);
		is(per_irq(i), 1);
		is(H->board->lines[i].eois, 1);
	}
	is(counter("spurious_master"), 0);
	is(counter("spurious_slave"), 0);
	is(keel_pic_ops.input_of(2), -1);
	is(keel_pic_ops.input_of(16), -1);
	is(keel_pic_ops.input_of(KEEL_LINE_INTR), -1);
}

static void pic_mask_holds_back(struct kunit *test)
{
	pic_up(test);
	out(0x21, 0x10);
	raise(4);
	is(intr(), 0);
	is(irr(0x20), 0x10);		/* masks do not affect the IRR */
	out(0x21, 0);
	is(intr(), 1);
	out(0x21, 0x10);
	is(intr(), 0);
	is(ack(), SPURIOUS);
	out(0x21, 0);
	is(ack(), 0x24);
}

static void pic_fully_nested(struct kunit *test)
{
	pic_up(test);
	raise(5);
	is(ack(), 0x25);
	raise(6);
	is(intr(), 0);
	raise(1);
	is(ack(), 0x21);
	raise(4);
	is(intr(), 0);
	is(isr(0x20), 0x22);
	out(0x20, 0x20);		/* ends 1, the highest */
	is(isr(0x20), 0x20);
	is(ack(), 0x24);
	out(0x20, 0x20);
	is(intr(), 0);
	out(0x20, 0x20);
	is(ack(), 0x26);
}

static void pic_specific_eoi(struct kunit *test)
{
	pic_up(test);
	raise(5);
	is(ack(), 0x25);
	raise(1);
	is(ack(), 0x21);
	out(0x20, 0x65);
	is(isr(0x20), 0x02);
	out(0x20, 0x63);		/* not in service: nothing */
	is(isr(0x20), 0x02);
	is(counter("eois"), 1);
	is(H->board->lines[5].eois, 1);
	is(H->board->lines[3].eois, 0);
	out(0x20, 0x40);		/* no operation */
	is(isr(0x20), 0x02);
	out(0x20, 0x61);
	out(0x20, 0x20);		/* nothing to end */
	is(counter("eois"), 2);
}

/* ---- Blips ---- */

static void pic_blip_is_lost(struct kunit *test)
{
	pic_up(test);
	raise(3);
	is(intr(), 1);
	lower(3);
	is(irr(0x20), 0);
	is(intr(), 0);
}

/* The processor saw INT, and acknowledges after the request was withdrawn. */
static void pic_late_ack_is_spurious_irq7(struct kunit *test)
{
	pic_up(test);
	raise(3);
	lower(3);
	is(ack(), SPURIOUS);
	is(isr(0x20), 0);
	is(intr(), 0);
	is(counter("spurious_master"), 1);
	is(counter("spurious_slave"), 0);
	is(counter("acks"), 1);
	is(per_irq(3) + per_irq(7), 0);
}

static void pic_slave_blip_is_lost(struct kunit *test)
{
	pic_up(test);
	raise(11);
	is(irr(0x20), 0x04);
	lower(11);
	is(irr(0x20), 0);		/* IR2 was withdrawn with the slave's INT */
	is(intr(), 0);
	is(ack(), SPURIOUS);
	is(isr(0x20), 0);
}

static void pic_irq7_that_is_one(struct kunit *test)
{
	pic_up(test);
	raise(7);
	is(ack(), 0x27);
	is(isr(0x20), 0x80);
	raise(15);
	is(ack(), 0x2f);
	is(isr(0xa0), 0x80);
	is(counter("spurious_master") + counter("spurious_slave"), 0);
}

static void pic_blip_comes_back(struct kunit *test)
{
	pic_up(test);
	raise(3);
	lower(3);
	raise(3);
	is(irr(0x20), 0x08);
	is(ack(), 0x23);
	is(intr(), 0);
}

static void pic_blip_beside_a_request(struct kunit *test)
{
	pic_up(test);
	raise(3);
	raise(5);
	lower(3);
	is(intr(), 1);
	is(ack(), 0x25);		/* INTA takes the remaining request */
	out(0x20, 0x20);
	is(intr(), 0);
	is(counter("spurious_master"), 0);
}

static void pic_blip_while_masked_is_lost(struct kunit *test)
{
	pic_up(test);
	out(0x21, 0x08);
	raise(3);
	lower(3);
	out(0x21, 0);
	is(intr(), 0);
}

static void pic_masked_slave_withdraws_int(struct kunit *test)
{
	pic_up(test);
	raise(10);
	is(intr(), 1);
	out(0xa1, 0x04);
	is(intr(), 0);
	is(irr(0x20), 0);
	out(0xa1, 0);
	is(irr(0x20), 0x04);
	is(ack(), 0x2a);
}

static void pic_level_withdraws_int(struct kunit *test)
{
	out(0x4d0, 0x20);
	pic_up(test);
	raise(5);
	lower(5);
	is(intr(), 0);
	is(ack(), SPURIOUS);		/* the CPU was late */
	is(counter("spurious_master"), 1);
}

/* ---- ELCR ---- */

static void pic_elcr_reserved_bits(struct kunit *test)
{
	is(in(0x4d0), 0);
	is(in(0x4d1), 0);
	out(0x4d0, 0xff);
	out(0x4d1, 0xff);
	is(in(0x4d0), 0xf8);
	is(in(0x4d1), 0xde);
	is(counter("elcr_reserved"), 2);
	out(0x4d0, 0x20);
	is(counter("elcr_reserved"), 2);
	pic_up(test);
	is(in(0x4d0), 0x20);		/* ICW1 keeps it */
	is(in(0x4d1), 0xde);
}

static void pic_level_asks_again(struct kunit *test)
{
	pic_up(test);
	out(0x4d1, 0x02);
	raise(9);
	is(ack(), 0x29);
	is(irr(0xa0), 0x02);		/* a level stays in the IRR */
	is(intr(), 0);
	out(0xa0, 0x20);
	is(intr(), 0);			/* the master has IR2 in service */
	out(0x20, 0x20);
	is(intr(), 1);
	is(ack(), 0x29);
	lower(9);
	out(0xa0, 0x20);
	out(0x20, 0x20);
	is(intr(), 0);
	is(H->board->lines[9].eois, 2);
}

static void pic_level_survives_icw1(struct kunit *test)
{
	out(0x4d0, 0x80);
	raise(7);
	pic_up(test);
	is(intr(), 1);
	is(ack(), 0x27);
}

static void pic_elcr_switches_at_run_time(struct kunit *test)
{
	pic_up(test);
	raise(6);
	is(ack(), 0x26);
	out(0x20, 0x20);
	is(intr(), 0);
	out(0x4d0, 0x40);
	is(intr(), 1);
	out(0x4d0, 0);
	is(intr(), 0);			/* no edge since */
	lower(6);
	raise(6);
	is(intr(), 1);
	out(0x4d0, 0x40);
	out(0x4d0, 0);
	is(intr(), 0);			/* the latch followed the level meanwhile */
}

/* ---- Cascade ---- */

static void pic_slave_is_ir2(struct kunit *test)
{
	pic_up(test);
	raise(3);
	raise(8);
	is(irr(0x20), 0x0c);
	is(ack(), 0x28);		/* before IRQ3 */
	raise(1);
	is(ack(), 0x21);		/* after IRQ1 */
	out(0x20, 0x20);
	is(isr(0x20), 0x04);
	out(0xa0, 0x20);
	out(0x20, 0x20);
	is(ack(), 0x23);
}

static void pic_master_mask_holds_the_slave(struct kunit *test)
{
	pic_up(test);
	out(0x21, 0x04);
	raise(14);
	is(intr(), 0);
	is(irr(0xa0), 0x40);
	out(0x21, 0);
	is(ack(), 0x2e);
}

static void pic_slave_has_more(struct kunit *test)
{
	pic_up(test);
	raise(12);
	raise(10);
	is(ack(), 0x2a);
	is(intr(), 0);
	out(0xa0, 0x20);		/* the slave's INT rises again: a new edge on IR2 */
	is(irr(0x20), 0x04);
	is(intr(), 0);
	out(0x20, 0x20);
	is(ack(), 0x2c);
	out(0x20, 0x20);		/* the other order */
	is(intr(), 0);
	raise(13);
	is(intr(), 0);
	out(0xa0, 0x20);
	is(ack(), 0x2d);
}

static void pic_slave_nests_only_when_special(struct kunit *test)
{
	pic_up(test);
	raise(12);
	is(ack(), 0x2c);
	raise(9);			/* of higher priority, but IR2 is in service */
	is(intr(), 0);

	pic_up_icw4(test, 0x11, 0x01);
	lower(12);
	lower(9);
	raise(12);
	is(ack(), 0x2c);
	raise(14);
	is(intr(), 0);			/* the slave itself is fully nested */
	raise(9);
	is(intr(), 1);
	is(ack(), 0x29);
	raise(3);
	is(intr(), 0);			/* below IR2 */
	out(0xa0, 0x20);
	is(isr(0xa0), 0x10);		/* not empty: no EOI to the master */
	is(isr(0x20), 0x04);
	out(0xa0, 0x20);
	is(intr(), 1);			/* IRQ14 */
	is(ack(), 0x2e);
	raise(1);
	is(ack(), 0x21);
	lower(9);
	raise(9);
	is(intr(), 0);			/* IRQ1 is above the slave */
	out(0x20, 0x20);
	is(ack(), 0x29);
}

static void pic_special_nesting_is_the_masters(struct kunit *test)
{
	pic_up_icw4(test, 0x01, 0x11);
	raise(10);			/* the slave's IR2 is an ordinary input */
	is(ack(), 0x2a);
	out(0x20, 0x20);
	lower(10);
	raise(10);
	is(irr(0xa0), 0x04);
	is(intr(), 0);
	out(0xa0, 0x20);
	is(ack(), 0x2a);
}

/* ---- Automatic EOI, rotation, special mask ---- */

static void pic_aeoi(struct kunit *test)
{
	pic_up_icw4(test, 0x03, 0x03);
	raise(3);
	raise(4);
	raise(11);
	is(ack(), 0x2b);
	is(isr(0x20), 0);
	is(isr(0xa0), 0);
	is(ack(), 0x23);
	is(ack(), 0x24);
	is(intr(), 0);
	is(counter("eois"), 4);		/* IR2's is counted, but IR2 has no line */
	is(H->board->lines[3].eois, 1);
	is(H->board->lines[11].eois, 1);
	is(H->board->lines[2].eois, 0);
	lower(11);
	raise(11);
	raise(12);
	is(ack(), 0x2b);
	is(intr(), 1);			/* the slave's INT has been low in between */
	is(ack(), 0x2c);
	is(per_irq(2), 0);
}

/* With automatic EOI, a level that stays high interrupts again and again. */
static void pic_aeoi_repeats_a_level(struct kunit *test)
{
	pic_up_icw4(test, 0x03, 0x03);
	out(0x4d0, BIT(3));
	raise(3);
	is(ack(), 0x23);
	is(intr(), 1);
	is(ack(), 0x23);
	is(counter("repeats"), 2);
	lower(3);
	is(intr(), 0);
}

static void pic_rotate_in_aeoi(struct kunit *test)
{
	pic_up_icw4(test, 0x03, 0x01);
	out(0x20, 0x80);
	raise(3);
	is(ack(), 0x23);		/* now 3 is lowest */
	lower(3);
	raise(3);
	raise(4);
	raise(1);
	is(ack(), 0x24);
	is(ack(), 0x21);
	is(ack(), 0x23);
	is(intr(), 0);
	pic_up_icw4(test, 0x03, 0x01);	/* ends rotation */
	lower(1);
	raise(1);
	is(ack(), 0x21);
	lower(1);
	raise(1);
	lower(3);
	raise(3);
	is(ack(), 0x21);
	is(ack(), 0x23);
	out(0x20, 0x80);
	lower(3);
	raise(3);
	is(ack(), 0x23);
	out(0x20, 0x00);		/* priorities stay where they are */
	lower(4);
	lower(3);
	raise(3);
	raise(4);
	is(ack(), 0x24);
	lower(4);
	raise(4);
	is(ack(), 0x24);		/* not rotated any more */
	is(ack(), 0x23);
}

static void pic_rotate_needs_aeoi(struct kunit *test)
{
	pic_up(test);
	out(0x20, 0x80);
	raise(3);
	is(ack(), 0x23);
	out(0x20, 0x20);
	lower(3);
	raise(3);
	raise(4);
	is(ack(), 0x23);
}

static void pic_rotate_on_nonspecific_eoi(struct kunit *test)
{
	pic_up(test);
	raise(3);
	is(ack(), 0x23);
	lower(3);
	raise(3);
	raise(5);
	out(0x20, 0xa0);
	is(isr(0x20), 0);
	is(ack(), 0x25);
	out(0x20, 0xa0);
	is(ack(), 0x23);
	out(0x20, 0x20);
	raise(6);			/* 5 is lowest, 6 the highest */
	lower(5);
	raise(5);
	raise(0);
	is(ack(), 0x26);
	out(0x20, 0xa0);
	out(0x20, 0xa0);		/* nothing in service: nothing to rotate to */
	is(ack(), 0x20);
	out(0x20, 0x20);
	is(ack(), 0x25);
}

static void pic_rotate_on_specific_eoi(struct kunit *test)
{
	pic_up(test);
	raise(5);
	is(ack(), 0x25);
	raise(1);
	is(ack(), 0x21);
	out(0x20, 0xe5);
	is(isr(0x20), 0x02);
	out(0x20, 0x20);
	lower(5);
	raise(5);
	raise(7);
	raise(6);
	is(ack(), 0x26);
	out(0x20, 0x20);
	is(ack(), 0x27);
	out(0x20, 0x20);
	is(ack(), 0x25);
}

static void pic_set_priority(struct kunit *test)
{
	pic_up(test);
	out(0x20, 0xc3);
	raise(0);
	raise(3);
	raise(4);
	is(ack(), 0x24);
	is(intr(), 0);
	out(0x20, 0x20);
	is(ack(), 0x20);
	is(intr(), 0);
	out(0x20, 0x20);
	is(ack(), 0x23);
	out(0x20, 0xc3);
	is(isr(0x20), 0x08);		/* no end of interrupt */
}

static void pic_nonspecific_eoi_follows_priority(struct kunit *test)
{
	pic_up(test);
	raise(5);
	is(ack(), 0x25);
	raise(1);
	is(ack(), 0x21);
	out(0x20, 0xc4);		/* now 5 is above 1 */
	out(0x20, 0x20);
	is(isr(0x20), 0x02);
}

static void pic_special_mask(struct kunit *test)
{
	pic_up(test);
	raise(3);
	is(ack(), 0x23);
	raise(6);
	raise(3);
	is(intr(), 0);
	out(0x21, 0x08);
	is(intr(), 0);			/* masked, but in service */
	out(0x20, 0x68);
	is(intr(), 1);
	is(ack(), 0x26);		/* lower than IRQ3 */
	raise(7);
	is(intr(), 0);			/* 6 is unmasked and in service */
	out(0x20, 0x20);
	is(isr(0x20), 0x08);		/* ends 6: 3 is masked */
	is(ack(), 0x27);
	out(0x20, 0x20);
	out(0x20, 0x20);
	is(isr(0x20), 0x08);
	out(0x20, 0x63);
	is(isr(0x20), 0);
}

static void pic_special_mask_bits(struct kunit *test)
{
	pic_up(test);
	raise(3);
	is(ack(), 0x23);
	out(0x21, 0x08);
	raise(6);
	out(0x20, 0x28);		/* SMM without ESMM: nothing */
	is(intr(), 0);
	out(0x20, 0x68);
	is(intr(), 1);
	out(0x20, 0x08);		/* the same */
	is(intr(), 1);
	out(0x20, 0x48);
	is(intr(), 0);
}

/* ---- Reads and polls ---- */

static void pic_read_choice_stays(struct kunit *test)
{
	pic_up(test);
	raise(1);
	is(ack(), 0x21);
	raise(4);
	is(in(0x20), 0x10);		/* IRR after ICW1 */
	out(0x20, 0x0b);
	is(in(0x20), 0x02);
	out(0x20, 0x08);		/* RR = 0: no change */
	is(in(0x20), 0x02);
	is(in(0x20), 0x02);
	out(0x20, 0x0a);
	out(0x20, 0x09);
	is(in(0x20), 0x10);
	is(in(0xa0), 0);		/* each chip has its own */
	out(0x20, 0x20);
	is(in(0x20), 0x10);		/* OCW2 is not OCW3 */
}

static void pic_poll_acknowledges(struct kunit *test)
{
	pic_up(test);
	out(0x20, 0x0c);
	is(in(0x20), 0);		/* no request */
	is(in(0x20), 0);		/* that was the IRR */
	raise(4);
	raise(6);
	out(0x20, 0x0c);
	is(in(0x20), 0x84);
	is(isr(0x20), 0x10);
	is(intr(), 0);
	out(0x20, 0x20);
	is(intr(), 1);
	out(0x20, 0x0c);
	is(in(0x21), 0x86);		/* any read will do */
	is(in(0x21), 0);
	is(counter("polls"), 3);
	is(counter("acks"), 0);
	is(counter("spurious_master"), 0);
	is(per_irq(4), 1);
	is(per_irq(6), 1);
}

static void pic_poll_of_the_slave_frees_ir2(struct kunit *test)
{
	pic_up(test);
	raise(10);
	is(intr(), 1);
	out(0xa0, 0x0c);
	is(in(0xa0), 0x82);
	is(irr(0x20), 0);
	is(intr(), 0);
	is(ack(), SPURIOUS);
	is(counter("spurious_slave"), 0);
	is(isr(0xa0), 0x04);
	raise(9);			/* nests in the slave: a new edge for the master */
	is(intr(), 1);
	is(ack(), 0x29);
}

static void pic_poll_of_the_pair(struct kunit *test)
{
	pic_up(test);
	raise(9);
	raise(8);
	out(0x20, 0x0c);
	is(in(0x20), 0x82);
	is(isr(0x20), 0x04);
	is(irr(0x20), 0);		/* no edge until the slave was acknowledged */
	out(0xa0, 0x0c);
	is(in(0xa0), 0x80);
	is(irr(0x20), 0);
	is(per_irq(2), 0);
	is(isr(0xa0), 0x01);
	out(0xa0, 0x20);
	out(0x20, 0x20);
	is(intr(), 1);
	is(ack(), 0x29);
}

static void pic_poll_after_a_blip(struct kunit *test)
{
	pic_up(test);
	raise(4);
	lower(4);
	out(0x20, 0x0c);
	is(in(0x20), 0);
	is(intr(), 0);
}

static void pic_poll_with_aeoi(struct kunit *test)
{
	pic_up_icw4(test, 0x03, 0x01);
	raise(4);
	out(0x20, 0x0c);
	is(in(0x20), 0x84);
	is(isr(0x20), 0);
	is(H->board->lines[4].eois, 1);
}

static void pic_poll_is_taken_back(struct kunit *test)
{
	pic_up(test);
	raise(4);
	out(0x20, 0x0c);
	out(0x20, 0x0a);
	is(in(0x20), 0x10);
	is(intr(), 1);
	out(0x20, 0x0e);		/* with RR: the poll comes first */
	is(in(0x20), 0x84);
	is(in(0x20), 0);
}

/* ---- Board ---- */

static void pic_eoi_callback(void *ctx, unsigned int pin)
{
	struct kunit *test = ctx;

	keel_line_set(&H->wires[pin], false);
	keel_line_set(&H->wires[pin], true);
}

static void pic_no_level(void *ctx, unsigned int pin, bool level)
{
}

/* A device that uses the end of its interrupt to ask for the next one. */
static void pic_eoi_makes_the_next_edge(struct kunit *test)
{
	const struct keel_target target = {
		.set = pic_no_level, .eoi = pic_eoi_callback, .ctx = test, .pin = 8,
	};

	KUNIT_ASSERT_EQ(test, 0, keel_line_attach(&H->board->lines[8], &target));
	pic_up(test);
	raise(8);
	is(ack(), 0x28);
	is(intr(), 0);
	out(0xa0, 0x20);
	out(0x20, 0x20);
	is(intr(), 1);
	is(ack(), 0x28);
	pic_up_icw4(test, 0x03, 0x03);
	lower(8);
	raise(8);
	is(ack(), 0x28);
	is(intr(), 1);
	H->board->lines[8].nr_targets--;	/* the restored board has no such device */
}

static void pic_reset_forgets(struct kunit *test)
{
	pic_up_icw4(test, 0x13, 0x03);
	out(0x4d0, 0x20);
	out(0x4d1, 0x20);
	out(0x21, 0x01);
	raise(3);
	raise(9);
	is(intr(), 1);
	whole_reset(H->board);
	is(intr(), 0);
	is(line(KEEL_LINE_INTR), 0);
	is(in(0x21), 0);
	is(in(0x4d0), 0);
	is(in(0x4d1), 0);
	is(in(0x20), 0);
	is(isr(0x20), 0);
	is(pic_state(test)->chip[0].levels, 0x08);	/* the lines' sources are not reset */
	is(pic_state(test)->chip[1].levels, 0x02);
	is(pic_state(test)->chip[0].lowest, 7);
	raise(4);
	is(intr(), 0);
	pic_up(test);
	is(intr(), 0);
	lower(4);
	raise(4);
	is(ack(), 0x24);
}

static void pic_check_refuses(struct kunit *test)
{
	struct keel_pic_state good, s;
	unsigned int i;

	pic_up(test);
	out(0x4d0, 0x20);
	raise(9);
	raise(4);
	is(ack(), 0x29);
	good = *pic_state(test);
	ok(pic_accepts(test, &good));

#define BAD(what) do { \
	s = good; \
	what; \
	KUNIT_EXPECT_FALSE(test, pic_accepts(test, &s)); \
} while (0)
	for (i = 0; i < 2; i++) {
		BAD(s.chip[i].base |= 1);
		BAD(s.chip[i].lowest = 8);
		BAD(s.chip[i].step = 5);
		BAD(s.chip[i].step = KEEL_PIC_NEW);
		BAD(s.chip[i].step = KEEL_PIC_ICW2);	/* with something in service */
		BAD(s.chip[i].step = KEEL_PIC_ICW3);
		BAD(s.chip[i].step = KEEL_PIC_ICW4);
		BAD(s.chip[i].icw1 |= 0x10);
		BAD(s.chip[i].icw1 = 0; s.chip[i].icw4 = 0x10);
		BAD(s.chip[i].icw4 |= 0x01);
		BAD(s.chip[i].icw4 |= 0x02);		/* AEOI */
		BAD(s.chip[i].elcr |= 0x01);
		BAD(s.chip[i].smm = 2);
		BAD(s.chip[i].read_isr = 2);
		BAD(s.chip[i].poll = 2);
		BAD(s.chip[i].rotate_aeoi = 2);
		BAD(s.chip[i].pad[0] = 1);
		BAD(s.chip[i].pad[1] = 1);
		BAD(s.chip[i].levels &= 0xbf; s.chip[i].edge |= 0x40);	/* of a low input */
	}
	BAD(s.chip[0].levels |= 0x20; s.chip[0].edge |= 0x20);	/* level-triggered */
	BAD(s.chip[0].levels ^= 0x04);
	BAD(s.chip[0].edge |= 0x04);
	BAD(s.chip[1].isr = 0; s.chip[1].edge = 0x02);	/* INT without IR2 */
#undef BAD
}

static void pic_check_refuses_while_new(struct kunit *test)
{
	struct keel_pic_state good = *pic_state(test), s;

	ok(pic_accepts(test, &good));
	s = good;
	s.chip[0].base = 8;
	KUNIT_EXPECT_FALSE(test, pic_accepts(test, &s));
	s = good;
	s.chip[0].icw1 = 1;
	KUNIT_EXPECT_FALSE(test, pic_accepts(test, &s));
	s = good;
	s.chip[0].icw4 = 2;
	KUNIT_EXPECT_FALSE(test, pic_accepts(test, &s));
	s = good;
	s.chip[0].isr = 2;
	KUNIT_EXPECT_FALSE(test, pic_accepts(test, &s));
	s = good;
	s.chip[0].edge = 2;		/* of an input that is low */
	KUNIT_EXPECT_FALSE(test, pic_accepts(test, &s));
	s.chip[0].levels = 2;
	ok(pic_accepts(test, &s));
}

static void pic_check_refuses_between_icws(struct kunit *test)
{
	static const u8 steps[] = { KEEL_PIC_ICW2, KEEL_PIC_ICW3, KEEL_PIC_ICW4 };
	struct keel_pic_state good = *pic_state(test), s;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		good.chip[0].step = steps[i];
		good.chip[0].icw1 = 0x01;
		ok(pic_accepts(test, &good));
		s = good;
		s.chip[0].icw4 = 0x10;
		KUNIT_EXPECT_FALSE(test, pic_accepts(test, &s));
		s = good;
		s.chip[0].isr = 0x10;
		KUNIT_EXPECT_FALSE(test, pic_accepts(test, &s));
		s = good;
		s.chip[0].icw1 = 0x03;		/* SNGL: no ICW3 */
		is(pic_accepts(test, &s), steps[i] != KEEL_PIC_ICW3);
		s.chip[0].icw1 = 0x00;		/* no ICW4 */
		is(pic_accepts(test, &s), steps[i] != KEEL_PIC_ICW4);
	}
}

/* After any writes the state can be loaded, and INT equals the value derived from it. */
static void pic_any_write_is_reachable(struct kunit *test)
{
	static const u16 ports[] = { 0x20, 0x21, 0xa0, 0xa1, 0x4d0, 0x4d1 };
	u32 seed = 1;
	unsigned int i;

	for (i = 0; i < 20000; i++) {
		seed = seed * 1664525 + 1013904223;
		if (seed >> 30 == 0)
			harness_line(H, (seed >> 8) % 16, seed >> 16 & 1);
		else if (seed >> 30 == 1)
			in(ports[(seed >> 8) % 6]);
		else if (seed >> 29 & 1)
			out(ports[(seed >> 8) % 6], seed >> 16 & 0xff);
		else
			ack();
		KUNIT_ASSERT_TRUE(test, pic_accepts(test, pic_state(test)));
		KUNIT_ASSERT_EQ(test, (int)intr(), (int)line(KEEL_LINE_INTR));
	}
}

/* Each step of an initialisation, and each kind of request, survives a restore. */
static void pic_restores_between_icws(struct kunit *test)
{
	struct harness *first = H, *second = harness_clone(test);

	raise(3);
	out(0x20, 0x11);
	out(0x21, 0x48);
	KUNIT_ASSERT_EQ(test, 0, harness_copy(test, first, second));
	test->priv = second;
	out(0x21, 0x04);
	out(0x21, 0x03);
	is(intr(), 0);
	lower(3);
	raise(3);
	is(ack(), 0x4b);
	is(isr(0x20), 0);
	test->priv = first;
}

/* If a blob's INTR line contradicts the chips' state, the chips' state wins. */
static void pic_restores_intr_from_the_chips(struct kunit *test)
{
	struct harness *first = H, *second = harness_clone(test);

	pic_up(test);
	raise(3);
	is(intr(), 1);
	pic_state(test)->chip[0].imr = 0xff;
	KUNIT_ASSERT_EQ(test, 0, harness_copy(test, first, second));
	pic_state(test)->chip[0].imr = 0;
	test->priv = second;
	is(intr(), 0);
	is(line(KEEL_LINE_INTR), 0);
	out(0x21, 0);
	is(intr(), 1);
	test->priv = first;
}

static int pic_test_init(struct kunit *test)
{
	return harness_init(test, pic_devices, ARRAY_SIZE(pic_devices));
}

static struct kunit_case pic_cases[] = {
	KUNIT_CASE(pic_new_is_silent),
	KUNIT_CASE(pic_imr_can_be_probed_before_init),
	KUNIT_CASE(pic_silent_until_last_icw),
	KUNIT_CASE(pic_icw_single),
	KUNIT_CASE(pic_icw_without_icw4),
	KUNIT_CASE(pic_icw_single_without_icw4),
	KUNIT_CASE(pic_icw1_starts_over),
	KUNIT_CASE(pic_icw1_forgets_requests),
	KUNIT_CASE(pic_icw1_restarts_a_sequence),
	KUNIT_CASE(pic_unsupported_is_counted),
	KUNIT_CASE(pic_wide_accesses_are_cut),
	KUNIT_CASE(pic_edge_is_one_interrupt),
	KUNIT_CASE(pic_edge_while_in_service_waits),
	KUNIT_CASE(pic_every_input_has_its_vector),
	KUNIT_CASE(pic_mask_holds_back),
	KUNIT_CASE(pic_fully_nested),
	KUNIT_CASE(pic_specific_eoi),
	KUNIT_CASE(pic_blip_is_lost),
	KUNIT_CASE(pic_late_ack_is_spurious_irq7),
	KUNIT_CASE(pic_slave_blip_is_lost),
	KUNIT_CASE(pic_irq7_that_is_one),
	KUNIT_CASE(pic_blip_comes_back),
	KUNIT_CASE(pic_blip_beside_a_request),
	KUNIT_CASE(pic_blip_while_masked_is_lost),
	KUNIT_CASE(pic_masked_slave_withdraws_int),
	KUNIT_CASE(pic_level_withdraws_int),
	KUNIT_CASE(pic_elcr_reserved_bits),
	KUNIT_CASE(pic_level_asks_again),
	KUNIT_CASE(pic_level_survives_icw1),
	KUNIT_CASE(pic_elcr_switches_at_run_time),
	KUNIT_CASE(pic_slave_is_ir2),
	KUNIT_CASE(pic_master_mask_holds_the_slave),
	KUNIT_CASE(pic_slave_has_more),
	KUNIT_CASE(pic_slave_nests_only_when_special),
	KUNIT_CASE(pic_special_nesting_is_the_masters),
	KUNIT_CASE(pic_aeoi),
	KUNIT_CASE(pic_aeoi_repeats_a_level),
	KUNIT_CASE(pic_rotate_in_aeoi),
	KUNIT_CASE(pic_rotate_needs_aeoi),
	KUNIT_CASE(pic_rotate_on_nonspecific_eoi),
	KUNIT_CASE(pic_rotate_on_specific_eoi),
	KUNIT_CASE(pic_set_priority),
	KUNIT_CASE(pic_nonspecific_eoi_follows_priority),
	KUNIT_CASE(pic_special_mask),
	KUNIT_CASE(pic_special_mask_bits),
	KUNIT_CASE(pic_read_choice_stays),
	KUNIT_CASE(pic_poll_acknowledges),
	KUNIT_CASE(pic_poll_of_the_slave_frees_ir2),
	KUNIT_CASE(pic_poll_of_the_pair),
	KUNIT_CASE(pic_poll_after_a_blip),
	KUNIT_CASE(pic_poll_with_aeoi),
	KUNIT_CASE(pic_poll_is_taken_back),
	KUNIT_CASE(pic_eoi_makes_the_next_edge),
	KUNIT_CASE(pic_reset_forgets),
	KUNIT_CASE(pic_check_refuses),
	KUNIT_CASE(pic_check_refuses_while_new),
	KUNIT_CASE(pic_check_refuses_between_icws),
	KUNIT_CASE(pic_any_write_is_reachable),
	KUNIT_CASE(pic_restores_between_icws),
	KUNIT_CASE(pic_restores_intr_from_the_chips),
	{}
};

static struct kunit_suite pic_suite = {
	.name = "keel-pic",
	.init = pic_test_init,
	.exit = harness_exit,
	.test_cases = pic_cases,
};

kunit_test_suites(&pic_suite);
