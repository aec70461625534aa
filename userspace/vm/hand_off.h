/* SPDX-License-Identifier: GPL-2.0 */
/* The board as firmware leaves it to a kernel. */
#ifndef KEEL_VM_HAND_OFF_H
#define KEEL_VM_HAND_OFF_H

struct vm;

const char *hand_off_board(const struct vm *vm);
const char *hand_off_woken(const struct vm *vm, const char **by);

#endif /* KEEL_VM_HAND_OFF_H */
