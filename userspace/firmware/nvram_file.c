// SPDX-License-Identifier: GPL-2.0
/*
 * The file that UEFI's variables are kept in: made from the firmware's own if it is not there, as a
 * whole or not at all, and locked as disks are. It is read once, and never mapped: what happens to
 * it later is an error of a write, and no fault.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "firmware/nvram_file.h"
#include "firmware/volume.h"
#include "status.h"
#include "vm/lock.h"

static __noreturn void failed(const char *path)
{
	die(errno == EACCES || errno == EPERM ? STATUS_PERMISSION : STATUS_DISK, "--nvram: %s: %s",
	    path, strerror(errno));
}

/* Bytes that the file system takes by parts, as a full one does, are an error. */
static bool write_whole(int fd, const __u8 *bytes, __u64 size)
{
	ssize_t n = pwrite(fd, bytes, size, 0);

	if (n >= 0 && (__u64)n != size)
		errno = ENOSPC;
	return n >= 0 && (__u64)n == size;
}

/* The bytes are on the disk before the name is; a file that has got the name meanwhile stays. */
static bool write_named(int fd, const char *temporary, const char *path, const __u8 *bytes,
			__u64 size)
{
	return write_whole(fd, bytes, size) && !fsync(fd) &&
	       (!link(temporary, path) || errno == EEXIST) && !fsync(fd);
}

static void create(const char *path, const __u8 *bytes, __u64 size)
{
	char *temporary;
	bool fine;
	int fd, error;

	if (asprintf(&temporary, "%s.XXXXXX", path) < 0)
		die(STATUS_MEMORY, "out of memory");
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		failed(path);
	fine = write_named(fd, temporary, path, bytes, size);
	error = errno;
	unlink(temporary);
	close(fd);
	free(temporary);
	errno = error;
	if (!fine)
		failed(path);
}

/* Something else than a file is not waited for. */
static int open_path(const char *path)
{
	return open(path, O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
}

static void check_file(const char *path, int fd, __u64 size)
{
	struct stat st;

	if (fstat(fd, &st))
		failed(path);
	if (!S_ISREG(st.st_mode))
		die(STATUS_DISK, "--nvram: %s: not a regular file", path);
	if ((__u64)st.st_size != size)
		die(STATUS_DISK,
		    "--nvram: %s: %llu bytes; this firmware keeps its variables in %llu", path,
		    (__u64)st.st_size, size);
}

static void lock(const char *path, int fd)
{
	int error = lock_file(fd, true);

	if (error == EBUSY)
		die(STATUS_DISK, "--nvram: %s is in use by another VM, or is a disk of this one",
		    path);
	if (error)
		die(STATUS_DISK, "--nvram: %s cannot be locked: %s", path, strerror(error));
}

/**
 * nvram_file_open() - open it, and read it; dies if it is no good.
 * @path:   where it is
 * @bytes:  what a new one has in it; result: what is in it
 * @size:   of these
 * @use:    what for
 *
 * Return: a descriptor; -1: there was nothing to look at.
 */
int nvram_file_open(const char *path, __u8 *bytes, __u64 size, enum nvram_use use)
{
	int fd = open_path(path);
	ssize_t n;

	if (fd < 0 && errno == ENOENT && use == NVRAM_LOOK)
		return -1;
	if (fd < 0 && errno == ENOENT && use == NVRAM_MAKE) {
		create(path, bytes, size);
		fd = open_path(path);
	}
	if (fd < 0)
		failed(path);
	check_file(path, fd, size);
	if (use != NVRAM_LOOK)
		lock(path, fd);
	n = pread(fd, bytes, size, 0);
	if (n < 0)
		failed(path);
	if ((__u64)n != size || volume_size(bytes, size) != size)
		die(STATUS_DISK, "--nvram: %s: not a volume of UEFI's variables", path);
	return fd;
}
