// SPDX-License-Identifier: GPL-2.0
/* KEEL_CLAIM: memory or ports at which the launcher answers (vm/answer.c). */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#include "status.h"
#include "uapi/keel.h"
#include "vm/claim.h"
#include "vm/vm.h"

/**
 * claim() - have Keel's VM give accesses; dies if it does not.
 * @vm:     the VM
 * @flags:  as of struct keel_claim, like what follows
 * @addr:   likewise
 * @length: likewise
 */
void claim(const struct vm *vm, __u32 flags, __u64 addr, __u64 length)
{
	struct keel_claim request = {
		.size = sizeof(request), .flags = flags, .addr = addr, .length = length,
	};

	if (ioctl(vm->keel, KEEL_CLAIM, &request))
		die(errno == ENOTTY ? STATUS_ABI : STATUS_INTERNAL, "KEEL_CLAIM: %s",
		    strerror(errno));
}
