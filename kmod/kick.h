/* SPDX-License-Identifier: GPL-2.0 */
/* Kicks: see kick.c. */
#ifndef KEEL_KICK_H
#define KEEL_KICK_H

#include <linux/types.h>

struct keel_vm;
struct task_struct;

void keel_kick_task(struct task_struct *task);
void keel_kick_vcpu(struct keel_vm *vm, unsigned int index);
void keel_kick_vcpus(struct keel_vm *vm);
void keel_kick_one(struct keel_vm *vm);
bool keel_take_kick(void);
bool keel_only_kicked(void);
long keel_interrupted(void);

#endif /* KEEL_KICK_H */
