// SPDX-License-Identifier: GPL-2.0
/* keel nmi, keel pulse, keel sendkey, keel battery: a user's hands on the machine. */
#include <stddef.h>

#include "operate/arguments.h"
#include "operate/client.h"
#include "operate/operate.h"

const char sendkey_details[] =
	"KEYS are up to four with \"-\" between them, which go down in this order and come up in the\n"
	"opposite one: ctrl-alt-delete, alt-print-b, shift-a, f1, KEY_VOLUMEUP. The names are those of\n"
	"linux/input-event-codes.h, without KEY_, and a few short ones.\n";

const char battery_details[] =
	"VALUES are charge=PERCENT, state=idle, charging or discharging, rate=MILLIWATTS and ac=on or\n"
	"off, some of them with commas between them. The guest is told by an event, and nothing changes\n"
	"by itself.\n";

const char pulse_details[] =
	"LINE is an interrupt line, 0 to 15 (ISA) or 16 to 23 (PCI), but not 2. It is asserted beside its\n"
	"devices until the guest's interrupt controller has taken that, which is one interrupt; none, if\n"
	"the guest has the line masked. A line that is asserted already is refused. keel inspect VM line4\n"
	"says what holds it.\n";

int command_battery(int argc, char **argv)
{
	arguments_parse(argc, argv, NULL, 0, 2, 2);
	return ask_and_print(argv[1], "battery", argv[2]);
}

int command_nmi(int argc, char **argv)
{
	int words = arguments_parse(argc, argv, NULL, 0, 1, 2);

	return ask_and_print(argv[1], "nmi", words == 2 ? argv[2] : NULL);
}

int command_pulse(int argc, char **argv)
{
	arguments_parse(argc, argv, NULL, 0, 2, 2);
	return ask_and_print(argv[1], "pulse", argv[2]);
}

int command_sendkey(int argc, char **argv)
{
	arguments_parse(argc, argv, NULL, 0, 2, 2);
	return ask_and_print(argv[1], "sendkey", argv[2]);
}
