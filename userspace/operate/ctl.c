// SPDX-License-Identifier: GPL-2.0
/* keel ctl: any request to a running VM, as its control socket takes it. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "config/table.h"
#include "operate/client.h"
#include "operate/operate.h"
#include "status.h"

/* ctl_help() - all requests */
void ctl_help(FILE *to)
{
	fprintf(to, "Usage: keel ctl VM REQUEST\n\n");
	fprintf(to, "VM is a name (keel run --name), or the path of a socket (--control).\n");
	fprintf(to, "Most requests are commands as well: keel REQUEST VM. Requests:\n\n");
	fprintf(to, "  pause                      stop the guest; for it, no time passes\n");
	fprintf(to, "  resume                     let it go on\n");
	fprintf(to, "  reset                      press the reset button\n");
	fprintf(to, "  wake                       wake a guest that sleeps (ACPI S3)\n");
	fprintf(to, "  dump FILE                  write memory and registers into a new file,\n");
	fprintf(to, "                             for gdb and crash\n");
	fprintf(to, "  save FILE                  write all of the VM into a file, for\n");
	fprintf(to, "                             keel run --restore\n");
	fprintf(to, "  stats [--json]             print the counters\n");
	fprintf(to, "  latency [on|off|reset]     measure how long things take, or no more, or\n");
	fprintf(to, "                             forget; --json or no word: print it\n");
	fprintf(to, "  metrics                    print all counters for Prometheus\n");
	fprintf(to, "  inspect [--json] [DEVICE]  print the state of all devices and lines, or\n");
	fprintf(to, "                             of one: pit0, line4; no register notices\n");
	fprintf(to, "  screen [--json]            print what is on the guest's text screen\n");
	fprintf(to, "  status                     print what it is doing, as JSON\n");
	fprintf(to, "  power-button               press it\n");
	fprintf(to, "  sleep-button               press it\n");
	fprintf(to, "  gpe N                      raise a general-purpose event, 0 to 15\n");
	fprintf(to, "  pulse LINE                 assert an interrupt line, 0 to 23, for one\n");
	fprintf(to, "                             interrupt\n");
	fprintf(to, "  battery VALUES             charge=40,state=discharging,rate=9000,ac=off,\n");
	fprintf(to, "                             or some of that\n");
	fprintf(to, "  events                     follow what happens, as lines of JSON\n");
	fprintf(to, "  nmi [CPU]                  send an NMI to a CPU (0)\n");
	fprintf(to, "  sendkey KEYS               press keys together: ctrl-alt-delete\n");
	fprintf(to, "  slots                      print which devices can come and go\n");
	fprintf(to, "  attach DEVICE              plug in one that is out; disks: keel attach\n");
	fprintf(to, "  detach DEVICE [--force]    have the guest let go of it\n");
	fprintf(to, "  stop [SECONDS]             press the power button; end the VM if it\n");
	fprintf(to, "                             still runs so many seconds later (30)\n");
	fprintf(to, "  quit                       end the VM\n");
}

/* The words of a request, with a space between them */
static char *joined(int nr, char **words)
{
	char *text = NULL;
	size_t length;
	FILE *to = open_memstream(&text, &length);
	int i;

	if (!to)
		die(STATUS_MEMORY, "out of memory");
	for (i = 0; i < nr; i++)
		fprintf(to, "%s%s", i ? " " : "", words[i]);
	fclose(to);
	return text;
}

int command_ctl(int argc, char **argv)
{
	const char *request = argc > 2 ? argv[2] : "";
	bool file = !strcmp(request, "save") || !strcmp(request, "dump");

	if (argc < 3 || argc > 5 || (file && argc != 4)) {
		ctl_help(stderr);
		return STATUS_USAGE;
	}
	if (!strcmp(request, "events"))
		return follow_and_print(argv[1]);
	if (!strcmp(request, "console"))
		return command_console(argc - 1, argv);
	if (!strcmp(request, "save"))
		return save_and_print(argv[1], argv[3]);
	if (!strcmp(request, "dump"))
		return dump_and_print(argv[1], argv[3]);
	return ask_and_print(argv[1], request, argc > 3 ? joined(argc - 3, argv + 3) : NULL);
}
