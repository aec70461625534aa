/* SPDX-License-Identifier: GPL-2.0 */
/* The counters of module and launcher. */
#ifndef KEEL_CONTROL_STATS_H
#define KEEL_CONTROL_STATS_H

#include <stdio.h>

#include "config/config.h"

struct keel_stat;
struct vm;

/**
 * struct counters - a list of the module's, or a part of it.
 * @list: named values, those of a device side by side
 * @nr:   of them
 */
struct counters {
	struct keel_stat *list;
	__u32 nr;
};

bool counters_read(struct counters *c, const struct vm *vm, unsigned int which, __u32 extra);
void counters_print_json(const struct counters *c, FILE *to);
bool is_line(const struct keel_stat *s);
void stats_print(const struct vm *vm, enum stats_kind kind);
char *stats_text(const struct vm *vm, enum stats_kind kind);

#endif /* KEEL_CONTROL_STATS_H */
