// SPDX-License-Identifier: GPL-2.0
/*
 * Files that the user gives: mapped whole, and told apart when they are not what
 * was asked for.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base.h"
#include "boot/image.h"
#include "config/table.h"
#include "status.h"

/* Other things that people take for a kernel. */
static const struct {
	const char *magic;
	unsigned int length;
	unsigned int offset;
	const char *what;
} formats[] = {
	{ "\x02\x21\x4c\x18",	4, 0,	"lz4 data" },
	{ "BZh",		3, 0,	"bzip2 data" },
	{ "070701",		6, 0,	"a cpio archive (an initrd?)" },
	{ "ARMd",		4, 56,	"a kernel for arm64" },
	{ "RISC",		4, 48,	"a kernel for RISC-V" },
	{ "zimg",		4, 4,	"an EFI zboot image" },
	{ "#!",			2, 0,	"a script" },
	{ "MZ",			2, 0,	"an EFI program, or the first bytes of a bzImage" },
	{ "CD001",		5, 0x8001, "a CD image" },
	{ "\x55\xaa",		2, 510,
	  "a boot sector or disk image, which a BIOS starts in real mode" },
};

/**
 * image_map() - map a whole regular file, read-only; dies if that cannot be.
 * @image: result
 * @what:  "kernel", for messages
 * @path:  where it is
 */
void image_map(struct image *image, const char *what, const char *path)
{
	struct stat st;
	void *at;
	int fd;

	image->what = what;
	image->path = path;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		image_bad(image, errno == EACCES ? STATUS_PERMISSION : STATUS_IMAGE, "%s",
			  strerror(errno));
	if (fstat(fd, &st))
		image_bad(image, STATUS_INTERNAL, "%s", strerror(errno));
	if (!S_ISREG(st.st_mode))
		image_bad(image, STATUS_IMAGE, "not a regular file");
	if (!st.st_size)
		image_bad(image, STATUS_IMAGE, "empty");
	image->size = st.st_size;
	at = mmap(NULL, image->size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (at == MAP_FAILED)
		image_bad(image, STATUS_MEMORY, "%s", strerror(errno));
	image->map = at;
	image->mapped = image->size;
	image->data = at;
	close(fd);
}

/* image_inside() - say in messages from now on that it is in something, as gzip's data */
void image_inside(struct image *image, const char *what)
{
	size_t used = strlen(image->inside);

	snprintf(image->inside + used, sizeof(image->inside) - used, "%s: ", what);
}

/**
 * image_replace() - make it what is in it.
 * @image:  the file
 * @data:   mapped; is unmapped with it
 * @size:   bytes
 * @mapped: bytes that are mapped there
 */
void image_replace(struct image *image, void *data, __u64 size, __u64 mapped)
{
	image_unmap(image);
	image->data = data;
	image->size = size;
	image->map = data;
	image->mapped = mapped;
}

/* image_unmap() - it is not read any more, and no longer part of the process' memory */
void image_unmap(struct image *image)
{
	if (image->map)
		munmap(image->map, image->mapped);
	image->map = NULL;
	image->data = NULL;
	image->size = 0;
}

/* image_bad() - say what is wrong with it, and end */
void image_bad(const struct image *image, enum status status, const char *format, ...)
{
	char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	die(status, "%s %s: %s%s", image->what, image->path, image->inside, text);
}

/**
 * image_is() - does it have these bytes at this place?
 * @image:  the file
 * @offset: where
 * @bytes:  what
 * @length: how many
 */
bool image_is(const struct image *image, __u64 offset, const void *bytes, __u64 length)
{
	return offset <= image->size && length <= image->size - offset &&
	       !memcmp(image->data + offset, bytes, length);
}

/**
 * image_copy() - a piece of it, for fields that may be anywhere.
 * @image:  the file
 * @offset: where
 * @to:     result
 * @length: bytes
 *
 * Return: false if it is not all in the file.
 */
bool image_copy(const struct image *image, __u64 offset, void *to, __u64 length)
{
	if (offset > image->size || length > image->size - offset)
		return false;
	memcpy(to, image->data + offset, length);
	return true;
}

/* image_guess() - what it may be, if not a kernel; NULL for no idea */
const char *image_guess(const struct image *image)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(formats); i++)
		if (image_is(image, formats[i].offset, formats[i].magic, formats[i].length))
			return formats[i].what;
	return NULL;
}
