// SPDX-License-Identifier: GPL-2.0
/* keel screen: what is on the text screen of a VM's guest. */
#include "base.h"
#include "operate/arguments.h"
#include "operate/client.h"
#include "operate/operate.h"

const char screen_details[] =
	"Prints it once, as text in UTF-8, of a VM with keel run --screen. With --json: columns, rows,\n"
	"the cursor's place (null: it is not shown), and the rows of text.\n";

int command_screen(int argc, char **argv)
{
	bool json = false;
	const struct argument options[] = { { "json", &json, NULL } };

	arguments_parse(argc, argv, options, ARRAY_SIZE(options), 1, 1);
	return ask_and_print(argv[1], "screen", json ? "--json" : NULL);
}
