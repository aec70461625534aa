/* SPDX-License-Identifier: GPL-2.0 */
/* A function's MSI-X: msix.c. */
#ifndef KEEL_PCI_MSIX_H
#define KEEL_PCI_MSIX_H

#include "pci.h"

/* What the MSI-X table and the pending bits are in: the start of a BAR of their own. */
#define KEEL_MSIX_SIZE	0x1000
#define KEEL_MSIX_PBA	0x800
#define KEEL_MSIX_REGION(bar) \
	{ .label = "msix", .space = KEEL_MMIO, .length = KEEL_MSIX_SIZE, .width = 4, \
	  .in_bar = KEEL_IN_BAR(bar) }

/**
 * keel_msix_state() - the state of a function's MSI-X.
 * @dev: a function with vectors
 */
static inline struct keel_msix_state *keel_msix_state(struct keel_dev *dev)
{
	return (void *)dev + dev->ops->pci->msix;
}

/**
 * keel_msix_enabled() - does the driver want messages?
 * @dev: the function
 *
 * Return: false: it has INTx, if anything.
 */
static inline bool keel_msix_enabled(struct keel_dev *dev)
{
	return dev->ops->pci->vectors && keel_msix_state(dev)->control & PCI_MSIX_FLAGS_ENABLE;
}

/* ---- For models ---- */

void keel_msix_signal(struct keel_dev *dev, unsigned int vector);
u32 keel_msix_read(struct keel_dev *dev, u32 offset, unsigned int width);
void keel_msix_write(struct keel_dev *dev, u32 offset, unsigned int width, u32 value);

/* ---- For pci.c ---- */

void keel_msix_reset(struct keel_dev *dev);
bool keel_msix_check(const struct keel_dev *dev, const void *state, u16 command);
void keel_msix_sync(struct keel_dev *dev);
u32 keel_msix_cap_read(struct keel_dev *dev, u32 offset, unsigned int width);
void keel_msix_cap_write(struct keel_dev *dev, u32 offset, unsigned int width, u32 value);
void keel_msix_inspect(struct keel_dev *dev, struct keel_out *out);

#endif /* KEEL_PCI_MSIX_H */
