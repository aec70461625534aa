/* SPDX-License-Identifier: GPL-2.0 */
/* The ACPI tables. */
#ifndef KEEL_BOOT_ACPI_H
#define KEEL_BOOT_ACPI_H

#include "base.h"

struct config;
struct memory;

__u64 acpi_load(struct memory *memory, const struct config *config);
void acpi_dump(const char *folder, const struct config *config);

#endif /* KEEL_BOOT_ACPI_H */
