/* SPDX-License-Identifier: GPL-2.0 */
/* Virtio devices: their rows for Keel, and their descriptions for the guest. */
#ifndef KEEL_DEVICE_VIRTIO_H
#define KEEL_DEVICE_VIRTIO_H

struct aml;
struct config;
struct keel_device_config;

unsigned int virtio_devices(const struct config *config, struct keel_device_config *devices);
const char *virtio_cmdline(const struct config *config, const char *text);
void virtio_aml(struct aml *t, const struct config *config);
unsigned int virtio_lines(const struct config *config);

#endif /* KEEL_DEVICE_VIRTIO_H */
