/* SPDX-License-Identifier: GPL-2.0 */
/* bzImages. */
#ifndef KEEL_BOOT_LINUX_H
#define KEEL_BOOT_LINUX_H

#include "boot/boot.h"

/**
 * struct linux_told - what a loader writes to a bzImage's first part, guest physical addresses.
 * @cmdline:     of the command line
 * @heap_end:    bytes behind the first part's start that are its heap's
 * @initrd:      of the initrd, or 0
 * @initrd_size: its bytes
 */
struct linux_told {
	__u32 cmdline;
	__u32 heap_end;
	__u32 initrd;
	__u32 initrd_size;
};

extern const struct loader loader_linux;
__u32 linux_setup_size(const struct boot *boot);
void linux_tell(__u8 *setup, const struct linux_told *told);

#endif /* KEEL_BOOT_LINUX_H */
