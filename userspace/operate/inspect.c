// SPDX-License-Identifier: GPL-2.0
/* keel inspect: the state of a VM's devices and lines. */
#include <stdio.h>

#include "base.h"
#include "config/table.h"
#include "operate/arguments.h"
#include "operate/client.h"
#include "operate/operate.h"
#include "status.h"

int command_inspect(int argc, char **argv)
{
	bool json = false;
	const struct argument options[] = { { "json", &json, NULL } };
	int words = arguments_parse(argc, argv, options, ARRAY_SIZE(options), 1, 2);
	const char *device = words == 2 ? argv[2] : "";
	char *argument;

	if (asprintf(&argument, "%s%s%s", json ? "--json" : "", json && *device ? " " : "",
		     device) < 0)
		die(STATUS_MEMORY, "out of memory");
	return ask_and_print(argv[1], "inspect", *argument ? argument : NULL);
}
