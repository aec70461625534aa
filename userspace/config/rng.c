// SPDX-License-Identifier: GPL-2.0
/* The entropy device: "on", which --rng alone means, or "legacy" */
#include "base.h"
#include "config/rng.h"
#include "config/table.h"
#include "config/virtio.h"
#include "config/words.h"

static const struct row rows[] = {
	{ "on", VALUE_FLAG, ROW_FIELD(rng_config, on) },
	{ "notify", VALUE_CHOICE, ROW_FIELD(rng_config, notify), .choices = &notify_words },
	{ "legacy", VALUE_FLAG, ROW_FIELD(rng_config, legacy) },
	{ "notification-data", VALUE_FLAG, ROW_FIELD(rng_config, notification_data) },
};

/* Its properties are wanted for a device. */
static bool check(void *object, struct complaint *complaint)
{
	struct rng_config *rng = object;

	(void)complaint;
	rng->on |= rng->notify || rng->legacy || rng->notification_data;
	return true;
}

const struct object_type rng_object = {
	.rows = rows, .nr = ARRAY_SIZE(rows), .check = check,
};
