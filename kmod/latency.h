/* SPDX-License-Identifier: GPL-2.0 */
/* A VM's latencies: KEEL_LATENCY_SET and KEEL_LATENCY_GET. */
#ifndef KEEL_KMOD_LATENCY_H
#define KEEL_KMOD_LATENCY_H

#include <linux/ktime.h>

#include "vm.h"
#include "watch.h"

struct keel_latency_row;

/* Types of a disk's requests */
enum keel_request_type {
	KEEL_REQUEST_READ,
	KEEL_REQUEST_WRITE,
	KEEL_REQUEST_FLUSH,
	KEEL_REQUEST_OTHER,
	KEEL_REQUEST_TYPES,
};

/**
 * struct keel_timed_access - an access that may be measured.
 * @began:  when, CLOCK_MONOTONIC in ns; 0: it is not measured
 * @region: that answers, or NULL
 * @space:  ports or memory
 * @addr:   where
 * @value:  that was written or read
 * @len:    bytes; 0: not known
 * @write:  direction
 */
struct keel_timed_access {
	u64 began;
	const struct keel_region *region;
	enum keel_space space;
	u64 addr;
	u64 value;
	u8 len;
	bool write;
};

/**
 * keel_latency_begin() - something begins.
 * @vm: the VM
 *
 * Return: CLOCK_MONOTONIC in ns; 0: it is not measured.
 */
static inline u64 keel_latency_begin(const struct keel_vm *vm)
{
	return READ_ONCE(vm->measuring) ? ktime_get_ns() : 0;
}

const struct keel_region *keel_latency_region(struct keel_vm *vm, enum keel_space space, u64 addr,
					      unsigned int len);
void keel_latency_accessed(struct keel_vm *vm, const struct keel_timed_access *access);
void keel_latency_fired(struct keel_vm *vm);
void keel_latency_requested(struct keel_vm *vm, unsigned int vdev, enum keel_request_type type,
			    u64 began, u64 offset, u64 length);
void keel_latency_anew(struct keel_vm *vm);
void keel_latency_destroy(struct keel_vm *vm);
int keel_latency_row(struct keel_vm *vm, unsigned int index, struct keel_latency_row *row);
long keel_latency_set(void *owner, void *arg);
long keel_latency_get(void *owner, void *arg);

#endif /* KEEL_KMOD_LATENCY_H */
