/* SPDX-License-Identifier: GPL-2.0 */
/* Places in the guest's memory for what is booted, and copies to them. */
#ifndef KEEL_BOOT_PLACE_H
#define KEEL_BOOT_PLACE_H

#include "base.h"

struct boot;
struct memory;

/* Where loaders put what is not the kernel's own; see boot.c. */
#define BOOT_GDT	0x500ULL
#define BOOT_STACK	0x7000ULL	/* its top */
#define BOOT_ZERO_PAGE	0x7000ULL
#define BOOT_INFO	0x8000ULL	/* a page */
#define BOOT_PAGES	0x9000ULL	/* six pages of page tables */
#define BOOT_CMDLINE	0x20000ULL
#define BOOT_END	0x30000ULL	/* kernels may be from here on */

#define BOOT_GDT_SIZE	(4 * 8)

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
void boot_place_texts(struct boot *boot);
void boot_put(struct memory *memory, __u64 at, const void *data, __u64 size);
void boot_load_modules(const struct boot *boot, struct memory *memory);
unsigned int boot_memory_map(const struct memory *memory, struct boot_range *map);

#endif /* KEEL_BOOT_PLACE_H */
