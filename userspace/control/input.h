/* SPDX-License-Identifier: GPL-2.0 */
/* --input: keyboard and mouse events. */
#ifndef KEEL_CONTROL_INPUT_H
#define KEEL_CONTROL_INPUT_H

#include <stdio.h>

struct keel_input;
struct vm;

void input_help(FILE *to);
void input_start(const struct vm *vm);
int input_event(const struct vm *vm, struct keel_input *event);
void input_hold(void);
void input_release(void);
void input_stop(void);

#endif /* KEEL_CONTROL_INPUT_H */
