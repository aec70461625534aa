// SPDX-License-Identifier: GPL-2.0
/*
 * KEEL_CLAIM: a range of guest physical memory at which the process answers, as it has KVM's memory
 * slots. Accesses to it that come out of KVM_RUN, and that no device answers, make KEEL_RUN return:
 * see vcpu_claimed() in vcpu.c.
 *
 * The range is of whole pages, and KVM splits accesses at a page's end: none is in it by half.
 */
#include <linux/mm.h>
#include <linux/mutex.h>

#include "claim.h"
#include "vm.h"

static bool claim_sane(const struct keel_claim *claim)
{
	return !claim->flags && !claim->reserved && claim->length &&
	       !((claim->addr | claim->length) & ~PAGE_MASK) &&
	       claim->length <= U64_MAX - claim->addr;
}

/* Return: 0, or -EBUSY. */
static int claim_publish(struct keel_vm *vm, const struct keel_claim *claim)
{
	if (vm->claimed.end)
		return -EBUSY;
	vm->claimed.start = claim->addr;
	/* Pairs with keel_claims(): the start is there before the end is. */
	smp_store_release(&vm->claimed.end, claim->addr + claim->length);
	return 0;
}

/* KEEL_CLAIM */
long keel_claim(void *owner, void *arg)
{
	const struct keel_claim *claim = arg;
	struct keel_vm *vm = owner;
	int ret;

	if (!claim_sane(claim))
		return -EINVAL;
	if (current->mm != vm->mm)
		return -EIO;
	if (mutex_lock_interruptible(&vm->control))
		return -EINTR;
	ret = claim_publish(vm, claim);
	mutex_unlock(&vm->control);
	return ret;
}
