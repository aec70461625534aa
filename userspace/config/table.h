/* SPDX-License-Identifier: GPL-2.0 */
/* Structs that are described by a table, and are read from text by it. */
#ifndef KEEL_CONFIG_TABLE_H
#define KEEL_CONFIG_TABLE_H

#include "config/words.h"

/**
 * enum value_kind - what a value is, and the type of its field.
 * @VALUE_TEXT:   char *, of @min to @max bytes
 * @VALUE_NUMBER: unsigned, @size bytes wide, from @min to @max
 * @VALUE_SIZE:   __u64, bytes, from @min to @max
 * @VALUE_FLAG:   bool
 * @VALUE_CHOICE: unsigned int, place among @words
 * @VALUE_OWN:    @type knows
 * @VALUE_OBJECT: a struct with a table of its own, @object
 * @VALUE_WITH:   sets bit @min of an unsigned int
 * @VALUE_WITHOUT: clears it
 * @VALUE_ACTION: no field
 */
enum value_kind {
	VALUE_TEXT,
	VALUE_NUMBER,
	VALUE_SIZE,
	VALUE_FLAG,
	VALUE_CHOICE,
	VALUE_OWN,
	VALUE_OBJECT,
	VALUE_WITH,
	VALUE_WITHOUT,
	VALUE_ACTION,
};

/**
 * struct value_type - a type with a syntax of its own.
 * @parse: text to field
 * @print: field to text, to be freed; NULL: the field is as it was at first
 */
struct value_type {
	bool (*parse)(const char *text, void *field, struct complaint *complaint);
	char *(*print)(const void *field);
};

/**
 * struct row - a field of a struct.
 * @name:   as the user knows it
 * @kind:   of value
 * @field:  offset in the struct
 * @size:   bytes of the field; of one of them, if there are several
 * @min:    see enum value_kind
 * @max:    likewise
 * @words:  of VALUE_CHOICE, unless
 * @choices: has them, for several tables
 * @type:   of VALUE_OWN
 * @object: of VALUE_OBJECT
 * @most:   the field is an array of so many, and the value may be given again; or 0
 * @count:  offset of the unsigned int that says how many of these are used
 */
struct row {
	const char *name;
	enum value_kind kind;
	size_t field;
	size_t size;
	__u64 min;
	__u64 max;
	struct words words;
	const struct words *choices;
	const struct value_type *type;
	const struct object_type *object;
	unsigned int most;
	size_t count;
};

/**
 * struct object_type - a struct whose text is "WORD,WORD,KEY=VALUE,...".
 * @rows:   its table
 * @nr:     rows
 * @plain:  that many rows, the first ones, are also words without a key, in this order
 * @begin:  set what is not zero by default; or NULL
 * @check:  is it complete, and do its values go together? or NULL
 * @parse:  another syntax than this; or NULL
 * @follows: does it follow from another option, and is not written? or NULL
 */
struct object_type {
	const struct row *rows;
	unsigned int nr;
	unsigned int plain;
	void (*begin)(void *object);
	bool (*check)(void *object, struct complaint *complaint);
	bool (*parse)(const char *text, void *object, struct complaint *complaint);
	bool (*follows)(const void *object);
};

#define ROW_FIELD(type, member)						\
	.field = offsetof(struct type, member), .size = sizeof(((struct type *)0)->member)

#define ROW_FIELDS(type, member, counter)				\
	.field = offsetof(struct type, member),				\
	.size = sizeof(((struct type *)0)->member[0]),			\
	.most = ARRAY_SIZE(((struct type *)0)->member),			\
	.count = offsetof(struct type, counter)

#define ROW_TEXT_MAX	4095	/* of most texts: paths */

static inline const struct words *row_words(const struct row *row)
{
	return row->choices ? row->choices : &row->words;
}

const struct row *row_find(const struct object_type *table, const char *name);
bool row_unknown(const struct object_type *table, const char *what, const char *name,
		 struct complaint *complaint);
void *row_place(const struct row *row, void *object, struct complaint *complaint);
void row_added(const struct row *row, void *object);
bool row_set(const struct row *row, void *object, const char *text, struct complaint *complaint);
void object_begin(const struct object_type *type, void *object, size_t size);
bool object_read(const struct object_type *type, const char *text, void *object, size_t size,
		 struct complaint *complaint);
bool object_check(const struct object_type *type, void *object, struct complaint *complaint);

#endif /* KEEL_CONFIG_TABLE_H */
