// SPDX-License-Identifier: GPL-2.0
/*
 * LPC bridge of Intel's ICH9 (316972, chapter 13), function 00:1f.0: what PC firmware looks for in
 * it, and the router from PCI's interrupts to the 8259s.
 *
 *	0x04	command: it always decodes ports and memory
 *	0x40	PMBASE: reads 0x601, where Keel's ACPI block is; not written
 *	0x44	ACPI_CNTL: reads 0x80, enabled, SCI on line 9; not written
 *	0x60-63	PIRQA_ROUT to PIRQD_ROUT: bits 3:0: ISA line  bit 7: to none, as after a reset
 *	0x68-6b	PIRQE_ROUT to PIRQH_ROUT
 *	0xf0	RCBA: bit 0, bits 31:14: stored
 *	port 0x630, 4 bytes  SMI_EN: reads 0x21, GBL_SMI_EN and APMC_EN; not written
 *
 * PIRQ A to H are the board's lines 16 to 23. One that is routed holds its ISA line as well: 3 to
 * 7, 9 to 12, 14 or 15; with the numbers of other lines, none. The IOAPIC has it in either case.
 * The ISA line is level-triggered if the guest says so (ELCR, pic.c).
 *
 * SMI_EN says that firmware has set up SMM, so that firmware does not try: there is none.
 *
 * Not modelled: what is at RCBA, decoding of ports on the LPC bus, GPIO, the serial IRQ, all other
 * registers (they read as 0), functions 1 and up, writes of PMBASE: Keel's ACPI block does not
 * move.
 */
#include "../board/board.h"
#include "pci.h"

#define LPC_OWN			KEEL_LPC_PMBASE
#define LPC_OWN_LENGTH		0xb4		/* to the end of RCBA */

#define PMBASE_VALUE		(KEEL_PM_BASE | 1)
#define ACPI_CNTL_VALUE		0x80		/* ACPI_EN; SCI_IRQ_SEL 0: line 9 */
#define SMI_EN_VALUE		0x21		/* APMC_EN, GBL_SMI_EN */
#define RCBA_BITS		(GENMASK(31, 14) | BIT(0))
#define ROUT_LINE		GENMASK(3, 0)
#define ROUT_BITS		(KEEL_LPC_PIRQ_OFF | ROUT_LINE)

#define LPC_NR_ISA		16
#define LPC_ISA			0xdef8U		/* lines that a PIRQ can be routed to */

/**
 * struct keel_lpc - the bridge.
 * @dev:     what the board knows
 * @pci:     function 00:1f.0
 * @isa:     the ISA lines
 * @routes:  writes that changed where a PIRQ goes
 * @ignored: writes to SMI_EN
 * @s:       state
 */
struct keel_lpc {
	/* Wiring */
	struct keel_dev dev;
	struct keel_pci pci;
	struct keel_wire isa[LPC_NR_ISA];

	/* Counters */
	u64 routes;
	u64 ignored;

	/* State */
	struct keel_lpc_state s;
};

static_assert(sizeof(struct keel_lpc_state) == 48);

static struct keel_lpc *lpc_of(struct keel_dev *dev)
{
	return container_of(dev, struct keel_lpc, dev);
}

/* ---- Interrupts ---- */

/* ISA lines that are to be held, a bit for each. */
static u32 lpc_held(const struct keel_lpc_state *s)
{
	unsigned int i;
	u32 lines = 0;

	for (i = 0; i < KEEL_LPC_NR_PIRQS; i++)
		if (s->pirqs >> i & 1 && !(s->rout[i] & KEEL_LPC_PIRQ_OFF))
			lines |= BIT(s->rout[i] & ROUT_LINE);
	return lines & LPC_ISA;
}

static void lpc_sync(struct keel_lpc *lpc)
{
	u32 held = lpc_held(&lpc->s);
	unsigned int i;

	for (i = 0; i < LPC_NR_ISA; i++)
		if (LPC_ISA >> i & 1)
			keel_line_set(&lpc->isa[i], held >> i & 1);
}

static int lpc_input_of(unsigned int line)
{
	return line - KEEL_PCI_PIRQ < KEEL_LPC_NR_PIRQS ? (int)(line - KEEL_PCI_PIRQ) : -1;
}

static void lpc_input(struct keel_dev *dev, unsigned int pin, bool level)
{
	struct keel_lpc *lpc = lpc_of(dev);

	if (level)
		lpc->s.pirqs |= BIT(pin);
	else
		lpc->s.pirqs &= ~BIT(pin);
	lpc_sync(lpc);
}

/* ---- Configuration space ---- */

/* Which PIRQ a register routes, or KEEL_LPC_NR_PIRQS. */
static unsigned int lpc_pirq(u32 reg)
{
	if (reg - KEEL_LPC_PIRQA_ROUT < 4)
		return reg - KEEL_LPC_PIRQA_ROUT;
	return reg - KEEL_LPC_PIRQE_ROUT < 4 ? reg - KEEL_LPC_PIRQE_ROUT + 4 : KEEL_LPC_NR_PIRQS;
}

static u8 lpc_read_byte(const struct keel_lpc *lpc, u32 reg)
{
	unsigned int pirq = lpc_pirq(reg);

	if (pirq < KEEL_LPC_NR_PIRQS)
		return lpc->s.rout[array_index_nospec(pirq, KEEL_LPC_NR_PIRQS)];
	if (reg - KEEL_LPC_PMBASE < 4)
		return PMBASE_VALUE >> 8 * (reg - KEEL_LPC_PMBASE);
	if (reg - KEEL_LPC_RCBA < 4)
		return lpc->s.rcba >> 8 * (reg - KEEL_LPC_RCBA);
	return reg == KEEL_LPC_ACPI_CNTL ? ACPI_CNTL_VALUE : 0;
}

static void lpc_route(struct keel_lpc *lpc, unsigned int pirq, u8 value)
{
	pirq = array_index_nospec(pirq, KEEL_LPC_NR_PIRQS);
	value &= ROUT_BITS;
	lpc->routes += lpc->s.rout[pirq] != value;
	lpc->s.rout[pirq] = value;
	lpc_sync(lpc);
}

/* Return: false: there is nothing that can be written. */
static bool lpc_write_byte(struct keel_lpc *lpc, u32 reg, u8 value)
{
	unsigned int pirq = lpc_pirq(reg), lane = reg - KEEL_LPC_RCBA;

	if (pirq < KEEL_LPC_NR_PIRQS) {
		lpc_route(lpc, pirq, value);
	} else if (lane < 4) {
		lpc->s.rcba &= ~(0xffU << 8 * lane);
		lpc->s.rcba |= (u32)value << 8 * lane & RCBA_BITS;
	} else {
		return false;
	}
	return true;
}

static u32 lpc_own_read(struct keel_dev *dev, u32 offset, unsigned int width)
{
	u32 value = 0;
	unsigned int i;

	for (i = 0; i < width; i++)
		value |= (u32)lpc_read_byte(lpc_of(dev), LPC_OWN + offset + i) << 8 * i;
	return value;
}

static bool lpc_own_write(struct keel_dev *dev, u32 offset, unsigned int width, u32 value)
{
	bool taken = false;
	unsigned int i;

	for (i = 0; i < width; i++)
		taken |= lpc_write_byte(lpc_of(dev), LPC_OWN + offset + i, value >> 8 * i);
	return taken;
}

/* ---- SMI_EN ---- */

static u32 lpc_read(struct keel_dev *dev, unsigned int region, u32 offset, unsigned int width)
{
	return SMI_EN_VALUE >> 8 * offset;
}

static void lpc_write(struct keel_dev *dev, unsigned int region, u32 offset, unsigned int width,
		      u32 value)
{
	lpc_of(dev)->ignored++;
}

/* ---- Board ---- */

/* A PC has one, and its place in ports and on lines is fixed. */
static bool lpc_configure(struct keel_dev *dev, const struct keel_device_config *config)
{
	unsigned int i;

	for (i = offsetof(struct keel_pci_config, reserved); i < sizeof(config->pad); i++)
		if (config->pad[i])
			return false;
	return !config->instance && !config->base && config->irq == KEEL_IRQ_DEFAULT;
}

/* The levels of PIRQs are those of the lines, which a reset does not change by itself. */
static void lpc_reset(struct keel_dev *dev, bool cold)
{
	struct keel_lpc *lpc = lpc_of(dev);

	memset(lpc->s.rout, KEEL_LPC_PIRQ_OFF, sizeof(lpc->s.rout));
	lpc->s.rcba = 0;
	lpc_sync(lpc);
}

static bool lpc_check(const struct keel_dev *dev, const void *state, u64 now)
{
	const struct keel_lpc_state *s = state;
	unsigned int i;

	for (i = 0; i < KEEL_LPC_NR_PIRQS; i++)
		if (s->rout[i] & ~ROUT_BITS)
			return false;
	return !(s->rcba & ~RCBA_BITS) && !s->pad[0] && !s->pad[1] && !s->pad[2];
}

static u32 lpc_inputs(const void *state)
{
	const struct keel_lpc_state *s = state;

	return s->pirqs;
}

static void lpc_loaded(struct keel_dev *dev)
{
	lpc_sync(lpc_of(dev));
}

static void lpc_inspect(const struct keel_dev *dev, struct keel_out *out)
{
	const struct keel_lpc *lpc = container_of(dev, struct keel_lpc, dev);
	unsigned int i;

	for (i = 0; i < KEEL_LPC_NR_PIRQS; i++) {
		keel_emit(out, "pirq", i, "", lpc->s.pirqs >> i & 1);
		keel_emit(out, "pirq", i, ".off", !!(lpc->s.rout[i] & KEEL_LPC_PIRQ_OFF));
		keel_emit(out, "pirq", i, ".line", lpc->s.rout[i] & ROUT_LINE);
	}
	keel_emit(out, "rcba", -1, "", lpc->s.rcba);
}

static const struct keel_region_desc lpc_regions[] = {
	{ .label = "smi_en", .space = KEEL_PIO, .base = KEEL_LPC_SMI_EN, .length = 4, .width = 4 },
};

/* Which of them it holds is the guest's choice, so any of them may have another source. */
#define LPC_WIRE(label_, wire, line_) \
	{ .label = (label_), .offset = offsetof(struct keel_lpc, isa[wire]), .line = (line_), \
	  .probe = true }

static const struct keel_wire_desc lpc_wires[] = {
	LPC_WIRE("irq3", 3, 3), LPC_WIRE("irq4", 4, 4), LPC_WIRE("irq5", 5, 5),
	LPC_WIRE("irq6", 6, 6), LPC_WIRE("irq7", 7, 7), LPC_WIRE("irq9", 9, 9),
	LPC_WIRE("irq10", 10, 10), LPC_WIRE("irq11", 11, 11), LPC_WIRE("irq12", 12, 12),
	LPC_WIRE("irq14", 14, 14), LPC_WIRE("irq15", 15, 15),
};

static const struct keel_counter_desc lpc_counters[] = {
	KEEL_COUNTER(keel_lpc, routes),
	KEEL_COUNTER(keel_lpc, ignored),
};

static const struct keel_pci_desc lpc_pci = {
	.pci = offsetof(struct keel_lpc, pci),
	.state = offsetof(struct keel_lpc, s.pci),
	.vendor = 0x8086,
	.device = 0x2918,
	.subsystem_vendor = 0x1af4,
	.subsystem = 0x1100,
	/* UEFI looks behind an ISA bridge that decodes both for COM1 and the keyboard. */
	.command = PCI_COMMAND_IO | PCI_COMMAND_MEMORY,
	.class_code = 0x060100,		/* ISA bridge */
	.revision = 2,
	.own = LPC_OWN,
	.own_length = LPC_OWN_LENGTH,
	.own_read = lpc_own_read,
	.own_write = lpc_own_write,
};

const struct keel_dev_ops keel_lpc_ops = {
	.name = "lpc",
	.class = KEEL_CLASS_LPC,
	.version = 1,
	.size = sizeof(struct keel_lpc),
	.state = offsetof(struct keel_lpc, s),
	.state_size = sizeof(struct keel_lpc_state),
	.regions = lpc_regions,
	.nr_regions = ARRAY_SIZE(lpc_regions),
	.wires = lpc_wires,
	.nr_wires = ARRAY_SIZE(lpc_wires),
	.counters = lpc_counters,
	.nr_counters = ARRAY_SIZE(lpc_counters),
	.pci = &lpc_pci,
	.configure = lpc_configure,
	.input_of = lpc_input_of,
	.read = lpc_read,
	.write = lpc_write,
	.input = lpc_input,
	.inspect = lpc_inspect,
	.reset = lpc_reset,
	.check = lpc_check,
	.inputs = lpc_inputs,
	.loaded = lpc_loaded,
};
