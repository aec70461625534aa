// SPDX-License-Identifier: GPL-2.0
/*
 * The legacy interface of a transitional virtio function (VIRTIO 1.2, 4.1.4.8): ports in BAR 0.
 *
 *	0x00  device features	0x04  driver features	0x08  queue's page
 *	0x0c  queue size	0x0e  queue select	0x10  queue notify: a doorbell
 *	0x12  status		0x13  ISR status: reading clears it
 *	0x14  with MSI-X enabled: vector of the configuration, 0x16 of the queue
 *	0x14, or 0x18 with MSI-X enabled: the device's own configuration
 *
 * Registers are accessed as wide as they are; anything else reads 0, is dropped when written, and
 * counted. The configuration takes any width.
 */
#include "config.h"
#include "legacy.h"
#include "pci_legacy.h"

enum {
	DEVICE_FEATURES = 0x00, DRIVER_FEATURES = 0x04, QUEUE_PFN = 0x08, QUEUE_SIZE = 0x0c,
	QUEUE_SELECT = 0x0e, QUEUE_NOTIFY = VPCI_LEGACY_NOTIFY, STATUS = VPCI_LEGACY_STATUS,
	ISR = 0x13, CONFIG_VECTOR = 0x14, QUEUE_VECTOR = 0x16, CONFIG = VPCI_LEGACY_CONFIG,
	CONFIG_MSIX = 0x18,
};

static_assert(CONFIG_MSIX + KEEL_VIRTIO_CONFIG <= VPCI_LEGACY_SIZE);

static unsigned int legacy_width(u32 reg)
{
	if (reg < QUEUE_SIZE)
		return reg % 4 ? 0 : 4;
	if (reg == STATUS || reg == ISR)
		return 1;
	return reg % 2 ? 0 : 2;
}

static u32 legacy_read(struct keel_virtio *v, u32 reg)
{
	const struct keel_virtq_state *q = keel_virtio_queue(v);

	switch (reg) {
	case DEVICE_FEATURES:
		return keel_legacy_device_features(v);
	case DRIVER_FEATURES:
		return v->s->driver_features;
	case QUEUE_PFN:
		return keel_legacy_read_pfn(v);
	case QUEUE_SIZE:
		return q ? q->size : 0;
	case QUEUE_SELECT:
		return v->s->queue_sel;
	case STATUS:
		return v->s->status;
	case ISR:
		return keel_virtio_isr_read(v);
	case CONFIG_VECTOR:
		return v->s->config_vector;
	case QUEUE_VECTOR:
		return q ? q->vector : VIRTIO_MSI_NO_VECTOR;
	default:
		return 0;
	}
}

static void legacy_write(struct keel_virtio *v, u32 reg, u32 value)
{
	switch (reg) {
	case DRIVER_FEATURES:
		keel_legacy_write_features(v, value);
		break;
	case QUEUE_PFN:
		keel_legacy_write_pfn(v, value);
		break;
	case QUEUE_SELECT:
		v->s->queue_sel = value;
		break;
	case QUEUE_NOTIFY:
		keel_legacy_notify(v, value);
		break;
	case STATUS:
		keel_legacy_write_status(v, value);
		break;
	case CONFIG_VECTOR:
		v->s->config_vector = keel_virtio_take_vector(v, value);
		break;
	case QUEUE_VECTOR:
		keel_virtio_queue_vector(v, keel_virtio_take_vector(v, value));
		break;
	default:
		keel_virtio_ignore(v, VIRTIO_BAD_REGISTER);
	}
}

/**
 * keel_vpci_legacy_read() - a read of these ports.
 * @v:      the device
 * @msix:   MSI-X is enabled
 * @offset: in the BAR
 * @width:  1, 2 or 4
 *
 * Return: the value, in its low @width bytes.
 */
u32 keel_vpci_legacy_read(struct keel_virtio *v, bool msix, u32 offset, unsigned int width)
{
	u32 config = msix ? CONFIG_MSIX : CONFIG;

	if (offset >= config)
		return keel_virtio_config_read(v, offset - config, width);
	if (width == legacy_width(offset))
		return legacy_read(v, offset);
	keel_virtio_ignore(v, VIRTIO_BAD_WIDTH);
	return 0;
}

/**
 * keel_vpci_legacy_write() - a write to these ports.
 * @v:      the device
 * @msix:   MSI-X is enabled
 * @offset: in the BAR
 * @width:  1, 2 or 4
 * @value:  in its low @width bytes
 */
void keel_vpci_legacy_write(struct keel_virtio *v, bool msix, u32 offset, unsigned int width,
			    u32 value)
{
	u32 config = msix ? CONFIG_MSIX : CONFIG;

	if (offset >= config)
		keel_virtio_config_write(v, offset - config, width, value);
	else if (width == legacy_width(offset))
		legacy_write(v, offset, value);
	else
		keel_virtio_ignore(v, VIRTIO_BAD_WIDTH);
}
