// SPDX-License-Identifier: GPL-2.0
/*
 * Usage: detect ROUNDS
 *
 * What "keel run --disk" finds on a disk: a table of images, good and malformed, with blocks of 512
 * bytes and of 4096; then ROUNDS of these with random changes to what has a meaning. Each look
 * ends after a bounded number of bytes, reads nothing outside of the disk, and ASan and UBSan have
 * nothing to say.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "firmware/detect.h"
#include "test/points.h"

#define SIZE		(2 * MIB)
#define READ_MAX	(9 * MIB)
#define NR_ENTRIES	128

static __u8 image[SIZE];
static __u32 block;
static __u64 total;		/* bytes read by one look */
static bool outside;

static bool read_image(const struct detect_disk *disk, __u64 offset, void *data, size_t length)
{
	if (offset > disk->size || length > disk->size - offset)
		return false;
	if (offset > SIZE || length > SIZE - offset) {
		outside = true;
		return false;
	}
	total += length;
	memcpy(data, image + offset, length);
	return true;
}

static struct detected look(__u64 size)
{
	const struct detect_disk disk = { .read = read_image, .size = size, .block = block };

	total = 0;
	return detect_boot(&disk);
}

/* ---- Images ---- */

static void put(size_t at, __u64 value, unsigned int bytes)
{
	memcpy(image + at, &value, bytes);
}

/* Bit by bit, as the specification has it: not what is tested */
static __u32 crc_of(const __u8 *data, size_t length)
{
	__u32 crc = ~0U;
	size_t i;

	for (i = 0; i < 8 * length; i++) {
		bool one = (crc ^ data[i / 8] >> i % 8) & 1;

		crc >>= 1;
		if (one)
			crc ^= 0xedb88320;
	}
	return ~crc;
}

static void mbr(bool code, __u8 type, __u32 start)
{
	if (code)
		memcpy(image, "\xeb\x63\x90", 3);
	image[446 + 16 + 4] = type;	/* the second entry */
	put(446 + 16 + 8, start, 4);
	put(510, 0xaa55, 2);
}

static void fat(__u64 lba)
{
	__u8 *sector = image + lba * block;

	memcpy(sector, "\xeb\x3c\x90", 3);
	put(lba * block + 11, block, 2);
	sector[13] = 4;
	sector[14] = 1;
	sector[16] = 2;
	sector[21] = 0xf8;
	put(lba * block + 19, 1024, 2);
	put(lba * block + 510, 0xaa55, 2);
}

static void header(__u64 lba, __u64 entries, __u32 nr, __u32 entry)
{
	size_t at = lba * block;

	memcpy(image + at, "EFI PART\0\0\1\0\x5c\0\0\0", 16);
	put(at + 16, 0, 4);
	put(at + 24, lba, 8);
	put(at + 72, entries, 8);
	put(at + 80, nr, 4);
	put(at + 84, entry, 4);
	put(at + 88, crc_of(image + entries * block, (size_t)nr * entry), 4);
	put(at + 16, crc_of(image + at, 92), 4);
}

static void partition(unsigned int nr, const char *type, __u64 lba)
{
	size_t at = 2 * block + 128 * nr;

	memcpy(image + at, type, 16);
	put(at + 32, lba, 8);
	put(at + 40, lba + 8, 8);
}

#define ESP	"\x28\x73\x2a\xc1\x1f\xf8\xd2\x11\xba\x4b\x00\xa0\xc9\x3e\xc9\x3b"
#define BIOS	"Hah!IdontNeedEFI"
#define LINUX	"\xaf\x3d\xc6\x0f\x83\x84\x72\x47\x8e\x79\x3d\x69\xd8\x47\x7d\xe4"
#define ESP_AT	64
#define COPY	32		/* blocks of entries before the last block */

/* A GPT, and its copy at the end; partition() has made the entries. */
static void gpt(void)
{
	__u64 last = SIZE / block - 1;

	memcpy(image + (last - COPY) * block, image + 2 * block, NR_ENTRIES * 128);
	header(1, 2, NR_ENTRIES, 128);
	header(last, last - COPY, NR_ENTRIES, 128);
}

static void esp(void)
{
	partition(3, ESP, ESP_AT);
	fat(ESP_AT);
}

/**
 * enum part - what an image can have.
 */
enum part {
	CODE = BIT(0), GPT = BIT(1), HAS_ESP = BIT(2), HAS_BIOS = BIT(3), LEGACY = BIT(4),
	NO_FAT = BIT(5), BAD_HEADER = BIT(6), BAD_TABLE = BIT(7), BAD_COPY = BIT(8),
	NO_PMBR = BIT(9), EF = BIT(10), NO_SIGNATURE = BIT(11), PLAIN_FAT = BIT(12), CD = BIT(13),
	FAR_ESP = BIT(14), DOS = BIT(15), EL_TORITO = BIT(16), BAD_CATALOG = BIT(17),
	FAR_IMAGE = BIT(18),
};

static void make_gpt(unsigned int parts)
{
	partition(0, LINUX, 100);
	if (parts & HAS_ESP)
		esp();
	if (parts & HAS_BIOS)
		partition(1, BIOS, 80);
	if (parts & LEGACY)
		put(2 * block + 48, BIT(2), 8);
	if (parts & NO_FAT)
		image[ESP_AT * block + 13] = 3;
	if (parts & FAR_ESP)
		put(2 * block + 128 * 3 + 32, ~0ULL >> 8, 8);
	gpt();
	if (parts & BAD_HEADER)
		image[block + 60] ^= 1;
	if (parts & BAD_TABLE)
		image[2 * block + 127 * 128] ^= 1;
	if (parts & BAD_COPY)
		image[SIZE - block + 60] ^= 1;
}

#define CATALOG_AT	20		/* in blocks of 2 KiB, as what follows */
#define IMAGE_AT	24

/* A catalog with an entry for a BIOS, and in a section one with a FAT */
static void make_catalog(unsigned int parts)
{
	size_t at = CATALOG_AT * 2048;

	memcpy(image + 0x8800, "\0CD001\1EL TORITO SPECIFICATION", 30);
	put(0x8847, CATALOG_AT, 4);
	put(at, 1, 1);
	put(at + 0x1e, 0xaa55, 2);
	put(at + 0x1c, 0x10000 - 0xaa55 - 1 + !!(parts & BAD_CATALOG), 2);
	put(at + 32, 0x88, 1);
	put(at + 32 + 8, IMAGE_AT + 8, 4);
	put(at + 64, 0xef91, 2);
	put(at + 96, 0x88, 1);
	put(at + 96 + 8, parts & FAR_IMAGE ? ~0U : IMAGE_AT, 4);
	fat(IMAGE_AT * 2048 / block);
}

static void make(unsigned int parts)
{
	memset(image, 0, sizeof(image));
	if (parts & GPT)
		make_gpt(parts);
	if (parts & (GPT | CODE | DOS))
		mbr(parts & CODE, parts & NO_PMBR ? 0x83 : parts & GPT ? 0xee : 0x83, 1);
	if (parts & EF) {
		mbr(parts & CODE, 0xef, ESP_AT);
		fat(ESP_AT);
	}
	if (parts & PLAIN_FAT)
		fat(0);
	if (parts & CD)
		memcpy(image + 0x8001, "CD001", 5);
	if (parts & EL_TORITO)
		make_catalog(parts);
	if (parts & NO_SIGNATURE)
		image[511] = 0;
}

/* ---- The table ---- */

static const struct {
	const char *what;
	unsigned int parts;
	const char *found;	/* b: BIOS, u: UEFI, U: of a CD's, c: CD */
} cases[] = {
	{ "zeros", 0, "" },
	{ "an MBR without code", DOS, "" },
	{ "an MBR with code", CODE, "b" },
	{ "code without 55 aa", CODE | NO_SIGNATURE, "" },
	{ "a GPT with nothing to start", GPT, "" },
	{ "a GPT with an ESP", GPT | HAS_ESP, "u" },
	{ "a GPT whose header's checksum is wrong: its copy", GPT | HAS_ESP | BAD_HEADER, "u" },
	{ "a GPT whose entries' checksum is wrong: its copy", GPT | HAS_ESP | BAD_TABLE, "u" },
	{ "a GPT that is damaged twice", GPT | HAS_ESP | BAD_HEADER | BAD_COPY, "" },
	{ "a GPT that no MBR protects", GPT | HAS_ESP | NO_PMBR, "" },
	{ "an ESP without a FAT", GPT | HAS_ESP | NO_FAT, "" },
	{ "an ESP that is not on the disk", GPT | HAS_ESP | FAR_ESP, "" },
	{ "a GPT without ESP, with code", GPT | CODE, "b" },
	{ "code that is left from before", GPT | HAS_ESP | CODE, "u" },
	{ "a hybrid with a BIOS boot partition", GPT | HAS_ESP | HAS_BIOS | CODE, "bu" },
	{ "a hybrid by attribute", GPT | HAS_ESP | LEGACY | CODE, "bu" },
	{ "a BIOS boot partition without code", GPT | HAS_ESP | HAS_BIOS, "u" },
	{ "an MBR's ESP", EF, "u" },
	{ "an MBR's ESP, and code", EF | CODE, "bu" },
	{ "a CD image", CD, "c" },
	{ "a hybrid CD image", CD | EF | CODE, "buc" },
	{ "a CD's boot image for UEFI", CD | EL_TORITO, "Uc" },
	{ "the same, and code", CD | EL_TORITO | CODE, "bUc" },
	{ "a boot catalog whose checksum is wrong", CD | EL_TORITO | BAD_CATALOG, "c" },
	{ "a boot image that is not on the disk", CD | EL_TORITO | FAR_IMAGE, "c" },
	{ "a FAT without partitions", PLAIN_FAT, "u" },
};

static void check_case(size_t i)
{
	struct detected found;
	char got[4], want[4] = "", what[128];
	const char *p;
	size_t n = 0;

	make(cases[i].parts);
	found = look(SIZE);
	snprintf(got, sizeof(got), "%s%s%s", found.bios ? "b" : "", found.uefi ? "u" : "",
		 found.cd ? "c" : "");
	/* Neither a BIOS nor a CD's boot image starts from blocks of 4096 bytes */
	for (p = cases[i].found; *p; p++)
		if ((*p != 'b' && *p != 'U') || block == 512)
			want[n++] = *p == 'U' ? 'u' : *p;
	want[n] = 0;
	snprintf(what, sizeof(what), "blocks of %u bytes: %s", block, cases[i].what);
	check(!strcmp(got, want), what);
}

/* A header that holds, with values that no table has */
static void check_values(void)
{
	static const struct { __u64 entries; __u32 nr, entry; } values[] = {
		{ 2, 0, 128 }, { 2, 128, 0 }, { 2, 128, 64 }, { 2, 128, 192 }, { 2, 1, 8192 },
		{ 2, 100000, 128 }, { 4000, 1000, 256 },
	};
	bool fine = true;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(values); i++) {
		make(GPT | HAS_ESP | BAD_COPY);
		header(1, 2, 128, 128);
		put(block + 72, values[i].entries, 8);
		put(block + 80, values[i].nr, 4);
		put(block + 84, values[i].entry, 4);
		put(block + 16, 0, 4);
		put(block + 16, crc_of(image + block, 92), 4);
		fine &= !look(SIZE).uefi;
	}
	check(fine, "a table of no entries, of none that fit, or of too many is none");
}

static void check_sizes(void)
{
	bool fine = true;
	__u64 size;

	make(GPT | HAS_ESP | HAS_BIOS | CODE);
	for (size = 0; size < 128 * 1024; size += 509)
		look(size);
	fine &= !look(0).bios && !look(511).bios && look(512).bios;
	/* Fields lead past the end of a disk that says that it is larger */
	fine &= !outside;
	check(fine, "disks that are cut off");
}

/* As many ESPs as entries fit, none with a FAT: the most that can be read */
static void check_most(void)
{
	unsigned int i;

	make(0);
	for (i = 0; i < 2048; i++)
		partition(i, ESP, 1000);
	mbr(false, 0xee, 1);
	header(1, 2, 2048, 128);
	check(!look(SIZE).uefi && total > 256 * KIB && total < READ_MAX,
	      "2,048 system partitions are looked at, and no more");
}

/* ---- Random changes ---- */

static void damage(void)
{
	static const size_t places[] = { 0, 440, 512, 1024, 4096, 8192, ESP_AT * 512, SIZE - 512,
		0x8800, CATALOG_AT * 2048, IMAGE_AT * 2048 };
	size_t at = places[random() % ARRAY_SIZE(places)] + random() % 512;

	image[at % SIZE] = random() % 4 ? 1U << random() % 8 : random();
}

/* The checksums hold again, most of the time: what is behind them is to be reached. */
static void repair(void)
{
	__u32 nr = get(image + block + 80, 4), entry = get(image + block + 84, 4);
	__u64 entries = get(image + block + 72, 8);

	if (entry && nr < SIZE / entry && entries < SIZE / block &&
	    entries * block + (__u64)nr * entry <= SIZE)
		put(block + 88, crc_of(image + entries * block, (size_t)nr * entry), 4);
	put(block + 16, 0, 4);
	put(block + 16, crc_of(image + block, 92), 4);
}

static void mutate(unsigned long rounds)
{
	unsigned long i, started = 0;
	unsigned int n;
	__u64 most = 0;

	for (i = 0; i < rounds; i++) {
		struct detected found;

		block = i % 2 ? 512 : 4096;
		make(cases[i / 2 % ARRAY_SIZE(cases)].parts);
		for (n = 1 + random() % 6; n; n--)
			damage();
		if (random() % 4)
			repair();
		found = look(random() % 8 ? SIZE : (unsigned int)random() % SIZE);
		started += found.bios || found.uefi;
		if (total > most)
			most = total;
	}
	check(!outside && most < READ_MAX, "damaged images: a bounded look");
	printf("# %lu damaged images, %lu to start, %llu bytes read at most\n", rounds, started,
	       most);
	check(started > rounds / 4 && started < rounds, "some of them can be started");
}

int main(int argc, char **argv)
{
	unsigned long rounds = argc == 2 ? strtoul(argv[1], NULL, 10) : 0;
	size_t i;

	if (!rounds) {
		fprintf(stderr, "Usage: detect ROUNDS\n");
		return 2;
	}
	for (block = 512; block <= 4096; block *= 8) {
		for (i = 0; i < ARRAY_SIZE(cases); i++)
			check_case(i);
		check_values();
	}
	block = 512;
	check_sizes();
	check_most();
	mutate(rounds);
	printf("1..%u\n# %u passed, %u failed\n", tests, tests - failed, failed);
	return failed != 0;
}
