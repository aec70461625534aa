/* SPDX-License-Identifier: GPL-2.0 */
/* A token bucket: bucket.c. */
#ifndef KEEL_BOARD_BUCKET_H
#define KEEL_BOARD_BUCKET_H

#include "dev.h"

/**
 * struct keel_bucket - a token bucket.
 * @rate:  tokens that it gets in a second, KEEL_LIMIT_MAX at most; 0: there is no limit
 * @burst: tokens that it holds at most, 1 to KEEL_LIMIT_MAX
 * @level: that it holds, in billionths of a token; below 0: it owes them
 * @at:    when it held them, ns
 */
struct keel_bucket {
	u64 rate;
	u64 burst;
	s64 level;
	u64 at;
};

void keel_bucket_fill(struct keel_bucket *bucket, u64 rate, u64 burst, u64 now);
u64 keel_bucket_take(struct keel_bucket *bucket, u64 now, u64 tokens);
u64 keel_bucket_owes(struct keel_bucket *bucket, u64 now);
void keel_bucket_forgive(struct keel_bucket *bucket);

#endif /* KEEL_BOARD_BUCKET_H */
