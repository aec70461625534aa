// SPDX-License-Identifier: GPL-2.0
/*
 * Debug console: a port whose bytes go to a stream, as firmware for QEMU and Bochs writes its log.
 *
 *	0x402  R  0xe9: the port is there  W  a byte of the log
 *
 * It never makes the guest wait: if the stream's reader is too slow, the oldest bytes are lost.
 * It remembers nothing, so it has no state to save.
 */
#include "../board/dev.h"

/**
 * struct keel_debugcon - the port.
 * @dev:   what the board knows
 * @bytes: that the guest wrote
 */
struct keel_debugcon {
	/* Wiring */
	struct keel_dev dev;

	/* Counters */
	u64 bytes;
};

static u32 debugcon_read(struct keel_dev *dev, unsigned int region, u32 offset,
			 unsigned int width)
{
	return KEEL_DEBUGCON_PRESENT;
}

static void debugcon_write(struct keel_dev *dev, unsigned int region, u32 offset,
			   unsigned int width, u32 value)
{
	struct keel_debugcon *port = container_of(dev, struct keel_debugcon, dev);

	port->bytes++;
	keel_byte_out(dev, value);
}

static const struct keel_region_desc debugcon_regions[] = {
	{ .label = "data", .space = KEEL_PIO, .base = KEEL_DEBUGCON_PORT, .length = 1, .width = 1 },
};

static const struct keel_counter_desc debugcon_counters[] = {
	KEEL_COUNTER(keel_debugcon, bytes),
};

const struct keel_dev_ops keel_debugcon_ops = {
	.name = "debugcon",
	.class = KEEL_CLASS_DEBUGCON,
	.version = 1,
	.size = sizeof(struct keel_debugcon),
	.regions = debugcon_regions,
	.nr_regions = ARRAY_SIZE(debugcon_regions),
	.counters = debugcon_counters,
	.nr_counters = ARRAY_SIZE(debugcon_counters),
	.read = debugcon_read,
	.write = debugcon_write,
};
