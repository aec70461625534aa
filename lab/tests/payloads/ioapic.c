// SPDX-License-Identifier: GPL-2.0
/*
 * The IOAPIC with a LAPIC at its end: edge and level, masks, remote IRR, EOI, the
 * EOI register, polarity, logical destinations. The lines are the test device's.
 */
#include "apic.h"

#define VECTOR		0x50
#define PIN		10		/* active-high, as ISA's are */
#define OTHER		11
#define PCI_PIN		20		/* active-low */

static unsigned int seen;
static unsigned int lower_at, bad_vectors;
static u32 rte_in_handler;
static u32 expected_vector = VECTOR;
static unsigned int held_line;

/* Releases the line at the last interrupt, then ends the interrupt. */
static void on_pin(unsigned int vector)
{
	seen++;
	bad_vectors += vector != expected_vector;
	rte_in_handler = rte_read(PIN);
	if (seen == lower_at)
		line(held_line, false);
	mmio_write(LAPIC_EOI, 0);
}

/* start() - set up a pin anew, its line low, with no interrupt seen */
static void start(unsigned int pin, unsigned int line_nr, u32 rte)
{
	rte_write(pin, RTE_MASK);
	line(line_nr, false);
	seen = 0;
	lower_at = 0;
	held_line = line_nr;
	rte_write(pin, rte);
}

/* came() - were there exactly so many, after long enough a time for more? */
static void came(unsigned int wanted, const char *what)
{
	await(&seen, wanted);
	let_through();
	is(seen, wanted, what);
}

static void test_reset_state(void)
{
	unsigned int pin, good = 0;

	for (pin = 0; pin < 24; pin++)
		good += rte_read(pin) == RTE_MASK;
	is(good, 24, "all 24 entries are masked at first");
}

static void test_edge(void)
{
	start(PIN, PIN, VECTOR);
	line(PIN, true);
	came(1, "edge: one interrupt");
	is(rte_in_handler & (RTE_REMOTE_IRR | RTE_PENDING), 0, "no remote IRR, nothing pending");
	line(PIN, true);
	came(1, "none while it stays high");
	line(PIN, false);
	came(1, "none when it falls");
	line(PIN, true);
	came(2, "one when it rises again");
}

static void test_masked_edge(void)
{
	start(PIN, PIN, VECTOR | RTE_MASK);
	line(PIN, true);
	came(0, "masked: none");
	rte_write(PIN, VECTOR);
	came(0, "an edge while masked is lost");
	line(PIN, false);
	line(PIN, true);
	came(1, "an edge after unmasking is delivered");
}

static void test_level(void)
{
	start(PIN, PIN, VECTOR | RTE_LEVEL);
	lower_at = 3;
	line(PIN, true);
	came(3, "level: again after each EOI while the line is high");
	check(rte_in_handler & RTE_REMOTE_IRR, "remote IRR is set until the EOI");
	is(rte_read(PIN) & RTE_REMOTE_IRR, 0, "and clear after it");
	lower_at = 4;
	line(PIN, true);
	came(4, "and when it is high once more");
	rte_write(PIN, VECTOR | RTE_LEVEL | RTE_REMOTE_IRR | RTE_PENDING);
	is(rte_read(PIN), VECTOR | RTE_LEVEL, "remote IRR and delivery status cannot be written");
}

static void test_masked_level(void)
{
	start(PIN, PIN, VECTOR | RTE_LEVEL | RTE_MASK);
	line(PIN, true);
	came(0, "masked level: none");
	lower_at = 1;
	rte_write(PIN, VECTOR | RTE_LEVEL);
	came(1, "a high level is delivered on unmasking");
	rte_write(PIN, VECTOR | RTE_LEVEL | RTE_MASK);
	line(PIN, true);
	line(PIN, false);
	rte_write(PIN, VECTOR | RTE_LEVEL);
	came(1, "a line that is low by then is not");
}

static void on_no_eoi(unsigned int vector)
{
	seen++;
	bad_vectors += vector != expected_vector;
}

static void test_remote_irr(void)
{
	start(PIN, PIN, VECTOR | RTE_LEVEL);
	on_interrupt = on_no_eoi;
	line(PIN, true);
	came(1, "a level interrupt without an EOI");
	line(PIN, false);
	line(PIN, true);
	came(1, "holds the next one back");
	check(rte_read(PIN) & RTE_REMOTE_IRR, "by its remote IRR");
	line(PIN, false);
	mmio_write(LAPIC_EOI, 0);
	is(rte_read(PIN) & RTE_REMOTE_IRR, 0, "which an EOI clears");
	came(1, "no interrupt follows, with the line low");
	line(PIN, true);
	came(2, "a level after the EOI is delivered");
	line(PIN, false);
	rte_write(PIN, VECTOR | RTE_MASK);	/* edge: an EOI to old chips */
	rte_write(PIN, VECTOR | RTE_LEVEL);
	is(rte_read(PIN) & RTE_REMOTE_IRR, 0, "a change to edge and back clears remote IRR");
	mmio_write(LAPIC_EOI, 0);
	on_interrupt = on_pin;
}

/*
 * The handler makes no LAPIC EOI here, so that only the EOI register has an effect. (KVM
 * decides whether the LAPIC can suppress EOI broadcasts, and with the IOAPIC outside of KVM
 * some versions claim to and do not.)
 */
static void test_eoi_register(void)
{
	start(PIN, PIN, VECTOR | RTE_LEVEL);
	on_interrupt = on_no_eoi;
	line(PIN, true);
	came(1, "EOI register: a level interrupt");
	mmio_write(IOAPIC_EOI, VECTOR + 1);
	check(rte_read(PIN) & RTE_REMOTE_IRR, "an EOI for another vector does nothing");
	line(PIN, false);
	mmio_write(IOAPIC_EOI, VECTOR);
	is(rte_read(PIN) & RTE_REMOTE_IRR, 0, "an EOI for this vector clears remote IRR");
	line(PIN, true);
	check(rte_read(PIN) & RTE_REMOTE_IRR, "the next interrupt is sent");
	mmio_write(IOAPIC_EOI, VECTOR);
	check(rte_read(PIN) & RTE_REMOTE_IRR, "and again if the line is high at its EOI");
	line(PIN, false);
	mmio_write(IOAPIC_EOI, VECTOR);
	came(1, "the LAPIC holds it until the LAPIC's EOI");
	mmio_write(LAPIC_EOI, 0);
	came(2, "and delivers it then");
	mmio_write(LAPIC_EOI, 0);
	on_interrupt = on_pin;
}

static void test_polarity(void)
{
	start(PCI_PIN, PCI_PIN, VECTOR | RTE_LEVEL | RTE_LOW);
	lower_at = 2;
	line(PCI_PIN, true);
	came(2, "a PCI line, active-low by entry and by wire");
	rte_write(PCI_PIN, RTE_MASK);
}

/* Two pins with a vector in common: the EOI is for both. */
static void test_shared_vector(void)
{
	start(OTHER, OTHER, VECTOR | RTE_LEVEL);
	start(PIN, PIN, VECTOR | RTE_LEVEL);
	on_interrupt = on_no_eoi;
	line(PIN, true);
	line(OTHER, true);
	came(1, "two pins with one vector: one interrupt in service");
	check(rte_read(PIN) & rte_read(OTHER) & RTE_REMOTE_IRR, "both have remote IRR");
	line(PIN, false);
	line(OTHER, false);
	mmio_write(LAPIC_EOI, 0);
	let_through();
	while (seen-- > 1)
		mmio_write(LAPIC_EOI, 0);
	is((rte_read(PIN) | rte_read(OTHER)) & RTE_REMOTE_IRR, 0, "EOI ends both");
	rte_write(OTHER, RTE_MASK);
	on_interrupt = on_pin;
}

static void test_logical(void)
{
	mmio_write(LAPIC_DFR, 0xffffffff);
	mmio_write(LAPIC_LDR, 0x04000000);
	start(PIN, PIN, RTE_MASK);
	mmio_write(IOAPIC, 0x11 + 2 * PIN);
	mmio_write(IOAPIC_WINDOW, 0x04000000);
	mmio_write(IOAPIC, 0x10 + 2 * PIN);
	mmio_write(IOAPIC_WINDOW, VECTOR | RTE_LOGICAL);
	line(PIN, true);
	came(1, "logical destination: ours");
	line(PIN, false);
	mmio_write(IOAPIC, 0x11 + 2 * PIN);
	mmio_write(IOAPIC_WINDOW, 0x08000000);
	line(PIN, true);
	came(1, "logical destination: no CPU's");
	rte_write(PIN, RTE_MASK);
}

static void test_timer_pin(void)
{
	/* The PIT's output in mode 0 is low until its count ends. */
	outb(0x43, 0x30);
	start(2, 0, VECTOR);
	line(0, true);
	came(1, "line 0 is pin 2");
	rte_write(2, RTE_MASK);
	start(0, 0, VECTOR);
	line(0, true);
	came(0, "and not pin 0");
	rte_write(0, RTE_MASK);
}

void test(void)
{
	outb(0x21, 0xff);
	outb(0xa1, 0xff);
	mmio_write(LAPIC_SVR, SVR_ENABLED);
	on_interrupt = on_pin;
	test_reset_state();
	test_edge();
	test_masked_edge();
	test_level();
	test_masked_level();
	test_remote_irr();
	test_eoi_register();
	test_polarity();
	test_shared_vector();
	test_logical();
	test_timer_pin();
	is(bad_vectors, 0, "every vector was the right one");
}
