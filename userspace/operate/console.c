// SPDX-License-Identifier: GPL-2.0
/* keel console: a terminal on the console of a running VM. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base.h"
#include "config/table.h"
#include "operate/arguments.h"
#include "operate/client.h"
#include "operate/operate.h"
#include "status.h"
#include "stream/terminal.h"

#define PIECE	4096

const char console_details[] =
	"Shows the newest 64 KiB of what the guest has printed on its serial console, and all that\n"
	"follows; what is typed goes to the guest. Several can be attached. Keys:\n\n"
	"  Ctrl-A d       detach; the VM goes on\n"
	"  Ctrl-A h       this list\n"
	"  Ctrl-A Ctrl-A  Ctrl-A to the guest\n";

/* The action is reset already. */
static void on_end(int signal)
{
	terminal_restore();
	raise(signal);
}

static void restore_at_signals(void)
{
	static const int ends[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	struct sigaction action = { .sa_handler = on_end, .sa_flags = SA_RESETHAND | SA_NODEFER };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ends); i++)
		sigaction(ends[i], &action, NULL);
}

static bool write_all(int fd, const char *data, size_t length)
{
	ssize_t n;

	while (length) {
		n = write(fd, data, length);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		data += n;
		length -= n;
	}
	return true;
}

/* Returns false to detach. */
static bool typed(struct client *client, struct keys *keys, const char *data, size_t length)
{
	char kept[PIECE];
	size_t seen, nr;

	while (length) {
		enum key_action action;

		seen = length;
		action = keys_filter(keys, data, &seen, kept, &nr);
		if (send(client->fd, kept, nr, MSG_NOSIGNAL) < 0)
			return true;	/* its end is to be seen at the other side of the loop */
		if (action == KEYS_DETACH)
			return false;
		if (action == KEYS_HELP)
			terminal_write(console_details, strlen(console_details));
		data += seen;
		length -= seen;
	}
	return true;
}

/* Input that is no terminal's goes as it is, up to its end. */
static bool from_user(struct client *client, struct keys *keys, int *in)
{
	char data[PIECE];
	ssize_t n = read(*in, data, sizeof(data));

	if (n < 0 && errno == EINTR)
		return true;
	if (n <= 0) {
		shutdown(client->fd, SHUT_WR);
		*in = -1;
		return true;
	}
	if (terminal_is_raw())
		return typed(client, keys, data, n);
	send(client->fd, data, n, MSG_NOSIGNAL);
	return true;
}

/* Returns whether the user has detached; if not, the VM has ended. */
static bool attached(struct client *client)
{
	struct keys keys = { 0 };
	char data[PIECE];
	int in = terminal_take() ? STDIN_FILENO : -1;
	size_t n;

	for (;;) {
		struct pollfd fds[] = { { client->fd, POLLIN, 0 }, { in, POLLIN, 0 } };

		if (poll(fds, ARRAY_SIZE(fds), -1) < 0)
			continue;
		if (fds[0].revents) {
			n = read(client->fd, data, sizeof(data));
			if ((ssize_t)n <= 0)
				return false;
			if (!write_all(STDOUT_FILENO, data, n))
				return true;
		}
		if (fds[1].revents && !from_user(client, &keys, &in))
			return true;
	}
}

int command_console(int argc, char **argv)
{
	struct client client;
	bool detached;

	arguments_parse(argc, argv, NULL, 0, 1, 1);
	client_open(&client, argv[1]);
	setvbuf(client.stream, NULL, _IONBF, 0);	/* what follows is read otherwise */
	client_ask(&client, "console", NULL);
	free(client_answer(&client));
	if (isatty(STDIN_FILENO))
		warn_line("attached to %s; Ctrl-A d detaches", argv[1]);
	restore_at_signals();
	detached = attached(&client);
	terminal_restore();
	if (isatty(STDIN_FILENO))
		warn_line(detached ? "detached from %s" : "%s has ended", argv[1]);
	return 0;
}
