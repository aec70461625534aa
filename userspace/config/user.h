/* SPDX-License-Identifier: GPL-2.0 */
/* --user */
#ifndef KEEL_CONFIG_USER_H
#define KEEL_CONFIG_USER_H

#include "config/table.h"

/**
 * struct user_config - a user of the host.
 * @text: as the user wrote it; NULL: the one that has started the launcher
 * @uid:  its number
 * @gid:  of its group
 */
struct user_config {
	const char *text;
	unsigned int uid;
	unsigned int gid;
};

extern const struct value_type user_type;

#endif /* KEEL_CONFIG_USER_H */
