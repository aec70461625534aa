// SPDX-License-Identifier: GPL-2.0
/*
 * Usage: distribution ROUNDS
 *
 * keel bench host's statistics beside what sorting says, for ROUNDS sets of numbers of all sizes:
 * minimum and maximum are exact, percentiles exact below 128 ns and not more than 1/64 above it
 * otherwise, never below; the histogram by powers of two counts each number where it belongs.
 * Then the ends of the range. ASan and UBSan have nothing to say.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "bench/distribution.h"

#define MOST	3000

static unsigned int tests, failed;

static void check(bool good, const char *what)
{
	tests++;
	failed += !good;
	printf("%sok %u - %s\n", good ? "" : "not ", tests, what);
}

static int ascending(const void *a, const void *b)
{
	const __u64 *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static __u64 random64(void)
{
	return (__u64)random() << 42 ^ (__u64)random() << 21 ^ random();
}

/* Of all sizes: the number of its bits is random first */
static void make(__u64 *list, unsigned int nr, unsigned int bits)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		list[i] = random64() >> (63 - random() % bits);
}

/* The number of that rank, by sorting: the least that per_10000 of them do not exceed */
static __u64 exact(const __u64 *list, unsigned int nr, unsigned int per_10000)
{
	unsigned int i;

	for (i = 0; (i + 1) * 10000ULL < (__u64)nr * per_10000; i++)
		;
	return list[i];
}

static bool percentiles_agree(const struct distribution *d, const __u64 *list, unsigned int nr)
{
	static const unsigned int shares[] = { 1, 5000, 9900, 9990, 9999, 10000 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(shares); i++) {
		__u64 got = distribution_percentile(d, shares[i]);
		__u64 wanted = exact(list, nr, shares[i]);

		if (got < wanted || got - wanted > wanted / 64 || (wanted < 128 && got != wanted)) {
			printf("# %u of 10000 of %u: got %llu, not %llu\n", shares[i], nr, got,
			       wanted);
			return false;
		}
	}
	return distribution_percentile(d, 10000) == list[nr - 1];
}

static bool histogram_agrees(const struct distribution *d, const __u64 *list, unsigned int nr)
{
	__u64 log2[LOG2_BUCKETS], wanted[LOG2_BUCKETS] = { 0 };
	unsigned int i, bits, most = 0;

	for (i = 0; i < nr; i++) {
		for (bits = 0; bits < 64 && list[i] >> bits; bits++)
			;
		wanted[bits]++;
		most = bits > most ? bits : most;
	}
	return distribution_log2(d, log2) == most + 1 && !memcmp(log2, wanted, sizeof(log2));
}

static struct distribution distribution_of(const __u64 *list, unsigned int nr)
{
	struct distribution d = { 0 };
	unsigned int i;

	for (i = 0; i < nr; i++)
		distribution_add(&d, list[i]);
	return d;
}

static void random_sets(unsigned int rounds)
{
	static __u64 list[MOST];
	bool ends = true, percentiles = true, histograms = true;

	while (rounds--) {
		unsigned int nr = 1 + random() % MOST;
		struct distribution d;

		make(list, nr, 1 + random() % 63);
		d = distribution_of(list, nr);
		qsort(list, nr, sizeof(*list), ascending);
		ends &= d.count == nr && d.min == list[0] && d.max == list[nr - 1];
		percentiles &= percentiles_agree(&d, list, nr);
		histograms &= histogram_agrees(&d, list, nr);
	}
	check(ends, "number, minimum and maximum are exact");
	check(percentiles, "percentiles are those of the sorted numbers, to 1/64");
	check(histograms, "the histogram by powers of two has each number where it belongs");
}

static void known_sets(void)
{
	static const __u64 all[] = { 0, 0, 1, 2, 3, 127, 128, 129, 191, ~0ULL };
	static const __u64 hundred[] = {
		[0 ... 97] = 10, [98] = 20, [99] = 1000000,
	};
	struct distribution d = distribution_of(all, ARRAY_SIZE(all));
	__u64 log2[LOG2_BUCKETS];

	check(distribution_log2(&d, log2) == 65 && log2[0] == 2 && log2[1] == 1 && log2[2] == 2 &&
	      log2[7] == 1 && log2[8] == 3 && log2[64] == 1, "from 0 to 2^64 - 1");
	check(d.min == 0 && d.max == ~0ULL && distribution_percentile(&d, 5000) == 3,
	      "half of them are 3 at most");
	d = distribution_of(hundred, ARRAY_SIZE(hundred));
	check(distribution_percentile(&d, 5000) == 10 && distribution_percentile(&d, 9900) == 20 &&
	      distribution_percentile(&d, 9990) == 1000000, "the 99th and the 99.9th of a hundred");
	memset(&d, 0, sizeof(d));
	check(!distribution_percentile(&d, 5000) && !distribution_log2(&d, log2), "of nothing");
}

int main(int argc, char **argv)
{
	srandom(1);
	known_sets();
	random_sets(argc > 1 ? atoi(argv[1]) : 100);
	printf("1..%u\n", tests);
	return failed ? 1 : 0;
}
