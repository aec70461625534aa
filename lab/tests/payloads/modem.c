// SPDX-License-Identifier: GPL-2.0
/*
 * A guest that does with its serial port's modem outputs what it is told by bytes on that port: d,
 * r, 1 and 2 for DTR, RTS, OUT1 and OUT2, b for a break, n for none of them, q for the end.
 */
#include "payload.h"

#define COM1_LCR	0x3fb
#define LCR_8N1		0x03
#define LCR_BREAK	0x40

void test(void)
{
	static const char outputs[] = "dr12";
	unsigned int i;
	u8 c;

	say("@ ready\n");
	do {
		while (!(inb(COM1_LSR) & LSR_DR))
			pause_us(1000);
		c = inb(COM1);
		for (i = 0; outputs[i]; i++)
			if (c == outputs[i])
				outb(COM1_MCR, BIT(i));
		if (c == 'b')
			outb(COM1_LCR, LCR_8N1 | LCR_BREAK);
		if (c == 'n') {
			outb(COM1_LCR, LCR_8N1);
			outb(COM1_MCR, 0);
		}
	} while (c != 'q');
	check(inb(COM1_MCR) == 0, "no output is left");
}
