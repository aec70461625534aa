// SPDX-License-Identifier: GPL-2.0
/*
 * Test device: lets a test that runs as the guest hold interrupt lines, and has
 * ports that remember what they are given.
 *
 * For payloads written for QEMU's pc-testdev, together with a debug-exit port at
 * KEEL_TESTDEV_EXIT. There is no datasheet. A line is held as long as the last value
 * written to its port is not 0, beside its other sources: the outputs are
 * probes, which the builder lets share a line with a chip that shares with no other.
 * Line 2 is no chip's input (the 8259s' cascade), and line 0 is the IOAPIC's pin 2.
 *
 * Not modelled: pc-testdev's page of memory at 0xff000000, and its page-flush port:
 * 0xe4 is scratch here.
 *
 *	0xe0-0xe7      RW  eight bytes of scratch; up to 32 bits at a time
 *	0xe8-0xeb      RW  the first four of them; wider accesses come apart into bytes
 *	0x2000-0x2017  W   line 0 to 23: 0 lets go, anything else holds it; R  1: held
 */
#include "../board/dev.h"

enum { TESTDEV_SCRATCH, TESTDEV_BYTES, TESTDEV_IRQ };

/**
 * struct keel_testdev - the device.
 * @dev:     what the board knows
 * @wires:   one for each line
 * @changes: how often the guest changed a line's level
 * @s:       state
 */
struct keel_testdev {
	/* Wiring */
	struct keel_dev dev;
	struct keel_wire wires[KEEL_TESTDEV_LINES];

	/* Counters */
	u64 changes;

	/* State */
	struct keel_testdev_state s;
};

static_assert(sizeof(struct keel_testdev_state) == 16);

static struct keel_testdev *testdev_of(struct keel_dev *dev)
{
	return container_of(dev, struct keel_testdev, dev);
}

static void testdev_sync(struct keel_testdev *test)
{
	unsigned int i;

	for (i = 0; i < KEEL_TESTDEV_LINES; i++)
		keel_line_set(&test->wires[i], test->s.lines & BIT(i));
}

static u32 testdev_read(struct keel_dev *dev, unsigned int region, u32 offset,
			unsigned int width)
{
	struct keel_testdev *test = testdev_of(dev);
	u32 value = 0;

	if (region == TESTDEV_IRQ)
		return test->s.lines >> offset & 1;
	memcpy(&value, &test->s.scratch[offset], width);
	return value;
}

static void testdev_hold(struct keel_testdev *test, unsigned int line, bool level)
{
	u32 lines = test->s.lines & ~BIT(line);

	if (level)
		lines |= BIT(line);
	test->changes += lines != test->s.lines;
	test->s.lines = lines;
	testdev_sync(test);
}

static void testdev_write(struct keel_dev *dev, unsigned int region, u32 offset,
			  unsigned int width, u32 value)
{
	struct keel_testdev *test = testdev_of(dev);

	if (region == TESTDEV_IRQ)
		testdev_hold(test, offset, value);
	else
		memcpy(&test->s.scratch[offset], &value, width);
}

static void testdev_reset(struct keel_dev *dev, bool cold)
{
	struct keel_testdev *test = testdev_of(dev);

	memset(&test->s, 0, sizeof(test->s));
	testdev_sync(test);
}

static bool testdev_check(const struct keel_dev *dev, const void *state, u64 now)
{
	const struct keel_testdev_state *s = state;
	static const u8 zero[sizeof(s->pad)];

	return s->lines < BIT(KEEL_TESTDEV_LINES) && !memcmp(s->pad, zero, sizeof(zero));
}

static void testdev_inspect(const struct keel_dev *dev, struct keel_out *out)
{
	const struct keel_testdev *test = container_of(dev, struct keel_testdev, dev);
	unsigned int i;

	keel_emit(out, "lines", -1, "", test->s.lines);
	for (i = 0; i < ARRAY_SIZE(test->s.scratch); i++)
		keel_emit(out, "scratch", i, "", test->s.scratch[i]);
}

static const struct keel_region_desc testdev_regions[] = {
	[TESTDEV_SCRATCH] = { .label = "scratch", .space = KEEL_PIO,
			      .base = KEEL_TESTDEV_SCRATCH, .length = 8, .width = 4 },
	[TESTDEV_BYTES]   = { .label = "bytes", .space = KEEL_PIO,
			      .base = KEEL_TESTDEV_BYTES, .length = 4, .width = 1 },
	[TESTDEV_IRQ]     = { .label = "irq", .space = KEEL_PIO, .base = KEEL_TESTDEV_IRQ,
			      .length = KEEL_TESTDEV_LINES, .width = 1 },
};

#define TESTDEV_WIRE(member, line_) \
	{ .label = "line", .offset = offsetof(struct keel_testdev, member), .line = (line_), \
	  .probe = true }

static const struct keel_wire_desc testdev_wires[] = {
	TESTDEV_WIRE(wires[0], 0), TESTDEV_WIRE(wires[1], 1), TESTDEV_WIRE(wires[2], 2),
	TESTDEV_WIRE(wires[3], 3), TESTDEV_WIRE(wires[4], 4), TESTDEV_WIRE(wires[5], 5),
	TESTDEV_WIRE(wires[6], 6), TESTDEV_WIRE(wires[7], 7), TESTDEV_WIRE(wires[8], 8),
	TESTDEV_WIRE(wires[9], 9), TESTDEV_WIRE(wires[10], 10), TESTDEV_WIRE(wires[11], 11),
	TESTDEV_WIRE(wires[12], 12), TESTDEV_WIRE(wires[13], 13), TESTDEV_WIRE(wires[14], 14),
	TESTDEV_WIRE(wires[15], 15), TESTDEV_WIRE(wires[16], 16), TESTDEV_WIRE(wires[17], 17),
	TESTDEV_WIRE(wires[18], 18), TESTDEV_WIRE(wires[19], 19), TESTDEV_WIRE(wires[20], 20),
	TESTDEV_WIRE(wires[21], 21), TESTDEV_WIRE(wires[22], 22), TESTDEV_WIRE(wires[23], 23),
};

static_assert(ARRAY_SIZE(testdev_wires) == KEEL_TESTDEV_LINES);

static const struct keel_counter_desc testdev_counters[] = {
	KEEL_COUNTER(keel_testdev, changes),
};

const struct keel_dev_ops keel_testdev_ops = {
	.name = "testdev",
	.class = KEEL_CLASS_TESTDEV,
	.version = 1,
	.size = sizeof(struct keel_testdev),
	.state = offsetof(struct keel_testdev, s),
	.state_size = sizeof(struct keel_testdev_state),
	.regions = testdev_regions,
	.nr_regions = ARRAY_SIZE(testdev_regions),
	.wires = testdev_wires,
	.nr_wires = ARRAY_SIZE(testdev_wires),
	.counters = testdev_counters,
	.nr_counters = ARRAY_SIZE(testdev_counters),
	.read = testdev_read,
	.write = testdev_write,
	.inspect = testdev_inspect,
	.reset = testdev_reset,
	.check = testdev_check,
};
