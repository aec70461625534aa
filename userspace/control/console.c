// SPDX-License-Identifier: GPL-2.0
/*
 * The console that is on standard output, for clients of the control socket that attach to it: each
 * gets the newest output that was before, then what the guest prints, and what it sends is typed.
 * The guest waits for none of them: what a slow one has no room for is lost for it, and it is told.
 */
#include <stdio.h>
#include <string.h>

#include "base.h"
#include "control/console.h"
#include "control/followers.h"
#include "vm/vm.h"

#define SCROLLBACK	(64 * KIB)

static_assert(SCROLLBACK < FOLLOWER_QUEUE, "what one that attaches gets at once");

/**
 * struct console - of the VM; under the followers' lock.
 * @all:   the VM's followers, or NULL: nothing can attach
 * @type:  what is typed goes to it
 * @ring:  the newest output
 * @total: bytes of output so far
 */
static struct console {
	struct followers *all;
	bool (*type)(const char *data, size_t length);
	char ring[SCROLLBACK];
	size_t total;
} console;

/* console_open() - clients may attach, and what they send goes to @type */
void console_open(struct vm *vm, bool (*type)(const char *data, size_t length))
{
	console.all = vm->followers;
	console.type = type;
}

static void remember(const char *data, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++)
		console.ring[console.total++ % SCROLLBACK] = data[i];
}

static void add_scrollback(struct follower *f)
{
	size_t start = console.total % SCROLLBACK;

	if (console.total > SCROLLBACK)
		follower_add(f, console.ring + start, SCROLLBACK - start);
	follower_add(f, console.ring, start);
}

static void add(struct follower *f, const char *data, size_t length)
{
	char lost[64] = "";

	if (f->lost)
		snprintf(lost, sizeof(lost), "\r\n[keel: %lu bytes are lost]\r\n", f->lost);
	if (strlen(lost) + length > FOLLOWER_QUEUE - f->used) {
		f->lost += length;
		return;
	}
	follower_add(f, lost, strlen(lost));
	follower_add(f, data, length);
	f->lost = 0;
}

/**
 * console_add() - the guest prints; from the pump's thread.
 * @data:   what
 * @length: bytes
 */
void console_add(const char *data, size_t length)
{
	struct followers *all = console.all;
	bool any = false;
	size_t i;

	if (!all)
		return;
	pthread_mutex_lock(&all->lock);
	remember(data, length);
	for (i = 0; i < FOLLOWERS; i++) {
		if (all->list[i].fd < 0 || all->list[i].stream != STREAM_CONSOLE)
			continue;
		add(&all->list[i], data, length);
		any = true;
	}
	pthread_mutex_unlock(&all->lock);
	if (any)
		followers_wake(all);
}

/**
 * console_attach() - a client wants to see the console and to type.
 * @vm:     whose
 * @fd:     the connection, as of events_follow()
 * @data:   what it has typed
 * @length: bytes
 *
 * Return: NULL, or why not.
 */
const char *console_attach(struct vm *vm, int fd, const char *data, size_t length)
{
	struct followers *all = vm->followers;
	struct follower *f;
	const char *error;

	if (!console.all)
		return "the guest has no serial console on standard output";
	pthread_mutex_lock(&all->lock);
	error = follower_new(all, STREAM_CONSOLE, fd, &f);
	if (!error) {
		f->input = console.type;
		add_scrollback(f);
		followers_wake(all);
	}
	pthread_mutex_unlock(&all->lock);
	if (!error && length)
		console.type(data, length);
	return error;
}
