// SPDX-License-Identifier: GPL-2.0
/* keel events: what happens to a VM, until it ends. */
#include <stddef.h>

#include "operate/arguments.h"
#include "operate/client.h"
#include "operate/operate.h"

const char events_details[] =
	"Each event is a line of JSON: its time, its number, its name, and more about it. The\n"
	"newest 64 events that were before come first. Ends with the VM.\n";

int command_events(int argc, char **argv)
{
	arguments_parse(argc, argv, NULL, 0, 1, 1);
	return follow_and_print(argv[1]);
}
