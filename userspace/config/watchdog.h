/* SPDX-License-Identifier: GPL-2.0 */
/* The watchdog that --watchdog asks for. */
#ifndef KEEL_CONFIG_WATCHDOG_H
#define KEEL_CONFIG_WATCHDOG_H

#include "config/table.h"

/* What becomes of a guest whose watchdog runs out */
enum watchdog_action {
	WATCHDOG_RESET,
	WATCHDOG_POWEROFF,
	WATCHDOG_PAUSE,
	WATCHDOG_EXIT,
	WATCHDOG_DUMP,
	WATCHDOG_NONE,
};

/**
 * struct watchdog_config - the watchdog.
 * @on:     there is one
 * @action: enum watchdog_action
 */
struct watchdog_config {
	bool on;
	unsigned int action;
};

extern const struct object_type watchdog_object;
extern const char *const watchdog_actions[];	/* by enum watchdog_action */

#endif /* KEEL_CONFIG_WATCHDOG_H */
