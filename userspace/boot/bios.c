// SPDX-License-Identifier: GPL-2.0
/*
 * What a BIOS leaves in memory, for kernels that look there without asking for one: its data area,
 * the extended one (IBM PS/2 and PC BIOS Interface Technical Reference, section 3), its entry, and
 * for those that call it in real mode before they know better (Xen) an answer to all calls: that
 * the function is not supported.
 *
 *	0x000  interrupt vectors: all at the ROM's one handler
 *	0x400  four ports of serial ports	0x413  KiB of memory below the extended area
 *	0x40e  segment of the extended area	0x9fc00  the extended area: its size in KiB
 *	0x410  equipment			0xfff10  the handler
 *	0x449  the text screen, if there is one	0xffff0  the reset vector
 *
 * The screen is in mode 3, and blank.
 */
#include <string.h>

#include "base.h"
#include "boot/bios.h"
#include "boot/boot.h"
#include "boot/elf.h"
#include "config/config.h"
#include "uapi/keel.h"
#include "vm/memory.h"

#define BDA		0x400ULL
#define BDA_SIZE	0x100ULL
#define COM_PORTS	4
#define VECTORS		256
#define ROM_SEGMENT	0xf000U
#define ROM_HANDLER	0xff10U
#define BLANK		0x0720U		/* light grey on black */
#define RESET_VECTOR	0xffff0ULL	/* f000:fff0 */

/* Equipment */
#define EQUIPMENT_FPU		BIT(1)
#define EQUIPMENT_POINTER	BIT(2)	/* a mouse at the 8042 */
#define EQUIPMENT_80_COLUMNS	BIT(5)	/* a screen that begins with 80 columns in colour */
#define EQUIPMENT_COMS_SHIFT	9

struct bda {
	__u16 com[COM_PORTS];
	__u16 lpt[3];
	__u16 ebda;
	__u16 equipment;
	__u8  test;
	__u16 memory;
	__u8  keyboard[0x34];
	struct {
		__u8  mode;
		__u16 columns, page_size, page_start, cursors[8];
		__u8  cursor_end, cursor_start, page;
		__u16 crtc;
	} __packed screen;
	__u8  other[0x1f];
	__u8  last_row;
	__u16 character_height;
} __packed;

static_assert(offsetof(struct bda, memory) == 0x13, "memory size is at 0x413");
static_assert(offsetof(struct bda, screen) == 0x49, "the screen's mode is at 0x449");
static_assert(offsetof(struct bda, last_row) == 0x84, "the screen's last row is at 0x484");

/* bios_checksum() - what makes the sum of a table's bytes 0, if it is 0 itself so far */
__u8 bios_checksum(const void *data, size_t length)
{
	const __u8 *bytes = data;
	__u8 sum = 0;

	while (length--)
		sum += *bytes++;
	return -sum;
}

/* How many there are on ports, of which the BIOS knows four. */
static unsigned int find_coms(const struct config *config, __u16 com[COM_PORTS])
{
	unsigned int i, nr = 0;

	for (i = 0; i < config->nr_uarts && nr < COM_PORTS; i++)
		if (!config->uarts[i].place.memory)
			com[nr++] = config->uarts[i].place.base;
	return nr;
}

/* bios_equipment() - INT 11h's word; the low byte is in the CMOS RAM as well */
unsigned int bios_equipment(const struct config *config)
{
	__u16 com[COM_PORTS];
	unsigned int word = EQUIPMENT_FPU | find_coms(config, com) << EQUIPMENT_COMS_SHIFT;

	if (config_has(config, KEEL_CLASS_I8042))
		word |= EQUIPMENT_POINTER;
	if (config_has(config, KEEL_CLASS_SCREEN))
		word |= EQUIPMENT_80_COLUMNS;
	return word;
}

static void tell_of_screen(struct bda *bda)
{
	bda->screen.mode = SCREEN_MODE;
	bda->screen.columns = SCREEN_COLUMNS;
	bda->screen.page_size = 4 * KIB;
	bda->screen.cursor_start = 0x0d;
	bda->screen.cursor_end = 0x0e;
	bda->screen.crtc = KEEL_SCREEN_PORT;
	bda->last_row = SCREEN_ROWS - 1;
	bda->character_height = SCREEN_POINTS;
}

static void clear_screen(__u16 *text)
{
	unsigned int i;

	for (i = 0; i < KEEL_SCREEN_SIZE / sizeof(*text); i++)
		text[i] = BLANK;
}

static void fill_bda(struct memory *memory, const struct config *config)
{
	struct bda bda = {
		.ebda = RAM_EBDA >> 4, .equipment = bios_equipment(config),
		.memory = RAM_EBDA / KIB,
	};
	__u8 *ebda = memory_place(memory, RAM_EBDA, RAM_LOW_END - RAM_EBDA);
	__u16 com[COM_PORTS] = { 0 };

	find_coms(config, com);
	memcpy(bda.com, com, sizeof(com));
	if (config_has(config, KEEL_CLASS_SCREEN))
		tell_of_screen(&bda);
	memcpy(memory_place(memory, BDA, BDA_SIZE), &bda, sizeof(bda));
	*ebda = (RAM_LOW_END - RAM_EBDA) / KIB;
}

/* Carry flag, and AH as INT 15h has it for functions that are not there. */
static void fill_handler(__u8 *handler)
{
	static const __u8 code[] = {
		0x55,				/* push %bp */
		0x89, 0xe5,			/* mov %sp, %bp */
		0x80, 0x4e, 0x06, 0x01,		/* orb $1, 6(%bp): the caller's flags */
		0xb4, 0x86,			/* mov $0x86, %ah */
		0x5d,				/* pop %bp */
		0xcf,				/* iret */
	};

	memcpy(handler, code, sizeof(code));
}

static void fill_vectors(__u32 *vectors)
{
	unsigned int i;

	for (i = 0; i < VECTORS; i++)
		vectors[i] = ROM_SEGMENT << 16 | ROM_HANDLER;
}

/*
 * Its entry in real mode, where guests go to reboot when nothing else has helped. Asks for a reset,
 * and faults three times if there is none.
 */
static void fill_reset_vector(__u8 *entry)
{
	static const __u8 code[] = {
		0xfa,				/* cli */
		0xba, 0xf9, 0x0c,		/* mov $0xcf9, %dx */
		0xb0, 0x06,			/* mov $6, %al */
		0xee,				/* out %al, (%dx) */
		0x2e, 0x0f, 0x01, 0x1e, 0, 0xff,	/* lidt %cs:0xff00: zeros */
		0xcc,				/* int3 */
	};

	static_assert(sizeof(code) <= 16, "it ends at 1 MiB");
	memcpy(entry, code, sizeof(code));
}

/**
 * bios_load() - write it all.
 * @memory: the RAM
 * @boot:   devices to tell of; where the kernel has a segment there are no vectors, and no data
 *          area
 */
void bios_load(struct memory *memory, const struct boot *boot)
{
	if (!elf_overlaps(&boot->elf, BDA, BDA_SIZE))
		fill_bda(memory, boot->config);
	if (!elf_overlaps(&boot->elf, 0, VECTORS * sizeof(__u32)))
		fill_vectors(memory_place(memory, 0, VECTORS * sizeof(__u32)));
	if (config_has(boot->config, KEEL_CLASS_SCREEN))
		clear_screen(memory_place(memory, KEEL_SCREEN_MEMORY, KEEL_SCREEN_SIZE));
	fill_handler(memory_place(memory, ROM_SEGMENT * 16 + ROM_HANDLER, 16));
	fill_reset_vector(memory_place(memory, RESET_VECTOR, 16));
}
