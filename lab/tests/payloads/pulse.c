// SPDX-License-Identifier: GPL-2.0
/*
 * Pulses of the host on interrupt lines, by the 8259s and by the IOAPIC. The guest sets a pin up,
 * asks for a pulse on a line ("@ pulse LINE"), and goes on when it is told by a byte on its serial
 * port that the host has made it.
 */
#include "apic.h"

#define DATA		1
#define ELCR		0x4d0
#define BASE		0x20	/* vectors: IRQ n has BASE + n */
#define ICW4		0x01
#define ICW4_AEOI	0x02
#define OCW2_EOI	0x20
#define OCW3_IRR	0x0a
#define OCW3_ISR	0x0b
#define OCW3_POLL	0x0c
#define POLL_I		0x80

#define VECTOR		0x50	/* of the IOAPIC's pins */

static unsigned int seen, spurious;
static u8 expected;

static void on_8259(unsigned int vector)
{
	seen += vector == expected;
	spurious += vector != expected;
	if (vector >= BASE + 8)
		outb(SLAVE, OCW2_EOI);
	outb(MASTER, OCW2_EOI);
}

static void on_aeoi(unsigned int vector)
{
	seen += vector == expected;
	spurious += vector != expected;
}

static void on_ioapic(unsigned int vector)
{
	seen += vector == expected;
	spurious += vector != expected;
	mmio_write(LAPIC_EOI, 0);
}

/* Both 8259s without a request, with only "nr" unmasked, which is level-triggered or not */
static void pics(u8 icw4, unsigned int nr, bool level)
{
	u16 unmasked = BIT(nr) | BIT(2), elcr = level ? BIT(nr) : 0;

	outb(ELCR, elcr);
	outb(ELCR + 1, elcr >> 8);
	pic_init(MASTER, BASE, icw4, ~unmasked);
	pic_init(SLAVE, BASE + 8, icw4, ~unmasked >> 8);
	on_interrupt = icw4 & ICW4_AEOI ? on_aeoi : on_8259;
	expected = BASE + nr;
	seen = 0;
	spurious = 0;
}

static void pics_off(void)
{
	outb(MASTER + DATA, 0xff);
	outb(SLAVE + DATA, 0xff);
}

static void pin(unsigned int nr, u32 rte)
{
	rte_write(nr, RTE_MASK);
	on_interrupt = on_ioapic;
	expected = VECTOR;
	seen = 0;
	spurious = 0;
	rte_write(nr, rte);
}

/* pulse() - returns when the host has pulsed that line */
static void pulse(unsigned int nr)
{
	say("@ pulse %u\n", nr);
	while (!(inb(COM1_LSR) & LSR_DR))
		pause_us(1000);
	inb(COM1);
}

/* came() - were there exactly so many interrupts, and none with another vector? */
static void came(unsigned int wanted, const char *what)
{
	await(&seen, wanted);
	let_through();
	if (spurious)
		say("# %u with another vector\n", spurious);
	check(seen == wanted && !spurious, "%s", what);
}

static u8 status(u16 chip, u8 which)
{
	outb(chip, which);
	return inb(chip);
}

static void test_8259(void)
{
	pics(ICW4, 5, false);
	pulse(5);
	is(status(MASTER, OCW3_IRR), BIT(5), "8259: the request waits, however long");
	came(1, "8259, edge: one interrupt");
	is(status(MASTER, OCW3_IRR) | status(MASTER, OCW3_ISR), 0, "and nothing is left");
	pulse(5);
	came(2, "the next one is one more");
	pics(ICW4, 10, false);
	pulse(10);
	came(1, "slave, edge: one interrupt");
	pics(ICW4, 5, true);
	pulse(5);
	came(1, "8259, level: one interrupt");
	pics(ICW4, 11, true);
	pulse(11);
	came(1, "slave, level: one interrupt");
	pics(ICW4 | ICW4_AEOI, 5, true);
	pulse(5);
	came(1, "level with automatic EOI: one interrupt");
	pics(ICW4, 5, false);
	pulse(5);
	is(status(MASTER, OCW3_POLL), POLL_I | 5, "a poll takes it");
	came(0, "and no interrupt comes");
}

static void test_8259_masked(void)
{
	pics(ICW4, 5, false);
	pics_off();
	pulse(5);
	outb(MASTER + DATA, (u8)~BIT(5));
	came(0, "8259: a pulse on a masked line is lost");
	pics(ICW4, 5, false);
	pulse(5);
	pics_off();
	came(0, "masked before INTA: withdrawn, without a spurious interrupt");
	outb(MASTER + DATA, (u8)~BIT(5));
	came(0, "also when it is unmasked again");
	pics(ICW4, 5, false);
	pulse(5);
	pics(ICW4, 5, false);
	came(0, "set up anew before INTA: withdrawn");
	pics_off();
}

static void test_ioapic(void)
{
	pin(5, VECTOR);
	pulse(5);
	came(1, "IOAPIC, edge: one interrupt");
	pulse(5);
	came(2, "the next one is one more");
	pin(20, VECTOR | RTE_LEVEL | RTE_LOW);
	pulse(20);
	is(rte_read(20) & RTE_REMOTE_IRR, RTE_REMOTE_IRR, "IOAPIC, level: sent, and not ended yet");
	came(1, "one interrupt: the level has gone at the EOI");
	is(rte_read(20), VECTOR | RTE_LEVEL | RTE_LOW, "and nothing is left");
	pulse(20);
	came(2, "the next one is one more");
	pin(20, VECTOR | RTE_MASK | RTE_LEVEL | RTE_LOW);
	pulse(20);
	rte_write(20, VECTOR | RTE_LEVEL | RTE_LOW);
	came(0, "a pulse on a masked pin is lost");
	pin(5, VECTOR | RTE_LOW);
	pulse(5);
	came(1, "edge with the wrong polarity: one interrupt, of its end");
	pin(2, VECTOR);
	pulse(0);
	came(1, "line 0 is on pin 2");
	rte_write(2, RTE_MASK);
	pics(ICW4, 5, false);
	pin(5, VECTOR);
	pulse(5);
	came(1, "unmasked in both: the IOAPIC's, and no other");
}

void test(void)
{
	mmio_write(LAPIC_SVR, SVR_ENABLED);	/* virtual wire: LINT0 as the launcher set it */
	test_8259();
	test_8259_masked();
	test_ioapic();
}
