// SPDX-License-Identifier: GPL-2.0
/*
 * PCI functions on a board: their invariants, and drivers' actions: BARs at any address,
 * vectors with any message, by either way to configuration space.
 */
#include "fuzz.h"
#include "../../../devices/pci/msi_cap.h"

#define PCI_COMMAND_REGISTER	0x04
#define PCI_BARS		0x10
#define PCI_CAPABILITIES	0x40	/* of all functions, and MSI-X comes first */
#define PCI_MSIX_CONTROL	(PCI_CAPABILITIES + 2)

/* ---- Invariants of the buses ---- */

/* What PCIEXBAR says, its length included (0: 256 MiB). */
static bool ecam_decoded(struct keel_dev *dev, u64 *base)
{
	const struct keel_pcihost_state *s = fuzz_state_of(dev);
	unsigned int length = s->pciexbar >> 1 & 3;

	*base = s->pciexbar >> 28 << 28;
	if (length == 1 || length == 2)
		*base |= s->pciexbar & 1 << 27;
	if (length == 2)
		*base |= s->pciexbar & 1 << 26;
	return s->pciexbar & 1;
}

/* A BAR's address, if it is decoded. */
static bool bar_decoded(struct keel_dev *dev, unsigned int bar, u64 *base)
{
	const struct keel_bar_desc *desc = &dev->ops->pci->bars[bar];
	const struct keel_pci_state *s = keel_pci_state(dev);

	*base = s->bar[bar];
	if (desc->kind == KEEL_BAR_MEM64)
		*base |= (u64)s->bar[bar + 1] << 32;
	must(!(*base & (desc->size - 1)));
	if (desc->kind == KEEL_BAR_IO)
		return s->command & 1 && *base < 0x10000;
	return s->command & 2;
}

static bool bars_overlap(const struct keel_region *a, const struct keel_region *b)
{
	return a->mapped && b->mapped &&
	       a->base <= b->base + (b->length - 1) && b->base <= a->base + (a->length - 1) &&
	       a->dev->ops->regions[a->nr].space == b->dev->ops->regions[b->nr].space;
}

/* Registers give a region's address; of two at one address, the first one answers. */
static void check_bar(const struct keel_board *board, unsigned int nr)
{
	const struct keel_region *region = &board->regions[nr];
	const struct keel_region_desc *desc = &region->dev->ops->regions[region->nr];
	struct keel_region wanted = *region;
	bool hidden = false;
	unsigned int i;

	wanted.mapped = desc->in_bar == KEEL_IN_OWN ? ecam_decoded(region->dev, &wanted.base) :
			bar_decoded(region->dev, desc->in_bar - 1, &wanted.base);
	wanted.base += desc->base;
	for (i = 0; i < board->nr_regions; i++) {
		const struct keel_region *other = &board->regions[i];
		bool first = i < nr || !other->dev->ops->regions[other->nr].in_bar;

		hidden |= i != nr && first && bars_overlap(&wanted, other);
		must(i == nr || !bars_overlap(region, other));
	}
	must(region->mapped == (wanted.mapped && !hidden));
	must(!region->mapped || region->base == wanted.base);
	must(!region->mapped ||
	     keel_bus_find((struct keel_bus *)&board->bus[desc->space], region->base) == region);
}

/**
 * fuzz_check_buses() - the buses match the functions' registers.
 * @board: the board
 */
void fuzz_check_buses(const struct keel_board *board)
{
	unsigned int space, i, nr = 0, mapped = 0;

	for (space = 0; space < KEEL_NR_SPACES; space++) {
		const struct keel_bus *bus = &board->bus[space];

		for (i = 1; i < bus->nr; i++)
			must(bus->regions[i - 1]->base + (bus->regions[i - 1]->length - 1) <
			     bus->regions[i]->base);
		nr += bus->nr;
	}
	for (i = 0; i < board->nr_regions; i++) {
		const struct keel_region *region = &board->regions[i];

		mapped += region->mapped;
		if (region->dev->ops->regions[region->nr].in_bar)
			check_bar(board, i);
	}
	must(nr == mapped);
}

/* ---- Invariants of a function ---- */

static unsigned int function_vectors(struct keel_dev *dev)
{
	return dev->ops->pci ? keel_pci_of(dev)->vectors : 0;
}

/* GSIs are assigned in the order of the board. */
static unsigned int function_gsi(const struct keel_board *board, const struct keel_dev *dev)
{
	unsigned int i, gsi = KEEL_NR_GSIS;

	for (i = 0; i < dev->index; i++)
		gsi += function_vectors(board->devs[i]) + board->devs[i]->ops->nr_messages;
	return gsi;
}

static bool message_good(u32 address, u32 address_hi, u32 data)
{
	u32 mode = data >> 8 & 7;

	return address >> 20 == 0xfee && !address_hi && mode != 3 && mode != 6;
}

static void check_message(const struct keel_route *route, bool sent, u32 data)
{
	must(!!route->address == sent);
	must(!sent || (route->data & ~0x700U) == (data & ~0x700U));
}

static bool function_has_msix(struct keel_dev *dev)
{
	const struct keel_msix_state *s = (const void *)dev + dev->ops->pci->msix;

	return function_vectors(dev) && s->control & 0x8000;
}

static bool function_has_msi(struct keel_dev *dev)
{
	return dev->ops->pci->msi && keel_msi_state(dev)->enabled && !function_has_msix(dev);
}

/* MSI's message is routed if it can be sent, and then is not pending; MSI-X goes before it. */
static void check_msi(const struct keel_route *route, struct keel_dev *dev)
{
	const struct keel_msi_state *s = keel_msi_state(dev);
	bool sends = function_has_msi(dev) && !s->masked && keel_pci_state(dev)->command & 4;

	must(!s->pending || (s->enabled && !sends));
	if (!function_has_msix(dev))
		check_message(route, sends && message_good(s->address, s->address_hi, s->data),
			      s->data);
}

/* A vector is routed if it can be sent, and then is not pending. */
static void check_vectors(const struct fuzz_host *h, struct keel_dev *dev)
{
	const struct keel_msix_state *s = (const void *)dev + dev->ops->pci->msix;
	bool enabled = s->control == 0x8000 && keel_pci_state(dev)->command & 4;
	unsigned int i, nr = function_vectors(dev), gsi = function_gsi(h->board, dev);

	for (i = 0; i < nr; i++) {
		const struct keel_msix_entry *entry = &s->entries[i];
		bool sends = enabled && !entry->control;

		must(!(sends && s->pending >> i & 1));
		if (i || function_has_msix(dev) || !dev->ops->pci->msi)
			check_message(&h->routes[gsi + i], sends &&
				      message_good(entry->address, entry->address_hi, entry->data),
				      entry->data);
	}
	if (dev->ops->pci->msi)
		check_msi(&h->routes[gsi], dev);
	for (; i < KEEL_PCI_MAX_VECTORS; i++)
		must(!(s->pending >> i & 1) && !s->entries[i].control);
}

/* The pin is held if the function requests it, and no message or bit disables it. */
static void check_pin(struct keel_dev *dev)
{
	const struct keel_pci_state *s = keel_pci_state(dev);
	bool off = s->command & 0x400 || function_has_msix(dev) || function_has_msi(dev);

	fuzz_check_wire(dev, 0, s->intx && !off);
}

/**
 * fuzz_check_function() - do its pin and its vectors match its registers?
 * @h:   the host
 * @dev: a function on its board; if it has a pin, that is its first wire
 */
void fuzz_check_function(const struct fuzz_host *h, struct keel_dev *dev)
{
	static const struct keel_pci_state reset;

	must(!(h->board->absent >> keel_pci_of(dev)->slot & 1) ||
	     !memcmp(keel_pci_state(dev), &reset, sizeof(reset)));
	if (function_vectors(dev))
		check_vectors(h, dev);
	if (dev->ops->pci->pin)
		check_pin(dev);
}

/**
 * fuzz_check_pcihost() - do the bridge's PIRQs and its line match the functions' pins?
 * @h:   the host
 * @dev: the bridge
 */
void fuzz_check_pcihost(const struct fuzz_host *h, struct keel_dev *dev)
{
	const struct keel_pcihost_state *s = fuzz_state_of(dev);
	unsigned int i;

	for (i = 0; i < KEEL_PCI_NR_PIRQS; i++)
		must((s->pirqs >> i & 1) == keel_line_level(&h->board->lines[16 + i]));
	if (dev->ops->nr_wires)		/* a Q35 has none */
		fuzz_check_wire(dev, 0, s->pirqs);
}

/**
 * fuzz_check_lpc() - do the LPC bridge's PIRQs match the lines, and its ISA lines the routes?
 * @h:   the host
 * @dev: the bridge
 */
void fuzz_check_lpc(const struct fuzz_host *h, struct keel_dev *dev)
{
	const struct keel_lpc_state *s = fuzz_state_of(dev);
	unsigned int i, nr, wire = 0;
	bool held;

	for (i = 0; i < KEEL_LPC_NR_PIRQS; i++)
		must((s->pirqs >> i & 1) == keel_line_level(&h->board->lines[16 + i]));
	for (nr = 3; nr < 16; nr++) {
		if (nr == 8 || nr == 13)
			continue;
		for (i = 0, held = false; i < KEEL_LPC_NR_PIRQS; i++)
			held |= s->rout[i] == nr && s->pirqs >> i & 1;
		fuzz_check_wire(dev, wire++, held);
	}
	must(wire == dev->ops->nr_wires);
}

/* ---- Configuration space ---- */

/* Beside other functions' registers: PCIEXBAR, PAM, and the LPC bridge's routes. */
#define PCI_CHIPSET	0xe8

/* @how: one of the test functions, or with bit 3 of the virtio ones; NULL: there is none. */
static struct keel_dev *pci_function(const struct fuzz *f, u8 how, bool second)
{
	return keel_board_find(f->hosts[0].board,
			       how & 8 ? KEEL_CLASS_VIRTIO_PCI : KEEL_CLASS_PCITEST, second);
}

static void pci_config_write(struct fuzz *f, bool ecam, unsigned int slot, u32 reg,
			     unsigned int len, u32 value)
{
	const struct keel_board *board = f->hosts[0].board;

	if (ecam) {
		fuzz_all(f, KEEL_MMIO, board->regions[board->slots[0]->region].base +
			 (slot << 15 | reg), len, true, value);
		return;
	}
	fuzz_all(f, KEEL_PIO, KEEL_PCI_CONFIG_ADDRESS, 4, true,
		 0x80000000 | slot << 11 | (reg & 0xfc));
	fuzz_all(f, KEEL_PIO, KEEL_PCI_CONFIG_DATA + reg % 4, len, true, value);
}

static void pci_config_read(struct fuzz *f, unsigned int slot, u32 reg, unsigned int len)
{
	fuzz_all(f, KEEL_PIO, KEEL_PCI_CONFIG_ADDRESS, 4, true,
		 0x80000000 | slot << 11 | (reg & 0xfc));
	fuzz_all(f, KEEL_PIO, KEEL_PCI_CONFIG_DATA + reg % 4, len, false, 0);
}

/* Mostly the BARs, the command register and MSI-X. */
static u32 pci_register(u8 byte)
{
	static const u8 registers[] = {
		0x04, 0x04, 0x10, 0x14, 0x18, 0x20, 0x42, 0x40, 0x50, 0x54, 0x0c, 0x3c,
	};

	return byte % 16 < ARRAY_SIZE(registers) ? registers[byte % 16] : byte;
}

/* Addresses for BARs: beside, over and inside each other, over the board's, at the ends. */
static u32 pci_value(struct fuzz *f, u32 reg)
{
	static const u32 places[] = {
		0xe1000000, 0xe1001000, 0xe1000ff0, 0x0000c000, 0x0000c010, 0x00000cf0, 0x000003f0,
		0xe0000000, 0xfec00000, 0xffffffff, 0xfffff000, 0x0000fff0, 0x00010000, 0,
		0x00000001, 0x000000ff,
	};
	u8 byte = fuzz_u8(f);

	if (reg == PCI_COMMAND_REGISTER)
		return byte & 0x80 ? byte << 3 : byte;
	if (reg == PCI_MSIX_CONTROL)
		return byte << 8;
	if (reg < PCI_BARS || reg >= PCI_CAPABILITIES)
		return byte;
	return byte & 0x80 ? fuzz_u32(f) : places[byte % ARRAY_SIZE(places)];
}

/* The chipset's own: places for the ECAM as for BARs, memory, and where PIRQs go. */
static void pci_chipset(struct fuzz *f, u8 how)
{
	static const struct {
		u8 class;
		u8 reg;
		u8 len;
	} registers[] = {
		{ KEEL_CLASS_PCIHOST, KEEL_Q35_PCIEXBAR, 4 },
		{ KEEL_CLASS_PCIHOST, KEEL_Q35_PCIEXBAR + 4, 4 },
		{ KEEL_CLASS_PCIHOST, KEEL_Q35_PAM, 4 },
		{ KEEL_CLASS_PCIHOST, KEEL_Q35_PAM + 4, 4 },
		{ KEEL_CLASS_LPC, KEEL_LPC_PIRQA_ROUT, 4 },
		{ KEEL_CLASS_LPC, KEEL_LPC_PIRQE_ROUT, 4 },
		{ KEEL_CLASS_LPC, KEEL_LPC_PIRQA_ROUT + 2, 1 },
		{ KEEL_CLASS_LPC, KEEL_LPC_RCBA, 2 },
	};
	unsigned int nr = how % ARRAY_SIZE(registers);
	struct keel_dev *dev = keel_board_find(f->hosts[0].board, registers[nr].class, 0);
	u32 value = nr == 1 ? fuzz_u8(f) : nr ? fuzz_u32(f) : (u32)fuzz_u8(f) << 26 | fuzz_u8(f);

	if (dev)
		pci_config_write(f, false, keel_pci_of(dev)->slot, registers[nr].reg,
				 registers[nr].len, value);
}

/**
 * fuzz_pci_config() - a write to configuration space, to a function or to an empty slot.
 * @f: the input
 */
void fuzz_pci_config(struct fuzz *f)
{
	const struct keel_board *board = f->hosts[0].board;
	u8 how = fuzz_u8(f);
	u32 reg = pci_register(fuzz_u8(f));
	struct keel_dev *dev = pci_function(f, how, how & 1);
	unsigned int slot;

	if (!board->slots[0])
		return;
	if (how >= PCI_CHIPSET) {
		pci_chipset(f, how);
		return;
	}
	slot = how & 0x80 ? how & 31 : dev ? keel_pci_of(dev)->slot : 0;
	pci_config_write(f, how & 0x40, slot, reg,
			 reg == PCI_MSIX_CONTROL || how & 0x20 ? 2 : 4, pci_value(f, reg));
}

static void pci_place_bar(struct fuzz *f, struct keel_dev *dev, unsigned int bar, bool ecam)
{
	unsigned int slot = keel_pci_of(dev)->slot;
	u32 base = 0xe1000000 + (slot << 20) + (bar << 16);

	switch (dev->ops->pci->bars[bar].kind) {
	case KEEL_BAR_NONE:
		return;
	case KEEL_BAR_IO:
		base = 0xc000 + (slot << 8) + (bar << 5);
		break;
	case KEEL_BAR_MEM64:
		pci_config_write(f, ecam, slot, PCI_BARS + 4 * (bar + 1), 4, 0);
		break;
	default:
		break;
	}
	pci_config_write(f, ecam, slot, PCI_BARS + 4 * bar, 4, base);
}

/**
 * fuzz_pci_place() - what firmware does: each BAR has a place of its own, and is decoded.
 * @f: the input
 */
void fuzz_pci_place(struct fuzz *f)
{
	u8 how = fuzz_u8(f);
	struct keel_dev *dev = pci_function(f, how, how & 1);
	unsigned int bar, slot;

	if (!dev)
		return;
	slot = keel_pci_of(dev)->slot;
	for (bar = 0; bar < KEEL_PCI_NR_BARS; bar++)
		pci_place_bar(f, dev, bar, how & 0x40);
	pci_config_write(f, how & 0x40, slot, PCI_COMMAND_REGISTER, 2, how & 0x10 ? 3 : 7);
	if (how & 0x20)
		pci_config_write(f, how & 0x40, slot, PCI_MSIX_CONTROL, 2, 0x8000);
}

/* ---- MSI-X and MSI ---- */

/* The offset behind the function's own capabilities: MSI's, if there is one. */
static u32 pci_caps_end(struct keel_dev *dev)
{
	const struct keel_pci_desc *desc = dev->ops->pci;
	u32 at = PCI_CAPABILITIES + (function_vectors(dev) ? 12 : 0);
	unsigned int i;

	for (i = 0; i < desc->nr_caps; i++)
		at += (desc->caps[i].length + 3) & ~3U;
	return at;
}

/* The address of its table, if it is decoded. */
static const struct keel_region *pci_table(const struct keel_dev *dev)
{
	const struct keel_region *region = &dev->board->regions[dev->region];
	unsigned int i;

	for (i = 0; i < dev->ops->nr_regions; i++)
		if (dev->ops->regions[i].in_bar == KEEL_IN_BAR(dev->ops->pci->msix_bar) &&
		    region[i].mapped)
			return &region[i];
	return NULL;
}

/* A function signals a vector: the test one by a register, others when they are used. */
static void pci_signal(struct fuzz *f, struct keel_dev *dev, unsigned int vector)
{
	const struct keel_region *memory = &dev->board->regions[dev->region];

	if (dev->ops->class == KEEL_CLASS_PCITEST && memory->mapped)
		fuzz_all(f, KEEL_MMIO, memory->base + KEEL_PCITEST_SIGNAL, 4, true, vector);
	if (dev->ops->class == KEEL_CLASS_VIRTIO_PCI)
		fuzz_virtio_signal(f, dev->instance, vector);
}

/* Its message, masked or not, enabled or not; then the function asks for an interrupt. */
static void pci_msi(struct fuzz *f, struct keel_dev *dev, u8 how, u8 data)
{
	const struct keel_region *memory = &dev->board->regions[dev->region];
	unsigned int slot = keel_pci_of(dev)->slot;
	u32 at = pci_caps_end(dev);

	if (how & 8) {
		pci_config_write(f, false, slot, at + 4, 4, 0xfee00000 | (data & 15) << 12);
		pci_config_write(f, false, slot, at + 8, 4, (how & 0x1f) == 0x1f);
		pci_config_write(f, false, slot, at + 12, 2, data << (how & 3));
	}
	pci_config_write(f, false, slot, at + 16, 4, how >> 5 & 1);
	pci_config_write(f, false, slot, at + 2, 2, data >> 5 & 1);
	if (dev->ops->class == KEEL_CLASS_PCITEST && memory->mapped)
		fuzz_all(f, KEEL_MMIO, memory->base + KEEL_PCITEST_INTX, 4, true, data >> 4 & 1);
	if (dev->ops->class == KEEL_CLASS_VIRTIO_PCI)
		fuzz_virtio_signal(f, dev->instance, how & 3);
	pci_config_read(f, slot, at + 20, 4);
}

/**
 * fuzz_pci_msix() - write a vector's message, masked or not; then signal the vector. Or MSI's.
 * @f: the input
 */
void fuzz_pci_msix(struct fuzz *f)
{
	u8 how = fuzz_u8(f), vector = how & 0x40 ? how & 31 : how & 3, data = fuzz_u8(f);
	struct keel_dev *dev = pci_function(f, how << 1, how >> 7);
	const struct keel_region *region = dev ? pci_table(dev) : NULL;
	u64 table;

	if (dev && dev->ops->pci->msi && data >= 0xc0) {
		pci_msi(f, dev, how, data);
		return;
	}
	if (!region)
		return;
	table = region->base + vector * 16;
	if (how & 8) {
		fuzz_all(f, KEEL_MMIO, table, 8, true,
			 how & 16 ? fuzz_u64(f) : 0xfee00000 | (data & 15) << 12);
		fuzz_all(f, KEEL_MMIO, table + 8, 4, true, data | (how & 16 ? 0x100 : 0));
	}
	fuzz_all(f, KEEL_MMIO, table + 12, 4, true, how >> 5 & 1);
	pci_signal(f, dev, vector);
	fuzz_all(f, KEEL_MMIO, region->base + KEEL_MSIX_PBA, 4, false, 0);
}

/* ---- Virtio's window in configuration space ---- */

/* The offset of the capability that is a window into a BAR: the only one with registers. */
static u32 pci_window(struct keel_dev *dev)
{
	const struct keel_pci_desc *desc = dev->ops->pci;
	u32 at = PCI_CAPABILITIES + (function_vectors(dev) ? 12 : 0);
	unsigned int i;

	for (i = 0; i < desc->nr_caps && !desc->caps[i].read; i++)
		at += (desc->caps[i].length + 3) & ~3U;
	return at;
}

/**
 * fuzz_pci_window() - point the window to a register, or to nothing, and use it.
 * @f: the input
 */
void fuzz_pci_window(struct fuzz *f)
{
	static const u16 offsets[] = {
		0x00, 0x04, 0x08, 0x0c, 0x10, 0x12, 0x14, 0x15, 0x16, 0x18, 0x1a, 0x1c, 0x1e, 0x20,
		0x24, 0x28, 0x30, 0x34, 0x38, 0x3a, 0x3c, 0x3e, 0x1000, 0x1001, 0x2000, 0x2008,
		0x203c, 0x3000, 0x3004, 0x3080, 0x4000, 0xffff,
	};
	static const u8 lengths[] = { 4, 2, 1, 4, 2, 1, 0, 3 };
	u8 how = fuzz_u8(f), where = fuzz_u8(f);
	u32 offset = where & 0x80 ? fuzz_u32(f) : offsets[where % ARRAY_SIZE(offsets)];
	u32 value = fuzz_u8(f), length = lengths[how >> 4 & 7];
	struct keel_dev *dev = pci_function(f, 8, how & 1);
	unsigned int slot, width = length == 1 || length == 2 ? length : 4;
	u32 at;

	if (!dev)
		return;
	slot = keel_pci_of(dev)->slot;
	at = pci_window(dev);
	pci_config_write(f, how & 8, slot, at + 4, 1, how & 0x80 ? value & 7 : 4);
	pci_config_write(f, how & 8, slot, at + 8, 4, offset);
	pci_config_write(f, how & 8, slot, at + 12, 4, where & 0x40 ? value : length);
	if (how & 2)
		pci_config_write(f, how & 8, slot, at + 16 + (how & 4 ? 1 : 0), width, value);
	else
		pci_config_read(f, slot, at + 16, width);
}
