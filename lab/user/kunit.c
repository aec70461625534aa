// SPDX-License-Identifier: GPL-2.0
/* Runs every suite that is linked in, prints KTAP, and a line of totals. */
#include <kunit/test.h>

#define SHIM_SUITES 64

static struct kunit_suite *suites[SHIM_SUITES];
static unsigned int nr_suites;

void shim_register(struct kunit_suite *suite)
{
	if (nr_suites == SHIM_SUITES)
		abort();
	suites[nr_suites++] = suite;
}

void *shim_alloc(struct kunit *test, size_t size)
{
	void *mem = calloc(1, size);

	if (!mem || test->nr_allocations == ARRAY_SIZE(test->allocations))
		abort();
	test->allocations[test->nr_allocations++] = mem;
	return mem;
}

void shim_fail(struct kunit *test, const char *file, int line, const char *what,
	       uint64_t left, uint64_t right)
{
	test->failed = 1;
	printf("    # %s: %s:%d: expected %s; left %#" PRIx64 ", right %#" PRIx64 "\n",
	       test->name, file, line, what, left, right);
}

static void run_guarded(struct kunit *test, const struct kunit_suite *suite,
			const struct kunit_case *one)
{
	if (!setjmp(test->abort)) {
		if (suite->init && suite->init(test))
			test->failed = 1;
		one->run_case(test);
	}
	if (suite->exit && !setjmp(test->abort))
		suite->exit(test);
}

static int run_case(const struct kunit_suite *suite, const struct kunit_case *one)
{
	struct kunit test = { .name = one->name };
	unsigned int i;

	run_guarded(&test, suite, one);
	for (i = 0; i < test.nr_allocations; i++)
		free(test.allocations[i]);
	return test.failed;
}

static unsigned int run_suite(struct kunit_suite *suite, unsigned int *nr)
{
	const struct kunit_case *one;
	unsigned int failed = 0, n = 0;

	printf("    # Subtest: %s\n", suite->name);
	for (one = suite->test_cases; one->run_case; one++) {
		int bad = run_case(suite, one);

		printf("    %sok %u %s\n", bad ? "not " : "", ++n, one->name);
		failed += bad;
	}
	*nr += n;
	return failed;
}

int main(void)
{
	unsigned int i, failed = 0, nr = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("KTAP version 1\n1..%u\n", nr_suites);
	for (i = 0; i < nr_suites; i++) {
		unsigned int bad = run_suite(suites[i], &nr);

		printf("%sok %u %s\n", bad ? "not " : "", i + 1, suites[i]->name);
		failed += bad;
	}
	printf("user: %u passed, %u failed\n", nr - failed, failed);
	return failed || !nr;
}
