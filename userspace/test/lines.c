// SPDX-License-Identifier: GPL-2.0
/*
 * Usage: lines ROUNDS
 *
 * The lines that --input reads: what each becomes, what is refused and why, and ROUNDS
 * lines of rubbish, which are either events that Keel knows or refused; ASan and UBSan
 * have nothing to say. Every line is read in pieces, behind others.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "config/table.h"
#include "config/words.h"
#include "control/input_line.h"
#include "uapi/keel.h"

#define PRESSED		KEEL_INPUT_PRESSED
#define TEXT(s)		{ s, sizeof(s) - 1 }
#define LONG_127	"key 30 1                                                        " \
			"                                                               "

struct text {
	const char *bytes;
	size_t length;
};

static const struct {
	struct text text;
	__u32 input;
	__u64 value;
} events[] = {
	{ TEXT("key KEY_A 1"), KEEL_INPUT_KEY, 30 | PRESSED },
	{ TEXT("key KEY_A 0"), KEEL_INPUT_KEY, 30 },
	{ TEXT("key KEY_A 2"), KEEL_INPUT_KEY, 30 | PRESSED },
	{ TEXT("key KEY_ESC 1"), KEEL_INPUT_KEY, 1 | PRESSED },
	{ TEXT("key KEY_PAUSE 0"), KEEL_INPUT_KEY, 119 },
	{ TEXT("key KEY_COFFEE 0"), KEEL_INPUT_KEY, 152 },
	{ TEXT("key KEY_SCREENLOCK 0"), KEEL_INPUT_KEY, 152 },
	{ TEXT("key 30 1"), KEEL_INPUT_KEY, 30 | PRESSED },
	{ TEXT("key 255 0"), KEEL_INPUT_KEY, 255 },
	{ TEXT("  key\t30   1 \r"), KEEL_INPUT_KEY, 30 | PRESSED },
	{ TEXT(LONG_127), KEEL_INPUT_KEY, 30 | PRESSED },
	{ TEXT("move 10 -3"), KEEL_INPUT_MOVE, 0xfffd000a },
	{ TEXT("move -32768 32767"), KEEL_INPUT_MOVE, 0x7fff8000 },
	{ TEXT("move 0 0"), KEEL_INPUT_MOVE, 0 },
	{ TEXT("wheel 1"), KEEL_INPUT_WHEEL, 1 },
	{ TEXT("wheel -1"), KEEL_INPUT_WHEEL, 0xffff },
	{ TEXT("button left 1"), KEEL_INPUT_BUTTON, 0 | PRESSED },
	{ TEXT("button right 1"), KEEL_INPUT_BUTTON, 1 | PRESSED },
	{ TEXT("button middle 0"), KEEL_INPUT_BUTTON, 2 },
	{ TEXT("button side 1"), KEEL_INPUT_BUTTON, 3 | PRESSED },
	{ TEXT("button extra 0"), KEEL_INPUT_BUTTON, 4 },
};

static const struct text nothing[] = {
	TEXT(""), TEXT("  \t"), TEXT("\r"), TEXT("#"), TEXT("# key 30 1"), TEXT(" #key 30 1"),
};

static const struct {
	struct text text;
	const char *wrong;
} refused[] = {
	{ TEXT("jump 1 1"), "not an event" },
	{ TEXT("Key 30 1"), "not an event" },
	{ TEXT("key"), "words" },
	{ TEXT("key 30"), "words" },
	{ TEXT("key 30 1 1"), "words" },
	{ TEXT("key 30 1 1 1 1"), "words" },
	{ TEXT("key KEY_NONE 1"), "no such key" },
	{ TEXT("key KEY_RESERVED 1"), "no such key" },
	{ TEXT("key a 1"), "no such key" },
	{ TEXT("key 256 1"), "no such key" },
	{ TEXT("key -1 1"), "no such key" },
	{ TEXT("key 30x 1"), "no such key" },
	{ TEXT("key 99999999999999999999 1"), "no such key" },
	{ TEXT("key 30 3"), "down" },
	{ TEXT("key 30 down"), "down" },
	{ TEXT("key 30 -1"), "down" },
	{ TEXT("move 1"), "words" },
	{ TEXT("move 1 2 3"), "words" },
	{ TEXT("move 1 y"), "not two numbers" },
	{ TEXT("move 1.5 1"), "not two numbers" },
	{ TEXT("move 32768 0"), "not two numbers" },
	{ TEXT("move 0 -32769"), "not two numbers" },
	{ TEXT("wheel"), "words" },
	{ TEXT("wheel up"), "not a number" },
	{ TEXT("wheel 40000"), "not a number" },
	{ TEXT("button 1 1"), "no such button" },
	{ TEXT("button middle 2"), "down" },
	{ TEXT("key 30 1\0"), "not text" },
	{ TEXT("key 30 1\0 1"), "not text" },
	{ TEXT("\0"), "not text" },
	{ TEXT(LONG_127 " "), "too long" },
	{ TEXT(LONG_127 LONG_127 LONG_127), "too long" },
};

static unsigned int tests, failed;

static void check(bool good, const char *what)
{
	tests++;
	failed += !good;
	printf("%sok %u - \"%s\"\n", good ? "" : "not ", tests, what);
}

/* Reads it behind one that was too long. */
static const char *read_line(const struct text *text, struct keel_input *event)
{
	static struct input_line line;
	bool early = false;
	size_t i;

	for (i = 0; i < 300; i++)
		early |= input_line_add(&line, 'x');
	check(!early && input_line_add(&line, '\n'), "a line that is too long has an end");
	for (i = 0; i < text->length; i++)
		early |= input_line_add(&line, text->bytes[i]);
	check(!early && input_line_add(&line, '\n'), text->bytes);
	return input_line_parse(&line, event);
}

static void test_events(void)
{
	struct keel_input event;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(events); i++)
		check(!read_line(&events[i].text, &event) &&
		      event.class == KEEL_CLASS_I8042 && !event.instance &&
		      event.input == events[i].input && event.value == events[i].value,
		      events[i].text.bytes);
	for (i = 0; i < ARRAY_SIZE(nothing); i++)
		check(!read_line(&nothing[i], &event) &&
		      event.class == KEEL_CLASS_BOARD, nothing[i].bytes);
}

static void test_refused(void)
{
	struct keel_input event;
	const char *wrong;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(refused); i++) {
		wrong = read_line(&refused[i].text, &event);
		check(wrong && strstr(wrong, refused[i].wrong), refused[i].text.bytes);
	}
}

static void test_show(void)
{
	struct input_line line = { 0 };
	char shown[INPUT_SHOWN];
	const char *c;

	for (c = "a\033[2J\t\377b"; *c; c++)
		input_line_add(&line, *c);
	input_line_show(&line, shown);
	check(!strcmp(shown, "a?[2J??b"), shown);
	while (line.used < INPUT_LINE_MAX)
		input_line_add(&line, 'c');
	input_line_show(&line, shown);
	check(strlen(shown) == INPUT_SHOWN - 1, shown);
}

/* Whatever is taken for an event is one that Keel has a meaning for. */
static bool sane(const struct keel_input *event)
{
	if (event->class == KEEL_CLASS_BOARD)
		return true;
	switch (event->input) {
	case KEEL_INPUT_KEY:
		return !(event->value & ~(255 | PRESSED));
	case KEEL_INPUT_MOVE:
		return event->value <= 0xffffffff;
	case KEEL_INPUT_WHEEL:
		return event->value <= 0xffff;
	default:
		return event->input == KEEL_INPUT_BUTTON && (event->value & ~PRESSED) <= 4;
	}
}

/* A word of the language, or a byte that is none. */
static void add_rubbish(struct input_line *line)
{
	static const char *const words[] = {
		"key", "move", "wheel", "button", "KEY_", "A", "left", "0", "1", "-", "9", " ",
		" ", "\t", "#", "30",
	};
	const char *c = words[rand() % ARRAY_SIZE(words)];

	if (!(rand() % 16))
		input_line_add(line, rand() % 255 + 11);
	for (; *c; c++)
		input_line_add(line, *c);
}

static unsigned long test_rubbish(unsigned long rounds)
{
	struct input_line line = { 0 };
	unsigned long round, taken = 0;
	struct keel_input event;
	int words;

	for (round = 0; round < rounds; round++) {
		for (words = rand() % (round % 10 ? 8 : 80); words; words--)
			add_rubbish(&line);
		input_line_add(&line, '\n');
		if (input_line_parse(&line, &event))
			continue;
		taken += event.class == KEEL_CLASS_I8042;
		if (!sane(&event))
			check(false, line.text);
	}
	return taken;
}

int main(int argc, char **argv)
{
	unsigned long rounds = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;

	test_events();
	test_refused();
	test_show();
	check(!rounds || test_rubbish(rounds), "no rubbish has a meaning");
	printf("1..%u\n", tests);
	return failed ? 1 : 0;
}
