// SPDX-License-Identifier: GPL-2.0
/* See virtio.h. VIRTIO 1.2: 2.7 (split rings), 3.1 (initialization), 4.1 (PCI). */
#include "virtio.h"

#define VENDOR		0x1af4
#define DEVICE		0x1040
#define CAP_LIST	0x34
#define CAP_VENDOR	0x09
#define CAP_MSIX	0x11
#define CFG_COMMON	1
#define CFG_NOTIFY	2
#define CFG_ISR		3
#define CFG_DEVICE	4

/* BAR addresses for functions that no firmware has placed */
#define PORTS		0xc000
#define WINDOW		0xe4000000

/* Common configuration (4.1.4.3) */
#define DEVICE_SELECT	0x00
#define DEVICE_FEATURES	0x04
#define DRIVER_SELECT	0x08
#define DRIVER_FEATURES	0x0c
#define STATUS		0x14
#define QUEUE_SELECT	0x16
#define QUEUE_SIZE	0x18
#define QUEUE_VECTOR	0x1a
#define QUEUE_ENABLE	0x1c
#define QUEUE_BELL	0x1e
#define QUEUE_DESC	0x20
#define QUEUE_DRIVER	0x28
#define QUEUE_DEVICE	0x30

#define S_ACKNOWLEDGE	1
#define S_DRIVER	2
#define S_DRIVER_OK	4
#define S_FEATURES_OK	8

#define NO_VECTOR	0xffff

static u32 next_port = PORTS, next_memory = WINDOW;

/* ---- PCI ---- */

static void place_bar(unsigned int slot, unsigned int bar)
{
	u32 kind = pci_read(slot, BAR(bar)), size, *next;

	pci_write(slot, BAR(bar), 0xffffffff);
	if (kind & 1) {
		size = -(pci_read(slot, BAR(bar)) & ~3U) & 0xffff;
		next = &next_port;
	} else {
		size = -(pci_read(slot, BAR(bar)) & ~15U);
		next = &next_memory;
	}
	*next = (*next + size - 1) & -size;
	pci_write(slot, BAR(bar), *next);
	*next += size;
	if ((kind & 7) == 4)
		pci_write(slot, BAR(bar + 1), 0);
}

/* bar() - a BAR's address, and whether it has ports; places it if unplaced or out of reach */
static u32 bar(unsigned int slot, unsigned int nr, bool *io)
{
	u32 value = pci_read(slot, BAR(nr));

	*io = value & 1;
	if (!(value & (*io ? ~3U : ~15U)) || ((value & 7) == 4 && pci_read(slot, BAR(nr + 1))))
		place_bar(slot, nr);
	return pci_read(slot, BAR(nr)) & (*io ? ~3U : ~15U);
}

static void found_bell(struct vfunction *f, u32 cap, u32 at, bool io)
{
	u32 step = pci_read(f->slot, cap + 16);

	if (!f->bell) {
		f->bell = at;
		f->bell_io = io;
		f->bell_step = step;
	}
	if (!io && !f->memory_bell) {
		f->memory_bell = at;
		f->memory_step = step;
	}
}

static void read_cap(struct vfunction *f, u32 cap)
{
	u8 id = pci_read(f->slot, cap), type = pci_read(f->slot, cap + 3);
	bool io;
	u32 at;

	if (id == CAP_MSIX) {
		u32 table = pci_read(f->slot, cap + 4);

		f->msix = cap;
		f->table = bar(f->slot, table & 7, &io) + (table & ~7U);
		pci_write(f->slot, cap, pci_read(f->slot, cap) | BIT(31));
		return;
	}
	if (id != CAP_VENDOR || type < CFG_COMMON || type > CFG_DEVICE)
		return;
	at = bar(f->slot, pci_read(f->slot, cap + 4) & 7, &io) + pci_read(f->slot, cap + 8);
	if (type == CFG_NOTIFY)
		found_bell(f, cap, at, io);
	else if (type == CFG_COMMON)
		f->common = at;
	else if (type == CFG_ISR)
		f->isr = at;
	else
		f->config = at;
}

static void set_up_function(struct vfunction *f, unsigned int slot)
{
	u32 cap;

	*f = (struct vfunction){ .slot = slot };
	for (cap = pci_read(slot, CAP_LIST) & 0xfc; cap; cap = pci_read(slot, cap + 1) & 0xfc)
		read_cap(f, cap);
	pci_write(slot, COMMAND, IO | MEMORY | BUS_MASTER);
}

bool virtio_find(struct vfunction *f, unsigned int type)
{
	unsigned int slot;

	for (slot = 0; slot < 32; slot++) {
		if (pci_read(slot, 0) != ((DEVICE + type) << 16 | VENDOR))
			continue;
		set_up_function(f, slot);
		return true;
	}
	return false;
}

/* ---- The device ---- */

static void mmio_write16(u32 at, u16 value)
{
	asm volatile("movw %0, (%1)" : : "r"(value), "r"(at) : "memory");
}

bool virtio_negotiate(struct vfunction *f, u64 wanted)
{
	u64 offered;

	mmio_write8(f->common + STATUS, 0);
	while (mmio_read8(f->common + STATUS))
		;
	mmio_write8(f->common + STATUS, S_ACKNOWLEDGE | S_DRIVER);
	mmio_write(f->common + DEVICE_SELECT, 1);
	offered = (u64)mmio_read(f->common + DEVICE_FEATURES) << 32;
	mmio_write(f->common + DEVICE_SELECT, 0);
	offered |= mmio_read(f->common + DEVICE_FEATURES);
	f->features = offered & (wanted | VIRTIO_F_VERSION_1);
	mmio_write(f->common + DRIVER_SELECT, 0);
	mmio_write(f->common + DRIVER_FEATURES, f->features);
	mmio_write(f->common + DRIVER_SELECT, 1);
	mmio_write(f->common + DRIVER_FEATURES, f->features >> 32);
	mmio_write8(f->common + STATUS, S_ACKNOWLEDGE | S_DRIVER | S_FEATURES_OK);
	return mmio_read8(f->common + STATUS) & S_FEATURES_OK;
}

static void write_area(struct vfunction *f, u32 reg, const void *at)
{
	mmio_write(f->common + reg, (u32)at);
	mmio_write(f->common + reg + 4, 0);
}

/* The MSI-X vector is the queue's number. */
static bool set_vector(struct vfunction *f, unsigned int index, u8 vector)
{
	u32 entry = f->table + 16 * index;

	mmio_write16(f->common + QUEUE_VECTOR, vector ? index : NO_VECTOR);
	if (!vector)
		return true;
	mmio_write(entry, 0xfee00000);
	mmio_write(entry + 4, 0);
	mmio_write(entry + 8, vector);
	mmio_write(entry + 12, 0);
	return mmio_read16(f->common + QUEUE_VECTOR) == index;
}

bool virtio_queue(struct vfunction *f, struct vring *q, unsigned int index, u8 vector)
{
	u32 off;

	*q = (struct vring){ .index = index };
	mmio_write16(f->common + QUEUE_SELECT, index);
	if (mmio_read16(f->common + QUEUE_SIZE) < VRING_SIZE)
		return false;
	mmio_write16(f->common + QUEUE_SIZE, VRING_SIZE);
	write_area(f, QUEUE_DESC, q->desc);
	write_area(f, QUEUE_DRIVER, q->avail);
	write_area(f, QUEUE_DEVICE, &q->used);
	off = mmio_read16(f->common + QUEUE_BELL);
	q->event_idx = f->features & VIRTIO_F_EVENT_IDX;
	q->data = f->features & VIRTIO_F_DATA;
	q->in_order = f->features & VIRTIO_F_IN_ORDER;
	q->bell = f->bell + off * f->bell_step;
	q->bell_io = f->bell_io;
	q->memory_bell = f->memory_bell ? f->memory_bell + off * f->memory_step : 0;
	if (!vector && f->features & VIRTIO_F_PACKED)
		q->driver.flags = 1;	/* no interrupts */
	else if (!vector && !q->event_idx)
		q->avail[0] = 1;
	if (!set_vector(f, index, vector))
		return false;
	mmio_write16(f->common + QUEUE_ENABLE, 1);
	return mmio_read16(f->common + QUEUE_ENABLE) == 1;
}

void virtio_ready(struct vfunction *f)
{
	mmio_write8(f->common + STATUS,
		    S_ACKNOWLEDGE | S_DRIVER | S_FEATURES_OK | S_DRIVER_OK);
}

/* ---- Rings ---- */

void vring_add(struct vring *q, u16 slot)
{
	q->avail[2 + q->next % VRING_SIZE] = slot;
	q->next++;
	asm volatile("" : : : "memory");
	WRITE_ONCE(q->avail[1], q->next);
}

/* 2.9: a split ring's index, all of it, is in the upper half. */
static void ring_with_data(const struct vring *q)
{
	u32 data = q->index | (u32)q->next << 16;

	if (q->bell_io)
		outl(q->bell, data);
	else
		mmio_write(q->bell, data);
}

void vring_ring(const struct vring *q)
{
	if (q->data)
		ring_with_data(q);
	else if (q->bell_io)
		outw(q->bell, q->index);
	else
		mmio_write16(q->bell, q->index);
}

void vring_kick(struct vring *q)
{
	u16 old = q->told, event;

	barrier_full();
	event = READ_ONCE(q->used.event);
	q->told = q->next;
	if (q->event_idx ? (u16)(q->next - event - 1) < (u16)(q->next - old) :
	    !(READ_ONCE(q->used.flags) & 1))
		vring_ring(q);
}

/* There is a chain. Only the first of a batch has an element, with the id of the last. */
static int get_in_order(struct vring *q)
{
	u16 slot = q->avail[2 + q->seen % VRING_SIZE];

	if (q->seen == q->batch)
		q->last = q->used.ring[q->seen % VRING_SIZE].id;
	q->seen++;
	if (slot == q->last)
		q->batch = q->seen;
	return slot;
}

int vring_get(struct vring *q, u32 *len)
{
	const struct vused *used = &q->used.ring[q->seen % VRING_SIZE];

	if (q->seen == READ_ONCE(q->used.index))
		return -1;
	asm volatile("" : : : "memory");
	if (q->in_order && !len)
		return get_in_order(q);
	q->seen++;
	if (len)
		*len = used->len;
	return used->id;
}

bool vring_await(struct vring *q)
{
	u32 start = pm_read();

	while (vring_get(q, NULL) < 0)
		if (pm_read() - start > 2 * PM_HZ)
			return false;
	return true;
}

bool vring_enable(struct vring *q)
{
	WRITE_ONCE(q->avail[2 + VRING_SIZE], q->seen);
	barrier_full();
	return q->seen != READ_ONCE(q->used.index);
}
