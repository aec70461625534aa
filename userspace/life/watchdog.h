/* SPDX-License-Identifier: GPL-2.0 */
/* What becomes of a guest whose watchdog has run out. */
#ifndef KEEL_LIFE_WATCHDOG_H
#define KEEL_LIFE_WATCHDOG_H

struct vm;

void watchdog_handle(struct vm *vm);

#endif /* KEEL_LIFE_WATCHDOG_H */
