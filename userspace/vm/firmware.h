/* SPDX-License-Identifier: GPL-2.0 */
/* The board as firmware leaves it to a kernel. */
#ifndef KEEL_VM_FIRMWARE_H
#define KEEL_VM_FIRMWARE_H

struct vm;

const char *firmware_hand_off(const struct vm *vm);
const char *firmware_wake(const struct vm *vm, const char **by);

#endif /* KEEL_VM_FIRMWARE_H */
