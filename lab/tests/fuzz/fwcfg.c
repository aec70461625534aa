// SPDX-License-Identifier: GPL-2.0
/* Firmware configuration: items as a hostile creator makes them, and what a guest reads of them. */
#include "fuzz.h"

/* Of two items, without their bytes */
#define FWCFG_ENTRIES	(sizeof(struct keel_fwcfg_items) + 2 * sizeof(struct keel_fwcfg_item))

/**
 * fuzz_fwcfg_give() - hand the items to a board that was just built.
 * @f: the input
 * @h: its host
 */
void fuzz_fwcfg_give(struct fuzz *f, struct fuzz_host *h)
{
	struct keel_dev *dev = keel_board_find(h->board, KEEL_CLASS_FWCFG, 0);

	if (dev && keel_fwcfg_ops.supply_check(f->items, sizeof(f->items)))
		keel_fwcfg_ops.supply(dev, (const void *)f->items);
}

/* What supply_check() lets pass is inside the blob, and in order. */
static void fwcfg_check(const u8 *blob, u32 size)
{
	const struct keel_fwcfg_items *items = (const void *)blob;
	u32 i;

	must(sizeof(*items) + (u64)items->nr * sizeof(items->items[0]) <= size);
	for (i = 0; i < items->nr; i++) {
		must((u64)items->items[i].offset + items->items[i].length <= size);
		must(!i || items->items[i].key > items->items[i - 1].key);
	}
}

/**
 * fuzz_fwcfg_replace() - other items: any bytes, or two items of which a byte is spoiled.
 * @f: the input
 */
void fuzz_fwcfg_replace(struct fuzz *f)
{
	u64 words[FUZZ_ITEMS / sizeof(u64)] = {};
	struct keel_fwcfg_items *items = (void *)words;
	u8 *blob = (void *)words;
	u8 how = fuzz_u8(f), spoil = fuzz_u8(f);
	struct fuzz_host *h;
	u32 i;

	for (i = 0; i < FUZZ_ITEMS; i++)
		blob[i] = how & 0x80 ? fuzz_u8(f) : i;
	if (!(how & 0x80)) {
		*items = (struct keel_fwcfg_items) { .nr = how & 3 };
		for (i = 0; i < 2; i++)
			items->items[i] = (struct keel_fwcfg_item) {
				.key = i * (how >> 2 & 7), .offset = FWCFG_ENTRIES + 4 * i,
				.length = spoil & 15,
			};
		blob[spoil % FWCFG_ENTRIES] ^= how & 0x40 ? 1 << (how & 7) : 0;
	}
	trace("items: %u\n", keel_fwcfg_ops.supply_check(blob, FUZZ_ITEMS));
	if (!keel_fwcfg_ops.supply_check(blob, FUZZ_ITEMS))
		return;
	fwcfg_check(blob, FUZZ_ITEMS);
	memcpy(f->items, blob, FUZZ_ITEMS);
	for (h = f->hosts; h < fuzz_end(f); h++)
		fuzz_fwcfg_give(f, h);
}

/**
 * fuzz_fwcfg_select() - select an item, and read some of it.
 * @f: the input
 */
void fuzz_fwcfg_select(struct fuzz *f)
{
	const struct keel_dev *dev = keel_board_find(f->hosts[0].board, KEEL_CLASS_FWCFG, 0);
	u8 how = fuzz_u8(f);
	u64 base;

	if (!dev)
		return;
	base = dev->board->regions[dev->region].base;
	fuzz_all(f, KEEL_PIO, base, 2, true, how & 0x80 ? fuzz_u16(f) : how & 7);
	for (how = how >> 3 & 15; how; how--)
		fuzz_all(f, KEEL_PIO, base + 1, 1, false, 0);
}
