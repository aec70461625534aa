// SPDX-License-Identifier: GPL-2.0
/* Limits: kinds of requests with their rates, of the VM or of one device */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "config/limit.h"

/* As the module's counters have them */
const char *const limit_kinds[KEEL_NR_LIMITS] = {
	[KEEL_LIMIT_ACCESSES] = "accesses", [KEEL_LIMIT_TIMERS] = "timers",
	[KEEL_LIMIT_BYTES] = "bytes", [KEEL_LIMIT_NOTIFICATIONS] = "notifications",
	[KEEL_LIMIT_INTERRUPTS] = "interrupts",
};

/* ---- Rates: "100k", or with a burst "2M/500" ---- */

static __u64 unit_of(char letter)
{
	switch (letter) {
	case 'k':
		return 1000;
	case 'M':
		return 1000 * 1000;
	case 'G':
		return 1000 * 1000 * 1000;
	default:
		return 0;
	}
}

/* A number from 1 to KEEL_LIMIT_MAX, behind which @text then is; 0: it is none. */
static __u64 take_number(const char **text)
{
	const char *at = *text;
	__u64 value = 0, unit;

	for (; *at >= '0' && *at <= '9' && value <= KEEL_LIMIT_MAX; at++)
		value = 10 * value + *at - '0';
	if (value > KEEL_LIMIT_MAX)
		return 0;
	unit = unit_of(*at);
	if (unit) {
		value *= unit;
		at++;
	}
	*text = at;
	return value <= KEEL_LIMIT_MAX ? value : 0;
}

static bool rate_parse(const char *text, void *field, struct complaint *complaint)
{
	struct limit_rate *rate = field;
	const char *at = text;

	memset(rate, 0, sizeof(*rate));
	rate->rate = take_number(&at);
	if (rate->rate && *at == '/') {
		at++;
		rate->burst = take_number(&at);
		if (!rate->burst)
			rate->rate = 0;
	}
	if (rate->rate && !*at)
		return true;
	return complain(complaint,
			"\"%.40s\" is no rate: a number a second, and /BURST, from 1 to %llu (units: k, M, G)",
			text, KEEL_LIMIT_MAX);
}

static char *rate_print(const void *field)
{
	const struct limit_rate *rate = field;
	char *text;
	int length;

	if (!rate->rate)
		return NULL;
	if (rate->burst)
		length = asprintf(&text, "%llu/%llu", rate->rate, rate->burst);
	else
		length = asprintf(&text, "%llu", rate->rate);
	return length < 0 ? NULL : text;
}

static const struct value_type rate_type = { rate_parse, rate_print };

#define RATE(name, kind) \
	{ name, VALUE_OWN, ROW_FIELD(limit_config, rates[kind]), .type = &rate_type }

static const struct row rows[] = {
	RATE("accesses", KEEL_LIMIT_ACCESSES),
	RATE("timers", KEEL_LIMIT_TIMERS),
	RATE("bytes", KEEL_LIMIT_BYTES),
	RATE("notifications", KEEL_LIMIT_NOTIFICATIONS),
	RATE("interrupts", KEEL_LIMIT_INTERRUPTS),
	{ "device", VALUE_TEXT, ROW_FIELD(limit_config, device), .min = 1 },
};

static bool check(void *object, struct complaint *complaint)
{
	const struct limit_config *limit = object;
	unsigned int i;

	for (i = 0; i < KEEL_NR_LIMITS; i++)
		if (limit->rates[i].rate)
			return true;
	return complain(complaint, "a rate is missing, as accesses=100k");
}

const struct object_type limit_object = {
	.rows = rows, .nr = ARRAY_SIZE(rows), .check = check,
};
