// SPDX-License-Identifier: GPL-2.0
/*
 * KEEL_CLAIM: a range of guest physical memory at which the process answers, as it has KVM's memory
 * slots, and one of ports. Accesses to them that come out of KVM_RUN, and that no device answers,
 * make KEEL_RUN return: see vcpu_claims() in vcpu.c.
 *
 * Memory is of whole pages, and KVM splits accesses at a page's end: none is in it by half.
 */
#include <linux/mm.h>
#include <linux/mutex.h>

#include "claim.h"
#include "vm.h"

static bool claim_sane(const struct keel_claim *claim)
{
	if (claim->flags & ~KEEL_CLAIM_PORTS || claim->reserved || !claim->length)
		return false;
	if (claim->flags & KEEL_CLAIM_PORTS)
		return claim->addr < KEEL_PORTS && claim->length <= KEEL_PORTS - claim->addr;
	return !((claim->addr | claim->length) & ~PAGE_MASK) &&
	       claim->length <= U64_MAX - claim->addr;
}

/* Return: 0, or -EBUSY. */
static int claim_publish(struct keel_claimed *claimed, const struct keel_claim *claim)
{
	if (claimed->end)
		return -EBUSY;
	claimed->start = claim->addr;
	/* Pairs with keel_claims(): the start is there before the end is. */
	smp_store_release(&claimed->end, claim->addr + claim->length);
	return 0;
}

/* KEEL_CLAIM */
long keel_claim(void *owner, void *arg)
{
	const struct keel_claim *claim = arg;
	struct keel_vm *vm = owner;
	enum keel_space space;
	int ret;

	if (!claim_sane(claim))
		return -EINVAL;
	if (current->mm != vm->mm)
		return -EIO;
	if (mutex_lock_interruptible(&vm->control))
		return -EINTR;
	space = claim->flags & KEEL_CLAIM_PORTS ? KEEL_PIO : KEEL_MMIO;
	ret = claim_publish(&vm->claimed[space], claim);
	mutex_unlock(&vm->control);
	return ret;
}
