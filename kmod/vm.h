/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The module's side of a VM: what locks, sleeps and owns.
 *
 * Lock order, outermost first:
 *
 *	keel_vm.control     (mutex)  pause, reset, state, adding vCPUs, attaching
 *	keel_vcpu.running   (mutex)  held inside KEEL_RUN: a pause waits for it
 *	  kvm: vcpu->mutex, kvm->srcu
 *	keel_vm.servicing (mutex)    starting and stopping virtqueues
 *	keel_vqueue.lock  (mutex)    serving one
 *	  keel_net.lock, keel_vhost.lock (mutex) settings of vhost and the tap
 *	keel_vm.routing (mutex)      order of the routing tables sent to KVM
 *	keel_vm.scratch_lock (mutex) the scratch area
 *	keel_console.reading (mutex) one reader of a byte stream
 *	keel_vm.lock        (spin)   the board; see door.c
 *	  keel_console.lock (spin)   a byte stream's rings
 *	  keel_vcpu.kick    (raw spin) the thread that runs the vCPU
 *	  keel_server.lock  (spin)   its jobs
 */
#ifndef KEEL_VM_H
#define KEEL_VM_H

#include <linux/eventfd.h>
#include <linux/fs.h>
#include <linux/hrtimer.h>
#include <linux/kref.h>
#include <linux/kvm.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "../devices/board/build.h"
#include "../devices/board/class.h"
#include "../devices/board/door.h"
#include "../devices/board/inspect.h"
#include "../devices/board/out.h"
#include "../devices/board/state.h"
#include "../devices/board/stats.h"

struct keel_memory_table;
struct keel_user;
struct keel_routing;
struct keel_server;
struct keel_vdev;
struct keel_vm;

/* Base of a region that is not mapped */
#define KEEL_NOWHERE	U64_MAX

/* Which vCPUs must come out of KVM_RUN. */
#define KEEL_WAKE_INTR	BIT(0)	/* all: the 8259s' INTR rose, and any LINT0 may be wired to it */
#define KEEL_WAKE_SELF	BIT(1)	/* the accessing vCPU, before it goes on: routes, regions, queues */
#define KEEL_WAKE_ALL	BIT(2)	/* all: an event */

/* Beside them: there are messages to be sent; bytes that a UART has room for. */
#define KEEL_SEND_MSIS	BIT(3)
#define KEEL_RECEIVE_MORE BIT(4)

/**
 * struct keel_effects - what a door's models asked of the host, to be done after
 * the board's lock is gone.
 * @wakes:    KEEL_WAKE_*, KEEL_SEND_MSIS, KEEL_RECEIVE_MORE
 * @consoles: byte streams to wake readers or writers of
 * @msis:     GSIs whose message is to be sent
 */
struct keel_effects {
	u32 wakes;
	u32 consoles;
	DECLARE_BITMAP(msis, KEEL_MAX_GSIS);
};

/**
 * struct keel_clock - VmTime on a hrtimer.
 * @timer:   fires at the board's next deadline
 * @running: VmTime advances
 * @inside:  vCPUs inside KEEL_RUN
 * @base:    while it runs: CLOCK_MONOTONIC at VmTime 0; else: VmTime itself. ns
 * @deadline: VmTime that is armed, KEEL_NEVER if none
 */
struct keel_clock {
	struct hrtimer timer;
	bool running;
	unsigned int inside;
	u64 base;
	u64 deadline;
};

/**
 * keel_clock_now() - VmTime.
 * @clock: the clock; the caller holds the board's lock
 */
static inline u64 keel_clock_now(const struct keel_clock *clock)
{
	return clock->running ? ktime_get_ns() - clock->base : clock->base;
}

/**
 * struct keel_router - the board's messages to KVM's GSIs.
 * @nr:       GSIs
 * @gsis:     an eventfd for each, registered with KVM as irqfd
 * @fds:      their descriptors, which the process keeps open: KVM lets go of an irqfd whose
 *            last file closes
 * @routes:   the messages; under the board's lock
 * @known:    what KVM has; under the board's lock
 * @used:     GSIs of which KVM has, or is to have, a message; under the board's lock
 * @dirty:    GSIs whose message KVM does not have yet; under the board's lock
 * @again:    GSIs that changed since they were last picked up; under the board's lock
 * @deferred: GSIs to be sent as soon as KVM has their message; under the board's lock
 * @open:     GSIs that are not masked; under the board's lock
 * @live:     those of @open whose message KVM has: they may be sent without the board's
 *            lock. Written under it
 * @watched:  GSIs whose eventfd a back end signals itself while they are in @live; under the
 *            board's lock
 * @turns:    times that one of @watched came into @live or left it; written under the board's lock
 * @aimed:    @turns when the back ends were last redirected; under keel_vm.servicing
 * @stale:    @dirty is not empty
 * @sending:  a table has been picked up and is on its way; under the board's lock
 * @routing:  what is being sent; under keel_vm.routing
 * @sent:     KVM_SET_GSI_ROUTING calls
 */
struct keel_router {
	unsigned int nr;
	struct eventfd_ctx *gsis[KEEL_MAX_GSIS];
	s32 fds[KEEL_MAX_GSIS];
	struct keel_route routes[KEEL_MAX_GSIS];
	struct keel_route known[KEEL_MAX_GSIS];
	DECLARE_BITMAP(used, KEEL_MAX_GSIS);
	DECLARE_BITMAP(dirty, KEEL_MAX_GSIS);
	DECLARE_BITMAP(again, KEEL_MAX_GSIS);
	DECLARE_BITMAP(deferred, KEEL_MAX_GSIS);
	DECLARE_BITMAP(open, KEEL_MAX_GSIS);
	DECLARE_BITMAP(live, KEEL_MAX_GSIS);
	DECLARE_BITMAP(watched, KEEL_MAX_GSIS);
	unsigned int turns;
	unsigned int aimed;
	bool stale;
	bool sending;
	struct keel_routing *routing;
	u64 sent;
};

/* What brought a vCPU out of KVM_RUN, and what made KEEL_RUN return. */
enum keel_vcpu_counter {
	KEEL_LOOP_PIO,
	KEEL_LOOP_MMIO,
	KEEL_LOOP_EOI,
	KEEL_LOOP_WINDOW,
	KEEL_LOOP_KICK,
	KEEL_LOOP_AGAIN,
	KEEL_LOOP_DROPPED,
	KEEL_INJECTED,
	KEEL_RETURN_EVENT,
	KEEL_RETURN_PAUSED,
	KEEL_RETURN_SHUTDOWN,
	KEEL_RETURN_SIGNAL,
	KEEL_RETURN_KVM,
	KEEL_RETURN_ERROR,
	KEEL_NR_VCPU_COUNTERS,
};

/**
 * struct keel_vcpu - a vCPU that Keel runs.
 * @vm:       its VM
 * @file:     KVM's file of it
 * @index:    in @vm->vcpus
 * @running:  held inside KEEL_RUN, and for a moment by a pause that waits for its end
 * @kick:     protects @task
 * @task:     thread inside KEEL_RUN: no other gets in; or NULL
 * @pages:    of its struct kvm_run, pinned
 * @stale:    the process may have changed KVM's vCPU: what struct kvm_run says of it
 *            (may it be interrupted now?) is to be renewed before it is looked at
 * @run:      first of them: struct kvm_run, writable by the process at any time
 * @pio:      second one: data of port accesses
 * @accesses: to ports, that came out of KVM_RUN; by its thread alone
 * @counters: likewise
 */
struct keel_vcpu {
	struct keel_vm *vm;
	struct file *file;
	unsigned int index;
	struct mutex running;
	raw_spinlock_t kick;
	struct task_struct *task;
	struct page *pages[2];
	bool stale;
	struct kvm_run *run;
	u8 *pio;
	u64 accesses;
	u64 counters[KEEL_NR_VCPU_COUNTERS];
};

/**
 * struct keel_held - how long the board's lock was held, at most.
 * @since:   it is held since, CLOCK_MONOTONIC in ns
 * @longest: ns
 * @door:    an address in the door that held it so long
 */
struct keel_held {
	u64 since;
	u64 longest;
	void *door;
};

/**
 * struct keel_vm - a VM.
 * @refs:     its file, its byte streams, requests in flight
 * @user:     the user whose VMs it is counted among
 * @kvm_file: the KVM VM below
 * @mm:       of the process it belongs to; kept alive by @kvm_file
 * @lock:     the board's
 * @held:     with module parameter lock_stats; under @lock
 * @board:    the board
 * @effects:  collected while @lock is held
 * @clock:    VmTime
 * @router:   interrupts
 * @intr:     level of the 8259s' INTR
 * @event:    why the VM ended, enum keel_event
 * @event_arg: its argument
 * @paused:   no vCPU may run
 * @full:     a disk that has no space, until KEEL_RESUME; or NULL
 * @loading:  a state was loaded, and not all models have processed it; under @lock
 * @control:  pause, reset, state, adding vCPUs, attaching
 * @routing:  keeps the tables sent to KVM in order
 * @scratch_lock: for @scratch
 * @scratch:  user memory for arguments to KVM
 * @nr_vcpus: how many; published after the entry in @vcpus
 * @vcpus:    by index
 * @nr_consoles: entries of @consoles
 * @consoles: a byte stream for each UART
 * @rx_waiting: streams that hold bytes for the guest
 * @bus:      what the accelerator put on KVM's buses, or NULL
 * @remapped: regions have moved since the accelerator looked; under @lock
 * @debugfs:  its directory
 * @bus_accesses: accesses answered inside KVM_RUN; under @lock
 * @bus_failures: moves of regions that could not be published for lack of memory
 * @memory:   where the guest's memory is; set once
 * @servicing: starting and stopping virtqueues
 * @services: devices whose virtqueues are to be started or stopped; under @lock
 * @in_service: those that a thread is starting or stopping; under @servicing
 * @nr_vdevs: entries of @vdevs
 * @vdevs:    virtio devices' data sides
 * @servers:  threads of the process that serve their queues, by number
 * @vdev_of:  entries of @vdevs by the device's index on the board
 * @end:      takes the VM apart if the last reference is dropped in interrupt context
 */
struct keel_vm {
	struct kref refs;
	struct keel_user *user;
	struct file *kvm_file;
	struct mm_struct *mm;
	spinlock_t lock;
	struct keel_held held;
	struct keel_board *board;
	struct keel_effects effects;
	struct keel_clock clock;
	struct keel_router router;
	bool intr;
	enum keel_event event;
	u64 event_arg;
	bool paused;
	const struct keel_dev *full;
	bool loading;
	struct mutex control;
	struct mutex routing;
	struct mutex scratch_lock;
	void __user *scratch;
	unsigned int nr_vcpus;
	struct keel_vcpu *vcpus[KEEL_MAX_VCPUS];
	unsigned int nr_consoles;
	struct keel_console_stream *consoles;
	unsigned long rx_waiting;
	struct keel_kvm_bus *bus;
	bool remapped;
	struct dentry *debugfs;
	u64 bus_accesses;
	u64 bus_failures;
	struct keel_memory_table *memory;
	struct mutex servicing;
	u64 services;
	u64 in_service;
	unsigned int nr_vdevs;
	struct keel_vdev *vdevs;
	struct keel_server *servers[KEEL_MAX_SERVERS];
	struct keel_vdev *vdev_of[KEEL_MAX_DEVICES];
	struct work_struct end;
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
 * struct keel_ioctl - one row of an ioctl table.
 * @command: with the size of its argument
 * @call:    @arg is a kernel copy of the argument, copied back if the command
 *           says so and the result is not an error
 */
struct keel_ioctl {
	unsigned int command;
	long (*call)(void *owner, void *arg);
};

long keel_ioctl(const struct keel_ioctl *table, unsigned int nr, void *owner,
		unsigned int command, unsigned long arg);

/* main.c */
extern bool keel_use_bus;
extern unsigned int keel_min_timer_period_us;

/* user.c */
struct keel_user *keel_user_get(void);
void keel_user_put(struct keel_user *user);

/* vm.c */
/**
 * struct keel_new_vm - a VM whose descriptor is not installed yet.
 * @fd:   reserved
 * @file: to be installed there; NULL: there is none
 */
struct keel_new_vm {
	int fd;
	struct file *file;
};

long keel_vm_create(void *owner, void *arg);
void keel_vm_get(struct keel_vm *vm);
void keel_vm_put(struct keel_vm *vm);
void keel_vm_put_later(struct keel_vm *vm);
int keel_vm_init(void);
void keel_vm_exit(void);

/* door.c */
typedef void (*keel_list)(struct keel_board *board, unsigned int part, struct keel_out *out);

extern const struct keel_host_ops keel_door_host;
void keel_door_time_locks(void);
struct keel_held keel_door_held(struct keel_vm *vm, bool reset);
void keel_door_access(struct keel_vm *vm, enum keel_space space, u64 addr, void *data,
		      unsigned int len, bool write);
int keel_door_bus_access(struct keel_vm *vm, struct keel_region *region, u64 addr, void *data,
			 unsigned int len, bool write);
int keel_door_bar_access(struct keel_vm *vm, struct keel_region *region, u64 addr, void *data,
			 unsigned int len, bool write);
void keel_door_bases(struct keel_vm *vm, u64 *bases);
void keel_door_expire(struct keel_vm *vm);
void keel_door_eoi(struct keel_vm *vm, u8 vector);
int keel_door_intack(struct keel_vm *vm);
int keel_door_host_input(struct keel_vm *vm, struct keel_dev *dev, unsigned int input, u64 value);
void keel_door_receive(struct keel_vm *vm);
void keel_door_reset(struct keel_vm *vm);
void keel_door_list(struct keel_vm *vm, keel_list list, unsigned int part, struct keel_out *out);
void keel_door_enter_run(struct keel_vm *vm);
void keel_door_leave_run(struct keel_vm *vm);
void keel_door_stop(struct keel_vm *vm);
void keel_door_save(struct keel_vm *vm, void *blob);
void keel_door_load(struct keel_vm *vm, const void *blob);
int keel_door_call(struct keel_vm *vm, struct keel_dev *dev,
		   int (*call)(struct keel_dev *dev, void *arg), void *arg);
u64 keel_door_services(struct keel_vm *vm);
void keel_door_serve_again(struct keel_vm *vm, u64 devs);
bool keel_door_routes_pick_up(struct keel_vm *vm, struct keel_routing *routing);
void keel_door_routes_sent(struct keel_vm *vm, const struct keel_routing *routing);
void keel_door_watch(struct keel_vm *vm, unsigned int gsi, unsigned int nr);

/* clock.c; all under the board's lock but for init and destroy */
void keel_clock_init(struct keel_clock *clock);
void keel_clock_destroy(struct keel_clock *clock);
void keel_clock_arm(struct keel_clock *clock, u64 deadline);
void keel_clock_enter(struct keel_clock *clock);
void keel_clock_leave(struct keel_clock *clock);
void keel_clock_start(struct keel_clock *clock);
void keel_clock_stop(struct keel_clock *clock);
void keel_clock_set(struct keel_clock *clock, u64 now);

/* route.c */
/**
 * struct keel_routing - messages on their way to KVM.
 * @routes: of all GSIs
 * @used:   GSIs that have one
 * @dirty:  GSIs whose message is a new one
 * @table:  for KVM
 */
struct keel_routing {
	struct keel_route routes[KEEL_MAX_GSIS];
	DECLARE_BITMAP(used, KEEL_MAX_GSIS);
	DECLARE_BITMAP(dirty, KEEL_MAX_GSIS);
	struct kvm_irq_routing *table;
};

int keel_router_init(struct keel_router *router, const s32 *fds, unsigned int nr);
int keel_router_connect(struct keel_vm *vm, const s32 *fds);
void keel_router_destroy(struct keel_router *router);
int keel_router_sync(struct keel_vm *vm);
bool keel_router_signal(struct keel_vm *vm, unsigned int gsi);
int keel_router_irqfd(const struct keel_vm *vm, unsigned int gsi);
bool keel_router_has(const struct keel_vm *vm, const struct eventfd_ctx *ctx);

/**
 * keel_router_has_turned() - must back ends be redirected to other eventfds?
 * @vm: the VM
 */
static inline bool keel_router_has_turned(const struct keel_vm *vm)
{
	return READ_ONCE(vm->router.turns) != READ_ONCE(vm->router.aimed);
}

/* kvm_file.c */
struct file *keel_kvm_vm_get(int fd);
struct file *keel_kvm_vcpu_get(const struct file *vm, int fd);
long keel_kvm_ioctl(struct file *file, unsigned int command, unsigned long arg);
long keel_kvm_call(struct keel_vm *vm, struct file *file, unsigned int command,
		   const void *arg, size_t size);

/* vcpu.c */
long keel_vcpu_add(void *owner, void *arg);
long keel_vcpu_run(void *owner, void *arg);
void keel_vcpu_free(struct keel_vcpu *vcpu);
void keel_vcpu_kick(struct keel_vm *vm, unsigned int index);
void keel_vcpu_kick_all(struct keel_vm *vm);
void keel_vcpu_report_full(struct keel_vm *vm, const struct keel_dev *dev);

/* console.c */
int keel_consoles_init(struct keel_vm *vm);
void keel_consoles_destroy(struct keel_vm *vm);
long keel_console_open(void *owner, void *arg);
bool keel_console_byte_out(struct keel_vm *vm, const struct keel_dev *dev, u8 byte);
void keel_consoles_receive(struct keel_vm *vm);
void keel_consoles_loaded(struct keel_vm *vm);
void keel_console_wake(struct keel_vm *vm, unsigned int nr);
u64 keel_console_dropped(const struct keel_vm *vm, unsigned int nr);

/* memory.c */
long keel_memory_set(void *owner, void *arg);

/* virtio.c */
int keel_virtio_init(struct keel_vm *vm);
void keel_virtio_destroy(struct keel_vm *vm);
/**
 * keel_virtio_has_service() - is a vCPU to call keel_virtio_service() before it goes on?
 * @vm: the VM
 *
 * Also while another thread does it: no vCPU runs beside queues that are half started.
 */
static inline bool keel_virtio_has_service(const struct keel_vm *vm)
{
	if (READ_ONCE(vm->services))
		return true;
	smp_rmb();	/* Pairs with keel_door_services() */
	return READ_ONCE(vm->in_service);
}

int keel_virtio_service(struct keel_vm *vm);
int keel_virtio_aim(struct keel_vm *vm);
int keel_virtio_pause(struct keel_vm *vm);
void keel_virtio_unpause(struct keel_vm *vm);
long keel_virtio_attach(void *owner, void *arg);
long keel_virtio_set_port(void *owner, void *arg);

/* vqueue.c */
void keel_virtio_kick_later(struct keel_vm *vm, const struct keel_dev *dev, unsigned int index);

/* doorbell.c */
bool keel_doorbell(struct keel_vm *vm, enum keel_space space, u64 addr, const void *data,
		   unsigned int len);
bool keel_doorbell_region(struct keel_vm *vm, const struct keel_region *region, u64 addr,
			  const void *data, unsigned int len);

/* stats.c */
typedef int (*keel_collect)(struct keel_vm *vm, struct keel_stat *stats, unsigned int room);

long keel_stats(void *owner, void *arg);
long keel_inspect(void *owner, void *arg);
int keel_stats_collect(struct keel_vm *vm, struct keel_stat *stats, unsigned int room);
int keel_inspect_collect(struct keel_vm *vm, struct keel_stat *stats, unsigned int room);

/* debugfs.c */
void keel_debugfs_init(void);
void keel_debugfs_exit(void);
void keel_debugfs_add(struct keel_vm *vm);
void keel_debugfs_remove(struct keel_vm *vm);

/* kvm_bus.c */
#ifdef KEEL_KVM_BUS
bool keel_kvm_bus_available(void);
int keel_kvm_bus_register(struct keel_vm *vm);
void keel_kvm_bus_remap(struct keel_vm *vm);
void keel_kvm_bus_unregister(struct keel_vm *vm);
bool keel_kvm_bus_same_vm(const struct file *vm, const struct file *vcpu);
#else
static inline bool keel_kvm_bus_available(void) { return false; }
static inline int keel_kvm_bus_register(struct keel_vm *vm) { return 0; }
static inline void keel_kvm_bus_remap(struct keel_vm *vm) { }
static inline void keel_kvm_bus_unregister(struct keel_vm *vm) { }
#endif

#endif /* KEEL_VM_H */
