/* SPDX-License-Identifier: GPL-2.0 */
/* What SMBIOS's tables tell of the machine: "type=1,serial=42" */
#ifndef KEEL_CONFIG_SMBIOS_H
#define KEEL_CONFIG_SMBIOS_H

#include "config/guid.h"

struct config;
struct object_type;

/* Types of structures (DSP0134, 7) */
enum smbios_type {
	SMBIOS_FIRMWARE = 0,
	SMBIOS_SYSTEM = 1,
	SMBIOS_BOARD = 2,
	SMBIOS_CHASSIS = 3,
	SMBIOS_PROCESSOR = 4,
	SMBIOS_OEM = 11,
	SMBIOS_MEMORY_ARRAY = 16,
	SMBIOS_MEMORY_DEVICE = 17,
	SMBIOS_MEMORY_RANGE = 19,
	SMBIOS_BOOT_STATUS = 32,
	SMBIOS_END = 127,
};

/* Texts that a structure can have */
enum smbios_text {
	SMBIOS_VENDOR,
	SMBIOS_DATE,
	SMBIOS_MANUFACTURER,
	SMBIOS_PRODUCT,
	SMBIOS_VERSION,
	SMBIOS_SERIAL,
	SMBIOS_ASSET,
	SMBIOS_SKU,
	SMBIOS_FAMILY,
	SMBIOS_LOCATION,
	SMBIOS_SOCKET,
	SMBIOS_PART,
	SMBIOS_BANK,
	SMBIOS_TEXTS
};

#define SMBIOS_MAX	16	/* options */
#define SMBIOS_VALUES	32	/* of one */

/**
 * struct smbios_config - texts of one structure.
 * @type:      enum smbios_type
 * @texts:     by enum smbios_text; NULL: the default, empty: none
 * @uuid:      of the system
 * @values:    OEM strings
 * @nr_values: how many
 */
struct smbios_config {
	unsigned int type;
	char *texts[SMBIOS_TEXTS];
	struct guid uuid;
	char *values[SMBIOS_VALUES];
	unsigned int nr_values;
};

extern const struct object_type smbios_object;

const struct smbios_config *smbios_find(const struct config *config, unsigned int type);
void smbios_resolve(const struct config *config);

#endif /* KEEL_CONFIG_SMBIOS_H */
