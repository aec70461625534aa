/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A PCI function: what a model that is one says of itself, and what it gets for it.
 *
 * It is a device as any other, with a struct keel_pci_desc in its ops. Its
 * configuration space, its BARs, INTx, MSI-X and MSI are then the business of this folder:
 * the board calls pci.c for reset, check, load, inspection and statistics, so
 * that the model has to do nothing for it. Its regions may be in BARs (see struct
 * keel_region_desc); what is left to it are their contents.
 *
 * Interrupts: a model sets the level that it wants with keel_pci_intx(), and signals
 * vectors with keel_msix_signal(). Which of the two the driver has chosen is told by
 * keel_msix_enabled(). A function with MSI also says each time that it wants to be heard, with
 * keel_msi_signal(), unless it signals a vector.
 */
#ifndef KEEL_DEVICES_PCI_H
#define KEEL_DEVICES_PCI_H

#include <linux/pci_regs.h>

#include "../board/dev.h"

enum keel_bar_kind { KEEL_BAR_NONE, KEEL_BAR_IO, KEEL_BAR_MEM32, KEEL_BAR_MEM64 };

/**
 * struct keel_bar_desc - a base address register.
 * @kind: KEEL_BAR_MEM64 takes the next one as well, which has to be KEEL_BAR_NONE
 * @prefetchable: memory without side effects of reads
 * @size: bytes, a power of two; at least 4 of ports, 16 of memory
 */
struct keel_bar_desc {
	enum keel_bar_kind kind;
	bool prefetchable;
	u32 size;
};

/**
 * struct keel_cap_desc - a capability.
 * @id:     PCI_CAP_ID_*
 * @length: bytes, with the two of ID and next pointer
 * @bytes:  the others; NULL if @read gives them
 * @read:   value of @width bytes at @offset of the capability, 2 at least; accesses
 *          are aligned and stay within four bytes. NULL: what @bytes says
 * @write:  the same for a write; NULL: it is read-only
 */
struct keel_cap_desc {
	u8 id;
	u8 length;
	const u8 *bytes;
	u32 (*read)(struct keel_dev *dev, u32 offset, unsigned int width);
	void (*write)(struct keel_dev *dev, u32 offset, unsigned int width, u32 value);
};

/**
 * struct keel_pci_desc - what makes a device a PCI function.
 * @pci:        offset of the struct keel_pci in the device's struct
 * @state:      offset of the struct keel_pci_state there; within its state
 * @msix:       the same of the struct keel_msix_state, if it has vectors
 * @msi:        the same of the struct keel_msi_state; 0: it has no MSI. Only with MSI-X
 * @vendor:     vendor ID
 * @device:     device ID
 * @subsystem_vendor: subsystem vendor ID
 * @subsystem:  subsystem ID
 * @class_code: base class, subclass and interface: 24 bits
 * @revision:   revision ID
 * @command:    bits of the command register that are set for good, and are not in the state
 * @pin:        interrupt pin: 1 for INTA, 0: none
 * @vectors:    MSI-X vectors, KEEL_PCI_MAX_VECTORS at most; 0: no MSI-X
 * @msix_bar:   BAR that begins with a region KEEL_MSIX_REGION()
 * @nr_caps:    entries of @caps
 * @bars:       the BARs
 * @caps:       capabilities, in the order of the list; MSI-X comes before them, MSI behind
 * @own:        first register of the function's own that is in no capability; 0: it has none
 * @own_length: bytes from there on; both are multiples of 4, behind the capabilities
 * @own_read:   value of @width bytes at @offset of them; accesses are aligned and stay within
 *              four bytes
 * @own_write:  the same for a write; false: nothing there can be written
 * @place:      where a region with KEEL_IN_OWN is; false: nowhere. Its registers' writes set the
 *              board's "moved". NULL: it has no such region
 * @nr_vectors: how many of @vectors there are with this config, at least 1; NULL: all
 * @mastering:  the driver has switched bus mastering on or off; NULL: it reaches no memory
 */
struct keel_pci_desc {
	u32 pci;
	u32 state;
	u32 msix;
	u32 msi;
	u16 vendor;
	u16 device;
	u16 subsystem_vendor;
	u16 subsystem;
	u16 command;
	u32 class_code;
	u8 revision;
	u8 pin;
	u8 vectors;
	u8 msix_bar;
	u8 nr_caps;
	struct keel_bar_desc bars[KEEL_PCI_NR_BARS];
	const struct keel_cap_desc *caps;
	u8 own;
	u8 own_length;
	u32 (*own_read)(struct keel_dev *dev, u32 offset, unsigned int width);
	bool (*own_write)(struct keel_dev *dev, u32 offset, unsigned int width, u32 value);
	bool (*place)(const struct keel_dev *dev, unsigned int region, u64 *base);
	unsigned int (*nr_vectors)(const struct keel_device_config *config);
	void (*mastering)(struct keel_dev *dev);
};

/**
 * struct keel_pci - a function, beside its state.
 * @intx:    the board's line that its pin is connected to
 * @slot:    device number
 * @vectors: MSI-X vectors
 * @gsi:     of the first one; of MSI while MSI-X is not enabled
 * @routed:  a bit for each vector whose message the host was told
 * @routes:  these messages
 * @msi_routed: the host was told MSI's message
 * @msi_route: this message
 * @config_reads:  configuration reads
 * @config_writes: configuration writes
 * @ignored_writes: of these, the ones to registers that are read-only or not there
 * @beyond:  writes that left a BAR of ports decoded where there are no ports
 * @signals: messages of MSI-X and MSI signalled
 * @pended:  of these, the ones that had to wait for being unmasked
 * @lost:    of these, the ones whose message no LAPIC would have taken
 *
 * A device that is a PCI function has one, with a wire KEEL_INTX() if it has a pin.
 */
struct keel_pci {
	/* Wiring */
	struct keel_wire intx;
	u8 slot;
	u8 vectors;
	u16 gsi;

	/* Derived */
	u32 routed;
	struct keel_route routes[KEEL_PCI_MAX_VECTORS];
	bool msi_routed;
	struct keel_route msi_route;

	/* Counters */
	u64 config_reads;
	u64 config_writes;
	u64 ignored_writes;
	u64 beyond;
	u64 signals;
	u64 pended;
	u64 lost;
};

/* The wire of a function's pin; the member is a struct keel_pci. */
#define KEEL_INTX(type, member) \
	{ .label = "intx", .offset = offsetof(struct type, member.intx), \
	  .shared = true, .intx = true }

/* ---- For models ---- */

/**
 * keel_pci_of() - what a function has beside its state.
 * @dev: a device whose ops have a pci
 */
static inline struct keel_pci *keel_pci_of(struct keel_dev *dev)
{
	return (void *)dev + dev->ops->pci->pci;
}

/**
 * keel_pci_state() - the state of a function's configuration space.
 * @dev: a device whose ops have a pci
 */
static inline struct keel_pci_state *keel_pci_state(struct keel_dev *dev)
{
	return (void *)dev + dev->ops->pci->state;
}

/**
 * keel_pci_lanes() - the bits of a register that an access covers.
 * @offset: of the access; the register is four bytes wide
 * @width:  of the access
 */
static inline u32 keel_pci_lanes(u32 offset, unsigned int width)
{
	return (u32)GENMASK(8 * width - 1, 0) << offset % 4 * 8;
}

/* ---- For the host bridge ---- */

u32 keel_pci_config_read(struct keel_dev *dev, u32 offset, unsigned int width);
void keel_pci_config_write(struct keel_dev *dev, u32 offset, unsigned int width, u32 value);

/* ---- For the board ---- */

unsigned int keel_pci_slot(const struct keel_device_config *config);
bool keel_pci_sane(const struct keel_device_config *config);
bool keel_pci_add(struct keel_dev *dev, const struct keel_device_config *config);
void keel_pci_reset(struct keel_dev *dev);
bool keel_pci_check(const struct keel_dev *dev, const void *state);
bool keel_pci_check_absent(const struct keel_dev *dev, const void *state, u32 absent);
void keel_pci_loaded(struct keel_dev *dev);
void keel_pci_inspect(struct keel_dev *dev, struct keel_out *out);
void keel_pci_stats(struct keel_dev *dev, struct keel_out *out);

#endif /* KEEL_DEVICES_PCI_H */
