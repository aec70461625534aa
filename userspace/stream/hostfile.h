/* SPDX-License-Identifier: GPL-2.0 */
/* The host's side of a serial port or of a console port. */
#ifndef KEEL_STREAM_HOSTFILE_H
#define KEEL_STREAM_HOSTFILE_H

#include <stdbool.h>

enum end_to { END_STDIO, END_NONE, END_PTY, END_FILE, END_FD, END_SOCKET };

/**
 * struct end - what a port is connected to.
 * @to:   which kind
 * @fd:   of END_FD
 * @path: of END_FILE and END_SOCKET
 */
struct end {
	enum end_to to;
	int fd;
	char path[512];
};

bool end_parse(const char *text, struct end *end);
void end_open(const struct end *end, const char *option, const char *name, bool restored,
	      int *in, int *out);
int end_no_wait(const char *option, int fd, int mode);

#endif /* KEEL_STREAM_HOSTFILE_H */
