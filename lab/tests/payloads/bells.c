// SPDX-License-Identifier: GPL-2.0
/* A virtio function's doorbells: as ports and in memory, moved and not decoded. */
#include "virtio.h"

#define MOVES		100
#define PORTS		0xd000
#define ELSEWHERE	0xe000
#define BAR_PORTS	0
#define ATTEMPTS	20

static struct vfunction rng;
static struct vring ring;
static u8 bytes[16];
static u32 old_bell;

static void offer(void)
{
	ring.desc[0] = (struct vdesc){ (u32)bytes, sizeof(bytes), VRING_WRITE, 0 };
	vring_add(&ring, 0);
}

/* Is no chain used within a while? */
static bool left_alone(void)
{
	pause_us(200);
	return ring.seen == READ_ONCE(ring.used.index);
}

static void ring_port(void)
{
	outw(ring.bell, 0);
}

static void ring_old_port(void)
{
	outw(old_bell, 0);
}

static void ring_memory(void)
{
	asm volatile("movw %0, (%1)" : : "r"((u16)0), "r"(ring.memory_bell) : "memory");
}

static void ring_beside(void)
{
	outb(ring.bell + 1, 0);
	outw(ring.bell + 2, 0);
	outw(ring.bell + 4, 0);		/* of a queue that does not exist */
}

/*
 * Waits until the device asks to be notified of the next chain. After that, a worker looks at the
 * ring a last time.
 */
static void await_event(void)
{
	u32 start = pm_read();

	while (READ_ONCE(ring.used.event) != ring.next && pm_read() - start < 2 * PM_HZ)
		;
}

/*
 * Offers a chain, which these bells do not notify the device of. A chain that a worker's last
 * look finds, on another CPU, says nothing of the bells, and the next chain takes its place; a
 * bell that notifies does so for every chain.
 */
static bool ignored(void (*bells)(void))
{
	unsigned int i;

	for (i = 0; i < ATTEMPTS; i++) {
		await_event();
		offer();
		bells();
		if (left_alone())
			return true;
		vring_get(&ring, NULL);
	}
	return false;
}

static void test_places(void)
{
	check(rng.bell_io, "the first doorbells are ports");
	check(rng.memory_bell, "and it has others in memory");
	offer();
	outw(ring.bell, 0);
	check(vring_await(&ring), "a port notifies the queue");
	offer();
	ring_memory();
	check(vring_await(&ring), "so does a doorbell in memory");
	offer();
	outb(ring.bell, 0);
	check(vring_await(&ring), "and a byte to a port");
	offer();
	mmio_write8(ring.memory_bell, 0);
	check(vring_await(&ring), "or to memory,");
	offer();
	mmio_write(ring.memory_bell, 0);
	check(vring_await(&ring), "and four bytes");
	check(ignored(ring_beside), "addresses beside it do not");
	outw(ring.bell, 0xffff);	/* the address says which queue */
	check(vring_await(&ring), "any value notifies it");
}

/* Right after a move the doorbell answers at its new place, and at no other. */
static void test_moves(void)
{
	unsigned int i, good = 0;
	u32 to;

	for (i = 0; i < MOVES; i++) {
		to = i % 2 ? PORTS : ELSEWHERE + 0x80 * (i % 16);
		pci_write(rng.slot, BAR(BAR_PORTS), to);
		old_bell = ring.bell;
		ring.bell = to;
		good += ignored(ring_old_port);
		ring_port();
		good += vring_await(&ring);
	}
	is(good, 2 * MOVES, "moved ports notify at their new place and not at the old one");
}

static void test_decoding(void)
{
	pci_write(rng.slot, COMMAND, MEMORY | BUS_MASTER);
	check(ignored(ring_port), "ports that are not decoded do not notify");
	ring_memory();
	check(vring_await(&ring), "doorbells in memory still do");
	pci_write(rng.slot, COMMAND, IO | BUS_MASTER);
	check(ignored(ring_memory), "memory that is not decoded does not notify");
	outw(ring.bell, 0);
	check(vring_await(&ring), "decoded ports notify again");
	pci_write(rng.slot, COMMAND, IO | MEMORY | BUS_MASTER);
}

/* NOTIFICATION_DATA: the address says which queue, and the data cannot be wrong enough. */
static void test_data(void)
{
	static const u32 data[] = { 0, 0xffff0000, 0x80000000, 1, 0xffffffff };
	unsigned int i, good = 0;

	rng.bell = ring.bell;		/* where it was moved to */
	check(virtio_negotiate(&rng, VIRTIO_F_EVENT_IDX | VIRTIO_F_DATA), "accepts data");
	check(rng.features & VIRTIO_F_DATA, "which are offered");
	check(virtio_queue(&rng, &ring, 0, 0), "and enables its queue again");
	virtio_ready(&rng);
	offer();
	vring_ring(&ring);
	check(vring_await(&ring), "a port notifies with data");
	for (i = 0; i < ARRAY_SIZE(data); i++) {
		offer();
		outl(ring.bell, data[i]);
		good += vring_await(&ring);
		offer();
		mmio_write(ring.memory_bell, data[i]);
		good += vring_await(&ring);
	}
	is(good, 2 * ARRAY_SIZE(data), "so do a port and memory with any data,");
	offer();
	outw(ring.bell, 0);
	check(vring_await(&ring), "and a port without");
}

void test(void)
{
	check(virtio_find(&rng, VIRTIO_RNG), "an entropy device");
	check(virtio_negotiate(&rng, VIRTIO_F_EVENT_IDX), "accepts its features");
	check(virtio_queue(&rng, &ring, 0, 0), "and enables its queue");
	virtio_ready(&rng);
	test_places();
	test_moves();
	test_decoding();
	test_data();
}
