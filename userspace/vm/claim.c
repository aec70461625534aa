// SPDX-License-Identifier: GPL-2.0
/*
 * KEEL_CLAIM: the memory of UEFI's variables (firmware/nvram.c), and the ports of a fw_cfg with a
 * kernel in it (firmware/kernel.c). KEEL_RUN gives accesses there to the vCPU's thread.
 */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#include "firmware/nvram.h"
#include "firmware/served.h"
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

/* claim_is() - is that why KEEL_RUN has returned? */
bool claim_is(__u32 reason)
{
	return reason == KEEL_EXIT_MMIO || reason == KEEL_EXIT_IO;
}

/**
 * claim_answer() - an access of a vCPU's, in its thread.
 * @vm:     the VM
 * @run:    of the vCPU
 * @reason: for which claim_is()
 *
 * Return: whether it goes on; false: its VM ends.
 */
bool claim_answer(struct vm *vm, struct kvm_run *run, __u32 reason)
{
	if (reason == KEEL_EXIT_MMIO)
		return nvram_answer(vm, run);
	served_answer(vm->served, run);
	return true;
}
