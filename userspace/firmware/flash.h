/* SPDX-License-Identifier: GPL-2.0 */
/* The flash memory that has the firmware. */
#ifndef KEEL_FIRMWARE_FLASH_H
#define KEEL_FIRMWARE_FLASH_H

#include "base.h"

struct config;
struct memory;

#define FLASH_MAX	(8 * MIB)

void flash_check(const char *path, const __u8 *data, __u64 size);
void flash_open(struct memory *memory, struct config *config);
void flash_shadow(struct memory *memory);

#endif /* KEEL_FIRMWARE_FLASH_H */
