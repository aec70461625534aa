// SPDX-License-Identifier: GPL-2.0
/*
 * Events: what happens to the VM, a line of JSON each, for every client of the control socket that
 * has asked for them. A follower gets the newest events that were before it came, then those that
 * happen. Each has a number, one more than the event before, so that a follower which connects
 * again knows whether it has missed any.
 *
 * A thread that emits an event waits for no follower: each has a queue, which the events' thread
 * empties. What a slow follower's queue has no room for is lost for it, and it is told how many
 * were before it gets the next one.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base.h"
#include "config/config.h"
#include "control/events.h"
#include "status.h"
#include "vm/vm.h"

#define FOLLOWERS	8
#define REMEMBERED	64
#define QUEUE		(64 * KIB)
#define LAST_MS		1000	/* for a follower to take the last ones */

/**
 * struct follower - a connection.
 * @fd:    -1: none
 * @queue: what is to be sent, or NULL
 * @used:  bytes in it
 * @lost:  events that it had no room for, and has not been told of
 */
struct follower {
	int fd;
	char *queue;
	size_t used;
	unsigned long lost;
};

/**
 * struct events - the thread and what it sends.
 * @thread:     empties the queues
 * @wake:       eventfd: there is something to send, or the end
 * @lock:       for all below; the thread has it unless it waits, and others hold it briefly
 * @until:      no event comes any more, and this is for how long the last ones may be sent, ms; 0:
 *              there is no end
 * @number:     of the last event
 * @remembered: the newest events' lines, a ring
 * @followers:  see there
 */
struct events {
	pthread_t thread;
	int wake;
	pthread_mutex_t lock;
	long long until;
	unsigned long number;
	char *remembered[REMEMBERED];
	struct follower followers[FOLLOWERS];
};

static void wake(const struct events *events)
{
	const __u64 one = 1;

	if (write(events->wake, &one, sizeof(one)) < 0)
		abort();	/* an eventfd of our own that takes no 1: cannot be */
}

/* ---- Lines ---- */

static double wall_time(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec + now.tv_nsec / 1000 / 1e6;
}

/* Takes @details. NULL: there is no memory. */
static char *line_of(unsigned long number, const char *name, json_t *details)
{
	json_t *all = json_pack("{s:f, s:I, s:s}", "time", wall_time(), "number",
				(json_int_t)number, "event", name);
	char *text, *line = NULL;

	if (details)
		json_object_update_missing(all, details);
	json_decref(details);
	text = json_dumps(all, JSON_REAL_PRECISION(16));
	json_decref(all);
	if (text && asprintf(&line, "%s\n", text) < 0)
		line = NULL;
	free(text);
	return line;
}

/* ---- Followers; under the lock ---- */

static void follower_close(struct follower *f)
{
	close(f->fd);
	free(f->queue);
	*f = (struct follower){ .fd = -1 };
}

static void queue_add(struct follower *f, const char *text)
{
	size_t length = strlen(text);

	memcpy(f->queue + f->used, text, length);
	f->used += length;
}

/* With an event that is the first after some that were lost comes how many these were. */
static void follower_add(struct follower *f, const char *line)
{
	char lost[80] = "";

	if (f->lost)
		snprintf(lost, sizeof(lost),
			 "{\"time\": %.6f, \"event\": \"lost\", \"events\": %lu}\n", wall_time(),
			 f->lost);
	if (!line || strlen(lost) + strlen(line) > QUEUE - f->used) {
		f->lost++;
		return;
	}
	queue_add(f, lost);
	queue_add(f, line);
	f->lost = 0;
}

static void follower_send(struct follower *f)
{
	ssize_t n = send(f->fd, f->queue, f->used, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n < 0 && errno != EAGAIN && errno != EINTR)
		follower_close(f);
	if (n <= 0)
		return;
	f->used -= n;
	memmove(f->queue, f->queue + n, f->used);
}

static bool all_sent(const struct events *events)
{
	size_t i;

	for (i = 0; i < FOLLOWERS; i++)
		if (events->followers[i].used)
			return false;
	return true;
}

/* ---- The thread ---- */

/* Waits, without the lock; false: all that followers would take at the end has been sent. */
static bool wait_for_something(struct events *events, struct pollfd *fds)
{
	long long left = events->until ? events->until - now_ms() : -1;
	bool ending = events->until;
	__u64 count;
	size_t i;
	int n;

	for (i = 0; i < FOLLOWERS; i++) {
		const struct follower *f = &events->followers[i];

		fds[i] = (struct pollfd){ f->fd, f->used ? POLLOUT : 0, 0 };
	}
	fds[FOLLOWERS] = (struct pollfd){ ending ? -1 : events->wake, POLLIN, 0 };
	if (ending && (left < 0 || all_sent(events)))
		return false;
	pthread_mutex_unlock(&events->lock);
	n = poll(fds, FOLLOWERS + 1, left);
	if (n > 0 && fds[FOLLOWERS].revents && read(events->wake, &count, sizeof(count)) < 0)
		abort();
	pthread_mutex_lock(&events->lock);
	return n || !ending;
}

/* A connection that came to its place meanwhile is not the one that was waited for. */
static void serve(struct follower *f, const struct pollfd *fd)
{
	if (f->fd < 0 || f->fd != fd->fd || !fd->revents)
		return;
	if (fd->revents & POLLOUT)
		follower_send(f);
	else
		follower_close(f);
}

static void *events_thread(void *arg)
{
	struct pollfd fds[FOLLOWERS + 1];
	struct events *events = arg;
	size_t i;

	pthread_mutex_lock(&events->lock);
	while (wait_for_something(events, fds))
		for (i = 0; i < FOLLOWERS; i++)
			serve(&events->followers[i], &fds[i]);
	for (i = 0; i < FOLLOWERS; i++)
		if (events->followers[i].fd >= 0)
			follower_close(&events->followers[i]);
	pthread_mutex_unlock(&events->lock);
	return NULL;
}

/* ---- What others call ---- */

/* events_open() - events can be emitted from here on; dies if that cannot be */
void events_open(struct vm *vm)
{
	struct events *events = calloc(1, sizeof(*events));
	size_t i;

	if (!events)
		die(STATUS_MEMORY, "out of memory");
	pthread_mutex_init(&events->lock, NULL);
	events->wake = eventfd(0, EFD_CLOEXEC);
	if (events->wake < 0)
		die(STATUS_INTERNAL, "eventfd: %s", strerror(errno));
	for (i = 0; i < FOLLOWERS; i++)
		events->followers[i].fd = -1;
	vm->events = events;
}

/* events_start() - start the thread; dies if there cannot be one */
void events_start(struct vm *vm)
{
	struct events *events = vm->events;

	if (pthread_create(&events->thread, NULL, events_thread, events))
		die(STATUS_INTERNAL, "no thread for the events");
	pthread_setname_np(events->thread, "keel-events");
}

static struct follower *free_place(struct events *events)
{
	size_t i;

	for (i = 0; i < FOLLOWERS; i++)
		if (events->followers[i].fd < 0)
			return &events->followers[i];
	return NULL;
}

/* Under the lock. What is remembered comes first, oldest first. */
static const char *follow(struct events *events, int fd)
{
	struct follower *f = free_place(events);
	unsigned long i;

	if (!f)
		return "as many clients follow the events as can";
	f->queue = malloc(QUEUE);
	if (!f->queue)
		return "out of memory";
	f->fd = fd;
	queue_add(f, "ok 0\n");
	for (i = 1; i <= REMEMBERED; i++) {
		const char *line = events->remembered[(events->number + i) % REMEMBERED];

		if (line)
			follower_add(f, line);
	}
	wake(events);
	return NULL;
}

/**
 * events_follow() - a client wants to know what happens.
 * @vm: whose events
 * @fd: the connection, which is closed here from now on unless there is an error
 *
 * Return: NULL, or why not.
 */
const char *events_follow(struct vm *vm, int fd)
{
	const char *error;

	pthread_mutex_lock(&vm->events->lock);
	error = follow(vm->events, fd);
	pthread_mutex_unlock(&vm->events->lock);
	return error;
}

/* events_stop() - no event comes any more: followers get the last ones, unless they are slow */
void events_stop(struct vm *vm)
{
	struct events *events = vm->events;

	if (!events)
		return;
	pthread_mutex_lock(&events->lock);
	events->until = now_ms() + LAST_MS;
	pthread_mutex_unlock(&events->lock);
	wake(events);
	pthread_join(events->thread, NULL);
}

/**
 * event_emit() - tell all that follow the VM's events. Waits for none of them. For any thread.
 * @vm:      whose; without a control socket nothing can follow it
 * @name:    what has happened: a word, or several with dashes
 * @details: a JSON object, which this takes, or NULL: more about it
 */
void event_emit(struct vm *vm, const char *name, json_t *details)
{
	struct events *events = vm->events;
	char **place, *line;
	size_t i;

	if (!events) {
		json_decref(details);
		return;
	}
	pthread_mutex_lock(&events->lock);
	line = line_of(++events->number, name, details);
	place = &events->remembered[events->number % REMEMBERED];
	free(*place);
	*place = line;
	for (i = 0; i < FOLLOWERS; i++)
		if (events->followers[i].fd >= 0)
			follower_add(&events->followers[i], line);
	pthread_mutex_unlock(&events->lock);
	wake(events);
}
