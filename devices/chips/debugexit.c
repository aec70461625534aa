// SPDX-License-Identifier: GPL-2.0
/*
 * Debug-exit port: a write ends the VM and hands the value to the launcher.
 *
 * For test payloads and firmware that want to leave with a result and have no
 * other way to say it. There is no datasheet: it sits where payloads written for
 * QEMU's isa-debug-exit expect it, and takes the byte, word and long writes of
 * both that device's usual sizes. What exit status a value means is left to the
 * launcher.
 *
 *	0x501-0x504  W  end the VM with this value; R  0
 *
 * It remembers nothing, so it has no state to save.
 */
#include "../board/dev.h"

/**
 * struct keel_debugexit - the port.
 * @dev:   what the board knows
 * @exits: how often the guest wrote
 */
struct keel_debugexit {
	/* Wiring */
	struct keel_dev dev;

	/* Counters */
	u64 exits;
};

static u32 debugexit_read(struct keel_dev *dev, unsigned int region, u32 offset,
			  unsigned int width)
{
	return 0;
}

static void debugexit_write(struct keel_dev *dev, unsigned int region, u32 offset,
			    unsigned int width, u32 value)
{
	struct keel_debugexit *port = container_of(dev, struct keel_debugexit, dev);

	port->exits++;
	keel_event(dev, KEEL_EVENT_DEBUG_EXIT, value);
}

static const struct keel_region_desc debugexit_regions[] = {
	{ .label = "exit", .space = KEEL_PIO, .base = 0x501, .length = 4, .width = 4 },
};

static const struct keel_counter_desc debugexit_counters[] = {
	KEEL_COUNTER(keel_debugexit, exits),
};

const struct keel_dev_ops keel_debugexit_ops = {
	.name = "debugexit",
	.class = KEEL_CLASS_DEBUGEXIT,
	.version = 1,
	.size = sizeof(struct keel_debugexit),
	.regions = debugexit_regions,
	.nr_regions = ARRAY_SIZE(debugexit_regions),
	.counters = debugexit_counters,
	.nr_counters = ARRAY_SIZE(debugexit_counters),
	.read = debugexit_read,
	.write = debugexit_write,
};
