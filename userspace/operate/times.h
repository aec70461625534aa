/* SPDX-License-Identifier: GPL-2.0 */
/* What a VM's latencies were between two answers to "latency --json". */
#ifndef KEEL_OPERATE_TIMES_H
#define KEEL_OPERATE_TIMES_H

#include <jansson.h>
#include <linux/types.h>

#include "uapi/keel.h"

#define TIMES_MAX	512

/**
 * struct times - a histogram of what was between.
 * @device:  as the module calls it
 * @name:    likewise
 * @kind:    "read", "write", "timer", "line" or "request"
 * @count:   how many
 * @most:    the longest, ns; of all, also before
 * @buckets: see KEEL_LATENCY_BUCKETS
 */
struct times {
	const char *device;
	const char *name;
	const char *kind;
	__u64 count;
	__u64 most;
	__u64 buckets[KEEL_LATENCY_BUCKETS];
};

size_t times_between(const json_t *old, const json_t *new, struct times *list);

#endif /* KEEL_OPERATE_TIMES_H */
