// SPDX-License-Identifier: GPL-2.0
/*
 * Virtio over PCI (VIRTIO 1.2, 4.1): a function whose capabilities say where in BAR 4
 * the core's registers are. MSI-X is in a BAR of its own, with a vector for each queue and
 * one for the configuration, where the driver wants them. With MSI enabled instead, its message
 * takes the pin's place: each interrupt is one, and in the ISR status.
 *
 * There are two places for notifications: memory, and ports, which cost KVM less where it has to
 * decode an instruction that writes to memory. A driver takes the first capability that it can
 * use (4.1.4), and some can use none but memory: those for the ports come first if the config
 * wants it, and else are not there. A notification is a write of any width; its address says
 * which queue. With NOTIFICATION_DATA its data do so as well (4.1.5.2): if they name another queue,
 * they are counted, and the address decides.
 *
 * Registers of the common configuration are accessed as wide as they are (4.1.3.1). A read of a
 * part of one gets that, since iPXE reads half of the features; all else reads 0, and is dropped
 * when written. All of it is counted.
 *
 * If the config wants a transitional device, BAR 0 has the legacy interface (4.1.4.8) in the place
 * of the notifications, and the function has the IDs that legacy drivers look for: see legacy.c.
 *
 * Queues are served, and messages sent, while the function is a bus master (PCI 3.0, 6.2.2).
 *
 * Not modelled: shared memory.
 *
 *	BAR 0	notifications, as ports: four bytes for each queue (4.1.4.4); or the
 *		legacy interface: see pci_legacy.c
 *	BAR 1	MSI-X
 *	BAR 4	0x0000  common configuration (4.1.4.3)
 *		0x1000  ISR status: reading clears it (4.1.4.5)
 *		0x2000  the device's own configuration (4.1.4.6)
 *		0x3000  notifications in memory, the same
 *
 * The BARs' order is that of other hypervisors. edk2 counts a BAR of 64 bits as one, and finds
 * only what is before it or in it.
 */
#include "../pci/intx.h"
#include "../pci/msi_cap.h"
#include "../pci/msix.h"
#include "config.h"
#include "core.h"
#include "pci_legacy.h"
#include "types.h"

#define PCI_VENDOR_ID_REDHAT_QUMRANET	0x1af4
#define VPCI_DEVICE_ID			0x1040	/* plus the type's ID */
#define VPCI_TRANSITIONAL_NET		0x1000	/* 4.1.2.1 */
#define VPCI_TRANSITIONAL_BLK		0x1001
#define VPCI_TRANSITIONAL_CONSOLE	0x1003
#define VPCI_TRANSITIONAL_RNG		0x1005

/* Parts of the BAR, and sizes. */
#define VPCI_COMMON		0x0000
#define VPCI_ISR		0x1000
#define VPCI_DEVICE_CFG		0x2000
#define VPCI_NOTIFY		0x3000
#define VPCI_BAR_SIZE		0x4000
#define VPCI_COMMON_SIZE	0x3c
#define VPCI_NOTIFY_SIZE	(4 * KEEL_VIRTIO_QUEUES)

enum { BAR_PORTS = 0, BAR_MSIX = 1, BAR_VIRTIO = 4 };
enum {
	REGION_COMMON, REGION_ISR, REGION_DEVICE, REGION_NOTIFY, REGION_MSIX, REGION_PORTS,
	/* of a transitional one */
	REGION_LEGACY = REGION_PORTS, REGION_LEGACY_NOTIFY, REGION_LEGACY_STATUS,
	REGION_LEGACY_CONFIG,
};

/* Common configuration (4.1.4.3). */
enum {
	DEVICE_FEATURE_SELECT = 0x00, DEVICE_FEATURE = 0x04, DRIVER_FEATURE_SELECT = 0x08,
	DRIVER_FEATURE = 0x0c, CONFIG_MSIX_VECTOR = 0x10, NUM_QUEUES = 0x12,
	DEVICE_STATUS = 0x14, CONFIG_GENERATION = 0x15, QUEUE_SELECT = 0x16, QUEUE_SIZE = 0x18,
	QUEUE_MSIX_VECTOR = 0x1a, QUEUE_ENABLE = 0x1c, QUEUE_NOTIFY_OFF = 0x1e,
	QUEUE_DESC = 0x20, QUEUE_DRIVER = 0x28, QUEUE_DEVICE = 0x30, QUEUE_NOTIFY_DATA = 0x38,
	QUEUE_RESET = 0x3a,
};

/* Capability VIRTIO_PCI_CAP_PCI_CFG (4.1.4.9): offsets in it. */
enum { CAP_TYPE = 3, CAP_BAR = 4, CAP_OFFSET = 8, CAP_LENGTH = 12, CAP_DATA = 16, CAP_END = 20 };

/**
 * struct keel_virtio_pci - the device.
 * @v:   the core
 * @pci: the function
 * @s:   state
 */
struct keel_virtio_pci {
	struct keel_virtio v;
	struct keel_pci pci;
	struct keel_virtio_pci_state s;
};

static struct keel_virtio_pci *vpci_of(struct keel_dev *dev)
{
	return container_of(dev, struct keel_virtio_pci, v.dev);
}

/* ---- Interrupts ---- */

static void vpci_sync(struct keel_virtio *v)
{
	keel_pci_intx(&v->dev, v->s->isr);
}

/* 4.1.4.5: with MSI-X, nothing is in the ISR status. */
static void vpci_interrupt(struct keel_virtio *v, u8 isr, u16 vector)
{
	if (keel_msix_enabled(&v->dev)) {
		keel_msix_signal(&v->dev, vector);
		return;
	}
	v->s->isr |= isr;
	vpci_sync(v);
	keel_msi_signal(&v->dev);
}

/* 4.1.5.1.3 has the driver set the bit; a function without it reads and writes no ring. */
static bool vpci_reaches(const struct keel_virtio *v)
{
	const struct keel_virtio_pci *vpci = container_of(v, struct keel_virtio_pci, v);

	return vpci->s.pci.command & PCI_COMMAND_MASTER;
}

static void vpci_mastering(struct keel_dev *dev)
{
	keel_virtio_reach(keel_virtio_of(dev));
}

static const struct keel_virtio_transport vpci_transport = {
	.interrupt = vpci_interrupt,
	.sync = vpci_sync,
	.reaches = vpci_reaches,
};

/* ---- Common configuration ---- */

static u32 vpci_read_queue(const struct keel_virtio *v, u32 reg)
{
	const struct keel_virtq_state *q = keel_virtio_queue(v);

	if (!q)
		return 0;
	switch (reg) {
	case QUEUE_SIZE:
		return q->size;
	case QUEUE_MSIX_VECTOR:
		return q->vector;
	case QUEUE_ENABLE:
		return q->enabled;
	case QUEUE_NOTIFY_OFF:
	case QUEUE_NOTIFY_DATA:
		return v->s->queue_sel;
	case QUEUE_RESET:
		return keel_virtio_queue_resetting(v);
	default:
		return keel_virtio_read_area(q, (reg - QUEUE_DESC) / 8, reg & 4);
	}
}

static u32 vpci_read_common(const struct keel_virtio *v, u32 reg)
{
	switch (reg) {
	case DEVICE_FEATURE_SELECT:
		return v->s->device_features_sel;
	case DEVICE_FEATURE:
		return keel_virtio_device_features(v);
	case DRIVER_FEATURE_SELECT:
		return v->s->driver_features_sel;
	case DRIVER_FEATURE:
		return keel_virtio_driver_features(v);
	case CONFIG_MSIX_VECTOR:
		return v->s->config_vector;
	case NUM_QUEUES:
		return v->nr_queues;
	case DEVICE_STATUS:
		return v->s->status;
	case CONFIG_GENERATION:
		return (u8)v->s->generation;
	case QUEUE_SELECT:
		return v->s->queue_sel;
	default:
		return vpci_read_queue(v, reg);
	}
}

static void vpci_write_queue(struct keel_virtio *v, u32 reg, u32 value)
{
	switch (reg) {
	case QUEUE_SIZE:
		keel_virtio_queue_size(v, value);
		break;
	case QUEUE_MSIX_VECTOR:
		keel_virtio_queue_vector(v, keel_virtio_take_vector(v, value));
		break;
	case QUEUE_ENABLE:
		if (value == 1)
			keel_virtio_queue_enable(v);
		else	/* 4.1.4.3.2: a driver never does */
			keel_virtio_ignore(v, VIRTIO_BAD_ENABLE);
		break;
	case QUEUE_RESET:
		if (value == 1)
			keel_virtio_queue_reset(v);
		else
			keel_virtio_ignore(v, VIRTIO_BAD_RESET);
		break;
	case QUEUE_NOTIFY_OFF:
	case QUEUE_NOTIFY_DATA:
		keel_virtio_ignore(v, VIRTIO_BAD_REGISTER);
		break;
	default:
		keel_virtio_queue_area(v, (reg - QUEUE_DESC) / 8, reg & 4, value);
	}
}

static void vpci_write_common(struct keel_virtio *v, u32 reg, u32 value)
{
	switch (reg) {
	case DEVICE_FEATURE_SELECT:
		v->s->device_features_sel = value;
		break;
	case DRIVER_FEATURE_SELECT:
		v->s->driver_features_sel = value;
		break;
	case DRIVER_FEATURE:
		keel_virtio_write_features(v, value);
		break;
	case CONFIG_MSIX_VECTOR:
		v->s->config_vector = keel_virtio_take_vector(v, value);
		break;
	case DEVICE_STATUS:
		keel_virtio_write_status(v, value);
		break;
	case QUEUE_SELECT:
		v->s->queue_sel = value;
		break;
	case DEVICE_FEATURE:
	case NUM_QUEUES:
	case CONFIG_GENERATION:
		keel_virtio_ignore(v, VIRTIO_BAD_REGISTER);
		break;
	default:
		vpci_write_queue(v, reg, value);
	}
}

/* How wide the register at an offset is; addresses are two of 32 bits (4.1.3.1). */
static unsigned int vpci_width(u32 reg)
{
	if (reg == DEVICE_STATUS || reg == CONFIG_GENERATION)
		return 1;
	if (reg < CONFIG_MSIX_VECTOR || (reg >= QUEUE_DESC && reg < QUEUE_NOTIFY_DATA))
		return reg % 4 ? 0 : 4;
	return reg % 2 ? 0 : 2;
}

/* ---- What is in the BARs ---- */

static u32 vpci_read_register(struct keel_virtio *v, u32 offset, unsigned int width)
{
	u32 reg = offset;

	if (width == vpci_width(offset))
		return vpci_read_common(v, offset);
	keel_virtio_ignore(v, VIRTIO_BAD_WIDTH);
	while (!vpci_width(reg))
		reg--;
	if (offset + width > reg + vpci_width(reg))
		return 0;
	return vpci_read_common(v, reg) >> 8 * (offset - reg) & (u32)GENMASK(8 * width - 1, 0);
}

static u32 vpci_read(struct keel_dev *dev, unsigned int region, u32 offset, unsigned int width)
{
	struct keel_virtio *v = keel_virtio_of(dev);

	switch (region) {
	case REGION_COMMON:
		return vpci_read_register(v, offset, width);
	case REGION_ISR:
		return offset ? 0 : keel_virtio_isr_read(v);
	case REGION_DEVICE:
		return keel_virtio_config_read(v, offset, width);
	case REGION_MSIX:
		return keel_msix_read(dev, offset, width);
	default:
		return 0;
	}
}

/* Does a doorbell's value name another queue than its address does? */
static bool vpci_bell_is_odd(const struct keel_virtio *v, u32 queue, unsigned int width, u32 value)
{
	u64 features = v->s->driver_features;

	return features & BIT_ULL(KEEL_VIRTIO_F_NOTIFICATION_DATA) &&
	       (width != 4 || keel_virtio_named(features, value) != queue);
}

/* 4.1.5.2: at the queue's own address, which says which queue it is. */
static void vpci_notify(struct keel_virtio *v, u32 offset, unsigned int width, u32 value)
{
	if (offset % 4) {
		keel_virtio_ignore(v, VIRTIO_BAD_BELL);
		return;
	}
	v->odd_bells += vpci_bell_is_odd(v, offset / 4, width, value);
	keel_virtio_notify(v, offset / 4);
}

static void vpci_write(struct keel_dev *dev, unsigned int region, u32 offset,
		       unsigned int width, u32 value)
{
	struct keel_virtio *v = keel_virtio_of(dev);

	switch (region) {
	case REGION_COMMON:
		if (width == vpci_width(offset))
			vpci_write_common(v, offset, value);
		else
			keel_virtio_ignore(v, VIRTIO_BAD_WIDTH);
		break;
	case REGION_DEVICE:
		keel_virtio_config_write(v, offset, width, value);
		break;
	case REGION_NOTIFY:
	case REGION_PORTS:
		vpci_notify(v, offset, width, value);
		break;
	case REGION_MSIX:
		keel_msix_write(dev, offset, width, value);
		break;
	default:
		keel_virtio_ignore(v, VIRTIO_BAD_REGISTER);
	}
}

/* ---- With the legacy interface ---- */

static const u32 vpci_legacy_offsets[] = {
	[REGION_LEGACY] = 0, [REGION_LEGACY_NOTIFY] = VPCI_LEGACY_NOTIFY,
	[REGION_LEGACY_STATUS] = VPCI_LEGACY_STATUS, [REGION_LEGACY_CONFIG] = VPCI_LEGACY_CONFIG,
};

static u32 vpci_transitional_read(struct keel_dev *dev, unsigned int region, u32 offset,
				  unsigned int width)
{
	if (region < REGION_LEGACY)
		return vpci_read(dev, region, offset, width);
	return keel_vpci_legacy_read(keel_virtio_of(dev), keel_msix_enabled(dev),
				     vpci_legacy_offsets[region] + offset, width);
}

static void vpci_transitional_write(struct keel_dev *dev, unsigned int region, u32 offset,
				    unsigned int width, u32 value)
{
	if (region < REGION_LEGACY)
		vpci_write(dev, region, offset, width, value);
	else
		keel_vpci_legacy_write(keel_virtio_of(dev), keel_msix_enabled(dev),
				       vpci_legacy_offsets[region] + offset, width, value);
}

/* ---- Where all that is ---- */

/* In BAR 4, and MSI-X. */
#define VPCI_REGIONS \
	[REGION_COMMON] = { .label = "common", .space = KEEL_MMIO, .base = VPCI_COMMON, \
			    .length = VPCI_COMMON_SIZE, .width = 4, \
			    .in_bar = KEEL_IN_BAR(BAR_VIRTIO) }, \
	[REGION_ISR]	= { .label = "isr", .space = KEEL_MMIO, .base = VPCI_ISR, \
			    .length = 4, .width = 4, .in_bar = KEEL_IN_BAR(BAR_VIRTIO) }, \
	[REGION_DEVICE] = { .label = "device", .space = KEEL_MMIO, .base = VPCI_DEVICE_CFG, \
			    .length = KEEL_VIRTIO_CONFIG, .width = 4, \
			    .in_bar = KEEL_IN_BAR(BAR_VIRTIO) }, \
	[REGION_NOTIFY] = { .label = "notify", .space = KEEL_MMIO, .base = VPCI_NOTIFY, \
			    .length = VPCI_NOTIFY_SIZE, .width = 4, \
			    .in_bar = KEEL_IN_BAR(BAR_VIRTIO), .doorbell = KEEL_BELL_ADDRESS }, \
	[REGION_MSIX]	= KEEL_MSIX_REGION(BAR_MSIX)

static const struct keel_region_desc vpci_regions[] = {
	VPCI_REGIONS,
	[REGION_PORTS]	= { .label = "notify-port", .space = KEEL_PIO,
			    .length = VPCI_NOTIFY_SIZE, .width = 4,
			    .in_bar = KEEL_IN_BAR(BAR_PORTS), .doorbell = KEEL_BELL_ADDRESS },
};

static const struct keel_region_desc vpci_transitional_regions[] = {
	VPCI_REGIONS,
	[REGION_LEGACY]	= { .label = "legacy", .space = KEEL_PIO,
			    .length = VPCI_LEGACY_NOTIFY, .width = 4,
			    .in_bar = KEEL_IN_BAR(BAR_PORTS) },
	[REGION_LEGACY_NOTIFY] = { .label = "legacy-notify", .space = KEEL_PIO,
				   .base = VPCI_LEGACY_NOTIFY, .length = 2, .width = 2,
				   .in_bar = KEEL_IN_BAR(BAR_PORTS),
				   .doorbell = KEEL_BELL_VALUE },
	[REGION_LEGACY_STATUS] = { .label = "legacy-status", .space = KEEL_PIO,
				   .base = VPCI_LEGACY_STATUS, .length = 2, .width = 1,
				   .in_bar = KEEL_IN_BAR(BAR_PORTS) },
	[REGION_LEGACY_CONFIG] = { .label = "legacy-config", .space = KEEL_PIO,
				   .base = VPCI_LEGACY_CONFIG,
				   .length = VPCI_LEGACY_SIZE - VPCI_LEGACY_CONFIG, .width = 4,
				   .in_bar = KEEL_IN_BAR(BAR_PORTS) },
};

/* ---- The same through configuration space (4.1.4.9) ---- */

/* The region that the window is on, or -1; @offset becomes the one in the region. */
static int vpci_window(struct keel_dev *dev, u32 *offset)
{
	const struct keel_virtio_pci_state *s = &vpci_of(dev)->s;
	const struct keel_region_desc *regions = dev->ops->regions;
	unsigned int i;

	if (s->cfg_offset % max_t(u32, s->cfg_length, 1))
		return -1;
	if (s->cfg_length != 1 && s->cfg_length != 2 && s->cfg_length != 4)
		return -1;
	for (i = 0; i < dev->ops->nr_regions; i++) {
		*offset = s->cfg_offset - regions[i].base;
		if (i != REGION_MSIX && regions[i].in_bar == KEEL_IN_BAR(s->cfg_bar) &&
		    *offset < regions[i].length)
			return i;
	}
	return -1;
}

static u32 vpci_window_read(struct keel_dev *dev)
{
	const struct keel_virtio_pci_state *s = &vpci_of(dev)->s;
	u32 offset;
	int region = vpci_window(dev, &offset);

	if (region >= 0)
		return dev->ops->read(dev, region, offset, s->cfg_length);
	keel_virtio_ignore(keel_virtio_of(dev), VIRTIO_BAD_WINDOW);
	return 0;
}

static void vpci_window_write(struct keel_dev *dev, u32 lane, u32 value)
{
	const struct keel_virtio_pci_state *s = &vpci_of(dev)->s;
	u32 offset;
	int region = vpci_window(dev, &offset);

	if (region >= 0 && !lane)
		dev->ops->write(dev, region, offset, s->cfg_length, value);
	else
		keel_virtio_ignore(keel_virtio_of(dev), VIRTIO_BAD_WINDOW);
}

static u32 vpci_cap_reg(struct keel_dev *dev, u32 reg)
{
	const struct keel_virtio_pci_state *s = &vpci_of(dev)->s;

	switch (reg) {
	case 0:
		return (u32)CAP_END << 16 | (u32)KEEL_VIRTIO_CAP_PCI_CFG << 24;
	case CAP_BAR:
		return s->cfg_bar;
	case CAP_OFFSET:
		return s->cfg_offset;
	case CAP_LENGTH:
		return s->cfg_length;
	default:
		return vpci_window_read(dev);
	}
}

static u32 vpci_cap_read(struct keel_dev *dev, u32 offset, unsigned int width)
{
	return vpci_cap_reg(dev, offset & ~3U) >> offset % 4 * 8;
}

static u32 vpci_merge(u32 before, u32 offset, unsigned int width, u32 value)
{
	u32 lanes = keel_pci_lanes(offset, width);

	return (before & ~lanes) | (value << offset % 4 * 8 & lanes);
}

static void vpci_cap_write(struct keel_dev *dev, u32 offset, unsigned int width, u32 value)
{
	struct keel_virtio_pci_state *s = &vpci_of(dev)->s;

	switch (offset & ~3U) {
	case CAP_BAR:	/* three bytes behind it are reserved */
		s->cfg_bar = vpci_merge(s->cfg_bar, offset, width, value);
		break;
	case CAP_OFFSET:
		s->cfg_offset = vpci_merge(s->cfg_offset, offset, width, value);
		break;
	case CAP_LENGTH:
		s->cfg_length = vpci_merge(s->cfg_length, offset, width, value);
		break;
	case CAP_DATA:
		vpci_window_write(dev, offset % 4, value);
		break;
	default:
		keel_virtio_ignore(keel_virtio_of(dev), VIRTIO_BAD_REGISTER);
	}
}

#define VIRTIO_CAP_LENGTH	16
#define VIRTIO_CAP_NOTIFY_LENGTH 20

/* struct virtio_pci_cap (4.1.4) behind ID and next pointer: length, type, BAR, where in it */
static const u8 vpci_cap_common[] = {
	VIRTIO_CAP_LENGTH, KEEL_VIRTIO_CAP_COMMON, BAR_VIRTIO, 0, 0, 0,
	VPCI_COMMON & 0xff, VPCI_COMMON >> 8, 0, 0, VPCI_COMMON_SIZE, 0, 0, 0,
};

static const u8 vpci_cap_ports[] = {
	VIRTIO_CAP_NOTIFY_LENGTH, KEEL_VIRTIO_CAP_NOTIFY, BAR_PORTS, 0, 0, 0,
	0, 0, 0, 0, VPCI_NOTIFY_SIZE, 0, 0, 0,
	4, 0, 0, 0,	/* notify_off_multiplier */
};

static const u8 vpci_cap_notify[] = {
	VIRTIO_CAP_NOTIFY_LENGTH, KEEL_VIRTIO_CAP_NOTIFY, BAR_VIRTIO, 0, 0, 0,
	VPCI_NOTIFY & 0xff, VPCI_NOTIFY >> 8, 0, 0, VPCI_NOTIFY_SIZE, 0, 0, 0,
	4, 0, 0, 0,	/* notify_off_multiplier */
};

static const u8 vpci_cap_isr[] = {
	VIRTIO_CAP_LENGTH, KEEL_VIRTIO_CAP_ISR, BAR_VIRTIO, 0, 0, 0,
	VPCI_ISR & 0xff, VPCI_ISR >> 8, 0, 0, 1, 0, 0, 0,
};

static const u8 vpci_cap_device[] = {
	VIRTIO_CAP_LENGTH, KEEL_VIRTIO_CAP_DEVICE, BAR_VIRTIO, 0, 0, 0,
	VPCI_DEVICE_CFG & 0xff, VPCI_DEVICE_CFG >> 8, 0, 0, KEEL_VIRTIO_CONFIG, 0, 0, 0,
};

#define VPCI_CAP(length_, bytes_) \
	{ .id = PCI_CAP_ID_VNDR, .length = (length_), .bytes = (bytes_) }

/* The first one is left out if notifications are to be in memory alone. */
static const struct keel_cap_desc vpci_caps[] = {
	VPCI_CAP(VIRTIO_CAP_NOTIFY_LENGTH, vpci_cap_ports),
	VPCI_CAP(VIRTIO_CAP_LENGTH, vpci_cap_common),
	VPCI_CAP(VIRTIO_CAP_NOTIFY_LENGTH, vpci_cap_notify),
	VPCI_CAP(VIRTIO_CAP_LENGTH, vpci_cap_isr),
	VPCI_CAP(VIRTIO_CAP_LENGTH, vpci_cap_device),
	{ .id = PCI_CAP_ID_VNDR, .length = CAP_END, .read = vpci_cap_read,
	  .write = vpci_cap_write },
};

/* ---- Life ---- */

static bool vpci_configure(struct keel_dev *dev, const struct keel_device_config *config)
{
	struct keel_virtio_pci *vpci = vpci_of(dev);

	vpci->v.transport = &vpci_transport;
	return !config->base && keel_virtio_configure(&vpci->v, &config->virtio, &vpci->s.virtio);
}

static void vpci_reset(struct keel_dev *dev, bool cold)
{
	struct keel_virtio_pci_state *s = &vpci_of(dev)->s;

	s->cfg_offset = 0;
	s->cfg_length = 0;
	s->cfg_bar = 0;
	keel_virtio_reset(keel_virtio_of(dev));
}

static bool vpci_check(const struct keel_dev *dev, const void *state, u64 now)
{
	const struct keel_virtio *v = container_of(dev, struct keel_virtio, dev);
	const struct keel_virtio_pci_state *s = state;
	static const u8 zero[sizeof(s->pad)];
	unsigned int i;

	for (i = 0; i < v->nr_queues; i++)
		if (s->virtio.queues[i].vector != keel_virtio_vector(v, s->virtio.queues[i].vector))
			return false;
	return s->virtio.config_vector == keel_virtio_vector(v, s->virtio.config_vector) &&
	       s->pci.intx == !!s->virtio.isr && !memcmp(s->pad, zero, sizeof(zero)) &&
	       keel_virtio_check(v, &s->virtio);
}

/* In version 2 memory was in BAR 0, ports in BAR 2 and MSI-X in BAR 4; there was no MSI. */
static void vpci_upgrade(void *state)
{
	static const u8 now[KEEL_PCI_NR_BARS] = {
		BAR_VIRTIO, BAR_VIRTIO + 1, BAR_PORTS, 3, BAR_MSIX, 2,
	};
	struct keel_virtio_pci_state *s = state;
	u32 bars[KEEL_PCI_NR_BARS];
	unsigned int i;

	memcpy(bars, s->pci.bar, sizeof(bars));
	for (i = 0; i < ARRAY_SIZE(now); i++)
		s->pci.bar[now[i]] = bars[i];
	if (s->cfg_bar < ARRAY_SIZE(now))
		s->cfg_bar = now[s->cfg_bar];
}

static void vpci_loaded(struct keel_dev *dev)
{
	keel_virtio_loaded(keel_virtio_of(dev));
}

static void vpci_inspect(const struct keel_dev *dev, struct keel_out *out)
{
	keel_virtio_inspect(container_of(dev, struct keel_virtio, dev), out);
}

static unsigned int vpci_vectors(const struct keel_device_config *config)
{
	const struct keel_virtio_type *type = keel_virtio_type(config->virtio.type);
	unsigned int queues = config->virtio.queues;

	if (!queues)
		queues = type->min_queues;
	return min_t(unsigned int, queues, type->max_queues) + 1;
}

static const struct keel_wire_desc vpci_wires[] = {
	KEEL_INTX(keel_virtio_pci, pci),
};

/* What all functions have in common. */
#define VPCI_FUNCTION \
	.pci = offsetof(struct keel_virtio_pci, pci), \
	.state = offsetof(struct keel_virtio_pci, s.pci), \
	.msix = offsetof(struct keel_virtio_pci, s.msix), \
	.msi = offsetof(struct keel_virtio_pci, s.msi), \
	.vendor = PCI_VENDOR_ID_REDHAT_QUMRANET, \
	.subsystem_vendor = PCI_VENDOR_ID_REDHAT_QUMRANET, \
	.pin = 1, \
	.vectors = KEEL_PCI_MAX_VECTORS, \
	.nr_vectors = vpci_vectors, \
	.mastering = vpci_mastering, \
	.msix_bar = BAR_MSIX, \
	.bars = { \
		[BAR_PORTS] = { KEEL_BAR_IO, false, VPCI_NOTIFY_SIZE }, \
		[BAR_MSIX] = { KEEL_BAR_MEM32, false, KEEL_MSIX_SIZE }, \
		[BAR_VIRTIO] = { KEEL_BAR_MEM64, true, VPCI_BAR_SIZE }, \
	}

static_assert(VPCI_NOTIFY_SIZE == VPCI_LEGACY_SIZE);	/* in either case of BAR 0 */

#define VPCI_CAPS_MEMORY \
	.caps = &vpci_caps[1], \
	.nr_caps = ARRAY_SIZE(vpci_caps) - 1

#define VPCI_CAPS_PORTS \
	.caps = vpci_caps, \
	.nr_caps = ARRAY_SIZE(vpci_caps)

#define VPCI_MODERN(type, class, caps) { \
	VPCI_FUNCTION, \
	.device = VPCI_DEVICE_ID + (type), \
	.subsystem = VPCI_DEVICE_ID, \
	.class_code = (class), \
	.revision = 1, \
	caps, \
}

/* 4.1.2.3: legacy drivers look for the subsystem, and for revision 0. */
#define VPCI_TRANSITIONAL(type, class, id) { \
	VPCI_FUNCTION, \
	.device = (id), \
	.subsystem = (type), \
	.class_code = (class), \
	VPCI_CAPS_MEMORY, \
}

#define VPCI_NET	0x020000	/* Ethernet controller */
#define VPCI_BLK	0x018000	/* other mass storage */
#define VPCI_CONSOLE	0x078000	/* other communication */
#define VPCI_RNG	0x108000	/* other encryption */

static const struct keel_pci_desc vpci_net[] = {
	VPCI_MODERN(KEEL_VIRTIO_NET, VPCI_NET, VPCI_CAPS_MEMORY),
	VPCI_MODERN(KEEL_VIRTIO_NET, VPCI_NET, VPCI_CAPS_PORTS),
	VPCI_TRANSITIONAL(KEEL_VIRTIO_NET, VPCI_NET, VPCI_TRANSITIONAL_NET),
};

static const struct keel_pci_desc vpci_blk[] = {
	VPCI_MODERN(KEEL_VIRTIO_BLK, VPCI_BLK, VPCI_CAPS_MEMORY),
	VPCI_MODERN(KEEL_VIRTIO_BLK, VPCI_BLK, VPCI_CAPS_PORTS),
	VPCI_TRANSITIONAL(KEEL_VIRTIO_BLK, VPCI_BLK, VPCI_TRANSITIONAL_BLK),
};

static const struct keel_pci_desc vpci_console[] = {
	VPCI_MODERN(KEEL_VIRTIO_CONSOLE, VPCI_CONSOLE, VPCI_CAPS_MEMORY),
	VPCI_MODERN(KEEL_VIRTIO_CONSOLE, VPCI_CONSOLE, VPCI_CAPS_PORTS),
	VPCI_TRANSITIONAL(KEEL_VIRTIO_CONSOLE, VPCI_CONSOLE, VPCI_TRANSITIONAL_CONSOLE),
};

static const struct keel_pci_desc vpci_rng[] = {
	VPCI_MODERN(KEEL_VIRTIO_RNG, VPCI_RNG, VPCI_CAPS_MEMORY),
	VPCI_MODERN(KEEL_VIRTIO_RNG, VPCI_RNG, VPCI_CAPS_PORTS),
	VPCI_TRANSITIONAL(KEEL_VIRTIO_RNG, VPCI_RNG, VPCI_TRANSITIONAL_RNG),
};

static const struct keel_pci_desc vpci_vsock[] = {
	VPCI_MODERN(KEEL_VIRTIO_VSOCK, VPCI_CONSOLE, VPCI_CAPS_MEMORY),
	VPCI_MODERN(KEEL_VIRTIO_VSOCK, VPCI_CONSOLE, VPCI_CAPS_PORTS),
};

static const struct keel_dev_ops *vpci_variant(const struct keel_device_config *config);

#define VPCI_MODEL(function, counters_) \
	.name = "vpci", \
	.class = KEEL_CLASS_VIRTIO_PCI, \
	.version = 3, \
	.size = sizeof(struct keel_virtio_pci), \
	.state = offsetof(struct keel_virtio_pci, s), \
	.state_size = sizeof(struct keel_virtio_pci_state), \
	.previous_size = offsetof(struct keel_virtio_pci_state, msi), \
	.wires = vpci_wires, \
	.nr_wires = ARRAY_SIZE(vpci_wires), \
	.counters = keel_virtio_counters, \
	.nr_counters = (counters_), \
	.pci = (function), \
	.variant = vpci_variant, \
	.configure = vpci_configure, \
	.inspect = vpci_inspect, \
	.reset = vpci_reset, \
	.check = vpci_check, \
	.upgrade = vpci_upgrade, \
	.loaded = vpci_loaded

#define VPCI_OPS(function, counters) { \
	VPCI_MODEL(function, counters), \
	.regions = vpci_regions, \
	.nr_regions = ARRAY_SIZE(vpci_regions), \
	.read = vpci_read, \
	.write = vpci_write, \
}

#define VPCI_TRANSITIONAL_OPS(function, counters) { \
	VPCI_MODEL(function, counters), \
	.regions = vpci_transitional_regions, \
	.nr_regions = ARRAY_SIZE(vpci_transitional_regions), \
	.read = vpci_transitional_read, \
	.write = vpci_transitional_write, \
}

/* Notifications in memory alone; by ports as well; transitional */
enum { VARIANT_MEMORY, VARIANT_PORTS, VARIANT_TRANSITIONAL, NR_VARIANTS };

/* A type without legacy devices has no transitional one. */
static const struct keel_dev_ops vpci_ops[][NR_VARIANTS] = {
	{
		VPCI_OPS(&vpci_net[VARIANT_MEMORY], KEEL_VIRTIO_NR_COUNTERS),
		VPCI_OPS(&vpci_net[VARIANT_PORTS], KEEL_VIRTIO_NR_COUNTERS),
		VPCI_TRANSITIONAL_OPS(&vpci_net[VARIANT_TRANSITIONAL], KEEL_VIRTIO_NR_COUNTERS),
	},
	{
		VPCI_OPS(&vpci_blk[VARIANT_MEMORY], KEEL_VIRTIO_NR_COUNTERS),
		VPCI_OPS(&vpci_blk[VARIANT_PORTS], KEEL_VIRTIO_NR_COUNTERS),
		VPCI_TRANSITIONAL_OPS(&vpci_blk[VARIANT_TRANSITIONAL], KEEL_VIRTIO_NR_COUNTERS),
	},
	{
		VPCI_OPS(&vpci_console[VARIANT_MEMORY], KEEL_VCON_NR_COUNTERS),
		VPCI_OPS(&vpci_console[VARIANT_PORTS], KEEL_VCON_NR_COUNTERS),
		VPCI_TRANSITIONAL_OPS(&vpci_console[VARIANT_TRANSITIONAL], KEEL_VCON_NR_COUNTERS),
	},
	{
		VPCI_OPS(&vpci_rng[VARIANT_MEMORY], KEEL_VIRTIO_NR_COUNTERS),
		VPCI_OPS(&vpci_rng[VARIANT_PORTS], KEEL_VIRTIO_NR_COUNTERS),
		VPCI_TRANSITIONAL_OPS(&vpci_rng[VARIANT_TRANSITIONAL], KEEL_VIRTIO_NR_COUNTERS),
	},
	{
		VPCI_OPS(&vpci_vsock[VARIANT_MEMORY], KEEL_VIRTIO_NR_COUNTERS),
		VPCI_OPS(&vpci_vsock[VARIANT_PORTS], KEEL_VIRTIO_NR_COUNTERS),
	},
};

static const struct keel_dev_ops *vpci_of_variant(unsigned int type, unsigned int variant)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(vpci_ops); i++)
		if (vpci_ops[i][VARIANT_MEMORY].pci->device == VPCI_DEVICE_ID + type)
			return vpci_ops[i][variant].name ? &vpci_ops[i][variant] : NULL;
	return NULL;
}

static const struct keel_dev_ops *vpci_variant(const struct keel_device_config *config)
{
	switch (config->virtio.flags) {
	case 0:
		return vpci_of_variant(config->virtio.type, VARIANT_PORTS);
	case KEEL_VIRTIO_NOTIFY_MEMORY:
		return vpci_of_variant(config->virtio.type, VARIANT_MEMORY);
	case KEEL_VIRTIO_LEGACY | KEEL_VIRTIO_NOTIFY_MEMORY:
		return vpci_of_variant(config->virtio.type, VARIANT_TRANSITIONAL);
	default:
		return NULL;
	}
}

/* What a class is looked up by; the config chooses the one that is meant. */
const struct keel_dev_ops keel_virtio_pci_ops =
	VPCI_OPS(&vpci_net[VARIANT_MEMORY], KEEL_VIRTIO_NR_COUNTERS);
