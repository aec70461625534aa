// SPDX-License-Identifier: GPL-2.0
/*
 * A guest that counts ticks: 2 kHz from the PIT for two seconds, through the IOAPIC. Prints
 * how many periods passed by the ACPI timer, at least and at most, and how many interrupts
 * came; Keel's counters show ticks for which the host was too late.
 */
#include "apic.h"

#define PERIOD		597U		/* PIT ticks */
#define PERIOD_PM	(3 * PERIOD)	/* the ACPI timer has thrice the rate */
#define PERIODS		4000U
#define VECTOR		0x20

static unsigned int ticks;

static void on_tick(unsigned int vector)
{
	ticks += vector == VECTOR;
	mmio_write(LAPIC_EOI, 0);
}

static void pit_start(u8 mode)
{
	outb(PIT_CONTROL, mode);
	outb(PIT_DATA0, PERIOD & 0xff);
	outb(PIT_DATA0, PERIOD >> 8);
}

void test(void)
{
	u32 before, start, end, after;

	on_interrupt = on_tick;
	pic_init(MASTER, VECTOR, 0x01, 0xff);
	mmio_write(LAPIC_SVR, SVR_ENABLED);
	rte_write(2, VECTOR);
	before = pm_read();
	pit_start(0x34);	/* mode 2 */
	start = pm_read();
	do {
		asm volatile("sti; hlt; cli" : : : "memory");
		end = pm_read();
	} while (end - start < PERIODS * PERIOD_PM);
	outb(PIT_CONTROL, 0x30);	/* mode 0 without a count: stopped */
	after = pm_read();
	rte_write(2, RTE_MASK);
	say("# %u to %u periods, %u interrupts\n", (end - start) / PERIOD_PM,
	    (after - before) / PERIOD_PM, ticks);
	check(ticks <= (after - before) / PERIOD_PM + 1, "no more ticks than periods");
	/* How many depends on the host's load */
	check(ticks > 1, "ticks come");
}
