/* SPDX-License-Identifier: GPL-2.0 */
/* ELF images. */
#ifndef KEEL_BOOT_ELF_H
#define KEEL_BOOT_ELF_H

#include "base.h"

struct boot;
struct image;
struct memory;

#define ELF_SEGMENTS	32

/**
 * struct elf_segment - a piece of a kernel.
 * @nr:      its number in the file
 * @offset:  where it is in the file
 * @file:    bytes of it there
 * @at:      guest physical address
 * @size:    bytes there; what the file does not have is zero
 * @virtual: address that the kernel itself knows it by
 */
struct elf_segment {
	unsigned int nr;
	__u64 offset;
	__u64 file;
	__u64 at;
	__u64 size;
	__u64 virtual;
};

/**
 * struct elf_sections - section headers, and the sections that are not in a segment: symbols, names
 * and what debuggers read.
 * @nr:         headers; 0: there are none, or they are damaged
 * @entry_size: bytes of one
 * @names:      the section that has the sections' names
 * @offset:     of the headers in the file
 * @at:         guest physical address of the headers; behind them are those sections
 * @size:       bytes of it all
 */
struct elf_sections {
	__u32 nr;
	__u32 entry_size;
	__u32 names;
	__u64 offset;
	__u64 at;
	__u64 size;
};

/**
 * struct elf - an ELF image, checked.
 * @wide:     64 bit
 * @nr:       entries of @segments
 * @segments: what is to be loaded
 * @entry:    as the file has it
 * @end:      first address behind the segments that are below 4 GiB
 * @sections: for kernels that are told of them
 */
struct elf {
	bool wide;
	unsigned int nr;
	struct elf_segment segments[ELF_SEGMENTS];
	__u64 entry;
	__u64 end;
	struct elf_sections sections;
};

bool elf_is(const struct image *image);
void elf_place(struct elf *elf, const struct boot *boot);
bool elf_overlaps(const struct elf *elf, __u64 at, __u64 size);
bool elf_holds(const struct elf *elf, __u64 at);
__u64 elf_entry(const struct elf *elf, const struct image *image);
void elf_load(const struct elf *elf, const struct image *image, struct memory *memory);
void elf_load_sections(const struct elf *elf, const struct image *image, struct memory *memory);
bool elf_note(const struct image *image, const char *owner, __u32 type, __u64 *value);

#endif /* KEEL_BOOT_ELF_H */
