// SPDX-License-Identifier: GPL-2.0
/*
 * Where a kernel, its modules and its command lines go in the guest's memory, and the copies
 * to there; the guest's memory map.
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

/* boot_low_end() - where the memory below the hole ends */
__u64 boot_low_end(const struct boot *boot)
{
	return boot->config->memory < RAM_HOLE ? boot->config->memory : RAM_HOLE;
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
	if (at < BOOT_END)
		image_bad(&boot->kernel, STATUS_IMAGE,
			  "%s %u (0x%llx to 0x%llx) is below 0x%llx, where the boot information is",
			  part, nr, at, last, BOOT_END);
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

static __u64 place_text(__u64 at, const char *text)
{
	__u64 length = strlen(text) + 1;

	if (length > BOOT_END - at)
		die(STATUS_USAGE, "--append, --module: more than %llu bytes of command lines",
		    BOOT_END - BOOT_CMDLINE);
	return at + length;
}

/* boot_place_texts() - the command lines: the kernel's, then the modules' */
void boot_place_texts(struct boot *boot)
{
	__u64 at = place_text(BOOT_CMDLINE, boot->cmdline);
	unsigned int i;

	for (i = 0; i < boot->nr_modules; i++) {
		boot->modules[i].cmdline_at = at;
		at = place_text(at, boot->modules[i].cmdline);
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

	put_text(memory, BOOT_CMDLINE, boot->cmdline);
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
