// SPDX-License-Identifier: GPL-2.0
/*
 * A vCPU whose interrupt window is open, and whose process requests that window: KVM_RUN then
 * returns again and again without checking signals.
 */
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/mman.h>

#include "abi.h"

#define APIC_ENABLED	0x800ULL
#define RFLAGS_IF	0x200ULL

/* No LAPIC between the 8259s and the vCPU, and interrupts on: the window is always open. */
static void open_window(int vcpu)
{
	struct kvm_sregs sregs;
	struct kvm_regs regs;

	must(!ioctl(vcpu, KVM_GET_SREGS, &sregs), "KVM_GET_SREGS");
	sregs.apic_base &= ~APIC_ENABLED;
	must(!ioctl(vcpu, KVM_SET_SREGS, &sregs), "KVM_SET_SREGS");
	must(!ioctl(vcpu, KVM_GET_REGS, &regs), "KVM_GET_REGS");
	regs.rflags |= RFLAGS_IF;
	must(!ioctl(vcpu, KVM_SET_REGS, &regs), "KVM_SET_REGS");
}

/* Requests the window while KEEL_RUN runs: does KVM_RUN return for it within 10 s? */
static bool comes_out(struct vm *vm, unsigned int nr)
{
	char vcpu[16];
	int i;

	snprintf(vcpu, sizeof(vcpu), "vcpu%u", nr);
	for (i = 0; i < 2000; i++) {
		__atomic_store_n(&vm->run[nr]->request_interrupt_window, 1, __ATOMIC_RELAXED);
		if (vm_value(vm, KEEL_STATS, vcpu, "loop.interrupt_window"))
			return true;
		pause_ms(5);
	}
	return false;
}

/* Does a signal end KEEL_RUN? If not, withdrawing the request does. */
static bool signal_ends(struct runner *runner, struct kvm_run *run)
{
	int i;

	for (i = 0; i < 2000 && !__atomic_load_n(&runner->done, __ATOMIC_ACQUIRE); i++) {
		pthread_kill(runner->thread, SIGUSR1);
		pause_ms(5);
	}
	run->request_interrupt_window = 0;
	runner_kick(runner);
	return i < 2000;
}

static void asked_by(unsigned int nr)
{
	struct runner runner;
	struct vm vm;

	vm_prepare(&vm);
	must(vm_create(&vm) >= 0, "KEEL_CREATE_VM");
	vm_create_vcpu(&vm, &guest_spin);
	vm_create_vcpu(&vm, &guest_spin);
	must(!vm_add(&vm, 0) && vm_add(&vm, 1) == 1, "KEEL_ADD_VCPU");
	open_window(vm.vcpu[nr]);
	runner_start(&runner, &vm, nr);
	if (nr)
		ok(comes_out(&vm, nr), "vCPU %u: KVM_RUN returns for the window", nr);
	ok(signal_ends(&runner, vm.run[nr]) && runner.error == EINTR,
	   "vCPU %u requests a window that is open: a signal ends KEEL_RUN", nr);
	vm_close(&vm);
}

void test_window(void)
{
	int users = module_users();

	asked_by(0);
	asked_by(1);
	ok(module_users_become(users), "no reference to the module is left");
}
