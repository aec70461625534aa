/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What pausing, resetting, saving and restoring a VM is made of:
 *
 *   vcpu_state.c  a vCPU's state in KVM, and its clocks
 *   lifecycle.c   pause, resume, reset: everybody out, clocks stopped, and back
 *   snapshot.c    the whole VM as a file
 *   control.c     who may ask for it: the control socket
 */
#ifndef KEEL_LIFECYCLE_H
#define KEEL_LIFECYCLE_H

#include "launcher.h"

#define STATE_MSRS	256
#define STATE_CPUID	256
#define STATE_XSAVE	(16 * KIB)
#define STATE_NESTED	(16 * KIB)

/**
 * struct vcpu_clocks - what of a vCPU goes on by itself, as it was when time stopped.
 * @tsc:      the guest's time-stamp counter
 * @deadline: IA32_TSC_DEADLINE: 0 if none is awaited
 * @lvtt:     LAPIC timer: local vector table entry
 * @initial:  initial count
 * @current:  what was left to count; 0: it does not run
 * @pad:      zero
 */
struct vcpu_clocks {
	__u64 tsc;
	__u64 deadline;
	__u32 lvtt;
	__u32 initial;
	__u32 current;
	__u32 pad;
};

/**
 * struct vcpu_state - a vCPU as KVM tells it. A record of a snapshot as it is.
 */
struct vcpu_state {
	struct vcpu_clocks clocks;
	struct kvm_regs regs;
	struct kvm_sregs2 sregs;
	struct kvm_fpu fpu;
	struct kvm_xcrs xcrs;
	struct kvm_debugregs debugregs;
	struct kvm_lapic_state lapic;
	struct kvm_vcpu_events events;
	struct kvm_mp_state mp;
	__u32 nr_msrs;
	__u32 nr_cpuid;
	__u32 xsave_size;
	__u32 nested_size;
	struct kvm_msr_entry msrs[STATE_MSRS];
	struct kvm_cpuid_entry2 cpuid[STATE_CPUID];
	__u8 xsave[STATE_XSAVE];
	__u8 nested[STATE_NESTED];
};

/* vcpu_state.c; they say what failed, or NULL */
__u64 host_tsc(void);
bool vcpu_settle(const struct vcpu *vcpu);
const char *vcpu_clocks_get(const struct vcpu *vcpu, struct vcpu_clocks *clocks, __u64 host);
const char *vcpu_tsc_set(const struct vcpu *vcpu, __u64 tsc, __u64 host);
const char *vcpu_timer_set(const struct vcpu *vcpu, const struct vcpu_clocks *clocks);
const char *vcpu_state_get(const struct vcpu *vcpu, struct vcpu_state *state);
const char *vcpu_state_set(const struct vcpu *vcpu, const struct vcpu_state *state);
bool vcpu_cpu_same(const struct vcpu *vcpu, const struct vcpu_state *state);
bool vcpu_state_sane(const struct vcpu_state *state);

/**
 * struct kept_page - a page of the guest's memory as it was before the first
 * instruction.
 */
struct kept_page {
	__u64 at;
	__u8 data[PAGE];
};

/**
 * struct lifecycle - pause and what needs it.
 * @operation: held by whoever pauses, resumes, resets or saves
 * @lock:      for @held, @parked, @alive, @reset, @full, @told
 * @changed:   one of them has
 * @held:      vCPU threads park instead of running
 * @reset:     the guest wants one, or the user
 * @full:      a bit for each disk that there is no space for
 * @told:      those of them that the user has been told of
 * @parked:    threads that do
 * @alive:     threads that have not ended
 * @paused:    by the user; under @operation
 * @clock:     kvmclock when time stopped, ns
 * @clocks:    the vCPUs' when time stopped
 * @boot:      the vCPUs' states before their first instruction, or NULL
 * @pages:     of the memory at that time
 * @nr_pages:  of them
 */
struct lifecycle {
	pthread_mutex_t operation;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool held;
	bool reset;
	unsigned int full;
	unsigned int told;
	unsigned int parked;
	unsigned int alive;
	bool paused;
	__u64 clock;
	struct vcpu_clocks *clocks;
	struct vcpu_state *boot;
	struct kept_page *pages;
	size_t nr_pages;
};

/* lifecycle.c; those with a reason return NULL if it was done */
void lifecycle_init(struct vm *vm);
void lifecycle_keep(struct vm *vm);
void lifecycle_thread_ends(struct vm *vm);
void lifecycle_park(struct vm *vm);
bool lifecycle_wants_reset(struct vm *vm);
void lifecycle_is_full(struct vm *vm, unsigned int disk);
void lifecycle_full(struct vm *vm);
void lifecycle_retry(struct vm *vm);
bool lifecycle_is_without_space(struct vm *vm);
void lifecycle_give_up(struct vm *vm);
void lifecycle_restart(struct vm *vm);
void lifecycle_begin(struct vm *vm);
const char *lifecycle_pause(struct vm *vm);
const char *lifecycle_resume(struct vm *vm);
const char *lifecycle_reset(struct vm *vm);
const char *lifecycle_save(struct vm *vm, const char *path);
bool lifecycle_is_paused(struct vm *vm);
const char *irqfds_flush(struct vm *vm);

/* snapshot.c */

/**
 * struct snapshot - a file's contents, checked.
 * @board:      Keel's blob
 * @board_size: bytes
 * @vcpus:      states of the vCPUs
 * @clock:      kvmclock, ns
 * @unread:     what the guest's ports were still to receive
 * @disks:      what the guest was told of its disks
 */
struct snapshot {
	void *board;
	__u32 board_size;
	struct vcpu_state *vcpus;
	__u64 clock;
	struct unread unread[UNREAD_NR];
	struct disk_told disks[MODULES_MAX];
};

bool page_is_zero(const void *page);
char *snapshot_config(const char *path);
void snapshot_load(struct snapshot *snapshot, const struct config *config,
		   const struct memory *memory);
void snapshot_apply(const struct snapshot *snapshot, struct vm *vm);
const char *snapshot_write(const struct snapshot *snapshot, const struct vm *vm,
			   const char *path);

/* control.c, ctl.c */

/**
 * struct control - the thread behind the control socket.
 */
struct control {
	struct vm *vm;
	pthread_t thread;
	int listener;
	int stop;
};

void control_open(struct vm *vm);
void control_start(struct vm *vm);
void control_stop(struct vm *vm);
int command_ctl(int argc, char **argv);
int command_stats(int argc, char **argv);
int command_inspect(int argc, char **argv);
void ctl_help(FILE *to);
int listen_at(const char *option, const char *path, int backlog);

#endif /* KEEL_LIFECYCLE_H */
