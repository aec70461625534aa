// SPDX-License-Identifier: GPL-2.0
/* In a paused VM no device is accessed, even if its process calls KVM_RUN directly. */
#include "abi.h"

#include <unistd.h>

#define CR4_OSFXSR	0x200
#define IOAPIC		0xfec00000

/* Calls KVM_RUN directly, which must return with the guest's access, not answer it. */
static bool begin(struct vm *vm, u32 reason)
{
	alarm(2);
	if (ioctl(vm->vcpu[0], KVM_RUN, 0)) {
		note("KVM_RUN: errno %d", errno);
		return false;
	}
	return vm->run[0]->exit_reason == reason;
}

static bool stands_still(struct vm *vm)
{
	struct keel_run run;

	return !vm_run(vm, 0, &run) && run.reason == KEEL_EXIT_PAUSED;
}

static void ports(void)
{
	/* mov al, 0x33; 1: out 0x70, al; inc al; jmp 1b */
	static const struct guest index = { 8, { 0xb0, 0x33, 0xe6, 0x70, 0xfe, 0xc0, 0xeb, 0xfa } };
	struct vm vm;
	u64 before;
	int i;

	vm_start(&vm, &index);
	WORKS(ioctl(vm.keel, KEEL_PAUSE), "PAUSE");
	before = vm_value(&vm, KEEL_INSPECT, "rtc0", "index");
	for (i = 0; i < 3; i++)
		ok(begin(&vm, KVM_EXIT_IO) && vm.run[0]->io.port == 0x70,
		   "KVM_RUN returns with an access to a port");
	ok(stands_still(&vm), "KEEL_RUN says that the VM is paused");
	ok(vm_value(&vm, KEEL_INSPECT, "rtc0", "index") == before,
	   "and no device was accessed");
	vm_close(&vm);
}

/* An access that KVM reports in two halves: the second one after the first one is completed. */
static void halves(void)
{
	/* pcmpeqd xmm0, xmm0; movups [0], xmm0; hlt */
	static const struct guest store = {
		10, { 0x66, 0x0f, 0x76, 0xc0, 0x0f, 0x11, 0x06, 0x00, 0x00, 0xf4 }
	};
	struct kvm_sregs sregs;
	struct vm vm;

	vm_start(&vm, &store);
	must(!ioctl(vm.vcpu[0], KVM_GET_SREGS, &sregs), "KVM_GET_SREGS");
	sregs.cr4 |= CR4_OSFXSR;
	sregs.ds.base = IOAPIC - 8;
	must(!ioctl(vm.vcpu[0], KVM_SET_SREGS, &sregs), "KVM_SET_SREGS");
	WORKS(ioctl(vm.keel, KEEL_PAUSE), "PAUSE");
	ok(begin(&vm, KVM_EXIT_MMIO) && vm.run[0]->mmio.phys_addr == IOAPIC - 8,
	   "KVM_RUN returns with half of an access");
	ok(stands_still(&vm), "KEEL_RUN says that the VM is paused");
	ok(vm_value(&vm, KEEL_STATS, "vcpu0", "loop.dropped") == 1 &&
	   !vm_value(&vm, KEEL_STATS, "vcpu0", "loop.mmio"),
	   "the other half is dropped, and counted");
	vm_close(&vm);
}

void test_still(void)
{
	int users = module_users();

	ports();
	halves();
	ok(module_users_become(users), "no reference to the module is left");
}
