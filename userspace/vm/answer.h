/* SPDX-License-Identifier: GPL-2.0 */
/* Accesses that the launcher answers. */
#ifndef KEEL_VM_ANSWER_H
#define KEEL_VM_ANSWER_H

#include "base.h"

struct kvm_run;
struct vm;

bool answer_wanted(__u32 reason);
bool answer(struct vm *vm, struct kvm_run *run, __u32 reason);

#endif /* KEEL_VM_ANSWER_H */
