/* SPDX-License-Identifier: GPL-2.0 */
/* Connections that have become streams. */
#ifndef KEEL_CONTROL_FOLLOWERS_H
#define KEEL_CONTROL_FOLLOWERS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "base.h"

#define FOLLOWERS	8
#define FOLLOWER_QUEUE	(72 * KIB)
#define FOLLOWER_INPUT	256

enum stream { STREAM_EVENTS, STREAM_CONSOLE };

/**
 * struct follower - a connection.
 * @fd:     -1: none
 * @stream: what it follows
 * @queue:  what is to be sent, or NULL
 * @used:   bytes in it
 * @lost:   what it had no room for, and has not been told of: events, or bytes
 * @input:  takes what comes from it, and says whether there was room; NULL: nothing is read
 */
struct follower {
	int fd;
	enum stream stream;
	char *queue;
	size_t used;
	unsigned long lost;
	bool (*input)(const char *data, size_t length);
};

/**
 * struct followers - those of a VM, and their thread.
 * @thread: empties the queues
 * @wake:   eventfd: there is something to send, or the end
 * @lock:   for all below, and for the streams; the thread has it unless it waits
 * @until:  nothing comes any more, and the rest may be sent until then, ms; 0: there is no end
 * @list:   places
 */
struct followers {
	pthread_t thread;
	int wake;
	pthread_mutex_t lock;
	long long until;
	struct follower list[FOLLOWERS];
};

struct followers *followers_new(void);
void followers_start(struct followers *all);
const char *follower_new(struct followers *all, enum stream stream, int fd,
			 struct follower **follower);
bool follower_add(struct follower *f, const void *data, size_t length);
void followers_wake(const struct followers *all);
void followers_stop(struct followers *all);

#endif /* KEEL_CONTROL_FOLLOWERS_H */
