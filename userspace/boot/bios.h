/* SPDX-License-Identifier: GPL-2.0 */
/* What a BIOS leaves in memory. */
#ifndef KEEL_BOOT_BIOS_H
#define KEEL_BOOT_BIOS_H

#include "base.h"

struct boot;
struct config;
struct memory;

/* Where all PCs have them */
#define LAPIC_BASE	0xfee00000
#define IOAPIC_BASE	0xfec00000

/* The text screen as it begins: mode 3 of a VGA */
#define SCREEN_MODE	3
#define SCREEN_COLUMNS	80
#define SCREEN_ROWS	25
#define SCREEN_POINTS	16	/* scan lines of a character */

unsigned int bios_equipment(const struct config *config);
__u8 bios_checksum(const void *data, size_t length);
void bios_load(struct memory *memory, const struct boot *boot);

#endif /* KEEL_BOOT_BIOS_H */
