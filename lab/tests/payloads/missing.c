// SPDX-License-Identifier: GPL-2.0
/*
 * A guest that looks for devices which no board has, polls one of them, and at last, if its command
 * line ends in "fault", faults three times; with "lost", it jumps to where no code can be.
 */
#include "payload.h"

#define IDE_STATUS	0x1f7
#define IDE_CONTROL	0x3f6
#define TPM		0xfed40000
#define PAGE		4096
#define PAGES		((1 << 20) / PAGE + 1)

/* By string instructions: the most of a million exits would be the emulated CPU's time */
static void poll(u16 port)
{
	static u8 page[PAGE];
	u32 i, n;
	u8 *to;

	for (i = 0; i < PAGES; i++) {
		n = PAGE;
		to = page;
		asm volatile("rep insb" : "+c"(n), "+D"(to) : "d"(port) : "memory");
	}
}

static void fault(void)
{
	struct { u16 limit; u32 base; } __packed none = { };

	asm volatile("lidt %0; int3" : : "m"(none));
}

void test(void)
{
	u32 i;

	for (i = 0; i < 5; i++)
		check(inb(IDE_STATUS) == 0xff, "IDE does not answer");
	outb(IDE_STATUS, 0xec);
	check(mmio_read(TPM) == 0xffffffff, "nor does a TPM");
	if (command_line_ends_in("lost"))
		((void (*)(void))TPM)();
	if (command_line_ends_in("fault")) {
		mmio_read(TPM);
		fault();
	}
	poll(IDE_CONTROL);
	check(true, "a million reads later");
}
