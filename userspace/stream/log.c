// SPDX-License-Identifier: GPL-2.0
/* A log of what the console prints; each line begins with the time, in us since the start. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "status.h"
#include "stream/log.h"

static FILE *console_log;
static struct timespec console_log_start;
static bool console_log_in_line;

static unsigned long long elapsed_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - console_log_start.tv_sec) * 1000000LL +
	       (now.tv_nsec - console_log_start.tv_nsec) / 1000;
}

/* console_log_open() - start one; the time starts, too */
void console_log_open(const char *path)
{
	clock_gettime(CLOCK_MONOTONIC, &console_log_start);
	if (!path)
		return;
	console_log = fopen(path, "we");
	if (!console_log)
		die(STATUS_USAGE, "--console-log: %s: %s", path, strerror(errno));
}

/**
 * console_log_add() - the console prints; from one thread only.
 * @data:   what
 * @length: bytes
 */
void console_log_add(const char *data, size_t length)
{
	size_t i;

	if (!console_log)
		return;
	for (i = 0; i < length; i++) {
		if (data[i] == '\r')	/* a log's lines end as a file's do */
			continue;
		if (!console_log_in_line)
			fprintf(console_log, "%10llu ", elapsed_us());
		putc_unlocked(data[i], console_log);
		console_log_in_line = data[i] != '\n';
	}
	if (!fflush(console_log))
		return;
	warn_line("--console-log: %s; there will be no more of it", strerror(errno));
	fclose(console_log);
	console_log = NULL;
}
