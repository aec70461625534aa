// SPDX-License-Identifier: GPL-2.0
/*
 * A guest with a text screen, as small kernels use one: what it is told of it, the CRT controller's
 * registers, the retrace, and text. Then, by its command line's last word: "wait" draws, and waits
 * for a byte on the serial port, on and on; "type" shows what is typed, up to ESC.
 */
#include "payload.h"

#define TEXT		0xb8000
#define TEXT_END	0xc0000
#define COLUMNS		80
#define ROWS		25
#define BLANK		0x0720

#define INDEX		0x3d4
#define DATA		0x3d5
#define STATUS		0x3da
#define RETRACE		BIT(3)
#define NOT_DRAWN	BIT(0)

#define BDA_MODE	0x449
#define BDA_COLUMNS	0x44a
#define BDA_CRTC	0x463
#define BDA_LAST_ROW	0x484
#define BDA_EQUIPMENT	0x410

#define HAS_FRAMEBUFFER	BIT(12)		/* multiboot information: flags */
#define FRAMEBUFFER	88

#define KBC_DATA	0x60
#define KBC_STATUS	0x64
#define CODE_ESC	0x01
#define CODE_A		0x1e

static void crtc_write(u8 reg, u8 value)
{
	outw(INDEX, value << 8 | reg);
}

static u8 crtc_read(u8 reg)
{
	outb(INDEX, reg);
	return inb(DATA);
}

static void put(unsigned int row, unsigned int column, u8 colours, const char *text)
{
	u32 at = TEXT + 2 * (row * COLUMNS + column);

	for (; *text; text++, at += 2) {
		mmio_write8(at, *text);
		mmio_write8(at + 1, colours);
	}
}

static void set_cursor(unsigned int row, unsigned int column)
{
	u16 at = row * COLUMNS + column;

	crtc_write(0x0e, at >> 8);
	crtc_write(0x0f, at);
}

static void test_told(void)
{
	u32 at, info = boot_info;
	bool blank = true;

	is(mmio_read8(BDA_MODE), 3, "BIOS data area: mode");
	is(mmio_read16(BDA_COLUMNS), COLUMNS, "BIOS data area: columns");
	is(mmio_read16(BDA_CRTC), INDEX, "BIOS data area: CRT controller");
	is(mmio_read8(BDA_LAST_ROW), ROWS - 1, "BIOS data area: last row");
	is(mmio_read16(BDA_EQUIPMENT) & 0x30, 0x20, "equipment: 80 columns in colour");
	is(cmos_read(0x14) & 0x30, 0x20, "equipment in the CMOS RAM");
	check(mmio_read(info) & HAS_FRAMEBUFFER, "multiboot: there is a framebuffer");
	is(mmio_read(info + FRAMEBUFFER), TEXT, "multiboot: its address");
	is(mmio_read(info + FRAMEBUFFER + 8), 2 * COLUMNS, "multiboot: its pitch");
	is(mmio_read(info + FRAMEBUFFER + 12), COLUMNS, "multiboot: its width");
	is(mmio_read(info + FRAMEBUFFER + 16), ROWS, "multiboot: its height");
	is(mmio_read16(info + FRAMEBUFFER + 20), 0x0210, "multiboot: it is of text");
	for (at = TEXT; at < TEXT_END; at += 2)
		blank &= mmio_read16(at) == BLANK;
	check(blank, "the screen is blank");
}

static void test_memory(void)
{
	bool kept = true;
	u32 at;

	for (at = TEXT; at < TEXT_END; at += 4)
		mmio_write(at, at * 0x9e3779b9);
	for (at = TEXT; at < TEXT_END; at += 4)
		kept &= mmio_read(at) == at * 0x9e3779b9;
	check(kept, "its memory keeps what is written");
	for (at = TEXT; at < TEXT_END; at += 4)
		mmio_write(at, BLANK << 16 | BLANK);
	is(mmio_read(0xa0000), 0xffffffff, "there is no graphics memory");
}

static void test_registers(void)
{
	is(crtc_read(0x01), COLUMNS - 1, "columns");
	is(crtc_read(0x09) & 0x1f, 15, "scan lines of a character");
	set_cursor(10, 20);
	is(crtc_read(0x0e) << 8 | crtc_read(0x0f), 10 * COLUMNS + 20, "the cursor reads back");
	crtc_write(0x0a, 0x20);
	is(crtc_read(0x0a), 0x20, "and that it is not shown");
	crtc_write(0x0a, 0x0d);
	crtc_write(0x0c, 0x12);
	is(crtc_read(0x0c), 0x12, "the start reads back");
	crtc_write(0x0c, 0);
}

/* Waits for the beginning of a vertical retrace, for a tenth of a second. */
static bool retrace(void)
{
	u32 start = pm_read();

	while (inb(STATUS) & RETRACE)
		;
	while (!(inb(STATUS) & RETRACE))
		if (pm_read() - start > PM_HZ / 10)
			return false;
	return true;
}

static void test_status(void)
{
	unsigned int i, seen = 0, drawn = 0, hidden = 0;
	u32 start;

	for (i = 0; i < 20; i++)
		seen += retrace();
	check(seen > 10, "vertical retraces are seen (%u of 20)", seen);
	start = pm_read();
	do {
		if (inb(STATUS) & NOT_DRAWN)
			hidden++;
		else
			drawn++;
	} while (pm_read() - start < PM_HZ / 10);
	check(drawn && hidden, "the beam draws, and does not (%u, %u)", drawn, hidden);
}

static void draw(void)
{
	put(0, 0, 0x1f, "\xc9\xcd\xcd\xbb Gr\x81\xe1 Gott");
	put(1, 4, 0x07, "second row");
	put(24, 70, 0x4e, "last row!!");
	set_cursor(1, 14);
}

static void wait_for_bytes(void)
{
	for (;;) {
		say("@ drawn\n");
		while (!(inb(COM1_LSR) & LSR_DR))
			pause_us(1000);
		if (inb(COM1) == 'q')
			return;
		crtc_write(0x0a, 0x20);
		put(1, 4, 0x07, "other text");
	}
}

/* Letters of the middle row of keys, and how many codes there were */
static void show_keys(void)
{
	static const char middle[] = "asdfghjkl";
	char text[2] = "";
	unsigned int column = 0;
	u8 code;

	put(3, 0, 0x07, "type: ");
	for (;;) {
		while (!(inb(KBC_STATUS) & 1))
			pause_us(1000);
		code = inb(KBC_DATA);
		if (code == CODE_ESC)
			return;
		if (code < CODE_A || code >= CODE_A + sizeof(middle) - 1)
			continue;
		text[0] = middle[code - CODE_A];
		put(3, 6 + column++, 0x07, text);
		set_cursor(3, 6 + column);
	}
}

void test(void)
{
	test_told();
	test_memory();
	test_registers();
	test_status();
	draw();
	if (command_line_ends_in("wait"))
		wait_for_bytes();
	if (command_line_ends_in("type"))
		show_keys();
}
