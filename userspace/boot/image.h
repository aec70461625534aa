/* SPDX-License-Identifier: GPL-2.0 */
/* A file that the user gave, mapped. */
#ifndef KEEL_BOOT_IMAGE_H
#define KEEL_BOOT_IMAGE_H

#include "base.h"
#include "status.h"

/**
 * struct image - a file that the user gave, mapped.
 * @what: "kernel", for messages
 * @path: where it is
 * @data: its bytes
 * @size: how many
 */
struct image {
	const char *what;
	const char *path;
	const __u8 *data;
	__u64 size;
};

void image_map(struct image *image, const char *what, const char *path);
void image_unmap(struct image *image);
void __noreturn __printf(3, 4) image_bad(const struct image *image, enum status status,
					 const char *format, ...);
bool image_is(const struct image *image, __u64 offset, const void *bytes, __u64 length);
bool image_copy(const struct image *image, __u64 offset, void *to, __u64 length);
const char *image_guess(const struct image *image);

#endif /* KEEL_BOOT_IMAGE_H */
