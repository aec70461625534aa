// SPDX-License-Identifier: GPL-2.0
/* Single accesses: to ports, and to the IOAPIC. */
#include "measure.h"

#define PIT_CHANNEL2	0x42
#define PIT_CW_RATE0	0x34		/* channel 0, both bytes, mode 2 */
#define PIT_CW_LOW2	0x94		/* channel 2, low byte, mode 2 */
#define RTC_SECONDS	0x00

static u16 port;
static u8 value;

static void read_byte(void)
{
	inb(port);
}

static void read_long(void)
{
	inl(port);
}

static void write_byte(void)
{
	outb(port, value);
}

/* Writes what is there */
static void write_same(void)
{
	outb(port, value);
}

static void read_clock(void)
{
	cmos_read(RTC_SECONDS);
}

static const struct {
	const char *name;
	u16 port;
	u8 value;
	void (*access)(void);
} rows[] = {
	{ "pit-read", 0x40, 0, read_byte },
	{ "pit-write", PIT_CHANNEL2, 0x80, write_byte },
	{ "port61-read", 0x61, 0, read_byte },
	{ "port61-write", 0x61, 0, write_same },
	{ "elcr-read", 0x4d0, 0, read_byte },
	{ "elcr-write", 0x4d0, 0, write_same },
	{ "pic-read", MASTER + 1, 0, read_byte },
	{ "pic-write", MASTER + 1, 0xff, write_byte },
	{ "pm-timer-read", PM_TIMER, 0, read_long },
	{ "rtc-read", CMOS_DATA, 0, read_clock },
	{ "lsr-read", COM1_LSR, 0, read_byte },
	{ "port-write", COM1 + 7, 0, write_byte },
	{ "kbc-status-read", 0x64, 0, read_byte },
	{ "unmapped-read", 0x300, 0, read_byte },
	{ "unmapped-write", 0x300, 0, write_byte },
};

void measure_ports(void)
{
	unsigned int i;

	/* Both count, and interrupt no CPU */
	outb(PIT_CONTROL, PIT_CW_RATE0);
	outb(PIT_DATA0, 0);
	outb(PIT_DATA0, 0);
	outb(PIT_CONTROL, PIT_CW_LOW2);
	outb(PIT_CHANNEL2, 0x80);
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		port = rows[i].port;
		value = rows[i].access == write_same ? inb(port) : rows[i].value;
		measure(rows[i].name, rows[i].access, SAMPLES, 1);
	}
}

/* ---- Two devices in turn, so that none is found by being the last one ---- */

static void read_two(void)
{
	inb(COM1_LSR);
	inb(0x61);
}

void measure_dispatch(void)
{
	measure("dispatch", read_two, SAMPLES, 2);
}

/* ---- IOAPIC ---- */

#define VERSION		0x01
#define PIN		22		/* nothing is wired to it */
#define REDIRECTION	(0x10 + 2 * PIN)
#define VECTOR		0x70

static u32 entry;

static void read_window(void)
{
	mmio_read(IOAPIC_WINDOW);
}

static void select(void)
{
	mmio_write(IOAPIC, VERSION);
}

static void write_entry(void)
{
	mmio_write(IOAPIC_WINDOW, entry);
}

static void write_new_vector(void)
{
	entry ^= 1;
	mmio_write(IOAPIC_WINDOW, entry);
}

void measure_ioapic(void)
{
	mmio_write(IOAPIC, VERSION);
	measure("ioapic-read", read_window, SAMPLES, 1);
	measure("ioapic-select", select, SAMPLES, 1);
	mmio_write(IOAPIC, REDIRECTION + 1);
	mmio_write(IOAPIC_WINDOW, 0);
	mmio_write(IOAPIC, REDIRECTION);
	entry = RTE_MASK | VECTOR;
	measure("redirection-masked", write_entry, SAMPLES, 1);
	entry = VECTOR;
	measure("redirection-unmasked", write_entry, SAMPLES, 1);
	measure("redirection-new-vector", write_new_vector, SAMPLES, 1);
	mmio_write(IOAPIC_WINDOW, RTE_MASK);
}
