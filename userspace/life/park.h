/* SPDX-License-Identifier: GPL-2.0 */
/* Where the vCPUs' threads wait instead of running the guest, and what for. */
#ifndef KEEL_LIFE_PARK_H
#define KEEL_LIFE_PARK_H

#include <stdatomic.h>
#include <stdbool.h>

struct vcpu;
struct vm;

/* What holds a guest until it is dealt with, or the guest is resumed */
enum alarm { ALARM_PANIC, ALARM_WATCHDOG };

/* Of the vCPUs' threads, and of the thread that stops them */
void park_init(struct vm *vm);
void park(struct vm *vm);
void park_gated(struct vm *vm, const atomic_bool *gate);
void park_thread_ends(struct vm *vm);
void park_hold(struct vm *vm);
bool park_wait(struct vm *vm);
bool park_settle(struct vcpu *vcpu);
bool park_settle_late(struct vcpu *vcpu);
void park_release(struct vm *vm);
void park_give_up(struct vm *vm);

/* What the guest has brought about; each of these parks the vCPU's thread */
void park_for_reset(struct vm *vm);
void park_for_wake(struct vm *vm);
void park_for_disk(struct vm *vm, unsigned int disk);
void park_for_alarm(struct vm *vm, enum alarm alarm);

bool park_has_reset(struct vm *vm);
bool park_has_wake(struct vm *vm);
bool park_has_full_disk(struct vm *vm);
unsigned int park_untold_disks(struct vm *vm);
bool park_has_alarm(struct vm *vm, enum alarm alarm);
bool park_takes_alarm(struct vm *vm, enum alarm alarm);

#endif /* KEEL_LIFE_PARK_H */
