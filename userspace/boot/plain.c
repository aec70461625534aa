// SPDX-License-Identifier: GPL-2.0
/*
 * A static ELF image that is neither multiboot nor PVH. No standard says how such a kernel
 * starts; these are the entries of Linux's 64-bit and 32-bit boot protocols, so that a
 * vmlinux without CONFIG_PVH works, with one addition:
 *
 *	64 bit: long mode, the first 4 GiB mapped one to one; 32 bit: protected mode without paging
 *	interrupts off; CS 0x10, the other segments 0x18, flat
 *	RSI  Linux's zero page (struct boot_params): command line, initrd, E820, RSDP
 *	RDI  PVH's struct hvm_start_info: the same and all modules
 *	RSP  a stack of some KiB that may be used
 *
 * GDT, page tables and all the rest are where the image is not.
 */
#include <linux/elf.h>

#include "boot/boot.h"
#include "boot/elf.h"
#include "boot/image.h"
#include "boot/place.h"
#include "boot/plain.h"
#include "boot/pvh.h"
#include "boot/zero_page.h"
#include "status.h"
#include "vm/memory.h"

static bool elf64_probe(const struct image *kernel)
{
	const __u8 class = ELFCLASS64;

	return elf_is(kernel) && image_is(kernel, EI_CLASS, &class, sizeof(class));
}

static void plain_place(struct boot *boot)
{
	elf_place(&boot->elf, boot);
	boot->entry = elf_entry(&boot->elf, &boot->kernel);
	if (boot->entry >= RAM_HIGH)
		image_bad(&boot->kernel, STATUS_IMAGE, "entry 0x%llx is not in the first 4 GiB",
			  boot->entry);
	boot_place_modules(boot, boot->elf.end);
}

static void plain_load(const struct boot *boot, struct memory *memory, __u64 rsdp,
		       struct boot_entry *entry)
{
	linux_fill_zero_page(boot, memory, rsdp);
	pvh_fill_info(boot, memory, rsdp);
	entry->long_mode = boot->elf.wide;
	entry->cs = LINUX_CS;
	entry->ds = LINUX_DS;
	entry->rsi = boot->parts[BOOT_ZERO_PAGE];
	entry->rdi = boot->parts[BOOT_INFO];
}

const struct loader loader_elf64 = {
	.name = "ELF64",
	.probe = elf64_probe,
	.place = plain_place,
	.load = plain_load,
};

const struct loader loader_elf32 = {
	.name = "ELF32",
	.probe = elf_is,
	.place = plain_place,
	.load = plain_load,
};
