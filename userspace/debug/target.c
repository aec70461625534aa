// SPDX-License-Identifier: GPL-2.0
/*
 * The VM as a debugger's target. Stopped, it stands still as a paused one: no time passes for the
 * guest. A vCPU that comes to a breakpoint closes its gate, so that it stays there until the
 * debugger lets it go; the debugger's thread then stops the others.
 *
 * Breakpoints are changed, and registers read, only by the debugger's thread and only while no
 * vCPU runs: lifecycle_debug_stop() and lifecycle_debug_go() order that with the vCPUs' threads.
 */
#include <errno.h>
#include <jansson.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "base.h"
#include "config/config.h"
#include "config/table.h"
#include "control/events.h"
#include "debug/points.h"
#include "debug/target.h"
#include "life/lifecycle.h"
#include "life/park.h"
#include "status.h"
#include "vm/memory.h"
#include "vm/outcome.h"
#include "vm/vcpu.h"
#include "vm/vm.h"

/**
 * target_create() - before the VM starts.
 * @vm:   it
 * @wait: its vCPUs stay out of the guest until a debugger lets them in
 */
struct target *target_create(struct vm *vm, bool wait)
{
	struct target *target = calloc(1, sizeof(*target));
	unsigned int i;

	if (!target)
		die(STATUS_MEMORY, "out of memory");
	target->vm = vm;
	target->running = true;
	target->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (target->event < 0)
		die(STATUS_INTERNAL, "eventfd: %s", strerror(errno));
	for (i = 0; i < vm->config->cpus; i++)
		atomic_init(&target->gates[i], wait);
	return target;
}

/* ---- The vCPUs' threads ---- */

bool target_is_gated(struct vcpu *vcpu)
{
	struct target *target = vcpu->vm->target;

	return target && atomic_load(&target->gates[vcpu->id]);
}

/* target_gate() - wait until the debugger lets this vCPU in */
void target_gate(struct vcpu *vcpu)
{
	park_gated(vcpu->vm, &vcpu->vm->target->gates[vcpu->id]);
}

static void wake_debugger(struct target *target)
{
	const __u64 one = 1;

	if (write(target->event, &one, sizeof(one)) < 0 && errno != EAGAIN)
		abort();
}

/**
 * target_exit() - KVM_EXIT_DEBUG, in the vCPU's thread.
 * @vcpu: whose exit it is
 *
 * Return: false: nothing can have asked for it.
 */
bool target_exit(struct vcpu *vcpu)
{
	struct target *target = vcpu->vm->target;
	bool step;
	enum hit hit;

	if (!target)
		return false;
	step = target->actions[vcpu->id] == ACTION_STEP;
	hit = points_hit(&target->points, vcpu, step, &target->virt[vcpu->id]);
	if (hit == HIT_OTHER)
		return points_give_back(&target->points, vcpu, step);
	atomic_store(&target->gates[vcpu->id], true);
	atomic_store(&target->hits[vcpu->id], hit);
	wake_debugger(target);
	return true;
}

/**
 * target_crashed() - the guest cannot go on, and is to be looked at; in the vCPU's thread.
 * @vcpu:   which cannot; it stays where it is
 * @status: of the VM's end, when the debugger lets it go
 * @reason: for the user
 */
void target_crashed(struct vcpu *vcpu, int status, const char *reason)
{
	struct target *target = vcpu->vm->target;
	const struct gdb_config *gdb = &vcpu->vm->config->gdb;

	atomic_store(&target->gates[vcpu->id], true);
	atomic_store(&target->hits[vcpu->id], HIT_CRASH);
	if (!atomic_flag_test_and_set(&target->decided)) {
		target->status = status;
		snprintf(target->reason, sizeof(target->reason), "%s", reason);
		atomic_store(&target->crashed, true);
		event_emit(vcpu->vm, "crash", json_pack("{s:s}", "message", reason));
		warn_line("%s; the VM ends when gdb leaves: gdb -ex \"target remote %s%s\"", reason,
			  gdb->port ? ":" : "", gdb->at);
	}
	wake_debugger(target);
}

/* ---- The debugger's thread ---- */

/* target_end() - the debugger wants the VM's end: of one that has crashed, it is the crash's */
void target_end(struct target *target, int status)
{
	if (atomic_load(&target->crashed))
		vm_end(target->vm, target->status, "%s", target->reason);
	else
		vm_end(target->vm, status, "%s", "");
}

static void forget_event(struct target *target)
{
	__u64 count;

	if (read(target->event, &count, sizeof(count)) < 0 && errno != EAGAIN)
		abort();
}

/* target_stop() - NULL, or what failed: the VM is over */
const char *target_stop(struct target *target)
{
	const struct timespec pause = { .tv_nsec = 10000000 };
	const char *error;

	if (!target->running)
		return NULL;
	while ((error = lifecycle_debug_stop(target->vm))) {
		if (atomic_load(&target->vm->over) || atomic_load(&target->vm->stop))
			return error;
		nanosleep(&pause, NULL);	/* the guest is about to reset */
	}
	target->running = false;
	forget_event(target);
	points_lift(&target->points, &target->vm->memory);
	return NULL;
}

/* target_woken() - there is no debugger: a guest that has crashed stops for one to come */
void target_woken(struct target *target)
{
	if (atomic_load(&target->crashed))
		target_stop(target);
	else
		forget_event(target);
}

/* One that has come to a breakpoint meanwhile comes to it again, if it is still there. */
static void forget_breakpoints(struct target *target)
{
	unsigned int i;

	for (i = 0; i < target->vm->config->cpus; i++) {
		int hit = atomic_load(&target->hits[i]);

		if (hit == HIT_SOFT || hit == HIT_HARD)
			atomic_store(&target->hits[i], HIT_NONE);
	}
}

/**
 * target_hit() - which vCPU has stopped by itself?
 * @target: stopped
 *
 * Return: its number, and its hit stays to be read; -1: none.
 */
int target_hit(struct target *target)
{
	unsigned int i;

	for (i = 0; i < target->vm->config->cpus; i++)
		if (atomic_load(&target->hits[i]))
			return i;
	return -1;
}

static bool arm_all(struct target *target)
{
	bool fine = true;
	unsigned int i;

	for (i = 0; i < target->vm->config->cpus; i++)
		fine &= points_arm(&target->points, &target->vm->vcpus[i],
				   target->actions[i] == ACTION_STEP);
	return fine;
}

/**
 * target_go() - let it go.
 * @target:  stopped
 * @actions: what each vCPU is to do
 *
 * Return: false: it stays, as a vCPU has a hit that the debugger does not know of.
 */
bool target_go(struct target *target, const enum action *actions)
{
	unsigned int i;

	forget_breakpoints(target);
	if (target_hit(target) >= 0)
		return false;
	if (atomic_load(&target->crashed)) {
		target_end(target, target->status);
		return true;
	}
	target->running = true;
	for (i = 0; i < target->vm->config->cpus; i++) {
		target->actions[i] = actions[i];
		atomic_store(&target->gates[i], actions[i] == ACTION_HOLD);
	}
	if (!arm_all(target))
		vm_end(target->vm, STATUS_KVM_ERROR, "--gdb: KVM_SET_GUEST_DEBUG: %s",
		       strerror(errno));
	points_put(&target->points, &target->vm->memory);
	lifecycle_debug_go(target->vm);
	return true;
}

/* target_leave() - the debugger is gone: as if it had never been there */
void target_leave(struct target *target)
{
	enum action run[KEEL_MAX_VCPUS];
	unsigned int i;

	if (target_stop(target))
		return;
	points_clear(&target->points);
	for (i = 0; i < KEEL_MAX_VCPUS; i++) {
		run[i] = ACTION_RUN;
		atomic_store(&target->hits[i], HIT_NONE);
	}
	target_go(target, run);
}
