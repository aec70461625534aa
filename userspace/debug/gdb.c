// SPDX-License-Identifier: GPL-2.0
/*
 * A server for gdb (--gdb): a thread with one client at a time. As long as there is a client the
 * VM is its to stop; when it leaves, or is gone, breakpoints vanish and the VM goes on. A client
 * that does not read holds up nothing but itself.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base.h"
#include "config/config.h"
#include "config/table.h"
#include "debug/commands.h"
#include "debug/gdb.h"
#include "debug/packet.h"
#include "debug/target.h"
#include "status.h"
#include "stream/listen.h"
#include "vm/thread.h"
#include "vm/vm.h"

/**
 * struct gdb - the server.
 * @vm:       whose
 * @thread:   its thread
 * @listener: where clients come
 * @end:      eventfd: the VM is over
 * @over:     it has been seen
 * @client:   the connection, or -1
 * @session:  the client's
 * @input:    what has come from it
 * @in:       the packet that is looked at
 * @out:      the answer
 * @frame:    what was sent last
 * @framed:   bytes of that
 */
struct gdb {
	struct vm *vm;
	pthread_t thread;
	int listener;
	int end;
	bool over;
	int client;
	struct session session;
	struct packet_input input;
	struct packet in;
	struct packet out;
	char frame[PACKET_FRAME_MAX];
	size_t framed;
};

/* ---- The client ---- */

/* Waits for the client to read, or for the VM's end; false: it is gone. */
static bool wait_to_send(struct gdb *gdb)
{
	struct pollfd fds[] = { { gdb->client, POLLOUT, 0 }, { gdb->end, POLLIN, 0 } };

	while (poll(fds, ARRAY_SIZE(fds), -1) < 0)
		;
	return !fds[1].revents && !(fds[0].revents & (POLLERR | POLLHUP));
}

static bool send_all(struct gdb *gdb, const char *data, size_t size)
{
	ssize_t n;

	while (size) {
		n = send(gdb->client, data, size, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0 && errno == EAGAIN) {
			if (!wait_to_send(gdb))
				return false;
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		data += n;
		size -= n;
	}
	return true;
}

static bool answer(struct gdb *gdb)
{
	gdb->framed = packet_frame(&gdb->out, gdb->frame);
	return send_all(gdb, gdb->frame, gdb->framed);
}

static bool report_stop(struct gdb *gdb, bool by_user)
{
	packet_clear(&gdb->out);
	command_stopped(&gdb->session, by_user, &gdb->out);
	return answer(gdb);
}

/* A vCPU has stopped by itself, or the user wants it. */
static bool stop(struct gdb *gdb, bool by_user)
{
	if (!gdb->session.target->running)
		return true;
	if (target_stop(gdb->session.target))
		return true;	/* the VM is over, which gdb->end will tell */
	return report_stop(gdb, by_user);
}

static bool carry_out(struct gdb *gdb)
{
	bool no_ack = gdb->session.no_ack;

	if (!no_ack && !send_all(gdb, "+", 1))
		return false;
	command(&gdb->session, &gdb->in, &gdb->out);
	return gdb->session.silent || answer(gdb);
}

/* Return: whether there is more to look at, and the client stays. */
static bool look_at_next(struct gdb *gdb, bool *stays)
{
	switch (packet_next(&gdb->input, &gdb->in)) {
	case PACKET_DATA:
		*stays = carry_out(gdb);
		return *stays && !gdb->session.over;
	case PACKET_BREAK:
		*stays = stop(gdb, true);
		return *stays;
	case PACKET_DAMAGED:
		*stays = send_all(gdb, "-", 1);
		return *stays;
	case PACKET_REPEAT:
		*stays = send_all(gdb, gdb->frame, gdb->framed);
		return *stays;
	case PACKET_TOO_LONG:
		*stays = false;
		return false;
	default:
		return false;
	}
}

/* While the VM runs only Ctrl-C is looked at: what else comes waits until it has stopped. */
static bool look_at_all(struct gdb *gdb)
{
	bool stays = true;

	while (!gdb->session.target->running || gdb->input.bytes[0] != '$' || !gdb->input.used)
		if (!look_at_next(gdb, &stays))
			break;
	return stays && !gdb->session.over;
}

static bool client_read(struct gdb *gdb)
{
	size_t room = sizeof(gdb->input.bytes) - gdb->input.used;
	ssize_t n = recv(gdb->client, gdb->input.bytes + gdb->input.used, room, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (n <= 0)
		return false;
	gdb->input.used += n;
	return look_at_all(gdb);
}

static void client_leave(struct gdb *gdb)
{
	close(gdb->client);
	gdb->client = -1;
	gdb->input.used = 0;	/* its last bytes may have filled it */
	target_leave(gdb->session.target);
}

static void client_accept(struct gdb *gdb)
{
	const int one = 1;

	gdb->client = accept4(gdb->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (gdb->client < 0)
		return;
	/* Packets are small, and each is answered: a socket that is not TCP's refuses it */
	setsockopt(gdb->client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	gdb->session = (struct session){ .target = gdb->vm->target };
	gdb->framed = 0;
	target_stop(gdb->vm->target);
}

/* ---- The thread ---- */

static bool client_turn(struct gdb *gdb, const struct pollfd *fds)
{
	if (fds[1].revents && !stop(gdb, false))
		return false;
	return !fds[0].revents || client_read(gdb);
}

static void turn(struct gdb *gdb)
{
	bool connected = gdb->client >= 0;
	struct target *target = gdb->vm->target;
	bool room = gdb->input.used < sizeof(gdb->input.bytes);
	struct pollfd fds[] = {
		{ connected ? gdb->client : gdb->listener, room ? POLLIN : 0, 0 },
		{ target->running ? target->event : -1, POLLIN, 0 },
		{ gdb->end, POLLIN, 0 },
	};

	if (poll(fds, ARRAY_SIZE(fds), -1) < 0)
		return;
	gdb->over = fds[2].revents;
	if (gdb->over)
		return;
	if (!connected && fds[1].revents)
		target_woken(target);
	else if (!connected && fds[0].revents)
		client_accept(gdb);
	else if (connected && !client_turn(gdb, fds))
		client_leave(gdb);
}

static void *gdb_thread(void *arg)
{
	struct gdb *gdb = arg;

	while (!gdb->over)
		turn(gdb);
	if (gdb->client < 0)
		return NULL;
	packet_clear(&gdb->out);
	packet_text(&gdb->out, "W%02x", gdb->vm->status & 0xff);
	answer(gdb);
	close(gdb->client);
	return NULL;
}

/* ---- Its life ---- */

/* gdb_open() - make what clients connect to, if the user wants it; dies if it cannot be made */
void gdb_open(struct vm *vm)
{
	const struct gdb_config *config = &vm->config->gdb;
	struct gdb *gdb;

	if (!config->at)
		return;
	gdb = calloc(1, sizeof(*gdb));
	if (!gdb)
		die(STATUS_MEMORY, "out of memory");
	gdb->vm = vm;
	gdb->client = -1;
	gdb->end = eventfd(0, EFD_CLOEXEC);
	if (gdb->end < 0)
		die(STATUS_INTERNAL, "eventfd: %s", strerror(errno));
	gdb->listener = config->port ? listen_on_loopback("gdb", config->port, 1) :
		listen_at("gdb", config->at, 1);
	vm->target = target_create(vm, config->wait);
	vm->gdb = gdb;
}

void gdb_start(struct vm *vm)
{
	if (vm->gdb)
		thread_run(&vm->gdb->thread, "keel-gdb", SANDBOX_CONTROL, gdb_thread, vm->gdb);
}

/* gdb_end() - the VM is over: a client is told */
void gdb_end(struct vm *vm)
{
	const __u64 one = 1;

	if (!vm->gdb)
		return;
	if (write(vm->gdb->end, &one, sizeof(one)) < 0)
		abort();
	pthread_join(vm->gdb->thread, NULL);
	if (!vm->config->gdb.port)
		unlink(vm->config->gdb.at);
}
