// SPDX-License-Identifier: GPL-2.0
/* The launcher's boot information for a multiboot kernel. Run with --module FILE="one two". */
#include "payload.h"

#define LOADER_MAGIC	0x2badb002

struct info {
	u32 flags, mem_lower, mem_upper, boot_device, cmdline, mods_count, mods_addr;
	u32 sections, section_size, section_headers, section_names, mmap_length, mmap_addr;
	u32 drives[2], config_table, loader_name;
};

struct range {
	u32 size;
	u64 base, length;
	u32 type;
} __packed;

struct module {
	u32 start, end, string, reserved;
};

static void test_map(const struct info *info)
{
	u32 at = info->mmap_addr, end = at + info->mmap_length;
	bool low = false, high = false, rom = false;

	while (at < end) {
		const struct range *r = (const void *)at;

		say("# memory 0x%x + 0x%x, type %u\n", (u32)r->base, (u32)r->length, r->type);
		low |= !r->base && r->type == 1;
		high |= r->base == 0x100000 && r->type == 1 &&
			r->length == info->mem_upper * 1024ULL;
		rom |= r->base == 0xe0000 && r->type == 2;
		at += r->size + 4;
	}
	check(low && high && rom && at == end, "memory map: low, high, ROM");
}

static void test_modules(const struct info *info)
{
	const struct module *m = (const void *)info->mods_addr;

	is(info->mods_count, 1, "one module");
	if (!info->mods_count)
		return;
	check(!(m->start & 0xfff) && m->end > m->start, "it starts on a page");
	check(m->start >= (u32)_end, "it is behind the kernel");
	is(*(const u32 *)m->start, 0x464c457f, "it is the file (an ELF image)");
	check(ends_with((const char *)m->string, "one two"), "its command line is its own");
}

/* As the linker wrote them, with addresses of what was not loaded (3.3, syms). */
static void test_sections(const struct info *info)
{
	const struct section *sections = (const void *)info->section_headers;

	is(info->section_size, sizeof(*sections), "section headers of 32 bits");
	check(info->section_headers >= (u32)_end && sections[info->section_names].addr &&
	      ends_with((const char *)sections[info->section_names].addr + 1, ".symtab"),
	      "%u of them behind the kernel, and their names", info->sections);
	is(find_symbol(sections, info->sections, "test_sections"), (u32)test_sections,
	   "a function, found by its name");
}

static bool checksum_is_right(const u8 *bytes, u32 length)
{
	u8 sum = 0;

	while (length--)
		sum += *bytes++;
	return !sum;
}

static bool is_table(u32 at, u32 signature)
{
	return *(const u32 *)at == signature;
}

/* The same tables are in the XSDT, and in the RSDT of ACPI 1.0. */
static void test_rsdt(u32 rsdt, u32 xsdt)
{
	u32 i, n = (*(const u32 *)(rsdt + 4) - 36) / 4;
	bool same = n == (*(const u32 *)(xsdt + 4) - 36) / 8;

	for (i = 0; i < n; i++)
		same &= *(const u32 *)(rsdt + 36 + 4 * i) == *(const u32 *)(xsdt + 36 + 8 * i);
	check(is_table(rsdt, 0x54445352) && same &&
	      checksum_is_right((const u8 *)rsdt, *(const u32 *)(rsdt + 4)), "RSDT");
}

/* RSDP, XSDT, MADT: found by searching, as a kernel does without an address given */
static void test_acpi(void)
{
	u32 rsdp, xsdt, i, n, madt = 0;

	for (rsdp = 0xe0000; rsdp < 0x100000; rsdp += 16)
		if (is_table(rsdp, 0x20445352) && is_table(rsdp + 4, 0x20525450))
			break;
	check(rsdp < 0x100000 && checksum_is_right((const u8 *)rsdp, 20), "RSDP at 0x%x", rsdp);
	if (rsdp == 0x100000)
		return;
	xsdt = *(const u32 *)(rsdp + 24);
	test_rsdt(*(const u32 *)(rsdp + 16), xsdt);
	n = (*(const u32 *)(xsdt + 4) - 36) / 8;
	for (i = 0; i < n; i++)
		if (is_table(*(const u32 *)(xsdt + 36 + 8 * i), 0x43495041))
			madt = *(const u32 *)(xsdt + 36 + 8 * i);
	check(madt && checksum_is_right((const u8 *)madt, *(const u32 *)(madt + 4)),
	      "MADT, even for one CPU");
}

/* In the system ROM's area; 0: it is not there */
static u32 find_anchor(u32 anchor)
{
	u32 at;

	for (at = 0xf0000; at < 0x100000; at += 16)
		if (is_table(at, anchor))
			return at;
	return 0;
}

/* SMBIOS's entry points, which name the same structures: the first is the firmware's (type 0). */
static void test_smbios(void)
{
	u32 new = find_anchor(0x334d535f), old = find_anchor(0x5f4d535f);

	check(new && checksum_is_right((const u8 *)new, 24), "SMBIOS 3 at 0x%x", new);
	check(old && checksum_is_right((const u8 *)old, 31) &&
	      checksum_is_right((const u8 *)old + 16, 15), "SMBIOS of 32 bits at 0x%x", old);
	if (!new || !old)
		return;
	is(*(const u32 *)(old + 24), *(const u32 *)(new + 16), "both have the same structures");
	is(**(const u16 **)(new + 16), 0x1800, "the first is the firmware's");
}

/* What firmware leaves in the clock's RAM, if there is one: the map's memory above 1 MiB. */
static void test_cmos(const struct info *info)
{
	u32 kib = info->mem_upper;

	if (cmos_read(0x0d) != 0x80)
		return;
	is(cmos_read(0x15) | cmos_read(0x16) << 8, 640, "CMOS: KiB below 1 MiB");
	is(cmos_read(0x30) | cmos_read(0x31) << 8, kib < 0xffff ? kib : 0xffff, "and above it");
	is(cmos_read(0x34) | cmos_read(0x35) << 8, (kib - 15 * 1024) / 64,
	   "64 KiB from 16 MiB on");
	is(cmos_read(0x14), mmio_read8(0x410), "equipment as in the BIOS data area");
	is(cmos_read(0x37), 0x20, "century");
}

void test(void)
{
	const struct info *info = (const void *)boot_info;

	is(boot_magic, LOADER_MAGIC, "EAX has the magic number");
	is(info->flags & 0x26d, 0x26d, "what is given");
	is(info->mem_lower, 639, "lower memory");
	check(ends_with(command_line(), "/boot first second"),
	      "command line: path, then arguments: \"%s\"", command_line());
	check(!ends_with((const char *)info->loader_name, "GRUB"), "loader: %s",
	      (const char *)info->loader_name);
	test_map(info);
	test_modules(info);
	test_sections(info);
	test_acpi();
	test_smbios();
	test_cmos(info);
}
