/* SPDX-License-Identifier: GPL-2.0 */
/* Where gdb connects to: "1234", "/run/vm.gdb,wait" */
#ifndef KEEL_CONFIG_GDB_H
#define KEEL_CONFIG_GDB_H

#include <stdbool.h>

struct object_type;

/**
 * struct gdb_config - the server for gdb.
 * @at:   a port of the loopback interface, or a path; NULL: there is none
 * @port: that port, or 0
 * @wait: the guest does not start before gdb lets it
 */
struct gdb_config {
	char *at;
	unsigned int port;
	bool wait;
};

extern const struct object_type gdb_object;

void gdb_default(struct gdb_config *gdb);

#endif /* KEEL_CONFIG_GDB_H */
