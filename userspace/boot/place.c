// SPDX-License-Identifier: GPL-2.0
/*
 * Where a kernel, its modules and all that a loader tells it go in the guest's memory, and the
 * copies to there; the guest's memory map.
 */
#include <asm/e820.h>
#include <string.h>

#include "base.h"
#include "boot/boot.h"
#include "boot/image.h"
#include "boot/place.h"
#include "config/config.h"
#include "status.h"
#include "uapi/keel.h"
#include "vm/memory.h"

#define TEXTS_MAX	0x10000ULL	/* bytes of command lines */
#define PARTS_ROOM	MIB		/* that sections leave for what a kernel needs */

/* boot_low_end() - where the memory below the hole ends */
__u64 boot_low_end(const struct boot *boot)
{
	__u64 hole = boot->config->platform->hole;

	return boot->config->memory < hole ? boot->config->memory : hole;
}

/**
 * boot_check_room() - dies unless a part of the kernel may be where it wants to be.
 * @boot: the kernel
 * @part: what the part is called
 * @nr:   and its number
 * @at:   guest physical address
 * @size: bytes, not 0
 */
void boot_check_room(const struct boot *boot, const char *part, unsigned int nr, __u64 at,
		     __u64 size)
{
	__u64 low = boot_low_end(boot), high = boot->config->memory - low;
	__u64 last = at + size - 1;

	if (last < at)
		image_bad(&boot->kernel, STATUS_IMAGE,
			  "%s %u: 0x%llx bytes at 0x%llx are more than there are addresses", part,
			  nr, size, at);
	if (last < RAM_EBDA || (at >= MIB && last < low) ||
	    (at >= RAM_HIGH && high && last - RAM_HIGH < high))
		return;
	if (at < MIB)
		image_bad(&boot->kernel, STATUS_IMAGE,
			  "%s %u (0x%llx to 0x%llx) reaches into the ROMs, 0x%llx to 0xfffff", part,
			  nr, at, last, RAM_EBDA);
	image_bad(&boot->kernel, STATUS_MEMORY,
		  "%s %u (0x%llx to 0x%llx) is outside the guest's memory of %llu MiB", part, nr,
		  at, last, boot->config->memory / MIB);
}

/**
 * boot_place_modules() - one behind the other, each from a page's start on.
 * @boot:  the modules
 * @floor: where the kernel ends
 */
void boot_place_modules(struct boot *boot, __u64 floor)
{
	__u64 at = align_up(floor < MIB ? MIB : floor, PAGE), top = boot_low_end(boot);
	unsigned int i;

	for (i = 0; i < boot->nr_modules; i++) {
		struct boot_module *module = &boot->modules[i];

		if (at > top || module->image.size > top - at)
			image_bad(&module->image, STATUS_MEMORY,
				  "%llu MiB do not fit behind the kernel in %llu MiB",
				  align_up(module->image.size, MIB) / MIB,
				  boot->config->memory / MIB);
		module->at = at;
		at = align_up(at + module->image.size, PAGE);
	}
}

/**
 * boot_place_sections() - the kernel's section headers, behind the modules.
 * @boot: the kernel, and its modules in their places; without room it is not told of them
 */
void boot_place_sections(struct boot *boot)
{
	__u64 at = boot->elf.end < MIB ? MIB : boot->elf.end, top = boot_low_end(boot);
	struct elf_sections *sections = &boot->elf.sections;

	if (boot->nr_modules)
		at = boot->modules[boot->nr_modules - 1].at +
		     boot->modules[boot->nr_modules - 1].image.size;
	sections->at = align_up(at, PAGE);
	if (!sections->nr || sections->at + sections->size + PARTS_ROOM > top)
		*sections = (struct elf_sections){ 0 };
}

/* ---- The parts: where the kernel and its modules are not ---- */

#define TAKEN_MAX	(ELF_SEGMENTS + BOOT_MODULES + BOOT_PARTS + 1)

/* Ranges that are not free any more. */
struct taken {
	unsigned int nr;
	struct boot_range ranges[TAKEN_MAX];
};

static void take(struct taken *taken, __u64 at, __u64 size)
{
	taken->ranges[taken->nr++] = (struct boot_range){ .start = at, .end = at + size };
}

static const struct boot_range *in_the_way(const struct taken *taken, __u64 at, __u64 size)
{
	unsigned int i;

	for (i = 0; i < taken->nr; i++)
		if (at < taken->ranges[i].end && taken->ranges[i].start < at + size)
			return &taken->ranges[i];
	return NULL;
}

/* The lowest place from the second page on, below the extended BIOS data area; 0: none. */
static __u64 find_low(const struct taken *taken, __u64 size)
{
	const struct boot_range *range;
	__u64 at = PAGE;

	while ((range = in_the_way(taken, at, size)))
		at = align_up(range->end, PAGE);
	return at <= RAM_EBDA && size <= RAM_EBDA - at ? at : 0;
}

/* The highest place from 1 MiB on; 0: none. */
static __u64 find_high(const struct taken *taken, __u64 top, __u64 size)
{
	const struct boot_range *range;
	__u64 at;

	do {
		if (top < MIB + size)
			return 0;
		at = (top - size) / PAGE * PAGE;
		range = in_the_way(taken, at, size);
		if (range)
			top = range->start;
	} while (range);
	return at;
}

static __u64 texts_size(const struct boot *boot)
{
	__u64 size = strlen(boot->cmdline) + 1;
	unsigned int i;

	for (i = 0; i < boot->nr_modules; i++)
		size += strlen(boot->modules[i].cmdline) + 1;
	if (size > TEXTS_MAX)
		die(STATUS_USAGE, "--append, --module: more than %llu bytes of command lines",
		    TEXTS_MAX);
	return size;
}

/* Where each has always been, for kernels that are not there. */
static const __u64 usual[BOOT_PARTS] = {
	[BOOT_GDT] = 0x500,		[BOOT_STACK] = 0x3000,
	[BOOT_ZERO_PAGE] = 0x7000,	[BOOT_INFO] = 0x8000,
	[BOOT_PAGES] = 0x9000,		[BOOT_TEXTS] = 0x20000,
};

static __u64 find_place(const struct boot *boot, const struct taken *taken, __u64 wish, __u64 size)
{
	__u64 at = wish;

	if (wish + size > RAM_EBDA || in_the_way(taken, wish, size))
		at = find_low(taken, size);
	if (!at)
		at = find_high(taken, boot_low_end(boot), size);
	if (!at)
		image_bad(&boot->kernel, STATUS_MEMORY,
			  "leaves no room for %llu bytes of boot information in %llu MiB of memory",
			  size, boot->config->memory / MIB);
	return at;
}

/**
 * boot_place_parts() - find places for all that is not the kernel's, and not a module.
 * @boot: its segments, modules and command lines; dies if there is no room
 */
void boot_place_parts(struct boot *boot)
{
	const __u64 sizes[BOOT_PARTS] = {
		[BOOT_GDT] = BOOT_GDT_SIZE,	[BOOT_STACK] = BOOT_STACK_SIZE,
		[BOOT_ZERO_PAGE] = PAGE,	[BOOT_INFO] = boot->info_size,
		[BOOT_PAGES] = BOOT_PAGES_SIZE,	[BOOT_TEXTS] = texts_size(boot),
	};
	struct taken taken = { 0 };
	unsigned int i;
	__u64 at;

	for (i = 0; i < boot->elf.nr; i++)
		take(&taken, boot->elf.segments[i].at, boot->elf.segments[i].size);
	for (i = 0; i < boot->nr_modules; i++)
		take(&taken, boot->modules[i].at, boot->modules[i].image.size);
	if (boot->elf.sections.nr)
		take(&taken, boot->elf.sections.at, boot->elf.sections.size);
	for (i = 0; i < BOOT_PARTS; i++) {
		boot->parts[i] = find_place(boot, &taken, usual[i], sizes[i]);
		take(&taken, boot->parts[i], sizes[i]);
	}
	at = boot->parts[BOOT_TEXTS] + strlen(boot->cmdline) + 1;
	for (i = 0; i < boot->nr_modules; i++) {
		boot->modules[i].cmdline_at = at;
		at += strlen(boot->modules[i].cmdline) + 1;
	}
}

/* ---- Copies ---- */

/* boot_put() - copy into the guest's memory, to a place that was checked */
void boot_put(struct memory *memory, __u64 at, const void *data, __u64 size)
{
	memcpy(memory_place(memory, at, size), data, size);
}

static void put_text(struct memory *memory, __u64 at, const char *text)
{
	boot_put(memory, at, text, strlen(text) + 1);
}

/* boot_load_modules() - the modules and all command lines */
void boot_load_modules(const struct boot *boot, struct memory *memory)
{
	unsigned int i;

	put_text(memory, boot->parts[BOOT_TEXTS], boot->cmdline);
	for (i = 0; i < boot->nr_modules; i++) {
		const struct boot_module *module = &boot->modules[i];

		boot_put(memory, module->at, module->image.data, module->image.size);
		put_text(memory, module->cmdline_at, module->cmdline);
	}
}

static void add_range(struct boot_range *map, unsigned int *nr, __u64 start, __u64 end, __u32 type)
{
	if (start < end)
		map[(*nr)++] = (struct boot_range){ start, end, type };
}

/**
 * boot_memory_map() - the memory map that the guest receives.
 * @memory: the RAM
 * @map:    BOOT_RANGES of them
 *
 * Return: how many there are.
 */
unsigned int boot_memory_map(const struct memory *memory, struct boot_range *map)
{
	unsigned int nr = 0;

	add_range(map, &nr, 0, RAM_EBDA, E820_RAM);
	add_range(map, &nr, RAM_EBDA, RAM_LOW_END, E820_RESERVED);
	add_range(map, &nr, ACPI_BASE, MIB, E820_RESERVED);
	add_range(map, &nr, MIB, memory->low, E820_RAM);
	add_range(map, &nr, KEEL_PCI_ECAM, KEEL_PCI_ECAM + KEEL_PCI_ECAM_LENGTH, E820_RESERVED);
	add_range(map, &nr, RAM_HIGH, RAM_HIGH + memory->high, E820_RAM);
	return nr;
}
