// SPDX-License-Identifier: GPL-2.0
/* The VM's generation ID: "auto", "keep", or a GUID */
#include <string.h>

#include "config/generation.h"
#include "config/table.h"
#include "config/words.h"

static bool generation_parse(const char *text, void *field, struct complaint *complaint)
{
	struct generation *generation = field;

	*generation = (struct generation){ .kind = GENERATION_AUTO };
	if (!strcmp(text, "auto"))
		return true;
	if (!strcmp(text, "keep")) {
		generation->kind = GENERATION_KEEP;
		return true;
	}
	generation->kind = GENERATION_GIVEN;
	return guid_parse(text, &generation->id, complaint) ||
	       complain(complaint, "\"%.40s\" is neither auto nor keep, nor a GUID", text);
}

static char *generation_print(const void *field)
{
	const struct generation *generation = field;
	char text[GUID_TEXT];

	switch (generation->kind) {
	case GENERATION_GIVEN:
		guid_print(&generation->id, text);
		return text_copy(text, strlen(text));
	case GENERATION_KEEP:
		return text_copy("keep", strlen("keep"));
	default:
		return NULL;
	}
}

const struct value_type generation_type = { generation_parse, generation_print };
