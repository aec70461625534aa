// SPDX-License-Identifier: GPL-2.0
/* keel latency: how long things take in a VM. */
#include "base.h"
#include "config/table.h"
#include "operate/arguments.h"
#include "operate/client.h"
#include "operate/operate.h"
#include "status.h"

const char latency_details[] =
	"on measures from now on, off no more, reset forgets what was measured; --latency of\n"
	"keel run measures from the start. Without a word, what was measured: for each region of a\n"
	"device and each direction, timer, interrupt line and disk how often, and the time in ns that\n"
	"half of them, and 99 of 100, took at most; then the longest accesses.\n";

int command_latency(int argc, char **argv)
{
	bool json = false;
	const struct argument options[] = { { "json", &json, NULL } };
	int words = arguments_parse(argc, argv, options, ARRAY_SIZE(options), 1, 2);

	if (json && words == 2)
		die(STATUS_USAGE, "keel latency: --json goes with no other word");
	return ask_and_print(argv[1], "latency", json ? "--json" : words == 2 ? argv[2] : NULL);
}
