// SPDX-License-Identifier: GPL-2.0
/*
 * What on a disk a PC's firmware could start: a boot sector for a BIOS, an EFI system partition for
 * UEFI (UEFI 2.10, 5.2.1 and 5.3). Firmware's own rules, short of what is in a file system:
 *
 *   boot sector    0x55aa behind code, in blocks of 512 bytes. On a disk with a GPT that has an EFI
 *                  system partition, the code counts only if the table says that it is in use, by a
 *                  BIOS boot partition or by the attribute "legacy BIOS bootable": otherwise it may
 *                  be left from before
 *   EFI system     of a GPT that the MBR protects and whose checksums hold, or the copy at the end;
 *   partition      or of the MBR's four entries, type 0xef. With a FAT in it
 *   all of it      a FAT without partitions, for UEFI: its boot sector is code that says that it is
 *                  none, most of the time
 *   CD image       an entry of its boot catalog (El Torito 1.0) with a FAT: UEFI has it for an EFI
 *                  system partition, on any disk with blocks of at most 2 KiB
 *
 * A disk may lie: what is read is bounded, whatever its fields say, and nothing leads from one
 * place to another more than once.
 */
#include <string.h>

#include "base.h"
#include "firmware/detect.h"

#define BLOCK_MAX	4096
#define CODE		440		/* bytes of an MBR before its entries */
#define ENTRIES		446		/* of an MBR, four */
#define ENTRY		16
#define TYPE_GPT	0xee		/* of an MBR's entry: it protects a GPT */
#define TYPE_ESP	0xef
#define TABLE_MAX	(256 * KIB)	/* of a GPT; eight times what is usual, and more */
#define HEADER_MIN	92
#define ENTRY_MIN	128
#define LEGACY_BOOT	BIT(2)		/* an attribute */
#define CD_HEAD		0x8001
#define CD_BLOCK	2048
#define CD_BOOT_RECORD	17		/* the volume descriptor's block */
#define CD_CATALOG	0x47		/* of that, block of the catalog */
#define CATALOG_SIZE	512		/* that firmware looks at, on blocks of 512 bytes */
#define CATALOG_ENTRY	32
#define CATALOG_BOOTABLE	0x88

static const __u8 type_esp[16] = {
	0x28, 0x73, 0x2a, 0xc1, 0x1f, 0xf8, 0xd2, 0x11,
	0xba, 0x4b, 0x00, 0xa0, 0xc9, 0x3e, 0xc9, 0x3b,
};

static const __u8 type_bios_boot[16] = "Hah!IdontNeedEFI";

/* Little-endian */
static __u64 get(const __u8 *at, unsigned int bytes)
{
	__u64 value = 0;

	memcpy(&value, at, bytes);
	return value;
}

/* Of a block's first 512 bytes */
static bool has_signature(const __u8 *sector)
{
	return sector[510] == 0x55 && sector[511] == 0xaa;
}

static bool is_power(__u64 n)
{
	return n && !(n & (n - 1));
}

static bool all_zero(const __u8 *at, size_t length)
{
	while (length--)
		if (*at++)
			return false;
	return true;
}

static bool read_block(const struct detect_disk *disk, __u64 lba, __u8 data[BLOCK_MAX])
{
	if (lba >= disk->size / disk->block)
		return false;
	return disk->read(disk, lba * disk->block, data, disk->block);
}

/* ---- FAT ---- */

/* By its BIOS parameter block: an MBR has none, nor has an NTFS one that would do. */
static bool is_fat(const __u8 *sector)
{
	__u64 bytes = get(sector + 11, 2);

	return has_signature(sector) && (sector[0] == 0xeb || sector[0] == 0xe9) &&
	       is_power(bytes) && bytes >= 512 && bytes <= BLOCK_MAX &&
	       is_power(sector[13]) && get(sector + 14, 2) &&
	       (sector[16] == 1 || sector[16] == 2) && sector[21] >= 0xf0 &&
	       (get(sector + 19, 2) || get(sector + 32, 4));
}

static bool has_fat(const struct detect_disk *disk, __u64 lba)
{
	__u8 sector[BLOCK_MAX];

	return lba && read_block(disk, lba, sector) && is_fat(sector);
}

/* ---- MBR ---- */

static __u8 mbr_type(const __u8 *mbr, unsigned int nr)
{
	return mbr[ENTRIES + ENTRY * nr + 4];
}

static __u32 mbr_start(const __u8 *mbr, unsigned int nr)
{
	return get(mbr + ENTRIES + ENTRY * nr + 8, 4);
}

/* Does it protect a GPT? Firmware looks for none if not. */
static bool mbr_protects(const __u8 *mbr)
{
	unsigned int i;

	for (i = 0; i < 4; i++)
		if (mbr_type(mbr, i) == TYPE_GPT && mbr_start(mbr, i) == 1)
			return true;
	return false;
}

static bool mbr_has_esp(const struct detect_disk *disk, const __u8 *mbr)
{
	unsigned int i;

	for (i = 0; i < 4; i++)
		if (mbr_type(mbr, i) == TYPE_ESP && has_fat(disk, mbr_start(mbr, i)))
			return true;
	return false;
}

/* ---- GPT ---- */

static __u32 crc32(__u32 crc, const __u8 *data, size_t length)
{
	unsigned int bit;

	for (crc = ~crc; length--; data++) {
		crc ^= *data;
		for (bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return ~crc;
}

/**
 * struct gpt - a header that holds.
 * @at:    byte where the entries begin
 * @nr:    entries
 * @entry: bytes of one
 * @crc:   of all of them
 */
struct gpt {
	__u64 at;
	__u32 nr;
	__u32 entry;
	__u32 crc;
};

/* 5.3.2; its checksum is made with zeros in place of it. */
static bool header_holds(const struct detect_disk *disk, __u64 lba, struct gpt *gpt)
{
	static const __u8 zeros[4];
	__u8 h[BLOCK_MAX];
	__u32 size, crc;

	if (!read_block(disk, lba, h) || memcmp(h, "EFI PART", 8) || get(h + 24, 8) != lba)
		return false;
	size = get(h + 12, 4);
	if (size < HEADER_MIN || size > disk->block)
		return false;
	crc = crc32(crc32(crc32(0, h, 16), zeros, 4), h + 20, size - 20);
	if (crc != get(h + 16, 4))
		return false;
	*gpt = (struct gpt){
		.nr = get(h + 80, 4), .entry = get(h + 84, 4), .crc = get(h + 88, 4),
	};
	if (gpt->entry < ENTRY_MIN || gpt->entry > BLOCK_MAX || !is_power(gpt->entry) ||
	    !gpt->nr || gpt->nr > TABLE_MAX / gpt->entry)
		return false;
	gpt->at = get(h + 72, 8);
	if (gpt->at >= disk->size / disk->block)
		return false;
	gpt->at *= disk->block;
	return true;
}

static bool table_holds(const struct detect_disk *disk, const struct gpt *gpt)
{
	__u8 entry[BLOCK_MAX];
	__u32 i, crc = 0;

	for (i = 0; i < gpt->nr; i++) {
		if (!disk->read(disk, gpt->at + (__u64)i * gpt->entry, entry, gpt->entry))
			return false;
		crc = crc32(crc, entry, gpt->entry);
	}
	return crc == gpt->crc;
}

/* The first one, or its copy in the last block */
static bool find_gpt(const struct detect_disk *disk, struct gpt *gpt)
{
	return (header_holds(disk, 1, gpt) && table_holds(disk, gpt)) ||
	       (header_holds(disk, disk->size / disk->block - 1, gpt) && table_holds(disk, gpt));
}

/* @legacy: result: the boot sector's code is in use */
static bool gpt_has_esp(const struct detect_disk *disk, const struct gpt *gpt, bool *legacy)
{
	__u8 entry[BLOCK_MAX];
	bool esp = false;
	__u32 i;

	for (i = 0; i < gpt->nr; i++) {
		if (!disk->read(disk, gpt->at + (__u64)i * gpt->entry, entry, gpt->entry))
			break;
		if (all_zero(entry, sizeof(type_esp)))
			continue;
		*legacy |= get(entry + 48, 8) & LEGACY_BOOT ||
			   !memcmp(entry, type_bios_boot, sizeof(type_bios_boot));
		esp |= !memcmp(entry, type_esp, sizeof(type_esp)) &&
		       has_fat(disk, get(entry + 32, 8));
	}
	return esp;
}

/* ---- CD ---- */

/* By its validation entry, whose words add up to 0 */
static bool is_catalog(const __u8 *catalog)
{
	unsigned int i;
	__u16 sum = 0;

	for (i = 0; i < CATALOG_ENTRY; i += 2)
		sum += get(catalog + i, 2);
	return !sum && catalog[0] == 1 && catalog[30] == 0x55 && catalog[31] == 0xaa;
}

static bool catalog_has_fat(const struct detect_disk *disk, const __u8 *catalog)
{
	unsigned int at;

	for (at = CATALOG_ENTRY; at < CATALOG_SIZE; at += CATALOG_ENTRY)
		if (catalog[at] == CATALOG_BOOTABLE &&
		    has_fat(disk, get(catalog + at + 8, 4) * (CD_BLOCK / disk->block)))
			return true;
	return false;
}

static bool cd_has_fat(const struct detect_disk *disk)
{
	static const __u8 head[] = "\0CD001\1EL TORITO SPECIFICATION";
	__u8 data[CATALOG_SIZE];

	if (disk->block > CD_BLOCK ||
	    !disk->read(disk, CD_BOOT_RECORD * CD_BLOCK, data, sizeof(data)) ||
	    memcmp(data, head, sizeof(head)))
		return false;
	return disk->read(disk, get(data + CD_CATALOG, 4) * CD_BLOCK, data, sizeof(data)) &&
	       is_catalog(data) && catalog_has_fat(disk, data);
}

static bool is_cd(const struct detect_disk *disk)
{
	char head[5];

	return disk->size > CD_HEAD + sizeof(head) &&
	       disk->read(disk, CD_HEAD, head, sizeof(head)) &&
	       !memcmp(head, "CD001", sizeof(head));
}

/**
 * detect_boot() - look for what firmware starts.
 * @disk: it
 *
 * Reads 9 MiB at the most, whatever is on the disk, and less than 64 KiB of any real one. What
 * cannot be read is not there.
 *
 * Return: what was found.
 */
struct detected detect_boot(const struct detect_disk *disk)
{
	struct detected found = { .cd = is_cd(disk) };
	bool legacy = false;
	__u8 mbr[BLOCK_MAX];
	struct gpt gpt;

	found.uefi = found.cd && cd_has_fat(disk);
	if (!read_block(disk, 0, mbr) || !has_signature(mbr))
		return found;
	if (is_fat(mbr)) {
		found.uefi = true;
		return found;
	}
	if (mbr_protects(mbr) && find_gpt(disk, &gpt)) {
		found.uefi |= gpt_has_esp(disk, &gpt, &legacy);
	} else {
		found.uefi |= mbr_has_esp(disk, mbr);
		legacy = true;
	}
	/* SeaBIOS's driver wants blocks of 512 bytes. */
	found.bios = disk->block == 512 && !all_zero(mbr, CODE) && (legacy || !found.uefi);
	return found;
}
