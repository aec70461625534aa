/* SPDX-License-Identifier: GPL-2.0 */
/* The PCI bus. */
#ifndef KEEL_DEVICE_PCI_H
#define KEEL_DEVICE_PCI_H

#include "uapi/keel.h"

struct config;

#define PCI_MAX		KEEL_PCI_NR_SLOTS

unsigned int pci_isa_irq(const struct config *config);
unsigned int pci_devices(const struct config *config, struct keel_device_config *devices);
__u32 pci_plug_slots(const struct config *config);
unsigned int pci_slots(const struct config *config);
unsigned int pci_vectors(const struct keel_device_config *devices, unsigned int nr);

#endif /* KEEL_DEVICE_PCI_H */
