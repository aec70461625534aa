// SPDX-License-Identifier: GPL-2.0
/*
 * Files of the user's whose contents are part of the configuration: they are read once, when the
 * option is, so that a snapshot or a file for --config needs them no more.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base.h"
#include "config/content.h"
#include "config/words.h"
#include "status.h"

static char *take(int fd, const char *path, size_t most, size_t *length,
		  struct complaint *complaint)
{
	char *data = malloc(most + 1);
	ssize_t got = 1;

	if (!data)
		die(STATUS_MEMORY, "out of memory");
	for (*length = 0; *length <= most && got > 0; *length += got) {
		got = read(fd, data + *length, most + 1 - *length);
		if (got < 0)
			break;
	}
	if (got >= 0 && *length <= most) {
		data[*length] = 0;
		return data;
	}
	if (got < 0)
		complain(complaint, "%.400s: %s", path, strerror(errno));
	else
		complain(complaint, "%.400s: more than %zu bytes", path, most);
	free(data);
	return NULL;
}

/**
 * content_read() - all of a file, or of a pipe.
 * @path:      its
 * @most:      bytes that it may have
 * @length:    result: how many it has
 * @complaint: set if it cannot be read
 *
 * Return: its bytes, and a NUL behind them, to be freed; or NULL.
 */
char *content_read(const char *path, size_t most, size_t *length, struct complaint *complaint)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	char *data;

	if (fd < 0) {
		complain(complaint, "%.400s: %s", path, strerror(errno));
		return NULL;
	}
	data = take(fd, path, most, length, complaint);
	close(fd);
	return data;
}

/* The bytes that follow this one in a character of UTF-8; -1: it begins none */
static int followers(unsigned char first)
{
	if (first < 0x80)
		return first < ' ' && !strchr("\t\n\r", first) ? -1 : 0;
	if (first >= 0xc2 && first < 0xe0)
		return 1;
	if (first >= 0xe0 && first < 0xf0)
		return 2;
	return first >= 0xf0 && first < 0xf5 ? 3 : -1;
}

/* content_is_text() - UTF-8 without control characters, which JSON can have as it is */
bool content_is_text(const char *data, size_t length)
{
	const char *end = data + length;
	int more;

	while (data < end) {
		more = *data ? followers(*data++) : -1;
		if (more < 0 || more > end - data)
			return false;
		while (more--)
			if ((*data++ & 0xc0) != 0x80)
				return false;
	}
	return true;
}

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* content_base64() - bytes by RFC 4648, 4, to be freed */
char *content_base64(const void *data, size_t length)
{
	char *text = malloc((length + 2) / 3 * 4 + 1), *to = text;
	const __u8 *from = data;
	unsigned int three;

	if (!text)
		die(STATUS_MEMORY, "out of memory");
	for (; length; from += 3, length -= length < 3 ? length : 3) {
		three = from[0] << 16 | (length > 1 ? from[1] << 8 : 0) |
			(length > 2 ? from[2] : 0);
		*to++ = digits[three >> 18];
		*to++ = digits[three >> 12 & 63];
		*to++ = length > 1 ? digits[three >> 6 & 63] : '=';
		*to++ = length > 2 ? digits[three & 63] : '=';
	}
	*to = 0;
	return text;
}

/* content_is_base64() - whole groups of four, and "=" at the end alone */
bool content_is_base64(const char *text)
{
	size_t length = strspn(text, digits), pad = strspn(text + length, "=");

	return !text[length + pad] && pad <= 2 && !((length + pad) % 4);
}
