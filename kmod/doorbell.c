// SPDX-License-Identifier: GPL-2.0
/*
 * Doorbells: writes by which a driver notifies a queue. They reach the queue's server or
 * vhost without the board and its lock, from inside KVM_RUN or from the loop. Only those
 * for a queue that is not served go to the model.
 */
#include <linux/nospec.h>

#include "doorbell.h"
#include "latency.h"
#include "limit.h"
#include "trace.h"
#include "vdev.h"
#include "vqueue.h"

/*
 * The queue that an address names. The data of a doorbell of four bytes, which has them with
 * NOTIFICATION_DATA, name it as well: the board counts those that name another one.
 */
static u32 doorbell_by_address(const struct keel_virtio *v, u64 offset, const void *data,
			       unsigned int len)
{
	u32 value, queue = offset / 4;
	u64 features;

	if (offset % 4)
		return U32_MAX;
	if (len < sizeof(value))
		return queue;
	memcpy(&value, data, sizeof(value));
	features = READ_ONCE(v->s->driver_features);
	return keel_virtio_named(features, value) == queue ? queue : U32_MAX;
}

/* Index of the queue being notified; out of range if the write is the board's. */
static u32 doorbell_queue(const struct keel_virtio *v, const struct keel_region_desc *desc,
			  u64 offset, const void *data, unsigned int len)
{
	u32 value = 0;

	if (len > desc->width)
		return U32_MAX;
	if (desc->doorbell == KEEL_BELL_ADDRESS)
		return doorbell_by_address(v, offset, data, len);
	if (len != desc->width)
		return U32_MAX;
	memcpy(&value, data, len);
	return keel_virtio_named(READ_ONCE(v->s->driver_features), value);
}

static void doorbell_limited(struct keel_vm *vm, const struct keel_timed_access *timed)
{
	keel_limit_access(vm, timed->region, timed->addr, timed->value, true);
	keel_limit_one(vm, timed->region->dev, KEEL_LIMIT_NOTIFICATIONS);
}

/* A write of the region's, measured with what the vCPU itself serves. */
static noinline bool doorbell_watched(struct keel_vdev *vdev, u32 queue,
				      const struct keel_region *region, u64 addr, const void *data,
				      unsigned int len)
{
	struct keel_timed_access timed = {
		.began = keel_latency_begin(vdev->vm), .region = region, .space = region->space,
		.addr = addr, .value = keel_trace_value(data, len), .len = len, .write = true,
	};

	if (!keel_vqueue_notify(vdev, queue))
		return false;
	if (timed.began)
		keel_latency_accessed(vdev->vm, &timed);
	if (keel_limiting(vdev->vm))
		doorbell_limited(vdev->vm, &timed);
	return true;
}

/**
 * keel_doorbell_region() - a write from inside KVM_RUN.
 * @vm:     the VM
 * @region: where KVM found the address; a doorbell
 * @addr:   port, or guest physical address
 * @data:   @len bytes
 * @len:    1 to 8; 0: KVM has not decoded the instruction, and the address names the queue
 *
 * Return: true if the write is done; false: it is the board's.
 */
bool keel_doorbell_region(struct keel_vm *vm, const struct keel_region *region, u64 addr,
			  const void *data, unsigned int len)
{
	struct keel_vdev *vdev = vm->vdev_of[region->dev->index];
	u64 base = READ_ONCE(region->base);
	u32 queue;

	/* The region may have moved or been unmapped by now: the board decides. */
	if (!base || addr - base >= region->length)
		return false;
	queue = doorbell_queue(vdev->v, &region->dev->ops->regions[region->nr], addr - base, data,
			       len);
	if (queue < vdev->nr_queues)
		queue = array_index_nospec(queue, vdev->nr_queues);
	if (keel_watched())
		return doorbell_watched(vdev, queue, region, addr, data, len);
	return keel_vqueue_notify(vdev, queue);
}

/**
 * keel_doorbell() - a write that came out of KVM_RUN.
 * @vm:    the VM
 * @space: ports or memory
 * @addr:  where
 * @data:  @len bytes
 * @len:   1 to 8. One byte is the board's: hardly ever a doorbell, and often another port
 *
 * Return: as keel_doorbell_region().
 */
bool keel_doorbell(struct keel_vm *vm, enum keel_space space, u64 addr, const void *data,
		   unsigned int len)
{
	const struct keel_region *doorbell;
	unsigned int i;

	for (i = 0; len > 1 && i < vm->nr_vdevs; i++) {
		doorbell = vm->vdevs[i].doorbell[space];
		if (doorbell && keel_doorbell_region(vm, doorbell, addr, data, len))
			return true;
	}
	return false;
}
