// SPDX-License-Identifier: GPL-2.0
/* A minimal VMM: makes VMs of KVM, with Keel on top of them or without. */
#include "vmm.h"

#include <fcntl.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

int keel_fd = -1;
u32 vm_flags;

static const struct keel_device_config usual_devices[USUAL_DEVICES] = {
	[PIC]	    = { .class = KEEL_CLASS_PIC, .irq = KEEL_IRQ_DEFAULT },
	[IOAPIC]    = { .class = KEEL_CLASS_IOAPIC, .irq = KEEL_IRQ_DEFAULT },
	[PIT]	    = { .class = KEEL_CLASS_PIT, .irq = KEEL_IRQ_DEFAULT },
	[RTC]	    = { .class = KEEL_CLASS_RTC, .irq = KEEL_IRQ_DEFAULT },
	[PM]	    = { .class = KEEL_CLASS_PM, .irq = KEEL_IRQ_DEFAULT },
	[UART]	    = { .class = KEEL_CLASS_UART, .irq = KEEL_IRQ_DEFAULT },
	[DEBUGEXIT] = { .class = KEEL_CLASS_DEBUGEXIT, .irq = KEEL_IRQ_DEFAULT,
			.base = DEBUG_PORT },
};

static void add_memory(struct vm *vm, u32 size)
{
	struct kvm_userspace_memory_region region = { .memory_size = size };

	vm->memory_size = size;
	vm->memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	must(vm->memory != MAP_FAILED, "memory");
	region.userspace_addr = (uintptr_t)vm->memory;
	must(!ioctl(vm->kvm_vm, KVM_SET_USER_MEMORY_REGION, &region), "memory region");
}

void vm_open(struct vm *vm, u32 memory_size)
{
	memset(vm, 0, sizeof(*vm));
	memset(vm->eventfds, 0xff, sizeof(vm->eventfds));
	vm->keel = -1;
	vm->kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	must(vm->kvm >= 0, "/dev/kvm");
	vm->kvm_vm = ioctl(vm->kvm, KVM_CREATE_VM, 0);
	must(vm->kvm_vm >= 0, "KVM_CREATE_VM");
	vm->run_size = ioctl(vm->kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	add_memory(vm, memory_size);
}

void vm_configure(struct vm *vm)
{
	int i;

	vm->scratch = mmap(NULL, KEEL_SCRATCH_SIZE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	must(vm->scratch != MAP_FAILED, "scratch");
	for (i = 0; i < NR_EVENTFDS; i++) {
		vm->eventfds[i] = eventfd(0, EFD_CLOEXEC);
		must(vm->eventfds[i] >= 0, "eventfd");
	}
	memcpy(vm->devices, usual_devices, sizeof(usual_devices));
	vm->config = (struct keel_vm_config) {
		.size = sizeof(vm->config),
		.flags = vm_flags,
		.kvm_fd = vm->kvm_vm,
		.nr_devices = USUAL_DEVICES,
		.nr_eventfds = KEEL_NR_GSIS,
		.devices = (uintptr_t)vm->devices,
		.eventfds = (uintptr_t)vm->eventfds,
		.scratch = (uintptr_t)vm->scratch,
	};
}

int vm_create(struct vm *vm)
{
	int fd = ioctl(keel_fd, KEEL_CREATE_VM, &vm->config);

	if (fd >= 0)
		vm->keel = fd;
	return fd;
}

unsigned int vm_create_kvm_vcpu(struct vm *vm)
{
	unsigned int nr = vm->nr_vcpus++;

	vm->vcpu[nr] = ioctl(vm->kvm_vm, KVM_CREATE_VCPU, nr);
	must(vm->vcpu[nr] >= 0, "KVM_CREATE_VCPU");
	vm->run[nr] = mmap(NULL, vm->run_size, PROT_READ | PROT_WRITE, MAP_SHARED, vm->vcpu[nr], 0);
	must(vm->run[nr] != MAP_FAILED, "mmap of a vCPU");
	return nr;
}

int vm_add(struct vm *vm, unsigned int nr)
{
	struct keel_vcpu_config config = {
		.size = sizeof(config),
		.vcpu_fd = vm->vcpu[nr],
		.run = (uintptr_t)vm->run[nr],
	};

	return ioctl(vm->keel, KEEL_ADD_VCPU, &config);
}

int vm_run(struct vm *vm, unsigned int nr, struct keel_run *run)
{
	*run = (struct keel_run) { .size = sizeof(*run), .vcpu = nr };
	return ioctl(vm->keel, KEEL_RUN, run);
}

void vm_close(struct vm *vm)
{
	unsigned int i;

	for (i = 0; i < vm->nr_vcpus; i++) {
		close(vm->vcpu[i]);
		munmap(vm->run[i], vm->run_size);
	}
	for (i = 0; i < NR_EVENTFDS; i++)
		close(vm->eventfds[i]);
	close(vm->keel);
	close(vm->kvm_vm);
	close(vm->kvm);
	munmap(vm->memory, vm->memory_size);
	munmap(vm->scratch, KEEL_SCRATCH_SIZE);
	memset(vm, 0xff, sizeof(*vm));
}
