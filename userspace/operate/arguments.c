// SPDX-License-Identifier: GPL-2.0
/* The command lines of all commands but "keel run": words, and few options, in any order. */
#include <stdio.h>
#include <string.h>

#include "base.h"
#include "config/table.h"
#include "config/words.h"
#include "operate/arguments.h"
#include "status.h"

#define OPTIONS_MAX	8

static void __noreturn unknown(const char *command, const char *word,
			       const struct argument *options, unsigned int nr)
{
	const char *names[OPTIONS_MAX];
	const struct words words = { names, nr };
	const char *near;
	unsigned int i;

	for (i = 0; i < nr; i++)
		names[i] = options[i].name;
	near = words_nearest(word, &words);
	if (near)
		die(STATUS_USAGE, "keel %s: no option \"--%.40s\"; did you mean \"--%s\"?", command,
		    word, near);
	die(STATUS_USAGE, "keel %s: no option \"--%.40s\"; see keel help %s", command, word,
	    command);
}

/* The option at argv[*at], and its value, which may be the next word. */
static void take_option(char **argv, int argc, int *at, const struct argument *options,
			unsigned int nr)
{
	const char *word = argv[*at] + 2;
	size_t length = strcspn(word, "=");
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (strlen(options[i].name) == length && !strncmp(word, options[i].name, length))
			break;
	if (i == nr)
		unknown(argv[0], word, options, nr);
	if (!options[i].value && word[length])
		die(STATUS_USAGE, "keel %s: --%s takes no value", argv[0], options[i].name);
	if (options[i].flag)
		*options[i].flag = true;
	if (!options[i].value)
		return;
	if (!word[length] && *at + 1 == argc)
		die(STATUS_USAGE, "keel %s: --%s requires a value", argv[0], options[i].name);
	*options[i].value = word[length] ? word + length + 1 : argv[++*at];
}

/**
 * arguments_parse() - sort words and options; dies if they are wrong.
 * @argc:    of them
 * @argv:    the first one is the command's name; the words are moved behind it
 * @options: of the command
 * @nr:      of these, OPTIONS_MAX at most
 * @least:   number of words
 * @most:    likewise
 *
 * Return: how many words.
 */
int arguments_parse(int argc, char **argv, const struct argument *options, unsigned int nr,
		    int least, int most)
{
	bool only_words = false;
	int i, words = 0;

	for (i = 1; i < argc; i++) {
		char *word = argv[i];

		if (!only_words && !strcmp(word, "--")) {
			only_words = true;
			continue;
		}
		if (!only_words && !strncmp(word, "--", 2))
			take_option(argv, argc, &i, options, nr);
		else
			argv[++words] = word;
	}
	if (words > most)
		die(STATUS_USAGE, "keel %s: what is \"%.40s\"? See keel help %s", argv[0],
		    argv[most + 1], argv[0]);
	if (words < least)
		die(STATUS_USAGE, "keel %s: a word is missing; see keel help %s", argv[0], argv[0]);
	return words;
}

/* argument_number() - the value of an option; dies if it is none */
unsigned int argument_number(const char *name, const char *text, unsigned int most)
{
	struct complaint complaint;
	__u64 value;

	if (!number_parse(text, 0, most, &value, &complaint))
		die(STATUS_USAGE, "--%s: %s", name, complaint.text);
	return value;
}
