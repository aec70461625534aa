/* SPDX-License-Identifier: GPL-2.0 */
/* Input on its way to a guest, so that it can be saved. */
#ifndef KEEL_STREAM_GIVEN_H
#define KEEL_STREAM_GIVEN_H

#include <sys/types.h>

#include "config/serial.h"

/* The most that Keel holds for a guest, and the most that is kept of a port's input. */
#define GIVEN_SIZE	4096
#define UNREAD_MAX	(64 * KIB)
/* One more than serial ports: the virtio console's port on standard input. */
#define UNREAD_PORT	SERIAL_MAX
#define UNREAD_NR	(SERIAL_MAX + 1)

/**
 * struct given - the bytes that a UART's stream took last.
 * @data: a ring
 * @nr:   how many it took in all
 */
struct given {
	char data[GIVEN_SIZE];
	size_t nr;
};

/**
 * struct unread - input that a guest has not read.
 * @bytes: them, or NULL
 * @size:  how many, UNREAD_MAX at most
 */
struct unread {
	char *bytes;
	size_t size;
};

ssize_t given_write(struct given *given, int stream, const char *data, size_t size);
const char *given_unread(const struct given *given, int stream, const char *rest, size_t size,
			 struct unread *unread);
size_t unread_take(const struct unread *unread, char *buffer);
void unread_free(struct unread unread[UNREAD_NR]);

#endif /* KEEL_STREAM_GIVEN_H */
