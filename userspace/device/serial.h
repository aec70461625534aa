/* SPDX-License-Identifier: GPL-2.0 */
/* Serial ports: their rows for Keel, and their descriptions in ACPI. */
#ifndef KEEL_DEVICE_SERIAL_H
#define KEEL_DEVICE_SERIAL_H

#include <linux/types.h>

struct aml;
struct config;
struct keel_device_config;

unsigned int serial_devices(const struct config *config, struct keel_device_config *devices);
__u32 serial_aml(struct aml *t, const struct config *config);

#endif /* KEEL_DEVICE_SERIAL_H */
