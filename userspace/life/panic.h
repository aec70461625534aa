/* SPDX-License-Identifier: GPL-2.0 */
/* What becomes of a guest that has panicked. */
#ifndef KEEL_LIFE_PANIC_H
#define KEEL_LIFE_PANIC_H

#include <linux/types.h>
#include <stdbool.h>

struct vm;

bool panic_reported(struct vm *vm, __u64 what);
void panic_handle(struct vm *vm);

#endif /* KEEL_LIFE_PANIC_H */
