// SPDX-License-Identifier: GPL-2.0
/*
 * A space's address decoder. Accesses are cut at register boundaries, as an ISA
 * bus does with a CPU's wide cycles; where nothing answers, reads float high and
 * writes are lost.
 */
#include "../pci/pci.h"

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
 * keel_bus_find() - who answers at an address?
 * @bus:  the space
 * @addr: port or guest physical address
 *
 * Return: the region, or NULL.
 */
struct keel_region *keel_bus_find(struct keel_bus *bus, u64 addr)
{
	return bus_find(bus, addr);
}

/* Does the region take an access of this width in one piece? */
static bool bus_takes(const struct keel_region *region, u32 offset, unsigned int len)
{
	if (len == 1)
		return true;
	return len <= region->width && !(len & (len - 1)) && !(offset & (len - 1)) &&
	       len <= region->length - offset;
}

/* Sizes are constants, so that the compiler makes each of these one instruction. */
static __always_inline u32 bus_get(const void *data, unsigned int width)
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

static __always_inline void bus_put(void *data, unsigned int width, u32 value)
{
	if (width == 1)
		memcpy(data, &value, 1);
	else if (width == 2)
		memcpy(data, &value, 2);
	else
		memcpy(data, &value, 4);
}

/* One piece of an access, which the region takes whole. */
static __always_inline void bus_one(struct keel_region *region, u32 offset, void *data,
				    unsigned int width, bool write)
{
	struct keel_dev *dev = region->dev;

	if (dev->armed)
		keel_board_catch_up(dev->board, dev);
	if (write) {
		region->writes++;
		if (dev->ops->write)
			dev->ops->write(dev, region->nr, offset, width, bus_get(data, width));
	} else {
		region->reads++;
		bus_put(data, width, dev->ops->read ?
			dev->ops->read(dev, region->nr, offset, width) : U32_MAX);
	}
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

/* The widest piece at @offset that the region takes. */
static unsigned int bus_chunk(const struct keel_region *region, u32 offset, unsigned int len)
{
	unsigned int chunk = region->width;

	while (chunk > len || !bus_takes(region, offset, chunk))
		chunk /= 2;
	return chunk;
}

static noinline void bus_cut(struct keel_region *region, u32 offset, void *data,
			     unsigned int len, bool write)
{
	while (len) {
		unsigned int chunk = bus_chunk(region, offset, len);

		bus_one(region, offset, data, chunk, write);
		offset += chunk;
		data += chunk;
		len -= chunk;
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
void keel_region_access(struct keel_region *region, u32 offset, void *data, unsigned int len,
			bool write)
{
	if (bus_takes(region, offset, len))
		bus_one(region, offset, data, len, write);
	else
		bus_cut(region, offset, data, len, write);
}

/*
 * An access that goes beyond one region: region by region, byte by byte where there is
 * none. So it is for what answers byte accesses alone: this is none.
 */
static noinline void bus_split(struct keel_bus *bus, u64 addr, u8 *data, unsigned int len,
			       bool write)
{
	while (len) {
		struct keel_region *region = bus_find(bus, addr);
		unsigned int part = 1;

		if (!region || region->byte_only) {
			bus_unmapped(bus, data, write);
		} else {
			part = min_t(u64, len, region->base + region->length - addr);
			keel_region_access(region, addr - region->base, data, part, write);
		}
		addr += part;
		data += part;
		len -= part;
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
	struct keel_region *region = bus_find(bus, addr);

	if (region && len <= region->length - (addr - region->base))
		keel_region_access(region, addr - region->base, data, len, write);
	else if (bus->wide && addr == bus->wide->base && len == bus->wide->reach)
		bus_one(bus->wide, 0, data, len, write);
	else
		bus_split(bus, addr, data, len, write);
}

/* ---- Regions in BARs ---- */

/*
 * All regions that want a place, sorted by it, and who of them has it: a bit for each, by
 * its rank. So the neighbours of a region are found at once, whoever else there is.
 */
struct bus_places {
	struct keel_region **regions;
	u32 nr;
	u64 taken[KEEL_MAX_REGIONS / 64];
};

static const struct keel_region_desc *bus_desc(const struct keel_region *region)
{
	return &region->dev->ops->regions[region->nr];
}

static void bus_merge(struct keel_region **to, struct keel_region **a, u32 nr_a, u32 nr_b)
{
	struct keel_region **b = a + nr_a, **end_a = b, **end_b = b + nr_b;

	while (a < end_a && b < end_b)
		*to++ = (*b)->place < (*a)->place ? *b++ : *a++;
	while (a < end_a)
		*to++ = *a++;
	while (b < end_b)
		*to++ = *b++;
}

/* By their places. */
static void bus_sort(struct keel_region **regions, struct keel_region **spare, u32 nr)
{
	struct keel_region **from = regions, **to = spare;
	u32 run, i, length;

	for (run = 1; run < nr; run *= 2) {
		for (i = 0; i < nr; i += 2 * run) {
			length = min(2 * run, nr - i);
			bus_merge(to + i, from + i, min(run, length), length - min(run, length));
		}
		swap(from, to);
	}
	if (from != regions)
		memcpy(regions, from, nr * sizeof(regions[0]));
}

/* Rank of the last one below @rank that has its place, or KEEL_MAX_REGIONS. */
static u32 bus_before(const struct bus_places *p, u32 rank)
{
	u64 bits = p->taken[rank / 64] & (BIT_ULL(rank % 64) - 1);
	u32 word = rank / 64;

	while (!bits && word)
		bits = p->taken[--word];
	return bits ? word * 64 + 63 - __builtin_clzll(bits) : KEEL_MAX_REGIONS;
}

/* And of the first one above. */
static u32 bus_behind(const struct bus_places *p, u32 rank)
{
	u64 bits = p->taken[rank / 64] & ~(BIT_ULL(rank % 64) | (BIT_ULL(rank % 64) - 1));
	u32 word = rank / 64;

	while (!bits && ++word < ARRAY_SIZE(p->taken))
		bits = p->taken[word];
	return bits ? word * 64 + __builtin_ctzll(bits) : KEEL_MAX_REGIONS;
}

static bool bus_is_free(const struct bus_places *p, const struct keel_region *region)
{
	u32 before = bus_before(p, region->rank), behind = bus_behind(p, region->rank);

	if (before < KEEL_MAX_REGIONS &&
	    region->place - p->regions[before]->place < p->regions[before]->length)
		return false;
	return behind == KEEL_MAX_REGIONS ||
	       p->regions[behind]->place > region->place + (region->length - 1);
}

static void bus_take(struct bus_places *p, const struct keel_region *region)
{
	p->taken[region->rank / 64] |= BIT_ULL(region->rank % 64);
}

/* Those that want a place, and those that have one for ever. */
static void bus_collect(struct keel_board *board, struct bus_places *places)
{
	unsigned int i;

	for (i = 0; i < board->nr_regions; i++) {
		struct keel_region *region = &board->regions[i];
		struct bus_places *p = &places[region->space];

		if (region->reach)
			continue;
		if (!region->in_bar ||
		    keel_pci_decodes(region->dev, bus_desc(region), &region->place))
			p->regions[p->nr++] = region;
		else
			region->rank = KEEL_MAX_REGIONS;
	}
}

/* What stays where it is has its place. */
static void bus_rank(struct bus_places *p, struct keel_region **spare)
{
	u32 i;

	bus_sort(p->regions, spare, p->nr);
	for (i = 0; i < p->nr; i++) {
		p->regions[i]->rank = i;
		if (!p->regions[i]->in_bar)
			bus_take(p, p->regions[i]);
	}
}

/* Puts a region where its function's registers say. Return: is that something new? */
static bool bus_map(struct keel_bus *bus, struct bus_places *p, struct keel_region *region)
{
	u64 was = region->base;
	bool was_mapped = region->mapped;
	bool decoded = region->rank < KEEL_MAX_REGIONS;
	bool hidden = decoded && !bus_is_free(p, region);

	if (hidden && !region->hidden)
		bus->hidden++;
	region->hidden = hidden;
	region->mapped = decoded && !hidden;
	region->base = region->mapped ? region->place : 0;
	if (region->mapped)
		bus_take(p, region);
	return region->mapped != was_mapped || region->base != was;
}

static void bus_fill(struct keel_bus *bus, const struct bus_places *p)
{
	u32 i;

	bus->nr = 0;
	bus->last = NULL;
	for (i = 0; i < p->nr; i++)
		if (p->taken[i / 64] & BIT_ULL(i % 64))
			bus->regions[bus->nr++] = p->regions[i];
}

/**
 * keel_board_remap() - regions in BARs are where the functions' registers say.
 * @board: with a door open
 *
 * All of them are taken off the bus and put back in the board's order, without the
 * ones that would overlap what is there already. So what is on the bus follows from
 * the registers as they are, and not from how they became so. How long it takes does
 * hardly depend on where they are: a guest chooses that.
 */
void keel_board_remap(struct keel_board *board)
{
	struct bus_places places[KEEL_NR_SPACES] = {
		{ .regions = board->bus[KEEL_PIO].regions },
		{ .regions = board->bus[KEEL_MMIO].regions },
	};
	bool moved = false;
	unsigned int i;

	board->moved = false;
	bus_collect(board, places);
	for (i = 0; i < KEEL_NR_SPACES; i++)
		bus_rank(&places[i], board->spare);
	for (i = 0; i < board->nr_regions; i++) {
		struct keel_region *region = &board->regions[i];

		if (region->in_bar)
			moved |= bus_map(&board->bus[region->space], &places[region->space],
					 region);
	}
	for (i = 0; i < KEEL_NR_SPACES; i++)
		bus_fill(&board->bus[i], &places[i]);
	if (moved)
		board->ops->remap(board->host);
}
