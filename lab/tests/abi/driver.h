/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A driver for virtio devices over MMIO: register writes, assembled into guest code, and one
 * queue, which the test makes in the guest's memory.
 */
#ifndef DRIVER_H
#define DRIVER_H

#include "abi.h"

#define DRIVER_BASE	0xfeb00000ULL	/* devices, 0x1000 bytes apart */
#define DRIVER_FLAG	2		/* DS:2: what driver_await() awaits */

/* In the guest's memory: a split queue of 256 entries, and the buffers of its chains */
#define DRIVER_DESC	0x4000
#define DRIVER_AVAIL	0x5000
#define DRIVER_USED	0x6000
#define DRIVER_DATA	0x8000

#define DRIVER_ROOM	256
#define DRIVER_WRITE	2		/* of struct driver_desc.flags: the device writes */

struct driver_desc {
	u64 addr;
	u32 len;
	u16 flags;
	u16 next;
};

/* The MMIO device that the code's writes go to */
void driver_aim(struct vm *vm, unsigned int instance);

/* Append code: any; write a register; wait until the flag is set; count for ever */
void driver_append(struct vm *vm, unsigned int *length, const void *code, unsigned int size);
void driver_poke(struct vm *vm, unsigned int *length, u16 reg, u32 value);
void driver_await(struct vm *vm, unsigned int *length);
void driver_spin(struct vm *vm, unsigned int length);
void driver_set_flag(struct vm *vm);

/* Accepts VIRTIO_F_VERSION_1 alone, enables a queue and notifies once. */
void driver_start(struct vm *vm, unsigned int *length, u32 queue);

/* Makes this chain the queue's only one. */
void driver_chain(struct vm *vm, const struct driver_desc *descs, unsigned int nr);

/* A whole guest: sends "size" bytes of 'x', then counts. */
void driver_send(struct vm *vm, u32 queue, u32 size);

bool driver_is_used(const struct vm *vm);
bool driver_becomes_used(const struct vm *vm);

/* Reads up to "size" bytes that arrive in a file within a while */
size_t read_all(int fd, char *buffer, size_t size);
/* Writes until a write would block; returns the bytes written */
size_t fill(int fd);

#endif /* DRIVER_H */
