/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Serving virtqueues. A vdev is a virtio device's data side: its queues, and the backend
 * that does what the chains in them ask for.
 *
 * One thread at a time serves a queue, under its mutex: the vCPU that notified (inline), or a
 * server (KEEL_SERVE). Both are threads of the process. A thread that holds the mutex waits for
 * no vCPU; the board's lock is taken inside of it, for the interrupt. A thread that waits for
 * the mutex can be interrupted, and kicks the holder if it wants the queue to stop.
 *
 * A backend that cannot do what a chain asks for just now returns -EAGAIN: the chain is put back,
 * and the driver is not to notify. The vCPU leaves it to the server, which may sleep; a chain
 * that the server got -EAGAIN for waits until the backend calls keel_virtio_wake(). A backend
 * that completes a chain later returns -EIOCBQUEUED, and calls keel_virtio_done().
 *
 * Why no notification is lost: a thread that finds the ring empty switches notifications
 * on and looks once more (keel_virtq_notify_on()); if the next one finds nothing either,
 * they are on already. A vCPU that notifies meanwhile finds the mutex taken, and posts
 * the queue's job: the server looks after the mutex was released.
 */
#ifndef KEEL_KMOD_VIRTIO_H
#define KEEL_KMOD_VIRTIO_H

#include <linux/llist.h>
#include <linux/mutex.h>
#include <linux/uio.h>
#include <linux/wait.h>

#include "../devices/pci/msix.h"
#include "../devices/virtio/config.h"
#include "../devices/virtio/core.h"
#include "../devices/virtio/net.h"
#include "../devices/virtio/order.h"
#include "../devices/virtio/queue_mem.h"
#include "../devices/virtio/types.h"
#include "server.h"
#include "vm.h"

struct keel_vdev;

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
 * @whole:   taken as a whole by the backend, which has vhost serve it; written under @lock
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
 * @kicks:   notifications
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
	bool whole;
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
	u64 kicks;
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

/**
 * struct keel_backend - what a type of device does. It does what the chains ask for
 * (@serve), or has vhost serve queues as a whole (@start, @stop, @aim and @kick), or some of
 * them. All but @kick and @counter run in a thread of the process.
 * @type:   KEEL_VIRTIO_*
 * @attach: take what the caller gives; may set @vdev->data. 0 or an error
 * @detach: give it back, at the VM's end: no thread of the process is inside
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
 * @aim:    keel_virtio_irqfd() of a queue that was taken may have changed: signal that eventfd
 *          from now on when buffers are used, or Keel if there is none. 0, or an error: the
 *          queue is broken. As @start
 * @kick:   the driver notified a queue that was taken. Must not sleep
 * @service: queues were started and stopped as the model wanted it: do what else is due.
 *          With keel_vm.servicing. Optional, as are those below
 * @counter: the @i-th of its counters, @name and all; false: there are no more
 * @files:  keel_attach.fds is used
 */
struct keel_backend {
	u16 type;
	int (*attach)(struct keel_vdev *vdev, const struct keel_attach *attach);
	void (*detach)(struct keel_vdev *vdev);
	s64 (*serve)(struct keel_vqueue *queue);
	s64 (*finish)(struct keel_vqueue *queue, struct keel_flight *flight);
	void (*hurry)(struct keel_vqueue *queue);
	int (*start)(struct keel_vqueue *queue);
	void (*stop)(struct keel_vqueue *queue);
	int (*aim)(struct keel_vqueue *queue);
	void (*kick)(struct keel_vqueue *queue);
	int (*service)(struct keel_vdev *vdev);
	bool (*counter)(const struct keel_vdev *vdev, unsigned int i, char *name, size_t size,
			u64 *value);
	bool files;
};

/**
 * struct keel_vdev - the data side of a virtio device.
 * @vm:      its VM
 * @v:       the model
 * @pci:     the function, if it is one
 * @bell:    its doorbells: a region in each space, or NULL
 * @bell_kind: KEEL_BELL_*
 * @backend: NULL as long as none is attached: nothing is served
 * @data:    the backend's
 * @mode:    KEEL_SERVE_*
 * @server:  runs its jobs; NULL as long as no backend is attached
 * @nr_queues: entries of @queues
 * @queues:  all of them
 */
struct keel_vdev {
	struct keel_vm *vm;
	struct keel_virtio *v;
	const struct keel_pci *pci;
	const struct keel_region *bell[KEEL_NR_SPACES];
	u8 bell_kind;
	const struct keel_backend *backend;
	void *data;
	u32 mode;
	struct keel_server *server;
	unsigned int nr_queues;
	struct keel_vqueue **queues;
};

/* vqueue.c */
struct keel_vqueue *keel_vqueue_create(struct keel_vdev *vdev, unsigned int index);
void keel_vqueue_free(struct keel_vqueue *queue);
int keel_vqueue_enter(struct keel_vqueue *queue);
bool keel_vqueue_try_enter(struct keel_vqueue *queue);
void keel_vqueue_leave(struct keel_vqueue *queue);
int keel_vqueue_seize(struct keel_vqueue *queue);
void keel_vqueue_release(struct keel_vqueue *queue);
int keel_vqueue_start(struct keel_vqueue *queue);
int keel_vqueue_stop(struct keel_vqueue *queue);
int keel_vqueue_aim(struct keel_vqueue *queue);
bool keel_virtio_kick(struct keel_vdev *vdev, u32 index);
void keel_virtio_interrupt(struct keel_vqueue *queue);
void keel_virtio_fail(struct keel_vqueue *queue);
int keel_virtio_irqfd(const struct keel_vqueue *queue);
void keel_virtio_wake(struct keel_vqueue *queue);
void keel_virtio_done(struct keel_vqueue *queue, struct keel_flight *flight);

/* virtio.c */
struct keel_vdev *keel_virtio_find(struct keel_vm *vm, unsigned int class, unsigned int instance);

/* memory.c */
void __user *keel_memory_at(const struct keel_vm *vm, u64 addr, u32 len);
int keel_memory_iov(const struct keel_vm *vm, const struct keel_seg *segs, unsigned int nr,
		    struct iovec *iov);
const struct keel_memory_region *keel_memory_regions(const struct keel_vm *vm, unsigned int *nr);
extern const struct keel_mem_ops keel_memory_ops;

/* the backends */
extern const struct keel_backend keel_virtio_rng;
extern const struct keel_backend keel_virtio_blk;
extern const struct keel_backend keel_virtio_net;
extern const struct keel_backend keel_virtio_vsock;
extern const struct keel_backend keel_virtio_console;

#endif /* KEEL_KMOD_VIRTIO_H */
