/* SPDX-License-Identifier: GPL-2.0 */
/* A server for gdb (--gdb). */
#ifndef KEEL_DEBUG_GDB_H
#define KEEL_DEBUG_GDB_H

struct vm;

void gdb_open(struct vm *vm);
void gdb_start(struct vm *vm);
void gdb_end(struct vm *vm);

#endif /* KEEL_DEBUG_GDB_H */
