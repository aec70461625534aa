/* SPDX-License-Identifier: GPL-2.0 */
/* What differs with what a VM starts from. */
#ifndef KEEL_CONFIG_PLATFORM_H
#define KEEL_CONFIG_PLATFORM_H

#include "base.h"

/**
 * struct platform - what differs with what a VM starts from: a kernel, or firmware.
 * @handed_off: the launcher does to board and vCPUs what firmware would; otherwise all of them
 *              begin as after a reset
 * @hole:       where RAM below 4 GiB ends at the latest
 * @acpi:       where the launcher puts ACPI's tables; 0: firmware does, and the launcher does not
 *              know where. It does not find the FACS: a guest is not told of S3
 * @generation: where the generation ID is: in the system ROM's area, or if that is firmware's, on
 *              a page aside; ADDR in dsdt.asl
 * @identity:   of the host bridge, KEEL_PCIHOST_*
 * @devices:    a bit for each KEEL_CLASS_* that is on the board beside the user's
 */
struct platform {
	bool handed_off;
	__u64 hole;
	__u64 acpi;
	__u64 generation;
	__u8 identity;
	unsigned int devices;
};

extern const struct platform platform_kernel;
extern const struct platform platform_firmware;
extern const struct platform platform_firmware_no_pci;

#endif /* KEEL_CONFIG_PLATFORM_H */
