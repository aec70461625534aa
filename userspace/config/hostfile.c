// SPDX-License-Identifier: GPL-2.0
/* "stdio", "none", "pty", "fd=N", "socket=PATH", or a file's path */
#include <stdio.h>
#include <string.h>

#include "base.h"
#include "config/hostfile.h"
#include "config/source.h"
#include "config/table.h"
#include "config/words.h"
#include "status.h"

static const char *const words[] = {
	[HOSTFILE_STDIO] = "stdio", [HOSTFILE_NONE] = "none", [HOSTFILE_PTY] = "pty",
};

static bool hostfile_parse(const char *text, void *field, struct complaint *complaint)
{
	struct hostfile *file = field;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(words); i++) {
		if (words[i] && !strcmp(text, words[i])) {
			*file = (struct hostfile){ .kind = i };
			return true;
		}
	}
	file->kind = HOSTFILE_FILE;
	if (!descriptor_parse(text, &file->fd, complaint))
		return false;
	if (file->fd >= 0)
		file->kind = HOSTFILE_FD;
	if (!strncmp(text, "socket=", 7)) {
		file->kind = HOSTFILE_SOCKET;
		text += 7;
	}
	if (!*text)
		return complain(complaint,
				"allowed: stdio, none, pty, fd=N, socket=PATH, or a file's path");
	file->path = text_copy(text, strlen(text));
	return true;
}

static char *hostfile_print(const void *field)
{
	const struct hostfile *file = field;
	char *text;

	if (file->kind == HOSTFILE_UNSET)
		return NULL;
	if (file->kind < ARRAY_SIZE(words))
		return text_copy(words[file->kind], strlen(words[file->kind]));
	if (asprintf(&text, "%s%s", file->kind == HOSTFILE_SOCKET ? "socket=" : "", file->path) < 0)
		die(STATUS_MEMORY, "out of memory");
	return text;
}

const struct value_type hostfile_type = { hostfile_parse, hostfile_print };
