// SPDX-License-Identifier: GPL-2.0
/* keel ctl, keel stats, keel inspect: one request to a running VM's control socket. */
#include <errno.h>
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
	fprintf(to, "  dump FILE                  write memory and registers into a new file,\n");
	fprintf(to, "                             for gdb and crash\n");
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

/* A client that is refused before it has asked still reads the reason. */
static void send_all(int fd, const char *text)
{
	size_t left = strlen(text);

	while (left) {
		ssize_t n = send(fd, text, left, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return;
		text += n;
		left -= n;
	}
}

static int request(const char *path, const char *name, const char *argument)
{
	int fd = connect_to(path);
	FILE *stream = fdopen(fd, "r");
	char *line;
	int status;

	if (strchr(name, '\n') || (argument && strchr(argument, '\n')))
		die(STATUS_USAGE, "a request must not have a line break");
	if (!stream || asprintf(&line, argument ? "%s %s\n" : "%s\n", name, argument) < 0)
		die(STATUS_MEMORY, "out of memory");
	send_all(fd, line);
	free(line);
	status = print_reply(stream, path);
	fclose(stream);
	return status;
}

/* The VM may have another working directory. */
static char *absolute(const char *path)
{
	char *folder, *all = NULL;

	if (path[0] == '/')
		return strdup(path);
	folder = getcwd(NULL, 0);
	if (!folder || asprintf(&all, "%s/%s", folder, path) < 0)
		die(STATUS_INTERNAL, "the current folder has no name");
	free(folder);
	return all;
}

static int inspect(const char *path, int argc, char **argv)
{
	char *argument = NULL;

	if (argc == 2 && asprintf(&argument, "%s %s", argv[0], argv[1]) < 0)
		die(STATUS_MEMORY, "out of memory");
	return request(path, "inspect", argument ? argument : argv[0]);
}

int command_ctl(int argc, char **argv)
{
	bool file = argc > 2 && (!strcmp(argv[2], "save") || !strcmp(argv[2], "dump"));

	if (argc > 2 && argc <= 5 && !strcmp(argv[2], "inspect"))
		return inspect(argv[1], argc - 3, argv + 3);
	if (argc < 3 || argc > 4 || (file && argc != 4)) {
		ctl_help(stderr);
		return STATUS_USAGE;
	}
	return request(argv[1], argv[2], file ? absolute(argv[3]) : argc == 4 ? argv[3] : NULL);
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
	return request(argv[1], "stats", argc == 3 ? argv[2] : NULL);
}
