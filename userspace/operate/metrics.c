// SPDX-License-Identifier: GPL-2.0
/*
 * keel metrics: all counters, for Prometheus, on standard output, or in a file that is replaced as
 * a whole, as its node_exporter wants it of those in the folder that it reads.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base.h"
#include "config/table.h"
#include "operate/arguments.h"
#include "operate/client.h"
#include "operate/operate.h"
#include "status.h"

const char metrics_details[] =
	"With FILE, which is to end in .prom, that file is replaced: for node_exporter's textfile\n"
	"collector. keel run --metrics answers Prometheus itself.\n";

static void __noreturn failed(const char *file, const char *unfinished)
{
	int error = errno;

	if (unfinished)
		unlink(unfinished);
	die(error == EACCES ? STATUS_PERMISSION : STATUS_USAGE, "%s: %s", file, strerror(error));
}

/* Others read it: the collector runs as another user. */
static void replace(const char *file, const char *text)
{
	char *unfinished;
	FILE *to;
	int fd;

	if (asprintf(&unfinished, "%s.XXXXXX", file) < 0)
		die(STATUS_MEMORY, "out of memory");
	fd = mkostemp(unfinished, O_CLOEXEC);
	if (fd < 0)
		failed(file, NULL);
	to = fdopen(fd, "w");
	if (!to || fchmod(fd, 0644) || fputs(text, to) == EOF || fclose(to) ||
	    rename(unfinished, file))
		failed(file, unfinished);
	free(unfinished);
}

int command_metrics(int argc, char **argv)
{
	int words = arguments_parse(argc, argv, NULL, 0, 1, 2);
	struct client client;
	char *text;

	if (words == 1)
		return ask_and_print(argv[1], "metrics", NULL);
	client_open(&client, argv[1]);
	client_ask(&client, "metrics", NULL);
	text = client_answer(&client);
	replace(argv[2], text);
	free(text);
	client_close(&client);
	return 0;
}
