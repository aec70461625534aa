// SPDX-License-Identifier: GPL-2.0
/*
 * Followers: connections of the control socket's that have become streams, of events or of the
 * console.
 *
 * A thread that has something for them waits for none: each has a queue, which the followers'
 * thread empties. What a slow follower's queue has no room for is not added, and it is for the
 * stream to say so.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base.h"
#include "config/table.h"
#include "control/followers.h"
#include "status.h"
#include "vm/thread.h"

#define LAST_MS		1000	/* for a follower to take the last ones */

/* followers_wake() - there is something to send, or the end */
void followers_wake(const struct followers *all)
{
	const __u64 one = 1;

	if (write(all->wake, &one, sizeof(one)) < 0)
		abort();	/* an eventfd of our own that takes no 1: cannot be */
}

/* ---- One of them; under the lock ---- */

static void follower_close(struct follower *f)
{
	close(f->fd);
	free(f->queue);
	*f = (struct follower){ .fd = -1 };
}

/**
 * follower_add() - something for it; under the lock.
 * @f:      the follower
 * @data:   all of this, or nothing
 * @length: bytes
 *
 * Return: whether there was room.
 */
bool follower_add(struct follower *f, const void *data, size_t length)
{
	if (length > FOLLOWER_QUEUE - f->used)
		return false;
	memcpy(f->queue + f->used, data, length);
	f->used += length;
	return true;
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

/* The stream's function is called without the lock: it may take others. */
static void follower_read(struct followers *all, struct follower *f)
{
	char data[FOLLOWER_INPUT];
	ssize_t n = recv(f->fd, data, sizeof(data), MSG_DONTWAIT);
	bool fits;

	if (!n)
		f->input = NULL;	/* half of a connection is enough to follow */
	if (n < 0 && errno != EAGAIN && errno != EINTR)
		follower_close(f);
	if (n <= 0)
		return;
	pthread_mutex_unlock(&all->lock);
	fits = f->input(data, n);
	pthread_mutex_lock(&all->lock);
	if (!fits)
		follower_add(f, "\a", 1);
}

/* ---- The thread ---- */

static bool all_sent(const struct followers *all)
{
	size_t i;

	for (i = 0; i < FOLLOWERS; i++)
		if (all->list[i].used)
			return false;
	return true;
}

/* Waits, without the lock; false: all that followers would take at the end has been sent. */
static bool wait_for_something(struct followers *all, struct pollfd *fds)
{
	long long left = all->until ? all->until - now_ms() : -1;
	bool ending = all->until;
	__u64 count;
	size_t i;
	int n;

	for (i = 0; i < FOLLOWERS; i++) {
		const struct follower *f = &all->list[i];
		short input = f->input && !ending ? POLLIN : 0;

		fds[i] = (struct pollfd){ f->fd, input | (f->used ? POLLOUT : 0), 0 };
	}
	fds[FOLLOWERS] = (struct pollfd){ ending ? -1 : all->wake, POLLIN, 0 };
	if (ending && (left < 0 || all_sent(all)))
		return false;
	pthread_mutex_unlock(&all->lock);
	n = poll(fds, FOLLOWERS + 1, left);
	if (n > 0 && fds[FOLLOWERS].revents && read(all->wake, &count, sizeof(count)) < 0)
		abort();
	pthread_mutex_lock(&all->lock);
	return n || !ending;
}

/* A connection that came to its place meanwhile is not the one that was waited for. */
static void serve(struct followers *all, struct follower *f, const struct pollfd *fd)
{
	if (f->fd < 0 || f->fd != fd->fd || !fd->revents)
		return;
	if (fd->revents & POLLOUT)
		follower_send(f);
	else if (fd->revents & POLLIN)
		follower_read(all, f);
	else
		follower_close(f);
}

static void *followers_thread(void *arg)
{
	struct pollfd fds[FOLLOWERS + 1];
	struct followers *all = arg;
	size_t i;

	pthread_mutex_lock(&all->lock);
	while (wait_for_something(all, fds))
		for (i = 0; i < FOLLOWERS; i++)
			serve(all, &all->list[i], &fds[i]);
	for (i = 0; i < FOLLOWERS; i++)
		if (all->list[i].fd >= 0)
			follower_close(&all->list[i]);
	pthread_mutex_unlock(&all->lock);
	return NULL;
}

/* ---- What streams and the control socket call ---- */

/* followers_new() - none yet; dies if that cannot be */
struct followers *followers_new(void)
{
	struct followers *all = calloc(1, sizeof(*all));
	size_t i;

	if (!all)
		die(STATUS_MEMORY, "out of memory");
	pthread_mutex_init(&all->lock, NULL);
	all->wake = eventfd(0, EFD_CLOEXEC);
	if (all->wake < 0)
		die(STATUS_INTERNAL, "eventfd: %s", strerror(errno));
	for (i = 0; i < FOLLOWERS; i++)
		all->list[i].fd = -1;
	return all;
}

/* followers_start() - start the thread; dies if there cannot be one */
void followers_start(struct followers *all)
{
	thread_run(&all->thread, "keel-follow", SANDBOX_STREAM, followers_thread, all);
}

/**
 * follower_new() - one more; under the lock.
 * @all:      of a VM
 * @stream:   what it follows
 * @fd:       the connection, which is the follower's unless there is an error
 * @follower: result
 *
 * Return: NULL, or why not.
 */
const char *follower_new(struct followers *all, enum stream stream, int fd,
			 struct follower **follower)
{
	struct follower *f = all->list;

	while (f < all->list + FOLLOWERS && f->fd >= 0)
		f++;
	if (f == all->list + FOLLOWERS)
		return "as many clients follow the VM as can";
	f->queue = malloc(FOLLOWER_QUEUE);
	if (!f->queue)
		return "out of memory";
	f->stream = stream;
	f->fd = fd;
	follower_add(f, "ok 0\n", strlen("ok 0\n"));
	*follower = f;
	return NULL;
}

/* followers_stop() - nothing comes any more: they get the rest, unless they are slow */
void followers_stop(struct followers *all)
{
	pthread_mutex_lock(&all->lock);
	all->until = now_ms() + LAST_MS;
	pthread_mutex_unlock(&all->lock);
	followers_wake(all);
	pthread_join(all->thread, NULL);
}
