// SPDX-License-Identifier: GPL-2.0
/* keel pause, resume, reset, wake, slots, status: a request of the same name, and nothing else. */
#include <stddef.h>

#include "operate/arguments.h"
#include "operate/client.h"
#include "operate/operate.h"

int command_plain(int argc, char **argv)
{
	arguments_parse(argc, argv, NULL, 0, 1, 1);
	return ask_and_print(argv[1], argv[0], NULL);
}
