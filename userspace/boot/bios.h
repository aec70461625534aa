/* SPDX-License-Identifier: GPL-2.0 */
/* What a BIOS leaves in memory. */
#ifndef KEEL_BOOT_BIOS_H
#define KEEL_BOOT_BIOS_H

#include "base.h"

struct boot;
struct memory;

void bios_load(struct memory *memory, const struct boot *boot);

#endif /* KEEL_BOOT_BIOS_H */
