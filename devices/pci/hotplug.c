// SPDX-License-Identifier: GPL-2.0
/*
 * Hot-plug controller for PCI slots, driven by ACPI: \_GPE._E01 asks it what has changed, and a
 * slot's _EJ0 ejects. There is no datasheet; it has the idea of QEMU's
 * (docs/specs/acpi_pci_hotplug), and other registers. Each has a bit for every slot:
 *
 *	0xae00	RWC  the slot has a function that is new
 *	0xae04	RO   its function is to leave: the guest is asked to eject it
 *	0xae08	RW   it has a function; 1 ejects it
 *	0xae0c	RO   it can get and lose its function
 *
 * A board never allocates: the function is a device of the board all the time. While it is absent,
 * its configuration space reads as all ones. Since it is as after a reset, its BARs decode nothing
 * and it asks for nothing.
 *
 * Functions come and go by the host's inputs; the guest's ejection is told to the host. A reset
 * leaves them where they are, without the ones that are to leave: these are ejected by it.
 */
#include "../board/board.h"
#include "pci.h"

/**
 * struct keel_hotplug - the controller.
 * @dev:      what the board knows
 * @slots:    a bit for each slot that is its
 * @at_start: those with a function at power-on
 * @plugged:  functions that came
 * @asked:    times that the guest was asked to eject one
 * @ejected:  functions that the guest has let go of, by itself or by a reset
 * @pulled:   functions that left without that
 * @ignored:  writes to what cannot be written, ejections of what is not there
 * @s:        state
 */
struct keel_hotplug {
	/* Wiring */
	struct keel_dev dev;
	u32 slots;
	u32 at_start;

	/* Counters */
	u64 plugged;
	u64 asked;
	u64 ejected;
	u64 pulled;
	u64 ignored;

	/* State */
	struct keel_hotplug_state s;
};

static_assert(sizeof(struct keel_hotplug_state) == 16);

static struct keel_hotplug *hotplug_of(struct keel_dev *dev)
{
	return container_of(dev, struct keel_hotplug, dev);
}

/* What the host bridge shows. */
static void hotplug_sync(struct keel_hotplug *hotplug)
{
	hotplug->dev.board->absent = hotplug->slots & ~hotplug->s.present;
}

static struct keel_dev *hotplug_function(struct keel_hotplug *hotplug, u64 slot)
{
	if (slot >= KEEL_PCI_NR_SLOTS || !(hotplug->slots >> slot & 1))
		return NULL;
	return hotplug->dev.board->slots[slot];
}

/* RST#: then a function decodes nothing and drives nothing. */
static void hotplug_reset_function(struct keel_hotplug *hotplug, unsigned int slot)
{
	struct keel_dev *function = hotplug->dev.board->slots[slot];

	keel_pci_reset(function);
	if (function->ops->reset)
		function->ops->reset(function, false);
	hotplug->dev.board->moved = true;
}

static void hotplug_leave(struct keel_hotplug *hotplug, unsigned int slot)
{
	hotplug->s.present &= ~BIT(slot);
	hotplug->s.inserted &= ~BIT(slot);
	hotplug->s.wanted &= ~BIT(slot);
	hotplug_reset_function(hotplug, slot);
	hotplug_sync(hotplug);
	keel_event(&hotplug->dev, KEEL_EVENT_EJECTED, slot);
}

static void hotplug_eject(struct keel_hotplug *hotplug, u32 slots)
{
	unsigned int slot;

	hotplug->ignored += !!(slots & ~hotplug->s.present) || !slots;
	slots &= hotplug->s.present;
	for (slot = 0; slots; slot++, slots >>= 1) {
		if (!(slots & 1))
			continue;
		hotplug->ejected++;
		hotplug_leave(hotplug, slot);
	}
}

/* ---- Registers ---- */

static u32 hotplug_get(const struct keel_hotplug *hotplug, u32 offset)
{
	switch (offset & ~3U) {
	case KEEL_HOTPLUG_INSERTED:
		return hotplug->s.inserted;
	case KEEL_HOTPLUG_WANTED:
		return hotplug->s.wanted;
	case KEEL_HOTPLUG_EJECT:
		return hotplug->s.present;
	default:
		return hotplug->slots;
	}
}

static u32 hotplug_read(struct keel_dev *dev, unsigned int region, u32 offset,
			unsigned int width)
{
	return hotplug_get(hotplug_of(dev), offset) >> offset % 4 * 8;
}

static void hotplug_write(struct keel_dev *dev, unsigned int region, u32 offset,
			  unsigned int width, u32 value)
{
	struct keel_hotplug *hotplug = hotplug_of(dev);
	u32 bits = value << offset % 4 * 8 & keel_pci_lanes(offset, width);

	switch (offset & ~3U) {
	case KEEL_HOTPLUG_INSERTED:
		hotplug->s.inserted &= ~bits;
		break;
	case KEEL_HOTPLUG_EJECT:
		hotplug_eject(hotplug, bits);
		break;
	default:
		hotplug->ignored++;
	}
}

/* ---- The host's ---- */

static int hotplug_plug(struct keel_hotplug *hotplug, unsigned int slot)
{
	if (hotplug->s.present & BIT(slot))
		return -1;
	hotplug->plugged++;
	hotplug_reset_function(hotplug, slot);
	hotplug->s.present |= BIT(slot);
	hotplug->s.inserted |= BIT(slot);
	hotplug_sync(hotplug);
	return 0;
}

static int hotplug_host(struct keel_dev *dev, unsigned int input, u64 value)
{
	struct keel_hotplug *hotplug = hotplug_of(dev);

	if (!hotplug_function(hotplug, value))
		return -1;
	if (input == KEEL_INPUT_PLUG)
		return hotplug_plug(hotplug, value);
	if (input > KEEL_INPUT_PULL || !(hotplug->s.present >> value & 1))
		return -1;
	if (input == KEEL_INPUT_UNPLUG) {
		hotplug->asked++;
		hotplug->s.wanted |= BIT(value);
	} else {
		hotplug->pulled++;
		hotplug_leave(hotplug, value);
	}
	return 0;
}

/* ---- Board ---- */

static bool hotplug_configure(struct keel_dev *dev, const struct keel_device_config *config)
{
	struct keel_hotplug *hotplug = hotplug_of(dev);
	unsigned int i;

	for (i = offsetof(struct keel_hotplug_config, reserved); i < sizeof(config->pad); i++)
		if (config->pad[i])
			return false;
	hotplug->slots = config->hotplug.slots;
	hotplug->at_start = config->hotplug.present;
	return !config->instance && !(hotplug->slots & 1) &&
	       !(hotplug->at_start & ~hotplug->slots);
}

/* Those at power-on; a slot may have none at all. */
static u32 hotplug_functions(struct keel_hotplug *hotplug)
{
	u32 present = hotplug->at_start;
	unsigned int slot;

	for (slot = 0; slot < KEEL_PCI_NR_SLOTS; slot++)
		if (!hotplug_function(hotplug, slot))
			present &= ~BIT(slot);
	return present;
}

static void hotplug_reset(struct keel_dev *dev, bool cold)
{
	struct keel_hotplug *hotplug = hotplug_of(dev);

	if (cold)
		hotplug->s.present = hotplug_functions(hotplug);
	else if (hotplug->s.wanted)
		hotplug_eject(hotplug, hotplug->s.wanted);
	hotplug->s.inserted = 0;
	hotplug_sync(hotplug);
}

static bool hotplug_check(const struct keel_dev *dev, const void *state, u64 now)
{
	const struct keel_hotplug *hotplug = container_of(dev, struct keel_hotplug, dev);
	const struct keel_hotplug_state *s = state;
	unsigned int slot;

	for (slot = 0; slot < KEEL_PCI_NR_SLOTS; slot++)
		if (s->present >> slot & 1 && !dev->board->slots[slot])
			return false;
	return !(s->present & ~hotplug->slots) && !(s->inserted & ~s->present) &&
	       !(s->wanted & ~s->present) && !s->pad;
}

static u32 hotplug_absent(const struct keel_dev *dev, const void *state)
{
	const struct keel_hotplug *hotplug = container_of(dev, struct keel_hotplug, dev);
	const struct keel_hotplug_state *s = state;

	return hotplug->slots & ~s->present;
}

static void hotplug_loaded(struct keel_dev *dev)
{
	hotplug_sync(hotplug_of(dev));
}

static void hotplug_inspect(const struct keel_dev *dev, struct keel_out *out)
{
	const struct keel_hotplug *hotplug = container_of(dev, struct keel_hotplug, dev);
	unsigned int slot;

	for (slot = 0; slot < KEEL_PCI_NR_SLOTS; slot++) {
		if (!(hotplug->slots >> slot & 1))
			continue;
		keel_emit(out, "slot", slot, ".present", hotplug->s.present >> slot & 1);
		keel_emit(out, "slot", slot, ".inserted", hotplug->s.inserted >> slot & 1);
		keel_emit(out, "slot", slot, ".wanted", hotplug->s.wanted >> slot & 1);
	}
}

static const struct keel_region_desc hotplug_regions[] = {
	{ .label = "regs", .space = KEEL_PIO, .base = KEEL_HOTPLUG_PORT, .length = 16,
	  .width = 4 },
};

static const struct keel_counter_desc hotplug_counters[] = {
	KEEL_COUNTER(keel_hotplug, plugged),
	KEEL_COUNTER(keel_hotplug, asked),
	KEEL_COUNTER(keel_hotplug, ejected),
	KEEL_COUNTER(keel_hotplug, pulled),
	KEEL_COUNTER(keel_hotplug, ignored),
};

const struct keel_dev_ops keel_hotplug_ops = {
	.name = "hotplug",
	.class = KEEL_CLASS_HOTPLUG,
	.version = 1,
	.size = sizeof(struct keel_hotplug),
	.state = offsetof(struct keel_hotplug, s),
	.state_size = sizeof(struct keel_hotplug_state),
	.regions = hotplug_regions,
	.nr_regions = ARRAY_SIZE(hotplug_regions),
	.counters = hotplug_counters,
	.nr_counters = ARRAY_SIZE(hotplug_counters),
	.configure = hotplug_configure,
	.read = hotplug_read,
	.write = hotplug_write,
	.host = hotplug_host,
	.inspect = hotplug_inspect,
	.reset = hotplug_reset,
	.check = hotplug_check,
	.absent = hotplug_absent,
	.loaded = hotplug_loaded,
};
