// SPDX-License-Identifier: GPL-2.0
/* Back-ends with Keel: the accelerator on KVM's buses, and the portable loop. */
#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>

/* The usual board without the devices that the payload does not use */
static const u8 used[] = { PIC, IOAPIC, PIT, UART, DEBUGEXIT };

static void open_keel(void)
{
	keel_fd = open("/dev/keel", O_RDWR | O_CLOEXEC);
	must(keel_fd >= 0, "/dev/keel");
}

static void create(struct vm *vm)
{
	unsigned int i;

	vm_configure(vm);
	for (i = 0; i < ARRAY_SIZE(used); i++)
		vm->devices[i] = vm->devices[used[i]];
	vm->config.nr_devices = ARRAY_SIZE(used);
	must(vm_create(vm) >= 0, "KEEL_CREATE_VM");
}

static void bus_create(struct vm *vm)
{
	struct keel_info info = { .size = sizeof(info) };

	open_keel();
	must(!ioctl(keel_fd, KEEL_GET_INFO, &info), "KEEL_GET_INFO");
	if (!(info.features & KEEL_FEATURE_BUS))
		fail("this keel.ko has no bus accelerator: features", info.features);
	create(vm);
}

static void loop_create(struct vm *vm)
{
	open_keel();
	vm_flags = KEEL_VM_NO_BUS;
	create(vm);
}

/* The same, measuring latencies */
static void timed_create(struct vm *vm)
{
	struct keel_latency_set set = { .size = sizeof(set), .action = KEEL_LATENCY_ON };

	bus_create(vm);
	must(!ioctl(vm->keel, KEEL_LATENCY_SET, &set), "KEEL_LATENCY_SET");
}

static void add(struct vm *vm)
{
	must(!vm_add(vm, 0), "KEEL_ADD_VCPU");
}

static void run(struct vm *vm)
{
	struct keel_run run;

	while (vm_run(vm, 0, &run))
		must(errno == EINTR, "KEEL_RUN");
	if (run.reason != KEEL_EXIT_DEBUG)
		fail("KEEL_RUN: unexpected exit", run.reason);
}

const struct backend backend_keel_bus = { "keel-bus", bus_create, add, run, 0 };
const struct backend backend_keel_timed = { "keel-timed", timed_create, add, run, 0 };
const struct backend backend_keel_loop = { "keel-loop", loop_create, add, run, 0 };
