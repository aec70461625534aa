/* SPDX-License-Identifier: GPL-2.0 */
/* Ports of a transitional function: pci_legacy.c. */
#ifndef KEEL_VIRTIO_PCI_LEGACY_H
#define KEEL_VIRTIO_PCI_LEGACY_H

#include "core.h"

/* What is in the BAR; a transport has regions from these offsets on. */
#define VPCI_LEGACY_NOTIFY	0x10
#define VPCI_LEGACY_STATUS	0x12
#define VPCI_LEGACY_CONFIG	0x14	/* with MSI-X enabled, vectors first */
#define VPCI_LEGACY_SIZE	0x80

u32 keel_vpci_legacy_read(struct keel_virtio *v, bool msix, u32 offset, unsigned int width);
void keel_vpci_legacy_write(struct keel_virtio *v, bool msix, u32 offset, unsigned int width,
			    u32 value);

#endif /* KEEL_VIRTIO_PCI_LEGACY_H */
