// SPDX-License-Identifier: GPL-2.0
/*
 * The name of a VM, by which commands find it. It is also the beginning of its socket's name, so
 * it cannot have a slash; and a word with a slash cannot be a name.
 */
#include <stdio.h>
#include <string.h>

#include "config/name.h"
#include "config/table.h"
#include "config/words.h"

static bool is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/**
 * name_check() - can a VM have this name?
 * @name:      the user's
 * @complaint: set if it cannot
 */
bool name_check(const char *name, struct complaint *complaint)
{
	size_t i, length = strlen(name);

	if (!length || length > NAME_SIZE)
		return complain(complaint,
				"a name has 1 to %d letters, digits, \".\", \"-\" and \"_\"",
				NAME_SIZE);
	for (i = 0; i < length; i++)
		if (!is_plain(name[i]) && (!i || !strchr(".-_", name[i])))
			return complain(complaint,
					"\"%.64s\" is not a name: letters, digits, and after the first \".\", \"-\" and \"_\"",
					name);
	return true;
}

static bool name_parse(const char *text, void *field, struct complaint *complaint)
{
	if (!name_check(text, complaint))
		return false;
	*(char **)field = text_copy(text, strlen(text));
	return true;
}

static char *name_print(const void *field)
{
	const char *name = *(char *const *)field;

	return name ? text_copy(name, strlen(name)) : NULL;
}

const struct value_type name_type = { name_parse, name_print };

static bool grace_parse(const char *text, void *field, struct complaint *complaint)
{
	struct grace *grace = field;
	__u64 value;

	if (!number_parse(text, 0, GRACE_MAX, &value, complaint))
		return false;
	*grace = (struct grace){ true, value };
	return true;
}

static char *grace_print(const void *field)
{
	const struct grace *grace = field;
	char text[16];

	if (!grace->given)
		return NULL;
	snprintf(text, sizeof(text), "%u", grace->seconds);
	return text_copy(text, strlen(text));
}

const struct value_type grace_type = { grace_parse, grace_print };
