/* SPDX-License-Identifier: GPL-2.0 */
/* The entropy device that --rng asks for. */
#ifndef KEEL_CONFIG_RNG_H
#define KEEL_CONFIG_RNG_H

#include "config/table.h"

/**
 * struct rng_config - the entropy device.
 * @on:     there is one
 * @notify: enum notify
 * @legacy: see struct virtio
 * @notification_data: see struct virtio
 */
struct rng_config {
	bool on;
	unsigned int notify;
	bool legacy;
	bool notification_data;
};

extern const struct object_type rng_object;

#endif /* KEEL_CONFIG_RNG_H */
