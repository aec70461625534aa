/* SPDX-License-Identifier: GPL-2.0 */
/* A VM in a file. */
#ifndef KEEL_LIFE_SNAPSHOT_H
#define KEEL_LIFE_SNAPSHOT_H

#include "config/config.h"
#include "firmware/nvram.h"
#include "firmware/served.h"
#include "stream/pump.h"
#include "vm/disk.h"

struct memory;
struct vcpu_state;
struct vm;

/**
 * struct snapshot - a file's contents, checked.
 * @board:      Keel's blob
 * @board_size: bytes
 * @vcpus:      states of the vCPUs
 * @clock:      kvmclock, ns
 * @unread:     what the guest's ports were still to receive
 * @disks:      what the guest was told of its disks
 * @nvram:      its variables, if they are in a file
 * @served:     its fw_cfg, if there is a kernel in it
 */
struct snapshot {
	void *board;
	__u32 board_size;
	struct vcpu_state *vcpus;
	__u64 clock;
	struct unread unread[UNREAD_NR];
	struct disk_told disks[VIRTIO_DISKS];
	struct nvram_saved nvram;
	struct served_state served;
};

char *snapshot_config(const char *path);
void snapshot_load(struct snapshot *snapshot, const struct config *config,
		   const struct memory *memory);
void snapshot_apply(const struct snapshot *snapshot, struct vm *vm);
const char *snapshot_write(const struct snapshot *snapshot, const struct vm *vm,
			   const char *path);
const char *snapshot_write_to(const struct snapshot *snapshot, const struct vm *vm, int fd);

#endif /* KEEL_LIFE_SNAPSHOT_H */
