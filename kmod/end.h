/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The host's end of a stream of bytes that a virtqueue carries: a file that nobody waits
 * for. What cannot be read or written at once is for later, and the file's wait queues
 * say when.
 */
#ifndef KEEL_KMOD_END_H
#define KEEL_KMOD_END_H

#include <linux/poll.h>
#include <linux/spinlock.h>
#include <linux/uio.h>

#include "virtio.h"

/* Wait queues of a file: a terminal has one for reading and one for writing. */
#define KEEL_END_WAITS	2

struct keel_end;

/**
 * struct keel_end_wait - an entry in a file's wait queue.
 * @end:   whose
 * @head:  where
 * @entry: it
 */
struct keel_end_wait {
	struct keel_end *end;
	wait_queue_head_t *head;
	wait_queue_entry_t entry;
};

/**
 * struct keel_end - the host's end of a stream, for one direction.
 * @queue:    what is served with it; its lock is for @file
 * @woken:    @queue was just woken up because of @file; with interrupts off. Optional
 * @file:     NULL: there is nobody
 * @events:   what @file is waited for
 * @seeks:    it has a position
 * @waiting:  wake the queue up
 * @table:    how @waits got there
 * @nr_waits: of these; more than there are: it has too many
 * @waits:    where @file's wake-ups are heard
 * @lock:     for the two below
 * @server:   who uses @file
 * @leave:    nobody is to
 * @bytes:    that were moved
 */
struct keel_end {
	struct keel_vqueue *queue;
	void (*woken)(struct keel_end *end);
	struct file *file;
	__poll_t events;
	bool seeks;
	bool waiting;
	poll_table table;
	unsigned int nr_waits;
	struct keel_end_wait waits[KEEL_END_WAITS];
	spinlock_t lock;
	struct task_struct *server;
	bool leave;
	u64 bytes;
};

void keel_end_init(struct keel_end *end, struct keel_vqueue *queue, __poll_t events);
struct file *keel_end_get_file(int fd, fmode_t direction);
bool keel_end_replace(struct keel_end *end, struct file *file);
void keel_end_let_go(struct keel_end *end);
void keel_end_leave(struct keel_end *end, bool leave);
ssize_t keel_end_move(struct keel_end *end, struct iov_iter *iter);

#endif /* KEEL_KMOD_END_H */
