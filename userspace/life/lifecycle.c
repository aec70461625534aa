// SPDX-License-Identifier: GPL-2.0
/*
 * Pause, resume, reset, save, and the end of a sleep: any thread may ask for one, one at a time.
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
#include "boot/acpi.h"
#include "boot/boot.h"
#include "config/config.h"
#include "config/table.h"
#include "control/events.h"
#include "control/input.h"
#include "debug/core.h"
#include "firmware/nvram.h"
#include "firmware/served.h"
#include "life/kept.h"
#include "life/lifecycle.h"
#include "life/park.h"
#include "life/snapshot.h"
#include "life/vcpu_state.h"
#include "status.h"
#include "stream/pump.h"
#include "uapi/keel.h"
#include "vm/clock.h"
#include "vm/disk.h"
#include "vm/entry.h"
#include "vm/hand_off.h"
#include "vm/memory.h"
#include "vm/outcome.h"
#include "vm/vcpu.h"
#include "vm/vm.h"

static const char OVER[] = "the guest is over";
static const char RESETS[] = "the guest is about to reset";
static const char WAKES[] = "the guest is about to wake";
static const char NOTHING_BOOTED[] = "the files that this restored VM has booted are not there";

/**
 * struct lifecycle - pause and what needs it.
 * @operation: held by the thread that pauses, resumes, resets or saves
 * @paused:    by the user; under @operation
 * @debugged:  stopped by a debugger, beside that; under @operation
 * @clock:     kvmclock when time stopped, ns
 * @clocks:    the vCPUs' when time stopped
 * @asleep:    KEEL_RUN has said so, and nothing has ended it
 * @boot:      the vCPUs' states before their first instruction, or NULL
 * @kept:      the memory at that time, or NULL
 * @load:      of a restored VM: puts there what it boots at its first reset, as it has no @kept yet
 */
struct lifecycle {
	pthread_mutex_t operation;
	bool paused;
	bool debugged;
	atomic_bool asleep;
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
	vm->life = life;
	park_init(vm);
}

/* ---- Stopping and going on; under life->operation ---- */

static void release(struct vm *vm)
{
	pumps_release();
	ioctl(vm->keel, KEEL_RESUME);
	input_release();
	park_release(vm);
}

static const char *hold(struct vm *vm)
{
	park_hold(vm);
	while (ioctl(vm->keel, KEEL_PAUSE))
		if (errno != EINTR)
			return "KEEL_PAUSE";
	return park_wait(vm) ? NULL : OVER;
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

	if (!error && park_has_reset(vm))
		error = RESETS;
	if (!error && park_has_wake(vm))
		error = WAKES;
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

/* A guest that runs is stopped until still_end(). With an error, it is as it was. */
static const char *still_begin(struct vm *vm)
{
	struct lifecycle *life = vm->life;
	const char *error = NULL;

	pthread_mutex_lock(&life->operation);
	if (!stands_still(life))
		error = stop_all(vm);
	if (error)
		pthread_mutex_unlock(&life->operation);
	return error;
}

static void still_end(struct vm *vm)
{
	if (!stands_still(vm->life))
		go_on(vm);
	pthread_mutex_unlock(&vm->life->operation);
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
	return error == OVER || error == RESETS || error == WAKES ||
	       error == NOTHING_BOOTED;
}

/**
 * lifecycle_go_past() - what the guest's threads wait for is dealt with: they go on.
 * @vm: unless it is paused. One that cannot be stopped, as it is about to reset or to wake, goes on
 *      anyway
 */
void lifecycle_go_past(struct vm *vm)
{
	if (!still_begin(vm))
		still_end(vm);
}

/**
 * lifecycle_nmi() - an NMI for a vCPU.
 * @vm:  stands still for that moment, as KVM takes one only from outside of KVM_RUN
 * @cpu: which
 */
const char *lifecycle_nmi(struct vm *vm, unsigned int cpu)
{
	const char *error = still_begin(vm);

	if (error)
		return error;
	if (ioctl(vm->vcpus[cpu].fd, KVM_NMI))
		error = "KVM_NMI";
	still_end(vm);
	return error;
}

/**
 * lifecycle_detach() - Keel is to use a virtio device's files no more.
 * @vm:       stands still for that moment
 * @class:    of the device
 * @instance: its number
 */
const char *lifecycle_detach(struct vm *vm, unsigned int class, unsigned int instance)
{
	struct keel_detach request = {
		.size = sizeof(request), .class = class, .instance = instance,
	};
	const char *error = still_begin(vm);

	if (error)
		return error;
	if (ioctl(vm->keel, KEEL_DETACH, &request))
		error = "KEEL_DETACH";
	still_end(vm);
	return error;
}

bool lifecycle_is_paused(struct vm *vm)
{
	return stands_still(vm->life);	/* the answer may be old either way */
}

/* ---- Disks without space: paused until there is space ---- */

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

/* lifecycle_full() - pause because of park_for_disk(); for the main thread */
void lifecycle_full(struct vm *vm)
{
	struct lifecycle *life = vm->life;
	const char *error = NULL;
	unsigned int disks;

	pthread_mutex_lock(&life->operation);
	disks = park_untold_disks(vm);
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

	pthread_mutex_lock(&life->operation);
	if (park_has_full_disk(vm) && life->paused && !atomic_load(&vm->stop)) {
		life->paused = false;
		if (!life->debugged)
			resume(vm);
	}
	pthread_mutex_unlock(&life->operation);
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

/* Can it boot once more? */
static bool can_boot(const struct lifecycle *life)
{
	return life->kept || life->load;
}

/**
 * lifecycle_keep() - remember the VM as it is, ready to boot, if it may be reset.
 * @vm: not started. One that may sleep wakes with the vCPUs that it has now
 */
void lifecycle_keep(struct vm *vm)
{
	if (may_be_reset(vm))
		vm->life->kept = kept_take(&vm->memory);
	if (may_be_reset(vm) || config_waits_asleep(vm->config))
		keep_vcpus(vm);
}

/**
 * lifecycle_keep_boot() - what a restored VM boots when it is reset.
 * @vm:   its vCPUs are new, and not those that were saved yet
 * @load: puts it into the memory, which is zero, and the boot processor at its entry; NULL: nothing
 *        can be booted
 */
void lifecycle_keep_boot(struct vm *vm, void (*load)(struct vm *vm))
{
	if (may_be_reset(vm))
		vm->life->load = load;
	if (vm->life->load || config_waits_asleep(vm->config))
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

/* RST#, of the board alone */
static const char *renew_board(struct vm *vm)
{
	unsigned int i;

	if (ioctl(vm->keel, KEEL_RESET))
		return "KEEL_RESET";
	/* The access that asked for it must be over for KVM before there are new registers. */
	for (i = 0; i < vm->config->cpus; i++)
		park_settle(&vm->vcpus[i]);
	return NULL;
}

static const char *renew_vcpus(struct vm *vm)
{
	struct lifecycle *life = vm->life;
	const char *error = NULL;
	__u64 host = host_tsc();
	unsigned int i;

	for (i = 0; i < vm->config->cpus && !error; i++) {
		error = vcpu_state_set(&vm->vcpus[i], &life->boot[i]);
		memset(&life->clocks[i], 0, sizeof(life->clocks[i]));
		if (!error)	/* RESET# clears the counter */
			error = vcpu_tsc_set(&vm->vcpus[i], 0, host);
	}
	return error;
}

static const char *renew(struct vm *vm)
{
	struct lifecycle *life = vm->life;
	const char *error = renew_board(vm);

	if (!error)
		error = hand_off_board(vm);
	if (!error)
		error = irqfds_flush(vm);
	if (error)
		return error;
	nvram_reset(vm);
	if (vm->served)
		served_reset(vm->served);
	if (life->kept)
		kept_renew(life->kept, &vm->memory);
	else
		error = boot_anew(vm);
	return error ? error : renew_vcpus(vm);
}

static const char *restart(struct vm *vm, const char *cause)
{
	struct lifecycle *life = vm->life;
	const char *error = NULL;

	if (!can_boot(life))
		return NOTHING_BOOTED;
	if (!stands_still(life))
		error = hold(vm);
	if (!error)
		error = renew(vm);
	if (error)	/* unless it has ended by itself */
		vm_end(vm, STATUS_KVM_ERROR, "the guest cannot be reset: %s", error);
	else
		event_emit(vm, "reset", json_pack("{s:s}", "by", cause));
	atomic_store(&life->asleep, false);
	if (!stands_still(life) || error)
		release(vm);
	return error;
}

/**
 * lifecycle_reset() - the reset button.
 * @vm:    the VM
 * @cause: who presses it, for the event
 */
const char *lifecycle_reset(struct vm *vm, const char *cause)
{
	const char *error;

	pthread_mutex_lock(&vm->life->operation);
	error = restart(vm, cause);
	pthread_mutex_unlock(&vm->life->operation);
	return error;
}

/**
 * lifecycle_wants_reset() - the guest asks for a reset.
 * @vm: its VM
 *
 * Return: whether it gets one: its thread parks, and the main thread is asked for it.
 */
bool lifecycle_wants_reset(struct vm *vm)
{
	if (vm->config->on_reset != ON_RESET_RESTART || !can_boot(vm->life))
		return false;
	park_for_reset(vm);
	return true;
}

/* lifecycle_restart() - do the reset that the guest asked for; for the main thread */
void lifecycle_restart(struct vm *vm)
{
	struct lifecycle *life = vm->life;

	pthread_mutex_lock(&life->operation);
	if (park_has_reset(vm))	/* else the button was faster */
		restart(vm, "guest");
	pthread_mutex_unlock(&life->operation);
}

/* ---- Sleep: KEEL_RUN waits, and the memory stays ---- */

static void tell_asleep(const struct vm *vm)
{
	if (config_handle(vm->config))
		warn_line("the guest sleeps; \"keel wake %s\", its alarm or a button wakes it",
			  config_handle(vm->config));
	else
		warn_line("the guest sleeps, until its alarm wakes it");
}

/**
 * lifecycle_sleeps() - KEEL_EXIT_SLEEP or KEEL_EXIT_WAKE, in a vCPU's thread.
 * @vm:  its VM
 * @run: what KEEL_RUN has said
 *
 * Return: whether the thread goes on: the guest waits, or is to wake. What is saved to disk (S4)
 * needs no VM that waits.
 */
bool lifecycle_sleeps(struct vm *vm, const struct keel_run *run)
{
	if (run->arg != KEEL_PM_SLP_TYP_S3 || !config_waits_asleep(vm->config))
		return false;
	if (run->reason == KEEL_EXIT_WAKE) {
		park_for_wake(vm);
		return true;
	}
	atomic_store(&vm->life->asleep, true);
	event_emit(vm, "sleeping", NULL);
	tell_asleep(vm);
	return true;
}

/* The firmware's part of waking up, in a VM that stands still */
static const char *start_woken(struct vm *vm, const struct waking *waking)
{
	const char *by, *error = renew_board(vm);

	if (!error)
		error = hand_off_woken(vm, &by);
	if (!error)
		error = irqfds_flush(vm);
	if (!error)
		error = renew_vcpus(vm);
	if (!error)
		error = entry_wake(&vm->vcpus[0], waking);
	if (!error)
		event_emit(vm, "woken", json_pack("{s:s}", "by", by));
	return error;
}

static void wake(struct vm *vm)
{
	struct lifecycle *life = vm->life;
	const char *error = NULL;
	struct waking waking;

	if (!stands_still(life))
		error = hold(vm);
	if (!error && !acpi_waking(&vm->memory, &waking))
		error = "its FACS has no waking vector";
	if (!error)
		error = start_woken(vm, &waking);
	if (error)
		vm_end(vm, STATUS_SLEEP, "the guest cannot wake: %s", error);
	atomic_store(&life->asleep, false);
	if (!stands_still(life) || error)
		release(vm);
}

/* lifecycle_wake() - the end of the guest's sleep; for the main thread */
void lifecycle_wake(struct vm *vm)
{
	pthread_mutex_lock(&vm->life->operation);
	if (park_has_wake(vm))	/* else the reset button was faster */
		wake(vm);
	pthread_mutex_unlock(&vm->life->operation);
}

/* lifecycle_is_asleep() - does the guest wait for what wakes it? The answer may be old. */
bool lifecycle_is_asleep(struct vm *vm)
{
	return atomic_load(&vm->life->asleep);
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
	if (!error && vm->memory.nvram)
		error = nvram_save(vm, &snapshot->nvram);
	if (vm->served)
		snapshot->served = served_save(vm->served);
	if (!error)
		error = pumps_unread(snapshot->unread);
	return error;
}

static const char *save(struct vm *vm, const char *path, int fd)
{
	const char *error = still_begin(vm);
	struct snapshot snapshot = { 0 };

	if (error)
		return error;
	error = collect(vm, &snapshot);
	if (!error)
		error = path ? snapshot_write(&snapshot, vm, path) :
			       snapshot_write_to(&snapshot, vm, fd);
	if (!error)
		event_emit(vm, "saved", path ? json_pack("{s:s}", "file", path) : NULL);
	still_end(vm);
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
	const char *error = still_begin(vm);

	if (error)
		return error;
	error = core_write(vm, fd);
	still_end(vm);
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
