// SPDX-License-Identifier: GPL-2.0
/*
 * PCI host bridge: function 00:00.0, and how the CPU gets to the configuration space of
 * all functions (PCI Local Bus 3.0, 3.2.2.3.2; PCI Firmware 3.0, chapter 4).
 *
 *	0xcf8		CONFIG_ADDRESS: enable, bus, device, function, register
 *	0xcfc-0xcff	CONFIG_DATA, with the byte lanes of an access
 *	0xe0000000	ECAM: 4 KiB for each function of bus 0
 *
 * CONFIG_ADDRESS is there for accesses of four bytes at 0xcf8 and for no others, as the
 * ports around it belong to others (0xcf9: reset). Bits 1:0 and 30:24 are 0.
 *
 * There is bus 0 with function 0 of each slot. What is not there reads as all ones and
 * takes no writes; so does what is behind a function's 256 bytes in the ECAM, for no
 * function has an extended configuration space.
 *
 * Interrupts: pin p (INTA is 1) of slot s is on PIRQ (s + p - 1) mod 4, which is the
 * IOAPIC's pin 16 and up. For guests that have the 8259s only, the four of them together
 * drive an ISA line as well, as a chipset's router does it. Such a guest makes that line
 * level-triggered (ELCR), and others leave it masked.
 *
 * Not modelled: other buses, bridges behind this one, type 1 cycles, mechanism #2, error
 * reporting.
 */
#include "../board/board.h"
#include "pci.h"

enum { PCIHOST_ECAM, PCIHOST_ADDRESS, PCIHOST_DATA };

#define CONFIG_ENABLE	BIT(31)
#define CONFIG_MASK	(CONFIG_ENABLE | GENMASK(23, 2))
#define CONFIG_BUS_SHIFT	16
#define CONFIG_DEVFN_SHIFT	8
#define ECAM_DEVFN_SHIFT	12
#define ECAM_REGISTER	GENMASK(11, 0)

/* Bytes of the state in version 1 */
#define PCIHOST_STATE_1		offsetof(struct keel_pcihost_state, pciexbar)

#define PCIHOST_CONFIG_SIZE	256	/* of a function without extended space */

/**
 * struct keel_pcihost - the device.
 * @dev:           what the board knows
 * @pci:           function 00:00.0
 * @isa:           the line for the 8259s
 * @absent_reads:  configuration reads of what is not there
 * @absent_writes: the same for writes
 * @s:             state
 */
struct keel_pcihost {
	/* Wiring */
	struct keel_dev dev;
	struct keel_pci pci;
	struct keel_wire isa;

	/* Counters */
	u64 absent_reads;
	u64 absent_writes;

	/* State */
	struct keel_pcihost_state s;
};

static_assert(sizeof(struct keel_pcihost_state) == 56);
static_assert(PCIHOST_STATE_1 == 40);

static struct keel_pcihost *pcihost_of(struct keel_dev *dev)
{
	return container_of(dev, struct keel_pcihost, dev);
}

/* ---- Configuration space ---- */

/* @devfn: device number in bits 7:3, function in 2:0; offset: 12 bits. */
static struct keel_dev *pcihost_function(struct keel_dev *dev, u8 devfn, u32 offset)
{
	const struct keel_board *board = dev->board;
	unsigned int slot = devfn >> 3;

	if (devfn & 7 || offset >= PCIHOST_CONFIG_SIZE || board->absent >> slot & 1)
		return NULL;
	return board->slots[slot];
}

static u32 pcihost_config_read(struct keel_pcihost *host, u8 devfn, u32 offset,
			       unsigned int width)
{
	struct keel_dev *function = pcihost_function(&host->dev, devfn, offset);

	if (function)
		return keel_pci_config_read(function, offset, width);
	host->absent_reads++;
	return U32_MAX;
}

static void pcihost_config_write(struct keel_pcihost *host, u8 devfn, u32 offset,
				 unsigned int width, u32 value)
{
	struct keel_dev *function = pcihost_function(&host->dev, devfn, offset);

	if (function)
		keel_pci_config_write(function, offset, width, value);
	else
		host->absent_writes++;
}

/* Does CONFIG_ADDRESS point to this bus? */
static bool pcihost_addressed(const struct keel_pcihost *host)
{
	return host->s.address & CONFIG_ENABLE && !(u8)(host->s.address >> CONFIG_BUS_SHIFT);
}

static u32 pcihost_data_read(struct keel_pcihost *host, u32 lane, unsigned int width)
{
	u32 address = host->s.address;

	if (pcihost_addressed(host))
		return pcihost_config_read(host, address >> CONFIG_DEVFN_SHIFT,
					   (u8)address + lane, width);
	host->absent_reads++;
	return U32_MAX;
}

static void pcihost_data_write(struct keel_pcihost *host, u32 lane, unsigned int width,
			       u32 value)
{
	u32 address = host->s.address;

	if (pcihost_addressed(host))
		pcihost_config_write(host, address >> CONFIG_DEVFN_SHIFT, (u8)address + lane,
				     width, value);
	else
		host->absent_writes++;
}

static u32 pcihost_read(struct keel_dev *dev, unsigned int region, u32 offset,
			unsigned int width)
{
	struct keel_pcihost *host = pcihost_of(dev);

	switch (region) {
	case PCIHOST_ADDRESS:
		return host->s.address;
	case PCIHOST_DATA:
		return pcihost_data_read(host, offset, width);
	default:
		return pcihost_config_read(host, offset >> ECAM_DEVFN_SHIFT,
					   offset & ECAM_REGISTER, width);
	}
}

static void pcihost_write(struct keel_dev *dev, unsigned int region, u32 offset,
			  unsigned int width, u32 value)
{
	struct keel_pcihost *host = pcihost_of(dev);

	switch (region) {
	case PCIHOST_ADDRESS:
		host->s.address = value & CONFIG_MASK;
		break;
	case PCIHOST_DATA:
		pcihost_data_write(host, offset, width, value);
		break;
	default:
		pcihost_config_write(host, offset >> ECAM_DEVFN_SHIFT, offset & ECAM_REGISTER,
				     width, value);
	}
}

/* ---- Interrupts ---- */

static int pcihost_input_of(unsigned int line)
{
	return line - KEEL_PCI_PIRQ < KEEL_PCI_NR_PIRQS ? (int)(line - KEEL_PCI_PIRQ) : -1;
}

static void pcihost_sync(struct keel_pcihost *host)
{
	keel_line_set(&host->isa, host->s.pirqs);
}

static void pcihost_input(struct keel_dev *dev, unsigned int pin, bool level)
{
	struct keel_pcihost *host = pcihost_of(dev);

	if (level)
		host->s.pirqs |= BIT(pin);
	else
		host->s.pirqs &= ~BIT(pin);
	pcihost_sync(host);
}

/* ---- Board ---- */

/* There is one bus 0, and nothing to be chosen but where the ECAM is. */
static bool pcihost_configure(struct keel_dev *dev, const struct keel_device_config *config)
{
	unsigned int i;

	for (i = 0; i < sizeof(config->pad); i++)
		if (config->pad[i])
			return false;
	return !config->instance && !(config->base % KEEL_PCI_ECAM_LENGTH);
}

static void pcihost_reset(struct keel_dev *dev, bool cold)
{
	struct keel_pcihost *host = pcihost_of(dev);

	host->s.address = 0;
	pcihost_sync(host);
}

static bool pcihost_check(const struct keel_dev *dev, const void *state, u64 now)
{
	const struct keel_pcihost_state *s = state;
	static const u8 zero[sizeof(*s) - PCIHOST_STATE_1];

	return !(s->address & ~CONFIG_MASK) && s->pirqs < BIT(KEEL_PCI_NR_PIRQS) &&
	       !s->pad[0] && !s->pad[1] && !s->pad[2] &&
	       !memcmp(&s->pciexbar, zero, sizeof(zero));
}

static u32 pcihost_inputs(const void *state)
{
	const struct keel_pcihost_state *s = state;

	return s->pirqs;
}

static void pcihost_loaded(struct keel_dev *dev)
{
	pcihost_sync(pcihost_of(dev));
}

static void pcihost_inspect(const struct keel_dev *dev, struct keel_out *out)
{
	const struct keel_pcihost *host = container_of(dev, struct keel_pcihost, dev);
	unsigned int i;

	keel_emit(out, "config_address", -1, "", host->s.address);
	for (i = 0; i < KEEL_PCI_NR_PIRQS; i++)
		keel_emit(out, "pirq", i, "", host->s.pirqs >> i & 1);
}

static const struct keel_region_desc pcihost_regions[] = {
	[PCIHOST_ECAM]	  = { .label = "ecam", .space = KEEL_MMIO, .base = KEEL_PCI_ECAM,
			      .length = KEEL_PCI_ECAM_LENGTH, .width = 4 },
	[PCIHOST_ADDRESS] = { .label = "address", .space = KEEL_PIO,
			      .base = KEEL_PCI_CONFIG_ADDRESS, .length = 1, .width = 4,
			      .reach = 4 },
	[PCIHOST_DATA]	  = { .label = "data", .space = KEEL_PIO, .base = KEEL_PCI_CONFIG_DATA,
			      .length = 4, .width = 4 },
};

static const struct keel_wire_desc pcihost_wires[] = {
	KEEL_WIRE(keel_pcihost, isa, "isa", KEEL_PCI_ISA_IRQ, true),
};

static const struct keel_counter_desc pcihost_counters[] = {
	KEEL_COUNTER(keel_pcihost, absent_reads),
	KEEL_COUNTER(keel_pcihost, absent_writes),
};

/* The IDs are those of Red Hat's host bridge that is nothing but one: no driver minds. */
static const struct keel_pci_desc pcihost_pci = {
	.pci = offsetof(struct keel_pcihost, pci),
	.state = offsetof(struct keel_pcihost, s.pci),
	.vendor = 0x1b36,
	.device = 0x0008,
	.class_code = 0x060000,
};

const struct keel_dev_ops keel_pcihost_ops = {
	.name = "pcihost",
	.class = KEEL_CLASS_PCIHOST,
	.version = 2,
	.size = sizeof(struct keel_pcihost),
	.state = offsetof(struct keel_pcihost, s),
	.state_size = sizeof(struct keel_pcihost_state),
	.previous_size = PCIHOST_STATE_1,
	.regions = pcihost_regions,
	.nr_regions = ARRAY_SIZE(pcihost_regions),
	.wires = pcihost_wires,
	.nr_wires = ARRAY_SIZE(pcihost_wires),
	.counters = pcihost_counters,
	.nr_counters = ARRAY_SIZE(pcihost_counters),
	.pci = &pcihost_pci,
	.configure = pcihost_configure,
	.input_of = pcihost_input_of,
	.read = pcihost_read,
	.write = pcihost_write,
	.input = pcihost_input,
	.inspect = pcihost_inspect,
	.reset = pcihost_reset,
	.check = pcihost_check,
	.inputs = pcihost_inputs,
	.loaded = pcihost_loaded,
};
