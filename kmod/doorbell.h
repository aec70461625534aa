/* SPDX-License-Identifier: GPL-2.0 */
/* Doorbells: writes that notify a queue. */
#ifndef KEEL_DOORBELL_H
#define KEEL_DOORBELL_H

#include "../devices/board/door.h"

struct keel_vm;

bool keel_doorbell(struct keel_vm *vm, enum keel_space space, u64 addr, const void *data,
		   unsigned int len);
bool keel_doorbell_region(struct keel_vm *vm, const struct keel_region *region, u64 addr,
			  const void *data, unsigned int len);

#endif /* KEEL_DOORBELL_H */
