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

static void exits_tell(const struct keel_noted_exit *noted, struct keel_vcpu_exit *exit)
{
	*exit = (struct keel_vcpu_exit) {
		.reason = noted->key, .times = noted->times, .addr = noted->addr,
		.value = noted->value, .rip = noted->rip, .length = noted->key >> 32,
		.write = noted->key >> 40,
	};
}

/* Copies them in their order; returns how many there are. */
static u32 exits_copy(const struct keel_exits *exits, struct keel_vcpu_exit *to)
{
	u32 end = READ_ONCE(exits->nr), nr = min_t(u32, end, KEEL_LAST_EXITS_NR), i;

	for (i = 0; i < nr; i++) {
		struct keel_noted_exit noted;

		/* Its thread may be writing it: then it is torn, as keel.h says */
		noted = data_race(exits->ring[(end - nr + i) % KEEL_LAST_EXITS_NR]);
		exits_tell(&noted, &to[i]);
	}
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
