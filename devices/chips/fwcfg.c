// SPDX-License-Identifier: GPL-2.0
/*
 * Firmware configuration: items that the VM's creator hands to its firmware, each under a key
 * (QEMU, docs/specs/fw_cfg).
 *
 *	0x510  W  selector, 16 bits: the item whose first byte is next
 *	0x511  R  that byte; then the one behind it is next
 *
 * The bytes behind an item's end, and those of a key that no item has, read as 0. After a reset
 * the selector is 0. All other accesses read as 0, and take no writes.
 *
 * Which keys there are, "files" and their directory included, is the creator's choice. The items
 * are its memory, and not part of the state: it hands them to a restored board again.
 *
 * Not modelled: DMA and its ports 0x514 to 0x51b, writes of items.
 */
#include "../board/dev.h"

enum fwcfg_offset { FWCFG_SELECTOR, FWCFG_DATA };

/**
 * struct keel_fwcfg - the device.
 * @dev:     what the board knows
 * @items:   from the host; NULL: there are none
 * @bytes:   of the item that is selected
 * @length:  how many; 0: no item has that key
 * @selects: items selected
 * @absent:  of these, keys that no item has
 * @beyond:  bytes read behind an item's end
 * @ignored: accesses that are not the selector's or the data's
 * @s:       state
 */
struct keel_fwcfg {
	/* Wiring */
	struct keel_dev dev;
	const struct keel_fwcfg_items *items;

	/* Derived */
	const u8 *bytes;
	u32 length;

	/* Counters */
	u64 selects;
	u64 absent;
	u64 beyond;
	u64 ignored;

	/* State */
	struct keel_fwcfg_state s;
};

static_assert(sizeof(struct keel_fwcfg_state) == 8);
static_assert(sizeof(struct keel_fwcfg_item) == 12);
static_assert(sizeof(struct keel_fwcfg_items) == 8);

static struct keel_fwcfg *fwcfg_of(struct keel_dev *dev)
{
	return container_of(dev, struct keel_fwcfg, dev);
}

/* ---- Items ---- */

static bool fwcfg_item_sane(const struct keel_fwcfg_item *item, u32 first, u32 length)
{
	return !item->reserved && item->offset >= first && item->offset <= length &&
	       item->length <= length - item->offset;
}

/* A struct keel_fwcfg_items, and the bytes of its items. */
static bool fwcfg_supply_check(const void *data, u32 length)
{
	const struct keel_fwcfg_items *items = data;
	u32 i, first;

	if (length < sizeof(*items) || length > KEEL_FWCFG_MAX || items->reserved ||
	    items->nr > (length - sizeof(*items)) / sizeof(items->items[0]))
		return false;
	first = sizeof(*items) + items->nr * sizeof(items->items[0]);
	for (i = 0; i < items->nr; i++) {
		if (!fwcfg_item_sane(&items->items[i], first, length))
			return false;
		if (i && items->items[i].key <= items->items[i - 1].key)
			return false;
	}
	return true;
}

/* By halves: a guest chooses the key. */
static const struct keel_fwcfg_item *fwcfg_find(const struct keel_fwcfg_items *items, u16 key)
{
	u32 first = 0, end = items ? items->nr : 0;

	while (first < end) {
		u32 middle = array_index_nospec(first + (end - first) / 2, items->nr);

		if (items->items[middle].key == key)
			return &items->items[middle];
		if (items->items[middle].key < key)
			first = middle + 1;
		else
			end = middle;
	}
	return NULL;
}

static void fwcfg_sync(struct keel_fwcfg *fwcfg)
{
	const struct keel_fwcfg_item *item = fwcfg_find(fwcfg->items, fwcfg->s.selector);

	fwcfg->bytes = item ? (const u8 *)fwcfg->items + item->offset : NULL;
	fwcfg->length = item ? item->length : 0;
}

/* Selector and offset stay: a state may be loaded before its items come, or after. */
static void fwcfg_supply(struct keel_dev *dev, const void *data)
{
	fwcfg_of(dev)->items = data;
	fwcfg_sync(fwcfg_of(dev));
}

/* ---- Registers ---- */

static void fwcfg_select(struct keel_fwcfg *fwcfg, u16 key)
{
	fwcfg->s.selector = key;
	fwcfg->s.offset = 0;
	fwcfg->selects++;
	fwcfg_sync(fwcfg);
	fwcfg->absent += !fwcfg->bytes;
}

static u8 fwcfg_next(struct keel_fwcfg *fwcfg)
{
	u32 at = fwcfg->s.offset;

	if (at >= fwcfg->length) {
		fwcfg->beyond++;
		return 0;
	}
	fwcfg->s.offset++;
	return fwcfg->bytes[array_index_nospec(at, fwcfg->length)];
}

static u32 fwcfg_read(struct keel_dev *dev, unsigned int region, u32 offset, unsigned int width)
{
	if (offset == FWCFG_DATA)
		return fwcfg_next(fwcfg_of(dev));
	fwcfg_of(dev)->ignored++;
	return 0;
}

static void fwcfg_write(struct keel_dev *dev, unsigned int region, u32 offset, unsigned int width,
			u32 value)
{
	if (offset == FWCFG_SELECTOR && width == 2)
		fwcfg_select(fwcfg_of(dev), value);
	else
		fwcfg_of(dev)->ignored++;
}

/* ---- Board ---- */

/* There is one, without choices. */
static bool fwcfg_configure(struct keel_dev *dev, const struct keel_device_config *config)
{
	unsigned int i;

	for (i = 0; i < sizeof(config->pad); i++)
		if (config->pad[i])
			return false;
	return !config->instance;
}

static void fwcfg_reset(struct keel_dev *dev, bool cold)
{
	struct keel_fwcfg *fwcfg = fwcfg_of(dev);

	memset(&fwcfg->s, 0, sizeof(fwcfg->s));
	fwcfg_sync(fwcfg);
}

/* The items may be others than they were, so their lengths do not matter. */
static bool fwcfg_check(const struct keel_dev *dev, const void *state, u64 now)
{
	const struct keel_fwcfg_state *s = state;

	return s->offset <= KEEL_FWCFG_MAX && !s->pad;
}

static void fwcfg_loaded(struct keel_dev *dev)
{
	fwcfg_sync(fwcfg_of(dev));
}

static void fwcfg_inspect(const struct keel_dev *dev, struct keel_out *out)
{
	const struct keel_fwcfg *fwcfg = container_of(dev, struct keel_fwcfg, dev);

	keel_emit(out, "selector", -1, "", fwcfg->s.selector);
	keel_emit(out, "offset", -1, "", fwcfg->s.offset);
	keel_emit(out, "length", -1, "", fwcfg->length);
	keel_emit(out, "items", -1, "", fwcfg->items ? fwcfg->items->nr : 0);
}

static const struct keel_region_desc fwcfg_regions[] = {
	{ .label = "regs", .space = KEEL_PIO, .base = KEEL_FWCFG_PORT, .length = 2, .width = 2 },
};

static const struct keel_counter_desc fwcfg_counters[] = {
	KEEL_COUNTER(keel_fwcfg, selects),
	KEEL_COUNTER(keel_fwcfg, absent),
	KEEL_COUNTER(keel_fwcfg, beyond),
	KEEL_COUNTER(keel_fwcfg, ignored),
};

const struct keel_dev_ops keel_fwcfg_ops = {
	.name = "fwcfg",
	.class = KEEL_CLASS_FWCFG,
	.version = 1,
	.size = sizeof(struct keel_fwcfg),
	.state = offsetof(struct keel_fwcfg, s),
	.state_size = sizeof(struct keel_fwcfg_state),
	.regions = fwcfg_regions,
	.nr_regions = ARRAY_SIZE(fwcfg_regions),
	.counters = fwcfg_counters,
	.nr_counters = ARRAY_SIZE(fwcfg_counters),
	.configure = fwcfg_configure,
	.read = fwcfg_read,
	.write = fwcfg_write,
	.supply_check = fwcfg_supply_check,
	.supply = fwcfg_supply,
	.inspect = fwcfg_inspect,
	.reset = fwcfg_reset,
	.check = fwcfg_check,
	.loaded = fwcfg_loaded,
};
