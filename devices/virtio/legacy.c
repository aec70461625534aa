// SPDX-License-Identifier: GPL-2.0
/*
 * The legacy interface (VIRTIO 1.2, 1.3.1 and the sections "Legacy Interface"): what drivers from
 * before version 1 have instead of a part of core.c.
 *
 * There is one word of features, and no FEATURES_OK: features are final from DRIVER_OK on, and
 * those that were not offered are not taken. A queue is a number of a page: its three areas are
 * behind one another there, the used ring at the next page (2.7.2). Byte order is the guest's,
 * which is little-endian. Status bits are added; writing 0 resets.
 *
 * Drivers have used queues before DRIVER_OK (3.1.2): the first notification of one that is there
 * means DRIVER_OK.
 *
 * A transitional device has both interfaces, and its driver uses one of them. A queue that was
 * given as a page cannot be had with FEATURES_OK, and the other way round; so whatever a driver
 * mixes, a queue's format is that of its features.
 *
 * Not modelled: other pages, and another alignment of the used ring, than 4096 bytes.
 */
#include "legacy.h"

#define LEGACY_STATUS	(VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER | \
			 VIRTIO_CONFIG_S_DRIVER_OK | VIRTIO_CONFIG_S_FAILED)
#define LEGACY_FINAL	(VIRTIO_CONFIG_S_FEATURES_OK | VIRTIO_CONFIG_S_DRIVER_OK)

/**
 * keel_legacy_device_features() - what is offered.
 * @v: the device
 */
u32 keel_legacy_device_features(const struct keel_virtio *v)
{
	return keel_virtio_legacy_offered(v);
}

/**
 * keel_legacy_write_features() - the driver accepts features.
 * @v:     the device
 * @value: all of them; those that were not offered are left out, and counted
 */
void keel_legacy_write_features(struct keel_virtio *v, u32 value)
{
	u64 offered = keel_virtio_legacy_offered(v);

	if (value & ~offered || v->s->status & LEGACY_FINAL)
		keel_virtio_ignore(v, VIRTIO_BAD_FEATURES);
	if (!(v->s->status & LEGACY_FINAL))
		v->s->driver_features = value & offered;
}

static void legacy_begin(struct keel_virtio *v, u8 set)
{
	if (set & VIRTIO_CONFIG_S_DRIVER_OK && !(v->s->status & VIRTIO_CONFIG_S_FEATURES_OK))
		v->s->driver_features &= keel_virtio_legacy_offered(v);
	keel_virtio_add_status(v, set);
}

/**
 * keel_legacy_write_status() - the driver has come further, or begins anew with 0.
 * @v:     the device
 * @value: status bits; some drivers write the new one alone
 */
void keel_legacy_write_status(struct keel_virtio *v, u8 value)
{
	if (!value) {
		keel_virtio_write_status(v, 0);
		return;
	}
	if (v->s->resetting) {
		keel_virtio_ignore(v, VIRTIO_AMID_RESET);
		return;
	}
	if (value & ~LEGACY_STATUS & ~v->s->status)
		keel_virtio_ignore(v, VIRTIO_BAD_STATUS);
	legacy_begin(v, value & LEGACY_STATUS);
}

/**
 * keel_legacy_read_pfn() - the page of the selected queue.
 * @v: the device
 *
 * Return: 0 for one that is not there, has no page, or is further up than its number can say.
 */
u32 keel_legacy_read_pfn(const struct keel_virtio *v)
{
	const struct keel_virtq_state *q = keel_virtio_queue(v);
	u64 pfn = q && q->enabled ? q->desc / KEEL_LEGACY_PAGE : 0;

	return pfn <= U32_MAX ? pfn : 0;
}

/**
 * keel_legacy_write_pfn() - the driver gives the selected queue a page, or takes it back.
 * @v:     the device
 * @value: number of the page; 0: the queue is the driver's again
 */
void keel_legacy_write_pfn(struct keel_virtio *v, u32 value)
{
	struct keel_virtq_state *q;

	if (!value) {
		keel_virtio_queue_disable(v);
		return;
	}
	q = keel_virtio_queue_open(v);
	if (!q)
		return;
	if (v->s->status & VIRTIO_CONFIG_S_FEATURES_OK) {
		keel_virtio_ignore(v, VIRTIO_BAD_ENABLE);
	} else if (q->size & (q->size - 1)) {
		keel_virtio_ignore(v, VIRTIO_BAD_SIZE);
	} else {
		v->s->driver_features &= keel_virtio_legacy_offered(v);
		keel_legacy_areas(q, value);
		keel_virtio_queue_run(v, q);
	}
}

/**
 * keel_legacy_notify() - the driver has made buffers available.
 * @v:     the device
 * @queue: where
 */
void keel_legacy_notify(struct keel_virtio *v, u32 queue)
{
	const struct keel_virtio_state *s = v->s;

	if (queue < v->nr_queues && !(s->status & LEGACY_FINAL) && !s->resetting &&
	    s->queues[array_index_nospec(queue, v->nr_queues)].enabled)
		legacy_begin(v, VIRTIO_CONFIG_S_DRIVER_OK);	/* it looks at its queues */
	else
		keel_virtio_notify(v, queue);
}
