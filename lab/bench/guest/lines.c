// SPDX-License-Identifier: GPL-2.0
/*
 * The 16550: lines of 80 characters, and its interrupt. A line is written as firmware, early
 * consoles and panics write it, with LSR polled before each byte; in pieces of 16 when the FIFO is
 * empty; by one REP OUTSB; and as Linux's driver does, by the THRE interrupt.
 */
#include "measure.h"

#define LINE		80
#define FIFO		16
#define LINES		50
#define SHOTS		500

#define PIN		4
#define VECTOR		0x58
#define MCR_OUT2	0x08		/* lets the interrupt through to the ISA bus */
#define COM1_MSR	0x3fe

static const char text[LINE + 1] =
	"# a line of eighty characters, as a kernel has thousands of them to say at boot\n";

static void line_polled(void)
{
	unsigned int i;

	for (i = 0; i < LINE; i++) {
		while (!(inb(COM1_LSR) & LSR_THRE))
			;
		outb(COM1, text[i]);
	}
}

static void line_fifo(void)
{
	unsigned int i;

	for (i = 0; i < LINE; i++) {
		while (i % FIFO == 0 && !(inb(COM1_LSR) & LSR_THRE))
			;
		outb(COM1, text[i]);
	}
}

static void line_string(void)
{
	const char *from = text;
	u32 count = LINE;

	asm volatile("rep outsb" : "+S"(from), "+c"(count) : "d"(COM1) : "memory");
}

void measure_lines(void)
{
	outb(COM1_IIR, FCR_ENABLE);
	measure("line-polled", line_polled, LINES, 1);
	measure("line-fifo", line_fifo, LINES, 1);
	measure("line-outsb", line_string, LINES, 1);
}

/* ---- Its interrupt ---- */

static u32 at, sent, asked, came;

static void transmit(void)
{
	unsigned int i;

	if (at == LINE) {
		outb(COM1_IER, 0);
		sent++;
		return;
	}
	for (i = 0; i < FIFO && at < LINE; i++)
		outb(COM1, text[at++]);
}

/* What Linux's driver reads */
static void on_transmitter(void)
{
	while (!(inb(COM1_IIR) & IIR_NONE)) {
		u8 lsr = inb(COM1_LSR);

		inb(COM1_MSR);
		if (lsr & LSR_THRE)
			transmit();
	}
}

static void line_by_interrupts(void)
{
	at = 0;
	asked++;
	outb(COM1_IER, IER_THRE);
	halt_until(&sent, asked);
}

static void on_edge(void)
{
	inb(COM1_IIR);
	came++;
}

static void round_trip(void)
{
	u32 wanted = came + 1;

	outb(COM1_IER, IER_THRE);
	spin_until(&came, wanted);
}

static void disable(void)
{
	outb(COM1_IER, 0);
}

void measure_edges(void)
{
	outb(COM1_IIR, FCR_ENABLE);
	outb(COM1_MCR, MCR_OUT2 | 3);
	handlers[VECTOR] = on_edge;
	rte_write(PIN, VECTOR);
	measure_after("edge-round-trip", round_trip, disable, SHOTS, 1);
	rte_write(PIN, VECTOR | RTE_LEVEL);
	measure_after("level-round-trip", round_trip, disable, SHOTS, 1);
	rte_write(PIN, RTE_MASK);
}

void measure_uart(void)
{
	measure_edges();
	if (lost)
		return;
	handlers[VECTOR] = on_transmitter;
	rte_write(PIN, VECTOR);
	measure("line-by-interrupts", line_by_interrupts, LINES, 1);
	rte_write(PIN, RTE_MASK);
}
