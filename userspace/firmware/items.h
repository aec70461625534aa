/* SPDX-License-Identifier: GPL-2.0 */
/* What firmware is told. */
#ifndef KEEL_FIRMWARE_ITEMS_H
#define KEEL_FIRMWARE_ITEMS_H

#include "base.h"

struct config;
struct memory;

void *items_build(const struct config *config, const struct memory *memory, __u32 *length);
void items_hand_over(int keel, const struct config *config, const struct memory *memory);

#endif /* KEEL_FIRMWARE_ITEMS_H */
