/* SPDX-License-Identifier: GPL-2.0 */
/* The name of a VM, and how long its guest has to shut down. */
#ifndef KEEL_CONFIG_NAME_H
#define KEEL_CONFIG_NAME_H

#include "config/table.h"

#define NAME_SIZE	64	/* bytes of a VM's name, at most */
#define GRACE_MAX	86400

/**
 * struct grace - how long a guest has to shut down when its VM is to end.
 * @given:   the user has said it
 * @seconds: 0: none
 */
struct grace {
	bool given;
	unsigned int seconds;
};

extern const struct value_type name_type;
extern const struct value_type grace_type;

bool name_check(const char *name, struct complaint *complaint);

#endif /* KEEL_CONFIG_NAME_H */
