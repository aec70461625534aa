// SPDX-License-Identifier: GPL-2.0
/*
 * Pause, resume, reset and save: any thread may ask for one, one at a time.
 *
 * Stopping: the vCPUs' threads come out of KEEL_RUN and park, VmTime stands still,
 * the pumps and the thread of --input give the guest nothing more; then the host's TSC
 * and kvmclock are read, and the clocks of each vCPU. Going on is the other way round:
 * counters, kvmclock, timers, VmTime, threads. For the guest no time has passed.
 * Documentation/lifecycle.rst has the whole story.
 */
#include <errno.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base.h"
#include "boot/boot.h"
#include "config/config.h"
#include "config/table.h"
#include "control/events.h"
#include "control/input.h"
#include "debug/core.h"
#include "life/kept.h"
#include "life/lifecycle.h"
#include "life/snapshot.h"
#include "life/vcpu_state.h"
#include "status.h"
#include "stream/pump.h"
#include "uapi/keel.h"
#include "vm/clock.h"
#include "vm/disk.h"
#include "vm/memory.h"
#include "vm/outcome.h"
#include "vm/vcpu.h"
#include "vm/vm.h"

static const char OVER[] = "the guest is over";
static const char RESETS[] = "the guest is about to reset";
static const char NOTHING_BOOTED[] = "the files that this restored VM has booted are not there";

/**
 * struct lifecycle - pause and what needs it.
 * @operation: held by the thread that pauses, resumes, resets or saves
 * @lock:      for @held, @parked, @alive, @reset, @full, @told, @panic, @panic_taken
 * @changed:   one of them has
 * @held:      vCPU threads park instead of running
 * @reset:     the guest wants one, or the user
 * @full:      a bit for each disk that there is no space for
 * @told:      those of them that the user has been told of
 * @panic:     the guest has panicked, and does not run until it is resumed
 * @panic_taken: the main thread has begun to deal with that
 * @parked:    threads that do
 * @alive:     threads that have not ended
 * @paused:    by the user; under @operation
 * @debugged:  stopped by a debugger, beside that; under @operation
 * @clock:     kvmclock when time stopped, ns
 * @clocks:    the vCPUs' when time stopped
 * @boot:      the vCPUs' states before their first instruction, or NULL
 * @kept:      the memory at that time
 * @load:      of a restored VM: puts there what it boots at its first reset, as it has no @kept yet
 */
struct lifecycle {
	pthread_mutex_t operation;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool held;
	bool reset;
	unsigned int full;
	unsigned int told;
	bool panic;
	bool panic_taken;
	unsigned int parked;
	unsigned int alive;
	bool paused;
	bool debugged;
	__u64 clock;
	struct vcpu_clocks *clocks;
	struct vcpu_state *boot;
	struct kept *kept;
	void (*load)(struct vm *vm);
};

/* lifecycle_init() - before the threads are */
void lifecycle_init(struct vm *vm)
{
	struct lifecycle *life = calloc(1, sizeof(*life));

	if (life)
		life->clocks = calloc(vm->config->cpus, sizeof(*life->clocks));
	if (!life || !life->clocks)
		die(STATUS_MEMORY, "out of memory");
	pthread_mutex_init(&life->operation, NULL);
	pthread_mutex_init(&life->lock, NULL);
	pthread_cond_init(&life->changed, NULL);
	life->alive = vm->config->cpus;
	vm->life = life;
}

/* ---- The vCPU threads' side ---- */

/**
 * lifecycle_park_gated() - a vCPU thread that is to wait does so here.
 * @vm:   its VM
 * @gate: it waits while this is true as well; or NULL
 */
void lifecycle_park_gated(struct vm *vm, const atomic_bool *gate)
{
	struct lifecycle *life = vm->life;

	pthread_mutex_lock(&life->lock);
	life->parked++;
	pthread_cond_broadcast(&life->changed);
	while ((life->held || life->reset || life->full || life->panic ||
		(gate && atomic_load(gate))) && !atomic_load(&vm->stop))
		pthread_cond_wait(&life->changed, &life->lock);
	life->parked--;
	pthread_mutex_unlock(&life->lock);
}

void lifecycle_park(struct vm *vm)
{
	lifecycle_park_gated(vm, NULL);
}

/* lifecycle_thread_ends() - a vCPU thread has run its last */
void lifecycle_thread_ends(struct vm *vm)
{
	struct lifecycle *life = vm->life;

	pthread_mutex_lock(&life->lock);
	life->alive--;
	pthread_cond_broadcast(&life->changed);
	pthread_mutex_unlock(&life->lock);
}

/**
 * lifecycle_wants_reset() - the guest asks for a reset.
 * @vm: its VM
 *
 * Return: whether it gets one: the main thread is asked to. The caller parks.
 */
bool lifecycle_wants_reset(struct vm *vm)
{
	struct lifecycle *life = vm->life;
	const __u64 one = 1;
	bool first;

	if (vm->config->on_reset != ON_RESET_RESTART || !life->boot)
		return false;
	pthread_mutex_lock(&life->lock);
	first = !life->reset;
	life->reset = true;
	pthread_mutex_unlock(&life->lock);
	if (first && write(vm->ended, &one, sizeof(one)) < 0)
		abort();
	return true;
}

/**
 * lifecycle_is_full() - there is no space for what the guest writes to a disk.
 * @vm:   its VM; the main thread is asked to pause it. The caller parks
 * @disk: which
 */
void lifecycle_is_full(struct vm *vm, unsigned int disk)
{
	struct lifecycle *life = vm->life;
	const __u64 one = 1;

	pthread_mutex_lock(&life->lock);
	life->full |= BIT(disk);
	pthread_mutex_unlock(&life->lock);
	if (write(vm->ended, &one, sizeof(one)) < 0)
		abort();
}

/* lifecycle_panics() - the guest has panicked: the main thread is told. The caller parks */
void lifecycle_panics(struct vm *vm)
{
	const __u64 one = 1;

	pthread_mutex_lock(&vm->life->lock);
	vm->life->panic = true;
	pthread_mutex_unlock(&vm->life->lock);
	if (write(vm->ended, &one, sizeof(one)) < 0)
		abort();
}

/* lifecycle_takes_panic() - has there been a panic that the main thread has not dealt with? */
bool lifecycle_takes_panic(struct vm *vm)
{
	struct lifecycle *life = vm->life;
	bool fresh;

	pthread_mutex_lock(&life->lock);
	fresh = life->panic && !life->panic_taken;
	life->panic_taken = life->panic;
	pthread_mutex_unlock(&life->lock);
	return fresh;
}

/* lifecycle_has_panicked() - is that why it does not run? */
bool lifecycle_has_panicked(struct vm *vm)
{
	bool panic;

	pthread_mutex_lock(&vm->life->lock);
	panic = vm->life->panic;
	pthread_mutex_unlock(&vm->life->lock);
	return panic;
}

/* lifecycle_give_up() - vm->stop has been set: no thread stays parked */
void lifecycle_give_up(struct vm *vm)
{
	pthread_mutex_lock(&vm->life->lock);
	pthread_cond_broadcast(&vm->life->changed);
	pthread_mutex_unlock(&vm->life->lock);
}

/* ---- Stopping and going on; under life->operation ---- */

static void release(struct vm *vm)
{
	struct lifecycle *life = vm->life;

	pumps_release();
	ioctl(vm->keel, KEEL_RESUME);
	input_release();
	pthread_mutex_lock(&life->lock);
	life->held = false;
	life->reset = false;
	life->full = 0;
	life->told = 0;
	life->panic = false;
	life->panic_taken = false;
	pthread_cond_broadcast(&life->changed);
	pthread_mutex_unlock(&life->lock);
}

/* Until every vCPU's thread is parked; "true" if that cannot be, as the guest is over */
static bool wait_parked(struct vm *vm)
{
	struct lifecycle *life = vm->life;
	bool over;

	pthread_mutex_lock(&life->lock);
	while (life->parked < life->alive && !atomic_load(&vm->stop))
		pthread_cond_wait(&life->changed, &life->lock);
	over = life->alive < vm->config->cpus || atomic_load(&vm->stop);
	pthread_mutex_unlock(&life->lock);
	return over;
}

static const char *hold(struct vm *vm)
{
	struct lifecycle *life = vm->life;

	pthread_mutex_lock(&life->lock);
	life->held = true;
	pthread_mutex_unlock(&life->lock);
	while (ioctl(vm->keel, KEEL_PAUSE))
		if (errno != EINTR)
			return "KEEL_PAUSE";
	return wait_parked(vm) ? OVER : NULL;
}

static const char *read_clocks(struct vm *vm)
{
	struct kvm_clock_data clock = { 0 };
	struct lifecycle *life = vm->life;
	const char *error = NULL;
	unsigned int i;
	__u64 host;

	host = host_tsc();
	if (ioctl(vm->kvm_vm, KVM_GET_CLOCK, &clock))
		return "KVM_GET_CLOCK";
	life->clock = clock.clock;
	for (i = 0; i < vm->config->cpus && !error; i++)
		error = vcpu_clocks_get(&vm->vcpus[i], &life->clocks[i], host);
	return error;
}

/* All vCPUs' counters from one reading of the host's, so that they stay equal. */
static const char *write_clocks(struct vm *vm)
{
	struct kvm_clock_data clock = { .clock = vm->life->clock };
	struct lifecycle *life = vm->life;
	const char *error = NULL;
	unsigned int i;
	__u64 host;

	host = host_tsc();
	for (i = 0; i < vm->config->cpus && !error; i++)
		error = vcpu_tsc_set(&vm->vcpus[i], life->clocks[i].tsc, host);
	if (!error && ioctl(vm->kvm_vm, KVM_SET_CLOCK, &clock))
		error = "KVM_SET_CLOCK";
	for (i = 0; i < vm->config->cpus && !error; i++)
		error = vcpu_timer_set(&vm->vcpus[i], &life->clocks[i]);
	return error;
}

static const char *stop_all(struct vm *vm)
{
	const char *error = hold(vm);

	if (!error && vm->life->reset)
		error = RESETS;
	if (!error) {
		pumps_hold();
		input_hold();
	}
	if (!error)
		error = read_clocks(vm);
	if (error)
		release(vm);
	return error;
}

/* The date does not have to stand still with all the rest. */
static void renew_date(struct vm *vm)
{
	if (vm->config->rtc_resume == RTC_RESUME_WALL)
		clock_set(vm);
}

static const char *go_on(struct vm *vm)
{
	const char *error = write_clocks(vm);

	renew_date(vm);
	if (error)
		vm_end(vm, STATUS_KVM_ERROR, "the guest cannot go on: %s", error);
	release(vm);
	return error;
}

static const char *resume(struct vm *vm)
{
	const char *error = go_on(vm);

	if (!error)
		event_emit(vm, "resumed", NULL);
	return error;
}

/* ---- What one can ask for ---- */

/* By the user or by a debugger: it goes on when neither wants it to stand still. */
static bool stands_still(const struct lifecycle *life)
{
	return life->paused || life->debugged;
}

const char *lifecycle_pause(struct vm *vm)
{
	struct lifecycle *life = vm->life;
	const char *error = NULL;

	pthread_mutex_lock(&life->operation);
	if (!stands_still(life)) {
		error = stop_all(vm);
		if (!error)
			event_emit(vm, "paused", NULL);
	}
	life->paused |= !error;
	pthread_mutex_unlock(&life->operation);
	return error;
}

const char *lifecycle_resume(struct vm *vm)
{
	struct lifecycle *life = vm->life;
	const char *error = NULL;

	pthread_mutex_lock(&life->operation);
	if (life->paused && !life->debugged)
		error = resume(vm);
	life->paused = false;
	pthread_mutex_unlock(&life->operation);
	return error;
}

/* lifecycle_debug_stop() - pause for a debugger; the user's pause and resume are beside that */
const char *lifecycle_debug_stop(struct vm *vm)
{
	struct lifecycle *life = vm->life;
	const char *error = NULL;

	pthread_mutex_lock(&life->operation);
	if (!stands_still(life))
		error = stop_all(vm);
	life->debugged = !error;
	pthread_mutex_unlock(&life->operation);
	return error;
}

/* lifecycle_debug_go() - the end of that */
void lifecycle_debug_go(struct vm *vm)
{
	struct lifecycle *life = vm->life;

	pthread_mutex_lock(&life->operation);
	if (life->debugged && !life->paused)
		go_on(vm);
	life->debugged = false;
	pthread_mutex_unlock(&life->operation);
}

/* lifecycle_is_state() - is the error that the VM's state does not allow it? */
bool lifecycle_is_state(const char *error)
{
	return error == OVER || error == RESETS || error == NOTHING_BOOTED;
}

/**
 * lifecycle_nmi() - an NMI for a vCPU.
 * @vm:  stands still for that moment, as KVM takes one only from outside of KVM_RUN
 * @cpu: which
 */
const char *lifecycle_nmi(struct vm *vm, unsigned int cpu)
{
	struct lifecycle *life = vm->life;
	const char *error = NULL;

	pthread_mutex_lock(&life->operation);
	if (!stands_still(life))
		error = stop_all(vm);
	if (!error) {
		if (ioctl(vm->vcpus[cpu].fd, KVM_NMI))
			error = "KVM_NMI";
		if (!stands_still(life))
			go_on(vm);
	}
	pthread_mutex_unlock(&life->operation);
	return error;
}

bool lifecycle_is_paused(struct vm *vm)
{
	return stands_still(vm->life);	/* the answer may be old either way */
}

/* ---- Disks without space: paused until there is space ---- */

/* Of the disks that have none, those that the user does not know of. */
static unsigned int untold(struct lifecycle *life)
{
	unsigned int disks;

	pthread_mutex_lock(&life->lock);
	disks = life->full & ~life->told;
	life->told = life->full;
	pthread_mutex_unlock(&life->lock);
	return disks;
}

static void tell_full(const struct vm *vm, const char *path)
{
	char how[600];

	if (vm->control)
		snprintf(how, sizeof(how), "\"keel resume %s\"", config_handle(vm->config));
	else
		snprintf(how, sizeof(how), "\"kill -CONT %d\"", getpid());
	warn_line("no space left for disk %s: the guest is paused; with space, %s resumes it",
		  path, how);
}

static void tell_all_full(struct vm *vm, unsigned int disks)
{
	const char *path;
	unsigned int i;

	for (i = 0; i < vm->nr_disks; i++) {
		if (!(disks & BIT(i)))
			continue;
		path = vm->config->disks[i].file.text;
		event_emit(vm, "disk-full", json_pack("{s:s}", "disk", path));
		tell_full(vm, path);
	}
}

/* lifecycle_full() - pause because of lifecycle_is_full(); for the main thread */
void lifecycle_full(struct vm *vm)
{
	struct lifecycle *life = vm->life;
	const char *error = NULL;
	unsigned int disks;

	pthread_mutex_lock(&life->operation);
	disks = untold(life);
	if (disks && !stands_still(life)) {
		error = stop_all(vm);
		if (!error)
			event_emit(vm, "paused", NULL);
	}
	if (disks && !error) {
		life->paused = true;
		tell_all_full(vm, disks);
	}
	pthread_mutex_unlock(&life->operation);
}

/* lifecycle_retry() - there may be space now: a guest that was paused for want of it goes on */
void lifecycle_retry(struct vm *vm)
{
	struct lifecycle *life = vm->life;
	bool full;

	pthread_mutex_lock(&life->operation);
	pthread_mutex_lock(&life->lock);
	full = life->full;
	pthread_mutex_unlock(&life->lock);
	if (full && life->paused && !atomic_load(&vm->stop)) {
		life->paused = false;
		if (!life->debugged)
			resume(vm);
	}
	pthread_mutex_unlock(&life->operation);
}

/* lifecycle_is_without_space() - is that why it is paused? */
bool lifecycle_is_without_space(struct vm *vm)
{
	bool full;

	pthread_mutex_lock(&vm->life->lock);
	full = vm->life->full;
	pthread_mutex_unlock(&vm->life->lock);
	return full;
}

/* ---- Reset: everything as it was before the first instruction ---- */

static void keep_vcpus(struct vm *vm)
{
	struct lifecycle *life = vm->life;
	const char *error = NULL;
	unsigned int i;

	life->boot = calloc(vm->config->cpus, sizeof(*life->boot));
	if (!life->boot)
		die(STATUS_MEMORY, "out of memory");
	for (i = 0; i < vm->config->cpus && !error; i++)
		error = vcpu_state_get(&vm->vcpus[i], &life->boot[i]);
	if (error)
		die(STATUS_NO_KVM, "cannot read the state of the vCPUs: %s", error);
}

static bool may_be_reset(const struct vm *vm)
{
	return vm->config->on_reset == ON_RESET_RESTART || config_handle(vm->config);
}

/**
 * lifecycle_keep() - remember the VM as it is, ready to boot, if it may be reset.
 * @vm: not started
 */
void lifecycle_keep(struct vm *vm)
{
	if (!may_be_reset(vm))
		return;
	vm->life->kept = kept_take(&vm->memory);
	keep_vcpus(vm);
}

/**
 * lifecycle_keep_boot() - what a restored VM boots when it is reset.
 * @vm:   its vCPUs are new, and not those that were saved yet
 * @load: puts it into the memory, which is zero, and the boot processor at its entry
 */
void lifecycle_keep_boot(struct vm *vm, void (*load)(struct vm *vm))
{
	if (!may_be_reset(vm))
		return;
	vm->life->load = load;
	keep_vcpus(vm);
}

/*
 * An irqfd delivers at once where it can, and by a worker where it cannot. Taking it
 * away waits for the worker; what is signalled meanwhile is found when it comes back.
 */
static const char *irqfds_flush(struct vm *vm)
{
	struct kvm_irqfd irqfd;
	unsigned int gsi;

	for (gsi = 0; gsi < vm->nr_eventfds; gsi++) {
		irqfd = (struct kvm_irqfd){
			.fd = vm->eventfds[gsi], .gsi = gsi, .flags = KVM_IRQFD_FLAG_DEASSIGN,
		};
		if (ioctl(vm->kvm_vm, KVM_IRQFD, &irqfd))
			return "KVM_IRQFD";
		irqfd.flags = 0;
		if (ioctl(vm->kvm_vm, KVM_IRQFD, &irqfd))
			return "KVM_IRQFD";
	}
	return NULL;
}

/* A restored VM's first reset: from here on its first state is known as that of any other. */
static const char *boot_anew(struct vm *vm)
{
	struct lifecycle *life = vm->life;
	const char *error;

	error = vcpu_state_set(&vm->vcpus[0], &life->boot[0]);
	if (error)
		return error;
	kept_clear(&vm->memory);
	life->load(vm);
	life->kept = kept_take(&vm->memory);
	return vcpu_state_get(&vm->vcpus[0], &life->boot[0]);
}

static const char *renew(struct vm *vm)
{
	struct lifecycle *life = vm->life;
	const char *error = NULL;
	__u64 host = host_tsc();
	unsigned int i;

	if (ioctl(vm->keel, KEEL_RESET))
		return "KEEL_RESET";
	/* The access that asked for it must be over for KVM before there are new registers. */
	for (i = 0; i < vm->config->cpus; i++)
		vcpu_settle(&vm->vcpus[i]);
	error = irqfds_flush(vm);
	if (!life->kept && !error)
		error = boot_anew(vm);
	else
		kept_renew(life->kept, &vm->memory);
	for (i = 0; i < vm->config->cpus && !error; i++) {
		error = vcpu_state_set(&vm->vcpus[i], &life->boot[i]);
		memset(&life->clocks[i], 0, sizeof(life->clocks[i]));
		if (!error)	/* RESET# clears the counter */
			error = vcpu_tsc_set(&vm->vcpus[i], 0, host);
	}
	return error;
}

static const char *restart(struct vm *vm, const char *cause)
{
	struct lifecycle *life = vm->life;
	const char *error = NULL;

	if (!life->boot)
		return NOTHING_BOOTED;
	if (!stands_still(life))
		error = hold(vm);
	if (!error)
		error = renew(vm);
	if (error)	/* unless it has ended by itself */
		vm_end(vm, STATUS_KVM_ERROR, "the guest cannot be reset: %s", error);
	else
		event_emit(vm, "reset", json_pack("{s:s}", "by", cause));
	if (!stands_still(life) || error)
		release(vm);
	return error;
}

/* lifecycle_reset() - the reset button */
const char *lifecycle_reset(struct vm *vm)
{
	const char *error;

	pthread_mutex_lock(&vm->life->operation);
	error = restart(vm, "user");
	pthread_mutex_unlock(&vm->life->operation);
	return error;
}

/* lifecycle_restart() - do the reset that the guest asked for; for the main thread */
void lifecycle_restart(struct vm *vm)
{
	struct lifecycle *life = vm->life;

	pthread_mutex_lock(&life->operation);
	if (life->reset)	/* else the button was faster */
		restart(vm, "guest");
	pthread_mutex_unlock(&life->operation);
}

/* ---- Save and restore ---- */

static const char *board_get(struct vm *vm, struct snapshot *snapshot)
{
	struct keel_state state = { .size = sizeof(state) };

	if (!ioctl(vm->keel, KEEL_STATE_GET, &state) || errno != ENOSPC)
		return "KEEL_STATE_GET";
	snapshot->board = calloc(1, state.length);
	if (!snapshot->board)
		return "out of memory";
	state.data = (__u64)snapshot->board;
	if (ioctl(vm->keel, KEEL_STATE_GET, &state))
		return "KEEL_STATE_GET";
	snapshot->board_size = state.length;
	return NULL;
}

/*
 * The order: the board's state sends what is due, as interrupts and as bytes; after
 * that both must have arrived before the vCPUs and the serial ports are looked at.
 */
static const char *collect(struct vm *vm, struct snapshot *snapshot)
{
	struct lifecycle *life = vm->life;
	const char *error;
	unsigned int i;

	error = pumps_flush();
	if (!error)
		error = board_get(vm, snapshot);
	if (!error)
		error = pumps_flush();
	if (!error)
		error = irqfds_flush(vm);
	snapshot->clock = life->clock;
	snapshot->vcpus = calloc(vm->config->cpus, sizeof(*snapshot->vcpus));
	if (!error && !snapshot->vcpus)
		error = "out of memory";
	for (i = 0; i < vm->config->cpus && !error; i++) {
		snapshot->vcpus[i].clocks = life->clocks[i];
		error = vcpu_state_get(&vm->vcpus[i], &snapshot->vcpus[i]);
	}
	if (!error)
		error = pumps_unread(snapshot->unread);
	return error;
}

static const char *save(struct vm *vm, const char *path, int fd)
{
	struct lifecycle *life = vm->life;
	struct snapshot snapshot = { 0 };
	const char *error = NULL;

	pthread_mutex_lock(&life->operation);
	if (!stands_still(life))
		error = stop_all(vm);
	if (!error) {
		error = collect(vm, &snapshot);
		if (!error)
			error = path ? snapshot_write(&snapshot, vm, path) :
				       snapshot_write_to(&snapshot, vm, fd);
		if (!error)
			event_emit(vm, "saved", path ? json_pack("{s:s}", "file", path) : NULL);
		if (!stands_still(life))
			go_on(vm);
	}
	pthread_mutex_unlock(&life->operation);
	free(snapshot.board);
	free(snapshot.vcpus);
	unread_free(snapshot.unread);
	return error;
}

/**
 * lifecycle_save() - the VM into a file.
 * @vm:   goes on afterwards, unless it was paused
 * @path: replaced as a whole, or left alone
 */
const char *lifecycle_save(struct vm *vm, const char *path)
{
	return save(vm, path, -1);
}

/* lifecycle_save_to() - the same into an empty file that is open */
const char *lifecycle_save_to(struct vm *vm, int fd)
{
	return save(vm, NULL, fd);
}

/**
 * lifecycle_dump() - the guest's memory and registers into a file for gdb and crash.
 * @vm: goes on afterwards, unless it was paused
 * @fd: a new file
 */
const char *lifecycle_dump(struct vm *vm, int fd)
{
	struct lifecycle *life = vm->life;
	const char *error = NULL;

	pthread_mutex_lock(&life->operation);
	if (!stands_still(life))
		error = stop_all(vm);
	if (!error) {
		error = core_write(vm, fd);
		if (!stands_still(life))
			go_on(vm);
	}
	pthread_mutex_unlock(&life->operation);
	return error;
}

/**
 * lifecycle_restored() - the clocks of a restored VM, for lifecycle_begin().
 * @vm:       new; its threads are not started
 * @snapshot: from snapshot_load()
 */
void lifecycle_restored(struct vm *vm, const struct snapshot *snapshot)
{
	struct lifecycle *life = vm->life;
	unsigned int i;

	for (i = 0; i < vm->config->cpus; i++)
		life->clocks[i] = snapshot->vcpus[i].clocks;
	life->clock = snapshot->clock;
}

/* lifecycle_begin() - a restored VM, whose threads are there, goes on */
void lifecycle_begin(struct vm *vm)
{
	struct lifecycle *life = vm->life;
	const char *error;

	pthread_mutex_lock(&life->operation);
	error = hold(vm);
	if (!error)
		error = write_clocks(vm);
	if (error)
		vm_end(vm, STATUS_KVM_ERROR, "the restored guest cannot go on: %s", error);
	renew_date(vm);
	release(vm);
	pthread_mutex_unlock(&life->operation);
}
