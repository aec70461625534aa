/* SPDX-License-Identifier: GPL-2.0 */
/* The way to sleep and back: see sleep_entry.S. */
#ifndef SLEEP_H
#define SLEEP_H

#include "../../vmm/types.h"

extern const char waking_start[], waking_end[], waking_protected[];

void sleep_now(u32 control);

#endif /* SLEEP_H */
