// SPDX-License-Identifier: GPL-2.0
/*
 * Timers, and interrupts for scale. A latency is from the instruction that starts the timer, or
 * sends the interrupt, to the first one of the handler, less the time that the timer counts.
 *
 * What a tick costs, all of it, is counted by a loop of known length that runs for a fixed time
 * with ticks and without: the instructions that it lacks are the ticks'.
 */
#include "measure.h"

#define SHOTS		500

/* Written by the entry; rdtsc() makes the compiler look again */
u32 irq_tsc;
u32 irqs;
u32 irq_doubles;

/*
 * Takes the time stamp first, after two pushes only. An interrupt that pushed EFLAGS with IF
 * clear is the emulator's second delivery: it is only counted.
 */
static __naked void irq_entry(void)
{
	asm("push %eax\n\t"
	    "push %edx\n\t"
	    "rdtsc\n\t"
	    "testl $0x200, 16(%esp)\n\t"
	    "jz 1f\n\t"
	    "mov %eax, irq_tsc\n\t"
	    "incl irqs\n\t"
	    "movl $0, 0xfee000b0\n\t"
	    "jmp 2f\n\t"
	    "1: incl irq_doubles\n\t"
	    "2: pop %edx\n\t"
	    "pop %eax\n\t"
	    "iret");
}

/* latency() - waits for the interrupt of what was started at "start" */
static u32 latency(u32 before, u32 start, bool halt)
{
	while (READ_ONCE(irqs) == before) {
		if ((u32)rdtsc() - start > PATIENCE) {
			lost = true;
			return 0;
		}
		if (halt)
			/* The check again with interrupts off, or a halt could last for ever */
			asm volatile("cli\n\tcmp %0, %1\n\tjne 1f\n\tsti\n\thlt\n1:\tsti"
				     : : "r"(before), "m"(irqs) : "memory", "cc");
	}
	return READ_ONCE(irq_tsc) - start;
}

/* shots() - a row of latencies, of interrupts that "shoot" starts and that come "ns" later */
static void shots(const char *name, u32 (*shoot)(void), bool halt, u32 ns)
{
	unsigned int i, nr = samples(SHOTS);

	lost = false;
	for (i = 0; i < nr && !lost; i++) {
		u32 before = READ_ONCE(irqs), start = shoot();

		ticks[i] = latency(before, start, halt) - ns;
	}
	if (!lost)
		report(name, nr, 1);
	doubles += irq_doubles;
	irq_doubles = 0;
}

/* ---- PIT ---- */

#define PIT_PIN		2
#define PIT_VECTOR	0x40
#define PIT_SHOT	0x30		/* channel 0, both bytes, mode 0 */
#define PIT_RATE	0x34		/* the same, mode 2 */
#define PIT_COUNT	240		/* 201 us */
#define PIT_NS(n)	((n) * 88000ULL / 105)	/* 105/88 MHz */

static u32 pit_shoot(void)
{
	u32 start;

	outb(PIT_CONTROL, PIT_SHOT);
	outb(PIT_DATA0, PIT_COUNT & 0xff);
	start = rdtsc();
	outb(PIT_DATA0, PIT_COUNT >> 8);
	return start;
}

/* Channel 0 is stopped, its output low, when the pin is unmasked */
static void pit_wire(void (*entry)(void))
{
	set_gate(PIT_VECTOR, entry);
	outb(PIT_CONTROL, PIT_SHOT);
	rte_write(PIT_PIN, PIT_VECTOR);
}

static void pit_unwire(void)
{
	outb(PIT_CONTROL, PIT_SHOT);
	rte_write(PIT_PIN, RTE_MASK);
}

void measure_pit(void)
{
	pit_wire(irq_entry);
	shots("pit-shot-busy", pit_shoot, false, PIT_NS(PIT_COUNT));
	if (!lost)
		shots("pit-shot-halted", pit_shoot, true, PIT_NS(PIT_COUNT));
	pit_unwire();
}

/* ---- LAPIC ---- */

#define LAPIC_VECTOR	0x48
#define LAPIC_NS	200000
#define ICR_SELF	0x40000

static u32 lapic_shoot(void)
{
	u32 start = rdtsc();

	mmio_write(LAPIC_TMICT, LAPIC_NS);
	return start;
}

static u32 ipi_shoot(void)
{
	u32 start = rdtsc();

	mmio_write(LAPIC_ICR, ICR_SELF | LAPIC_VECTOR);
	return start;
}

void measure_lapic(void)
{
	set_gate(LAPIC_VECTOR, irq_entry);
	shots("ipi", ipi_shoot, false, 0);
	mmio_write(LAPIC_TDCR, TDCR_1);
	mmio_write(LAPIC_LVTT, LAPIC_VECTOR);
	shots("lapic-shot-busy", lapic_shoot, false, LAPIC_NS);
	if (!lost)
		shots("lapic-shot-halted", lapic_shoot, true, LAPIC_NS);
	mmio_write(LAPIC_LVTT, RTE_MASK);
}

/* ---- Ticks ---- */

#define BUSY_TICKS	125000000	/* of the TSC */
#define TURN		5		/* instructions of a turn */
#define PIT_PERIOD	1193		/* 1 kHz */
#define PIT_TICKS	125		/* in that time */
#define RTC_TICKS	128

#define RTC_VECTOR	0x59

static u32 came;

static void on_pit(void)
{
	came++;
}

static void on_rtc(void)
{
	cmos_read(RTC_C);
	came++;
}

/* busy() - the instructions that others had, while this one computed for BUSY_TICKS */
static u32 busy(void)
{
	u32 turns = 0, start, now, high;

	asm volatile("rdtsc\n\t"
		     "mov %%eax, %1\n"
		     "1:\tinc %0\n\t"
		     "rdtsc\n\t"
		     "sub %1, %%eax\n\t"
		     "cmp %4, %%eax\n\t"
		     "jb 1b"
		     : "+r"(turns), "=&r"(start), "=&a"(now), "=&d"(high) : "r"(BUSY_TICKS)
		     : "memory", "cc");
	return now - turns * TURN;
}

/*
 * tick() - what a tick costs that is between "start" and "stop", and that comes "nr" times. Where a
 * handler has no exit, the emulator's second delivery comes behind it, with IF set. A VMM may still
 * be busy with its start at first: the better one of two times without ticks counts.
 */
static void tick(const char *name, void (*start)(void), void (*stop)(void), u32 nr)
{
	u32 without = busy(), with, again, seen;
	s32 each;

	came = 0;
	start();
	with = busy();
	stop();
	seen = came;
	again = busy();
	each = (s32)(with - (again < without ? again : without)) / (s32)nr;
	if (seen < nr * 3 / 4)
		return;
	say("= %s %d %d %d\n", name, each, each, each);
	if (seen > nr + 1)
		doubles += seen - nr;
}

static void pit_start(void)
{
	outb(PIT_CONTROL, PIT_RATE);
	outb(PIT_DATA0, PIT_PERIOD & 0xff);
	outb(PIT_DATA0, PIT_PERIOD >> 8);
}

/* The longest period: for KVM's PIT a mode without a count is no reason to stop */
static void pit_stop(void)
{
	rte_write(PIT_PIN, RTE_MASK);
	outb(PIT_CONTROL, PIT_RATE);
	outb(PIT_DATA0, 0);
	outb(PIT_DATA0, 0);
}

void measure_pit_tick(void)
{
	handlers[PIT_VECTOR] = on_pit;
	pit_wire((void (*)(void))(vector_entries + 16 * PIT_VECTOR));
	tick("pit-tick", pit_start, pit_stop, PIT_TICKS);
}

static void rtc_start(void)
{
	cmos_read(RTC_C);
	cmos_write(RTC_B, RTC_PIE);
}

static void rtc_stop(void)
{
	cmos_write(RTC_B, RTC_24_HOURS);
	cmos_read(RTC_C);
}

void measure_rtc_tick(void)
{
	handlers[RTC_VECTOR] = on_rtc;
	cmos_write(RTC_A, RTC_1024_HZ);
	rte_write(RTC_PIN, RTC_VECTOR);
	tick("rtc-tick", rtc_start, rtc_stop, RTC_TICKS);
	rte_write(RTC_PIN, RTE_MASK);
}
