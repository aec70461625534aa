// SPDX-License-Identifier: GPL-2.0
/*
 * A guest that lives on the HPET alone (IA-PC HPET 1.0a): its counter against the ACPI timer,
 * one-shot and periodic timers, edges and levels, by the IOAPIC, by the 8259s in legacy
 * replacement, and by messages.
 *
 * A timer is set while the counter is halted: the machine may be stopped at any moment, and a
 * match that is written too late is none.
 */
#include "apic.h"

#define HPET		0xfed00000
#define CAPABILITIES	(HPET + 0x000)
#define CONFIG		(HPET + 0x010)
#define STATUS		(HPET + 0x020)
#define COUNTER		(HPET + 0x0f0)
#define TIMER(n)	(HPET + 0x100 + 0x20 * (n))
#define COMPARATOR(n)	(HPET + 0x108 + 0x20 * (n))
#define FSB_VALUE(n)	(HPET + 0x110 + 0x20 * (n))
#define FSB_ADDRESS(n)	(HPET + 0x114 + 0x20 * (n))

#define ENABLE		BIT(0)		/* CONFIG */
#define LEGACY		BIT(1)

#define LEVEL		BIT(1)		/* TIMER */
#define INTERRUPT	BIT(2)
#define PERIODIC	BIT(3)
#define VAL_SET		BIT(6)
#define MODE32		BIT(8)
#define PIN(n)		((n) << 9)
#define FSB		BIT(14)

#define TIMERS		3
#define TICKS_PER_MS	100000
#define NS_PER_TICK	10

#define BASE		0x20		/* 8259s: IRQ n has BASE + n */
#define IRQ0		BASE
#define IRQ8		(BASE + 8)
#define EDGE_VECTOR	0x50		/* pin 20 */
#define LEVEL_VECTOR	0x51		/* pin 21 */
#define PIN2_VECTOR	0x52
#define PIN8_VECTOR	0x53
#define MESSAGE_VECTOR	0x54
#define EOI		0x20		/* OCW2 */

static unsigned int seen[256];
static u64 match;			/* what the timer that is under test was set to */
static unsigned int early;
static u32 level_status;

static void write64(u32 at, u64 value)
{
	asm volatile("movq %1, %%mm0; movq %%mm0, (%0); emms" : : "r"(at), "m"(value) : "memory");
}

static u64 counter(void)
{
	return mmio_read64(COUNTER);
}

static void on_timer(unsigned int vector)
{
	seen[vector]++;
	early += counter() < match;
	if (vector == LEVEL_VECTOR) {
		level_status = mmio_read(STATUS);
		mmio_write(STATUS, BIT(1));
	}
	if (vector >= EDGE_VECTOR) {
		mmio_write(LAPIC_EOI, 0);
		return;
	}
	if (vector >= IRQ8)
		outb(SLAVE, EOI);
	outb(MASTER, EOI);
}

/* came() - were there exactly so many, after long enough a time for more? */
static void came(unsigned int vector, unsigned int wanted, const char *what)
{
	await(&seen[vector], wanted);
	let_through();
	is(seen[vector], wanted, what);
}

/* silence() - no timer, no controller does anything, and the counter is halted */
static void silence(void)
{
	unsigned int i;

	mmio_write(CONFIG, 0);
	for (i = 0; i < TIMERS; i++)
		mmio_write(TIMER(i), 0);
	mmio_write(STATUS, 7);
	outb(MASTER + 1, 0xff);
	outb(SLAVE + 1, 0xff);
	for (i = 0; i < 24; i++)
		rte_write(i, RTE_MASK);
	let_through();			/* what a LAPIC has already */
	for (i = 0; i < ARRAY_SIZE(seen); i++)
		seen[i] = 0;
	early = 0;
}

/* set() - a match so many milliseconds from now on; the counter is halted */
static void set(unsigned int nr, u32 config, u32 ms)
{
	mmio_write(TIMER(nr), config);
	match = counter() + (u64)ms * TICKS_PER_MS;
	write64(COMPARATOR(nr), match);
}

static void go(u32 config)
{
	mmio_write(CONFIG, ENABLE | config);
}

/* ---- Registers and the counter ---- */

static void test_registers(void)
{
	unsigned int i;

	is(mmio_read(CAPABILITIES), 0x8086a201, "three timers of 64 bits, legacy replacement");
	is(mmio_read(CAPABILITIES + 4), NS_PER_TICK * 1000000, "a period of 10 ns");
	is(mmio_read64(CAPABILITIES), 0x009896808086a201ULL, "both, in one read");
	is(mmio_read8(CAPABILITIES + 3), 0x80, "and a byte of it");
	for (i = 0; i < TIMERS; i++) {
		is(mmio_read(TIMER(i)), 0x8030, "a timer: periodic, 64 bits, messages");
		is(mmio_read(TIMER(i) + 4), 0xf00000, "on pins 20 to 23");
	}
	mmio_write(COUNTER, 0xfffffffe);
	mmio_write(COUNTER + 4, 0x7);
	is(counter(), 0x7fffffffeULL, "the halted counter is written in halves");
	go(0);
	pause_us(10);
	check(counter() > 0x7fffffffeULL, "it runs");
	check(counter() >> 32 == 8, "and carries over");
	mmio_write(CONFIG, 0);
	is(counter() - counter(), 0, "it is halted");
	write64(COUNTER, 0x123456789abcULL);
	is(counter(), 0x123456789abcULL, "it is written whole");
	write64(COUNTER, 0);
}

/* The ACPI timer counts the same time: it is read outside of the counter, and inside. */
static void test_rate(void)
{
	u64 first, last, ns;
	u32 before, between, after;

	silence();
	go(0);
	before = pm_read();
	first = counter();
	between = pm_read();
	pause_us(20000);
	between = pm_read() - between;
	last = counter();
	after = pm_read() - before;
	ns = (last - first) * NS_PER_TICK;
	check(ns + 2 * NS_PER_TICK >= (u64)(between - 1) * 1000000000 / PM_HZ,
	      "the counter is not too slow: %u us", (u32)(ns / 1000));
	check(ns <= (u64)(after + 1) * 1000000000 / PM_HZ + 2 * NS_PER_TICK,
	      "the counter is not too fast");
}

/* ---- The IOAPIC; pins from 16 on are active-low ---- */

static void test_edge(void)
{
	silence();
	rte_write(20, EDGE_VECTOR | RTE_LOW);
	set(2, INTERRUPT | PIN(20), 2);
	is(mmio_read(TIMER(2)), 0x8030 | INTERRUPT | PIN(20), "pin 20 is taken");
	go(0);
	came(EDGE_VECTOR, 1, "edge: one interrupt");
	is(early, 0, "not before it is time");
	is(mmio_read(STATUS), 0, "without a status");
	mmio_write(CONFIG, 0);
	set(2, INTERRUPT | MODE32 | PIN(20), 1);
	go(0);
	came(EDGE_VECTOR, 2, "and one in 32-bit mode");
	mmio_write(CONFIG, 0);
	set(2, PIN(20), 1);
	go(0);
	came(EDGE_VECTOR, 2, "none while it is disabled");
	mmio_write(TIMER(2), INTERRUPT | PIN(9));
	is(mmio_read(TIMER(2)) & PIN(31), 0, "a pin that it cannot have is not taken");
}

static void test_level(void)
{
	silence();
	rte_write(21, LEVEL_VECTOR | RTE_LOW | RTE_LEVEL);
	set(1, LEVEL | INTERRUPT | PIN(21), 2);
	go(0);
	came(LEVEL_VECTOR, 1, "level: one interrupt, as its status is cleared");
	is(level_status, BIT(1), "which says whose it was");
	is(early, 0, "not before it is time");
	is(mmio_read(STATUS), 0, "and is clear now");
	rte_write(21, LEVEL_VECTOR | RTE_LOW | RTE_LEVEL | RTE_MASK);
	mmio_write(CONFIG, 0);
	set(1, LEVEL | INTERRUPT | PIN(21), 1);
	go(0);
	pause_us(2000);
	is(mmio_read(STATUS), BIT(1), "a status waits while the pin is masked");
	rte_write(21, LEVEL_VECTOR | RTE_LOW | RTE_LEVEL);
	came(LEVEL_VECTOR, 2, "for the interrupt");
}

/* periods() - so many at least, and no more than have passed */
static void periods(unsigned int vector, u32 ms, u64 since, const char *what)
{
	u64 passed;

	await(&seen[vector], 20);
	passed = (counter() - since) / ((u64)ms * TICKS_PER_MS);
	say("# %u interrupts in %u periods\n", seen[vector], (u32)passed);
	check(seen[vector] >= 20 && seen[vector] <= passed, "%s", what);
}

static void test_periodic(void)
{
	u64 first;
	u32 next;

	silence();
	rte_write(20, EDGE_VECTOR | RTE_LOW);
	write64(COUNTER, 0);
	mmio_write(TIMER(0), INTERRUPT | PERIODIC | VAL_SET | PIN(20));
	write64(COMPARATOR(0), TICKS_PER_MS);
	is(mmio_read(TIMER(0)) & VAL_SET, 0, "VAL_SET clears itself");
	match = TICKS_PER_MS;
	go(0);
	periods(EDGE_VECTOR, 1, 0, "periodic: an interrupt for each period, at most");
	is(early, 0, "none is early");
	first = counter();
	next = mmio_read(COMPARATOR(0));
	check(next > (u32)first && next % TICKS_PER_MS == 0, "the comparator is ahead by itself");
	mmio_write(COMPARATOR(0), 2 * TICKS_PER_MS);
	check(mmio_read(COMPARATOR(0)) % TICKS_PER_MS == 0, "a new period waits for the match");
	seen[EDGE_VECTOR] = 0;
	/* One that is due and one that is late may come beside those of the new period. */
	periods(EDGE_VECTOR, 2, first - 4 * TICKS_PER_MS, "and is twice as long");
}

/* A tick of 10 us, as a guest may ask for: the host gives fewer. */
static void test_short_period(void)
{
	silence();
	rte_write(20, EDGE_VECTOR | RTE_LOW);
	write64(COUNTER, 0);
	mmio_write(TIMER(0), INTERRUPT | PERIODIC | VAL_SET | PIN(20));
	write64(COMPARATOR(0), TICKS_PER_MS / 100);
	match = TICKS_PER_MS / 100;
	go(0);
	await(&seen[EDGE_VECTOR], 20);
	mmio_write(CONFIG, 0);
	say("# %u interrupts in %u periods\n", seen[EDGE_VECTOR],
	    (u32)counter() / (TICKS_PER_MS / 100));
	check(seen[EDGE_VECTOR] >= 20 && seen[EDGE_VECTOR] <= 1 + (u32)counter() / 20000,
	      "a short period: at most one interrupt in 200 us");
}

/* ---- Legacy replacement ---- */

static void test_legacy_pic(void)
{
	silence();
	outb(PIT_CONTROL, 0x34);	/* the PIT has a rate of 1 kHz */
	outb(PIT_DATA0, 0xa9);
	outb(PIT_DATA0, 0x04);
	pic_init(MASTER, BASE, 0x01, 0xfa);	/* IRQ 0, and the slave */
	pic_init(SLAVE, BASE + 8, 0x01, 0xfe);
	await(&seen[IRQ0], 2);
	check(seen[IRQ0] >= 2, "the PIT has IRQ 0");
	silence();
	set(0, INTERRUPT, 2);
	set(1, INTERRUPT | LEVEL, 1);
	pic_init(MASTER, BASE, 0x01, 0xfa);
	pic_init(SLAVE, BASE + 8, 0x01, 0xff);
	go(LEGACY);
	came(IRQ0, 1, "legacy replacement: timer 0 has IRQ 0, and not the PIT");
	is(mmio_read(STATUS), BIT(1), "timer 1 has a level");
	mmio_write(CONFIG, 0);
	mmio_write(STATUS, BIT(1));
	set(1, INTERRUPT, 1);
	outb(SLAVE + 1, 0xfe);
	go(LEGACY);
	came(IRQ8, 1, "and timer 1 has IRQ 8");
	is(seen[IRQ0], 1, "IRQ 0 was silent meanwhile");
	mmio_write(CONFIG, ENABLE);
	await(&seen[IRQ0], 4);
	check(seen[IRQ0] >= 4, "the PIT has its line again");
	outb(PIT_CONTROL, 0x30);
}

static void test_legacy_periodic(void)
{
	silence();
	write64(COUNTER, 0);
	mmio_write(TIMER(0), INTERRUPT | PERIODIC | VAL_SET | MODE32);
	mmio_write(COMPARATOR(0), TICKS_PER_MS);
	mmio_write(COMPARATOR(0), TICKS_PER_MS);
	match = TICKS_PER_MS;
	pic_init(MASTER, BASE, 0x01, 0xfe);
	go(LEGACY);
	periods(IRQ0, 1, 0, "periodic on IRQ 0, by the 8259");
	silence();
	write64(COUNTER, 0);
	rte_write(2, PIN2_VECTOR);
	rte_write(8, PIN8_VECTOR);
	mmio_write(TIMER(0), INTERRUPT | PERIODIC | VAL_SET | MODE32);
	mmio_write(COMPARATOR(0), TICKS_PER_MS);
	set(1, INTERRUPT, 5);
	match = TICKS_PER_MS;
	go(LEGACY);
	periods(PIN2_VECTOR, 1, 0, "and by the IOAPIC's pin 2");
	came(PIN8_VECTOR, 1, "timer 1 by its pin 8");
	is(early, 0, "none is early");
}

/* ---- Messages ---- */

static void test_message(void)
{
	silence();
	mmio_write(FSB_VALUE(2), MESSAGE_VECTOR);
	mmio_write(FSB_ADDRESS(2), 0xfee00000);
	set(2, INTERRUPT | FSB, 2);
	is(mmio_read(TIMER(2)) & FSB, FSB, "messages can be enabled");
	go(0);
	came(MESSAGE_VECTOR, 1, "a message");
	is(early, 0, "not before it is time");
	is(mmio_read(STATUS), 0, "without a status");
	mmio_write(CONFIG, 0);
	mmio_write(FSB_ADDRESS(2), 0xfed00000);
	set(2, INTERRUPT | FSB, 1);
	go(0);
	pause_us(2000);
	came(MESSAGE_VECTOR, 1, "to no LAPIC: none");
	mmio_write(CONFIG, 0);
	write64(FSB_VALUE(2), 0xfee00000ULL << 32 | MESSAGE_VECTOR);
	write64(COUNTER, 0);
	mmio_write(TIMER(2), INTERRUPT | FSB | PERIODIC | VAL_SET);
	write64(COMPARATOR(2), TICKS_PER_MS);
	seen[MESSAGE_VECTOR] = 0;
	match = TICKS_PER_MS;
	go(0);
	periods(MESSAGE_VECTOR, 1, 0, "periodic messages");
	is(early, 0, "none is early");
}

void test(void)
{
	mmio_write(LAPIC_SVR, SVR_ENABLED);
	on_interrupt = on_timer;
	silence();
	test_registers();
	test_rate();
	test_edge();
	test_level();
	test_periodic();
	test_short_period();
	test_legacy_pic();
	test_legacy_periodic();
	test_message();
	silence();
}
