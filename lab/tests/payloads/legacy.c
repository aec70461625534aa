// SPDX-License-Identifier: GPL-2.0
/*
 * A driver from before version 1 of virtio, for a disk and a network interface: over PCI by the
 * ports of BAR 0, as Solo5's and old kernels' drivers, or with the command line "mmio" by a window
 * of version 1. It assigns nothing, writes single status bits, gives each queue one page number,
 * makes buffers available before DRIVER_OK, and takes interrupts by the 8259s; then by MSI-X, with
 * which the configuration moves.
 *
 * Queues have the size that the device has chosen.
 */
#include "apic.h"
#include "echo.h"
#include "virtio.h"

#define VENDOR		0x1af4
#define CAP_LIST	0x34
#define CAP_MSIX	0x11
#define MSIX_ENABLE	BIT(31)		/* in the dword of the capability */
#define INTERRUPT	0x3c

#define MMIO_BASE	0xfeb00000	/* the launcher's windows, and their lines in turn */
#define MMIO_STEP	0x1000
#define MMIO_WINDOWS	4
#define MMIO_MAGIC	0x74726976

#define PAGE		4096
#define SECTOR		512
#define MOST		256		/* descriptors of a queue */
#define NO_VECTOR	0xffff
#define MSI_VECTOR	0x60

#define S_ACKNOWLEDGE	1
#define S_DRIVER	2
#define S_DRIVER_OK	4
#define S_FEATURES_OK	8

#define F_ANY_LAYOUT	BIT(27)
#define NET_F_MAC	BIT(5)
#define NET_HEADER	10		/* without mergeable buffers */
#define BLK_IN		0
#define BLK_OUT		1

enum {
	DEVICE_FEATURES, DRIVER_FEATURES, QUEUE_PFN, QUEUE_SIZE, QUEUE_SELECT, QUEUE_NOTIFY, STATUS,
	ISR, CONFIG_VECTOR, QUEUE_VECTOR,
};

static const struct {
	u8 port;
	u8 width;
	u16 window;
} regs[] = {
	[DEVICE_FEATURES] = { 0x00, 4, 0x10 }, [DRIVER_FEATURES] = { 0x04, 4, 0x20 },
	[QUEUE_PFN] = { 0x08, 4, 0x40 }, [QUEUE_SIZE] = { 0x0c, 2, 0x34 },
	[QUEUE_SELECT] = { 0x0e, 2, 0x30 }, [QUEUE_NOTIFY] = { 0x10, 2, 0x50 },
	[STATUS] = { 0x12, 1, 0x70 }, [ISR] = { 0x13, 1, 0x60 },
	[CONFIG_VECTOR] = { 0x14, 2, 0 }, [QUEUE_VECTOR] = { 0x16, 2, 0 },
};

/**
 * struct device - a device.
 * @slot:   over PCI
 * @base:   its ports, or its window
 * @config: where its configuration is, from there
 * @irq:    of the 8259s
 */
struct device {
	unsigned int slot;
	u32 base;
	u32 config;
	u8 irq;
};

/**
 * struct queue - one of its queues.
 * @memory: the areas, in pages of their own
 * @number: which
 * @size:   descriptors
 * @next:   index of the next chain to be made available
 * @seen:   index of the next one to be taken back
 */
struct queue {
	u8 memory[4 * PAGE] __aligned(PAGE);
	u16 number;
	u16 size;
	u16 next;
	u16 seen;
};

static bool mmio;
static struct device blk, net;
static struct queue blk_queue, rx_queue, tx_queue;
static struct device *interrupting;
static unsigned int seen, seen_msi, strays;

/* ---- Registers ---- */

static u32 get(const struct device *d, unsigned int reg)
{
	if (mmio)
		return mmio_read(d->base + regs[reg].window);
	if (regs[reg].width == 4)
		return inl(d->base + regs[reg].port);
	if (regs[reg].width == 2)
		return inw(d->base + regs[reg].port);
	return inb(d->base + regs[reg].port);
}

static void set(const struct device *d, unsigned int reg, u32 value)
{
	if (mmio)
		mmio_write(d->base + regs[reg].window, value);
	else if (regs[reg].width == 4)
		outl(d->base + regs[reg].port, value);
	else if (regs[reg].width == 2)
		outw(d->base + regs[reg].port, value);
	else
		outb(d->base + regs[reg].port, value);
}

static u8 config_byte(const struct device *d, u32 at)
{
	return mmio ? mmio_read8(d->base + d->config + at) : inb(d->base + d->config + at);
}

/* A transitional function's ID, and the type in its subsystem ID */
static bool find_function(struct device *d, u16 id, u16 type)
{
	for (d->slot = 1; d->slot < 32; d->slot++) {
		if (pci_read(d->slot, 0) != ((u32)id << 16 | VENDOR))
			continue;
		d->base = pci_read(d->slot, BAR(0)) & ~3U;
		d->config = 0x14;
		d->irq = pci_read(d->slot, INTERRUPT);
		return pci_read(d->slot, BAR(0)) & 1 && !(pci_read(d->slot, 0x08) & 0xff) &&
		       pci_read(d->slot, 0x2c) == ((u32)type << 16 | VENDOR);
	}
	return false;
}

static bool find_window(struct device *d, u16 type)
{
	static const u8 lines[] = { 10, 11, 5 };
	unsigned int i;

	for (i = 0; i < MMIO_WINDOWS; i++) {
		d->base = MMIO_BASE + i * MMIO_STEP;
		d->config = 0x100;
		d->irq = lines[i % ARRAY_SIZE(lines)];
		if (mmio_read(d->base) == MMIO_MAGIC && mmio_read(d->base + 0x08) == type)
			return mmio_read(d->base + 0x04) == 1;
	}
	return false;
}

static bool find(struct device *d, u16 id, u16 type)
{
	return mmio ? find_window(d, type) : find_function(d, id, type);
}

/* ---- Queues ---- */

static struct vdesc *descriptor(struct queue *q, u16 i)
{
	return (struct vdesc *)q->memory + i;
}

static u16 *avail(struct queue *q)
{
	return (u16 *)(q->memory + sizeof(struct vdesc) * q->size);
}

/* At the next page behind flags, index, entries and used_event of the available ring */
static u16 *used(struct queue *q)
{
	u32 end = (u32)(avail(q) + 3 + q->size);

	return (u16 *)((end + PAGE - 1) & -PAGE);
}

static bool give_queue(const struct device *d, struct queue *q, u16 number)
{
	u32 pfn = (u32)q->memory / PAGE;

	set(d, QUEUE_SELECT, number);
	q->number = number;
	q->size = get(d, QUEUE_SIZE);
	q->next = 0;
	q->seen = 0;
	if (!q->size || q->size > MOST || get(d, QUEUE_PFN))
		return false;
	if (mmio) {
		mmio_write(d->base + 0x38, q->size);
		mmio_write(d->base + 0x3c, PAGE);
	}
	*used(q) = 0;
	used(q)[1] = 0;
	avail(q)[0] = 0;
	avail(q)[1] = 0;
	set(d, QUEUE_PFN, pfn);
	return get(d, QUEUE_PFN) == pfn;
}

static void offer(struct queue *q, u16 head)
{
	avail(q)[2 + q->next % q->size] = head;
	q->next++;
	asm volatile("" : : : "memory");
	WRITE_ONCE(avail(q)[1], q->next);
	barrier_full();
}

/* Takes a chain back: bytes written, or -1 if none comes within two seconds. "slot": its head */
static int take(struct queue *q, u32 *slot)
{
	u32 start = pm_read();
	const struct vused *ring = (const struct vused *)(used(q) + 2);

	while (READ_ONCE(used(q)[1]) == q->seen)
		if (pm_read() - start > 2 * PM_HZ)
			return -1;
	asm volatile("" : : : "memory");
	ring += q->seen++ % q->size;
	*slot = ring->id;
	return ring->len;
}

/* ---- Interrupts ---- */

static void on_interrupt_(unsigned int vector)
{
	if (vector == MSI_VECTOR) {
		seen_msi++;
		mmio_write(LAPIC_EOI, 0);
		return;
	}
	if (!(get(interrupting, ISR) & 1))
		strays++;
	if (mmio)
		mmio_write(interrupting->base + 0x64, 1);
	seen++;
	outb(SLAVE, 0x20);
	outb(MASTER, 0x20);
}

static void take_interrupts(struct device *d)
{
	interrupting = d;
	pic_init(MASTER, 0x20, 0x01, 0xff & ~BIT(d->irq < 8 ? d->irq : 2));
	pic_init(SLAVE, 0x28, 0x01, d->irq < 8 ? 0xff : 0xff & ~BIT(d->irq - 8));
}

static bool interrupted(unsigned int *count, unsigned int before)
{
	await(count, before + 1);
	return *count > before;
}

/* ---- From reset to DRIVER_OK ---- */

static u32 negotiate(const struct device *d, u32 wanted)
{
	set(d, STATUS, 0);
	set(d, STATUS, S_ACKNOWLEDGE);
	set(d, STATUS, S_DRIVER);
	if (mmio) {
		mmio_write(d->base + 0x14, 0);
		mmio_write(d->base + 0x24, 0);
		mmio_write(d->base + 0x28, PAGE);
	}
	wanted &= get(d, DEVICE_FEATURES);
	set(d, DRIVER_FEATURES, wanted);
	return wanted;
}

/* ---- Disk ---- */

static struct { u32 type, reserved; u64 sector; } header __aligned(16);
static u8 data[SECTOR] __aligned(SECTOR);
static u8 status;

static void put_request(u32 type, u64 sector)
{
	header.type = type;
	header.sector = sector;
	status = 0xff;
	*descriptor(&blk_queue, 0) = (struct vdesc){ (u32)&header, 16, VRING_NEXT, 1 };
	*descriptor(&blk_queue, 1) = (struct vdesc){
		(u32)data, SECTOR, VRING_NEXT | (type == BLK_IN ? VRING_WRITE : 0), 2,
	};
	*descriptor(&blk_queue, 2) = (struct vdesc){ (u32)&status, 1, VRING_WRITE, 0 };
	offer(&blk_queue, 0);
}

static bool request(u32 type, u64 sector, unsigned int *count)
{
	unsigned int before = *count;
	u32 slot;

	put_request(type, sector);
	set(&blk, QUEUE_NOTIFY, 0);
	return take(&blk_queue, &slot) == (type == BLK_IN ? SECTOR + 1 : 1) && !slot &&
	       !READ_ONCE(status) && interrupted(count, before);
}

/* Writes sectors, and reads them back. */
static unsigned int transfers(unsigned int nr, u32 salt, unsigned int *count)
{
	unsigned int i, good = 0;

	for (i = 0; i < nr; i++) {
		*(u32 *)data = salt + i;
		good += request(BLK_OUT, i, count);
	}
	for (i = 0; i < nr; i++) {
		*(u32 *)data = 0;
		good += request(BLK_IN, i, count) && READ_ONCE(*(u32 *)data) == salt + i;
	}
	return good;
}

static u32 capacity(void)
{
	return config_byte(&blk, 0) | config_byte(&blk, 1) << 8 | config_byte(&blk, 2) << 16;
}

static void test_disk(void)
{
	u32 slot;

	check(find(&blk, 0x1001, VIRTIO_BLK), "a disk for old drivers");
	negotiate(&blk, 0);
	check(get(&blk, DEVICE_FEATURES) & F_ANY_LAYOUT, "with the features of that time");
	is(capacity(), 2048, "it has 1 MiB");
	check(give_queue(&blk, &blk_queue, 0), "it takes a queue by the number of its page");
	take_interrupts(&blk);
	put_request(BLK_IN, 0);
	set(&blk, QUEUE_NOTIFY, 0);
	check(take(&blk_queue, &slot) == SECTOR + 1 && interrupted(&seen, 0),
	      "serves it before DRIVER_OK");
	set(&blk, STATUS, S_DRIVER_OK);
	is(get(&blk, STATUS), S_ACKNOWLEDGE | S_DRIVER | S_DRIVER_OK, "keeps other status bits");
	is(transfers(50, 0x1000, &seen), 100, "writes and reads sectors, with interrupts");
	check(!strays, "each of which its ISR shows");
	set(&blk, QUEUE_PFN, 0);
	check(!get(&blk, QUEUE_PFN) && give_queue(&blk, &blk_queue, 0) &&
	      transfers(1, 0x2000, &seen) == 2, "gives its queue back, and takes it again");
	set(&blk, STATUS, 0);
	check(!get(&blk, STATUS) && !get(&blk, QUEUE_PFN), "a reset takes all of it back");
}

static u32 msix_cap(unsigned int slot)
{
	u32 at = pci_read(slot, CAP_LIST) & 0xfc;

	while (at && (u8)pci_read(slot, at) != CAP_MSIX)
		at = pci_read(slot, at + 1) & 0xfc;
	return at;
}

static void test_msix(void)
{
	u32 cap = msix_cap(blk.slot), table = pci_read(blk.slot, BAR(1)) & ~15U;

	pci_write(blk.slot, cap, pci_read(blk.slot, cap) | MSIX_ENABLE);
	blk.config = 0x18;
	is(capacity(), 2048, "with MSI-X the configuration is behind the vectors");
	negotiate(&blk, 0);
	check(give_queue(&blk, &blk_queue, 0), "a queue");
	set(&blk, QUEUE_VECTOR, 1);
	is(get(&blk, QUEUE_VECTOR), 1, "has a vector");
	set(&blk, CONFIG_VECTOR, 9);
	is(get(&blk, CONFIG_VECTOR), NO_VECTOR, "but none that is not there");
	mmio_write(table + 16, 0xfee00000);
	mmio_write(table + 20, 0);
	mmio_write(table + 24, MSI_VECTOR);
	mmio_write(table + 28, 0);
	set(&blk, STATUS, S_DRIVER_OK);
	is(transfers(50, 0x3000, &seen_msi), 100, "writes and reads sectors, with messages");
	set(&blk, STATUS, 0);
	pci_write(blk.slot, cap, pci_read(blk.slot, cap) & ~MSIX_ENABLE);
	blk.config = 0x14;
}

/* The same device for a driver of today. */
static void test_modern(void)
{
	u8 cap = pci_read(blk.slot, CAP_LIST);
	u32 bar = pci_read(blk.slot, BAR(4)) & ~15U;

	check(cap, "it has capabilities as well");
	mmio_write8(bar + 0x14, S_ACKNOWLEDGE | S_DRIVER);
	mmio_write(bar, 1);
	check(mmio_read(bar + 4) & 1, "offers VERSION_1 there");
	mmio_write(bar + 8, 1);
	mmio_write(bar + 12, 1);
	mmio_write8(bar + 0x14, S_ACKNOWLEDGE | S_DRIVER | S_FEATURES_OK);
	is(get(&blk, STATUS), S_ACKNOWLEDGE | S_DRIVER | S_FEATURES_OK, "and takes it");
	set(&blk, QUEUE_SELECT, 0);
	set(&blk, QUEUE_PFN, 0x100);
	check(!get(&blk, QUEUE_PFN), "no page is a queue then");
	set(&blk, STATUS, 0);
}

/* ---- Network ---- */

static u8 rx[8][2048] __aligned(16);
static u8 tx[NET_HEADER + ECHO_FRAME] __aligned(16);

static void rx_offer(u16 slot)
{
	*descriptor(&rx_queue, slot) = (struct vdesc){ (u32)rx[slot], sizeof(rx[0]), VRING_WRITE,
						       0 };
	offer(&rx_queue, slot);
	set(&net, QUEUE_NOTIFY, 0);
}

/* The answer may have other frames before it. */
static bool round_trip(u16 number)
{
	unsigned int i;
	bool good;
	u32 slot;
	int len;

	echo_number(tx + NET_HEADER, number);
	*descriptor(&tx_queue, 0) = (struct vdesc){ (u32)tx, sizeof(tx), 0, 0 };
	offer(&tx_queue, 0);
	set(&net, QUEUE_NOTIFY, 1);
	if (take(&tx_queue, &slot) < 0)
		return false;
	for (i = 0; i < 20; i++) {
		len = take(&rx_queue, &slot);
		if (len < 0)
			return false;
		good = echo_answers(rx[slot] + NET_HEADER, len - NET_HEADER, number);
		rx_offer(slot);
		if (good)
			return true;
	}
	return false;
}

static void test_net(void)
{
	unsigned int i, good = 0, before = seen;

	check(find(&net, 0x1000, VIRTIO_NET), "a network interface for old drivers");
	check(negotiate(&net, NET_F_MAC), "which has an address,");
	check(config_byte(&net, 0) == 2 && config_byte(&net, 5) == 2, "this one");
	check(give_queue(&net, &rx_queue, 0) && give_queue(&net, &tx_queue, 1), "takes two queues");
	take_interrupts(&net);
	for (i = 0; i < ARRAY_SIZE(rx); i++)
		rx_offer(i);
	avail(&tx_queue)[0] = 1;	/* no interrupts */
	set(&net, STATUS, S_DRIVER_OK);
	echo_make(tx + NET_HEADER);
	for (i = 0; i < 20; i++)
		good += round_trip(i);
	is(good, 20, "and frames go both ways, behind headers of 10 bytes");
	let_through();
	check(seen > before, "with interrupts");
	set(&net, STATUS, 0);
}

void test(void)
{
	mmio = ends_with(command_line(), "mmio");
	on_interrupt = on_interrupt_;
	mmio_write(LAPIC_SVR, SVR_ENABLED);
	test_disk();
	if (!mmio) {
		test_msix();
		test_modern();
	}
	test_net();
}
