/* SPDX-License-Identifier: GPL-2.0 */
/* Unified kernel images. */
#ifndef KEEL_BOOT_UKI_H
#define KEEL_BOOT_UKI_H

#include "boot/boot.h"

void uki_open(struct boot *boot);

#endif /* KEEL_BOOT_UKI_H */
