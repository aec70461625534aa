/* SPDX-License-Identifier: GPL-2.0 */
/* Compressed kernels. */
#ifndef KEEL_BOOT_UNPACK_H
#define KEEL_BOOT_UNPACK_H

struct image;

void unpack(struct image *image);

#endif /* KEEL_BOOT_UNPACK_H */
