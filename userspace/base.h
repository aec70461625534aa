/* SPDX-License-Identifier: GPL-2.0 */
/* Macros that every file of the launcher uses. */
#ifndef KEEL_BASE_H
#define KEEL_BASE_H

#include <assert.h>
#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define BIT(n)		(1U << (n))
#define KIB		1024ULL
#define MIB		(1024 * KIB)
#define GIB		(1024 * MIB)
#define PAGE		4096ULL

static inline __u64 align_up(__u64 value, __u64 to)
{
	return (value + to - 1) / to * to;
}

/* now_ms() - time that goes on evenly */
static inline long long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

#endif /* KEEL_BASE_H */
