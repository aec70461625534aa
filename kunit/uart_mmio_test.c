// SPDX-License-Identifier: GPL-2.0
/* The 16550A in memory: four of them with strides of 1, 2, 4 and 8, and one on ports. */
#include "harness.h"

enum { RBR, IER, IIR, LCR, MCR, LSR, MSR, SCR, THR = RBR, FCR = IIR };

#define COM1	0x3f8
#define MEM(n)	(0xd0000000ULL + (n) * 0x1000)

static const struct keel_device_config mmio_devices[] = {
	{ .class = KEEL_CLASS_UART, .irq = KEEL_IRQ_DEFAULT },
	{ .class = KEEL_CLASS_UART, .instance = 1, .irq = 5, .base = MEM(0), .uart.stride = 1 },
	{ .class = KEEL_CLASS_UART, .instance = 2, .irq = 6, .base = MEM(1), .uart.stride = 2 },
	{ .class = KEEL_CLASS_UART, .instance = 3, .irq = 7, .base = MEM(2), .uart.stride = 4 },
	{ .class = KEEL_CLASS_UART, .instance = 4, .irq = 9, .base = MEM(3), .uart.stride = 8 },
};

static const unsigned int mmio_strides[] = { 1, 2, 4, 8 };

static void mmio_every_register(struct kunit *test)
{
	unsigned int i, r;

	for (i = 0; i < ARRAY_SIZE(mmio_strides); i++) {
		unsigned int stride = mmio_strides[i];
		u64 base = MEM(i);

		wr(base + SCR * stride, 0x50 + i, 1);
		wr(base + LCR * stride, 0x83, 1);
		wr(base + 0 * stride, 0x34, 1);
		wr(base + 1 * stride, 0x12, 1);
		is(rd(base + 0 * stride, 1), 0x34);
		is(rd(base + 1 * stride, 1), 0x12);
		wr(base + LCR * stride, 0x03, 1);
		wr(base + FCR * stride, 0x01, 1);
		wr(base + MCR * stride, 0x08, 1);
		wr(base + IER * stride, 0x05, 1);
		for (r = 0; r < 8; r++) {
			static const u8 values[] = { 0, 0x05, 0xc1, 0x03, 0x08, 0x60, 0xb0 };

			is(rd(base + r * stride, 1), r == SCR ? 0x50 + i : values[r]);
		}
		wr(base + THR * stride, 'a' + i, 1);
		is(H->nr_tx, i + 1);
		is(H->tx[i], 'a' + i);
	}
	is(in(COM1 + SCR), 0);
}

static void mmio_a_register_is_as_wide_as_its_stride(struct kunit *test)
{
	wr(MEM(1) + SCR * 2, 0xaa12, 2);
	is(rd(MEM(1) + SCR * 2, 2), 0x0012);
	wr(MEM(2) + SCR * 4, 0xaabbcc34, 4);
	is(rd(MEM(2) + SCR * 4, 4), 0x00000034);
	is(rd(MEM(2) + SCR * 4, 2), 0x0034);
	wr(MEM(3) + SCR * 8, 0xaabbccddeeff0056, 8);
	is(rd(MEM(3) + SCR * 8, 8), 0x56);
	is(rd(MEM(3) + SCR * 8, 4), 0x56);
	wr(MEM(2) + THR * 4, 0x00000041, 4);
	is(H->nr_tx, 1);
	is(H->tx[0], 'A');
	is(rd(MEM(2) + LSR * 4, 4), 0x60);
}

/* A dword at a stride of 1 is four registers, as it is with ports. */
static void mmio_wider_than_the_stride(struct kunit *test)
{
	wr(MEM(0) + LCR, 0x0803, 2);
	is(rd(MEM(0) + LCR, 2), 0x0803);
	is(rd(MEM(0) + MCR, 4), 0x00b06008);
	wr(MEM(1) + LCR * 2, 0x00080003, 4);
	is(rd(MEM(1) + LCR * 2, 1), 3);
	is(rd(MEM(1) + MCR * 2, 1), 8);
	is(rd(MEM(2) + LSR * 4, 8), 0x000000b000000060);
}

static void mmio_upper_bytes_are_empty(struct kunit *test)
{
	unsigned int i, lane;

	for (i = 1; i < ARRAY_SIZE(mmio_strides); i++) {
		unsigned int stride = mmio_strides[i];

		wr(MEM(i) + SCR * stride, 0x77, 1);
		for (lane = 1; lane < stride; lane++) {
			wr(MEM(i) + SCR * stride + lane, 0x11, 1);
			wr(MEM(i) + THR * stride + lane, 'x', 1);
			is(rd(MEM(i) + SCR * stride + lane, 1), 0);
		}
		is(rd(MEM(i) + SCR * stride, 1), 0x77);
	}
	is(H->nr_tx, 0);
}

/* Reading above the lowest byte takes nothing from the receiver. */
static void mmio_side_effects_are_in_the_lowest_byte(struct kunit *test)
{
	struct keel_dev *dev = keel_board_find(H->board, KEEL_CLASS_UART, 3);

	is(keel_board_host(H->board, dev, KEEL_HOST_RX, 'r'), 1);
	is(rd(MEM(2) + 1, 1), 0);
	is(rd(MEM(2) + 2, 2), 0);
	is(rd(MEM(2) + LSR * 4, 4), 0x61);
	is(rd(MEM(2) + RBR * 4, 4), 'r');
	is(rd(MEM(2) + LSR * 4, 4), 0x60);
}

static void mmio_regions_end(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(mmio_strides); i++) {
		is(rd(MEM(i) + 8 * mmio_strides[i] - 1, 1), 0);
		is(rd(MEM(i) + 8 * mmio_strides[i], 1), 0xff);
		is(rd(MEM(i) - 1, 1), 0xff);
	}
	is(in(COM1 + 8), 0xff);
}

static void mmio_interrupts_are_apart(struct kunit *test)
{
	static const unsigned int lines[] = { 5, 6, 7, 9 };
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(mmio_strides); i++) {
		wr(MEM(i) + MCR * mmio_strides[i], 0x08, 1);
		wr(MEM(i) + IER * mmio_strides[i], 0x02, 1);
		for (j = 0; j < ARRAY_SIZE(lines); j++)
			is(line(lines[j]), j == i);
		is(rd(MEM(i) + IIR * mmio_strides[i], 1), 0x02);
		is(line(lines[i]), 0);
	}
	is(line(4), 0);
}

static int mmio_build(struct kunit *test, u64 base, u32 stride)
{
	const struct keel_device_config config = {
		.class = KEEL_CLASS_UART, .irq = KEEL_IRQ_DEFAULT, .base = base,
		.uart.stride = stride,
	};
	size_t size = keel_board_size(&config, 1);
	struct keel_board *board;
	unsigned int nr = 0;

	if (!size)
		return -ENOENT;
	board = kunit_kzalloc(test, size, GFP_KERNEL);
	KUNIT_ASSERT_TRUE(test, board);
	return keel_board_build(board, H->board->host.ops, H, &config, 1, NULL, &nr);
}

static void mmio_configs(struct kunit *test)
{
	is(mmio_build(test, 0xd0000000, 4), 0);
	is(mmio_build(test, 0xd0000008, 8), 0);
	is(mmio_build(test, 0xd0000001, 1), 0);
	is(mmio_build(test, 0xfffffffff0000000, 4), 0);
	KUNIT_EXPECT_EQ(test, mmio_build(test, 0, 4), -EINVAL);		/* nowhere */
	KUNIT_EXPECT_EQ(test, mmio_build(test, 0xd0000002, 4), -EINVAL);
	KUNIT_EXPECT_EQ(test, mmio_build(test, 0xd0000004, 8), -EINVAL);
	KUNIT_EXPECT_EQ(test, mmio_build(test, 0xfffffffffffffff8, 2), -EINVAL);
	KUNIT_EXPECT_EQ(test, mmio_build(test, 0xd0000000, 3), -ENOENT);
	KUNIT_EXPECT_EQ(test, mmio_build(test, 0xd0000000, 5), -ENOENT);
	KUNIT_EXPECT_EQ(test, mmio_build(test, 0xd0000000, 16), -ENOENT);
	KUNIT_EXPECT_EQ(test, mmio_build(test, 0xd0000000, 0x80000004), -ENOENT);
}

static void mmio_conflicts_know_the_stride(struct kunit *test)
{
	struct keel_device_config configs[] = {
		{ .class = KEEL_CLASS_UART, .irq = 4, .base = 0xd0000000, .uart.stride = 4 },
		{ .class = KEEL_CLASS_UART, .irq = 3, .base = 0xd000001f, .uart.stride = 1,
		  .instance = 1 },
	};
	struct keel_board *board = kunit_kzalloc(test, keel_board_size(configs, 2), GFP_KERNEL);
	struct keel_conflict conflict;
	unsigned int nr = 1;

	KUNIT_ASSERT_TRUE(test, board);
	KUNIT_EXPECT_EQ(test, keel_board_build(board, H->board->host.ops, H, configs, 2,
					       &conflict, &nr), -EEXIST);
	is(nr, 1);
	is(conflict.kind, KEEL_CONFLICT_MMIO);
	is(conflict.start, 0xd000001f);
	is(conflict.end, 0xd000001f);
	configs[1].base = 0xd0000020;
	nr = 1;
	is(keel_board_build(board, H->board->host.ops, H, configs, 2, &conflict, &nr), 0);
}

static int mmio_init(struct kunit *test)
{
	return harness_init(test, mmio_devices, ARRAY_SIZE(mmio_devices));
}

static struct kunit_case mmio_cases[] = {
	KUNIT_CASE(mmio_every_register),
	KUNIT_CASE(mmio_a_register_is_as_wide_as_its_stride),
	KUNIT_CASE(mmio_wider_than_the_stride),
	KUNIT_CASE(mmio_upper_bytes_are_empty),
	KUNIT_CASE(mmio_side_effects_are_in_the_lowest_byte),
	KUNIT_CASE(mmio_regions_end),
	KUNIT_CASE(mmio_interrupts_are_apart),
	KUNIT_CASE(mmio_configs),
	KUNIT_CASE(mmio_conflicts_know_the_stride),
	{}
};

static struct kunit_suite mmio_suite = {
	.name = "keel-uart-mmio",
	.init = mmio_init,
	.exit = harness_exit,
	.test_cases = mmio_cases,
};

kunit_test_suites(&mmio_suite);
