// SPDX-License-Identifier: GPL-2.0
/*
 * ACPI's tables, for firmware to place: two files with the tables, in which pointers are offsets,
 * and a script (QEMU's "table loader") that has firmware allocate memory for both, add the address
 * to each pointer, and compute the checksums of the tables that have some.
 *
 *	etc/acpi/rsdp	to be found by its signature below 1 MiB
 *	etc/acpi/tables	all others
 */
#include <stdio.h>
#include <string.h>

#include "base.h"
#include "boot/acpi.h"
#include "firmware/fwcfg.h"
#include "firmware/script.h"
#include "status.h"

#define RSDP_FILE	"etc/acpi/rsdp"
#define TABLES_FILE	"etc/acpi/tables"
#define SCRIPT_FILE	"etc/table-loader"
#define COMMANDS	64
#define TABLES_ALIGN	64	/* the FACS' */
#define RSDP_ALIGN	16

enum command_type { COMMAND_ALLOCATE = 1, COMMAND_ADD_POINTER, COMMAND_ADD_CHECKSUM };
enum zone { ZONE_HIGH = 1, ZONE_FSEG };

struct command {
	__u32 type;
	union {
		struct {
			char file[FWCFG_NAME];
			__u32 align;
			__u8 zone;
		} __packed allocate;
		struct {
			char file[FWCFG_NAME], to[FWCFG_NAME];
			__u32 offset;
			__u8 size;
		} __packed pointer;
		struct {
			char file[FWCFG_NAME];
			__u32 result, start, length;
		} __packed checksum;
		__u8 pad[124];
	};
} __packed;

static_assert(sizeof(struct command) == 128, "QEMU, struct BiosLinkerLoaderEntry");

/* Fields (ACPI 6.3, 5.2.5.3, 5.2.6 and 5.2.9) */
#define RSDP_SIZE	36
#define RSDP_SUM	8
#define RSDP_OLD_SIZE	20
#define RSDP_RSDT	16
#define RSDP_XSDT	24
#define RSDP_NEW_SUM	32
#define TABLE_LENGTH	4
#define TABLE_SUM	9
#define TABLE_HEADER	36
#define FADT_FACS	36
#define FADT_DSDT	40
#define FADT_X_DSDT	140

/**
 * struct script - while it is written.
 * @rom:      all tables
 * @commands: so far
 * @nr:       how many
 */
struct script {
	__u8 *rom;
	struct command commands[COMMANDS];
	unsigned int nr;
};

static struct command *add(struct script *s, enum command_type type)
{
	if (s->nr == COMMANDS)
		die(STATUS_INTERNAL, "more than %u commands for firmware", COMMANDS);
	s->commands[s->nr].type = type;
	return &s->commands[s->nr++];
}

static void allocate(struct script *s, const char *file, __u32 align, enum zone zone)
{
	struct command *c = add(s, COMMAND_ALLOCATE);

	strcpy(c->allocate.file, file);
	c->allocate.align = align;
	c->allocate.zone = zone;
}

/* All pointers are to tables. */
static void point(struct script *s, const char *file, __u32 offset, __u8 size)
{
	struct command *c = add(s, COMMAND_ADD_POINTER);

	strcpy(c->pointer.file, file);
	strcpy(c->pointer.to, TABLES_FILE);
	c->pointer.offset = offset;
	c->pointer.size = size;
}

/* @at: where the file begins in @rom. Firmware takes the field itself for 0. */
static void checksum(struct script *s, const char *file, __u8 *at, __u32 result, __u32 start,
		     __u32 length)
{
	struct command *c = add(s, COMMAND_ADD_CHECKSUM);

	strcpy(c->checksum.file, file);
	c->checksum.result = result;
	c->checksum.start = start;
	c->checksum.length = length;
	at[result] = 0;
}

static __u64 get(const __u8 *at, __u8 size)
{
	__u64 value = 0;

	memcpy(&value, at, size);
	return value;
}

static void sum_table(struct script *s, __u32 at)
{
	checksum(s, TABLES_FILE, s->rom, at + TABLE_SUM, at, get(s->rom + at + TABLE_LENGTH, 4));
}

static void fix_fadt(struct script *s, __u32 at)
{
	point(s, TABLES_FILE, at + FADT_FACS, 4);
	point(s, TABLES_FILE, at + FADT_DSDT, 4);
	point(s, TABLES_FILE, at + FADT_X_DSDT, 8);
	sum_table(s, at);
}

/* An RSDT or XSDT: its entries are pointers of @size bytes. Returns the FADT, the first of them. */
static __u32 fix_root(struct script *s, __u32 at, __u8 size)
{
	__u32 length = get(s->rom + at + TABLE_LENGTH, 4), entry;

	for (entry = at + TABLE_HEADER; entry < at + length; entry += size)
		point(s, TABLES_FILE, entry, size);
	sum_table(s, at);
	return get(s->rom + at + TABLE_HEADER, size);
}

static void fix_rsdp(struct script *s, __u8 *rsdp)
{
	point(s, RSDP_FILE, RSDP_RSDT, 4);
	point(s, RSDP_FILE, RSDP_XSDT, 8);
	checksum(s, RSDP_FILE, rsdp, RSDP_SUM, 0, RSDP_OLD_SIZE);
	checksum(s, RSDP_FILE, rsdp, RSDP_NEW_SUM, 0, RSDP_SIZE);
}

/**
 * script_add() - give the tables, and the script for them, to firmware.
 * @f:    result
 * @rom:  from acpi_build() with address 0; its checksums do not hold any more
 * @size: bytes of it
 */
void script_add(struct fwcfg *f, __u8 *rom, __u64 size)
{
	static struct script script;
	__u8 rsdp[RSDP_SIZE];

	memset(&script, 0, sizeof(script));
	script.rom = rom;
	memcpy(rsdp, rom, sizeof(rsdp));
	memset(rom, 0, sizeof(rsdp));	/* a guest that scans memory finds one */
	allocate(&script, RSDP_FILE, RSDP_ALIGN, ZONE_FSEG);
	allocate(&script, TABLES_FILE, TABLES_ALIGN, ZONE_HIGH);
	fix_root(&script, get(rsdp + RSDP_RSDT, 4), 4);
	fix_fadt(&script, fix_root(&script, get(rsdp + RSDP_XSDT, 8), 8));
	fix_rsdp(&script, rsdp);
	fwcfg_add_file(f, RSDP_FILE, rsdp, sizeof(rsdp));
	fwcfg_add_file(f, TABLES_FILE, rom, size);
	fwcfg_add_file(f, SCRIPT_FILE, script.commands, script.nr * sizeof(script.commands[0]));
}
