/* SPDX-License-Identifier: GPL-2.0 */
/* The end of a VM that the user asks for: the guest may have time to shut down. */
#ifndef KEEL_LIFE_STOP_H
#define KEEL_LIFE_STOP_H

#include <linux/types.h>
#include <stdbool.h>

struct vm;

const char *press_button(struct vm *vm, __u32 button, __u64 value);
const char *stop_ask(struct vm *vm, unsigned int seconds);
bool stop_by_signal(struct vm *vm, int signal);
bool stop_is_asked(void);
int stop_time_left(void);
int stop_when_due(struct vm *vm);

#endif /* KEEL_LIFE_STOP_H */
