/* SPDX-License-Identifier: GPL-2.0 */
/* SMBIOS's tables. */
#ifndef KEEL_BOOT_SMBIOS_H
#define KEEL_BOOT_SMBIOS_H

#include "base.h"

struct config;
struct memory;

/* In the system ROM's area, where they are looked for, behind the MP table */
#define SMBIOS_BASE	0xf1000ULL
#define SMBIOS_SIZE	0xe000ULL

#define SMBIOS_ANCHOR	0x18	/* bytes of _SM3_, with which they begin */
#define SMBIOS_TABLES	0x40	/* offset of the structures */

size_t smbios_build(void *area, const struct config *config);
void smbios_load(struct memory *memory, const struct config *config);

#endif /* KEEL_BOOT_SMBIOS_H */
