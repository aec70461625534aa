/* SPDX-License-Identifier: GPL-2.0 */
/* Test points of a program, as TAP, and the numbers in a table that it reads. */
#ifndef KEEL_TEST_POINTS_H
#define KEEL_TEST_POINTS_H

#include <stdio.h>
#include <string.h>

#include "base.h"

static unsigned int tests, failed;

static void check(bool good, const char *what)
{
	tests++;
	failed += !good;
	printf("%sok %u - %s\n", good ? "" : "not ", tests, what);
}

/* Little-endian. */
static __u64 get(const void *at, unsigned int bytes)
{
	__u64 value = 0;

	memcpy(&value, at, bytes);
	return value;
}

#endif /* KEEL_TEST_POINTS_H */
