// SPDX-License-Identifier: GPL-2.0
/*
 * The pair of 8259As as a guest sees them: priorities, nesting, rotation, poll, special
 * mask, automatic EOI, edge and level, withdrawn requests. The requests come from the
 * test device.
 */
#include "apic.h"

#define DATA		1
#define ELCR		0x4d0
#define BASE		0x20	/* vectors: IRQ n has BASE + n */

#define ICW4		0x01
#define ICW4_AEOI	0x02
#define ICW4_SFNM	0x10
#define OCW2_EOI	0x20
#define OCW2_SPECIFIC	0x60	/* plus the level */
#define OCW2_ROTATE_EOI	0xa0
#define OCW2_LOWEST	0xc0	/* plus the level */
#define OCW3_IRR	0x0a
#define OCW3_ISR	0x0b
#define OCW3_POLL	0x0c
#define OCW3_SMM	0x68
#define OCW3_NO_SMM	0x48

#define LOG		32

static unsigned int seen;
static u8 seen_vector[LOG];

static void init(u8 icw4)
{
	unsigned int i;

	for (i = 0; i < 16; i++)
		line(i, false);
	outb(ELCR, 0);
	outb(ELCR + 1, 0);
	pic_init(MASTER, BASE, icw4, 0x11);	/* without the PIT and the UART */
	pic_init(SLAVE, BASE + 8, icw4, BIT(0));	/* without the RTC */
	seen = 0;
}

static u8 status(u16 chip, u8 which)
{
	outb(chip, which);
	return inb(chip);
}

static void note(unsigned int vector)
{
	if (seen < LOG)
		seen_vector[seen] = vector;
	seen++;
}

static void eoi(unsigned int vector)
{
	if (vector >= BASE + 8)
		outb(SLAVE, OCW2_EOI);
	outb(MASTER, OCW2_EOI);
}

static void pulse(unsigned int nr)
{
	line(nr, false);
	line(nr, true);
}

/* order() - did exactly these interrupts come, in this order? */
static void order(const char *what, const u8 *irqs, unsigned int n)
{
	unsigned int i;
	bool good;

	await(&seen, n);
	let_through();
	good = seen == n;
	for (i = 0; i < n && i < seen; i++)
		good &= seen_vector[i] == BASE + irqs[i];
	if (!good) {
		say("# came:");
		for (i = 0; i < seen && i < LOG; i++)
			say(" %u", seen_vector[i] - BASE);
		say("\n");
	}
	check(good, "%s", what);
	for (i = 0; i < 16; i++)
		line(i, false);
	seen = 0;
}

#define ORDER(what, ...) do {					\
	static const u8 irqs_[] = { __VA_ARGS__ };		\
	order(what, irqs_, sizeof(irqs_));			\
} while (0)

static void on_simple(unsigned int vector)
{
	note(vector);
	eoi(vector);
}

static void test_priorities(void)
{
	init(ICW4);
	on_interrupt = on_simple;
	is(inb(MASTER + DATA), 0x11, "the mask reads back");
	pulse(7);
	pulse(5);
	pulse(12);
	pulse(3);
	pulse(9);
	is(status(MASTER, OCW3_IRR), 0xac, "requests wait: 2, 3, 5, 7");
	is(status(SLAVE, OCW3_IRR), 0x12, "and 9, 12");
	is(status(MASTER, OCW3_ISR), 0, "none in service");
	ORDER("by priority, the slave's in the place of 2", 9, 12, 3, 5, 7);
	is(status(MASTER, OCW3_ISR) | status(SLAVE, OCW3_ISR), 0, "none in service afterwards");
	outb(MASTER + DATA, 0x31);
	pulse(5);
	pulse(6);
	ORDER("a masked one waits", 6);
	outb(MASTER + DATA, 0x11);
	line(5, true);
	ORDER("an edge is seen when its mask goes, while the line is high", 5);
}

/* In the handler for 5, a higher priority interrupts it, a lower one waits for the EOI. */
static u8 nested_isr;

static void on_nested(unsigned int vector)
{
	note(vector);
	if (vector == BASE + 5) {
		pulse(6);
		pulse(3);
		let_through();
		nested_isr = status(MASTER, OCW3_ISR);
	}
	eoi(vector);
}

static void test_nesting(void)
{
	init(ICW4);
	on_interrupt = on_nested;
	pulse(5);
	ORDER("nested: 3 inside of 5, 6 behind it", 5, 3, 6);
	is(nested_isr, BIT(5), "only 5 in service after 3 has ended");
}

static void on_special(unsigned int vector)
{
	note(vector);
	if (vector == BASE + 3) {
		outb(MASTER, OCW3_SMM);
		outb(MASTER + DATA, 0x11 | BIT(3));
		pulse(6);
		let_through();
		outb(MASTER + DATA, 0x11);
		outb(MASTER, OCW3_NO_SMM);
	}
	outb(MASTER, OCW2_SPECIFIC | (vector - BASE));
}

static void test_special_mask(void)
{
	init(ICW4);
	on_interrupt = on_special;
	pulse(3);
	ORDER("special mask: 6 inside of 3", 3, 6);
	is(status(MASTER, OCW3_ISR), 0, "specific EOIs end both");
}

/* Among the slave's, 8 + 1 interrupts 8 + 4: the master must let its cascade nest. */
static void on_fully_nested(unsigned int vector)
{
	note(vector);
	if (vector == BASE + 12) {
		pulse(9);
		let_through();
	}
	outb(SLAVE, OCW2_EOI);
	if (!status(SLAVE, OCW3_ISR))
		outb(MASTER, OCW2_EOI);
}

static void test_special_fully_nested(void)
{
	init(ICW4 | ICW4_SFNM);
	on_interrupt = on_fully_nested;
	pulse(12);
	ORDER("special fully nested: 9 inside of 12", 12, 9);
	is(status(MASTER, OCW3_ISR), 0, "the master's EOI came when the slave was empty");
}

static void on_rotate(unsigned int vector)
{
	note(vector);
	outb(MASTER, OCW2_ROTATE_EOI);
}

static void test_rotation(void)
{
	init(ICW4);
	on_interrupt = on_simple;
	outb(MASTER, OCW2_LOWEST | 5);
	pulse(1);
	pulse(5);
	pulse(6);
	pulse(7);
	ORDER("lowest set to 5: 6 is highest", 6, 7, 1, 5);
	init(ICW4);
	on_interrupt = on_rotate;
	pulse(3);
	pulse(5);
	ORDER("rotate on EOI: before", 3, 5);
	pulse(3);
	pulse(5);
	pulse(6);
	ORDER("rotate on EOI: 5 had its turn, 6 is next", 6, 3, 5);
}

static void test_automatic_eoi(void)
{
	init(ICW4 | ICW4_AEOI);
	on_interrupt = note;
	pulse(6);
	pulse(3);
	ORDER("automatic EOI: all come without one", 3, 6);
	is(status(MASTER, OCW3_ISR), 0, "none stays in service");
}

static u8 poll(u16 chip)
{
	outb(chip, OCW3_POLL);
	return inb(chip);
}

static void test_poll(void)
{
	init(ICW4);
	on_interrupt = on_simple;
	is(poll(MASTER) & 0x80, 0, "poll: no request");
	pulse(6);
	pulse(3);
	is(poll(MASTER), 0x83, "poll: 3");
	is(status(MASTER, OCW3_ISR), BIT(3), "it is in service, as if acknowledged");
	is(poll(MASTER) & 0x80, 0, "6 waits behind it");
	outb(MASTER, OCW2_EOI);
	is(poll(MASTER), 0x86, "poll: 6");
	outb(MASTER, OCW2_EOI);
	pulse(11);
	is(poll(MASTER), 0x82, "poll: the cascade");
	is(poll(SLAVE), 0x83, "poll the slave: 11");
	outb(SLAVE, OCW2_EOI);
	outb(MASTER, OCW2_EOI);
	let_through();
	is(seen, 0, "the CPU gets no interrupt");
}

static unsigned int level_times;

static void on_level(unsigned int vector)
{
	note(vector);
	if (seen == level_times)
		line(vector - BASE, false);
	eoi(vector);
}

static void test_trigger(void)
{
	init(ICW4);
	on_interrupt = on_simple;
	line(5, true);
	ORDER("edge: once, however long the line is high", 5);
	outb(ELCR, BIT(5));
	outb(ELCR + 1, BIT(2));
	is(inb(ELCR) | inb(ELCR + 1) << 8, BIT(5) | BIT(10), "ELCR reads back");
	on_interrupt = on_level;
	level_times = 3;
	line(5, true);
	ORDER("level: again and again while the line is high", 5, 5, 5);
	line(10, true);
	ORDER("and the slave's", 10, 10, 10);
	outb(ELCR, 0xff);
	outb(ELCR + 1, 0xff);
	is(inb(ELCR) | inb(ELCR + 1) << 8, 0xdef8,
	   "timer, keyboard, cascade, RTC and FPU are edges");
}

/*
 * A request that is withdrawn before the CPU has taken it causes no interrupt, or IRQ 7
 * without its ISR bit: that depends on when the CPU acknowledges.
 */
static u8 spurious_isr;

static void on_spurious(unsigned int vector)
{
	note(vector);
	spurious_isr |= status(MASTER, OCW3_ISR);
}

static void test_withdrawn(void)
{
	init(ICW4);
	on_interrupt = on_spurious;
	line(3, true);
	is(status(MASTER, OCW3_IRR), BIT(3), "a request");
	line(3, false);
	is(status(MASTER, OCW3_IRR), 0, "withdrawn");
	let_through();
	check(!seen || (seen == 1 && seen_vector[0] == BASE + 7), "nothing comes, or IRQ 7 once");
	is(spurious_isr, 0, "and is not in service");
	seen = 0;
	on_interrupt = on_simple;
	pulse(3);
	ORDER("the next one comes", 3);
}

void test(void)
{
	mmio_write(LAPIC_SVR, 0x1ff);	/* virtual wire: LINT0 as the launcher set it */
	test_priorities();
	test_nesting();
	test_special_mask();
	test_special_fully_nested();
	test_rotation();
	test_automatic_eoi();
	test_poll();
	test_trigger();
	test_withdrawn();
}
