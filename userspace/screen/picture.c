// SPDX-License-Identifier: GPL-2.0
/*
 * What is on the guest's text screen: the CRT controller says which of the characters in the
 * guest's memory are shown, and where the cursor is. The guest may be running meanwhile.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "config/config.h"
#include "control/stats.h"
#include "screen/cp437.h"
#include "screen/picture.h"
#include "uapi/keel.h"
#include "vm/memory.h"
#include "vm/vm.h"

#define CELLS	(KEEL_SCREEN_SIZE / 2)
#define UTF8	4	/* bytes of a character at the most, and its end */

/* What the device says of itself (devices/chips/screen.c) */
struct controller {
	__u64 columns;
	__u64 rows;
	__u64 stride;
	__u64 first;
	__u64 cursor;
	__u64 cursor_on;
};

static void take_value(struct controller *crtc, const struct keel_stat *s)
{
	const struct {
		const char *name;
		__u64 *value;
	} values[] = {
		{ "columns", &crtc->columns }, { "rows", &crtc->rows },
		{ "stride", &crtc->stride }, { "first", &crtc->first },
		{ "cursor", &crtc->cursor }, { "cursor_on", &crtc->cursor_on },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(values); i++)
		if (!strcmp(s->name, values[i].name))
			*values[i].value = s->value;
}

static bool controller_read(struct controller *crtc, const struct vm *vm)
{
	struct counters all = { 0 };
	__u32 i;

	memset(crtc, 0, sizeof(*crtc));
	if (!counters_read(&all, vm, KEEL_INSPECT, 0))
		return false;
	for (i = 0; i < all.nr; i++)
		if (!strcmp(all.list[i].device, "screen0"))
			take_value(crtc, &all.list[i]);
	free(all.list);
	return true;
}

static unsigned int least(__u64 a, unsigned int b)
{
	return a < b ? a : b;
}

/* Where the cursor is, if that is on the screen. */
static void find_cursor(struct picture *picture, const struct controller *crtc)
{
	__u64 distance = (crtc->cursor - crtc->first) % CELLS;

	if (!crtc->cursor_on || !crtc->stride)
		return;
	picture->row = distance / crtc->stride;
	picture->column = distance % crtc->stride;
	picture->cursor = picture->row < picture->rows && picture->column < picture->columns;
}

/**
 * picture_read() - see what is on the screen.
 * @picture: result
 * @vm:      has a screen
 *
 * Return: false if the device cannot be read.
 */
bool picture_read(struct picture *picture, const struct vm *vm)
{
	const __u16 *text = memory_at(&vm->memory, KEEL_SCREEN_MEMORY, KEEL_SCREEN_SIZE);
	struct controller crtc;
	unsigned int column, row;

	memset(picture, 0, sizeof(*picture));
	if (!text || !controller_read(&crtc, vm))
		return false;
	picture->columns = least(crtc.columns, PICTURE_COLUMNS);
	picture->rows = least(crtc.rows, PICTURE_ROWS);
	for (row = 0; row < picture->rows; row++)
		for (column = 0; column < picture->columns; column++)
			picture->cells[row][column] =
				text[(crtc.first + row * crtc.stride + column) % CELLS];
	find_cursor(picture, &crtc);
	return true;
}

/* ---- As text ---- */

static size_t utf8_put(char *to, wchar_t c)
{
	if (c < 0x80) {
		to[0] = c;
		return 1;
	}
	if (c < 0x800) {
		to[0] = 0xc0 | c >> 6;
		to[1] = 0x80 | (c & 0x3f);
		return 2;
	}
	to[0] = 0xe0 | c >> 12;
	to[1] = 0x80 | (c >> 6 & 0x3f);
	to[2] = 0x80 | (c & 0x3f);
	return 3;
}

/* A row, without the spaces at its end */
static void row_text(const struct picture *picture, unsigned int row,
		     char text[PICTURE_COLUMNS * UTF8])
{
	unsigned int column;
	size_t used = 0, end = 0;

	for (column = 0; column < picture->columns; column++) {
		wchar_t c = cp437[CELL_CODE(picture->cells[row][column])];

		used += utf8_put(text + used, c);
		if (c != ' ')
			end = used;
	}
	text[end] = 0;
}

/**
 * picture_print() - as text in UTF-8, without the empty rows at its end.
 * @picture: from picture_read()
 * @to:      where to
 */
void picture_print(const struct picture *picture, FILE *to)
{
	char text[PICTURE_COLUMNS * UTF8];
	unsigned int row, empty = 0;

	for (row = 0; row < picture->rows; row++) {
		row_text(picture, row, text);
		if (!*text) {
			empty++;
			continue;
		}
		for (; empty; empty--)
			fputc('\n', to);
		fprintf(to, "%s\n", text);
	}
}

static json_t *picture_json(const struct picture *picture)
{
	json_t *cursor, *rows = json_array();
	char text[PICTURE_COLUMNS * UTF8];
	unsigned int row;

	for (row = 0; row < picture->rows; row++) {
		row_text(picture, row, text);
		json_array_append_new(rows, json_string(text));
	}
	cursor = picture->cursor ? json_pack("{s:i, s:i}", "column", picture->column, "row",
					     picture->row) : json_null();
	return json_pack("{s:i, s:i, s:o, s:o}", "columns", picture->columns, "rows",
			 picture->rows, "cursor", cursor, "text", rows);
}

/**
 * picture_text() - the answer to a client that wants to see the screen.
 * @vm:   whose
 * @json: with its size and the cursor
 * @text: for the text, to be freed
 *
 * Return: NULL, or why not.
 */
const char *picture_text(const struct vm *vm, bool json, char **text)
{
	static struct picture picture;	/* of the control socket's thread */
	size_t length;
	json_t *root;
	FILE *to;

	if (!config_has(vm->config, KEEL_CLASS_SCREEN))
		return "the VM has no screen: keel run --screen";
	if (!picture_read(&picture, vm))
		return "the screen cannot be read";
	to = open_memstream(text, &length);
	if (!to)
		return "out of memory";
	if (json) {
		root = picture_json(&picture);
		json_dumpf(root, to, JSON_INDENT(2));
		json_decref(root);
		fputc('\n', to);
	} else {
		picture_print(&picture, to);
	}
	fclose(to);
	return NULL;
}
