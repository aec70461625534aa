// SPDX-License-Identifier: GPL-2.0
/* Transcripts for devices/chips/fwcfg.c (QEMU, docs/specs/fw_cfg). */
#include "harness.h"

#define NR		4	/* items */
#define ALL		sizeof(fwcfg_items)
#define DATA		offsetof(struct fwcfg_blob, data)

struct fwcfg_blob {
	u32 nr;
	u32 reserved;
	struct keel_fwcfg_item items[NR];
	u8 data[16];
};

/* One is empty; two have the same bytes. */
static const struct fwcfg_blob fwcfg_items = {
	.nr = NR,
	.items = {
		{ .key = 0x0000, .offset = DATA, .length = 4 },
		{ .key = 0x0005, .offset = ALL },
		{ .key = 0x0020, .offset = DATA + 4, .length = 12 },
		{ .key = 0xffff, .offset = DATA + 12, .length = 4 },
	},
	.data = "QEMUabcdefghijkl",
};

static const struct keel_device_config fwcfg_devices[] = {
	{ .class = KEEL_CLASS_FWCFG, .irq = KEEL_IRQ_DEFAULT },
};

static struct keel_dev *fwcfg_dev(struct harness *h)
{
	return keel_board_find(h->board, KEEL_CLASS_FWCFG, 0);
}

static void fwcfg_built(struct harness *h)
{
	keel_fwcfg_ops.supply(fwcfg_dev(h), (const void *)&fwcfg_items);
}

#define count(label)	harness_count(H, KEEL_CLASS_FWCFG, (label))
#define pick(key)	out16(0x510, (key))
#define next()		in(0x511)

static void fwcfg_reads_an_item(struct kunit *test)
{
	static const char text[] = "abcdefghijkl";
	unsigned int i;

	pick(0x20);
	for (i = 0; i < 12; i++)
		is(next(), text[i]);
	is(next(), 0);
	is(next(), 0);
	is(count("beyond"), 2);
	pick(0x20);
	is(next(), 'a');
	is(count("selects"), 2);
	is(count("absent"), 0);
}

/* A reset selects the signature, as power-on does. */
static void fwcfg_begins_with_the_signature(struct kunit *test)
{
	is(next(), 'Q');
	is(next(), 'E');
	pick(0x20);
	is(next(), 'a');
	whole_reset(H->board);
	is(next(), 'Q');
}

static void fwcfg_finds_each_key(struct kunit *test)
{
	unsigned int key;

	for (key = 0; key < 0x10000; key++) {
		bool there = key == 0 || key == 0x20 || key == 0xffff;

		pick(key);
		is(next() != 0, there);
	}
	is(count("absent"), 0x10000 - NR);
	pick(0xffff);
	is(next(), 'i');
}

static void fwcfg_empty_item(struct kunit *test)
{
	pick(5);
	is(next(), 0);
	is(count("absent"), 0);
	is(count("beyond"), 1);
	pick(6);
	is(next(), 0);
	is(count("absent"), 1);
}

/* The selector takes 16 bits at once, and the data is bytes. */
static void fwcfg_other_accesses(struct kunit *test)
{
	pick(0x20);
	out(0x510, 0);
	out(0x511, 0);
	is(in(0x510), 0);
	is(in16(0x510), 0);
	is(count("ignored"), 4);
	is(next(), 'a');
	is(in16(0x511), 0xff00 | 'b');		/* and a port that is not there */
	out32(0x510, 0xffff0000);		/* its low half is the selector's */
	is(next(), 'Q');
	is(in32(0x510) & 0xffff, 0);
	is(next(), 'E');
}

static void fwcfg_replaced(struct kunit *test)
{
	static const struct keel_fwcfg_items none;
	struct fwcfg_blob other = fwcfg_items;

	pick(0x20);
	is(next(), 'a');
	memcpy(other.data + 4, "ABCDEFGHIJKL", 12);
	keel_fwcfg_ops.supply(fwcfg_dev(H), (const void *)&other);
	is(next(), 'B');			/* selector and offset stay */
	other.items[2].length = 1;
	keel_fwcfg_ops.supply(fwcfg_dev(H), (const void *)&other);
	is(next(), 0);
	keel_fwcfg_ops.supply(fwcfg_dev(H), &none);
	is(next(), 0);
	pick(0x20);
	is(next(), 0);
	keel_fwcfg_ops.supply(fwcfg_dev(H), NULL);
	is(next(), 0);
	pick(0);
	is(next(), 0);
	fwcfg_built(H);
	is(next(), 'Q');
}

/* The items are handed over again before, or after, a state is loaded. */
static void fwcfg_restored(struct kunit *test)
{
	struct harness *copy = harness_clone(test);

	pick(0x20);
	next();
	next();
	is(harness_copy(test, H, copy), 0);
	is(harness_in(copy, KEEL_PIO, 0x511, 1), 'c');
	copy = harness_clone(test);
	keel_fwcfg_ops.supply(fwcfg_dev(copy), NULL);
	is(harness_copy(test, H, copy), 0);
	is(harness_in(copy, KEEL_PIO, 0x511, 1), 0);
	fwcfg_built(copy);
	is(harness_in(copy, KEEL_PIO, 0x511, 1), 'c');
}

static void fwcfg_checks_items(struct kunit *test)
{
	struct fwcfg_blob bad;

#define BAD(change) do { \
	bad = fwcfg_items; \
	change; \
	ok(!keel_fwcfg_ops.supply_check(&bad, ALL)); \
} while (0)

	bad = fwcfg_items;
	ok(keel_fwcfg_ops.supply_check(&bad, ALL));
	BAD(bad.nr = 5);			/* the fifth one would be in the data */
	BAD(bad.nr = 0x15555555);		/* times 12, it is small */
	BAD(bad.nr = 0x15555556);
	BAD(bad.nr = U32_MAX);
	BAD(bad.reserved = 1);
	BAD(bad.items[1].reserved = 1);
	BAD(bad.items[1].key = 0);
	BAD(bad.items[2].key = 4);
	BAD(bad.items[3].key = 0x20);
	BAD(bad.items[0].offset = DATA - 1);
	BAD(bad.items[0].offset = 0);
	BAD(bad.items[1].offset = ALL + 1);
	BAD(bad.items[2].length = 13);
	BAD(bad.items[2].length = U32_MAX);
	BAD(bad.items[2].length = -(u32)(DATA + 4));	/* the sum wraps to 0 */
	BAD(bad.items[2].offset = U32_MAX);
	BAD(bad.items[3].offset = ALL);
	bad = fwcfg_items;
	bad.items[0].length = 16;		/* bytes of several items */
	bad.items[1] = (struct keel_fwcfg_item) { .key = 1, .offset = DATA, .length = 16 };
	ok(keel_fwcfg_ops.supply_check(&bad, ALL));
	ok(!keel_fwcfg_ops.supply_check(&bad, ALL - 1));
}

static void fwcfg_checks_lengths(struct kunit *test)
{
	struct keel_fwcfg_items none = {};
	struct keel_fwcfg_items *most;

	ok(keel_fwcfg_ops.supply_check(&none, sizeof(none)));
	ok(!keel_fwcfg_ops.supply_check(&none, sizeof(none) - 1));
	ok(!keel_fwcfg_ops.supply_check(&none, 0));
	none.nr = 1;
	ok(!keel_fwcfg_ops.supply_check(&none, sizeof(none)));
	most = kunit_kzalloc(test, KEEL_FWCFG_MAX, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, most);
	ok(keel_fwcfg_ops.supply_check(most, KEEL_FWCFG_MAX));
	ok(!keel_fwcfg_ops.supply_check(most, KEEL_FWCFG_MAX + 1));
}

/* The most entries that there can be: each is found. */
static void fwcfg_takes_many(struct kunit *test)
{
	const u32 nr = (KEEL_FWCFG_MAX - 8) / 12;
	struct keel_fwcfg_items *items = kunit_kzalloc(test, KEEL_FWCFG_MAX, GFP_KERNEL);
	u8 *bytes = (void *)items;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, items);
	items->nr = nr;
	for (i = 0; i < nr; i++)
		items->items[i] = (struct keel_fwcfg_item) {
			.key = 3 * i, .offset = KEEL_FWCFG_MAX - 1, .length = 1,
		};
	bytes[KEEL_FWCFG_MAX - 1] = 0x5a;
	ok(keel_fwcfg_ops.supply_check(items, KEEL_FWCFG_MAX));
	keel_fwcfg_ops.supply(fwcfg_dev(H), items);
	for (i = 0; i < nr; i += 97) {
		pick(3 * i);
		is(next(), 0x5a);
		pick(3 * i + 1);
		is(next(), 0);
	}
	fwcfg_built(H);
}

static void fwcfg_checks_states(struct kunit *test)
{
	struct keel_fwcfg_state s = { .selector = 0xffff, .offset = KEEL_FWCFG_MAX };

	ok(keel_fwcfg_ops.check(fwcfg_dev(H), &s, 0));
	s.offset++;
	ok(!keel_fwcfg_ops.check(fwcfg_dev(H), &s, 0));
	s = (struct keel_fwcfg_state) { .pad = 1 };
	ok(!keel_fwcfg_ops.check(fwcfg_dev(H), &s, 0));
}

static void fwcfg_checks_configs(struct kunit *test)
{
	struct keel_device_config config = fwcfg_devices[0];

	ok(keel_fwcfg_ops.configure(fwcfg_dev(H), &config));
	config.instance = 1;
	ok(!keel_fwcfg_ops.configure(fwcfg_dev(H), &config));
	config.instance = 0;
	config.pad[47] = 1;
	ok(!keel_fwcfg_ops.configure(fwcfg_dev(H), &config));
}

static int fwcfg_init(struct kunit *test)
{
	return harness_init_with(test, fwcfg_devices, ARRAY_SIZE(fwcfg_devices), fwcfg_built);
}

static struct kunit_case fwcfg_cases[] = {
	KUNIT_CASE(fwcfg_reads_an_item),
	KUNIT_CASE(fwcfg_begins_with_the_signature),
	KUNIT_CASE(fwcfg_finds_each_key),
	KUNIT_CASE(fwcfg_empty_item),
	KUNIT_CASE(fwcfg_other_accesses),
	KUNIT_CASE(fwcfg_replaced),
	KUNIT_CASE(fwcfg_restored),
	KUNIT_CASE(fwcfg_checks_items),
	KUNIT_CASE(fwcfg_checks_lengths),
	KUNIT_CASE(fwcfg_takes_many),
	KUNIT_CASE(fwcfg_checks_states),
	KUNIT_CASE(fwcfg_checks_configs),
	{}
};

static struct kunit_suite fwcfg_suite = {
	.name = "keel-fwcfg",
	.init = fwcfg_init,
	.exit = harness_exit,
	.test_cases = fwcfg_cases,
};

kunit_test_suites(&fwcfg_suite);
