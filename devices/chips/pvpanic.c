// SPDX-License-Identifier: GPL-2.0
/*
 * Panic notifier, as QEMU's pvpanic device on the ISA bus (QEMU, docs/specs/pvpanic):
 * a guest's last words.
 *
 *	0x505  R  events that it takes  W  events that have happened
 *
 *	bit 0  PANICKED: the host is to deal with it
 *	bit 1  CRASH_LOADED: the guest deals with it itself, and the host lets it run
 *	bit 2  SHUTDOWN: a guest without another way to power off has shut down
 *
 * Bits that it does not know are ignored, as the specification wants. The host is told of
 * each PANICKED, and of the first CRASH_LOADED since a reset: a guest that goes on could
 * repeat it for ever.
 *
 * Not modelled: the PCI function with the same register.
 */
#include "../board/dev.h"

#define PVPANIC_EVENTS	(KEEL_PVPANIC_PANICKED | KEEL_PVPANIC_CRASH_LOADED | KEEL_PVPANIC_SHUTDOWN)

/**
 * struct keel_pvpanic - the device.
 * @dev:     what the board knows
 * @panics:  PANICKED
 * @crashes: CRASH_LOADED
 * @shutdowns: SHUTDOWN
 * @ignored: writes with a bit that has no meaning
 * @s:       state
 */
struct keel_pvpanic {
	/* Wiring */
	struct keel_dev dev;

	/* Counters */
	u64 panics;
	u64 crashes;
	u64 shutdowns;
	u64 ignored;

	/* State */
	struct keel_pvpanic_state s;
};

static_assert(sizeof(struct keel_pvpanic_state) == 8);

static struct keel_pvpanic *pvpanic_of(struct keel_dev *dev)
{
	return container_of(dev, struct keel_pvpanic, dev);
}

static u32 pvpanic_read(struct keel_dev *dev, unsigned int region, u32 offset,
			unsigned int width)
{
	return PVPANIC_EVENTS;
}

static void pvpanic_panicked(struct keel_pvpanic *pvpanic)
{
	pvpanic->panics++;
	keel_event(&pvpanic->dev, KEEL_EVENT_PANIC, KEEL_PVPANIC_PANICKED);
}

static void pvpanic_crash_loaded(struct keel_pvpanic *pvpanic)
{
	pvpanic->crashes++;
	if (!(pvpanic->s.said & KEEL_PVPANIC_CRASH_LOADED))
		keel_event(&pvpanic->dev, KEEL_EVENT_PANIC, KEEL_PVPANIC_CRASH_LOADED);
}

static void pvpanic_shut_down(struct keel_pvpanic *pvpanic)
{
	pvpanic->shutdowns++;
	keel_event(&pvpanic->dev, KEEL_EVENT_POWEROFF, 0);
}

static void pvpanic_write(struct keel_dev *dev, unsigned int region, u32 offset,
			  unsigned int width, u32 value)
{
	struct keel_pvpanic *pvpanic = pvpanic_of(dev);

	pvpanic->ignored += !!(value & ~PVPANIC_EVENTS);
	if (value & KEEL_PVPANIC_PANICKED)
		pvpanic_panicked(pvpanic);
	if (value & KEEL_PVPANIC_CRASH_LOADED)
		pvpanic_crash_loaded(pvpanic);
	if (value & KEEL_PVPANIC_SHUTDOWN)
		pvpanic_shut_down(pvpanic);
	pvpanic->s.said |= value & PVPANIC_EVENTS;
}

static void pvpanic_reset(struct keel_dev *dev, bool cold)
{
	memset(&pvpanic_of(dev)->s, 0, sizeof(struct keel_pvpanic_state));
}

static bool pvpanic_check(const struct keel_dev *dev, const void *state, u64 now)
{
	const struct keel_pvpanic_state *s = state;
	static const u8 zero[sizeof(s->pad)];

	return !(s->said & ~PVPANIC_EVENTS) && !memcmp(s->pad, zero, sizeof(zero));
}

static void pvpanic_inspect(const struct keel_dev *dev, struct keel_out *out)
{
	const struct keel_pvpanic *pvpanic = container_of(dev, struct keel_pvpanic, dev);
	u8 said = pvpanic->s.said;

	keel_emit(out, "panicked", -1, "", !!(said & KEEL_PVPANIC_PANICKED));
	keel_emit(out, "crash_loaded", -1, "", !!(said & KEEL_PVPANIC_CRASH_LOADED));
	keel_emit(out, "shutdown", -1, "", !!(said & KEEL_PVPANIC_SHUTDOWN));
}

static const struct keel_region_desc pvpanic_regions[] = {
	{ .label = "event", .space = KEEL_PIO, .base = KEEL_PVPANIC_PORT, .length = 1, .width = 1 },
};

static const struct keel_counter_desc pvpanic_counters[] = {
	KEEL_COUNTER(keel_pvpanic, panics),
	KEEL_COUNTER(keel_pvpanic, crashes),
	KEEL_COUNTER(keel_pvpanic, shutdowns),
	KEEL_COUNTER(keel_pvpanic, ignored),
};

const struct keel_dev_ops keel_pvpanic_ops = {
	.name = "pvpanic",
	.class = KEEL_CLASS_PVPANIC,
	.version = 1,
	.size = sizeof(struct keel_pvpanic),
	.state = offsetof(struct keel_pvpanic, s),
	.state_size = sizeof(struct keel_pvpanic_state),
	.regions = pvpanic_regions,
	.nr_regions = ARRAY_SIZE(pvpanic_regions),
	.counters = pvpanic_counters,
	.nr_counters = ARRAY_SIZE(pvpanic_counters),
	.read = pvpanic_read,
	.write = pvpanic_write,
	.inspect = pvpanic_inspect,
	.reset = pvpanic_reset,
	.check = pvpanic_check,
};
