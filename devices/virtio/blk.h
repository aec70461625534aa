/* SPDX-License-Identifier: GPL-2.0 */
/* Block device requests (VIRTIO 1.2, 5.2.6): what a chain asks for, checked. */
#ifndef KEEL_DEVICES_VIRTIO_BLK_H
#define KEEL_DEVICES_VIRTIO_BLK_H

#include "queue.h"

#define KEEL_BLK_SECTOR		512
#define KEEL_BLK_MAX_RANGES	16	/* of one discard or write-zeroes request */

/* Request types and status bytes (5.2.6). */
#define KEEL_BLK_T_IN		0
#define KEEL_BLK_T_OUT		1
#define KEEL_BLK_T_FLUSH	4
#define KEEL_BLK_T_GET_ID	8
#define KEEL_BLK_T_DISCARD	11
#define KEEL_BLK_T_WRITE_ZEROES	13
#define KEEL_BLK_S_OK		0
#define KEEL_BLK_S_IOERR	1
#define KEEL_BLK_S_UNSUPP	2

#define KEEL_BLK_ID_BYTES	20	/* the answer to GET_ID */

/* 5.2.3: feature bits that requests depend on. */
#define KEEL_BLK_F_RO		BIT_ULL(5)
#define KEEL_BLK_F_FLUSH	BIT_ULL(9)
#define KEEL_BLK_F_DISCARD	BIT_ULL(13)
#define KEEL_BLK_F_WRITE_ZEROES	BIT_ULL(14)

/**
 * struct keel_blk_range - a piece of the disk to be discarded or zeroed.
 * @offset: bytes from the disk's start
 * @len:    bytes
 * @unmap:  write-zeroes: the blocks may be given up
 */
struct keel_blk_range {
	u64 offset;
	u64 len;
	bool unmap;
};

/**
 * struct keel_blk_request - what a chain asks for.
 * @type:   KEEL_BLK_T_*, one of those that are known
 * @offset: IN and OUT: bytes from the disk's start
 * @len:    bytes of data
 * @data:   segments of the data
 * @nr_data: how many
 * @ranges: DISCARD and WRITE_ZEROES
 * @nr_ranges: how many
 * @status: guest physical address of the status byte
 */
struct keel_blk_request {
	u32 type;
	u64 offset;
	u64 len;
	struct keel_seg *data;
	unsigned int nr_data;
	struct keel_blk_range ranges[KEEL_BLK_MAX_RANGES];
	unsigned int nr_ranges;
	u64 status;
};

int keel_blk_parse(struct keel_blk_request *request, struct keel_chain *chain,
		   const struct keel_mem_ops *mem, void *ctx, u64 capacity, u64 features);

#endif /* KEEL_DEVICES_VIRTIO_BLK_H */
