/* SPDX-License-Identifier: GPL-2.0 */
/* Linux's struct boot_params. */
#ifndef KEEL_BOOT_ZERO_PAGE_H
#define KEEL_BOOT_ZERO_PAGE_H

#include "base.h"

struct boot;
struct memory;

/* In a bzImage, and in the zero page: Linux's boot protocol */
#define SETUP_AT	0x1f1
#define SETUP_MAGIC	0x53726448	/* "HdrS" */
#define BOOT_FLAG	0xaa55
#define PROTOCOL_MIN	0x020c
#define LOADER_OTHER	0xff		/* type_of_loader: one without a number */

void linux_fill_zero_page(const struct boot *boot, struct memory *memory, __u64 rsdp);

#endif /* KEEL_BOOT_ZERO_PAGE_H */
