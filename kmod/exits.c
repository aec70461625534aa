// SPDX-License-Identifier: GPL-2.0
/*
 * The last exits of each vCPU: they tell what a guest did before it died, or what it waits for. A
 * vCPU's thread writes them without a lock, as each costs every access that comes to the loop.
 */
#include <linux/nospec.h>
#include <linux/uaccess.h>

#include "exits.h"
#include "vcpu.h"
#include "vm.h"

static bool exits_alike(const struct keel_vcpu_exit *a, const struct keel_vcpu_exit *b)
{
	return a->addr == b->addr && a->reason == b->reason && a->length == b->length &&
	       a->write == b->write;
}

/**
 * keel_exits_note() - one more.
 * @exits: the vCPU's, in its thread
 * @exit:  it; without @times
 */
void keel_exits_note(struct keel_exits *exits, const struct keel_vcpu_exit *exit)
{
	struct keel_vcpu_exit *last = &exits->ring[(exits->nr - 1) % KEEL_LAST_EXITS_NR];
	u32 times = 1;

	if (exits_alike(last, exit) && last->times)
		times = last->times + 1 ?: U32_MAX;
	else
		last = &exits->ring[exits->nr++ % KEEL_LAST_EXITS_NR];
	*last = *exit;
	last->times = times;
}

/* Copies them in their order; returns how many there are. */
static u32 exits_copy(const struct keel_exits *exits, struct keel_vcpu_exit *to)
{
	u32 end = READ_ONCE(exits->nr), nr = min_t(u32, end, KEEL_LAST_EXITS_NR), i;

	for (i = 0; i < nr; i++)
		to[i] = data_race(exits->ring[(end - nr + i) % KEEL_LAST_EXITS_NR]);
	return nr;
}

/* KEEL_LAST_EXITS */
long keel_exits_get(void *owner, void *arg)
{
	struct keel_vcpu_exit list[KEEL_LAST_EXITS_NR];
	struct keel_last_exits *request = arg;
	struct keel_vm *vm = owner;
	u32 room = request->nr, nr;

	if (request->reserved || request->vcpu >= keel_vm_nr_vcpus(vm))
		return -EINVAL;
	nr = exits_copy(&vm->vcpus[array_index_nospec(request->vcpu, KEEL_MAX_VCPUS)]->exits, list);
	request->nr = nr;
	return copy_to_user(u64_to_user_ptr(request->exits), list,
			    min(room, nr) * sizeof(*list)) ? -EFAULT : 0;
}
