// SPDX-License-Identifier: GPL-2.0
/* keel stop: shut a VM down, and wait until its process has ended. */
#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "base.h"
#include "config/name.h"
#include "config/table.h"
#include "operate/arguments.h"
#include "operate/client.h"
#include "operate/operate.h"
#include "status.h"

const char stop_details[] =
	"Presses the power button, and waits until the VM has ended. A guest that has not shut\n"
	"down after so many seconds (30) is ended without its help; --force does that at once.\n";

/* The last event tells how it ended. */
static void report(const char *vm, const char *last)
{
	json_t *event = json_loads(last, 0, NULL);
	int status = -1;

	json_unpack(event, "{s:i}", "status", &status);
	if (status == STATUS_QUIT)
		warn_line("%s: the guest has not shut down; it was ended", vm);
	json_decref(event);
}

/* Its sockets are gone before its process is, and with that its locks on disks. */
static void wait_for_process(int process)
{
	struct pollfd fd = { process, POLLIN, 0 };

	while (process >= 0 && poll(&fd, 1, -1) < 0 && errno == EINTR)
		;
}

int command_stop(int argc, char **argv)
{
	struct client events, client;
	const char *grace = NULL;
	bool force = false;
	const struct argument options[] = { { "grace", NULL, &grace }, { "force", &force, NULL } };
	char line[8192] = "";
	int process;

	arguments_parse(argc, argv, options, ARRAY_SIZE(options), 1, 1);
	if (force && grace)
		die(STATUS_USAGE, "keel stop: --force is --grace 0: one of them");
	if (grace)
		argument_number("grace", grace, GRACE_MAX);
	client_open(&events, argv[1]);
	process = events.pid > 0 ? pidfd_open(events.pid, 0) : -1;
	client_ask(&events, "events", NULL);
	free(client_answer(&events));
	client_open(&client, argv[1]);
	client_ask(&client, "stop", force ? "0" : grace);
	free(client_answer(&client));
	while (fgets(line, sizeof(line), events.stream))
		;
	wait_for_process(process);
	if (!force)
		report(argv[1], line);
	return 0;
}
