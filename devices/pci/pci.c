// SPDX-License-Identifier: GPL-2.0
/*
 * A PCI function's configuration space, type 0 (PCI Local Bus 3.0, chapter 6), of
 * which there are 256 bytes: a conventional function has no more.
 *
 *	0x00	vendor and device ID		0x2c	subsystem IDs
 *	0x04	command, status			0x34	first capability
 *	0x08	revision, class code		0x3c	interrupt line and pin
 *	0x0c	cache line size, latency timer	0x40	capabilities: MSI-X, the
 *	0x10	BAR 0 to 5				function's own, MSI
 *
 * Behind these a function may have registers of its own that no capability announces.
 *
 * Registers have byte lanes. All else reads as 0 and takes no writes; those are counted.
 *
 * Of the command register there is what does something: decoding of ports and memory,
 * mastering, INTx disable. Of the status register: interrupt status and that there are
 * capabilities. The pin's level is the function's wish, unless it is disabled, or MSI-X or MSI
 * is enabled (6.8.3.3).
 *
 * A BAR that is moved while it is decoded moves at once, half of a 64-bit one as well.
 * Ports above 0xffff are decoded nowhere.
 *
 * Not modelled: expansion ROMs, power management, BIST, parity and system errors.
 */
#include "../board/board.h"
#include "intx.h"
#include "msi_cap.h"
#include "msix.h"
#include "pci.h"

static const struct keel_cap_desc pci_msix_cap = {
	.id = PCI_CAP_ID_MSIX,
	.length = PCI_CAP_MSIX_SIZEOF,
	.read = keel_msix_cap_read,
	.write = keel_msix_cap_write,
};

/* Behind all others, which keep the places that drivers may know from before. */
static const struct keel_cap_desc pci_msi_cap = {
	.id = PCI_CAP_ID_MSI,
	.length = PCI_MSI_PENDING_64 + 4,
	.read = keel_msi_cap_read,
	.write = keel_msi_cap_write,
};

static const struct keel_counter_desc pci_counters[] = {
	KEEL_COUNTER(keel_pci, config_reads),
	KEEL_COUNTER(keel_pci, config_writes),
	KEEL_COUNTER(keel_pci, ignored_writes),
	KEEL_COUNTER(keel_pci, beyond),
};

static const struct keel_counter_desc pci_msix_counters[] = {
	KEEL_COUNTER(keel_pci, signals),
	KEEL_COUNTER(keel_pci, pended),
	KEEL_COUNTER(keel_pci, lost),
};

static_assert(sizeof(struct keel_pci_state) == 32);
static_assert(sizeof(struct keel_pci_config) == sizeof_field(struct keel_device_config, pad));

/* ---- BARs ---- */

/* Second half of a 64-bit one? */
static bool pci_bar_is_high(const struct keel_pci_desc *desc, unsigned int bar)
{
	return bar && desc->bars[bar - 1].kind == KEEL_BAR_MEM64;
}

/* Bits that can be written. */
static u32 pci_bar_mask(const struct keel_pci_desc *desc, unsigned int bar)
{
	if (pci_bar_is_high(desc, bar))
		return U32_MAX;
	return desc->bars[bar].kind == KEEL_BAR_NONE ? 0 : -desc->bars[bar].size;
}

/* Bits that say what it is. */
static u32 pci_bar_kind(const struct keel_pci_desc *desc, unsigned int bar)
{
	u32 prefetch = desc->bars[bar].prefetchable ? PCI_BASE_ADDRESS_MEM_PREFETCH : 0;

	switch (desc->bars[bar].kind) {
	case KEEL_BAR_IO:
		return PCI_BASE_ADDRESS_SPACE_IO;
	case KEEL_BAR_MEM32:
		return prefetch;
	case KEEL_BAR_MEM64:
		return prefetch | PCI_BASE_ADDRESS_MEM_TYPE_64;
	default:
		return 0;
	}
}

/* ---- Capabilities ---- */

static bool pci_has_caps(const struct keel_dev *dev)
{
	return dev->ops->pci->nr_caps || dev->ops->pci->vectors;
}

/* Entry of the list, or NULL behind its end. */
static const struct keel_cap_desc *pci_cap(const struct keel_dev *dev, unsigned int nr)
{
	const struct keel_pci_desc *desc = dev->ops->pci;

	if (desc->vectors && !nr--)
		return &pci_msix_cap;
	if (nr < desc->nr_caps)
		return &desc->caps[nr];
	return desc->msi && nr == desc->nr_caps ? &pci_msi_cap : NULL;
}

static u32 pci_cap_end(const struct keel_cap_desc *cap, u32 start)
{
	return (start + cap->length + 3) & ~3U;
}

/* The capability that a register is in, or NULL; its start, and the next one's or 0. */
static const struct keel_cap_desc *pci_find_cap(const struct keel_dev *dev, u32 offset,
						u32 *start, u32 *next)
{
	const struct keel_cap_desc *cap;
	unsigned int nr = 0;
	u32 end;

	for (*start = PCI_STD_HEADER_SIZEOF; (cap = pci_cap(dev, nr)); *start = end) {
		end = pci_cap_end(cap, *start);
		nr++;
		if (offset >= end)
			continue;
		*next = pci_cap(dev, nr) ? end : 0;
		return cap;
	}
	return NULL;
}

/* One byte of a capability that is made of bytes. */
static u8 pci_cap_byte(const struct keel_cap_desc *cap, u32 offset, u32 next)
{
	if (offset == 0)
		return cap->id;
	if (offset == 1)
		return next;
	if (!cap->bytes || offset >= cap->length)
		return 0;
	return cap->bytes[array_index_nospec(offset - 2, cap->length - 2U)];
}

/* From four bytes of one; ID and next pointer are in no hook's part. */
static u32 pci_read_cap(struct keel_dev *dev, u32 offset, unsigned int width)
{
	const struct keel_cap_desc *cap;
	u32 start, next, value = 0;
	unsigned int i;

	cap = pci_find_cap(dev, offset, &start, &next);
	if (!cap)
		return 0;
	offset -= start;
	if (cap->read && offset >= 2)
		return cap->read(dev, offset, width);
	if (cap->read && width == 4)
		value = cap->read(dev, 2, 2) << 16;
	for (i = 0; i < width; i++)
		if (!cap->read || offset + i < 2)
			value |= (u32)pci_cap_byte(cap, offset + i, next) << 8 * i;
	return value;
}

static bool pci_write_cap(struct keel_dev *dev, u32 offset, unsigned int width, u32 value)
{
	const struct keel_cap_desc *cap;
	u32 start, next;

	cap = pci_find_cap(dev, offset, &start, &next);
	if (!cap || !cap->write)
		return false;
	offset -= start;
	if (!offset && width == 4)
		cap->write(dev, 2, 2, value >> 16);
	else if (offset >= 2)
		cap->write(dev, offset, width, value);
	else
		return false;
	return true;
}

/* ---- Registers that are in no capability ---- */

static bool pci_is_own(const struct keel_dev *dev, u32 offset)
{
	const struct keel_pci_desc *desc = dev->ops->pci;

	return desc->own && offset - desc->own < desc->own_length;
}

/* ---- Header ---- */

static u16 pci_status(struct keel_dev *dev)
{
	return (keel_pci_state(dev)->intx ? PCI_STATUS_INTERRUPT : 0) |
	       (pci_has_caps(dev) ? PCI_STATUS_CAP_LIST : 0);
}

/* Bits of the command register that do something for this function. */
static u16 pci_command_mask(const struct keel_pci_desc *desc)
{
	u16 mask = PCI_COMMAND_MASTER | (desc->pin ? PCI_COMMAND_INTX_DISABLE : 0);
	unsigned int i;

	for (i = 0; i < KEEL_PCI_NR_BARS; i++) {
		if (desc->bars[i].kind == KEEL_BAR_IO)
			mask |= PCI_COMMAND_IO;
		else if (desc->bars[i].kind != KEEL_BAR_NONE)
			mask |= PCI_COMMAND_MEMORY;
	}
	return mask;
}

static u16 pci_command(struct keel_dev *dev)
{
	return keel_pci_state(dev)->command | dev->ops->pci->command;
}

/* Four bytes of it. */
static u32 pci_read_header(struct keel_dev *dev, u32 offset)
{
	const struct keel_pci_desc *desc = dev->ops->pci;
	const struct keel_pci_state *s = keel_pci_state(dev);
	unsigned int bar = (offset - PCI_BASE_ADDRESS_0) / 4;

	switch (offset) {
	case PCI_VENDOR_ID:
		return desc->vendor | (u32)desc->device << 16;
	case PCI_COMMAND:
		return pci_command(dev) | (u32)pci_status(dev) << 16;
	case PCI_CLASS_REVISION:
		return desc->revision | desc->class_code << 8;
	case PCI_CACHE_LINE_SIZE:
		return s->cache_line_size | s->latency_timer << 8;
	case PCI_BASE_ADDRESS_0 ... PCI_BASE_ADDRESS_5:
		bar = array_index_nospec(bar, KEEL_PCI_NR_BARS);
		return s->bar[bar] | pci_bar_kind(desc, bar);
	case PCI_SUBSYSTEM_VENDOR_ID:
		return desc->subsystem_vendor | (u32)desc->subsystem << 16;
	case PCI_CAPABILITY_LIST:
		return pci_has_caps(dev) ? PCI_STD_HEADER_SIZEOF : 0;
	case PCI_INTERRUPT_LINE:
		return s->interrupt_line | desc->pin << 8;
	default:
		return 0;
	}
}

/* The register has 32 bits, and the space 16. */
static void pci_count_beyond(struct keel_dev *dev)
{
	const struct keel_pci_state *s = keel_pci_state(dev);
	unsigned int i;

	for (i = 0; i < KEEL_PCI_NR_BARS && s->command & PCI_COMMAND_IO; i++)
		if (dev->ops->pci->bars[i].kind == KEEL_BAR_IO && s->bar[i] > U16_MAX)
			keel_pci_of(dev)->beyond++;
}

static void pci_write_command(struct keel_dev *dev, u16 command)
{
	struct keel_pci_state *s = keel_pci_state(dev);
	u16 changed = (s->command ^ command) & pci_command_mask(dev->ops->pci);

	s->command ^= changed;
	keel_pci_sync_intx(dev);
	if (changed & PCI_COMMAND_MASTER) {
		keel_msix_sync(dev);
		if (dev->ops->pci->mastering)
			dev->ops->pci->mastering(dev);
	}
	if (changed & PCI_COMMAND_IO)
		pci_count_beyond(dev);
	if (changed & (PCI_COMMAND_IO | PCI_COMMAND_MEMORY))
		dev->board->moved = true;
}

static void pci_write_bar(struct keel_dev *dev, unsigned int bar, u32 value)
{
	keel_pci_state(dev)->bar[bar] = value & pci_bar_mask(dev->ops->pci, bar);
	if (dev->ops->pci->bars[bar].kind == KEEL_BAR_IO)
		pci_count_beyond(dev);
	dev->board->moved = true;
}

/* Return: false: nothing there can be written. */
static bool pci_write_header(struct keel_dev *dev, u32 offset, u32 lanes, u32 value)
{
	struct keel_pci_state *s = keel_pci_state(dev);
	unsigned int bar = (offset - PCI_BASE_ADDRESS_0) / 4;

	value = (pci_read_header(dev, offset) & ~lanes) | (value & lanes);
	switch (offset) {
	case PCI_COMMAND:
		pci_write_command(dev, value);
		return true;
	case PCI_CACHE_LINE_SIZE:
		s->cache_line_size = value;
		s->latency_timer = value >> 8;
		return true;
	case PCI_BASE_ADDRESS_0 ... PCI_BASE_ADDRESS_5:
		bar = array_index_nospec(bar, KEEL_PCI_NR_BARS);
		pci_write_bar(dev, bar, value);
		return pci_bar_mask(dev->ops->pci, bar);
	case PCI_INTERRUPT_LINE:
		s->interrupt_line = value;
		return true;
	default:
		return false;
	}
}

/**
 * keel_pci_config_read() - a configuration read.
 * @dev:    the function
 * @offset: register, below 256
 * @width:  1, 2 or 4 bytes; @offset is a multiple
 *
 * Return: the value, in its low @width bytes.
 */
u32 keel_pci_config_read(struct keel_dev *dev, u32 offset, unsigned int width)
{
	keel_pci_of(dev)->config_reads++;
	if (pci_is_own(dev, offset))
		return dev->ops->pci->own_read(dev, offset - dev->ops->pci->own, width);
	if (offset >= PCI_STD_HEADER_SIZEOF)
		return pci_read_cap(dev, offset, width);
	return pci_read_header(dev, offset & ~3U) >> offset % 4 * 8;
}

/**
 * keel_pci_config_write() - a configuration write.
 * @dev:    the function
 * @offset: register, below 256
 * @width:  1, 2 or 4 bytes; @offset is a multiple
 * @value:  in its low @width bytes
 */
void keel_pci_config_write(struct keel_dev *dev, u32 offset, unsigned int width, u32 value)
{
	struct keel_pci *pci = keel_pci_of(dev);
	bool taken;

	pci->config_writes++;
	if (pci_is_own(dev, offset))
		taken = dev->ops->pci->own_write(dev, offset - dev->ops->pci->own, width, value);
	else if (offset >= PCI_STD_HEADER_SIZEOF)
		taken = pci_write_cap(dev, offset, width, value);
	else
		taken = pci_write_header(dev, offset & ~3U, keel_pci_lanes(offset, width),
					 value << offset % 4 * 8);
	pci->ignored_writes += !taken;
}

/* ---- Board ---- */

/**
 * keel_pci_slot() - the device number that a config asks for.
 * @config: of a PCI function
 *
 * Return: 0, which is the host bridge's alone, or one that may be beyond the last.
 */
unsigned int keel_pci_slot(const struct keel_device_config *config)
{
	return config->class == KEEL_CLASS_PCIHOST ? 0 : config->pci.slot;
}

/**
 * keel_pci_sane() - is a config's slot one that there is?
 * @config: of a PCI function
 */
bool keel_pci_sane(const struct keel_device_config *config)
{
	unsigned int slot = keel_pci_slot(config);

	return slot < KEEL_PCI_NR_SLOTS && !slot == (config->class == KEEL_CLASS_PCIHOST);
}

/**
 * keel_pci_add() - put a function into its slot, and give it its GSIs.
 * @dev:    the function
 * @config: its config; its slot is a good one and free
 *
 * Return: false if there are not so many GSIs.
 */
bool keel_pci_add(struct keel_dev *dev, const struct keel_device_config *config)
{
	const struct keel_pci_desc *desc = dev->ops->pci;
	struct keel_board *board = dev->board;
	struct keel_pci *pci = keel_pci_of(dev);

	pci->slot = keel_pci_slot(config);
	pci->vectors = desc->nr_vectors ? desc->nr_vectors(config) : desc->vectors;
	pci->gsi = board->nr_gsis;
	if (pci->vectors > desc->vectors || pci->vectors > KEEL_MAX_GSIS - board->nr_gsis)
		return false;
	board->slots[pci->slot] = dev;
	board->nr_gsis += pci->vectors;
	return true;
}

/**
 * keel_pci_reset() - RST#: nothing is decoded, nothing asked for, all masked.
 * @dev: the function; the caller remaps the board
 */
void keel_pci_reset(struct keel_dev *dev)
{
	struct keel_pci_state *s = keel_pci_state(dev);

	memset(s, 0, sizeof(*s));
	keel_msi_reset(dev);
	keel_msix_reset(dev);
	keel_pci_sync_intx(dev);
}

/**
 * keel_pci_check() - could a function be in this state?
 * @dev:   the function
 * @state: its device's state
 */
bool keel_pci_check(const struct keel_dev *dev, const void *state)
{
	const struct keel_pci_desc *desc = dev->ops->pci;
	const struct keel_pci_state *s = state + desc->state - dev->ops->state;
	unsigned int i;

	for (i = 0; i < KEEL_PCI_NR_BARS; i++)
		if (s->bar[i] & ~pci_bar_mask(desc, i))
			return false;
	return !(s->command & ~pci_command_mask(desc)) && s->intx <= !!desc->pin &&
	       !s->pad[0] && !s->pad[1] && keel_msix_check(dev, state, s->command) &&
	       keel_msi_check(dev, state, s->command);
}

/**
 * keel_pci_check_absent() - is a function that is not plugged in as RST# has left it?
 * @dev:    the function
 * @state:  its device's, which is good by itself
 * @absent: a bit for each slot whose function is not plugged in
 *
 * Nothing else reaches it: a BAR that it decoded would be a device that its user has taken away.
 */
bool keel_pci_check_absent(const struct keel_dev *dev, const void *state, u32 absent)
{
	const struct keel_pci_desc *desc = dev->ops->pci;
	const struct keel_pci *pci = (const void *)dev + desc->pci;
	const struct keel_pci_state *s = state + desc->state - dev->ops->state;
	static const struct keel_pci_state reset;

	return !(absent >> pci->slot & 1) || !memcmp(s, &reset, sizeof(reset));
}

/**
 * keel_pci_loaded() - a function's state was replaced by a checked one.
 * @dev: the function; the caller remaps the board
 */
void keel_pci_loaded(struct keel_dev *dev)
{
	keel_msix_sync(dev);
	keel_pci_sync_intx(dev);
}

static void pci_inspect_bar(struct keel_dev *dev, unsigned int bar, struct keel_out *out)
{
	const struct keel_pci_desc *desc = dev->ops->pci;
	const struct keel_pci_state *s = keel_pci_state(dev);
	u64 base = s->bar[bar];

	if (desc->bars[bar].kind == KEEL_BAR_NONE)
		return;
	if (desc->bars[bar].kind == KEEL_BAR_MEM64)
		base |= (u64)s->bar[bar + 1] << 32;
	keel_emit(out, "bar", bar, "", base);
	keel_emit(out, "bar", bar, ".size", desc->bars[bar].size);
}

/**
 * keel_pci_inspect() - a function's configuration, decoded.
 * @dev: the function
 * @out: where to
 */
void keel_pci_inspect(struct keel_dev *dev, struct keel_out *out)
{
	const struct keel_pci_desc *desc = dev->ops->pci;
	const struct keel_pci_state *s = keel_pci_state(dev);
	unsigned int i;

	keel_emit(out, "pci.slot", -1, "", keel_pci_of(dev)->slot);
	keel_emit(out, "pci.vendor", -1, "", desc->vendor);
	keel_emit(out, "pci.device", -1, "", desc->device);
	keel_emit(out, "pci.io", -1, "", !!(pci_command(dev) & PCI_COMMAND_IO));
	keel_emit(out, "pci.memory", -1, "", !!(pci_command(dev) & PCI_COMMAND_MEMORY));
	keel_emit(out, "pci.master", -1, "", !!(s->command & PCI_COMMAND_MASTER));
	if (desc->pin) {
		keel_emit(out, "intx", -1, "", s->intx);
		keel_emit(out, "intx", -1, ".disabled", !!(s->command & PCI_COMMAND_INTX_DISABLE));
	}
	for (i = 0; i < KEEL_PCI_NR_BARS; i++)
		pci_inspect_bar(dev, i, out);
	keel_msix_inspect(dev, out);
	keel_msi_inspect(dev, out);
}

static void pci_count(struct keel_dev *dev, struct keel_out *out,
		      const struct keel_counter_desc *counters, unsigned int nr)
{
	const void *pci = keel_pci_of(dev);
	unsigned int i;

	for (i = 0; i < nr; i++)
		keel_emit(out, counters[i].label, -1, "",
			  *(const u64 *)(pci + counters[i].offset));
}

/**
 * keel_pci_stats() - a function's counters that are not its model's.
 * @dev: the function
 * @out: where to
 */
void keel_pci_stats(struct keel_dev *dev, struct keel_out *out)
{
	pci_count(dev, out, pci_counters, ARRAY_SIZE(pci_counters));
	if (keel_pci_of(dev)->vectors)
		pci_count(dev, out, pci_msix_counters, ARRAY_SIZE(pci_msix_counters));
}
