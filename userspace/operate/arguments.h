/* SPDX-License-Identifier: GPL-2.0 */
/* The commands, and the words behind one on the command line. */
#ifndef KEEL_OPERATE_ARGUMENTS_H
#define KEEL_OPERATE_ARGUMENTS_H

#include <stdbool.h>

/**
 * struct argument - an option of a command.
 * @name:  without its dashes
 * @flag:  set if it is there; or NULL
 * @value: its value, if it has one
 */
struct argument {
	const char *name;
	bool *flag;
	const char **value;
};

int arguments_parse(int argc, char **argv, const struct argument *options, unsigned int nr,
		    int least, int most);
unsigned int argument_number(const char *name, const char *text, unsigned int most);

#endif /* KEEL_OPERATE_ARGUMENTS_H */
