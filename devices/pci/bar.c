// SPDX-License-Identifier: GPL-2.0
/*
 * Regions in BARs: where they are on the bus, and which of them give way to others. Such as a
 * register of a function's own places (KEEL_IN_OWN) are regions in BARs as any other.
 */
#include "bar.h"
#include "pci.h"

/*
 * All regions that want a place, sorted by it, and which of them have it: a bit for each, by
 * its rank. So the neighbours of a region are found at once, however many others there are.
 */
struct bar_places {
	struct keel_region **regions;
	u32 nr;
	u64 taken[KEEL_MAX_REGIONS / 64];
};

/*
 * Where is a region that is in a BAR? False: its function does not decode it, or the space
 * ends before it.
 */
static bool bar_decodes_bar(struct keel_dev *dev, const struct keel_region_desc *desc, u64 *base)
{
	const struct keel_pci_state *s = keel_pci_state(dev);
	unsigned int bar = desc->in_bar - 1;
	enum keel_bar_kind kind = dev->ops->pci->bars[bar].kind;
	u64 last = kind == KEEL_BAR_IO ? U16_MAX : kind == KEEL_BAR_MEM32 ? U32_MAX : U64_MAX;
	u64 start = s->bar[bar];

	if (kind == KEEL_BAR_MEM64)
		start |= (u64)s->bar[bar + 1] << 32;
	*base = start + desc->base;
	return s->command & (kind == KEEL_BAR_IO ? PCI_COMMAND_IO : PCI_COMMAND_MEMORY) &&
	       start <= last - (dev->ops->pci->bars[bar].size - 1);
}

static bool bar_decodes(struct keel_region *region)
{
	const struct keel_region_desc *desc = &region->dev->ops->regions[region->nr];

	if (desc->in_bar == KEEL_IN_OWN)
		return region->dev->ops->pci->place(region->dev, region->nr, &region->place);
	return bar_decodes_bar(region->dev, desc, &region->place);
}

static void bar_merge(struct keel_region **to, struct keel_region **a, u32 nr_a, u32 nr_b)
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
static void bar_sort(struct keel_region **regions, struct keel_region **spare, u32 nr)
{
	struct keel_region **from = regions, **to = spare;
	u32 run, i, length;

	for (run = 1; run < nr; run *= 2) {
		for (i = 0; i < nr; i += 2 * run) {
			length = min(2 * run, nr - i);
			bar_merge(to + i, from + i, min(run, length), length - min(run, length));
		}
		swap(from, to);
	}
	if (from != regions)
		memcpy(regions, from, nr * sizeof(regions[0]));
}

/* Rank of the last one below @rank that has its place, or KEEL_MAX_REGIONS. */
static u32 bar_before(const struct bar_places *p, u32 rank)
{
	u64 bits = p->taken[rank / 64] & (BIT_ULL(rank % 64) - 1);
	u32 word = rank / 64;

	while (!bits && word)
		bits = p->taken[--word];
	return bits ? word * 64 + 63 - __builtin_clzll(bits) : KEEL_MAX_REGIONS;
}

/* And of the first one above. */
static u32 bar_behind(const struct bar_places *p, u32 rank)
{
	u64 bits = p->taken[rank / 64] & ~(BIT_ULL(rank % 64) | (BIT_ULL(rank % 64) - 1));
	u32 word = rank / 64;

	while (!bits && ++word < ARRAY_SIZE(p->taken))
		bits = p->taken[word];
	return bits ? word * 64 + __builtin_ctzll(bits) : KEEL_MAX_REGIONS;
}

static bool bar_is_free(const struct bar_places *p, const struct keel_region *region)
{
	u32 before = bar_before(p, region->rank), behind = bar_behind(p, region->rank);

	if (before < KEEL_MAX_REGIONS &&
	    region->place - p->regions[before]->place < p->regions[before]->length)
		return false;
	return behind == KEEL_MAX_REGIONS ||
	       p->regions[behind]->place > region->place + (region->length - 1);
}

static void bar_take(struct bar_places *p, const struct keel_region *region)
{
	p->taken[region->rank / 64] |= BIT_ULL(region->rank % 64);
}

/* Those that want a place, and those that have one for ever. */
static void bar_collect(struct keel_board *board, struct bar_places *places)
{
	unsigned int i;

	for (i = 0; i < board->nr_regions; i++) {
		struct keel_region *region = &board->regions[i];
		struct bar_places *p = &places[region->space];

		if (region->reach)
			continue;
		if (!region->in_bar || bar_decodes(region))
			p->regions[p->nr++] = region;
		else
			region->rank = KEEL_MAX_REGIONS;
	}
}

/* What stays where it is has its place. */
static void bar_rank(struct bar_places *p, struct keel_region **spare)
{
	u32 i;

	bar_sort(p->regions, spare, p->nr);
	for (i = 0; i < p->nr; i++) {
		p->regions[i]->rank = i;
		if (!p->regions[i]->in_bar)
			bar_take(p, p->regions[i]);
	}
}

/* Puts a region where its function's registers say. Return: is that something new? */
static bool bar_map(struct keel_bus *bus, struct bar_places *p, struct keel_region *region)
{
	u64 was = region->base;
	bool was_mapped = region->mapped;
	bool decoded = region->rank < KEEL_MAX_REGIONS;
	bool hidden = decoded && !bar_is_free(p, region);

	if (hidden && !region->hidden)
		bus->hidden++;
	region->hidden = hidden;
	region->mapped = decoded && !hidden;
	region->base = region->mapped ? region->place : 0;
	if (region->mapped)
		bar_take(p, region);
	return region->mapped != was_mapped || region->base != was;
}

static void bar_fill(struct keel_bus *bus, const struct bar_places *p)
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
	struct bar_places places[KEEL_NR_SPACES] = {
		{ .regions = board->bus[KEEL_PIO].regions },
		{ .regions = board->bus[KEEL_MMIO].regions },
	};
	bool moved = false;
	unsigned int i;

	board->moved = false;
	bar_collect(board, places);
	for (i = 0; i < KEEL_NR_SPACES; i++)
		bar_rank(&places[i], board->spare);
	for (i = 0; i < board->nr_regions; i++) {
		struct keel_region *region = &board->regions[i];

		if (region->in_bar)
			moved |= bar_map(&board->bus[region->space], &places[region->space],
					 region);
	}
	for (i = 0; i < KEEL_NR_SPACES; i++)
		bar_fill(&board->bus[i], &places[i]);
	if (moved)
		board->host.ops->remap(board->host.ctx);
}
