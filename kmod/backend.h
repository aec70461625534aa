/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Back ends: what a type of virtio device does with the chains in its queues. vqueue.h has the
 * rules for their threads.
 */
#ifndef KEEL_BACKEND_H
#define KEEL_BACKEND_H

#include <linux/types.h>

struct keel_flight;
struct keel_port_change;
struct keel_vdev;
struct keel_vqueue;

/**
 * struct keel_backend - what a type of device does. It does what the chains ask for
 * (@serve), or has vhost serve queues (@start, @stop, @redirect and @notify), or some of them.
 * All but @notify and @counter run in a thread of the process.
 * @type:   KEEL_VIRTIO_*
 * @attach: take what the caller gives, an argument of the type's own command; may set @vdev->data,
 *          and fills in @config, KEEL_VIRTIO_CONFIG bytes of zeroes. 0 or an error
 * @detach: give it back, of a paused VM or at the VM's end: no thread of the process runs a job,
 *          and no queue is served. Of a paused VM, jobs can be posted, and idle threads look at
 *          files: what they see stays (@vdev->kept)
 * @serve:  do what @queue->w->chain asks for. Returns how many bytes of its in-part were
 *          written, or -EBADMSG for a chain that is no request; -EAGAIN: not now;
 *          -EIOCBQUEUED: it is in flight. With the queue's lock. May sleep unless
 *          @queue->nowait
 * @finish: a flight is over: write its result to the guest's memory. Returns
 *          how many bytes of the chain's in-part were written, or -EBADMSG. As @serve, and
 *          the flight may be used again at once
 * @hurry:  the queue is to stop: do what is in flight and waits for a server
 * @start:  take the queue, whose ring the walker has checked; its state is @queue->w->ring.s.
 *          0; 1: @serve serves this queue; or an error: the queue is broken. With the
 *          queue's lock
 * @stop:   give it back: update @queue->w->ring.s, and do not serve the queue any more.
 *          As @start
 * @redirect: keel_vqueue_irqfd() of a queue that was taken may have changed: signal that eventfd
 *          from now on when buffers are used, or Keel if there is none. 0, or an error: the
 *          queue is broken. As @start
 * @notify: the driver notified a queue that was taken. Must not sleep
 * @reconcile: queues were started and stopped as the model wanted it: do what else is due.
 *          With keel_vm.reconciling. Optional, as are those below
 * @counter: the @i-th of its counters, @name and all; false: there are no more
 * @change: KEEL_SET_PORT: give a port another file or size. With keel_vm.reconciling
 */
struct keel_backend {
	u16 type;
	int (*attach)(struct keel_vdev *vdev, const void *arg, void *config);
	void (*detach)(struct keel_vdev *vdev);
	s64 (*serve)(struct keel_vqueue *queue);
	s64 (*finish)(struct keel_vqueue *queue, struct keel_flight *flight);
	void (*hurry)(struct keel_vqueue *queue);
	int (*start)(struct keel_vqueue *queue);
	void (*stop)(struct keel_vqueue *queue);
	int (*redirect)(struct keel_vqueue *queue);
	void (*notify)(struct keel_vqueue *queue);
	int (*reconcile)(struct keel_vdev *vdev);
	bool (*counter)(const struct keel_vdev *vdev, unsigned int i, char *name, size_t size,
			u64 *value);
	long (*change)(struct keel_vdev *vdev, const struct keel_port_change *change);
};

/* KEEL_ATTACH_*: each is in its back end's file */
long keel_attach_blk(void *owner, void *arg);
long keel_attach_net(void *owner, void *arg);
long keel_attach_vsock(void *owner, void *arg);
long keel_attach_console(void *owner, void *arg);
long keel_attach_rng(void *owner, void *arg);

#endif /* KEEL_BACKEND_H */
