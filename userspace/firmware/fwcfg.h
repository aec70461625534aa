/* SPDX-License-Identifier: GPL-2.0 */
/* The items of fw_cfg (QEMU, docs/specs/fw_cfg), as KEEL_FWCFG_SET takes them. */
#ifndef KEEL_FIRMWARE_FWCFG_H
#define KEEL_FIRMWARE_FWCFG_H

#include "base.h"
#include "uapi/keel_fwcfg.h"

#define FWCFG_ITEMS	24
#define FWCFG_NAME	56	/* of a file, with its NUL */

/* Keys */
#define FWCFG_SIGNATURE		0x0000
#define FWCFG_ID		0x0001	/* interface versions: by ports alone */
#define FWCFG_NOGRAPHIC		0x0004
#define FWCFG_NB_CPUS		0x0005
#define FWCFG_KERNEL_ADDR	0x0007
#define FWCFG_KERNEL_SIZE	0x0008
#define FWCFG_INITRD_ADDR	0x000a
#define FWCFG_INITRD_SIZE	0x000b
#define FWCFG_BOOT_MENU		0x000e
#define FWCFG_MAX_CPUS		0x000f
#define FWCFG_KERNEL_DATA	0x0011
#define FWCFG_INITRD_DATA	0x0012
#define FWCFG_CMDLINE_ADDR	0x0013
#define FWCFG_CMDLINE_SIZE	0x0014
#define FWCFG_CMDLINE_DATA	0x0015
#define FWCFG_SETUP_ADDR	0x0016
#define FWCFG_SETUP_SIZE	0x0017
#define FWCFG_SETUP_DATA	0x0018
#define FWCFG_FILE_DIR		0x0019
#define FWCFG_FILE_FIRST	0x0020
#define FWCFG_IRQ0_OVERRIDE	0x8002	/* the PIT is on the IOAPIC's pin 2 */

/**
 * struct fwcfg - items while they are gathered.
 * @nr:    of them
 * @items: each; the offset is that in @data
 * @names: of those that are files, else empty
 * @files: how many are
 * @used:  bytes of @data
 * @data:  the items' bytes, one item behind the other
 */
struct fwcfg {
	unsigned int nr;
	struct keel_fwcfg_item items[FWCFG_ITEMS];
	char names[FWCFG_ITEMS][FWCFG_NAME];
	unsigned int files;
	__u32 used;
	__u8 data[KEEL_FWCFG_MAX];
};

void fwcfg_add(struct fwcfg *f, __u16 key, const void *data, size_t size);
void fwcfg_add_u16(struct fwcfg *f, __u16 key, __u16 value);
void fwcfg_add_file(struct fwcfg *f, const char *name, const void *data, size_t size);
void *fwcfg_finish(struct fwcfg *f, __u32 *length);

#endif /* KEEL_FIRMWARE_FWCFG_H */
