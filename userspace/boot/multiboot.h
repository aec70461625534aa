/* SPDX-License-Identifier: GPL-2.0 */
/* Multiboot images. */
#ifndef KEEL_BOOT_MULTIBOOT_H
#define KEEL_BOOT_MULTIBOOT_H

#include "boot/boot.h"

extern const struct loader loader_multiboot;
void multiboot_explain(const struct image *kernel);

#endif /* KEEL_BOOT_MULTIBOOT_H */
