/* SPDX-License-Identifier: GPL-2.0 */
/* Disks, and the files behind them. */
#ifndef KEEL_VM_DISK_H
#define KEEL_VM_DISK_H

#include "base.h"

struct virtio;
struct vm;

/**
 * struct disk_told - what a guest was told of a disk. A record of a snapshot as it is.
 * @capacity:   sectors of 512 bytes
 * @block_size: bytes
 * @read_only:  1, or 0
 */
struct disk_told {
	__u64 capacity;
	__u32 block_size;
	__u32 read_only;
};

/**
 * struct disk - a disk that Keel has.
 * @fd:   what is behind it; -1: nothing
 * @told: what its guest knows
 */
struct disk {
	int fd;
	struct disk_told told;
};

struct disk_config;
struct disk_geometry;
struct keel_attach_blk;

int disk_look(const struct disk_config *disk, struct disk_geometry *geometry);
void disk_prepare(struct disk_config *disk, struct keel_attach_blk *request);
void disk_attach(struct vm *vm, const struct virtio *device, unsigned int instance);
void disk_restored(const struct vm *vm, unsigned int nr, const struct disk_told *before);

#endif /* KEEL_VM_DISK_H */
