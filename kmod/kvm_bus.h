/* SPDX-License-Identifier: GPL-2.0 */
/* The accelerator, where this kernel allows it. */
#ifndef KEEL_KVM_BUS_H
#define KEEL_KVM_BUS_H

#include <linux/types.h>

struct file;
struct keel_vm;

#ifdef KEEL_KVM_BUS
bool keel_kvm_bus_available(void);
int keel_kvm_bus_register(struct keel_vm *vm);
void keel_kvm_bus_remap(struct keel_vm *vm);
void keel_kvm_bus_unregister(struct keel_vm *vm);
bool keel_kvm_bus_same_vm(const struct file *vm, const struct file *vcpu);
u64 keel_kvm_bus_rip(const struct file *vcpu);
#else
static inline bool keel_kvm_bus_available(void) { return false; }
static inline int keel_kvm_bus_register(struct keel_vm *vm) { return 0; }
static inline void keel_kvm_bus_remap(struct keel_vm *vm) { }
static inline void keel_kvm_bus_unregister(struct keel_vm *vm) { }
static inline u64 keel_kvm_bus_rip(const struct file *vcpu) { return 0; }
#endif

#endif /* KEEL_KVM_BUS_H */
