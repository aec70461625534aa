// SPDX-License-Identifier: GPL-2.0
/*
 * Doorbells: writes by which a driver says that there are buffers in a queue. They go
 * to whoever serves the queue past the board and its lock, from inside KVM_RUN
 * or from the loop. Only those of a queue that nobody serves are the model's to judge.
 */
#include "virtio.h"

static bool doorbell_ring(struct keel_vdev *vdev, const void *data, unsigned int len)
{
	u32 value = 0;

	memcpy(&value, data, min_t(unsigned int, len, sizeof(value)));
	return keel_virtio_kick(vdev, value);
}

/**
 * keel_doorbell_region() - a write from inside KVM_RUN.
 * @vm:     the VM
 * @region: where KVM found the address; a doorbell
 * @data:   @len bytes
 * @len:    1 to 8
 *
 * Return: true if that is all there is to it.
 */
bool keel_doorbell_region(struct keel_vm *vm, const struct keel_region *region, const void *data,
			  unsigned int len)
{
	return len == region->width && doorbell_ring(vm->vdev_of[region->dev->index], data, len);
}

/**
 * keel_doorbell() - a write to memory that came out of KVM_RUN.
 * @vm:   the VM
 * @addr: guest physical address
 * @data: @len bytes
 * @len:  1 to 8
 *
 * Return: true if it was a doorbell, and that is all there is to it.
 */
bool keel_doorbell(struct keel_vm *vm, u64 addr, const void *data, unsigned int len)
{
	unsigned int i;

	for (i = 0; i < vm->nr_vdevs; i++) {
		const struct keel_region *bell = vm->vdevs[i].bell;

		if (addr - READ_ONCE(bell->base) < bell->length)
			return keel_doorbell_region(vm, bell, data, len);
	}
	return false;
}
