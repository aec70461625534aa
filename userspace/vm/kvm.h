/* SPDX-License-Identifier: GPL-2.0 */
/* What KVM must be able to do. */
#ifndef KEEL_VM_KVM_H
#define KEEL_VM_KVM_H

const char *kvm_lack(int kvm);

#endif /* KEEL_VM_KVM_H */
