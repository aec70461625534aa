// SPDX-License-Identifier: GPL-2.0
/*
 * PIT, RTC, ACPI timer and TSC against each other.
 *
 * Two clocks are compared by reading one between two reads of the other. The machine may
 * be stopped at any moment, so of many such readings the one with the shortest time between
 * the outer reads counts. That time is the tolerance: it is measured, not chosen, and must
 * be small itself.
 */
#include "payload.h"

#define RTC_A		0x0a
#define RTC_B		0x0b
#define RTC_C		0x0c
#define RTC_PF		0x40
#define RTC_UF		0x10

#define READINGS	200
#define PRECISE		1000	/* ppm: a tolerance above this proves nothing */
#define TSC_STEADY	2000	/* ppm: the host's own calibration may move in between */

/* A moment: the ACPI timer's time, plus or minus "slack", and another clock's. */
struct moment {
	u32 pm;
	u32 slack;
	u64 other;
};

static u64 pit_read(void)
{
	u32 low;

	outb(PIT_CONTROL, 0x00);	/* latch channel 0 */
	low = inb(PIT_DATA0);
	return 0x10000 - (low | inb(PIT_DATA0) << 8);
}

static struct moment moment(u64 (*read)(void))
{
	struct moment best = { .slack = ~0U };
	unsigned int i;

	for (i = 0; i < READINGS; i++) {
		u32 before = pm_read();
		u64 other = read();
		u32 after = pm_read();

		if (after - before < best.slack)
			best = (struct moment){ before, after - before, other };
	}
	return best;
}

static u32 ppm(u64 part, u64 whole)
{
	return part * 1000000 / whole;
}

/* compare() - are "ticks" of the ACPI timer "wanted", within "slack"? */
static void compare(const char *what, u32 ticks, u32 wanted, u32 slack)
{
	u32 off = ticks > wanted ? ticks - wanted : wanted - ticks;
	u32 allowed = ppm(slack, wanted);

	say("# %s: %s%u ppm, known to %u ppm, over %u ms\n", what, ticks < wanted ? "-" : "",
	    ppm(off, wanted), allowed, (u32)((u64)wanted * 1000 / PM_HZ));
	if (allowed <= PRECISE)
		check(off <= slack, "%s: no faster or slower than can be seen", what);
	else
		check(true, "%s # SKIP no precise reading: the machine is too busy", what);
}

/* ---- PIT: a third of the ACPI timer's rate, exactly; it goes round 18.2 times a second ---- */

static void test_pit(u32 ms)
{
	struct moment a, b;
	u32 ticks, pit, wanted;
	s32 off;

	a = moment(pit_read);
	pause_us(ms * 1000);
	b = moment(pit_read);
	ticks = b.pm - a.pm;
	pit = (b.other - a.other) & 0xffff;
	/* Rounds that were not seen are derived from the other clock. */
	off = (int16_t)(pit - ticks / 3);
	wanted = (ticks / 3 + off) * 3;
	compare("PIT by the ACPI timer", ticks, wanted, a.slack + b.slack + 6);
}

static unsigned int ticks_seen, ticks_early;
static u32 ticks_start;

#define PERIOD		11932U	/* PIT ticks: 100 Hz */

static void on_tick(unsigned int vector)
{
	u32 elapsed = (pm_read() - ticks_start) / 3;

	if (vector != 0x20)
		return;
	ticks_seen++;
	ticks_early += elapsed < ticks_seen * PERIOD;
	outb(0x20, 0x20);
}

/* Interrupts may come late and together, but none too early and none twice. */
static void test_ticks(void)
{
	u32 elapsed;

	on_interrupt = on_tick;
	/* Before the count is written, so that it is never too late */
	ticks_start = pm_read();
	outb(PIT_CONTROL, 0x34);
	outb(PIT_DATA0, PERIOD & 0xff);
	outb(PIT_DATA0, PERIOD >> 8);
	/* After that, so that an earlier edge of the counter is forgotten */
	pic_init(MASTER, 0x20, 0x01, 0xfe);
	await(&ticks_seen, 50);
	outb(0x21, 0xff);
	elapsed = (pm_read() - ticks_start) / 3;
	say("# %u interrupts of 100 Hz in %u ms\n", ticks_seen, elapsed / 1193);
	check(ticks_seen >= 50, "PIT interrupts come");
	is(ticks_early, 0, "none of them before its time");
	check(ticks_seen <= elapsed / PERIOD, "none of them twice");
	outb(PIT_CONTROL, 0x34);	/* mode 2, the longest count */
	outb(PIT_DATA0, 0);
	outb(PIT_DATA0, 0);
}

/* ---- RTC ---- */

/*
 * rtc_watch() - wait for a flag of register C, which a read clears. The event came between
 * the last read without the flag and the first one with it.
 */
static struct moment rtc_watch(u8 flag)
{
	u32 start = pm_read(), first = start, second, third;
	u64 set;

	cmos_read(RTC_C);
	do {
		second = first;
		first = pm_read();
		set = inb(CMOS_DATA) & flag;
		third = pm_read();
		/* By the time before the read: a gap after it must not end the watch. */
	} while (!set && first - start < 3 * PM_HZ);
	return (struct moment){ second, third - second, set };
}

/* rtc_event() - the time of an event; waits for further ones until one is known well enough. */
static struct moment rtc_event(u8 flag)
{
	struct moment when;
	unsigned int attempt = 0;

	do
		when = rtc_watch(flag);
	while (when.other && when.slack > PM_HZ / 5000 && ++attempt < 12);
	return when;
}

/* The time between two events is a multiple of "period" ACPI timer ticks. */
static void test_rtc(const char *what, u8 flag, u32 period)
{
	struct moment a = rtc_event(flag), b;
	u32 ticks, n;

	pause_us(700000);
	b = rtc_event(flag);
	ticks = b.pm - a.pm;
	n = (ticks + period / 2) / period;
	check(a.other && b.other && n, "%s: comes", what);
	if (n)
		compare(what, ticks, n * period, a.slack + b.slack + 2);
}

/* Ticks between events are periods of the 32,768 Hz of the RTC: whole seconds, or halves. */
static void test_rtc_rates(void)
{
	cmos_write(RTC_A, 0x2f);	/* periodic flag: 2 Hz */
	test_rtc("RTC's update by the ACPI timer", RTC_UF, PM_HZ);
	test_rtc("RTC's periodic flag (2 Hz) by the ACPI timer", RTC_PF, PM_HZ / 2);
	cmos_write(RTC_A, 0x26);
}

/*
 * ---- TSC: any rate, but a constant one. Tested only if the host's own clock is the TSC,
 * as "tsc" in the command line says. ----
 */

static u64 tsc_rate(u32 ms, u32 *slack_ppm)
{
	struct moment a = moment(rdtsc), b;

	pause_us(ms * 1000);
	b = moment(rdtsc);
	*slack_ppm = ppm(a.slack + b.slack + 2, b.pm - a.pm);
	return (b.other - a.other) * PM_HZ / (b.pm - a.pm);
}

static void test_tsc(void)
{
	u32 slack1, slack2, off;
	u64 first = tsc_rate(500, &slack1), second = tsc_rate(700, &slack2);

	off = ppm(first > second ? first - second : second - first, first);
	say("# TSC: %u kHz, then %u kHz\n", (u32)(first / 1000), (u32)(second / 1000));
	if (ends_with(command_line(), " tsc"))
		check(off <= slack1 + slack2 + TSC_STEADY,
		      "TSC by the ACPI timer: steady (%u ppm)", off);
	else
		check(true, "TSC by the ACPI timer # SKIP the host has another clock");
}

void test(void)
{
	outb(PIT_CONTROL, 0x34);	/* channel 0, both bytes, mode 2: all 65536 */
	outb(PIT_DATA0, 0);
	outb(PIT_DATA0, 0);
	pause_us(1000);
	test_pit(500);
	test_pit(810);
	test_ticks();
	test_rtc_rates();
	test_tsc();
}
