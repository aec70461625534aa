// SPDX-License-Identifier: GPL-2.0
/*
 * What all commands for a running VM have in common: they find its control socket, by its name or
 * by a path, ask, and end with a status that tells a wrong request, a state of the VM that does not
 * allow it, and other failures apart.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base.h"
#include "config/name.h"
#include "config/table.h"
#include "control/runtime.h"
#include "operate/client.h"
#include "status.h"

#define MOST	(64 << 20)	/* bytes of an answer: what listens there may be hostile */

static bool is_socket(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISSOCK(st.st_mode);
}

/*
 * A VM's control socket, to be freed; dies if there cannot be one. vm: its name, or a path: that
 * has a slash, or is that of a socket in this folder. of_unit: the same if it is that of a unit of
 * systemd's.
 */
static char *socket_of(const char *vm, char **of_unit)
{
	struct complaint complaint;
	char *path;

	if (strchr(vm, '/'))
		return text_copy(vm, strlen(vm));
	if (!name_check(vm, &complaint))
		die(STATUS_USAGE, "%s", complaint.text);
	if (is_socket(vm) && (!has_runtime_folder() || access(runtime_folder(), F_OK)))
		return text_copy(vm, strlen(vm));
	path = runtime_path(vm);
	if (is_socket(path))
		return path;
	*of_unit = runtime_unit_path(vm);
	if (!*of_unit && !is_socket(vm))
		return path;
	free(path);
	return *of_unit ? *of_unit : text_copy(vm, strlen(vm));
}

/**
 * plain_line() - make a line of a VM's fit for a terminal.
 * @line: changed; control characters become question marks
 *
 * Its launcher may be another user's, or the guest's by now.
 */
void plain_line(char *line)
{
	for (; *line; line++)
		if (iscntrl((unsigned char)*line))
			*line = '?';
}

static void __noreturn not_there(const char *vm, const char *path, int error)
{
	if (error == EACCES)
		die(STATUS_PERMISSION, "%s: %s", path, strerror(error));
	if (strchr(vm, '/'))
		die(STATUS_USAGE, "%s: %s; is a VM with --control running there?", path,
		    strerror(error));
	if (error == ENOENT || error == ECONNREFUSED)
		die(STATUS_USAGE, "no VM \"%s\" runs; keel ps lists those that do", vm);
	die(STATUS_USAGE, "%s: %s", path, strerror(error));
}

static pid_t process_behind(int fd)
{
	struct ucred cred = { 0 };
	socklen_t size = sizeof(cred);

	getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &size);
	return cred.pid;
}

/**
 * client_open() - connect to a VM; dies if it is not there.
 * @client: result
 * @vm:     its name or path
 */
void client_open(struct client *client, const char *vm)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char *of_unit = NULL, *path = socket_of(vm, &of_unit);

	*client = (struct client){ .vm = vm };
	client->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (strlen(path) >= sizeof(address.sun_path))
		die(STATUS_USAGE, "%s: too long for the name of a socket", path);
	strcpy(address.sun_path, path);
	if (client->fd < 0 ||
	    connect(client->fd, (struct sockaddr *)&address, sizeof(address)))
		not_there(vm, path, errno);
	if (of_unit && !runtime_is_the_units(client->fd, of_unit))
		die(STATUS_PERMISSION, "%s: another user's process listens there", path);
	client->pid = process_behind(client->fd);
	client->stream = fdopen(client->fd, "r");
	if (!client->stream)
		die(STATUS_MEMORY, "out of memory");
	free(path);
}

/* The first byte takes the descriptor along. */
static ssize_t send_with(int fd, const char *text, size_t size, int passed)
{
	struct iovec data = { (char *)text, size };
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} rights = { 0 };
	struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1 };

	if (passed >= 0) {
		message.msg_control = &rights;
		message.msg_controllen = sizeof(rights);
		rights.header.cmsg_level = SOL_SOCKET;
		rights.header.cmsg_type = SCM_RIGHTS;
		rights.header.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&rights.header), &passed, sizeof(int));
	}
	return sendmsg(fd, &message, MSG_NOSIGNAL);
}

/* A client that is refused before it has asked still reads the reason. */
static void send_all(int fd, const char *text, int passed)
{
	size_t left = strlen(text);

	while (left) {
		ssize_t n = send_with(fd, text, left, passed);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return;
		text += n;
		left -= n;
		passed = -1;
	}
}

static const struct {
	const char *word;
	enum status status;
} refusals[] = {
	{ "error ",   STATUS_USAGE },
	{ "refused ", STATUS_STATE },
	{ "failed ",  STATUS_INTERNAL },
};

/* Dies unless it is "ok N": N. */
static size_t size_of_answer(struct client *client)
{
	char line[1024];
	size_t size, i;

	if (!fgets(line, sizeof(line), client->stream))
		die(STATUS_STATE, "%s: the VM has ended", client->vm);
	line[strcspn(line, "\n")] = 0;
	plain_line(line);
	for (i = 0; i < ARRAY_SIZE(refusals); i++)
		if (!strncmp(line, refusals[i].word, strlen(refusals[i].word)))
			die(refusals[i].status, "%s: %s", client->vm,
			    line + strlen(refusals[i].word));
	if (sscanf(line, "ok %zu", &size) != 1 || size > MOST)
		die(STATUS_INTERNAL, "%s: answers \"%s\"", client->vm, line);
	return size;
}

/**
 * client_ask_with() - send a request and a descriptor.
 * @client:   a connection
 * @request:  its name
 * @argument: or NULL
 * @passed:   the descriptor; -1: none
 */
void client_ask_with(struct client *client, const char *request, const char *argument, int passed)
{
	char *line;

	if (strchr(request, '\n') || (argument && strchr(argument, '\n')))
		die(STATUS_USAGE, "a request must not have a line break");
	if (asprintf(&line, argument ? "%s %s\n" : "%s\n", request, argument) < 0)
		die(STATUS_MEMORY, "out of memory");
	send_all(client->fd, line, passed);
	free(line);
}

/* client_ask() - send a request; its argument may be NULL */
void client_ask(struct client *client, const char *request, const char *argument)
{
	client_ask_with(client, request, argument, -1);
}

/* client_answer() - to the request, to be freed; dies if there is none */
char *client_answer(struct client *client)
{
	size_t size = size_of_answer(client);
	char *text = malloc(size + 1);

	if (!text)
		die(STATUS_MEMORY, "out of memory");
	if (fread(text, 1, size, client->stream) != size)
		die(STATUS_INTERNAL, "%s: the answer is cut off", client->vm);
	text[size] = 0;
	return text;
}

void client_close(struct client *client)
{
	fclose(client->stream);
}

static int print_answer(struct client *client)
{
	char *text = client_answer(client);

	fputs(text, stdout);
	free(text);
	client_close(client);
	return 0;
}

/* ask_and_print() - a request, and its answer on standard output; returns an exit status */
int ask_and_print(const char *vm, const char *request, const char *argument)
{
	struct client client;

	client_open(&client, vm);
	client_ask(&client, request, argument);
	return print_answer(&client);
}

/* ask_and_print_with() - the same of a request that takes a descriptor along */
int ask_and_print_with(const char *vm, const char *request, int passed)
{
	struct client client;

	client_open(&client, vm);
	client_ask_with(&client, request, NULL, passed);
	return print_answer(&client);
}

/* follow_and_print() - the VM's events on standard output, until it ends */
int follow_and_print(const char *vm)
{
	struct client client;
	char line[8192];

	client_open(&client, vm);
	client_ask(&client, "events", NULL);
	free(client_answer(&client));
	while (fgets(line, sizeof(line), client.stream)) {
		fputs(line, stdout);
		fflush(stdout);
	}
	client_close(&client);
	return 0;
}
