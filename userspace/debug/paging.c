// SPDX-License-Identifier: GPL-2.0
/*
 * The page tables of a guest in long mode (SDM volume 3, 4.5): what a kernel has mapped, in the
 * upper half of the addresses. The guest wrote them: they may be in circles, and Linux has tables
 * of which thousands of entries are the same (for ESPFIX). So each table is looked at once.
 */
#include <linux/kvm.h>
#include <stdlib.h>

#include "base.h"
#include "debug/paging.h"
#include "vm/memory.h"

#define CR4_LA57	BIT(12)
#define EFER_LMA	BIT(10)

#define ENTRY_PRESENT	BIT(0)
#define ENTRY_LARGE	BIT(7)
#define ENTRY_ADDRESS	0x000ffffffffff000ULL
#define ENTRIES		512U

/**
 * struct walk - a walk through page tables.
 * @memory:   the guest's
 * @mappings: what it finds
 * @seen:     a byte for each page of the RAM: it is a table that has been looked at
 */
struct walk {
	const struct memory *memory;
	struct mappings *mappings;
	bool *seen;
};

static bool mapping_grows(const struct mappings *mappings, const struct mapping *more)
{
	const struct mapping *last = &mappings->list[mappings->nr - 1];

	return mappings->nr && last->virt + last->size == more->virt &&
	       last->phys + last->size == more->phys;
}

static void mapping_add(struct mappings *mappings, const struct mapping *more)
{
	struct mapping *list;

	if (mapping_grows(mappings, more)) {
		mappings->list[mappings->nr - 1].size += more->size;
		return;
	}
	if (mappings->nr == mappings->most)
		return;
	if (!(mappings->nr & (mappings->nr - 1))) {	/* full at powers of two */
		size_t room = mappings->nr ? 2 * mappings->nr : 1;

		list = realloc(mappings->list, room * sizeof(*list));
		if (!list)
			return;
		mappings->list = list;
	}
	mappings->list[mappings->nr++] = *more;
}

/* The part of a mapping that is in a piece of RAM. */
static void mapping_clip(struct mappings *mappings, const struct mapping *all,
			 const struct piece *piece)
{
	__u64 from = all->phys > piece->gpa ? all->phys : piece->gpa;
	__u64 end = all->phys + all->size, piece_end = piece->gpa + piece->size;
	struct mapping part = { .virt = all->virt + (from - all->phys), .phys = from };

	if (end > piece_end)
		end = piece_end;
	if (from >= end)
		return;
	part.size = end - from;
	mapping_add(mappings, &part);
}

static void walk_page(struct walk *walk, __u64 virt, __u64 phys, __u64 size)
{
	const struct mapping all = { virt, phys & ~(size - 1), size };
	struct piece pieces[MEMORY_PIECES];
	unsigned int i, nr = memory_pieces(walk->memory, pieces);

	for (i = 0; i < nr; i++)
		mapping_clip(walk->mappings, &all, &pieces[i]);
}

static size_t page_index(const struct memory *memory, const void *page)
{
	return ((const __u8 *)page - memory->base) / PAGE;
}

/* @level: 1 for a table whose entries are pages of 4 KiB */
static void walk_table(struct walk *walk, __u64 table, unsigned int level, __u64 virt,
		       unsigned int first)
{
	const __u64 *entries = memory_at(walk->memory, table, PAGE);
	__u64 size = PAGE << 9 * (level - 1);
	unsigned int i;

	if (!entries || walk->seen[page_index(walk->memory, entries)])
		return;
	walk->seen[page_index(walk->memory, entries)] = true;
	for (i = first; i < ENTRIES; i++) {
		__u64 entry = entries[i], at = virt + i * size;

		if (!(entry & ENTRY_PRESENT))
			continue;
		if (level == 1 || (level <= 3 && entry & ENTRY_LARGE))
			walk_page(walk, at, entry & ENTRY_ADDRESS, size);
		else
			walk_table(walk, entry & ENTRY_ADDRESS, level - 1, at, 0);
	}
}

/* paging_is_long() - is it in long mode, with page tables of this form? */
bool paging_is_long(const struct kvm_sregs *sregs)
{
	return sregs->efer & EFER_LMA;
}

/**
 * paging_kernel() - what is mapped in the upper half of the addresses, as far as it is RAM.
 * @memory:   the guest's
 * @sregs:    of a vCPU in long mode
 * @mappings: the list, which is empty, with its room
 */
void paging_kernel(const struct memory *memory, const struct kvm_sregs *sregs,
		   struct mappings *mappings)
{
	struct walk walk = { memory, mappings, calloc(memory->size / PAGE, sizeof(*walk.seen)) };
	unsigned int levels = sregs->cr4 & CR4_LA57 ? 5 : 4;
	/* Addresses are sign-extended */
	__u64 upper = ~0ULL << (levels == 5 ? 57 : 48);

	if (walk.seen)
		walk_table(&walk, sregs->cr3 & ENTRY_ADDRESS, levels, upper, ENTRIES / 2);
	free(walk.seen);
}
