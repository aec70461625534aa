// SPDX-License-Identifier: GPL-2.0
/*
 * Input on its way to a guest. Keel takes it ahead of the UART, and does not give it back:
 * the thread that writes to a UART's stream remembers what Keel may still have, so that it can be
 * saved with the VM.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "stream/given.h"

/**
 * given_write() - write to a UART's stream.
 * @given:  what it was given before
 * @stream: it
 * @data:   what it is to get
 * @size:   bytes
 *
 * Return: what write() does.
 */
ssize_t given_write(struct given *given, int stream, const char *data, size_t size)
{
	ssize_t n = write(stream, data, size);
	ssize_t i;

	for (i = 0; i < n; i++)
		given->data[given->nr++ % GIVEN_SIZE] = data[i];
	return n;
}

/**
 * unread_take() - what a restored guest is to get first.
 * @unread: of its port
 * @buffer: where to; has room for UNREAD_MAX
 *
 * Return: bytes.
 */
size_t unread_take(const struct unread *unread, char *buffer)
{
	if (unread->size)
		memcpy(buffer, unread->bytes, unread->size);
	return unread->size;
}

/* unread_free() - of all ports */
void unread_free(struct unread unread[UNREAD_NR])
{
	unsigned int i;

	for (i = 0; i < UNREAD_NR; i++)
		free(unread[i].bytes);
}

/**
 * given_unread() - what was to go to a guest and has not.
 * @given:  what its UART's stream was given
 * @stream: it; -1: it is no UART's, and took nothing ahead
 * @rest:   what it was not given yet
 * @size:   bytes
 * @unread: result; its bytes are to be freed
 *
 * Keel has taken some of it, which the UART has not: the newest of what was given.
 *
 * Return: NULL, or what failed.
 */
const char *given_unread(const struct given *given, int stream, const char *rest, size_t size,
			 struct unread *unread)
{
	int ahead = 0;
	size_t i;

	if (stream >= 0 && (ioctl(stream, TIOCOUTQ, &ahead) || ahead < 0 || ahead > GIVEN_SIZE))
		return "TIOCOUTQ: the amount of unread input is unknown";
	unread->size = ahead + size;
	unread->bytes = malloc(unread->size + 1);
	if (!unread->bytes)
		return "out of memory";
	for (i = 0; i < (size_t)ahead; i++)
		unread->bytes[i] = given->data[(given->nr - ahead + i) % GIVEN_SIZE];
	memcpy(unread->bytes + ahead, rest, size);
	return NULL;
}
