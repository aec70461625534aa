// SPDX-License-Identifier: GPL-2.0
/*
 * PCI host bridge: function 00:00.0, and how the CPU gets to the configuration space of
 * all functions (PCI Local Bus 3.0, 3.2.2.3.2; PCI Firmware 3.0, chapter 4).
 *
 *	0xcf8		CONFIG_ADDRESS: enable, bus, device, function, register
 *	0xcfc-0xcff	CONFIG_DATA, with the byte lanes of an access
 *	0xe0000000	ECAM: 4 KiB for each function of bus 0
 *
 * With KEEL_PCIHOST_Q35 it is the memory controller that PC firmware knows (Intel 3 Series Express
 * Chipset Family, 316966, 5.1), with these registers of function 00:00.0:
 *
 *	0x60-67	PCIEXBAR: enable, length (64 to 256 MiB), base of the ECAM; 0 after a reset
 *	0x90-96	PAM0-6: what is at 0xc0000 to 0xfffff
 *	0x9d	SMRAM: reads 0x12, locked and not enabled
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
 * level-triggered (ELCR), and others leave it masked. The Q35 has no such line: the router of
 * its chipset is lpc.c.
 *
 * PAM only stores: the guest's memory is KVM's, whose slots stay as they are, so there is RAM that
 * is read and written, whatever PAM says. Firmware that has copied itself there can be overwritten.
 * There is no SMRAM, and so nothing to open.
 *
 * Not modelled: other buses, bridges behind this one, type 1 cycles, mechanism #2, error
 * reporting; of the Q35, all other registers (MCHBAR, DMIBAR, TOLUD and so on, which read as 0),
 * PCI Express, graphics, the management engine.
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

#define PCIEXBAR_BASE		GENMASK_ULL(35, 28)
#define PCIEXBAR_128M		BIT_ULL(27)	/* of the base, if it has no more than 128 MiB, */
#define PCIEXBAR_64M		BIT_ULL(26)	/* and 64 MiB */
#define PCIEXBAR_LENGTH		GENMASK_ULL(2, 1)
#define PCIEXBAR_LENGTH_SHIFT	1
#define PCIEXBAR_BITS		(PCIEXBAR_BASE | PCIEXBAR_128M | PCIEXBAR_64M | \
				 PCIEXBAR_LENGTH | KEEL_Q35_PCIEXBAR_ENABLE)
#define PAM_BITS		0x33		/* read and write enable, twice; */
#define PAM0_BITS		0x30		/* of PAM0 the high one alone */
#define SMRAM_LOCKED		0x12		/* D_LCK, and C_BASE_SEG, which is fixed */

/* Registers of the Q35's own: from PCIEXBAR to behind SMRAM */
#define Q35_OWN			KEEL_Q35_PCIEXBAR
#define Q35_OWN_LENGTH		0x40

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

/* ---- Registers of the Q35's own ---- */

static u8 q35_pam_bits(unsigned int nr)
{
	return nr ? PAM_BITS : PAM0_BITS;
}

static u8 q35_read_byte(const struct keel_pcihost *host, u32 reg)
{
	u32 lane = reg - KEEL_Q35_PCIEXBAR, nr = reg - KEEL_Q35_PAM;

	if (lane < sizeof(host->s.pciexbar))
		return host->s.pciexbar >> 8 * lane;
	if (nr < KEEL_Q35_NR_PAMS)
		return host->s.pam[array_index_nospec(nr, KEEL_Q35_NR_PAMS)];
	return reg == KEEL_Q35_SMRAM ? SMRAM_LOCKED : 0;
}

/* Return: false: there is nothing that can be written. */
static bool q35_write_byte(struct keel_pcihost *host, u32 reg, u8 value)
{
	u32 lane = reg - KEEL_Q35_PCIEXBAR, nr = reg - KEEL_Q35_PAM;

	if (lane < sizeof(host->s.pciexbar)) {
		host->s.pciexbar &= ~(0xffULL << 8 * lane);
		host->s.pciexbar |= (u64)value << 8 * lane & PCIEXBAR_BITS;
		host->dev.board->moved = true;
	} else if (nr < KEEL_Q35_NR_PAMS) {
		nr = array_index_nospec(nr, KEEL_Q35_NR_PAMS);
		host->s.pam[nr] = value & q35_pam_bits(nr);
	} else {
		return false;
	}
	return true;
}

static u32 q35_own_read(struct keel_dev *dev, u32 offset, unsigned int width)
{
	u32 value = 0;
	unsigned int i;

	for (i = 0; i < width; i++)
		value |= (u32)q35_read_byte(pcihost_of(dev), Q35_OWN + offset + i) << 8 * i;
	return value;
}

static bool q35_own_write(struct keel_dev *dev, u32 offset, unsigned int width, u32 value)
{
	bool taken = false;
	unsigned int i;

	for (i = 0; i < width; i++)
		taken |= q35_write_byte(pcihost_of(dev), Q35_OWN + offset + i, value >> 8 * i);
	return taken;
}

/* Where PCIEXBAR puts bus 0. Length 3 is reserved, and is 256 MiB as well. */
static bool q35_place(const struct keel_dev *dev, unsigned int region, u64 *base)
{
	const struct keel_pcihost *host = container_of(dev, struct keel_pcihost, dev);
	unsigned int length = (host->s.pciexbar & PCIEXBAR_LENGTH) >> PCIEXBAR_LENGTH_SHIFT;
	u64 mask = PCIEXBAR_BASE;

	if (length == 1 || length == 2)
		mask |= PCIEXBAR_128M;
	if (length == 2)
		mask |= PCIEXBAR_64M;
	*base = host->s.pciexbar & mask;
	return host->s.pciexbar & KEEL_Q35_PCIEXBAR_ENABLE;
}

static bool pcihost_is_q35(const struct keel_dev *dev)
{
	return dev->ops->pci->place;
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

/* There is one bus 0. Where the ECAM is can be chosen, or is PCIEXBAR's. */
static bool pcihost_configure(struct keel_dev *dev, const struct keel_device_config *config)
{
	unsigned int i;

	for (i = offsetof(struct keel_pcihost_config, reserved); i < sizeof(config->pad); i++)
		if (config->pad[i])
			return false;
	return !config->instance && !config->pcihost.slot &&
	       config->pcihost.identity <= KEEL_PCIHOST_Q35 &&
	       !(config->base % KEEL_PCI_ECAM_LENGTH);
}

static void pcihost_reset(struct keel_dev *dev, bool cold)
{
	struct keel_pcihost *host = pcihost_of(dev);

	host->s.address = 0;
	host->s.pciexbar = 0;
	memset(host->s.pam, 0, sizeof(host->s.pam));
	pcihost_sync(host);
}

/* Of a bridge that has none of these, they are 0. */
static bool pcihost_check_q35(const struct keel_dev *dev, const struct keel_pcihost_state *s)
{
	bool q35 = pcihost_is_q35(dev);
	unsigned int i;

	for (i = 0; i < KEEL_Q35_NR_PAMS; i++)
		if (s->pam[i] & ~(q35 ? q35_pam_bits(i) : 0))
			return false;
	return !(s->pciexbar & ~(q35 ? PCIEXBAR_BITS : 0)) && !s->pad2;
}

static bool pcihost_check(const struct keel_dev *dev, const void *state, u64 now)
{
	const struct keel_pcihost_state *s = state;

	return !(s->address & ~CONFIG_MASK) && s->pirqs < BIT(KEEL_PCI_NR_PIRQS) &&
	       !s->pad[0] && !s->pad[1] && !s->pad[2] && pcihost_check_q35(dev, s);
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
	if (!pcihost_is_q35(dev))
		return;
	keel_emit(out, "pciexbar", -1, "", host->s.pciexbar);
	for (i = 0; i < KEEL_Q35_NR_PAMS; i++)
		keel_emit(out, "pam", i, "", host->s.pam[i]);
}

/* CONFIG_ADDRESS and CONFIG_DATA, behind the ECAM's region */
#define PCIHOST_PORTS \
	[PCIHOST_ADDRESS] = { .label = "address", .space = KEEL_PIO, \
			      .base = KEEL_PCI_CONFIG_ADDRESS, .length = 1, .width = 4, \
			      .reach = 4 }, \
	[PCIHOST_DATA]	  = { .label = "data", .space = KEEL_PIO, .base = KEEL_PCI_CONFIG_DATA, \
			      .length = 4, .width = 4 }

static const struct keel_region_desc pcihost_regions[] = {
	[PCIHOST_ECAM] = { .label = "ecam", .space = KEEL_MMIO, .base = KEEL_PCI_ECAM,
			   .length = KEEL_PCI_ECAM_LENGTH, .width = 4 },
	PCIHOST_PORTS,
};

static const struct keel_region_desc q35_regions[] = {
	[PCIHOST_ECAM] = { .label = "ecam", .space = KEEL_MMIO, .in_bar = KEEL_IN_OWN,
			   .length = KEEL_PCI_ECAM_LENGTH, .width = 4 },
	PCIHOST_PORTS,
};

static const struct keel_wire_desc pcihost_wires[] = {
	KEEL_WIRE(keel_pcihost, isa, "isa", KEEL_PCI_ISA_IRQ, true),
};

static const struct keel_counter_desc pcihost_counters[] = {
	KEEL_COUNTER(keel_pcihost, absent_reads),
	KEEL_COUNTER(keel_pcihost, absent_writes),
};

#define PCIHOST_FUNCTION \
	.pci = offsetof(struct keel_pcihost, pci), \
	.state = offsetof(struct keel_pcihost, s.pci), \
	.class_code = 0x060000

/* The IDs are those of Red Hat's host bridge that is nothing but one: no driver minds. */
static const struct keel_pci_desc pcihost_pci = {
	PCIHOST_FUNCTION,
	.vendor = 0x1b36,
	.device = 0x0008,
};

/* By the subsystem firmware for QEMU knows that it is to look for fw_cfg. */
static const struct keel_pci_desc q35_pci = {
	PCIHOST_FUNCTION,
	.vendor = 0x8086,
	.device = 0x29c0,
	.subsystem_vendor = 0x1af4,
	.subsystem = 0x1100,
	.own = Q35_OWN,
	.own_length = Q35_OWN_LENGTH,
	.own_read = q35_own_read,
	.own_write = q35_own_write,
	.place = q35_place,
};

#define PCIHOST_OPS \
	.name = "pcihost", \
	.class = KEEL_CLASS_PCIHOST, \
	.version = 2, \
	.size = sizeof(struct keel_pcihost), \
	.state = offsetof(struct keel_pcihost, s), \
	.state_size = sizeof(struct keel_pcihost_state), \
	.previous_size = PCIHOST_STATE_1, \
	.counters = pcihost_counters, \
	.nr_counters = ARRAY_SIZE(pcihost_counters), \
	.variant = pcihost_variant, \
	.configure = pcihost_configure, \
	.input_of = pcihost_input_of, \
	.read = pcihost_read, \
	.write = pcihost_write, \
	.input = pcihost_input, \
	.inspect = pcihost_inspect, \
	.reset = pcihost_reset, \
	.check = pcihost_check, \
	.inputs = pcihost_inputs, \
	.loaded = pcihost_loaded

static const struct keel_dev_ops *pcihost_variant(const struct keel_device_config *config);

/* Its isa wire is connected to nothing. */
static const struct keel_dev_ops q35_ops = {
	PCIHOST_OPS,
	.regions = q35_regions,
	.nr_regions = ARRAY_SIZE(q35_regions),
	.pci = &q35_pci,
};

const struct keel_dev_ops keel_pcihost_ops = {
	PCIHOST_OPS,
	.regions = pcihost_regions,
	.nr_regions = ARRAY_SIZE(pcihost_regions),
	.wires = pcihost_wires,
	.nr_wires = ARRAY_SIZE(pcihost_wires),
	.pci = &pcihost_pci,
};

static const struct keel_dev_ops *pcihost_variant(const struct keel_device_config *config)
{
	return config->pcihost.identity == KEEL_PCIHOST_Q35 ? &q35_ops : &keel_pcihost_ops;
}
