/* SPDX-License-Identifier: GPL-2.0 */
/* The format and the block sizes of a disk's file. */
#ifndef KEEL_VM_DISK_PROBE_H
#define KEEL_VM_DISK_PROBE_H

#include "base.h"

#define SECTOR	512

/**
 * struct disk_geometry - of a file or a block device, in bytes.
 * @size:     of all of it
 * @block:    requests are of whole blocks
 * @physical: what the device below writes at a time
 * @min_io:   the least that it is good at
 * @opt_io:   what it is best at, or 0
 * @offset:   where the first physical block begins that does not stand before the start
 */
struct disk_geometry {
	__u64 size;
	__u32 block;
	__u32 physical;
	__u32 min_io;
	__u32 opt_io;
	__u32 offset;
};

void disk_check_raw(const char *path, int fd);
void disk_probe(const char *path, int fd, bool direct, struct disk_geometry *geometry);

#endif /* KEEL_VM_DISK_PROBE_H */
