// SPDX-License-Identifier: GPL-2.0
/* Block device requests (VIRTIO 1.2, 5.2.6). */
#include "requests.h"
#include "../../../../devices/virtio/blk.h"

#define BLK_HEADER	16
#define BLK_RANGE	16

struct blk_case {
	u64 capacity;
	u64 features;
};

/* ---- Making a request ---- */

static const u64 blk_capacities[] = {
	0, 1, 8, 2048, BIT_ULL(32), S64_MAX / 512, BIT_ULL(20) - 1, 255,
};

/* A sector, mostly near the disk's end, or so far out that bytes wrap. */
static u64 blk_sector(struct requests *r, u64 capacity)
{
	u8 how = input_u8(&r->in);

	switch (how & 3) {
	case 0:
		return how >> 2;
	case 1:
		return capacity - (how >> 2);
	case 2:
		return (u64)how << 56 | how;
	default:
		return input_u64(&r->in);
	}
}

static void blk_put_header(struct requests *r, u64 capacity)
{
	static const u32 types[] = {
		KEEL_BLK_T_IN, KEEL_BLK_T_OUT, KEEL_BLK_T_FLUSH, KEEL_BLK_T_GET_ID,
		KEEL_BLK_T_DISCARD, KEEL_BLK_T_WRITE_ZEROES, 2, 10, 14, 15, 0x80000000,
	};
	u8 what = input_u8(&r->in);
	u32 type = types[what % ARRAY_SIZE(types)];
	u64 sector = blk_sector(r, capacity);

	if (what < 0xf8)
		requests_put(r, 0, &type, sizeof(type));
	requests_put(r, 8, &sector, sizeof(sector));
}

static void blk_put_ranges(struct requests *r, u64 capacity)
{
	u32 at;

	for (at = BLK_HEADER; at + BLK_RANGE <= r->bytes; at += BLK_RANGE) {
		u64 sector = blk_sector(r, capacity);
		u32 rest[2] = { input_u8(&r->in), input_u8(&r->in) };

		requests_put(r, at, &sector, sizeof(sector));
		if (rest[1] < 0xc0) {	/* else the input's bytes */
			rest[1] = rest[1] < 0x60 ? 0 : rest[1] & 3;
			requests_put(r, at + 8, rest, sizeof(rest));
		}
	}
}

static u32 blk_length(struct requests *r)
{
	static const u32 lengths[] = { 512, 1, 4096, 513, 511, 0, 20, 21, 19, 1024, 0x10000, 5 };
	u8 what = input_u8(&r->in);

	return what & 0x80 ? input_u32(&r->in) : lengths[what % ARRAY_SIZE(lengths)];
}

static struct blk_case blk_make(struct requests *r)
{
	u8 how = input_u8(&r->in), shape = input_u8(&r->in), i;
	struct blk_case c = {
		.capacity = blk_capacities[how % ARRAY_SIZE(blk_capacities)],
		.features = (how & 0x10 ? 0 : KEEL_BLK_F_FLUSH) |
			    (how & 0x20 ? 0 : KEEL_BLK_F_DISCARD) |
			    (how & 0x40 ? 0 : KEEL_BLK_F_WRITE_ZEROES) |
			    (how & 0x80 ? KEEL_BLK_F_RO : 0),
	};

	requests_add_out(r, shape & 8 ? BLK_HEADER : input_u8(&r->in) + (shape & 16 ? 32 : 0));
	blk_put_header(r, c.capacity);
	if (shape & 32)
		blk_put_ranges(r, c.capacity);
	for (i = 0; i < (shape >> 6) && r->chain.nr_out < REQUESTS_SEGS / 2; i++)
		requests_add_far(r, false, blk_length(r));
	for (i = 0; i < (shape & 7); i++)
		requests_add_far(r, true, blk_length(r));
	requests_done(r);
	return c;
}

/* ---- The expected result ---- */

static u64 blk_get(const struct requests *r, u32 at, u32 len)
{
	u64 value = 0;

	memcpy(&value, r->mem + at, len);
	return value;
}

/* Numbers wide enough that no sum wraps. */
static bool blk_on_disk(u64 sector, u64 bytes, u64 capacity)
{
	unsigned __int128 end = (unsigned __int128)sector * 512 + bytes;

	return end <= (unsigned __int128)capacity * 512;
}

static int blk_expect_data(u64 sector, u64 len, u64 capacity)
{
	return len && len % 512 == 0 && blk_on_disk(sector, len, capacity) ? KEEL_BLK_S_OK :
									     KEEL_BLK_S_IOERR;
}

/* Ranges beyond the chain's bytes are left to the maker of the chain. */
static int blk_expect_ranges(const struct requests *r, const struct blk_case *c, u32 type)
{
	u64 len = r->before.out_len - BLK_HEADER;
	u32 at;

	if (!len || len % BLK_RANGE || len > 16 * BLK_RANGE)
		return KEEL_BLK_S_IOERR;
	for (at = BLK_HEADER; at < r->before.out_len; at += BLK_RANGE) {
		u32 flags = blk_get(r, at + 12, 4);

		if (flags > 1 || (flags && type == KEEL_BLK_T_DISCARD))
			return KEEL_BLK_S_UNSUPP;
		if (!blk_on_disk(blk_get(r, at, 8), blk_get(r, at + 8, 4) * 512, c->capacity))
			return KEEL_BLK_S_IOERR;
	}
	return KEEL_BLK_S_OK;
}

static int blk_expect(const struct requests *r, const struct blk_case *c)
{
	u64 sector, in = r->before.in_len - 1, out = r->before.out_len - BLK_HEADER;
	bool readonly = c->features & KEEL_BLK_F_RO;
	u32 type;

	if (r->before.out_len < BLK_HEADER || !r->before.in_len)
		return -EBADMSG;
	type = blk_get(r, 0, 4);
	sector = blk_get(r, 8, 8);
	switch (type) {
	case KEEL_BLK_T_IN:
		return blk_expect_data(sector, in, c->capacity);
	case KEEL_BLK_T_OUT:
		return readonly ? KEEL_BLK_S_IOERR : blk_expect_data(sector, out, c->capacity);
	case KEEL_BLK_T_FLUSH:
		return c->features & KEEL_BLK_F_FLUSH ? KEEL_BLK_S_OK : KEEL_BLK_S_UNSUPP;
	case KEEL_BLK_T_GET_ID:
		return in >= 20 ? KEEL_BLK_S_OK : KEEL_BLK_S_IOERR;
	case KEEL_BLK_T_DISCARD:
		if (!(c->features & KEEL_BLK_F_DISCARD))
			return KEEL_BLK_S_UNSUPP;
		break;
	case KEEL_BLK_T_WRITE_ZEROES:
		if (!(c->features & KEEL_BLK_F_WRITE_ZEROES))
			return KEEL_BLK_S_UNSUPP;
		break;
	default:
		return KEEL_BLK_S_UNSUPP;
	}
	return readonly ? KEEL_BLK_S_IOERR : blk_expect_ranges(r, c, type);
}

/* ---- The actual result ---- */

/* The data is the part's bytes from @skip on, in order, all of them but @less. */
static void blk_check_data(const struct keel_blk_request *q, const struct keel_seg *seg,
			   unsigned int nr, u64 skip, u64 less)
{
	unsigned int i = 0;
	u64 sum = 0, total = 0, at;
	u64 begins = skip;

	for (i = 0; i < nr; i++)
		total += seg[i].len;
	for (i = 0; i < q->nr_data; i++) {
		must(q->data[i].len);
		sum += q->data[i].len;
	}
	must(sum == total - skip - less && sum == q->len);
	for (at = 0, i = 0; nr; nr--, seg++) {
		u64 from = max(at, begins), to = min(at + seg->len, total - less);

		if (from < to) {
			must(i < q->nr_data);
			must(q->data[i].addr == seg->addr + (from - at));
			must(q->data[i].len == to - from);
			i++;
		}
		at += seg->len;
	}
	must(i == q->nr_data);
}

static void blk_check_ranges(const struct requests *r, const struct keel_blk_request *q)
{
	unsigned int i;

	must(q->nr_ranges == (r->before.out_len - BLK_HEADER) / BLK_RANGE);
	for (i = 0; i < q->nr_ranges; i++) {
		u32 at = BLK_HEADER + i * BLK_RANGE;

		must(q->ranges[i].offset == blk_get(r, at, 8) * 512);
		must(q->ranges[i].len == blk_get(r, at + 8, 4) * 512);
		must(q->ranges[i].unmap == blk_get(r, at + 12, 4));
	}
}

static void blk_check_good(const struct requests *r, const struct keel_blk_request *q)
{
	const struct keel_seg *in = &r->before.segs[r->before.nr_out];

	must(q->type == blk_get(r, 0, 4));
	switch (q->type) {
	case KEEL_BLK_T_IN:
	case KEEL_BLK_T_GET_ID:
		blk_check_data(q, in, r->before.nr_in, 0, 1);
		break;
	case KEEL_BLK_T_OUT:
		blk_check_data(q, r->before.segs, r->before.nr_out, BLK_HEADER, 0);
		break;
	case KEEL_BLK_T_FLUSH:
		must(!q->nr_data && !q->nr_ranges);
		break;
	default:
		blk_check_ranges(r, q);
	}
	if (q->type == KEEL_BLK_T_IN || q->type == KEEL_BLK_T_OUT)
		must(q->offset == blk_get(r, 8, 8) * 512);
}

/* Do all bytes that a parser may look at lie where they can be read? */
static bool blk_readable(const struct requests *r)
{
	u32 type = r->bytes >= 4 ? blk_get(r, 0, 4) : 0;

	if (r->bytes < BLK_HEADER)
		return r->before.out_len == r->bytes;
	return (type != KEEL_BLK_T_DISCARD && type != KEEL_BLK_T_WRITE_ZEROES) ||
	       r->before.out_len == r->bytes;
}

void requests_blk(struct requests *r)
{
	struct blk_case c = blk_make(r);
	struct keel_blk_request q;
	const struct keel_seg *last;
	int ret;

	if (!blk_readable(r))
		return;
	memset(&q, 0xa5, sizeof(q));
	ret = keel_blk_parse(&q, &r->chain, &requests_mem, r, c.capacity, c.features);
	trace("%d\n", ret);
	if (r->failed) {
		must(ret == -EBADMSG || ret == KEEL_BLK_S_IOERR || ret == KEEL_BLK_S_UNSUPP);
		return;
	}
	must(ret == blk_expect(r, &c));
	if (ret < 0)
		return;
	last = &r->before.segs[r->before.nr_out + r->before.nr_in - 1];
	must(q.status == last->addr + last->len - 1);
	if (ret == KEEL_BLK_S_OK)
		blk_check_good(r, &q);
}
