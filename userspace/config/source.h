/* SPDX-License-Identifier: GPL-2.0 */
/* A file that the user names by a path, or by a descriptor that is open already. */
#ifndef KEEL_CONFIG_SOURCE_H
#define KEEL_CONFIG_SOURCE_H

#include "config/table.h"

#define DESCRIPTOR_MAX	0xffffff

/**
 * struct source - a file.
 * @text: a path, or "fd=N", as the user wrote it; NULL: none is given
 * @fd:   the descriptor, or -1
 */
struct source {
	char *text;
	int fd;
};

extern const struct value_type source_type;

bool descriptor_parse(const char *text, int *fd, struct complaint *complaint);

#endif /* KEEL_CONFIG_SOURCE_H */
