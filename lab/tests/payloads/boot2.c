// SPDX-License-Identifier: GPL-2.0
/* The launcher's boot information for a multiboot 2 kernel. Run with --module FILE="one two". */
#include "payload.h"

#define LOADER_MAGIC	0x36d76289

enum type {
	END = 0, CMDLINE = 1, LOADER = 2, MODULE = 3, MEMORY = 4, MMAP = 6, SECTIONS = 9,
	RSDP_1 = 14, RSDP_2 = 15, LOAD_BASE = 21, TYPES
};

struct tag {
	u32 type, size;
};

struct range {
	u64 base, length;
	u32 type, reserved;
};

/* What is behind each type's tag; the last one, if there are more. */
static const void *content[TYPES];
static unsigned int counts[TYPES];

static void find_tags(void)
{
	u32 at = boot_info + 8, end = boot_info + *(const u32 *)boot_info;
	const struct tag *tag = (const void *)at;

	check(!(boot_info & 7) && !*(const u32 *)(boot_info + 4), "the information's head");
	for (; at < end; at += (tag->size + 7) & ~7U) {
		tag = (const void *)at;
		if (tag->type < TYPES) {
			content[tag->type] = tag + 1;
			counts[tag->type]++;
		}
		if (tag->type == END)
			break;
	}
	check(at + 8 == end && tag->size == 8, "it ends with a tag that says so");
}

static void test_map(void)
{
	const u32 *mmap = content[MMAP], *memory = content[MEMORY];
	const struct range *r = (const void *)(mmap + 2);
	u32 nr = (mmap[-1] - 16) / sizeof(*r);
	bool low = false, high = false;

	is(mmap[0], sizeof(*r), "an entry's size");
	is(mmap[1], 0, "their version");
	is(memory[0], 639, "lower memory");
	for (; nr--; r++) {
		low |= !r->base && r->type == 1 && r->length == 0x9fc00;
		high |= r->base == 0x100000 && r->type == 1 && r->length == memory[1] * 1024ULL;
	}
	check(low && high, "memory map: low, high");
}

static u8 sum(const u8 *bytes, u32 length)
{
	u8 sum = 0;

	while (length--)
		sum += *bytes++;
	return sum;
}

static void test_module(void)
{
	const u32 *module = content[MODULE];

	check(!(module[0] & 0xfff) && module[1] > module[0], "it starts on a page");
	check(module[0] >= (u32)_end, "it is behind the kernel");
	is(*(const u32 *)module[0], 0x464c457f, "it is the file (an ELF image)");
	check(ends_with((const char *)(module + 2), "one two"), "its command line is its own");
}

static void test_sections(void)
{
	const u32 *head = content[SECTIONS];
	const struct section *sections = (const void *)(head + 3);

	is(head[1], sizeof(*sections), "section headers of 32 bits");
	is(head[-1], 20 + head[0] * head[1], "they are in the tag");
	check(sections[head[2]].addr >= (u32)_end, "their names are behind the kernel");
	is(find_symbol(sections, head[0], "test_sections"), (u32)test_sections,
	   "a function, found by its name");
}

void test(void)
{
	static const enum type expected[] = {
		CMDLINE, LOADER, MODULE, MEMORY, MMAP, SECTIONS, RSDP_1, RSDP_2, LOAD_BASE
	};
	unsigned int i, there = 0;
	u32 base;

	is(boot_magic, LOADER_MAGIC, "EAX has the magic number");
	find_tags();
	for (i = 0; i < ARRAY_SIZE(expected); i++)
		there += counts[expected[i]] == 1;
	is(there, ARRAY_SIZE(expected), "each tag is there once");
	if (there != ARRAY_SIZE(expected))
		return;
	check(ends_with(content[CMDLINE], "first second"), "command line");
	is(*(const u32 *)content[CMDLINE], 0x73726966, "and nothing before it");	/* "firs" */
	is(*(const u32 *)content[LOADER], 0x6c65654b, "loader");	/* "Keel" */
	test_module();
	test_map();
	test_sections();
	is(sum(content[RSDP_1], 20), 0, "ACPI 1.0's root pointer");
	is(sum(content[RSDP_2], 36), 0, "ACPI 2.0's");
	check(*(const u32 *)(content[RSDP_1] + 16) && *(const u32 *)(content[RSDP_2] + 24),
	      "they have an RSDT and an XSDT");
	base = *(const u32 *)content[LOAD_BASE];
	check(base >= 0x100000 && base <= (u32)vector_entries, "the image's load address: 0x%x",
	      base);
}
