// SPDX-License-Identifier: GPL-2.0
/*
 * A machine under load, to be saved and restored at any moment: chains of interrupts,
 * each of which is caused by the one before. A lost interrupt ends its chain, and one that
 * comes twice, or early, comes while none is due.
 *
 *	PIT	a one-shot, started by its handler; must not be early by the ACPI timer, and
 *		the PIT's output must be high: else it is a second delivery
 *	RTC	periodic: the next one only after register C was read, with PF set
 *	LAPIC	a one-shot of each CPU's, started by its handler
 *	IPI	two CPUs send each other one in turn, from their timers' handlers
 *	UART	echoes received bytes, both ways by interrupts; 'P' ends the test
 *
 * Command line: ends in "pic", then the 8259s carry all but LAPIC and IPI, else the
 * IOAPIC, with the UART level triggered and the RTC's interrupts for the last CPU. Or it ends in
 * "spin", then no CPU halts.
 */
#include "apic.h"

#define PIT_ONE_SHOT	0x30		/* channel 0, both bytes, mode 0 */
#define PIT_STATUS	0xe2		/* read-back of its status */
#define PIT_OUT		0x80
#define PIT_COUNT	3000U		/* 2.5 ms */
#define RTC_PIE		0x42		/* register B: PIE, 24 hours */
#define RTC_PF		0x40
#define RTC_256_HZ	0x28		/* register A: divider on, rate */
#define RTC_HELD	0x68		/* the same rate, divider in reset: no periods */
#define FIFO		16
#define TIMER_COUNT	3000000U	/* LAPIC: 3 ms in KVM */

#define IRQ_BASE	0x20		/* vectors of both kinds: IRQ n has IRQ_BASE + n */
#define TIMER_VECTOR	0x60
#define IPI_VECTOR	0x61

/* "due": may the next one come? Read only by the CPU that gets the interrupt. */
struct chain {
	const char *name;
	bool due;
	unsigned int seen;
	unsigned int undue;
};

static struct chain pit = { .name = "PIT" }, rtc = { .name = "RTC" };
static struct chain timer[2] = { { .name = "LAPIC" }, { .name = "LAPIC of CPU 1" } };
static struct chain ipi[2] = { { .name = "IPI" }, { .name = "IPI to CPU 1" } };

static bool with_pic, spins;
static bool ap_is_up, over;
static bool ipi_turn[2];		/* its next timer interrupt sends an IPI */
static unsigned int pit_early, pit_low;
static u32 pit_start, pit_earliest = ~0U;

static u8 ring[4096];
static unsigned int ring_in, ring_out;

static unsigned int this_cpu(void)
{
	return mmio_read(LAPIC_ID) >> 24;
}

static void came(struct chain *chain)
{
	chain->seen++;
	chain->undue += !chain->due;
	chain->due = false;
}

/* ---- The chains ---- */

static void pit_next(void)
{
	pit.due = true;
	outb(PIT_CONTROL, PIT_ONE_SHOT);
	outb(PIT_DATA0, PIT_COUNT & 0xff);
	pit_start = pm_read();		/* before it starts: the ACPI timer has thrice its rate */
	outb(PIT_DATA0, PIT_COUNT >> 8);
}

static void on_pit(void)
{
	u32 passed = pm_read() - pit_start;

	came(&pit);
	outb(PIT_CONTROL, PIT_STATUS);
	pit_low += !(inb(PIT_DATA0) & PIT_OUT);
	pit_early += passed < 3 * PIT_COUNT;
	if (passed < pit_earliest)
		pit_earliest = passed;
	pit_next();
}

static void on_rtc(void)
{
	rtc.due = cmos_read(0x0c) & RTC_PF;
	came(&rtc);
}

static void timer_next(struct chain *chain)
{
	chain->due = true;
	mmio_write(LAPIC_TMICT, TIMER_COUNT);
}

static void on_timer(unsigned int cpu)
{
	came(&timer[cpu]);
	timer_next(&timer[cpu]);
	if (!ipi_turn[cpu])
		return;
	ipi_turn[cpu] = false;
	ipi[!cpu].due = true;
	icr_write(IPI_VECTOR, !cpu);
}

/* Not answered at once, or the CPUs would do nothing else. */
static void on_ipi(unsigned int cpu)
{
	came(&ipi[cpu]);
	ipi_turn[cpu] = true;
}

static void uart_send(void)
{
	unsigned int i;

	for (i = 0; i < FIFO && ring_out != ring_in; i++)
		outb(COM1, ring[ring_out++ % sizeof(ring)]);
	outb(COM1_IER, ring_out != ring_in ? IER_RX | IER_THRE : IER_RX);
}

static void uart_receive(void)
{
	while (inb(COM1_LSR) & LSR_DR) {
		u8 byte = inb(COM1);

		if (byte == 'P')
			over = true;
		else
			ring[ring_in++ % sizeof(ring)] = byte;
	}
}

/* Until the UART requests nothing: else the 8259s would see no further edge. */
static void on_uart(void)
{
	while (!(inb(COM1_IIR) & IIR_NONE)) {
		uart_receive();
		if (inb(COM1_LSR) & LSR_THRE)
			uart_send();
	}
}

/* A while without an exit, in which an interrupt delivered a second time would come. */
static void linger(void)
{
	unsigned int i;

	for (i = 0; i < 5000; i++)
		asm volatile("" : : : "memory");
}

static void on_vector(unsigned int vector)
{
	unsigned int cpu;

	linger();
	cpu = this_cpu();
	switch (vector) {
	case IRQ_BASE:
		on_pit();
		break;
	case IRQ_BASE + 4:
		on_uart();
		break;
	case IRQ_BASE + 8:
		on_rtc();
		break;
	case TIMER_VECTOR:
		on_timer(cpu);
		break;
	case IPI_VECTOR:
		on_ipi(cpu);
		break;
	default:
		check(false, "an unexpected vector: %u", vector);
	}
	if (vector >= TIMER_VECTOR || !with_pic) {
		mmio_write(LAPIC_EOI, 0);
		return;
	}
	if (vector == IRQ_BASE + 8)
		outb(0xa0, 0x20);
	outb(0x20, 0x20);
}

/* ---- Start ---- */

static void lapic_start(unsigned int cpu)
{
	mmio_write(LAPIC_SVR, SVR_ENABLED);
	mmio_write(LAPIC_TDCR, TDCR_1);
	mmio_write(LAPIC_LVTT, TIMER_VECTOR);
	timer_next(&timer[cpu]);
}

/* Until an interrupt comes, or shorter */
static void rest(void)
{
	if (spins)
		asm volatile("sti; pause" : : : "memory");
	else
		asm volatile("sti; hlt" : : : "memory");
}

static __noreturn void idle(void)
{
	for (;;)
		rest();
}

void ap_main(void)
{
	load_idt();
	lapic_start(1);
	ap_is_up = true;
	idle();
}

/* Does this CPU exist? One that does not answer within 100 ms does not. */
static void look_for_ap(void)
{
	unsigned int i;

	ap_start(1);
	for (i = 0; i < 100 && !ap_is_up; i++)
		pause_us(1000);
	ipi_turn[0] = ap_is_up;
}

static void pics_start(void)
{
	pic_init(MASTER, IRQ_BASE, 0x01, with_pic ? 0xea : 0xff);	/* PIT, cascade, UART */
	pic_init(SLAVE, IRQ_BASE + 8, 0x01, with_pic ? 0xfe : 0xff);	/* RTC */
}

static void ioapic_start(void)
{
	rte_write(2, IRQ_BASE);
	rte_write(4, (IRQ_BASE + 4) | RTE_LEVEL);
	rte_write_to(8, IRQ_BASE + 8, ap_is_up);
}

/* PF is set whether enabled or not: an old one would be an interrupt without a cause. */
static void rtc_start(void)
{
	cmos_write(0x0a, RTC_HELD);
	cmos_read(0x0c);
	cmos_write(0x0b, RTC_PIE);
	cmos_write(0x0a, RTC_256_HZ);
}

static void devices_start(void)
{
	pit_next();
	rtc_start();
	outb(COM1_IIR, FCR_ENABLE);
	outb(COM1_MCR, 0x0b);		/* OUT2 lets its interrupts out */
	outb(COM1_IER, IER_RX);
}

/* ---- Results ---- */

static void judge(const struct chain *chain, unsigned int before)
{
	check(chain->seen > before, "%s: goes on, after %u interrupts", chain->name, before);
	check(!chain->undue, "%s: none came twice (%u)", chain->name, chain->undue);
}

static void wait_for_more(const struct chain *chain, unsigned int before)
{
	u32 start = pm_read();

	while (chain->seen == before && pm_read() - start < 5 * PM_HZ)
		;
}

static void finish_all(void)
{
	const struct chain *const chains[] = {
		&pit, &rtc, &timer[0], &timer[1], &ipi[0], &ipi[1],
	};
	unsigned int before[ARRAY_SIZE(chains)], nr = ap_is_up ? ARRAY_SIZE(chains) : 3, i;

	for (i = 0; i < nr; i++)
		before[i] = chains[i]->seen;
	for (i = 0; i < nr; i++)
		wait_for_more(chains[i], before[i]);
	irqs_off();
	outb(COM1_IER, 0);
	for (i = 0; i < nr; i++)
		judge(chains[i], before[i]);
	check(!pit_early, "PIT: none was early (%u, the earliest after %u of %u ticks)", pit_early,
	      pit_earliest, 3 * PIT_COUNT);
	check(!pit_low, "PIT: its output was high each time (%u)", pit_low);
	check(ring_in == ring_out, "UART: all bytes received were sent back");
}

void test(void)
{
	with_pic = ends_with(command_line(), "pic");
	spins = ends_with(command_line(), "spin");
	on_interrupt = on_vector;
	pics_start();
	lapic_start(0);
	look_for_ap();
	if (!with_pic)
		ioapic_start();
	devices_start();
	say("ready on %u CPUs\n", 1 + ap_is_up);
	while (!over)
		rest();
	finish_all();
}
