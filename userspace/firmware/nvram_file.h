/* SPDX-License-Identifier: GPL-2.0 */
/* The file that UEFI's variables are kept in. */
#ifndef KEEL_FIRMWARE_NVRAM_FILE_H
#define KEEL_FIRMWARE_NVRAM_FILE_H

#include "base.h"

/* NVRAM_LOOK: others may have it as well; NVRAM_FIND: it has to be there */
enum nvram_use { NVRAM_LOOK, NVRAM_FIND, NVRAM_MAKE };

int nvram_file_open(const char *path, __u8 *bytes, __u64 size, enum nvram_use use);

#endif /* KEEL_FIRMWARE_NVRAM_FILE_H */
