/* SPDX-License-Identifier: GPL-2.0 */
/* The guest's memory, as a vCPU's page tables have it. */
#ifndef KEEL_DEBUG_VIRT_H
#define KEEL_DEBUG_VIRT_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

struct vcpu;

bool virt_read(const struct vcpu *vcpu, __u64 virt, void *data, size_t size);
bool virt_write(const struct vcpu *vcpu, __u64 virt, const void *data, size_t size);

#endif /* KEEL_DEBUG_VIRT_H */
