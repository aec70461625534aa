// SPDX-License-Identifier: GPL-2.0
/* Stream sockets: of their owner's (mode 0600) at a path, or at a port of loopback's. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "config/table.h"
#include "status.h"
#include "stream/listen.h"

/* A launcher that was killed leaves its socket behind; one that lives answers. */
static void remove_stale(const char *option, const char *path, const struct sockaddr_un *address)
{
	struct stat st;
	int fd;

	if (lstat(path, &st))
		return;
	if (!S_ISSOCK(st.st_mode))
		die(STATUS_USAGE, "--%s: %s: exists and is not a socket", option, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0 && connect(fd, (const struct sockaddr *)address, sizeof(*address)) &&
	    errno == ECONNREFUSED)
		unlink(path);
	else
		die(STATUS_USAGE, "--%s: %s: in use by another VM", option, path);
	close(fd);
}

/**
 * listen_at() - make a stream socket of its owner's; dies if it cannot be made.
 * @option:  for messages
 * @path:    where
 * @backlog: clients that may wait
 *
 * Return: a descriptor, which does not wait.
 */
int listen_at(const char *option, const char *path, int backlog)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	mode_t mask;

	if (strlen(path) >= sizeof(address.sun_path))
		die(STATUS_USAGE, "--%s: %s: too long for the name of a socket", option, path);
	strcpy(address.sun_path, path);
	remove_stale(option, path, &address);
	mask = umask(0177);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) ||
	    listen(fd, backlog))
		die(errno == EACCES ? STATUS_PERMISSION : STATUS_USAGE, "--%s: %s: %s", option,
		    path, strerror(errno));
	umask(mask);
	return fd;
}

/**
 * listen_on_loopback() - listen at a port of the loopback interface; dies if it cannot be had.
 * @option:  for messages
 * @port:    which
 * @backlog: clients that may wait
 *
 * Return: a descriptor, which does not wait.
 */
int listen_on_loopback(const char *option, unsigned int port, int backlog)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	const int one = 1;

	if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) || listen(fd, backlog))
		die(errno == EACCES ? STATUS_PERMISSION : STATUS_USAGE, "--%s: port %u: %s", option,
		    port, strerror(errno));
	return fd;
}
