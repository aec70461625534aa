// SPDX-License-Identifier: GPL-2.0
/*
 * The ports of the virtio console. Keel moves the bytes itself, between the guest and files that
 * never make it wait. The launcher opens these files, passes on what is typed (see
 * stream/stdio.c) and the size of the window, and accepts clients of sockets.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base.h"
#include "config/config.h"
#include "config/hostfile.h"
#include "config/port.h"
#include "config/table.h"
#include "config/virtio.h"
#include "control/stats.h"
#include "status.h"
#include "stream/clients.h"
#include "stream/hostfile.h"
#include "stream/listen.h"
#include "stream/stdio.h"
#include "uapi/keel.h"
#include "vm/thread.h"
#include "vm/vm.h"

#define OPTION		"virtio-console"
#define LOOK_MS		100	/* whether the guest has read what a client left behind */
#define DRAIN_MS	1000	/* for the other side to take the last output */
#define STEP_MS		20

/**
 * struct client - a port on a socket.
 * @vm:       whose
 * @port:     its number
 * @path:     of the socket
 * @listener: where clients come to
 * @fd:       the connected client, or -1
 * @stop:     eventfd: the VM has ended
 * @thread:   waits for them
 */
struct client {
	const struct vm *vm;
	unsigned int port;
	const char *path;
	int listener;
	int fd;
	int stop;
	pthread_t thread;
};

static struct client clients[KEEL_VCON_PORTS];
static unsigned int nr_clients;

/* ---- What is behind them ---- */

static void window(int fd, struct keel_port *port)
{
	struct winsize size;

	if (ioctl(fd, TIOCGWINSZ, &size))
		return;
	port->cols = size.ws_col;
	port->rows = size.ws_row;
}

/* What is typed goes through us, for the keys that are ours; the rest is between Keel and them. */
static void open_stdio(struct keel_port *port)
{
	port->in = stdio_pipe(OPTION);
	port->out = hostfile_reopen(OPTION, STDOUT_FILENO, O_WRONLY);
	window(STDOUT_FILENO, port);
}

static void open_socket(struct vm *vm, unsigned int nr, const char *path)
{
	struct client *client = &clients[nr_clients++];

	*client = (struct client){ .vm = vm, .port = nr, .path = path, .fd = -1 };
	client->listener = listen_at(OPTION, path, 1);
}

static void open_port(struct vm *vm, unsigned int nr, const struct port *port,
		      struct keel_port *to)
{
	char name[32];
	int in, out;

	to->in = -1;
	to->out = -1;
	to->flags = port->policy == PORT_DROP ? KEEL_PORT_DROP : 0;
	if (port->name)
		memcpy(to->name, port->name, strlen(port->name));
	switch (port->to.kind) {
	case HOSTFILE_STDIO:
		open_stdio(to);
		return;
	case HOSTFILE_NONE:
		return;
	case HOSTFILE_SOCKET:
		open_socket(vm, nr, port->to.path);
		return;
	default:
		snprintf(name, sizeof(name), "virtio console port %u", nr);
		hostfile_open(&port->to, OPTION, name, vm->config->restore, &in, &out);
		to->out = hostfile_reopen(OPTION, out, in < 0 ? O_WRONLY : O_RDWR);
		if (in >= 0)
			to->in = to->out;
		if (port->to.kind != HOSTFILE_FD)
			close(out);
		window(to->out, to);
	}
}

/**
 * port_attach() - open what is behind the ports, and hand it to Keel.
 * @vm:       the VM
 * @device:   the console
 * @instance: its number
 */
void port_attach(struct vm *vm, const struct virtio *device, unsigned int instance)
{
	struct keel_port to[KEEL_VCON_PORTS] = { 0 };
	struct keel_attach_console request = {
		.size = sizeof(request), .class = device->class, .instance = instance,
		.server = instance, .serve = device->serve, .nr_ports = vm->config->nr_ports,
		.ports = (uintptr_t)to,
	};
	unsigned int i;

	for (i = 0; i < vm->config->nr_ports; i++)
		open_port(vm, i, &vm->config->ports[i], &to[i]);
	if (ioctl(vm->keel, KEEL_ATTACH_CONSOLE, &request))
		die(STATUS_WRONG_FD, "--" OPTION ": KEEL_ATTACH_CONSOLE: %s", strerror(errno));
}

/* Return: whether Keel did. */
static bool change(const struct vm *vm, unsigned int port, __u32 what,
		   const struct keel_port *to)
{
	const struct virtio *list = vm->config->virtio;
	unsigned int nr = vm->config->nr_virtio;
	struct keel_port_change request = {
		.size = sizeof(request),
		.port = port, .what = what, .to = *to,
	};

	while (nr--)
		if (list[nr].type == KEEL_VIRTIO_CONSOLE)
			break;
	request.class = list[nr].class;
	request.instance = nr;
	if (!ioctl(vm->keel, KEEL_SET_PORT, &request))
		return true;
	warn_line("--" OPTION ": port %u: %s", port, strerror(errno));
	return false;
}

/* port_resized() - the terminal's window may have another size */
void port_resized(const struct vm *vm)
{
	struct keel_port port = { 0 };
	int nr = port_stdio(vm->config);

	if (nr < 0)
		return;
	window(STDOUT_FILENO, &port);
	change(vm, nr, KEEL_PORT_SIZE, &port);
}

/* ---- Sockets: one client at a time ---- */

/* Keel uses the old descriptor until KEEL_SET_PORT names another; then the old one is closed. */
static void client_is(struct client *client, int fd)
{
	const struct keel_port port = { .in = fd, .out = fd };
	int close_it = client->fd;

	if (change(client->vm, client->port, KEEL_PORT_FILES, &port))
		client->fd = fd;
	else
		close_it = fd;
	if (close_it >= 0)
		close(close_it);
}

/*
 * Has the client gone for good? Then the port is free, once the guest has read all that it
 * left behind. Return: true: it has not yet.
 */
static bool client_lingers(struct client *client)
{
	struct pollfd fd = { client->fd, 0, 0 };
	int unread = 0;

	if (client->fd < 0 || poll(&fd, 1, 0) <= 0 || !(fd.revents & (POLLHUP | POLLERR)))
		return false;
	if (!ioctl(client->fd, FIONREAD, &unread) && unread)
		return true;
	client_is(client, -1);
	return client->fd >= 0;
}

static void *client_thread(void *arg)
{
	struct client *client = arg;
	bool lingers = false;
	int fd;

	for (;;) {
		struct pollfd fds[] = {
			{ client->stop, POLLIN, 0 },
			{ client->fd < 0 ? client->listener : -1, POLLIN, 0 },
			{ lingers ? -1 : client->fd, 0, 0 },
		};

		poll(fds, ARRAY_SIZE(fds), lingers ? LOOK_MS : -1);
		if (fds[0].revents)
			return NULL;
		if (fds[1].revents) {
			fd = accept4(client->listener, NULL, NULL, SOCK_CLOEXEC);
			if (fd >= 0)
				client_is(client, fd);
		}
		lingers = client_lingers(client);
	}
}

/* port_start() - clients of sockets may come */
void port_start(const struct vm *vm)
{
	char name[16];
	unsigned int i;

	if (vm->config->restore)
		port_resized(vm);
	for (i = 0; i < nr_clients; i++) {
		clients[i].stop = eventfd(0, EFD_CLOEXEC);
		if (clients[i].stop < 0)
			die(STATUS_INTERNAL, "eventfd: %s", strerror(errno));
		snprintf(name, sizeof(name), "keel-port%u", clients[i].port & 0xf);
		thread_run(&clients[i].thread, name, SANDBOX_STREAM, client_thread, &clients[i]);
	}
}

/* Is there output that its file does not take at once? */
static bool waiting(const struct vm *vm)
{
	struct counters c;
	bool waits = false;
	__u32 i;

	if (!counters_read(&c, vm, KEEL_STATS, 0))
		return false;
	for (i = 0; i < c.nr; i++)
		waits |= strstr(c.list[i].name, ".out_waits") && c.list[i].value;
	free(c.list);
	return waits;
}

/* port_stop() - the guest is over: what it has sent goes out, if it is wanted soon */
void port_stop(const struct vm *vm, bool hurry)
{
	const struct timespec step = { .tv_nsec = STEP_MS * 1000000 };
	const __u64 one = 1;
	unsigned int i;

	for (i = 0; vm->config->nr_ports && !hurry && i < DRAIN_MS / STEP_MS && waiting(vm); i++)
		nanosleep(&step, NULL);
	for (i = 0; i < nr_clients; i++) {
		if (write(clients[i].stop, &one, sizeof(one)) < 0)
			abort();
		pthread_join(clients[i].thread, NULL);
		unlink(clients[i].path);
	}
}
