// SPDX-License-Identifier: GPL-2.0
/*
 * A function's interrupt pin. Its level is the function's wish, unless the pin is disabled
 * or MSI-X or MSI is enabled (PCI Local Bus 3.0, 6.8.3.3).
 */
#include "intx.h"
#include "msi_cap.h"
#include "msix.h"

/**
 * keel_pci_sync_intx() - the pin is what state says.
 * @dev: the function
 */
void keel_pci_sync_intx(struct keel_dev *dev)
{
	const struct keel_pci_state *s = keel_pci_state(dev);
	bool off = s->command & PCI_COMMAND_INTX_DISABLE || keel_msix_enabled(dev) ||
		   keel_msi_chosen(dev);

	keel_line_set(&keel_pci_of(dev)->intx, s->intx && !off);
}

/**
 * keel_pci_intx() - the function asks for an interrupt with its pin, or does not.
 * @dev:   the function; it has a pin
 * @level: true: it does
 *
 * That it does is part of its state, and survives that INTx is disabled.
 */
void keel_pci_intx(struct keel_dev *dev, bool level)
{
	keel_pci_state(dev)->intx = level;
	keel_pci_sync_intx(dev);
}
