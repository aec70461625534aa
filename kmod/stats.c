// SPDX-License-Identifier: GPL-2.0
/* KEEL_STATS: the board's counters, and those of the vCPU loop and the bus. KEEL_INSPECT. */
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "../devices/board/inspect.h"
#include "../devices/board/out.h"
#include "../devices/board/stats.h"
#include "backend.h"
#include "kvm_bus.h"
#include "limit.h"
#include "lock.h"
#include "stats.h"
#include "uart_ring.h"
#include "vcpu.h"
#include "vdev.h"
#include "vm.h"
#include "vqueue.h"

/* No VM has as many counters: 64 devices with 32 queues each have about half of it. */
#define STATS_MAX	65536

static const char *const stats_vcpu_names[KEEL_NR_VCPU_COUNTERS] = {
	[KEEL_LOOP_PIO]		= "loop.pio",
	[KEEL_LOOP_MMIO]	= "loop.mmio",
	[KEEL_LOOP_EOI]		= "loop.eoi",
	[KEEL_LOOP_WINDOW]	= "loop.interrupt_window",
	[KEEL_LOOP_KICK]	= "loop.kick",
	[KEEL_LOOP_AGAIN]	= "loop.sipi",
	[KEEL_LOOP_DROPPED]	= "loop.dropped",
	[KEEL_LOOP_LIMITED]	= "loop.limited",
	[KEEL_LOOP_TIMER]	= "loop.timer",
	[KEEL_INJECTED]		= "injected",
	[KEEL_RETURN_EVENT]	= "return.event",
	[KEEL_RETURN_PAUSED]	= "return.paused",
	[KEEL_RETURN_SHUTDOWN]	= "return.shutdown",
	[KEEL_RETURN_SIGNAL]	= "return.signal",
	[KEEL_RETURN_KVM]	= "return.kvm",
	[KEEL_RETURN_CLAIMED]	= "return.claimed",
	[KEEL_RETURN_ERROR]	= "return.error",
};

struct stats_out {
	struct keel_stat *stats;
	unsigned int room;
	unsigned int nr;
};

static void stats_add(struct stats_out *out, const char *device, int instance, const char *name,
		      u64 value)
{
	struct keel_stat *stat;

	if (out->nr++ >= out->room)
		return;
	stat = &out->stats[out->nr - 1];
	memset(stat, 0, sizeof(*stat));
	if (instance < 0)
		strscpy(stat->device, device, sizeof(stat->device));
	else
		scnprintf(stat->device, sizeof(stat->device), "%s%d", device, instance);
	strscpy(stat->name, name, sizeof(stat->name));
	stat->value = value;
}

static void stats_of_vcpus(struct stats_out *out, const struct keel_vm *vm)
{
	unsigned int i, j, nr = keel_vm_nr_vcpus(vm);

	for (i = 0; i < nr; i++)
		for (j = 0; j < KEEL_NR_VCPU_COUNTERS; j++)
			stats_add(out, "vcpu", i, stats_vcpu_names[j],
				  READ_ONCE(vm->vcpus[i]->counters[j]));
	for (i = 0; i < nr; i++)
		stats_add(out, "vcpu", i, "limited_ns", READ_ONCE(vm->vcpus[i]->slept));
}

/* Of limits that there are, or have been */
static void stats_of_limits(struct stats_out *out, struct keel_vm *vm)
{
	char name[sizeof_field(struct keel_stat, name)];
	struct keel_limit_row row;
	unsigned int i;
	int ret;

	for (i = 0; (ret = keel_limit_row(vm, i, &row)) >= 0; i++) {
		if (!ret)
			continue;
		scnprintf(name, sizeof(name), "limit.%s.breaches", keel_limit_kind(row.kind));
		stats_add(out, row.dev ? row.dev->ops->name : "vm",
			  row.dev ? row.dev->instance : -1, name, row.breaches);
	}
}

static void stats_of_vm(struct stats_out *out, const struct keel_vm *vm)
{
	unsigned int i;

	stats_add(out, "vm", -1, "bus.accesses", READ_ONCE(vm->bus_accesses));
	stats_add(out, "vm", -1, "bus.failures", READ_ONCE(vm->bus_failures));
	stats_add(out, "vm", -1, "routes.sent", READ_ONCE(vm->router.sent));
	stats_add(out, "vm", -1, "clock.overdue", READ_ONCE(vm->clock.overdue));
	for (i = 0; i < vm->nr_uarts; i++) {
		stats_add(out, "stream", i, "dropped", READ_ONCE(vm->uarts[i].dropped));
		stats_add(out, "stream", i, "handed_over", READ_ONCE(vm->uarts[i].handed_over));
	}
}

/* Read without the queue's mutex: each value is whole, but they may not fit together. */
static void stats_of_queue(struct stats_out *out, const struct keel_vdev *vdev, unsigned int i)
{
	const struct keel_vqueue *queue = vdev->queues[i];
	/* Pairs with the release in vqueue_make_work(). */
	const struct keel_vqueue_work *w = smp_load_acquire(&queue->w);
	const struct {
		const char *name;
		u64 value;
	} counters[] = {
		{ "bells", READ_ONCE(queue->notifications) },
		{ "inline", READ_ONCE(queue->inlined) },
		{ "chains", w ? READ_ONCE(w->ring.chains) : 0 },
		{ "batched", w ? READ_ONCE(w->ring.batched) : 0 },
		{ "interrupts", w ? READ_ONCE(w->ring.interrupts) : 0 },
		{ "direct", READ_ONCE(queue->direct) },
		{ "suppressed", w ? READ_ONCE(w->ring.suppressed) : 0 },
		{ "handed_over", READ_ONCE(queue->handed) },
		{ "taken_back", READ_ONCE(queue->taken) },
		{ "deferred", READ_ONCE(queue->deferred) },
		{ "in_flight", READ_ONCE(queue->flying) },
		{ "in_flight_most", READ_ONCE(queue->flying_most) },
		{ "flights", READ_ONCE(queue->flights) },
	};
	char name[sizeof_field(struct keel_stat, name)];
	unsigned int j;

	for (j = 0; j < ARRAY_SIZE(counters); j++) {
		scnprintf(name, sizeof(name), "queue.%u.%s", i, counters[j].name);
		stats_add(out, vdev->v->dev.ops->name, vdev->v->dev.instance, name,
			  counters[j].value);
	}
}

/* Those that only its backend has */
static void stats_of_backend(struct stats_out *out, const struct keel_vdev *vdev)
{
	char name[sizeof_field(struct keel_stat, name)];
	const struct keel_backend *backend;
	bool more = true;
	unsigned int i;
	u64 value;

	for (i = 0; more; i++) {
		rcu_read_lock();	/* vdev_detach() waits */
		/* Pairs with the release in vdev_attach(): its data is there as well. */
		backend = smp_load_acquire(&vdev->backend);
		more = backend && backend->counter &&
		       backend->counter(vdev, i, name, sizeof(name), &value);
		rcu_read_unlock();
		if (more)
			stats_add(out, vdev->v->dev.ops->name, vdev->v->dev.instance, name, value);
	}
}

static void stats_of_vdev(struct stats_out *out, const struct keel_vdev *vdev)
{
	unsigned int i;

	for (i = 0; i < vdev->nr_queues; i++)
		stats_of_queue(out, vdev, i);
	stats_of_backend(out, vdev);
}

static void stats_of_vdevs(struct stats_out *out, const struct keel_vm *vm)
{
	unsigned int i;

	for (i = 0; i < vm->nr_vdevs; i++)
		stats_of_vdev(out, &vm->vdevs[i]);
}

/* keel_board_stats() or keel_board_inspect() */
typedef void (*stats_lister)(struct keel_board *board, unsigned int part, struct keel_out *out);

/* A part's values are recorded under the board's lock. */
static void stats_list(struct keel_vm *vm, stats_lister list, unsigned int part,
		       struct keel_out *out)
{
	unsigned long flags = keel_lock_open(vm);

	list(vm->board, part, out);
	keel_lock_close(vm, flags);
}

/* A part's values are named after the board's lock is dropped. */
static void stats_of_part(struct stats_out *to, struct keel_vm *vm, stats_lister list,
			  unsigned int part, struct keel_value *values)
{
	struct keel_out out = { .values = values, .room = KEEL_PART_VALUES };
	unsigned int i;

	stats_list(vm, list, part, &out);
	for (i = 0; i < min_t(unsigned int, out.nr, KEEL_PART_VALUES); i++, to->nr++)
		if (to->nr < to->room)
			keel_value_format(&values[i], &to->stats[to->nr]);
}

static int stats_of_board(struct stats_out *to, struct keel_vm *vm, stats_lister list)
{
	struct keel_value *values = kvcalloc(KEEL_PART_VALUES, sizeof(*values), GFP_KERNEL_ACCOUNT);
	unsigned int part;

	if (!values)
		return -ENOMEM;
	for (part = 0; part < keel_board_parts(vm->board); part++)
		stats_of_part(to, vm, list, part, values);
	kvfree(values);
	return 0;
}

/**
 * keel_inspect_collect() - a board's state, decoded.
 * @vm:    the VM
 * @stats: where to
 * @room:  entries there
 *
 * Each device is seen at one moment, and not all of them at the same.
 *
 * Return: how many there are, or -ENOMEM.
 */
int keel_inspect_collect(struct keel_vm *vm, struct keel_stat *stats, unsigned int room)
{
	struct stats_out out = { .stats = stats, .room = room };
	int ret = stats_of_board(&out, vm, keel_board_inspect);

	return ret ? ret : out.nr;
}

/**
 * keel_stats_collect() - every counter of a VM.
 * @vm:    the VM
 * @stats: where to
 * @room:  entries there
 *
 * Return: how many there are, or -ENOMEM.
 */
int keel_stats_collect(struct keel_vm *vm, struct keel_stat *stats, unsigned int room)
{
	struct stats_out out = { .stats = stats, .room = room };
	int ret;

	keel_kvm_bus_count(vm);
	ret = stats_of_board(&out, vm, keel_board_stats);
	if (ret)
		return ret;
	stats_of_vdevs(&out, vm);
	stats_of_vm(&out, vm);
	stats_of_vcpus(&out, vm);
	stats_of_limits(&out, vm);	/* last, as there are more of them at any time */
	return out.nr;
}

static long stats_answer(struct keel_vm *vm, struct keel_stats *request, keel_collect collect)
{
	unsigned int room = min_t(u32, request->nr, STATS_MAX);
	struct keel_stat *stats;
	long ret;

	stats = kvcalloc(max(room, 1U), sizeof(*stats), GFP_KERNEL_ACCOUNT);
	if (!stats)
		return -ENOMEM;
	ret = collect(vm, stats, room);
	if (ret >= 0) {
		request->nr = ret;
		ret = copy_to_user(u64_to_user_ptr(request->stats), stats,
				   min(room, request->nr) * sizeof(*stats)) ? -EFAULT : 0;
	}
	kvfree(stats);
	return ret;
}

/* KEEL_STATS */
long keel_stats(void *owner, void *arg)
{
	return stats_answer(owner, arg, keel_stats_collect);
}

/* KEEL_INSPECT */
long keel_inspect(void *owner, void *arg)
{
	return stats_answer(owner, arg, keel_inspect_collect);
}
