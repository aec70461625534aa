/* SPDX-License-Identifier: GPL-2.0 */
/* Images that are one piece of memory. */
#ifndef KEEL_BOOT_FLAT_H
#define KEEL_BOOT_FLAT_H

#include "boot/boot.h"

#define LOAD_WHOLE	0xffffffffU

/**
 * struct flat_addresses - where a multiboot header says that its image goes.
 * @header:   guest physical address of the header itself
 * @load:     of the first byte that is loaded; LOAD_WHOLE: of the file
 * @load_end: of the first one behind them; 0: of the file
 * @bss_end:  of the first one behind the kernel; 0: @load_end
 */
struct flat_addresses {
	__u32 header;
	__u32 load;
	__u32 load_end;
	__u32 bss_end;
};

extern const struct loader loader_flat;
void flat_place_at(struct boot *boot, const struct flat_addresses *address, __u64 header);

#endif /* KEEL_BOOT_FLAT_H */
