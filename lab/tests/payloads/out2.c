// SPDX-License-Identifier: GPL-2.0
/*
 * The UART's interrupt and OUT2, which gates it on a PC. Two command lines: "gates", and "ignore"
 * for a port with out2=ignore.
 */
#include "payload.h"

#define COM1_IRQ	BIT(4)
#define IER_THRE	0x02
#define MCR_OUT2	0x08
#define OCW3_READ_IRR	0x0a

static bool requested(void)
{
	outb(MASTER, OCW3_READ_IRR);
	return inb(MASTER) & COM1_IRQ;
}

void test(void)
{
	bool ignored = command_line_ends_in("ignore"), without, with;

	pic_init(MASTER, 0x20, 0x04, 0xff);
	outb(COM1_MCR, 0);
	outb(COM1_IER, IER_THRE);
	without = requested();
	outb(COM1_MCR, MCR_OUT2);
	with = requested();
	outb(COM1_IER, 0);
	check(without == ignored, "without OUT2, the UART %s",
	      ignored ? "interrupts" : "does not interrupt");
	check(with, "with OUT2 it does");
}
