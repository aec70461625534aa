/* SPDX-License-Identifier: GPL-2.0 */
/* What the suites about servers share: serve.c, stuck.c, files.c. */
#ifndef SERVE_H
#define SERVE_H

#include "driver.h"

#include <sys/types.h>

#define SIZE	0x6000		/* what is sent, if nothing else is said */
#define SERVER	3		/* of all devices */

enum { CONSOLE, DISK, RO_DISK, PLAIN_DEVICES };

/* A console with one port, a disk, and one that is offered read-only; nothing behind them */
void serve_start(struct vm *vm);
int serve_attach_console(struct vm *vm, int in, int out, u32 serve);
/* A guest that sends on a console, served by servers alone */
void serve_start_sender(struct vm *vm, int out);
/* Runs it until what it sends is taken; false: it is not */
bool serve_run_sender(struct vm *vm);

/* A file, whose path mkstemp() makes */
int temporary(char *path);
off_t size_of(int fd);

#endif /* SERVE_H */
