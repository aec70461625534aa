/* SPDX-License-Identifier: GPL-2.0 */
/* The volume in which UEFI's variables are. */
#ifndef KEEL_FIRMWARE_VOLUME_H
#define KEEL_FIRMWARE_VOLUME_H

#include "base.h"

__u64 volume_size(const __u8 *data, __u64 size);

#endif /* KEEL_FIRMWARE_VOLUME_H */
