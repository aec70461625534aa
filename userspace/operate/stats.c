// SPDX-License-Identifier: GPL-2.0
/* keel stats: the counters of a VM. */
#include "base.h"
#include "operate/arguments.h"
#include "operate/client.h"
#include "operate/operate.h"

int command_stats(int argc, char **argv)
{
	bool json = false;
	const struct argument options[] = { { "json", &json, NULL } };

	arguments_parse(argc, argv, options, ARRAY_SIZE(options), 1, 1);
	return ask_and_print(argv[1], "stats", json ? "--json" : NULL);
}
