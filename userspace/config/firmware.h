/* SPDX-License-Identifier: GPL-2.0 */
/* The firmware that --firmware asks for. */
#ifndef KEEL_CONFIG_FIRMWARE_H
#define KEEL_CONFIG_FIRMWARE_H

#include "config/table.h"

struct config;

#define FIRMWARE_SUM	16	/* characters */

/**
 * struct firmware_config - what a VM starts from, if not from a kernel.
 * @path: a name of the table in firmware.c, or a file; NULL: there is none
 * @sum:  checksum that the file is to have, FIRMWARE_SUM hexadecimal digits, or NULL: flash_open()
 *        sets it, so that a snapshot has it
 * @why:  what of a disk it was chosen for (firmware_choose()); NULL: it was not
 */
struct firmware_config {
	char *path;
	char *sum;
	char *why;
};

/**
 * struct firmware_file - a firmware that Debian has.
 * @name:    for --firmware
 * @path:    where it is
 * @vars:    a file that is before it in flash memory, with UEFI's variables; or NULL
 * @package: that they are in
 * @kernel:  it starts a kernel, of fw_cfg
 */
struct firmware_file {
	const char *name;
	const char *path;
	const char *vars;
	const char *package;
	bool kernel;
};

extern const struct words firmware_words;
extern const struct object_type firmware_object;
const struct firmware_file *firmware_find(const char *name);
bool firmware_takes_kernel(const struct config *config);
void firmware_resolve(struct config *config);

#endif /* KEEL_CONFIG_FIRMWARE_H */
