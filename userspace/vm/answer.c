// SPDX-License-Identifier: GPL-2.0
/*
 * Accesses of a vCPU's that KEEL_RUN gives to its thread: to the memory of UEFI's variables
 * (firmware/nvram.c), and to the ports of a fw_cfg with a kernel in it (firmware/kernel.c).
 */
#include "firmware/nvram.h"
#include "firmware/served.h"
#include "uapi/keel.h"
#include "vm/answer.h"
#include "vm/vm.h"

/* answer_wanted() - is that why KEEL_RUN has returned? */
bool answer_wanted(__u32 reason)
{
	return reason == KEEL_EXIT_MMIO || reason == KEEL_EXIT_IO;
}

/**
 * answer() - an access, in the vCPU's thread.
 * @vm:     the VM
 * @run:    of the vCPU
 * @reason: for which answer_wanted()
 *
 * Return: whether it goes on; false: its VM ends.
 */
bool answer(struct vm *vm, struct kvm_run *run, __u32 reason)
{
	if (reason == KEEL_EXIT_MMIO)
		return nvram_answer(vm, run);
	served_answer(vm->served, run);
	return true;
}
