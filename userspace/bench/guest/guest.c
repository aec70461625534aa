// SPDX-License-Identifier: GPL-2.0
/*
 * keel bench host's guest: measures what the launcher asks for, with the TSC, and leaves the
 * samples in its memory. It knows nothing of frequencies and makes no statistics.
 *
 * Interrupts are off but while a timer's is awaited. An interrupt of the host's during an access
 * is part of its sample: that is what is measured.
 */
#include "apic.h"
#include "entry.h"
#include "request.h"

#define GATES		256
#define SELECTOR_CODE	0x08
#define GATE_INTERRUPT	0x8e00		/* present, 32 bits */

#define PIT_PIN		2		/* of the IOAPIC (82371AB) */
#define PIT_VECTOR	0x40
#define PIT_SHOT	0x30		/* channel 0, both bytes, mode 0 */
#define LAPIC_VECTOR	0x41
#define SPURIOUS	0xff

#define WARM_ACCESSES	16

struct gate {
	unsigned short low;
	unsigned short selector;
	unsigned short type;
	unsigned short high;
};

static struct gate idt[GATES] __aligned(8);

unsigned long long interrupt_tsc;
unsigned int interrupts;

static struct request *const request = (struct request *)GUEST_REQUEST;

static void tell(unsigned int what)
{
	asm volatile("wrmsr" : : "c"(GUEST_MSR), "a"(what), "d"(0) : "memory");
}

/* ---- Accesses ---- */

static void empty(void)
{
}

static void read_pit(void)
{
	inb(PIT_DATA0);
}

static void read_pm(void)
{
	inl(PM_TIMER);
}

static void read_lsr(void)
{
	inb(COM1_LSR);
}

static void leave(void)
{
	tell(SIGNAL_ROUND);
}

/* Behind another machine's batch the first ones find the host's caches cold: they do not count. */
static __always_inline void measure(void (*access)(void))
{
	unsigned long long start;
	unsigned int i;

	for (i = 0; i < WARM_ACCESSES; i++)
		access();
	for (i = 0; i < request->samples; i++) {
		start = rdtsc();
		access();
		request->ticks[i] = rdtsc() - start;
	}
	request->made = i;
}

/* The PIT's channel 0 counts once, for 55 ms, and interrupts no CPU: its pin is masked. */
static void measure_pit(void)
{
	outb(PIT_CONTROL, PIT_SHOT);
	outb(PIT_DATA0, 0);
	outb(PIT_DATA0, 0);
	measure(read_pit);
}

/* ---- Timers ---- */

/* With interrupts off on return. 0: it did not come in time */
static int await_busy(unsigned int before, unsigned long long start)
{
	irqs_on();
	while (interrupts == before && rdtsc() - start < request->patience)
		asm volatile("" : : : "memory");
	irqs_off();
	return interrupts != before;
}

/* The CPU takes no interrupt between STI and HLT. One that never comes, the launcher ends. */
static int await_halted(unsigned int before, unsigned long long start)
{
	(void)start;
	while (interrupts == before)
		asm volatile("sti; hlt; cli" : : : "memory");
	return 1;
}

/* Returns when it was started */
static unsigned long long shoot_pit(void)
{
	unsigned long long start;

	outb(PIT_CONTROL, PIT_SHOT);
	outb(PIT_DATA0, request->count & 0xff);
	start = rdtsc();
	outb(PIT_DATA0, request->count >> 8);
	return start;
}

static unsigned long long shoot_lapic(void)
{
	unsigned long long start = rdtsc();

	mmio_write(LAPIC_TMICT, request->count);
	return start;
}

static void measure_timer(unsigned long long (*shoot)(void),
			  int (*await)(unsigned int before, unsigned long long start))
{
	unsigned long long start;
	unsigned int i, before;

	for (i = 0; i < request->samples; i++) {
		before = interrupts;
		start = shoot();
		if (!await(before, start))
			break;
		request->ticks[i] = interrupt_tsc - start;
	}
	request->made = i;
}

/* In mode 0 the output is low until the count ends: unmasked, the pin has no edge yet. */
static void time_pit(int (*await)(unsigned int before, unsigned long long start))
{
	outb(PIT_CONTROL, PIT_SHOT);
	rte_write(PIT_PIN, PIT_VECTOR);
	measure_timer(shoot_pit, await);
	outb(PIT_CONTROL, PIT_SHOT);
	rte_write(PIT_PIN, RTE_MASK);
}

static void time_lapic(int (*await)(unsigned int before, unsigned long long start))
{
	mmio_write(LAPIC_TDCR, TDCR_1);
	mmio_write(LAPIC_LVTT, LAPIC_VECTOR);
	measure_timer(shoot_lapic, await);
	mmio_write(LAPIC_LVTT, RTE_MASK);
}

/* ---- Gaps ---- */

static unsigned long long longest_gap(unsigned int window)
{
	unsigned long long start = rdtsc(), last = start, now, longest = 0;

	do {
		now = rdtsc();
		if (now - last > longest)
			longest = now - last;
		last = now;
	} while (now - start < window);
	return longest;
}

static void measure_gaps(void)
{
	unsigned int i;

	for (i = 0; i < request->samples; i++)
		request->ticks[i] = longest_gap(request->count);
	request->made = i;
}

/* ---- Requests ---- */

static void serve(void)
{
	switch (request->operation) {
	case OPERATION_EMPTY:
		measure(empty);
		break;
	case OPERATION_PIT:
		measure_pit();
		break;
	case OPERATION_PM:
		measure(read_pm);
		break;
	case OPERATION_LSR:
		measure(read_lsr);
		break;
	case OPERATION_EXIT:
		measure(leave);
		break;
	case OPERATION_PIT_BUSY:
		time_pit(await_busy);
		break;
	case OPERATION_PIT_HALTED:
		time_pit(await_halted);
		break;
	case OPERATION_LAPIC_BUSY:
		time_lapic(await_busy);
		break;
	case OPERATION_LAPIC_HALTED:
		time_lapic(await_halted);
		break;
	case OPERATION_GAP:
		measure_gaps();
		break;
	}
}

static void set_gate(unsigned int vector, void (*entry)(void))
{
	unsigned int at = (unsigned int)entry;

	idt[vector] = (struct gate){ at, SELECTOR_CODE, GATE_INTERRUPT, at >> 16 };
}

static void set_up(void)
{
	struct {
		unsigned short limit;
		void *base;
	} __packed pointer = { sizeof(idt) - 1, idt };

	set_gate(PIT_VECTOR, timer_entry);
	set_gate(LAPIC_VECTOR, timer_entry);
	set_gate(SPURIOUS, spurious_entry);
	asm volatile("lidt %0" : : "m"(pointer));
	pic_init(MASTER, 0x20, 0x01, 0xff);
	pic_init(SLAVE, 0x28, 0x01, 0xff);
	mmio_write(LAPIC_SVR, SVR_ENABLED);
}

void guest_main(void)
{
	set_up();
	for (;;) {
		request->made = 0;
		serve();
		tell(SIGNAL_DONE);
	}
}
