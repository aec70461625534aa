/* SPDX-License-Identifier: GPL-2.0 */
/* The battery that --battery asks for, and what changes of it. */
#ifndef KEEL_CONFIG_BATTERY_H
#define KEEL_CONFIG_BATTERY_H

#include "config/table.h"

#define BATTERY_SAME	(~0U)	/* in a change: it stays as it is */

/**
 * struct battery_config - a battery and its adapter.
 * @on:       there is one
 * @charge:   percent
 * @state:    KEEL_BATTERY_IDLE, _CHARGING or _DISCHARGING
 * @rate:     of that, mW
 * @ac:       1: the adapter is plugged in
 * @capacity: mWh
 */
struct battery_config {
	bool on;
	unsigned int charge;
	unsigned int state;
	unsigned int rate;
	unsigned int ac;
	unsigned int capacity;
};

extern const struct object_type battery_object;
extern const struct object_type battery_change_object;

#endif /* KEEL_CONFIG_BATTERY_H */
