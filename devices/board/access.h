/* SPDX-License-Identifier: GPL-2.0 */
/* An access within one region. Inlined: it is a good part of what a device costs a guest. */
#ifndef KEEL_BOARD_ACCESS_H
#define KEEL_BOARD_ACCESS_H

#include "timer.h"

/**
 * keel_region_takes() - does the region take an access of this width in one piece?
 * @region: the region
 * @offset: first byte in it
 * @len:    up to the region's end, not 0
 */
static __always_inline bool keel_region_takes(const struct keel_region *region, u32 offset,
					      unsigned int len)
{
	if (len == 1)
		return true;
	return len <= region->width && !(len & (len - 1)) && !(offset & (len - 1)) &&
	       len <= region->length - offset;
}

/* Sizes are constants, so that the compiler makes each of these one instruction. */
static __always_inline u32 keel_region_get(const void *data, unsigned int width)
{
	u32 value = 0;

	if (width == 1)
		memcpy(&value, data, 1);
	else if (width == 2)
		memcpy(&value, data, 2);
	else
		memcpy(&value, data, 4);
	return value;
}

static __always_inline void keel_region_put(void *data, unsigned int width, u32 value)
{
	if (width == 1)
		memcpy(data, &value, 1);
	else if (width == 2)
		memcpy(data, &value, 2);
	else
		memcpy(data, &value, 4);
}

/**
 * keel_region_one() - one piece of an access, which the region takes whole.
 * @region: the region
 * @offset: first byte in it
 * @data:   @width bytes, read or to be filled
 * @width:  as keel_region_takes() has it
 * @write:  direction
 */
static __always_inline void keel_region_one(struct keel_region *region, u32 offset, void *data,
					    unsigned int width, bool write)
{
	struct keel_dev *dev = region->dev;

	if (dev->armed)
		keel_board_catch_up(dev->board, dev);
	if (write) {
		region->writes++;
		if (dev->ops->write)
			dev->ops->write(dev, region->nr, offset, width,
					keel_region_get(data, width));
	} else {
		region->reads++;
		keel_region_put(data, width, dev->ops->read ?
				dev->ops->read(dev, region->nr, offset, width) : U32_MAX);
	}
}

/**
 * keel_region_access() - an access of any length and alignment within one region.
 * @region: the region
 * @offset: first byte in it
 * @data:   @len bytes, read or to be filled
 * @len:    up to the region's end, not 0
 * @write:  direction
 */
static __always_inline void keel_region_access(struct keel_region *region, u32 offset, void *data,
					       unsigned int len, bool write)
{
	if (keel_region_takes(region, offset, len))
		keel_region_one(region, offset, data, len, write);
	else
		keel_region_cut(region, offset, data, len, write);
}

/* ---- Reads without a door ---- */

/**
 * keel_region_wants_time() - is VmTime to be sampled for an access, and for keel_region_peek()?
 * @region: the region
 */
static __always_inline bool keel_region_wants_time(const struct keel_region *region)
{
	return region->timed || region->dev->armed;
}

/**
 * keel_region_peek() - what a read gives that changes nothing, not even what is due.
 * @region: one with @peek
 * @offset: first byte in it
 * @len:    as keel_region_takes() has it
 * @now:    VmTime, ns, if keel_region_wants_time()
 *
 * It writes nothing, and the host need not hold the board's lock: it throws the value away if a
 * door was open meanwhile.
 *
 * Return: the value, or KEEL_NO_PEEK: it takes a door.
 */
static __always_inline u64 keel_region_peek(const struct keel_region *region, u32 offset,
					    unsigned int len, u64 now)
{
	const struct keel_dev *dev = region->dev;

	if (dev->armed && dev->board->next <= now)
		return KEEL_NO_PEEK;
	return dev->ops->peek(dev, region->nr, offset, len, now);
}

#endif /* KEEL_BOARD_ACCESS_H */
