/* SPDX-License-Identifier: GPL-2.0 */
/* Why the VM ends, and what the main thread is to look at before. */
#ifndef KEEL_VM_OUTCOME_H
#define KEEL_VM_OUTCOME_H

struct vm;

void vm_wake_main(struct vm *vm);
void __printf(3, 4) vm_end(struct vm *vm, int status, const char *format, ...);

#endif /* KEEL_VM_OUTCOME_H */
