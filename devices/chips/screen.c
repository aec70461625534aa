// SPDX-License-Identifier: GPL-2.0
/*
 * Text screen: the CRT controller and the input status of a VGA in mode 3, 80 by 25 characters
 * in colours (IBM Personal System/2 Hardware Interface Technical Reference, "Video Subsystem").
 * The characters are in the guest's RAM from 0xb8000 on.
 *
 *	0x3d4  RW  index of a register of the CRT controller, bits 4:0
 *	0x3d5  RW  that register:
 *		   00-07  horizontal and vertical timing; 01: columns - 1
 *		   08     scroll by scan lines
 *		   09     bits 4:0: scan lines of a character - 1
 *		   0a 0b  cursor's first and last scan line; 0a bit 5: no cursor
 *		   0c 0d  address of the first character, high and low byte
 *		   0e 0f  address of the cursor
 *		   10 11  vertical retrace; 11 bit 7: 00-07 keep their values
 *		   12     last scan line, with bits 1 and 6 of 07
 *		   13     half of the words from a row of characters to the next
 *		   14-18  underline, blanking, mode, line compare
 *	0x3da  R   input status 1: bit 0: no character is drawn  bit 3: vertical retrace
 *
 * All registers read back. The status is that of mode 3 in VmTime, whatever the timing registers
 * say: 28.322 MHz, 900 dots a line, 720 of them drawn, 449 lines, 400 of them drawn.
 *
 * Not modelled: the rest of a VGA: graphics, planes, fonts, palette (0x3c0 to 0x3cf), monochrome
 * mode (0x3b4), the feature control register.
 */
#include "../board/dev.h"

enum screen_region { SCREEN_CRTC, SCREEN_STATUS };
enum screen_offset { CRTC_INDEX, CRTC_DATA };

enum crtc_register {
	CRTC_COLUMNS = 0x01, CRTC_OVERFLOW = 0x07, CRTC_ROW_SCAN, CRTC_MAX_SCAN,
	CRTC_CURSOR_START, CRTC_CURSOR_END, CRTC_START_HIGH, CRTC_START_LOW, CRTC_CURSOR_HIGH,
	CRTC_CURSOR_LOW, CRTC_RETRACE_END = 0x11, CRTC_DISPLAY_END, CRTC_OFFSET,
	CRTC_UNDERLINE, CRTC_BLANK_END = 0x16,
};

#define INDEX			GENMASK(4, 0)
#define OVERFLOW_COMPARE	BIT(4)		/* of line compare: never protected */
#define OVERFLOW_END_8		BIT(1)		/* bit 8 of the last scan line */
#define OVERFLOW_END_9		BIT(6)		/* bit 9 */
#define MAX_SCAN		GENMASK(4, 0)
#define CURSOR_OFF		BIT(5)
#define CURSOR_SCAN		GENMASK(4, 0)
#define PROTECTED		BIT(7)		/* of CRTC_RETRACE_END */

#define STATUS_NOT_DRAWN	BIT(0)
#define STATUS_RETRACE		BIT(3)

/* Mode 3 with 400 lines, nine dots a character */
#define DOTS_IN_MS		28322
#define NS_IN_MS		1000000
#define LINE_DOTS		900
#define LINE_DRAWN		720
#define FRAME_LINES		449
#define FRAME_DRAWN		400
#define RETRACE_FIRST		412
#define RETRACE_END		414

/* As a BIOS leaves mode 3. */
static const u8 crtc_mode3[KEEL_SCREEN_REGS] = {
	0x5f, 0x4f, 0x50, 0x82, 0x55, 0x81, 0xbf, 0x1f,
	0x00, 0x4f, 0x0d, 0x0e, 0x00, 0x00, 0x00, 0x00,
	0x9c, 0x8e, 0x8f, 0x28, 0x1f, 0x96, 0xb9, 0xa3,
	0xff,
};

/* Bits that there are, of registers that do not have eight. */
static u8 crtc_bits(unsigned int reg)
{
	switch (reg) {
	case CRTC_CURSOR_START:
		return GENMASK(5, 0);
	case CRTC_ROW_SCAN:
	case CRTC_CURSOR_END:
	case CRTC_UNDERLINE:
		return GENMASK(6, 0);
	default:
		return U8_MAX;
	}
}

/**
 * struct keel_screen - the device.
 * @dev:     what the board knows
 * @refused: writes to registers 00 to 07 while these are protected
 * @absent:  accesses to registers that there are not
 * @s:       state
 */
struct keel_screen {
	/* Wiring */
	struct keel_dev dev;

	/* Counters */
	u64 refused;
	u64 absent;

	/* State */
	struct keel_screen_state s;
};

static_assert(sizeof(struct keel_screen_state) == 32);

static struct keel_screen *screen_of(struct keel_dev *dev)
{
	return container_of(dev, struct keel_screen, dev);
}

/* Where the beam is follows from the time alone. */
static u8 screen_status(u64 now)
{
	u32 dot = keel_muldiv(now, DOTS_IN_MS, NS_IN_MS) % (LINE_DOTS * FRAME_LINES);
	u32 line = dot / LINE_DOTS;
	u8 status = 0;

	if (line >= FRAME_DRAWN || dot % LINE_DOTS >= LINE_DRAWN)
		status |= STATUS_NOT_DRAWN;
	if (line >= RETRACE_FIRST && line < RETRACE_END)
		status |= STATUS_RETRACE;
	return status;
}

static u8 crtc_read(struct keel_screen *screen)
{
	const struct keel_screen_state *s = &screen->s;

	if (s->index < KEEL_SCREEN_REGS)
		return s->regs[array_index_nospec(s->index, KEEL_SCREEN_REGS)];
	screen->absent++;
	return 0;
}

static void crtc_write(struct keel_screen *screen, u8 value)
{
	struct keel_screen_state *s = &screen->s;
	u8 reg, bits;

	if (s->index >= KEEL_SCREEN_REGS) {
		screen->absent++;
		return;
	}
	reg = array_index_nospec(s->index, KEEL_SCREEN_REGS);
	bits = crtc_bits(reg);
	if (reg <= CRTC_OVERFLOW && s->regs[CRTC_RETRACE_END] & PROTECTED) {
		screen->refused++;
		bits = reg == CRTC_OVERFLOW ? OVERFLOW_COMPARE : 0;
	}
	s->regs[reg] = (s->regs[reg] & ~bits) | (value & bits);
}

static u32 screen_read(struct keel_dev *dev, unsigned int region, u32 offset, unsigned int width)
{
	struct keel_screen *screen = screen_of(dev);

	if (region == SCREEN_STATUS)
		return screen_status(keel_now(dev));
	return offset == CRTC_INDEX ? screen->s.index : crtc_read(screen);
}

static void screen_write(struct keel_dev *dev, unsigned int region, u32 offset,
			 unsigned int width, u32 value)
{
	struct keel_screen *screen = screen_of(dev);

	if (region == SCREEN_STATUS)
		return;
	if (offset == CRTC_INDEX)
		screen->s.index = value & INDEX;
	else
		crtc_write(screen, value);
}

static void screen_reset(struct keel_dev *dev, bool cold)
{
	struct keel_screen_state *s = &screen_of(dev)->s;

	memset(s, 0, sizeof(*s));
	memcpy(s->regs, crtc_mode3, sizeof(crtc_mode3));
}

static bool screen_check(const struct keel_dev *dev, const void *state, u64 now)
{
	const struct keel_screen_state *s = state;
	static const u8 zero[sizeof(s->pad)];
	unsigned int i;

	for (i = 0; i < KEEL_SCREEN_REGS; i++)
		if (s->regs[i] & ~crtc_bits(i))
			return false;
	return s->index <= INDEX && !memcmp(s->pad, zero, sizeof(zero));
}

static unsigned int screen_rows(const u8 *regs)
{
	unsigned int lines = regs[CRTC_DISPLAY_END] + 1;

	lines += regs[CRTC_OVERFLOW] & OVERFLOW_END_8 ? 256 : 0;
	lines += regs[CRTC_OVERFLOW] & OVERFLOW_END_9 ? 512 : 0;
	return lines / ((regs[CRTC_MAX_SCAN] & MAX_SCAN) + 1);
}

/* A cursor whose end is before its start is not drawn. */
static bool screen_has_cursor(const u8 *regs)
{
	return !(regs[CRTC_CURSOR_START] & CURSOR_OFF) &&
	       (regs[CRTC_CURSOR_START] & CURSOR_SCAN) <= (regs[CRTC_CURSOR_END] & CURSOR_SCAN);
}

static void screen_inspect(const struct keel_dev *dev, struct keel_out *out)
{
	const struct keel_screen *screen = container_of(dev, struct keel_screen, dev);
	const u8 *regs = screen->s.regs;
	unsigned int i;

	keel_emit(out, "columns", -1, "", regs[CRTC_COLUMNS] + 1);
	keel_emit(out, "rows", -1, "", screen_rows(regs));
	keel_emit(out, "stride", -1, "", 2 * regs[CRTC_OFFSET]);
	keel_emit(out, "first", -1, "", regs[CRTC_START_HIGH] << 8 | regs[CRTC_START_LOW]);
	keel_emit(out, "cursor", -1, "", regs[CRTC_CURSOR_HIGH] << 8 | regs[CRTC_CURSOR_LOW]);
	keel_emit(out, "cursor_on", -1, "", screen_has_cursor(regs));
	keel_emit(out, "index", -1, "", screen->s.index);
	for (i = 0; i < KEEL_SCREEN_REGS; i++)
		keel_emit(out, "crtc", i, "", regs[i]);
}

static const struct keel_region_desc screen_regions[] = {
	[SCREEN_CRTC] = {
		.label = "crtc", .space = KEEL_PIO, .base = KEEL_SCREEN_PORT, .length = 2,
		.width = 1,
	},
	[SCREEN_STATUS] = {
		.label = "status", .space = KEEL_PIO, .base = 0x3da, .length = 1, .width = 1,
	},
};

static const struct keel_counter_desc screen_counters[] = {
	KEEL_COUNTER(keel_screen, refused),
	KEEL_COUNTER(keel_screen, absent),
};

const struct keel_dev_ops keel_screen_ops = {
	.name = "screen",
	.class = KEEL_CLASS_SCREEN,
	.version = 1,
	.size = sizeof(struct keel_screen),
	.state = offsetof(struct keel_screen, s),
	.state_size = sizeof(struct keel_screen_state),
	.regions = screen_regions,
	.nr_regions = ARRAY_SIZE(screen_regions),
	.counters = screen_counters,
	.nr_counters = ARRAY_SIZE(screen_counters),
	.read = screen_read,
	.write = screen_write,
	.inspect = screen_inspect,
	.reset = screen_reset,
	.check = screen_check,
};
