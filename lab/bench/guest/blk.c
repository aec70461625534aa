// SPDX-License-Identifier: GPL-2.0
/*
 * A disk: 4 KiB read and written, alone and 32 at a time, and its doorbells.
 *
 * A request begins before its descriptors are written, and ends when the interrupt handler
 * has taken it back and the waiting code goes on. That code waits in HLT, as an idle kernel
 * does. At depth 32, 32 requests are made available before one notification, and their sum
 * is divided by 32. Data read back is compared with the data written. The round trip by INTx is
 * of a request for the disk's name, which needs no file.
 */
#include "../../tests/payloads/virtio.h"
#include "measure.h"

#define REQUESTS	500
#define BATCHES		64
#define DEPTH		32

#define VECTOR		0x50

#define BLOCK		4096
#define BLOCKS		1024
#define STRIDE		389		/* blocks between requests, so that none are adjacent */
#define BLK_F_FLUSH	BIT(9)
#define BLK_FEATURES	(VIRTIO_F_INDIRECT | VIRTIO_F_EVENT_IDX | BLK_F_FLUSH)
#define BLK_IN		0
#define BLK_OUT		1
#define BLK_GET_ID	8
#define ID_LENGTH	20

struct blk_request {
	u32 type;
	u32 reserved;
	u64 sector;
	u8 status;
	u8 pad[15];
};

static struct vfunction blk;
static struct vring blk_ring;
static struct blk_request requests[DEPTH];
static struct vdesc tables[DEPTH][3] __aligned(16);
static u8 data[DEPTH][BLOCK] __aligned(BLOCK);
static u32 blk_done, blk_asked, blk_type, blk_block, blk_wrong;

static u32 *first_word(unsigned int slot)
{
	return (u32 *)data[slot];
}

static void blk_finished(unsigned int slot)
{
	const struct blk_request *r = &requests[slot];

	if (r->status || (r->type == BLK_IN && *first_word(slot) != r->sector / 8))
		blk_wrong++;
	blk_done++;
}

static void blk_interrupt(void)
{
	int slot;

	do {
		while ((slot = vring_get(&blk_ring, NULL)) >= 0)
			blk_finished(slot);
	} while (vring_enable(&blk_ring));
}

static void blk_ask(unsigned int slot)
{
	struct blk_request *r = &requests[slot];

	blk_block = (blk_block + STRIDE) % BLOCKS;
	r->type = blk_type;
	r->sector = blk_block * 8;
	r->status = 0xff;
	if (blk_type == BLK_OUT)
		*first_word(slot) = blk_block;
	tables[slot][0] = (struct vdesc){ (u32)r, 16, VRING_NEXT, 1 };
	tables[slot][1] = (struct vdesc){ (u32)data[slot], BLOCK,
		VRING_NEXT | (blk_type == BLK_IN ? VRING_WRITE : 0), 2 };
	tables[slot][2] = (struct vdesc){ (u32)&r->status, 1, VRING_WRITE, 0 };
	blk_ring.desc[slot] = (struct vdesc){ (u32)tables[slot], sizeof(tables[slot]),
		VRING_INDIRECT, 0 };
	vring_add(&blk_ring, slot);
	blk_asked++;
}

static void blk_one(void)
{
	blk_ask(0);
	vring_kick(&blk_ring);
	halt_until(&blk_done, blk_asked);
}

static void blk_many(void)
{
	unsigned int slot;

	for (slot = 0; slot < DEPTH; slot++)
		blk_ask(slot);
	vring_kick(&blk_ring);
	halt_until(&blk_done, blk_asked);
}

/* The same with IN_ORDER: a used element tells of several requests. */
static void measure_in_order(void)
{
	if (!virtio_negotiate(&blk, BLK_FEATURES | VIRTIO_F_IN_ORDER) ||
	    !(blk.features & VIRTIO_F_IN_ORDER))
		return;
	check(virtio_queue(&blk, &blk_ring, 0, VECTOR), "its queue, in order");
	virtio_ready(&blk);
	measure("blk-ordered-1", blk_one, REQUESTS, 1);
	measure("blk-ordered-32", blk_many, BATCHES, DEPTH);
}

static void measure_requests(void)
{
	unsigned int i;

	blk_type = BLK_OUT;
	for (i = 0; i < samples(BLOCKS / DEPTH); i++)
		blk_many();
	blk_block = 0;
	measure("blk-write-1", blk_one, REQUESTS, 1);
	if (!few)
		measure("blk-write-32", blk_many, BATCHES, DEPTH);
	blk_type = BLK_IN;
	blk_block = 0;
	measure("blk-read-1", blk_one, REQUESTS, 1);
	if (!few)
		measure("blk-read-32", blk_many, BATCHES, DEPTH);
}

/* ---- Doorbells: the disk's, with no request available ---- */

static void ring(void)
{
	vring_ring(&blk_ring);
}

static void ring_memory(void)
{
	asm volatile("movw %0, (%1)" : : "r"((u16)0), "r"(blk_ring.memory_bell) : "memory");
}

static void measure_bells(void)
{
	measure(blk.bell_io ? "doorbell-port" : "doorbell-memory", ring, SAMPLES, 1);
	if (blk.bell_io && blk.memory_bell)
		measure("doorbell-memory", ring_memory, SAMPLES, 1);
}

/* ---- INTx ---- */

#define INTERRUPT_LINE	0x3c

static u32 intx_came;

/* A read of the ISR register releases the line */
static void on_intx(void)
{
	if (!(mmio_read8(blk.isr) & 1))
		return;
	while (vring_get(&blk_ring, NULL) >= 0)
		intx_came++;
	vring_enable(&blk_ring);
}

static void ask_name(void)
{
	u32 wanted = intx_came + 1;

	requests[0].type = BLK_GET_ID;
	tables[0][0] = (struct vdesc){ (u32)&requests[0], 16, VRING_NEXT, 1 };
	tables[0][1] = (struct vdesc){ (u32)data[0], ID_LENGTH, VRING_NEXT | VRING_WRITE, 2 };
	tables[0][2] = (struct vdesc){ (u32)&requests[0].status, 1, VRING_WRITE, 0 };
	blk_ring.desc[0] = (struct vdesc){ (u32)tables[0], sizeof(tables[0]), VRING_INDIRECT, 0 };
	vring_add(&blk_ring, 0);
	vring_kick(&blk_ring);
	spin_until(&intx_came, wanted);
}

static void measure_intx(void)
{
	u8 pin = pci_read(blk.slot, INTERRUPT_LINE);

	pci_write(blk.slot, blk.msix, pci_read(blk.slot, blk.msix) & ~BIT(31));
	if (!virtio_negotiate(&blk, BLK_FEATURES) || !virtio_queue(&blk, &blk_ring, 0, 0))
		return;
	virtio_ready(&blk);
	vring_enable(&blk_ring);
	handlers[VECTOR] = on_intx;
	rte_write(pin, VECTOR | RTE_LEVEL);
	measure("intx-round-trip", ask_name, REQUESTS, 1);
	rte_write(pin, RTE_MASK);
}

void measure_blk(void)
{
	if (!virtio_find(&blk, VIRTIO_BLK))
		return;
	check(virtio_negotiate(&blk, BLK_FEATURES) &&
	      blk.features & VIRTIO_F_INDIRECT && blk.features & VIRTIO_F_EVENT_IDX,
	      "a disk with indirect descriptors and EVENT_IDX");
	check(virtio_queue(&blk, &blk_ring, 0, VECTOR), "its queue");
	handlers[VECTOR] = blk_interrupt;
	virtio_ready(&blk);
	measure_requests();
	measure_bells();
	if (!few)
		measure_in_order();
	is(blk_wrong, 0, "every block is what was written");
	if (!few)
		measure_intx();
}
