/* SPDX-License-Identifier: GPL-2.0 */
/* Keys that the user has pressed by a request. */
#ifndef KEEL_CONTROL_SENDKEY_H
#define KEEL_CONTROL_SENDKEY_H

#include <stdbool.h>

struct vm;

const char *keys_send(struct vm *vm, const char *names, bool *mistake);

#endif /* KEEL_CONTROL_SENDKEY_H */
