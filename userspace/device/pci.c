// SPDX-License-Identifier: GPL-2.0
/* What is on the PCI bus, and what it needs of the rest of the machine. */
#include <string.h>

#include "base.h"
#include "config/config.h"
#include "config/serial.h"
#include "config/table.h"
#include "config/virtio.h"
#include "device/pci.h"
#include "uapi/keel.h"

static bool serial_on(const struct config *config, unsigned int irq)
{
	unsigned int i;

	for (i = 0; i < config->nr_uarts; i++)
		if (config->uarts[i].irq == irq)
			return true;
	return false;
}

static bool virtio_on(const struct config *config, unsigned int irq)
{
	unsigned int i;

	for (i = 0; i < config->nr_virtio; i++)
		if (config->virtio[i].irq == irq)
			return true;
	return false;
}

/**
 * pci_isa_irq() - the line on which guests without the IOAPIC have all PCI interrupts.
 * @config: the user's wishes
 *
 * Guests with the IOAPIC see the line as well: on one that has a driver it would be a
 * spurious interrupt. So it is one that no other device is on, or at
 * least none that does not share it, and never ACPI's.
 *
 * Return: 11 if it is free.
 */
unsigned int pci_isa_irq(const struct config *config)
{
	static const unsigned int usual[] = { KEEL_PCI_ISA_IRQ, 10, 5, 15, 14, 7, 3, 6, 13 };
	unsigned int i;

	static_assert(ARRAY_SIZE(usual) > SERIAL_MAX, "one has no serial port");
	for (i = 0; i < ARRAY_SIZE(usual); i++)
		if (!serial_on(config, usual[i]) && !virtio_on(config, usual[i]))
			return usual[i];
	for (i = 0; serial_on(config, usual[i]); i++)
		;
	return usual[i];
}

static void add_function(struct keel_device_config *device, __u16 class, __u8 slot)
{
	memset(device, 0, sizeof(*device));
	device->class = class;
	device->irq = KEEL_IRQ_DEFAULT;
	device->pci.slot = slot;
}

/* pci_plug_slots() - a bit for each slot whose function can come and go */
__u32 pci_plug_slots(const struct config *config)
{
	__u32 slots = 0;
	unsigned int i;

	for (i = 0; i < config->nr_virtio; i++)
		if (config->virtio[i].plug)
			slots |= BIT(config->virtio[i].slot);
	return slots;
}

static void add_hotplug(const struct config *config, struct keel_device_config *device)
{
	unsigned int i;

	memset(device, 0, sizeof(*device));
	device->class = KEEL_CLASS_HOTPLUG;
	device->irq = KEEL_IRQ_DEFAULT;
	device->hotplug.slots = pci_plug_slots(config);
	for (i = 0; i < config->nr_virtio; i++)
		if (config->virtio[i].plug == PLUG_IN)
			device->hotplug.present |= BIT(config->virtio[i].slot);
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
	devices[nr].pcihost.identity = config->platform->identity;
	if (config->platform->identity == KEEL_PCIHOST_PLAIN)
		devices[nr].irq = pci_isa_irq(config);
	nr++;
	if (config_has(config, KEEL_CLASS_TESTDEV))
		add_function(&devices[nr++], KEEL_CLASS_PCITEST, KEEL_PCITEST_SLOT);
	if (config->watchdog.on)
		add_function(&devices[nr++], KEEL_CLASS_I6300ESB, KEEL_I6300ESB_SLOT);
	if (config_plugs(config))
		add_hotplug(config, &devices[nr++]);
	return nr;
}

/* pci_slots() - a bit for each slot that has a function, without the host bridge's */
unsigned int pci_slots(const struct config *config)
{
	unsigned int i, slots = 0;

	if (config_has(config, KEEL_CLASS_TESTDEV))
		slots |= BIT(KEEL_PCITEST_SLOT);
	if (config->watchdog.on)
		slots |= BIT(KEEL_I6300ESB_SLOT);
	for (i = 0; i < config->nr_virtio; i++)
		if (config->virtio[i].transport == TRANSPORT_PCI)
			slots |= BIT(config->virtio[i].slot);
	return slots;
}

/* pci_vectors() - MSI-X vectors of a board */
unsigned int pci_vectors(const struct keel_device_config *devices, unsigned int nr)
{
	unsigned int i, vectors = 0;

	for (i = 0; i < nr; i++)
		if (devices[i].class == KEEL_CLASS_PCITEST)
			vectors += KEEL_PCITEST_VECTORS;
		else if (devices[i].class == KEEL_CLASS_VIRTIO_PCI)
			vectors += devices[i].virtio.queues + 1;
	return vectors;
}
