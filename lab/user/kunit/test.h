/* SPDX-License-Identifier: GPL-2.0 */
/*
 * As much of KUnit as our suites use, for userspace: the same transcripts run under
 * sanitizers and gcov. Output is KTAP.
 */
#ifndef KEEL_SHIM_KUNIT_H
#define KEEL_SHIM_KUNIT_H

#include <inttypes.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include "../shim.h"

#define GFP_KERNEL 0

struct kunit {
	void *priv;
	const char *name;
	int failed;
	jmp_buf abort;
	void *allocations[256];
	unsigned int nr_allocations;
};

struct kunit_case {
	void (*run_case)(struct kunit *test);
	const char *name;
};

struct kunit_suite {
	const char name[256];
	int (*suite_init)(struct kunit_suite *suite);
	void (*suite_exit)(struct kunit_suite *suite);
	int (*init)(struct kunit *test);
	void (*exit)(struct kunit *test);
	struct kunit_case *test_cases;
};

#define KUNIT_CASE(fn) { .run_case = fn, .name = #fn }

void shim_register(struct kunit_suite *suite);
void *shim_alloc(struct kunit *test, size_t size);
void shim_fail(struct kunit *test, const char *file, int line, const char *what,
	       uint64_t left, uint64_t right);

#define kunit_kzalloc(test, size, gfp) ((void)(gfp), shim_alloc((test), (size)))

#define SHIM_CAT2(a, b) a##b
#define SHIM_CAT(a, b) SHIM_CAT2(a, b)
#define kunit_test_suite(s) \
	static void __attribute__((constructor)) SHIM_CAT(shim_ctor_, __LINE__)(void) \
	{ shim_register(&s); } \
	struct kunit
#define kunit_test_suites(s) \
	static void __attribute__((constructor)) SHIM_CAT(shim_ctor_, __LINE__)(void) \
	{ shim_register(s); } \
	struct kunit

#define SHIM_BINARY(test, a, op, b, stop) do { \
	__typeof__(a) _l = (a); \
	__typeof__(b) _r = (b); \
	if (!(_l op _r)) { \
		shim_fail((test), __FILE__, __LINE__, #a " " #op " " #b, \
			  (uint64_t)_l, (uint64_t)_r); \
		if (stop) \
			longjmp((test)->abort, 1); \
	} \
} while (0)

#define KUNIT_EXPECT_EQ(test, a, b) SHIM_BINARY(test, a, ==, b, 0)
#define KUNIT_EXPECT_NE(test, a, b) SHIM_BINARY(test, a, !=, b, 0)
#define KUNIT_EXPECT_LT(test, a, b) SHIM_BINARY(test, a, <, b, 0)
#define KUNIT_EXPECT_LE(test, a, b) SHIM_BINARY(test, a, <=, b, 0)
#define KUNIT_EXPECT_GT(test, a, b) SHIM_BINARY(test, a, >, b, 0)
#define KUNIT_EXPECT_GE(test, a, b) SHIM_BINARY(test, a, >=, b, 0)
#define KUNIT_EXPECT_TRUE(test, a) SHIM_BINARY(test, !!(a), ==, 1, 0)
#define KUNIT_EXPECT_TRUE_MSG(test, a, ...) do { \
	if (!(a)) { \
		shim_fail((test), __FILE__, __LINE__, #a, 0, 1); \
		printf("    # " __VA_ARGS__); \
		printf("\n"); \
	} \
} while (0)
#define KUNIT_EXPECT_FALSE(test, a) SHIM_BINARY(test, !!(a), ==, 0, 0)
#define KUNIT_ASSERT_EQ(test, a, b) SHIM_BINARY(test, a, ==, b, 1)
#define KUNIT_ASSERT_NE(test, a, b) SHIM_BINARY(test, a, !=, b, 1)
#define KUNIT_ASSERT_TRUE(test, a) SHIM_BINARY(test, !!(a), ==, 1, 1)
#define KUNIT_ASSERT_FALSE(test, a) SHIM_BINARY(test, !!(a), ==, 0, 1)
#define KUNIT_ASSERT_NOT_NULL(test, a) SHIM_BINARY(test, (uintptr_t)(a), !=, (uintptr_t)0, 1)
#define KUNIT_ASSERT_NOT_ERR_OR_NULL(test, a) KUNIT_ASSERT_NOT_NULL(test, a)

#endif /* KEEL_SHIM_KUNIT_H */
