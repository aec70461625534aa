// SPDX-License-Identifier: GPL-2.0
/* keel save: the VM into a file. */
#include <stddef.h>

#include "operate/arguments.h"
#include "operate/client.h"
#include "operate/operate.h"

int command_save(int argc, char **argv)
{
	arguments_parse(argc, argv, NULL, 0, 2, 2);
	return ask_and_print(argv[1], "save", absolute_path(argv[2]));
}
