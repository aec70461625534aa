// SPDX-License-Identifier: GPL-2.0
/*
 * KEEL_FWCFG_SET: what firmware is told about its machine. Keel keeps a copy, which is checked
 * before the board sees it, and charged to the caller's memcg.
 */
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "../devices/board/build.h"
#include "door.h"
#include "fwcfg.h"
#include "vm.h"

/* Return: a copy of the caller's, or an error pointer. */
static void *fwcfg_copy(const struct keel_dev *dev, const struct keel_fwcfg_set *set)
{
	void *items = kvmalloc(max(set->length, 1U), GFP_KERNEL_ACCOUNT);
	int ret = 0;

	if (!items)
		return ERR_PTR(-ENOMEM);
	if (copy_from_user(items, u64_to_user_ptr(set->items), set->length))
		ret = -EFAULT;
	else if (!dev->ops->supply_check(items, set->length))
		ret = -EINVAL;
	if (!ret)
		return items;
	kvfree(items);
	return ERR_PTR(ret);
}

/**
 * struct fwcfg_change - what is done under the board's lock.
 * @vm:    the VM
 * @items: the new items
 */
struct fwcfg_change {
	struct keel_vm *vm;
	const void *items;
};

/* While VmTime stands still no vCPU reads items; under the board's lock, none begins to. */
static int fwcfg_replace(struct keel_dev *dev, void *arg)
{
	const struct fwcfg_change *change = arg;

	if (change->vm->clock.running)
		return -EBUSY;
	dev->ops->supply(dev, change->items);
	return 0;
}

/* KEEL_FWCFG_SET */
long keel_fwcfg_set(void *owner, void *arg)
{
	struct fwcfg_change change = { .vm = owner };
	const struct keel_fwcfg_set *set = arg;
	struct keel_vm *vm = owner;
	struct keel_dev *dev = keel_board_find(vm->board, KEEL_CLASS_FWCFG, 0);
	long ret;

	if (!dev)
		return -ENODEV;
	if (set->length > KEEL_FWCFG_MAX)
		return -E2BIG;
	change.items = fwcfg_copy(dev, set);
	if (IS_ERR(change.items))
		return PTR_ERR(change.items);
	if (mutex_lock_interruptible(&vm->control)) {
		kvfree(change.items);
		return -EINTR;
	}
	ret = keel_door_call(vm, dev, fwcfg_replace, &change);
	if (!ret)
		swap(vm->fwcfg, change.items);
	mutex_unlock(&vm->control);
	kvfree(change.items);
	return ret;
}
