// SPDX-License-Identifier: GPL-2.0
/*
 * KVM's vCPUs that become Keel's. The process names them, and is not believed: a file has to be
 * that of a vCPU of this VM, and its struct kvm_run where the process has mapped that very file.
 * Its pages stay pinned, so that the loop in vcpu.c can reach them whatever is unmapped.
 */
#include <linux/file.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "kvm_bus.h"
#include "kvm_file.h"
#include "vcpu.h"
#include "vm.h"

/* Is this address where the process mapped the vCPU's struct kvm_run? */
static bool vcpu_run_mapped(const struct file *file, unsigned long addr)
{
	struct vm_area_struct *vma;
	bool ours;

	mmap_read_lock(current->mm);
	vma = find_vma(current->mm, addr);
	ours = vma && vma->vm_start == addr && vma->vm_file == file && !vma->vm_pgoff &&
	       vma->vm_end - addr >= 2 * PAGE_SIZE && vma->vm_flags & VM_SHARED;
	mmap_read_unlock(current->mm);
	return ours;
}

static int vcpu_pin(struct keel_vcpu *vcpu, unsigned long addr)
{
	int nr;

	if (!vcpu_run_mapped(vcpu->file, addr))
		return -EFAULT;
	nr = pin_user_pages_fast(addr, 2, FOLL_WRITE | FOLL_LONGTERM, vcpu->pages);
	if (nr != 2) {
		if (nr > 0)
			unpin_user_pages(vcpu->pages, nr);
		return -EFAULT;
	}
	vcpu->run = page_address(vcpu->pages[0]);
	vcpu->pio = page_address(vcpu->pages[1]);
	return 0;
}

/**
 * keel_vcpu_free() - forget a vCPU.
 * @vcpu: does not run
 */
void keel_vcpu_free(struct keel_vcpu *vcpu)
{
	if (vcpu->run)
		unpin_user_pages(vcpu->pages, 2);
	fput(vcpu->file);
	kfree(vcpu);
}

/*
 * Does the VM own this vCPU? Exact where KVM's structs are known. Elsewhere KVM is
 * asked to make the vCPU once more, which it refuses with EEXIST if the VM has one
 * of that number.
 */
static bool vcpu_belongs(const struct file *vm, const struct file *vcpu, unsigned int id)
{
#ifdef KEEL_KVM_BUS
	return keel_kvm_bus_same_vm(vm, vcpu);
#else
	return keel_kvm_ioctl((struct file *)vm, KVM_CREATE_VCPU, id) == -EEXIST;
#endif
}

/* Return: a reference to a vCPU's file, or -EBADF, -ENOTTY or -EXDEV. */
static struct file *vcpu_file(const struct keel_vm *vm, int fd)
{
	unsigned int id;
	struct file *file = keel_kvm_vcpu_get(fd, &id);

	if (IS_ERR(file) || vcpu_belongs(vm->kvm_file, file, id))
		return file;
	fput(file);
	return ERR_PTR(-EXDEV);
}

static struct keel_vcpu *vcpu_create(struct keel_vm *vm, const struct keel_vcpu_config *config)
{
	struct file *file = vcpu_file(vm, config->vcpu_fd);
	struct keel_vcpu *vcpu;
	int ret;

	if (IS_ERR(file))
		return ERR_CAST(file);
	vcpu = kzalloc(sizeof(*vcpu), GFP_KERNEL_ACCOUNT);
	if (!vcpu) {
		fput(file);
		return ERR_PTR(-ENOMEM);
	}
	vcpu->vm = vm;
	vcpu->file = file;
	vcpu->stale = true;
	keel_kvm_bus_find_rip(file, &vcpu->rip);
	mutex_init(&vcpu->running);
	raw_spin_lock_init(&vcpu->kick);
	ret = vcpu_pin(vcpu, config->run);
	if (ret) {
		keel_vcpu_free(vcpu);
		return ERR_PTR(ret);
	}
	return vcpu;
}

static bool vcpu_known(const struct keel_vm *vm, const struct file *file)
{
	unsigned int i;

	for (i = 0; i < vm->nr_vcpus; i++)
		if (vm->vcpus[i]->file == file)
			return true;
	return false;
}

static long vcpu_publish(struct keel_vm *vm, struct keel_vcpu *vcpu)
{
	if (vcpu_known(vm, vcpu->file))
		return -EEXIST;
	if (vm->nr_vcpus == KEEL_MAX_VCPUS)
		return -ENOSPC;
	vcpu->index = vm->nr_vcpus;
	vm->vcpus[vcpu->index] = vcpu;
	/* Pairs with keel_vm_nr_vcpus(). */
	smp_store_release(&vm->nr_vcpus, vcpu->index + 1);
	return vcpu->index;
}

/* KEEL_ADD_VCPU */
long keel_vcpu_add(void *owner, void *arg)
{
	const struct keel_vcpu_config *config = arg;
	struct keel_vm *vm = owner;
	struct keel_vcpu *vcpu;
	long ret;

	if (current->mm != vm->mm)
		return -EIO;
	vcpu = vcpu_create(vm, config);
	if (IS_ERR(vcpu))
		return PTR_ERR(vcpu);
	ret = -EINTR;
	if (!mutex_lock_interruptible(&vm->control)) {
		ret = vcpu_publish(vm, vcpu);
		mutex_unlock(&vm->control);
	}
	if (ret < 0)
		keel_vcpu_free(vcpu);
	return ret;
}
