/* SPDX-License-Identifier: GPL-2.0 */
/* A function's interrupt pin: intx.c. */
#ifndef KEEL_PCI_INTX_H
#define KEEL_PCI_INTX_H

#include "../board/dev.h"

void keel_pci_intx(struct keel_dev *dev, bool level);
void keel_pci_sync_intx(struct keel_dev *dev);

#endif /* KEEL_PCI_INTX_H */
