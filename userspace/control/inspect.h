/* SPDX-License-Identifier: GPL-2.0 */
/* The decoded state of devices and lines. */
#ifndef KEEL_CONTROL_INSPECT_H
#define KEEL_CONTROL_INSPECT_H

#include "config/config.h"

struct vm;

const char *inspect_text(const struct vm *vm, enum stats_kind kind, const char *device,
			 char **text);

#endif /* KEEL_CONTROL_INSPECT_H */
