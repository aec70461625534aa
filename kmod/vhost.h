/* SPDX-License-Identifier: GPL-2.0 */
/* One of the kernel's vhost files, and the two queues that it serves: see vhost.c. */
#ifndef KEEL_VHOST_H
#define KEEL_VHOST_H

#include <linux/poll.h>

#include "hostfile.h"
#include "server.h"

struct eventfd_ctx;
struct keel_vdev;
struct keel_vm;
struct keel_vqueue;

/* A queue's eventfds: struct keel_vhost_fds */
enum { VHOST_NOTIFY, VHOST_USED, VHOST_WRONG, VHOST_EVENTFDS };

#define VHOST_QUEUES	2	/* receive and transmit */

/**
 * struct keel_vhost_ear - an entry on an eventfd's wait queue.
 * @wait:  the entry
 * @head:  the wait queue; NULL before @wait is on it
 * @table: puts it there
 */
struct keel_vhost_ear {
	wait_queue_entry_t wait;
	wait_queue_head_t *head;
	poll_table table;
};

/**
 * struct keel_vhost_queue - the eventfds between Keel and vhost for a queue.
 * @queue: the queue
 * @fds:   descriptors of the eventfds, which the process keeps open
 * @ctxs:  the eventfds
 * @used:  waits on VHOST_USED
 * @wrong: waits on VHOST_WRONG
 * @call:  descriptor of what vhost signals when it has used buffers: VHOST_USED or an irqfd
 * @job:   interrupts the driver
 */
struct keel_vhost_queue {
	struct keel_vqueue *queue;
	s32 fds[VHOST_EVENTFDS];
	struct eventfd_ctx *ctxs[VHOST_EVENTFDS];
	struct keel_vhost_ear used;
	struct keel_vhost_ear wrong;
	int call;
	struct keel_job job;
};

struct keel_vhost;

/**
 * struct keel_vhost_ops - how vhost starts and stops serving a ring.
 * @run:  a ring of @vhost is set up: serve it; @vhost->live has a bit for each that is
 * @halt: do not serve it any more
 */
struct keel_vhost_ops {
	long (*run)(const struct keel_vhost *vhost, unsigned int ring);
	void (*halt)(const struct keel_vhost *vhost, unsigned int ring);
};

/**
 * struct keel_vhost - a vhost file. Zeroed once by its owner.
 * @vm:       its VM
 * @ops:      start and stop it
 * @file:     vhost's
 * @tap:      the network interface's; used by the backend alone
 * @features: that vhost supports
 * @live:     a bit for each ring that vhost has; atomic, since a server that breaks one ring
 *            does not wait for the vCPU that starts another
 * @queues:   those that it serves
 */
struct keel_vhost {
	struct keel_vm *vm;
	const struct keel_vhost_ops *ops;
	struct keel_hostfile file;
	struct keel_hostfile tap;
	u64 features;
	unsigned long live;
	struct keel_vhost_queue queues[VHOST_QUEUES];
};

void keel_vhost_init(struct keel_vhost *vhost, struct keel_vdev *vdev, unsigned int first,
		     const struct keel_vhost_ops *ops);
long keel_vhost_open(struct keel_vhost *vhost, int fd, enum keel_hostfile_kind kind,
		     const struct keel_vhost_fds fds[VHOST_QUEUES]);
void keel_vhost_bind(struct keel_vhost *vhost);
void keel_vhost_close(struct keel_vhost *vhost);

long keel_vhost_call(const struct keel_vhost *vhost, unsigned int command, void *arg);
long keel_vhost_call_file(const struct keel_vhost *vhost, const struct keel_hostfile *file,
			  unsigned int command, void *arg, size_t size);
long keel_vhost_set_file(const struct keel_vhost *vhost, unsigned int command,
			 unsigned int ring, int fd);

int keel_vhost_start(struct keel_vhost *vhost, struct keel_vqueue *queue);
void keel_vhost_stop(struct keel_vhost *vhost, struct keel_vqueue *queue);
int keel_vhost_redirect(struct keel_vhost *vhost, struct keel_vqueue *queue);
void keel_vhost_notify(struct keel_vhost *vhost, const struct keel_vqueue *queue);

#endif /* KEEL_VHOST_H */
