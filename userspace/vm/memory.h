/* SPDX-License-Identifier: GPL-2.0 */
/* The guest's RAM. */
#ifndef KEEL_VM_MEMORY_H
#define KEEL_VM_MEMORY_H

#include "base.h"

struct config;
struct nvram;

/* Below 1 MiB: a PC without an option ROM. The tables' area is the system ROM's. */
#define RAM_LOW_END	0xa0000ULL	/* from here to 0xc0000: no memory */
#define RAM_EBDA	0x9fc00ULL	/* a PC's firmware keeps the last KiB */
#define RAM_SCREEN	0xb8000ULL	/* but that of a text screen, to 0xc0000 */
#define RAM_ROM		0xc0000ULL
#define ACPI_BASE	0xe0000ULL
#define ACPI_SIZE	0x10000ULL
#define MP_BASE		0xf0000ULL	/* the MP table */
#define MP_SIZE		0x1000ULL	/* the last page of the ROM has the reset vector, */
#define GENERATION_BASE	0xff000ULL	/* and the generation ID, which the launcher alone writes */
#define RAM_HOLE	0xc0000000ULL	/* 3 GiB: from here to 4 GiB: devices */
#define RAM_HIGH	0x100000000ULL

/* With firmware, which has the ROM's area for itself: a page below VMX's (vm.c), which is no RAM */
#define ASIDE_BASE	0xfeffb000ULL

/* A kernel's segments, modules, their command lines, tables */
#define PLACES_MAX	96

/**
 * struct place - a piece of the RAM that is written before the first instruction.
 * @data: where it is mapped
 * @size: bytes
 */
struct place {
	void *data;
	__u64 size;
};

/**
 * struct memory - the guest's RAM.
 * @base: where it is mapped: guest physical 0 up to the hole, and what is left
 *        after it, without a gap between the two
 * @size: bytes
 * @low:  bytes below the hole
 * @high: bytes from 4 GiB on
 * @upper: where it goes on above RAM_LOW_END
 * @aside: there is a page at ASIDE_BASE, which the guest only reads
 * @flash: read-only memory that ends at 4 GiB, with firmware in it; or NULL
 * @flash_size: bytes of it
 * @nvram: the flash chip below that, with UEFI's variables; or NULL
 * @reserved: its pages were set aside for it, and may not be there again once it gives them back
 * @places: all of it that is not zero before the first instruction
 * @nr_places: how many
 */
struct memory {
	__u8 *base;
	__u64 size;
	__u64 low;
	__u64 high;
	__u64 upper;
	bool aside;
	__u8 *flash;
	__u64 flash_size;
	struct nvram *nvram;
	bool reserved;
	struct place places[PLACES_MAX];
	unsigned int nr_places;
};

#define MEMORY_PIECES	3

/**
 * struct piece - a piece of the RAM: as KVM, and Keel, are told of it.
 * @gpa:  guest physical address
 * @size: bytes
 */
struct piece {
	__u64 gpa;
	__u64 size;
};

void memory_create(struct memory *memory, const struct config *config);
unsigned int memory_register(const struct memory *memory, int vm_fd);
void memory_tell(const struct memory *memory, int keel);
unsigned int memory_pieces(const struct memory *memory, struct piece pieces[MEMORY_PIECES]);
void *memory_at(const struct memory *memory, __u64 gpa, __u64 length);
void *memory_place(struct memory *memory, __u64 gpa, __u64 length);
bool page_is_zero(const void *page);
void pagemap_open(void);
bool page_has_data(const void *page);

#endif /* KEEL_VM_MEMORY_H */
