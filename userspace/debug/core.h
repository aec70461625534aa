/* SPDX-License-Identifier: GPL-2.0 */
/* The guest's memory and registers in a file for gdb and crash. */
#ifndef KEEL_DEBUG_CORE_H
#define KEEL_DEBUG_CORE_H

struct vm;

const char *core_write(const struct vm *vm, int fd);

#endif /* KEEL_DEBUG_CORE_H */
