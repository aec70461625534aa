// SPDX-License-Identifier: GPL-2.0
/* Transcripts for devices/pci/host.c, devices/pci/pci.c, and the bus's support of BARs. */
#include "pci_test.h"

#include "../devices/pci/pci.h"

const struct keel_device_config pci_test_devices[] = {
	{ .class = KEEL_CLASS_PIC, .irq = KEEL_IRQ_DEFAULT },
	{ .class = KEEL_CLASS_IOAPIC, .irq = KEEL_IRQ_DEFAULT },
	{ .class = KEEL_CLASS_PM, .irq = KEEL_IRQ_DEFAULT },
	{ .class = KEEL_CLASS_UART, .irq = KEEL_IRQ_DEFAULT },
	{ .class = KEEL_CLASS_PCITEST, .irq = KEEL_IRQ_DEFAULT, .pci.slot = A },
	{ .class = KEEL_CLASS_PCIHOST, .irq = KEEL_IRQ_DEFAULT },
	{ .class = KEEL_CLASS_PCITEST, .instance = 1, .irq = KEEL_IRQ_DEFAULT, .pci.slot = B },
};

const unsigned int pci_test_nr_devices = ARRAY_SIZE(pci_test_devices);

static int pci_test_init(struct kunit *test)
{
	return harness_init(test, pci_test_devices, pci_test_nr_devices);
}

struct keel_dev *pci_test_dev(struct kunit *test, unsigned int class, unsigned int instance)
{
	struct keel_dev *dev = keel_board_find(H->board, class, instance);

	KUNIT_ASSERT_NOT_NULL(test, dev);
	return dev;
}

static u64 pci_find(struct kunit *test, const struct keel_stat *stats, unsigned int nr,
		    const char *device, const char *name)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (!strcmp(stats[i].device, device) && !strcmp(stats[i].name, name))
			return stats[i].value;
	KUNIT_EXPECT_TRUE(test, false);
	return 0;
}

#define STATS	1024

/* A counter by its names. */
u64 pci_test_counter(struct kunit *test, const char *device, const char *name)
{
	struct keel_stat *stats = kunit_kzalloc(test, STATS * sizeof(*stats), GFP_KERNEL);
	unsigned int nr;

	KUNIT_ASSERT_NOT_NULL(test, stats);
	nr = whole_stats(H->board, stats, STATS);
	return pci_find(test, stats, min_t(unsigned int, nr, STATS), device, name);
}

static u64 pci_inspected(struct kunit *test, const char *device, const char *name)
{
	struct keel_stat *stats = kunit_kzalloc(test, STATS * sizeof(*stats), GFP_KERNEL);
	unsigned int nr;

	KUNIT_ASSERT_NOT_NULL(test, stats);
	nr = whole_inspect(H->board, stats, STATS);
	return pci_find(test, stats, min_t(unsigned int, nr, STATS), device, name);
}

#define inspected(device, name)	pci_inspected(test, (device), (name))

/* A copy of a test function's state. */
void *pci_test_state(struct kunit *test, unsigned int instance)
{
	const struct keel_dev *dev = pci_test_dev(test, KEEL_CLASS_PCITEST, instance);
	void *copy = kunit_kzalloc(test, dev->ops->state_size, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, copy);
	return memcpy(copy, (const void *)dev + dev->ops->state, dev->ops->state_size);
}

/* Would the first test function take it? */
bool pci_test_accepts(struct kunit *test, const void *state)
{
	const struct keel_dev *dev = pci_test_dev(test, KEEL_CLASS_PCITEST, 0);

	return keel_pci_check(dev, state) && dev->ops->check(dev, state, H->board->host.now);
}

/* Mechanism #1. */
static void pci_address(struct kunit *test, unsigned int slot, unsigned int reg)
{
	out32(0xcf8, 0x80000000 | slot << 11 | (reg & 0xfc));
}

#define address(slot, reg)	pci_address(test, (slot), (reg))

/* ---- Configuration mechanism #1 ---- */

static void pci_config_address(struct kunit *test)
{
	is(in32(0xcf8), 0);
	out32(0xcf8, 0xffffffff);
	is(in32(0xcf8), 0x80fffffc);
	out32(0xcf8, 0x12345678);
	is(in32(0xcf8), 0x00345678);
}

/* CONFIG_ADDRESS takes dwords at its own address alone. */
static void pci_config_address_is_wide(struct kunit *test)
{
	out32(0xcf8, 0x80000000);
	out(0xcf8, 0xff);
	out16(0xcf8, 0xffff);
	out(0xcfb, 0x01);
	out16(0xcfa, 0x0000);
	out32(0xcf7, 0x11111111);
	harness_out(H, KEEL_PIO, 0xcf8, ~0ULL, 8);
	harness_out(H, KEEL_PIO, 0xcf6, 0, 8);
	is(in32(0xcf8), 0x80000000);
	is(in(0xcf8), 0xff);
	is(in16(0xcf8), 0xffff);
	is(in32(0xcf7), 0xffffffff);
	is(in(0xcfb), 0xff);
	is(H->nr_events, 0);
}

/* The reset register lies within CONFIG_ADDRESS, and answers bytes. */
static void pci_config_address_and_reset(struct kunit *test)
{
	out32(0xcf8, 0x80000600);
	is(H->nr_events, 0);
	is(in(0xcf9), 0);
	out(0xcf9, 0x02);
	is(in32(0xcf8), 0x80000600);
	is(in(0xcf9), 0x02);
	out(0xcf9, 0x06);
	is(H->nr_events, 1);
	is(H->arg, KEEL_RESET_CF9);
}

static void pci_config_data(struct kunit *test)
{
	address(A, 0);
	is(in32(0xcfc), 0x7e574b45);
	is(in16(0xcfc), 0x4b45);
	is(in16(0xcfe), 0x7e57);
	is(in(0xcfc), 0x45);
	is(in(0xcfd), 0x4b);
	is(in(0xcfe), 0x57);
	is(in(0xcff), 0x7e);
	is(in16(0xcfd), 0x574b);	/* read as two bytes */
	is(in32(0xcfd), 0xff7e574b);
	out32(0xcf8, in32(0xcf8) | 3);
	is(in32(0xcfc), 0x7e574b45);
}

/* Each byte lane is written by itself. */
static void pci_config_byte_enables(struct kunit *test)
{
	address(A, 0x0c);
	out32(0xcfc, 0xffff2010);
	is(in32(0xcfc), 0x00002010);
	out(0xcfd, 0x40);
	is(in32(0xcfc), 0x00004010);
	out(0xcfc, 0x08);
	is(in32(0xcfc), 0x00004008);
	out16(0xcfe, 0xffff);
	is(in32(0xcfc), 0x00004008);
	address(A, BAR(4));
	out32(0xcfc, 0x12345000);
	out(0xcff, 0xfe);
	is(in32(0xcfc), 0xfe345000);
	out16(0xcfe, 0xabcd);
	is(in32(0xcfc), 0xabcd5000);
	out16(0xcfd, 0x7766);		/* two bytes of it */
	is(in32(0xcfc), 0xab776000);
}

static void pci_config_disabled(struct kunit *test)
{
	out32(0xcf8, A << 11);
	is(in32(0xcfc), 0xffffffff);
	is(in(0xcfd), 0xff);
	out32(0xcf8, A << 11 | COMMAND);
	out32(0xcfc, 0x407);
	is(get(A, COMMAND, 2), 0);
	is(counter("pcihost0", "absent_reads"), 2);
	is(counter("pcihost0", "absent_writes"), 1);
}

static void pci_config_of_what_is_not_there(struct kunit *test)
{
	unsigned int slot, function;

	for (slot = 0; slot < 32; slot++) {
		address(slot, 0);
		is(in32(0xcfc) != 0xffffffff, slot == 0 || slot == A || slot == B);
		for (function = 1; function < 8; function++) {
			out32(0xcf8, 0x80000000 | slot << 11 | function << 8);
			is(in32(0xcfc), 0xffffffff);
			out32(0xcfc, 0);
		}
	}
	out32(0xcf8, 0x80010000 | A << 11);	/* another bus */
	is(in32(0xcfc), 0xffffffff);
	out32(0xcf8, 0x80800000 | A << 11);
	is(in32(0xcfc), 0xffffffff);
}

/* ---- ECAM ---- */

static void pci_ecam_is_the_same(struct kunit *test)
{
	unsigned int slot, reg;

	set(A, BAR(0), 0xfe000000, 4);
	set(A, COMMAND, MEMORY | MASTER, 2);
	for (slot = 0; slot < 32; slot++) {
		for (reg = 0; reg < 256; reg += 4) {
			u32 value;

			address(slot, reg);
			value = in32(0xcfc);
			is(get(slot, reg, 4), value);
			is(get(slot, reg, 2), (u16)value);
			is(get(slot, reg + 2, 2), value >> 16);
			is(get(slot, reg + 1, 1), (u8)(value >> 8));
			is(get(slot, reg + 3, 1), value >> 24);
		}
	}
}

static void pci_ecam_widths(struct kunit *test)
{
	is(get(A, 0, 8), 0x0010000000000000ULL | 0x7e574b45);
	is(get(A, 1, 4), 0x007e574b);
	set(A, BAR(0), 0x11223344fe000000ULL, 8);
	is(get(A, BAR(0), 4), 0xfe00000c);
	is(get(A, BAR(1), 4), 0x11223344);
	set(A, 0x0c, 0x11, 1);
	set(A, 0x0d, 0x22, 1);
	set(A, 0x3c, 0x33, 1);
	is(get(A, 0x0c, 4), 0x00002211);
	is(get(A, 0x3c, 4), 0x00000133);
}

/* A conventional function's space ends after 256 bytes. */
static void pci_ecam_beyond_the_space(struct kunit *test)
{
	unsigned int reg;

	for (reg = 0x100; reg < 0x1000; reg += 0x7c) {
		is(get(0, reg, 4), 0xffffffff);
		is(get(A, reg, 4), 0xffffffff);
	}
	set(A, 0x100 + COMMAND, 0x7, 2);
	set(A, 0xf00 + COMMAND, 0x7, 2);
	is(get(A, COMMAND, 2), 0);
	is(rd(ECAM | A << 15 | 1 << 12, 4), 0xffffffff);	/* function 1 */
	is(rd(ECAM | 4 << 15, 4), 0xffffffff);
	is(rd(ECAM + 0x100000, 4), 0xffffffff);		/* bus 1 */
	is(rd(ECAM - 4, 4), 0xffffffff);
}

static void pci_ecam_elsewhere(struct kunit *test)
{
	static const struct keel_device_config devices[] = {
		{ .class = KEEL_CLASS_PCIHOST, .irq = KEEL_IRQ_NONE, .base = 0x4000000000ULL },
	};

	H->board = NULL;
	harness_init(test, devices, 1);
	is(rd(ECAM, 4), 0xffffffff);
	is(rd(0x4000000000ULL, 4), 0x00081b36);
	out32(0xcf8, 0x80000000);
	is(in32(0xcfc), 0x00081b36);
}

/* ---- Header ---- */

static void pci_host_bridge(struct kunit *test)
{
	unsigned int reg;

	is(get(0, 0x00, 4), 0x00081b36);
	is(get(0, 0x04, 4), 0);
	is(get(0, 0x08, 4), 0x06000000);
	is(get(0, 0x0c, 4), 0);
	for (reg = 0x10; reg < 0x100; reg += 4)
		is(get(0, reg, 4), 0);
	set(0, COMMAND, 0xffff, 2);
	is(get(0, COMMAND, 4), MASTER);
	for (reg = 0x10; reg < 0x100; reg += 4)
		set(0, reg, 0xffffffff, 4);
	for (reg = 0x10; reg < 0x100; reg += 4)
		is(get(0, reg, 4), reg == 0x3c ? 0xff : 0);
}

static void pci_header(struct kunit *test)
{
	is(get(A, 0x00, 4), 0x7e574b45);
	is(get(A, 0x04, 4), 0x00100000);	/* capabilities */
	is(get(A, 0x08, 4), 0xff000001);
	is(get(A, 0x0c, 4), 0);
	is(get(A, BAR(0), 4), 0xc);	/* 64-bit, prefetchable */
	is(get(A, BAR(1), 4), 0);
	is(get(A, BAR(2), 4), 0x1);	/* ports */
	is(get(A, BAR(3), 4), 0);
	is(get(A, BAR(4), 4), 0);		/* 32-bit */
	is(get(A, BAR(5), 4), 0);
	is(get(A, 0x28, 4), 0);
	is(get(A, 0x2c, 4), 0x00014b45);
	is(get(A, 0x30, 4), 0);
	is(get(A, 0x34, 4), 0x40);
	is(get(A, 0x38, 4), 0);
	is(get(A, 0x3c, 4), 0x0100);	/* INTA */
}

/* Writes to read-only registers change nothing and are counted. */
static void pci_header_read_only(struct kunit *test)
{
	static const u8 regs[] = { 0x00, 0x08, 0x28, 0x2c, 0x30, 0x34, 0x38, BAR(3), BAR(5) };
	u32 before[ARRAY_SIZE(regs)];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(regs); i++) {
		before[i] = get(A, regs[i], 4);
		set(A, regs[i], ~before[i], 4);
		is(get(A, regs[i], 4), before[i]);
	}
	is(counter("pcitest0", "ignored_writes"), ARRAY_SIZE(regs));
	is(counter("pcitest0", "config_writes"), ARRAY_SIZE(regs));
	is(counter("pcitest0", "config_reads"), 2 * ARRAY_SIZE(regs));
	is(counter("pcitest1", "config_reads"), 0);
}

static void pci_command(struct kunit *test)
{
	set(A, COMMAND, 0xffff, 2);
	is(get(A, COMMAND, 4), 0x00100407);
	set(A, COMMAND, 0xffff0000, 4);	/* status is read-only */
	is(get(A, COMMAND, 4), 0x00100000);
	set(A, COMMAND + 1, 0xff, 1);
	is(get(A, COMMAND, 4), 0x00100400);
	set(A, COMMAND, 0x04, 1);
	is(get(A, COMMAND, 4), 0x00100404);
	is(inspected("pcitest0", "pci.master"), 1);
	is(inspected("pcitest0", "pci.memory"), 0);
	is(inspected("pcitest0", "intx.disabled"), 1);
}

/* ---- Capabilities ---- */

static void pci_capabilities(struct kunit *test)
{
	is(get(A, 0x40, 1), 0x11);	/* MSI-X */
	is(get(A, 0x41, 1), 0x4c);
	is(get(A, 0x42, 2), 3);
	is(get(A, 0x44, 4), 4);
	is(get(A, 0x48, 4), 0x804);
	is(get(A, 0x4c, 4), 0x000c5809);	/* vendor-specific: 12 bytes */
	is(get(A, 0x58, 4), 0xca056009);	/* and 5 bytes */
	is(get(A, 0x5c, 4), 0x000000fe);
	is(get(A, 0x60, 4), 0x01800005);	/* MSI: the last one */
	is(get(A, 0x78, 4), 0);
	is(get(A, 0xfc, 4), 0);
	is(get(A, 0x4c, 1), 0x09);
	is(get(A, 0x4d, 1), 0x58);
	is(get(A, 0x4c, 2), 0x5809);
	is(get(A, 0x4e, 2), 0x000c);
	is(get(A, 0x5b, 1), 0xca);
}

/* Registers of the function's own in a capability. */
static void pci_capability_hooks(struct kunit *test)
{
	set(A, 0x50, 0x00, 1);
	set(A, 0x54, 0x12345678, 4);
	is(get(A, 0x54, 4), 0x12345678);
	set(A, 0x55, 0xab, 1);
	set(A, 0x56, 0xcdef, 2);
	is(get(A, 0x54, 4), 0xcdefab78);
	is(get(A, 0x57, 1), 0xcd);
	set(A, 0x50, 0x0c, 1);
	is(get(A, 0x50, 4), 0x0c);
	is(get(A, 0x54, 4), 0);
	set(A, 0x50, 0xff, 1);
	is(get(A, 0x50, 4), 0x0c);
	is(counter("pcitest0", "ignored_writes"), 0);
	set(A, 0x4c, 0xffff, 2);	/* ID and next pointer */
	set(A, 0x58, 0xffffffff, 4);	/* bytes alone */
	set(A, 0x78, 0xffffffff, 4);	/* nothing */
	is(get(A, 0x4c, 4), 0x000c5809);
	is(get(A, 0x58, 4), 0xca056009);
	is(counter("pcitest0", "ignored_writes"), 3);
}

/* ---- BARs ---- */

static void pci_bar_sizing(struct kunit *test)
{
	unsigned int bar;

	for (bar = 0; bar < 6; bar++)
		set(A, BAR(bar), 0xffffffff, 4);
	is(get(A, BAR(0), 4), 0xfffff00c);
	is(get(A, BAR(1), 4), 0xffffffff);
	is(get(A, BAR(2), 4), 0xfffffff1);
	is(get(A, BAR(3), 4), 0);
	is(get(A, BAR(4), 4), 0xfffff000);
	is(get(A, BAR(5), 4), 0);
	is(H->nr_remaps, 0);		/* nothing is decoded */
	is(inspected("pcitest0", "bar0"), 0xfffffffffffff000ULL);
	is(inspected("pcitest0", "bar0.size"), 0x1000);
	is(inspected("pcitest0", "bar2"), 0xfffffff0);
	is(inspected("pcitest0", "memory.decoded"), 0);
}

#define MEM	0xe1000000ULL
#define MEM64	0x123400000000ULL
#define PORTS	0xc000

static void pci_place(struct kunit *test, unsigned int slot, u64 memory, u32 ports)
{
	set(slot, BAR(0), memory, 8);
	set(slot, BAR(2), ports, 4);
	set(slot, BAR(4), 0xe2000000 + slot * 0x1000, 4);
}

#define place(slot, memory, ports)	pci_place(test, (slot), (memory), (ports))

static void pci_decode_is_gated(struct kunit *test)
{
	place(A, MEM, PORTS);
	is(rd(MEM, 4), 0xffffffff);
	is(in32(PORTS), 0xffffffff);
	is(H->nr_remaps, 0);
	set(A, COMMAND, IO, 2);
	is(rd(MEM, 4), 0xffffffff);
	is(in32(PORTS), 0);
	is(H->nr_remaps, 1);
	set(A, COMMAND, MEMORY, 2);
	is(rd(MEM, 4), 0);
	is(in32(PORTS), 0xffffffff);
	set(A, COMMAND, IO | MEMORY, 2);
	wr(MEM, 0x12345678, 4);
	is(in32(PORTS), 0x12345678);
	is(in(PORTS + 2), 0x34);
	out16(PORTS, 0xaaaa);
	is(rd(MEM, 4), 0x1234aaaa);
	is(rd(MEM + 0xffc, 4), 0);
	is(rd(MEM + 0x1000, 4), 0xffffffff);
	is(in(PORTS + 16), 0xff);
	is(in32(PORTS + 12), 0);
	set(A, COMMAND, 0, 2);
	is(in32(0), 0xffffffff);	/* neither where it was nor anywhere else */
	is(rd(MEM, 4), 0xffffffff);
	is(in32(PORTS), 0xffffffff);
}

static void pci_bar_of_64_bits(struct kunit *test)
{
	set(A, COMMAND, MEMORY, 2);
	place(A, MEM64, 0);
	is(rd(MEM64, 4), 0);
	wr(MEM64, 77, 4);
	is(inspected("pcitest0", "memory.address"), MEM64);
	is(inspected("pcitest0", "memory.decoded"), 1);
	set(A, BAR(1), 0x5678, 4);		/* moves by its upper half */
	is(rd(MEM64, 4), 0xffffffff);
	is(rd(0x567800000000ULL, 4), 77);
	set(A, BAR(1), 0xffffffff, 4);
	set(A, BAR(0), 0xfffff000, 4);
	is(rd(0xfffffffffffff000ULL, 4), 77);	/* the last page */
}

static void pci_bar_moves_while_enabled(struct kunit *test)
{
	unsigned int remaps;

	place(A, MEM, PORTS);
	set(A, COMMAND, IO | MEMORY, 2);
	wr(MEM, 5, 4);
	remaps = H->nr_remaps;
	set(A, BAR(0), MEM + 0x1000, 4);
	is(H->nr_remaps, remaps + 1);
	is(rd(MEM, 4), 0xffffffff);
	is(rd(MEM + 0x1000, 4), 5);
	set(A, BAR(2), 0x1000, 4);
	is(in32(PORTS), 0xffffffff);
	is(in32(0x1000), 5);
	set(A, BAR(2), 0x1000, 4);		/* unchanged */
	is(H->nr_remaps, remaps + 2);
	set(A, BAR(0), 0xffffffff, 4);		/* sized with decoding left on */
	is(rd(MEM + 0x1000, 4), 0xffffffff);
	set(A, BAR(0), MEM, 4);
	is(rd(MEM, 4), 5);
}

/* Ports end at 0xffff, 32-bit memory at 4 GiB; a BAR ends there as well. */
static void pci_bar_at_the_ends(struct kunit *test)
{
	set(A, COMMAND, IO | MEMORY, 2);
	set(A, BAR(2), 0xfff0, 4);
	is(in32(0xfff0), 0);
	is(counter("pcitest0", "beyond"), 0);
	set(A, BAR(2), 0x10000, 4);
	is(in32(0xfff0), 0xffffffff);
	is(inspected("pcitest0", "ports.decoded"), 0);
	is(counter("pcitest0", "beyond"), 1);
	set(A, COMMAND, MEMORY, 2);
	set(A, BAR(2), 0xffffffff, 4);		/* sized */
	is(counter("pcitest0", "beyond"), 1);
	set(A, COMMAND, IO | MEMORY, 2);
	is(counter("pcitest0", "beyond"), 2);
	set(A, BAR(2), 0, 4);
	is(in32(0), 0);			/* 0 is a valid address */
	is(inspected("pcitest0", "ports.decoded"), 1);
	set(A, BAR(4), 0xfffff000, 4);
	is(rd(0xfffff000, 4), 0);
}

/* ---- Overlaps: the device that comes first on the board answers ---- */

static void pci_overlap_of_functions(struct kunit *test)
{
	place(A, MEM, PORTS);
	place(B, MEM, PORTS + 16);
	set(B, COMMAND, IO | MEMORY, 2);
	wr(MEM, 2, 4);
	is(counter("board", "overlapping_bars"), 0);
	set(A, COMMAND, IO | MEMORY, 2);	/* A decodes later, but is first on the board */
	is(rd(MEM, 4), 0);
	is(in32(PORTS), 0);
	is(in32(PORTS + 16), 2);
	is(counter("board", "overlapping_bars"), 1);
	set(A, BAR(2), PORTS + 16, 4);
	is(in32(PORTS + 16), 0);
	is(counter("board", "overlapping_bars"), 2);
	is(inspected("pcitest1", "ports.decoded"), 0);
	set(A, COMMAND, 0, 2);		/* B answers again */
	is(rd(MEM, 4), 2);
	is(in32(PORTS + 16), 2);
	is(counter("board", "overlapping_bars"), 2);
}

static void pci_overlap_with_the_board(struct kunit *test)
{
	place(A, MEM, PORTS);
	set(A, COMMAND, IO | MEMORY, 2);
	set(A, BAR(2), 0x3f0, 4);		/* 0x3f8 is the UART's */
	is(in32(0x3f0), 0xffffffff);
	is(counter("board", "overlapping_bars"), 1);
	set(A, BAR(2), 0xcf0, 4);		/* must not hide the data port */
	is(get(A, 0, 4), 0x7e574b45);
	address(A, 0);
	is(in32(0xcfc), 0x7e574b45);
	is(counter("board", "overlapping_bars"), 1);	/* still the same one */
	set(A, BAR(0), 0xe0000000, 8);		/* the ECAM */
	is(get(A, 0, 4), 0x7e574b45);
	set(A, BAR(4), 0xfec00000, 4);		/* the IOAPIC */
	wr(0xfec00000, 1, 4);
	is(rd(0xfec00010, 4), 0x00170020);
	is(counter("board", "overlapping_bars"), 3);
}

/* Memory behind another function's, and half in it. */
static void pci_overlap_in_one_function(struct kunit *test)
{
	set(A, COMMAND, MEMORY, 2);
	set(A, BAR(0), MEM, 8);
	set(A, BAR(4), MEM, 4);
	wr(MEM, 3, 4);
	is(rd(MEM, 4), 3);
	set(A, BAR(4), MEM + 0x1000, 4);
	is(rd(MEM + 0x100c, 4), 1);	/* a masked vector */
	is(rd(MEM + 0xffe, 4), 0);	/* an access over both */
}

/* An access that moves its own function away is carried out and counted as one access. */
static void pci_move_by_a_split_access(struct kunit *test)
{
	set(A, COMMAND, IO | MEMORY, 2);
	set(A, BAR(0), MEM, 8);
	wr(MEM, 9, 4);
	set(A, BAR(1), 0x0001000000000012ULL, 8);	/* BAR 1 and 2 in one write */
	is(rd(0x1200000000ULL | MEM, 4), 9);
	is(get(A, BAR(2), 4), 0x10001);
}

/* ---- INTx ---- */

#define INTX	(MEM + 4)

static void pci_intx(struct kunit *test)
{
	unsigned int line;

	place(A, MEM, 0);
	place(B, MEM + 0x1000, 0);
	set(A, COMMAND, MEMORY, 2);
	set(B, COMMAND, MEMORY, 2);
	for (line = 16; line < 20; line++)
		is(line(line), 0);
	wr(INTX, 1, 4);
	is(line(17), 1);		/* slot 5: PIRQ B */
	is(line(16) || line(18) || line(19), 0);
	is(get(A, 0x06, 2), 0x18);
	is(get(B, 0x06, 2), 0x10);
	wr(INTX + 0x1000, 1, 4);
	is(line(19), 1);		/* slot 31: PIRQ D */
	wr(INTX, 0, 4);
	is(line(17), 0);
	is(line(19), 1);
	is(get(A, 0x06, 2), 0x10);
}

static void pci_intx_disable(struct kunit *test)
{
	place(A, MEM, 0);
	set(A, COMMAND, MEMORY | INTX_OFF, 2);
	wr(INTX, 1, 4);
	is(line(17), 0);
	is(get(A, 0x06, 2), 0x18);	/* status says so nevertheless */
	set(A, COMMAND, MEMORY, 2);
	is(line(17), 1);
	set(A, COMMAND, INTX_OFF, 2);
	is(line(17), 0);
	set(A, COMMAND, 0, 2);		/* needs neither decoding nor mastering */
	is(line(17), 1);
	is(inspected("pcitest0", "intx"), 1);
}

/* For the 8259s all four are on one line. */
static void pci_intx_on_isa(struct kunit *test)
{
	unsigned int pirq;

	for (pirq = 0; pirq < 4; pirq++) {
		raise(16 + pirq);
		is(line(11), 1);
		is(inspected("pcihost0", pirq == 0 ? "pirq0" : pirq == 1 ? "pirq1" :
				 pirq == 2 ? "pirq2" : "pirq3"), 1);
		lower(16 + pirq);
		is(line(11), 0);
	}
	raise(16);
	raise(19);
	lower(16);
	is(line(11), 1);
	lower(19);
	is(line(11), 0);
	raise(20);
	is(line(11), 0);
}

/* Through both controllers, level-triggered. */
static void pci_intx_is_delivered(struct kunit *test)
{
	place(A, MEM, 0);
	set(A, COMMAND, MEMORY, 2);
	wr(0xfec00000, 0x10 + 2 * 17, 4);
	wr(0xfec00010, 0xa031, 4);	/* level, active-low */
	is(msis(17), 0);
	wr(INTX, 1, 4);
	is(msis(17), 1);
	eoi(0x31);
	is(msis(17), 2);
	wr(INTX, 0, 4);
	eoi(0x31);
	is(msis(17), 2);
}

/* ---- Builder ---- */

static int pci_try(struct kunit *test, const struct keel_device_config *configs,
		   unsigned int nr, struct keel_conflict *conflict)
{
	size_t size = keel_board_size(configs, nr);
	void *mem = kunit_kzalloc(test, max(size, sizeof(struct keel_board)), GFP_KERNEL);
	unsigned int nr_conflicts = 1;
	int ret;

	KUNIT_ASSERT_NOT_NULL(test, mem);
	ret = keel_board_build(mem, H->board->host.ops, H, configs, nr, conflict, &nr_conflicts);
	is(nr_conflicts, ret == -EEXIST);
	return ret;
}

static void pci_slots(struct kunit *test)
{
	struct keel_device_config devices[] = {
		{ .class = KEEL_CLASS_PCIHOST, .irq = KEEL_IRQ_DEFAULT },
		{ .class = KEEL_CLASS_PCITEST, .irq = KEEL_IRQ_DEFAULT, .pci.slot = 1 },
		{ .class = KEEL_CLASS_PCITEST, .irq = KEEL_IRQ_DEFAULT, .pci.slot = 31,
		  .instance = 1 },
	};
	struct keel_conflict conflict;

	is(pci_try(test, devices, 3, &conflict), 0);
	devices[2].pci.slot = 1;
	is(pci_try(test, devices, 3, &conflict), -EEXIST);
	is(conflict.kind, KEEL_CONFLICT_SLOT);
	is(conflict.first, 1);
	is(conflict.second, 2);
	is(conflict.start, 1);
	is(conflict.end, 1);
	devices[2].pci.slot = 0;
	is(pci_try(test, devices, 3, &conflict), -EINVAL);
	devices[2].pci.slot = 32;
	is(pci_try(test, devices, 3, &conflict), -EINVAL);
	devices[2].pci.slot = 2;
	devices[2].pcitest.reserved[3] = 1;
	is(pci_try(test, devices, 3, &conflict), -EINVAL);
	devices[2].pcitest.reserved[3] = 0;
	devices[2].pcitest.reserved2[4] = 1;
	is(pci_try(test, devices, 3, &conflict), -EINVAL);
}

static void pci_needs_a_bridge(struct kunit *test)
{
	struct keel_device_config devices[] = {
		{ .class = KEEL_CLASS_PCITEST, .irq = KEEL_IRQ_DEFAULT, .pci.slot = 1 },
		{ .class = KEEL_CLASS_PCIHOST, .irq = KEEL_IRQ_DEFAULT },
	};
	struct keel_conflict conflict;

	is(pci_try(test, devices, 1, &conflict), -EINVAL);
	is(pci_try(test, devices, 2, &conflict), 0);
	devices[1].instance = 1;
	is(pci_try(test, devices, 2, &conflict), -EINVAL);
	devices[1].instance = 0;
	devices[1].pci.slot = 3;
	is(pci_try(test, devices, 2, &conflict), -EINVAL);
	devices[1].pci.slot = 0;
	devices[1].base = 0xe0080000;	/* not a MiB's start */
	is(pci_try(test, devices, 2, &conflict), -EINVAL);
}

/* A config cannot choose a function's BARs or the line of its pin. */
static void pci_configs_of_functions(struct kunit *test)
{
	struct keel_device_config devices[] = {
		{ .class = KEEL_CLASS_PCIHOST, .irq = KEEL_IRQ_DEFAULT },
		{ .class = KEEL_CLASS_PCITEST, .irq = KEEL_IRQ_NONE, .pci.slot = 1 },
	};
	struct keel_conflict conflict;

	is(pci_try(test, devices, 2, &conflict), 0);
	devices[1].irq = 16;
	is(pci_try(test, devices, 2, &conflict), -EINVAL);
	devices[1].irq = KEEL_IRQ_DEFAULT;
	devices[1].base = 0x10000000;
	is(pci_try(test, devices, 2, &conflict), -EINVAL);
}

static void pci_isa_line_is_shared(struct kunit *test)
{
	struct keel_device_config devices[] = {
		{ .class = KEEL_CLASS_PCIHOST, .irq = KEEL_IRQ_DEFAULT },
		{ .class = KEEL_CLASS_UART, .irq = 11 },
	};
	struct keel_conflict conflict;

	is(pci_try(test, devices, 2, &conflict), -EEXIST);
	is(conflict.kind, KEEL_CONFLICT_LINE);
	devices[0].irq = 10;
	is(pci_try(test, devices, 2, &conflict), 0);
	devices[0].irq = KEEL_IRQ_NONE;
	is(pci_try(test, devices, 2, &conflict), 0);
}

/* GSIs follow the IOAPIC's pins, in board order; there are 256. */
static void pci_gsis(struct kunit *test)
{
	struct keel_device_config *devices = kunit_kzalloc(test, 32 * sizeof(*devices), GFP_KERNEL);
	struct keel_conflict conflict;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, devices);
	is(H->board->nr_gsis, 32);
	is(inspected("pcitest0", "vector0.gsi"), 24);
	is(inspected("pcitest0", "vector3.gsi"), 27);
	is(inspected("pcitest1", "vector0.gsi"), 28);
	for (i = 0; i < 32; i++) {
		devices[i].class = i ? KEEL_CLASS_PCITEST : KEEL_CLASS_PCIHOST;
		devices[i].irq = KEEL_IRQ_DEFAULT;
		devices[i].instance = i ? i - 1 : 0;
		devices[i].pci.slot = i;
	}
	is(pci_try(test, devices, 32, &conflict), 0);
	devices[1].pcitest.vectors = 33;
	is(pci_try(test, devices, 32, &conflict), -EINVAL);
	for (i = 1; i <= 7; i++)
		devices[i].pcitest.vectors = 32;
	devices[8].pcitest.vectors = 8;
	is(pci_try(test, devices, 9, &conflict), 0);
	devices[8].pcitest.vectors = 9;
	is(pci_try(test, devices, 9, &conflict), -EINVAL);
}

/* ---- Reset, state ---- */

static void pci_reset(struct kunit *test)
{
	place(A, MEM, PORTS);
	set(A, COMMAND, IO | MEMORY | MASTER, 2);
	set(A, 0x0c, 0x1010, 2);
	set(A, 0x3c, 7, 1);
	wr(MEM, 5, 4);
	wr(INTX, 1, 4);
	address(A, 0x10);
	whole_reset(H->board);
	is(in32(0xcf8), 0);
	is(line(17), 0);
	is(line(11), 0);
	is(rd(MEM, 4), 0xffffffff);
	is(in32(PORTS), 0xffffffff);
	is(get(A, COMMAND, 4), 0x00100000);
	is(get(A, BAR(0), 4), 0xc);
	is(get(A, BAR(2), 4), 1);
	is(get(A, 0x0c, 4), 0);
	is(get(A, 0x3c, 4), 0x100);
	place(A, MEM, PORTS);
	set(A, COMMAND, IO | MEMORY, 2);
	is(rd(MEM, 4), 0);
}

/* What is on the bus follows from the state alone. */
static void pci_restored(struct kunit *test)
{
	struct harness *other = harness_clone(test);

	place(A, MEM, PORTS);
	place(B, MEM, PORTS + 16);
	set(B, COMMAND, IO | MEMORY, 2);
	set(A, COMMAND, IO | MEMORY, 2);
	wr(MEM, 5, 4);
	wr(INTX, 1, 4);
	harness_out(other, KEEL_MMIO, cfg(A, BAR(0)), MEM + 0x5000, 8);
	harness_out(other, KEEL_MMIO, cfg(A, COMMAND), MEMORY, 2);
	other->nr_remaps = 0;
	is(harness_copy(test, H, other), 0);
	is(other->nr_remaps, 1);
	is(harness_in(other, KEEL_MMIO, MEM, 4), 5);
	is(harness_in(other, KEEL_MMIO, MEM + 0x5000, 4), 0xffffffff);
	is(harness_in(other, KEEL_PIO, PORTS, 4), 5);
	is(harness_in(other, KEEL_PIO, PORTS + 16, 4), 0);
	is(keel_line_level(&other->board->lines[17]), 1);
	is(keel_line_level(&other->board->lines[11]), 1);
}

static void pci_check_of_functions(struct kunit *test)
{
	struct keel_pcitest_state *s = pci_test_state(test, 0), good = *s;

#define BAD(change) do { \
	*s = good; \
	ok(pci_test_accepts(test, s)); \
	change; \
	ok(!pci_test_accepts(test, s)); \
} while (0)

	BAD(s->pci.bar[0] = 0x10);
	BAD(s->pci.bar[0] = 1);
	BAD(s->pci.bar[2] = 8);
	BAD(s->pci.bar[3] = 0x1000);
	BAD(s->pci.bar[4] = 0x800);
	BAD(s->pci.bar[5] = 0x80000000);
	BAD(s->pci.command = 0x8);
	BAD(s->pci.command = 0x8000);
	BAD(s->pci.intx = 2);
	BAD(s->pci.pad[0] = 1);
	BAD(s->pci.pad[1] = 1);
	BAD(s->select = 1);
	BAD(s->select = 0x10);
	BAD(s->pad[6] = 1);
	*s = good;
	s->pci.bar[0] = 0xfffff000;
	s->pci.bar[1] = 0xffffffff;
	s->pci.bar[2] = 0xfffffff0;
	s->pci.bar[4] = 0xfffff000;
	s->pci.command = 0x407;
	s->pci.intx = 1;
	s->pci.interrupt_line = 0xff;
	s->pci.latency_timer = 0xff;
	s->pci.cache_line_size = 0xff;
	ok(pci_test_accepts(test, s));
}

static void pci_check_of_the_bridge(struct kunit *test)
{
	const struct keel_dev *dev = pci_test_dev(test, KEEL_CLASS_PCIHOST, 0);
	const struct keel_pcihost_state good = { .address = 0x80fffffc, .pirqs = 15 };
	struct keel_pcihost_state s = good;

#define BAD_BRIDGE(change) do { \
	s = good; \
	ok(dev->ops->check(dev, &s, 0) && keel_pci_check(dev, &s)); \
	change; \
	ok(!dev->ops->check(dev, &s, 0) || !keel_pci_check(dev, &s)); \
} while (0)

	BAD_BRIDGE(s.address = 1);
	BAD_BRIDGE(s.address = 2);
	BAD_BRIDGE(s.address = BIT(24));
	BAD_BRIDGE(s.address = BIT(30));
	BAD_BRIDGE(s.pirqs = 16);
	BAD_BRIDGE(s.pad[0] = 1);
	BAD_BRIDGE(s.pad[1] = 1);
	BAD_BRIDGE(s.pad[2] = 1);
	BAD_BRIDGE(s.pci.bar[0] = 0x80000000);
	BAD_BRIDGE(s.pci.command = MEMORY);
	BAD_BRIDGE(s.pci.command = INTX_OFF);
	BAD_BRIDGE(s.pci.intx = 1);
}

static struct kunit_case pci_cases[] = {
	KUNIT_CASE(pci_config_address),
	KUNIT_CASE(pci_config_address_is_wide),
	KUNIT_CASE(pci_config_address_and_reset),
	KUNIT_CASE(pci_config_data),
	KUNIT_CASE(pci_config_byte_enables),
	KUNIT_CASE(pci_config_disabled),
	KUNIT_CASE(pci_config_of_what_is_not_there),
	KUNIT_CASE(pci_ecam_is_the_same),
	KUNIT_CASE(pci_ecam_widths),
	KUNIT_CASE(pci_ecam_beyond_the_space),
	KUNIT_CASE(pci_ecam_elsewhere),
	KUNIT_CASE(pci_host_bridge),
	KUNIT_CASE(pci_header),
	KUNIT_CASE(pci_header_read_only),
	KUNIT_CASE(pci_command),
	KUNIT_CASE(pci_capabilities),
	KUNIT_CASE(pci_capability_hooks),
	KUNIT_CASE(pci_bar_sizing),
	KUNIT_CASE(pci_decode_is_gated),
	KUNIT_CASE(pci_bar_of_64_bits),
	KUNIT_CASE(pci_bar_moves_while_enabled),
	KUNIT_CASE(pci_bar_at_the_ends),
	KUNIT_CASE(pci_overlap_of_functions),
	KUNIT_CASE(pci_overlap_with_the_board),
	KUNIT_CASE(pci_overlap_in_one_function),
	KUNIT_CASE(pci_move_by_a_split_access),
	KUNIT_CASE(pci_intx),
	KUNIT_CASE(pci_intx_disable),
	KUNIT_CASE(pci_intx_on_isa),
	KUNIT_CASE(pci_intx_is_delivered),
	KUNIT_CASE(pci_slots),
	KUNIT_CASE(pci_needs_a_bridge),
	KUNIT_CASE(pci_configs_of_functions),
	KUNIT_CASE(pci_isa_line_is_shared),
	KUNIT_CASE(pci_gsis),
	KUNIT_CASE(pci_reset),
	KUNIT_CASE(pci_restored),
	KUNIT_CASE(pci_check_of_functions),
	KUNIT_CASE(pci_check_of_the_bridge),
	{}
};

static struct kunit_suite pci_suite = {
	.name = "keel-pci",
	.init = pci_test_init,
	.exit = harness_exit,
	.test_cases = pci_cases,
};

kunit_test_suites(&pci_suite);
