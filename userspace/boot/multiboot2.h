/* SPDX-License-Identifier: GPL-2.0 */
/* Multiboot 2. */
#ifndef KEEL_BOOT_MULTIBOOT2_H
#define KEEL_BOOT_MULTIBOOT2_H

#include "boot/boot.h"

extern const struct loader loader_multiboot2;
void multiboot2_explain(const struct image *kernel);

#endif /* KEEL_BOOT_MULTIBOOT2_H */
