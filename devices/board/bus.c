// SPDX-License-Identifier: GPL-2.0
/*
 * A space's address decoder. Accesses are cut at register boundaries, as an ISA
 * bus does with a CPU's wide cycles; where nothing answers, reads float high and
 * writes are lost.
 */
#include "access.h"

/* First region that ends beyond @addr, as an index; bus->nr if there is none. */
static u32 bus_lower_bound(const struct keel_bus *bus, u64 addr)
{
	u32 low = 0, high = bus->nr;

	while (low < high) {
		u32 mid = low + (high - low) / 2;
		const struct keel_region *region = bus->regions[mid];

		if (addr - region->base < region->length || addr < region->base)
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}

/**
 * keel_bus_add() - put a region where its base says.
 * @bus:    with room for one more
 * @region: must not overlap another one
 */
void keel_bus_add(struct keel_bus *bus, struct keel_region *region)
{
	u32 at = bus_lower_bound(bus, region->base);

	if (region->reach) {
		bus->wide = region;
		return;
	}
	region->mapped = true;
	region->place = region->base;
	memmove(&bus->regions[at + 1], &bus->regions[at],
		(bus->nr - at) * sizeof(bus->regions[0]));
	bus->regions[at] = region;
	bus->nr++;
}

static struct keel_region *bus_search(struct keel_bus *bus, u64 addr)
{
	u32 at = bus_lower_bound(bus, addr);

	if (at == bus->nr || addr < bus->regions[at]->base)
		return NULL;
	bus->last = bus->regions[at];
	return bus->last;
}

/* Drivers stay with a device for a while: the last one found is tried first. */
static __always_inline struct keel_region *bus_find(struct keel_bus *bus, u64 addr)
{
	struct keel_region *last = bus->last;

	return last && addr - last->base < last->length ? last : bus_search(bus, addr);
}

/**
 * keel_bus_find() - the region at an address.
 * @bus:  the space
 * @addr: port or guest physical address
 *
 * Return: the region, or NULL.
 */
struct keel_region *keel_bus_find(struct keel_bus *bus, u64 addr)
{
	return bus_find(bus, addr);
}

/* The widest piece at @offset that the region takes. */
static unsigned int bus_chunk(const struct keel_region *region, u32 offset, unsigned int len)
{
	unsigned int chunk = region->width;

	while (chunk > len || !keel_region_takes(region, offset, chunk))
		chunk /= 2;
	return chunk;
}

/* Eight bytes for a register of 64 bits: written whole, if the model can tell. */
static bool bus_write64(struct keel_region *region, u32 offset, const void *data,
			unsigned int len)
{
	struct keel_dev *dev = region->dev;
	u64 value;

	if (!dev->ops->write64 || len != 8 || offset % 8)
		return false;
	if (dev->armed)
		keel_board_catch_up(dev->board, dev);
	memcpy(&value, data, sizeof(value));
	region->writes++;
	dev->ops->write64(dev, region->nr, offset, value);
	return true;
}

/**
 * keel_region_cut() - an access that the region does not take whole, for keel_region_access().
 * @region: the region
 * @offset: first byte in it
 * @data:   @len bytes, read or to be filled
 * @len:    up to the region's end, not 0
 * @write:  direction
 */
noinline void keel_region_cut(struct keel_region *region, u32 offset, void *data,
			      unsigned int len, bool write)
{
	if (write && bus_write64(region, offset, data, len))
		return;
	while (len) {
		unsigned int chunk = bus_chunk(region, offset, len);

		keel_region_one(region, offset, data, chunk, write);
		offset += chunk;
		data += chunk;
		len -= chunk;
	}
}

/*
 * An access that goes beyond one region: region by region, byte by byte where there is
 * none. So it is for what answers byte accesses alone: this is none.
 */
static noinline enum keel_news bus_split(struct keel_bus *bus, u64 addr, u8 *data,
					 unsigned int len, bool write)
{
	const unsigned int width = len;
	const u64 first = addr;
	bool unmapped = false;

	while (len) {
		struct keel_region *region = bus_find(bus, addr);
		unsigned int part = 1;

		if (!region || region->byte_only) {
			unmapped = true;
			if (!write)
				*data = 0xff;
		} else {
			part = min_t(u64, len, region->base + region->length - addr);
			keel_region_access(region, addr - region->base, data, part, write);
		}
		addr += part;
		data += part;
		len -= part;
	}
	return unmapped ? keel_unmapped_note(&bus->unmapped, first, width, write) : KEEL_NO_NEWS;
}

/**
 * keel_bus_access() - a CPU's access, of any length and alignment.
 * @bus:   the space
 * @addr:  first address
 * @data:  @len bytes, read or to be filled
 * @len:   usually 1, 2, 4 or 8
 * @write: direction
 *
 * Return: what is worth telling.
 */
enum keel_news keel_bus_access(struct keel_bus *bus, u64 addr, void *data, unsigned int len,
			       bool write)
{
	struct keel_region *region = bus_find(bus, addr);

	if (region && len <= region->length - (addr - region->base))
		keel_region_access(region, addr - region->base, data, len, write);
	else if (bus->wide && addr == bus->wide->base && len == bus->wide->reach)
		keel_region_one(bus->wide, 0, data, len, write);
	else
		return bus_split(bus, addr, data, len, write);
	return KEEL_NO_NEWS;
}
