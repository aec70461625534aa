// SPDX-License-Identifier: GPL-2.0
/*
 * What differs with what a VM starts from. Firmware for PCs is written for chipsets that it knows:
 * the board is then one of Intel's Q35, with its host bridge and LPC bridge, and QEMU's fw_cfg,
 * through which firmware learns what it cannot detect. SeaBIOS 1.16 and OVMF of 2022 move the ECAM
 * to 0xb0000000, and want no RAM from there on; QEMU's Q35 has none above Q35_HOLE. Without PCI
 * there is nothing of a chipset.
 */
#include "config/platform.h"
#include "uapi/keel.h"
#include "vm/memory.h"

#define Q35_HOLE	0x80000000ULL

const struct platform platform_kernel = {
	.handed_off = true,
	.hole = RAM_HOLE,
	.acpi = ACPI_BASE,
	.generation = GENERATION_BASE,
	.identity = KEEL_PCIHOST_PLAIN,
};

const struct platform platform_firmware = {
	.hole = Q35_HOLE,
	.generation = ASIDE_BASE,
	.identity = KEEL_PCIHOST_Q35,
	.devices = BIT(KEEL_CLASS_LPC) | BIT(KEEL_CLASS_FWCFG),
};

const struct platform platform_firmware_no_pci = {
	.hole = RAM_HOLE,
	.generation = ASIDE_BASE,
	.devices = BIT(KEEL_CLASS_FWCFG),
};
