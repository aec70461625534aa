// SPDX-License-Identifier: GPL-2.0
/*
 * Distributions. A bucket has the numbers that agree in their highest FINE_BITS + 1 bits, so its
 * width is in proportion to them; the minimum and the maximum are exact.
 */
#include "bench/distribution.h"

static unsigned int bits_of(__u64 value)
{
	return value ? 64 - __builtin_clzll(value) : 0;
}

static unsigned int bucket_of(__u64 ns)
{
	unsigned int bits = bits_of(ns), shift = bits > FINE_BITS + 1 ? bits - FINE_BITS - 1 : 0;

	return (shift << FINE_BITS) + (ns >> shift);
}

/* The largest number in a bucket */
static __u64 bucket_end(unsigned int bucket)
{
	unsigned int shift = bucket >> FINE_BITS < 2 ? 0 : (bucket >> FINE_BITS) - 1;

	return ((bucket - (shift << FINE_BITS) + 1ULL) << shift) - 1;
}

/* distribution_add() - one more of them */
void distribution_add(struct distribution *d, __u64 ns)
{
	if (!d->count || ns < d->min)
		d->min = ns;
	if (ns > d->max)
		d->max = ns;
	d->count++;
	d->buckets[bucket_of(ns)]++;
}

/**
 * distribution_percentile() - what so many of ten thousand do not exceed.
 * @d:         of 1 at least; 0 for none
 * @per_10000: 1 to 10000
 *
 * Return: ns: the end of the bucket in which that time is, or the maximum if it is less.
 */
__u64 distribution_percentile(const struct distribution *d, unsigned int per_10000)
{
	__u64 rank = d->count / 10000 * per_10000 + (d->count % 10000 * per_10000 + 9999) / 10000;
	__u64 below = 0, end;
	unsigned int i;

	for (i = 0; i < FINE_BUCKETS; i++) {
		below += d->buckets[i];
		if (below >= rank)
			break;
	}
	if (i == FINE_BUCKETS)
		return d->max;
	end = bucket_end(i);
	return end < d->max ? end : d->max;
}

/**
 * distribution_log2() - the histogram by powers of two.
 * @d:    the distribution
 * @log2: result: element n is the number of times of n bits, from 2^(n-1) to 2^n - 1 ns
 *
 * Return: how many elements there are up to the last that is not 0.
 */
unsigned int distribution_log2(const struct distribution *d, __u64 log2[LOG2_BUCKETS])
{
	unsigned int i, nr = 0;

	for (i = 0; i < LOG2_BUCKETS; i++)
		log2[i] = 0;
	for (i = 0; i < FINE_BUCKETS; i++)
		log2[bits_of(bucket_end(i))] += d->buckets[i];
	for (i = 0; i < LOG2_BUCKETS; i++)
		if (log2[i])
			nr = i + 1;
	return nr;
}
