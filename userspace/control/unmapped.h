/* SPDX-License-Identifier: GPL-2.0 */
/* Addresses that a guest has accessed, and no device answers at. */
#ifndef KEEL_CONTROL_UNMAPPED_H
#define KEEL_CONTROL_UNMAPPED_H

#include <linux/types.h>
#include <stdbool.h>
#include <stdio.h>

struct counters;
struct keel_stat;

void unmapped_print(const struct counters *c, FILE *to);
bool unmapped_is_address(const struct keel_stat *s);
void unmapped_polled(__u64 polls);

#endif /* KEEL_CONTROL_UNMAPPED_H */
