// SPDX-License-Identifier: GPL-2.0
/* The guest's memory, as a vCPU's page tables have it. The vCPU does not run meanwhile. */
#include <linux/kvm.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base.h"
#include "debug/virt.h"
#include "vm/memory.h"
#include "vm/vcpu.h"
#include "vm/vm.h"

static __u8 *virt_at(const struct vcpu *vcpu, __u64 virt, size_t size)
{
	struct kvm_translation translation = { .linear_address = virt };

	if (ioctl(vcpu->fd, KVM_TRANSLATE, &translation) || !translation.valid)
		return NULL;
	return memory_at(&vcpu->vm->memory, translation.physical_address, size);
}

/* Bytes up to the next page's begin. */
static size_t part_of(__u64 virt, size_t size)
{
	size_t left = PAGE - virt % PAGE;

	return size < left ? size : left;
}

/* virt_read() - copy from there; false: not all of it is RAM */
bool virt_read(const struct vcpu *vcpu, __u64 virt, void *data, size_t size)
{
	char *to = data;
	size_t n;

	for (; size; size -= n, virt += n, to += n) {
		const __u8 *at;

		n = part_of(virt, size);
		at = virt_at(vcpu, virt, n);
		if (!at)
			return false;
		memcpy(to, at, n);
	}
	return true;
}

/* virt_write() - copy to there, likewise */
bool virt_write(const struct vcpu *vcpu, __u64 virt, const void *data, size_t size)
{
	const char *from = data;
	size_t n;

	for (; size; size -= n, virt += n, from += n) {
		__u8 *at;

		n = part_of(virt, size);
		at = virt_at(vcpu, virt, n);
		if (!at)
			return false;
		memcpy(at, from, n);
	}
	return true;
}
