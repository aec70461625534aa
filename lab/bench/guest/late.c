// SPDX-License-Identifier: GPL-2.0
/*
 * How late is each tick of a periodic timer? The guest halts between them, as one does in which
 * cyclictest runs. A tick is due a whole number of periods after the timer was started, and late by
 * what is between that and the first instruction of its handler. The start is before the
 * instruction that starts the timer: what that takes to come to the device is in each lateness.
 *
 * The RTC's periods are its divider's, which runs already: its earliest tick counts as not late.
 *
 * A row is a line "~ ROW MINIMUM MEDIAN P99 MAXIMUM LOST", in ticks of the TSC; "lost" are periods
 * that had no tick of their own, or "~ ROW none": the ticks did not come within LATE_PATIENCE.
 */
#include "measure.h"

#define TICKS		500
#define LATE_PATIENCE	4000000000U	/* ns, by the LAPIC's timer */

#define TICK_VECTOR	0x40
#define GUARD_VECTOR	0x48
#define PIT_PIN		2
#define PIT_PERIOD	1193		/* 1 kHz */
#define PIT_STOP	0x30		/* channel 0, both bytes, mode 0 */
#define PIT_RATE	0x34		/* the same, mode 2 */
#define LAPIC_PERIOD	1000000
#define LVT_PERIODIC	BIT(17)

/* Written by the entry */
u32 late_tsc[TICKS];
u32 late_nr;
u32 late_doubles;

static u32 guards;

/* As irq_entry() of timers.c */
static __naked void late_entry(void)
{
	asm("push %eax\n\t"
	    "push %edx\n\t"
	    "rdtsc\n\t"
	    "testl $0x200, 16(%esp)\n\t"
	    "jz 2f\n\t"
	    "mov late_nr, %edx\n\t"
	    "cmp $500, %edx\n\t"
	    "jae 1f\n\t"
	    "mov %eax, late_tsc(,%edx,4)\n\t"
	    "incl late_nr\n\t"
	    "1: movl $0, 0xfee000b0\n\t"
	    "jmp 3f\n\t"
	    "2: incl late_doubles\n\t"
	    "3: pop %edx\n\t"
	    "pop %eax\n\t"
	    "iret");
}

static void on_guard(void)
{
	guards++;
}

/* Halts until so many ticks have come, or the guard has; "ack" is called after each. */
static void wait_for(u32 nr, void (*ack)(void))
{
	u32 seen = 0;

	irqs_off();
	while (READ_ONCE(late_nr) < nr && !READ_ONCE(guards)) {
		if (READ_ONCE(late_nr) == seen)
			asm volatile("sti; hlt; cli" : : : "memory");
		if (READ_ONCE(late_nr) == seen)
			continue;
		seen = READ_ONCE(late_nr);
		if (ack)
			ack();
	}
	irqs_on();
}

/*
 * The first tick is not counted: the RTC's comes at once if a period ends just then, and before an
 * entry's first interrupt KVM may have to be given its message.
 */
static void wait(void (*ack)(void))
{
	wait_for(1, ack);
	if (guards)
		return;
	late_nr = 0;
	wait_for(TICKS, ack);
}

/* The time of "nr" periods, each of which is num/den */
static u32 periods(u32 nr, u32 num, u32 den)
{
	return (u64)nr * num / den;
}

/*
 * Each tick belongs to a period of its own: to the last one that it can, as later ticks have
 * theirs. So ticks of a backlog, which come together, are late by as many periods, and those behind
 * a lost one are not.
 */
static void report_late(const char *name, u32 start, u32 num, u32 den)
{
	u32 last = (u64)(late_tsc[TICKS - 1] - start) * den / num, nr = last + 1, i;

	for (i = TICKS; i--;) {
		u32 since = late_tsc[i] - start, at = (u64)since * den / num;

		nr = at < nr - 1 ? at : nr - 1;
		ticks[i] = since - periods(nr, num, den);
	}
	sort_ticks(TICKS);
	say("~ %s %d %d %d %d %d\n", name, ticks[0], ticks[TICKS / 2], ticks[TICKS * 99 / 100],
	    ticks[TICKS - 1], last - nr - (TICKS - 1));
}

/* The same, by the phase of the earliest tick. */
static void report_phase(const char *name, u32 num, u32 den)
{
	u32 half = num / den / 2, least = num / den, start = late_tsc[0] - half, i;

	for (i = 0; i < TICKS; i++) {
		u32 since = late_tsc[i] - start;
		u32 phase = since - periods((u64)since * den / num, num, den);

		if (phase < least)
			least = phase;
	}
	report_late(name, start + least - 1, num, den);	/* periods() rounds down */
}

static void begin(void)
{
	late_nr = 0;
	guards = 0;
	set_gate(TICK_VECTOR, late_entry);
	handlers[GUARD_VECTOR] = on_guard;
	mmio_write(LAPIC_TDCR, TDCR_1);
}

static void guard(void)
{
	mmio_write(LAPIC_LVTT, GUARD_VECTOR);
	mmio_write(LAPIC_TMICT, LATE_PATIENCE);
}

/* Return: all ticks have come. */
static bool end(const char *name)
{
	mmio_write(LAPIC_LVTT, RTE_MASK);
	mmio_write(LAPIC_TMICT, 0);
	doubles += late_doubles;
	late_doubles = 0;
	if (late_nr == TICKS)
		return true;
	say("~ %s none\n", name);
	return false;
}

void measure_late_pit(void)
{
	u32 start;

	begin();
	/* The mode makes the output high: no tick, and an edge that a masked pin loses */
	outb(PIT_CONTROL, PIT_RATE);
	rte_write(PIT_PIN, TICK_VECTOR);
	guard();
	outb(PIT_DATA0, PIT_PERIOD & 0xff);
	start = rdtsc();
	outb(PIT_DATA0, PIT_PERIOD >> 8);
	wait(NULL);
	outb(PIT_CONTROL, PIT_STOP);
	rte_write(PIT_PIN, RTE_MASK);
	if (end("late-pit"))		/* 105/88 MHz */
		report_late("late-pit", start, PIT_PERIOD * 88000, 105);
}

static void rtc_ack(void)
{
	cmos_read(RTC_C);
}

void measure_late_rtc(void)
{
	begin();
	cmos_write(RTC_A, RTC_1024_HZ);
	rte_write(RTC_PIN, TICK_VECTOR);
	guard();
	cmos_read(RTC_C);
	cmos_write(RTC_B, RTC_PIE);
	wait(rtc_ack);
	cmos_write(RTC_B, RTC_24_HOURS);
	cmos_read(RTC_C);
	rte_write(RTC_PIN, RTE_MASK);
	if (end("late-rtc"))
		report_phase("late-rtc", 1000000000, 1024);
}

void measure_late_lapic(void)
{
	u32 start;

	begin();
	mmio_write(LAPIC_LVTT, LVT_PERIODIC | TICK_VECTOR);
	start = rdtsc();
	mmio_write(LAPIC_TMICT, LAPIC_PERIOD);
	wait(NULL);
	if (end("late-lapic"))
		report_late("late-lapic", start, LAPIC_PERIOD, 1);
}
