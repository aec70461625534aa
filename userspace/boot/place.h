/* SPDX-License-Identifier: GPL-2.0 */
/* Places in the guest's memory for what is booted, and copies to them. */
#ifndef KEEL_BOOT_PLACE_H
#define KEEL_BOOT_PLACE_H

#include "base.h"

struct boot;
struct memory;

#define BOOT_GDT_SIZE	(4 * 8)
#define BOOT_STACK_SIZE	0x4000ULL
#define BOOT_PAGES_SIZE	(6 * PAGE)	/* page tables */

/* Selectors: those that Linux's protocol names, and those that GRUB and QEMU give to others. */
#define LINUX_CS	0x10
#define LINUX_DS	0x18
#define PLAIN_CS	0x08
#define PLAIN_DS	0x10

#define BOOT_RANGES	6

/**
 * struct boot_range - a range of guest physical addresses.
 * @start: first
 * @end:   first one behind it
 * @type:  as in an E820 map
 */
struct boot_range {
	__u64 start;
	__u64 end;
	__u32 type;
};

__u64 boot_low_end(const struct boot *boot);
void boot_check_room(const struct boot *boot, const char *part, unsigned int nr, __u64 at,
		     __u64 size);
void boot_place_modules(struct boot *boot, __u64 floor);
void boot_place_sections(struct boot *boot);
void boot_place_parts(struct boot *boot);
void boot_put(struct memory *memory, __u64 at, const void *data, __u64 size);
void boot_load_modules(const struct boot *boot, struct memory *memory);
unsigned int boot_memory_map(const struct memory *memory, struct boot_range *map);

#endif /* KEEL_BOOT_PLACE_H */
