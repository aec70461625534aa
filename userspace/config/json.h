/* SPDX-License-Identifier: GPL-2.0 */
/* Structs that are described by a table, as JSON. */
#ifndef KEEL_CONFIG_JSON_H
#define KEEL_CONFIG_JSON_H

#include <jansson.h>

#include "config/table.h"

bool row_from_json(const struct row *row, void *object, const json_t *value,
		   struct complaint *complaint);
json_t *row_to_json(const struct row *row, const void *object);

#endif /* KEEL_CONFIG_JSON_H */
