// SPDX-License-Identifier: GPL-2.0
/*
 * A static 64-bit ELF image that is neither multiboot nor PVH. No standard says how
 * such a kernel starts; this is the entry of Linux's 64-bit boot protocol, so that a
 * vmlinux without CONFIG_PVH works, with one addition:
 *
 *	long mode, the first 4 GiB mapped one to one, interrupts off
 *	CS 0x10, the other segments 0x18, flat; GDT and page tables where the image is not
 *	RSI  Linux's zero page (struct boot_params): command line, initrd, E820, RSDP
 *	RDI  PVH's struct hvm_start_info: the same and all modules
 *	RSP  a stack of some KiB that may be used
 */
#include "boot/boot.h"
#include "boot/elf.h"
#include "boot/elf64.h"
#include "boot/image.h"
#include "boot/place.h"
#include "boot/pvh.h"
#include "boot/zero_page.h"
#include "status.h"
#include "vm/memory.h"

static void elf64_place(struct boot *boot)
{
	elf_place(&boot->elf, boot);
	if (!boot->elf.wide)
		image_bad(&boot->kernel, STATUS_IMAGE,
			  "an ELF file of 32 bits without a multiboot header or PVH note");
	boot->entry = elf_entry(&boot->elf, &boot->kernel);
	if (boot->entry >= RAM_HIGH)
		image_bad(&boot->kernel, STATUS_IMAGE, "entry 0x%llx is not in the first 4 GiB",
			  boot->entry);
	boot_place_modules(boot, boot->elf.end);
}

static void elf64_load(const struct boot *boot, struct memory *memory, __u64 rsdp,
		       struct boot_entry *entry)
{
	linux_fill_zero_page(boot, memory, rsdp);
	pvh_fill_info(boot, memory, rsdp);
	entry->long_mode = true;
	entry->cs = LINUX_CS;
	entry->ds = LINUX_DS;
	entry->rsi = boot->parts[BOOT_ZERO_PAGE];
	entry->rdi = boot->parts[BOOT_INFO];
}

const struct loader loader_elf64 = {
	.name = "ELF64",
	.probe = elf_is,
	.place = elf64_place,
	.load = elf64_load,
};
