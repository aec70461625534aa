/* SPDX-License-Identifier: GPL-2.0 */
/* The VM as a debugger's target: stopped, let go, its memory. */
#ifndef KEEL_DEBUG_TARGET_H
#define KEEL_DEBUG_TARGET_H

#include <linux/types.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "debug/points.h"
#include "uapi/keel.h"

struct vcpu;
struct vm;

/* What a vCPU is to do when the target is let go. */
enum action { ACTION_NONE, ACTION_HOLD, ACTION_RUN, ACTION_STEP };

/**
 * struct target - the VM's.
 * @vm:      it
 * @event:   eventfd: a vCPU has stopped by itself
 * @running: the debugger has let it go
 * @points:  break- and watchpoints; they change only while it does not run
 * @gates:   vCPUs whose threads stay out of the guest until the debugger lets them in
 * @actions: of each vCPU, when it was let go last
 * @hits:    of each vCPU, enum hit that the debugger has not been told of
 * @virt:    and where
 * @decided: the first vCPU that has crashed sets what follows
 * @crashed: the guest cannot go on: it is there to be looked at, and ends when it is let go
 * @status:  the end's
 * @reason:  for the user
 */
struct target {
	struct vm *vm;
	int event;
	bool running;
	struct points points;
	atomic_bool gates[KEEL_MAX_VCPUS];
	enum action actions[KEEL_MAX_VCPUS];
	atomic_int hits[KEEL_MAX_VCPUS];
	__u64 virt[KEEL_MAX_VCPUS];
	atomic_flag decided;
	atomic_bool crashed;
	int status;
	char reason[160];
};

struct target *target_create(struct vm *vm, bool wait);
void target_gate(struct vcpu *vcpu);
bool target_is_gated(struct vcpu *vcpu);
bool target_exit(struct vcpu *vcpu);
void target_crashed(struct vcpu *vcpu, int status, const char *reason);
void target_end(struct target *target, int status);

const char *target_stop(struct target *target);
void target_woken(struct target *target);
bool target_go(struct target *target, const enum action *actions);
void target_leave(struct target *target);
int target_hit(struct target *target);

#endif /* KEEL_DEBUG_TARGET_H */
