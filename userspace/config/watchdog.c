// SPDX-License-Identifier: GPL-2.0
/* The watchdog: "on", which --watchdog alone means, or "action=pause" */
#include "base.h"
#include "config/table.h"
#include "config/watchdog.h"
#include "config/words.h"

const char *const watchdog_actions[] = {
	[WATCHDOG_RESET] = "reset", [WATCHDOG_POWEROFF] = "poweroff", [WATCHDOG_PAUSE] = "pause",
	[WATCHDOG_EXIT] = "exit", [WATCHDOG_DUMP] = "dump", [WATCHDOG_NONE] = "none",
};

static const struct row rows[] = {
	{ "on", VALUE_FLAG, ROW_FIELD(watchdog_config, on) },
	{ "action", VALUE_CHOICE, ROW_FIELD(watchdog_config, action),
	  .words = WORDS(watchdog_actions) },
};

/* An action is wanted of a watchdog. */
static bool check(void *object, struct complaint *complaint)
{
	struct watchdog_config *watchdog = object;

	(void)complaint;
	watchdog->on = true;
	return true;
}

const struct object_type watchdog_object = {
	.rows = rows, .nr = ARRAY_SIZE(rows), .check = check,
};
