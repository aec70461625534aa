/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Serving virtqueues.
 *
 * One thread at a time serves a queue, under its mutex: the vCPU that notified (inline), or a
 * server (KEEL_SERVE). Both are threads of the process. A thread that holds the mutex waits for
 * no vCPU; the board's lock is taken inside of it, for the interrupt. A thread that waits for
 * the mutex can be interrupted, and kicks the holder if it wants the queue to stop.
 *
 * A backend that cannot do what a chain asks for just now returns -EAGAIN: the chain is put back,
 * and the driver is not to notify. The vCPU leaves it to the server, which may sleep; a chain
 * that the server got -EAGAIN for waits until the backend calls keel_vqueue_wake(). A backend
 * that completes a chain later returns -EIOCBQUEUED, and calls keel_vqueue_done().
 *
 * Why no notification is lost: a thread that finds the ring empty switches notifications
 * on and looks once more (keel_virtq_notify_on()); if the next one finds nothing either,
 * they are on already. A vCPU that notifies meanwhile finds the mutex taken, and posts
 * the queue's job: the server looks after the mutex was released.
 */
#ifndef KEEL_VQUEUE_H
#define KEEL_VQUEUE_H

#include <linux/llist.h>
#include <linux/mutex.h>
#include <linux/uio.h>
#include <linux/wait.h>

#include "../devices/virtio/core.h"
#include "../devices/virtio/order.h"
#include "../devices/virtio/queue_mem.h"
#include "server.h"

struct file;
struct keel_vdev;
struct keel_vm;

/**
 * struct keel_vqueue_work - what serving a queue needs beside its state.
 * @ring:  the walker
 * @chain: what is being served
 * @order: of chains that were taken and not given back, with VIRTIO_F_IN_ORDER
 * @iov:   segments of @chain in the process' memory, as many as the queue has descriptors
 *
 * Made when the queue is first started: most queues of most devices never are.
 */
struct keel_vqueue_work {
	struct keel_virtq ring;
	struct keel_chain chain;
	struct keel_virtq_order order;
	struct iovec iov[];
};

/**
 * struct keel_vqueue - a queue being served.
 * @vdev:    its device
 * @index:   number of the queue
 * @serving: between start and stop; written under @lock
 * @by_vhost: vhost serves it: the backend has started it; written under @lock
 * @failing: vhost has reported an error in it
 * @stopping: a thread waits for @lock to stop the queue: no thread serves it
 * @nowait:  the thread that serves must not sleep; under @lock
 * @asked:   the driver was asked to notify for the next chain; under @lock
 * @in_order: chains are given back as they were taken
 * @place:   then: place of the chain that is served; under @lock
 * @broke:   the model is to report it broken, when nothing is in flight; under @lock
 * @lock:    one thread at a time
 * @holder:  the thread that has @lock, or NULL
 * @job:     serves where the vCPU does not
 * @w:       see its struct; NULL before the first start. Under @lock
 * @file:    the backend's file, looked up once for chains that are served in a row; under
 *           @lock, and NULL when it is free
 * @over:    flights that are over
 * @flying:  chains in flight, those included; written under @lock
 * @landed:  where a thread waits for their end
 * @since:   while accesses are watched: when the driver notified of what no thread has taken yet,
 *           CLOCK_MONOTONIC in ns, or 0
 * @notifications: from the driver
 * @inlined: of these, served by the vCPU itself
 * @direct:  interrupts that were sent without the board
 * @handed:  times that its vector's eventfd was given to vhost
 * @taken:   times that it was taken back
 * @deferred: chains that were put back
 * @flights: chains that were in flight
 * @flying_most: so many at a time
 */
struct keel_vqueue {
	struct keel_vdev *vdev;
	unsigned int index;
	bool serving;
	bool by_vhost;
	bool failing;
	bool stopping;
	bool nowait;
	bool asked;
	bool in_order;
	bool broke;
	u16 place;
	struct mutex lock;
	struct task_struct *holder;
	struct keel_job job;
	struct keel_vqueue_work *w;
	struct file *file;
	struct llist_head over;
	unsigned int flying;
	wait_queue_head_t landed;
	u64 since;
	u64 notifications;
	u64 inlined;
	u64 direct;
	u64 handed;
	u64 taken;
	u64 deferred;
	u64 flights;
	unsigned int flying_most;
};

/**
 * struct keel_flight - a chain that a backend has kept. Part of the backend's request.
 * @node:  in keel_vqueue.over
 * @id:    the chain's
 * @slots: the chain's
 * @place: the chain's
 */
struct keel_flight {
	struct llist_node node;
	u16 id;
	u16 slots;
	u16 place;
};

/**
 * keel_flight_begin() - keep the chain that is being served; called before it can complete.
 * @flight: out
 * @queue:  the queue
 */
static inline void keel_flight_begin(struct keel_flight *flight, const struct keel_vqueue *queue)
{
	flight->id = queue->w->chain.id;
	flight->slots = queue->w->chain.slots;
	flight->place = queue->place;
}

struct keel_vqueue *keel_vqueue_create(struct keel_vdev *vdev, unsigned int index);
void keel_vqueue_free(struct keel_vqueue *queue);
int keel_vqueue_enter(struct keel_vqueue *queue);
bool keel_vqueue_try_enter(struct keel_vqueue *queue);
void keel_vqueue_leave(struct keel_vqueue *queue);
int keel_vqueue_seize(struct keel_vqueue *queue);
void keel_vqueue_release(struct keel_vqueue *queue);
int keel_vqueue_start(struct keel_vqueue *queue);
int keel_vqueue_stop(struct keel_vqueue *queue);
int keel_vqueue_redirect(struct keel_vqueue *queue);
bool keel_vqueue_notify(struct keel_vdev *vdev, u32 index);
void keel_vqueue_notify_later(struct keel_vm *vm, const struct keel_dev *dev, unsigned int index);
void keel_vqueue_interrupt(struct keel_vqueue *queue);
void keel_vqueue_fail(struct keel_vqueue *queue);
int keel_vqueue_irqfd(const struct keel_vqueue *queue);
void keel_vqueue_wake(struct keel_vqueue *queue);
void keel_vqueue_done(struct keel_vqueue *queue, struct keel_flight *flight);

#endif /* KEEL_VQUEUE_H */
