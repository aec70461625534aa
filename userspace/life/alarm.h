/* SPDX-License-Identifier: GPL-2.0 */
/* What a guest that panics, and one whose watchdog runs out, have in common. */
#ifndef KEEL_LIFE_ALARM_H
#define KEEL_LIFE_ALARM_H

struct vm;

void alarm_pause(struct vm *vm, int status, const char *what);
void alarm_dump(struct vm *vm, int status, const char *what);

#endif /* KEEL_LIFE_ALARM_H */
