// SPDX-License-Identifier: GPL-2.0
/*
 * What a virtio device can have: its driver, which gets no more (core.c), and a state that is
 * loaded. The same rules for both.
 */
#include "core.h"
#include "legacy.h"
#include "types.h"

static bool virtio_is_packed(const struct keel_virtio_state *s)
{
	return s->driver_features & BIT_ULL(VIRTIO_F_RING_PACKED);
}

/* ---- What a driver may do, and so has done in a state ---- */

/**
 * keel_virtio_has_queue() - is a queue enabled?
 * @v: the device
 * @s: its state, or one that it is to have; so below
 */
bool keel_virtio_has_queue(const struct keel_virtio *v, const struct keel_virtio_state *s)
{
	unsigned int i;

	for (i = 0; i < v->nr_queues; i++)
		if (s->queues[i].enabled)
			return true;
	return false;
}

/**
 * keel_virtio_features_final() - may the driver change the features no more?
 * @v: the device
 * @s: a state
 *
 * After FEATURES_OK; without it only a legacy driver has queues, or comes to DRIVER_OK.
 */
bool keel_virtio_features_final(const struct keel_virtio *v, const struct keel_virtio_state *s)
{
	return s->status & (VIRTIO_CONFIG_S_FEATURES_OK | VIRTIO_CONFIG_S_DRIVER_OK) ||
	       keel_virtio_has_queue(v, s);
}

/**
 * keel_virtio_features_good() - can the driver have these? It has to accept VERSION_1, and cannot
 * accept what was not offered (6.1).
 * @v:        the device
 * @features: as the driver wrote them
 */
bool keel_virtio_features_good(const struct keel_virtio *v, u64 features)
{
	return features & BIT_ULL(VIRTIO_F_VERSION_1) && !(features & ~v->offered);
}

/**
 * keel_virtio_size_good() - can a queue have this size? A split ring's is a power of two, a packed
 * one's any up to the limit (2.7, 2.8).
 * @v:    the device
 * @s:    a state
 * @size: descriptors
 */
bool keel_virtio_size_good(const struct keel_virtio *v, const struct keel_virtio_state *s,
			   u32 size)
{
	return size && size <= v->queue_size && (virtio_is_packed(s) || !(size & (size - 1)));
}

/**
 * keel_virtio_areas_aligned() - are a queue's areas where they may be (2.6)?
 * @s: a state
 * @q: the queue
 */
bool keel_virtio_areas_aligned(const struct keel_virtio_state *s, const struct keel_virtq_state *q)
{
	return !(q->desc & 15) && !(q->driver & (virtio_is_packed(s) ? 3 : 1)) && !(q->device & 3);
}

/* Are the areas where a legacy driver has them? */
static bool virtio_areas_legacy(const struct keel_virtq_state *q)
{
	struct keel_virtq_state areas = { .size = q->size };

	if (!q->desc || q->desc / KEEL_LEGACY_PAGE > U32_MAX)
		return false;
	keel_legacy_areas(&areas, q->desc / KEEL_LEGACY_PAGE);
	return areas.desc == q->desc && areas.driver == q->driver && areas.device == q->device;
}

static bool virtio_queue_good(const struct keel_virtio *v, const struct keel_virtio_state *s,
			      const struct keel_virtq_state *q)
{
	if (!(s->status & VIRTIO_CONFIG_S_FEATURES_OK) && !virtio_areas_legacy(q))
		return false;
	return keel_virtio_size_good(v, s, q->size) && keel_virtio_areas_aligned(s, q);
}

/* ---- States ---- */

/* Of one that is broken, a chain may be with the device for good. */
static bool virtio_check_queue(const struct keel_virtio *v, const struct keel_virtio_state *s,
			       const struct keel_virtq_state *q)
{
	if (!keel_virtio_size_good(v, s, q->size) || !keel_virtq_check(q, s->driver_features))
		return false;
	if (!q->enabled)
		return !q->avail && !q->used && !q->broken && q->fresh && !q->partial;
	return virtio_queue_good(v, s, q) && (q->broken || q->avail == q->used);
}

static bool virtio_check_status(const struct keel_virtio *v, const struct keel_virtio_state *s)
{
	if (s->status & ~VIRTIO_STATUS_BITS || s->isr & ~(VIRTIO_ISR_QUEUE | VIRTIO_ISR_CONFIG))
		return false;
	if (s->status & VIRTIO_CONFIG_S_FEATURES_OK)
		return keel_virtio_features_good(v, s->driver_features);
	return !keel_virtio_features_final(v, s) ||
	       (v->legacy && !(s->driver_features & ~keel_virtio_legacy_offered(v)));
}

/* What only another type has is zero. */
static bool virtio_check_type(const struct keel_virtio *v, const struct keel_virtio_state *s)
{
	static const struct keel_vcon_state none;
	unsigned int i;

	if (v->type->id != KEEL_VIRTIO_NET && s->net_pairs)
		return false;
	if (v->type->id != KEEL_VIRTIO_CONSOLE) {
		for (i = 0; i < v->nr_queues; i++)
			if (s->queues[i].partial)
				return false;
		if (memcmp(&s->vcon, &none, sizeof(none)))
			return false;
	}
	return !v->type->check || v->type->check(v, s);
}

/**
 * keel_virtio_check() - could the device be in this state?
 * @v: the device
 * @s: a state
 *
 * Queues are quiet when a state is taken: a reset is over then.
 */
bool keel_virtio_check(const struct keel_virtio *v, const struct keel_virtio_state *s)
{
	static const struct keel_virtq_state none;
	unsigned int i;

	if (!virtio_check_status(v, s) || s->resetting || s->queue_resetting)
		return false;
	for (i = v->type->config_size; i < KEEL_VIRTIO_CONFIG; i++)
		if (s->config[i])
			return false;
	for (i = 0; i < v->nr_queues; i++)
		if (!virtio_check_queue(v, s, &s->queues[i]))
			return false;
	for (; i < KEEL_VIRTIO_QUEUES; i++)
		if (memcmp(&s->queues[i], &none, sizeof(none)))
			return false;
	return virtio_check_type(v, s);
}
