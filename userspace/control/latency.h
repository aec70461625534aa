/* SPDX-License-Identifier: GPL-2.0 */
/* How long things take, as the module measures it. */
#ifndef KEEL_CONTROL_LATENCY_H
#define KEEL_CONTROL_LATENCY_H

#include <linux/types.h>
#include <stdbool.h>
#include <stdio.h>

#include "config/config.h"
#include "uapi/keel.h"

struct vm;

/**
 * struct latencies - what was measured.
 * @rows:  histograms
 * @worst: the longest accesses
 * @get:   how many there are of each, and when they were measured
 */
struct latencies {
	struct keel_latency_row *rows;
	struct keel_worst_access worst[KEEL_WORST_ACCESSES];
	struct keel_latency_get get;
};

bool latencies_read(struct latencies *l, const struct vm *vm);
void latencies_free(struct latencies *l);
const char *latency_kind(const struct keel_latency_row *row);
const char *latency_switch(const struct vm *vm, const char *word);
void latency_begin(const struct vm *vm);
char *latency_text(const struct vm *vm, enum stats_kind kind);
void latencies_print(const struct latencies *l, FILE *to);

#endif /* KEEL_CONTROL_LATENCY_H */
