// SPDX-License-Identifier: GPL-2.0
/* The launcher's MP table (MultiProcessor Specification 1.4). Run with 3 CPUs. */
#include "payload.h"

#define ALL_LAPICS	0xff
#define TYPES		5

enum type { PROCESSOR, BUS, IOAPIC, IO_INTERRUPT, LOCAL_INTERRUPT };
enum kind { INT, NMI, SMI, EXTINT };

struct header {
	u32 signature;
	u16 length;
	u8  revision, checksum;
	char oem_id[8], product_id[12];
	u32 oem_table;
	u16 oem_size, entries;
	u32 lapic, extended;
};

static u8 sum(u32 at, u32 length)
{
	u8 sum = 0;

	while (length--)
		sum += *(const u8 *)at++;
	return sum;
}

static u32 find_pointer(void)
{
	u32 at;

	for (at = 0xf0000; at < 0x100000; at += 16)
		if (*(const u32 *)at == 0x5f504d5f && !sum(at, 16))	/* "_MP_" */
			return at;
	return 0;
}

/* The pin that an I/O interrupt is on; ~0: none, or its flags are others. */
static u32 pin_of(const struct header *table, u8 bus, u8 irq, u16 flags)
{
	const u8 *entry = (const u8 *)(table + 1);
	u32 i;

	for (i = 0; i < table->entries; i++, entry += *entry == PROCESSOR ? 20 : 8)
		if (entry[0] == IO_INTERRUPT && entry[1] == INT && entry[4] == bus &&
		    entry[5] == irq && *(const u16 *)(entry + 2) == flags)
			return entry[7];
	return ~0U;
}

/* The LAPICs' pin that a local interrupt is on. */
static u32 local_pin_of(const struct header *table, enum kind kind)
{
	const u8 *entry = (const u8 *)(table + 1);
	u32 i;

	for (i = 0; i < table->entries; i++, entry += *entry == PROCESSOR ? 20 : 8)
		if (entry[0] == LOCAL_INTERRUPT && entry[1] == kind && entry[6] == ALL_LAPICS)
			return entry[7];
	return ~0U;
}

static void test_entries(const struct header *table)
{
	const u8 *entry = (const u8 *)(table + 1);
	u32 i, pci = 99, isa = 99, boot = 0, counts[TYPES] = { 0 };
	bool sorted = true;
	u8 last = 0;

	for (i = 0; i < table->entries && entry[0] < TYPES; i++) {
		counts[entry[0]]++;
		sorted &= entry[0] >= last;
		last = entry[0];
		if (entry[0] == PROCESSOR && entry[3] == 3)
			boot += 1 + entry[1];
		if (entry[0] == BUS && entry[2] == 'P')
			pci = entry[1];
		if (entry[0] == BUS && entry[2] == 'I')
			isa = entry[1];
		if (entry[0] == IOAPIC)
			is(*(const u32 *)(entry + 4), 0xfec00000, "the IOAPIC's address");
		entry += entry[0] == PROCESSOR ? 20 : 8;
	}
	is(i, table->entries, "all entries are of known types");
	is((u32)entry - (u32)table, table->length, "they are as long as the table");
	check(sorted, "they are sorted by type");
	is(counts[PROCESSOR], 3, "processors");
	is(boot, 1, "one of them is the boot processor, 0");
	is(counts[IOAPIC], 1, "IOAPICs");
	is(pin_of(table, isa, 0, 0), 2, "the PIT's pin");
	is(pin_of(table, isa, 4, 0), 4, "COM1's pin");
	is(pin_of(table, isa, 9, 0xd), 9, "ACPI's pin is level-triggered");
	is(pin_of(table, isa, 2, 0), ~0U, "the slave 8259 has none");
	is(pin_of(table, pci, 0, 0xf), 16, "PCI's slot 0, pin A");
	is(pin_of(table, pci, 31 << 2 | 3, 0xf), 18, "slot 31, pin D");
	is(local_pin_of(table, EXTINT), 0, "the 8259s are on LINT0");
	is(local_pin_of(table, NMI), 1, "NMI is on LINT1");
}

void test(void)
{
	u32 pointer = find_pointer();
	const struct header *table;

	check(pointer, "a floating pointer at 0x%x", pointer);
	if (!pointer)
		return;
	table = *(const struct header *const *)(pointer + 4);
	is(table->signature, 0x504d4350, "the table");	/* "PCMP" */
	is(sum((u32)table, table->length), 0, "its checksum");
	is(table->lapic, 0xfee00000, "the LAPICs' address");
	test_entries(table);
}
