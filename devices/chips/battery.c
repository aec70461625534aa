// SPDX-License-Identifier: GPL-2.0
/*
 * A battery and its AC adapter, for ACPI's control methods (ACPI 6.4, 10.2 and 10.3), which read
 * them here. There is no datasheet: on a PC this is behind an embedded controller.
 *
 *	0x640 R STATUS   0x644 R RATE      0x648 R CHARGE
 *	0x64c R VOLTAGE  0x650 R CAPACITY  0x654 R WARNING
 *
 * The host says what they are: nothing changes by itself, and no register can be written. The
 * battery is not part of the machine, and a reset leaves it alone.
 *
 * Not modelled: a battery that ages or is taken out, a voltage that depends on the charge, trip
 * points.
 */
#include "../board/dev.h"

#define WARNING_PERCENT		10
#define CRITICAL_PERCENT	3

/**
 * struct keel_battery - the device.
 * @dev:     what the board knows
 * @config:  see there
 * @changes: values that the host has set
 * @ignored: writes
 * @s:       state
 */
struct keel_battery {
	/* Wiring */
	struct keel_dev dev;
	struct keel_battery_config config;

	/* Counters */
	u64 changes;
	u64 ignored;

	/* State */
	struct keel_battery_state s;
};

static_assert(sizeof(struct keel_battery_config) == 48);
static_assert(sizeof(struct keel_battery_state) == 16);

static struct keel_battery *battery_of(struct keel_dev *dev)
{
	return container_of(dev, struct keel_battery, dev);
}

static u32 battery_percent(const struct keel_battery *battery, u32 percent)
{
	return keel_muldiv(battery->config.capacity, percent, 100);
}

static u32 battery_status(const struct keel_battery *battery)
{
	const struct keel_battery_state *s = &battery->s;
	u32 status = s->ac ? KEEL_BATTERY_STATUS_AC : 0;

	if (s->state == KEEL_BATTERY_CHARGING)
		status |= KEEL_BATTERY_STATUS_CHARGING;
	if (s->state == KEEL_BATTERY_DISCHARGING)
		status |= KEEL_BATTERY_STATUS_DISCHARGING;
	if (s->charge <= battery_percent(battery, CRITICAL_PERCENT))
		status |= KEEL_BATTERY_STATUS_CRITICAL;
	return status;
}

static u32 battery_register(const struct keel_battery *battery, u32 offset)
{
	switch (offset) {
	case KEEL_BATTERY_STATUS:
		return battery_status(battery);
	case KEEL_BATTERY_RATE:
		return battery->s.rate;
	case KEEL_BATTERY_CHARGE:
		return battery->s.charge;
	case KEEL_BATTERY_VOLTAGE:
		return battery->config.voltage;
	case KEEL_BATTERY_CAPACITY:
		return battery->config.capacity;
	default:
		return battery_percent(battery, WARNING_PERCENT);
	}
}

/* An access may have any offset and width, and lie in two registers. */
static u32 battery_read(struct keel_dev *dev, unsigned int region, u32 offset, unsigned int width)
{
	const struct keel_battery *battery = battery_of(dev);
	u64 value = battery_register(battery, offset & ~3U);

	if (offset % 4 + width > 4)
		value |= (u64)battery_register(battery, (offset & ~3U) + 4) << 32;
	return value >> offset % 4 * 8;
}

static void battery_write(struct keel_dev *dev, unsigned int region, u32 offset,
			  unsigned int width, u32 value)
{
	battery_of(dev)->ignored++;
}

static bool battery_sane(const struct keel_battery_config *config, u64 charge, u64 rate, u64 state,
			 u64 ac)
{
	return charge <= config->capacity && rate <= KEEL_BATTERY_MAX &&
	       state <= KEEL_BATTERY_DISCHARGING && ac <= 1;
}

static int battery_host(struct keel_dev *dev, unsigned int input, u64 value)
{
	struct keel_battery *battery = battery_of(dev);
	struct keel_battery_state *s = &battery->s;

	if (input == KEEL_INPUT_BATTERY_CHARGE && value <= battery->config.capacity)
		s->charge = value;
	else if (input == KEEL_INPUT_BATTERY_RATE && value <= KEEL_BATTERY_MAX)
		s->rate = value;
	else if (input == KEEL_INPUT_BATTERY_STATE && value <= KEEL_BATTERY_DISCHARGING)
		s->state = value;
	else if (input == KEEL_INPUT_BATTERY_AC && value <= 1)
		s->ac = value;
	else
		return -1;
	battery->changes++;
	return 0;
}

static bool battery_configure(struct keel_dev *dev, const struct keel_device_config *config)
{
	const struct keel_battery_config *c = &config->battery;
	static const u64 zero[ARRAY_SIZE(c->reserved)];

	battery_of(dev)->config = *c;
	return c->capacity && c->capacity <= KEEL_BATTERY_MAX &&
	       c->voltage && c->voltage <= KEEL_BATTERY_MAX &&
	       battery_sane(c, c->charge, c->rate, c->state, c->ac) &&
	       !memcmp(c->pad, zero, sizeof(c->pad)) &&
	       !memcmp(c->reserved, zero, sizeof(zero));
}

static void battery_reset(struct keel_dev *dev, bool cold)
{
	struct keel_battery *battery = battery_of(dev);
	const struct keel_battery_config *config = &battery->config;

	if (cold)
		battery->s = (struct keel_battery_state) {
			.charge = config->charge, .rate = config->rate,
			.state = config->state, .ac = config->ac,
		};
}

static bool battery_check(const struct keel_dev *dev, const void *state, u64 now)
{
	const struct keel_battery *battery = container_of(dev, struct keel_battery, dev);
	const struct keel_battery_state *s = state;
	static const u8 zero[sizeof(s->pad)];

	return battery_sane(&battery->config, s->charge, s->rate, s->state, s->ac) &&
	       !memcmp(s->pad, zero, sizeof(zero));
}

static void battery_inspect(const struct keel_dev *dev, struct keel_out *out)
{
	const struct keel_battery *battery = container_of(dev, struct keel_battery, dev);

	keel_emit(out, "status", -1, "", battery_status(battery));
	keel_emit(out, "ac", -1, "", battery->s.ac);
	keel_emit(out, "state", -1, "", battery->s.state);
	keel_emit(out, "charge", -1, "", battery->s.charge);
	keel_emit(out, "capacity", -1, "", battery->config.capacity);
	keel_emit(out, "rate", -1, "", battery->s.rate);
}

static const struct keel_region_desc battery_regions[] = {
	{ "battery", KEEL_PIO, KEEL_BATTERY_BASE, KEEL_BATTERY_LENGTH, 4 },
};

static const struct keel_counter_desc battery_counters[] = {
	KEEL_COUNTER(keel_battery, changes),
	KEEL_COUNTER(keel_battery, ignored),
};

const struct keel_dev_ops keel_battery_ops = {
	.name = "battery",
	.class = KEEL_CLASS_BATTERY,
	.version = 1,
	.size = sizeof(struct keel_battery),
	.state = offsetof(struct keel_battery, s),
	.state_size = sizeof(struct keel_battery_state),
	.regions = battery_regions,
	.nr_regions = ARRAY_SIZE(battery_regions),
	.counters = battery_counters,
	.nr_counters = ARRAY_SIZE(battery_counters),
	.configure = battery_configure,
	.read = battery_read,
	.write = battery_write,
	.host = battery_host,
	.inspect = battery_inspect,
	.reset = battery_reset,
	.check = battery_check,
};
