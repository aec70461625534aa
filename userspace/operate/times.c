// SPDX-License-Identifier: GPL-2.0
/* What a VM's latencies were between two answers to "latency --json". */
#include <string.h>

#include "base.h"
#include "operate/times.h"

static const char *text(const json_t *row, const char *name)
{
	const char *value = json_string_value(json_object_get(row, name));

	return value ? value : "";
}

static __u64 number(const json_t *row, const char *name)
{
	return json_integer_value(json_object_get(row, name));
}

static bool is_same(const json_t *a, const json_t *b)
{
	return !strcmp(text(a, "device"), text(b, "device")) &&
	       !strcmp(text(a, "name"), text(b, "name")) &&
	       !strcmp(text(a, "kind"), text(b, "kind"));
}

/* The same histogram before; NULL: it was empty, or what was measured has been forgotten since. */
static const json_t *before(const json_t *old, const json_t *row)
{
	const json_t *rows = json_object_get(old, "histograms");
	size_t i;

	for (i = 0; i < json_array_size(rows); i++) {
		const json_t *other = json_array_get(rows, i);

		if (is_same(row, other))
			return number(other, "count") <= number(row, "count") ? other : NULL;
	}
	return NULL;
}

static void subtract(struct times *t, const json_t *row, const json_t *old)
{
	const json_t *now = json_object_get(row, "buckets");
	const json_t *then = json_object_get(old, "buckets");
	size_t i;

	*t = (struct times){
		.device = text(row, "device"), .name = text(row, "name"),
		.kind = text(row, "kind"), .most = number(row, "max"),
	};
	for (i = 0; i < KEEL_LATENCY_BUCKETS; i++) {
		t->buckets[i] = json_integer_value(json_array_get(now, i)) -
				json_integer_value(json_array_get(then, i));
		t->count += t->buckets[i];
	}
}

/**
 * times_between() - what was measured between two answers.
 * @old:  the first; NULL: from the start
 * @new:  the second, to which the names in @list point
 * @list: room for TIMES_MAX
 *
 * Return: how many: those that are not empty.
 */
size_t times_between(const json_t *old, const json_t *new, struct times *list)
{
	const json_t *rows = json_object_get(new, "histograms");
	size_t i, nr = 0;

	for (i = 0; i < json_array_size(rows) && nr < TIMES_MAX; i++) {
		const json_t *row = json_array_get(rows, i);

		subtract(&list[nr], row, before(old, row));
		nr += list[nr].count > 0;
	}
	return nr;
}
