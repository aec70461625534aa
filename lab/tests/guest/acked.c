// SPDX-License-Identifier: GPL-2.0
/*
 * Writes data that must survive a power cut, and then acknowledges it:
 *
 * acked file DISK FOLDER NAME BYTES        - a file, synced, and then given its name
 * acked record DISK DEVICE WRITER SEQ HOW  - a record in the writer's two places by turns;
 *                                            HOW: fdatasync, dsync, direct; or "zero":
 *                                            its other place is zeroed afterwards
 *
 * The contents are one line, repeated, which replay_power.py checks.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define RECORD	4096
#define MOST	1048576

static char *data;

static void fail(const char *what)
{
	fprintf(stderr, "acked: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void fill(const char *name, const char *number, size_t size)
{
	char line[80];
	size_t i, length = snprintf(line, sizeof(line), "%s %s\n", name, number);

	for (i = 0; i < size; i++)
		data[i] = line[i % length];
}

static void put(int fd, size_t size, off_t at)
{
	if (pwrite(fd, data, size, at) != (ssize_t)size)
		fail("write");
}

/* Prints a line in one write, so that lines of other processes do not mix with it */
static void acknowledge(const char *disk, const char *name, const char *number)
{
	char line[120];
	int length = snprintf(line, sizeof(line), "@ ack %s %s %s\n", disk, name, number);

	if (write(STDOUT_FILENO, line, length) != length)
		fail("acknowledge");
}

static void write_file(const char *folder, const char *name, const char *bytes)
{
	int at = open(folder, O_RDONLY | O_DIRECTORY);
	size_t size = strtoul(bytes, NULL, 10);
	char temporary[80];
	int fd;

	snprintf(temporary, sizeof(temporary), "%s.new", name);
	fd = openat(at, temporary, O_WRONLY | O_CREAT | O_EXCL, 0644);
	if (fd < 0 || size > MOST)
		fail("open");
	fill(name, bytes, size);
	put(fd, size, 0);
	if (fsync(fd) || renameat(at, temporary, at, name) || fsync(at))
		fail("sync");
}

static void write_record(const char *device, const char *writer, const char *seq, const char *how)
{
	int zero = !strcmp(how, "zero"), flags = zero || !strcmp(how, "fdatasync") ? 0 : O_DSYNC;
	int fd = open(device, O_RDWR | flags | (strcmp(how, "direct") ? 0 : O_DIRECT));
	unsigned long long other[] = { (2 * atol(writer) + !(atol(seq) % 2)) * RECORD, RECORD };

	if (fd < 0)
		fail("open");
	fill(writer, seq, RECORD);
	put(fd, RECORD, (2 * atol(writer) + atol(seq) % 2) * RECORD);
	if (zero && (fdatasync(fd) || ioctl(fd, BLKZEROOUT, other)))
		fail("BLKZEROOUT");
	if (!flags && fdatasync(fd))
		fail("sync");
}

int main(int argc, char **argv)
{
	data = aligned_alloc(RECORD, MOST);	/* O_DIRECT needs alignment */
	if (!data)
		fail("memory");
	if (argc == 6 && !strcmp(argv[1], "file"))
		write_file(argv[3], argv[4], argv[5]);
	else if (argc == 7 && !strcmp(argv[1], "record"))
		write_record(argv[3], argv[4], argv[5], argv[6]);
	else
		return 2;
	acknowledge(argv[2], argv[4], argv[5]);
	return 0;
}
