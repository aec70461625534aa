// SPDX-License-Identifier: GPL-2.0
/*
 * The guest's memory as the process has it: a table, as KVM has one, that the process
 * gives once. What a device reads or writes there goes through the process' own mapping,
 * so that any backing works, and a device reaches nothing that the process could not reach
 * itself.
 */
#include <linux/nospec.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/uio.h>

#include "../devices/virtio/queue_mem.h"
#include "memory.h"
#include "vm.h"

/**
 * struct keel_memory_table - the memory map.
 * @nr:      entries
 * @regions: in the order given; they do not overlap
 */
struct keel_memory_table {
	unsigned int nr;
	struct keel_memory_region regions[];
};

/**
 * keel_memory_at() - where the process has a piece of the guest's memory.
 * @vm:   the VM
 * @addr: guest physical address
 * @len:  bytes, not 0
 *
 * Return: the user address, or NULL if not all of it is in one region.
 */
void __user *keel_memory_at(const struct keel_vm *vm, u64 addr, u32 len)
{
	/* Pairs with the release in keel_memory_set(). */
	const struct keel_memory_table *table = smp_load_acquire(&vm->memory);
	unsigned int i;

	for (i = 0; table && i < table->nr; i++) {
		const struct keel_memory_region *region = &table->regions[i];
		u64 offset = addr - region->addr;

		if (offset >= region->size || len > region->size - offset)
			continue;
		/* The guest chooses it: a mispredicted branch must not read elsewhere. */
		offset = array_index_nospec(offset, region->size);
		return u64_to_user_ptr(region->user + offset);
	}
	return NULL;
}

/**
 * keel_memory_regions() - all of it.
 * @vm: the VM
 * @nr: out: how many pieces; 0 before KEEL_SET_MEMORY
 *
 * Return: the pieces; they stay as long as the VM does.
 */
const struct keel_memory_region *keel_memory_regions(const struct keel_vm *vm, unsigned int *nr)
{
	/* Pairs with the release in keel_memory_set(). */
	const struct keel_memory_table *table = smp_load_acquire(&vm->memory);

	*nr = table ? table->nr : 0;
	return table ? table->regions : NULL;
}

/**
 * keel_memory_iov() - segments as the process has them.
 * @vm:   the VM
 * @segs: the segments
 * @nr:   how many
 * @iov:  out: room for @nr
 *
 * Return: 0, or -EFAULT if one is not there (any more).
 */
int keel_memory_iov(const struct keel_vm *vm, const struct keel_seg *segs, unsigned int nr,
		    struct iovec *iov)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		iov[i].iov_base = keel_memory_at(vm, segs[i].addr, segs[i].len);
		iov[i].iov_len = segs[i].len;
		if (!iov[i].iov_base)
			return -EFAULT;
	}
	return 0;
}

/*
 * At user addresses in a region, for which memory_region_sane() called access_ok(). Indices
 * and flags are read and written whole: see struct keel_mem_ops.
 */
static __always_inline bool memory_load(void *ctx, u64 at, void *to, u32 len)
{
	const void __user *from = u64_to_user_ptr(at);

	if (len == 2 && !(at & 1))
		return !__get_user(*(u16 *)to, (const u16 __user *)from);
	if (len == 4 && !(at & 3))
		return !__get_user(*(u32 *)to, (const u32 __user *)from);
	if (len == 8 && !(at & 7))
		return !__get_user(*(u64 *)to, (const u64 __user *)from);
	return !__copy_from_user(to, from, len);
}

static __always_inline bool memory_store(void *ctx, u64 at, const void *from, u32 len)
{
	void __user *to = u64_to_user_ptr(at);

	if (len == 2 && !(at & 1))
		return !__put_user(*(const u16 *)from, (u16 __user *)to);
	if (len == 4 && !(at & 3))
		return !__put_user(*(const u32 *)from, (u32 __user *)to);
	if (len == 8 && !(at & 7))
		return !__put_user(*(const u64 *)from, (u64 __user *)to);
	return !__copy_to_user(to, from, len);
}

static u64 memory_area(void *ctx, u64 addr, u32 len)
{
	return (uintptr_t)keel_memory_at(ctx, addr, len);
}

static bool memory_there(void *ctx, u64 addr, u32 len)
{
	return keel_memory_at(ctx, addr, len);
}

static bool memory_read(void *ctx, u64 addr, void *to, u32 len)
{
	u64 at = memory_area(ctx, addr, len);

	return at && memory_load(ctx, at, to, len);
}

static bool memory_write(void *ctx, u64 addr, const void *from, u32 len)
{
	u64 at = memory_area(ctx, addr, len);

	return at && memory_store(ctx, at, from, len);
}

const struct keel_mem_ops keel_memory_ops = {
	.there = memory_there,
	.read = memory_read,
	.write = memory_write,
	.area = memory_area,
	.load = memory_load,
	.store = memory_store,
};

static bool memory_overlaps(const struct keel_memory_region *a,
			    const struct keel_memory_region *b)
{
	return a->addr < b->addr + b->size && b->addr < a->addr + a->size;
}

static bool memory_region_sane(const struct keel_memory_region *region)
{
	return !region->reserved && region->size && region->size <= BIT_ULL(52) &&
	       region->addr <= BIT_ULL(52) - region->size &&
	       access_ok(u64_to_user_ptr(region->user), region->size);
}

static bool memory_sane(const struct keel_memory_table *table)
{
	unsigned int i, j;

	for (i = 0; i < table->nr; i++) {
		if (!memory_region_sane(&table->regions[i]))
			return false;
		for (j = 0; j < i; j++)
			if (memory_overlaps(&table->regions[i], &table->regions[j]))
				return false;
	}
	return true;
}

/* KEEL_SET_MEMORY */
long keel_memory_set(void *owner, void *arg)
{
	const struct keel_memory *memory = arg;
	struct keel_memory_table *table;
	struct keel_vm *vm = owner;
	long ret = -EINVAL;

	if (!memory->nr || memory->nr > KEEL_MAX_MEMORY)
		return -EINVAL;
	if (current->mm != vm->mm)
		return -EIO;
	table = kzalloc(struct_size(table, regions, memory->nr), GFP_KERNEL_ACCOUNT);
	if (!table)
		return -ENOMEM;
	table->nr = memory->nr;
	if (copy_from_user(table->regions, u64_to_user_ptr(memory->regions),
			   memory->nr * sizeof(table->regions[0])))
		ret = -EFAULT;
	else if (memory_sane(table))
		/* Pairs with keel_memory_at(): the table is complete before it is published. */
		ret = cmpxchg_release(&vm->memory, NULL, table) ? -EBUSY : 0;
	if (ret)
		kfree(table);
	return ret;
}

/**
 * keel_memory_destroy() - at the VM's end.
 * @vm: the VM; nothing is in flight
 */
void keel_memory_destroy(struct keel_vm *vm)
{
	kfree(vm->memory);
}
