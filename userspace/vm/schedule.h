/* SPDX-License-Identifier: GPL-2.0 */
/* How a thread runs. */
#ifndef KEEL_VM_SCHEDULE_H
#define KEEL_VM_SCHEDULE_H

struct schedule;

void schedule_apply(const struct schedule *schedule, const char *prefix, unsigned int nth);

#endif /* KEEL_VM_SCHEDULE_H */
