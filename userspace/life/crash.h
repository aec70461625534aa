/* SPDX-License-Identifier: GPL-2.0 */
/* What is told of a guest that has crashed. */
#ifndef KEEL_LIFE_CRASH_H
#define KEEL_LIFE_CRASH_H

struct vm;

void crash_dump(struct vm *vm);
void crash_report(const struct vm *vm);

#endif /* KEEL_LIFE_CRASH_H */
