// SPDX-License-Identifier: GPL-2.0
/*
 * Where the vCPUs' threads wait instead of running the guest: while a thread of the launcher's
 * holds them, and from the moment at which the guest wants a reset, has been woken, has panicked,
 * has let its watchdog run out, or writes to a disk without space, until the main thread has dealt
 * with that.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <time.h>

#include "base.h"
#include "config/config.h"
#include "life/park.h"
#include "status.h"
#include "uapi/keel.h"
#include "vm/answer.h"
#include "vm/outcome.h"
#include "vm/vcpu.h"
#include "vm/vm.h"

/**
 * struct parking - of a VM's vCPU threads.
 * @lock:    for all that follows
 * @changed: something of it has
 * @held:    threads park instead of running
 * @reset:   the guest wants one
 * @wake:    it has been woken from its sleep
 * @alarms:  a bit for each enum alarm that the guest has given
 * @taken:   those of them that the main thread has begun to deal with
 * @full:    a bit for each disk that there is no space for
 * @told:    those of them that the user has been told of
 * @parked:  threads that are
 * @alive:   threads that have not ended
 * @settling: park_settle() waits for this vCPU's thread, which is parked
 * @late:    it sleeps before it settles
 * @settled: what came of it
 */
struct parking {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool held;
	bool reset;
	bool wake;
	unsigned int alarms;
	unsigned int taken;
	unsigned int full;
	unsigned int told;
	unsigned int parked;
	unsigned int alive;
	struct vcpu *settling;
	bool late;
	bool settled;
};

/* park_init() - before the threads are; dies if there is no memory */
void park_init(struct vm *vm)
{
	struct parking *parking = calloc(1, sizeof(*parking));

	if (!parking)
		die(STATUS_MEMORY, "out of memory");
	pthread_mutex_init(&parking->lock, NULL);
	pthread_cond_init(&parking->changed, NULL);
	parking->alive = vm->config->cpus;
	vm->parking = parking;
}

/* ---- The threads that park ---- */

/* Under the lock */
static bool must_wait(const struct parking *parking)
{
	return parking->held || parking->reset || parking->wake || parking->full || parking->alarms;
}

/* The vCPU of the calling thread */
static struct vcpu *own_vcpu(const struct vm *vm)
{
	unsigned int i = 0;

	while (!pthread_equal(vm->vcpus[i].thread.id, pthread_self()))
		i++;
	return &vm->vcpus[i];
}

/*
 * A CPU's timers fire in the order in which they are due: those that were due before have fired
 * when this sleep on it is over.
 */
static void let_timers_fire(void)
{
	const struct timespec moment = { .tv_nsec = 200000 };

	while (clock_nanosleep(CLOCK_MONOTONIC, 0, &moment, NULL) == EINTR)
		;
}

/*
 * Another turn of KEEL_RUN, which is paused. A signal that was to end the last one may be due, and
 * what the guest has begun may be an access that the launcher answers. @late: let timers fire
 * before.
 */
static bool turn(const struct vcpu *vcpu, bool late)
{
	struct keel_run run = { .size = sizeof(run), .vcpu = vcpu->index };
	int ret;

	if (late)
		let_timers_fire();
	do
		ret = ioctl(vcpu->vm->keel, KEEL_RUN, &run);
	while ((ret && errno == EINTR) || (!ret && answer_wanted(run.reason) &&
					   answer(vcpu->vm, vcpu->run, run.reason)));
	return !ret && run.reason == KEEL_EXIT_PAUSED;
}

/* Under the lock */
static void settle_end(struct parking *parking, bool settled)
{
	parking->settled = settled;
	parking->settling = NULL;
	pthread_cond_broadcast(&parking->changed);
}

/* Under the lock, which is dropped: a turn may wait for the host; the main thread must not. */
static void settle_here(struct parking *parking, const struct vcpu *vcpu)
{
	bool settled, late = parking->late;

	pthread_mutex_unlock(&parking->lock);
	settled = turn(vcpu, late);
	pthread_mutex_lock(&parking->lock);
	settle_end(parking, settled);
}

/**
 * park_gated() - a vCPU thread that is to wait does so here.
 * @vm:   its VM
 * @gate: it waits while this is true as well; or NULL
 */
void park_gated(struct vm *vm, const atomic_bool *gate)
{
	struct parking *parking = vm->parking;
	struct vcpu *vcpu = own_vcpu(vm);

	pthread_mutex_lock(&parking->lock);
	parking->parked++;
	vcpu->parked = true;
	pthread_cond_broadcast(&parking->changed);
	while ((must_wait(parking) || (gate && atomic_load(gate))) && !atomic_load(&vm->stop)) {
		if (parking->settling == vcpu)
			settle_here(parking, vcpu);
		else
			pthread_cond_wait(&parking->changed, &parking->lock);
	}
	if (parking->settling == vcpu)
		settle_end(parking, false);
	vcpu->parked = false;
	parking->parked--;
	pthread_mutex_unlock(&parking->lock);
}

/* park() - the same, without a gate of its own */
void park(struct vm *vm)
{
	park_gated(vm, NULL);
}

/* park_thread_ends() - a vCPU thread has run its last */
void park_thread_ends(struct vm *vm)
{
	struct parking *parking = vm->parking;

	pthread_mutex_lock(&parking->lock);
	parking->alive--;
	pthread_cond_broadcast(&parking->changed);
	pthread_mutex_unlock(&parking->lock);
}

/* ---- The thread that stops them ---- */

/* park_hold() - a thread that comes out of the guest parks from now on */
void park_hold(struct vm *vm)
{
	pthread_mutex_lock(&vm->parking->lock);
	vm->parking->held = true;
	pthread_mutex_unlock(&vm->parking->lock);
}

/**
 * park_wait() - wait until every thread is parked.
 * @vm: its threads have been told to come out of the guest
 *
 * Return: whether they are; false: that cannot be, as the guest is over.
 */
bool park_wait(struct vm *vm)
{
	struct parking *parking = vm->parking;
	bool over;

	pthread_mutex_lock(&parking->lock);
	while (parking->parked < parking->alive && !atomic_load(&vm->stop))
		pthread_cond_wait(&parking->changed, &parking->lock);
	over = parking->alive < vm->config->cpus || atomic_load(&vm->stop);
	pthread_mutex_unlock(&parking->lock);
	return !over;
}

/*
 * The vCPU's own thread makes the turn. For any other thread KVM, 6.1's for one, waits for an RCU
 * grace period, ten milliseconds and more, and once again when the vCPU's own thread goes on.
 */
static bool settle(struct vcpu *vcpu, bool late)
{
	struct parking *parking = vcpu->vm->parking;
	bool parked, settled = false;

	pthread_mutex_lock(&parking->lock);
	parked = vcpu->parked;
	if (parked) {
		parking->settling = vcpu;
		parking->late = late;
		pthread_cond_broadcast(&parking->changed);
		while (parking->settling == vcpu)
			pthread_cond_wait(&parking->changed, &parking->lock);
		settled = parking->settled;
	}
	pthread_mutex_unlock(&parking->lock);
	return parked ? settled : turn(vcpu, late);
}

/**
 * park_settle() - another turn of KEEL_RUN, which is paused: what has come due is done with.
 * @vcpu: its thread is parked, or does not run
 *
 * Return: whether the vCPU has come to rest.
 */
bool park_settle(struct vcpu *vcpu)
{
	return settle(vcpu, false);
}

/* park_settle_late() - the same, after the host's timers that are due have fired */
bool park_settle_late(struct vcpu *vcpu)
{
	return settle(vcpu, true);
}

/* park_release() - all run again; what they waited for has been dealt with */
void park_release(struct vm *vm)
{
	struct parking *parking = vm->parking;

	pthread_mutex_lock(&parking->lock);
	parking->held = false;
	parking->reset = false;
	parking->wake = false;
	parking->alarms = 0;
	parking->taken = 0;
	parking->full = 0;
	parking->told = 0;
	pthread_cond_broadcast(&parking->changed);
	pthread_mutex_unlock(&parking->lock);
}

/* park_give_up() - vm->stop has been set: no thread stays parked */
void park_give_up(struct vm *vm)
{
	pthread_mutex_lock(&vm->parking->lock);
	pthread_cond_broadcast(&vm->parking->changed);
	pthread_mutex_unlock(&vm->parking->lock);
}

/* ---- What the guest has brought about: the main thread is woken, the vCPU's thread parks ---- */

/* park_for_reset() - the guest asks for a reset, and gets one */
void park_for_reset(struct vm *vm)
{
	bool first;

	pthread_mutex_lock(&vm->parking->lock);
	first = !vm->parking->reset;
	vm->parking->reset = true;
	pthread_mutex_unlock(&vm->parking->lock);
	if (first)
		vm_wake_main(vm);
	park(vm);
}

/* park_for_wake() - the guest's sleep is over: it goes on where its firmware starts it */
void park_for_wake(struct vm *vm)
{
	bool first;

	pthread_mutex_lock(&vm->parking->lock);
	first = !vm->parking->wake;
	vm->parking->wake = true;
	pthread_mutex_unlock(&vm->parking->lock);
	if (first)
		vm_wake_main(vm);
	park(vm);
}

/**
 * park_for_disk() - there is no space for what the guest writes to a disk.
 * @vm:   its VM, which the main thread pauses
 * @disk: which
 */
void park_for_disk(struct vm *vm, unsigned int disk)
{
	pthread_mutex_lock(&vm->parking->lock);
	vm->parking->full |= BIT(disk);
	pthread_mutex_unlock(&vm->parking->lock);
	vm_wake_main(vm);
	park(vm);
}

/**
 * park_for_alarm() - the guest does not run until its alarm is dealt with, or it is resumed.
 * @vm:    its VM
 * @alarm: which
 */
void park_for_alarm(struct vm *vm, enum alarm alarm)
{
	pthread_mutex_lock(&vm->parking->lock);
	vm->parking->alarms |= BIT(alarm);
	pthread_mutex_unlock(&vm->parking->lock);
	vm_wake_main(vm);
	park(vm);
}

/* ---- Which of that is not over ---- */

/* park_has_reset() - does a thread wait for a reset? */
bool park_has_reset(struct vm *vm)
{
	bool reset;

	pthread_mutex_lock(&vm->parking->lock);
	reset = vm->parking->reset;
	pthread_mutex_unlock(&vm->parking->lock);
	return reset;
}

/* park_has_wake() - does a thread wait for the end of the guest's sleep? */
bool park_has_wake(struct vm *vm)
{
	bool wake;

	pthread_mutex_lock(&vm->parking->lock);
	wake = vm->parking->wake;
	pthread_mutex_unlock(&vm->parking->lock);
	return wake;
}

/* park_has_full_disk() - does one wait for space on a disk? */
bool park_has_full_disk(struct vm *vm)
{
	bool full;

	pthread_mutex_lock(&vm->parking->lock);
	full = vm->parking->full;
	pthread_mutex_unlock(&vm->parking->lock);
	return full;
}

/**
 * park_untold_disks() - the disks without space that the user does not know of.
 * @vm: its VM
 *
 * Return: a bit for each; the next call leaves them out.
 */
unsigned int park_untold_disks(struct vm *vm)
{
	struct parking *parking = vm->parking;
	unsigned int disks;

	pthread_mutex_lock(&parking->lock);
	disks = parking->full & ~parking->told;
	parking->told = parking->full;
	pthread_mutex_unlock(&parking->lock);
	return disks;
}

/* park_has_alarm() - does one wait because of this alarm? */
bool park_has_alarm(struct vm *vm, enum alarm alarm)
{
	unsigned int alarms;

	pthread_mutex_lock(&vm->parking->lock);
	alarms = vm->parking->alarms;
	pthread_mutex_unlock(&vm->parking->lock);
	return alarms & BIT(alarm);
}

/* park_takes_alarm() - has there been this alarm, and has the main thread not dealt with it? */
bool park_takes_alarm(struct vm *vm, enum alarm alarm)
{
	struct parking *parking = vm->parking;
	bool fresh;

	pthread_mutex_lock(&parking->lock);
	fresh = parking->alarms & ~parking->taken & BIT(alarm);
	parking->taken |= parking->alarms & BIT(alarm);
	pthread_mutex_unlock(&parking->lock);
	return fresh;
}
