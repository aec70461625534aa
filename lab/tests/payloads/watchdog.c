// SPDX-License-Identifier: GPL-2.0
/*
 * The 6300ESB's watchdog, as firmware leaves it: its registers, how long a stage is, its interrupt,
 * and what becomes of a guest that lets it run out. A command line that ends in "reset" wants to
 * be started again, and finds the reason then.
 */
#include "apic.h"
#include "pciconf.h"

#include "../../../uapi/keel_i6300esb.h"

#define SLOT		KEEL_I6300ESB_SLOT

#define WDT_CONFIG	0x60
#define WDT_LOCK	0x68
#define ENABLE		BIT(1)
#define LOCK		BIT(0)
#define NO_INTERRUPT	3

#define PRELOAD_1	0x0
#define PRELOAD_2	0x4
#define GINTSR		0x8
#define RELOAD		0xc
#define TIMEOUT		BIT(9)

#define TICKS		100		/* of 983,040 ns, in stage 1 */
#define STAGE_US	((TICKS + 1) * 983040ULL / 1000)
#define LATE_US		5000000U	/* however busy the machine is */
#define LATE_TICKS	10000		/* stage 2: later still */

#define PIN		17		/* PIRQ B */
#define VECTOR		0x60

static u32 regs;
static unsigned int interrupts;

static void write16(u32 at, u16 value)
{
	asm volatile("movw %0, (%1)" : : "r"(value), "r"(at) : "memory");
}

static void unlock(void)
{
	write16(regs + RELOAD, 0x80);
	write16(regs + RELOAD, 0x86);
}

static void preload(u32 first, u32 second)
{
	unlock();
	mmio_write(regs + PRELOAD_1, first);
	unlock();
	mmio_write(regs + PRELOAD_2, second);
}

static void reload(void)
{
	unlock();
	write16(regs + RELOAD, 0x100);
}

static u64 passed_us(u32 since)
{
	return (u64)(pm_read() - since) * 1000000 / PM_HZ;
}

static void test_registers(void)
{
	is(pci_read(SLOT, 0), 0x25ab8086, "the function");
	is(pci_read(SLOT, COMMAND) & MEMORY, MEMORY, "its memory is decoded");
	is(mmio_read(regs + PRELOAD_1), 0xfffff, "the longest preload, after a reset");
	mmio_write(regs + PRELOAD_1, 5);
	is(mmio_read(regs + PRELOAD_1), 0xfffff, "it is locked");
	preload(TICKS, LATE_TICKS);
	is(mmio_read(regs + PRELOAD_1), TICKS, "and unlocked by the sequence");
	mmio_write(regs + PRELOAD_1, 5);
	is(mmio_read(regs + PRELOAD_1), TICKS, "for one write");
}

static void test_stage(void)
{
	u32 start;
	u64 us;

	pci_write(SLOT, WDT_CONFIG, NO_INTERRUPT);
	pci_write(SLOT, WDT_LOCK, ENABLE);
	start = pm_read();
	while (!(mmio_read(regs + GINTSR) & 1) && passed_us(start) < LATE_US)
		;
	us = passed_us(start);
	check(us + 1000 >= STAGE_US && us < LATE_US, "stage 1 took %u us, at least %u",
	      (u32)us, (u32)STAGE_US);
	reload();
	mmio_write(regs + GINTSR, 1);
	is(mmio_read(regs + GINTSR), 0, "its end is acknowledged");
	pci_write(SLOT, WDT_LOCK, 0);
}

static void on_end(unsigned int vector)
{
	interrupts += vector == VECTOR;
	reload();
	mmio_write(regs + GINTSR, 1);
	mmio_write(LAPIC_EOI, 0);
}

static void test_interrupt(void)
{
	on_interrupt = on_end;
	mmio_write(LAPIC_SVR, SVR_ENABLED);
	rte_write(PIN, VECTOR | RTE_LEVEL | RTE_LOW);
	pci_write(SLOT, WDT_CONFIG, 0);
	pci_write(SLOT, WDT_LOCK, ENABLE);
	await(&interrupts, 3);
	check(interrupts >= 3, "the end of stage 1 interrupts, each time (%u)", interrupts);
	pci_write(SLOT, WDT_LOCK, 0);
	rte_write(PIN, RTE_MASK);
	is(mmio_read16(regs + RELOAD) & TIMEOUT, 0, "stage 2 never ended");
}

/* How it ends is the host's choice. */
static void test_time_out(void)
{
	preload(0, 0);
	pci_write(SLOT, WDT_CONFIG, NO_INTERRUPT);
	reload();
	pci_write(SLOT, WDT_LOCK, ENABLE | LOCK);
	pause_us(100000);
	is(mmio_read16(regs + RELOAD) & TIMEOUT, TIMEOUT, "it has run out");
	reload();
	pause_us(100000);
	check(true, "and so it has again");
}

void test(void)
{
	pic_init(MASTER, 0x20, 0x01, 0xff);
	pic_init(SLAVE, 0x28, 0x01, 0xff);
	regs = pci_read(SLOT, BAR(0));
	if (mmio_read16(regs + RELOAD) & TIMEOUT) {
		check(command_line_ends_in("reset"), "the reset's reason is known");
		is(pci_read(SLOT, WDT_LOCK), 0, "and the watchdog is off");
		return;
	}
	test_registers();
	test_stage();
	test_interrupt();
	test_time_out();
}
