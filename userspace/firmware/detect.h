/* SPDX-License-Identifier: GPL-2.0 */
/* What on a disk a PC's firmware could start. */
#ifndef KEEL_FIRMWARE_DETECT_H
#define KEEL_FIRMWARE_DETECT_H

#include "base.h"

/**
 * struct detect_disk - a disk that is looked at, and nothing of which is believed.
 * @read:  read @length bytes from @offset on, into @data. Return: whether they are there
 * @size:  bytes of it
 * @block: bytes in a block, as the guest is told: 512 or 4096
 */
struct detect_disk {
	bool (*read)(const struct detect_disk *disk, __u64 offset, void *data, size_t length);
	__u64 size;
	__u32 block;
};

/**
 * struct detected - what is there.
 * @bios: code in a boot sector, for a BIOS
 * @uefi: an EFI system partition, or all of the disk as one, or a CD's boot image, for UEFI
 * @cd:   an ISO 9660 file system
 */
struct detected {
	bool bios;
	bool uefi;
	bool cd;
};

struct detected detect_boot(const struct detect_disk *disk);

#endif /* KEEL_FIRMWARE_DETECT_H */
