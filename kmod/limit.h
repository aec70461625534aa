/* SPDX-License-Identifier: GPL-2.0 */
/* What a guest may ask of the host: KEEL_LIMIT_SET. See limit.c. */
#ifndef KEEL_KMOD_LIMIT_H
#define KEEL_KMOD_LIMIT_H

#include "vm.h"
#include "watch.h"

/**
 * struct keel_limit_row - breaches of one limit.
 * @dev:      whose; NULL: the VM's
 * @kind:     KEEL_LIMIT_*
 * @breaches: so many
 */
struct keel_limit_row {
	const struct keel_dev *dev;
	unsigned int kind;
	u64 breaches;
};

/**
 * keel_limiting() - has the VM limits?
 * @vm: the VM
 *
 * It costs one instruction while no VM is watched.
 */
static __always_inline bool keel_limiting(const struct keel_vm *vm)
{
	/* Pairs with the release in limit_switch(). */
	return keel_watched() && smp_load_acquire(&vm->limiting);
}

const char *keel_limit_kind(unsigned int kind);
void keel_limit_access(struct keel_vm *vm, const struct keel_region *region, u64 addr, u64 value,
		       bool write);
void keel_limit_one(struct keel_vm *vm, const struct keel_dev *dev, unsigned int kind);
void keel_limit_message(struct keel_vm *vm, unsigned int gsi);
void keel_limit_paced(struct keel_vm *vm, unsigned int index);
void keel_limit_bytes(struct keel_vm *vm, const struct keel_dev *dev, u64 bytes);
bool keel_limit_owes_bytes(struct keel_vm *vm, const struct keel_dev *dev);
int keel_limit_wait_bytes(struct keel_vm *vm, const struct keel_dev *dev);
bool keel_limit_news(struct keel_vm *vm, u64 *arg);
int keel_limit_row(struct keel_vm *vm, unsigned int index, struct keel_limit_row *row);
void keel_limits_anew(struct keel_vm *vm);
void keel_limits_destroy(struct keel_vm *vm);
long keel_limit_set(void *owner, void *arg);

#endif /* KEEL_KMOD_LIMIT_H */
