/* SPDX-License-Identifier: GPL-2.0 */
/* The host's inputs to chips: buttons, events, values, slots; and to lines. */
#ifndef KEEL_VM_INPUT_H
#define KEEL_VM_INPUT_H

#include <linux/types.h>
#include <stdbool.h>

struct vm;

bool vm_input(const struct vm *vm, __u32 class, __u32 input, __u64 value);
const char *vm_pulse(const struct vm *vm, __u32 line);

#endif /* KEEL_VM_INPUT_H */
