// SPDX-License-Identifier: GPL-2.0
/*
 * A driver that breaks one queue of a disk that has several, in every way that there is,
 * while it works on with the others. The broken one is reset by itself (VIRTIO 1.2, 2.6.1),
 * and works as before; at last the whole device is.
 */
#include "apic.h"
#include "virtio.h"

#define QUEUES		4
#define VICTIM		1
#define F_RING_RESET	BIT_ULL(40)
#define SECTOR		512
#define TURNS		3000000		/* of looking for an answer: seconds */

#define STATUS		0x14		/* common configuration */
#define QUEUE_SELECT	0x16
#define QUEUE_ENABLE	0x1c
#define QUEUE_DEVICE	0x30
#define QUEUE_RESET	0x3a
#define NEEDS_RESET	0x40

#define NOWHERE		0xd0000000	/* neither memory nor anything else */
#define HUGE		0x06000000	/* of it there is memory behind SOMEWHERE */
#define SOMEWHERE	0x00100000

struct request {
	u32 type;
	u32 reserved;
	u64 sector;
	u8 status;
	u8 pad[15];
};

static struct vfunction f;
static struct vring rings[QUEUES];
static struct request requests[QUEUES];
static u8 data[QUEUES][SECTOR] __aligned(SECTOR);
static struct vdesc table[2] __aligned(16);
static u32 serial;

/* ---- Requests that are right ---- */

static void write16(u32 reg, u16 value)
{
	asm volatile("movw %0, (%1)" : : "r"(value), "r"(f.common + reg) : "memory");
}

static bool done(struct vring *q)
{
	unsigned int i;

	for (i = 0; i < TURNS; i++)
		if (vring_get(q, NULL) >= 0)
			return true;
	return false;
}

/* Descriptors 0 to 2: header, data, status. */
static bool ask(unsigned int nr, u32 type)
{
	struct vring *q = &rings[nr];
	struct request *r = &requests[nr];

	*r = (struct request){ .type = type, .sector = nr, .status = 0xff };
	q->desc[0] = (struct vdesc){ (u32)r, 16, VRING_NEXT, 1 };
	q->desc[1] = (struct vdesc){ (u32)data[nr], SECTOR,
		VRING_NEXT | (type ? 0 : VRING_WRITE), 2 };
	q->desc[2] = (struct vdesc){ (u32)&r->status, 1, VRING_WRITE, 0 };
	vring_add(q, 0);
	vring_kick(q);
	return done(q) && READ_ONCE(r->status) == 0;
}

/* Writes a sector, and reads it back. */
static bool works(unsigned int nr)
{
	u32 *word = (u32 *)data[nr], wrote = ++serial;

	*word = wrote;
	if (!ask(nr, 1))
		return false;
	*word = 0;
	return ask(nr, 0) && READ_ONCE(*word) == wrote;
}

static bool others_work(void)
{
	unsigned int nr, good = 0;

	for (nr = 0; nr < QUEUES; nr++)
		good += nr != VICTIM && works(nr);
	return good == QUEUES - 1;
}

/* ---- Chains that are wrong ---- */

static struct vdesc *victim(unsigned int nr)
{
	return &rings[VICTIM].desc[nr];
}

static void make_loop(void)
{
	*victim(0) = (struct vdesc){ SOMEWHERE, 16, VRING_NEXT, 0 };
}

static void make_next(void)
{
	*victim(0) = (struct vdesc){ SOMEWHERE, 16, VRING_NEXT, VRING_SIZE };
}

static void make_buffer(void)
{
	*victim(0) = (struct vdesc){ NOWHERE, 16, 0, 0 };
}

static void make_wrap(void)
{
	*victim(0) = (struct vdesc){ -8ULL, 16, 0, 0 };
}

static void make_order(void)
{
	*victim(0) = (struct vdesc){ SOMEWHERE, 16, VRING_NEXT | VRING_WRITE, 1 };
	*victim(1) = (struct vdesc){ SOMEWHERE, 16, 0, 0 };
}

static void make_table(void)
{
	*victim(0) = (struct vdesc){ (u32)table, 24, VRING_INDIRECT, 0 };
}

static void make_table_nowhere(void)
{
	*victim(0) = (struct vdesc){ NOWHERE, 32, VRING_INDIRECT, 0 };
}

static void make_nested(void)
{
	table[0] = (struct vdesc){ (u32)table, sizeof(table), VRING_INDIRECT, 0 };
	*victim(0) = (struct vdesc){ (u32)table, sizeof(table), VRING_INDIRECT, 0 };
}

static void make_long(void)
{
	unsigned int i;

	for (i = 0; i < VRING_SIZE; i++)
		*victim(i) = (struct vdesc){ SOMEWHERE, HUGE,
			i + 1 < VRING_SIZE ? VRING_NEXT : 0, i + 1 };
}

static void make_no_request(void)
{
	*victim(0) = (struct vdesc){ SOMEWHERE, 4, 0, 0 };
}

static void make_no_answer(void)
{
	*victim(0) = (struct vdesc){ (u32)&requests[VICTIM], 16, 0, 0 };
}

static void no_chain(void)
{
}

static const struct wrong {
	const char *what;
	void (*make)(void);
	u16 head;
	u16 ahead;	/* of the index, beyond what there is */
} wrongs[] = {
	{ .what = "a chain that goes round", .make = make_loop },
	{ .what = "a chain that goes on beyond the table", .make = make_next },
	{ .what = "a buffer that is not in memory", .make = make_buffer },
	{ .what = "a buffer that wraps", .make = make_wrap },
	{ .what = "a buffer to be read behind one to be written", .make = make_order },
	{ .what = "a table of one and a half descriptors", .make = make_table },
	{ .what = "a table that is not in memory", .make = make_table_nowhere },
	{ .what = "a table in a table", .make = make_nested },
	{ .what = "a chain of more than 4 GiB", .make = make_long },
	{ .what = "a chain that is no request", .make = make_no_request },
	{ .what = "a request without a place for an answer", .make = make_no_answer },
	{ .what = "a head beyond the table", .make = no_chain, .head = VRING_SIZE },
	{ .what = "an index too far ahead", .make = no_chain, .ahead = VRING_SIZE },
};

/* ---- Breaking ---- */

static bool needs_reset(void)
{
	unsigned int i;

	for (i = 0; i < TURNS / 100; i++)
		if (mmio_read8(f.common + STATUS) & NEEDS_RESET)
			return true;
	return false;
}

/* It gives nothing back, whatever it is told. */
static bool silent(struct vring *q)
{
	vring_ring(q);
	vring_ring(q);
	return vring_get(q, NULL) < 0;
}

static bool reset_victim(void)
{
	write16(QUEUE_SELECT, VICTIM);
	write16(QUEUE_RESET, 1);
	while (mmio_read16(f.common + QUEUE_RESET))
		;
	return !mmio_read16(f.common + QUEUE_ENABLE) &&
	       virtio_queue(&f, &rings[VICTIM], VICTIM, 0);
}

static void break_it(const struct wrong *w)
{
	struct vring *q = &rings[VICTIM];

	w->make();
	vring_add(q, w->head);
	WRITE_ONCE(q->avail[1], q->next + w->ahead);
	vring_ring(q);
}

static void test_wrong(const struct wrong *w)
{
	break_it(w);
	check(others_work(), "%s: the other queues work on", w->what);
	check(silent(&rings[VICTIM]), "this one does nothing any more");
	check(reset_victim() && works(VICTIM), "until it is reset");
}

/* The same for one whose used ring is not in memory: it is broken from the start. */
static void test_ring_nowhere(void)
{
	write16(QUEUE_SELECT, VICTIM);
	write16(QUEUE_RESET, 1);
	while (mmio_read16(f.common + QUEUE_RESET))
		;
	mmio_write(f.common + QUEUE_DEVICE, NOWHERE);
	write16(QUEUE_ENABLE, 1);
	is(mmio_read16(f.common + QUEUE_ENABLE), 1, "a ring that is not in memory is enabled");
	vring_ring(&rings[VICTIM]);
	check(others_work(), "and the other queues work on");
	check(reset_victim() && works(VICTIM), "and it does when it is reset");
}

/* All of them at once, each in another way, and a reset of the device. */
static void test_device(void)
{
	unsigned int nr;

	for (nr = 0; nr < QUEUES; nr++) {
		rings[nr].desc[0] = (struct vdesc){ NOWHERE + nr, 16, 0, 0 };
		vring_add(&rings[nr], 0);
		vring_ring(&rings[nr]);
	}
	check(needs_reset(), "with all of them broken the device needs a reset");
	check(virtio_negotiate(&f, VIRTIO_F_INDIRECT | F_RING_RESET), "which it takes");
	for (nr = 0; nr < QUEUES; nr++)
		virtio_queue(&f, &rings[nr], nr, 0);
	virtio_ready(&f);
	check(others_work() && works(VICTIM), "and all of them work");
	check(!(mmio_read8(f.common + STATUS) & NEEDS_RESET), "and it needs none");
}

void test(void)
{
	unsigned int nr, good = 0;

	if (!virtio_find(&f, VIRTIO_BLK)) {
		check(false, "a disk");
		return;
	}
	check(virtio_negotiate(&f, VIRTIO_F_INDIRECT | F_RING_RESET) && f.features & F_RING_RESET,
	      "a disk whose queues can be reset");
	for (nr = 0; nr < QUEUES; nr++)
		good += virtio_queue(&f, &rings[nr], nr, 0);
	is(good, QUEUES, "it has four of them");
	virtio_ready(&f);
	check(others_work() && works(VICTIM), "all of which work");
	for (nr = 0; nr < ARRAY_SIZE(wrongs); nr++)
		test_wrong(&wrongs[nr]);
	check(needs_reset(), "the driver is told that something was wrong");
	test_ring_nowhere();
	test_device();
}
