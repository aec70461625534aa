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
 * "events" and "console" make the connection a stream (control/followers.c).
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
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base.h"
#include "config/config.h"
#include "config/table.h"
#include "control/battery.h"
#include "control/console.h"
#include "control/control.h"
#include "control/events.h"
#include "control/followers.h"
#include "control/inspect.h"
#include "control/latency.h"
#include "control/metrics.h"
#include "control/sendkey.h"
#include "control/runtime.h"
#include "control/stats.h"
#include "life/lifecycle.h"
#include "life/park.h"
#include "life/slots.h"
#include "life/snapshot.h"
#include "life/stop.h"
#include "screen/picture.h"
#include "status.h"
#include "stream/listen.h"
#include "uapi/keel.h"
#include "vm/input.h"
#include "vm/memory.h"
#include "vm/outcome.h"
#include "vm/thread.h"
#include "vm/vm.h"

#define CLIENTS		8	/* of the control socket */
#define HTTP_CLIENTS	2	/* of --metrics, beside them: none of them can ask for more */
#define ALL_CLIENTS	(CLIENTS + HTTP_CLIENTS)
#define LISTENERS	3
#define HTTP_LISTENER	2	/* the last one */
#define LINE_SIZE	4608	/* a path and a word */
#define IDLE_MS		1000	/* after that, its place can be taken */
#define DEFAULT_GRACE	30	/* seconds */
#define LOOK_MS		100	/* for such a place, if a client may be waiting */
#define LAST_LINE	23	/* of those to an interrupt controller */
#define CASCADE		2	/* the 8259s', which is none of them */

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
 * @since:     the VM is there since then, ms
 * @passed:    the descriptor that came with the request that is being answered, or -1
 */
struct control {
	struct vm *vm;
	pthread_t thread;
	int listeners[LISTENERS];
	int stop;
	long long since;
	int passed;
};

/* ---- Requests: they return NULL, or what is wrong, which is the client's mistake unless ---- */

/**
 * enum kind - of an answer.
 */
enum kind { MISTAKE, STATE, FAILURE };

static const char *const kind_words[] = {
	[MISTAKE] = "error", [STATE] = "refused", [FAILURE] = "failed",
};

/**
 * struct answer - to a request.
 * @kind: of what is wrong
 * @body: of "ok", to be freed; or NULL
 */
struct answer {
	enum kind kind;
	char *body;
};

static const char *do_pause(struct vm *vm, const char *argument, struct answer *answer)
{
	(void)argument;
	(void)answer;
	return lifecycle_pause(vm);
}

static const char *do_resume(struct vm *vm, const char *argument, struct answer *answer)
{
	(void)argument;
	(void)answer;
	return lifecycle_resume(vm);
}

static const char *do_reset(struct vm *vm, const char *argument, struct answer *answer)
{
	(void)argument;
	(void)answer;
	return lifecycle_reset(vm, "user");
}

/* A guest that is paused as well wakes when it is resumed. */
static const char *do_wake(struct vm *vm, const char *argument, struct answer *answer)
{
	(void)argument;
	answer->kind = STATE;
	if (!lifecycle_is_asleep(vm))
		return "the guest does not sleep";
	return press_button(vm, KEEL_INPUT_GPE, KEEL_PM_GPE_WAKE);
}

/* A descriptor's file is as good as a new one: what was there is gone. */
static const char *file_empty(int fd)
{
	struct stat status;

	if (fstat(fd, &status) || !S_ISREG(status.st_mode))
		return "a descriptor of a regular file is wanted";
	if ((fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDONLY || lseek(fd, 0, SEEK_SET) ||
	    ftruncate(fd, 0))
		return "a descriptor that can be written is wanted";
	return NULL;
}

static const char *save_to(struct vm *vm, int fd, struct answer *answer)
{
	const char *error = file_empty(fd);

	if (error)
		return error;
	answer->kind = FAILURE;
	return lifecycle_save_to(vm, fd);
}

/* Could there be a file? */
static bool is_place(const char *path)
{
	const char *slash = strrchr(path, '/');
	struct stat st;
	char *folder;
	bool can;

	if (!stat(path, &st) && S_ISDIR(st.st_mode))
		return false;
	folder = strndup(path, slash - path + 1);
	can = folder && !access(folder, W_OK | X_OK);
	free(folder);
	return can;
}

static const char *do_save(struct vm *vm, const char *argument, struct answer *answer)
{
	int fd = vm->control->passed;
	const char *error;

	if (!*argument && fd >= 0)
		return save_to(vm, fd, answer);
	if (argument[0] != '/')
		return "save wants an absolute path, or a descriptor";
	if (vm->config->sandbox != SANDBOX_OFF)
		return "the sandbox opens no file: send a descriptor, as keel save does";
	error = lifecycle_save(vm, argument);
	answer->kind = error && is_place(argument) ? FAILURE : MISTAKE;
	return error;
}

static const char *do_dump(struct vm *vm, const char *argument, struct answer *answer)
{
	int fd = vm->control->passed;
	const char *error;

	if (*argument || fd < 0)
		return "dump wants the descriptor of a file, as keel dump sends it";
	error = file_empty(fd);
	if (error)
		return error;
	answer->kind = FAILURE;
	error = lifecycle_dump(vm, fd);
	if (!error)
		event_emit(vm, "dumped", NULL);
	return error;
}

static const char *do_stats(struct vm *vm, const char *argument, struct answer *answer)
{
	if (*argument && strcmp(argument, "--json"))
		return "stats knows only --json";
	answer->body = stats_text(vm, *argument ? STATS_JSON : STATS_TABLE);
	answer->kind = FAILURE;
	return answer->body ? NULL : "the counters cannot be read";
}

static const char *do_latency(struct vm *vm, const char *argument, struct answer *answer)
{
	bool json = !strcmp(argument, "--json");

	if (*argument && !json)
		return latency_switch(vm, argument);
	answer->body = latency_text(vm, json ? STATS_JSON : STATS_TABLE);
	answer->kind = FAILURE;
	return answer->body ? NULL : "the latencies cannot be read";
}

static const char *do_metrics(struct vm *vm, const char *argument, struct answer *answer)
{
	(void)argument;
	answer->body = metrics_text(vm);
	answer->kind = FAILURE;
	return answer->body ? NULL : "the counters cannot be read";
}

static const char *do_inspect(struct vm *vm, const char *argument, struct answer *answer)
{
	enum stats_kind kind = STATS_TABLE;
	const char *rest = argument;

	if (!strncmp(rest, "--json", 6) && (!rest[6] || rest[6] == ' ')) {
		kind = STATS_JSON;
		rest += rest[6] ? 7 : 6;
	}
	return inspect_text(vm, kind, *rest ? rest : NULL, &answer->body);
}

static const char *do_screen(struct vm *vm, const char *argument, struct answer *answer)
{
	if (*argument && strcmp(argument, "--json"))
		return "screen knows only --json";
	answer->kind = STATE;
	return picture_text(vm, *argument, &answer->body);
}

static const char *state_of(struct vm *vm)
{
	if (lifecycle_is_paused(vm))
		return "paused";
	if (stop_is_asked())
		return "stopping";
	return lifecycle_is_asleep(vm) ? "asleep" : "running";
}

static const char *do_status(struct vm *vm, const char *argument, struct answer *answer)
{
	char generation[GUID_TEXT];
	json_t *all;
	char *text;

	(void)argument;
	guid_print(&vm->config->generation.id, generation);
	all = json_pack("{s:s, s:s?, s:i, s:I, s:i, s:I, s:b, s:b, s:b, s:s}",
			"state", state_of(vm), "name", vm->config->name,
			"cpus", vm->config->cpus, "memory", (json_int_t)vm->memory.size,
			"pid", getpid(), "seconds",
			(json_int_t)(now_ms() - vm->control->since) / 1000,
			"full", park_has_full_disk(vm),
			"panic", park_has_alarm(vm, ALARM_PANIC),
			"watchdog", park_has_alarm(vm, ALARM_WATCHDOG), "generation", generation);
	text = json_dumps(all, 0);
	json_decref(all);
	answer->kind = FAILURE;
	if (!text || asprintf(&answer->body, "%s\n", text) < 0)
		answer->body = NULL;
	free(text);
	return answer->body ? NULL : "out of memory";
}

static const char *do_stop(struct vm *vm, const char *argument, struct answer *answer)
{
	struct complaint complaint;
	__u64 seconds = DEFAULT_GRACE;

	if (*argument && !number_parse(argument, 0, GRACE_MAX, &seconds, &complaint))
		return "stop wants a number of seconds, from 0 to 86400";
	answer->kind = STATE;
	return stop_ask(vm, seconds);
}

static const char *do_quit(struct vm *vm, const char *argument, struct answer *answer)
{
	(void)argument;
	(void)answer;
	return stop_ask(vm, 0);
}

static const char *do_power_button(struct vm *vm, const char *argument, struct answer *answer)
{
	(void)argument;
	answer->kind = STATE;
	return press_button(vm, KEEL_INPUT_POWER_BUTTON, 0);
}

static const char *do_sleep_button(struct vm *vm, const char *argument, struct answer *answer)
{
	(void)argument;
	answer->kind = STATE;
	return press_button(vm, KEEL_INPUT_SLEEP_BUTTON, 0);
}

static const char *do_gpe(struct vm *vm, const char *argument, struct answer *answer)
{
	unsigned long gpe;
	char *end;

	gpe = strtoul(argument, &end, 10);
	if (*argument < '0' || *argument > '9' || *end || gpe >= KEEL_PM_NR_GPES)
		return "gpe wants a number from 0 to 15";
	answer->kind = STATE;
	return press_button(vm, KEEL_INPUT_GPE, gpe);
}

static const char *do_pulse(struct vm *vm, const char *argument, struct answer *answer)
{
	struct complaint complaint;
	__u64 line;

	if (!number_parse(argument, 0, LAST_LINE, &line, &complaint) || line == CASCADE)
		return "pulse wants a line: 0 to 23, but not 2";
	answer->kind = STATE;
	return vm_pulse(vm, line);
}

static const char *do_battery(struct vm *vm, const char *argument, struct answer *answer)
{
	const char *error;
	bool mistake;

	error = battery_change(vm, argument, &mistake);
	answer->kind = mistake ? MISTAKE : STATE;
	return error;
}

static const char *do_nmi(struct vm *vm, const char *argument, struct answer *answer)
{
	struct complaint complaint;
	__u64 cpu = 0;

	if (*argument && !number_parse(argument, 0, vm->config->cpus - 1, &cpu, &complaint))
		return "the VM has no such CPU";
	answer->kind = FAILURE;
	return lifecycle_nmi(vm, cpu);
}

static const char *do_sendkey(struct vm *vm, const char *argument, struct answer *answer)
{
	const char *error;
	bool mistake;

	error = keys_send(vm, argument, &mistake);
	answer->kind = mistake ? MISTAKE : STATE;
	return error;
}

static const char *do_attach(struct vm *vm, const char *argument, struct answer *answer)
{
	static const char DISK[] = "disk ";

	answer->kind = STATE;
	if (!strncmp(argument, DISK, strlen(DISK)))
		return slots_attach_disk(vm, argument + strlen(DISK), vm->control->passed,
					 &answer->body);
	return slots_attach(vm, argument);
}

static const char *do_detach(struct vm *vm, const char *argument, struct answer *answer)
{
	const char *space = strchrnul(argument, ' ');
	char name[16];

	if (*space && strcmp(space, " --force"))
		return "detach wants a device, and knows only --force";
	snprintf(name, sizeof(name), "%.*s", (int)(space - argument), argument);
	answer->kind = STATE;
	return slots_detach(vm, name, *space);
}

static const char *do_slots(struct vm *vm, const char *argument, struct answer *answer)
{
	(void)argument;
	answer->kind = FAILURE;
	answer->body = slots_text(vm);
	return answer->body ? NULL : "out of memory";
}

static const struct {
	const char *name;
	bool argument;
	const char *(*function)(struct vm *vm, const char *argument, struct answer *answer);
} requests[] = {
	{ "pause",	  false, do_pause },
	{ "resume",	  false, do_resume },
	{ "reset",	  false, do_reset },
	{ "wake",	  false, do_wake },
	{ "save",	  true,  do_save },
	{ "dump",	  true,  do_dump },
	{ "stats",	  true,  do_stats },
	{ "latency",	  true,  do_latency },
	{ "metrics",	  false, do_metrics },
	{ "inspect",	  true,  do_inspect },
	{ "screen",	  true,  do_screen },
	{ "status",	  false, do_status },
	{ "stop",	  true,  do_stop },
	{ "quit",	  false, do_quit },
	{ "power-button", false, do_power_button },
	{ "sleep-button", false, do_sleep_button },
	{ "gpe",	  true,  do_gpe },
	{ "pulse",	  true,  do_pulse },
	{ "battery",	  true,  do_battery },
	{ "nmi",	  true,  do_nmi },
	{ "sendkey",	  true,  do_sendkey },
	{ "attach",	  true,  do_attach },
	{ "detach",	  true,  do_detach },
	{ "slots",	  false, do_slots },
};

/* Names a request that was perhaps meant. A terminal may show the word: only if it is plain. */
static const char *no_such_request(const char *word)
{
	static struct complaint complaint;	/* of the only thread that asks */
	const char *names[ARRAY_SIZE(requests) + 1] = { "events" };
	const struct words words = { names, ARRAY_SIZE(names) };
	const char *near;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(requests); i++)
		names[i + 1] = requests[i].name;
	near = words_nearest(word, &words);
	if (!near)
		return "no such request";
	complain(&complaint, "no such request; did you mean \"%s\"?", near);
	return complaint.text;
}

static const char *dispatch(struct vm *vm, char *line, struct answer *answer)
{
	char *argument = line + strcspn(line, " ");
	const char *error;
	size_t i;

	if (*argument)
		*argument++ = 0;
	for (i = 0; i < ARRAY_SIZE(requests); i++) {
		if (strcmp(line, requests[i].name))
			continue;
		if (*argument && !requests[i].argument)
			return "this request takes no argument";
		error = requests[i].function(vm, argument, answer);
		if (lifecycle_is_state(error))
			answer->kind = STATE;
		return error;
	}
	return no_such_request(line);
}

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
	struct answer answer = { 0 };
	const char *error;

	if (console || (length == strlen("events") && !strcmp(line, "events"))) {
		become_follower(vm, client, console);
		return;
	}
	vm->control->passed = client->passed;
	if (memchr(line, 0, length))
		error = "a request is a line of text";
	else
		error = dispatch(vm, line, &answer);
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
	control->since = now_ms();
	control->stop = eventfd(0, EFD_CLOEXEC);
	if (control->stop < 0)
		die(STATUS_INTERNAL, "eventfd: %s", strerror(errno));
	listen_all(control, vm->config);
	pagemap_open();
	vm->control = control;
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
