/* SPDX-License-Identifier: GPL-2.0 */
/* What the guest's cloud-init is told. */
#ifndef KEEL_CONFIG_CLOUD_INIT_H
#define KEEL_CONFIG_CLOUD_INIT_H

#include "base.h"

struct config;
struct object_type;
struct value_type;

#define CLOUD_INIT_MAX	(256 * KIB)	/* bytes of a file */

enum cloud_init_file { CLOUD_META_DATA, CLOUD_USER_DATA, CLOUD_NETWORK, CLOUD_VENDOR, CLOUD_FILES };

/**
 * struct cloud_init - the files on the seed's disk (cloud-init's data source NoCloud).
 * @files: their text by enum cloud_init_file, or NULL; without user data there is no such disk
 */
struct cloud_init {
	char *files[CLOUD_FILES];
};

extern const struct object_type cloud_init_object;
extern const struct value_type user_data_type;

const char *cloud_init_name(enum cloud_init_file file);
void cloud_init_resolve(struct config *config);

#endif /* KEEL_CONFIG_CLOUD_INIT_H */
