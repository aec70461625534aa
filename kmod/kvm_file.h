/* SPDX-License-Identifier: GPL-2.0 */
/* KVM through its own files. */
#ifndef KEEL_KVM_FILE_H
#define KEEL_KVM_FILE_H

#include <linux/types.h>

struct file;
struct keel_vm;

struct file *keel_kvm_vm_get(int fd);
struct file *keel_kvm_vcpu_get(int fd, unsigned int *id);
long keel_kvm_ioctl(struct file *file, unsigned int command, unsigned long arg);
long keel_kvm_call(struct keel_vm *vm, struct file *file, unsigned int command,
		   const void *arg, size_t size);

#endif /* KEEL_KVM_FILE_H */
