// SPDX-License-Identifier: GPL-2.0
/*
 * A guest that sleeps (ACPI S3), and wakes by the clock's alarm: in real mode, in protected mode,
 * and when the alarm goes off before it sleeps. What it finds is what firmware leaves: memory as
 * it was, the cause in PM1_STS, ACPI mode, devices as after power-on, PCI functions and the ELCR
 * set up.
 */
#include "pciconf.h"
#include "sleep.h"

#define FACS		0xe0040
#define FACS_VECTOR	(FACS + 12)
#define FACS_X_VECTOR	(FACS + 24)

#define PM1_STS		0x600
#define PM1_EN		0x602
#define PM1_CNT		0x604
#define SCI_EN		BIT(0)
#define RTC		BIT(10)
#define WAK		BIT(15)
#define S3		(3 << 10 | BIT(13))

#define RTC_A		0x0a
#define RTC_B		0x0b
#define RTC_C		0x0c
#define RTC_ANY		0xff
#define B_24H		0x02
#define B_AIE		0x20
#define A_UIP		0x80

#define ELCR_HIGH	0x4d1
#define ELCR_SCI	0x02

/*
 * With a rest, which is IP's. Its segment's last two bits are 0: Bochs takes them for an RPL, and
 * so the guest for one without privileges.
 */
#define VECTOR		0x8005

static u32 memory[1024];

static u8 seconds(void)
{
	while (cmos_read(RTC_A) & A_UIP)
		;
	return cmos_read(0x00);
}

static u8 later(u8 bcd, unsigned int by)
{
	unsigned int at = ((bcd >> 4) * 10 + (bcd & 15) + by) % 60;

	return at / 10 << 4 | at % 10;
}

static u8 set_alarm(unsigned int in)
{
	u8 at;

	cmos_write(RTC_B, B_24H);
	at = later(seconds(), in);
	cmos_write(0x01, at);
	cmos_write(0x03, RTC_ANY);
	cmos_write(0x05, RTC_ANY);
	cmos_read(RTC_C);
	outw(PM1_STS, RTC | WAK);
	outw(PM1_EN, RTC);
	cmos_write(RTC_B, B_24H | B_AIE);
	return at;
}

static void fill_memory(u32 seed)
{
	unsigned int i;

	for (i = 0; i < 1024; i++)
		memory[i] = seed + i * 0x01010101;
}

static bool memory_is(u32 seed)
{
	unsigned int i;

	for (i = 0; i < 1024; i++)
		if (memory[i] != seed + i * 0x01010101)
			return false;
	return true;
}

static void sleep_once(const char *how, u32 seed)
{
	fill_memory(seed);
	outb(PIT_CONTROL, 0x30);
	outb(TEST_SCRATCH, 0x5a);
	sleep_now(S3 | SCI_EN);
	load_idt();
	check(memory_is(seed), "%s: memory is as it was", how);
	is(inw(PM1_STS) & (RTC | WAK), RTC | WAK, "PM1_STS has the alarm, and WAK_STS");
	is(inw(PM1_EN), RTC, "PM1_EN is as it was");
	is(inw(PM1_CNT), SCI_EN, "ACPI mode is on");
	is(inb(TEST_SCRATCH), 0, "devices have been reset");
	is(inb(ELCR_HIGH) & ELCR_SCI, ELCR_SCI, "the SCI is level-triggered");
	is(pci_read(1, COMMAND) & 0x7, 0x7, "the PCI function decodes");
	is(cmos_read(RTC_B) & B_AIE, 0, "the clock's interrupts are off");
}

static void test_real_mode(void)
{
	u8 at = set_alarm(3);

	mmio_write(FACS_VECTOR, VECTOR);
	sleep_once("real mode", 0x11111111);
	check(seconds() == at || seconds() == later(at, 1), "the clock has gone on to the alarm");
}

static void test_protected_mode(void)
{
	set_alarm(2);
	mmio_write(FACS_VECTOR, 0x1234);	/* the other one counts */
	mmio_write(FACS_X_VECTOR, (u32)waking_protected);
	sleep_once("protected mode", 0x22222222);
	mmio_write(FACS_X_VECTOR, 0);
}

/* An alarm that goes off on the way to sleep is not lost. */
static void test_pending(void)
{
	u32 start = pm_read();

	set_alarm(1);
	while (!(inw(PM1_STS) & RTC) && pm_read() - start < 4 * PM_HZ)
		;
	mmio_write(FACS_VECTOR, VECTOR);
	sleep_once("an alarm before it sleeps", 0x33333333);
}

void test(void)
{
	const char *from;
	u32 to = VECTOR;

	for (from = waking_start; from < waking_end; from++)
		mmio_write8(to++, *from);
	test_real_mode();
	test_protected_mode();
	test_pending();
}
