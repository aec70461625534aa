// SPDX-License-Identifier: GPL-2.0
/*
 * Level-triggered pins whose entry gets another CPU or vector while the EOI of their
 * interrupt is due: from its own handler (in service), or before its CPU takes it
 * (requested: interrupts off there, or a high TPR). Each time the EOI must find the pin,
 * and the pin's next interrupt must come to the new place, and only there.
 *
 * Command line: ends in the number of CPUs, 1 to 4. Every pair of them is tried, with a new
 * vector that is higher, lower, and the same. Or it ends in "save", for two CPUs: then there
 * are three moves, each of which says "ready" in the handler and waits for a byte on the
 * UART, to be saved and restored there.
 *
 * The CPU that runs test() is number 0, and the others wait for its orders. An EOI takes
 * effect before the next instruction, so only the length of a failure depends on time. A CPU
 * that waits for another polls, with a port access before each look.
 */
#include "apic.h"

#define MAX_CPUS	4

#define ORDER		0xf1		/* an IPI, above every TPR used here */
#define TPR_HIGH	0xe0
#define VECTOR		0x65
#define LOWER		0x45
#define HIGHER		0x85
#define OTHER_LOWER	0x55		/* the second pin's */
#define OTHER_HIGHER	0x75
#define RTE_LOWEST	BIT(8)

/* Lines of the test device that go to ISA pins of the same number. */
#define PIN		10
#define OTHER		11

/**
 * struct came - interrupts seen by a pin's handlers.
 * @seen:   interrupts
 * @ended:  interrupts that had their EOI
 * @cpu:    the last one's CPU
 * @vector: its vector
 */
struct came {
	unsigned int seen;
	unsigned int ended;
	unsigned int cpu;
	unsigned int vector;
};

/**
 * struct move - an entry's change of CPU and vector.
 * @from:   old CPU
 * @to:     new CPU
 * @vector: new vector
 * @other:  the second pin's vector, if it is moved likewise; or 0
 */
struct move {
	unsigned int from;
	unsigned int to;
	u8 vector;
	u8 other;
};

static struct came came[24];
static struct move move;
static u8 pin_of[256];			/* by vector */
static void (*in_handler)(void);	/* called once, in the next handler */
static bool keep_high;			/* the next handler does not release the line */

static unsigned int nr_up = 1;
static unsigned int nr_cpus;
static bool held[MAX_CPUS];
static u32 ordered_tpr[MAX_CPUS];
static unsigned int obeyed[MAX_CPUS];

static unsigned int this_cpu(void)
{
	return mmio_read(LAPIC_ID) >> 24;
}

/* ---- CPUs that take no interrupts for a while ---- */

static void on_order(unsigned int cpu)
{
	mmio_write(LAPIC_EOI, 0);
	mmio_write(LAPIC_TPR, ordered_tpr[cpu]);
	obeyed[cpu]++;
	while (held[cpu])
		inb(0x80);
}

static void order_tpr(unsigned int cpu, u32 tpr)
{
	unsigned int before = obeyed[cpu];

	if (!cpu) {
		mmio_write(LAPIC_TPR, tpr);
		return;
	}
	ordered_tpr[cpu] = tpr;
	icr_write(ORDER, cpu);
	while (obeyed[cpu] == before)
		inb(0x80);
}

/* hold() - from now on interrupts of a CPU stay requested in its LAPIC */
static void hold(unsigned int cpu, bool tpr)
{
	held[cpu] = !tpr;
	order_tpr(cpu, tpr ? TPR_HIGH : 0);
}

static void release(unsigned int cpu, bool tpr)
{
	held[cpu] = false;
	if (tpr)
		order_tpr(cpu, 0);
}

/* ---- Interrupts ---- */

static void on_vector(unsigned int vector)
{
	unsigned int cpu = this_cpu(), pin = pin_of[vector];
	void (*call)(void) = in_handler;

	if (vector == ORDER) {
		on_order(cpu);
		return;
	}
	came[pin].cpu = cpu;
	came[pin].vector = vector;
	came[pin].seen++;
	in_handler = NULL;
	if (call)
		call();
	if (!keep_high)
		line(pin, false);
	keep_high = false;
	mmio_write(LAPIC_EOI, 0);
	asm volatile("lock incl %0" : "+m"(came[pin].ended));
}

static bool wait_for(unsigned int pin, unsigned int nr)
{
	u32 start = pm_read();

	irqs_on();
	while (came[pin].ended < nr && pm_read() - start < 10 * PM_HZ)
		;
	irqs_off();
	return came[pin].ended == nr;
}

/* Does a pin await no EOI, and does its next interrupt, number "nr", come to the new place? */
static bool goes_on(unsigned int pin, u8 vector, unsigned int cpu, unsigned int nr)
{
	if (rte_read(pin) & RTE_REMOTE_IRR)
		return false;
	line(pin, true);
	return wait_for(pin, nr) && came[pin].cpu == cpu && came[pin].vector == vector &&
	       !(rte_read(pin) & RTE_REMOTE_IRR);
}

/* The interrupt in flight came to the old CPU and vector, and the pin goes on. */
static bool ended_and_goes_on(unsigned int pin, u8 old, u8 new)
{
	return wait_for(pin, 1) && came[pin].cpu == move.from && came[pin].vector == old &&
	       goes_on(pin, new, move.to, 2);
}

static bool both_go_on(void)
{
	bool good = ended_and_goes_on(PIN, VECTOR, move.vector);

	if (move.other)
		good = ended_and_goes_on(OTHER, move.other, move.other) && good;
	let_through();
	return good && came[PIN].seen == 2 && came[OTHER].seen == (move.other ? 2 : 0);
}

/* ---- Moves ---- */

static void point(unsigned int pin, u8 vector, unsigned int cpu)
{
	pin_of[vector] = pin;
	rte_write_to(pin, vector | RTE_LEVEL, cpu);
}

/* Resets a pin: an edge-triggered entry awaits no EOI. */
static void start_pin(unsigned int pin, u8 vector)
{
	rte_write(pin, RTE_MASK);
	line(pin, false);
	came[pin].seen = 0;
	came[pin].ended = 0;
	if (vector)
		point(pin, vector, move.from);
}

static void start(void (*call)(void))
{
	start_pin(PIN, VECTOR);
	start_pin(OTHER, move.other);
	in_handler = call;
}

static void do_move(void)
{
	point(PIN, move.vector, move.to);
	if (move.other)
		point(OTHER, move.other, move.to);
}

static bool in_service(void)
{
	start(do_move);
	line(PIN, true);
	if (move.other)
		line(OTHER, true);
	return both_go_on();
}

static bool requested(bool tpr)
{
	bool early;

	start(NULL);
	hold(move.from, tpr);
	line(PIN, true);
	if (move.other)
		line(OTHER, true);
	if (tpr)
		let_through();
	do_move();
	early = came[PIN].seen || came[OTHER].seen;
	release(move.from, tpr);
	return both_go_on() && !early;
}

static bool irqs_are_off(void)
{
	return requested(false);
}

static bool tpr_is_high(void)
{
	return requested(true);
}

static void request_other_and_move(void)
{
	line(OTHER, true);
	do_move();
}

static bool in_service_and_requested(void)
{
	start(request_other_and_move);
	line(PIN, true);
	return both_go_on();
}

static void move_around(void)
{
	unsigned int i;

	for (i = 0; i < 5; i++) {
		point(PIN, HIGHER + 0x10 + i, i % nr_cpus);
		point(PIN, LOWER + 1 + i, (move.to + i) % nr_cpus);
	}
	do_move();
}

static bool several_times(void)
{
	start(move_around);
	line(PIN, true);
	return both_go_on();
}

static void move_masked(void)
{
	rte_write_to(PIN, VECTOR | RTE_LEVEL | RTE_MASK, move.from);
	rte_write_to(PIN, move.vector | RTE_LEVEL | RTE_MASK, move.to);
	do_move();
}

static bool masked(void)
{
	start(move_masked);
	line(PIN, true);
	return both_go_on();
}

static void move_and_keep_high(void)
{
	do_move();
	keep_high = true;
}

/* The EOI itself causes the next interrupt, at the new place. */
static bool still_high(void)
{
	start(move_and_keep_high);
	line(PIN, true);
	return wait_for(PIN, 2) && came[PIN].cpu == move.to && came[PIN].vector == move.vector &&
	       goes_on(PIN, move.vector, move.to, 3);
}

static void give_vector_away(void)
{
	point(PIN, move.vector, move.to);
	point(OTHER, VECTOR, move.from);
	line(OTHER, true);
}

/* Another pin requests the old vector again while that is in service. */
static bool vector_reused(void)
{
	bool good;

	if (move.vector == VECTOR)
		return true;
	start(give_vector_away);
	line(PIN, true);
	good = wait_for(PIN, 1) && wait_for(OTHER, 1) && came[OTHER].vector == VECTOR &&
	       goes_on(PIN, move.vector, move.to, 2) && goes_on(OTHER, VECTOR, move.from, 2);
	let_through();
	return good && came[PIN].seen == 2 && came[OTHER].seen == 2;
}

/* Lowest priority among a group of CPUs to which both belong. */
static bool from_a_group(void)
{
	start(do_move);
	rte_write(PIN, RTE_MASK);
	rte_write_to(PIN, VECTOR | RTE_LEVEL | RTE_LOGICAL | RTE_LOWEST,
		     BIT(move.from) | BIT(move.to));
	line(PIN, true);
	return wait_for(PIN, 1) && (came[PIN].cpu == move.from || came[PIN].cpu == move.to) &&
	       goes_on(PIN, move.vector, move.to, 2);
}

/* The EOI of older chips: the pin goes on before the old interrupt is taken. */
static bool made_an_edge(void)
{
	bool good;

	if (move.to == move.from)
		return true;
	start(NULL);
	hold(move.from, false);
	line(PIN, true);
	rte_write(PIN, RTE_MASK);
	line(PIN, false);
	do_move();
	if (move.from)		/* or no interrupt would come before the old one */
		good = goes_on(PIN, move.vector, move.to, 1);
	else
		good = !(rte_read(PIN) & RTE_REMOTE_IRR);
	release(move.from, false);
	good = good && wait_for(PIN, move.from ? 2 : 1) && came[PIN].vector == VECTOR;
	return good && goes_on(PIN, move.vector, move.to, move.from ? 3 : 2);
}

/* ---- All of them ---- */

static const struct {
	const char *name;
	bool (*works)(void);
	u8 other;
} ways[] = {
	{ "in service", in_service, 0 },
	{ "in service, a higher one behind it", in_service_and_requested, OTHER_HIGHER },
	{ "in service, a lower one behind it", in_service_and_requested, OTHER_LOWER },
	{ "requested, interrupts off", irqs_are_off, 0 },
	{ "requested, interrupts off, a higher one as well", irqs_are_off, OTHER_HIGHER },
	{ "requested, interrupts off, a lower one as well", irqs_are_off, OTHER_LOWER },
	{ "requested, TPR high", tpr_is_high, 0 },
	{ "requested, TPR high, a higher one as well", tpr_is_high, OTHER_HIGHER },
	{ "several moves", several_times, 0 },
	{ "masked meanwhile", masked, 0 },
	{ "the line stays high", still_high, 0 },
	{ "its vector is another pin's then", vector_reused, 0 },
	{ "from a group of CPUs", from_a_group, 0 },
	{ "edge-triggered meanwhile", made_an_edge, 0 },
};

static const struct {
	const char *name;
	u8 vector;
} news[] = {
	{ "a higher vector", HIGHER },
	{ "a lower vector", LOWER },
	{ "another CPU alone", VECTOR },
};

static bool works(bool (*way)(void))
{
	for (move.from = 0; move.from < nr_cpus; move.from++) {
		for (move.to = 0; move.to < nr_cpus; move.to++) {
			if (way())
				continue;
			say("# from CPU %u to %u\n", move.from, move.to);
			return false;
		}
	}
	return true;
}

static void try_all(unsigned int nr)
{
	unsigned int i;

	move.other = ways[nr].other;
	for (i = 0; i < ARRAY_SIZE(news); i++) {
		move.vector = news[i].vector;
		if (move.vector != VECTOR || nr_cpus > 1)
			check(works(ways[nr].works), "%s: %s", ways[nr].name, news[i].name);
	}
}

/* ---- Saved in between ---- */

static void move_and_wait(void)
{
	do_move();
	say("ready\n");
	while (!(inb(COM1_LSR) & LSR_DR))
		;
	inb(COM1);
}

static void try_saved(unsigned int from, unsigned int to, u8 vector)
{
	move = (struct move) { .from = from, .to = to, .vector = vector };
	start(move_and_wait);
	line(PIN, true);
	check(both_go_on(), "saved in service: from CPU %u to %u, from vector %u to %u", from, to,
	      VECTOR, vector);
}

static void try_all_saved(void)
{
	try_saved(0, 1, HIGHER);
	try_saved(1, 0, VECTOR);
	try_saved(1, 1, LOWER);
}

/* ---- Start ---- */

static void lapic_start(void)
{
	mmio_write(LAPIC_SVR, SVR_ENABLED);
	mmio_write(LAPIC_DFR, 0xffffffff);
	mmio_write(LAPIC_LDR, BIT(this_cpu()) << 24);
}

void ap_main(void)
{
	load_idt();
	lapic_start();
	nr_up++;
	for (;;)
		asm volatile("sti; hlt" : : : "memory");
}

static void ap_bring_up(unsigned int cpu)
{
	ap_start(cpu);
	while (nr_up == cpu)
		inb(0x80);
}

static unsigned int cpus_given(void)
{
	const char *text = command_line();

	while (text[1])
		text++;
	return *text - '0';
}

void test(void)
{
	bool saved = ends_with(command_line(), "save");
	unsigned int i;

	outb(MASTER + 1, 0xff);
	outb(SLAVE + 1, 0xff);
	on_interrupt = on_vector;
	lapic_start();
	nr_cpus = saved ? 2 : cpus_given();
	/* The CPUs' start page may hold the command line. */
	for (i = 1; i < nr_cpus; i++)
		ap_bring_up(i);
	if (saved)
		try_all_saved();
	for (i = 0; !saved && i < ARRAY_SIZE(ways); i++)
		try_all(i);
}
