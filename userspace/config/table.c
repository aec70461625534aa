// SPDX-License-Identifier: GPL-2.0
/*
 * Values and properties, by a table. A property is "KEY=VALUE", or "KEY" if it is a flag. A
 * value that begins with a double quote ends at the next one, and can have commas; in it, two
 * double quotes are one.
 */
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "config/table.h"
#include "config/words.h"

#define NAMES_MAX	64

/* row_find() - the row of that name, or NULL */
const struct row *row_find(const struct object_type *table, const char *name)
{
	unsigned int i;

	for (i = 0; i < table->nr; i++)
		if (!strcmp(table->rows[i].name, name))
			return &table->rows[i];
	return NULL;
}

/**
 * row_unknown() - complain of a name that no row has.
 * @table:     what has no such row
 * @what:      "no property"
 * @name:      the user's
 * @complaint: result
 *
 * Return: false.
 */
bool row_unknown(const struct object_type *table, const char *what, const char *name,
		 struct complaint *complaint)
{
	unsigned int i, nr = table->nr < NAMES_MAX ? table->nr : NAMES_MAX;
	const char *names[NAMES_MAX];
	struct words words = { names, nr };

	for (i = 0; i < nr; i++)
		names[i] = table->rows[i].name;
	return complain_of_word(complaint, what, name, &words);
}

/* ---- One value ---- */

/**
 * row_place() - where the next value of a row goes.
 * @row:       its row
 * @object:    the struct
 * @complaint: set if there can be no more of them
 *
 * Return: the field, or NULL.
 */
void *row_place(const struct row *row, void *object, struct complaint *complaint)
{
	unsigned int nr;

	if (!row->most)
		return (char *)object + row->field;
	nr = *(unsigned int *)((char *)object + row->count);
	if (nr < row->most)
		return (char *)object + row->field + nr * row->size;
	complain(complaint, "%u at most", row->most);
	return NULL;
}

/* row_added() - what row_place() has given has its value now */
void row_added(const struct row *row, void *object)
{
	if (row->most)
		++*(unsigned int *)((char *)object + row->count);
}

static bool text_parse(const struct row *row, const char *text, char **field,
		       struct complaint *complaint)
{
	size_t length = strlen(text);

	if (length < row->min || (row->max && length > row->max))
		return complain(complaint, "\"%.40s\" is not a text of %llu to %llu characters",
				text, row->min, row->max);
	*field = text_copy(text, length);
	return true;
}

/* The field is little-endian and as wide as the row says. */
static bool number_set(const struct row *row, const char *text, void *field,
		       struct complaint *complaint)
{
	__u64 value;

	if (!number_parse(text, row->min, row->max, &value, complaint))
		return false;
	memcpy(field, &value, row->size);
	return true;
}

static bool flag_set(const char *text, bool *field, struct complaint *complaint)
{
	static const char *const words[] = { "off", "on" };
	static const struct words list = WORDS(words);
	unsigned int value = true;

	if (text && !choice_parse(text, &list, &value, complaint))
		return false;
	*field = value;
	return true;
}

static bool value_parse(const struct row *row, const char *text, void *field,
			struct complaint *complaint)
{
	switch (row->kind) {
	case VALUE_TEXT:
		return text_parse(row, text, field, complaint);
	case VALUE_NUMBER:
		return number_set(row, text, field, complaint);
	case VALUE_SIZE:
		return size_parse(text, row->min, row->max, field, complaint);
	case VALUE_FLAG:
		return flag_set(text, field, complaint);
	case VALUE_CHOICE:
		return choice_parse(text, row_words(row), field, complaint);
	case VALUE_OWN:
		return row->type->parse(text, field, complaint);
	case VALUE_OBJECT:
		return object_read(row->object, text, field, row->size, complaint);
	case VALUE_WITH:
		*(unsigned int *)field |= BIT(row->min);
		return true;
	case VALUE_WITHOUT:
		*(unsigned int *)field &= ~BIT(row->min);
		return true;
	case VALUE_ACTION:
		break;
	}
	return complain(complaint, "not a value");
}

/**
 * row_set() - give a field its value, or one more of them.
 * @row:       of the field
 * @object:    the struct
 * @text:      the value; NULL for a flag
 * @complaint: set if it is refused
 *
 * Return: whether it is taken.
 */
bool row_set(const struct row *row, void *object, const char *text, struct complaint *complaint)
{
	void *field = row_place(row, object, complaint);

	if (!field || !value_parse(row, text, field, complaint))
		return false;
	row_added(row, object);
	return true;
}

/* ---- Properties ---- */

/* object_begin() - the defaults */
void object_begin(const struct object_type *type, void *object, size_t size)
{
	memset(object, 0, size);
	if (type->begin)
		type->begin(object);
}

/* object_check() - after the last property */
bool object_check(const struct object_type *type, void *object, struct complaint *complaint)
{
	return !type->check || type->check(object, complaint);
}

/* One value without its quotes; @text goes to the comma behind it, or to the end. */
static bool take_value(const char **text, char *value, struct complaint *complaint)
{
	const char *p = *text;

	if (*p != '"') {
		while (*p && *p != ',')
			*value++ = *p++;
		*value = 0;
		*text = p;
		return true;
	}
	for (p++; *p && (*p != '"' || p[1] == '"'); p++) {
		*value++ = *p;
		p += *p == '"';
	}
	*value = 0;
	if (*p != '"' || (p[1] && p[1] != ','))
		return complain(complaint, "%.40s: a quoted value ends in \" before a comma",
				*text);
	*text = p + 1;
	return true;
}

/* The row that "KEY=" names, with @text behind that; NULL: it does not begin with a key */
static const struct row *take_key(const struct object_type *type, const char **text)
{
	const char *end = *text + strcspn(*text, "=,\"");
	const struct row *row;
	char *key;

	if (*end != '=')
		return NULL;
	key = text_copy(*text, end - *text);
	row = row_find(type, key);
	free(key);
	if (row)
		*text = end + 1;
	return row;
}

/* A word without a key: a flag, or the next of the plain ones */
static bool plain_word(const struct object_type *type, unsigned int *plain, const char *word,
		       void *object, struct complaint *complaint)
{
	const struct row *row = row_find(type, word);
	char *key;

	if (*plain < type->plain && (!*plain || (*word >= '0' && *word <= '9'))) {
		row = &type->rows[(*plain)++];
		if (row_set(row, object, word, complaint))
			return true;
		complain_about(complaint, row->name);
		return false;
	}
	if (row && row->kind == VALUE_FLAG)
		return row_set(row, object, NULL, complaint);
	if (row)
		return complain(complaint, "%s: a value is missing: %s=VALUE", word, word);
	key = text_copy(word, strcspn(word, "="));
	row_unknown(type, "no property", key, complaint);
	free(key);
	return false;
}

static bool property(const struct object_type *type, unsigned int *plain, const char **text,
		     char *value, void *object, struct complaint *complaint)
{
	const struct row *row = take_key(type, text);

	if (!take_value(text, value, complaint))
		return false;
	if (!row)
		return plain_word(type, plain, value, object, complaint);
	if (row < type->rows + type->plain)
		*plain = row - type->rows + 1;
	if (row_set(row, object, value, complaint))
		return true;
	complain_about(complaint, row->name);
	return false;
}

static bool object_parse(const struct object_type *type, const char *text, void *object,
			 struct complaint *complaint)
{
	unsigned int plain = 0;
	char *value;
	bool fine;

	if (type->parse)
		return type->parse(text, object, complaint) &&
		       object_check(type, object, complaint);
	value = text_copy(text, strlen(text));
	fine = property(type, &plain, &text, value, object, complaint);
	while (fine && *text++)
		fine = property(type, &plain, &text, value, object, complaint);
	free(value);
	return fine && object_check(type, object, complaint);
}

/**
 * object_read() - a struct from its text.
 * @type:      its table
 * @text:      "WORD,KEY=VALUE,..."
 * @object:    the struct
 * @size:      bytes of it
 * @complaint: set if it is refused
 *
 * Return: whether it is taken.
 */
bool object_read(const struct object_type *type, const char *text, void *object, size_t size,
		 struct complaint *complaint)
{
	object_begin(type, object, size);
	return object_parse(type, text, object, complaint);
}
