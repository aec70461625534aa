/* SPDX-License-Identifier: GPL-2.0 */
/* The page tables of a guest in long mode. */
#ifndef KEEL_DEBUG_PAGING_H
#define KEEL_DEBUG_PAGING_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

struct kvm_sregs;
struct memory;

/**
 * struct mapping - addresses that the guest has mapped to RAM, one to one.
 * @virt: the first one
 * @phys: where it is mapped to
 * @size: bytes
 */
struct mapping {
	__u64 virt;
	__u64 phys;
	__u64 size;
};

/**
 * struct mappings - a list of them, in ascending order of virtual addresses.
 * @list: to be freed
 * @nr:   how many
 * @most: how many there may be: what is beyond that is left out
 */
struct mappings {
	struct mapping *list;
	size_t nr;
	size_t most;
};

bool paging_is_long(const struct kvm_sregs *sregs);
void paging_kernel(const struct memory *memory, const struct kvm_sregs *sregs,
		   struct mappings *mappings);

#endif /* KEEL_DEBUG_PAGING_H */
