// SPDX-License-Identifier: GPL-2.0
/* Where Prometheus connects to: "9100", "/run/vm.metrics" */
#include <string.h>

#include "base.h"
#include "config/metrics.h"
#include "config/table.h"
#include "config/words.h"

#define PORT_MAX	65535

/* Digits alone are a port. */
static bool metrics_parse(const char *text, void *field, struct complaint *complaint)
{
	struct metrics_config *metrics = field;
	__u64 port = 0;

	if (!*text)
		return complain(complaint, "a port, or a path for a socket, is missing");
	if (!text[strspn(text, "0123456789")] &&
	    !number_parse(text, 1, PORT_MAX, &port, complaint))
		return false;
	metrics->at = text_copy(text, strlen(text));
	metrics->port = port;
	return true;
}

static char *metrics_print(const void *field)
{
	const struct metrics_config *metrics = field;

	return metrics->at ? text_copy(metrics->at, strlen(metrics->at)) : NULL;
}

const struct value_type metrics_type = { metrics_parse, metrics_print };
