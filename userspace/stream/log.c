// SPDX-License-Identifier: GPL-2.0
/* A log of the guest's output; each line begins with the time, in us since the start. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "status.h"
#include "stream/log.h"

static FILE *log_file;
static struct timespec log_start;
static bool log_in_line;

static unsigned long long elapsed_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - log_start.tv_sec) * 1000000LL +
	       (now.tv_nsec - log_start.tv_nsec) / 1000;
}

/* log_open() - start one; the time starts, too */
void log_open(const char *path)
{
	clock_gettime(CLOCK_MONOTONIC, &log_start);
	if (!path)
		return;
	log_file = fopen(path, "we");
	if (!log_file)
		die(STATUS_USAGE, "--console-log: %s: %s", path, strerror(errno));
}

/**
 * log_add() - the guest prints; from one thread only.
 * @data:   what
 * @length: bytes
 */
void log_add(const char *data, size_t length)
{
	size_t i;

	if (!log_file)
		return;
	for (i = 0; i < length; i++) {
		if (data[i] == '\r')	/* a log's lines end as a file's do */
			continue;
		if (!log_in_line)
			fprintf(log_file, "%10llu ", elapsed_us());
		putc_unlocked(data[i], log_file);
		log_in_line = data[i] != '\n';
	}
	if (!fflush(log_file))
		return;
	warn_line("--console-log: %s; there will be no more of it", strerror(errno));
	fclose(log_file);
	log_file = NULL;
}
