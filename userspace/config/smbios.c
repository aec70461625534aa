// SPDX-License-Identifier: GPL-2.0
/*
 * What SMBIOS's tables tell of the machine: "type=1,serial=42". An option is for one type of
 * structure, and each type has properties of its own; OEM strings may be in several options.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "config/config.h"
#include "config/smbios.h"
#include "config/table.h"
#include "config/words.h"
#include "status.h"

#define NO_TYPE		(~0U)
#define TYPE_MAX	255
#define VALUE_MAX	(32 * KIB)

static bool uuid_parse(const char *text, void *field, struct complaint *complaint)
{
	return guid_parse(text, field, complaint);
}

static char *uuid_print(const void *field)
{
	const struct guid *uuid = field;
	char text[GUID_TEXT];

	if (!uuid->given)
		return NULL;
	guid_print(uuid, text);
	return text_copy(text, strlen(text));
}

static const struct value_type uuid_type = { uuid_parse, uuid_print };

#define TEXT(name, text)	{ name, VALUE_TEXT, ROW_FIELD(smbios_config, texts[text]) }

static const struct row rows[] = {
	[SMBIOS_VENDOR] = TEXT("vendor", SMBIOS_VENDOR),
	[SMBIOS_DATE] = TEXT("date", SMBIOS_DATE),
	[SMBIOS_MANUFACTURER] = TEXT("manufacturer", SMBIOS_MANUFACTURER),
	[SMBIOS_PRODUCT] = TEXT("product", SMBIOS_PRODUCT),
	[SMBIOS_VERSION] = TEXT("version", SMBIOS_VERSION),
	[SMBIOS_SERIAL] = TEXT("serial", SMBIOS_SERIAL),
	[SMBIOS_ASSET] = TEXT("asset", SMBIOS_ASSET),
	[SMBIOS_SKU] = TEXT("sku", SMBIOS_SKU),
	[SMBIOS_FAMILY] = TEXT("family", SMBIOS_FAMILY),
	[SMBIOS_LOCATION] = TEXT("location", SMBIOS_LOCATION),
	[SMBIOS_SOCKET] = TEXT("socket", SMBIOS_SOCKET),
	[SMBIOS_PART] = TEXT("part", SMBIOS_PART),
	[SMBIOS_BANK] = TEXT("bank", SMBIOS_BANK),
	{ "type", VALUE_NUMBER, ROW_FIELD(smbios_config, type), .max = TYPE_MAX },
	{ "uuid", VALUE_OWN, ROW_FIELD(smbios_config, uuid), .type = &uuid_type },
	{ "value", VALUE_TEXT, ROW_FIELDS(smbios_config, values, nr_values), .min = 1,
	  .max = VALUE_MAX },
};

/**
 * struct kind - a type of structure that has properties.
 * @type:   enum smbios_type
 * @texts:  a bit for each enum smbios_text
 * @uuid:   it has one
 * @values: likewise
 */
struct kind {
	unsigned int type;
	unsigned int texts;
	bool uuid;
	bool values;
};

static const struct kind kinds[] = {
	{ .type = SMBIOS_FIRMWARE,
	  .texts = BIT(SMBIOS_VENDOR) | BIT(SMBIOS_VERSION) | BIT(SMBIOS_DATE) },
	{ .type = SMBIOS_SYSTEM, .uuid = true,
	  .texts = BIT(SMBIOS_MANUFACTURER) | BIT(SMBIOS_PRODUCT) | BIT(SMBIOS_VERSION) |
		   BIT(SMBIOS_SERIAL) | BIT(SMBIOS_SKU) | BIT(SMBIOS_FAMILY) },
	{ .type = SMBIOS_BOARD,
	  .texts = BIT(SMBIOS_MANUFACTURER) | BIT(SMBIOS_PRODUCT) | BIT(SMBIOS_VERSION) |
		   BIT(SMBIOS_SERIAL) | BIT(SMBIOS_ASSET) | BIT(SMBIOS_LOCATION) },
	{ .type = SMBIOS_CHASSIS,
	  .texts = BIT(SMBIOS_MANUFACTURER) | BIT(SMBIOS_VERSION) | BIT(SMBIOS_SERIAL) |
		   BIT(SMBIOS_ASSET) | BIT(SMBIOS_SKU) },
	{ .type = SMBIOS_PROCESSOR,
	  .texts = BIT(SMBIOS_SOCKET) | BIT(SMBIOS_MANUFACTURER) | BIT(SMBIOS_VERSION) |
		   BIT(SMBIOS_SERIAL) | BIT(SMBIOS_ASSET) | BIT(SMBIOS_PART) },
	{ .type = SMBIOS_OEM, .values = true },
	{ .type = SMBIOS_MEMORY_DEVICE,
	  .texts = BIT(SMBIOS_SOCKET) | BIT(SMBIOS_BANK) | BIT(SMBIOS_MANUFACTURER) |
		   BIT(SMBIOS_SERIAL) | BIT(SMBIOS_ASSET) | BIT(SMBIOS_PART) },
};

static const struct kind *find_kind(unsigned int type)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (kinds[i].type == type)
			return &kinds[i];
	return NULL;
}

static bool complain_of_type(unsigned int type, struct complaint *complaint)
{
	if (type == NO_TYPE)
		return complain(complaint, "type: a number is missing: 0 to 4, 11 or 17");
	if (type == SMBIOS_MEMORY_ARRAY || type == SMBIOS_MEMORY_RANGE ||
	    type == SMBIOS_BOOT_STATUS)
		return complain(complaint, "type: all of %u follows from the VM", type);
	return complain(complaint, "type: %u is none of 0 to 4, 11 and 17", type);
}

/* And name those that the type has */
static bool complain_of_property(const struct kind *kind, const char *name,
				 struct complaint *complaint)
{
	size_t used;
	unsigned int i;

	complain(complaint, "%s: type %u has none, but", name, kind->type);
	for (i = 0; i < SMBIOS_TEXTS; i++) {
		used = strlen(complaint->text);
		if (kind->texts & BIT(i))
			snprintf(complaint->text + used, sizeof(complaint->text) - used, " %s",
				 rows[i].name);
	}
	used = strlen(complaint->text);
	snprintf(complaint->text + used, sizeof(complaint->text) - used, "%s%s",
		 kind->uuid ? " uuid" : "", kind->values ? " value" : "");
	return false;
}

/* DSP0134, 6.1.3: a NUL ends a string, and others of that kind have no meaning in it. */
static bool is_plain(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return false;
	return true;
}

static bool check_texts(const struct smbios_config *s, const struct kind *kind,
			struct complaint *complaint)
{
	unsigned int i;

	for (i = 0; i < SMBIOS_TEXTS; i++) {
		if (!s->texts[i])
			continue;
		if (!(kind->texts & BIT(i)))
			return complain_of_property(kind, rows[i].name, complaint);
		if (!is_plain(s->texts[i]))
			return complain(complaint, "%s: a control character", rows[i].name);
	}
	for (i = 0; i < s->nr_values; i++)
		if (!is_plain(s->values[i]))
			return complain(complaint, "value: a control character");
	return true;
}

static bool smbios_check(void *object, struct complaint *complaint)
{
	const struct smbios_config *s = object;
	const struct kind *kind = find_kind(s->type);

	if (!kind)
		return complain_of_type(s->type, complaint);
	if (!check_texts(s, kind, complaint))
		return false;
	if (s->uuid.given && !kind->uuid)
		return complain_of_property(kind, "uuid", complaint);
	if (s->nr_values && !kind->values)
		return complain_of_property(kind, "value", complaint);
	return true;
}

static void smbios_begin(void *object)
{
	((struct smbios_config *)object)->type = NO_TYPE;
}

const struct object_type smbios_object = {
	.rows = rows, .nr = ARRAY_SIZE(rows), .begin = smbios_begin, .check = smbios_check,
};

/* smbios_find() - the first option for a type, or NULL */
const struct smbios_config *smbios_find(const struct config *config, unsigned int type)
{
	unsigned int i;

	for (i = 0; i < config->nr_smbios; i++)
		if (config->smbios[i].type == type)
			return &config->smbios[i];
	return NULL;
}

/* smbios_resolve() - dies if there are two options for what there is one of */
void smbios_resolve(const struct config *config)
{
	unsigned int i;

	for (i = 0; i < config->nr_smbios; i++) {
		const struct smbios_config *s = &config->smbios[i];

		if (s->type != SMBIOS_OEM && smbios_find(config, s->type) != s)
			die(STATUS_USAGE, "--smbios: type: %u is there twice", s->type);
	}
}
