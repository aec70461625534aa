/* SPDX-License-Identifier: GPL-2.0 */
/* From the first KEEL_RUN to the last. */
#ifndef KEEL_VM_RUN_H
#define KEEL_VM_RUN_H

struct vm;

int vm_run(struct vm *vm);

#endif /* KEEL_VM_RUN_H */
