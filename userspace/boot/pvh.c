// SPDX-License-Identifier: GPL-2.0
/*
 * PVH: an ELF image, 32 or 64 bit, with a note of Xen's that has its entry, as
 * Linux's vmlinux (CONFIG_PVH), FreeBSD and some unikernels are. (Xen's documentation,
 * misc/pvh.pandoc, and its public header arch-x86/hvm/start_info.h, version 1.)
 *
 * Entered in 32-bit protected mode without paging, interrupts off, flat segments, EBX
 * the address of struct hvm_start_info: modules, command line, RSDP and memory map. Selectors
 * and stack are as multiboot kernels have them; the protocol leaves them open.
 */
#include <string.h>

#include "base.h"
#include "boot/boot.h"
#include "boot/elf.h"
#include "boot/image.h"
#include "boot/place.h"
#include "boot/pvh.h"
#include "config/table.h"
#include "status.h"
#include "vm/memory.h"

#define NOTE_OWNER		"Xen"
#define NOTE_PHYS32_ENTRY	18
#define START_INFO_MAGIC	0x336ec578U
#define START_INFO_VERSION	1

struct hvm_start_info {
	__u32 magic, version, flags, nr_modules;
	__u64 modlist, cmdline, rsdp, memmap;
	__u32 memmap_entries, reserved;
};

struct hvm_module {
	__u64 address, size, cmdline, reserved;
};

struct hvm_range {
	__u64 address, size;
	__u32 type, reserved;
};

/* What is on the information's page. */
struct info_page {
	struct hvm_start_info info;
	struct hvm_range map[BOOT_RANGES];
	struct hvm_module modules[BOOT_MODULES];
};

static_assert(sizeof(struct hvm_start_info) == 56, "start_info.h");
static_assert(sizeof(struct info_page) <= PAGE, "it has one page");

static bool pvh_probe(const struct image *kernel)
{
	__u64 entry;

	return elf_note(kernel, NOTE_OWNER, NOTE_PHYS32_ENTRY, &entry);
}

static void pvh_place(struct boot *boot)
{
	elf_note(&boot->kernel, NOTE_OWNER, NOTE_PHYS32_ENTRY, &boot->entry);
	elf_place(&boot->elf, boot);
	if (!elf_holds(&boot->elf, boot->entry))
		image_bad(&boot->kernel, STATUS_IMAGE,
			  "PVH entry 0x%llx is in none of the segments",
			  boot->entry);
	if (boot->entry >= RAM_HOLE)
		image_bad(&boot->kernel, STATUS_IMAGE,
			  "PVH entry 0x%llx is out of reach for 32 bits", boot->entry);
	boot_place_modules(boot, boot->elf.end);
}

/* pvh_fill_info() - struct hvm_start_info and what it points to, as BOOT_INFO */
void pvh_fill_info(const struct boot *boot, struct memory *memory, __u64 rsdp)
{
	__u64 at = boot->parts[BOOT_INFO];
	struct info_page *page = memory_place(memory, at, PAGE);
	struct boot_range map[BOOT_RANGES];
	unsigned int i, nr = boot_memory_map(memory, map);

	memset(page, 0, sizeof(*page));
	page->info = (struct hvm_start_info){
		.magic = START_INFO_MAGIC,
		.version = START_INFO_VERSION,
		.nr_modules = boot->nr_modules,
		.modlist = at + offsetof(struct info_page, modules),
		.cmdline = boot->parts[BOOT_TEXTS],
		.rsdp = rsdp,
		.memmap = at + offsetof(struct info_page, map),
		.memmap_entries = nr,
	};
	for (i = 0; i < nr; i++)
		page->map[i] = (struct hvm_range){
			.address = map[i].start, .size = map[i].end - map[i].start,
			.type = map[i].type,
		};
	for (i = 0; i < boot->nr_modules; i++)
		page->modules[i] = (struct hvm_module){
			.address = boot->modules[i].at, .size = boot->modules[i].image.size,
			.cmdline = boot->modules[i].cmdline_at,
		};
}

/* pvh_load() - see struct loader */
void pvh_load(const struct boot *boot, struct memory *memory, __u64 rsdp,
	      struct boot_entry *entry)
{
	pvh_fill_info(boot, memory, rsdp);
	entry->cs = PLAIN_CS;
	entry->ds = PLAIN_DS;
	entry->rbx = boot->parts[BOOT_INFO];
}

const struct loader loader_pvh = {
	.name = "PVH",
	.probe = pvh_probe,
	.place = pvh_place,
	.load = pvh_load,
};
