/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A small virtio driver: modern functions on PCI, split rings, indirect descriptors and
 * EVENT_IDX as Linux's driver uses them, an MSI-X vector for each queue. A queue's
 * descriptors are its slots: the caller keeps track of those in flight.
 *
 * Packed rings are driven by packed.c, without EVENT_IDX.
 */
#ifndef VIRTIO_H
#define VIRTIO_H

#include "pciconf.h"

#define VIRTIO_NET		1
#define VIRTIO_BLK		2
#define VIRTIO_CONSOLE		3
#define VIRTIO_RNG		4

#define VIRTIO_F_INDIRECT	BIT_ULL(28)
#define VIRTIO_F_EVENT_IDX	BIT_ULL(29)
#define VIRTIO_F_VERSION_1	BIT_ULL(32)
#define VIRTIO_F_PACKED		BIT_ULL(34)
#define VIRTIO_F_IN_ORDER	BIT_ULL(35)
#define VIRTIO_F_DATA		BIT_ULL(38)	/* NOTIFICATION_DATA */

#define VRING_SIZE		64
#define VRING_NEXT		1
#define VRING_WRITE		2
#define VRING_INDIRECT		4

struct vdesc {
	u64 addr;
	u32 len;
	u16 flags;
	u16 next;
};

struct vused {
	u32 id;
	u32 len;
};

/* A descriptor of a packed ring */
struct vpacked {
	u64 addr;
	u32 len;
	u16 id;
	u16 flags;
};

/* Which side wants to be notified, in a packed queue */
struct vevent {
	u16 place;
	u16 flags;
};

/* A buffer of a chain, for either format */
struct vbuf {
	u64 addr;
	u32 len;
	u16 flags;
};

/**
 * struct vfunction - a virtio function of the bus.
 * @slot:     device number
 * @features: negotiated
 * @common:   address of its common configuration
 * @config:   address of its device configuration
 * @isr:      address of its interrupt status
 * @bell:     address of its doorbells, by the first capability with any
 * @bell_io:  these are ports
 * @bell_step: bytes from one to the next
 * @memory_bell: doorbells in memory, or 0
 * @memory_step: the same for those
 * @table:    its MSI-X table
 * @msix:     where in its configuration space the MSI-X capability is
 */
struct vfunction {
	unsigned int slot;
	u64 features;
	u32 common;
	u32 config;
	u32 isr;
	u32 bell;
	bool bell_io;
	u32 bell_step;
	u32 memory_bell;
	u32 memory_step;
	u32 table;
	u32 msix;
};

/**
 * struct vring - a queue.
 * @desc:    descriptor table, then the two rings in memory of their own
 * @packed:  or the packed ring
 * @avail:   the driver's ring: flags, index, entries, used_event
 * @driver:  or the driver's event suppression
 * @used:    the device's: flags, index, entries, avail_event
 * @device:  or the device's event suppression
 * @next:    index of the next chain to make available
 * @told:    index up to which the device was notified
 * @seen:    index of the next chain to take back
 * @event_idx: negotiated
 * @data:    notifications have data: negotiated
 * @in_order: the device gives chains back in order: negotiated
 * @batch:   then, index of the next batch
 * @last:    the last chain of this one
 * @bell:    address of its doorbell
 * @memory_bell: address of its doorbell in memory, or 0
 * @bell_io: @bell is a port
 * @index:   number of the queue
 */
struct vring {
	union {
		struct vdesc desc[VRING_SIZE];
		struct vpacked packed[VRING_SIZE];
	} __aligned(16);
	union {
		u16 avail[2 + VRING_SIZE + 1];
		struct vevent driver;
	} __aligned(4);
	union {
		struct {
			u16 flags;
			u16 index;
			struct vused ring[VRING_SIZE];
			u16 event;
		} used;
		struct vevent device;
	} __aligned(4);
	u16 next;
	u16 told;
	u16 seen;
	bool event_idx;
	bool data;
	bool in_order;
	u16 batch;
	u16 last;
	bool bell_io;
	u32 bell;
	u32 memory_bell;
	u16 index;
};

static inline void barrier_full(void)
{
	asm volatile("lock; addl $0, (%%esp)" : : : "memory");
}

/* The first function of a type; false: there is none. */
bool virtio_find(struct vfunction *f, unsigned int type);
/* Resets, and negotiates the wanted features that are offered; false: the device refuses. */
bool virtio_negotiate(struct vfunction *f, u64 wanted);
/* Sets up a queue whose interrupts have the CPU's "vector"; 0: no interrupts. */
bool virtio_queue(struct vfunction *f, struct vring *q, unsigned int index, u8 vector);
void virtio_ready(struct vfunction *f);

/* Makes descriptor "slot" and its chain available; vring_kick() notifies the device. */
void vring_add(struct vring *q, u16 slot);
void vring_kick(struct vring *q);
/* Notifies the device, even if it has suppressed notifications. */
void vring_ring(const struct vring *q);
/* Takes a chain back: its slot, or -1. "len": bytes written; may be NULL, and is with IN_ORDER */
int vring_get(struct vring *q, u32 *len);
/* Takes the next chain back; false: none comes within two seconds. */
bool vring_await(struct vring *q);
/* Requests an interrupt for the next chain; true: one is used already. */
bool vring_enable(struct vring *q);

/* ---- Packed rings ---- */

/* Writes a chain in the slots from "place" on: available if the chain before it ends there. */
void packed_write(struct vring *q, u16 place, const struct vbuf *chain, unsigned int nr);
/* Makes a chain available; packed_kick() notifies the device. */
void packed_put(struct vring *q, const struct vbuf *chain, unsigned int nr);
void packed_kick(struct vring *q);
/* A chain of one slot, with an id of its own. */
void packed_write_id(struct vring *q, u16 id, const struct vbuf *buf);
/* The chain that is used at the place where the next one has to be; taking it is the caller's. */
bool packed_used(struct vring *q, u16 *id, u32 *len);
/* Takes a chain back, in the order of use. */
bool packed_get(struct vring *q);
/* Flags of a descriptor that is available at this place. */
u16 packed_flags(u16 place);

#endif /* VIRTIO_H */
