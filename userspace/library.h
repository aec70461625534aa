/* SPDX-License-Identifier: GPL-2.0 */
/* Libraries that few VMs use: loaded by those that do. */
#ifndef KEEL_LIBRARY_H
#define KEEL_LIBRARY_H

#include "status.h"

/**
 * struct library_symbol - a function of a library.
 * @name: its
 * @call: the pointer to it, which is filled
 */
struct library_symbol {
	const char *name;
	void *call;
};

/**
 * struct library - a library. Linked, it would cost every VM its memory and its relocations.
 * @what:    what needs it, for messages
 * @file:    its name, with the version of its ABI
 * @package: Debian's
 * @status:  exit status if it is not there
 * @symbols: what is used of it
 * @nr:      how many
 */
struct library {
	const char *what;
	const char *file;
	const char *package;
	enum status status;
	const struct library_symbol *symbols;
	unsigned int nr;
};

void *library_load(const struct library *library);

#endif /* KEEL_LIBRARY_H */
