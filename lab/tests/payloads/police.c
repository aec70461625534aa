// SPDX-License-Identifier: GPL-2.0
/*
 * A guest that asks for more than it may: it storms each kind of request, and sees by the ACPI
 * timer that it has got no more of them in that time than its rate and its burst. What it asks for
 * takes so long at least, on any machine. Its launcher has limited, as below, timers of pit0 if the
 * command line ends in "ticks"; else accesses of testdev0, bytes of uart1, interrupts of pic0, and
 * notifications of the entropy device.
 */
#include "virtio.h"

#define ELCR		0x4d0
#define LINE		5
#define BASE		0x20
#define ICW4		0x01
#define ICW4_AEOI	0x02
#define OCW2_EOI	0x20

#define BURST		10	/* of each limit */
#define RATE		50	/* a second: less than any machine can do */
#define PIT_COUNT	1193	/* 1 ms */
#define COM2		0x2f8

#define COUNT		60	/* requests of each kind */
#define ONE_OFF		2	/* what is on its way at the begin, and at the end */

static struct vfunction rng;
static struct vring ring;
static u8 bytes[16];
static unsigned int seen, most;

/* "count" tokens were asked for since "start": has that taken as long as the limit makes it? */
static void took(u32 start, u32 count, const char *what)
{
	u64 us = (u64)(pm_read() - start) * 1000000 / PM_HZ;
	u64 least = (u64)(count - BURST - ONE_OFF) * 1000000 / RATE;

	say("# %s: %u in %u us, at least %u\n", what, count, (u32)us, (u32)least);
	check(us >= least, "%s: no more than the limit", what);
}

static void test_accesses(void)
{
	u32 start = pm_read();
	unsigned int i;

	outl(TEST_SCRATCH, 0x12345678);
	for (i = 1; i < COUNT; i++)
		if (inl(TEST_SCRATCH) != 0x12345678)
			break;
	is(i, COUNT, "accesses that had to wait have the right values");
	took(start, COUNT, "accesses");
}

/* A string, of which each part is an access */
static void test_string(void)
{
	const void *from = (const void *)0x100000;
	u32 start = pm_read(), count = COUNT;

	asm volatile("rep outsb" : "+S"(from), "+c"(count) : "d"(TEST_SCRATCH) : "memory");
	is(count, 0, "REP OUTSB has come to its end");
	inb(TEST_SCRATCH);	/* the instruction is over before the wait is */
	took(start, COUNT, "a string's accesses");
}

static void count_tick(unsigned int vector)
{
	(void)vector;
	seen++;
	outb(MASTER, OCW2_EOI);
}

static void test_timer(void)
{
	u32 start;

	pic_init(MASTER, BASE, ICW4, (u8)~BIT(0));
	on_interrupt = count_tick;
	seen = 0;
	start = pm_read();
	outb(PIT_CONTROL, 0x34);
	outb(PIT_DATA0, PIT_COUNT & 0xff);
	outb(PIT_DATA0, PIT_COUNT >> 8);
	await_long(&seen, COUNT);
	check(seen >= COUNT, "a periodic timer goes on");
	outb(PIT_CONTROL, 0x30);	/* mode 0 without a count: it is off */
	took(start, COUNT, "ticks");
	outb(MASTER + 1, 0xff);
}

/* By the second serial port: what is said goes to the first one. */
static void test_bytes(void)
{
	u32 start = pm_read();
	unsigned int i;

	for (i = 0; i < COUNT; i++)
		outb(COM2, 'x');
	took(start, COUNT, "bytes");
}

/* A level that stays asserted interrupts again after each EOI, until the last one. */
static void count_level(unsigned int vector)
{
	(void)vector;
	if (++seen == most)
		line(LINE, false);
	outb(MASTER, OCW2_EOI);
}

static void count_automatic(unsigned int vector)
{
	(void)vector;
	if (++seen == most)
		line(LINE, false);
}

/* @tokens: of each interrupt: the acknowledge, and the EOI command */
static void storm_line(u8 icw4, void (*handler)(unsigned int vector), u32 tokens,
		       const char *what)
{
	u32 start;

	pic_init(MASTER, BASE, icw4, (u8)~BIT(LINE));
	outb(ELCR, BIT(LINE));
	on_interrupt = handler;
	seen = 0;
	most = COUNT;
	start = pm_read();
	line(LINE, true);
	await_long(&seen, COUNT);
	let_through();
	is(seen, COUNT, "each interrupt of the line has come once");
	took(start, tokens * COUNT, what);
	outb(ELCR, 0);
	outb(MASTER + 1, 0xff);
}

static void test_eois(void)
{
	unsigned int i;
	u32 start;

	storm_line(ICW4, count_level, 2, "interrupts and EOIs");
	storm_line(ICW4 | ICW4_AEOI, count_automatic, 1, "automatic EOIs");
	start = pm_read();
	for (i = 0; i < COUNT; i++)
		outb(MASTER, OCW2_EOI);
	took(start, COUNT, "EOIs for nothing");
}

static void test_notifications(void)
{
	unsigned int i;
	u32 start;

	check(virtio_find(&rng, VIRTIO_RNG), "an entropy device");
	check(virtio_negotiate(&rng, VIRTIO_F_VERSION_1), "which is negotiated");
	check(virtio_queue(&rng, &ring, 0, 0xff), "with a queue");
	virtio_ready(&rng);
	start = pm_read();
	for (i = 0; i < COUNT; i++)
		vring_ring(&ring);
	took(start, COUNT, "notifications");
	ring.desc[0] = (struct vdesc){ (u32)bytes, sizeof(bytes), VRING_WRITE, 0 };
	vring_add(&ring, 0);
	vring_kick(&ring);
	check(vring_await(&ring), "and the queue is served");
}

void test(void)
{
	outb(SLAVE + 1, 0xff);
	if (command_line_ends_in("ticks")) {
		test_timer();
		return;
	}
	test_accesses();
	test_string();
	test_bytes();
	test_eois();
	test_notifications();
}
