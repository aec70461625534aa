/* SPDX-License-Identifier: GPL-2.0 */
/* The files of blobs/: kept.S. A byte 0 is behind each. */
#ifndef KEPT_H
#define KEPT_H

#include "../../vmm/types.h"

extern const u8 blob_abi4[], blob_abi4_end[];
extern const char values_abi4[];

#endif /* KEPT_H */
