/* SPDX-License-Identifier: GPL-2.0 */
/* The VM's generation ID: "auto", "keep", or a GUID */
#ifndef KEEL_CONFIG_GENERATION_H
#define KEEL_CONFIG_GENERATION_H

#include "config/guid.h"

/* GENERATION_KEEP: the one that a restored VM had */
enum generation_kind { GENERATION_AUTO, GENERATION_KEEP, GENERATION_GIVEN };

/**
 * struct generation - what tells a VM from those with the same past.
 * @kind: enum generation_kind
 * @id:   it, once generation_begin() or generation_restored() has set it
 */
struct generation {
	unsigned int kind;
	struct guid id;
};

extern const struct value_type generation_type;

#endif /* KEEL_CONFIG_GENERATION_H */
