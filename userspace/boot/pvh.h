/* SPDX-License-Identifier: GPL-2.0 */
/* ELF images with a PVH note. */
#ifndef KEEL_BOOT_PVH_H
#define KEEL_BOOT_PVH_H

#include "boot/boot.h"

extern const struct loader loader_pvh;
void pvh_load(const struct boot *boot, struct memory *memory, __u64 rsdp,
	      struct boot_entry *entry);
void pvh_fill_info(const struct boot *boot, struct memory *memory, __u64 rsdp);

#endif /* KEEL_BOOT_PVH_H */
