// SPDX-License-Identifier: GPL-2.0
/* Histograms, the longest accesses, and what a board that is measured notes. */
#include "harness.h"
#include "../devices/board/latency.h"

#define TIMERS	64	/* of the board, at most: the IOAPIC has one for each pin */

static const struct keel_device_config latency_devices[] = {
	{ .class = KEEL_CLASS_PIC, .irq = KEEL_IRQ_DEFAULT },
	{ .class = KEEL_CLASS_IOAPIC, .irq = KEEL_IRQ_DEFAULT },
	{ .class = KEEL_CLASS_PIT, .irq = KEEL_IRQ_DEFAULT },
};

static int latency_test_init(struct kunit *test)
{
	return harness_init(test, latency_devices, ARRAY_SIZE(latency_devices));
}

static struct keel_histogram *histogram(struct kunit *test, unsigned int nr)
{
	struct keel_histogram *h = kunit_kzalloc(test, nr * sizeof(*h), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, h);
	return h;
}

static u64 sum_of_buckets(const struct keel_histogram *h)
{
	unsigned int i;
	u64 sum = 0;

	for (i = 0; i < KEEL_LATENCY_BUCKETS; i++)
		sum += h->buckets[i];
	return sum;
}

/* ---- Histograms ---- */

static void latency_buckets(struct kunit *test)
{
	struct keel_histogram *h = histogram(test, 1);
	unsigned int i;

	keel_histogram_add(h, 0, 1, NULL);
	keel_histogram_add(h, 1, 2, NULL);
	for (i = 1; i < 63; i++) {
		keel_histogram_add(h, BIT_ULL(i), 3, NULL);
		keel_histogram_add(h, BIT_ULL(i + 1) - 1, 4, NULL);
	}
	keel_histogram_add(h, U64_MAX, 5, NULL);
	is(h->buckets[0], 1);
	is(h->buckets[1], 1);
	for (i = 2; i < KEEL_LATENCY_BUCKETS - 1; i++)
		is(h->buckets[i], 2);
	is(h->count, 2 + 2 * 62 + 1);
	is(sum_of_buckets(h), h->count);
	is(h->most, U64_MAX);
	is(h->most_at, 5);
}

static void latency_most(struct kunit *test)
{
	const struct keel_culprit first = { .addr = 0x40, .value = 1, .vcpu = 3 };
	const struct keel_culprit second = { .addr = 0x41, .value = 2, .vcpu = 4 };
	struct keel_histogram *h = histogram(test, 1);

	keel_histogram_add(h, 0, 7, &first);
	is(h->most_at, 7);	/* the first one is the longest, even if it takes no time */
	is(h->culprit.addr, 0x40);
	keel_histogram_add(h, 100, 8, &second);
	keel_histogram_add(h, 100, 9, &first);
	keel_histogram_add(h, 99, 10, &first);
	is(h->most, 100);
	is(h->most_at, 8);	/* of equal ones the first */
	is(h->culprit.addr, 0x41);
	is(h->culprit.value, 2);
	is(h->culprit.vcpu, 4);
	is(h->sum, 299);
	keel_histogram_add(h, 101, 11, NULL);
	is(h->culprit.addr, 0);
	ok(h->culprit.vcpu == -1);
}

static void latency_percentiles(struct kunit *test)
{
	struct keel_histogram *h = histogram(test, 1);
	unsigned int i;

	is(keel_histogram_percentile(h, 500), 0);
	keel_histogram_add(h, 1000, 0, NULL);
	is(keel_histogram_percentile(h, 1), 1000);	/* not the bucket's end, 1023 */
	is(keel_histogram_percentile(h, 1000), 1000);
	for (i = 0; i < 98; i++)
		keel_histogram_add(h, 5, 0, NULL);
	is(keel_histogram_percentile(h, 500), 7);
	is(keel_histogram_percentile(h, 989), 7);
	is(keel_histogram_percentile(h, 990), 1000);	/* 98.01 of 99 */
	keel_histogram_add(h, 5, 0, NULL);
	is(keel_histogram_percentile(h, 990), 7);	/* 99 of 100 */
	is(keel_histogram_percentile(h, 991), 1000);
	keel_histogram_add(h, U64_MAX, 0, NULL);
	is(keel_histogram_percentile(h, 1000), U64_MAX);
	is(keel_histogram_percentile(h, 0), 0);
}

/* ---- The longest accesses ---- */

static void add_long(struct keel_worst *worst, u64 ns, u64 at)
{
	const struct keel_long_access access = { .ns = ns, .at = at };

	keel_worst_add(worst, &access);
}

/* They are in order, and the longest of all that were added. */
static void latency_worst(struct kunit *test)
{
	struct keel_worst *worst = kunit_kzalloc(test, sizeof(*worst), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, worst);
	for (i = 0; i < 1000; i++) {
		add_long(worst, i * 7919 % 1000, i);	/* each number below 1000 once */
		is(worst->nr, min(i + 1, (unsigned int)KEEL_WORST_ACCESSES));
	}
	for (i = 0; i < KEEL_WORST_ACCESSES; i++)
		is(worst->list[i].ns, 999 - i);
	add_long(worst, 999 - KEEL_WORST_ACCESSES, 5000);
	is(worst->list[KEEL_WORST_ACCESSES - 1].ns, 1000 - KEEL_WORST_ACCESSES);
	add_long(worst, 1000 - KEEL_WORST_ACCESSES, 5001);	/* as the last one, which stays */
	ok(worst->list[KEEL_WORST_ACCESSES - 1].at != 5001);
	add_long(worst, 995, 5002);	/* behind the one that was there before */
	is(worst->list[4].ns, 995);
	ok(worst->list[4].at != 5002);
	is(worst->list[5].at, 5002);
	is(worst->nr, KEEL_WORST_ACCESSES);
}

/* ---- The board ---- */

static struct keel_board_watch *watch(struct kunit *test)
{
	struct keel_board_watch *watch = kunit_kzalloc(test, sizeof(*watch), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, watch);
	KUNIT_ASSERT_TRUE(test, H->board->nr_timers <= TIMERS);
	watch->timers = histogram(test, TIMERS);
	watch->lines = kunit_kzalloc(test, KEEL_NR_LINES * sizeof(*watch->lines), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, watch->lines);
	keel_board_measure(H->board, watch);
	return watch;
}

static void one_shot(struct kunit *test, u16 count)
{
	out(0x43, 0x30);	/* counter 0, mode 0 */
	out(0x40, count);
	out(0x40, count >> 8);
}

static void latency_timers(struct kunit *test)
{
	struct keel_board_watch *w = watch(test);
	const struct keel_histogram *pit =
		&w->timers[keel_board_find(H->board, KEEL_CLASS_PIT, 0)->timer];
	u64 due;

	one_shot(test, 1000);
	due = H->deadline;
	advance(1000000);	/* about 838 us; a perfect host */
	is(pit->count, 1);
	is(pit->most, 0);
	one_shot(test, 1000);
	due = H->deadline;
	jump(1000000);
	is(pit->count, 2);
	is(pit->most, H->now - due);
	is(pit->most_at, H->now);
	is(pit->sum, H->now - due);
	keel_board_measure(H->board, NULL);
	one_shot(test, 1000);
	jump(1000000);
	is(pit->count, 2);
	is(sum_of_buckets(pit), 2);
}

/* Both 8259s, vectors from 0x20 and 0x28 on, nothing masked */
static void init_pics(struct kunit *test)
{
	out(0x20, 0x11);
	out(0x21, 0x20);
	out(0x21, 0x04);
	out(0x21, 0x01);
	out(0xa0, 0x11);
	out(0xa1, 0x28);
	out(0xa1, 0x02);
	out(0xa1, 0x01);
	out(0x21, 0x00);
	out(0xa1, 0x00);
}

static void latency_lines(struct kunit *test)
{
	struct keel_board_watch *w;
	struct keel_histogram *line, *intr;

	init_pics(test);
	raise(5);		/* before it is measured */
	w = watch(test);
	line = &w->lines[5].times;
	intr = &w->lines[KEEL_LINE_INTR].times;
	is(ack(), 0x25);
	out(0x20, 0x20);
	is(line->count, 0);
	is(intr->count, 0);
	lower(5);

	raise(5);
	advance(300);
	is(ack(), 0x25);
	is(intr->count, 1);
	is(intr->most, 300);
	advance(700);
	lower(5);		/* a second rise before the EOI is the same interrupt */
	raise(5);
	out(0x20, 0x20);
	is(line->count, 1);
	is(line->most, 1000);
	is(line->most_at, H->now);
	is(ack(), 0x25);	/* it has no EOI that follows its own rise */
	out(0x20, 0x20);
	is(line->count, 1);
	lower(5);

	raise(5);
	advance(50);
	keel_board_measure_anew(H->board);
	is(ack(), 0x25);
	out(0x20, 0x20);
	is(line->count, 1);
	lower(5);
	keel_board_measure(H->board, NULL);
	raise(5);
	is(ack(), 0x25);
	out(0x20, 0x20);
	is(line->count, 1);
	lower(5);
}

/* A level-triggered pin of the IOAPIC */
static void latency_level(struct kunit *test)
{
	struct keel_board_watch *w = watch(test);

	wr(0xfec00000, 0x10 + 2 * 9, 4);
	wr(0xfec00010, 0x8051, 4);	/* level-triggered, vector 0x51 */
	raise(9);
	advance(2000);
	lower(9);
	advance(500);
	eoi(0x51);
	is(w->lines[9].times.count, 1);
	is(w->lines[9].times.sum, 2500);
	eoi(0x51);
	is(w->lines[9].times.count, 1);
	keel_board_measure(H->board, NULL);
}

static struct kunit_case latency_cases[] = {
	KUNIT_CASE(latency_buckets),
	KUNIT_CASE(latency_most),
	KUNIT_CASE(latency_percentiles),
	KUNIT_CASE(latency_worst),
	KUNIT_CASE(latency_timers),
	KUNIT_CASE(latency_lines),
	KUNIT_CASE(latency_level),
	{}
};

static struct kunit_suite latency_suite = {
	.name = "keel-latency",
	.init = latency_test_init,
	.exit = harness_exit,
	.test_cases = latency_cases,
};

kunit_test_suites(&latency_suite);
