/* SPDX-License-Identifier: GPL-2.0 */
/* The date that the guest's RTC starts with. */
#ifndef KEEL_VM_CLOCK_H
#define KEEL_VM_CLOCK_H

#include <stdbool.h>

struct vm;

void clock_set(const struct vm *vm);

#endif /* KEEL_VM_CLOCK_H */
