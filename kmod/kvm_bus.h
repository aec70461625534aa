/* SPDX-License-Identifier: GPL-2.0 */
/* The accelerator, where this kernel allows it. */
#ifndef KEEL_KVM_BUS_H
#define KEEL_KVM_BUS_H

#include <linux/bitops.h>
#include <linux/types.h>

struct file;
struct keel_vm;

/**
 * struct keel_kvm_rip - where KVM has the RIP of a vCPU's guest.
 * @value: the value; NULL: it is not known where
 * @known: words of which a bit says whether @value is that of the last exit: VMX gives it to those
 *         alone that ask
 * @bit:   which one
 */
struct keel_kvm_rip {
	const unsigned long *value;
	const unsigned long *known;
	unsigned int bit;
};

/**
 * keel_kvm_rip() - where the guest is.
 * @rip: of a vCPU, which the caller's thread has just run
 *
 * Return: RIP, or 0.
 */
static inline u64 keel_kvm_rip(const struct keel_kvm_rip *rip)
{
	return rip->value && test_bit(rip->bit, rip->known) ? READ_ONCE(*rip->value) : 0;
}

#ifdef KEEL_KVM_BUS
bool keel_kvm_bus_available(void);
int keel_kvm_bus_register(struct keel_vm *vm);
void keel_kvm_bus_remap(struct keel_vm *vm);
void keel_kvm_bus_unregister(struct keel_vm *vm);
void keel_kvm_bus_count(struct keel_vm *vm);
bool keel_kvm_bus_same_vm(const struct file *vm, const struct file *vcpu);
void keel_kvm_bus_find_rip(const struct file *vcpu, struct keel_kvm_rip *rip);
#else
static inline bool keel_kvm_bus_available(void) { return false; }
static inline int keel_kvm_bus_register(struct keel_vm *vm) { return 0; }
static inline void keel_kvm_bus_remap(struct keel_vm *vm) { }
static inline void keel_kvm_bus_unregister(struct keel_vm *vm) { }
static inline void keel_kvm_bus_count(struct keel_vm *vm) { }
static inline void keel_kvm_bus_find_rip(const struct file *vcpu, struct keel_kvm_rip *rip) { }
#endif

#endif /* KEEL_KVM_BUS_H */
