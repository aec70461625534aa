/* SPDX-License-Identifier: GPL-2.0 */
/* Static ELF images that are nothing else. */
#ifndef KEEL_BOOT_PLAIN_H
#define KEEL_BOOT_PLAIN_H

#include "boot/boot.h"

extern const struct loader loader_elf64;
extern const struct loader loader_elf32;

#endif /* KEEL_BOOT_PLAIN_H */
