/* SPDX-License-Identifier: GPL-2.0 */
/* PCI slots whose functions come and go, in the SSDT. */
#ifndef KEEL_BOOT_PLUG_H
#define KEEL_BOOT_PLUG_H

#include "base.h"

struct aml;

void plug_aml(struct aml *t, __u32 slots);

#endif /* KEEL_BOOT_PLUG_H */
