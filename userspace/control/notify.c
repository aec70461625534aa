// SPDX-License-Identifier: GPL-2.0
/*
 * Tells a service manager (systemd's Type=notify) that the VM runs and answers on its control
 * socket. The protocol is one datagram (sd_notify(3)): libsystemd, with what it links itself, would
 * be the largest library in every VM.
 *
 * The VM runs when the launcher is in its sandbox, in which it can open no socket: this one is
 * open before.
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

static int manager = -1;	/* a socket; -1: none waits */

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

static bool connect_to(const char *name)
{
	struct sockaddr_un address;
	socklen_t length;

	errno = EINVAL;
	if (!parse_address(name, &address, &length))
		return false;
	manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return manager >= 0 && !connect(manager, (struct sockaddr *)&address, length);
}

static void end(void)
{
	if (manager >= 0)
		close(manager);
	manager = -1;
}

/* notify_open() - find the service manager that waits, if one does */
void notify_open(void)
{
	const char *name = getenv("NOTIFY_SOCKET");

	if (name && !connect_to(name)) {
		warn_line("NOTIFY_SOCKET=%s: %s", name, strerror(errno));
		end();
	}
	unsetenv("NOTIFY_SOCKET");
}

/* notify_ready() - the VM runs */
void notify_ready(void)
{
	if (manager >= 0 && send(manager, READY, strlen(READY), MSG_NOSIGNAL) < 0)
		warn_line("the service manager is not told: %s", strerror(errno));
	end();
}
