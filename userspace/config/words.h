/* SPDX-License-Identifier: GPL-2.0 */
/* Single words of a configuration: numbers, sizes, choices, and what is wrong with them. */
#ifndef KEEL_CONFIG_WORDS_H
#define KEEL_CONFIG_WORDS_H

#include "base.h"

/**
 * struct words - the words that a choice has.
 * @text: the word of each value; NULL: that value is the default and has no word
 * @nr:   values
 */
struct words {
	const char *const *text;
	unsigned int nr;
};

#define WORDS(array)	{ array, ARRAY_SIZE(array) }

/**
 * struct complaint - what is wrong with an option, for its user.
 * @text: begins with the name of the property, if the option has several
 */
struct complaint {
	char text[640];
};

bool __printf(2, 3) complain(struct complaint *complaint, const char *format, ...);
void complain_about(struct complaint *complaint, const char *name);
bool complain_of_word(struct complaint *complaint, const char *what, const char *word,
		      const struct words *words);
const char *words_nearest(const char *word, const struct words *words);
bool number_parse(const char *text, __u64 min, __u64 max, __u64 *value,
		  struct complaint *complaint);
bool size_parse(const char *text, __u64 min, __u64 max, __u64 *bytes,
		struct complaint *complaint);
void size_print(__u64 bytes, char text[24]);
bool choice_parse(const char *text, const struct words *words, unsigned int *value,
		  struct complaint *complaint);
char *text_copy(const char *text, size_t length);

#endif /* KEEL_CONFIG_WORDS_H */
