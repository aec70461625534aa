/* SPDX-License-Identifier: GPL-2.0 */
/* The file of a dump that the guest's end may bring. */
#ifndef KEEL_LIFE_DUMP_H
#define KEEL_LIFE_DUMP_H

struct vm;

void dump_open(struct vm *vm);
void dump_close(void);
const char *dump_name(const struct vm *vm);
int dump_begin(void);
void dump_end(struct vm *vm);

#endif /* KEEL_LIFE_DUMP_H */
