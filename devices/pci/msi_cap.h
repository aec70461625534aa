/* SPDX-License-Identifier: GPL-2.0 */
/* A function's MSI: msi_cap.c. */
#ifndef KEEL_PCI_MSI_CAP_H
#define KEEL_PCI_MSI_CAP_H

#include "msix.h"

/**
 * keel_msi_state() - the state of a function's MSI.
 * @dev: a function that has it
 */
static inline struct keel_msi_state *keel_msi_state(struct keel_dev *dev)
{
	return (void *)dev + dev->ops->pci->msi;
}

/**
 * keel_msi_chosen() - is it by MSI that the driver wants interrupts?
 * @dev: the function, with MSI or without
 *
 * With MSI-X enabled as well, which PCI does not define, it is by MSI-X.
 */
static inline bool keel_msi_chosen(struct keel_dev *dev)
{
	return dev->ops->pci->msi && keel_msi_state(dev)->enabled && !keel_msix_enabled(dev);
}

/* ---- For models ---- */

void keel_msi_signal(struct keel_dev *dev);

/* ---- For this folder ---- */

void keel_msi_sync(struct keel_dev *dev);
void keel_msi_reset(struct keel_dev *dev);
bool keel_msi_check(const struct keel_dev *dev, const void *state, u16 command);
u32 keel_msi_cap_read(struct keel_dev *dev, u32 offset, unsigned int width);
void keel_msi_cap_write(struct keel_dev *dev, u32 offset, unsigned int width, u32 value);
void keel_msi_inspect(struct keel_dev *dev, struct keel_out *out);

#endif /* KEEL_PCI_MSI_CAP_H */
