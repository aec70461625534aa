// SPDX-License-Identifier: GPL-2.0
/*
 * keel attach, keel detach: devices that come and go while the guest runs. The VM has no rights to
 * open files: a disk's file is opened, locked and looked at here, as keel run does it at the start,
 * and the VM gets the descriptor; the lock goes with it.
 */
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base.h"
#include "config/disk.h"
#include "config/table.h"
#include "config/virtio.h"
#include "operate/arguments.h"
#include "operate/client.h"
#include "operate/operate.h"
#include "status.h"
#include "uapi/keel.h"
#include "vm/disk.h"

const char attach_details[] =
	"disk FILE[,PROPERTY...] puts a disk into an empty slot (keel run --disk plug=out), with\n"
	"the properties ro, direct, id, lock, format, on-full and block_size of --disk, and prints\n"
	"its name. A network device that has been out (--net ...,plug=out) is plugged in by its\n"
	"name, as net0. The guest is told by ACPI; see keel slots.\n";

const char detach_details[] =
	"Asks the guest to let go of a device, as disk0 or net0, and waits until it has. A disk's\n"
	"file is closed then. --force takes the device away at once: a guest that waits for its\n"
	"answer may do so for ever. --timeout says how many seconds to wait (30).\n";

#define TIMEOUT		30	/* seconds */
#define TIMEOUT_MAX	86400
#define STEP_MS		100

/* ---- Coming ---- */

static const struct row disk_row = {
	"disk", VALUE_OBJECT, .size = sizeof(struct disk_config), .object = &disk_object,
};

/* What a slot has is its own. */
static void read_disk(struct disk_config *disk, const char *text)
{
	struct complaint complaint;

	if (!row_set(&disk_row, disk, text, &complaint))
		die(STATUS_USAGE, "disk: %s", complaint.text);
	if (!disk->file.text || disk->file.fd >= 0)
		die(STATUS_USAGE, "disk: path: a file is missing");
	if (disk->queues != 1 || disk->ring || disk->transport || disk->serve || disk->notify ||
	    disk->legacy || disk->plug)
		die(STATUS_USAGE, "disk: what else is the slot's: see keel help attach");
}

/* The words for slots_attach_disk() */
static char *disk_wish(const struct disk_config *disk, const struct keel_attach_blk *request)
{
	char *path = realpath(disk->file.text, NULL), *wish;
	json_t *root;

	root = json_pack("{s:s, s:b, s:s, s:I, s:I, s:i, s:i, s:I, s:I, s:I, s:i}",
			 "path", path ?: disk->file.text, "ro", disk->read_only,
			 "serial", disk->id ?: "", "capacity", (json_int_t)request->capacity,
			 "block_size", (json_int_t)request->block_size,
			 "physical", request->physical_block_exp,
			 "alignment", request->alignment_offset,
			 "min_io", (json_int_t)request->min_io_size,
			 "opt_io", (json_int_t)request->opt_io_size,
			 "discard", (json_int_t)request->discard_alignment,
			 "flags", (int)request->flags);
	wish = root ? json_dumps(root, JSON_COMPACT) : NULL;
	if (!wish)
		die(STATUS_USAGE, "%s: a path that is text is wanted", disk->file.text);
	json_decref(root);
	free(path);
	return wish;
}

static int attach_disk(const char *vm, const char *text)
{
	struct keel_attach_blk request = { 0 };
	struct disk_config disk;
	struct client client;
	char *argument;

	read_disk(&disk, text);
	disk_prepare(&disk, &request);
	if (asprintf(&argument, "disk %s", disk_wish(&disk, &request)) < 0)
		die(STATUS_MEMORY, "out of memory");
	client_open(&client, vm);
	client_ask_with(&client, "attach", argument, request.fd);
	fputs(client_answer(&client), stdout);
	client_close(&client);
	return 0;
}

int command_attach(int argc, char **argv)
{
	arguments_parse(argc, argv, NULL, 0, 2, 3);
	if (argc == 4) {
		if (strcmp(argv[2], "disk"))
			die(STATUS_USAGE, "keel attach: VM disk FILE, or VM DEVICE");
		return attach_disk(argv[1], argv[3]);
	}
	return ask_and_print(argv[1], "attach", argv[2]);
}

/* ---- Leaving ---- */

/* Is it there, or is its file still in use? */
static bool is_there(const char *vm, const char *device)
{
	struct client client;
	char *text, *line, *rest;
	bool there = false;

	client_open(&client, vm);
	client_ask(&client, "slots", NULL);
	text = client_answer(&client);
	client_close(&client);
	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		size_t length = strcspn(line, " ");
		const char *state = line + length;

		if (length != strlen(device) || strncmp(line, device, length))
			continue;
		there = strcmp(state, " empty") && strcmp(state, " out");
	}
	free(text);
	return there;
}

int command_detach(int argc, char **argv)
{
	const struct timespec step = { .tv_nsec = STEP_MS * 1000000L };
	const char *timeout = NULL;
	bool force = false;
	const struct argument options[] = {
		{ "timeout", NULL, &timeout }, { "force", &force, NULL },
	};
	unsigned int steps;
	char *argument;

	arguments_parse(argc, argv, options, ARRAY_SIZE(options), 2, 2);
	steps = timeout ? argument_number("timeout", timeout, TIMEOUT_MAX) : TIMEOUT;
	steps *= 1000 / STEP_MS;
	if (asprintf(&argument, "%s%s", argv[2], force ? " --force" : "") < 0)
		die(STATUS_MEMORY, "out of memory");
	ask_and_print(argv[1], "detach", argument);
	free(argument);
	while (is_there(argv[1], argv[2])) {
		if (!steps--)
			die(STATUS_STATE, "%s: the guest has not let go of %s; see --force",
			    argv[1], argv[2]);
		nanosleep(&step, NULL);
	}
	return 0;
}
