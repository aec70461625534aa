// SPDX-License-Identifier: GPL-2.0
/*
 * Events: what happens to the VM, a line of JSON each, for every client of the control socket that
 * has asked for them. A follower gets the newest events that were before it came, then those that
 * happen. Each has a number, one more than the event before, so that a follower which connects
 * again knows whether it has missed any. One that is too slow is told how many it has missed
 * before it gets the next one.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base.h"
#include "control/events.h"
#include "control/followers.h"
#include "vm/vm.h"

#define REMEMBERED	64

/**
 * struct events - of the VM; under the followers' lock.
 * @number:     of the last one
 * @remembered: the newest ones' lines, a ring
 */
static struct events {
	unsigned long number;
	char *remembered[REMEMBERED];
} events;

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

/* ---- Under the lock ---- */

/* With an event that is the first after some that were lost comes how many these were. */
static void add(struct follower *f, const char *line)
{
	static const char format[] =
		"{\"time\": %.6f, \"event\": \"lost\", \"events\": %lu}\n%s";
	char *both = NULL;

	if (f->lost && line && asprintf(&both, format, wall_time(), f->lost, line) >= 0)
		line = both;
	if (line && follower_add(f, line, strlen(line)))
		f->lost = 0;
	else
		f->lost++;
	free(both);
}

/* What is remembered comes first, oldest first. */
static const char *follow(struct followers *all, int fd)
{
	struct follower *f;
	const char *error = follower_new(all, STREAM_EVENTS, fd, &f);
	unsigned long i;

	if (error)
		return error;
	for (i = 1; i <= REMEMBERED; i++) {
		const char *line = events.remembered[(events.number + i) % REMEMBERED];

		if (line)
			add(f, line);
	}
	followers_wake(all);
	return NULL;
}

static void emit(struct followers *all, const char *name, json_t *details)
{
	char *line = line_of(++events.number, name, details);
	char **place = &events.remembered[events.number % REMEMBERED];
	size_t i;

	free(*place);
	*place = line;
	for (i = 0; i < FOLLOWERS; i++)
		if (all->list[i].fd >= 0 && all->list[i].stream == STREAM_EVENTS)
			add(&all->list[i], line);
	followers_wake(all);
}

/* ---- What others call ---- */

/**
 * events_follow() - a client wants to know what happens.
 * @vm: whose events
 * @fd: the connection, which is closed by the followers' thread from now on, unless there is an
 *      error
 *
 * Return: NULL, or why not.
 */
const char *events_follow(struct vm *vm, int fd)
{
	const char *error;

	pthread_mutex_lock(&vm->followers->lock);
	error = follow(vm->followers, fd);
	pthread_mutex_unlock(&vm->followers->lock);
	return error;
}

/**
 * event_emit() - tell all that follow the VM's events. Waits for none of them. For any thread.
 * @vm:      whose; without a control socket nothing can follow it
 * @name:    what has happened: a word, or several with dashes
 * @details: a JSON object, which this takes, or NULL: more about it
 */
void event_emit(struct vm *vm, const char *name, json_t *details)
{
	struct followers *all = vm->followers;

	if (!all) {
		json_decref(details);
		return;
	}
	pthread_mutex_lock(&all->lock);
	emit(all, name, details);
	pthread_mutex_unlock(&all->lock);
}
