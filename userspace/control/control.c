// SPDX-License-Identifier: GPL-2.0
/*
 * The control socket: a stream socket of its owner's (mode 0600). A client sends
 * lines, each a request; each is answered, in turn, with a line and perhaps a body:
 *
 *	ok N		N bytes follow
 *	error TEXT	the request is wrong: nothing was done
 *	refused TEXT	what the VM is doing does not allow it: nothing was done
 *	failed TEXT	it could not be done
 *
 * The requests are in control/requests.c; "events" and "console" make the connection a stream
 * (control/followers.c).
 *
 * A client can send a descriptor with a line (SCM_RIGHTS): the empty file for "save". So the client
 * opens it, with its own rights, and the launcher need not be able to open anything.
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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base.h"
#include "config/config.h"
#include "control/console.h"
#include "control/control.h"
#include "control/events.h"
#include "control/followers.h"
#include "control/metrics.h"
#include "control/requests.h"
#include "control/runtime.h"
#include "status.h"
#include "stream/listen.h"
#include "vm/memory.h"
#include "vm/thread.h"
#include "vm/vm.h"

#define CLIENTS		8	/* of the control socket */
#define HTTP_CLIENTS	2	/* of --metrics, beside them: none of them can ask for more */
#define ALL_CLIENTS	(CLIENTS + HTTP_CLIENTS)
#define LISTENERS	3
#define HTTP_LISTENER	2	/* the last one */
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
 * @passed: the descriptor that came last, or -1
 * @http:   what it asks for over HTTP: it is a client of --metrics
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
	int passed;
	struct http http;
};

/**
 * struct control - the thread behind the control socket.
 * @vm:        answers are about it
 * @thread:    answers
 * @listeners: where clients come to: by the VM's name, by --control, by --metrics; -1: it has none
 * @stop:      eventfd: the VM has ended
 */
struct control {
	struct vm *vm;
	pthread_t thread;
	int listeners[LISTENERS];
	int stop;
};

static const char *const kind_words[] = {
	[MISTAKE] = "error", [STATE] = "refused", [FAILURE] = "failed",
};

/* ---- Clients ---- */

static void client_clear(struct client *client)
{
	memset(client, 0, sizeof(*client));
	client->fd = -1;
	client->passed = -1;
}

static void client_pass(struct client *client, int fd)
{
	if (client->passed >= 0)
		close(client->passed);
	client->passed = fd;
}

static void client_forget(struct client *client)
{
	client_pass(client, -1);
	free(client->reply);
	client_clear(client);
}

static void client_close(struct client *client)
{
	close(client->fd);
	client_forget(client);
}

/* Takes the answer's body. */
static void reply(struct client *client, const char *error, const struct answer *answer)
{
	const char *body = answer->body ? answer->body : "";
	int n;

	if (error)
		n = asprintf(&client->reply, "%s %s\n", kind_words[answer->kind], error);
	else
		n = asprintf(&client->reply, "ok %zu\n%s", strlen(body), body);
	free(answer->body);
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

/* From here on the connection is no client's, but a follower's: it has no more requests. */
static void become_follower(struct vm *vm, struct client *client, bool console)
{
	const char *error;

	if (console)	/* with what has been typed already */
		error = console_attach(vm, client->fd, client->line, client->used);
	else
		error = events_follow(vm, client->fd);
	if (error)
		reply(client, error, &(struct answer){ .kind = STATE });
	else
		client_forget(client);
}

/* A line of a client of --metrics, whose last line ends its connection with the answer. */
static void answer_http(struct vm *vm, struct client *client, char *line)
{
	client->reply = http_line(&client->http, line, vm);
	if (!client->reply)
		return;
	client->size = strlen(client->reply);
	client->sent = 0;
	client->last = true;
}

/* A request is text: what comes behind a zero byte would not be looked at. */
static void answer(struct vm *vm, struct client *client, char *line, size_t length)
{
	bool console = length == strlen("console") && !strcmp(line, "console");
	struct answer answer = { .passed = client->passed };
	const char *error;

	if (console || (length == strlen("events") && !strcmp(line, "events"))) {
		become_follower(vm, client, console);
		return;
	}
	if (memchr(line, 0, length))
		error = "a request is a line of text";
	else
		error = request_do(vm, line, &answer);
	client_pass(client, -1);
	reply(client, error, &answer);
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
static void client_serve(struct vm *vm, struct client *client, bool http)
{
	char line[LINE_SIZE];
	size_t length;

	while (client->fd >= 0 && !client->reply) {
		if (client_line(client, line, &length)) {
			if (http)
				answer_http(vm, client, line);
			else
				answer(vm, client, line, length);
		} else if (client->used == LINE_SIZE) {
			client->last = true;
			reply(client, "this line is too long", &(struct answer){ 0 });
		} else {
			return;
		}
		if (client->fd >= 0 && client->reply)
			client_write(client);
	}
}

/* More of the line, and perhaps a descriptor with it; with several, the kernel drops the others. */
static ssize_t client_receive(struct client *client)
{
	struct iovec room = { client->line + client->used, LINE_SIZE - client->used };
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} rights;
	struct msghdr message = {
		.msg_iov = &room, .msg_iovlen = 1,
		.msg_control = &rights, .msg_controllen = sizeof(rights),
	};
	ssize_t n = recvmsg(client->fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	struct cmsghdr *header = n > 0 ? CMSG_FIRSTHDR(&message) : NULL;
	int fds[2];
	size_t size;

	if (!header || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
		return n;
	size = header->cmsg_len - CMSG_LEN(0);	/* padding has room for a second one */
	memcpy(fds, CMSG_DATA(header), size);
	client_pass(client, fds[0]);
	if (size > sizeof(int))
		close(fds[1]);
	return n;
}

static void client_read(struct client *client)
{
	ssize_t n = client_receive(client);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		client_close(client);
		return;
	}
	client->since = now_ms();
	client->used += n;
}

static void client_ready(struct vm *vm, struct client *client, bool http, short events)
{
	if (client->fd < 0 || !events)
		return;
	if (client->reply)
		client_write(client);
	else
		client_read(client);
	client_serve(vm, client, http);
}

/* A free place, or that of the client that has been silent longest; NULL: none yet. */
static struct client *find_place(struct client *clients, size_t nr)
{
	struct client *oldest = clients;
	size_t i;

	for (i = 0; i < nr; i++) {
		if (clients[i].fd < 0)
			return &clients[i];
		if (clients[i].since < oldest->since)
			oldest = &clients[i];
	}
	return now_ms() - oldest->since >= IDLE_MS ? oldest : NULL;
}

/* Of the clients of a listener */
static struct client *find_place_at(struct client *clients, size_t listener)
{
	if (listener == HTTP_LISTENER)
		return find_place(clients + CLIENTS, HTTP_CLIENTS);
	return find_place(clients, CLIENTS);
}

/* It has a right to know, unless it would be amid another answer. */
static void client_dismiss(struct client *client, bool http)
{
	static const char text[] = "refused another client needs the place\n";

	if (!client->reply && !http)
		send(client->fd, text, sizeof(text) - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
	client_close(client);
}

static void client_accept(int listener, struct client *place, bool http)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return;
	if (place->fd >= 0)
		client_dismiss(place, http);
	place->fd = fd;
	place->since = now_ms();
}

enum { POLL_STOP, POLL_LISTENERS, POLL_CLIENTS = POLL_LISTENERS + LISTENERS,
	POLL_NR = POLL_CLIENTS + ALL_CLIENTS };

/*
 * The thread waits for its end, for clients, and for a new one, if it has a place for it. Return:
 * false: a listener's clients have no place.
 */
static bool fill(const struct control *control, struct client *clients, struct pollfd *fds)
{
	bool place, places = true;
	size_t i;

	fds[POLL_STOP] = (struct pollfd){ control->stop, POLLIN, 0 };
	for (i = 0; i < LISTENERS; i++) {
		place = find_place_at(clients, i);
		places &= place || control->listeners[i] < 0;
		fds[POLL_LISTENERS + i] = (struct pollfd){
			place ? control->listeners[i] : -1, POLLIN, 0,
		};
	}
	for (i = 0; i < ALL_CLIENTS; i++)
		fds[POLL_CLIENTS + i] = (struct pollfd){
			clients[i].fd, clients[i].reply ? POLLOUT : POLLIN, 0,
		};
	return places;
}

static void serve(const struct control *control, struct client *clients,
		  const struct pollfd *fds)
{
	struct client *place;
	size_t i;

	for (i = 0; i < ALL_CLIENTS; i++)
		client_ready(control->vm, &clients[i], i >= CLIENTS,
			     fds[POLL_CLIENTS + i].revents);
	for (i = 0; i < LISTENERS; i++) {
		place = find_place_at(clients, i);	/* each may have spoken meanwhile */
		if (place && fds[POLL_LISTENERS + i].revents)
			client_accept(control->listeners[i], place, i == HTTP_LISTENER);
	}
}

static void *control_thread(void *arg)
{
	const struct control *control = arg;
	struct client clients[ALL_CLIENTS];
	struct pollfd fds[POLL_NR];
	size_t i;

	for (i = 0; i < ALL_CLIENTS; i++)
		client_clear(&clients[i]);
	for (;;) {
		bool places = fill(control, clients, fds);

		if (poll(fds, POLL_NR, places ? -1 : LOOK_MS) < 0)
			continue;
		if (fds[POLL_STOP].revents)
			break;
		serve(control, clients, fds);
	}
	for (i = 0; i < ALL_CLIENTS; i++)
		if (clients[i].fd >= 0)
			client_close(&clients[i]);
	return NULL;
}

/* ---- The sockets ---- */

static int listen_metrics(const struct metrics_config *metrics)
{
	if (!metrics->at)
		return -1;
	return metrics->port ? listen_on_loopback("metrics", metrics->port, HTTP_CLIENTS) :
			       listen_at("metrics", metrics->at, HTTP_CLIENTS);
}

static void listen_all(struct control *control, const struct config *config)
{
	control->listeners[0] = config->name ? runtime_listen(config->name, CLIENTS) : -1;
	control->listeners[1] = config->control ? listen_at("control", config->control, CLIENTS) :
						  -1;
	control->listeners[HTTP_LISTENER] = listen_metrics(&config->metrics);
}

/**
 * control_open() - make the sockets; dies if one cannot be made.
 * @vm: whose; requests are answered from control_start() on
 */
void control_open(struct vm *vm)
{
	struct control *control;

	if (!config_handle(vm->config) && !vm->config->metrics.at)
		return;
	control = calloc(1, sizeof(*control));
	if (!control)
		die(STATUS_MEMORY, "out of memory");
	control->vm = vm;
	control->stop = eventfd(0, EFD_CLOEXEC);
	if (control->stop < 0)
		die(STATUS_INTERNAL, "eventfd: %s", strerror(errno));
	listen_all(control, vm->config);
	pagemap_open();
	vm->control = control;
	vm->since = now_ms();
	vm->followers = followers_new();
}

void control_start(struct vm *vm)
{
	thread_run(&vm->control->thread, "keel-control", SANDBOX_CONTROL, control_thread,
		   vm->control);
	followers_start(vm->followers);
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
	if (vm->config->control)
		unlink(vm->config->control);
	if (vm->config->metrics.at && !vm->config->metrics.port)
		unlink(vm->config->metrics.at);
	runtime_unlink();
}
