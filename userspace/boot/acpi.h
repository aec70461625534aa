/* SPDX-License-Identifier: GPL-2.0 */
/* The ACPI tables. */
#ifndef KEEL_BOOT_ACPI_H
#define KEEL_BOOT_ACPI_H

#include "base.h"

struct config;
struct memory;

/**
 * struct waking - where a guest goes on that sleeps no more (ACPI 6.3, 5.2.10).
 * @vector:    guest physical address
 * @protected: in protected mode without paging; or in real mode, below 1 MiB
 */
struct waking {
	__u32 vector;
	bool protected;
};

__u64 acpi_build(void *rom, __u64 base, const struct config *config);
__u64 acpi_load(struct memory *memory, const struct config *config);
bool acpi_waking(const struct memory *memory, struct waking *waking);
void acpi_dump(const char *folder, const struct config *config);

#endif /* KEEL_BOOT_ACPI_H */
