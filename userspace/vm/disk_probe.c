// SPDX-License-Identifier: GPL-2.0
/*
 * What is in the file behind a disk: another format than raw, and the sizes of the blocks
 * that it can be read and written in.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base.h"
#include "config/table.h"
#include "status.h"
#include "vm/disk_probe.h"

#define PROBE	4096	/* bytes that are read at a time: O_DIRECT takes them everywhere */

/* ---- Formats ---- */

/**
 * struct disk_format - a format that is not raw, as its files begin.
 * @name:   for people
 * @tool:   what qemu-img knows it by
 * @offset: where @magic is
 * @length: of it
 * @magic:  bytes
 */
struct disk_format {
	const char *name;
	const char *tool;
	unsigned int offset;
	unsigned int length;
	const char *magic;
};

static const struct disk_format formats[] = {
	{ "qcow2", "qcow2", 0, 4, "QFI\xfb" },
	{ "vmdk", "vmdk", 0, 4, "KDMV" },
	{ "vmdk", "vmdk", 0, 21, "# Disk DescriptorFile" },
	{ "vhdx", "vhdx", 0, 8, "vhdxfile" },
	{ "vhd", "vpc", 0, 8, "conectix" },
	{ "vdi", "vdi", 64, 4, "\x7f\x10\xda\xbe" },
};

/* A fixed vhd is raw, but for its last sector. */
static const struct disk_format footer = { "vhd", "vpc", 0, 8, "conectix" };

static bool is_format(const struct disk_format *format, const __u8 *data)
{
	return !memcmp(data + format->offset, format->magic, format->length);
}

/* What cannot be read is no format; the guest will see. */
static void read_probe(int fd, __u64 offset, __u8 data[PROBE])
{
	memset(data, 0, PROBE);
	if (pread(fd, data, PROBE, offset) < 0)
		memset(data, 0, PROBE);
}

/* Without moving the descriptor, which may be the caller's. 0: it is neither kind. */
static __u64 size_of(int fd)
{
	struct stat st;
	__u64 size = 0;

	if (fstat(fd, &st))
		return 0;
	if (S_ISREG(st.st_mode))
		return st.st_size;
	return S_ISBLK(st.st_mode) && !ioctl(fd, BLKGETSIZE64, &size) ? size : 0;
}

static const struct disk_format *find_format(int fd)
{
	static __u8 data[PROBE] __aligned(PROBE);
	__u64 end = size_of(fd);
	size_t i;

	read_probe(fd, 0, data);
	for (i = 0; i < ARRAY_SIZE(formats); i++)
		if (is_format(&formats[i], data))
			return &formats[i];
	if (end < SECTOR || end % SECTOR)
		return NULL;
	end -= SECTOR;
	read_probe(fd, end / PROBE * PROBE, data);
	return is_format(&footer, data + end % PROBE) ? &footer : NULL;
}

/* disk_check_raw() - dies if the file @path, open as @fd, is in another format */
void disk_check_raw(const char *path, int fd)
{
	const struct disk_format *format = find_format(fd);

	if (format)
		die(STATUS_DISK,
		    "--disk: %s is a %s image, but Keel needs a raw one: \"qemu-img convert -f %s -O raw %s NEW\" makes one; format=raw uses the file as it is",
		    path, format->name, format->tool, path);
}

/* ---- Geometry ---- */

static bool is_power(__u32 n)
{
	return n && !(n & (n - 1));
}

/* Older kernels do not say what O_DIRECT takes: but they refuse a single sector, or not. */
static __u32 direct_block(int fd)
{
	static __u8 data[PROBE] __aligned(PROBE);
#ifdef STATX_DIOALIGN
	struct statx stx;

	if (!statx(fd, "", AT_EMPTY_PATH, STATX_DIOALIGN, &stx) &&
	    stx.stx_mask & STATX_DIOALIGN && is_power(stx.stx_dio_offset_align))
		return stx.stx_dio_offset_align;
#endif
	return pread(fd, data, SECTOR, SECTOR) < 0 && errno == EINVAL ? PROBE : SECTOR;
}

static void probe_file(int fd, bool direct, const struct stat *st, struct disk_geometry *geometry)
{
	__u32 block = direct ? direct_block(fd) : SECTOR;

	if (block > geometry->block)
		geometry->block = block;
	/* The file system's block, unless that is only what it likes to be sent. */
	geometry->physical = is_power(st->st_blksize) && st->st_blksize <= PROBE ?
			     st->st_blksize : PROBE;
	geometry->min_io = geometry->physical;
}

static void probe_device(const char *path, int fd, struct disk_geometry *geometry)
{
	unsigned int physical, min_io, opt_io;
	int block, offset;

	if (ioctl(fd, BLKSSZGET, &block))
		die(STATUS_DISK, "--disk: %s: %s", path, strerror(errno));
	geometry->block = block;
	if (!ioctl(fd, BLKPBSZGET, &physical))
		geometry->physical = physical;
	if (!ioctl(fd, BLKIOMIN, &min_io))
		geometry->min_io = min_io;
	if (!ioctl(fd, BLKIOOPT, &opt_io))
		geometry->opt_io = opt_io;
	if (!ioctl(fd, BLKALIGNOFF, &offset) && offset > 0)
		geometry->offset = offset;
}

/**
 * disk_probe() - how large is it, and in what pieces can it be read and written?
 * @path:     for messages
 * @fd:       of a file or a block device
 * @direct:   past the page cache, which would take pieces of any size
 * @geometry: result
 */
void disk_probe(const char *path, int fd, bool direct, struct disk_geometry *geometry)
{
	struct stat st;

	memset(geometry, 0, sizeof(*geometry));
	geometry->size = size_of(fd);
	geometry->block = SECTOR;
	geometry->physical = SECTOR;
	if (fstat(fd, &st))
		die(STATUS_DISK, "--disk: %s: %s", path, strerror(errno));
	if (S_ISREG(st.st_mode))
		probe_file(fd, direct, &st, geometry);
	else if (S_ISBLK(st.st_mode))
		probe_device(path, fd, geometry);
	else
		die(STATUS_DISK, "--disk: %s: neither a file nor a block device", path);
}
