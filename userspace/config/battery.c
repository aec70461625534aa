// SPDX-License-Identifier: GPL-2.0
/* A battery: "on", which --battery alone means, or "charge=40,state=discharging,ac=off" */
#include <string.h>

#include "base.h"
#include "config/battery.h"
#include "config/table.h"
#include "uapi/keel_battery.h"

#define PERCENT_MAX	100
#define CAPACITY	50000	/* mWh: a laptop's */

static const char *const states[] = {
	[KEEL_BATTERY_IDLE] = "idle", [KEEL_BATTERY_CHARGING] = "charging",
	[KEEL_BATTERY_DISCHARGING] = "discharging",
};

static const char *const plugs[] = { "off", "on" };

/* Those that change come first. */
#define NR_CHANGES	4

static const struct row rows[] = {
	{ "charge", VALUE_NUMBER, ROW_FIELD(battery_config, charge), .max = PERCENT_MAX },
	{ "state", VALUE_CHOICE, ROW_FIELD(battery_config, state), .words = WORDS(states) },
	{ "rate", VALUE_NUMBER, ROW_FIELD(battery_config, rate), .max = KEEL_BATTERY_MAX },
	{ "ac", VALUE_CHOICE, ROW_FIELD(battery_config, ac), .words = WORDS(plugs) },
	{ "capacity", VALUE_NUMBER, ROW_FIELD(battery_config, capacity), .min = 1,
	  .max = KEEL_BATTERY_MAX },
	{ "on", VALUE_FLAG, ROW_FIELD(battery_config, on) },
};

static void begin(void *object)
{
	*(struct battery_config *)object = (struct battery_config){
		.on = true, .charge = PERCENT_MAX, .ac = 1, .capacity = CAPACITY,
	};
}

const struct object_type battery_object = {
	.rows = rows, .nr = ARRAY_SIZE(rows), .begin = begin,
};

static void begin_change(void *object)
{
	memset(object, 0xff, sizeof(struct battery_config));	/* BATTERY_SAME */
}

const struct object_type battery_change_object = {
	.rows = rows, .nr = NR_CHANGES, .begin = begin_change,
};
