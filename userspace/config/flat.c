// SPDX-License-Identifier: GPL-2.0
/* The address of a flat binary, which is not 0. */
#include <stdio.h>

#include "base.h"
#include "config/flat.h"
#include "config/table.h"
#include "config/words.h"
#include "status.h"
#include "vm/memory.h"

static bool flat_parse(const char *text, void *field, struct complaint *complaint)
{
	return number_parse(text, 1, RAM_HOLE - 1, field, complaint);
}

static char *flat_print(const void *field)
{
	const __u64 *address = field;
	char *text;

	if (!*address)
		return NULL;
	if (asprintf(&text, "%#llx", *address) < 0)
		die(STATUS_MEMORY, "out of memory");
	return text;
}

const struct value_type flat_type = { flat_parse, flat_print };
