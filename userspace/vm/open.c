// SPDX-License-Identifier: GPL-2.0
/* Devices that the user names by a path, or by a descriptor that is open already. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "config/source.h"
#include "status.h"
#include "vm/open.h"

/**
 * open_device() - open a device, or take a descriptor that is open already.
 * @option: for messages
 * @source: which
 *
 * Return: a descriptor, or -1 with errno.
 */
int open_device(const char *option, const struct source *source)
{
	if (source->fd < 0)
		return open(source->text, O_RDWR | O_CLOEXEC);
	return open_descriptor(option, source->fd);
}

/* open_descriptor() - check that it is open; dies if it is not */
int open_descriptor(const char *option, int fd)
{
	if (fcntl(fd, F_GETFD) < 0)
		die(STATUS_WRONG_FD, "--%s: descriptor %d is not open", option, fd);
	return fd;
}
