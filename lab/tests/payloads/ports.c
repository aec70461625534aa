// SPDX-License-Identifier: GPL-2.0
/* Accesses of every width, alignment and kind, to ports and memory. */
#include "apic.h"

#define COM1_SCRATCH	0x3ff
#define NO_DEVICE	0x1234

static void test_scratch(void)
{
	outl(TEST_SCRATCH, 0x44332211);
	outl(TEST_SCRATCH + 4, 0x88776655);
	is(inl(TEST_SCRATCH), 0x44332211, "32 bits come back");
	is(inl(TEST_SCRATCH + 4), 0x88776655, "and the next 32");
	is(inw(TEST_SCRATCH + 2), 0x4433, "16 bits of them");
	is(inb(TEST_SCRATCH + 7), 0x88, "8 bits of them");
	is(inl(TEST_SCRATCH + 3), 0x77665544, "unaligned");
	outw(TEST_SCRATCH + 3, 0xbbaa);
	is(inl(TEST_SCRATCH), 0xaa332211, "an unaligned word: low half");
	is(inl(TEST_SCRATCH + 4), 0x887766bb, "an unaligned word: high half");
	outb(TEST_SCRATCH + 1, 0xcc);
	is(inl(TEST_BYTES), 0xaa33cc11, "a wide read of byte ports");
	outl(TEST_BYTES, 0x01020304);
	is(inl(TEST_SCRATCH), 0x01020304, "a wide write to byte ports");
}

static void test_strings(void)
{
	static const u32 data[4] = { 0x11111111, 0x22222222, 0x33333333, 0x5a5a1234 };
	const void *from = data;
	u16 words[3] = { 0 };
	void *to = words;
	u32 count = 4;

	asm volatile("rep outsl" : "+S"(from), "+c"(count) : "d"(TEST_SCRATCH) : "memory");
	is(inl(TEST_SCRATCH), 0x5a5a1234, "REP OUTSL: the last value stays");
	is(count | ((u32)from - (u32)(data + 4)), 0, "ECX and ESI have advanced");
	count = 3;
	asm volatile("rep insw" : "+D"(to), "+c"(count) : "d"(TEST_SCRATCH) : "memory");
	check(words[0] == 0x1234 && words[1] == 0x1234 && words[2] == 0x1234,
	      "REP INSW reads one port again and again");
}

static void test_nobody(void)
{
	outb(NO_DEVICE, 0);
	outw(NO_DEVICE, 0);
	outl(NO_DEVICE, 0);
	is(inb(NO_DEVICE), 0xff, "a port without a device: 8 ones");
	is(inw(NO_DEVICE), 0xffff, "16 ones");
	is(inl(NO_DEVICE), 0xffffffff, "32 ones");
	is(mmio_read(0xd0000000), 0xffffffff, "an address without a device: all ones");
	mmio_write(0xd0000000, 0);
	is(mmio_read(0xd0000000), 0xffffffff, "also after a write");
	is(inl(0xfffd) >> 24, 0xff, "the last ports of all");
}

/* A register of eight bits among others, read and written as a part of wider ones. */
static void test_uart(void)
{
	outb(COM1_SCRATCH, 0x5a);
	is(inl(COM1_SCRATCH - 3) >> 24, 0x5a, "a wide read reaches each 8-bit register");
	is(inw(COM1_SCRATCH), 0xff5a, "and reads ones behind the device");
	outw(COM1_SCRATCH, 0x77a5);
	is(inb(COM1_SCRATCH), 0xa5, "a write over the end is cut off there");
}

static void test_pm(void)
{
	u32 before = pm_read(), middle, after;

	middle = inw(PM_TIMER) | (before & 0xffff0000);
	after = pm_read();
	check(middle - before <= after - before || (before ^ after) >> 16,
	      "16 bits of the ACPI timer");
	before = pm_read();
	middle = inw(PM_TIMER + 2);
	after = pm_read();
	check(middle == before >> 16 || middle == after >> 16, "the upper 16 bits");
	outl(PM_TIMER, 0);
	check(pm_read() - after < PM_HZ * 60, "the timer cannot be written");
}

static u32 version(void)
{
	mmio_write(IOAPIC, 1);
	return mmio_read(IOAPIC_WINDOW);
}

static void test_ioapic(void)
{
	u32 whole = version();

	is(whole, 0x00170020, "IOAPIC's version: 0x20, 24 pins");
	is(mmio_read8(IOAPIC_WINDOW), 0x20, "a byte of it");
	is(mmio_read16(IOAPIC_WINDOW + 2), 0x17, "its upper word");
	mmio_write8(IOAPIC, 0x11);
	is(mmio_read(IOAPIC), 0x11, "a byte selects a register");
	mmio_write(IOAPIC_WINDOW, 0x05000000);
	mmio_write8(IOAPIC_WINDOW + 3, 0x0a);
	is(mmio_read(IOAPIC_WINDOW), 0x0a000000, "a byte of a redirection entry");
	mmio_write(IOAPIC_WINDOW, 0);
	mmio_write(IOAPIC, 1);
	is(mmio_read(IOAPIC_WINDOW + 2) & 0xffff, 0x17, "an unaligned read");
	is(mmio_read64(IOAPIC_WINDOW), 0x00170020, "64 bits");
}

void test(void)
{
	test_scratch();
	test_strings();
	test_nobody();
	test_uart();
	test_pm();
	test_ioapic();
}
