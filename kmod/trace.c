// SPDX-License-Identifier: GPL-2.0
/* What tracepoints record and their callers do not have at hand. */
#include <linux/string.h>

#include "vcpu.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

/**
 * keel_trace_vcpu() - the vCPU that the calling thread runs.
 * @vm: the VM
 *
 * Return: its index; -1: none, as in interrupt context.
 */
int keel_trace_vcpu(const struct keel_vm *vm)
{
	unsigned int i, nr = keel_vm_nr_vcpus(vm);

	for (i = 0; in_task() && i < nr; i++)
		if (READ_ONCE(vm->vcpus[i]->task) == current)
			return i;
	return -1;
}

/**
 * keel_trace_dev() - a device's name.
 * @to:  out: KEEL_TRACE_NAME bytes
 * @dev: the device
 */
void keel_trace_dev(char *to, const struct keel_dev *dev)
{
	snprintf(to, KEEL_TRACE_NAME, "%s%u", dev->ops->name, dev->instance);
}

/**
 * keel_trace_region() - the names of what answers at an address.
 * @dev:    out: KEEL_TRACE_NAME bytes: the device; "-": none
 * @label:  out: KEEL_TRACE_NAME bytes: its region
 * @vm:     the VM; the caller holds the board's lock
 * @region: if it is known; or NULL
 * @space:  ports or memory
 * @addr:   where
 */
void keel_trace_region(char *dev, char *label, struct keel_vm *vm,
		       const struct keel_region *region, enum keel_space space, u64 addr)
{
	const char *name;

	if (!region)
		region = keel_bus_find(&vm->board->bus[space], addr);
	if (!region) {
		strscpy(dev, "-", KEEL_TRACE_NAME);
		strscpy(label, "-", KEEL_TRACE_NAME);
		return;
	}
	keel_trace_dev(dev, region->dev);
	name = region->dev->ops->regions[region->nr].label;
	strscpy(label, name ? name : "-", KEEL_TRACE_NAME);
}

/**
 * keel_trace_value() - an access' data as a number.
 * @data: @len bytes, the lowest first
 * @len:  at most 8 count
 */
u64 keel_trace_value(const void *data, unsigned int len)
{
	u64 value = 0;

	memcpy(&value, data, min_t(unsigned int, len, sizeof(value)));
	return value;
}
