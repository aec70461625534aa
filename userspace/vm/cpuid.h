/* SPDX-License-Identifier: GPL-2.0 */
/* The CPU that a guest sees. */
#ifndef KEEL_VM_CPUID_H
#define KEEL_VM_CPUID_H

struct vcpu;

void cpuid_setup(const struct vcpu *vcpu);

#endif /* KEEL_VM_CPUID_H */
