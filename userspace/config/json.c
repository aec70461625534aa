// SPDX-License-Identifier: GPL-2.0
/*
 * Structs as JSON. An object has the names of its table's rows; a text is read as it would be
 * on the command line, wherever a value can be.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "config/json.h"
#include "config/table.h"
#include "config/words.h"
#include "status.h"

static bool object_from_json(const struct object_type *type, void *object, const json_t *value,
			     struct complaint *complaint)
{
	const struct row *row;
	const char *name;
	json_t *member;

	json_object_foreach((json_t *)value, name, member) {
		row = row_find(type, name);
		if (!row)
			return row_unknown(type, "no property", name, complaint);
		if (!row_from_json(row, object, member, complaint)) {
			complain_about(complaint, name);
			return false;
		}
	}
	return object_check(type, object, complaint);
}

static bool is_switch(const struct row *row)
{
	return row->kind == VALUE_FLAG || row->kind == VALUE_WITH || row->kind == VALUE_WITHOUT;
}

/* False is what a switch is at first. */
static bool switch_from_json(const struct row *row, void *object, const json_t *value,
			     struct complaint *complaint)
{
	if (!json_is_boolean(value))
		return complain(complaint, "neither true nor false");
	if (row->kind == VALUE_FLAG || json_is_true(value))
		return row_set(row, object, json_is_true(value) || row->kind != VALUE_FLAG ? NULL :
			       "off", complaint);
	return true;
}

static bool one_from_json(const struct row *row, void *object, const json_t *value,
			  struct complaint *complaint)
{
	char number[24];
	void *field;

	if (is_switch(row))
		return switch_from_json(row, object, value, complaint);
	/* What was a switch before it had properties */
	if (json_is_boolean(value) && row->kind == VALUE_OBJECT && row_find(row->object, "on"))
		return row_set(row, object, json_is_true(value) ? "on" : "on=off", complaint);
	if (json_is_string(value))
		return row_set(row, object, json_string_value(value), complaint);
	if (json_is_integer(value)) {
		snprintf(number, sizeof(number), "%lld", (long long)json_integer_value(value));
		return row_set(row, object, number, complaint);
	}
	if (row->kind != VALUE_OBJECT)
		return complain(complaint, "neither a text nor a whole number");
	if (!json_is_object(value))
		return complain(complaint, "neither an object nor a text");
	field = row_place(row, object, complaint);
	if (!field)
		return false;
	object_begin(row->object, field, row->size);
	if (!object_from_json(row->object, field, value, complaint))
		return false;
	row_added(row, object);
	return true;
}

/**
 * row_from_json() - give a field its value.
 * @row:       of the field
 * @object:    the struct
 * @value:     a list, if the field can have several
 * @complaint: set if it is refused
 *
 * Return: whether it is taken.
 */
bool row_from_json(const struct row *row, void *object, const json_t *value,
		   struct complaint *complaint)
{
	json_t *one;
	size_t i;

	if (!row->most)
		return one_from_json(row, object, value, complaint);
	if (!json_is_array(value))
		return complain(complaint, "not a list: [ ... ]");
	json_array_foreach((json_t *)value, i, one)
		if (!one_from_json(row, object, one, complaint))
			return false;
	return true;
}

/* ---- Writing ---- */

/* What differs from the defaults; NULL: nothing does. */
static json_t *object_to_json(const struct object_type *type, const void *object, size_t size)
{
	void *blank = malloc(size);
	json_t *all = json_object(), *value, *usual;
	unsigned int i;

	if (!blank)
		die(STATUS_MEMORY, "out of memory");
	object_begin(type, blank, size);
	for (i = 0; i < type->nr; i++) {
		value = row_to_json(&type->rows[i], object);
		usual = row_to_json(&type->rows[i], blank);
		if (value && !json_equal(value, usual))
			json_object_set(all, type->rows[i].name, value);
		json_decref(value);
		json_decref(usual);
	}
	free(blank);
	if (json_object_size(all))
		return all;
	json_decref(all);
	return NULL;
}

static json_t *text_to_json(char *text)
{
	json_t *value = text ? json_string(text) : NULL;

	free(text);
	return value;
}

static json_t *number_to_json(const struct row *row, const void *field)
{
	__u64 value = 0;

	memcpy(&value, field, row->size);
	return json_integer(value);
}

static json_t *size_to_json(__u64 bytes)
{
	char text[24];

	size_print(bytes, text);
	return json_string(text);
}

static json_t *choice_to_json(const struct row *row, unsigned int value)
{
	const char *word = row_words(row)->text[value];

	return word ? json_string(word) : NULL;
}

static json_t *one_to_json(const struct row *row, const void *field)
{
	switch (row->kind) {
	case VALUE_TEXT:
		return *(char *const *)field ? json_string(*(char *const *)field) : NULL;
	case VALUE_NUMBER:
		return number_to_json(row, field);
	case VALUE_SIZE:
		return size_to_json(*(const __u64 *)field);
	case VALUE_FLAG:
		return json_boolean(*(const bool *)field);
	case VALUE_CHOICE:
		return choice_to_json(row, *(const unsigned int *)field);
	case VALUE_OWN:
		return text_to_json(row->type->print(field));
	case VALUE_OBJECT:
		return object_to_json(row->object, field, row->size);
	case VALUE_WITH:
		return json_boolean(*(const unsigned int *)field & BIT(row->min));
	case VALUE_WITHOUT:
		return json_boolean(!(*(const unsigned int *)field & BIT(row->min)));
	case VALUE_ACTION:
		break;
	}
	return NULL;
}

/**
 * row_to_json() - a field's value, such that row_from_json() reads it.
 * @row:    of the field
 * @object: the struct
 *
 * Return: the value, or NULL: there is none.
 */
json_t *row_to_json(const struct row *row, const void *object)
{
	const char *field = (const char *)object + row->field;
	json_t *list, *one;
	unsigned int i, nr;

	if (!row->most)
		return one_to_json(row, field);
	nr = *(const unsigned int *)((const char *)object + row->count);
	list = json_array();
	for (i = 0; i < nr; i++) {
		if (row->object && row->object->follows &&
		    row->object->follows(field + i * row->size))
			continue;
		one = one_to_json(row, field + i * row->size);
		/* An object that has only defaults is one of the list all the same. */
		json_array_append_new(list, one ? one : json_object());
	}
	if (json_array_size(list))
		return list;
	json_decref(list);
	return NULL;
}
