// SPDX-License-Identifier: GPL-2.0
/* Disks: "disk.raw,ro,queues=4" */
#include "base.h"
#include "config/disk.h"
#include "config/source.h"
#include "config/table.h"
#include "config/virtio.h"
#include "config/words.h"
#include "vm/disk.h"

static const char *const locks[] = { [LOCK_OFF] = "off" };
static const char *const formats[] = { [FORMAT_RAW] = "raw" };
static const char *const full_kinds[] = { [FULL_STOP] = "stop", [FULL_REPORT] = "report" };
static const char *const blocks[] = { [BLOCK_512] = "512", [BLOCK_4096] = "4096" };

#define QUEUES_MAX	16

static const struct row rows[] = {
	{ "path", VALUE_OWN, ROW_FIELD(disk_config, file), .type = &source_type },
	{ "ro", VALUE_FLAG, ROW_FIELD(disk_config, read_only) },
	{ "direct", VALUE_FLAG, ROW_FIELD(disk_config, direct) },
	{ "queues", VALUE_NUMBER, ROW_FIELD(disk_config, queues), .min = 1, .max = QUEUES_MAX },
	{ "id", VALUE_TEXT, ROW_FIELD(disk_config, id), .max = DISK_ID_MAX },
	{ "lock", VALUE_CHOICE, ROW_FIELD(disk_config, lock), .words = WORDS(locks) },
	{ "format", VALUE_CHOICE, ROW_FIELD(disk_config, format), .words = WORDS(formats) },
	{ "on-full", VALUE_CHOICE, ROW_FIELD(disk_config, on_full), .words = WORDS(full_kinds) },
	{ "block_size", VALUE_CHOICE, ROW_FIELD(disk_config, block), .words = WORDS(blocks) },
	{ "ring", VALUE_CHOICE, ROW_FIELD(disk_config, ring), .choices = &ring_words },
	{ "transport", VALUE_CHOICE, ROW_FIELD(disk_config, transport),
	  .choices = &transport_words },
	{ "serve", VALUE_CHOICE, ROW_FIELD(disk_config, serve), .choices = &serve_words },
	{ "notify", VALUE_CHOICE, ROW_FIELD(disk_config, notify), .choices = &notify_words },
	{ "legacy", VALUE_FLAG, ROW_FIELD(disk_config, legacy) },
	{ "notification-data", VALUE_FLAG, ROW_FIELD(disk_config, notification_data) },
	{ "plug", VALUE_CHOICE, ROW_FIELD(disk_config, plug), .choices = &plug_words },
};

static void begin(void *object)
{
	((struct disk_config *)object)->queues = 1;
}

static bool check(void *object, struct complaint *complaint)
{
	const struct disk_config *disk = object;

	return disk->file.text || disk->plug == PLUG_OUT ||
	       complain(complaint, "path: a file is missing");
}

static bool follows(const void *object)
{
	return ((const struct disk_config *)object)->seed;
}

const struct object_type disk_object = {
	.rows = rows, .nr = ARRAY_SIZE(rows), .plain = 1, .begin = begin, .check = check,
	.follows = follows,
};
