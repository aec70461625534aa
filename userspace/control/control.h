/* SPDX-License-Identifier: GPL-2.0 */
/* The control socket. */
#ifndef KEEL_CONTROL_CONTROL_H
#define KEEL_CONTROL_CONTROL_H

#include <pthread.h>

struct vm;

void control_open(struct vm *vm);
void control_start(struct vm *vm);
void control_stop(struct vm *vm);

#endif /* KEEL_CONTROL_CONTROL_H */
