// SPDX-License-Identifier: GPL-2.0
/*
 * Tells a service manager (systemd's Type=notify) that the VM is there and answers on its control
 * socket. The protocol is one datagram (sd_notify(3)): libsystemd, with what it links itself, would
 * be the largest library in every VM.
 */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base.h"
#include "control/notify.h"
#include "status.h"

#define READY	"READY=1"

/* The path of a socket, or "@" and an abstract name; false if there is no such socket */
static bool parse_address(const char *name, struct sockaddr_un *address, socklen_t *length)
{
	size_t size = strlen(name);

	if ((*name != '/' && *name != '@') || size >= sizeof(address->sun_path))
		return false;
	address->sun_family = AF_UNIX;
	memcpy(address->sun_path, name, size + 1);
	if (*name == '@')
		address->sun_path[0] = 0;
	*length = offsetof(struct sockaddr_un, sun_path) + size + (*name == '/');
	return true;
}

static bool send_ready(const char *name)
{
	struct sockaddr_un address;
	socklen_t length;
	bool fine;
	int fd;

	errno = EINVAL;
	if (!parse_address(name, &address, &length))
		return false;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	fine = sendto(fd, READY, strlen(READY), MSG_NOSIGNAL, (struct sockaddr *)&address,
		      length) >= 0;
	close(fd);
	return fine;
}

/* notify_ready() - the VM is about to run */
void notify_ready(void)
{
	const char *name = getenv("NOTIFY_SOCKET");

	if (name && !send_ready(name))
		warn_line("NOTIFY_SOCKET=%s: %s", name, strerror(errno));
	unsetenv("NOTIFY_SOCKET");
}
