/* SPDX-License-Identifier: GPL-2.0 */
/* A file that the user gave, mapped. */
#ifndef KEEL_BOOT_IMAGE_H
#define KEEL_BOOT_IMAGE_H

#include "base.h"
#include "status.h"

/**
 * struct image - a file that the user gave, mapped; or what is in it.
 * @what: "kernel", for messages
 * @path: where it is
 * @inside: what it was taken out of, for messages: "gzip: "
 * @data: its bytes
 * @size: how many
 * @map:  what is mapped for it; NULL: nothing, it is a part of another image
 * @mapped: bytes of that
 */
struct image {
	const char *what;
	const char *path;
	char inside[80];
	const __u8 *data;
	__u64 size;
	void *map;
	__u64 mapped;
};

void image_map(struct image *image, const char *what, const char *path);
void image_inside(struct image *image, const char *what);
void image_replace(struct image *image, void *data, __u64 size, __u64 mapped);
void image_unmap(struct image *image);
void __noreturn __printf(3, 4) image_bad(const struct image *image, enum status status,
					 const char *format, ...);
bool image_is(const struct image *image, __u64 offset, const void *bytes, __u64 length);
bool image_copy(const struct image *image, __u64 offset, void *to, __u64 length);
const char *image_guess(const struct image *image);

#endif /* KEEL_BOOT_IMAGE_H */
