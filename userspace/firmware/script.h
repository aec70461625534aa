/* SPDX-License-Identifier: GPL-2.0 */
/* The script by which firmware places ACPI's tables. */
#ifndef KEEL_FIRMWARE_SCRIPT_H
#define KEEL_FIRMWARE_SCRIPT_H

#include "base.h"

struct fwcfg;

void script_add(struct fwcfg *f, __u8 *rom, __u64 size);

#endif /* KEEL_FIRMWARE_SCRIPT_H */
