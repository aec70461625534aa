// SPDX-License-Identifier: GPL-2.0
/*
 * KVM through its own files: how they are recognised, and how KVM's ioctls are
 * called from the kernel. Needs no symbol and no internal header of KVM's.
 */
#include <linux/file.h>
#include <linux/magic.h>
#include <linux/uaccess.h>

#include "kvm_file.h"
#include "vm.h"

/*
 * Anonymous inodes are named by the kernel code that makes them; a regular file of
 * that name lives on another file system.
 */
static const char *kvm_file_name(const struct file *file)
{
	if (file_inode(file)->i_sb->s_magic != ANON_INODE_FS_MAGIC || !file->f_op->unlocked_ioctl)
		return "";
	return file->f_path.dentry->d_name.name;
}

/**
 * keel_kvm_ioctl() - an ioctl of KVM's.
 * @file:    a file of KVM's
 * @command: KVM_*
 * @arg:     a value or a user address
 */
long keel_kvm_ioctl(struct file *file, unsigned int command, unsigned long arg)
{
	return file->f_op->unlocked_ioctl(file, command, arg);
}

/**
 * keel_kvm_call() - an ioctl of KVM's that wants a user pointer.
 * @vm:      its scratch area takes the argument; the caller runs in its mm
 * @file:    a file of KVM's
 * @command: KVM_*
 * @arg:     the argument
 * @size:    its length
 *
 * The process can overwrite the scratch area at any time: it harms only its own VM.
 */
long keel_kvm_call(struct keel_vm *vm, struct file *file, unsigned int command,
		   const void *arg, size_t size)
{
	long ret = -EFAULT;

	if (mutex_lock_killable(&vm->scratch_lock))
		return -EINTR;
	if (!copy_to_user(vm->scratch, arg, size))
		ret = keel_kvm_ioctl(file, command, (unsigned long)vm->scratch);
	mutex_unlock(&vm->scratch_lock);
	return ret;
}

/**
 * keel_kvm_vm_get() - the KVM VM behind a file descriptor.
 * @fd: from KVM_CREATE_VM
 *
 * Return: a reference to its file, or -EBADF or -ENOTTY.
 */
struct file *keel_kvm_vm_get(int fd)
{
	struct file *file = fget(fd);

	if (!file)
		return ERR_PTR(-EBADF);
	if (!strcmp(kvm_file_name(file), "kvm-vm"))
		return file;
	fput(file);
	return ERR_PTR(-ENOTTY);
}

/**
 * keel_kvm_vcpu_get() - the vCPU behind a file descriptor.
 * @fd: from KVM_CREATE_VCPU
 * @id: out: its number, by which KVM knows it
 *
 * Return: a reference to its file, or -EBADF or -ENOTTY.
 */
struct file *keel_kvm_vcpu_get(int fd, unsigned int *id)
{
	static const char prefix[] = "kvm-vcpu:";
	struct file *file = fget(fd);
	const char *name;

	if (!file)
		return ERR_PTR(-EBADF);
	name = kvm_file_name(file);
	if (strncmp(name, prefix, strlen(prefix)) ||
	    kstrtouint(name + strlen(prefix), 10, id)) {
		fput(file);
		return ERR_PTR(-ENOTTY);
	}
	return file;
}
