// SPDX-License-Identifier: GPL-2.0
/* keel nmi, keel sendkey: what a console's buttons and keys do. */
#include <stddef.h>

#include "operate/arguments.h"
#include "operate/client.h"
#include "operate/operate.h"

const char sendkey_details[] =
	"KEYS are up to four with \"-\" between them, which go down in this order and come up in the\n"
	"opposite one: ctrl-alt-delete, alt-print-b, shift-a, f1, KEY_VOLUMEUP. The names are those of\n"
	"linux/input-event-codes.h, without KEY_, and a few short ones.\n";

int command_nmi(int argc, char **argv)
{
	int words = arguments_parse(argc, argv, NULL, 0, 1, 2);

	return ask_and_print(argv[1], "nmi", words == 2 ? argv[2] : NULL);
}

int command_sendkey(int argc, char **argv)
{
	arguments_parse(argc, argv, NULL, 0, 2, 2);
	return ask_and_print(argv[1], "sendkey", argv[2]);
}
