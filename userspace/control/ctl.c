// SPDX-License-Identifier: GPL-2.0
/* keel ctl, keel stats, keel inspect: one request to a running VM's control socket. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "config/table.h"
#include "control/ctl.h"
#include "status.h"

void ctl_help(FILE *to)
{
	fprintf(to, "Usage: keel ctl PATH REQUEST\n");
	fprintf(to, "       keel stats PATH [--json]\n");
	fprintf(to, "       keel inspect PATH [--json] [DEVICE]\n\n");
	fprintf(to, "PATH is what keel run --control was given. Requests:\n\n");
	fprintf(to, "  pause                      stop the guest; for it, no time passes\n");
	fprintf(to, "  resume                     let it go on\n");
	fprintf(to, "  reset                      press the reset button\n");
	fprintf(to, "  save FILE                  write all of the VM into a file, for\n");
	fprintf(to, "                             keel run --restore\n");
	fprintf(to, "  stats [--json]             print the counters\n");
	fprintf(to, "  inspect [--json] [DEVICE]  print the state of all devices and lines, or\n");
	fprintf(to, "                             of one: pit0, line4; no register notices\n");
	fprintf(to, "  status                     print what it is doing, as JSON\n");
	fprintf(to, "  power-button               press it\n");
	fprintf(to, "  sleep-button               press it\n");
	fprintf(to, "  gpe N                      raise a general-purpose event, 0 to 15\n");
	fprintf(to, "  quit                       end the VM\n");
}

static int connect_to(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (strlen(path) >= sizeof(address.sun_path))
		die(STATUS_USAGE, "%s: too long for the name of a socket", path);
	strcpy(address.sun_path, path);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)))
		die(errno == EACCES ? STATUS_PERMISSION : STATUS_USAGE,
		    "%s: %s; is a VM with --control running there?", path, strerror(errno));
	return fd;
}

static int print_reply(FILE *stream, const char *path)
{
	char line[1024], data[4096];
	unsigned long left;
	size_t n;

	if (!fgets(line, sizeof(line), stream))
		die(STATUS_INTERNAL, "%s: the VM gave no answer", path);
	line[strcspn(line, "\n")] = 0;
	if (!strncmp(line, "error ", 6))
		die(STATUS_INTERNAL, "%s", line + 6);
	if (sscanf(line, "ok %lu", &left) != 1)
		die(STATUS_INTERNAL, "%s: answers \"%s\"", path, line);
	for (; left; left -= n) {
		n = fread(data, 1, left < sizeof(data) ? left : sizeof(data), stream);
		if (!n)
			die(STATUS_INTERNAL, "%s: the answer is cut off", path);
		fwrite(data, 1, n, stdout);
	}
	return 0;
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

static int request(const char *path, const char *name, const char *argument, int passed)
{
	int fd = connect_to(path);
	FILE *stream = fdopen(fd, "r");
	char *line;
	int status;

	if (strchr(name, '\n') || (argument && strchr(argument, '\n')))
		die(STATUS_USAGE, "a request must not have a line break");
	if (!stream || asprintf(&line, argument ? "%s %s\n" : "%s\n", name, argument) < 0)
		die(STATUS_MEMORY, "out of memory");
	send_all(fd, line, passed);
	free(line);
	status = print_reply(stream, path);
	fclose(stream);
	return status;
}

static char *unfinished;	/* a file that a failed save leaves behind */

static void remove_unfinished(void)
{
	if (unfinished)
		unlink(unfinished);
}

/* The VM may have no rights to open files; it writes into one of ours, which then gets its name. */
static int save(const char *path, const char *file)
{
	int fd, status;

	if (asprintf(&unfinished, "%s.XXXXXX", file) < 0)
		die(STATUS_MEMORY, "out of memory");
	fd = mkostemp(unfinished, O_CLOEXEC);
	if (fd < 0) {
		free(unfinished);
		unfinished = NULL;
		die(errno == EACCES ? STATUS_PERMISSION : STATUS_USAGE, "%s: %s", file,
		    strerror(errno));
	}
	atexit(remove_unfinished);
	status = request(path, "save", NULL, fd);
	if (rename(unfinished, file))
		die(STATUS_USAGE, "%s: %s", file, strerror(errno));
	free(unfinished);
	unfinished = NULL;
	return status;
}

static int inspect(const char *path, int argc, char **argv)
{
	char *argument = NULL;

	if (argc == 2 && asprintf(&argument, "%s %s", argv[0], argv[1]) < 0)
		die(STATUS_MEMORY, "out of memory");
	return request(path, "inspect", argument ? argument : argv[0], -1);
}

int command_ctl(int argc, char **argv)
{
	if (argc > 2 && argc <= 5 && !strcmp(argv[2], "inspect"))
		return inspect(argv[1], argc - 3, argv + 3);
	if (argc == 4 && !strcmp(argv[2], "save"))
		return save(argv[1], argv[3]);
	if (argc < 3 || argc > 4 || !strcmp(argv[2], "save")) {
		ctl_help(stderr);
		return STATUS_USAGE;
	}
	return request(argv[1], argv[2], argc == 4 ? argv[3] : NULL, -1);
}

int command_inspect(int argc, char **argv)
{
	if (argc < 2 || argc > 4) {
		ctl_help(stderr);
		return STATUS_USAGE;
	}
	return inspect(argv[1], argc - 2, argv + 2);
}

int command_stats(int argc, char **argv)
{
	if (argc < 2 || argc > 3) {
		ctl_help(stderr);
		return STATUS_USAGE;
	}
	return request(argv[1], "stats", argc == 3 ? argv[2] : NULL, -1);
}
