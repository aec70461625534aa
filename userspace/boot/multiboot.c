// SPDX-License-Identifier: GPL-2.0
/*
 * Multiboot 1 (Multiboot Specification 0.6.96): ELF images of 32 and 64 bit, and flat
 * ones whose header has their addresses. The header's addresses win over the ELF
 * header's, as the specification has it.
 *
 * The kernel receives: memory sizes and map, command line (its path first), modules, the loader's
 * name, the sections of an ELF image with its symbols, and the text screen if there is one. It is
 * not told of: boot device, drives, APM, VBE.
 *
 * Entered in 32-bit protected mode without paging, interrupts off, flat segments, EAX the
 * magic and EBX the information's address. CS 0x08, the other segments 0x10, a GDT with them, and
 * ESP a stack: the specification promises none of that, but kernels use it.
 */
#include <stdio.h>
#include <string.h>

#include "base.h"
#include "boot/bios.h"
#include "boot/boot.h"
#include "boot/elf.h"
#include "boot/flat.h"
#include "boot/image.h"
#include "boot/multiboot.h"
#include "boot/place.h"
#include "config/config.h"
#include "config/table.h"
#include "status.h"
#include "uapi/keel.h"
#include "uapi/keel_version.h"
#include "vm/memory.h"

#define HEADER_MAGIC	0x1badb002U
#define LOADER_MAGIC	0x2badb002U
#define SEARCH		8192ULL		/* the header is within so many bytes */

/* Header flags; the lower half are demands. */
#define HEADER_PAGE_ALIGN	BIT(0)
#define HEADER_MEMORY_INFO	BIT(1)
#define HEADER_VIDEO_MODE	BIT(2)
#define HEADER_DEMANDS		0xffffU
#define HEADER_ADDRESSES	BIT(16)

struct multiboot_header {
	__u32 magic, flags, checksum;
	__u32 header_addr, load_addr, load_end_addr, bss_end_addr, entry_addr;
};

/* The three words that every header has. */
#define HEADER_SHORT	offsetof(struct multiboot_header, header_addr)

#define INFO_MEMORY	BIT(0)
#define INFO_CMDLINE	BIT(2)
#define INFO_MODS	BIT(3)
#define INFO_SECTIONS	BIT(5)
#define INFO_MMAP	BIT(6)
#define INFO_LOADER	BIT(9)
#define INFO_FRAMEBUFFER	BIT(12)

#define FRAMEBUFFER_TEXT	2

struct multiboot_info {
	__u32 flags, mem_lower, mem_upper, boot_device, cmdline, mods_count, mods_addr;
	__u32 sections, section_size, sections_addr, names, mmap_length, mmap_addr;
	__u32 drives_length, drives_addr, config_table, boot_loader_name, apm_table;
	__u8  vbe[16];
	__u64 framebuffer_addr;
	__u32 framebuffer_pitch, framebuffer_width, framebuffer_height;
	__u8  framebuffer_bpp, framebuffer_type, color_info[6];
} __packed;

struct multiboot_module {
	__u32 start, end, string, reserved;
};

struct multiboot_range {
	__u32 size;
	__u64 base, length;
	__u32 type;
} __packed;

/* What is on the information's page. */
struct info_page {
	struct multiboot_info info;
	struct multiboot_range map[BOOT_RANGES];
	struct multiboot_module modules[BOOT_MODULES];
	char name[16];
};

static_assert(sizeof(struct multiboot_header) == 32, "3.1.1");
static_assert(sizeof(struct multiboot_info) == 116, "3.3");
static_assert(sizeof(struct multiboot_range) == 24, "3.3, mmap");
static_assert(sizeof(struct info_page) <= PAGE, "it has one page");

static __u32 word_at(const struct image *kernel, __u64 at)
{
	__u32 word = 0;

	image_copy(kernel, at, &word, sizeof(word));
	return word;
}

static bool sum_is_zero(const struct image *kernel, __u64 at)
{
	return !(word_at(kernel, at) + word_at(kernel, at + 4) + word_at(kernel, at + 8));
}

/* find_header() - the first magic number, with a checksum that is right or with any */
static bool find_header(const struct image *kernel, bool right, __u64 *at)
{
	__u64 size = kernel->size < SEARCH ? kernel->size : SEARCH;

	for (*at = 0; *at + HEADER_SHORT <= size; *at += 4)
		if (word_at(kernel, *at) == HEADER_MAGIC && (!right || sum_is_zero(kernel, *at)))
			return true;
	return false;
}

static bool multiboot_probe(const struct image *kernel)
{
	__u64 at;

	return find_header(kernel, true, &at);
}

/* multiboot_explain() - dies if the file would be a multiboot kernel, had it a right checksum */
void multiboot_explain(const struct image *kernel)
{
	__u64 at;

	if (find_header(kernel, false, &at))
		image_bad(kernel, STATUS_IMAGE,
			  "the checksum of the multiboot header at byte %llu is wrong", at);
}

/* A loader may set a text mode even if graphics is wished for (3.1.4). */
static void check_flags(const struct image *kernel, const struct config *config, __u32 flags)
{
	__u32 unknown = flags & HEADER_DEMANDS & ~(HEADER_PAGE_ALIGN | HEADER_MEMORY_INFO);

	if (config_has(config, KEEL_CLASS_SCREEN))
		unknown &= ~HEADER_VIDEO_MODE;
	if (unknown == HEADER_VIDEO_MODE)
		image_bad(kernel, STATUS_IMAGE,
			  "the multiboot header demands a video mode (flag 2); --screen text is all that Keel has");
	if (unknown)
		image_bad(kernel, STATUS_IMAGE, "multiboot header flags 0x%x are not supported",
			  unknown);
}

/* The one segment that the header's addresses (3.1.3) describe. */
static void place_flat(struct boot *boot, const struct multiboot_header *h, __u64 header)
{
	const struct flat_addresses address = {
		.header = h->header_addr, .load = h->load_addr, .load_end = h->load_end_addr,
		.bss_end = h->bss_end_addr,
	};

	flat_place_at(boot, &address, header);
	boot->elf.entry = h->entry_addr;
}

static void place_kernel(struct boot *boot)
{
	const struct image *kernel = &boot->kernel;
	struct multiboot_header h = { 0 };
	__u64 at;

	if (!find_header(kernel, true, &at) || !image_copy(kernel, at, &h, HEADER_SHORT))
		image_bad(kernel, STATUS_INTERNAL, "no multiboot header");
	check_flags(kernel, boot->config, h.flags);
	if (h.flags & HEADER_ADDRESSES) {
		if (!image_copy(kernel, at, &h, sizeof(h)))
			image_bad(kernel, STATUS_IMAGE,
				  "truncated: %llu bytes; the multiboot header ends at %llu",
				  kernel->size, at + sizeof(h));
		place_flat(boot, &h, at);
	} else if (elf_is(kernel)) {
		elf_place(&boot->elf, boot);
	} else {
		image_bad(kernel, STATUS_IMAGE,
			  "a multiboot header without addresses (flag 16), and no ELF header");
	}
}

/* The path comes first: kernels take the first word for their name. */
static void make_cmdline(struct boot *boot)
{
	int n = snprintf(boot->text, sizeof(boot->text), "%s%s%s", boot->kernel.path,
			 *boot->cmdline ? " " : "", boot->cmdline);

	if (n < 0 || n >= (int)sizeof(boot->text))
		die(STATUS_USAGE, "--append: %zu bytes; there is room for %zu",
		    strlen(boot->cmdline), sizeof(boot->text) - strlen(boot->kernel.path) - 2);
	boot->cmdline = boot->text;
}

static void multiboot_place(struct boot *boot)
{
	place_kernel(boot);
	boot->entry = elf_entry(&boot->elf, &boot->kernel);
	if (boot->entry >= RAM_HOLE)
		image_bad(&boot->kernel, STATUS_IMAGE,
			  "entry 0x%llx is out of reach for 32 bits", boot->entry);
	make_cmdline(boot);
	boot_place_modules(boot, boot->elf.end);
	boot_place_sections(boot);
}

static void fill_sections(struct multiboot_info *info, const struct elf_sections *sections)
{
	if (!sections->nr)
		return;
	info->flags |= INFO_SECTIONS;
	info->sections = sections->nr;
	info->section_size = sections->entry_size;
	info->sections_addr = sections->at;
	info->names = sections->names;
}

static void tell_of_screen(struct multiboot_info *info)
{
	info->flags |= INFO_FRAMEBUFFER;
	info->framebuffer_addr = KEEL_SCREEN_MEMORY;
	info->framebuffer_pitch = 2 * SCREEN_COLUMNS;
	info->framebuffer_width = SCREEN_COLUMNS;
	info->framebuffer_height = SCREEN_ROWS;
	info->framebuffer_bpp = 16;
	info->framebuffer_type = FRAMEBUFFER_TEXT;
}

static void fill_info(const struct boot *boot, struct memory *memory)
{
	__u64 at = boot->parts[BOOT_INFO];
	struct info_page *page = memory_place(memory, at, PAGE);
	struct boot_range map[BOOT_RANGES];
	unsigned int i, nr = boot_memory_map(memory, map);

	memset(page, 0, sizeof(*page));
	snprintf(page->name, sizeof(page->name), "Keel " KEEL_VERSION);
	page->info = (struct multiboot_info){
		.flags = INFO_MEMORY | INFO_CMDLINE | INFO_MODS | INFO_MMAP | INFO_LOADER,
		.mem_lower = RAM_EBDA / KIB,
		.mem_upper = (memory->low - MIB) / KIB,
		.cmdline = boot->parts[BOOT_TEXTS],
		.mods_count = boot->nr_modules,
		.mods_addr = at + offsetof(struct info_page, modules),
		.mmap_length = nr * sizeof(page->map[0]),
		.mmap_addr = at + offsetof(struct info_page, map),
		.boot_loader_name = at + offsetof(struct info_page, name),
	};
	fill_sections(&page->info, &boot->elf.sections);
	if (config_has(boot->config, KEEL_CLASS_SCREEN))
		tell_of_screen(&page->info);
	for (i = 0; i < nr; i++)
		page->map[i] = (struct multiboot_range){
			.size = sizeof(page->map[i]) - sizeof(page->map[i].size),
			.base = map[i].start, .length = map[i].end - map[i].start,
			.type = map[i].type,
		};
	for (i = 0; i < boot->nr_modules; i++)
		page->modules[i] = (struct multiboot_module){
			.start = boot->modules[i].at,
			.end = boot->modules[i].at + boot->modules[i].image.size,
			.string = boot->modules[i].cmdline_at,
		};
}

static void multiboot_load(const struct boot *boot, struct memory *memory, __u64 rsdp,
			   struct boot_entry *entry)
{
	(void)rsdp;		/* searched for where the system ROM is */
	elf_load_sections(&boot->elf, &boot->kernel, memory);
	fill_info(boot, memory);
	entry->cs = PLAIN_CS;
	entry->ds = PLAIN_DS;
	entry->rax = LOADER_MAGIC;
	entry->rbx = boot->parts[BOOT_INFO];
}

const struct loader loader_multiboot = {
	.name = "multiboot 1",
	.probe = multiboot_probe,
	.place = multiboot_place,
	.load = multiboot_load,
};
