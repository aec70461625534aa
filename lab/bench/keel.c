// SPDX-License-Identifier: GPL-2.0
/* Back-ends with Keel: the accelerator on KVM's buses, and the portable loop. */
#include "vmm.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>

#include "../../uapi/keel.h"
#include "guest/cost.h"

static int open_keel(void)
{
	int fd = open("/dev/keel", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		die("/dev/keel");
	return fd;
}

static void create(struct vm *vm, u32 flags)
{
	static const struct keel_device_config devices[] = {
		{ .class = KEEL_CLASS_PIC, .irq = KEEL_IRQ_DEFAULT },
		{ .class = KEEL_CLASS_IOAPIC, .irq = KEEL_IRQ_DEFAULT },
		{ .class = KEEL_CLASS_PIT, .irq = KEEL_IRQ_DEFAULT },
		{ .class = KEEL_CLASS_UART, .irq = KEEL_IRQ_DEFAULT },
		{ .class = KEEL_CLASS_DEBUGEXIT, .irq = KEEL_IRQ_DEFAULT, .base = COST_EXIT },
	};
	s32 eventfds[KEEL_NR_GSIS];
	struct keel_vm_config config = {
		.size = sizeof(config),
		.flags = flags,
		.kvm_fd = vm->vm,
		.nr_devices = ARRAY_SIZE(devices),
		.nr_eventfds = KEEL_NR_GSIS,
		.devices = (uintptr_t)devices,
		.eventfds = (uintptr_t)eventfds,
		.scratch = (uintptr_t)aligned_alloc(KEEL_SCRATCH_SIZE, KEEL_SCRATCH_SIZE),
	};
	int i, fd = open_keel();

	for (i = 0; i < KEEL_NR_GSIS; i++)
		eventfds[i] = eventfd(0, EFD_CLOEXEC);
	vm->keel = ioctl(fd, KEEL_CREATE_VM, &config);
	if (vm->keel < 0)
		die("KEEL_CREATE_VM");
}

static void bus_create(struct vm *vm)
{
	struct keel_info info = { .size = sizeof(info) };

	if (ioctl(open_keel(), KEEL_GET_INFO, &info))
		die("KEEL_GET_INFO");
	if (!(info.features & KEEL_FEATURE_BUS))
		fail("this keel.ko has no bus accelerator: features", info.features);
	create(vm, 0);
}

static void loop_create(struct vm *vm)
{
	create(vm, KEEL_VM_NO_BUS);
}

static void add(struct vm *vm)
{
	struct keel_vcpu_config config = {
		.size = sizeof(config), .vcpu_fd = vm->vcpu, .run = (uintptr_t)vm->run,
	};
	int index = ioctl(vm->keel, KEEL_ADD_VCPU, &config);

	if (index < 0)
		die("KEEL_ADD_VCPU");
	vm->index = index;
}

static void run(struct vm *vm)
{
	struct keel_run run = { .size = sizeof(run), .vcpu = vm->index };

	while (ioctl(vm->keel, KEEL_RUN, &run))
		if (errno != EINTR)
			die("KEEL_RUN");
	if (run.reason != KEEL_EXIT_DEBUG)
		fail("KEEL_RUN: unexpected exit", run.reason);
}

const struct backend backend_keel_bus = { "keel-bus", bus_create, add, run, 0 };
const struct backend backend_keel_loop = { "keel-loop", loop_create, add, run, 0 };
