/* SPDX-License-Identifier: GPL-2.0 */
/* The kinds of virtio devices: types.c. */
#ifndef KEEL_VIRTIO_TYPES_H
#define KEEL_VIRTIO_TYPES_H

#include "../board/dev.h"

struct keel_virtio;

/**
 * struct keel_virtio_type - a kind of device (5).
 * @name:        "blk"
 * @id:          device ID
 * @config_size: bytes of its configuration
 * @min_queues:  it has at least
 * @max_queues:  it has at most
 * @features:    of its own, that it can have
 * @without:     of those that all devices have (6), it cannot have
 * @legacy:      there have been such devices before version 1
 * @write:       the driver writes the configuration; NULL: there is nothing to be written
 * @reset:       forget what the driver has said; optional, as are those below
 * @loaded:      the state was replaced
 * @check:       could its part of a state be?
 * @inspect:     report its state
 */
struct keel_virtio_type {
	const char *name;
	u16 id;
	u8 config_size;
	u8 min_queues;
	u8 max_queues;
	u64 features;
	u64 without;
	bool legacy;
	void (*write)(struct keel_virtio *v, u32 offset, unsigned int width, u32 value);
	void (*reset)(struct keel_virtio *v);
	void (*loaded)(struct keel_virtio *v);
	bool (*check)(const struct keel_virtio *v, const struct keel_virtio_state *s);
	void (*inspect)(const struct keel_virtio *v, struct keel_out *out);
};

const struct keel_virtio_type *keel_virtio_type(unsigned int id);

#endif /* KEEL_VIRTIO_TYPES_H */
