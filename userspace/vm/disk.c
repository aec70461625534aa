// SPDX-License-Identifier: GPL-2.0
/*
 * Disks: the file behind each, which no other process may write to and
 * which has to be raw. Keel is told the geometry that disk_probe.c finds.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base.h"
#include "config/config.h"
#include "config/disk.h"
#include "config/table.h"
#include "config/virtio.h"
#include "status.h"
#include "uapi/keel.h"
#include "vm/disk.h"
#include "vm/disk_probe.h"
#include "vm/lock.h"
#include "vm/open.h"
#include "vm/vm.h"

#define BLOCK_MAX	4096	/* Linux takes no blocks larger than its pages */

/* ---- One user at a time ---- */

static __noreturn void failed(const struct disk_config *disk)
{
	die(errno == EACCES || errno == EPERM ? STATUS_PERMISSION : STATUS_DISK,
	    "--disk: %s: %s", disk->file.text, strerror(errno));
}

static __noreturn void in_use(const struct disk_config *disk, const char *by)
{
	die(STATUS_DISK, "--disk: %s is in use by %s; lock=off skips this check",
	    disk->file.text, by);
}

static struct stat stat_path(const struct disk_config *disk)
{
	struct stat st;

	if (stat(disk->file.text, &st))
		failed(disk);
	if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode))
		die(STATUS_DISK, "--disk: %s: neither a file nor a block device", disk->file.text);
	return st;
}

/* A block device can be a mounted file system's, an array's, or a volume group's as well. */
static int open_path(const struct disk_config *disk)
{
	int flags = O_CLOEXEC | O_NOCTTY | (disk->read_only ? O_RDONLY : O_RDWR) |
		    (disk->direct ? O_DIRECT : 0);
	struct stat st = stat_path(disk);
	unsigned int steps = 0;
	int fd;

	if (S_ISBLK(st.st_mode) && !disk->read_only && disk->lock == LOCK_ON)
		flags |= O_EXCL;
	do {
		fd = open(disk->file.text, flags);
	} while (fd < 0 && errno == EBUSY && flags & O_EXCL && lock_patient(&steps));
	if (fd < 0 && errno == EBUSY && flags & O_EXCL)
		in_use(disk, "a file system or another VM");
	if (fd < 0 && errno == EINVAL && disk->direct)
		die(STATUS_DISK, "--disk: %s: its file system has no O_DIRECT (direct)",
		    disk->file.text);
	if (fd < 0)
		failed(disk);
	return fd;
}

/* What it was opened with is the caller's business; what it lacks is not made up for. */
static int take_fd(struct disk_config *disk)
{
	int fd = open_descriptor("disk", disk->file.fd);
	int mode = fcntl(fd, F_GETFL);

	if ((mode & O_ACCMODE) == O_WRONLY)
		die(STATUS_WRONG_FD, "--disk: %s is not open for reading", disk->file.text);
	if ((mode & O_ACCMODE) == O_RDONLY && !disk->read_only)
		die(STATUS_WRONG_FD, "--disk: %s is open for reading only: add ro",
		    disk->file.text);
	if (!(mode & O_DIRECT) && disk->direct)
		die(STATUS_WRONG_FD, "--disk: %s is not open with O_DIRECT (direct)",
		    disk->file.text);
	disk->direct = mode & O_DIRECT;
	return fd;
}

/* Locks of an open file's are not told from those of its other descriptors. */
static bool same(const struct stat *a, const struct stat *b)
{
	if (S_ISBLK(a->st_mode) && S_ISBLK(b->st_mode))
		return a->st_rdev == b->st_rdev;
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* Is it a disk of this VM's that comes before it, and does one of the two write? */
static void check_others(const struct vm *vm, const struct disk_config *disk, int fd)
{
	struct stat a, b;
	unsigned int i;
	char by[600];

	if (fstat(fd, &a))
		failed(disk);
	for (i = 0; i < vm->nr_disks; i++) {
		const struct disk_config *other = &vm->config->disks[i];

		if (vm->disks[i].fd < 0 || other->lock == LOCK_OFF ||
		    (other->read_only && disk->read_only) ||
		    fstat(vm->disks[i].fd, &b) || !same(&a, &b))
			continue;
		snprintf(by, sizeof(by), "another disk of this VM (%s)", other->file.text);
		in_use(disk, by);
	}
}

static void lock_disk(const struct disk_config *disk, int fd)
{
	int error = lock_file(fd, !disk->read_only);

	if (error == EBUSY)
		in_use(disk, "another VM");
	if (error)
		die(STATUS_DISK, "--disk: %s cannot be locked: %s; lock=off skips the lock",
		    disk->file.text, strerror(error));
}

/* @vm: whose disk it is to be, or NULL: another process'. */
static int open_disk(const struct vm *vm, struct disk_config *disk)
{
	int fd = disk->file.fd >= 0 ? take_fd(disk) : open_path(disk);

	if (disk->lock == LOCK_ON) {
		if (vm)
			check_others(vm, disk, fd);
		lock_disk(disk, fd);
	}
	/* A restored guest's disk was raw, even if it has another format's head by now. */
	if (disk->format == FORMAT_DETECT && !(vm && vm->config->restore))
		disk_check_raw(disk->file.text, fd);
	return fd;
}

/* ---- What the guest is told ---- */

static __u32 choose_block(const struct disk_config *disk, const struct disk_geometry *geometry)
{
	const __u32 block = disk->block == BLOCK_512 ? SECTOR : BLOCK_MAX;

	if (geometry->block > BLOCK_MAX)
		die(STATUS_DISK, "--disk: %s: blocks of %u bytes; guests know %d at most",
		    disk->file.text, geometry->block, BLOCK_MAX);
	if (disk->block == BLOCK_DETECT)
		return geometry->block;
	if (block < geometry->block)
		die(STATUS_DISK, "--disk: %s: block_size=%u is less than its blocks of %u bytes",
		    disk->file.text, block, geometry->block);
	return block;
}

/* Logarithm of how many blocks are in a physical one */
static __u8 exponent(__u32 physical, __u32 block)
{
	__u8 n = 0;

	while (n < 15 && physical >> (n + 1) >= block)
		n++;
	return n;
}

static void tell_topology(const struct disk_geometry *geometry, struct keel_attach_blk *blk)
{
	__u32 min_io = geometry->min_io / blk->block_size;
	__u32 offset = geometry->offset / blk->block_size;

	blk->physical_block_exp = exponent(geometry->physical, blk->block_size);
	blk->alignment_offset = offset <= UINT8_MAX ? offset : 0;
	blk->min_io_size = min_io <= UINT16_MAX ? min_io : 0;
	blk->opt_io_size = geometry->opt_io / blk->block_size;
}

static void tell(const struct disk_config *disk, struct keel_attach_blk *blk)
{
	struct disk_geometry geometry;

	disk_probe(disk->file.text, blk->fd, disk->direct, &geometry);
	blk->block_size = choose_block(disk, &geometry);
	blk->capacity = geometry.size / blk->block_size * (blk->block_size / SECTOR);
	if (!blk->capacity)
		die(STATUS_DISK, "--disk: %s: less than a block of %u bytes", disk->file.text,
		    blk->block_size);
	tell_topology(&geometry, blk);
	if (!disk->read_only)
		blk->discard_alignment = PAGE / SECTOR;
}

/**
 * disk_look() - open what is to be behind a disk, only to look at it; dies if it is no good.
 * @disk:     as wanted
 * @geometry: result
 *
 * Return: a descriptor, which has no lock: others may use the file as well.
 */
int disk_look(const struct disk_config *disk, struct disk_geometry *geometry)
{
	int fd;

	if (disk->file.fd >= 0) {
		fd = fcntl(open_descriptor("disk", disk->file.fd), F_DUPFD_CLOEXEC, 0);
	} else {
		stat_path(disk);
		fd = open(disk->file.text, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	}
	if (fd < 0)
		failed(disk);
	if (disk->format == FORMAT_DETECT)
		disk_check_raw(disk->file.text, fd);
	disk_probe(disk->file.text, fd, disk->direct, geometry);
	geometry->block = choose_block(disk, geometry);
	return fd;
}

/* What is behind a disk is open, and all is told but which device it is. */
static void prepare(struct disk_config *disk, struct keel_attach_blk *request)
{
	tell(disk, request);
	if (disk->on_full == FULL_STOP && !disk->read_only)
		request->flags = KEEL_BLK_STOP_WHEN_FULL;
	if (disk->id)
		memcpy(request->serial, disk->id, strlen(disk->id));
}

/**
 * disk_prepare() - open what is to be behind a disk of another process' VM; dies if it is no good.
 * @disk:    as wanted
 * @request: result, with its descriptor: all but the device
 */
void disk_prepare(struct disk_config *disk, struct keel_attach_blk *request)
{
	request->size = sizeof(*request);
	request->fd = open_disk(NULL, disk);
	prepare(disk, request);
}

/**
 * disk_attach() - open what is behind a disk, and hand it to Keel.
 * @vm:       the VM; knows the disk from here on
 * @device:   the disk; a slot that is empty is known, too
 * @instance: its number
 */
void disk_attach(struct vm *vm, const struct virtio *device, unsigned int instance)
{
	struct disk *known = &vm->disks[vm->nr_disks];
	struct disk_config disk = *device->disk;
	struct keel_attach_blk request = {
		.size = sizeof(request), .class = device->class, .instance = instance,
		.server = instance, .serve = device->serve,
	};

	if (!disk.file.text) {
		known->fd = -1;
		vm->nr_disks++;
		return;
	}
	request.fd = open_disk(vm, &disk);
	known->fd = request.fd;
	prepare(&disk, &request);
	known->told = (struct disk_told){
		.capacity = request.capacity, .block_size = request.block_size,
		.read_only = disk.read_only,
	};
	vm->nr_disks++;
	if (ioctl(vm->keel, KEEL_ATTACH_BLK, &request))
		die(STATUS_DISK, "--disk: %s: KEEL_ATTACH_BLK: %s", disk.file.text,
		    strerror(errno));
}

/**
 * disk_restored() - is what is behind a disk what it was when the VM was saved? Dies if not.
 * @vm:       new; its disks are attached
 * @nr:       number of the disk
 * @before:   what the guest was told then
 */
void disk_restored(const struct vm *vm, unsigned int nr, const struct disk_told *before)
{
	const struct disk_told *now = &vm->disks[nr].told;
	const char *path = vm->config->disks[nr].file.text;

	if (now->capacity != before->capacity)
		die(STATUS_DISK, "--disk: %s has %llu bytes, and had %llu when the VM was saved",
		    path, now->capacity * SECTOR, before->capacity * SECTOR);
	if (now->block_size != before->block_size)
		die(STATUS_DISK, "--disk: %s has blocks of %u bytes, and had %u when it was saved",
		    path, now->block_size, before->block_size);
	if (now->read_only != before->read_only)
		die(STATUS_DISK, "--disk: %s is %s, and was not when the VM was saved", path,
		    now->read_only ? "read-only" : "writable");
}
