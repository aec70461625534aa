/* SPDX-License-Identifier: GPL-2.0 */
/* The VM of this process. */
#ifndef KEEL_VM_VM_H
#define KEEL_VM_VM_H

#include <pthread.h>
#include <stdatomic.h>

#include "config/config.h"
#include "stream/pump.h"
#include "uapi/keel.h"
#include "vm/disk.h"
#include "vm/memory.h"

struct control;
struct followers;
struct gdb;
struct lifecycle;
struct parking;
struct served;
struct target;
struct vcpu;

/**
 * struct vm - everything about the one VM of this process.
 * @config:   the user's wishes
 * @memory:   the guest's RAM
 * @served:   fw_cfg with a kernel in it, or NULL
 * @kvm:      /dev/kvm
 * @kvm_vm:   KVM's VM
 * @keel:     Keel's VM
 * @run_size: bytes of a struct kvm_run's mapping
 * @vcpus:    config->cpus of them
 * @gate:     the vCPU threads start together, after all could be created
 * @stop:     vCPU threads: do not enter the guest again
 * @ended:    eventfd: the main thread has something to deal with, the outcome at last
 * @over:     the outcome is there to be read
 * @decided:  a thread has given the outcome; the first one wins
 * @status:   the outcome
 * @reason:   for the user, or empty
 * @eventfds: KVM's irqfds
 * @nr_eventfds: how many
 * @life:     pause, reset and the like
 * @parking:  where vCPU threads wait instead of running the guest
 * @target:   for a debugger, or NULL
 * @gdb:      its server, or NULL
 * @control:  the control socket's thread, or NULL
 * @since:    when that began to listen, ms (now_ms())
 * @followers: of its events and its console; NULL: it has no control socket
 * @unread:   what a restored guest's ports are to receive first
 * @disks:    in the order of --disk; a disk's place is its device's instance as well
 * @nr_disks: that Keel has
 */
struct vm {
	struct config *config;
	struct memory memory;
	struct served *served;
	int kvm;
	int kvm_vm;
	int keel;
	size_t run_size;
	struct vcpu *vcpus;
	pthread_barrier_t gate;
	atomic_bool stop;
	int ended;
	atomic_flag decided;
	atomic_bool over;
	int status;
	char reason[160];
	__s32 eventfds[KEEL_MAX_GSIS];
	unsigned int nr_eventfds;
	struct lifecycle *life;
	struct parking *parking;
	struct target *target;
	struct gdb *gdb;
	struct control *control;
	long long since;
	struct followers *followers;
	struct unread unread[UNREAD_NR];
	struct disk disks[VIRTIO_DISKS];
	unsigned int nr_disks;
};

void vm_create(struct vm *vm, struct config *config);
void vm_create_plain(struct vm *vm, struct config *config);

#endif /* KEEL_VM_VM_H */
