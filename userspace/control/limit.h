/* SPDX-License-Identifier: GPL-2.0 */
/* Limits on what the guest may ask of the host, and their breaches. */
#ifndef KEEL_CONTROL_LIMIT_H
#define KEEL_CONTROL_LIMIT_H

#include <linux/types.h>

struct vm;

void limits_begin(const struct vm *vm);
void limit_breached(struct vm *vm, __u64 arg);

#endif /* KEEL_CONTROL_LIMIT_H */
