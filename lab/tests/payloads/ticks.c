// SPDX-License-Identifier: GPL-2.0
/*
 * A guest that counts ticks: 2 kHz from the PIT for two seconds, through the IOAPIC. Prints
 * how many periods passed by the ACPI timer, at least and at most, and how many interrupts
 * came; Keel's counters show ticks for which the host was too late. If the command line ends in
 * "rtc": 1024 Hz of the RTC, for which the guest is too late once, by some hundred of them. In
 * "on": the PIT's ticks go on for ever, and the guest, which accesses no device of the board's
 * meanwhile, waits in HLT for each.
 */
#include "apic.h"

#define PERIOD		597U		/* PIT ticks */
#define PERIOD_PM	(3 * PERIOD)	/* the ACPI timer has thrice the rate */
#define PERIODS		4000U
#define VECTOR		0x20

#define RTC_VECTOR	0x28
#define RTC_HZ		1024U
#define RTC_PIE		0x42		/* register B: periodic interrupt, 24 hours */
#define RTC_LATE_US	300000U

static unsigned int ticks;

static void on_tick(unsigned int vector)
{
	ticks += vector == VECTOR || vector == RTC_VECTOR;
	if (vector == RTC_VECTOR)
		cmos_read(0x0c);
	mmio_write(LAPIC_EOI, 0);
}

static void pit_start(u8 mode)
{
	outb(PIT_CONTROL, mode);
	outb(PIT_DATA0, PERIOD & 0xff);
	outb(PIT_DATA0, PERIOD >> 8);
}

static u32 rtc_periods(u32 pm)
{
	return (u64)pm * RTC_HZ / PM_HZ;
}

static void test_rtc(void)
{
	u32 before, start, end, after;

	rte_write(8, RTC_VECTOR);
	cmos_write(0x0a, 0x26);
	cmos_read(0x0c);
	before = pm_read();
	cmos_write(0x0b, RTC_PIE);
	start = pm_read();
	pause_us(RTC_LATE_US);		/* interrupts are off */
	do {
		asm volatile("sti; hlt; cli" : : : "memory");
		end = pm_read();
	} while (end - start < 2 * PM_HZ);
	cmos_write(0x0b, 0x02);
	after = pm_read();
	rte_write(8, RTE_MASK);
	say("# %u to %u periods, %u interrupts\n", rtc_periods(end - start),
	    rtc_periods(after - before), ticks);
	check(ticks <= rtc_periods(after - before) + 1, "no more ticks than periods");
	check(ticks > 1, "ticks come");
}

void test(void)
{
	u32 before, start, end, after;

	on_interrupt = on_tick;
	pic_init(MASTER, VECTOR, 0x01, 0xff);
	mmio_write(LAPIC_SVR, SVR_ENABLED);
	if (command_line_ends_in("rtc")) {
		test_rtc();
		return;
	}
	rte_write(2, VECTOR);
	before = pm_read();
	pit_start(0x34);	/* mode 2 */
	while (command_line_ends_in("on"))
		asm volatile("sti; hlt; cli" : : : "memory");
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
