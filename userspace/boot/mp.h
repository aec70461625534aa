/* SPDX-License-Identifier: GPL-2.0 */
/* The MultiProcessor Specification's table. */
#ifndef KEEL_BOOT_MP_H
#define KEEL_BOOT_MP_H

struct config;
struct memory;

void mp_load(struct memory *memory, const struct config *config);

#endif /* KEEL_BOOT_MP_H */
