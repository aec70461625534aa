/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a virtqueue looks like in the guest's memory (VIRTIO 1.2, 2.7 and 2.8). Numbers
 * are little-endian there, as they are on any host that this runs on.
 */
#ifndef KEEL_VIRTQ_RING_H
#define KEEL_VIRTQ_RING_H

#include <linux/types.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ring.h>

/* flags of an event suppression (2.8.10) beside VRING_PACKED_EVENT_FLAG_*; 3 is reserved. */
#define KEEL_PACKED_EVENT_FLAGS	0x3

#define KEEL_DESC_SIZE		16	/* of either format */
#define KEEL_DESC_ALIGN		16

/* A descriptor of a split ring (2.7.5). */
struct keel_split_desc {
	u64 addr;
	u32 len;
	u16 flags;
	u16 next;
};

/* An element of the used ring (2.7.8). */
struct keel_split_used {
	u32 id;
	u32 len;
};

/* The available ring: flags, idx, a head for each descriptor, used_event. */
#define KEEL_AVAIL_FLAGS	0
#define KEEL_AVAIL_IDX		2
#define KEEL_AVAIL_RING		4
#define KEEL_AVAIL_EVENT(size)	(KEEL_AVAIL_RING + 2 * (u32)(size))
#define KEEL_AVAIL_ALIGN	2

/* The used ring: flags, idx, an element for each descriptor, avail_event. */
#define KEEL_USED_FLAGS		0
#define KEEL_USED_IDX		2
#define KEEL_USED_RING		4
#define KEEL_USED_EVENT(size)	(KEEL_USED_RING + 8 * (u32)(size))
#define KEEL_USED_ALIGN		4

/* Of a packed descriptor, what both sides write: all but the address (2.8.13). */
struct keel_packed_tail {
	u32 len;
	u16 id;
	u16 flags;
};

/* A descriptor of a packed ring. */
struct keel_packed_desc {
	u64 addr;
	struct keel_packed_tail tail;
};

/* Either side's event suppression (2.8.14); @desc: a slot, wrap counter in bit 15. */
struct keel_packed_event {
	u16 desc;
	u16 flags;
};

#define KEEL_PACKED_WRAP	0x8000	/* the wrap counter beside a slot */
#define KEEL_PACKED_EVENT_ALIGN	4

#endif /* KEEL_VIRTQ_RING_H */
