/* SPDX-License-Identifier: GPL-2.0 */
/* Shared by the suites about servers: serve.c, stuck.c, files.c. */
#ifndef SERVE_H
#define SERVE_H

#include "driver.h"

#include <sys/types.h>

#define SIZE	0x6000		/* bytes sent by default */
#define SERVER	3		/* number of every device's server */

enum { CONSOLE, DISK, RO_DISK, PLAIN_DEVICES };

/* A console with one port, a disk, and a disk offered read-only; no files attached */
void serve_start(struct vm *vm);
int serve_attach_console(struct vm *vm, int in, int out, u32 serve);
/* A guest that sends on a console, served by servers alone */
void serve_start_sender(struct vm *vm, int out);
/* Runs it until its chain is used; false if that does not happen */
bool serve_run_sender(struct vm *vm);

/* A new file; mkstemp() fills in its path */
int temporary(char *path);
off_t size_of(int fd);

#endif /* SERVE_H */
