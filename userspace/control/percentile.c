// SPDX-License-Identifier: GPL-2.0
/* Percentiles of the module's histograms. */
#include "control/percentile.h"
#include "uapi/keel.h"

/**
 * percentile() - how long did so many of a thousand take at most?
 * @buckets:   KEEL_LATENCY_BUCKETS of them
 * @per_mille: how many
 * @most:      the longest, ns
 *
 * Return: ns: the end of the bucket in which that is, or @most if it is less.
 */
__u64 percentile(const __u64 *buckets, unsigned int per_mille, __u64 most)
{
	__u64 count = 0, below = 0, rank;
	unsigned int i;

	for (i = 0; i < KEEL_LATENCY_BUCKETS; i++)
		count += buckets[i];
	rank = count / 1000 * per_mille + (count % 1000 * per_mille + 999) / 1000;
	for (i = 0; i < KEEL_LATENCY_BUCKETS - 1; i++) {
		below += buckets[i];
		if (below >= rank)
			return (1ULL << i) - 1 < most ? (1ULL << i) - 1 : most;
	}
	return most;
}
