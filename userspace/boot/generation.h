/* SPDX-License-Identifier: GPL-2.0 */
/* The VM's generation ID in its memory. */
#ifndef KEEL_BOOT_GENERATION_H
#define KEEL_BOOT_GENERATION_H

#include <stdbool.h>

struct config;
struct memory;

#define GENERATION_GPE	3	/* of the PM block: it has changed; _E03 in dsdt.asl */

void generation_begin(struct config *config);
void generation_load(struct memory *memory, const struct config *config);
bool generation_is_new(const struct config *config);
void generation_restored(struct memory *memory, struct config *config);

#endif /* KEEL_BOOT_GENERATION_H */
