/* SPDX-License-Identifier: GPL-2.0 */
/* --flat */
#ifndef KEEL_CONFIG_FLAT_H
#define KEEL_CONFIG_FLAT_H

#include "config/table.h"

extern const struct value_type flat_type;	/* __u64: the address; 0: none was given */

#endif /* KEEL_CONFIG_FLAT_H */
