/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KEEL_KICK_H
#define KEEL_KICK_H

#include <linux/types.h>

struct task_struct;

void keel_kick_task(struct task_struct *task);
bool keel_take_kick(void);
bool keel_only_kicked(void);

#endif /* KEEL_KICK_H */
