// SPDX-License-Identifier: GPL-2.0
/*
 * A driver that breaks one queue of a disk with several, in every possible way, and goes on
 * using the others. The broken queue is reset alone (VIRTIO 1.2, 2.6.1), and works as before;
 * in the end the whole device is reset.
 *
 * The rings are packed if the disk offers that. The last line, "broken" and a list, has the
 * counts that Keel's counters must show.
 */
#include "apic.h"
#include "hostile.h"

#define F_RING_RESET	BIT_ULL(40)
#define TURNS		3000000		/* of polling for an answer: seconds */

#define STATUS		0x14		/* common configuration */
#define QUEUE_SELECT	0x16
#define QUEUE_ENABLE	0x1c
#define QUEUE_DESC	0x20
#define QUEUE_DRIVER	0x28
#define QUEUE_DEVICE	0x30
#define QUEUE_RESET	0x3a
#define NEEDS_RESET	0x40

#define USUAL		(VIRTIO_F_INDIRECT | VIRTIO_F_PACKED | F_FLUSH | F_RING_RESET)

struct request requests[QUEUES];
u8 data[QUEUES][SECTOR] __aligned(SECTOR);

static struct vfunction f;
static struct vring rings[QUEUES];
static const struct format *format;
static u64 terms;			/* features last asked for */
static u32 serial;
static u32 expected[KEEL_NR_VIRTQ_BROKEN];

/* ---- Valid requests ---- */

static void write16(u32 reg, u16 value)
{
	asm volatile("movw %0, (%1)" : : "r"(value), "r"(f.common + reg) : "memory");
}

static bool done(struct vring *q)
{
	unsigned int i;

	for (i = 0; i < TURNS; i++)
		if (format->get(q))
			return true;
	return false;
}

bool ask(unsigned int nr, u32 type)
{
	struct request *r = &requests[nr];
	const struct vbuf chain[] = {
		{ (u32)r, 16, 0 },
		{ (u32)data[nr], SECTOR, type == T_IN ? VRING_WRITE : 0 },
		{ (u32)&r->status, 1, VRING_WRITE },
	};

	*r = (struct request){ .type = type, .sector = nr, .status = 0xff };
	format->put(&rings[nr], chain, ARRAY_SIZE(chain));
	format->kick(&rings[nr]);
	return done(&rings[nr]) && READ_ONCE(r->status) == 0;
}

/* Writes a sector, and reads it back. */
static bool works(unsigned int nr)
{
	u32 *word = (u32 *)data[nr], wrote = ++serial;

	*word = wrote;
	if (!ask(nr, T_OUT))
		return false;
	*word = 0;
	return ask(nr, T_IN) && READ_ONCE(*word) == wrote;
}

static bool others_work(void)
{
	unsigned int nr, good = 0;

	for (nr = 0; nr < QUEUES; nr++)
		good += nr != VICTIM && works(nr);
	return good == QUEUES - 1;
}

/* ---- The device ---- */

static bool set_up(u64 features)
{
	unsigned int nr, good = 0;

	terms = features;
	if (!virtio_negotiate(&f, features))
		return false;
	format = f.features & VIRTIO_F_PACKED ? &packed_format : &split_format;
	for (nr = 0; nr < QUEUES; nr++)
		good += virtio_queue(&f, &rings[nr], nr, 0);
	virtio_ready(&f);
	return good == QUEUES;
}

static bool needs_reset(void)
{
	unsigned int i;

	for (i = 0; i < TURNS / 100; i++)
		if (mmio_read8(f.common + STATUS) & NEEDS_RESET)
			return true;
	return false;
}

static void stop_victim(void)
{
	write16(QUEUE_SELECT, VICTIM);
	write16(QUEUE_RESET, 1);
	while (mmio_read16(f.common + QUEUE_RESET))
		;
}

static bool reset_victim(void)
{
	stop_victim();
	return !mmio_read16(f.common + QUEUE_ENABLE) &&
	       virtio_queue(&f, &rings[VICTIM], VICTIM, 0);
}

/* Does the queue give nothing back, when it is notified again? */
static bool silent(struct vring *q)
{
	vring_ring(q);
	vring_ring(q);
	return !format->get(q);
}

/* ---- Chains that are wrong in either format ---- */

static const struct wrong wrongs[] = {
	{ .what = "a chain that goes round",
	  .reason = KEEL_VIRTQ_LOOP, .nr = VRING_SIZE,
	  .first = { SOMEWHERE, 16, 0 }, .rest = { SOMEWHERE, 16, VRING_NEXT } },
	{ .what = "a buffer that is not in memory",
	  .reason = KEEL_VIRTQ_BAD_BUFFER, .nr = 1, .first = { NOWHERE, 16, 0 } },
	{ .what = "a buffer that wraps",
	  .reason = KEEL_VIRTQ_BAD_BUFFER, .nr = 1, .first = { -8ULL, 16, 0 } },
	{ .what = "a buffer to be read behind one to be written",
	  .reason = KEEL_VIRTQ_BAD_ORDER, .nr = 2,
	  .first = { SOMEWHERE, 16, VRING_WRITE }, .rest = { SOMEWHERE, 16, 0 } },
	{ .what = "a table of one and a half descriptors",
	  .reason = KEEL_VIRTQ_BAD_INDIRECT, .nr = 1, .first = { TABLE, 24, VRING_INDIRECT } },
	{ .what = "a table of none",
	  .reason = KEEL_VIRTQ_BAD_INDIRECT, .nr = 1, .first = { TABLE, 0, VRING_INDIRECT } },
	{ .what = "a table of more than the queue has",
	  .reason = KEEL_VIRTQ_BAD_INDIRECT, .nr = 1,
	  .first = { TABLE, 16 * (VRING_SIZE + 1), VRING_INDIRECT } },
	{ .what = "a table that is not in memory",
	  .reason = KEEL_VIRTQ_BAD_INDIRECT, .nr = 1, .first = { NOWHERE, 32, VRING_INDIRECT } },
	{ .what = "a table, and a chain that goes on behind it",
	  .reason = KEEL_VIRTQ_BAD_INDIRECT, .nr = 2,
	  .first = { TABLE, 32, VRING_INDIRECT }, .rest = { SOMEWHERE, 16, 0 } },
	{ .what = "a table that was not negotiated",
	  .reason = KEEL_VIRTQ_BAD_INDIRECT, .nr = 1,
	  .first = { TABLE, 32, VRING_INDIRECT }, .without = VIRTIO_F_INDIRECT },
	{ .what = "a chain of more than 4 GiB",
	  .reason = KEEL_VIRTQ_TOO_LONG, .nr = VRING_SIZE,
	  .first = { SOMEWHERE, HUGE, 0 }, .rest = { SOMEWHERE, HUGE, 0 } },
	{ .what = "a chain that is no request",
	  .reason = KEEL_VIRTQ_BAD_REQUEST, .nr = 1, .first = { SOMEWHERE, 4, 0 } },
	{ .what = "a request without a place for an answer",
	  .reason = KEEL_VIRTQ_BAD_REQUEST, .nr = 1, .first = { SOMEWHERE, 16, 0 } },
};

static void fill_tables(void)
{
	struct vdesc *table = (struct vdesc *)TABLE, *nested = (struct vdesc *)NESTED;
	unsigned int i;

	for (i = 0; i <= VRING_SIZE; i++)
		table[i] = (struct vdesc){ SOMEWHERE, 16, VRING_NEXT, i + 1 };
	nested[0] = (struct vdesc){ TABLE, 32, VRING_INDIRECT, 0 };
}

/* ---- Breaking ---- */

static void put_wrong(struct vring *q, const struct wrong *w)
{
	static struct vbuf chain[VRING_SIZE];
	unsigned int i;

	for (i = 0; i < w->nr; i++)
		chain[i] = i ? w->rest : w->first;
	format->put(q, chain, w->nr);
}

static void break_it(unsigned int nr, const struct wrong *w)
{
	struct vring *q = &rings[nr];

	expected[w->reason]++;
	if (w->make)
		w->make(q);
	else
		put_wrong(q, w);
	vring_ring(q);
}

static void test_wrong(const struct wrong *w)
{
	u64 wanted = (USUAL | w->with) & ~w->without;

	if (wanted != terms)
		check(set_up(wanted), "a driver with other features");
	break_it(VICTIM, w);
	check(others_work(), "%s: the other queues go on", w->what);
	check(silent(&rings[VICTIM]), "the broken queue gives nothing back");
	check(reset_victim() && works(VICTIM), "a reset of the queue makes it work again");
}

static void test_wrongs(const struct wrong *list, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		test_wrong(&list[i]);
}

/* The same for a queue with an area outside memory: it is broken from the start. */
static void test_area_nowhere(u32 reg)
{
	stop_victim();
	mmio_write(f.common + reg, NOWHERE);
	write16(QUEUE_ENABLE, 1);
	expected[KEEL_VIRTQ_BAD_RING]++;
	is(mmio_read16(f.common + QUEUE_ENABLE), 1, "a ring outside memory can be enabled");
	vring_ring(&rings[VICTIM]);
	check(others_work(), "and the other queues go on");
	check(reset_victim() && works(VICTIM), "a reset of the queue makes it work");
}

/* Breaks all queues at once, each in another way, and resets the device. */
static void test_device(void)
{
	unsigned int nr;

	for (nr = 0; nr < QUEUES; nr++)
		break_it(nr, &wrongs[nr]);
	check(needs_reset(), "with all of them broken the device needs a reset");
	check(set_up(USUAL), "the device takes a reset and a new driver");
	check(others_work() && works(VICTIM), "all queues work again");
	check(!(mmio_read8(f.common + STATUS) & NEEDS_RESET), "the device needs no further reset");
}

/* A request of an unknown type is answered, and breaks nothing. */
static void test_refused(void)
{
	check(!ask(0, T_UNKNOWN) && requests[0].status == S_UNSUPP, "an unknown type is refused");
	check(works(0), "and the queue goes on");
}

/* The expected counts, from the first reason on */
static void say_expected(void)
{
	unsigned int i;

	say("# broken [");
	for (i = KEEL_VIRTQ_SOUND + 1; i < ARRAY_SIZE(expected); i++)
		say(i + 1 < ARRAY_SIZE(expected) ? "%u," : "%u]\n", expected[i]);
}

void test(void)
{
	if (!virtio_find(&f, VIRTIO_BLK)) {
		check(false, "a disk");
		return;
	}
	fill_tables();
	check(set_up(USUAL) && f.features & F_RING_RESET,
	      "a disk with four queues, which can be reset");
	say("# %s rings\n", format == &packed_format ? "packed" : "split");
	check(others_work() && works(VICTIM), "all four queues work");
	test_refused();
	test_wrongs(wrongs, ARRAY_SIZE(wrongs));
	test_wrongs(format->wrongs, format->nr);
	check(needs_reset(), "the driver sees NEEDS_RESET");
	test_area_nowhere(QUEUE_DESC);
	test_area_nowhere(QUEUE_DRIVER);
	test_area_nowhere(QUEUE_DEVICE);
	test_device();
	say_expected();
}
