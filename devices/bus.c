// SPDX-License-Identifier: GPL-2.0
/*
 * A space's address decoder. Accesses are cut at register boundaries, as an ISA
 * bus does with a CPU's wide cycles; where nothing answers, reads float high and
 * writes are lost.
 */
#include "board.h"

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

	memmove(&bus->regions[at + 1], &bus->regions[at],
		(bus->nr - at) * sizeof(bus->regions[0]));
	bus->regions[at] = region;
	bus->nr++;
}

/**
 * keel_bus_find() - who answers at an address?
 * @bus:  the space
 * @addr: port or guest physical address
 *
 * Return: the region, or NULL.
 */
struct keel_region *keel_bus_find(const struct keel_bus *bus, u64 addr)
{
	u32 at = bus_lower_bound(bus, addr);

	if (at == bus->nr || addr < bus->regions[at]->base)
		return NULL;
	return bus->regions[at];
}

/* The widest naturally aligned piece at @offset that the region takes whole. */
static unsigned int bus_chunk(const struct keel_region *region, u32 offset, unsigned int len)
{
	unsigned int chunk = region->width;

	while (chunk > len || chunk > region->length - offset || offset & (chunk - 1))
		chunk /= 2;
	return chunk;
}

static void bus_read(struct keel_region *region, u32 offset, u8 *data, unsigned int width)
{
	const struct keel_dev_ops *ops = region->dev->ops;
	u32 value = ops->read ? ops->read(region->dev, region->nr, offset, width) : U32_MAX;

	region->reads++;
	memcpy(data, &value, width);	/* the CPU of a PC is little-endian, and so is its host */
}

static void bus_write(struct keel_region *region, u32 offset, const u8 *data, unsigned int width)
{
	u32 value = 0;

	region->writes++;
	memcpy(&value, data, width);
	if (region->dev->ops->write)
		region->dev->ops->write(region->dev, region->nr, offset, width, value);
}

static void bus_unmapped(struct keel_bus *bus, u8 *byte, bool write)
{
	if (write) {
		bus->unmapped_writes++;
	} else {
		bus->unmapped_reads++;
		*byte = 0xff;
	}
}

/**
 * keel_bus_access() - a CPU's access, of any length and alignment.
 * @bus:   the space
 * @addr:  first address
 * @data:  @len bytes, read or to be filled
 * @len:   usually 1, 2, 4 or 8
 * @write: direction
 */
void keel_bus_access(struct keel_bus *bus, u64 addr, void *data, unsigned int len, bool write)
{
	u8 *bytes = data;

	while (len) {
		struct keel_region *region = keel_bus_find(bus, addr);
		unsigned int chunk = 1;

		if (!region) {
			bus_unmapped(bus, bytes, write);
		} else {
			u32 offset = addr - region->base;

			chunk = bus_chunk(region, offset, len);
			if (write)
				bus_write(region, offset, bytes, chunk);
			else
				bus_read(region, offset, bytes, chunk);
		}
		addr += chunk;
		bytes += chunk;
		len -= chunk;
	}
}
