// SPDX-License-Identifier: GPL-2.0
/*
 * keel trace: the module's tracepoints, of one VM, as they are hit. They are recorded in an
 * instance of tracefs of its own, which is removed at the end, so that other traces are left alone.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base.h"
#include "config/table.h"
#include "config/words.h"
#include "operate/arguments.h"
#include "operate/client.h"
#include "operate/operate.h"
#include "status.h"

#define TRACEFS		"/sys/kernel/tracing"
#define DEBUGFS		"/sys/kernel/debug/keel"
#define PREFIX		"keel_"
#define EVENTS_MAX	32

const char trace_details[] =
	"Prints what the guest and the module do, from now on, until Ctrl-C or the VM's end; for root.\n"
	"EVENT is access, line, message, eoi, acknowledge, timer, notify, queue_start, queue_stop,\n"
	"event or state (all of them, if none is given), and a filter of tracefs can follow:\n\n"
	"  keel trace web timer 'access:dev == \"uart0\" && write == 1'\n";

static char instance[64];	/* its folder; empty: there is none */
static atomic_bool asked_to_end;	/* lock-free, and so good for signal handlers */

static void on_signal(int signal)
{
	(void)signal;
	asked_to_end = true;
}

static void remove_instance(void)
{
	if (instance[0])
		rmdir(instance);
	instance[0] = 0;
}

static bool write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC | O_TRUNC);
	bool fine = fd >= 0 && write(fd, text, strlen(text)) >= 0;
	int error = errno;

	if (fd >= 0)
		close(fd);
	errno = error;
	return fine;
}

/* ---- Events ---- */

static int is_event(const struct dirent *entry)
{
	return !strncmp(entry->d_name, PREFIX, strlen(PREFIX));
}

/* The names of all events, without their prefix. */
static unsigned int event_names(const char *names[EVENTS_MAX])
{
	struct dirent **entries;
	int i, nr = scandir(TRACEFS "/events/keel", &entries, is_event, alphasort);

	if (nr < 0)
		die(errno == EACCES ? STATUS_PERMISSION : STATUS_NO_MODULE,
		    TRACEFS "/events/keel: %s", strerror(errno));
	for (i = 0; i < nr && i < EVENTS_MAX; i++)
		names[i] = entries[i]->d_name + strlen(PREFIX);
	return i;
}

static void enable(const char *name, unsigned int vm, const char *filter)
{
	char path[160], *text;

	if (asprintf(&text, *filter ? "vm == %u && (%s)" : "vm == %u", vm, filter) < 0)
		die(STATUS_MEMORY, "out of memory");
	snprintf(path, sizeof(path), "%s/events/keel/" PREFIX "%s/filter", instance, name);
	if (!write_file(path, text))
		die(STATUS_USAGE, "\"%.200s\" is no filter of %s: %s; its fields are in " TRACEFS
		    "/events/keel/" PREFIX "%s/format", filter, name, strerror(errno), name);
	free(text);
	snprintf(path, sizeof(path), "%s/events/keel/" PREFIX "%s/enable", instance, name);
	if (!write_file(path, "1"))
		die(STATUS_INTERNAL, "%s: %s", path, strerror(errno));
}

/* "EVENT" or "EVENT:FILTER" */
static void enable_word(const char *word, unsigned int vm, const struct words *words)
{
	const char *colon = strchrnul(word, ':');
	struct complaint complaint;
	char *name = text_copy(word, colon - word);
	unsigned int which;

	if (!choice_parse(name, words, &which, &complaint))
		die(STATUS_USAGE, "keel trace: %s", complaint.text);
	enable(name, vm, *colon ? colon + 1 : "");
	free(name);
}

/* ---- The VM ---- */

/* The module's number of a process' VM: that of its newest folder in debugfs. */
static unsigned int vm_number(pid_t pid)
{
	unsigned int number = 0, other;
	struct dirent *entry;
	DIR *folder = opendir(DEBUGFS);
	bool found = false;
	int process;

	if (!folder)
		die(errno == EACCES ? STATUS_PERMISSION : STATUS_NO_MODULE, DEBUGFS ": %s",
		    strerror(errno));
	while ((entry = readdir(folder))) {
		if (sscanf(entry->d_name, "%d-%u", &process, &other) != 2 || process != pid)
			continue;
		found = true;
		number = other > number ? other : number;
	}
	closedir(folder);
	if (!found)
		die(STATUS_STATE, DEBUGFS " has no VM of process %d", pid);
	return number;
}

/* ---- What is recorded ---- */

static void make_instance(void)
{
	snprintf(instance, sizeof(instance), TRACEFS "/instances/keel-%d", getpid());
	if (!mkdir(instance, 0700)) {
		atexit(remove_instance);
		return;
	}
	instance[0] = 0;
	die(errno == EACCES || errno == EPERM ? STATUS_PERMISSION : STATUS_INTERNAL,
	    TRACEFS "/instances: %s", strerror(errno));
}

/* Returns false if there is no more at the moment. */
static bool print_some(int pipe)
{
	char data[8192];
	ssize_t n = read(pipe, data, sizeof(data));

	if (n <= 0)
		return false;
	if (fwrite(data, 1, n, stdout) != (size_t)n || fflush(stdout))
		asked_to_end = true;
	return true;
}

static void print_until_the_end(int process)
{
	static const int ends[] = { SIGINT, SIGTERM, SIGHUP, SIGPIPE };
	struct sigaction action = { .sa_handler = on_signal };
	sigset_t blocked, usual;
	char path[80];
	size_t i;
	int pipe;

	snprintf(path, sizeof(path), "%s/trace_pipe", instance);
	pipe = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (pipe < 0)
		die(STATUS_INTERNAL, "%s: %s", path, strerror(errno));
	sigemptyset(&blocked);
	for (i = 0; i < ARRAY_SIZE(ends); i++) {
		sigaddset(&blocked, ends[i]);
		sigaction(ends[i], &action, NULL);
	}
	sigprocmask(SIG_BLOCK, &blocked, &usual);
	while (!asked_to_end) {
		struct pollfd fds[] = { { pipe, POLLIN, 0 }, { process, POLLIN, 0 } };

		if (ppoll(fds, ARRAY_SIZE(fds), NULL, &usual) < 0)
			continue;
		if (!print_some(pipe) && fds[1].revents)
			break;
	}
	close(pipe);
}

int command_trace(int argc, char **argv)
{
	const char *names[EVENTS_MAX];
	struct words words = { names, 0 };
	int i, process, nr = arguments_parse(argc, argv, NULL, 0, 1, EVENTS_MAX);
	struct client client;
	unsigned int vm;

	client_open(&client, argv[1]);
	process = client.pid > 0 ? pidfd_open(client.pid, 0) : -1;
	if (process < 0)
		die(STATUS_STATE, "%s: its process cannot be seen from here", argv[1]);
	vm = vm_number(client.pid);
	words.nr = event_names(names);
	make_instance();
	for (i = 2; i <= nr; i++)
		enable_word(argv[i], vm, &words);
	for (i = 0; nr == 1 && i < (int)words.nr; i++)
		enable(names[i], vm, "");
	client_close(&client);
	print_until_the_end(process);
	return 0;
}
