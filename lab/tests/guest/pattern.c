// SPDX-License-Identifier: GPL-2.0
/*
 * pattern write FILE MIB SEED - fill it with words that depend on position and SEED
 * pattern check FILE MIB SEED - does it hold these words, and not a byte more?
 *
 * Both print a checksum of the data written, or read.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/types.h>

#define MIB	0x100000
#define WORDS	(MIB / sizeof(__u64))

static __u64 block[WORDS], sum;

static void fail(const char *what)
{
	fprintf(stderr, "pattern: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* A bijection of the position, so that no two words are equal (Knuth's 64-bit multiplier) */
static __u64 word(__u64 seed, __u64 place)
{
	return (seed << 40 ^ place) * 6364136223846793005ULL;
}

static void add_up(void)
{
	size_t i;

	for (i = 0; i < WORDS; i++)
		sum = (sum << 7 | sum >> 57) + block[i];
}

static void write_all(int fd, __u64 blocks, __u64 seed)
{
	__u64 b;
	size_t i;

	for (b = 0; b < blocks; b++) {
		for (i = 0; i < WORDS; i++)
			block[i] = word(seed, b * WORDS + i);
		add_up();
		if (write(fd, block, MIB) != MIB)
			fail("write");
	}
	if (fsync(fd))
		fail("fsync");
}

static void read_block(int fd)
{
	size_t at;
	ssize_t n;

	for (at = 0; at < MIB; at += n) {
		n = read(fd, (char *)block + at, MIB - at);
		if (n < 0)
			fail("read");
		if (!n) {
			fprintf(stderr, "pattern: it ends early\n");
			exit(1);
		}
	}
}

static void check_all(int fd, __u64 blocks, __u64 seed)
{
	__u64 b;
	size_t i;

	for (b = 0; b < blocks; b++) {
		read_block(fd);
		add_up();
		for (i = 0; i < WORDS; i++) {
			if (block[i] == word(seed, b * WORDS + i))
				continue;
			fprintf(stderr, "pattern: at byte %llu is %#llx, not %#llx\n",
				b * MIB + i * sizeof(*block),
				block[i],
				word(seed, b * WORDS + i));
			exit(1);
		}
	}
	if (read(fd, block, 1)) {
		fprintf(stderr, "pattern: it does not end\n");
		exit(1);
	}
}

int main(int argc, char **argv)
{
	int writes = argc == 5 && !strcmp(argv[1], "write"), fd;

	if (!writes && (argc != 5 || strcmp(argv[1], "check"))) {
		fprintf(stderr, "usage: pattern write|check FILE MIB SEED\n");
		return 2;
	}
	fd = open(argv[2], writes ? O_WRONLY | O_CREAT | O_TRUNC : O_RDONLY, 0666);
	if (fd < 0)
		fail(argv[2]);
	if (writes)
		write_all(fd, strtoul(argv[3], NULL, 0), strtoul(argv[4], NULL, 0));
	else
		check_all(fd, strtoul(argv[3], NULL, 0), strtoul(argv[4], NULL, 0));
	printf("%016llx\n", sum);
	return 0;
}
