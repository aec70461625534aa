/* SPDX-License-Identifier: GPL-2.0 */
/* The firmware that a disk needs. */
#ifndef KEEL_FIRMWARE_CHOOSE_H
#define KEEL_FIRMWARE_CHOOSE_H

#include "base.h"

struct config;

void firmware_choose(struct config *config, bool must);

#endif /* KEEL_FIRMWARE_CHOOSE_H */
