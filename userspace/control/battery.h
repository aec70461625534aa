/* SPDX-License-Identifier: GPL-2.0 */
/* What the user makes of the guest's battery. */
#ifndef KEEL_CONTROL_BATTERY_H
#define KEEL_CONTROL_BATTERY_H

#include <stdbool.h>

struct vm;

const char *battery_change(struct vm *vm, const char *text, bool *mistake);

#endif /* KEEL_CONTROL_BATTERY_H */
