// SPDX-License-Identifier: GPL-2.0
/*
 * The control socket: a stream socket of its owner's (mode 0600). A client sends
 * lines, each a request; each is answered, in turn, with a line and perhaps a body:
 *
 *	ok N		N bytes follow
 *	error TEXT	nothing was done
 *
 * One thread serves all clients and does what they ask for. None can hold it up but
 * by asking: what a client does not read waits until it does, and meanwhile nothing
 * more is read from it; a line that is too long ends the connection. When there are
 * as many clients as there can be, the next one waits until one of them leaves, or
 * takes the place of one that has done nothing for a while.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
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
#include "config/table.h"
#include "control/control.h"
#include "control/inspect.h"
#include "control/stats.h"
#include "life/lifecycle.h"
#include "status.h"
#include "stream/listen.h"
#include "uapi/keel.h"
#include "vm/memory.h"
#include "vm/outcome.h"
#include "vm/thread.h"
#include "vm/vm.h"

#define CLIENTS		8
#define LINE_SIZE	4608	/* a path and a word */
#define IDLE_MS		1000	/* after that, its place can be taken */
#define LOOK_MS		100	/* for such a place, if a client may be waiting */

/**
 * struct client - a connection.
 * @fd:    -1: none
 * @line:  what has been read and not been answered
 * @used:  bytes in it
 * @reply: what is to be sent, or NULL
 * @size:  bytes in it
 * @sent:  of these
 * @since: when something was read from it or written to it, ms
 * @last:  the reply ends the connection
 */
struct client {
	int fd;
	char line[LINE_SIZE];
	size_t used;
	char *reply;
	size_t size;
	size_t sent;
	long long since;
	bool last;
};

/**
 * struct control - the thread behind the control socket.
 */
struct control {
	struct vm *vm;
	pthread_t thread;
	int listener;
	int stop;
};

static long long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* ---- Requests: they give the body of "ok", to be freed, or an error ---- */

static const char *do_pause(struct vm *vm, const char *argument, char **body)
{
	(void)argument;
	(void)body;
	return lifecycle_pause(vm);
}

static const char *do_resume(struct vm *vm, const char *argument, char **body)
{
	(void)argument;
	(void)body;
	return lifecycle_resume(vm);
}

static const char *do_reset(struct vm *vm, const char *argument, char **body)
{
	(void)argument;
	(void)body;
	return lifecycle_reset(vm);
}

static const char *do_save(struct vm *vm, const char *argument, char **body)
{
	(void)body;
	if (argument[0] != '/')
		return "save wants an absolute path";
	return lifecycle_save(vm, argument);
}

static const char *do_dump(struct vm *vm, const char *argument, char **body)
{
	(void)body;
	if (argument[0] != '/')
		return "dump wants an absolute path";
	return lifecycle_dump(vm, argument);
}

static const char *do_stats(struct vm *vm, const char *argument, char **body)
{
	if (*argument && strcmp(argument, "--json"))
		return "stats knows only --json";
	*body = stats_text(vm, *argument ? STATS_JSON : STATS_TABLE);
	return *body ? NULL : "the counters cannot be read";
}

static const char *do_inspect(struct vm *vm, const char *argument, char **body)
{
	enum stats_kind kind = STATS_TABLE;
	const char *rest = argument;

	if (!strncmp(rest, "--json", 6) && (!rest[6] || rest[6] == ' ')) {
		kind = STATS_JSON;
		rest += rest[6] ? 7 : 6;
	}
	return inspect_text(vm, kind, *rest ? rest : NULL, body);
}

static const char *do_status(struct vm *vm, const char *argument, char **body)
{
	static const char format[] =
		"{\"state\": \"%s\", \"cpus\": %u, \"memory\": %llu, \"pid\": %d%s%s}\n";

	(void)argument;
	if (asprintf(body, format,
		     lifecycle_is_paused(vm) ? "paused" : "running", vm->config->cpus,
		     vm->memory.size, getpid(),
		     lifecycle_is_without_space(vm) ? ", \"full\": true" : ", \"full\": false",
		     lifecycle_has_panicked(vm) ? ", \"panic\": true" : ", \"panic\": false") < 0) {
		*body = NULL;
		return "out of memory";
	}
	return NULL;
}

static const char *do_quit(struct vm *vm, const char *argument, char **body)
{
	(void)argument;
	(void)body;
	vm_end(vm, STATUS_QUIT, "%s", "");
	return NULL;
}

static const char *press(struct vm *vm, __u32 button, __u64 value)
{
	struct keel_input input = {
		.size = sizeof(input), .class = KEEL_CLASS_PM, .input = button, .value = value,
	};

	return ioctl(vm->keel, KEEL_INPUT, &input) ? "the VM has no ACPI hardware" : NULL;
}

static const char *do_power_button(struct vm *vm, const char *argument, char **body)
{
	(void)argument;
	(void)body;
	return press(vm, KEEL_INPUT_POWER_BUTTON, 0);
}

static const char *do_sleep_button(struct vm *vm, const char *argument, char **body)
{
	(void)argument;
	(void)body;
	return press(vm, KEEL_INPUT_SLEEP_BUTTON, 0);
}

static const char *do_gpe(struct vm *vm, const char *argument, char **body)
{
	unsigned long gpe;
	char *end;

	(void)body;
	gpe = strtoul(argument, &end, 10);
	if (*argument < '0' || *argument > '9' || *end || gpe >= KEEL_PM_NR_GPES)
		return "gpe wants a number from 0 to 15";
	return press(vm, KEEL_INPUT_GPE, gpe);
}

static const struct {
	const char *name;
	bool argument;
	const char *(*function)(struct vm *vm, const char *argument, char **body);
} requests[] = {
	{ "pause",	  false, do_pause },
	{ "resume",	  false, do_resume },
	{ "reset",	  false, do_reset },
	{ "save",	  true,  do_save },
	{ "dump",	  true,  do_dump },
	{ "stats",	  true,  do_stats },
	{ "inspect",	  true,  do_inspect },
	{ "status",	  false, do_status },
	{ "quit",	  false, do_quit },
	{ "power-button", false, do_power_button },
	{ "sleep-button", false, do_sleep_button },
	{ "gpe",	  true,  do_gpe },
};

static const char *dispatch(struct vm *vm, char *line, char **body)
{
	char *argument = line + strcspn(line, " ");
	size_t i;

	if (*argument)
		*argument++ = 0;
	for (i = 0; i < ARRAY_SIZE(requests); i++) {
		if (strcmp(line, requests[i].name))
			continue;
		if (*argument && !requests[i].argument)
			return "this request takes no argument";
		return requests[i].function(vm, argument, body);
	}
	return "no such request";
}

/* ---- Clients ---- */

static void client_close(struct client *client)
{
	close(client->fd);
	free(client->reply);
	memset(client, 0, sizeof(*client));
	client->fd = -1;
}

/* Takes @body. */
static void reply(struct client *client, const char *error, char *body)
{
	int n;

	if (error)
		n = asprintf(&client->reply, "error %s\n", error);
	else
		n = asprintf(&client->reply, "ok %zu\n%s", body ? strlen(body) : 0,
			     body ? body : "");
	free(body);
	client->size = n < 0 ? 0 : n;
	client->sent = 0;
	if (n < 0) {
		client->reply = NULL;
		client_close(client);
	}
}

static void client_write(struct client *client)
{
	ssize_t n = send(client->fd, client->reply + client->sent, client->size - client->sent,
			 MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0) {
		client_close(client);
		return;
	}
	client->since = now_ms();
	client->sent += n;
	if (client->sent < client->size)
		return;
	free(client->reply);
	client->reply = NULL;
	if (client->last)
		client_close(client);
}

/* A request is text: what comes behind a zero byte would not be looked at. */
static void answer(struct vm *vm, struct client *client, char *line, size_t length)
{
	const char *error;
	char *body = NULL;

	if (memchr(line, 0, length))
		error = "a request is a line of text";
	else
		error = dispatch(vm, line, &body);
	reply(client, error, body);
}

/* The next whole line, if there is one. */
static bool client_line(struct client *client, char *line, size_t *length)
{
	char *end = memchr(client->line, '\n', client->used);

	if (!end)
		return false;
	*length = end - client->line;
	memcpy(line, client->line, *length);
	line[*length] = 0;
	client->used -= *length + 1;
	memmove(client->line, end + 1, client->used);
	return true;
}

/* All whole lines, as long as the answers get through: mostly they do at once. */
static void client_serve(struct vm *vm, struct client *client)
{
	char line[LINE_SIZE];
	size_t length;

	while (client->fd >= 0 && !client->reply) {
		if (client_line(client, line, &length)) {
			answer(vm, client, line, length);
		} else if (client->used == LINE_SIZE) {
			client->last = true;
			reply(client, "this line is too long", NULL);
		} else {
			return;
		}
		if (client->fd >= 0)
			client_write(client);
	}
}

static void client_read(struct client *client)
{
	ssize_t n = recv(client->fd, client->line + client->used, LINE_SIZE - client->used,
			 MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		client_close(client);
		return;
	}
	client->since = now_ms();
	client->used += n;
}

static void client_ready(struct vm *vm, struct client *client, short events)
{
	if (client->fd < 0 || !events)
		return;
	if (client->reply)
		client_write(client);
	else
		client_read(client);
	client_serve(vm, client);
}

/* A free place, or that of the client that has been silent longest; NULL: none yet. */
static struct client *find_place(struct client *clients)
{
	struct client *oldest = clients;
	size_t i;

	for (i = 0; i < CLIENTS; i++) {
		if (clients[i].fd < 0)
			return &clients[i];
		if (clients[i].since < oldest->since)
			oldest = &clients[i];
	}
	return now_ms() - oldest->since >= IDLE_MS ? oldest : NULL;
}

/* It has a right to know, unless it would be amid another answer. */
static void client_dismiss(struct client *client)
{
	static const char text[] = "error another client needs the place\n";

	if (!client->reply)
		send(client->fd, text, sizeof(text) - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
	client_close(client);
}

static void client_accept(struct control *control, struct client *place)
{
	int fd = accept4(control->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return;
	if (place->fd >= 0)
		client_dismiss(place);
	place->fd = fd;
	place->since = now_ms();
}

static void *control_thread(void *arg)
{
	struct control *control = arg;
	struct client clients[CLIENTS] = { 0 };
	struct pollfd fds[CLIENTS + 2];
	struct client *place;
	size_t i;

	for (i = 0; i < CLIENTS; i++)
		clients[i].fd = -1;
	for (;;) {
		for (i = 0; i < CLIENTS; i++)
			fds[i] = (struct pollfd){
				clients[i].fd, clients[i].reply ? POLLOUT : POLLIN, 0,
			};
		place = find_place(clients);
		fds[CLIENTS] = (struct pollfd){ place ? control->listener : -1, POLLIN, 0 };
		fds[CLIENTS + 1] = (struct pollfd){ control->stop, POLLIN, 0 };
		if (poll(fds, CLIENTS + 2, place ? -1 : LOOK_MS) < 0)
			continue;
		if (fds[CLIENTS + 1].revents)
			break;
		for (i = 0; i < CLIENTS; i++)
			client_ready(control->vm, &clients[i], fds[i].revents);
		place = find_place(clients);	/* it may have spoken meanwhile */
		if (place && fds[CLIENTS].revents)
			client_accept(control, place);
	}
	for (i = 0; i < CLIENTS; i++)
		if (clients[i].fd >= 0)
			client_close(&clients[i]);
	return NULL;
}

/* ---- The socket ---- */

/**
 * control_open() - make the socket; dies if it cannot be made.
 * @vm: whose; requests are answered from control_start() on
 */
void control_open(struct vm *vm)
{
	struct control *control;

	if (!vm->config->control)
		return;
	control = calloc(1, sizeof(*control));
	if (!control)
		die(STATUS_MEMORY, "out of memory");
	control->vm = vm;
	control->stop = eventfd(0, EFD_CLOEXEC);
	if (control->stop < 0)
		die(STATUS_INTERNAL, "eventfd: %s", strerror(errno));
	control->listener = listen_at("control", vm->config->control, CLIENTS);
	vm->control = control;
}

void control_start(struct vm *vm)
{
	if (pthread_create(&vm->control->thread, NULL, control_thread, vm->control))
		die(STATUS_INTERNAL, "no thread for the control socket");
	pthread_setname_np(vm->control->thread, "keel-control");
}

/* control_stop() - after the vCPUs' threads: no request waits for them any more */
void control_stop(struct vm *vm)
{
	const __u64 one = 1;

	if (!vm->control)
		return;
	if (write(vm->control->stop, &one, sizeof(one)) < 0)
		abort();
	pthread_join(vm->control->thread, NULL);
	unlink(vm->config->control);
}
