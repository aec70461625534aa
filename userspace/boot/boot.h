/* SPDX-License-Identifier: GPL-2.0 */
/* A kernel and what goes with it. */
#ifndef KEEL_BOOT_BOOT_H
#define KEEL_BOOT_BOOT_H

#include "boot/elf.h"
#include "boot/image.h"
#include "config/config.h"

struct loader;
struct memory;

#define BOOT_MODULES	(MODULES_MAX + 1)

/* What loaders put into the memory beside the kernel and its modules. */
enum boot_part {
	BOOT_GDT,
	BOOT_STACK,
	BOOT_ZERO_PAGE,		/* Linux's struct boot_params */
	BOOT_INFO,		/* information of the other protocols */
	BOOT_PAGES,		/* page tables */
	BOOT_TEXTS,		/* command lines: the kernel's first */
	BOOT_PARTS
};

/**
 * struct boot_module - a file for the kernel.
 * @image:      the file
 * @cmdline:    its command line
 * @at:         guest physical address
 * @cmdline_at: the command line's
 */
struct boot_module {
	struct image image;
	const char *cmdline;
	__u64 at;
	__u64 cmdline_at;
};

/**
 * struct boot_entry - the boot processor's first state.
 * @long_mode: 64 bit with paging; otherwise 32-bit protected mode without
 * @gdt:       guest physical address, with the two selectors
 * @cr3:       page tables, if they are used
 * @cs:        selector of the code segment
 * @ds:        of the others
 * @rip:       first instruction
 * @rsp:       a stack of some KiB
 * @rax:       what the protocol has there, like the other registers
 * @rbx:       see @rax
 * @rsi:       see @rax
 * @rdi:       see @rax
 */
struct boot_entry {
	bool long_mode;
	__u64 gdt;
	__u64 cr3;
	__u16 cs;
	__u16 ds;
	__u64 rip;
	__u64 rsp;
	__u64 rax;
	__u64 rbx;
	__u64 rsi;
	__u64 rdi;
};

/**
 * struct boot - a kernel and what goes with it, checked and placed.
 * @config:     the user's wishes
 * @loader:     of the kernel's format
 * @kernel:     the file
 * @modules:    more files; the initrd is the first
 * @nr_modules: of them
 * @cmdline:    the kernel's
 * @uki_cmdline: of a unified kernel image that has one (@has_uki_cmdline)
 * @has_uki_cmdline: see there
 * @text:       room for the command line, if it is not the user's as it is
 * @entry:      guest physical address of the first instruction
 * @elf:        the kernel's segments
 * @relocatable: a multiboot 2 kernel that is to be told where it is
 * @setup:      of a bzImage: bytes of the header in its real-mode part; or 0
 * @info_size:  bytes of BOOT_INFO
 * @parts:      guest physical addresses
 */
struct boot {
	const struct config *config;
	const struct loader *loader;
	struct image kernel;
	struct boot_module modules[BOOT_MODULES];
	unsigned int nr_modules;
	const char *cmdline;
	bool has_uki_cmdline;
	char uki_cmdline[8192];
	char text[8192];
	__u64 entry;
	struct elf elf;
	bool relocatable;
	__u64 setup;
	__u64 info_size;
	__u64 parts[BOOT_PARTS];
};

/**
 * struct loader - a format of kernels.
 * @name:  for people
 * @probe: is the file one? Looks at as little as tells it. NULL: only the user knows
 * @place: check all of it, find places for it and the modules, and say how large its information
 *         is; dies with a reason if it cannot be booted
 * @any_doorbell: its kernels notify virtio devices by the first doorbell that is named, be it a
 *         port or in memory
 * @load:  write the information, which is zero before, and say how the boot processor starts: only
 *         what is neither 0 nor a place
 */
struct loader {
	const char *name;
	bool any_doorbell;
	bool (*probe)(const struct image *kernel);
	void (*place)(struct boot *boot);
	void (*load)(const struct boot *boot, struct memory *memory, __u64 rsdp,
		     struct boot_entry *entry);
};

bool boot_is_readable(const struct config *config);
void boot_open(struct boot *boot, const struct config *config);
void boot_place(struct boot *boot);
void boot_load(const struct boot *boot, struct memory *memory, __u64 rsdp,
	       struct boot_entry *entry);
void boot_close(struct boot *boot);

#endif /* KEEL_BOOT_BOOT_H */
