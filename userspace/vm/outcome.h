/* SPDX-License-Identifier: GPL-2.0 */
/* Why the VM ends. */
#ifndef KEEL_VM_OUTCOME_H
#define KEEL_VM_OUTCOME_H

struct vm;

void __printf(3, 4) vm_end(struct vm *vm, int status, const char *format, ...);

#endif /* KEEL_VM_OUTCOME_H */
