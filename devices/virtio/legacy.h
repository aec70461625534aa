/* SPDX-License-Identifier: GPL-2.0 */
/* The legacy interface, for transports that have it: legacy.c. */
#ifndef KEEL_VIRTIO_LEGACY_H
#define KEEL_VIRTIO_LEGACY_H

#include "core.h"
#include "ring.h"

/* Pages, and the alignment of the device's ring (2.7.2): what x86 drivers have. */
#define KEEL_LEGACY_PAGE	4096U

u32 keel_legacy_device_features(const struct keel_virtio *v);
void keel_legacy_write_features(struct keel_virtio *v, u32 value);
void keel_legacy_write_status(struct keel_virtio *v, u8 value);
u32 keel_legacy_read_pfn(const struct keel_virtio *v);
void keel_legacy_write_pfn(struct keel_virtio *v, u32 value);
void keel_legacy_notify(struct keel_virtio *v, u32 queue);

/**
 * keel_legacy_areas() - where a queue's areas are (2.7.2): one behind the other.
 * @q:   the queue; its size is said
 * @pfn: number of the page that the first one begins in
 */
static inline void keel_legacy_areas(struct keel_virtq_state *q, u32 pfn)
{
	u64 mask = KEEL_LEGACY_PAGE - 1;

	q->desc = (u64)pfn * KEEL_LEGACY_PAGE;
	q->driver = q->desc + KEEL_DESC_SIZE * q->size;
	q->device = (q->driver + KEEL_AVAIL_EVENT(q->size) + sizeof(u16) + mask) & ~mask;
}

#endif /* KEEL_VIRTIO_LEGACY_H */
