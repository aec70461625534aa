// SPDX-License-Identifier: GPL-2.0
/*
 * A Linux bzImage by the 64-bit boot protocol (Documentation/arch/x86/boot.rst in Linux; protocol
 * 2.12 or later), or if it has no such entry by the 32-bit one (2.10 or later: before that a header
 * does not say how much memory the kernel needs, and images that only real mode can start look the
 * same). Every size in its header is checked against the file and against the guest's memory before
 * anything is copied.
 */
#include <asm/bootparam.h>
#include <string.h>

#include "base.h"
#include "boot/boot.h"
#include "boot/elf.h"
#include "boot/image.h"
#include "boot/linux.h"
#include "boot/place.h"
#include "boot/zero_page.h"
#include "config/config.h"
#include "config/table.h"
#include "status.h"
#include "vm/memory.h"

#define HEADER_END	0x202		/* plus the byte before it, which is a jump's length */
#define SECTOR		512ULL
#define PARAGRAPH	16ULL
#define ENTRY_64	0x200
#define PROTOCOL_32	0x020a		/* with pref_address and init_size */
#define PROTOCOL_64	0x020c		/* with xloadflags */
#define CMDLINE_MAX	0xffffU		/* bytes that fit */

static const struct setup_header *header_of(const struct boot *boot)
{
	return (const struct setup_header *)(boot->kernel.data + SETUP_AT);
}

/* Bytes of the file that are not loaded. */
static __u64 real_mode_size(const struct setup_header *h)
{
	/* Four setup sectors were the rule when there was no field to say so. */
	return ((h->setup_sects ? h->setup_sects : 4) + 1) * SECTOR;
}

static bool is_64(const struct setup_header *h)
{
	return h->version >= PROTOCOL_64 && h->xloadflags & XLF_KERNEL_64;
}

/* Where the entry is in what is loaded. */
static __u64 entry_of(const struct setup_header *h)
{
	return is_64(h) ? ENTRY_64 : 0;
}

static bool linux_probe(const struct image *kernel)
{
	const __u16 boot_flag = BOOT_FLAG;
	const __u32 magic = SETUP_MAGIC;

	return image_is(kernel, SETUP_AT + offsetof(struct setup_header, boot_flag), &boot_flag,
			sizeof(boot_flag)) &&
	       image_is(kernel, SETUP_AT + offsetof(struct setup_header, header), &magic,
			sizeof(magic));
}

static void check_header(struct boot *boot)
{
	const struct setup_header *h = header_of(boot);
	const struct image *kernel = &boot->kernel;
	__u64 whole;

	if (kernel->size < SETUP_AT + sizeof(*h))
		image_bad(kernel, STATUS_IMAGE, "truncated: %llu bytes, less than a boot header",
			  kernel->size);
	if (!(h->loadflags & LOADED_HIGH))
		image_bad(kernel, STATUS_IMAGE,
			  "a zImage: it starts in real mode and needs a BIOS, which Keel has not");
	if (h->version < PROTOCOL_32)
		image_bad(kernel, STATUS_IMAGE,
			  "boot protocol %d.%02d: it starts in real mode and needs a BIOS, which Keel has not; 2.10 is needed (Linux 2.6.31)",
			  h->version >> 8, h->version & 0xff);

	/* syssize is rounded up to paragraphs; not every image is (memtest86+) */
	whole = real_mode_size(h) + h->syssize * PARAGRAPH;
	if (kernel->size <= real_mode_size(h) + entry_of(h) || kernel->size + PARAGRAPH <= whole)
		image_bad(kernel, STATUS_IMAGE, "truncated: %llu bytes of %llu", kernel->size,
			  whole);
	boot->setup = HEADER_END + kernel->data[HEADER_END - 1] - SETUP_AT;
	if (boot->setup > sizeof(*h))
		boot->setup = sizeof(*h);
}

/*
 * Where it likes to be, by default at 1 MiB; or if that is too high the lowest place that it can be
 * at.
 */
static void place_kernel(struct boot *boot)
{
	const struct setup_header *h = header_of(boot);
	__u64 align = h->kernel_alignment ? h->kernel_alignment : 2 * MIB;
	__u64 file = boot->kernel.size - real_mode_size(h), top = boot_low_end(boot);
	/* What it uses before it knows of its memory */
	__u64 span = h->init_size > file ? h->init_size : file;
	__u64 lowest = h->relocatable_kernel ? align_up(MIB, align) : MIB;
	__u64 load = h->pref_address < MIB ? lowest : h->pref_address;

	if ((load > top || span > top - load) && h->relocatable_kernel)
		load = lowest;
	if (load > top || span > top - load)
		image_bad(&boot->kernel, STATUS_MEMORY,
			  "needs %llu MiB of memory to start; it has %llu MiB",
			  align_up(load + span, MIB) / MIB, boot->config->memory / MIB);
	boot->elf.segments[0] = (struct elf_segment){
		.offset = real_mode_size(h), .file = file, .at = load, .size = span,
	};
	boot->elf.nr = 1;
	boot->elf.end = load + span;
	boot->entry = load + entry_of(h);
}

/* As high as the kernel takes it, below the hole and behind the kernel. */
static void place_initrd(struct boot *boot)
{
	struct boot_module *initrd = &boot->modules[0];
	__u64 limit = header_of(boot)->initrd_addr_max + 1ULL, top = boot_low_end(boot);
	__u64 size = align_up(initrd->image.size, PAGE);
	__u64 floor = align_up(boot->elf.end, PAGE);

	if (top > limit)
		top = limit / PAGE * PAGE;
	if (top < floor || size > top - floor)
		image_bad(&initrd->image, STATUS_MEMORY,
			  "%llu MiB do not fit behind the kernel in %llu MiB",
			  align_up(initrd->image.size, MIB) / MIB, boot->config->memory / MIB);
	initrd->at = top - size;
}

static void check_cmdline(const struct boot *boot)
{
	__u32 limit = header_of(boot)->cmdline_size;

	if (!limit || limit > CMDLINE_MAX)
		limit = CMDLINE_MAX;
	if (strlen(boot->cmdline) > limit)
		die(STATUS_USAGE, "--append: %zu bytes; this kernel takes %u",
		    strlen(boot->cmdline), limit);
}

static void linux_place(struct boot *boot)
{
	check_header(boot);
	check_cmdline(boot);
	place_kernel(boot);
	if (boot->config->nr_modules)
		die(STATUS_USAGE, "--module: a bzImage takes an initrd and no modules");
	if (boot->nr_modules)
		place_initrd(boot);
}

static void linux_load(const struct boot *boot, struct memory *memory, __u64 rsdp,
		       struct boot_entry *entry)
{
	linux_fill_zero_page(boot, memory, rsdp);
	entry->long_mode = is_64(header_of(boot));
	entry->cs = LINUX_CS;
	entry->ds = LINUX_DS;
	entry->rsi = boot->parts[BOOT_ZERO_PAGE];
}

/* linux_setup_size() - bytes of a bzImage's first part, which starts in real mode */
__u32 linux_setup_size(const struct boot *boot)
{
	return real_mode_size(header_of(boot));
}

/**
 * linux_tell() - fill in the header, for one that starts in real mode.
 * @setup: the first part
 * @told:  what is to be there
 */
void linux_tell(__u8 *setup, const struct linux_told *told)
{
	struct setup_header *h = (struct setup_header *)(setup + SETUP_AT);

	h->type_of_loader = LOADER_OTHER;
	h->loadflags |= CAN_USE_HEAP;
	h->heap_end_ptr = told->heap_end - SECTOR;
	h->cmd_line_ptr = told->cmdline;
	h->ramdisk_image = told->initrd;
	h->ramdisk_size = told->initrd_size;
}

const struct loader loader_linux = {
	.name = "Linux bzImage",
	.any_doorbell = true,
	.probe = linux_probe,
	.place = linux_place,
	.load = linux_load,
};
