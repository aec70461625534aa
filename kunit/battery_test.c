// SPDX-License-Identifier: GPL-2.0
/* Transcripts for devices/chips/battery.c. */
#include "harness.h"

#define REG(name)	(KEEL_BATTERY_BASE + KEEL_BATTERY_##name)
#define set(what, v)	host(KEEL_CLASS_BATTERY, KEEL_INPUT_BATTERY_##what, (v))
#define CHECK(s)	keel_battery_ops.check(keel_board_find(H->board, KEEL_CLASS_BATTERY, 0), \
					       (s), 0)

static const struct keel_device_config battery_devices[] = {
	{ .class = KEEL_CLASS_BATTERY, .irq = KEEL_IRQ_DEFAULT,
	  .battery = { .capacity = 50000, .voltage = 12000, .charge = 40000, .rate = 9000,
		       .state = KEEL_BATTERY_CHARGING, .ac = 1 } },
};

static void battery_is_as_configured(struct kunit *test)
{
	is(in32(REG(STATUS)), KEEL_BATTERY_STATUS_AC | KEEL_BATTERY_STATUS_CHARGING);
	is(in32(REG(RATE)), 9000);
	is(in32(REG(CHARGE)), 40000);
	is(in32(REG(VOLTAGE)), 12000);
	is(in32(REG(CAPACITY)), 50000);
	is(in32(REG(WARNING)), 5000);
	is(in32(KEEL_BATTERY_BASE + KEEL_BATTERY_LENGTH), 0xffffffff);
}

static void battery_follows_the_host(struct kunit *test)
{
	is(set(AC, 0), 0);
	is(set(STATE, KEEL_BATTERY_DISCHARGING), 0);
	is(in32(REG(STATUS)), KEEL_BATTERY_STATUS_DISCHARGING);
	is(set(RATE, 0), 0);
	is(in32(REG(RATE)), 0);
	is(set(CHARGE, 1501), 0);
	is(in32(REG(STATUS)), KEEL_BATTERY_STATUS_DISCHARGING);
	is(set(CHARGE, 1500), 0);
	is(in32(REG(CHARGE)), 1500);
	is(in32(REG(STATUS)), KEEL_BATTERY_STATUS_DISCHARGING | KEEL_BATTERY_STATUS_CRITICAL);
	is(set(STATE, KEEL_BATTERY_IDLE), 0);
	is(in32(REG(STATUS)), KEEL_BATTERY_STATUS_CRITICAL);
}

static void battery_refuses(struct kunit *test)
{
	is(set(CHARGE, 50001), (u64)-1);
	is(set(CHARGE, 1ULL << 32), (u64)-1);
	is(set(RATE, KEEL_BATTERY_MAX + 1ULL), (u64)-1);
	is(set(STATE, 3), (u64)-1);
	is(set(AC, 2), (u64)-1);
	is(host(KEEL_CLASS_BATTERY, 4, 0), (u64)-1);
	battery_is_as_configured(test);
}

/* Any width, any offset; what lies in two registers as well. */
static void battery_odd_accesses(struct kunit *test)
{
	is(in(REG(RATE)), 9000 & 0xff);
	is(in(REG(RATE) + 1), 9000 >> 8);
	is(in16(REG(RATE) + 3), (40000 & 0xff) << 8);
	is(in32(REG(CHARGE) + 2), 12000U << 16);
	out32(REG(CHARGE), 0);
	out(REG(STATUS), 0);
	battery_is_as_configured(test);
}

/* It has its own life. */
static void battery_survives_a_reset(struct kunit *test)
{
	set(CHARGE, 1);
	set(AC, 0);
	whole_reset(H->board);
	is(in32(REG(CHARGE)), 1);
	is(in32(REG(STATUS)), KEEL_BATTERY_STATUS_CHARGING | KEEL_BATTERY_STATUS_CRITICAL);
}

static void battery_configs_refused(struct kunit *test)
{
	static const struct keel_battery_config bad[] = {
		{ .voltage = 1 },
		{ .capacity = 1 },
		{ .capacity = KEEL_BATTERY_MAX + 1U, .voltage = 1 },
		{ .capacity = 1, .voltage = KEEL_BATTERY_MAX + 1U },
		{ .capacity = 1, .voltage = 1, .charge = 2 },
		{ .capacity = 1, .voltage = 1, .rate = KEEL_BATTERY_MAX + 1U },
		{ .capacity = 1, .voltage = 1, .state = 3 },
		{ .capacity = 1, .voltage = 1, .ac = 2 },
		{ .capacity = 1, .voltage = 1, .pad[5] = 1 },
		{ .capacity = 1, .voltage = 1, .reserved[2] = 1 },
	};
	struct keel_dev *dev = keel_board_find(H->board, KEEL_CLASS_BATTERY, 0);
	struct keel_device_config config = { .class = KEEL_CLASS_BATTERY };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		config.battery = bad[i];
		ok(!keel_battery_ops.configure(dev, &config));
	}
	config.battery = (struct keel_battery_config) {
		.capacity = KEEL_BATTERY_MAX, .voltage = KEEL_BATTERY_MAX,
		.charge = KEEL_BATTERY_MAX, .rate = KEEL_BATTERY_MAX,
	};
	ok(keel_battery_ops.configure(dev, &config));
	ok(keel_battery_ops.configure(dev, battery_devices));
}

static void battery_checks_states(struct kunit *test)
{
	struct keel_battery_state s = { .charge = 50000, .rate = KEEL_BATTERY_MAX, .state = 2 };

	ok(CHECK(&s));
	s.charge++;
	ok(!CHECK(&s));
	s = (struct keel_battery_state) { .rate = KEEL_BATTERY_MAX + 1U };
	ok(!CHECK(&s));
	s = (struct keel_battery_state) { .state = 3 };
	ok(!CHECK(&s));
	s = (struct keel_battery_state) { .ac = 2 };
	ok(!CHECK(&s));
	s = (struct keel_battery_state) { .pad[5] = 1 };
	ok(!CHECK(&s));
}

static int battery_init(struct kunit *test)
{
	return harness_init(test, battery_devices, ARRAY_SIZE(battery_devices));
}

static struct kunit_case battery_cases[] = {
	KUNIT_CASE(battery_is_as_configured),
	KUNIT_CASE(battery_follows_the_host),
	KUNIT_CASE(battery_refuses),
	KUNIT_CASE(battery_odd_accesses),
	KUNIT_CASE(battery_survives_a_reset),
	KUNIT_CASE(battery_configs_refused),
	KUNIT_CASE(battery_checks_states),
	{}
};

static struct kunit_suite battery_suite = {
	.name = "keel-battery",
	.init = battery_init,
	.exit = harness_exit,
	.test_cases = battery_cases,
};

kunit_test_suites(&battery_suite);
