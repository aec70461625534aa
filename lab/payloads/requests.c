// SPDX-License-Identifier: GPL-2.0
/*
 * What does a request to a virtio device cost? Measures whatever devices there are, and
 * says for each operation "= NAME MEDIAN MEAN", in ticks of the TSC, which are instructions
 * where the host counts those.
 *
 * A request begins before its descriptors are written, and ends when its interrupt's
 * handler has taken it back and the one who waited for it goes on. The waiting is done in
 * HLT, as an idle kernel does it. At depth 32, 32 requests are made available before the
 * one kick, and their sum is divided by 32. Interrupts are ended as Linux ends them under
 * KVM: without an exit, if KVM says that it can be done so.
 *
 * All of it is checked: data that comes back is the data that was written.
 */
#include "apic.h"
#include "virtio.h"

#define SAMPLES		500
#define BATCHES		64
#define WARMUP		50
#define DEPTH		32

#define VECTOR		0x50

#define BLOCK		4096
#define BLOCKS		1024
#define STRIDE		389		/* from request to request: none is next to another */
#define BLK_F_FLUSH	BIT(9)
#define BLK_IN		0
#define BLK_OUT		1

#define SCRATCH		0x3ff		/* the UART's: a write that does nothing */

static u32 ticks[SAMPLES];
static u32 empty;			/* what measuring costs */

/* ---- Interrupts ---- */

#define MSR_PV_EOI	0x4b564d04
#define KVM_PV_EOI	BIT(6)

static u32 pv_eoi __aligned(4);

static void use_pv_eoi(void)
{
	u32 eax = 0x40000001, ebx, ecx, edx;

	asm volatile("cpuid" : "+a"(eax), "=b"(ebx), "=c"(ecx), "=d"(edx));
	if (eax & KVM_PV_EOI)
		asm volatile("wrmsr" : : "a"((u32)&pv_eoi | 1), "d"(0), "c"(MSR_PV_EOI));
}

static void eoi(void)
{
	bool done;

	asm volatile("btrl $0, %0" : "+m"(pv_eoi), "=@ccc"(done));
	if (!done)
		mmio_write(LAPIC_EOI, 0);
}

/* Waits in HLT for a counter that an interrupt's handler increments. */
static void halt_until(const u32 *count, u32 wanted)
{
	irqs_off();
	while (READ_ONCE(*count) != wanted)
		asm volatile("sti; hlt; cli" : : : "memory");
	irqs_on();
}

/* ---- Figures ---- */

static void sort(unsigned int nr)
{
	unsigned int gap, i, j;

	for (gap = nr / 2; gap; gap /= 2)
		for (i = gap; i < nr; i++)
			for (j = i; j >= gap && ticks[j - gap] > ticks[j]; j -= gap) {
				u32 t = ticks[j];

				ticks[j] = ticks[j - gap];
				ticks[j - gap] = t;
			}
}

/* Of ticks[0] to ticks[nr - 1], each the cost of "each" operations */
static void report(const char *name, unsigned int nr, unsigned int each)
{
	unsigned int i;
	u64 sum = 0;

	sort(nr);
	for (i = 0; i < nr; i++)
		sum += ticks[i] - empty;
	say("= %s %u %u\n", name, (ticks[nr / 2] - empty) / each, (u32)(sum / (nr * each)));
}

/* measure() - "operation" done "nr" times, after some that do not count */
static void measure(const char *name, void (*operation)(void), unsigned int nr,
		    unsigned int each)
{
	unsigned int i;
	u32 start;

	for (i = 0; i < WARMUP / each + 1; i++)
		operation();
	for (i = 0; i < nr; i++) {
		start = rdtsc();
		operation();
		ticks[i] = (u32)rdtsc() - start;
	}
	if (name)
		report(name, nr, each);
}

static void nothing(void)
{
}

static void loop(void)
{
	u32 turns = 50000;

	asm volatile("1: dec %0; jnz 1b" : "+r"(turns));
}

static void calibrate(void)
{
	measure(NULL, nothing, SAMPLES, 1);
	sort(SAMPLES);
	empty = ticks[SAMPLES / 2];
	measure("calibration", loop, 16, 1);
}

/* ---- Disk ---- */

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

static void test_blk(void)
{
	unsigned int i;

	if (!virtio_find(&blk, VIRTIO_BLK))
		return;
	check(virtio_negotiate(&blk, VIRTIO_F_INDIRECT | VIRTIO_F_EVENT_IDX | BLK_F_FLUSH) &&
	      blk.features & VIRTIO_F_INDIRECT && blk.features & VIRTIO_F_EVENT_IDX,
	      "a disk with indirect descriptors and EVENT_IDX");
	check(virtio_queue(&blk, &blk_ring, 0, VECTOR), "its queue");
	virtio_ready(&blk);
	blk_type = BLK_OUT;
	for (i = 0; i < BLOCKS / DEPTH; i++)
		blk_many();
	measure("blk-write-1", blk_one, SAMPLES, 1);
	measure("blk-write-32", blk_many, BATCHES, DEPTH);
	blk_type = BLK_IN;
	measure("blk-read-1", blk_one, SAMPLES, 1);
	measure("blk-read-32", blk_many, BATCHES, DEPTH);
	is(blk_wrong, 0, "every block is what was written");
}

/* ---- Doorbells ---- */

static void port_write(void)
{
	outb(SCRATCH, 0);
}

static void ring(void)
{
	vring_ring(&blk_ring);
}

static void ring_memory(void)
{
	asm volatile("movw %0, (%1)" : : "r"((u16)0), "r"(blk_ring.memory_bell) : "memory");
}

/* The disk's, when it has nothing to do */
static void test_bells(void)
{
	measure("port-write", port_write, SAMPLES, 1);
	if (!blk.bell)
		return;
	measure(blk.bell_io ? "doorbell-port" : "doorbell-memory", ring, SAMPLES, 1);
	if (blk.bell_io && blk.memory_bell)
		measure("doorbell-memory", ring_memory, SAMPLES, 1);
}

static void interrupt(unsigned int vector)
{
	if (vector == VECTOR)
		blk_interrupt();
	eoi();
}

void test(void)
{
	pic_init(MASTER, 0x20, 0x01, 0xff);
	pic_init(SLAVE, 0x28, 0x01, 0xff);
	mmio_write(LAPIC_SVR, SVR_ENABLED);
	on_interrupt = interrupt;
	use_pv_eoi();
	irqs_on();
	calibrate();
	test_blk();
	test_bells();
	irqs_off();
}
