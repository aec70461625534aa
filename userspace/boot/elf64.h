/* SPDX-License-Identifier: GPL-2.0 */
/* Static 64-bit ELF images. */
#ifndef KEEL_BOOT_ELF64_H
#define KEEL_BOOT_ELF64_H

#include "boot/boot.h"

extern const struct loader loader_elf64;

#endif /* KEEL_BOOT_ELF64_H */
