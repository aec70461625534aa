/* SPDX-License-Identifier: GPL-2.0 */
/* What a serial port or a virtio console's port is connected to on the host. */
#ifndef KEEL_CONFIG_HOSTFILE_H
#define KEEL_CONFIG_HOSTFILE_H

#include "config/table.h"

enum hostfile_kind {
	HOSTFILE_UNSET,
	HOSTFILE_STDIO,
	HOSTFILE_NONE,
	HOSTFILE_PTY,
	HOSTFILE_FILE,
	HOSTFILE_FD,
	HOSTFILE_SOCKET,
};

/**
 * struct hostfile - the host's side of a port.
 * @kind: what it is
 * @fd:   of HOSTFILE_FD
 * @path: of HOSTFILE_FILE and HOSTFILE_SOCKET
 */
struct hostfile {
	enum hostfile_kind kind;
	int fd;
	const char *path;
};

extern const struct value_type hostfile_type;

#endif /* KEEL_CONFIG_HOSTFILE_H */
