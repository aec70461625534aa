// SPDX-License-Identifier: GPL-2.0
/* KEEL_ADD_VCPU. */
#include "abi.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static long add(struct vm *vm, int fd, u64 run)
{
	struct keel_vcpu_config config = { .size = sizeof(config), .vcpu_fd = fd, .run = run };

	return ioctl(vm->keel, KEEL_ADD_VCPU, &config);
}

static void wrong_fds(struct vm *vm, u64 run)
{
	int stats = ioctl(vm->vcpu[0], KVM_GET_STATS_FD, NULL);
	int null = open("/dev/null", O_RDWR), closed = dup(0);
	int memfd = syscall(SYS_memfd_create, "kvm-vcpu:0", 0);

	close(closed);
	FAILS(add(vm, -1, run), EBADF, "vcpu_fd -1");
	FAILS(add(vm, closed, run), EBADF, "vcpu_fd is closed");
	FAILS(add(vm, null, run), ENOTTY, "vcpu_fd is /dev/null");
	FAILS(add(vm, memfd, run), ENOTTY, "vcpu_fd is a memfd called kvm-vcpu:0");
	FAILS(add(vm, vm->eventfds[0], run), ENOTTY, "vcpu_fd is an eventfd");
	FAILS(add(vm, vm->kvm_vm, run), ENOTTY, "vcpu_fd is a VM");
	if (stats >= 0)
		FAILS(add(vm, stats, run), ENOTTY, "vcpu_fd is the statistics of one");
	FAILS(add(vm, vm->kvm, run), ENOTTY, "vcpu_fd is /dev/kvm");
	FAILS(add(vm, vm->keel, run), ENOTTY, "vcpu_fd is a VM of Keel's");
	close(stats);
	close(null);
	close(memfd);
}

/* Mappings that are not the vCPU's, not whole, or at a wrong offset */
static void wrong_pages(struct vm *vm)
{
	int size = vm->run_size, fd = vm->vcpu[0];
	u64 right = (uintptr_t)vm->run[0];
	char *private = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			     -1, 0);
	char *cut = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	char *cow = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	char *readonly = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	char *shifted = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 4096);

	FAILS(add(vm, fd, 0), EFAULT, "run at 0");
	FAILS(add(vm, fd, NOWHERE), EFAULT, "run nowhere");
	FAILS(add(vm, fd, KERNEL), EFAULT, "run in the kernel");
	FAILS(add(vm, fd, ~4095ULL), EFAULT, "run at the very top");
	FAILS(add(vm, fd, right + 8), EFAULT, "run is not aligned");
	FAILS(add(vm, fd, right + 4096), EFAULT, "run is the second page");
	FAILS(add(vm, fd, (uintptr_t)shifted), EFAULT, "run is a mapping of the second page");
	FAILS(add(vm, fd, (uintptr_t)private), EFAULT, "run is anonymous memory");
	FAILS(add(vm, fd, (uintptr_t)vm->memory), EFAULT, "run is guest memory");
	if (cow != MAP_FAILED)
		FAILS(add(vm, fd, (uintptr_t)cow), EFAULT, "run is a private mapping");
	FAILS(add(vm, fd, (uintptr_t)readonly), EFAULT, "run is a read-only mapping");
	FAILS(add(vm, fd, (uintptr_t)vm->run[1]), EFAULT, "run is another vCPU's");
	if (size > 4096) {
		munmap(cut + 4096, size - 4096);
		FAILS(add(vm, fd, (uintptr_t)cut), EFAULT, "run is not mapped whole");
	}
	munmap(private, size);
	munmap(cow, size);
	munmap(readonly, size);
	munmap(cut, 4096);
	munmap(shifted, 4096);
}

static void too_many(void)
{
	int fds[KEEL_MAX_VCPUS + 1], i, last = -1;
	struct vm vm;
	void *run;

	vm_prepare(&vm);
	must(vm_create(&vm) >= 0, "KEEL_CREATE_VM");
	for (i = 0; i <= KEEL_MAX_VCPUS; i++) {
		fds[i] = ioctl(vm.kvm_vm, KVM_CREATE_VCPU, i);
		must(fds[i] >= 0, "KVM_CREATE_VCPU");
		run = mmap(NULL, vm.run_size, PROT_READ | PROT_WRITE, MAP_SHARED, fds[i], 0);
		last = add(&vm, fds[i], (uintptr_t)run);
		if (last != i)
			break;
	}
	ok(i == KEEL_MAX_VCPUS, "64 vCPUs are taken (%d)", i);
	ok(last < 0 && errno == ENOSPC, "the 65th is not");
	/* The vCPUs' fds are closed before the VM's: KVM must cope with that */
	while (i >= 0)
		close(fds[i--]);
	vm_close(&vm);
}

void test_add_vcpu(void)
{
	struct vm vm, other;

	vm_prepare(&vm);
	must(vm_create(&vm) >= 0, "KEEL_CREATE_VM");
	vm_create_vcpu(&vm, &guest_debug);
	vm_create_vcpu(&vm, &guest_debug);
	vm_start(&other, &guest_debug);

	wrong_fds(&vm, (uintptr_t)vm.run[0]);
	wrong_pages(&vm);
	FAILS(add(&vm, other.vcpu[0], (uintptr_t)other.run[0]), EXDEV, "a vCPU of another VM");
	FAILS(ioctl(vm.keel, KEEL_ADD_VCPU, NULL), EFAULT, "no argument");
	FAILS(ioctl(vm.keel, KEEL_ADD_VCPU, (uintptr_t)NOWHERE), EFAULT, "argument nowhere");

	ok(vm_add(&vm, 0) == 0, "after all refusals the first vCPU gets index 0");
	FAILS(vm_add(&vm, 0), EEXIST, "the same once more");
	FAILS(add(&other, vm.vcpu[0], (uintptr_t)vm.run[0]), EXDEV, "the same to another VM");
	ok(vm_add(&vm, 1) == 1, "the second vCPU gets index 1");
	ok(vm_alive(&other), "the other VM runs");
	ok(vm_alive(&vm), "and so does this one");
	too_many();
}
