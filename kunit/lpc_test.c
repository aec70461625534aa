// SPDX-License-Identifier: GPL-2.0
/* Transcripts for devices/pci/lpc.c (Intel I/O Controller Hub 9, 316972, chapter 13). */
#include "harness.h"

#define CFG(reg)	(KEEL_PCI_ECAM | KEEL_LPC_SLOT << 15 | (reg))
#define PIRQ(nr)	(KEEL_PCI_PIRQ + (nr))
#define ROUTABLE	0xdef8	/* lines 3 to 7, 9 to 12, 14 and 15 */

static const struct keel_device_config lpc_devices[] = {
	{ .class = KEEL_CLASS_PIC, .irq = KEEL_IRQ_DEFAULT },
	{ .class = KEEL_CLASS_IOAPIC, .irq = KEEL_IRQ_DEFAULT },
	{ .class = KEEL_CLASS_UART, .irq = KEEL_IRQ_DEFAULT },
	{ .class = KEEL_CLASS_PM, .irq = KEEL_IRQ_DEFAULT },
	{ .class = KEEL_CLASS_PCIHOST, .irq = KEEL_IRQ_NONE },
	{ .class = KEEL_CLASS_LPC, .irq = KEEL_IRQ_DEFAULT, .pci.slot = KEEL_LPC_SLOT },
};

#define count(label)	harness_count(H, KEEL_CLASS_LPC, (label))

/* Where a PIRQ's register is. */
static u64 lpc_rout(unsigned int pirq)
{
	return pirq < 4 ? CFG(KEEL_LPC_PIRQA_ROUT + pirq) : CFG(KEEL_LPC_PIRQE_ROUT + pirq - 4);
}

#define ROUT(pirq)	lpc_rout(pirq)

/* ISA lines that are held, a bit for each. */
static u32 lpc_lines(struct kunit *test)
{
	unsigned int i;
	u32 lines = 0;

	for (i = 0; i < 16; i++)
		lines |= (u32)line(i) << i;
	return lines;
}

static void lpc_is_a_function(struct kunit *test)
{
	is(rd(CFG(0x00), 4), 0x29188086);
	is(rd(CFG(0x04), 2), 3);	/* it decodes ports and memory, whatever is written */
	wr(CFG(0x04), 0, 2);
	is(rd(CFG(0x04), 2), 3);
	is(rd(CFG(0x08), 4), 0x06010002);
	is(rd(CFG(0x2c), 4), 0x11001af4);
	is(rd(CFG(0x3c), 2), 0);
	is(rd(CFG(KEEL_LPC_PMBASE), 4), 0x601);
	is(rd(CFG(KEEL_LPC_PMBASE + 1), 1), 6);
	is(rd(CFG(KEEL_LPC_ACPI_CNTL), 1), 0x80);
	is(rd(CFG(0x64), 4), 0);
	is(rd(CFG(0xf4), 4), 0);
	wr(CFG(KEEL_LPC_PMBASE), 0xb001, 4);	/* where Keel's ACPI block is, it stays */
	is(rd(CFG(KEEL_LPC_PMBASE), 4), 0x601);
	wr(CFG(KEEL_LPC_ACPI_CNTL), 0, 1);
	is(rd(CFG(KEEL_LPC_ACPI_CNTL), 1), 0x80);
	is(in16(KEEL_PM_BASE + KEEL_PM_PM1_STS), 0);
}

static void lpc_rcba_stores(struct kunit *test)
{
	wr(CFG(KEEL_LPC_RCBA), 0xffffffff, 4);
	is(rd(CFG(KEEL_LPC_RCBA), 4), 0xffffc001);
	wr(CFG(KEEL_LPC_RCBA + 2), 0xd1, 1);
	is(rd(CFG(KEEL_LPC_RCBA), 4), 0xffd1c001);
	wr(CFG(KEEL_LPC_RCBA), 0, 2);
	is(rd(CFG(KEEL_LPC_RCBA), 4), 0xffd10000);
}

/* Firmware finds that SMM has been set up. */
static void lpc_smi_en(struct kunit *test)
{
	is(in32(KEEL_LPC_SMI_EN), 0x21);
	is(in(KEEL_LPC_SMI_EN), 0x21);
	is(in(KEEL_LPC_SMI_EN + 1), 0);
	out32(KEEL_LPC_SMI_EN, 0);
	is(in32(KEEL_LPC_SMI_EN), 0x21);
	is(count("ignored"), 1);
}

static void lpc_routes_nothing_at_first(struct kunit *test)
{
	unsigned int pirq;

	for (pirq = 0; pirq < 8; pirq++) {
		is(rd(ROUT(pirq), 1), 0x80);
		raise(PIRQ(pirq));
		is(lpc_lines(test), 0);
		lower(PIRQ(pirq));
	}
}

/* Each PIRQ to each number. */
static void lpc_routes(struct kunit *test)
{
	unsigned int pirq, nr;

	for (pirq = 0; pirq < 8; pirq++) {
		raise(PIRQ(pirq));
		for (nr = 0; nr < 16; nr++) {
			wr(ROUT(pirq), nr | 0x70, 1);
			is(rd(ROUT(pirq), 1), nr);
			is(lpc_lines(test), BIT(nr) & ROUTABLE);
			wr(ROUT(pirq), nr | 0x80, 1);
			is(lpc_lines(test), 0);
		}
		wr(ROUT(pirq), 10, 1);
		lower(PIRQ(pirq));
		is(lpc_lines(test), 0);
	}
	is(count("routes"), 8 * (16 * 2 + 1));
}

static void lpc_pirqs_share(struct kunit *test)
{
	wr(ROUT(0), 0x0b0a0b0a, 4);	/* as SeaBIOS: 10, 11, 10, 11 */
	raise(PIRQ(0));
	raise(PIRQ(2));
	is(lpc_lines(test), BIT(10));
	lower(PIRQ(0));
	is(lpc_lines(test), BIT(10));
	raise(PIRQ(1));
	is(lpc_lines(test), BIT(10) | BIT(11));
	lower(PIRQ(1));
	lower(PIRQ(2));
	is(lpc_lines(test), 0);
}

/* The guest may choose a line that a chip has. */
static void lpc_shares_with_chips(struct kunit *test)
{
	wr(ROUT(3), 4, 1);
	out(0x3fc, 8);
	out(0x3f9, 2);		/* the UART holds line 4 */
	is(line(4), 1);
	raise(PIRQ(3));
	out(0x3f9, 0);
	is(line(4), 1);
	lower(PIRQ(3));
	is(line(4), 0);
}

/* To the 8259s, level-triggered, and to the IOAPIC's own pin. */
static void lpc_is_delivered(struct kunit *test)
{
	static const u16 init[][2] = {
		{ 0x20, 0x11 }, { 0x21, 0x20 }, { 0x21, 4 }, { 0x21, 1 }, { 0x21, 0xfb },
		{ 0xa0, 0x11 }, { 0xa1, 0x28 }, { 0xa1, 2 }, { 0xa1, 1 }, { 0xa1, 0xfb },
		{ 0x4d1, 0x04 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(init); i++)
		out(init[i][0], init[i][1]);
	wr(0xfec00000, 0x10 + 2 * PIRQ(1), 4);
	wr(0xfec00010, 0x8041, 4);
	wr(ROUT(1), 10, 1);
	raise(PIRQ(1));
	is(msis(PIRQ(1)), 1);
	is(intr(), 1);
	is(ack(), 0x2a);
	out(0xa0, 0x20);
	out(0x20, 0x20);
	is(intr(), 1);		/* it is held still */
	lower(PIRQ(1));
	is(intr(), 0);
}

/* Lines are as they are; routes are gone. */
static void lpc_reset(struct kunit *test)
{
	wr(ROUT(0), 10, 1);
	wr(CFG(KEEL_LPC_RCBA), 0xfed1c001, 4);
	raise(PIRQ(0));
	whole_reset(H->board);
	is(lpc_lines(test), 0);
	is(rd(ROUT(0), 4), 0x80808080);
	is(rd(ROUT(4), 4), 0x80808080);
	is(rd(CFG(KEEL_LPC_RCBA), 4), 0);
	wr(ROUT(0), 10, 1);
	is(lpc_lines(test), BIT(10));
	lower(PIRQ(0));
}

static void lpc_restored(struct kunit *test)
{
	struct harness *copy;

	wr(ROUT(5), 15, 1);
	wr(CFG(KEEL_LPC_RCBA), 0xfed1c001, 4);
	raise(PIRQ(5));
	copy = harness_clone(test);
	is(harness_copy(test, H, copy), 0);
	is(keel_line_level(&copy->board->lines[15]), 1);
	is(copy->board->lines[15].asserts, 0);
	is(harness_in(copy, KEEL_MMIO, ROUT(5), 1), 15);
	is(harness_in(copy, KEEL_MMIO, CFG(KEEL_LPC_RCBA), 4), 0xfed1c001);
	harness_line(copy, PIRQ(5), false);
	is(keel_line_level(&copy->board->lines[15]), 0);
	lower(PIRQ(5));
}

static void lpc_checks_states(struct kunit *test)
{
	const struct keel_dev *dev = keel_board_find(H->board, KEEL_CLASS_LPC, 0);
	const struct keel_lpc_state good = {
		.rcba = 0xffffc001, .rout = { [0] = 0x8f, [7] = 0x0f }, .pirqs = 0xff,
	};
	struct keel_lpc_state s;

#define BAD(change) do { \
	s = good; \
	ok(keel_lpc_ops.check(dev, &s, 0)); \
	change; \
	ok(!keel_lpc_ops.check(dev, &s, 0)); \
} while (0)

	BAD(s.rcba = 2);
	BAD(s.rcba = 0x2000);
	BAD(s.rout[0] = 0x10);
	BAD(s.rout[7] = 0x40);
	BAD(s.pad[0] = 1);
	BAD(s.pad[1] = 1);
	BAD(s.pad[2] = 1);
}

/* What a PIRQ's register remembers, and its line, agree in a state that is taken. */
static void lpc_checks_levels(struct kunit *test)
{
	struct keel_dev *dev = keel_board_find(H->board, KEEL_CLASS_LPC, 0);
	struct keel_lpc_state *s = (void *)dev + keel_lpc_ops.state;
	struct harness *copy = harness_clone(test);

	s->pirqs ^= 1;
	is(harness_copy(test, H, copy), KEEL_STATE_VALUE_BAD);
	s->pirqs ^= 1;
	is(harness_copy(test, H, copy), 0);
}

static bool lpc_accepts(struct kunit *test, struct keel_device_config config)
{
	struct keel_dev *dev = keel_board_find(H->board, KEEL_CLASS_LPC, 0);

	return keel_lpc_ops.configure(dev, &config);
}

static void lpc_checks_configs(struct kunit *test)
{
	const struct keel_device_config good = lpc_devices[ARRAY_SIZE(lpc_devices) - 1];
	struct keel_device_config config = good;

	ok(lpc_accepts(test, good));
	config.base = 0x640;
	ok(!lpc_accepts(test, config));
	config = good;
	config.instance = 1;
	ok(!lpc_accepts(test, config));
	config = good;
	config.irq = KEEL_IRQ_NONE;
	ok(!lpc_accepts(test, config));
	config = good;
	config.pci.reserved[0] = 1;
	ok(!lpc_accepts(test, config));
	config = good;
	config.pci.reserved2[4] = 1;
	ok(!lpc_accepts(test, config));
}

static int lpc_init(struct kunit *test)
{
	return harness_init(test, lpc_devices, ARRAY_SIZE(lpc_devices));
}

static struct kunit_case lpc_cases[] = {
	KUNIT_CASE(lpc_is_a_function),
	KUNIT_CASE(lpc_rcba_stores),
	KUNIT_CASE(lpc_smi_en),
	KUNIT_CASE(lpc_routes_nothing_at_first),
	KUNIT_CASE(lpc_routes),
	KUNIT_CASE(lpc_pirqs_share),
	KUNIT_CASE(lpc_shares_with_chips),
	KUNIT_CASE(lpc_is_delivered),
	KUNIT_CASE(lpc_reset),
	KUNIT_CASE(lpc_restored),
	KUNIT_CASE(lpc_checks_states),
	KUNIT_CASE(lpc_checks_levels),
	KUNIT_CASE(lpc_checks_configs),
	{}
};

static struct kunit_suite lpc_suite = {
	.name = "keel-lpc",
	.init = lpc_init,
	.exit = harness_exit,
	.test_cases = lpc_cases,
};

kunit_test_suites(&lpc_suite);
