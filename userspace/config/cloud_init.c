// SPDX-License-Identifier: GPL-2.0
/*
 * --cloud-init FOLDER and --user-data FILE: what the guest's cloud-init is told, by its data source
 * NoCloud. The files are read at once: their text is the configuration's, and a snapshot's, from
 * which the same disk can be made again.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base.h"
#include "config/cloud_init.h"
#include "config/config.h"
#include "config/content.h"
#include "config/table.h"
#include "config/words.h"
#include "fnv.h"
#include "status.h"

#define FILE_ROW(name, file)	\
	{ name, VALUE_TEXT, ROW_FIELD(cloud_init, files[file]), .max = CLOUD_INIT_MAX }

static const struct row rows[] = {
	[CLOUD_META_DATA] = FILE_ROW("meta-data", CLOUD_META_DATA),
	[CLOUD_USER_DATA] = FILE_ROW("user-data", CLOUD_USER_DATA),
	[CLOUD_NETWORK] = FILE_ROW("network-config", CLOUD_NETWORK),
	[CLOUD_VENDOR] = FILE_ROW("vendor-data", CLOUD_VENDOR),
};

/* cloud_init_name() - of a file, as it is in the folder and on the disk */
const char *cloud_init_name(enum cloud_init_file file)
{
	return rows[file].name;
}

static char *read_text(const char *path, struct complaint *complaint)
{
	size_t length;
	char *text = content_read(path, CLOUD_INIT_MAX, &length, complaint);

	if (!text || content_is_text(text, length))
		return text;
	complain(complaint, "%.400s: not a text (UTF-8, not compressed)", path);
	free(text);
	return NULL;
}

static bool folder_parse(const char *folder, void *object, struct complaint *complaint)
{
	struct cloud_init *c = object;
	char path[4096];
	unsigned int i;

	if (!*folder)
		return complain(complaint, "a folder is missing");
	for (i = 0; i < CLOUD_FILES; i++) {
		if (snprintf(path, sizeof(path), "%s/%s", folder, rows[i].name) >=
		    (int)sizeof(path))
			return complain(complaint, "%.40s...: too long", folder);
		if (i != CLOUD_USER_DATA && access(path, F_OK))
			continue;
		c->files[i] = read_text(path, complaint);
		if (!c->files[i])
			return false;
	}
	return true;
}

const struct object_type cloud_init_object = {
	.rows = rows, .nr = ARRAY_SIZE(rows), .parse = folder_parse,
};

/* ---- --user-data ---- */

static bool user_data_parse(const char *text, void *field, struct complaint *complaint)
{
	char **data = field;

	if (!*text)
		return complain(complaint, "a file is missing");
	*data = read_text(text, complaint);
	return *data;
}

/* Written as a part of cloud-init's */
static char *user_data_print(const void *field)
{
	(void)field;
	return NULL;
}

const struct value_type user_data_type = { user_data_parse, user_data_print };

/* ---- What follows ---- */

/* cloud-init does its work once for each instance: other user data is another one. */
static char *usual_meta_data(const struct config *config, const char *user_data)
{
	char *text;

	if (asprintf(&text, "instance-id: keel-%016llx\nlocal-hostname: %s\n",
		     fnv64(user_data, strlen(user_data)), config->name ?: "keel") < 0)
		die(STATUS_MEMORY, "out of memory");
	return text;
}

/**
 * cloud_init_resolve() - the disk for it, behind all others; dies if there is no room.
 * @config: its @disks get one, which is empty until seed_open()
 */
void cloud_init_resolve(struct config *config)
{
	static const char name[] = "cloud-init";
	struct cloud_init *c = &config->cloud_init;

	if (config->user_data)
		c->files[CLOUD_USER_DATA] = config->user_data;
	if (!c->files[CLOUD_USER_DATA]) {
		if (c->files[CLOUD_META_DATA] || c->files[CLOUD_NETWORK] || c->files[CLOUD_VENDOR])
			die(STATUS_USAGE, "--cloud-init: user-data is missing");
		return;
	}
	if (!c->files[CLOUD_META_DATA])
		c->files[CLOUD_META_DATA] = usual_meta_data(config, c->files[CLOUD_USER_DATA]);
	if (config->nr_disks == VIRTIO_DISKS)
		die(STATUS_USAGE, "--cloud-init: its disk is one too many: %u at most",
		    VIRTIO_DISKS);
	config->disks[config->nr_disks++] = (struct disk_config){
		.file = { text_copy(name, strlen(name)), -1 }, .id = text_copy(name, strlen(name)),
		.queues = 1, .read_only = true, .seed = true,
	};
}
