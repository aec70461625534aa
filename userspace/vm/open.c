// SPDX-License-Identifier: GPL-2.0
/* Devices that the user names by a path, or by a descriptor that is open already. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "status.h"
#include "stream/hostfile.h"
#include "vm/open.h"

/**
 * open_device() - open a device, or take a descriptor that is open already.
 * @what: option, for messages
 * @spec: a path, or "fd=N"
 *
 * Return: a descriptor, or -1 with errno.
 */
int open_device(const char *what, const char *spec)
{
	char *end;
	long fd;

	if (strncmp(spec, "fd=", 3))
		return open(spec, O_RDWR | O_CLOEXEC);
	fd = strtol(spec + 3, &end, 10);
	if (end == spec + 3 || *end || fd < 0 || fd > 0xffffff)
		die(STATUS_USAGE, "--%s: bad descriptor \"%s\"", what, spec);
	if (fcntl(fd, F_GETFD) < 0)
		die(STATUS_WRONG_FD, "--%s: descriptor %ld is not open", what, fd);
	return fd;
}
