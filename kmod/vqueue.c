// SPDX-License-Identifier: GPL-2.0
/*
 * A virtqueue that is served: by which thread, for how long, and how it comes to a stop. See
 * vdev.h for the rules.
 *
 * A backend can keep a chain while the queue goes on: a flight. When it is over, the thread that
 * has the queue's mutex next gives the chain back. A queue that stops, or breaks, has stopped
 * when nothing is in flight any more; only then does the model report it to the driver, which may
 * then use the memory again.
 *
 * Why a stop ends: it forbids serving (@stopping), then kicks the thread that holds the mutex,
 * which comes out of a file that sleeps, and sees @stopping before it serves again. The
 * stopping thread itself gives back what is over, and does what waits for a server
 * (keel_backend.hurry). What is left is a device below that does not answer: for that the
 * stopping thread waits interruptibly, and a stop that was interrupted is begun again. A flight
 * past the end of the process holds the VM, so that its completion finds it.
 */
#include <linux/file.h>
#include <linux/nospec.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "backend.h"
#include "door.h"
#include "kick.h"
#include "limit.h"
#include "memory.h"
#include "router.h"
#include "trace.h"
#include "vdev.h"
#include "vqueue.h"

/* Chains that are served at a time; after these a vCPU goes on, and a server takes over. */
#define VQUEUE_CHAINS	64
/* How long a polling server looks for more before it lets the driver notify again. */
#define VQUEUE_POLL_NS	50000

/* ---- One thread at a time ---- */

/**
 * keel_vqueue_enter() - take a queue's lock.
 * @queue: the queue
 *
 * Return: 0, or -EINTR.
 */
int keel_vqueue_enter(struct keel_vqueue *queue)
{
	if (mutex_lock_interruptible(&queue->lock))
		return -EINTR;
	smp_store_mb(queue->holder, current);	/* before a look at @stopping */
	return 0;
}

/**
 * keel_vqueue_try_enter() - take it if it is free.
 * @queue: the queue
 */
bool keel_vqueue_try_enter(struct keel_vqueue *queue)
{
	if (!mutex_trylock(&queue->lock))
		return false;
	smp_store_mb(queue->holder, current);	/* before a look at @stopping */
	return true;
}

/**
 * keel_vqueue_leave() - give it back.
 * @queue: the queue
 */
void keel_vqueue_leave(struct keel_vqueue *queue)
{
	WRITE_ONCE(queue->holder, NULL);
	mutex_unlock(&queue->lock);
}

/* RCU keeps the task_struct. A thread that has just left passes through user mode in vain. */
static void vqueue_kick_holder(struct keel_vqueue *queue)
{
	struct task_struct *holder;

	rcu_read_lock();
	holder = READ_ONCE(queue->holder);
	if (holder)
		keel_kick_task(holder);
	rcu_read_unlock();
}

/**
 * keel_vqueue_seize() - take the lock from a thread that may sleep in a file.
 * @queue: the queue; the caller has keel_vm.reconciling
 *
 * Return: 0: no thread serves until keel_vqueue_release(); or -EINTR.
 */
int keel_vqueue_seize(struct keel_vqueue *queue)
{
	smp_store_mb(queue->stopping, true);	/* a holder from now on sees it */
	vqueue_kick_holder(queue);
	if (!keel_vqueue_enter(queue))
		return 0;
	WRITE_ONCE(queue->stopping, false);
	keel_job_post(&queue->job);	/* a thread that saw @stopping has not served */
	return -EINTR;
}

/**
 * keel_vqueue_release() - give it back, and have the queue served.
 * @queue: seized
 */
void keel_vqueue_release(struct keel_vqueue *queue)
{
	WRITE_ONCE(queue->stopping, false);
	keel_vqueue_leave(queue);
	keel_job_post(&queue->job);
}

static bool vqueue_is_served(const struct keel_vqueue *queue)
{
	return queue->serving && !queue->by_vhost && !READ_ONCE(queue->stopping);
}

/* ---- Reports to the driver ---- */

static int vqueue_say_used(struct keel_dev *dev, void *arg)
{
	const struct keel_vqueue *queue = arg;

	keel_virtio_used(queue->vdev->v, queue->index);
	return 0;
}

static int vqueue_say_broken(struct keel_dev *dev, void *arg)
{
	const struct keel_vqueue *queue = arg;

	keel_virtio_broke(queue->vdev->v, queue->index);
	return 0;
}

static void vqueue_tell(struct keel_vqueue *queue, int (*tell)(struct keel_dev *dev, void *arg))
{
	keel_door_call(queue->vdev->vm, &queue->vdev->v->dev, tell, queue);
}

/*
 * The GSI of the queue's MSI-X vector, or -1. Without MSI-X that GSI may be MSI's: the model has to
 * set the interrupt status before its message is sent.
 */
static int vqueue_gsi(const struct keel_vqueue *queue)
{
	const struct keel_vdev *vdev = queue->vdev;
	u16 vector = READ_ONCE(vdev->v->s->queues[queue->index].vector);

	if (!vdev->pci || vector >= vdev->pci->vectors || !keel_msix_enabled(&vdev->v->dev))
		return -1;
	return vdev->pci->gsi + vector;
}

/**
 * keel_vqueue_interrupt() - buffers were used, and the driver wants an interrupt.
 * @queue: the queue
 *
 * A live vector is signalled without the board; otherwise the model interrupts.
 */
void keel_vqueue_interrupt(struct keel_vqueue *queue)
{
	int gsi = vqueue_gsi(queue);

	if (gsi < 0 || !keel_router_signal(queue->vdev->vm, gsi)) {
		vqueue_tell(queue, vqueue_say_used);
		return;
	}
	queue->direct++;
	if (keel_limiting(queue->vdev->vm))
		keel_limit_one(queue->vdev->vm, &queue->vdev->v->dev, KEEL_LIMIT_INTERRUPTS);
}

/**
 * keel_vqueue_irqfd() - the eventfd by which a queue's interrupts bypass Keel.
 * @queue: the queue
 *
 * Return: descriptor of an eventfd that interrupts when it is signalled; -1: there is none, or
 * not now. See keel_router_irqfd().
 */
int keel_vqueue_irqfd(const struct keel_vqueue *queue)
{
	int gsi = vqueue_gsi(queue);

	return gsi < 0 ? -1 : keel_router_irqfd(queue->vdev->vm, gsi);
}

/* ---- Flights ---- */

/**
 * keel_vqueue_done() - a flight is over.
 * @queue:  its queue
 * @flight: of a chain for which the backend's serve() returned -EIOCBQUEUED, or will in
 *          a moment
 *
 * Any context. A caller that is no thread of the process holds a reference to the VM: as soon as
 * the flight is on the list, a thread that stops the queue may be through with it.
 */
void keel_vqueue_done(struct keel_vqueue *queue, struct keel_flight *flight)
{
	llist_add(&flight->node, &queue->over);
	wake_up(&queue->landed);
	keel_job_post(&queue->job);
}

/**
 * keel_vqueue_wake() - what serve() answered -EAGAIN to can be done now.
 * @queue: the queue
 *
 * Any context. No wake-up is lost: a job that gets -EAGAIN just now runs once
 * more.
 */
void keel_vqueue_wake(struct keel_vqueue *queue)
{
	keel_job_post(&queue->job);
}

/* The driver takes a chain in a batch for used completely, unless it is the last one. */
static int vqueue_take_turn(struct keel_virtq *ring, const struct keel_turn *turn)
{
	return turn->whole ? keel_virtq_gather(ring, turn->id, turn->slots, turn->written) :
			     keel_virtq_push(ring, turn->id, turn->slots, turn->written);
}

/* Gives it back, at once or in its turn. Return: 0, or an error of a queue that is broken. */
static int vqueue_give_back(struct keel_vqueue *queue, const struct keel_flight *chain, s64 written)
{
	struct keel_virtq *ring = &queue->w->ring;
	const struct keel_turn *turn;
	int ret = 0;

	if (written < 0) {
		keel_virtq_flush(ring);	/* those before it are good */
		return keel_virtq_break(ring, KEEL_VIRTQ_BAD_REQUEST);
	}
	if (!queue->in_order)
		return keel_virtq_push(ring, chain->id, chain->slots, written);
	keel_order_over(&queue->w->order, chain->place, written);
	while (!ret && (turn = keel_order_pop(&queue->w->order)))
		ret = vqueue_take_turn(ring, turn);
	return ret;
}

/* Return: 0, or an error of a queue that is broken. */
static int vqueue_finish(struct keel_vqueue *queue, struct keel_flight *flight)
{
	const struct keel_flight chain = *flight;	/* finish() may use it again */

	return vqueue_give_back(queue, &chain, queue->vdev->backend->finish(queue, flight));
}

/* Gives back what is over. Return: 0, or an error of a queue that is broken. */
static int vqueue_land(struct keel_vqueue *queue)
{
	struct llist_node *over = llist_reverse_order(llist_del_all(&queue->over));
	struct keel_flight *flight, *next;
	int ret = 0;

	llist_for_each_entry_safe(flight, next, over, node) {
		ret = min(ret, vqueue_finish(queue, flight));
		queue->flying--;
	}
	keel_virtq_flush(&queue->w->ring);	/* if it fails, so does the next chain */
	return ret;
}

/* With the lock held, when flights are over, or the queue is broken. */
static void vqueue_landed(struct keel_vqueue *queue)
{
	if (queue->flying)
		return;
	if (queue->broke) {
		queue->broke = false;
		vqueue_tell(queue, vqueue_say_broken);
	}
}

static bool vqueue_has_landed(const struct keel_vqueue *queue)
{
	return !llist_empty(&queue->over) || !queue->flying;
}

/*
 * With the lock, until nothing is in flight. An error is ignored: the driver broke the queue,
 * and it is not served any more. Return: 0, or -EINTR.
 */
static int vqueue_land_all(struct keel_vqueue *queue)
{
	const struct keel_backend *backend = queue->vdev->backend;

	if (!queue->flying)
		return 0;
	if (backend->hurry)
		backend->hurry(queue);
	while (queue->flying) {
		if (wait_event_interruptible(queue->landed, vqueue_has_landed(queue)))
			return -EINTR;
		vqueue_land(queue);
	}
	vqueue_landed(queue);
	if (keel_virtq_wants_interrupt(&queue->w->ring))
		keel_vqueue_interrupt(queue);
	return 0;
}

/* ---- Serving ---- */

/* Return: -EAGAIN, or another error of a queue that is broken. */
static int vqueue_put_back(struct keel_vqueue *queue)
{
	if (queue->in_order)
		keel_order_put_back(&queue->w->order);
	queue->deferred++;
	return keel_virtq_put_back(&queue->w->ring, &queue->w->chain) ?: -EAGAIN;
}

/* Is it to move no bytes now? */
static bool vqueue_owes(const struct keel_vqueue *queue)
{
	struct keel_vdev *vdev = queue->vdev;

	return keel_limiting(vdev->vm) && keel_limit_owes_bytes(vdev->vm, &vdev->v->dev);
}

/* @in: bytes that the driver gets, or may get when the flight is over */
static void vqueue_moved(const struct keel_vqueue *queue, u64 in)
{
	struct keel_vdev *vdev = queue->vdev;

	if (keel_limiting(vdev->vm))
		keel_limit_bytes(vdev->vm, &vdev->v->dev, queue->w->chain.out_len + in);
}

/*
 * One chain: given back, in flight, or put back. Return: 1; -EAGAIN: the last; or an error
 * of a queue that is broken now.
 */
static int vqueue_serve_chain(struct keel_vqueue *queue)
{
	struct keel_flight chain;
	s64 written;

	if (queue->in_order)
		queue->place = keel_order_add(&queue->w->order, &queue->w->chain);
	keel_flight_begin(&chain, queue);
	written = queue->vdev->backend->serve(queue);
	if (written == -EAGAIN)
		return vqueue_put_back(queue);
	if (written == -EIOCBQUEUED) {
		vqueue_moved(queue, queue->w->chain.in_len);
		queue->flights++;
		queue->flying++;
		queue->flying_most = max(queue->flying_most, queue->flying);
		return 1;
	}
	vqueue_moved(queue, max_t(s64, written, 0));
	return vqueue_give_back(queue, &chain, written) ?: 1;
}

/* The driver need not notify while a thread looks. */
static void vqueue_look(struct keel_vqueue *queue)
{
	if (queue->asked)
		keel_virtq_notify_off(&queue->w->ring);
	queue->asked = false;
}

/*
 * The next chain, if there is one. Return: 1: served; 0: there is none, and the driver will
 * notify if @ask; -EAGAIN: not now; or another error of a queue that is broken.
 */
static int vqueue_serve_next(struct keel_vqueue *queue, bool ask)
{
	int ret = keel_virtq_next(&queue->w->ring, &queue->w->chain);

	if (ret > 0) {
		vqueue_look(queue);
		return vqueue_serve_chain(queue);
	}
	if (keel_watched())
		WRITE_ONCE(queue->since, 0);
	if (ret < 0 || queue->asked || !ask)
		return ret;
	queue->asked = true;
	return keel_virtq_notify_on(&queue->w->ring);
}

/* Some chains. Return: 1: there may be more; else as vqueue_serve_next(). */
static int vqueue_serve_some(struct keel_vqueue *queue, bool ask)
{
	int ret = 1, budget = VQUEUE_CHAINS;

	while (ret > 0 && budget-- && !vqueue_owes(queue))
		ret = vqueue_serve_next(queue, ask);
	if (queue->file)
		fput(queue->file);
	queue->file = NULL;
	return ret;
}

/* What to do with a result of serving. Return: true if there may be more to do. */
static bool vqueue_served(struct keel_vqueue *queue, int ret)
{
	if (ret == -EAGAIN)
		return queue->nowait;
	if (ret >= 0)
		return ret;
	WRITE_ONCE(queue->serving, false);
	queue->broke = true;
	vqueue_landed(queue);
	return false;
}

/*
 * With the lock held: flights that are over, then what is in the ring, and one interrupt
 * for all of it. Return: true if there may be more to do.
 */
static bool vqueue_serve(struct keel_vqueue *queue, bool nowait, bool ask)
{
	bool over = !llist_empty(&queue->over);
	int ret = 0;

	queue->nowait = nowait;
	if (over)
		ret = vqueue_land(queue);
	if (vqueue_is_served(queue) && !ret)
		ret = vqueue_serve_some(queue, ask);
	if (keel_virtq_wants_interrupt(&queue->w->ring))
		keel_vqueue_interrupt(queue);
	if (over)
		vqueue_landed(queue);
	return vqueue_served(queue, ret);
}

/*
 * A batch, or in polling mode the first batch that comes soon: only the last look asks the
 * driver to notify again. Return: true if there may be more to do.
 */
static bool vqueue_job_serve(struct keel_vqueue *queue)
{
	struct keel_vdev *vdev = queue->vdev;
	u64 poll = queue->vdev->mode == KEEL_SERVE_POLL ? VQUEUE_POLL_NS : 0;
	u64 until = poll ? ktime_get_ns() + poll : 0;
	bool more, last;

	if (keel_limiting(vdev->vm) && READ_ONCE(queue->serving) &&
	    keel_limit_wait_bytes(vdev->vm, &vdev->v->dev))
		return true;
	do {
		if (keel_vqueue_enter(queue))
			return true;
		last = !poll || !vqueue_is_served(queue) || ktime_get_ns() >= until ||
		       signal_pending(current);
		more = (vqueue_is_served(queue) || !llist_empty(&queue->over)) &&
		       vqueue_serve(queue, false, last);
		keel_vqueue_leave(queue);
		cond_resched();
	} while (!more && !last);
	return more;
}

/* Takes a queue back from vhost, and breaks it. With its lock. */
static void vqueue_fail(struct keel_vqueue *queue)
{
	queue->vdev->backend->stop(queue);
	WRITE_ONCE(queue->serving, false);
	keel_virtq_break(&queue->w->ring, KEEL_VIRTQ_BAD_ELSEWHERE);
	vqueue_tell(queue, vqueue_say_broken);
}

/* Return: true if the lock could not be had. */
static bool vqueue_job_fail(struct keel_vqueue *queue)
{
	if (!READ_ONCE(queue->failing))
		return false;
	if (keel_vqueue_enter(queue))
		return true;
	if (queue->serving && queue->by_vhost && queue->failing)
		vqueue_fail(queue);
	keel_vqueue_leave(queue);
	return false;
}

/* More work goes behind other queues' jobs. */
static void vqueue_run(struct keel_job *job)
{
	struct keel_vqueue *queue = container_of(job, struct keel_vqueue, job);
	bool more;

	if (READ_ONCE(queue->by_vhost))
		more = vqueue_job_fail(queue);
	else
		more = vqueue_job_serve(queue);
	if (more)
		keel_job_post(job);
}

/* In a vCPU's thread. Return: true if there may be more to do. */
static bool vqueue_inline(struct keel_vqueue *queue)
{
	bool more = true;

	if (!keel_vqueue_try_enter(queue))
		return true;
	queue->inlined++;
	more = vqueue_is_served(queue) && vqueue_serve(queue, true, true);
	keel_vqueue_leave(queue);
	return more;
}

/*
 * A process that calls KVM_RUN itself gets here from the bus at any moment, in a pause too:
 * vdev_detach() waits for that.
 */
static void vqueue_notify_vhost(struct keel_vqueue *queue)
{
	const struct keel_backend *backend;

	rcu_read_lock();
	/* Pairs with vdev_attach(). */
	backend = smp_load_acquire(&queue->vdev->backend);
	if (backend)
		backend->notify(queue);
	rcu_read_unlock();
}

/**
 * keel_vqueue_notify() - the driver notified: serve the queue, here or elsewhere.
 * @vdev:  the device
 * @index: number of the queue
 *
 * In a vCPU's thread, without a lock.
 *
 * Return: false if that queue is not served.
 */
bool keel_vqueue_notify(struct keel_vdev *vdev, u32 index)
{
	struct keel_vqueue *queue;

	if (index >= vdev->nr_queues)
		return false;
	queue = vdev->queues[array_index_nospec(index, vdev->nr_queues)];
	if (!READ_ONCE(queue->serving))
		return false;
	queue->notifications++;
	trace_keel_notify(queue);
	if (keel_watched() && !READ_ONCE(queue->since))
		WRITE_ONCE(queue->since, ktime_get_ns());
	if (READ_ONCE(queue->by_vhost)) {
		vqueue_notify_vhost(queue);
		return true;
	}
	if (vdev->mode != KEEL_SERVE_INLINE || vqueue_inline(queue))
		keel_job_post(&queue->job);
	return true;
}

/**
 * keel_vqueue_fail() - vhost has reported an error in a queue.
 * @queue: the server's thread breaks it
 *
 * Any context.
 */
void keel_vqueue_fail(struct keel_vqueue *queue)
{
	WRITE_ONCE(queue->failing, true);
	keel_job_post(&queue->job);
}

/**
 * keel_vqueue_notify_later() - the same as keel_vqueue_notify(), with the board's lock held.
 * @vm:    the VM
 * @dev:   the device
 * @index: number of the queue
 */
void keel_vqueue_notify_later(struct keel_vm *vm, const struct keel_dev *dev, unsigned int index)
{
	keel_job_post(&vm->vdev_of[dev->index]->queues[index]->job);
}

/* ---- Starting and stopping ---- */

static int vqueue_make_work(struct keel_vqueue *queue)
{
	unsigned int size = queue->vdev->v->queue_size;
	struct keel_vqueue_work *w = queue->w;

	if (w)
		return 0;
	w = kvzalloc(struct_size(w, iov, size), GFP_KERNEL_ACCOUNT);
	if (!w)
		return -ENOMEM;
	smp_store_release(&queue->w, w);	/* Pairs with stats_of_queue(). */
	return 0;
}

/* An error of a thread that starts a queue, not of the queue: to be tried again. */
static bool vqueue_is_retry(int error)
{
	return error == -EINTR || error == -ENOMEM;
}

/* Return: 0; -EINTR or -ENOMEM: not begun; or another error of a queue that is broken. */
static int vqueue_take(struct keel_vqueue *queue)
{
	struct keel_vdev *vdev = queue->vdev;
	struct keel_virtq *ring = &queue->w->ring;
	int ret = 1;

	keel_virtq_start(ring, &keel_memory_ops, vdev->vm, &vdev->v->s->queues[queue->index],
			 vdev->v->s->driver_features);
	WRITE_ONCE(queue->failing, false);
	queue->in_order = ring->features & BIT_ULL(VIRTIO_F_IN_ORDER);
	memset(&queue->w->order, 0, sizeof(queue->w->order));
	queue->asked = false;	/* what the ring says is not known */
	if (!vdev->backend->start)
		return 0;	/* a broken one is found out when it is served */
	if (!ring->s->broken)
		ret = vdev->backend->start(queue);
	WRITE_ONCE(queue->by_vhost, !ret);
	if (vqueue_is_retry(ret))
		return ret;
	if (ret < 0)
		keel_virtq_break(ring, KEEL_VIRTQ_BAD_RING);
	return ring->s->broken ? -EIO : 0;
}

/* With the lock. Return: 0, -EINTR or -ENOMEM: the caller tries again. */
static int vqueue_begin(struct keel_vqueue *queue)
{
	int ret = vqueue_make_work(queue);

	if (!ret)
		ret = vqueue_land_all(queue);	/* of a stop that was interrupted */
	if (ret)
		return ret;
	ret = vqueue_take(queue);
	if (vqueue_is_retry(ret))
		return ret;
	if (ret) {
		vqueue_tell(queue, vqueue_say_broken);
	} else {
		trace_keel_queue_start(queue);
		WRITE_ONCE(queue->serving, true);
	}
	return 0;
}

/* A broken queue has been reported, and stays broken until it is reset. */
static bool vqueue_may_begin(const struct keel_vqueue *queue)
{
	const struct keel_vdev *vdev = queue->vdev;

	return !queue->serving && vdev->backend && !vdev->v->s->queues[queue->index].broken;
}

/**
 * keel_vqueue_start() - serve a queue.
 * @queue: the queue; one that is served already is left alone
 *
 * Return: 0, -EINTR or -ENOMEM: nothing was done, and it is to be tried again.
 */
int keel_vqueue_start(struct keel_vqueue *queue)
{
	int ret = keel_vqueue_enter(queue);

	if (ret)
		return ret;
	if (vqueue_may_begin(queue))
		ret = vqueue_begin(queue);
	keel_vqueue_leave(queue);
	/* The driver need not have notified for chains that it made available before. */
	if (READ_ONCE(queue->serving) && READ_ONCE(queue->by_vhost))
		vqueue_notify_vhost(queue);
	keel_job_post(&queue->job);
	return ret;
}

/* With the lock. */
static int vqueue_end(struct keel_vqueue *queue)
{
	if (queue->serving) {
		trace_keel_queue_stop(queue);
		if (queue->by_vhost)
			queue->vdev->backend->stop(queue);
	}
	WRITE_ONCE(queue->serving, false);
	WRITE_ONCE(queue->since, 0);
	return queue->w ? vqueue_land_all(queue) : 0;
}

/**
 * keel_vqueue_stop() - serve it no more.
 * @queue: the queue
 *
 * Return: 0: nothing is in flight, and no chain half done; -EINTR: it is to be tried again.
 */
int keel_vqueue_stop(struct keel_vqueue *queue)
{
	int ret = keel_vqueue_seize(queue);

	if (ret)
		return ret;
	ret = vqueue_end(queue);
	keel_vqueue_release(queue);
	return ret;
}

/**
 * keel_vqueue_redirect() - give vhost the eventfd that it may signal now.
 * @queue: the queue, of a backend that has redirect()
 *
 * Return: 0, or -EINTR: it is to be tried again.
 */
int keel_vqueue_redirect(struct keel_vqueue *queue)
{
	int ret = keel_vqueue_enter(queue);

	if (ret)
		return ret;
	if (queue->serving && queue->by_vhost && queue->vdev->backend->redirect(queue))
		vqueue_fail(queue);
	keel_vqueue_leave(queue);
	return 0;
}

/**
 * keel_vqueue_create() - a queue that is not served yet.
 * @vdev:  its device
 * @index: its number
 *
 * Return: it, or NULL.
 */
struct keel_vqueue *keel_vqueue_create(struct keel_vdev *vdev, unsigned int index)
{
	struct keel_vqueue *queue = kzalloc(sizeof(*queue), GFP_KERNEL_ACCOUNT);

	if (!queue)
		return NULL;
	queue->vdev = vdev;
	queue->index = index;
	mutex_init(&queue->lock);
	keel_job_init(&queue->job, vqueue_run);
	init_llist_head(&queue->over);
	init_waitqueue_head(&queue->landed);
	return queue;
}

/**
 * keel_vqueue_free() - the end of a queue.
 * @queue: no thread is inside, and nothing is in flight outside of the process
 */
void keel_vqueue_free(struct keel_vqueue *queue)
{
	kvfree(queue->w);
	kfree(queue);
}
