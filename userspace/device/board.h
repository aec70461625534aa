/* SPDX-License-Identifier: GPL-2.0 */
/* The devices of a board, as struct keel_device_config. */
#ifndef KEEL_DEVICE_BOARD_H
#define KEEL_DEVICE_BOARD_H

#include "config/config.h"
#include "device/pci.h"
#include "uapi/keel.h"

#define BOARD_MAX	(KEEL_NR_CLASSES + SERIAL_MAX + VIRTIO_MAX + PCI_MAX)

unsigned int board_devices(const struct config *config, struct keel_device_config *list);
unsigned int board_levels(const struct config *config);
unsigned int board_gsis(const struct keel_device_config *list, unsigned int nr);

#endif /* KEEL_DEVICE_BOARD_H */
