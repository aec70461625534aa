// SPDX-License-Identifier: GPL-2.0
/*
 * Usage: nor ROUNDS
 *
 * The flash chip of UEFI's variables: sequences of a table, good and bad, and OVMF's own; volumes.
 * Then ROUNDS writes and reads of any kind, after each of which the chip is in a state that a
 * snapshot takes, no bit has gone from 0 to 1 but by an erase, no block has changed but one that is
 * dirty, and a copy that was made at any moment does the same. And states of rubbish. ASan and
 * UBSan have nothing to say.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "firmware/nor.h"
#include "firmware/volume.h"
#include "test/points.h"

#define BLOCKS	4
#define SIZE	(BLOCKS * NOR_BLOCK)

/* Of its own size, so that ASan sees what is behind it */
static __u8 *bytes;
static struct nor chip;

static void fresh(__u8 value)
{
	memset(bytes, value, SIZE);
	nor_init(&chip, bytes, SIZE);
}

static void put(__u64 offset, __u64 value)
{
	nor_write(&chip, offset, value, 1);
}

static __u64 read_wide(const struct nor *nor, __u64 offset, __u32 length)
{
	__u8 data[8] = { 0 };

	nor_read(nor, offset, data, length);
	return get(data, 8);
}

static __u64 status(void)
{
	__u64 value;

	put(0, 0x70);
	value = read_wide(&chip, 0, 1);
	put(0, 0xff);
	return value;
}

static unsigned int nr_dirty(void)
{
	unsigned int i, nr = 0;

	for (i = 0; i < NOR_BLOCKS_MAX; i++)
		nr += chip.dirty[i];
	return nr;
}

/* ---- Commands ---- */

static void check_reads(void)
{
	fresh(0x5a);
	check(read_wide(&chip, 0, 8) == 0x5a5a5a5a5a5a5a5a && nor_shows_array(&chip),
	      "at power-on reads are of the array");
	check(status() == 0x80, "it is ready");
	put(7, 0x70);
	check(read_wide(&chip, 3, 4) == 0x80808080 && !nor_shows_array(&chip),
	      "the status is at each address, in each byte");
	put(7, 0x90);
	check(read_wide(&chip, 0, 4) == 0x1889 && read_wide(&chip, 2, 8) == 0 &&
	      !nor_shows_array(&chip), "the identifier is at its first two");
	check(nor_write(&chip, 7, 0xff, 1) && nor_shows_array(&chip), "ff ends that");
	put(0, 0x90);
	check(!nor_write(&chip, 0, 0x98, 1) && nor_shows_array(&chip) && status() == 0x80,
	      "so does a command that it does not know, which is not the end of a writing");
	check(read_wide(&chip, SIZE - 2, 4) == 0xffff5a5a && read_wide(&chip, ~0ULL, 1) == 0xff,
	      "behind its end it reads as ones");
	check(!nr_dirty(), "nothing has changed");
}

static void check_program(void)
{
	fresh(0xff);
	put(5, 0x40);
	put(5, 0xf0);
	put(5, 0x10);
	put(5, 0x3f);
	check(bytes[5] == 0x30 && bytes[4] == 0xff && bytes[6] == 0xff && status() == 0x80,
	      "10 and 40 program a byte, to zeros alone");
	check(chip.dirty[0] && nr_dirty() == 1, "its block is dirty");
	put(NOR_BLOCK, 0x10);
	nor_write(&chip, NOR_BLOCK + 2, 0x1122334455667788, 8);
	check(get(bytes + NOR_BLOCK + 2, 8) == 0x1122334455667788 && chip.dirty[1],
	      "or as many bytes as the write has");
	memset(chip.dirty, 0, sizeof(chip.dirty));
	put(5, 0x10);
	put(5, 0xff);
	check(bytes[5] == 0x30 && !nr_dirty(), "what does not change is not dirty");
	put(0, 0x10);
	check(!nor_write(&chip, 9, 0xff, 1) && status() == 0x80, "ff can be programmed");
	put(0, 0x10);
	nor_write(&chip, SIZE - 1, 0, 8);
	put(0, 0x10);
	nor_write(&chip, ~0ULL - 3, 0, 8);
	check(bytes[SIZE - 1] == 0 && bytes[0] == 0xff, "not behind its end");
}

static void check_erase(void)
{
	unsigned int i, wrong = 0;

	fresh(0);
	put(0, 0x20);
	put(NOR_BLOCK + 77, 0xd0);
	for (i = 0; i < SIZE; i++)
		wrong += bytes[i] != (i / NOR_BLOCK == 1 ? 0xff : 0);
	check(!wrong && chip.dirty[1] && nr_dirty() == 1, "20, d0 erases one block");
	check(status() == 0x80 && nor_shows_array(&chip), "and it is ready");
	put(0, 0x20);
	put(0, 0xff);
	check(bytes[0] == 0 && status() == 0xb0, "20 without d0 is an error");
	put(0, 0x20);
	put(0, 0xd0);
	check(status() == 0xb0 && bytes[0] == 0xff, "which stays until it is cleared");
	put(0, 0x50);
	check(status() == 0, "50 clears it");
	put(0, 0x20);
	put(0, 0xd0);
	check(status() == 0x80, "the next sequence's end is \"ready\" again");
	put(0, 0x20);
	put(SIZE, 0xd0);
	check(status() == 0x80 && bytes[SIZE - 1] == 0, "behind its end there is no block");
}

/* e8 at @start, for @count bytes of which the first are from @data, and then @confirm */
static void buffered(__u64 start, unsigned int count, const __u8 *data, unsigned int given,
		     __u8 confirm)
{
	unsigned int i;

	put(start, 0xe8);
	put(start, count - 1);
	for (i = 0; i < given; i++)
		put(start + i, data[i]);
	put(start, confirm);
}

static void check_buffer(void)
{
	__u8 data[NOR_BUFFER];
	unsigned int i;

	for (i = 0; i < NOR_BUFFER; i++)
		data[i] = i * 3;
	fresh(0xff);
	buffered(100, NOR_BUFFER, data, NOR_BUFFER, 0xd0);
	check(!memcmp(bytes + 100, data, NOR_BUFFER) && status() == 0x80, "256 bytes by e8");
	fresh(0x0f);
	buffered(NOR_BLOCK - 1, 1, (__u8[]){ 0x3c }, 1, 0xd0);
	check(bytes[NOR_BLOCK - 1] == 0x0c && nr_dirty() == 1, "one byte, to zeros alone");
	fresh(0xff);
	buffered(8, 4, data, 4, 0xff);
	check(bytes[9] == 0xff && status() == 0xb0, "without d0 it is an error");
	fresh(0xff);
	buffered(NOR_BLOCK - 2, 4, data, 1, 0xff);
	check(status() == 0xb0 && !nr_dirty(), "nor do bytes of two blocks go together");
	fresh(0xff);
	put(64, 0xe8);
	put(64, 7);
	put(64, 1);
	put(63, 2);
	check(status() == 0xb0 && !nr_dirty(), "nor bytes before the first one");
	fresh(0xff);
	put(64, 0xe8);
	put(64, 7);
	nor_write(&chip, 64, 0x04030201, 4);
	nor_write(&chip, 68, 0x08070605, 4);
	put(64, 0xd0);
	check(get(bytes + 64, 8) == 0x0807060504030201 && status() == 0x80, "wide writes go in");
	fresh(0xff);
	put(64, 0xe8);
	put(64, 7);
	nor_write(&chip, 66, 0, 8);
	check(!nr_dirty() && nor_shows_array(&chip), "which waits for d0");
	put(66, 0xd0);
	check(!get(bytes + 66, 8) && bytes[65] == 0xff && status() == 0x80, "one is enough");
}

/* As in OVMF's QemuFlash.c */
static void check_ovmf(void)
{
	unsigned int i;
	bool ended = false;

	fresh(0xff);
	put(0, 0x50);
	check(read_wide(&chip, 0, 1) == 0xff, "OVMF's probe: it is not RAM");
	put(0, 0x70);
	check(read_wide(&chip, 0, 1) == 0, "nor a ROM");
	put(0, 0xff);
	for (i = 0; i < 16; i++) {
		put(i, 0x10);
		put(i, "keel's variables"[i]);
	}
	ended = nor_write(&chip, 15, 0xff, 1);
	check(ended && !memcmp(bytes, "keel's variables", 16), "its writing, and its end");
}

/* ---- Volumes ---- */

static void check_volumes(void)
{
	static const __u8 head[] =
		"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
		"\x8d\x2b\xf1\xff\x96\x76\x8b\x4c\xa9\x85\x27\x47\x07\x5b\x4f\x50"
		"\0\x20\0\0\0\0\0\0_FVH";
	__u8 *volume = calloc(1, 8192), *cut;
	unsigned int i;
	bool fine = true;

	memcpy(volume, head, sizeof(head));
	check(volume_size(volume, 8192) == 8192, "a volume of variables");
	check(!volume_size(volume, 8191), "not all of it");
	for (i = 0; i < 64; i++) {
		cut = malloc(i);
		memcpy(cut, volume, i);
		fine &= !volume_size(cut, i);
		free(cut);
	}
	check(fine, "files that are cut off");
	for (i = 16; i < 44; i++) {
		volume[i] ^= 0xff;
		fine &= !volume_size(volume, 8192);
		volume[i] ^= 0xff;
	}
	check(fine, "another type, length or signature");
	volume[33] = 0;
	check(!volume_size(volume, 8192), "no byte long");
	free(volume);
}

/* ---- Anything ---- */

static __u64 any_offset(void)
{
	switch (random() % 8) {
	case 0:
		return SIZE - 8 + random() % 16;
	case 1:
		return (__u64)random() << 33;
	default:
		return random() % BLOCKS * NOR_BLOCK + random() % 2 * (NOR_BLOCK - 16) +
		       random() % 16;
	}
}

static __u64 any_value(void)
{
	static const __u8 likely[] = { 0x10, 0x40, 0x20, 0xd0, 0xe8, 0x50, 0x70, 0x90, 0xff, 3 };
	__u64 value = (__u64)random() << 40 ^ (__u64)random() << 16 ^ random();

	return random() % 8 ? likely[random() % ARRAY_SIZE(likely)] | value << 8 : value;
}

/* Bits that have gone from 0 to 1, blocks that have changed without being dirty */
static bool explained(const __u8 *before, bool erases)
{
	unsigned int i, blocks = 0, last = BLOCKS;

	for (i = 0; i < SIZE; i++) {
		if (bytes[i] == before[i])
			continue;
		if (!chip.dirty[i / NOR_BLOCK] || (!erases && bytes[i] & ~before[i]))
			return false;
		blocks += i / NOR_BLOCK != last;
		last = i / NOR_BLOCK;
	}
	return blocks <= 2;	/* a write of 8 bytes can be in two */
}

static bool same(const struct nor *a, const struct nor *b)
{
	return !memcmp(&a->state, &b->state, sizeof(a->state)) &&
	       !memcmp(a->bytes, b->bytes, SIZE);
}

static void copy(struct nor *twin, __u8 *twins)
{
	memcpy(twins, bytes, SIZE);
	nor_init(twin, twins, SIZE);
	twin->state = chip.state;
}

static bool one_write(struct nor *twin)
{
	static __u8 before[SIZE];
	__u64 offset = any_offset(), value = any_value();
	__u32 length = 1U << random() % 4;
	bool erases = chip.state.mode == NOR_ERASE, ended;

	memcpy(before, bytes, SIZE);
	ended = nor_write(&chip, offset, value, length);
	return ended == nor_write(twin, offset, value, length) && explained(before, erases) &&
	       nor_state_sane(&chip.state, SIZE);
}

static void fuzz(unsigned long rounds)
{
	__u8 *twins = malloc(SIZE);
	unsigned long i, programmed = 0;
	static struct nor twin;
	bool fine = true;

	fresh(0xff);
	copy(&twin, twins);
	for (i = 0; i < rounds && fine; i++) {
		__u64 offset = any_offset();
		__u32 length = 1 + random() % 8;

		if (!(random() % 64))
			copy(&twin, twins);
		fine = one_write(&twin) && same(&chip, &twin) &&
		       read_wide(&chip, offset, length) == read_wide(&twin, offset, length);
		programmed += nr_dirty() != 0;
		memset(chip.dirty, 0, sizeof(chip.dirty));
	}
	check(fine, "writes of any kind, and a copy that does the same");
	printf("# %lu of %lu writes have changed a byte\n", programmed, rounds);
	check(programmed > rounds / 50, "many of them change something");
	free(twins);
}

/* What a snapshot has is checked; what passes that is harmless. */
static void rubbish(unsigned long rounds)
{
	unsigned long i, sane = 0;
	unsigned int n;
	__u8 *at;

	fresh(0xff);
	for (i = 0; i < rounds; i++) {
		struct nor_state state = {
			.mode = random() % (NOR_MODES + 1), .status = random() % 0x120,
			.start = random() % (SIZE + 64), .count = random() % (NOR_BUFFER + 16),
			.filled = random() % (NOR_BUFFER + 16),
		};

		at = (__u8 *)&state;
		if (!(random() % 8))
			at[random() % sizeof(state)] = random();
		if (!nor_state_sane(&state, SIZE))
			continue;
		sane++;
		chip.state = state;
		for (n = 0; n < 6; n++)
			nor_write(&chip, any_offset(), any_value(), 1U << random() % 4);
		if (!nor_state_sane(&chip.state, SIZE))
			break;
	}
	check(i == rounds && sane > rounds / 50 && sane < rounds,
	      "states of rubbish: refused, or the chip goes on from there");
}

int main(int argc, char **argv)
{
	unsigned long rounds = argc == 2 ? strtoul(argv[1], NULL, 10) : 0;

	if (!rounds) {
		fprintf(stderr, "Usage: nor ROUNDS\n");
		return 2;
	}
	bytes = malloc(SIZE);
	check_reads();
	check_program();
	check_erase();
	check_buffer();
	check_ovmf();
	check_volumes();
	fuzz(rounds);
	rubbish(rounds);
	free(bytes);
	printf("1..%u\n# %u passed, %u failed\n", tests, tests - failed, failed);
	return failed != 0;
}
