// SPDX-License-Identifier: GPL-2.0
/*
 * Virtio over MMIO, version 2 (VIRTIO 1.2, 4.2): registers of 32 bits for the core in
 * core.c. Drivers have to access them as aligned 32-bit words (4.2.2.2); anything
 * narrower reads 0 there, is dropped when written, and counted. The device's own
 * configuration takes any width.
 *
 * If the config wants a legacy device, it has version 1 instead (4.2.4): see legacy.c.
 *
 * Not modelled: shared memory regions: each reads as a region that does not exist.
 *
 *	0x000  MagicValue   0x004  Version       0x008  DeviceID     0x00c  VendorID
 *	0x010  DeviceFeatures, 0x014 its Sel     0x020  DriverFeatures, 0x024 its Sel
 *	0x030  QueueSel     0x034  QueueSizeMax  0x038  QueueSize    0x044  QueueReady
 *	0x050  QueueNotify: a region of its own, which a host may take without the lock
 *	0x060  InterruptStatus  0x064  InterruptACK  0x070  Status
 *	0x080  QueueDesc    0x090  QueueDriver   0x0a0  QueueDevice, low and high each
 *	0x0ac  SHMSel       0x0b0  SHMLen        0x0b8  SHMBase      0x0c0  QueueReset
 *	0x0fc  ConfigGeneration                  0x100  configuration
 *
 * Of version 1, in the place of those that say where queues are:
 *
 *	0x028  GuestPageSize                     0x03c  QueueAlign   0x040  QueuePFN
 */
#include "config.h"
#include "core.h"
#include "legacy.h"
#include "types.h"

#define MMIO_MAGIC		0x74726976	/* "virt" */
#define MMIO_VERSION		2
#define MMIO_LEGACY		1
#define MMIO_VENDOR		0x4c45454b	/* "KEEL" */
#define MMIO_NO_SHM		U32_MAX

enum {
	MAGIC_VALUE = 0x000, VERSION = 0x004, DEVICE_ID = 0x008, VENDOR_ID = 0x00c,
	DEVICE_FEATURES = 0x010, DEVICE_FEATURES_SEL = 0x014,
	DRIVER_FEATURES = 0x020, DRIVER_FEATURES_SEL = 0x024, GUEST_PAGE_SIZE = 0x028,
	QUEUE_SEL = 0x030, QUEUE_SIZE_MAX = 0x034, QUEUE_SIZE = 0x038, QUEUE_ALIGN = 0x03c,
	QUEUE_PFN = 0x040, QUEUE_READY = 0x044,
	QUEUE_NOTIFY = 0x050, INTERRUPT_STATUS = 0x060, INTERRUPT_ACK = 0x064, STATUS = 0x070,
	QUEUE_DESC_LOW = 0x080, QUEUE_DESC_HIGH = 0x084,
	QUEUE_DRIVER_LOW = 0x090, QUEUE_DRIVER_HIGH = 0x094,
	QUEUE_DEVICE_LOW = 0x0a0, QUEUE_DEVICE_HIGH = 0x0a4, SHM_SEL = 0x0ac,
	SHM_LEN_LOW = 0x0b0, SHM_LEN_HIGH = 0x0b4, SHM_BASE_LOW = 0x0b8, SHM_BASE_HIGH = 0x0bc,
	QUEUE_RESET = 0x0c0, CONFIG_GENERATION = 0x0fc, CONFIG = 0x100,
};

enum { MMIO_REGS, MMIO_NOTIFY, MMIO_MORE_REGS, MMIO_CONFIG };

/**
 * struct keel_virtio_mmio - the device.
 * @v:   the core
 * @irq: asserted as long as InterruptStatus is not 0
 * @s:   state
 */
struct keel_virtio_mmio {
	struct keel_virtio v;
	struct keel_wire irq;
	struct keel_virtio_state s;
};

static struct keel_virtio_mmio *mmio_of(struct keel_virtio *v)
{
	return container_of(v, struct keel_virtio_mmio, v);
}

static void mmio_sync(struct keel_virtio *v)
{
	keel_line_set(&mmio_of(v)->irq, v->s->isr);
}

static void mmio_interrupt(struct keel_virtio *v, u8 isr, u16 vector)
{
	v->s->isr |= isr;
	mmio_sync(v);
}

static const struct keel_virtio_transport mmio_transport = {
	.interrupt = mmio_interrupt,
	.sync = mmio_sync,
};

static u32 mmio_queue_ready(const struct keel_virtio *v)
{
	const struct keel_virtq_state *q = keel_virtio_queue(v);

	return q && q->enabled;
}

static u32 mmio_queue_size(const struct keel_virtio *v)
{
	const struct keel_virtq_state *q = keel_virtio_queue(v);

	return q ? q->size : 0;
}

static u32 mmio_read_reg(const struct keel_virtio *v, u32 reg)
{
	switch (reg) {
	case MAGIC_VALUE:
		return MMIO_MAGIC;
	case VERSION:
		return MMIO_VERSION;
	case DEVICE_ID:
		return v->type->id;
	case VENDOR_ID:
		return MMIO_VENDOR;
	case DEVICE_FEATURES:
		return keel_virtio_device_features(v);
	case QUEUE_SIZE_MAX:
		return keel_virtio_queue(v) ? v->queue_size : 0;
	case QUEUE_SIZE:
		return mmio_queue_size(v);
	case QUEUE_READY:
		return mmio_queue_ready(v);
	case INTERRUPT_STATUS:
		return v->s->isr;
	case STATUS:
		return v->s->status;
	case SHM_LEN_LOW:
	case SHM_LEN_HIGH:
	case SHM_BASE_LOW:
	case SHM_BASE_HIGH:
		return MMIO_NO_SHM;
	case QUEUE_RESET:
		return keel_virtio_queue_resetting(v);
	case CONFIG_GENERATION:
		return v->s->generation;
	default:
		return 0;
	}
}

static void mmio_write_queue(struct keel_virtio *v, u32 reg, u32 value)
{
	switch (reg) {
	case QUEUE_DESC_LOW:
	case QUEUE_DESC_HIGH:
		keel_virtio_queue_area(v, VIRTIO_AREA_DESC, reg == QUEUE_DESC_HIGH, value);
		break;
	case QUEUE_DRIVER_LOW:
	case QUEUE_DRIVER_HIGH:
		keel_virtio_queue_area(v, VIRTIO_AREA_DRIVER, reg == QUEUE_DRIVER_HIGH, value);
		break;
	case QUEUE_DEVICE_LOW:
	case QUEUE_DEVICE_HIGH:
		keel_virtio_queue_area(v, VIRTIO_AREA_DEVICE, reg == QUEUE_DEVICE_HIGH, value);
		break;
	default:
		keel_virtio_ignore(v, VIRTIO_BAD_REGISTER);
	}
}

static void mmio_write_ready(struct keel_virtio *v, u32 value)
{
	if (value)
		keel_virtio_queue_enable(v);
	else
		keel_virtio_queue_disable(v);
}

static void mmio_write_reg(struct keel_virtio *v, u32 reg, u32 value)
{
	switch (reg) {
	case DEVICE_FEATURES_SEL:
		v->s->device_features_sel = value;
		break;
	case DRIVER_FEATURES:
		keel_virtio_write_features(v, value);
		break;
	case DRIVER_FEATURES_SEL:
		v->s->driver_features_sel = value;
		break;
	case QUEUE_SEL:
		v->s->queue_sel = min_t(u32, value, U16_MAX);
		break;
	case QUEUE_SIZE:
		keel_virtio_queue_size(v, value);
		break;
	case QUEUE_READY:
		mmio_write_ready(v, value);
		break;
	case INTERRUPT_ACK:
		keel_virtio_isr_clear(v, value);
		break;
	case STATUS:
		keel_virtio_write_status(v, value);
		break;
	case QUEUE_RESET:
		keel_virtio_queue_reset(v);
		break;
	case SHM_SEL:	/* whichever it is, there is none */
		break;
	default:
		mmio_write_queue(v, reg, value);
	}
}

/* ---- Version 1 ---- */

static u32 mmio_read_legacy(const struct keel_virtio *v, u32 reg)
{
	switch (reg) {
	case VERSION:
		return MMIO_LEGACY;
	case DEVICE_FEATURES:
		return v->s->device_features_sel ? 0 : keel_legacy_device_features(v);
	case QUEUE_PFN:
		return keel_legacy_read_pfn(v);
	case MAGIC_VALUE:
	case DEVICE_ID:
	case VENDOR_ID:
	case QUEUE_SIZE_MAX:
	case INTERRUPT_STATUS:
	case STATUS:
		return mmio_read_reg(v, reg);
	default:
		return 0;
	}
}

/* There is one word; Linux writes 0 to the other one as well. */
static void mmio_write_legacy_features(struct keel_virtio *v, u32 value)
{
	if (!v->s->driver_features_sel)
		keel_legacy_write_features(v, value);
	else if (value)
		keel_virtio_ignore(v, VIRTIO_BAD_FEATURES);
}

static void mmio_write_legacy(struct keel_virtio *v, u32 reg, u32 value)
{
	switch (reg) {
	case DRIVER_FEATURES:
		mmio_write_legacy_features(v, value);
		break;
	case GUEST_PAGE_SIZE:
	case QUEUE_ALIGN:
		if (value != KEEL_LEGACY_PAGE)
			keel_virtio_ignore(v, VIRTIO_BAD_SIZE);
		break;
	case QUEUE_PFN:
		keel_legacy_write_pfn(v, value);
		break;
	case STATUS:
		keel_legacy_write_status(v, value);
		break;
	case DEVICE_FEATURES_SEL:
	case DRIVER_FEATURES_SEL:
	case QUEUE_SEL:
	case QUEUE_SIZE:
	case INTERRUPT_ACK:
		mmio_write_reg(v, reg, value);
		break;
	default:
		keel_virtio_ignore(v, VIRTIO_BAD_REGISTER);
	}
}

/* ---- Regions ---- */

/* Offset of a region in the device's window. */
static const u32 mmio_offsets[] = {
	[MMIO_REGS] = 0, [MMIO_NOTIFY] = QUEUE_NOTIFY, [MMIO_MORE_REGS] = QUEUE_NOTIFY + 4,
	[MMIO_CONFIG] = CONFIG,
};

static u32 mmio_read(struct keel_dev *dev, unsigned int region, u32 offset, unsigned int width)
{
	struct keel_virtio *v = keel_virtio_of(dev);

	if (region == MMIO_CONFIG)
		return keel_virtio_config_read(v, offset, width);
	offset += mmio_offsets[region];
	if (width == 4)
		return v->legacy ? mmio_read_legacy(v, offset) : mmio_read_reg(v, offset);
	keel_virtio_ignore(v, VIRTIO_BAD_WIDTH);
	return 0;
}

static void mmio_notify(struct keel_virtio *v, u32 value)
{
	if (v->legacy)
		keel_legacy_notify(v, value);
	else
		keel_virtio_notify(v, keel_virtio_named(v->s->driver_features, value));
}

static void mmio_write(struct keel_dev *dev, unsigned int region, u32 offset,
		       unsigned int width, u32 value)
{
	struct keel_virtio *v = keel_virtio_of(dev);

	if (region == MMIO_CONFIG)
		keel_virtio_config_write(v, offset, width, value);
	else if (width != 4)
		keel_virtio_ignore(v, VIRTIO_BAD_WIDTH);
	else if (region == MMIO_NOTIFY)
		mmio_notify(v, value);
	else if (v->legacy)
		mmio_write_legacy(v, mmio_offsets[region] + offset, value);
	else
		mmio_write_reg(v, mmio_offsets[region] + offset, value);
}

static bool mmio_configure(struct keel_dev *dev, const struct keel_device_config *config)
{
	struct keel_virtio *v = keel_virtio_of(dev);

	v->transport = &mmio_transport;
	if (!config->base || config->base & 3 || config->base >= U64_MAX - KEEL_VIRTIO_MMIO_SIZE)
		return false;
	return !config->virtio.slot && !(config->virtio.flags & ~KEEL_VIRTIO_LEGACY) &&
	       keel_virtio_configure(v, &config->virtio, &mmio_of(v)->s);
}

static void mmio_reset(struct keel_dev *dev, bool cold)
{
	keel_virtio_reset(keel_virtio_of(dev));
}

static bool mmio_check(const struct keel_dev *dev, const void *state, u64 now)
{
	return keel_virtio_check(container_of(dev, struct keel_virtio, dev), state);
}

static void mmio_loaded(struct keel_dev *dev)
{
	keel_virtio_loaded(keel_virtio_of(dev));
}

static void mmio_inspect(const struct keel_dev *dev, struct keel_out *out)
{
	keel_virtio_inspect(container_of(dev, struct keel_virtio, dev), out);
}

static const struct keel_region_desc mmio_regions[] = {
	[MMIO_REGS]	 = { "regs", KEEL_MMIO, 0, QUEUE_NOTIFY, 4 },
	[MMIO_NOTIFY]	 = { "notify", KEEL_MMIO, QUEUE_NOTIFY, 4, 4,
			     .follows = true, .doorbell = KEEL_BELL_VALUE },
	[MMIO_MORE_REGS] = { "more_regs", KEEL_MMIO, QUEUE_NOTIFY + 4, CONFIG - QUEUE_NOTIFY - 4, 4,
			     .follows = true },
	[MMIO_CONFIG]	 = { "config", KEEL_MMIO, CONFIG, KEEL_VIRTIO_MMIO_SIZE - CONFIG, 4,
			     .follows = true },
};

static const struct keel_wire_desc mmio_wires[] = {
	KEEL_WIRE(keel_virtio_mmio, irq, "irq", KEEL_IRQ_NONE, true),
};

static const struct keel_dev_ops *mmio_variant(const struct keel_device_config *config);

#define VIRTIO_MMIO_OPS(counters_) { \
	.name = "vmmio", \
	.class = KEEL_CLASS_VIRTIO_MMIO, \
	.version = 2, \
	.size = sizeof(struct keel_virtio_mmio), \
	.state = offsetof(struct keel_virtio_mmio, s), \
	.state_size = sizeof(struct keel_virtio_state), \
	.regions = mmio_regions, \
	.nr_regions = ARRAY_SIZE(mmio_regions), \
	.wires = mmio_wires, \
	.nr_wires = ARRAY_SIZE(mmio_wires), \
	.counters = keel_virtio_counters, \
	.nr_counters = (counters_), \
	.variant = mmio_variant, \
	.configure = mmio_configure, \
	.read = mmio_read, \
	.write = mmio_write, \
	.inspect = mmio_inspect, \
	.reset = mmio_reset, \
	.check = mmio_check, \
	.loaded = mmio_loaded, \
}

static const struct keel_dev_ops mmio_console_ops = VIRTIO_MMIO_OPS(KEEL_VCON_NR_COUNTERS);

/* What a class is looked up by; the config's type chooses the one that is meant. */
const struct keel_dev_ops keel_virtio_mmio_ops = VIRTIO_MMIO_OPS(KEEL_VIRTIO_NR_COUNTERS);

static const struct keel_dev_ops *mmio_variant(const struct keel_device_config *config)
{
	return config->virtio.type == KEEL_VIRTIO_CONSOLE ? &mmio_console_ops :
							   &keel_virtio_mmio_ops;
}
