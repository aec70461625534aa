// SPDX-License-Identifier: GPL-2.0
/* "PATH" or "fd=N" */
#include <string.h>

#include "config/source.h"
#include "config/table.h"
#include "config/words.h"

/* descriptor_parse() - the number of an open file; *@fd is -1 if @text is a path instead */
bool descriptor_parse(const char *text, int *fd, struct complaint *complaint)
{
	__u64 value;

	*fd = -1;
	if (strncmp(text, "fd=", 3))
		return true;
	if (!number_parse(text + 3, 0, DESCRIPTOR_MAX, &value, complaint)) {
		complain_about(complaint, "fd");
		return false;
	}
	*fd = value;
	return true;
}

static bool source_parse(const char *text, void *field, struct complaint *complaint)
{
	struct source *source = field;

	if (!*text)
		return complain(complaint, "a path, or fd=N, is missing");
	source->text = text_copy(text, strlen(text));
	return descriptor_parse(text, &source->fd, complaint);
}

static char *source_print(const void *field)
{
	const struct source *source = field;

	return source->text ? text_copy(source->text, strlen(source->text)) : NULL;
}

const struct value_type source_type = { source_parse, source_print };
