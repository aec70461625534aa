// SPDX-License-Identifier: GPL-2.0
/*
 * --input: a thread that carries events from a FIFO, a file or a descriptor to the
 * guest's keyboard and mouse. What the lines mean stands in input_line.c. A line that
 * means nothing is reported and counted, and does not end anything.
 *
 * No event is lost on the way: if the guest has not read what came before, the thread
 * waits with the next line, and the process that writes to the FIFO waits with it.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base.h"
#include "config/config.h"
#include "config/source.h"
#include "config/table.h"
#include "control/input.h"
#include "control/input_line.h"
#include "status.h"
#include "uapi/keel.h"
#include "vm/open.h"
#include "vm/thread.h"
#include "vm/vm.h"

#define REPORTS		10	/* bad lines that are shown */
#define RETRY_MS	2

/**
 * struct input - the thread and what it knows.
 * @vm:     whose keyboard and mouse; NULL: the user has no events for them
 * @fd:     where lines come from
 * @stop:   eventfd: the guest is over
 * @thread: reads
 * @lock:   of @held: between a look at it and the event's arrival it does not change
 * @held:   the guest is stopped, and nothing happens to it
 * @line:   being read
 * @nr:     lines so far
 * @bad:    of these, without a meaning
 */
struct input {
	const struct vm *vm;
	int fd;
	int stop;
	pthread_t thread;
	pthread_mutex_t lock;
	bool held;
	struct input_line line;
	unsigned long nr;
	unsigned long bad;
};

static struct input the_input = { .lock = PTHREAD_MUTEX_INITIALIZER };

static const char input_text[] =
	"What --input reads has an event on each line:\n\n"
	"  key KEY 1|0|2          goes down, goes up, is held and repeats; KEY is a name or\n"
	"                         number of linux/input-event-codes.h: key KEY_A 1\n"
	"  move DX DY             the mouse: counts to the right and downwards\n"
	"  wheel STEPS            positive: away from the user\n"
	"  button BUTTON 1|0      left, right, middle, side, extra: goes down, goes up\n\n"
	"Empty lines and lines that begin with # are skipped. Others are reported and counted.\n";

/* input_help() - the lines that there are */
void input_help(FILE *to)
{
	fputs(input_text, to);
}

static bool stopped(const struct input *in, int timeout)
{
	struct pollfd fd = { in->stop, POLLIN, 0 };

	return poll(&fd, 1, timeout) > 0;
}

/**
 * input_event() - at keyboard or mouse, unless the guest is stopped.
 * @vm:    whose
 * @event: the event
 *
 * Return: 0 or an error number.
 */
int input_event(const struct vm *vm, struct keel_input *event)
{
	struct input *in = &the_input;
	int error = EAGAIN;

	pthread_mutex_lock(&in->lock);
	if (!in->held)
		error = ioctl(vm->keel, KEEL_INPUT, event) ? errno : 0;
	pthread_mutex_unlock(&in->lock);
	return error;
}

/* Waits while the guest has no room for the event. */
static const char *send_event(struct input *in, struct keel_input *event)
{
	int error;

	event->value |= KEEL_INPUT_TRY;
	do {
		error = input_event(in->vm, event);
	} while ((error == EAGAIN && !stopped(in, RETRY_MS)) || error == EINTR);
	if (error == EINVAL)
		return "a PC's keyboard has no such key";
	return !error || error == EAGAIN ? NULL : strerror(error);
}

static void take_line(struct input *in)
{
	char shown[INPUT_SHOWN];
	struct keel_input event;
	const char *wrong;

	in->nr++;
	wrong = input_line_parse(&in->line, &event);
	if (!wrong && event.class == KEEL_CLASS_I8042)
		wrong = send_event(in, &event);
	if (!wrong)
		return;
	input_line_show(&in->line, shown);
	if (in->bad++ < REPORTS)
		warn_line("--input: line %lu, \"%s\": %s", in->nr, shown, wrong);
}

static void take(struct input *in, const char *data, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++) {
		if (!input_line_add(&in->line, data[i]))
			continue;
		take_line(in);
		if (stopped(in, 0))
			return;
	}
}

/* Until there is something to read, or the guest is over: false */
static bool wait_for_lines(const struct input *in)
{
	struct pollfd fds[] = { { in->stop, POLLIN, 0 }, { in->fd, POLLIN, 0 } };

	while (poll(fds, ARRAY_SIZE(fds), -1) < 0)
		;
	return !fds[0].revents;
}

static void *input_thread(void *arg)
{
	struct input *in = arg;
	char data[4 * KIB];
	ssize_t n = 1;

	while (n && wait_for_lines(in)) {
		n = read(in->fd, data, sizeof(data));
		if (n > 0)
			take(in, data, n);
		if (n >= 0 || errno == EAGAIN || errno == EINTR)
			continue;
		warn_line("--input: %s", strerror(errno));
		break;
	}
	if (!n && in->line.used && !in->line.whole)	/* the last one may lack its end */
		take_line(in);
	return NULL;
}

static int open_lines(const struct source *source)
{
	int fd, mode;

	if (source->fd < 0) {
		fd = open(source->text, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
		if (fd < 0)
			die(STATUS_USAGE, "--input: %s: %s", source->text, strerror(errno));
		return fd;
	}
	fd = open_device("input", source);
	mode = fcntl(fd, F_GETFL);
	if (mode < 0 || (mode & O_ACCMODE) == O_WRONLY)
		die(STATUS_WRONG_FD, "--input: descriptor %d cannot be read", fd);
	return fd;
}

/*
 * A FIFO is kept open for writing as well, so that it does not end when one of the processes that
 * write to it is done. If it may not be, it does.
 */
static void keep_open(int fd)
{
	struct stat status;
	char path[32];

	if (fstat(fd, &status) || !S_ISFIFO(status.st_mode))
		return;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
}

/* input_start() - begin to read events, if the user has any */
void input_start(const struct vm *vm)
{
	struct input *in = &the_input;

	if (!vm->config->input.text)
		return;
	in->vm = vm;
	in->fd = open_lines(&vm->config->input);
	keep_open(in->fd);
	in->stop = eventfd(0, EFD_CLOEXEC);
	if (in->stop < 0 || pthread_create(&in->thread, NULL, input_thread, in))
		die(STATUS_INTERNAL, "no thread for the input");
	pthread_setname_np(in->thread, "keel-input");
}

static void set_held(struct input *in, bool held)
{
	pthread_mutex_lock(&in->lock);
	in->held = held;
	pthread_mutex_unlock(&in->lock);
}

/* input_hold() - nothing happens to the guest from here on, until input_release() */
void input_hold(void)
{
	set_held(&the_input, true);
}

void input_release(void)
{
	set_held(&the_input, false);
}

/* input_stop() - the guest is over */
void input_stop(void)
{
	struct input *in = &the_input;
	const __u64 one = 1;

	if (!in->vm)
		return;
	if (write(in->stop, &one, sizeof(one)) < 0)
		abort();
	pthread_join(in->thread, NULL);
	if (in->bad)
		warn_line("--input: %lu of %lu lines meant nothing", in->bad, in->nr);
}
