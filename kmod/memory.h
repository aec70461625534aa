/* SPDX-License-Identifier: GPL-2.0 */
/* The guest's memory, in the process. */
#ifndef KEEL_MEMORY_H
#define KEEL_MEMORY_H

#include <linux/types.h>

struct iovec;
struct keel_mem_ops;
struct keel_memory_region;
struct keel_seg;
struct keel_vm;

extern const struct keel_mem_ops keel_memory_ops;

void __user *keel_memory_at(const struct keel_vm *vm, u64 addr, u32 len);
int keel_memory_iov(const struct keel_vm *vm, const struct keel_seg *segs, unsigned int nr,
		    struct iovec *iov);
const struct keel_memory_region *keel_memory_regions(const struct keel_vm *vm, unsigned int *nr);
long keel_memory_set(void *owner, void *arg);
void keel_memory_destroy(struct keel_vm *vm);

#endif /* KEEL_MEMORY_H */
