/* SPDX-License-Identifier: GPL-2.0 */
/* The boot processor's first state. */
#ifndef KEEL_VM_ENTRY_H
#define KEEL_VM_ENTRY_H

struct boot_entry;
struct vcpu;
struct waking;

void entry_boot(struct vcpu *vcpu, const struct boot_entry *entry);
const char *entry_wake(const struct vcpu *vcpu, const struct waking *waking);

#endif /* KEEL_VM_ENTRY_H */
