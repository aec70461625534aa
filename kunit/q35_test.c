// SPDX-License-Identifier: GPL-2.0
/* Transcripts for devices/pci/host.c as a 82Q35 (Intel 316966, 5.1). */
#include "harness.h"

#include "../devices/pci/pci.h"

#define FUNCTION	5	/* slot of a function for tests */
#define PLACE		0xb0000000ULL
#define PCIEXBAR	KEEL_Q35_PCIEXBAR
#define PAM(n)		(KEEL_Q35_PAM + (n))
#define MEMORY		2	/* command register */

static const struct keel_device_config q35_devices[] = {
	{ .class = KEEL_CLASS_PIC, .irq = KEEL_IRQ_DEFAULT },
	{ .class = KEEL_CLASS_PCITEST, .irq = KEEL_IRQ_DEFAULT, .pci.slot = FUNCTION },
	{ .class = KEEL_CLASS_PCIHOST, .irq = KEEL_IRQ_DEFAULT,
	  .pcihost.identity = KEEL_PCIHOST_Q35 },
};

static void q35_point(struct kunit *test, unsigned int slot, u32 reg)
{
	out32(KEEL_PCI_CONFIG_ADDRESS, 0x80000000 | slot << 11 | (reg & ~3U));
}

static u32 q35_get(struct kunit *test, unsigned int slot, u32 reg, unsigned int len)
{
	q35_point(test, slot, reg);
	return harness_in(H, KEEL_PIO, KEEL_PCI_CONFIG_DATA + reg % 4, len);
}

static void q35_set(struct kunit *test, unsigned int slot, u32 reg, u32 value, unsigned int len)
{
	q35_point(test, slot, reg);
	harness_out(H, KEEL_PIO, KEEL_PCI_CONFIG_DATA + reg % 4, value, len);
}

#define get(reg, n)	q35_get(test, 0, (reg), (n))
#define set(reg, v, n)	q35_set(test, 0, (reg), (v), (n))

/* As firmware does it: off, the high half, the low half. */
static void q35_place_ecam(struct kunit *test, u64 pciexbar)
{
	set(PCIEXBAR, 0, 4);
	set(PCIEXBAR + 4, pciexbar >> 32, 4);
	set(PCIEXBAR, pciexbar, 4);
}

static bool q35_is_at(struct kunit *test, u64 base)
{
	return rd(base, 4) == 0x29c08086 && rd(base | FUNCTION << 15, 4) ==
	       (KEEL_PCITEST_VENDOR | KEEL_PCITEST_DEVICE << 16);
}

static void q35_is_one(struct kunit *test)
{
	is(get(0x00, 4), 0x29c08086);
	is(get(0x08, 4), 0x06000000);
	is(get(0x2c, 4), 0x11001af4);
	is(get(0x34, 4), 0);
	is(get(KEEL_Q35_SMRAM, 1), 0x12);
	is(get(0x40, 4), 0);
	is(get(0xa0, 4), 0);
	set(KEEL_Q35_SMRAM, 0x4a, 1);
	is(get(KEEL_Q35_SMRAM, 1), 0x12);
	is(get(0x9c, 4), 0x1200);
	is(harness_count(H, KEEL_CLASS_PCIHOST, "absent_reads"), 0);
}

static void q35_ecam_is_off_at_first(struct kunit *test)
{
	is(get(PCIEXBAR, 4), 0);
	is(rd(KEEL_PCI_ECAM, 4), 0xffffffff);
	is(rd(0, 4), 0xffffffff);
	set(PCIEXBAR, KEEL_PCI_ECAM, 4);	/* not enabled */
	is(rd(KEEL_PCI_ECAM, 4), 0xffffffff);
	is(H->nr_remaps, 0);
}

static void q35_ecam_moves(struct kunit *test)
{
	q35_place_ecam(test, PLACE | 1);
	ok(q35_is_at(test, PLACE));
	is(H->nr_remaps, 1);
	wr(PLACE | PCIEXBAR, (KEEL_PCI_ECAM | 1), 4);	/* by itself */
	is(rd(PLACE, 4), 0xffffffff);
	ok(q35_is_at(test, KEEL_PCI_ECAM));
	is(rd(KEEL_PCI_ECAM | PCIEXBAR, 4), KEEL_PCI_ECAM | 1);
	set(PCIEXBAR + 3, 0xd0, 1);			/* byte lanes */
	ok(q35_is_at(test, 0xd0000000));
	q35_place_ecam(test, 0xf00000000 | 1);
	ok(q35_is_at(test, 0xf00000000));
	set(PCIEXBAR, 0, 1);
	is(rd(0xf00000000, 4), 0xffffffff);
}

/* The base has as many bits as the length leaves it. */
static void q35_ecam_lengths(struct kunit *test)
{
	static const struct {
		u32 value;
		u32 base;
	} cases[] = {
		{ 0xbc000001, 0xb0000000 }, { 0xbc000003, 0xb8000000 }, { 0xbc000005, 0xbc000000 },
		{ 0xbc000007, 0xb0000000 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		q35_place_ecam(test, cases[i].value);
		ok(q35_is_at(test, cases[i].base));
		is(get(PCIEXBAR, 4), cases[i].value);
	}
	q35_place_ecam(test, U64_MAX);
	is(get(PCIEXBAR, 4), 0xfc000007);
	is(get(PCIEXBAR + 4, 4), 0xf);
	is(get(0x68, 4), 0);
}

/* Over a BAR: the function before the bridge on the board keeps its place. */
static void q35_ecam_gives_way(struct kunit *test)
{
	q35_set(test, FUNCTION, 0x10, PLACE, 4);
	q35_set(test, FUNCTION, 0x04, MEMORY, 2);
	ok(rd(PLACE, 4) != 0xffffffff);
	q35_place_ecam(test, PLACE | 1);
	ok(rd(PLACE, 4) != 0x29c08086);
	is(rd(PLACE | 8 << 15, 4), 0xffffffff);
	q35_set(test, FUNCTION, 0x04, 0, 2);
	ok(q35_is_at(test, PLACE));
}

static void q35_pam_stores(struct kunit *test)
{
	is(get(PAM(0), 4), 0);
	set(PAM(0), 0xffffffff, 4);
	is(get(PAM(0), 4), 0x33333330);
	set(PAM(4), 0xffffffff, 4);
	is(get(PAM(4), 4), 0x00333333);
	set(PAM(1), 0x31, 1);
	is(get(PAM(0), 4), 0x33333130);
	set(PAM(2), 0x1012, 2);
	is(get(PAM(0), 4), 0x10123130);
	is(get(0x8c, 4), 0);
	is(rd(0xc0000, 4), 0xffffffff);		/* no memory of the board's comes of it */
}

static void q35_reset(struct kunit *test)
{
	q35_place_ecam(test, PLACE | 1);
	set(PAM(1), 0x33, 1);
	whole_reset(H->board);
	is(rd(PLACE, 4), 0xffffffff);
	is(get(PCIEXBAR, 4), 0);
	is(get(PAM(0), 4), 0);
}

/* The chipset's router is the LPC bridge: without it, the 8259s hear nothing of PCI. */
static void q35_has_no_isa_line(struct kunit *test)
{
	unsigned int i;

	raise(16);
	for (i = 0; i < 16; i++)
		is(line(i), 0);
	lower(16);
}

static void q35_restored(struct kunit *test)
{
	struct harness *copy;

	q35_place_ecam(test, 0xb4000005);
	set(PAM(3), 0x13, 1);
	copy = harness_clone(test);
	is(harness_copy(test, H, copy), 0);
	is(harness_in(copy, KEEL_MMIO, 0xb4000000, 4), 0x29c08086);
	is(harness_in(copy, KEEL_MMIO, 0xb4000000 | PAM(3), 1), 0x13);
}

#define BAD(change) do { \
	s = good; \
	ok(dev->ops->check(dev, &s, 0)); \
	change; \
	ok(!dev->ops->check(dev, &s, 0)); \
} while (0)

static void q35_checks_states(struct kunit *test)
{
	const struct keel_dev *dev = keel_board_find(H->board, KEEL_CLASS_PCIHOST, 0);
	const struct keel_pcihost_state good = {
		.pciexbar = 0xffc000007, .pam = { 0x30, 0x33, 0x33, 0x33, 0x33, 0x33, 0x33 },
	};
	struct keel_pcihost_state s;

	BAD(s.pciexbar |= 8);
	BAD(s.pciexbar |= 1 << 25);
	BAD(s.pciexbar |= 1ULL << 36);
	BAD(s.pam[0] = 1);
	BAD(s.pam[6] = 4);
	BAD(s.pad2 = 1);
}

/* The plain bridge has none of the registers. */
static void q35_checks_plain_states(struct kunit *test)
{
	struct keel_dev plain = { .ops = &keel_pcihost_ops, .board = H->board };
	const struct keel_pcihost_state good = {};
	const struct keel_dev *dev = &plain;
	struct keel_pcihost_state s;

	BAD(s.pciexbar = 1);
	BAD(s.pam[0] = 0x10);
	BAD(s.pam[6] = 1);
}

static int q35_build(struct kunit *test, const struct keel_device_config *config)
{
	struct keel_board *board;
	struct keel_conflict conflict;
	unsigned int nr = 1;
	size_t size = keel_board_size(config, 1);

	board = size ? kunit_kzalloc(test, size, GFP_KERNEL) : NULL;
	return board ? keel_board_build(board, H->board->host.ops, H, config, 1, &conflict, &nr) :
		       -EINVAL;
}

static void q35_configs(struct kunit *test)
{
	const struct keel_device_config good = q35_devices[ARRAY_SIZE(q35_devices) - 1];
	struct keel_device_config config = good;

	is(q35_build(test, &config), 0);
	config.irq = KEEL_IRQ_NONE;
	is(q35_build(test, &config), 0);
	config.base = KEEL_PCI_ECAM;	/* PCIEXBAR's to say */
	is(q35_build(test, &config), (u64)-EINVAL);
	config = good;
	config.pcihost.identity = KEEL_PCIHOST_Q35 + 1;
	is(q35_build(test, &config), (u64)-EINVAL);
	config = good;
	config.pcihost.slot = 1;
	is(q35_build(test, &config), (u64)-EINVAL);
	config = good;
	config.pcihost.reserved[0] = 1;
	is(q35_build(test, &config), (u64)-EINVAL);
	config = good;
	config.pcihost.reserved2[4] = 1;
	is(q35_build(test, &config), (u64)-EINVAL);
	config = good;
	config.instance = 1;
	is(q35_build(test, &config), (u64)-EINVAL);
}

static int q35_init(struct kunit *test)
{
	return harness_init(test, q35_devices, ARRAY_SIZE(q35_devices));
}

static struct kunit_case q35_cases[] = {
	KUNIT_CASE(q35_is_one),
	KUNIT_CASE(q35_ecam_is_off_at_first),
	KUNIT_CASE(q35_ecam_moves),
	KUNIT_CASE(q35_ecam_lengths),
	KUNIT_CASE(q35_ecam_gives_way),
	KUNIT_CASE(q35_pam_stores),
	KUNIT_CASE(q35_reset),
	KUNIT_CASE(q35_has_no_isa_line),
	KUNIT_CASE(q35_restored),
	KUNIT_CASE(q35_checks_states),
	KUNIT_CASE(q35_checks_plain_states),
	KUNIT_CASE(q35_configs),
	{}
};

static struct kunit_suite q35_suite = {
	.name = "keel-q35",
	.init = q35_init,
	.exit = harness_exit,
	.test_cases = q35_cases,
};

kunit_test_suites(&q35_suite);
