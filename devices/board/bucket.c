// SPDX-License-Identifier: GPL-2.0
/*
 * Token buckets. Each thing that is limited takes tokens, and a bucket that has none owes them: the
 * host then makes the guest wait until the debt is paid, so that in the long run exactly the rate
 * is kept, however many tokens were taken at once. The clock is the host's choice.
 */
#include "bucket.h"

#define BUCKET_TOKEN	1000000000LL	/* in units of keel_bucket.level: a second has so many ns */
#define BUCKET_DEBT	BIT_ULL(62)	/* the most, in the same units */

static_assert(BUCKET_DEBT / BUCKET_TOKEN > KEEL_LIMIT_MAX);

static s64 bucket_full(const struct keel_bucket *bucket)
{
	return bucket->burst * BUCKET_TOKEN;
}

/* A clock that was set back adds nothing. */
static void bucket_refill(struct keel_bucket *bucket, u64 now)
{
	u64 missing = bucket_full(bucket) - bucket->level;
	u64 elapsed = now > bucket->at ? now - bucket->at : 0;

	if (elapsed >= missing / bucket->rate + 1)
		bucket->level = bucket_full(bucket);
	else
		bucket->level = min_t(s64, bucket->level + elapsed * bucket->rate,
				      bucket_full(bucket));
	bucket->at = now;
}

/**
 * keel_bucket_fill() - a limit begins: its bucket is full.
 * @bucket: the bucket
 * @rate:   tokens a second, KEEL_LIMIT_MAX at most; 0: no limit
 * @burst:  tokens that it holds, 1 to KEEL_LIMIT_MAX; without a limit any number
 * @now:    ns
 */
void keel_bucket_fill(struct keel_bucket *bucket, u64 rate, u64 burst, u64 now)
{
	bucket->rate = rate;
	bucket->burst = burst;
	bucket->level = rate ? bucket_full(bucket) : 0;
	bucket->at = now;
}

/**
 * keel_bucket_owes() - how long until the debt is paid?
 * @bucket: the bucket
 * @now:    ns
 *
 * Return: ns; 0: there is no debt, or no limit.
 */
u64 keel_bucket_owes(struct keel_bucket *bucket, u64 now)
{
	if (!bucket->rate)
		return 0;
	bucket_refill(bucket, now);
	if (bucket->level >= 0)
		return 0;
	return (u64)-bucket->level / bucket->rate + !!((u64)-bucket->level % bucket->rate);
}

/**
 * keel_bucket_take() - take tokens, whether they are there or not.
 * @bucket: the bucket
 * @now:    ns
 * @tokens: how many
 *
 * Return: as keel_bucket_owes() afterwards: not 0 is a breach.
 */
u64 keel_bucket_take(struct keel_bucket *bucket, u64 now, u64 tokens)
{
	s64 cost = min_t(u64, tokens, KEEL_LIMIT_MAX) * BUCKET_TOKEN;

	if (!bucket->rate)
		return 0;
	bucket_refill(bucket, now);
	if (bucket->level < cost - (s64)BUCKET_DEBT)
		bucket->level = -(s64)BUCKET_DEBT;
	else
		bucket->level -= cost;
	return keel_bucket_owes(bucket, now);
}

/**
 * keel_bucket_forgive() - what took the tokens cannot be made to wait for them.
 * @bucket: the bucket
 */
void keel_bucket_forgive(struct keel_bucket *bucket)
{
	bucket->level = max_t(s64, bucket->level, 0);
}
