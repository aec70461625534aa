/* SPDX-License-Identifier: GPL-2.0 */
/* The distribution of any number of times, in constant memory. */
#ifndef KEEL_BENCH_DISTRIBUTION_H
#define KEEL_BENCH_DISTRIBUTION_H

#include <linux/types.h>

/* A power of two is divided into so many buckets: a percentile is at most 1/64 too large. */
#define FINE_BITS	6
#define FINE_BUCKETS	((64 - FINE_BITS + 1) << FINE_BITS)

/* The bits of a number: 0 for 0 */
#define LOG2_BUCKETS	65

/**
 * struct distribution - of times; zeroed, it is that of none.
 * @count:   how many
 * @min:     the shortest, ns
 * @max:     the longest, ns
 * @buckets: how many are in each; below 2^(FINE_BITS + 1) ns a bucket is 1 ns wide
 */
struct distribution {
	__u64 count;
	__u64 min;
	__u64 max;
	__u64 buckets[FINE_BUCKETS];
};

void distribution_add(struct distribution *d, __u64 ns);
__u64 distribution_percentile(const struct distribution *d, unsigned int per_10000);
unsigned int distribution_log2(const struct distribution *d, __u64 log2[LOG2_BUCKETS]);

#endif /* KEEL_BENCH_DISTRIBUTION_H */
