/* SPDX-License-Identifier: GPL-2.0 */
/* One of the kernel's vhost files, and the two queues that it serves: see vhost.c. */
#ifndef KEEL_KMOD_VHOST_H
#define KEEL_KMOD_VHOST_H

#include <linux/poll.h>

#include "virtio.h"

/* A queue's eventfds, as the caller gives them */
enum { VHOST_BELL, VHOST_USED, VHOST_WRONG, VHOST_EVENTFDS };

#define VHOST_QUEUES	(KEEL_VHOST_EVENTFDS / VHOST_EVENTFDS)	/* receive and transmit */

/**
 * struct keel_vhost_ear - that listens to an eventfd.
 * @wait:  on it
 * @head:  where; NULL before
 * @table: how it got there
 */
struct keel_vhost_ear {
	wait_queue_entry_t wait;
	wait_queue_head_t *head;
	poll_table table;
};

/**
 * struct keel_vhost_queue - how Keel and vhost hear of each other.
 * @queue: which
 * @files: the eventfds
 * @kick:  of VHOST_BELL
 * @used:  on VHOST_USED
 * @wrong: on VHOST_WRONG
 * @call:  what vhost signals when it has used buffers: that of VHOST_USED, or an irqfd
 * @work:  tells the driver
 */
struct keel_vhost_queue {
	struct keel_vqueue *queue;
	struct file *files[VHOST_EVENTFDS];
	struct eventfd_ctx *kick;
	struct keel_vhost_ear used;
	struct keel_vhost_ear wrong;
	const struct file *call;
	struct work_struct work;
};

struct keel_vhost;

/**
 * struct keel_vhost_ops - what makes vhost move.
 * @run:  a ring of @vhost is set up: serve it; @vhost->live says which ones are
 * @halt: do not serve it any more
 */
struct keel_vhost_ops {
	long (*run)(const struct keel_vhost *vhost, unsigned int ring);
	void (*halt)(const struct keel_vhost *vhost, unsigned int ring);
};

/**
 * struct keel_vhost - a vhost file. Zeroed once by its owner.
 * @vm:       whose
 * @ops:      what makes it move
 * @file:     vhost's, or NULL
 * @tap:      the interface's, or NULL; its owner's business
 * @lock:     for @live; within a queue's
 * @features: that vhost knows of
 * @live:     a bit for each ring that vhost has
 * @queues:   those that it serves
 */
struct keel_vhost {
	struct keel_vm *vm;
	const struct keel_vhost_ops *ops;
	struct file *file;
	struct file *tap;
	struct mutex lock;
	u64 features;
	u32 live;
	struct keel_vhost_queue queues[VHOST_QUEUES];
};

struct file *keel_vhost_get(int fd, unsigned int minor);
void keel_vhost_init(struct keel_vhost *vhost, struct keel_vdev *vdev, unsigned int first,
		     const struct keel_vhost_ops *ops);
long keel_vhost_open(struct keel_vhost *vhost, int fd, unsigned int minor, const s32 *fds);
void keel_vhost_close(struct keel_vhost *vhost);

long keel_vhost_call(const struct keel_vhost *vhost, unsigned int command, void *arg);
long keel_vhost_call_file(const struct keel_vhost *vhost, struct file *file,
			  unsigned int command, void *arg, size_t size);
long keel_vhost_set_file(const struct keel_vhost *vhost, unsigned int command,
			 unsigned int ring, int fd);
long keel_vhost_lend_file(const struct keel_vhost *vhost, unsigned int command,
			  unsigned int ring, struct file *file);

int keel_vhost_start(struct keel_vhost *vhost, struct keel_vqueue *queue);
void keel_vhost_stop(struct keel_vhost *vhost, struct keel_vqueue *queue);
int keel_vhost_aim(struct keel_vhost *vhost, struct keel_vqueue *queue);
void keel_vhost_kick(struct keel_vhost *vhost, const struct keel_vqueue *queue);

#endif /* KEEL_KMOD_VHOST_H */
