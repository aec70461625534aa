// SPDX-License-Identifier: GPL-2.0
/* Transcripts for devices/chips/screen.c (IBM PS/2 Technical Reference, "Video Subsystem"). */
#include "harness.h"

static const struct keel_device_config screen_devices[] = {
	{ .class = KEEL_CLASS_SCREEN, .irq = KEEL_IRQ_DEFAULT },
};

/* The device's own struct is not the suite's: counters are found by their labels. */
static u64 screen_count(struct kunit *test, const char *label)
{
	struct keel_dev *dev = keel_board_find(H->board, KEEL_CLASS_SCREEN, 0);
	unsigned int i;

	for (i = 0; i < dev->ops->nr_counters; i++)
		if (!strcmp(dev->ops->counters[i].label, label))
			return *(u64 *)((void *)dev + dev->ops->counters[i].offset);
	return U64_MAX;
}

static u8 crtc_get(struct kunit *test, u8 reg)
{
	out(0x3d4, reg);
	return in(0x3d5);
}

/* Index and data in one access of two bytes, as many kernels write them. */
static void crtc_set(struct kunit *test, u8 reg, u8 value)
{
	out16(0x3d4, value << 8 | reg);
}

static void screen_is_mode_3(struct kunit *test)
{
	is(crtc_get(test, 0x01), 79);
	is(crtc_get(test, 0x09), 0x4f);
	is(crtc_get(test, 0x0a), 0x0d);
	is(crtc_get(test, 0x0b), 0x0e);
	is(crtc_get(test, 0x12), 0x8f);
	is(crtc_get(test, 0x13), 0x28);
	is(crtc_get(test, 0x18), 0xff);
}

static void screen_registers_read_back(struct kunit *test)
{
	static const u8 bits[] = {
		[0x08] = 0x7f, 0xff, 0x3f, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff,
		0x7f, 0xff, 0xff, 0xff, 0xff,
	};
	unsigned int reg;

	for (reg = 0x08; reg <= 0x18; reg++) {
		crtc_set(test, reg, reg == 0x11 ? 0x7f : 0xff);
		is(in(0x3d4), reg);
		is(in(0x3d5), bits[reg]);
		crtc_set(test, reg, 0x25);
		is(crtc_get(test, reg), 0x25);
	}
	is(screen_count(test, "refused"), 0);
	is(screen_count(test, "absent"), 0);
}

static void screen_protects_its_timing(struct kunit *test)
{
	unsigned int reg;

	for (reg = 0; reg <= 6; reg++) {
		u8 before = crtc_get(test, reg);

		crtc_set(test, reg, ~before);
		is(crtc_get(test, reg), before);
	}
	crtc_set(test, 0x07, 0xe0);
	is(crtc_get(test, 0x07), 0x0f);		/* bit 4, of line compare, alone */
	is(screen_count(test, "refused"), 8);
	crtc_set(test, 0x11, 0x0e);
	for (reg = 0; reg <= 7; reg++) {
		crtc_set(test, reg, 0xa5);
		is(crtc_get(test, reg), 0xa5);
	}
	is(screen_count(test, "refused"), 8);
}

static void screen_index_has_five_bits(struct kunit *test)
{
	out(0x3d4, 0xee);
	is(in(0x3d4), 0x0e);
	is(in16(0x3d4), 0x000e);
}

static void screen_lacks_other_registers(struct kunit *test)
{
	unsigned int reg;

	for (reg = 0x19; reg <= 0x1f; reg++) {
		crtc_set(test, reg, 0xff);
		is(crtc_get(test, reg), 0);
	}
	is(screen_count(test, "absent"), 14);
	is(in(0x3c0), 0xff);
	is(in(0x3d6), 0xff);
	is(in(0x3b4), 0xff);
}

/* A frame has 449 lines of 900 dots at 28.322 MHz: 14.268 ms. */
static void screen_status_follows_the_beam(struct kunit *test)
{
	unsigned int i;

	is(in(0x3da), 0);
	jump(25400);			/* dot 719 of the first line */
	is(in(0x3da), 0);
	jump(100);
	is(in(0x3da), 1);
	jump(6300);			/* the second line */
	is(in(0x3da), 0);
	jump(12711100 - 31800 + 30);	/* line 400 */
	is(in(0x3da), 1);
	jump(13092500 - 12711130);	/* line 412 */
	is(in(0x3da), 9);
	jump(63600);			/* line 414 */
	is(in(0x3da), 1);
	for (i = 0; i < 16 && in(0x3da); i++)
		jump(100000);
	is(i, 12);			/* the next frame */
	out(0x3da, 0xff);
	is(in(0x3d4), 0);
}

/* No deadline: an idle screen costs nothing. */
static void screen_has_no_timer(struct kunit *test)
{
	crtc_set(test, 0x0f, 5);
	is(H->deadline, KEEL_NEVER);
}

static void screen_reset_is_mode_3(struct kunit *test)
{
	crtc_set(test, 0x11, 0);
	crtc_set(test, 0x01, 39);
	crtc_set(test, 0x0e, 7);
	whole_reset(H->board);
	is(in(0x3d4), 0);
	is(crtc_get(test, 0x01), 79);
	is(crtc_get(test, 0x0e), 0);
	is(crtc_get(test, 0x11), 0x8e);
}

static void screen_checks_states(struct kunit *test)
{
	const struct keel_dev *dev = keel_board_find(H->board, KEEL_CLASS_SCREEN, 0);
	struct keel_screen_state s = { .index = 31 };

	ok(keel_screen_ops.check(dev, &s, 0));
	s.index = 32;
	ok(!keel_screen_ops.check(dev, &s, 0));
	s = (struct keel_screen_state) { .regs[0x08] = 0x80 };
	ok(!keel_screen_ops.check(dev, &s, 0));
	s = (struct keel_screen_state) { .regs[0x0a] = 0x40 };
	ok(!keel_screen_ops.check(dev, &s, 0));
	s = (struct keel_screen_state) { .regs[0x0b] = 0x80 };
	ok(!keel_screen_ops.check(dev, &s, 0));
	s = (struct keel_screen_state) { .regs[0x14] = 0x80 };
	ok(!keel_screen_ops.check(dev, &s, 0));
	s = (struct keel_screen_state) { .pad[5] = 1 };
	ok(!keel_screen_ops.check(dev, &s, 0));
}

static int screen_init(struct kunit *test)
{
	return harness_init(test, screen_devices, ARRAY_SIZE(screen_devices));
}

static struct kunit_case screen_cases[] = {
	KUNIT_CASE(screen_is_mode_3),
	KUNIT_CASE(screen_registers_read_back),
	KUNIT_CASE(screen_protects_its_timing),
	KUNIT_CASE(screen_index_has_five_bits),
	KUNIT_CASE(screen_lacks_other_registers),
	KUNIT_CASE(screen_status_follows_the_beam),
	KUNIT_CASE(screen_has_no_timer),
	KUNIT_CASE(screen_reset_is_mode_3),
	KUNIT_CASE(screen_checks_states),
	{}
};

static struct kunit_suite screen_suite = {
	.name = "keel-screen",
	.init = screen_init,
	.exit = harness_exit,
	.test_cases = screen_cases,
};

kunit_test_suites(&screen_suite);
