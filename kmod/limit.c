// SPDX-License-Identifier: GPL-2.0
/*
 * Limits on what a guest may ask of the host: a token bucket for each kind of request, of the VM
 * and of each device. Buckets take their tokens whether they have them or not. What owes some
 * waits until the debt is paid, and LIMIT_NAP at least, so that the waiting itself costs the host
 * little:
 *
 * - A vCPU's thread, if the request is its own, waits before its next KVM_RUN: see vcpu_nap().
 *   It is kicked by itself, so at most the rest of one instruction comes after a breach.
 * - A server's thread waits before it serves a queue again, with no lock.
 * - A timer that is armed too often expires later: ../devices/board/pace.c.
 * - Any other context cannot wait: a message that a timer sends, say. Its tokens are forgiven, if
 *   there are none, and what it does next is counted as a breach again.
 *
 * The buckets are under @lock; those of timers, under the board's, as their time is VmTime. The
 * memory is allocated with the first limit, and stays until the VM's end.
 */
#include <linux/hrtimer.h>
#include <linux/ktime.h>
#include <linux/mutex.h>
#include <linux/nospec.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "../devices/board/build.h"
#include "../devices/board/pace.h"
#include "../devices/pci/pci.h"
#include "../devices/virtio/types.h"
#include "kick.h"
#include "limit.h"
#include "lock.h"
#include "trace.h"
#include "vcpu.h"
#include "vdev.h"

/* A wait is so long at least, and a server's no longer than that at a time. */
#define LIMIT_NAP	NSEC_PER_MSEC
#define LIMIT_NAP_MOST	(100 * NSEC_PER_MSEC)
/* Breaches of one limit are told no more often. */
#define LIMIT_TELL	NSEC_PER_SEC
/* A bucket holds what it gets in this part of a second, unless its burst is given. */
#define LIMIT_BURST	100

/* 8259A, OCW2: bits 4:3 are 0, and bit 5 is EOI */
#define LIMIT_OCW2_MASK	0x38
#define LIMIT_OCW2_EOI	0x20
#define LIMIT_PIC_PORTS	0x100		/* beyond is the ELCR */

/**
 * struct limit - of one kind of request, of a device or the VM.
 * @bucket:   of tokens; of KEEL_LIMIT_TIMERS a pace has it
 * @breaches: requests that found it empty
 * @told:     when KEEL_RUN was last to report one, CLOCK_MONOTONIC in ns; 0: never
 * @set:      there is one, or has been
 * @tell:     KEEL_RUN reports breaches
 * @news:     it is to report one
 */
struct limit {
	struct keel_bucket bucket;
	u64 breaches;
	u64 told;
	bool set;
	bool tell;
	bool news;
};

/**
 * struct keel_limits - a VM's.
 * @lock:   for all but @paces and @active
 * @paces:  of its timers; under the board's lock
 * @active: limits that there are; under keel_vm.control
 * @nr:     entries of @all
 * @all:    the VM's, and then each device's, by kind
 */
struct keel_limits {
	spinlock_t lock;
	struct keel_paces paces;
	unsigned int active;
	unsigned int nr;
	struct limit all[];
};

/**
 * struct charge - tokens to be taken.
 * @dev:    from this device's bucket as well; or NULL
 * @kind:   KEEL_LIMIT_*
 * @tokens: how many
 * @vcpu:   what is to wait for them; or NULL
 * @keeps:  the caller waits, if @vcpu does not
 */
struct charge {
	const struct keel_dev *dev;
	unsigned int kind;
	u64 tokens;
	struct keel_vcpu *vcpu;
	bool keeps;
};

static struct limit *limit_of(struct keel_limits *limits, const struct keel_dev *dev,
			      unsigned int kind)
{
	return &limits->all[(dev ? dev->index + 1 : 0) * KEEL_NR_LIMITS + kind];
}

/**
 * keel_limit_kind() - the name of a kind.
 * @kind: KEEL_LIMIT_*
 */
const char *keel_limit_kind(unsigned int kind)
{
	static const char *const kinds[KEEL_NR_LIMITS] = {
		[KEEL_LIMIT_ACCESSES] = "accesses", [KEEL_LIMIT_TIMERS] = "timers",
		[KEEL_LIMIT_BYTES] = "bytes", [KEEL_LIMIT_NOTIFICATIONS] = "notifications",
		[KEEL_LIMIT_INTERRUPTS] = "interrupts",
	};

	return kinds[kind];
}

/* ---- Charging ---- */

/* The vCPU that the calling thread runs; NULL: none. */
static struct keel_vcpu *limit_vcpu(const struct keel_vm *vm)
{
	int index = keel_trace_vcpu(vm);

	return index < 0 ? NULL : vm->vcpus[index];
}

/* Under @lock. */
static void limit_breached(struct keel_vm *vm, struct limit *limit, u64 now)
{
	limit->breaches++;
	if (!limit->tell || (limit->told && now - limit->told < LIMIT_TELL))
		return;
	limit->told = now;
	limit->news = true;
	WRITE_ONCE(vm->limit_news, true);
}

/* Under @lock. Return: ns to wait. */
static u64 limit_take(struct keel_vm *vm, const struct charge *charge, struct limit *limit, u64 now)
{
	u64 wait = keel_bucket_take(&limit->bucket, now, charge->tokens);

	if (!wait)
		return 0;
	limit_breached(vm, limit, now);
	if (!charge->vcpu && !charge->keeps)
		keel_bucket_forgive(&limit->bucket);
	return wait;
}

static u64 limit_take_all(struct keel_vm *vm, const struct charge *charge, u64 now)
{
	struct keel_limits *limits = vm->limits;
	unsigned long flags;
	u64 wait;

	spin_lock_irqsave(&limits->lock, flags);
	wait = limit_take(vm, charge, limit_of(limits, NULL, charge->kind), now);
	if (charge->dev)
		wait = max(wait, limit_take(vm, charge,
					    limit_of(limits, charge->dev, charge->kind), now));
	spin_unlock_irqrestore(&limits->lock, flags);
	return wait;
}

/* The vCPU comes out of KVM_RUN; else one does if there is something to be told. */
static void limit_slow_down(struct keel_vm *vm, struct keel_vcpu *vcpu, u64 until)
{
	if (vcpu) {
		WRITE_ONCE(vcpu->nap_until, max(vcpu->nap_until, until));
		set_thread_flag(TIF_NOTIFY_SIGNAL);
	} else if (READ_ONCE(vm->limit_news)) {
		keel_kick_one(vm);
	}
}

static void limit_charge(struct keel_vm *vm, const struct charge *charge)
{
	u64 now = ktime_get_ns(), wait = limit_take_all(vm, charge, now);

	if (!wait)
		return;
	wait = max_t(u64, wait, LIMIT_NAP);
	trace_keel_limit(vm, charge->dev, charge->kind, wait);
	limit_slow_down(vm, charge->vcpu, now + wait);
}

/* A write to OCW2 that ends an interrupt? */
static bool limit_is_eoi(const struct keel_vm *vm, const struct keel_region *region, u64 addr,
			 u64 value, bool write)
{
	return write && region && region->dev == vm->board->pic && addr < LIMIT_PIC_PORTS &&
	       !(addr & 1) && (value & LIMIT_OCW2_MASK) == LIMIT_OCW2_EOI;
}

/**
 * keel_limit_access() - a vCPU's access is over.
 * @vm:     a VM with limits; the caller holds no lock of it, and is the thread that made the access
 * @region: that answered, or NULL
 * @addr:   where
 * @value:  that was written, if it was a write
 * @write:  direction
 *
 * The process' own accesses (KEEL_ACCESS) are not limited.
 */
void keel_limit_access(struct keel_vm *vm, const struct keel_region *region, u64 addr, u64 value,
		       bool write)
{
	struct charge charge = {
		.dev = region ? region->dev : NULL, .kind = KEEL_LIMIT_ACCESSES, .tokens = 1,
		.vcpu = limit_vcpu(vm),
	};

	if (!charge.vcpu)
		return;
	limit_charge(vm, &charge);
	if (!limit_is_eoi(vm, region, addr, value, write))
		return;
	charge.kind = KEEL_LIMIT_INTERRUPTS;
	limit_charge(vm, &charge);
}

/**
 * keel_limit_one() - a request of another kind.
 * @vm:   a VM with limits
 * @dev:  the device, or NULL
 * @kind: KEEL_LIMIT_*
 *
 * Any context.
 */
void keel_limit_one(struct keel_vm *vm, const struct keel_dev *dev, unsigned int kind)
{
	const struct charge charge = {
		.dev = dev, .kind = kind, .tokens = 1, .vcpu = limit_vcpu(vm),
	};

	limit_charge(vm, &charge);
}

static bool limit_owns(struct keel_dev *dev, unsigned int gsi)
{
	const struct keel_pci *pci = dev->ops->pci ? keel_pci_of(dev) : NULL;

	return gsi - dev->gsi < dev->ops->nr_messages ||
	       (pci && gsi - pci->gsi < max_t(unsigned int, pci->vectors, 1));
}

/* NULL: none. */
static const struct keel_dev *limit_gsi_owner(const struct keel_vm *vm, unsigned int gsi)
{
	unsigned int i;

	if (gsi < KEEL_NR_GSIS)
		return vm->board->ioapic;
	for (i = 0; i < vm->board->nr_devs; i++)
		if (limit_owns(vm->board->devs[i], gsi))
			return vm->board->devs[i];
	return NULL;
}

/**
 * keel_limit_message() - an interrupt message is sent.
 * @vm:  a VM with limits; the caller holds the board's lock
 * @gsi: whose
 *
 * One that the clock sends is no vCPU's, though a vCPU's thread may have lent itself to the clock.
 */
void keel_limit_message(struct keel_vm *vm, unsigned int gsi)
{
	const struct charge charge = {
		.dev = limit_gsi_owner(vm, gsi), .kind = KEEL_LIMIT_INTERRUPTS, .tokens = 1,
		.vcpu = vm->expiring ? NULL : limit_vcpu(vm),
	};

	limit_charge(vm, &charge);
}

/* ---- Timers ---- */

/* Return: it was this one that was breached. */
static bool limit_paced(struct keel_vm *vm, const struct keel_pace *pace, struct limit *limit)
{
	if (limit->breaches == pace->breaches)
		return false;
	limit_breached(vm, limit, ktime_get_ns());
	limit->breaches = pace->breaches;
	return true;
}

/**
 * keel_limit_paced() - a timer was armed without a token.
 * @vm:    a VM with limits; the caller holds the board's lock
 * @index: of its device
 */
void keel_limit_paced(struct keel_vm *vm, unsigned int index)
{
	const struct keel_dev *dev = vm->board->devs[index];
	struct keel_limits *limits = vm->limits;
	unsigned long flags;
	bool all, own;

	spin_lock_irqsave(&limits->lock, flags);
	all = limit_paced(vm, &limits->paces.board, limit_of(limits, NULL, KEEL_LIMIT_TIMERS));
	own = limit_paced(vm, &limits->paces.devices[index],
			  limit_of(limits, dev, KEEL_LIMIT_TIMERS));
	spin_unlock_irqrestore(&limits->lock, flags);
	if (all || own)
		trace_keel_limit(vm, dev, KEEL_LIMIT_TIMERS, 0);
	if (READ_ONCE(vm->limit_news))
		vm->effects.flags |= KEEL_KICK_ONE;
}

/* ---- Bytes ---- */

/**
 * keel_limit_bytes() - a device has moved bytes.
 * @vm:    a VM with limits
 * @dev:   the device
 * @bytes: how many
 *
 * In a thread that is no vCPU's, the caller waits: keel_limit_wait_bytes().
 */
void keel_limit_bytes(struct keel_vm *vm, const struct keel_dev *dev, u64 bytes)
{
	const struct charge charge = {
		.dev = dev, .kind = KEEL_LIMIT_BYTES, .tokens = bytes, .vcpu = limit_vcpu(vm),
		.keeps = true,
	};

	limit_charge(vm, &charge);
}

static u64 limit_owed_bytes(struct keel_vm *vm, const struct keel_dev *dev)
{
	struct keel_limits *limits = vm->limits;
	u64 now = ktime_get_ns(), all, own;
	unsigned long flags;

	spin_lock_irqsave(&limits->lock, flags);
	all = keel_bucket_owes(&limit_of(limits, NULL, KEEL_LIMIT_BYTES)->bucket, now);
	own = keel_bucket_owes(&limit_of(limits, dev, KEEL_LIMIT_BYTES)->bucket, now);
	spin_unlock_irqrestore(&limits->lock, flags);
	return max(all, own);
}

/**
 * keel_limit_owes_bytes() - is the device to move no more bytes now?
 * @vm:  a VM with limits
 * @dev: the device
 */
bool keel_limit_owes_bytes(struct keel_vm *vm, const struct keel_dev *dev)
{
	return limit_owed_bytes(vm, dev);
}

/**
 * keel_limit_wait_bytes() - wait until the device may move bytes.
 * @vm:  a VM with limits
 * @dev: the device
 *
 * In a server's thread, without a lock.
 *
 * Return: 0, or -EINTR: it was kicked, or a signal came.
 */
int keel_limit_wait_bytes(struct keel_vm *vm, const struct keel_dev *dev)
{
	ktime_t timeout;
	u64 owed;

	while ((owed = limit_owed_bytes(vm, dev))) {
		timeout = ns_to_ktime(clamp_t(u64, owed, LIMIT_NAP, LIMIT_NAP_MOST));
		set_current_state(TASK_INTERRUPTIBLE);
		if (!signal_pending(current))
			schedule_hrtimeout(&timeout, HRTIMER_MODE_REL);
		__set_current_state(TASK_RUNNING);
		if (signal_pending(current))
			return -EINTR;
	}
	return 0;
}

/* ---- What is told ---- */

/* Arg of KEEL_EXIT_LIMIT. */
static u64 limit_arg(const struct keel_vm *vm, unsigned int index)
{
	unsigned int owner = index / KEEL_NR_LIMITS;
	const struct keel_dev *dev = owner ? vm->board->devs[owner - 1] : NULL;

	return (u64)(index % KEEL_NR_LIMITS) << 32 |
	       (dev ? (u32)dev->ops->class << 16 | dev->instance : 0);
}

/**
 * keel_limit_news() - is KEEL_RUN to report a breach?
 * @vm:  a VM with limits
 * @arg: result: arg of KEEL_EXIT_LIMIT
 *
 * Each is reported once, by one vCPU.
 */
bool keel_limit_news(struct keel_vm *vm, u64 *arg)
{
	struct keel_limits *limits = vm->limits;
	unsigned long flags;
	bool news = false;
	unsigned int i;

	spin_lock_irqsave(&limits->lock, flags);
	for (i = 0; i < limits->nr && !limits->all[i].news; i++)
		;
	if (i < limits->nr) {
		news = true;
		limits->all[i].news = false;
		*arg = limit_arg(vm, i);
	} else {
		WRITE_ONCE(vm->limit_news, false);
	}
	spin_unlock_irqrestore(&limits->lock, flags);
	return news;
}

/**
 * keel_limit_row() - one of a VM's limits, for statistics.
 * @vm:    the VM
 * @index: from 0 on
 * @row:   result
 *
 * Return: 1; 0: there is no such limit, and never was; -ENOENT: there are no more.
 */
int keel_limit_row(struct keel_vm *vm, unsigned int index, struct keel_limit_row *row)
{
	/* Pairs with the release in limit_prepare(). */
	struct keel_limits *limits = smp_load_acquire(&vm->limits);
	unsigned int owner = index / KEEL_NR_LIMITS;

	if (!limits || index >= limits->nr)
		return -ENOENT;
	row->dev = owner ? vm->board->devs[owner - 1] : NULL;
	row->kind = index % KEEL_NR_LIMITS;
	row->breaches = READ_ONCE(limits->all[index].breaches);
	return READ_ONCE(limits->all[index].set);
}

/* ---- On, off, and anew ---- */

static void limit_wake_vcpus(struct keel_vm *vm)
{
	unsigned int i, nr = keel_vm_nr_vcpus(vm);

	for (i = 0; i < nr; i++)
		WRITE_ONCE(vm->vcpus[i]->nap_until, 0);
}

static void limit_forgive_all(struct keel_limits *limits)
{
	unsigned long flags;
	unsigned int i;

	spin_lock_irqsave(&limits->lock, flags);
	for (i = 0; i < limits->nr; i++)
		keel_bucket_forgive(&limits->all[i].bucket);
	spin_unlock_irqrestore(&limits->lock, flags);
}

/**
 * keel_limits_anew() - the board was reset, or has another state: nothing is owed.
 * @vm: the VM; the caller holds the board's lock, and no vCPU runs
 */
void keel_limits_anew(struct keel_vm *vm)
{
	struct keel_limits *limits = vm->limits;

	if (!limits)
		return;
	keel_paces_anew(&limits->paces, keel_clock_now(&vm->clock));
	limit_forgive_all(limits);
	limit_wake_vcpus(vm);
}

static int limit_prepare(struct keel_vm *vm)
{
	unsigned int nr = (vm->board->nr_devs + 1) * KEEL_NR_LIMITS;
	struct keel_limits *limits;

	if (vm->limits)
		return 0;
	limits = kvzalloc(struct_size(limits, all, nr), GFP_KERNEL_ACCOUNT);
	if (!limits)
		return -ENOMEM;
	spin_lock_init(&limits->lock);
	limits->nr = nr;
	/* Pairs with keel_limit_row(). */
	smp_store_release(&vm->limits, limits);
	return 0;
}

/* One limit more, or one less. Under keel_vm.control. */
static void limit_switch(struct keel_vm *vm, bool before, bool after)
{
	struct keel_limits *limits = vm->limits;
	unsigned int active = limits->active + after - before;

	if (!limits->active && active)
		keel_watch_begin();
	/* Pairs with keel_limiting(). */
	smp_store_release(&vm->limiting, active);
	if (limits->active && !active)
		keel_watch_end_later();
	limits->active = active;
}

static bool limit_has_pace(const struct keel_limits *limits)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(limits->paces.devices); i++)
		if (limits->paces.devices[i].bucket.rate)
			return true;
	return limits->paces.board.bucket.rate;
}

/* The host's timer is set anew, for what had to wait. Return: there was a limit before. */
static bool limit_set_pace(struct keel_vm *vm, const struct keel_dev *dev,
			   const struct keel_limit *limit)
{
	struct keel_paces *paces = &vm->limits->paces;
	struct keel_pace *pace = dev ? &paces->devices[dev->index] : &paces->board;
	unsigned long flags = keel_lock_open(vm);
	bool before = pace->bucket.rate;

	keel_pace_fill(pace, limit->rate, limit->burst, keel_clock_now(&vm->clock));
	vm->board->paces = limit_has_pace(vm->limits) ? paces : NULL;
	keel_board_settle(vm->board);
	keel_lock_close(vm, flags);
	return before;
}

/* Return: there was a limit before. */
static bool limit_set_bucket(struct keel_vm *vm, const struct keel_dev *dev,
			     const struct keel_limit *limit)
{
	struct keel_limits *limits = vm->limits;
	struct limit *to = limit_of(limits, dev, limit->kind);
	bool timers = limit->kind == KEEL_LIMIT_TIMERS, before;
	unsigned long flags;

	spin_lock_irqsave(&limits->lock, flags);
	before = to->bucket.rate;
	if (!timers)
		keel_bucket_fill(&to->bucket, limit->rate, limit->burst, ktime_get_ns());
	to->tell = limit->flags & KEEL_LIMIT_TELL;
	to->news &= to->tell;
	WRITE_ONCE(to->set, true);
	spin_unlock_irqrestore(&limits->lock, flags);
	return before;
}

static long limit_apply(struct keel_vm *vm, const struct keel_dev *dev, struct keel_limit *limit)
{
	bool before;
	int ret = limit_prepare(vm);

	if (ret)
		return ret;
	if (limit->rate && !limit->burst)
		limit->burst = DIV_ROUND_UP(limit->rate, LIMIT_BURST);
	before = limit_set_bucket(vm, dev, limit);
	if (limit->kind == KEEL_LIMIT_TIMERS)
		before = limit_set_pace(vm, dev, limit);
	limit_switch(vm, before, limit->rate);
	limit_wake_vcpus(vm);
	keel_kick_vcpus(vm);
	return 0;
}

static bool limit_is_sane(const struct keel_limit *limit)
{
	return limit->kind < KEEL_NR_LIMITS && !(limit->flags & ~KEEL_LIMIT_TELL) &&
	       limit->rate <= KEEL_LIMIT_MAX && limit->burst <= KEEL_LIMIT_MAX &&
	       (limit->rate || !limit->burst);
}

/* Are its bytes vhost's? */
static bool limit_is_blind(const struct keel_vm *vm, const struct keel_dev *dev)
{
	const struct keel_vdev *vdev = vm->vdev_of[dev->index];

	return vdev && (vdev->v->type->id == KEEL_VIRTIO_NET ||
			vdev->v->type->id == KEEL_VIRTIO_VSOCK);
}

/* KEEL_LIMIT_SET */
long keel_limit_set(void *owner, void *arg)
{
	struct keel_dev *dev = NULL;
	struct keel_limit *limit = arg;
	struct keel_vm *vm = owner;
	long ret;

	if (!limit_is_sane(limit))
		return -EINVAL;
	limit->kind = array_index_nospec(limit->kind, KEEL_NR_LIMITS);
	if (limit->class != KEEL_CLASS_BOARD || limit->instance) {
		dev = keel_board_find(vm->board, limit->class, limit->instance);
		if (!dev)
			return -ENODEV;
		if (limit->kind == KEEL_LIMIT_BYTES && limit_is_blind(vm, dev))
			return -EOPNOTSUPP;
	}
	if (mutex_lock_interruptible(&vm->control))
		return -EINTR;
	ret = limit_apply(vm, dev, limit);
	mutex_unlock(&vm->control);
	return ret;
}

/**
 * keel_limits_destroy() - free them.
 * @vm: at its end: nothing calls its board any more
 */
void keel_limits_destroy(struct keel_vm *vm)
{
	if (vm->limiting)
		keel_watch_end_later();
	kvfree(vm->limits);
}
