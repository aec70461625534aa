/* SPDX-License-Identifier: GPL-2.0 */
/* A space's address decoder: bus.c. */
#ifndef KEEL_BOARD_BUS_H
#define KEEL_BOARD_BUS_H

#include "dev.h"
#include "unmapped.h"

/**
 * struct keel_region - a region on a board.
 * @base:   first address, 0 while it is not @mapped
 * @length: bytes
 * @dev:    the device that answers
 * @space:  enum keel_space
 * @in_bar: its function's registers say where it is
 * @nr:     number of the region in the device's table
 * @timed:  see struct keel_region_desc
 * @peek:   the same
 * @width:  see struct keel_region_desc
 * @byte_only: the same
 * @reach:  the same
 * @mapped: it is on the bus; the ones in a BAR are if their function decodes it
 * @hidden: it would be, but another region is there
 * @place:  where it is to be, if it is to be anywhere
 * @rank:   among all that are to be somewhere, or KEEL_MAX_REGIONS
 * @reads:  reads that reached the model, after splitting
 * @writes: the same for writes
 */
struct keel_region {
	u64 base;
	u32 length;
	u8 width;
	bool byte_only;
	u8 reach;
	bool mapped;
	bool hidden;
	u64 place;
	u16 rank;
	u8 space;
	bool in_bar;
	u8 nr;
	bool timed;
	bool peek;
	struct keel_dev *dev;
	u64 reads;
	u64 writes;
};

/**
 * struct keel_bus - a space's regions by address.
 * @regions:  sorted, without overlap
 * @nr:       of them
 * @last:     the one that was found last, or NULL
 * @wide:     the one with a reach, which is not among @regions, or NULL
 * @unmapped: accesses that no device answers, or not all of their bytes
 * @hidden:   how often a region in a BAR was put where another one is already
 */
struct keel_bus {
	struct keel_region **regions;
	u32 nr;
	struct keel_region *last;
	struct keel_region *wide;
	struct keel_unmapped unmapped;
	u64 hidden;
};

/**
 * keel_region_has() - is the region there for all of this access?
 * @region: the region
 * @addr:   first address
 * @len:    bytes, not 0
 */
static inline bool keel_region_has(const struct keel_region *region, u64 addr, unsigned int len)
{
	return region->mapped && addr - region->base < region->length &&
	       len <= region->length - (addr - region->base);
}

void keel_bus_add(struct keel_bus *bus, struct keel_region *region);
struct keel_region *keel_bus_find(struct keel_bus *bus, u64 addr);
enum keel_news keel_bus_access(struct keel_bus *bus, u64 addr, void *data, unsigned int len,
			       bool write);
void keel_region_cut(struct keel_region *region, u32 offset, void *data, unsigned int len,
		     bool write);

#endif /* KEEL_BOARD_BUS_H */
