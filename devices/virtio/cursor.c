// SPDX-License-Identifier: GPL-2.0
/* Reading what a driver has written into a chain, however it has cut it (VIRTIO 1.2, 2.6.4). */
#include "cursor.h"

/**
 * keel_cursor_read() - the next bytes of a chain's out-part.
 * @from: where; goes on
 * @to:   @len bytes
 * @len:  how many
 *
 * Return: false: there are not so many, or they are not in memory.
 */
bool keel_cursor_read(struct keel_cursor *from, void *to, u32 len)
{
	while (len) {
		u32 part;

		if (!from->nr)
			return false;
		part = min(len, from->seg->len);
		if (!from->mem->read(from->ctx, from->seg->addr, to, part))
			return false;
		from->seg->addr += part;
		from->seg->len -= part;
		to += part;
		len -= part;
		if (!from->seg->len) {
			from->seg++;
			from->nr--;
		}
	}
	return true;
}
