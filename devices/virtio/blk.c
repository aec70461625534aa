// SPDX-License-Identifier: GPL-2.0
/*
 * Block device requests (VIRTIO 1.2, 5.2.6): a header of 16 bytes, data, and a status byte
 * at the very end. A driver may cut them into segments as it likes (2.6.4).
 *
 * Not known: SCSI commands, lifetime, secure erase, zones: the answer is UNSUPP.
 */
#include "blk.h"
#include "cursor.h"

/* 5.2.6: each request begins with this; all fields little-endian. */
struct blk_header {
	u32 type;
	u32 reserved;
	u64 sector;
};

/* 5.2.6: a segment of a discard or write-zeroes request. */
struct blk_range {
	u64 sector;
	u32 num_sectors;
	u32 flags;
};

#define BLK_UNMAP	BIT(0)

static_assert(sizeof(struct blk_header) == 16);
static_assert(sizeof(struct blk_range) == 16);

/* The last byte of the in-part, which is taken off it. */
static bool blk_take_status(struct keel_blk_request *request, struct keel_chain *chain)
{
	struct keel_seg *last = &chain->segs[chain->nr_out + chain->nr_in - 1];

	if (!chain->nr_in)
		return false;
	last->len--;
	chain->in_len--;
	request->status = last->addr + last->len;
	if (!last->len)
		chain->nr_in--;
	return true;
}

/* Is the range on the disk? @len is below 2^42, so that sums of two fit. */
static bool blk_within(u64 sector, u64 len, u64 capacity)
{
	return sector <= capacity && len <= (capacity - sector) * KEEL_BLK_SECTOR;
}

static int blk_data(struct keel_blk_request *request, u64 sector, u64 capacity)
{
	if (!request->len || request->len % KEEL_BLK_SECTOR ||
	    !blk_within(sector, request->len, capacity))
		return KEEL_BLK_S_IOERR;
	request->offset = sector * KEEL_BLK_SECTOR;
	return KEEL_BLK_S_OK;
}

static int blk_in(struct keel_blk_request *request, struct keel_chain *chain, u64 sector,
		  u64 capacity)
{
	request->data = &chain->segs[chain->nr_out];
	request->nr_data = chain->nr_in;
	request->len = chain->in_len;
	return blk_data(request, sector, capacity);
}

static int blk_out(struct keel_blk_request *request, const struct keel_cursor *rest, u64 len,
		   u64 sector, u64 capacity)
{
	request->data = rest->seg;
	request->nr_data = rest->nr;
	request->len = len;
	return blk_data(request, sector, capacity);
}

static int blk_get_id(struct keel_blk_request *request, struct keel_chain *chain)
{
	request->data = &chain->segs[chain->nr_out];
	request->nr_data = chain->nr_in;
	request->len = chain->in_len;
	return request->len >= KEEL_BLK_ID_BYTES ? KEEL_BLK_S_OK : KEEL_BLK_S_IOERR;
}

/* 5.2.6.2: UNMAP is for write-zeroes alone, and other flags for no request. */
static int blk_range(struct keel_blk_range *range, const struct blk_range *from, u32 type,
		     u64 capacity)
{
	if (from->flags & ~(type == KEEL_BLK_T_WRITE_ZEROES ? BLK_UNMAP : 0))
		return KEEL_BLK_S_UNSUPP;
	range->offset = from->sector * KEEL_BLK_SECTOR;
	range->len = (u64)from->num_sectors * KEEL_BLK_SECTOR;
	range->unmap = from->flags & BLK_UNMAP;
	return blk_within(from->sector, range->len, capacity) ? KEEL_BLK_S_OK : KEEL_BLK_S_IOERR;
}

static int blk_ranges(struct keel_blk_request *request, struct keel_cursor *from, u64 len,
		      u64 capacity)
{
	struct blk_range raw;
	unsigned int i;
	int ret;

	if (!len || len % sizeof(raw) || len / sizeof(raw) > KEEL_BLK_MAX_RANGES)
		return KEEL_BLK_S_IOERR;
	request->nr_ranges = len / sizeof(raw);
	for (i = 0; i < request->nr_ranges; i++) {
		if (!keel_cursor_read(from, &raw, sizeof(raw)))
			return KEEL_BLK_S_IOERR;
		ret = blk_range(&request->ranges[i], &raw, request->type, capacity);
		if (ret)
			return ret;
	}
	return KEEL_BLK_S_OK;
}

/* What a request type needs; 0: nothing. A driver asks for what it has negotiated alone. */
static u64 blk_needs(u32 type)
{
	switch (type) {
	case KEEL_BLK_T_FLUSH:
		return KEEL_BLK_F_FLUSH;
	case KEEL_BLK_T_DISCARD:
		return KEEL_BLK_F_DISCARD;
	case KEEL_BLK_T_WRITE_ZEROES:
		return KEEL_BLK_F_WRITE_ZEROES;
	default:
		return 0;
	}
}

static bool blk_writes(u32 type)
{
	return type == KEEL_BLK_T_OUT || type == KEEL_BLK_T_DISCARD ||
	       type == KEEL_BLK_T_WRITE_ZEROES;
}

/**
 * keel_blk_parse() - what does a chain ask for?
 * @request:  out
 * @chain:    as it came from the ring; its segments are cut in place
 * @mem:      the guest's memory
 * @ctx:      for @mem
 * @capacity: of the disk, in sectors
 * @features: as negotiated
 *
 * Return: KEEL_BLK_S_OK: do it; another KEEL_BLK_S_*: that is the answer already; or
 * -EBADMSG: a chain that has no header, or no place for an answer.
 */
int keel_blk_parse(struct keel_blk_request *request, struct keel_chain *chain,
		   const struct keel_mem_ops *mem, void *ctx, u64 capacity, u64 features)
{
	struct keel_cursor out = { mem, ctx, chain->segs, chain->nr_out };
	u64 len = chain->out_len - sizeof(struct blk_header);
	struct blk_header header;

	request->nr_data = 0;
	request->nr_ranges = 0;
	request->len = 0;
	if (!keel_cursor_read(&out, &header, sizeof(header)) || !blk_take_status(request, chain))
		return -EBADMSG;
	request->type = header.type;
	if (blk_needs(header.type) & ~features)
		return KEEL_BLK_S_UNSUPP;
	if (blk_writes(header.type) && features & KEEL_BLK_F_RO)
		return KEEL_BLK_S_IOERR;
	switch (header.type) {
	case KEEL_BLK_T_IN:
		return blk_in(request, chain, header.sector, capacity);
	case KEEL_BLK_T_OUT:
		return blk_out(request, &out, len, header.sector, capacity);
	case KEEL_BLK_T_FLUSH:
		return KEEL_BLK_S_OK;
	case KEEL_BLK_T_GET_ID:
		return blk_get_id(request, chain);
	case KEEL_BLK_T_DISCARD:
	case KEEL_BLK_T_WRITE_ZEROES:
		return blk_ranges(request, &out, len, capacity);
	default:
		return KEEL_BLK_S_UNSUPP;
	}
}
