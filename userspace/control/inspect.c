// SPDX-License-Identifier: GPL-2.0
/*
 * keel inspect: what the devices and lines of a VM are at the moment, for people or as
 * JSON. The values are the module's; this decides how they are shown: a device's plain
 * values side by side, and those that come in rows, "pin4.vector", as a table.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "config/config.h"
#include "config/table.h"
#include "control/inspect.h"
#include "control/stats.h"
#include "uapi/keel.h"
#include "vm/vm.h"

#define NEVER	(~0ULL)		/* a deadline that is not armed */
#define WIDTH	100

/* What people know by its hexadecimal value; everything else is a number of something. */
static const char *const registers[] = {
	"a", "address", "alarm_hour", "alarm_minute", "alarm_second", "b", "bar0", "bar1", "bar2",
	"bar3", "bar4", "bar5", "base", "buttons", "command", "config_address", "control", "ctr",
	"data", "device", "elcr", "fcr", "flags", "gpe0_en", "gpe0_sts", "high", "id", "ier", "iir",
	"imr", "index", "inputs", "ioregsel", "irr", "isr", "lcr", "leds", "lines", "low", "lsr",
	"mcr", "modem_inputs", "msr", "output_port", "pm1_cnt", "pm1_en", "pm1_sts", "port",
	"port61", "port92", "rst_cnt", "size", "typematic", "vector", "vendor",
};

static const char *const delivery_modes[] = {
	"fixed", "lowest", "smi", "3", "nmi", "init", "6", "extint",
};

/* The last part of a name, "vector". */
static const char *column_of(const struct keel_stat *s)
{
	const char *dot = strrchr(s->name, '.');

	return dot ? dot + 1 : s->name;
}

static bool is_register(const struct keel_stat *s)
{
	const char *column = column_of(s);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(registers); i++)
		if (!strcmp(column, registers[i]))
			return true;
	return !strncmp(column, "crtc", strlen("crtc")) ||
	       !strncmp(column, "scratch", strlen("scratch"));
}

static const char *value_text(const struct keel_stat *s)
{
	static char text[32];

	if (s->value == NEVER)
		return "never";
	if (!strncmp(s->device, "ioapic", 6) && !strcmp(column_of(s), "mode") &&
	    s->value < ARRAY_SIZE(delivery_modes))
		return delivery_modes[s->value];
	snprintf(text, sizeof(text), is_register(s) ? "0x%llx" : "%llu", s->value);
	return text;
}

/* ---- Plain values: side by side ---- */

static void print_plain(const struct counters *c, __u32 from, __u32 to, FILE *out)
{
	char pair[96];
	int used = 0;
	__u32 i;

	for (i = from; i < to; i++) {
		const struct keel_stat *s = &c->list[i];
		int n;

		if (strchr(s->name, '.'))
			continue;
		n = snprintf(pair, sizeof(pair), "  %s %s", s->name, value_text(s));
		if (used && used + n > WIDTH) {
			fputc('\n', out);
			used = 0;
		}
		used += fprintf(out, "%s", pair);
	}
	if (used)
		fputc('\n', out);
}

/* ---- Rows: values whose names are the same up to the last dot ---- */

static int row_length(const struct keel_stat *s)
{
	const char *dot = strrchr(s->name, '.');

	return dot ? dot - s->name : 0;
}

/* The end of the row that begins at "from"; "from" itself if that is no part of a row. */
static __u32 row_end(const struct counters *c, __u32 from, __u32 to)
{
	int length = row_length(&c->list[from]);
	__u32 i = from;

	while (length && i < to && row_length(&c->list[i]) == length &&
	       !strncmp(c->list[i].name, c->list[from].name, length))
		i++;
	return i;
}

static bool same_columns(const struct counters *c, __u32 a, __u32 b, __u32 nr)
{
	__u32 i;

	for (i = 0; i < nr; i++)
		if (strcmp(column_of(&c->list[a + i]), column_of(&c->list[b + i])))
			return false;
	return true;
}

/* Deadlines are told where there are any. */
static bool row_is_dull(const struct counters *c, __u32 from, __u32 nr)
{
	__u32 i;

	for (i = 0; i < nr; i++)
		if (c->list[from + i].value != NEVER)
			return false;
	return true;
}

static int column_width(const struct counters *c, __u32 from, __u32 rows, __u32 nr)
{
	int width = strlen(column_of(&c->list[from])), n;
	__u32 i;

	for (i = 0; i < rows; i++) {
		n = strlen(value_text(&c->list[from + i * nr]));
		if (n > width)
			width = n;
	}
	return width;
}

static void print_row(const struct counters *c, __u32 from, __u32 nr, const int *widths,
		      FILE *out)
{
	const struct keel_stat *s = &c->list[from];
	__u32 i;

	fprintf(out, "  %-*.*s", widths[nr], row_length(s), s->name);
	for (i = 0; i < nr; i++)
		fprintf(out, "  %*s", widths[i], value_text(&s[i]));
	fputc('\n', out);
}

/* A table of "rows" rows of "nr" columns, from the value "from" on. */
static void print_table(const struct counters *c, __u32 from, __u32 rows, __u32 nr, FILE *out)
{
	int widths[sizeof(c->list->name)] = { 0 };
	bool dull = true;
	__u32 i;

	for (i = 0; i < rows; i++) {
		int n = row_length(&c->list[from + i * nr]);

		dull &= row_is_dull(c, from + i * nr, nr);
		widths[nr] = n > widths[nr] ? n : widths[nr];
	}
	if (dull)
		return;
	for (i = 0; i < nr; i++)
		widths[i] = column_width(c, from + i, rows, nr);
	fprintf(out, "  %*s", widths[nr], "");
	for (i = 0; i < nr; i++)
		fprintf(out, "  %*s", widths[i], column_of(&c->list[from + i]));
	fputc('\n', out);
	for (i = 0; i < rows; i++)
		if (!row_is_dull(c, from + i * nr, nr))
			print_row(c, from + i * nr, nr, widths, out);
}

/* ...: rows with the same columns make a table. */
static void print_tables(const struct counters *c, __u32 from, __u32 to, FILE *out)
{
	__u32 end, nr, rows;

	for (; from < to; from = end) {
		end = row_end(c, from, to);
		nr = end - from;
		rows = 1;
		if (!nr) {
			end = from + 1;
			continue;
		}
		while (end < to && row_end(c, end, to) - end == nr &&
		       same_columns(c, from, end, nr)) {
			end += nr;
			rows++;
		}
		if (nr < ARRAY_SIZE(c->list->name))
			print_table(c, from, rows, nr, out);
	}
}

/* ---- Lines, and the names of the devices that hold them ---- */

static bool is_holder(const struct keel_stat *s)
{
	return !strcmp(column_of(s), "holds");
}

static void print_line(const struct counters *c, __u32 from, __u32 to, FILE *out)
{
	const char *separator = "  held by ";
	__u32 i;

	fprintf(out, "%-8s ", c->list[from].device);
	for (i = from; i < to; i++) {
		const struct keel_stat *s = &c->list[i];

		if (!is_holder(s)) {
			fprintf(out, " %s %llu", s->name, s->value);
		} else if (s->value) {
			fprintf(out, "%s%.*s", separator, row_length(s), s->name);
			separator = ", ";
		}
	}
	fputc('\n', out);
}

/* ---- All of it ---- */

static bool wanted(const struct keel_stat *s, const char *device)
{
	return !device || !strcmp(s->device, device);
}

static void print_device(const struct counters *c, __u32 from, __u32 to, FILE *out)
{
	fprintf(out, "%s\n", c->list[from].device);
	print_plain(c, from, to, out);
	print_tables(c, from, to, out);
}

static void print_all(const struct counters *c, FILE *out)
{
	__u32 from, to;

	for (from = 0; from < c->nr; from = to) {
		for (to = from; to < c->nr && wanted(&c->list[to], c->list[from].device); to++)
			;
		if (is_line(&c->list[from]))
			print_line(c, from, to, out);
		else
			print_device(c, from, to, out);
	}
}

/* What is left has nothing but this device. */
static void keep_only(struct counters *c, const char *device)
{
	__u32 i, nr = 0;

	for (i = 0; i < c->nr; i++)
		if (wanted(&c->list[i], device))
			c->list[nr++] = c->list[i];
	c->nr = nr;
}

/**
 * inspect_text() - the decoded state of devices and lines.
 * @vm:     the VM, which may be running: no register notices
 * @kind:   STATS_TABLE or STATS_JSON
 * @device: only this one, "pit0"; NULL: all
 * @text:   for the text, to be freed
 *
 * Return: what is wrong, or NULL.
 */
const char *inspect_text(const struct vm *vm, enum stats_kind kind, const char *device,
			 char **text)
{
	struct counters c = { 0 };
	size_t length;
	FILE *out;

	if (!counters_read(&c, vm, KEEL_INSPECT, 0))
		return "the devices cannot be read";
	keep_only(&c, device);
	out = c.nr ? open_memstream(text, &length) : NULL;
	if (out) {
		if (kind == STATS_JSON)
			counters_print_json(&c, out);
		else
			print_all(&c, out);
		fclose(out);
	}
	free(c.list);
	return out ? NULL : "there is no such device";
}
