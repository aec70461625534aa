// SPDX-License-Identifier: GPL-2.0
/*
 * Single words of a configuration. A word that is refused gets a complaint, which has the
 * word, what is allowed, and the nearest allowed word.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "config/words.h"
#include "status.h"

#define WORD_MAX	32	/* longer words resemble none */

/* complain() - set the complaint; returns false, for the caller to pass on */
bool complain(struct complaint *complaint, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(complaint->text, sizeof(complaint->text), format, args);
	va_end(args);
	return false;
}

/* complain_about() - put the name of the property before the complaint */
void complain_about(struct complaint *complaint, const char *name)
{
	const struct complaint before = *complaint;

	snprintf(complaint->text, sizeof(complaint->text), "%s: %.560s", name, before.text);
}

/* ---- The nearest word: Levenshtein's distance ---- */

static unsigned int least(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

static unsigned int distance(const char *a, const char *b)
{
	size_t i, j, nr = strlen(b);
	unsigned int row[WORD_MAX + 1], diagonal, above;

	if (strlen(a) > WORD_MAX || nr > WORD_MAX)
		return WORD_MAX;
	for (j = 0; j <= nr; j++)
		row[j] = j;
	for (i = 1; a[i - 1]; i++) {
		diagonal = row[0];
		row[0] = i;
		for (j = 1; j <= nr; j++) {
			above = row[j];
			row[j] = least(least(above, row[j - 1]) + 1,
				       diagonal + (a[i - 1] != b[j - 1]));
			diagonal = above;
		}
	}
	return row[nr];
}

/* words_nearest() - the word that the user may have meant, or NULL. At most a third of its letters
 * may differ, or it is a beginning.
 */
const char *words_nearest(const char *word, const struct words *words)
{
	unsigned int i, far, best = least(strlen(word) / 3 + 2, WORD_MAX);
	const char *found = NULL;

	for (i = 0; i < words->nr; i++) {
		if (!words->text[i])
			continue;
		far = distance(word, words->text[i]);
		if (*word && !strncmp(word, words->text[i], strlen(word)))
			far = least(far, 1);
		if (far < best) {
			best = far;
			found = words->text[i];
		}
	}
	return found;
}

/**
 * complain_of_word() - a word is not among those that are allowed.
 * @complaint: result
 * @what:      "no property", to begin the complaint with
 * @word:      what the user said
 * @words:     what is allowed
 *
 * Return: false.
 */
bool complain_of_word(struct complaint *complaint, const char *what, const char *word,
		      const struct words *words)
{
	const char *near = words_nearest(word, words);
	char list[480] = "";
	size_t used = 0;
	unsigned int i;

	for (i = 0; i < words->nr && used < sizeof(list); i++)
		if (words->text[i])
			used += snprintf(list + used, sizeof(list) - used, "%s%s",
					 used ? ", " : "", words->text[i]);
	complain(complaint, "%s \"%.40s\"; allowed: %s%s%s%s", what, word, list,
		 near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
	return false;
}

/* ---- Numbers, sizes, choices ---- */

/* Decimal, or hexadecimal with 0x; strtoull() would take signs and spaces as well. */
static bool digits(const char *text, const char **end, __u64 *value)
{
	bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	char *stop;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	*value = strtoull(text, &stop, hex ? 16 : 10);
	*end = stop;
	return !errno;
}

/**
 * number_parse() - a number and nothing else.
 * @text:      decimal, or hexadecimal with 0x
 * @min:       the least that is allowed
 * @max:       the most
 * @value:     result
 * @complaint: set if it is none
 *
 * Return: whether it is one.
 */
bool number_parse(const char *text, __u64 min, __u64 max, __u64 *value,
		  struct complaint *complaint)
{
	const char *end;

	if (digits(text, &end, value) && !*end && *value >= min && *value <= max)
		return true;
	return complain(complaint, "\"%.40s\" is not a number from %llu to %llu", text, min, max);
}

/* "", "K", "KB", "KiB" and so on: a power of 1024; 0: none of them */
static __u64 unit_of(const char *text)
{
	static const char letters[] = "KMGT";
	const char *letter = *text ? strchr(letters, *text & ~0x20) : NULL;

	if (!*text)
		return MIB;
	if (!letter || !*letter)	/* a space, too, becomes the terminator */
		return 0;
	text++;
	if (*text == 'i' && text[1])
		text++;
	if (*text == 'B' || *text == 'b')
		text++;
	return *text ? 0 : KIB << 10 * (letter - letters);
}

/* A fraction in 1/1000: enough for all that people write */
static bool fraction(const char *text, const char **end, unsigned int *thousandths)
{
	unsigned int weight = 100;

	*thousandths = 0;
	*end = text;
	if (*text != '.')
		return true;
	for (text++; *text >= '0' && *text <= '9'; text++, weight /= 10) {
		*thousandths += weight * (*text - '0');
		if (!weight && *text != '0')
			return false;
	}
	*end = text;
	return text[-1] != '.';
}

static bool size_of(const char *text, __u64 max, __u64 *bytes)
{
	unsigned int thousandths;
	__u64 whole, unit;

	if (!digits(text, &text, &whole) || !fraction(text, &text, &thousandths))
		return false;
	unit = unit_of(text);
	if (!unit || whole > max / unit)
		return false;
	*bytes = whole * unit + unit * thousandths / 1000;
	return *bytes <= max;
}

/**
 * size_parse() - a number of bytes, as people write it: 512, 512M, 512MB, 512MiB, 1.5G, 1T.
 * @text:      units are powers of 1024; without one MiB
 * @min:       the least that is allowed
 * @max:       the most
 * @bytes:     result, whole pages
 * @complaint: set if it is none
 *
 * Return: whether it is one.
 */
bool size_parse(const char *text, __u64 min, __u64 max, __u64 *bytes,
		struct complaint *complaint)
{
	char least_text[24], most_text[24];

	if (size_of(text, max, bytes) && *bytes >= min && !(*bytes % PAGE))
		return true;
	size_print(min, least_text);
	size_print(max, most_text);
	return complain(complaint,
			"\"%.40s\" is not a size from %s to %s in pages of 4K (units: K, M, G, T; without one MiB)",
			text, least_text, most_text);
}

/* size_print() - in the largest unit that it is a multiple of */
void size_print(__u64 bytes, char text[24])
{
	if (bytes % GIB == 0)
		snprintf(text, 24, "%lluG", bytes / GIB);
	else if (bytes % MIB == 0)
		snprintf(text, 24, "%lluM", bytes / MIB);
	else
		snprintf(text, 24, "%lluK", bytes / KIB);
}

/**
 * choice_parse() - one word of several.
 * @text:      the user's
 * @words:     what is allowed
 * @value:     result: its place among them
 * @complaint: set if it is none of them
 *
 * Return: whether it is one.
 */
bool choice_parse(const char *text, const struct words *words, unsigned int *value,
		  struct complaint *complaint)
{
	unsigned int i;

	for (i = 0; i < words->nr; i++) {
		if (words->text[i] && !strcmp(text, words->text[i])) {
			*value = i;
			return true;
		}
	}
	return complain_of_word(complaint, "no such value:", text, words);
}

/* text_copy() - @length bytes of @text, never freed: a configuration lives as long as its VM */
char *text_copy(const char *text, size_t length)
{
	char *copy = strndup(text, length);

	if (!copy)
		die(STATUS_MEMORY, "out of memory");
	return copy;
}
