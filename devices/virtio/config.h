/* SPDX-License-Identifier: GPL-2.0 */
/* A virtio device's own configuration: config.c. */
#ifndef KEEL_VIRTIO_CONFIG_H
#define KEEL_VIRTIO_CONFIG_H

#include "../board/dev.h"

struct keel_virtio;

/* ---- For core.c and transports ---- */

void keel_virtio_config_changed(struct keel_virtio *v);
u32 keel_virtio_config_read(const struct keel_virtio *v, u32 offset, unsigned int width);
void keel_virtio_config_write(struct keel_virtio *v, u32 offset, unsigned int width, u32 value);

/* ---- For hosts, with a door open ---- */

void keel_virtio_config_set(struct keel_virtio *v, u32 offset, const void *data, u32 len);

#endif /* KEEL_VIRTIO_CONFIG_H */
