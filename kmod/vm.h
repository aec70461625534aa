/* SPDX-License-Identifier: GPL-2.0 */
/* The module's side of a VM: what locks, sleeps and owns. */
#ifndef KEEL_VM_H
#define KEEL_VM_H

#include <linux/mutex.h>
#include <linux/seqlock.h>
#include <linux/spinlock.h>

#include "../devices/board/door.h"
#include "claim.h"
#include "clock.h"
#include "ref.h"
#include "router.h"

struct dentry;
struct file;
struct keel_kvm_bus;
struct keel_latency;
struct keel_limits;
struct keel_memory_table;
struct keel_server;
struct keel_uart_ring;
struct keel_user;
struct keel_vcpu;
struct keel_vdev;

/* What KEEL_RUN is to report while the board goes on: KEEL_PVPANIC_*, and */
#define KEEL_ALARM_WATCHDOG	BIT(31)

/* Base of a region that is not mapped */
#define KEEL_NOWHERE	U64_MAX

/* Which vCPUs must come out of KVM_RUN. */
#define KEEL_KICK_INTR	BIT(0)	/* all: the 8259s' INTR rose, and any LINT0 may be wired to it */
#define KEEL_KICK_SELF	BIT(1)	/* the accessing vCPU, before it goes on: routes, regions, queues */
#define KEEL_KICK_ALL	BIT(2)	/* all: an event */
#define KEEL_KICK_ONE	BIT(5)	/* any one: an interrupt waits for its route */

/* Beside them: there are messages to be sent; bytes that a UART has room for. */
#define KEEL_SEND_MSIS	BIT(3)
#define KEEL_RECEIVE_MORE BIT(4)

/**
 * struct keel_effects - what models asked of the host, to be done after the board's
 * lock is gone.
 * @flags:    KEEL_KICK_*, KEEL_SEND_MSIS, KEEL_RECEIVE_MORE
 * @uarts:    UARTs to wake readers or writers of
 * @msis:     GSIs whose message is to be sent
 */
struct keel_effects {
	u32 flags;
	u32 uarts;
	DECLARE_BITMAP(msis, KEEL_MAX_GSIS);
};

/**
 * struct keel_held - how long the board's lock was held, at most.
 * @since:   it is held since, CLOCK_MONOTONIC in ns
 * @longest: ns
 * @opener:  an address in the function that held it so long
 */
struct keel_held {
	u64 since;
	u64 longest;
	void *opener;
};

/**
 * struct keel_vm - a VM.
 * @ref:      its file, its byte streams, requests in flight
 * @user:     the user whose VMs it is counted among
 * @kvm_file: the KVM VM below
 * @mm:       of the process it belongs to; kept alive by @kvm_file
 * @lock:     the board's
 * @seq:      odd while @lock is held, for keel_door_bus_peek()
 * @held:     with module parameter lock_stats; under @lock
 * @board:    the board
 * @effects:  collected while @lock is held
 * @clock:    VmTime
 * @router:   interrupts
 * @intr:     level of the 8259s' INTR
 * @expiring: deadlines are expired as the clock's timer has fired; under @lock
 * @event:    why the VM ended, enum keel_event
 * @event_arg: its argument
 * @paused:   no vCPU may run
 * @tell_polls: KEEL_VM_TELL_POLLS
 * @tell_wakes: KEEL_VM_TELL_WAKES
 * @sleep_told: with it: KEEL_RUN has reported the sleep; under @lock
 * @full:     a disk that has no space, until KEEL_RESUME; or NULL
 * @alarms:   KEEL_PVPANIC_* and KEEL_ALARM_* that KEEL_RUN is to report; under @lock
 * @alarms_told: those that it has reported, and that KEEL_RESUME ends; under @lock
 * @ejected:  a bit for each PCI slot whose function has left: KEEL_RUN is to report it; under @lock
 * @loading:  a state was loaded, and not all models have processed it; under @lock
 * @control:  pause, reset, state, adding vCPUs, attaching
 * @scratch_lock: for @scratch
 * @scratch:  user memory for arguments to KVM
 * @nr_vcpus: how many; published after the entry in @vcpus
 * @vcpus:    by index
 * @nr_uarts: entries of @uarts
 * @uarts:    bytes of each UART
 * @rx_waiting: a bit for each of @uarts that holds bytes for the guest
 * @bus:      what the accelerator put on KVM's buses, or NULL
 * @remapped: regions have moved since the accelerator looked; under @lock
 * @debugfs:  its directory
 * @number:   of the VM, in the directory's name and in traces
 * @bus_accesses: accesses answered inside KVM_RUN; under @lock
 * @bus_failures: moves of regions that could not be published for lack of memory
 * @memory:   where the guest's memory is; set once
 * @reconciling: starting and stopping virtqueues
 * @reconcile_due: devices whose virtqueues are to be started or stopped; under @lock
 * @reconcile_now: those that a thread is starting or stopping; under @reconciling
 * @nr_vdevs: entries of @vdevs
 * @vdevs:    virtio devices' data sides
 * @servers:  threads of the process that serve their queues, by number
 * @vdev_of:  entries of @vdevs by the device's index on the board
 * @claimed:  where the process answers, by enum keel_space; each set once, under @control
 * @measuring: latencies are measured; written under @control and @lock
 * @latency:  what was measured, or NULL; set once, under @control and @lock
 * @fwcfg:    items of KEEL_FWCFG_SET, or NULL; replaced under @control, the board's under @lock
 * @limiting: it has limits; written under @control
 * @limit_news: KEEL_RUN is to report a breach; under their lock
 * @limits:   what the guest may ask of the host, or NULL; set once, under @control
 */
struct keel_vm {
	struct keel_ref ref;
	struct keel_user *user;
	struct file *kvm_file;
	struct mm_struct *mm;
	spinlock_t lock;
	seqcount_t seq;
	struct keel_held held;
	struct keel_board *board;
	struct keel_effects effects;
	struct keel_clock clock;
	struct keel_router router;
	bool intr;
	bool expiring;
	enum keel_event event;
	u64 event_arg;
	bool paused;
	bool tell_polls;
	bool tell_wakes;
	bool sleep_told;
	const struct keel_dev *full;
	u32 alarms;
	u32 alarms_told;
	u32 ejected;
	bool loading;
	struct mutex control;
	struct mutex scratch_lock;
	void __user *scratch;
	unsigned int nr_vcpus;
	struct keel_vcpu *vcpus[KEEL_MAX_VCPUS];
	unsigned int nr_uarts;
	struct keel_uart_ring *uarts;
	unsigned long rx_waiting;
	struct keel_kvm_bus *bus;
	bool remapped;
	struct dentry *debugfs;
	unsigned int number;
	u64 bus_accesses;
	u64 bus_failures;
	struct keel_memory_table *memory;
	struct mutex reconciling;
	u64 reconcile_due;
	u64 reconcile_now;
	unsigned int nr_vdevs;
	struct keel_vdev *vdevs;
	struct keel_server *servers[KEEL_MAX_SERVERS];
	struct keel_vdev *vdev_of[KEEL_MAX_DEVICES];
	struct keel_claimed claimed[KEEL_NR_SPACES];
	bool measuring;
	struct keel_latency *latency;
	const void *fwcfg;
	bool limiting;
	bool limit_news;
	struct keel_limits *limits;
};

/**
 * keel_vm_nr_vcpus() - how many entries of @vm->vcpus may be looked at.
 * @vm: the VM
 */
static inline unsigned int keel_vm_nr_vcpus(const struct keel_vm *vm)
{
	/* Pairs with the release in vcpu_publish(): an entry is there before its number. */
	return smp_load_acquire(&vm->nr_vcpus);
}

/**
 * struct keel_new_vm - a VM whose descriptor is not installed yet.
 * @fd:   reserved
 * @file: to be installed there; NULL: there is none
 */
struct keel_new_vm {
	int fd;
	struct file *file;
};

extern bool keel_use_bus;

long keel_vm_create(void *owner, void *arg);

#endif /* KEEL_VM_H */
