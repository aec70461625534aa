// SPDX-License-Identifier: GPL-2.0
/* Where gdb connects to: "1234", "/run/vm.gdb,wait" */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base.h"
#include "config/gdb.h"
#include "config/table.h"
#include "config/words.h"
#include "status.h"

#define PORT_MAX	65535

static const struct row rows[] = {
	{ "at", VALUE_TEXT, ROW_FIELD(gdb_config, at) },
	{ "wait", VALUE_FLAG, ROW_FIELD(gdb_config, wait) },
};

/* Digits alone are a port. */
static bool check(void *object, struct complaint *complaint)
{
	struct gdb_config *gdb = object;
	__u64 port = 0;

	if (!gdb->at)
		return complain(complaint, "at: a port, or a path for a socket, is missing");
	if (gdb->at[strspn(gdb->at, "0123456789")])
		return true;
	if (!number_parse(gdb->at, 1, PORT_MAX, &port, complaint))
		return false;
	gdb->port = port;
	return true;
}

const struct object_type gdb_object = {
	.rows = rows, .nr = ARRAY_SIZE(rows), .plain = 1, .check = check,
};

/* gdb_default() - a socket in the current folder, if the user has named no other place */
void gdb_default(struct gdb_config *gdb)
{
	if (!gdb->at && asprintf(&gdb->at, "keel.%d.gdb", getpid()) < 0)
		die(STATUS_MEMORY, "out of memory");
}
