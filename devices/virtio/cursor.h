/* SPDX-License-Identifier: GPL-2.0 */
/* Reading a chain's out-part: cursor.c. */
#ifndef KEEL_VIRTIO_CURSOR_H
#define KEEL_VIRTIO_CURSOR_H

#include "queue.h"

/**
 * struct keel_cursor - what is left of a chain's out-part.
 * @mem: the guest's memory
 * @ctx: for @mem
 * @seg: the next segment; cut as it is read
 * @nr:  segments that are left
 */
struct keel_cursor {
	const struct keel_mem_ops *mem;
	void *ctx;
	struct keel_seg *seg;
	unsigned int nr;
};

bool keel_cursor_read(struct keel_cursor *from, void *to, u32 len);

#endif /* KEEL_VIRTIO_CURSOR_H */
