// SPDX-License-Identifier: GPL-2.0
/* What is on the PCI bus, and what it needs of the rest of the machine. */
#include <string.h>

#include "launcher.h"

/**
 * pci_isa_irq() - the line on which guests without the IOAPIC have all PCI interrupts.
 * @config: the user's wishes
 *
 * Return: 11, or the next one that no serial port is on; there are more than of those.
 */
unsigned int pci_isa_irq(const struct config *config)
{
	static const unsigned int usual[] = { KEEL_PCI_ISA_IRQ, 10, 9, 5, 7, 3, 6, 15, 14 };
	struct serial list[SERIAL_MAX];
	unsigned int i, j, nr = serial_list(config, list);

	static_assert(ARRAY_SIZE(usual) > SERIAL_MAX, "one is left");
	for (i = 0; i < ARRAY_SIZE(usual); i++) {
		for (j = 0; j < nr && list[j].irq != usual[i]; j++)
			;
		if (j == nr)
			break;
	}
	return usual[i];
}

static void add_function(struct keel_device_config *device, __u16 class, __u8 slot)
{
	memset(device, 0, sizeof(*device));
	device->class = class;
	device->irq = KEEL_IRQ_DEFAULT;
	device->pci.slot = slot;
}

/**
 * pci_devices() - the bus as Keel wants to be told.
 * @config:  the user's wishes
 * @devices: room for PCI_MAX
 *
 * Return: how many.
 */
unsigned int pci_devices(const struct config *config, struct keel_device_config *devices)
{
	unsigned int nr = 0;

	if (!config_has(config, KEEL_CLASS_PCIHOST))
		return 0;
	add_function(&devices[nr], KEEL_CLASS_PCIHOST, 0);
	devices[nr++].irq = pci_isa_irq(config);
	if (config_has(config, KEEL_CLASS_TESTDEV))
		add_function(&devices[nr++], KEEL_CLASS_PCITEST, KEEL_PCITEST_SLOT);
	return nr;
}

/* pci_vectors() - MSI-X vectors of a board, each of which needs an eventfd */
unsigned int pci_vectors(const struct keel_device_config *devices, unsigned int nr)
{
	unsigned int i, vectors = 0;

	for (i = 0; i < nr; i++)
		if (devices[i].class == KEEL_CLASS_PCITEST)
			vectors += KEEL_PCITEST_VECTORS;
	return vectors;
}
