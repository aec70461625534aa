// SPDX-License-Identifier: GPL-2.0
/* The state blob: what is refused, that a refusal changes nothing, what survives. */
#include "../devices/board/class.h"
#include "harness.h"

static const struct keel_device_config state_devices[] = {
	{ .class = KEEL_CLASS_PIC, .irq = KEEL_IRQ_DEFAULT },
	{ .class = KEEL_CLASS_IOAPIC, .irq = KEEL_IRQ_DEFAULT },
	{ .class = KEEL_CLASS_PIT, .irq = KEEL_IRQ_DEFAULT },
	{ .class = KEEL_CLASS_RTC, .irq = KEEL_IRQ_DEFAULT },
	{ .class = KEEL_CLASS_PM, .irq = KEEL_IRQ_DEFAULT },
	{ .class = KEEL_CLASS_UART, .irq = KEEL_IRQ_DEFAULT },
};

struct state_blob {
	struct keel_state_header *header;
	size_t size;
};

static int state_test_init(struct kunit *test)
{
	return harness_init(test, state_devices, ARRAY_SIZE(state_devices));
}

static struct state_blob state_take(struct kunit *test)
{
	struct state_blob blob = { .size = keel_board_state_size(H->board) };

	keel_board_expire(H->board);
	blob.header = kunit_kzalloc(test, blob.size + 64, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, blob.header);
	is(whole_save(H->board, blob.header), blob.size);
	return blob;
}

static void state_seal(struct state_blob *blob)
{
	const u8 *at = (const u8 *)(blob->header + 1);
	size_t n = blob->header->length - sizeof(*blob->header);
	u32 hash = 0x811c9dc5;

	while (n--)
		hash = (hash ^ *at++) * 0x01000193;
	blob->header->checksum = hash;
}

static struct keel_state_record *state_record(struct state_blob *blob, unsigned int nr)
{
	struct keel_state_record *record = (void *)(blob->header + 1);

	while (nr--)
		record = (void *)(record + 1) + ((record->length + 7) & ~7U);
	return record;
}

/* Loads a blob that must be refused, and checks that the board is unchanged. */
static void state_refused(struct kunit *test, struct state_blob *blob, size_t size, int reason,
			  u32 record)
{
	struct state_blob before = state_take(test), after;
	u32 at = 12345;

	is(whole_load(H->board, blob->header, size, &at), reason);
	is(at, record);
	after = state_take(test);
	is(memcmp(before.header, after.header, before.size), 0);
}

static void state_truncated(struct kunit *test)
{
	struct state_blob blob = state_take(test);
	size_t size;

	for (size = 0; size < blob.size; size++) {
		u32 at;

		is(keel_board_check(H->board, blob.header, size, &at), KEEL_STATE_TRUNCATED);
		is(at, 0);
	}
	state_refused(test, &blob, blob.size - 1, KEEL_STATE_TRUNCATED, 0);
}

static void state_wrong_magic(struct kunit *test)
{
	struct state_blob blob = state_take(test);

	blob.header->magic ^= 1;
	state_refused(test, &blob, blob.size, KEEL_STATE_MAGIC_BAD, 0);
}

static void state_wrong_version(struct kunit *test)
{
	struct state_blob blob = state_take(test);

	blob.header->version++;
	state_refused(test, &blob, blob.size, KEEL_STATE_VERSION_BAD, 0);
}

static void state_wrong_checksum(struct kunit *test)
{
	struct state_blob blob = state_take(test);

	blob.header->checksum++;
	state_refused(test, &blob, blob.size, KEEL_STATE_CHECKSUM_BAD, 0);
}

static void state_every_flip_is_noticed(struct kunit *test)
{
	struct state_blob blob = state_take(test);
	u8 *bytes = (u8 *)(blob.header + 1);
	size_t i;

	for (i = 0; i < blob.size - sizeof(*blob.header); i += 7) {
		u32 at;

		bytes[i] ^= 0x10;
		is(keel_board_check(H->board, blob.header, blob.size, &at),
		   KEEL_STATE_CHECKSUM_BAD);
		bytes[i] ^= 0x10;
	}
}

static void state_header_length(struct kunit *test)
{
	struct state_blob blob = state_take(test);

	blob.header->length = blob.size + 8;
	state_refused(test, &blob, blob.size, KEEL_STATE_TRUNCATED, 0);
	blob.header->length = 4;
	state_refused(test, &blob, blob.size, KEEL_STATE_LENGTH_BAD, 0);
}

/* Blobs that are longer than the board's are refused before their checksum is computed. */
static void state_length_comes_first(struct kunit *test)
{
	struct state_blob blob = state_take(test);

	blob.header->checksum++;
	state_refused(test, &blob, blob.size + 1, KEEL_STATE_LENGTH_BAD, 0);
	blob.header->length = blob.size + 64;
	state_refused(test, &blob, blob.size + 64, KEEL_STATE_LENGTH_BAD, 0);
}

static void state_time_out_of_range(struct kunit *test)
{
	struct state_blob blob = state_take(test);

	blob.header->now = KEEL_TIME_MAX;
	state_refused(test, &blob, blob.size, KEEL_STATE_VALUE_BAD, 0);
}

static void state_record_version(struct kunit *test)
{
	struct state_blob blob = state_take(test);

	state_record(&blob, 2)->version++;
	state_seal(&blob);
	state_refused(test, &blob, blob.size, KEEL_STATE_VERSION_BAD, 2);
}

static void state_record_length(struct kunit *test)
{
	struct state_blob blob = state_take(test);

	state_record(&blob, 1)->length--;
	state_seal(&blob);
	state_refused(test, &blob, blob.size, KEEL_STATE_LENGTH_BAD, 1);
}

static void state_board_record(struct kunit *test)
{
	struct state_blob blob = state_take(test);
	struct keel_board_state *lines = (void *)(state_record(&blob, 0) + 1);

	state_record(&blob, 0)->version = 1;
	state_seal(&blob);
	state_refused(test, &blob, blob.size, KEEL_STATE_VERSION_BAD, 0);
	state_record(&blob, 0)->version = 0;
	state_record(&blob, 0)->instance = 1;
	state_seal(&blob);
	state_refused(test, &blob, blob.size, KEEL_STATE_VERSION_BAD, 0);
	state_record(&blob, 0)->instance = 0;
	lines->sources[KEEL_LINE_ALARM] ^= 2;	/* more outputs than it has */
	state_seal(&blob);
	state_refused(test, &blob, blob.size, KEEL_STATE_VALUE_BAD, 0);
	lines->sources[KEEL_LINE_ALARM] ^= 2;
	state_record(&blob, 0)->length -= 4;
	state_seal(&blob);
	state_refused(test, &blob, blob.size, KEEL_STATE_LENGTH_BAD, 0);
}

static void state_record_too_long(struct kunit *test)
{
	struct state_blob blob = state_take(test);

	state_record(&blob, 6)->length = 0xfffffff0;
	state_seal(&blob);
	state_refused(test, &blob, blob.size, KEEL_STATE_TRUNCATED, 6);
}

static void state_unknown_device(struct kunit *test)
{
	struct state_blob blob = state_take(test);

	state_record(&blob, 6)->instance = 5;
	state_seal(&blob);
	state_refused(test, &blob, blob.size, KEEL_STATE_UNKNOWN, 6);
}

static void state_missing_device(struct kunit *test)
{
	struct state_blob blob = state_take(test);
	size_t size = (void *)state_record(&blob, 6) - (void *)blob.header;

	blob.header->length = size;
	state_seal(&blob);
	state_refused(test, &blob, size, KEEL_STATE_MISSING, 6);
}

static void state_duplicate_device(struct kunit *test)
{
	struct state_blob blob = state_take(test);

	*state_record(&blob, 6) = *state_record(&blob, 5);
	state_seal(&blob);
	state_refused(test, &blob, blob.size, KEEL_STATE_DUPLICATE, 6);
}

static void state_record_reserved(struct kunit *test)
{
	struct state_blob blob = state_take(test);

	state_record(&blob, 3)->reserved = 1;
	state_seal(&blob);
	state_refused(test, &blob, blob.size, KEEL_STATE_VALUE_BAD, 3);
	state_record(&blob, 3)->reserved = 0;
	state_record(&blob, 3)->reserved2 = 1;
	state_seal(&blob);
	state_refused(test, &blob, blob.size, KEEL_STATE_VALUE_BAD, 3);
}

/* A line held by an output that does not exist could never be released. */
static void state_line_without_source(struct kunit *test)
{
	struct state_blob blob = state_take(test);
	struct keel_board_state *lines = (void *)(state_record(&blob, 0) + 1);

	lines->sources[5] = BIT(H->board->lines[5].nr_sources);
	state_seal(&blob);
	state_refused(test, &blob, blob.size, KEEL_STATE_VALUE_BAD, 0);
	lines->sources[5] = 0;
	lines->sources[4] = BIT(30);
	state_seal(&blob);
	state_refused(test, &blob, blob.size, KEEL_STATE_VALUE_BAD, 0);
}

/* An input that is high while its line is low would stay high: no source would lower it. */
static void state_input_without_line(struct kunit *test)
{
	struct state_blob blob = state_take(test);
	struct keel_board_state *lines = (void *)(state_record(&blob, 0) + 1);
	struct keel_pic_state *pic = (void *)(state_record(&blob, 1) + 1);
	struct keel_ioapic_state *ioapic = (void *)(state_record(&blob, 2) + 1);

	pic->chip[0].levels ^= BIT(4);
	state_seal(&blob);
	state_refused(test, &blob, blob.size, KEEL_STATE_VALUE_BAD, 1);
	lines->sources[4] ^= BIT(0);
	state_seal(&blob);
	state_refused(test, &blob, blob.size, KEEL_STATE_VALUE_BAD, 2);
	ioapic->levels ^= BIT(4);
	state_seal(&blob);
	is(keel_board_check(H->board, blob.header, blob.size, &(u32){ 0 }), 0);
}

static void state_of_another_board(struct kunit *test)
{
	struct state_blob blob = state_take(test);
	struct harness *other;
	u32 at;

	other = kunit_kzalloc(test, sizeof(*other), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, other);
	*other = *H;
	other->nr_devices = 5;
	test->priv = other;
	other = harness_clone(test);
	test->priv = NULL;	/* no restore test for this one */
	is(keel_board_check(other->board, blob.header, blob.size, &at), KEEL_STATE_LENGTH_BAD);
	is(at, 0);
}

/* Records may come in any order: they are named. */
static void state_order_is_free(struct kunit *test)
{
	struct state_blob blob = state_take(test);
	struct keel_state_record *lines = state_record(&blob, 0), *rest = state_record(&blob, 1);
	size_t first = (void *)rest - (void *)lines, all = blob.size - sizeof(*blob.header);
	void *copy = kunit_kzalloc(test, all, GFP_KERNEL);
	u32 at;

	KUNIT_ASSERT_NOT_NULL(test, copy);
	memcpy(copy, rest, all - first);
	memcpy(copy + all - first, lines, first);
	memcpy(lines, copy, all);
	state_seal(&blob);
	is(keel_board_check(H->board, blob.header, blob.size, &at), 0);
}

/* ---- The version before: as if the PIT's state had 8 bytes more now ---- */

#define STATE_PIT	3	/* its record */
#define STATE_MORE	8

static u8 state_more[STATE_MORE];
static bool state_began_zero;

static void state_add_more(void *state)
{
	static const u8 zeroes[STATE_MORE];
	u8 *more = state + keel_pit_ops.state_size - STATE_MORE;

	state_began_zero = !memcmp(more, zeroes, STATE_MORE);
	memcpy(more, state_more, STATE_MORE);
}

/* Ops with which the PIT's present layout is a new one */
static struct keel_dev_ops *state_next_version(struct kunit *test)
{
	struct keel_dev_ops *ops = kunit_kzalloc(test, sizeof(*ops), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, ops);
	*ops = *H->board->devs[STATE_PIT - 1]->ops;
	is(ops->class, KEEL_CLASS_PIT);
	ops->version++;
	ops->previous_size = ops->state_size - STATE_MORE;
	ops->upgrade = state_add_more;
	return ops;
}

/* The PIT's record, as the version before had it */
static void state_make_older(struct state_blob *blob)
{
	struct keel_state_record *pit = state_record(blob, STATE_PIT);
	u8 *end = (u8 *)(pit + 1) + pit->length;

	memcpy(state_more, end - STATE_MORE, STATE_MORE);
	memmove(end - STATE_MORE, end, (u8 *)blob->header + blob->size - end);
	pit->length -= STATE_MORE;
	blob->size -= STATE_MORE;
	blob->header->length = blob->size;
	state_seal(blob);
}

static void state_run_a_guest(struct kunit *test)
{
	out(0x43, 0x34);
	out(0x40, 0x9c);
	out(0x40, 0x2e);
	out(0x43, 0xb6);
	out(0x42, 0x34);
	out(0x42, 0x12);
	out(0x61, 0x03);	/* in the last bytes of its state */
	advance(25000000);
}

static void state_of_the_version_before(struct kunit *test)
{
	struct keel_dev *pit = H->board->devs[STATE_PIT - 1];
	const struct keel_dev_ops *ops = pit->ops;
	struct keel_dev_ops *next = state_next_version(test);
	struct state_blob before, older, after;
	size_t size;
	u32 at;

	state_run_a_guest(test);
	before = state_take(test);
	older = state_take(test);
	state_make_older(&older);
	pit->ops = next;
	size = keel_board_upgrade(H->board, older.header, older.size);
	is(size, before.size);
	is(state_began_zero, true);
	is(whole_load(H->board, older.header, size, &at), 0);
	is(at, H->board->nr_devs + 1);
	after = state_take(test);
	is(state_record(&after, STATE_PIT)->version, ops->version + 1);
	state_record(&after, STATE_PIT)->version--;
	state_seal(&after);
	is(memcmp(before.header, after.header, before.size), 0);
	is(keel_board_upgrade(H->board, before.header, before.size), before.size);
	state_refused(test, &before, before.size, KEEL_STATE_VERSION_BAD, STATE_PIT);
	pit->ops = ops;
}

/* Without a row for it, or with another length, the version before is refused as it stands. */
static void state_version_before_unknown(struct kunit *test)
{
	struct keel_dev *pit = H->board->devs[STATE_PIT - 1];
	const struct keel_dev_ops *ops = pit->ops;
	struct keel_dev_ops *next = state_next_version(test);
	struct state_blob older = state_take(test);

	state_make_older(&older);
	pit->ops = next;
	next->previous_size--;
	is(keel_board_upgrade(H->board, older.header, older.size), older.size);
	state_refused(test, &older, older.size, KEEL_STATE_VERSION_BAD, STATE_PIT);
	next->previous_size = 0;
	is(keel_board_upgrade(H->board, older.header, older.size), older.size);
	state_refused(test, &older, older.size, KEEL_STATE_VERSION_BAD, STATE_PIT);
	next->previous_size = next->state_size - STATE_MORE;
	older.header->checksum++;
	is(keel_board_upgrade(H->board, older.header, older.size), older.size);
	state_refused(test, &older, older.size, KEEL_STATE_CHECKSUM_BAD, 0);
	pit->ops = ops;
}

static struct keel_state_record *state_append(struct keel_state_record *at, u16 class,
					      u16 version, u32 length)
{
	*at = (struct keel_state_record) { .class = class, .version = version, .length = length };
	memset(at + 1, 0, length);
	return (void *)(at + 1) + length;
}

/* A second older record of a device needs more room than there is: the board's size. */
static void state_version_before_twice(struct kunit *test)
{
	struct keel_dev *pit = H->board->devs[STATE_PIT - 1];
	const struct keel_dev_ops *ops = pit->ops;
	struct keel_dev_ops *next = state_next_version(test);
	struct state_blob older = state_take(test);
	struct keel_state_record *at = state_record(&older, 0);
	u32 length = next->previous_size;
	size_t left;

	older.size -= STATE_MORE;
	left = older.size - sizeof(*older.header) - 3 * sizeof(*at) - 2 * length;
	at = state_append(at, KEEL_CLASS_PIT, ops->version, length);
	at = state_append(at, KEEL_CLASS_BOARD, 0, left);
	at = state_append(at, KEEL_CLASS_PIT, ops->version, length);
	is((void *)at - (void *)older.header, older.size);
	memset(at, 0x5a, 2 * STATE_MORE);
	older.header->length = older.size;
	state_seal(&older);
	pit->ops = next;
	is(keel_board_upgrade(H->board, older.header, older.size), 0);
	is(*(u8 *)((void *)at + STATE_MORE), 0x5a);
	state_refused(test, &older, 0, KEEL_STATE_TRUNCATED, 0);
	pit->ops = ops;
}

/* Whatever is in an older blob, nothing beyond the room is read or written. */
static void state_version_before_spoiled(struct kunit *test)
{
	struct keel_dev *pit = H->board->devs[STATE_PIT - 1];
	const struct keel_dev_ops *ops = pit->ops;
	struct keel_dev_ops *next = state_next_version(test);
	struct state_blob good = state_take(test), bad = state_take(test);
	size_t at, size;
	u32 record;

	state_make_older(&good);
	bad.size = good.size;
	pit->ops = next;
	for (at = sizeof(*good.header); at < good.size; at++) {
		memset(bad.header, 0, keel_board_state_size(H->board));
		memcpy(bad.header, good.header, good.size);
		((u8 *)bad.header)[at] ^= 0x81;
		state_seal(&bad);
		size = keel_board_upgrade(H->board, bad.header, bad.size);
		KUNIT_EXPECT_LE(test, size, keel_board_state_size(H->board));
		KUNIT_EXPECT_LE(test, keel_board_check(H->board, bad.header, size, &record),
				KEEL_STATE_VALUE_BAD);
	}
	pit->ops = ops;
}

/* keel_board_upgrade() relies on it. */
static void state_layouts_do_not_shrink(struct kunit *test)
{
	unsigned int class;

	for (class = 1; class < KEEL_NR_CLASSES; class++) {
		const struct keel_dev_ops *ops = keel_class_ops(class);

		KUNIT_EXPECT_LE(test, ops->previous_size, ops->state_size);
		KUNIT_EXPECT_TRUE(test, !ops->upgrade || ops->previous_size);
	}
}

static void state_survives_a_working_guest(struct kunit *test)
{
	struct harness *copy;

	out(0x43, 0x34);
	out(0x40, 0x9c);
	out(0x40, 0x2e);		/* 10 ms */
	out(0x3f9, 0x02);		/* THRE interrupt */
	out(0x70, 0x0b);
	out(0x71, 0x42);		/* periodic */
	advance(123456789);
	copy = harness_clone(test);
	is(harness_copy(test, H, copy), 0);
	is(copy->board->host.now, H->board->host.now);
	is(copy->deadline, H->deadline);
	is(copy->intr, H->intr);
	is(harness_in(copy, KEEL_PIO, 0x40, 1), in(0x40));
}

/* Restoring raises no edge: an 8259 in edge mode must not see the line rise again. */
static void state_load_is_silent(struct kunit *test)
{
	struct harness *copy;
	u64 asserts;

	out(0x43, 0x34);
	out(0x40, 0x10);
	out(0x40, 0x27);
	advance(20000000);
	copy = harness_clone(test);
	asserts = copy->board->lines[0].asserts;
	is(harness_copy(test, H, copy), 0);
	is(copy->board->lines[0].asserts, asserts);
	is(keel_line_level(&copy->board->lines[0]), line(0));
}

static struct kunit_case state_cases[] = {
	KUNIT_CASE(state_truncated),
	KUNIT_CASE(state_wrong_magic),
	KUNIT_CASE(state_wrong_version),
	KUNIT_CASE(state_wrong_checksum),
	KUNIT_CASE(state_every_flip_is_noticed),
	KUNIT_CASE(state_header_length),
	KUNIT_CASE(state_length_comes_first),
	KUNIT_CASE(state_time_out_of_range),
	KUNIT_CASE(state_record_version),
	KUNIT_CASE(state_record_length),
	KUNIT_CASE(state_board_record),
	KUNIT_CASE(state_record_too_long),
	KUNIT_CASE(state_unknown_device),
	KUNIT_CASE(state_missing_device),
	KUNIT_CASE(state_duplicate_device),
	KUNIT_CASE(state_record_reserved),
	KUNIT_CASE(state_line_without_source),
	KUNIT_CASE(state_input_without_line),
	KUNIT_CASE(state_of_another_board),
	KUNIT_CASE(state_order_is_free),
	KUNIT_CASE(state_of_the_version_before),
	KUNIT_CASE(state_version_before_unknown),
	KUNIT_CASE(state_version_before_twice),
	KUNIT_CASE(state_version_before_spoiled),
	KUNIT_CASE(state_layouts_do_not_shrink),
	KUNIT_CASE(state_survives_a_working_guest),
	KUNIT_CASE(state_load_is_silent),
	{ }
};

static struct kunit_suite state_suite = {
	.name = "keel-state",
	.init = state_test_init,
	.exit = harness_exit,
	.test_cases = state_cases,
};

kunit_test_suites(&state_suite);
