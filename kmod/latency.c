// SPDX-License-Identifier: GPL-2.0
/*
 * A VM's latencies: histograms of how long accesses, timers, interrupts and disks' requests take,
 * and the longest accesses. All of it is under the board's lock, which is taken for a moment at the
 * end of what is measured. The memory is allocated when a VM is first measured, and stays until its
 * end, so that nothing has to wait for its users.
 */
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "../devices/board/latency.h"
#include "latency.h"
#include "lock.h"
#include "trace.h"
#include "vcpu.h"
#include "vdev.h"

#define LATENCY_DIRECTIONS	2

/**
 * struct keel_latency - what was measured of a VM; under the board's lock.
 * @since:    VmTime when that began
 * @began:    the same, CLOCK_MONOTONIC: what began before is not counted
 * @worst:    the longest accesses
 * @lines:    of the board
 * @regions:  reads and writes of each region, and of each space without a region
 * @timers:   of the board, by number
 * @requests: of each virtio device, by type
 * @nr:       entries of @all
 * @all:      the board's hrtimer, and then what the pointers point to
 */
struct keel_latency {
	u64 since;
	u64 began;
	struct keel_worst worst;
	struct keel_line_watch lines[KEEL_NR_LINES];
	struct keel_histogram *regions;
	struct keel_histogram *timers;
	struct keel_histogram *requests;
	unsigned int nr;
	struct keel_histogram all[];
};

static unsigned int latency_nr_regions(const struct keel_vm *vm)
{
	return (vm->board->nr_regions + KEEL_NR_SPACES) * LATENCY_DIRECTIONS;
}

static struct keel_latency *latency_alloc(const struct keel_vm *vm)
{
	unsigned int regions = latency_nr_regions(vm), timers = vm->board->nr_timers;
	unsigned int nr = 1 + regions + timers + vm->nr_vdevs * KEEL_REQUEST_TYPES;
	struct keel_latency *latency;

	latency = kvzalloc(struct_size(latency, all, nr), GFP_KERNEL_ACCOUNT);
	if (!latency)
		return NULL;
	latency->nr = nr;
	latency->regions = &latency->all[1];
	latency->timers = latency->regions + regions;
	latency->requests = latency->timers + timers;
	return latency;
}

/* ---- What is measured ---- */

/**
 * keel_latency_region() - the region that will answer an access from the loop.
 * @vm:    the VM; the caller holds the board's lock
 * @space: ports or memory
 * @addr:  where
 * @len:   bytes
 *
 * Return: the region, of an access to several the first one; NULL: there is none.
 */
const struct keel_region *keel_latency_region(struct keel_vm *vm, enum keel_space space, u64 addr,
					      unsigned int len)
{
	struct keel_bus *bus = &vm->board->bus[space];
	const struct keel_region *region = keel_bus_find(bus, addr);
	bool whole = region && len <= region->length - (addr - region->base);

	if (!whole && bus->wide && bus->wide->base == addr && bus->wide->reach == len)
		return bus->wide;
	return region;
}

/* The RIP is that of the calling thread's vCPU. */
static struct keel_culprit latency_culprit(const struct keel_vm *vm,
					   const struct keel_timed_access *access)
{
	int vcpu = keel_trace_vcpu(vm);

	return (struct keel_culprit) {
		.addr = access->addr, .value = access->value, .vcpu = vcpu, .length = access->len,
		.rip = vcpu < 0 ? 0 : keel_kvm_rip(&vm->vcpus[vcpu]->rip),
		.flags = (access->write ? KEEL_CULPRIT_WRITE : 0) |
			 (access->space == KEEL_MMIO ? KEEL_CULPRIT_MEMORY : 0),
	};
}

/* Is what began then to be counted? Under the board's lock. */
static bool latency_counts(const struct keel_vm *vm, u64 began)
{
	return vm->measuring && began >= vm->latency->began;
}

/**
 * keel_latency_accessed() - a vCPU's access is over.
 * @vm:     the VM; the caller, which holds no lock of it, is the thread that made the access
 * @access: the access
 *
 * The process' own accesses (KEEL_ACCESS) are not counted.
 */
void keel_latency_accessed(struct keel_vm *vm, const struct keel_timed_access *access)
{
	struct keel_long_access over = {
		.ns = ktime_get_ns() - access->began, .region = access->region,
	};
	unsigned int row = over.region ? over.region - vm->board->regions :
					 vm->board->nr_regions + access->space;
	unsigned long flags;

	over.what = latency_culprit(vm, access);
	if (over.what.vcpu < 0)
		return;
	flags = keel_lock_open(vm);
	if (latency_counts(vm, access->began)) {
		over.at = keel_clock_now(&vm->clock);
		keel_histogram_add(&vm->latency->regions[row * LATENCY_DIRECTIONS + access->write],
				   over.ns, over.at, &over.what);
		keel_worst_add(&vm->latency->worst, &over);
	}
	keel_lock_close(vm, flags);
}

/**
 * keel_latency_fired() - the clock's hrtimer fired.
 * @vm: the VM, which runs; the caller holds the board's lock
 *
 * It can fire once more for a deadline that was moved: it is not late then.
 */
void keel_latency_fired(struct keel_vm *vm)
{
	u64 now = keel_clock_now(&vm->clock);

	if (vm->measuring && vm->clock.deadline <= now)
		keel_histogram_add(&vm->latency->all[0], now - vm->clock.deadline, now, NULL);
}

/**
 * keel_latency_requested() - a disk's request is over.
 * @vm:     the VM; the caller holds no lock of the board
 * @vdev:   index of the device's data side
 * @type:   of the request
 * @began:  from keel_latency_begin(), and not 0
 * @offset: on the disk, bytes
 * @length: bytes
 */
void keel_latency_requested(struct keel_vm *vm, unsigned int vdev, enum keel_request_type type,
			    u64 began, u64 offset, u64 length)
{
	const struct keel_culprit what = { .addr = offset, .value = length, .vcpu = -1 };
	u64 ns = ktime_get_ns() - began;
	unsigned long flags = keel_lock_open(vm);

	if (latency_counts(vm, began))
		keel_histogram_add(&vm->latency->requests[vdev * KEEL_REQUEST_TYPES + type], ns,
				   keel_clock_now(&vm->clock), &what);
	keel_lock_close(vm, flags);
}

/* ---- On, off, and anew ---- */

/**
 * keel_latency_anew() - VmTime is another: what has begun is not counted.
 * @vm: the VM; the caller holds the board's lock
 */
void keel_latency_anew(struct keel_vm *vm)
{
	keel_board_measure_anew(vm->board);
}

/* Under the board's lock. */
static void latency_switch(struct keel_vm *vm, bool on)
{
	const struct keel_board_watch watch = {
		.timers = vm->latency->timers, .lines = vm->latency->lines,
	};

	WRITE_ONCE(vm->measuring, on);
	keel_board_measure(vm->board, on ? &watch : NULL);
}

/* What is measured just then is counted neither before nor after. Under the board's lock. */
static void latency_begin(struct keel_vm *vm)
{
	vm->latency->since = keel_clock_now(&vm->clock);
	vm->latency->began = ktime_get_ns();
}

static int latency_prepare(struct keel_vm *vm)
{
	struct keel_latency *latency;
	unsigned long flags;

	if (vm->latency)
		return 0;
	latency = latency_alloc(vm);
	if (!latency)
		return -ENOMEM;
	flags = keel_lock_open(vm);
	vm->latency = latency;
	latency_begin(vm);
	keel_lock_close(vm, flags);
	return 0;
}

static int latency_on(struct keel_vm *vm)
{
	unsigned long flags;
	int ret = latency_prepare(vm);

	if (ret || vm->measuring)
		return ret;
	keel_watch_begin();
	flags = keel_lock_open(vm);
	latency_switch(vm, true);
	keel_lock_close(vm, flags);
	return 0;
}

static void latency_off(struct keel_vm *vm)
{
	unsigned long flags;

	if (!vm->measuring)
		return;
	flags = keel_lock_open(vm);
	latency_switch(vm, false);
	keel_lock_close(vm, flags);
	keel_watch_end_later();
}

static void latency_clear(struct keel_vm *vm, struct keel_histogram *h)
{
	unsigned long flags = keel_lock_open(vm);

	memset(h, 0, sizeof(*h));
	keel_lock_close(vm, flags);
}

/* The lock is held for a histogram at a time, as all of them are long. */
static void latency_reset(struct keel_vm *vm)
{
	struct keel_latency *latency = vm->latency;
	unsigned long flags;
	unsigned int i;

	if (!latency)
		return;
	flags = keel_lock_open(vm);
	latency_begin(vm);
	latency->worst.nr = 0;
	keel_board_measure_anew(vm->board);
	keel_lock_close(vm, flags);
	for (i = 0; i < latency->nr; i++)
		latency_clear(vm, &latency->all[i]);
	for (i = 0; i < KEEL_NR_LINES; i++)
		latency_clear(vm, &latency->lines[i].times);
}

static long latency_do(struct keel_vm *vm, u32 action)
{
	switch (action) {
	case KEEL_LATENCY_ON:
		return latency_on(vm);
	case KEEL_LATENCY_OFF:
		latency_off(vm);
		return 0;
	case KEEL_LATENCY_RESET:
		latency_reset(vm);
		return 0;
	default:
		return -EINVAL;
	}
}

/* KEEL_LATENCY_SET */
long keel_latency_set(void *owner, void *arg)
{
	const struct keel_latency_set *request = arg;
	struct keel_vm *vm = owner;
	long ret;

	if (mutex_lock_interruptible(&vm->control))
		return -EINTR;
	ret = latency_do(vm, request->action);
	mutex_unlock(&vm->control);
	return ret;
}

/**
 * keel_latency_destroy() - free what was measured.
 * @vm: at its end: nothing calls its board any more
 */
void keel_latency_destroy(struct keel_vm *vm)
{
	if (vm->measuring)
		keel_watch_end_later();
	kvfree(vm->latency);
}

/* ---- Rows ---- */

static void latency_name_device(char *to, size_t size, const struct keel_dev *dev)
{
	scnprintf(to, size, "%s%u", dev->ops->name, dev->instance);
}

static void latency_name_region(const struct keel_region *region, char *device, size_t device_size,
				char *name, size_t size)
{
	const char *label = region->dev->ops->regions[region->nr].label;

	latency_name_device(device, device_size, region->dev);
	strscpy(name, label ? label : "-", size);
}

static void latency_name(struct keel_latency_row *row, const char *device, const char *name,
			 u32 kind)
{
	strscpy(row->device, device, sizeof(row->device));
	strscpy(row->name, name, sizeof(row->name));
	row->kind = kind;
}

static void latency_access_row(const struct keel_vm *vm, unsigned int i,
			       struct keel_latency_row *row)
{
	static const char *const unmapped[] = {
		[KEEL_PIO] = "unmapped_pio", [KEEL_MMIO] = "unmapped_mmio",
	};
	unsigned int region = i / LATENCY_DIRECTIONS, nr = vm->board->nr_regions;

	row->kind = i % LATENCY_DIRECTIONS ? KEEL_LATENCY_WRITE : KEEL_LATENCY_READ;
	if (region < nr)
		latency_name_region(&vm->board->regions[region], row->device, sizeof(row->device),
				    row->name, sizeof(row->name));
	else
		latency_name(row, "board", unmapped[region - nr], row->kind);
}

static void latency_timer_row(const struct keel_vm *vm, unsigned int i,
			      struct keel_latency_row *row)
{
	unsigned int n;

	for (n = 0; n < vm->board->nr_devs; n++) {
		const struct keel_dev *dev = vm->board->devs[n];

		if (i < dev->timer || i - dev->timer >= dev->ops->nr_timers)
			continue;
		latency_name_device(row->device, sizeof(row->device), dev);
		scnprintf(row->name, sizeof(row->name), "timer%u", i - dev->timer);
	}
	row->kind = KEEL_LATENCY_TIMER;
}

static void latency_request_row(const struct keel_vm *vm, unsigned int i,
				struct keel_latency_row *row)
{
	static const char *const types[] = {
		[KEEL_REQUEST_READ] = "read", [KEEL_REQUEST_WRITE] = "write",
		[KEEL_REQUEST_FLUSH] = "flush", [KEEL_REQUEST_OTHER] = "other",
	};

	latency_name_device(row->device, sizeof(row->device),
			    &vm->vdevs[i / KEEL_REQUEST_TYPES].v->dev);
	strscpy(row->name, types[i % KEEL_REQUEST_TYPES], sizeof(row->name));
	row->kind = KEEL_LATENCY_REQUEST;
}

static void latency_line_row(unsigned int i, struct keel_latency_row *row)
{
	if (i == KEEL_LINE_INTR) {
		latency_name(row, "INTR", "inta", KEEL_LATENCY_LINE);
		return;
	}
	latency_name(row, "", "eoi", KEEL_LATENCY_LINE);
	scnprintf(row->device, sizeof(row->device), "line%u", i);
}

static void latency_name_row(const struct keel_vm *vm, unsigned int i, struct keel_latency_row *row)
{
	const struct keel_latency *latency = vm->latency;
	unsigned int timers = latency->timers - latency->all;
	unsigned int requests = latency->requests - latency->all;

	if (!i)
		latency_name(row, "board", "hrtimer", KEEL_LATENCY_TIMER);
	else if (i < timers)
		latency_access_row(vm, i - 1, row);
	else if (i < requests)
		latency_timer_row(vm, i - timers, row);
	else if (i < latency->nr)
		latency_request_row(vm, i - requests, row);
	else
		latency_line_row(i - latency->nr, row);
}

/**
 * keel_latency_row() - one of a VM's histograms.
 * @vm:    the VM
 * @index: from 0 on
 * @row:   result
 *
 * Return: 1; 0: it is empty; -ENOENT: there are no more.
 */
int keel_latency_row(struct keel_vm *vm, unsigned int index, struct keel_latency_row *row)
{
	unsigned long flags = keel_lock_open(vm);
	struct keel_latency *latency = vm->latency;
	unsigned int nr = latency ? latency->nr : 0;
	int ret = latency && index < nr + KEEL_NR_LINES ? 0 : -ENOENT;

	memset(row, 0, sizeof(*row));
	if (!ret) {
		row->times = index < nr ? latency->all[index] : latency->lines[index - nr].times;
		ret = row->times.count > 0;
	}
	keel_lock_close(vm, flags);
	if (ret > 0)
		latency_name_row(vm, index, row);
	return ret;
}

static long latency_get_rows(struct keel_vm *vm, struct keel_latency_get *request)
{
	struct keel_latency_row __user *to = u64_to_user_ptr(request->rows);
	struct keel_latency_row row;
	unsigned int i, nr = 0;
	int ret;

	for (i = 0; (ret = keel_latency_row(vm, i, &row)) >= 0; i++) {
		if (!ret)
			continue;
		if (nr < request->nr_rows && copy_to_user(&to[nr], &row, sizeof(row)))
			return -EFAULT;
		nr++;
	}
	request->nr_rows = nr;
	return 0;
}

/* ---- The longest accesses ---- */

static void latency_tell_worst(const struct keel_long_access *access, struct keel_worst_access *to)
{
	memset(to, 0, sizeof(*to));
	to->ns = access->ns;
	to->at = access->at;
	to->what = access->what;
	if (access->region) {
		latency_name_region(access->region, to->device, sizeof(to->device), to->region,
				    sizeof(to->region));
		return;
	}
	strscpy(to->device, "board", sizeof(to->device));
	strscpy(to->region, access->what.flags & KEEL_CULPRIT_MEMORY ? "unmapped_mmio" :
			    "unmapped_pio", sizeof(to->region));
}

static void latency_copy_worst(struct keel_vm *vm, struct keel_latency_get *request,
			       struct keel_worst *worst)
{
	unsigned long flags = keel_lock_open(vm);

	request->measuring = vm->measuring;
	request->now = keel_clock_now(&vm->clock);
	request->since = vm->latency ? vm->latency->since : request->now;
	worst->nr = 0;
	if (vm->latency)
		*worst = vm->latency->worst;
	keel_lock_close(vm, flags);
}

static long latency_get_worst(struct keel_vm *vm, struct keel_latency_get *request)
{
	struct keel_worst *worst = kmalloc(sizeof(*worst), GFP_KERNEL_ACCOUNT);
	struct keel_worst_access __user *to = u64_to_user_ptr(request->worst);
	struct keel_worst_access one;
	unsigned int i;
	long ret = 0;

	if (!worst)
		return -ENOMEM;
	latency_copy_worst(vm, request, worst);
	for (i = 0; i < min(worst->nr, request->nr_worst) && !ret; i++) {
		latency_tell_worst(&worst->list[i], &one);
		ret = copy_to_user(&to[i], &one, sizeof(one)) ? -EFAULT : 0;
	}
	request->nr_worst = worst->nr;
	kfree(worst);
	return ret;
}

/* KEEL_LATENCY_GET */
long keel_latency_get(void *owner, void *arg)
{
	struct keel_latency_get *request = arg;
	long ret = latency_get_rows(owner, request);

	return ret ? ret : latency_get_worst(owner, request);
}
