// SPDX-License-Identifier: GPL-2.0
/* keel ps: the user's named VMs, and root's units. */
#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base.h"
#include "config/table.h"
#include "control/runtime.h"
#include "operate/arguments.h"
#include "operate/client.h"
#include "operate/operate.h"
#include "status.h"

#define PATIENCE_S	2	/* with a VM that does not answer: it may be stopped */

const char ps_details[] =
	"Lists the VMs that were started with keel run --name by this user, and root's units keel@NAME.\n"
	"A VM whose state is \"silent\" does not answer: its process may be stopped, or busy writing a\n"
	"snapshot.\n";

/* Its status, or NULL if it does not answer. unit: of systemd's, whose user is not trusted. */
static json_t *ask(const char *path, bool unit)
{
	const struct timeval patience = { .tv_sec = PATIENCE_S };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char text[4096], *body;
	json_t *status = NULL;
	ssize_t n;

	if (strlen(path) < sizeof(address.sun_path))
		strcpy(address.sun_path, path);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (!connect(fd, (struct sockaddr *)&address, sizeof(address)) &&
	    (!unit || runtime_is_the_units(fd, path)) &&
	    send(fd, "status\n", 7, MSG_NOSIGNAL) == 7) {
		n = recv(fd, text, sizeof(text) - 1, 0);
		text[n > 0 ? n : 0] = 0;
		body = strchr(text, '\n');
		status = body ? json_loads(body, 0, NULL) : NULL;
	}
	close(fd);
	return status;
}

static json_t *status_of(const char *name, const char *path, pid_t pid, bool unit)
{
	json_t *status = ask(path, unit);

	if (!json_is_object(status)) {
		json_decref(status);
		status = json_pack("{s:s, s:i}", "state", "silent", "pid", pid);
	}
	json_object_set_new(status, "name", json_string(name));
	return status;
}

/* A process that was killed leaves its socket behind. */
static void list_named(const char *name, json_t *list)
{
	char *path = runtime_path(name);
	pid_t pid;

	if (socket_is_stale(path, &pid))
		unlink(path);
	else
		json_array_append_new(list, status_of(name, path, pid, false));
	free(path);
}

/* systemd removes what a unit leaves behind. */
static void list_unit(const char *name, json_t *list)
{
	char *path = runtime_unit_path(name);
	pid_t pid;

	if (path && !socket_is_stale(path, &pid))
		json_array_append_new(list, status_of(name, path, pid, true));
	free(path);
}

static void list_entry(char *entry, json_t *list)
{
	char *end = strrchr(entry, '.');

	if (!end) {
		list_unit(entry, list);
	} else if (!strcmp(end, RUNTIME_SUFFIX)) {
		*end = 0;
		list_named(entry, list);
	}
}

/* With the folder locked, so that no socket is new and not listened to yet. */
static json_t *all_vms(void)
{
	struct dirent **entries;
	json_t *list = json_array();
	int lock = runtime_lock();
	int i, nr = lock < 0 ? 0 : scandir(runtime_folder(), &entries, NULL, alphasort);

	for (i = 0; i < nr; i++) {
		list_entry(entries[i]->d_name, list);
		free(entries[i]);
	}
	if (nr > 0)
		free(entries);
	if (lock >= 0)
		close(lock);
	return list;
}

static void print_row(const json_t *vm)
{
	const char *name = "", *said = "";
	json_int_t memory = 0, seconds = 0;
	int cpus = 0, pid = 0;
	char size[24], state[16];

	json_unpack((json_t *)vm, "{s:s, s:s, s:i, s?i, s?I, s?I}", "name", &name, "state", &said,
		    "pid", &pid, "cpus", &cpus, "memory", &memory, "seconds", &seconds);
	size_print(memory, size);
	snprintf(state, sizeof(state), "%s", said);
	plain_line(state);
	printf("%-24s %-9s %5d %8s %8d %4lld:%02lld:%02lld\n", name, state, cpus, size, pid,
	       seconds / 3600, seconds / 60 % 60, seconds % 60);
}

int command_ps(int argc, char **argv)
{
	bool json = false;
	const struct argument options[] = { { "json", &json, NULL } };
	json_t *list, *vm;
	size_t i;

	arguments_parse(argc, argv, options, ARRAY_SIZE(options), 0, 0);
	list = all_vms();
	if (json) {
		json_dumpf(list, stdout, JSON_INDENT(2));
		putchar('\n');
		return 0;
	}
	printf("%-24s %-9s %5s %8s %8s %10s\n", "NAME", "STATE", "CPUS", "MEMORY", "PID", "TIME");
	json_array_foreach(list, i, vm)
		print_row(vm);
	return 0;
}
