/* SPDX-License-Identifier: GPL-2.0 */
/* What files of /proc and /sys say in their first line. */
#ifndef KEEL_LINE_H
#define KEEL_LINE_H

#include <stdbool.h>
#include <stddef.h>

bool read_line(const char *path, char *line, size_t size);

#endif /* KEEL_LINE_H */
