// SPDX-License-Identifier: GPL-2.0
/* What is told of a virtio device: its state, decoded, and its counters. */
#include "core.h"
#include "types.h"

/**
 * keel_virtio_inspect() - say what it is and how far its driver has come.
 * @v:   the device
 * @out: where to
 */
void keel_virtio_inspect(const struct keel_virtio *v, struct keel_out *out)
{
	unsigned int i;

	keel_emit(out, "type", -1, "", v->type->id);
	keel_emit(out, "status", -1, "", v->s->status);
	keel_emit(out, "isr", -1, "", v->s->isr);
	keel_emit(out, "offered", -1, "", v->offered);
	keel_emit(out, "features", -1, "", v->s->driver_features);
	if (v->legacy)
		keel_emit(out, "legacy", -1, "", keel_virtio_features_final(v, v->s) &&
			  !(v->s->status & VIRTIO_CONFIG_S_FEATURES_OK));
	keel_emit(out, "generation", -1, "", v->s->generation);
	for (i = 0; i < v->nr_queues; i++) {
		const struct keel_virtq_state *q = &v->s->queues[i];

		keel_emit(out, "queue", i, ".enabled", q->enabled);
		keel_emit(out, "queue", i, ".size", q->size);
		keel_emit(out, "queue", i, ".avail", q->avail);
		keel_emit(out, "queue", i, ".used", q->used);
		keel_emit(out, "queue", i, ".broken", q->broken);
	}
	if (v->type->inspect)
		v->type->inspect(v, out);
}

#define VIRTIO_WRONG(label_, why) \
	{ .label = (label_), .offset = offsetof(struct keel_virtio, wrong[why]), .nr = 1 }

const struct keel_counter_desc keel_virtio_counters[] = {
	KEEL_COUNTER(keel_virtio, resets),
	KEEL_COUNTER(keel_virtio, queue_resets),
	KEEL_COUNTER(keel_virtio, kicks),
	KEEL_COUNTER(keel_virtio, odd_bells),
	KEEL_COUNTER(keel_virtio, interrupts),
	KEEL_COUNTER(keel_virtio, config_changes),
	KEEL_COUNTER(keel_virtio, ignored),
	KEEL_COUNTER(keel_virtio, features_refused),
	KEEL_COUNTERS(keel_virtio, broken, KEEL_NR_VIRTQ_BROKEN),
	VIRTIO_WRONG("bad_width", VIRTIO_BAD_WIDTH),
	VIRTIO_WRONG("bad_register", VIRTIO_BAD_REGISTER),
	VIRTIO_WRONG("bad_status", VIRTIO_BAD_STATUS),
	VIRTIO_WRONG("bad_features", VIRTIO_BAD_FEATURES),
	VIRTIO_WRONG("bad_config", VIRTIO_BAD_CONFIG),
	VIRTIO_WRONG("amid_reset", VIRTIO_AMID_RESET),
	VIRTIO_WRONG("no_queue", VIRTIO_NO_QUEUE),
	VIRTIO_WRONG("queue_fixed", VIRTIO_QUEUE_FIXED),
	VIRTIO_WRONG("bad_size", VIRTIO_BAD_SIZE),
	VIRTIO_WRONG("bad_area", VIRTIO_BAD_AREA),
	VIRTIO_WRONG("bad_enable", VIRTIO_BAD_ENABLE),
	VIRTIO_WRONG("bad_reset", VIRTIO_BAD_RESET),
	VIRTIO_WRONG("bad_vector", VIRTIO_BAD_VECTOR),
	VIRTIO_WRONG("bad_bell", VIRTIO_BAD_BELL),
	VIRTIO_WRONG("idle_bell", VIRTIO_IDLE_BELL),
	VIRTIO_WRONG("no_master", VIRTIO_NO_MASTER),
	VIRTIO_WRONG("bad_window", VIRTIO_BAD_WINDOW),
	KEEL_COUNTER(keel_virtio, vcon.sent),
	KEEL_COUNTER(keel_virtio, vcon.no_room),
	KEEL_COUNTER(keel_virtio, vcon.received),
	KEEL_COUNTER(keel_virtio, vcon.short_messages),
	KEEL_COUNTER(keel_virtio, vcon.long_messages),
	KEEL_COUNTER(keel_virtio, vcon.not_negotiated),
	KEEL_COUNTER(keel_virtio, vcon.bad_events),
	KEEL_COUNTER(keel_virtio, vcon.bad_ports),
	KEEL_COUNTER(keel_virtio, vcon.bad_values),
	KEEL_COUNTER(keel_virtio, vcon.too_early),
	KEEL_COUNTER(keel_virtio, vcon.repeated),
	KEEL_COUNTER(keel_virtio, vcon.driver_failed),
	KEEL_COUNTER(keel_virtio, vcon.ports_failed),
	KEEL_COUNTER(keel_virtio, vcon.emergency),
	KEEL_COUNTER(keel_virtio, vcon.emergency_lost),
};

static_assert(ARRAY_SIZE(keel_virtio_counters) == KEEL_VCON_NR_COUNTERS);
