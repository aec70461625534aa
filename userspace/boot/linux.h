/* SPDX-License-Identifier: GPL-2.0 */
/* bzImages. */
#ifndef KEEL_BOOT_LINUX_H
#define KEEL_BOOT_LINUX_H

#include "boot/boot.h"

extern const struct loader loader_linux;

#endif /* KEEL_BOOT_LINUX_H */
