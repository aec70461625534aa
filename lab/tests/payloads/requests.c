// SPDX-License-Identifier: GPL-2.0
/*
 * What does a request to a virtio device cost? Measures every device present, and prints
 * "= NAME MEDIAN MEAN" for each operation, in ticks of the TSC, which are instructions where
 * the host counts those.
 *
 * A request begins before its descriptors are written, and ends when the interrupt handler
 * has taken it back and the waiting code goes on. That code waits in HLT, as an idle kernel
 * does. At depth 32, 32 requests are made available before one notification, and their sum
 * is divided by 32. EOIs are made as Linux makes them under KVM: without an exit, if KVM
 * offers that.
 *
 * A packet goes to the host's kernel as an ICMP echo request of 64 bytes, and comes back; as
 * in Linux, the sent packet causes an interrupt as well. A line has 80 characters. On a virtio
 * console it is one buffer, whose completion is polled, as Linux does; on a 16550 it is
 * written in pieces of 16 when the FIFO is empty.
 *
 * Data read back is compared with the data written. Interrupts that the emulator delivers
 * twice are counted: "twice NUMBER".
 */
#include "apic.h"
#include "echo.h"
#include "virtio.h"

#define SAMPLES		500
#define BATCHES		64
#define WARMUP		50
#define DEPTH		32

#define BLK_VECTOR	0x50
#define NET_VECTOR	0x60		/* and 0x61 */

#define BLOCK		4096
#define BLOCKS		1024
#define STRIDE		389		/* blocks between requests, so that none are adjacent */
#define BLK_F_FLUSH	BIT(9)
#define BLK_FEATURES	(VIRTIO_F_INDIRECT | VIRTIO_F_EVENT_IDX | BLK_F_FLUSH)
#define BLK_IN		0
#define BLK_OUT		1

#define SCRATCH		0x3ff		/* the UART's scratch register: writes have no effect */

static u32 ticks[SAMPLES];
static u32 empty;			/* the cost of measuring */

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

/* measure() - does "operation" "nr" times, after a warm-up */
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

/* The same with IN_ORDER: a used element tells of several requests. */
static void test_blk_in_order(void)
{
	if (!virtio_negotiate(&blk, BLK_FEATURES | VIRTIO_F_IN_ORDER) ||
	    !(blk.features & VIRTIO_F_IN_ORDER))
		return;
	check(virtio_queue(&blk, &blk_ring, 0, BLK_VECTOR), "its queue, in order");
	virtio_ready(&blk);
	measure("blk-ordered-1", blk_one, SAMPLES, 1);
	measure("blk-ordered-32", blk_many, BATCHES, DEPTH);
}

static void test_blk(void)
{
	unsigned int i;

	if (!virtio_find(&blk, VIRTIO_BLK))
		return;
	check(virtio_negotiate(&blk, BLK_FEATURES) &&
	      blk.features & VIRTIO_F_INDIRECT && blk.features & VIRTIO_F_EVENT_IDX,
	      "a disk with indirect descriptors and EVENT_IDX");
	check(virtio_queue(&blk, &blk_ring, 0, BLK_VECTOR), "its queue");
	virtio_ready(&blk);
	blk_type = BLK_OUT;
	for (i = 0; i < BLOCKS / DEPTH; i++)
		blk_many();
	measure("blk-write-1", blk_one, SAMPLES, 1);
	measure("blk-write-32", blk_many, BATCHES, DEPTH);
	blk_type = BLK_IN;
	measure("blk-read-1", blk_one, SAMPLES, 1);
	measure("blk-read-32", blk_many, BATCHES, DEPTH);
	test_blk_in_order();
	is(blk_wrong, 0, "every block is what was written");
}

/* ---- Doorbells: the disk's, with no request available ---- */

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

static void test_bells(void)
{
	measure("port-write", port_write, SAMPLES, 1);
	if (!blk.bell)
		return;
	measure(blk.bell_io ? "doorbell-port" : "doorbell-memory", ring, SAMPLES, 1);
	if (blk.bell_io && blk.memory_bell)
		measure("doorbell-memory", ring_memory, SAMPLES, 1);
}

/* ---- Network ---- */

#define NET_F_MAC	BIT(5)
#define NET_F_MRG_RXBUF	BIT(15)
#define NET_HEADER	12
#define RX_BUFFERS	32
#define RX_LENGTH	1536

enum { RX, TX };

static struct vfunction net;
static struct vring net_rings[2];
static u8 rx[RX_BUFFERS][RX_LENGTH] __aligned(16);
static u8 tx[NET_HEADER + ECHO_FRAME] __aligned(16);
static u32 net_sent, net_answered;

static void rx_offer(unsigned int slot)
{
	net_rings[RX].desc[slot] = (struct vdesc){ (u32)rx[slot], RX_LENGTH, VRING_WRITE, 0 };
	vring_add(&net_rings[RX], slot);
}

static void rx_interrupt(void)
{
	u32 len;
	int slot;

	do {
		while ((slot = vring_get(&net_rings[RX], &len)) >= 0) {
			net_answered += echo_answers(rx[slot] + NET_HEADER, len - NET_HEADER,
						     net_sent);
			rx_offer(slot);
		}
	} while (vring_enable(&net_rings[RX]));
	vring_kick(&net_rings[RX]);
}

static void tx_interrupt(void)
{
	do {
		while (vring_get(&net_rings[TX], NULL) >= 0)
			;
	} while (vring_enable(&net_rings[TX]));
}

static void round_trip(void)
{
	echo_number(tx + NET_HEADER, ++net_sent);
	net_rings[TX].desc[0] = (struct vdesc){ (u32)tx, sizeof(tx), 0, 0 };
	vring_add(&net_rings[TX], 0);
	vring_kick(&net_rings[TX]);
	halt_until(&net_answered, net_sent);
}

static void test_net(void)
{
	unsigned int i;

	if (!virtio_find(&net, VIRTIO_NET))
		return;
	check(virtio_negotiate(&net, VIRTIO_F_INDIRECT | VIRTIO_F_EVENT_IDX | NET_F_MAC |
			       NET_F_MRG_RXBUF) && net.features & VIRTIO_F_EVENT_IDX,
	      "a network interface with EVENT_IDX");
	check(virtio_queue(&net, &net_rings[RX], RX, NET_VECTOR + RX), "its queue for receiving");
	check(virtio_queue(&net, &net_rings[TX], TX, NET_VECTOR + TX), "its queue for sending");
	virtio_ready(&net);
	for (i = 0; i < RX_BUFFERS; i++)
		rx_offer(i);
	vring_kick(&net_rings[RX]);
	echo_make(tx + NET_HEADER);
	measure("net-round-trip", round_trip, SAMPLES, 1);
}

/* ---- Console ---- */

#define LINE		80
#define LINES		200
#define FIFO		16

static struct vfunction console;
static struct vring console_rings[2];
static const char line_text[LINE + 1] =
	"# a line of eighty characters, as a kernel has thousands of them to say at boot\n";

static void console_line(void)
{
	struct vring *q = &console_rings[TX];

	q->desc[0] = (struct vdesc){ (u32)line_text, LINE, 0, 0 };
	vring_add(q, 0);
	vring_kick(q);
	while (vring_get(q, NULL) < 0)
		asm volatile("pause");
}

static void serial_line(void)
{
	unsigned int i;

	for (i = 0; i < LINE; i++) {
		while (i % FIFO == 0 && !(inb(COM1_LSR) & LSR_THRE))
			;
		outb(COM1, line_text[i]);
	}
}

static void test_console(void)
{
	outb(COM1_IIR, FCR_ENABLE);
	measure("serial-line", serial_line, LINES, 1);
	if (!virtio_find(&console, VIRTIO_CONSOLE))
		return;
	check(virtio_negotiate(&console, VIRTIO_F_INDIRECT | VIRTIO_F_EVENT_IDX), "a console");
	check(virtio_queue(&console, &console_rings[RX], RX, 0), "its queue for input");
	check(virtio_queue(&console, &console_rings[TX], TX, 0), "its queue for output");
	virtio_ready(&console);
	measure("console-line", console_line, LINES, 1);
}

static void interrupt(unsigned int vector)
{
	if (vector == BLK_VECTOR)
		blk_interrupt();
	else if (vector == NET_VECTOR + RX)
		rx_interrupt();
	else if (vector == NET_VECTOR + TX)
		tx_interrupt();
	eoi();
}

void test(void)
{
	pic_init(MASTER, 0x20, 0x01, 0xff);
	pic_init(SLAVE, 0x28, 0x01, 0xff);
	mmio_write(LAPIC_SVR, SVR_ENABLED);
	on_interrupt = interrupt;
	doubles_are_counted = true;
	use_pv_eoi();
	irqs_on();
	calibrate();
	test_blk();
	test_bells();
	test_net();
	if (ends_with(command_line(), "console"))
		test_console();
	irqs_off();
	say("twice %u\n", doubles);
}
