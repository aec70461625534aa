// SPDX-License-Identifier: GPL-2.0
/* The launcher's boot information for a PVH kernel. Run with --module FILE="one two". */
#include "payload.h"

#define START_MAGIC	0x336ec578

struct start_info {
	u32 magic, version, flags, nr_modules;
	u64 modlist, cmdline, rsdp, memmap;
	u32 memmap_entries, reserved;
};

struct module {
	u64 address, size, cmdline, reserved;
};

struct range {
	u64 address, size;
	u32 type, reserved;
};

static void test_state(void)
{
	u32 cr0, cr4, flags;

	asm volatile("mov %%cr0, %0" : "=r"(cr0));
	asm volatile("mov %%cr4, %0" : "=r"(cr4));
	asm volatile("pushf; pop %0" : "=r"(flags));
	is(cr0 & ~0x10U, 1, "CR0: protected mode and no more");
	is(cr4, 0, "CR4 is clear");
	is(flags & 0x20300, 0, "EFLAGS: VM, IF and TF are clear");
}

static void test_map(const struct start_info *info)
{
	const struct range *map = (const void *)(u32)info->memmap;
	bool low = false, high = false;
	u32 i;

	for (i = 0; i < info->memmap_entries; i++) {
		low |= !map[i].address && map[i].size == 0x9fc00 && map[i].type == 1;
		high |= map[i].address == 0x100000 && map[i].type == 1;
	}
	check(low && high, "memory map: %u entries", info->memmap_entries);
}

void test(void)
{
	const struct start_info *info = (const void *)boot_info;
	const struct module *m;

	test_state();
	is(info->magic, START_MAGIC, "EBX points to the information");
	is(info->version, 1, "of version 1");
	check(ends_with((const char *)(u32)info->cmdline, "first second"), "command line");
	is(*(const u32 *)(u32)info->rsdp, 0x20445352, "RSDP");
	test_map(info);
	is(info->nr_modules, 1, "one module");
	m = (const void *)(u32)info->modlist;
	is(*(const u32 *)(u32)m->address, 0x464c457f, "it is the file (an ELF image)");
	check(ends_with((const char *)(u32)m->cmdline, "one two"), "its command line is its own");
}
