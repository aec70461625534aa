// SPDX-License-Identifier: GPL-2.0
/*
 * Multiboot 2 (Multiboot2 Specification 2.0): ELF images of 32 and 64 bit, and flat ones whose
 * header has an address tag, which wins over the ELF header.
 *
 * The kernel receives: memory sizes and map, command line (without a path), modules, the loader's
 * name, the ACPI root pointer in both forms, the sections of an ELF image with its symbols, its
 * load address if it is relocatable, and the text screen if there is one. It is not told of: boot
 * device, APM, VBE, network. Nothing is done for EFI, which is not there. A relocatable image stays
 * at its own address.
 *
 * Entered as a multiboot 1 kernel is, with another magic number in EAX.
 */
#include <stdio.h>
#include <string.h>

#include "base.h"
#include "boot/bios.h"
#include "boot/boot.h"
#include "boot/elf.h"
#include "boot/flat.h"
#include "boot/image.h"
#include "boot/multiboot2.h"
#include "boot/place.h"
#include "config/config.h"
#include "config/table.h"
#include "status.h"
#include "uapi/keel.h"
#include "uapi/keel_version.h"
#include "vm/memory.h"

#define HEADER_MAGIC	0xe85250d6U
#define LOADER_MAGIC	0x36d76289U
#define SEARCH		32768ULL	/* the header is within so many bytes */
#define ALIGNMENT	8ULL		/* of header, information and their tags */
#define ARCHITECTURE	0U		/* i386, protected mode */
#define RSDP_1		20U		/* bytes of ACPI 1.0's root pointer */
#define RSDP_2		36U

/* Tags of the header (3.1) */
enum header_tag {
	HEADER_END, HEADER_REQUEST, HEADER_ADDRESS, HEADER_ENTRY, HEADER_CONSOLE,
	HEADER_FRAMEBUFFER, HEADER_ALIGN, HEADER_EFI_SERVICES, HEADER_EFI32_ENTRY,
	HEADER_EFI64_ENTRY, HEADER_RELOCATABLE,
};

#define HEADER_OPTIONAL		BIT(0)
#define CONSOLE_REQUIRED	BIT(0)
#define FRAMEBUFFER_TEXT	2

/* Tags of the information (3.6) */
enum info_tag {
	INFO_END = 0, INFO_CMDLINE = 1, INFO_LOADER = 2, INFO_MODULE = 3, INFO_MEMORY = 4,
	INFO_MMAP = 6, INFO_FRAMEBUFFER = 8, INFO_SECTIONS = 9, INFO_RSDP_1 = 14,
	INFO_RSDP_2 = 15, INFO_LOAD_BASE = 21, INFO_LAST = INFO_LOAD_BASE
};

struct mb2_header {
	__u32 magic, architecture, length, checksum;
};

struct mb2_tag {
	__u16 type, flags;
	__u32 size;
};

/**
 * struct header_in - a header, while its tags are read.
 * @at:    byte of the file
 * @end:   first byte behind it
 * @flat:  there is an address tag: it is in @address
 * @address: see @flat; the entry address is of a tag of its own
 * @has_entry: there is one
 * @entry: then that
 */
struct header_in {
	__u64 at;
	__u64 end;
	bool flat;
	bool has_entry;
	struct flat_addresses address;
	__u32 entry;
};

/**
 * struct mb2_info - the information while it is written; it begins with its size, and 0.
 * @bytes: its place
 * @room:  bytes there
 * @used:  so far
 */
struct mb2_info {
	__u8 *bytes;
	__u64 room;
	__u64 used;
};

static bool read_header(const struct image *kernel, __u64 at, struct mb2_header *h)
{
	return image_copy(kernel, at, h, sizeof(*h)) && h->magic == HEADER_MAGIC;
}

static bool sum_is_zero(const struct mb2_header *h)
{
	return !(h->magic + h->architecture + h->length + h->checksum);
}

/* find_header() - the first magic number, with a checksum that is right or with any */
static bool find_header(const struct image *kernel, bool right, __u64 *at)
{
	struct mb2_header h;

	for (*at = 0; *at + sizeof(h) <= SEARCH; *at += ALIGNMENT)
		if (read_header(kernel, *at, &h) && (!right || sum_is_zero(&h)))
			return true;
	return false;
}

static bool multiboot2_probe(const struct image *kernel)
{
	__u64 at;

	return find_header(kernel, true, &at);
}

/* multiboot2_explain() - dies if the file would be one, had it a right checksum */
void multiboot2_explain(const struct image *kernel)
{
	__u64 at;

	if (find_header(kernel, false, &at))
		image_bad(kernel, STATUS_IMAGE,
			  "the checksum of the multiboot 2 header at byte %llu is wrong", at);
}

/* ---- The header's tags ---- */

/* A tag's content; dies if the tag is shorter. */
static void read_tag(const struct image *kernel, __u64 at, const struct mb2_tag *tag, void *to,
		     __u64 size)
{
	if (tag->size < sizeof(*tag) + size || !image_copy(kernel, at + sizeof(*tag), to, size))
		image_bad(kernel, STATUS_IMAGE,
			  "multiboot 2 header tag %u has %u bytes, less than its %llu", tag->type,
			  tag->size, sizeof(*tag) + size);
}

/* What the specification knows may be missing on a machine; what it does not cannot be there. */
static void check_request(const struct image *kernel, __u64 at, const struct mb2_tag *tag)
{
	__u32 type;
	__u64 i;

	for (i = sizeof(*tag); i + sizeof(type) <= tag->size; i += sizeof(type)) {
		if (!image_copy(kernel, at + i, &type, sizeof(type)))
			return;
		if (type > INFO_LAST && !(tag->flags & HEADER_OPTIONAL))
			image_bad(kernel, STATUS_IMAGE,
				  "the multiboot 2 header requests information %u, which Keel does not have",
				  type);
	}
}

static bool has_screen(const struct boot *boot)
{
	return config_has(boot->config, KEEL_CLASS_SCREEN);
}

static void check_console(const struct boot *boot, __u64 at, const struct mb2_tag *tag)
{
	const struct image *kernel = &boot->kernel;
	__u32 flags;

	read_tag(kernel, at, tag, &flags, sizeof(flags));
	if (!has_screen(boot) && flags & CONSOLE_REQUIRED && !(tag->flags & HEADER_OPTIONAL))
		image_bad(kernel, STATUS_IMAGE,
			  "the multiboot 2 header demands a text screen (tag 4): --screen text");
}

/* Width, height and depth are wishes. */
static void check_framebuffer(const struct boot *boot, const struct mb2_tag *tag)
{
	if (!has_screen(boot) && !(tag->flags & HEADER_OPTIONAL))
		image_bad(&boot->kernel, STATUS_IMAGE,
			  "the multiboot 2 header demands a framebuffer (tag 5); --screen text is all that Keel has");
}

static void check_unknown(const struct image *kernel, const struct mb2_tag *tag)
{
	if (tag->flags & HEADER_OPTIONAL)
		return;
	if (tag->type == HEADER_EFI_SERVICES)
		image_bad(kernel, STATUS_IMAGE,
			  "the multiboot 2 header demands EFI's boot services (tag 7); Keel has no firmware");
	image_bad(kernel, STATUS_IMAGE, "multiboot 2 header tag %u is not supported", tag->type);
}

static void read_one(struct boot *boot, struct header_in *in, __u64 at, const struct mb2_tag *tag)
{
	const struct image *kernel = &boot->kernel;
	struct { __u32 header, load, load_end, bss_end; } address;

	switch (tag->type) {
	case HEADER_REQUEST:
		check_request(kernel, at, tag);
		break;
	case HEADER_ADDRESS:
		read_tag(kernel, at, tag, &address, sizeof(address));
		in->flat = true;
		in->address = (struct flat_addresses){
			.header = address.header, .load = address.load,
			.load_end = address.load_end, .bss_end = address.bss_end,
		};
		break;
	case HEADER_ENTRY:
		read_tag(kernel, at, tag, &in->entry, sizeof(in->entry));
		in->has_entry = true;
		break;
	case HEADER_CONSOLE:
		check_console(boot, at, tag);
		break;
	case HEADER_FRAMEBUFFER:
		check_framebuffer(boot, tag);
		break;
	case HEADER_RELOCATABLE:
		boot->relocatable = true;
		break;
	case HEADER_ALIGN:		/* modules always are */
	case HEADER_EFI32_ENTRY:	/* where there is an EFI */
	case HEADER_EFI64_ENTRY:
		break;
	default:
		check_unknown(kernel, tag);
	}
}

static void read_tags(struct boot *boot, struct header_in *in)
{
	const struct image *kernel = &boot->kernel;
	__u64 at = in->at + sizeof(struct mb2_header);
	struct mb2_tag tag;

	for (;; at += align_up(tag.size, ALIGNMENT)) {
		if (at + sizeof(tag) > in->end || !image_copy(kernel, at, &tag, sizeof(tag)))
			image_bad(kernel, STATUS_IMAGE,
				  "the tags of the multiboot 2 header at byte %llu have no end",
				  in->at);
		if (tag.size < sizeof(tag) || tag.size > in->end - at)
			image_bad(kernel, STATUS_IMAGE,
				  "multiboot 2 header tag %u at byte %llu has a size of %u",
				  tag.type, at, tag.size);
		if (tag.type == HEADER_END)
			return;
		read_one(boot, in, at, &tag);
	}
}

static void place_kernel(struct boot *boot)
{
	const struct image *kernel = &boot->kernel;
	struct header_in in = { 0 };
	struct mb2_header h;

	if (!find_header(kernel, true, &in.at) || !read_header(kernel, in.at, &h))
		image_bad(kernel, STATUS_INTERNAL, "no multiboot 2 header");
	if (h.architecture != ARCHITECTURE)
		image_bad(kernel, STATUS_IMAGE,
			  "a multiboot 2 image for architecture %u, not i386 (0)", h.architecture);
	in.end = in.at + h.length;
	if (in.end > kernel->size)
		image_bad(kernel, STATUS_IMAGE,
			  "truncated: %llu bytes; the multiboot 2 header ends at %llu",
			  kernel->size, in.end);
	read_tags(boot, &in);
	if (in.flat && !in.has_entry)
		image_bad(kernel, STATUS_IMAGE,
			  "a multiboot 2 header with addresses (tag 2), and no entry (tag 3)");
	if (in.flat)
		flat_place_at(boot, &in.address, in.at);
	else if (elf_is(kernel))
		elf_place(&boot->elf, boot);
	else
		image_bad(kernel, STATUS_IMAGE,
			  "a multiboot 2 header without addresses (tag 2), and no ELF header");
	if (in.has_entry)
		boot->elf.entry = in.entry;
}

/* ---- The information ---- */

static __u64 text_size(const char *text)
{
	return align_up(strlen(text) + 1, ALIGNMENT);
}

static __u64 sections_size(const struct boot *boot)
{
	return (__u64)boot->elf.sections.nr * boot->elf.sections.entry_size;
}

/* As much as it can need: all but the texts, modules and section headers is small. */
static __u64 info_size(const struct boot *boot)
{
	__u64 size = KIB + text_size(boot->cmdline) + sections_size(boot);
	unsigned int i;

	for (i = 0; i < boot->nr_modules; i++)
		size += 2 * ALIGNMENT + text_size(boot->modules[i].cmdline);
	return size;
}

static void multiboot2_place(struct boot *boot)
{
	place_kernel(boot);
	boot->entry = elf_entry(&boot->elf, &boot->kernel);
	if (boot->entry >= RAM_HOLE)
		image_bad(&boot->kernel, STATUS_IMAGE,
			  "entry 0x%llx is out of reach for 32 bits", boot->entry);
	boot_place_modules(boot, boot->elf.end);
	boot_place_sections(boot);
	boot->info_size = info_size(boot);
}

/* A tag, and behind it @size bytes, which are zero. */
static void *add_tag(struct mb2_info *info, enum info_tag type, __u64 size)
{
	struct mb2_tag tag = { .type = type, .size = sizeof(tag) + size };
	__u64 at = info->used;

	if (align_up(tag.size, ALIGNMENT) > info->room - at)
		die(STATUS_INTERNAL, "the multiboot 2 information does not fit its place");
	memcpy(info->bytes + at, &tag, sizeof(tag));
	info->used += align_up(tag.size, ALIGNMENT);
	return info->bytes + at + sizeof(tag);
}

static void add_text(struct mb2_info *info, enum info_tag type, const char *text)
{
	memcpy(add_tag(info, type, strlen(text) + 1), text, strlen(text) + 1);
}

static void add_module(struct mb2_info *info, const struct boot_module *module)
{
	struct { __u32 start, end; } where = { module->at, module->at + module->image.size };
	__u8 *to = add_tag(info, INFO_MODULE, sizeof(where) + strlen(module->cmdline) + 1);

	memcpy(to, &where, sizeof(where));
	memcpy(to + sizeof(where), module->cmdline, strlen(module->cmdline) + 1);
}

static void add_memory(struct mb2_info *info, const struct memory *memory)
{
	struct { __u32 lower, upper; } sizes = { RAM_EBDA / KIB, (memory->low - MIB) / KIB };
	struct { __u64 base, length; __u32 type, reserved; } entry;
	struct { __u32 entry_size, version; } head = { sizeof(entry), 0 };
	struct boot_range map[BOOT_RANGES];
	unsigned int i, nr = boot_memory_map(memory, map);
	__u8 *to;

	memcpy(add_tag(info, INFO_MEMORY, sizeof(sizes)), &sizes, sizeof(sizes));
	to = add_tag(info, INFO_MMAP, sizeof(head) + nr * sizeof(entry));
	memcpy(to, &head, sizeof(head));
	for (i = 0; i < nr; i++) {
		entry.base = map[i].start;
		entry.length = map[i].end - map[i].start;
		entry.type = map[i].type;
		entry.reserved = 0;
		memcpy(to + sizeof(head) + i * sizeof(entry), &entry, sizeof(entry));
	}
}

/* The headers are in the tag itself. */
static void add_sections(struct mb2_info *info, const struct boot *boot,
			 const struct memory *memory)
{
	const struct elf_sections *sections = &boot->elf.sections;
	struct { __u32 nr, entry_size, names; } head = {
		sections->nr, sections->entry_size, sections->names
	};
	__u64 size = sections_size(boot);
	__u8 *to;

	if (!size)
		return;
	to = add_tag(info, INFO_SECTIONS, sizeof(head) + size);
	memcpy(to, &head, sizeof(head));
	memcpy(to + sizeof(head), memory_at(memory, sections->at, size), size);
}

static void add_screen(struct mb2_info *info)
{
	const struct {
		__u64 address;
		__u32 pitch, width, height;
		__u8  bpp, type;
		__u16 reserved;
	} screen = {
		KEEL_SCREEN_MEMORY, 2 * SCREEN_COLUMNS, SCREEN_COLUMNS, SCREEN_ROWS, 16,
		FRAMEBUFFER_TEXT, 0
	};

	memcpy(add_tag(info, INFO_FRAMEBUFFER, sizeof(screen)), &screen, sizeof(screen));
}

static void add_load_base(struct mb2_info *info, const struct boot *boot)
{
	__u64 lowest = boot->elf.segments[0].at;
	__u32 base;
	unsigned int i;

	for (i = 1; i < boot->elf.nr; i++)
		if (boot->elf.segments[i].at < lowest)
			lowest = boot->elf.segments[i].at;
	base = lowest;
	memcpy(add_tag(info, INFO_LOAD_BASE, sizeof(base)), &base, sizeof(base));
}

static void fill_info(const struct boot *boot, struct memory *memory, __u64 rsdp)
{
	struct mb2_info info = {
		.bytes = memory_place(memory, boot->parts[BOOT_INFO], boot->info_size),
		.room = boot->info_size, .used = ALIGNMENT,
	};
	const void *root = memory_at(memory, rsdp, RSDP_2);
	unsigned int i;
	__u32 size;

	memset(info.bytes, 0, info.room);
	add_text(&info, INFO_CMDLINE, boot->cmdline);
	add_text(&info, INFO_LOADER, "Keel " KEEL_VERSION);
	for (i = 0; i < boot->nr_modules; i++)
		add_module(&info, &boot->modules[i]);
	add_memory(&info, memory);
	memcpy(add_tag(&info, INFO_RSDP_1, RSDP_1), root, RSDP_1);
	memcpy(add_tag(&info, INFO_RSDP_2, RSDP_2), root, RSDP_2);
	add_sections(&info, boot, memory);
	if (has_screen(boot))
		add_screen(&info);
	if (boot->relocatable)
		add_load_base(&info, boot);
	add_tag(&info, INFO_END, 0);
	size = info.used;
	memcpy(info.bytes, &size, sizeof(size));
}

static void multiboot2_load(const struct boot *boot, struct memory *memory, __u64 rsdp,
			    struct boot_entry *entry)
{
	elf_load_sections(&boot->elf, &boot->kernel, memory);
	fill_info(boot, memory, rsdp);
	entry->cs = PLAIN_CS;
	entry->ds = PLAIN_DS;
	entry->rax = LOADER_MAGIC;
	entry->rbx = boot->parts[BOOT_INFO];
}

const struct loader loader_multiboot2 = {
	.name = "multiboot 2",
	.probe = multiboot2_probe,
	.place = multiboot2_place,
	.load = multiboot2_load,
};
