// SPDX-License-Identifier: GPL-2.0
/*
 * What --input reads: keys and pointer events as text, one on each line. input_help()
 * has the grammar. A key that is held goes down again and again, as keyboards do it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "config/table.h"
#include "config/words.h"
#include "control/input_line.h"
#include "uapi/keel.h"

struct name {
	const char *name;
	unsigned int code;
};

static const struct name key_names[] = {
#include "keys.h"
};

static const struct name buttons[] = {
	{ "left", 0 }, { "right", 1 }, { "middle", 2 }, { "side", 3 }, { "extra", 4 },
};

static const struct name states[] = { { "0", 0 }, { "1", 1 } };
static const struct name key_states[] = { { "0", 0 }, { "1", 1 }, { "2", 1 } };

/**
 * input_line_add() - read one more byte.
 * @line: so far; begins anew if it had been whole
 * @c:    the byte
 *
 * Return: whether the line is whole.
 */
bool input_line_add(struct input_line *line, char c)
{
	if (line->whole)
		*line = (struct input_line){ 0 };
	line->whole = c == '\n';
	if (!line->whole && line->used <= INPUT_LINE_MAX)
		line->text[line->used++] = c;
	return line->whole;
}

/**
 * input_line_show() - the line for a message.
 * @line:  of it, the beginning
 * @shown: without what a terminal would obey
 */
void input_line_show(const struct input_line *line, char shown[INPUT_SHOWN])
{
	size_t i;

	for (i = 0; i < line->used && i < INPUT_SHOWN - 1; i++)
		shown[i] = line->text[i] >= ' ' && line->text[i] <= '~' ? line->text[i] : '?';
	shown[i] = 0;
}

static bool lookup(const struct name *names, size_t nr, const char *text, unsigned int *code)
{
	size_t i;

	for (i = 0; i < nr; i++) {
		if (!strcmp(names[i].name, text)) {
			*code = names[i].code;
			return true;
		}
	}
	return false;
}

/* A number that fits 16 bits and has nothing behind it. */
static bool number(const char *text, __u16 *value)
{
	char *end;
	long n;

	errno = 0;
	n = strtol(text, &end, 10);
	if (end == text || *end || errno || n < -32768 || n > 32767)
		return false;
	*value = n;
	return true;
}

static const char *parse_key(char *const *words, struct keel_input *event)
{
	unsigned int code, down;
	__u16 n;

	if (!lookup(key_names, ARRAY_SIZE(key_names), words[0], &code)) {
		if (!number(words[0], &n) || n >= 256)
			return "no such key";
		code = n;
	}
	if (!lookup(key_states, ARRAY_SIZE(key_states), words[1], &down))
		return "a key goes down (1, 2) or up (0)";
	event->input = KEEL_INPUT_KEY;
	event->value = code | (down ? KEEL_INPUT_PRESSED : 0);
	return NULL;
}

static const char *parse_move(char *const *words, struct keel_input *event)
{
	__u16 dx, dy;

	if (!number(words[0], &dx) || !number(words[1], &dy))
		return "not two numbers from -32768 to 32767";
	event->input = KEEL_INPUT_MOVE;
	event->value = dx | (__u64)dy << 16;
	return NULL;
}

static const char *parse_wheel(char *const *words, struct keel_input *event)
{
	__u16 steps;

	if (!number(words[0], &steps))
		return "not a number from -32768 to 32767";
	event->input = KEEL_INPUT_WHEEL;
	event->value = steps;
	return NULL;
}

static const char *parse_button(char *const *words, struct keel_input *event)
{
	unsigned int button, down;

	if (!lookup(buttons, ARRAY_SIZE(buttons), words[0], &button))
		return "no such button: left, right, middle, side, extra";
	if (!lookup(states, ARRAY_SIZE(states), words[1], &down))
		return "a button goes down (1) or up (0)";
	event->input = KEEL_INPUT_BUTTON;
	event->value = button | (down ? KEEL_INPUT_PRESSED : 0);
	return NULL;
}

static const struct {
	const char *name;
	size_t words;
	const char *(*parse)(char *const *words, struct keel_input *event);
} verbs[] = {
	{ "key",    2, parse_key },
	{ "move",   2, parse_move },
	{ "wheel",  1, parse_wheel },
	{ "button", 2, parse_button },
};

#define WORDS_MAX	4	/* one more than any verb has: too many are seen */

static const char *parse(char *text, struct keel_input *event)
{
	char *words[WORDS_MAX] = { NULL }, *rest = text;
	size_t nr = 0, i;

	while (nr < WORDS_MAX && (words[nr] = strtok_r(rest, " \t\r", &rest)))
		nr++;
	if (!nr || words[0][0] == '#')
		return NULL;
	for (i = 0; i < ARRAY_SIZE(verbs); i++) {
		if (strcmp(words[0], verbs[i].name))
			continue;
		if (nr != verbs[i].words + 1)
			return "too many words, or too few";
		event->class = KEEL_CLASS_I8042;
		return verbs[i].parse(words + 1, event);
	}
	return "not an event: key, move, wheel, button";
}

/**
 * input_line_parse() - what event is it?
 * @line:  whole, or the last one, which may lack its end
 * @event: for KEEL_INPUT; its class is KEEL_CLASS_BOARD if there is none in the line
 *
 * Return: NULL, or what is wrong with the line.
 */
const char *input_line_parse(const struct input_line *line, struct keel_input *event)
{
	char text[INPUT_LINE_MAX + 1];

	*event = (struct keel_input) { .size = sizeof(*event), .class = KEEL_CLASS_BOARD };
	if (line->used > INPUT_LINE_MAX)
		return "too long";
	memcpy(text, line->text, line->used);
	text[line->used] = 0;
	if (strlen(text) != line->used)
		return "not text";
	return parse(text, event);
}
