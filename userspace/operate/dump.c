// SPDX-License-Identifier: GPL-2.0
/* keel dump: a guest's memory and registers into a file for gdb and crash. */
#include <stddef.h>

#include "operate/arguments.h"
#include "operate/client.h"
#include "operate/operate.h"

int command_dump(int argc, char **argv)
{
	arguments_parse(argc, argv, NULL, 0, 2, 2);
	return ask_and_print(argv[1], "dump", absolute_path(argv[2]));
}
