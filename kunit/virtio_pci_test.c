// SPDX-License-Identifier: GPL-2.0
/*
 * Virtio over PCI: capabilities, vectors, the window in configuration space. The registers
 * themselves are in virtio_regs_test.c.
 */
#include "harness.h"
#include "../devices/pci/pci.h"
#include "../devices/virtio/config.h"
#include "../devices/virtio/core.h"

#define ECAM	0xe0000000ULL
#define BLK	3	/* slots */
#define RNG	4
#define CFG(slot, reg)	(ECAM | (slot) << 15 | (reg))
#define get(slot, reg, n)	rd(CFG(slot, reg), (n))
#define set(slot, reg, v, n)	wr(CFG(slot, reg), (v), (n))

#define BAR4		0xe1000000ULL
#define COMMON		(BAR4 + 0x0000)
#define ISR		(BAR4 + 0x1000)
#define DEVICE		(BAR4 + 0x2000)
#define NOTIFY		(BAR4 + 0x3000)
#define PORTS		0xc000
#define TABLE		0xe2000000ULL
#define MSIX_FLAGS	0x42
#define MSI		0xb8	/* the capability */
#define MSIX_ENABLE	0x8000
#define PIRQ		(16 + 3)	/* line of INTA in slot 3 */
#define GSI(n)		(24 + (n))	/* of slot 3's vectors */
#define NO_VECTOR	0xffff

enum {
	DEVICE_SELECT = 0x00, DEVICE_FEATURE = 0x04, DRIVER_SELECT = 0x08, DRIVER_FEATURE = 0x0c,
	CONFIG_VECTOR = 0x10, NUM_QUEUES = 0x12, STATUS = 0x14, GENERATION = 0x15,
	QUEUE_SELECT = 0x16, QUEUE_SIZE = 0x18, QUEUE_VECTOR = 0x1a, QUEUE_ENABLE = 0x1c,
	NOTIFY_OFF = 0x1e, QUEUE_DESC = 0x20, QUEUE_DRIVER = 0x28, QUEUE_DEVICE = 0x30,
	NOTIFY_DATA = 0x38, QUEUE_RESET = 0x3a,
};

static const struct keel_device_config vpci_devices[] = {
	{ .class = KEEL_CLASS_PCIHOST, .irq = KEEL_IRQ_DEFAULT },
	{ .class = KEEL_CLASS_VIRTIO_PCI, .irq = KEEL_IRQ_DEFAULT,
	  .virtio = { .slot = BLK, .type = KEEL_VIRTIO_BLK, .queues = 2, .queue_size = 64 } },
	{ .class = KEEL_CLASS_VIRTIO_PCI, .instance = 1, .irq = KEEL_IRQ_DEFAULT,
	  .virtio = { .slot = RNG, .flags = KEEL_VIRTIO_NOTIFY_MEMORY, .type = KEEL_VIRTIO_RNG } },
};

static struct keel_virtio *blk(struct kunit *test)
{
	return keel_virtio_of(keel_board_find(H->board, KEEL_CLASS_VIRTIO_PCI, 0));
}

static int vpci_init(struct kunit *test)
{
	harness_init(test, vpci_devices, ARRAY_SIZE(vpci_devices));
	set(BLK, 0x10, PORTS, 4);
	set(BLK, 0x14, TABLE, 4);
	set(BLK, 0x20, BAR4, 8);
	set(BLK, 0x04, 7, 2);
	return 0;
}

static int say_used(struct keel_dev *dev, void *arg)
{
	keel_virtio_used(keel_virtio_of(dev), *(unsigned int *)arg);
	return 0;
}

static void used(struct kunit *test, unsigned int queue)
{
	keel_board_call(H->board, &blk(test)->dev, say_used, &queue);
}

static int say_config(struct keel_dev *dev, void *arg)
{
	keel_virtio_config_set(keel_virtio_of(dev), 0, arg, sizeof(u64));
	return 0;
}

static void capacity(struct kunit *test, u64 sectors)
{
	keel_board_call(H->board, &blk(test)->dev, say_config, &sectors);
}

static void drive(struct kunit *test, u32 high)
{
	unsigned int i;

	wr(COMMON + STATUS, 0, 1);
	wr(COMMON + STATUS, 3, 1);
	wr(COMMON + DRIVER_SELECT, 1, 4);
	wr(COMMON + DRIVER_FEATURE, 1 | high, 4);
	wr(COMMON + STATUS, 0xb, 1);
	for (i = 0; i < 2; i++) {
		wr(COMMON + QUEUE_SELECT, i, 2);
		wr(COMMON + QUEUE_SIZE, 16, 2);
		wr(COMMON + QUEUE_DESC, 0x100010000, 8);
		wr(COMMON + QUEUE_DRIVER, 0x200011000, 8);
		wr(COMMON + QUEUE_DEVICE, 0x300012000, 8);
		wr(COMMON + QUEUE_ENABLE, 1, 2);
	}
	wr(COMMON + STATUS, 0xf, 1);
	is(rd(COMMON + STATUS, 1), 0xf);
	is(blk(test)->running, 3);
}

static void vector(struct kunit *test, unsigned int n, u32 control)
{
	wr(TABLE + 16 * n, 0xfee00000, 8);
	wr(TABLE + 16 * n + 8, 0x40 + n, 4);
	wr(TABLE + 16 * n + 12, control, 4);
}

/* ---- Configuration space ---- */

static void vpci_identity(struct kunit *test)
{
	is(get(BLK, 0x00, 4), 0x10421af4);
	is(get(RNG, 0x00, 4), 0x10441af4);
	is(get(BLK, 0x08, 4), 0x01800001);
	is(get(RNG, 0x08, 4), 0x10800001);
	is(get(BLK, 0x2c, 4), 0x10401af4);
	is(get(BLK, 0x3d, 1), 1);
	is(get(BLK, MSIX_FLAGS, 2), 2);		/* three vectors */
	is(get(RNG, MSIX_FLAGS, 2), 1);
}

struct cap {
	u8 type;
	u8 length;
	u8 bar;
	u32 offset;
	u32 size;
};

static void capabilities(struct kunit *test, unsigned int slot, const struct cap *caps,
			 unsigned int nr)
{
	u8 at = get(slot, 0x34, 1);
	unsigned int i;

	is(get(slot, at, 1), 0x11);
	is(get(slot, at + 4, 4), 1);		/* the table, and then pending bits, are in BAR 1 */
	is(get(slot, at + 8, 4), 0x801);
	for (i = 0; i < nr; i++) {
		at = get(slot, at + 1, 1);
		is(get(slot, at, 1), 0x09);
		is(get(slot, at + 2, 1), caps[i].length);
		is(get(slot, at + 3, 1), caps[i].type);
		is(get(slot, at + 4, 4), caps[i].bar);
		is(get(slot, at + 8, 4), caps[i].offset);
		is(get(slot, at + 12, 4), caps[i].size);
		if (caps[i].type == KEEL_VIRTIO_CAP_NOTIFY)
			is(get(slot, at + 16, 4), 4);
	}
	at = get(slot, at + 1, 1);
	is(get(slot, at, 4), 0x01800005);	/* MSI is the last one */
}

/* 4.1.4: the better one first. */
static void vpci_capabilities(struct kunit *test)
{
	static const struct cap caps[] = {
		{ KEEL_VIRTIO_CAP_NOTIFY, 20, 0, 0, 0x80 },
		{ KEEL_VIRTIO_CAP_COMMON, 16, 4, 0x0000, 0x3c },
		{ KEEL_VIRTIO_CAP_NOTIFY, 20, 4, 0x3000, 0x80 },
		{ KEEL_VIRTIO_CAP_ISR, 16, 4, 0x1000, 1 },
		{ KEEL_VIRTIO_CAP_DEVICE, 16, 4, 0x2000, 64 },
		{ KEEL_VIRTIO_CAP_PCI_CFG, 20, 0, 0, 0 },
	};

	capabilities(test, BLK, caps, ARRAY_SIZE(caps));
}

/* A driver that can use memory alone need not look for it. */
static void vpci_capabilities_without_ports(struct kunit *test)
{
	static const struct cap caps[] = {
		{ KEEL_VIRTIO_CAP_COMMON, 16, 4, 0x0000, 0x3c },
		{ KEEL_VIRTIO_CAP_NOTIFY, 20, 4, 0x3000, 0x80 },
		{ KEEL_VIRTIO_CAP_ISR, 16, 4, 0x1000, 1 },
		{ KEEL_VIRTIO_CAP_DEVICE, 16, 4, 0x2000, 64 },
		{ KEEL_VIRTIO_CAP_PCI_CFG, 20, 0, 0, 0 },
	};

	capabilities(test, RNG, caps, ARRAY_SIZE(caps));
}

static void vpci_bars(struct kunit *test)
{
	set(BLK, 0x10, 0xffffffff, 4);
	is(get(BLK, 0x10, 4), 0xffffff81);
	set(BLK, 0x14, 0xffffffff, 4);
	is(get(BLK, 0x14, 4), 0xfffff000);
	set(BLK, 0x18, 0xffffffff, 8);
	is(get(BLK, 0x18, 8), 0);
	set(BLK, 0x20, 0xffffffff, 4);
	is(get(BLK, 0x20, 4), 0xffffc00c);
	is(rd(COMMON + NUM_QUEUES, 2), 0xffff);
}

/* ---- Common configuration ---- */

static void vpci_registers(struct kunit *test)
{
	is(rd(COMMON + NUM_QUEUES, 2), 2);
	is(rd(COMMON + DEVICE_FEATURE, 4), 0x30007664);
	wr(COMMON + DEVICE_SELECT, 1, 4);
	is(rd(COMMON + DEVICE_SELECT, 4), 1);
	is(rd(COMMON + DEVICE_FEATURE, 4), 0x14d);
	is(rd(COMMON + CONFIG_VECTOR, 2), NO_VECTOR);
	is(rd(COMMON + QUEUE_SIZE, 2), 64);
	is(rd(COMMON + QUEUE_VECTOR, 2), NO_VECTOR);
	is(rd(COMMON + QUEUE_ENABLE, 2), 0);
	wr(COMMON + QUEUE_SELECT, 1, 2);
	is(rd(COMMON + QUEUE_SELECT, 2), 1);
	is(rd(COMMON + NOTIFY_OFF, 2), 1);
	is(rd(COMMON + NOTIFY_DATA, 2), 1);
	drive(test, 0);
	is(rd(COMMON + DRIVER_SELECT, 4), 1);
	is(rd(COMMON + DRIVER_FEATURE, 4), 1);
	is(rd(COMMON + QUEUE_DESC, 8), 0x100010000);
	is(rd(COMMON + QUEUE_DRIVER, 4), 0x00011000);
	is(rd(COMMON + QUEUE_DRIVER + 4, 4), 2);
	is(rd(COMMON + QUEUE_DEVICE, 8), 0x300012000);
	is(rd(COMMON + QUEUE_ENABLE, 2), 1);
	is(blk(test)->ignored, 0);
}

static void vpci_queue_reset(struct kunit *test)
{
	drive(test, BIT(8));
	wr(COMMON + QUEUE_SELECT, 0, 2);
	H->lazy = true;
	wr(COMMON + QUEUE_RESET, 1, 2);
	is(rd(COMMON + QUEUE_RESET, 2), 1);
	harness_settle(H);
	H->lazy = false;
	is(rd(COMMON + QUEUE_RESET, 2), 0);
	is(rd(COMMON + QUEUE_ENABLE, 2), 0);
	is(blk(test)->running, 2);
}

/* ---- Notifications, interrupts ---- */

static void vpci_notifies(struct kunit *test)
{
	drive(test, 0);
	wr(NOTIFY + 4, 0, 2);
	is(H->kicks, 1);
	is(H->kicked, 1);
	wr(NOTIFY, 1, 2);
	is(H->kicks, 2);
	is(H->kicked, 0);
	wr(NOTIFY + 2, 0, 2);
	wr(NOTIFY + 1, 0, 1);
	wr(NOTIFY + 8, 2, 2);
	is(H->kicks, 2);
	is(blk(test)->ignored, 3);
	is(rd(NOTIFY, 4), 0);
	wr(NOTIFY + 4, 0, 1);		/* of any width */
	is(H->kicks, 3);
	is(H->kicked, 1);
	wr(NOTIFY, 0, 4);
	is(H->kicks, 4);
	is(H->kicked, 0);
}

static void vpci_notifies_by_port(struct kunit *test)
{
	drive(test, 0);
	out16(PORTS + 4, 0);
	is(H->kicks, 1);
	is(H->kicked, 1);
	out16(PORTS, 1);
	is(H->kicks, 2);
	is(H->kicked, 0);
	out16(PORTS + 2, 0);
	out(PORTS + 3, 0);
	out16(PORTS + 8, 2);
	is(H->kicks, 2);
	is(blk(test)->ignored, 3);
	is(in(PORTS), 0);
	set(BLK, 0x04, 6, 2);		/* ports are not decoded: memory is */
	out16(PORTS, 0);
	is(H->kicks, 2);
	wr(NOTIFY, 0, 2);
	is(H->kicks, 3);
	set(BLK, 0x10, PORTS + 0x80, 4);
	set(BLK, 0x04, 5, 2);		/* ports are decoded, memory is not */
	out16(PORTS + 0x84, 0);
	out16(PORTS, 0);
	wr(NOTIFY, 0, 2);
	is(H->kicks, 4);
	is(H->kicked, 1);
	out(PORTS + 0x80, 0);
	is(H->kicks, 5);
	is(H->kicked, 0);
}

/* With NOTIFICATION_DATA a doorbell's data name the queue as well: the address decides. */
static void vpci_notification_data(struct kunit *test)
{
	drive(test, BIT(6));
	wr(NOTIFY + 4, 0x12340001, 4);
	is(H->kicks, 1);
	is(H->kicked, 1);
	out32(PORTS, 0xffff0000);
	is(H->kicks, 2);
	is(H->kicked, 0);
	is(blk(test)->odd_bells, 0);
	wr(NOTIFY + 4, 0x12340000, 4);
	is(H->kicks, 3);
	is(H->kicked, 1);
	wr(NOTIFY, 0, 2);			/* without them */
	is(H->kicks, 4);
	is(H->kicked, 0);
	is(blk(test)->odd_bells, 2);
	wr(NOTIFY + 8, 0x12340002, 4);		/* no queue */
	is(H->kicks, 4);
	is(blk(test)->wrong[VIRTIO_BAD_BELL], 1);
	drive(test, 0);
	wr(NOTIFY + 4, 0x12340000, 4);		/* without the feature any value is good */
	is(H->kicks, 5);
	is(H->kicked, 1);
	is(blk(test)->ignored, 1);
}

/* Without bus mastering no ring is touched; what was made available is found afterwards. */
static void vpci_bus_master(struct kunit *test)
{
	drive(test, 0);
	H->lazy = true;
	set(BLK, 0x04, 3, 2);
	is(blk(test)->running, 3);		/* until the host has stopped them */
	is(H->services, BIT_ULL(blk(test)->dev.index));
	harness_settle(H);
	H->lazy = false;
	is(blk(test)->running, 0);
	is(rd(COMMON + STATUS, 1), 0xf);	/* for the driver nothing has changed */
	is(rd(COMMON + QUEUE_ENABLE, 2), 1);
	wr(NOTIFY + 4, 0, 2);
	out16(PORTS, 0);
	is(H->kicks, 0);
	is(blk(test)->wrong[VIRTIO_NO_MASTER], 2);
	used(test, 0);				/* too late */
	is(rd(ISR, 1), 0);
	set(BLK, 0x04, 7, 2);
	is(blk(test)->running, 3);
	wr(NOTIFY + 4, 0, 2);
	is(H->kicks, 1);
	wr(COMMON + STATUS, 0, 1);
	wr(NOTIFY, 0, 2);
	is(blk(test)->wrong[VIRTIO_IDLE_BELL], 1);
	is(blk(test)->wrong[VIRTIO_NO_MASTER], 2);
}

/* A reset of the queue, and of the device, end while the function is no bus master. */
static void vpci_resets_without_bus_master(struct kunit *test)
{
	drive(test, BIT(8));
	set(BLK, 0x04, 3, 2);
	wr(COMMON + QUEUE_SELECT, 0, 2);
	wr(COMMON + QUEUE_RESET, 1, 2);
	is(rd(COMMON + QUEUE_RESET, 2), 0);
	is(rd(COMMON + QUEUE_ENABLE, 2), 0);
	set(BLK, 0x04, 7, 2);
	is(blk(test)->running, 2);
	set(BLK, 0x04, 3, 2);
	wr(COMMON + STATUS, 0, 1);
	is(rd(COMMON + STATUS, 1), 0);
}

/* With MSI, its message instead of the pin: each time, and the ISR status as ever. */
static void vpci_msi(struct kunit *test)
{
	drive(test, 0);
	set(BLK, MSI + 4, 0xfee00000, 4);
	set(BLK, MSI + 12, 0x51, 2);
	set(BLK, MSI + 2, 1, 2);
	is(H->routes[GSI(0)].data, 0x51);
	used(test, 0);
	is(msis(GSI(0)), 1);
	is(line(PIRQ), 0);
	used(test, 1);
	is(msis(GSI(0)), 2);
	is(rd(ISR, 1), 1);
	is(rd(ISR, 1), 0);
	capacity(test, 1);
	is(msis(GSI(0)), 3);
	is(rd(ISR, 1), 2);
	used(test, 0);
	set(BLK, MSI + 2, 0, 2);		/* and the pin again */
	is(line(PIRQ), 1);
	is(rd(ISR, 1), 1);
	is(line(PIRQ), 0);
	is(msis(GSI(0)), 4);
}

static void vpci_intx(struct kunit *test)
{
	drive(test, 0);
	used(test, 0);
	is(line(PIRQ), 1);
	capacity(test, 8);
	is(rd(ISR, 1), 3);
	is(line(PIRQ), 0);
	is(rd(ISR, 1), 0);
	is(rd(ISR + 1, 1), 0);
	wr(ISR, 1, 1);
	is(blk(test)->ignored, 1);
}

static void vpci_vectors(struct kunit *test)
{
	set(BLK, MSIX_FLAGS, MSIX_ENABLE, 2);
	vector(test, 0, 0);
	vector(test, 1, 0);
	vector(test, 2, 1);
	drive(test, 0);
	wr(COMMON + CONFIG_VECTOR, 0, 2);
	is(rd(COMMON + CONFIG_VECTOR, 2), 0);
	wr(COMMON + QUEUE_SELECT, 0, 2);
	wr(COMMON + QUEUE_VECTOR, 1, 2);
	wr(COMMON + QUEUE_SELECT, 1, 2);
	wr(COMMON + QUEUE_VECTOR, 2, 2);
	used(test, 0);
	is(msis(GSI(1)), 1);
	used(test, 1);		/* masked: pending */
	is(msis(GSI(2)), 0);
	is(rd(TABLE + 0x800, 4), 4);
	vector(test, 2, 0);
	is(msis(GSI(2)), 1);
	capacity(test, 8);
	is(msis(GSI(0)), 1);
	is(line(PIRQ), 0);
	is(rd(ISR, 1), 0);
}

/* A vector change of a running queue is reported to its serving thread. */
static void vpci_vector_of_a_running_queue(struct kunit *test)
{
	drive(test, 0);
	H->lazy = true;
	wr(COMMON + QUEUE_SELECT, 1, 2);
	wr(COMMON + QUEUE_VECTOR, 2, 2);
	is(H->services, BIT_ULL(blk(test)->dev.index));
	harness_settle(H);
	is(blk(test)->running, 3);
	wr(COMMON + QUEUE_SELECT, 2, 2);	/* there is no queue 2 */
	wr(COMMON + QUEUE_VECTOR, 1, 2);
	is(H->services, 0);
	wr(COMMON + STATUS, 0, 1);
	harness_settle(H);
	wr(COMMON + QUEUE_SELECT, 1, 2);
	wr(COMMON + QUEUE_VECTOR, 1, 2);	/* the queue does not run */
	is(H->services, 0);
	H->lazy = false;
}

static void vpci_vectors_that_are_none(struct kunit *test)
{
	wr(COMMON + CONFIG_VECTOR, 3, 2);
	is(rd(COMMON + CONFIG_VECTOR, 2), NO_VECTOR);
	wr(COMMON + QUEUE_VECTOR, 2, 2);
	is(rd(COMMON + QUEUE_VECTOR, 2), 2);
	wr(COMMON + QUEUE_VECTOR, 0x100, 2);
	is(rd(COMMON + QUEUE_VECTOR, 2), NO_VECTOR);
	set(BLK, MSIX_FLAGS, MSIX_ENABLE, 2);
	vector(test, 0, 0);
	drive(test, 0);
	used(test, 0);
	is(msis(GSI(0)), 0);
	is(rd(ISR, 1), 0);
	is(rd(TABLE + 0x800, 4), 0);
}

/* ---- The device's configuration; the window ---- */

static void vpci_device_config(struct kunit *test)
{
	capacity(test, 0x123456789);
	is(rd(COMMON + GENERATION, 1), 1);
	is(rd(DEVICE, 8), 0x123456789);
	is(rd(DEVICE + 1, 1), 0x67);
	is(rd(DEVICE + 0x3c, 4), 0);
	is(rd(DEVICE + 0x40, 4), 0xffffffff);
}

static u8 window(struct kunit *test, u32 offset, u32 length)
{
	u8 at = get(BLK, 0x34, 1);

	while (get(BLK, at + 3, 1) != KEEL_VIRTIO_CAP_PCI_CFG || get(BLK, at, 1) != 9)
		at = get(BLK, at + 1, 1);
	set(BLK, at + 4, 4, 1);
	set(BLK, at + 8, offset, 4);
	set(BLK, at + 12, length, 4);
	is(get(BLK, at + 8, 4), offset);
	is(get(BLK, at + 12, 4), length);
	return at;
}

static void vpci_window(struct kunit *test)
{
	u8 at = window(test, NUM_QUEUES, 2);

	is(get(BLK, at + 16, 2), 2);
	set(BLK, at + 4, 1, 1);		/* another BAR */
	is(get(BLK, at + 4, 1), 1);
	is(get(BLK, at + 16, 2), 0);
	at = window(test, STATUS, 1);
	set(BLK, at + 16, 3, 1);
	is(rd(COMMON + STATUS, 1), 3);
	is(get(BLK, at + 16, 1), 3);
	/* The window works without memory decoding: that is its purpose. */
	set(BLK, 0x04, 0, 2);
	is(get(BLK, at + 16, 1), 3);
	set(BLK, at + 8, 0x00002222, 2);
	set(BLK, at + 10, 0x11, 1);
	is(get(BLK, at + 8, 4), 0x112222);
	set(BLK, at + 5, 0xff, 1);
	is(get(BLK, at + 4, 4), 4);
}

static void vpci_window_rings(struct kunit *test)
{
	u8 at;

	drive(test, 0);
	at = window(test, 0x3004, 2);
	set(BLK, at + 16, 1, 2);
	is(H->kicks, 1);
	is(H->kicked, 1);
	at = window(test, 0, 2);
	set(BLK, at + 4, 0, 1);		/* BAR 0: ports */
	set(BLK, at + 16, 0, 2);
	is(H->kicks, 2);
	is(H->kicked, 0);
	is(get(BLK, at + 16, 2), 0);
	set(BLK, at + 8, 0x80, 4);	/* behind them */
	set(BLK, at + 16, 0, 2);
	is(H->kicks, 2);
	used(test, 0);
	at = window(test, 0x1000, 1);
	is(get(BLK, at + 16, 1), 1);
	is(line(PIRQ), 0);
}

/* ---- States ---- */

static bool accepts(struct kunit *test, const struct keel_virtio_pci_state *s)
{
	const struct keel_dev *dev = &blk(test)->dev;

	return keel_pci_check(dev, s) && dev->ops->check(dev, s, H->now);
}

static void vpci_states(struct kunit *test)
{
	static struct keel_virtio_pci_state s, good;

	drive(test, 0);
	used(test, 0);
	good = *(struct keel_virtio_pci_state *)((void *)blk(test) + blk(test)->dev.ops->state);
	ok(accepts(test, &good));
	s = good;
	s.virtio.queues[1].vector = 3;
	ok(!accepts(test, &s));
	s = good;
	s.virtio.queues[0].vector = 3;
	ok(!accepts(test, &s));
	s = good;
	s.virtio.config_vector = 0xfffe;
	ok(!accepts(test, &s));
	s = good;
	s.pci.intx = 0;
	ok(!accepts(test, &s));
	s = good;
	s.pad[6] = 1;
	ok(!accepts(test, &s));
	s = good;
	s.virtio.status = 0x20;
	ok(!accepts(test, &s));
}

/* A state of version 2 has the same addresses, in BARs with other numbers. */
static void vpci_state_before(struct kunit *test)
{
	static const u32 was[KEEL_PCI_NR_BARS] = { BAR4, 0, PORTS, 0, TABLE, 0 };
	static struct keel_virtio_pci_state s, good;
	const struct keel_dev_ops *ops = blk(test)->dev.ops;
	u8 at;

	drive(test, 0);
	at = window(test, NUM_QUEUES, 2);
	good = *(struct keel_virtio_pci_state *)((void *)blk(test) + ops->state);
	s = good;
	memcpy(s.pci.bar, was, sizeof(was));
	s.cfg_bar = 0;
	ok(!accepts(test, &s));
	ops->upgrade(&s);
	ok(accepts(test, &s));
	is(memcmp(&s, &good, sizeof(s)), 0);
	memcpy(s.pci.bar, was, sizeof(was));
	s.pci.bar[5] = 1;		/* no version has had one there */
	s.cfg_bar = 77;
	ops->upgrade(&s);
	ok(!accepts(test, &s));
	is(s.cfg_bar, 77);
	is(get(BLK, at + 16, 2), 2);
}

static void vpci_resets(struct kunit *test)
{
	drive(test, 0);
	used(test, 0);
	window(test, NUM_QUEUES, 2);
	wr(COMMON + CONFIG_VECTOR, 1, 2);
	wr(COMMON + STATUS, 0, 1);
	is(rd(COMMON + STATUS, 1), 0);
	is(rd(COMMON + CONFIG_VECTOR, 2), NO_VECTOR);
	is(line(PIRQ), 0);
	is(rd(ISR, 1), 0);
	drive(test, 0);
	whole_reset(H->board);
	harness_settle(H);
	is(blk(test)->running, 0);
	is(rd(COMMON + STATUS, 1), 0xff);	/* nothing decodes it any more */
}

static void vpci_needs_a_bridge(struct kunit *test)
{
	struct keel_device_config config = vpci_devices[1];
	unsigned int nr = 0;
	void *mem = kunit_kzalloc(test, keel_board_size(&config, 1), GFP_KERNEL);

	is(keel_board_build(mem, H->board->host.ops, H, &config, 1, NULL, &nr), (u64)-EINVAL);
	config.virtio.type = 7;
	is(keel_board_size(&config, 1), 0);
}

static struct kunit_case vpci_cases[] = {
	KUNIT_CASE(vpci_identity),
	KUNIT_CASE(vpci_capabilities),
	KUNIT_CASE(vpci_capabilities_without_ports),
	KUNIT_CASE(vpci_bars),
	KUNIT_CASE(vpci_registers),
	KUNIT_CASE(vpci_queue_reset),
	KUNIT_CASE(vpci_notifies),
	KUNIT_CASE(vpci_notifies_by_port),
	KUNIT_CASE(vpci_notification_data),
	KUNIT_CASE(vpci_bus_master),
	KUNIT_CASE(vpci_resets_without_bus_master),
	KUNIT_CASE(vpci_intx),
	KUNIT_CASE(vpci_msi),
	KUNIT_CASE(vpci_vectors),
	KUNIT_CASE(vpci_vector_of_a_running_queue),
	KUNIT_CASE(vpci_vectors_that_are_none),
	KUNIT_CASE(vpci_device_config),
	KUNIT_CASE(vpci_window),
	KUNIT_CASE(vpci_window_rings),
	KUNIT_CASE(vpci_states),
	KUNIT_CASE(vpci_state_before),
	KUNIT_CASE(vpci_resets),
	KUNIT_CASE(vpci_needs_a_bridge),
	{}
};

static struct kunit_suite vpci_suite = {
	.name = "keel-virtio-pci",
	.init = vpci_init,
	.exit = harness_exit,
	.test_cases = vpci_cases,
};

kunit_test_suite(vpci_suite);
