// SPDX-License-Identifier: GPL-2.0
/*
 * Disks: what --disk asks for, and the file behind it, which nobody else is to write to and
 * which has to be raw. What a guest is told of it is the geometry's, from disk_probe.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base.h"
#include "config/config.h"
#include "status.h"
#include "stream/hostfile.h"
#include "uapi/keel.h"
#include "vm/disk.h"
#include "vm/disk_probe.h"
#include "vm/open.h"
#include "vm/virtio.h"
#include "vm/vm.h"

#define BLK_SEG_MAX	254	/* of a request, beside its header and its status */
#define BLK_RANGES	16	/* of a discard or write-zeroes request */
#define QUEUES_MAX	16
#define BLOCK_MAX	4096	/* Linux takes no blocks larger than its pages */

/* A VM that was just killed has its disks until its last requests are over. */
#define BUSY_STEPS	20
#define BUSY_STEP_MS	50

/* A block device's configuration (VIRTIO 1.2, 5.2.4), as far as it is used. */
struct blk_config {
	__u64 capacity;
	__u32 size_max;
	__u32 seg_max;
	__u8  geometry[4];
	__u32 blk_size;
	__u8  physical_block_exp;
	__u8  alignment_offset;
	__u16 min_io_size;
	__u32 opt_io_size;
	__u8  writeback;
	__u8  unused;
	__u16 num_queues;
	__u32 max_discard_sectors;
	__u32 max_discard_seg;
	__u32 discard_sector_alignment;
	__u32 max_write_zeroes_sectors;
	__u32 max_write_zeroes_seg;
	__u8  write_zeroes_may_unmap;
	__u8  unused1[3];
} __packed;

static_assert(sizeof(struct blk_config) == 60, "VIRTIO 1.2, 5.2.4");

/* ---- The user's words ---- */

static bool parse_queues(const char *text, unsigned int *queues)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	*queues = n;
	return *text >= '1' && *text <= '9' && !*end && n <= QUEUES_MAX;
}

static bool parse_block_size(const char *text, __u32 *size)
{
	*size = !strcmp(text, "512") ? SECTOR : BLOCK_MAX;
	return *size == SECTOR || !strcmp(text, "4096");
}

static bool parse_id(const char *text, struct virtio *disk)
{
	if (strlen(text) > sizeof(disk->id))
		return false;
	memcpy(disk->id, text, strlen(text));
	return true;
}

/* Words that are a flag each */
static bool parse_flag(const char *word, struct virtio *disk)
{
	const struct {
		const char *word;
		bool *flag;
	} flags[] = {
		{ "ro", &disk->read_only }, { "direct", &disk->direct },
		{ "ring=split", &disk->split }, { "lock=off", &disk->unlocked },
		{ "format=raw", &disk->raw }, { "on-full=stop", &disk->stop_when_full },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		if (!strcmp(word, flags[i].word)) {
			*flags[i].flag = true;
			return true;
		}
	}
	return false;
}

static bool parse_word(const char *word, struct virtio *disk)
{
	if (parse_flag(word, disk))
		return true;
	if (!strcmp(word, "on-full=report")) {
		disk->stop_when_full = false;
		return true;
	}
	if (!strncmp(word, "queues=", 7))
		return parse_queues(word + 7, &disk->queues);
	if (!strncmp(word, "serve=", 6))
		return serve_parse(word + 6, &disk->serve);
	if (!strncmp(word, "transport=", 10))
		return transport_parse(word + 10, &disk->transport);
	if (!strncmp(word, "block_size=", 11))
		return parse_block_size(word + 11, &disk->block_size);
	return !strncmp(word, "id=", 3) && parse_id(word + 3, disk);
}

/**
 * disk_parse() - what --disk asks for.
 * @text: its value
 * @disk: result
 *
 * Return: false if it is none.
 */
bool disk_parse(const char *text, struct virtio *disk)
{
	char copy[512], *rest = copy, *word;
	bool fine = strlen(text) < sizeof(copy);

	memset(disk, 0, sizeof(*disk));
	disk->type = KEEL_VIRTIO_BLK;
	disk->queues = 1;
	disk->stop_when_full = true;
	if (!fine)
		return false;
	strcpy(copy, text);
	word = strsep(&rest, ",");
	strcpy(disk->path, word);
	fine = *word;
	while (fine && (word = strsep(&rest, ",")))
		fine = parse_word(word, disk);
	return fine;
}

/* disk_valid() - is it a value for --disk? */
bool disk_valid(const char *text)
{
	struct virtio disk;

	return disk_parse(text, &disk);
}

/* ---- Nobody else's ---- */

static __noreturn void failed(const struct virtio *disk)
{
	die(errno == EACCES || errno == EPERM ? STATUS_PERMISSION : STATUS_DISK,
	    "--disk: %s: %s", disk->path, strerror(errno));
}

static __noreturn void in_use(const struct virtio *disk, const char *by)
{
	die(STATUS_DISK, "--disk: %s is in use by %s; lock=off has it used all the same",
	    disk->path, by);
}

static bool is_fd(const struct virtio *disk)
{
	return !strncmp(disk->path, "fd=", 3);
}

/* Return: whether to try again what has failed as somebody else has the disk. */
static bool patient(unsigned int *steps)
{
	const struct timespec step = { .tv_nsec = BUSY_STEP_MS * 1000000L };

	if (++*steps > BUSY_STEPS)
		return false;
	nanosleep(&step, NULL);
	return true;
}

/* A block device can be a mounted file system's, an array's, or a volume group's as well. */
static int open_path(const struct virtio *disk)
{
	int flags = O_CLOEXEC | O_NOCTTY | (disk->read_only ? O_RDONLY : O_RDWR) |
		    (disk->direct ? O_DIRECT : 0);
	unsigned int steps = 0;
	struct stat st;
	int fd;

	if (stat(disk->path, &st))
		failed(disk);
	if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode))
		die(STATUS_DISK, "--disk: %s: neither a file nor a block device", disk->path);
	if (S_ISBLK(st.st_mode) && !disk->read_only && !disk->unlocked)
		flags |= O_EXCL;
	do {
		fd = open(disk->path, flags);
	} while (fd < 0 && errno == EBUSY && flags & O_EXCL && patient(&steps));
	if (fd < 0 && errno == EBUSY && flags & O_EXCL)
		in_use(disk, "a file system or another VM");
	if (fd < 0 && errno == EINVAL && disk->direct)
		die(STATUS_DISK, "--disk: %s: its file system has no O_DIRECT (direct)",
		    disk->path);
	if (fd < 0)
		failed(disk);
	return fd;
}

/* What it was opened with is the caller's business; what it lacks is not made up for. */
static int take_fd(struct virtio *disk)
{
	int fd = open_device("disk", disk->path);
	int mode = fcntl(fd, F_GETFL);

	if ((mode & O_ACCMODE) == O_WRONLY)
		die(STATUS_WRONG_FD, "--disk: %s is not open for reading", disk->path);
	if ((mode & O_ACCMODE) == O_RDONLY && !disk->read_only)
		die(STATUS_WRONG_FD, "--disk: %s is open for reading alone: say ro", disk->path);
	if (!(mode & O_DIRECT) && disk->direct)
		die(STATUS_WRONG_FD, "--disk: %s is not open with O_DIRECT (direct)", disk->path);
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
static void check_others(const struct vm *vm, const struct virtio *disk, int fd)
{
	struct virtio other;
	struct stat a, b;
	unsigned int i;
	char by[600];

	if (fstat(fd, &a))
		failed(disk);
	for (i = 0; i < vm->nr_disks; i++) {
		disk_parse(vm->config->disks.text[i], &other);
		if (other.unlocked || (other.read_only && disk->read_only) ||
		    fstat(vm->disks[i].fd, &b) || !same(&a, &b))
			continue;
		snprintf(by, sizeof(by), "another disk of this VM (%s)", other.path);
		in_use(disk, by);
	}
}

static void lock_file(const struct virtio *disk, int fd)
{
	struct flock lock = {
		.l_type = disk->read_only ? F_RDLCK : F_WRLCK, .l_whence = SEEK_SET,
	};
	unsigned int steps = 0;
	int ret;

	do {
		ret = fcntl(fd, F_OFD_SETLK, &lock);
	} while (ret && (errno == EAGAIN || errno == EACCES) && patient(&steps));
	if (ret && (errno == EAGAIN || errno == EACCES))
		in_use(disk, "another VM");
	if (ret)
		die(STATUS_DISK, "--disk: %s cannot be locked: %s; lock=off does without",
		    disk->path, strerror(errno));
}

static int open_disk(const struct vm *vm, struct virtio *disk)
{
	int fd = is_fd(disk) ? take_fd(disk) : open_path(disk);

	if (!disk->unlocked) {
		check_others(vm, disk, fd);
		lock_file(disk, fd);
	}
	/* A restored guest's was raw, whatever the guest has written to it since. */
	if (!disk->raw && !vm->config->restore)
		disk_check_raw(disk->path, fd);
	return fd;
}

/* ---- What the guest is told ---- */

static __u32 choose_block(const struct virtio *disk, const struct disk_geometry *geometry)
{
	if (geometry->block > BLOCK_MAX)
		die(STATUS_DISK, "--disk: %s: blocks of %u bytes; guests know %d at most",
		    disk->path, geometry->block, BLOCK_MAX);
	if (!disk->block_size)
		return geometry->block;
	if (disk->block_size < geometry->block)
		die(STATUS_DISK, "--disk: %s: block_size=%u is less than its blocks of %u bytes",
		    disk->path, disk->block_size, geometry->block);
	return disk->block_size;
}

/* Logarithm of how many blocks are in a physical one */
static __u8 exponent(__u32 physical, __u32 block)
{
	__u8 n = 0;

	while (n < 15 && physical >> (n + 1) >= block)
		n++;
	return n;
}

static void tell_topology(const struct disk_geometry *geometry, struct blk_config *blk)
{
	__u32 min_io = geometry->min_io / blk->blk_size;
	__u32 offset = geometry->offset / blk->blk_size;

	blk->physical_block_exp = exponent(geometry->physical, blk->blk_size);
	blk->alignment_offset = offset <= UINT8_MAX ? offset : 0;
	blk->min_io_size = min_io <= UINT16_MAX ? min_io : 0;
	blk->opt_io_size = geometry->opt_io / blk->blk_size;
}

static void tell_writing(struct blk_config *blk)
{
	blk->max_discard_sectors = UINT32_MAX;
	blk->max_discard_seg = BLK_RANGES;
	blk->discard_sector_alignment = PAGE / SECTOR;
	blk->max_write_zeroes_sectors = UINT32_MAX;
	blk->max_write_zeroes_seg = BLK_RANGES;
	blk->write_zeroes_may_unmap = 1;
}

static void tell(const struct virtio *disk, int fd, struct blk_config *blk)
{
	struct disk_geometry geometry;

	disk_probe(disk->path, fd, disk->direct, &geometry);
	blk->blk_size = choose_block(disk, &geometry);
	blk->capacity = geometry.size / blk->blk_size * (blk->blk_size / SECTOR);
	if (!blk->capacity)
		die(STATUS_DISK, "--disk: %s: less than a block of %u bytes", disk->path,
		    blk->blk_size);
	blk->seg_max = BLK_SEG_MAX;
	blk->num_queues = disk->queues;
	tell_topology(&geometry, blk);
	if (!disk->read_only)
		tell_writing(blk);
}

/**
 * disk_attach() - open what is behind a disk, and hand it to Keel.
 * @vm:      the VM; knows the disk from here on
 * @asked:   for what
 * @request: says which device
 */
void disk_attach(struct vm *vm, const struct virtio *asked, struct keel_attach *request)
{
	struct disk *known = &vm->disks[vm->nr_disks];
	struct blk_config blk = { 0 };
	struct virtio disk = *asked;

	known->fd = open_disk(vm, &disk);
	tell(&disk, known->fd, &blk);
	known->told = (struct disk_told){
		.capacity = blk.capacity, .block_size = blk.blk_size,
		.read_only = disk.read_only,
	};
	vm->nr_disks++;
	request->fd = known->fd;
	if (disk.stop_when_full && !disk.read_only)
		request->flags = KEEL_ATTACH_STOP_WHEN_FULL;
	memcpy(request->id, disk.id, sizeof(request->id));
	memcpy(request->config, &blk, sizeof(blk));
	if (ioctl(vm->keel, KEEL_ATTACH, request))
		die(STATUS_DISK, "Keel does not take %s: %s", disk.path, strerror(errno));
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
	struct virtio disk;

	disk_parse(vm->config->disks.text[nr], &disk);
	if (now->capacity != before->capacity)
		die(STATUS_DISK, "--disk: %s has %llu bytes, and had %llu when the VM was saved",
		    disk.path, now->capacity * SECTOR, before->capacity * SECTOR);
	if (now->block_size != before->block_size)
		die(STATUS_DISK, "--disk: %s has blocks of %u bytes, and had %u when it was saved",
		    disk.path, now->block_size, before->block_size);
	if (now->read_only != before->read_only)
		die(STATUS_DISK, "--disk: %s is %s, and was not when the VM was saved", disk.path,
		    now->read_only ? "read-only" : "writable");
}
