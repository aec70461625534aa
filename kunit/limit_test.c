// SPDX-License-Identifier: GPL-2.0
/* Token buckets, and timers that are armed too often. */
#include "harness.h"
#include "../devices/board/pace.h"

#define SECOND	1000000000ULL
#define MS	1000000ULL
#define US	1000ULL

static const struct keel_device_config limit_devices[] = {
	{ .class = KEEL_CLASS_PIC, .irq = KEEL_IRQ_DEFAULT },
	{ .class = KEEL_CLASS_PIT, .irq = KEEL_IRQ_DEFAULT },
	{ .class = KEEL_CLASS_RTC, .irq = KEEL_IRQ_DEFAULT },
};

static int limit_test_init(struct kunit *test)
{
	return harness_init(test, limit_devices, ARRAY_SIZE(limit_devices));
}

/* ---- Buckets ---- */

static void limit_none(struct kunit *test)
{
	struct keel_bucket bucket;

	keel_bucket_fill(&bucket, 0, 0, 5);
	is(keel_bucket_take(&bucket, 5, U64_MAX), 0);
	is(keel_bucket_owes(&bucket, 6), 0);
}

static void limit_burst(struct kunit *test)
{
	struct keel_bucket bucket;
	unsigned int i;

	keel_bucket_fill(&bucket, 1000, 10, 0);
	for (i = 0; i < 10; i++)
		is(keel_bucket_take(&bucket, 0, 1), 0);
	is(keel_bucket_take(&bucket, 0, 1), MS);	/* a breach: until it is paid */
	is(keel_bucket_take(&bucket, 0, 1), 2 * MS);
	is(keel_bucket_owes(&bucket, MS), MS);
	is(keel_bucket_owes(&bucket, 2 * MS - 1), 1);
	is(keel_bucket_owes(&bucket, 2 * MS), 0);
	is(keel_bucket_take(&bucket, 3 * MS, 1), 0);
	is(keel_bucket_take(&bucket, 3 * MS, 1), MS);
	is(keel_bucket_owes(&bucket, SECOND), 0);	/* full again, and no fuller */
	is(keel_bucket_take(&bucket, SECOND, 10), 0);
	is(keel_bucket_take(&bucket, SECOND, 1), MS);
	keel_bucket_forgive(&bucket);
	is(keel_bucket_owes(&bucket, SECOND), 0);
	is(keel_bucket_take(&bucket, SECOND, 1), MS);
}

/* A rate that a second is no multiple of: no token too many, and none is lost. */
static void limit_exact(struct kunit *test)
{
	struct keel_bucket bucket;
	u64 now = 0, wait, taken = 0;

	keel_bucket_fill(&bucket, 7, 1, 0);
	while (now < 1000 * SECOND) {
		wait = keel_bucket_take(&bucket, now, 1);
		now += wait;
		taken++;
	}
	ok(taken >= 7000 && taken <= 7002);
	is(keel_bucket_owes(&bucket, now), 0);
	ok(wait == SECOND / 7 || wait == SECOND / 7 + 1);
}

/* The waits that are kept in a storm of several at once add up to the rate. */
static void limit_storm(struct kunit *test)
{
	struct keel_bucket bucket;
	u64 now = 0, taken = 0;
	unsigned int i;

	keel_bucket_fill(&bucket, 100000, 1000, 0);
	while (now < 10 * SECOND) {
		for (i = 0; i < 64; i++)	/* a vCPU each */
			now += keel_bucket_take(&bucket, now, 3) ? MS : 0;
		taken += 64 * 3;
		now += keel_bucket_owes(&bucket, now);
	}
	ok(taken <= 10 * 100000 + 1000 + 2 * 64 * 3 + 64 * 100);
}

static void limit_edges(struct kunit *test)
{
	struct keel_bucket bucket;
	unsigned int i;

	keel_bucket_fill(&bucket, KEEL_LIMIT_MAX, KEEL_LIMIT_MAX, 0);
	is(keel_bucket_take(&bucket, U64_MAX, U64_MAX), 0);	/* cut to the most */
	is(keel_bucket_take(&bucket, U64_MAX, KEEL_LIMIT_MAX), SECOND);
	for (i = 0; i < 10; i++)
		keel_bucket_take(&bucket, U64_MAX, KEEL_LIMIT_MAX);
	is(bucket.level, -(s64)BIT_ULL(62));			/* the most that is owed */
	is(keel_bucket_owes(&bucket, 0), 1073741824);		/* a clock that was set back */
	is(keel_bucket_owes(&bucket, 1073741824), 0);
	keel_bucket_fill(&bucket, 1, 1, 0);
	is(keel_bucket_take(&bucket, 0, KEEL_LIMIT_MAX), (KEEL_LIMIT_MAX - 1) * SECOND);
	is(keel_bucket_owes(&bucket, (KEEL_LIMIT_MAX - 1) * SECOND - 1), 1);
	is(keel_bucket_owes(&bucket, U64_MAX), 0);
	is(bucket.level, SECOND);
}

/* ---- Timers ---- */

static struct keel_paces *paces(struct kunit *test)
{
	struct keel_paces *paces = kunit_kzalloc(test, sizeof(*paces), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, paces);
	H->board->paces = paces;
	return paces;
}

/* No limit any more; the next door tells the host. */
static void unpace(struct kunit *test)
{
	H->board->paces = NULL;
	in(0x40);
}

static struct keel_pace *pace_of(struct kunit *test, struct keel_paces *paces, unsigned int class)
{
	return &paces->devices[keel_board_find(H->board, class, 0)->index];
}

static u64 expired(struct kunit *test)
{
	return H->board->expired;
}

/* Counter 0, mode 2, a period of 1193 ticks: 999.8 us */
static void periodic(struct kunit *test)
{
	out(0x43, 0x34);
	out(0x40, 0xa9);
	out(0x40, 0x04);
}

/* A periodic timer expires at its device's rate, and goes on as it was when there is no limit. */
static void limit_periodic(struct kunit *test)
{
	struct keel_paces *p = paces(test);
	struct keel_pace *pit = pace_of(test, p, KEEL_CLASS_PIT);
	u64 before;

	keel_pace_fill(pit, 100, 1, H->now);
	periodic(test);
	advance(20 * MS);
	before = expired(test);
	advance(SECOND);
	ok(expired(test) - before >= 99 && expired(test) - before <= 101);
	ok(pit->breaches > 90);
	is(H->event, KEEL_EVENT_PACED);
	is(H->arg, keel_board_find(H->board, KEEL_CLASS_PIT, 0)->index);
	unpace(test);
	before = expired(test);
	advance(SECOND);
	ok(expired(test) - before >= 1000 && expired(test) - before <= 1001);
}

/* What is due is expired by the device's own accesses, however often the host does it. */
static void limit_reads(struct kunit *test)
{
	struct keel_paces *p = paces(test);

	keel_pace_fill(pace_of(test, p, KEEL_CLASS_PIT), 1, 1, H->now);
	periodic(test);
	jump(5 * MS);
	in(0x40);
	ok(H->board->next > H->now);
	ok(H->deadline > H->now + 900 * MS);	/* when the host is asked to come */
	unpace(test);
	ok(H->deadline < H->now + MS);
}

/* A guest that arms a timer all the time does not put it off. */
static void limit_rearmed(struct kunit *test)
{
	struct keel_paces *p = paces(test);
	struct keel_pace *pit = pace_of(test, p, KEEL_CLASS_PIT);
	unsigned int i;
	u64 floor;

	keel_pace_fill(pit, 10, 1, H->now);
	for (i = 0; i < 4; i++)
		periodic(test);
	floor = pit->floor;
	ok(floor > H->now && floor <= H->now + 100 * MS);
	for (i = 0; i < 50; i++) {
		periodic(test);
		advance(100 * US);
	}
	is(pit->floor, floor);
	is(H->deadline, floor);
	ok(pit->breaches >= 50);
	unpace(test);
}

/* One device's limit is no other's; the board's is for all. */
static void limit_others(struct kunit *test)
{
	struct keel_paces *p = paces(test);
	u64 now = H->now;

	keel_pace_fill(pace_of(test, p, KEEL_CLASS_PIT), 1, 1, now);
	periodic(test);
	periodic(test);
	ok(H->deadline > now + 900 * MS);
	out(0x70, 0x0b);
	out(0x71, 0x42);	/* periodic interrupts, 1024 Hz */
	ok(H->deadline < now + MS);
	advance(10 * MS);
	ok(!pace_of(test, p, KEEL_CLASS_RTC)->breaches);
	keel_pace_fill(&p->board, 1, 1, H->now);
	periodic(test);
	periodic(test);
	in(0x40);
	jump(2 * MS);
	out(0x70, 0x0c);
	in(0x71);		/* and the RTC's is armed anew */
	ok(p->board.breaches > 0);
	ok(H->deadline > now + 900 * MS);
	keel_paces_anew(p, H->now);
	in(0x40);
	ok(H->deadline < H->now + 2 * MS);
	unpace(test);
}

static struct kunit_case limit_cases[] = {
	KUNIT_CASE(limit_none),
	KUNIT_CASE(limit_burst),
	KUNIT_CASE(limit_exact),
	KUNIT_CASE(limit_storm),
	KUNIT_CASE(limit_edges),
	KUNIT_CASE(limit_periodic),
	KUNIT_CASE(limit_reads),
	KUNIT_CASE(limit_rearmed),
	KUNIT_CASE(limit_others),
	{}
};

static struct kunit_suite limit_suite = {
	.name = "keel-limit",
	.init = limit_test_init,
	.exit = harness_exit,
	.test_cases = limit_cases,
};

kunit_test_suites(&limit_suite);
