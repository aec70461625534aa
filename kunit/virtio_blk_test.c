// SPDX-License-Identifier: GPL-2.0
/* Block device requests: a chain in a page of memory, and the request parsed from it. */
#include "harness.h"
#include "../devices/virtio/blk.h"

#define PAGE		4096
#define CAPACITY	1000ULL		/* sectors */
#define DATA		0x100000ULL	/* addresses that are only passed on */
#define STATUS		0x200000ULL
#define ALL		(KEEL_BLK_F_FLUSH | KEEL_BLK_F_DISCARD | KEEL_BLK_F_WRITE_ZEROES)

/**
 * struct blk - a request in the making.
 * @page:    guest memory from 0 on
 * @chain:   as taken from a ring
 * @request: the result of parsing it
 * @features: as negotiated
 */
struct blk {
	u8 page[PAGE];
	struct keel_chain chain;
	struct keel_blk_request request;
	u64 features;
};

#define B	((struct blk *)test->priv)
#define R	(&B->request)

static bool blk_there(void *ctx, u64 addr, u32 len)
{
	return addr < PAGE && len <= PAGE - addr;
}

static bool blk_read(void *ctx, u64 addr, void *to, u32 len)
{
	struct blk *blk = ctx;

	if (!blk_there(ctx, addr, len))
		return false;
	memcpy(to, blk->page + addr, len);
	return true;
}

static const struct keel_mem_ops blk_mem = { .there = blk_there, .read = blk_read };

static void add(struct kunit *test, bool in, u64 addr, u32 len)
{
	struct keel_chain *chain = &B->chain;

	chain->segs[chain->nr_out + chain->nr_in] = (struct keel_seg) { addr, len };
	if (in) {
		chain->nr_in++;
		chain->in_len += len;
	} else {
		chain->nr_out++;
		chain->out_len += len;
	}
}

#define out_seg(addr, len)	add(test, false, (addr), (len))
#define in_seg(addr, len)	add(test, true, (addr), (len))

/* A header at 0, in one segment. */
static void header(struct kunit *test, u32 type, u64 sector)
{
	memset(&B->chain, 0, sizeof(B->chain));
	memcpy(B->page, &type, sizeof(type));
	memcpy(B->page + 8, &sector, sizeof(sector));
	out_seg(0, 16);
}

/* A range of a discard or write-zeroes request, behind the header. */
static void range(struct kunit *test, unsigned int i, u64 sector, u32 nr, u32 flags)
{
	u8 *at = B->page + 16 + 16 * i;

	memcpy(at, &sector, 8);
	memcpy(at + 8, &nr, 4);
	memcpy(at + 12, &flags, 4);
}

#define parse()	keel_blk_parse(R, &B->chain, &blk_mem, B, CAPACITY, B->features)
#define is_int(a, b)	KUNIT_EXPECT_EQ(test, (int)(a), (int)(b))

static void blk_in(struct kunit *test)
{
	header(test, KEEL_BLK_T_IN, 3);
	in_seg(DATA, 512);
	in_seg(DATA + 4096, 1024);
	in_seg(STATUS, 1);
	is_int(parse(), KEEL_BLK_S_OK);
	is(R->type, KEEL_BLK_T_IN);
	is(R->offset, 3 * 512);
	is(R->len, 1536);
	is(R->nr_data, 2);
	is(R->data[0].addr, DATA);
	is(R->data[1].addr, DATA + 4096);
	is(R->data[1].len, 1024);
	is(R->status, STATUS);
}

static void blk_out(struct kunit *test)
{
	header(test, KEEL_BLK_T_OUT, 999);
	out_seg(DATA, 512);
	in_seg(STATUS, 1);
	is_int(parse(), KEEL_BLK_S_OK);
	is(R->offset, 999 * 512);
	is(R->len, 512);
	is(R->nr_data, 1);
	is(R->data[0].addr, DATA);
	is(R->data[0].len, 512);
}

/* 2.6.4: a message may be cut into segments anywhere. */
static void blk_cut_anywhere(struct kunit *test)
{
	u32 type = KEEL_BLK_T_OUT;
	u64 sector = 7;

	memcpy(B->page + 100, &type, 3);
	memcpy(B->page + 203, (u8 *)&type + 3, 1);
	memcpy(B->page + 208, &sector, 8);
	out_seg(100, 3);
	out_seg(203, 13 + 12);
	out_seg(DATA, 500);
	in_seg(STATUS - 4, 5);
	is_int(parse(), KEEL_BLK_S_OK);
	is(R->offset, 7 * 512);
	is(R->len, 512);
	is(R->nr_data, 2);
	is(R->data[0].addr, 216);
	is(R->data[0].len, 12);
	is(R->data[1].len, 500);
	is(R->status, STATUS);
}

static void blk_status_beside_data(struct kunit *test)
{
	header(test, KEEL_BLK_T_IN, 0);
	in_seg(DATA, 513);
	is_int(parse(), KEEL_BLK_S_OK);
	is(R->nr_data, 1);
	is(R->data[0].len, 512);
	is(R->status, DATA + 512);
}

static void blk_no_request(struct kunit *test)
{
	header(test, KEEL_BLK_T_IN, 0);
	is_int(parse(), -EBADMSG);		/* nowhere to answer */
	memset(&B->chain, 0, sizeof(B->chain));
	in_seg(STATUS, 1);
	is_int(parse(), -EBADMSG);		/* no header */
	memset(&B->chain, 0, sizeof(B->chain));
	out_seg(0, 15);
	in_seg(STATUS, 1);
	is_int(parse(), -EBADMSG);		/* half a header */
	memset(&B->chain, 0, sizeof(B->chain));
	out_seg(PAGE - 8, 16);
	in_seg(STATUS, 1);
	is_int(parse(), -EBADMSG);		/* a header outside memory */
}

static int move(struct kunit *test, u64 sector, u32 len)
{
	header(test, KEEL_BLK_T_IN, sector);
	if (len)
		in_seg(DATA, len);
	in_seg(STATUS, 1);
	return parse();
}

static void blk_stays_on_the_disk(struct kunit *test)
{
	is_int(move(test, 999, 512), KEEL_BLK_S_OK);
	is_int(move(test, 999, 1024), KEEL_BLK_S_IOERR);
	is_int(move(test, 1000, 512), KEEL_BLK_S_IOERR);
	is_int(move(test, 1001, 512), KEEL_BLK_S_IOERR);
	is_int(move(test, U64_MAX, 512), KEEL_BLK_S_IOERR);
	is_int(move(test, U64_MAX / 512 + 1, 512), KEEL_BLK_S_IOERR);
	is_int(move(test, 0, 1000 * 512), KEEL_BLK_S_OK);
	is_int(move(test, 0, 1001 * 512), KEEL_BLK_S_IOERR);
	is(R->status, STATUS);
}

static void blk_whole_sectors(struct kunit *test)
{
	is_int(move(test, 0, 0), KEEL_BLK_S_IOERR);
	is_int(move(test, 0, 511), KEEL_BLK_S_IOERR);
	is_int(move(test, 0, 513), KEEL_BLK_S_IOERR);
}

static void blk_read_only(struct kunit *test)
{
	B->features |= KEEL_BLK_F_RO;
	is_int(move(test, 0, 512), KEEL_BLK_S_OK);
	header(test, KEEL_BLK_T_OUT, 0);
	out_seg(DATA, 512);
	in_seg(STATUS, 1);
	is_int(parse(), KEEL_BLK_S_IOERR);
	header(test, KEEL_BLK_T_DISCARD, 0);
	range(test, 0, 0, 8, 0);
	out_seg(16, 16);
	in_seg(STATUS, 1);
	is_int(parse(), KEEL_BLK_S_IOERR);
}

static void blk_flush(struct kunit *test)
{
	header(test, KEEL_BLK_T_FLUSH, 0);
	in_seg(STATUS, 1);
	is_int(parse(), KEEL_BLK_S_OK);
	is(R->type, KEEL_BLK_T_FLUSH);
	B->features = 0;
	header(test, KEEL_BLK_T_FLUSH, 0);
	in_seg(STATUS, 1);
	is_int(parse(), KEEL_BLK_S_UNSUPP);
}

static void blk_get_id(struct kunit *test)
{
	header(test, KEEL_BLK_T_GET_ID, 0);
	in_seg(DATA, 20);
	in_seg(STATUS, 1);
	is_int(parse(), KEEL_BLK_S_OK);
	is(R->len, 20);
	header(test, KEEL_BLK_T_GET_ID, 0);
	in_seg(DATA, 19);
	in_seg(STATUS, 1);
	is_int(parse(), KEEL_BLK_S_IOERR);
}

static void blk_unknown(struct kunit *test)
{
	static const u32 types[] = { 2, 3, 5, 10, 14, 0x80000000 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		header(test, types[i], 0);
		in_seg(STATUS, 1);
		is_int(parse(), KEEL_BLK_S_UNSUPP);
		is(R->status, STATUS);
	}
}

static int ranges(struct kunit *test, u32 type, u32 len)
{
	header(test, type, 0);
	out_seg(16, len);
	in_seg(STATUS, 1);
	return parse();
}

static void blk_discard(struct kunit *test)
{
	range(test, 0, 8, 16, 0);
	range(test, 1, 992, 8, 0);
	is_int(ranges(test, KEEL_BLK_T_DISCARD, 32), KEEL_BLK_S_OK);
	is(R->nr_ranges, 2);
	is(R->ranges[0].offset, 8 * 512);
	is(R->ranges[0].len, 16 * 512);
	is(R->ranges[1].offset, 992 * 512);
	is(R->ranges[1].unmap, false);
	B->features = 0;
	is_int(ranges(test, KEEL_BLK_T_DISCARD, 32), KEEL_BLK_S_UNSUPP);
}

static void blk_write_zeroes(struct kunit *test)
{
	range(test, 0, 0, 1000, 1);
	range(test, 1, 1000, 0, 0);
	is_int(ranges(test, KEEL_BLK_T_WRITE_ZEROES, 32), KEEL_BLK_S_OK);
	is(R->ranges[0].unmap, true);
	is(R->ranges[1].unmap, false);
	is(R->ranges[1].len, 0);
	B->features = 0;
	is_int(ranges(test, KEEL_BLK_T_WRITE_ZEROES, 32), KEEL_BLK_S_UNSUPP);
}

static void blk_bad_ranges(struct kunit *test)
{
	unsigned int i;

	is_int(ranges(test, KEEL_BLK_T_DISCARD, 8), KEEL_BLK_S_IOERR);
	is_int(ranges(test, KEEL_BLK_T_DISCARD, 24), KEEL_BLK_S_IOERR);
	range(test, 0, 0, 1, 1);	/* unmap is not for discards */
	is_int(ranges(test, KEEL_BLK_T_DISCARD, 16), KEEL_BLK_S_UNSUPP);
	range(test, 0, 0, 1, 2);
	is_int(ranges(test, KEEL_BLK_T_WRITE_ZEROES, 16), KEEL_BLK_S_UNSUPP);
	range(test, 0, 999, 2, 0);
	is_int(ranges(test, KEEL_BLK_T_DISCARD, 16), KEEL_BLK_S_IOERR);
	range(test, 0, U64_MAX, 1, 0);
	is_int(ranges(test, KEEL_BLK_T_DISCARD, 16), KEEL_BLK_S_IOERR);
	range(test, 0, 1, U32_MAX, 0);
	is_int(ranges(test, KEEL_BLK_T_DISCARD, 16), KEEL_BLK_S_IOERR);
	for (i = 0; i <= KEEL_BLK_MAX_RANGES; i++)
		range(test, i, i, 1, 0);
	is_int(ranges(test, KEEL_BLK_T_DISCARD, 16 * KEEL_BLK_MAX_RANGES), KEEL_BLK_S_OK);
	is_int(ranges(test, KEEL_BLK_T_DISCARD, 16 * (KEEL_BLK_MAX_RANGES + 1)), KEEL_BLK_S_IOERR);
	header(test, KEEL_BLK_T_DISCARD, 0);
	in_seg(STATUS, 1);
	is_int(parse(), KEEL_BLK_S_IOERR);
	header(test, KEEL_BLK_T_DISCARD, 0);
	out_seg(PAGE - 8, 16);
	in_seg(STATUS, 1);
	is_int(parse(), KEEL_BLK_S_IOERR);
}

static int blk_init(struct kunit *test)
{
	struct blk *blk = kunit_kzalloc(test, sizeof(*blk), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, blk);
	blk->features = ALL;
	test->priv = blk;
	return 0;
}

static struct kunit_case blk_cases[] = {
	KUNIT_CASE(blk_in),
	KUNIT_CASE(blk_out),
	KUNIT_CASE(blk_cut_anywhere),
	KUNIT_CASE(blk_status_beside_data),
	KUNIT_CASE(blk_no_request),
	KUNIT_CASE(blk_stays_on_the_disk),
	KUNIT_CASE(blk_whole_sectors),
	KUNIT_CASE(blk_read_only),
	KUNIT_CASE(blk_flush),
	KUNIT_CASE(blk_get_id),
	KUNIT_CASE(blk_unknown),
	KUNIT_CASE(blk_discard),
	KUNIT_CASE(blk_write_zeroes),
	KUNIT_CASE(blk_bad_ranges),
	{}
};

static struct kunit_suite blk_suite = {
	.name = "keel-virtio-blk",
	.init = blk_init,
	.test_cases = blk_cases,
};

kunit_test_suite(blk_suite);
