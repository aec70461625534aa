// SPDX-License-Identifier: GPL-2.0
/*
 * A virtqueue that is served: by whom, for how long, and how it comes to a stop. See
 * virtio.h for who may do what.
 *
 * A backend can keep a chain while the queue goes on: a flight. When it is over, whoever
 * has the queue's mutex next gives the chain back, the worker at the latest. A queue that
 * stops, or breaks, has stopped when nothing is in flight any more; only then the
 * driver hears of it, for it may use the memory again.
 */
#include <linux/kthread.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "virtio.h"

/* Chains that are served at a time; after these a vCPU goes on, and a worker takes over. */
#define VQUEUE_CHAINS	64
/* How long a busy-polling worker looks for more before it lets the driver ring again. */
#define VQUEUE_POLL_NS	50000

/* ---- What the driver hears ---- */

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

/**
 * keel_virtio_interrupt() - buffers were used, and the driver wants to know.
 * @queue: of which queue
 *
 * A vector that is live goes past the board; anything else is the model's business.
 */
void keel_virtio_interrupt(struct keel_vqueue *queue)
{
	struct keel_vdev *vdev = queue->vdev;
	u16 vector = READ_ONCE(vdev->v->s->queues[queue->index].vector);

	if (vdev->pci && vector < vdev->pci->vectors &&
	    keel_router_signal(vdev->vm, vdev->pci->gsi + vector))
		queue->direct++;
	else
		vqueue_tell(queue, vqueue_say_used);
}

/**
 * keel_virtio_irqfd() - where a queue's interrupts can go without Keel.
 * @queue: the queue
 *
 * Return: an eventfd that interrupts when it is signalled; NULL: there is none, or not now.
 * See keel_router_irqfd().
 */
struct file *keel_virtio_irqfd(const struct keel_vqueue *queue)
{
	const struct keel_vdev *vdev = queue->vdev;
	u16 vector = READ_ONCE(vdev->v->s->queues[queue->index].vector);

	if (!vdev->pci || vector >= vdev->pci->vectors)
		return NULL;
	return keel_router_irqfd(vdev->vm, vdev->pci->gsi + vector);
}

/* ---- Flights ---- */

/**
 * keel_virtio_done() - a flight is over.
 * @queue:  whose
 * @flight: of a chain for which the backend's serve() returned -EIOCBQUEUED, or will in
 *          a moment
 *
 * Any context. The backend's finish() is called with it, unless the process is no more.
 */
void keel_virtio_done(struct keel_vqueue *queue, struct keel_flight *flight)
{
	llist_add(&flight->node, &queue->over);
	queue_work(queue->vdev->vm->workers, &queue->work);
}

/**
 * keel_virtio_wake() - what serve() answered -EAGAIN to can be done now.
 * @queue: the queue
 *
 * Any context. None is lost: the worker looks once more if it is just now being told
 * -EAGAIN.
 */
void keel_virtio_wake(struct keel_vqueue *queue)
{
	queue_work(queue->vdev->vm->workers, &queue->work);
}

/* It is given back, at once or in its turn. Return: 0, or an error of a queue that is broken. */
static int vqueue_give_back(struct keel_vqueue *queue, const struct keel_flight *chain, s64 written)
{
	const struct keel_turn *turn;
	int ret = 0;

	if (written < 0)
		return keel_virtq_break(&queue->ring, KEEL_VIRTQ_BAD_REQUEST);
	if (!queue->in_order)
		return keel_virtq_push(&queue->ring, chain->id, chain->slots, written);
	keel_order_over(&queue->order, chain->place, written);
	while (!ret && (turn = keel_order_pop(&queue->order)))
		ret = keel_virtq_push(&queue->ring, turn->id, turn->slots, turn->written);
	return ret;
}

/* Return: 0, or an error of a queue that is broken. */
static int vqueue_finish(struct keel_vqueue *queue, struct keel_flight *flight)
{
	const struct keel_flight chain = *flight;	/* finish() may give it to somebody else */

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
	wake_up(&queue->landed);
}

/* The process is dead: there is no memory that anything could be given back to. */
static void vqueue_forget(struct keel_vqueue *queue)
{
	struct llist_node *node;

	mutex_lock(&queue->lock);
	for (node = llist_del_all(&queue->over); node; node = node->next)
		queue->flying--;
	vqueue_landed(queue);
	mutex_unlock(&queue->lock);
}

/* ---- Serving ---- */

/* Return: -EAGAIN, or another error of a queue that is broken. */
static int vqueue_put_back(struct keel_vqueue *queue)
{
	if (queue->in_order)
		keel_order_put_back(&queue->order);
	queue->deferred++;
	return keel_virtq_put_back(&queue->ring, &queue->chain) ?: -EAGAIN;
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
		queue->place = keel_order_add(&queue->order, &queue->chain);
	keel_flight_begin(&chain, queue);
	written = queue->vdev->backend->serve(queue);
	if (written == -EAGAIN)
		return vqueue_put_back(queue);
	if (written == -EIOCBQUEUED) {
		queue->flights++;
		queue->flying++;
		queue->flying_most = max(queue->flying_most, queue->flying);
		return 1;
	}
	return vqueue_give_back(queue, &chain, written) ?: 1;
}

/* The driver need not ring while there is somebody looking. */
static void vqueue_look(struct keel_vqueue *queue)
{
	if (queue->asked)
		keel_virtq_notify_off(&queue->ring);
	queue->asked = false;
}

/*
 * The next chain, if there is one. Return: 1: served; 0: there is none, and the driver will
 * ring if @ask; -EAGAIN: not now; or another error of a queue that is broken.
 */
static int vqueue_serve_next(struct keel_vqueue *queue, bool ask)
{
	int ret = keel_virtq_next(&queue->ring, &queue->chain);

	if (ret > 0) {
		vqueue_look(queue);
		return vqueue_serve_chain(queue);
	}
	if (ret < 0 || queue->asked || !ask)
		return ret;
	queue->asked = true;
	return keel_virtq_notify_on(&queue->ring);
}

/* Some chains. Return: 1: there may be more; else as vqueue_serve_next(). */
static int vqueue_serve_some(struct keel_vqueue *queue, bool ask)
{
	int ret = 1, budget = VQUEUE_CHAINS;

	while (ret > 0 && budget--)
		ret = vqueue_serve_next(queue, ask);
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
	if (queue->serving && !ret)
		ret = vqueue_serve_some(queue, ask);
	if (keel_virtq_wants_interrupt(&queue->ring))
		keel_virtio_interrupt(queue);
	if (over)
		vqueue_landed(queue);
	return vqueue_served(queue, ret);
}

/*
 * As long as there is more, or may be soon, where that is what is wanted: only the last look
 * asks the driver to ring again.
 */
static void vqueue_work_serve(struct keel_vqueue *queue)
{
	u64 poll = queue->vdev->mode == KEEL_SERVE_POLL ? VQUEUE_POLL_NS : 0;
	u64 until = ktime_get_ns() + poll;
	bool more, last;

	do {
		last = !poll || !READ_ONCE(queue->serving) || ktime_get_ns() >= until;
		mutex_lock(&queue->lock);
		more = !queue->whole && vqueue_serve(queue, false, last);
		mutex_unlock(&queue->lock);
		if (more)
			until = ktime_get_ns() + poll;
		cond_resched();
	} while (more || !last);
}

/* A queue that others serve, and do not any more. With its lock, in the process' mm. */
static void vqueue_fail(struct keel_vqueue *queue)
{
	queue->vdev->backend->stop(queue);
	WRITE_ONCE(queue->serving, false);
	keel_virtq_break(&queue->ring, KEEL_VIRTQ_BAD_ELSEWHERE);
	vqueue_tell(queue, vqueue_say_broken);
}

static void vqueue_work_foreign(struct keel_vqueue *queue)
{
	queue->vdev->backend->kick(queue);
	if (!READ_ONCE(queue->failing))
		return;
	mutex_lock(&queue->lock);
	if (queue->serving && queue->whole && queue->failing)
		vqueue_fail(queue);
	mutex_unlock(&queue->lock);
}

/* A worker has no memory of its own: it borrows the process'. A dead one's is not served. */
static void vqueue_work(struct work_struct *work)
{
	struct keel_vqueue *queue = container_of(work, struct keel_vqueue, work);
	struct mm_struct *mm = queue->vdev->vm->mm;

	if (!READ_ONCE(queue->serving) && llist_empty(&queue->over))
		return;
	if (!mmget_not_zero(mm)) {
		vqueue_forget(queue);
		return;
	}
	kthread_use_mm(mm);
	if (READ_ONCE(queue->whole))
		vqueue_work_foreign(queue);
	else
		vqueue_work_serve(queue);
	kthread_unuse_mm(mm);
	mmput(mm);
}

/* In a vCPU's thread. Return: true if there may be more to do. */
static bool vqueue_inline(struct keel_vqueue *queue)
{
	bool more = true;

	if (!mutex_trylock(&queue->lock))
		return true;
	queue->inlined++;
	more = queue->serving && !queue->whole && vqueue_serve(queue, true, true);
	mutex_unlock(&queue->lock);
	return more;
}

/**
 * keel_virtio_kick() - a bell rang: serve the queue, here or elsewhere.
 * @vdev:  the device
 * @index: number of the queue
 *
 * In a vCPU's thread, without a lock.
 *
 * Return: false if nobody serves that queue.
 */
bool keel_virtio_kick(struct keel_vdev *vdev, u32 index)
{
	struct keel_vqueue *queue;

	if (index >= vdev->nr_queues)
		return false;
	queue = vdev->queues[index];
	if (!READ_ONCE(queue->serving))
		return false;
	queue->kicks++;
	if (READ_ONCE(queue->whole)) {
		vdev->backend->kick(queue);
		return true;
	}
	if (vdev->mode != KEEL_SERVE_INLINE || vqueue_inline(queue))
		queue_work(queue->vdev->vm->workers, &queue->work);
	return true;
}

/**
 * keel_virtio_fail() - whoever else serves a queue has found something wrong in it.
 * @queue: it is broken as soon as a worker comes to it
 *
 * Any context.
 */
void keel_virtio_fail(struct keel_vqueue *queue)
{
	WRITE_ONCE(queue->failing, true);
	queue_work(queue->vdev->vm->workers, &queue->work);
}

/**
 * keel_virtio_kick_later() - the same, by the model, with the board's lock held.
 * @vm:    the VM
 * @dev:   the device
 * @index: number of the queue
 */
void keel_virtio_kick_later(struct keel_vm *vm, const struct keel_dev *dev, unsigned int index)
{
	struct keel_vqueue *queue = vm->vdev_of[dev->index]->queues[index];

	queue_work(queue->vdev->vm->workers, &queue->work);
}

/* ---- Starting and stopping ---- */

/* Return: 0, or an error of a queue that is broken. */
static int vqueue_take(struct keel_vqueue *queue)
{
	struct keel_vdev *vdev = queue->vdev;
	int ret = 1;

	keel_virtq_start(&queue->ring, &keel_memory_ops, vdev->vm,
			 &vdev->v->s->queues[queue->index], vdev->v->s->driver_features);
	WRITE_ONCE(queue->failing, false);
	queue->in_order = queue->ring.features & BIT_ULL(VIRTIO_F_IN_ORDER);
	memset(&queue->order, 0, sizeof(queue->order));
	queue->asked = false;	/* whatever is written there */
	if (!vdev->backend->start)
		return 0;	/* a broken one is found out when it is served */
	if (!queue->ring.s->broken)
		ret = vdev->backend->start(queue);
	WRITE_ONCE(queue->whole, !ret);
	if (ret < 0)
		keel_virtq_break(&queue->ring, KEEL_VIRTQ_BAD_RING);
	return queue->ring.s->broken ? -EIO : 0;
}

/**
 * keel_vqueue_start() - serve a queue.
 * @queue: the queue; one that is served already is left alone
 */
void keel_vqueue_start(struct keel_vqueue *queue)
{
	mutex_lock(&queue->lock);
	if (!queue->serving && queue->vdev->backend) {
		if (vqueue_take(queue))
			vqueue_tell(queue, vqueue_say_broken);
		else
			WRITE_ONCE(queue->serving, true);
	}
	mutex_unlock(&queue->lock);
	/* What was made available before there was anybody to ring for. */
	queue_work(queue->vdev->vm->workers, &queue->work);
}

static void vqueue_leave(struct keel_vqueue *queue, bool leave)
{
	const struct keel_backend *backend = queue->vdev->backend;

	if (backend && backend->leave)
		backend->leave(queue, leave);
}

/**
 * keel_vqueue_stop() - serve it no more.
 * @queue: the queue
 *
 * When this returns nothing is in flight, and no chain half done.
 */
void keel_vqueue_stop(struct keel_vqueue *queue)
{
	vqueue_leave(queue, true);
	mutex_lock(&queue->lock);
	vqueue_leave(queue, false);
	if (queue->serving && queue->whole)
		queue->vdev->backend->stop(queue);
	WRITE_ONCE(queue->serving, false);
	mutex_unlock(&queue->lock);
	/* The worker gives back what is over, and nobody else does any more. */
	wait_event(queue->landed, !READ_ONCE(queue->flying));
	cancel_work_sync(&queue->work);
}

/**
 * keel_vqueue_aim() - whoever else serves a queue is told what he may signal now.
 * @queue: the queue, of a backend that has aim()
 */
void keel_vqueue_aim(struct keel_vqueue *queue)
{
	mutex_lock(&queue->lock);
	if (queue->serving && queue->whole && queue->vdev->backend->aim(queue))
		vqueue_fail(queue);
	mutex_unlock(&queue->lock);
}

/**
 * keel_vqueue_create() - a queue that is not served yet.
 * @vdev:  whose
 * @index: its number
 *
 * Return: it, or NULL.
 */
struct keel_vqueue *keel_vqueue_create(struct keel_vdev *vdev, unsigned int index)
{
	struct keel_vqueue *queue = kvzalloc(sizeof(*queue), GFP_KERNEL_ACCOUNT);

	if (!queue)
		return NULL;
	queue->vdev = vdev;
	queue->index = index;
	mutex_init(&queue->lock);
	INIT_WORK(&queue->work, vqueue_work);
	init_llist_head(&queue->over);
	init_waitqueue_head(&queue->landed);
	return queue;
}

/**
 * keel_vqueue_free() - the end of a queue.
 * @queue: stopped; its backend is gone, and so will not wake it any more
 */
void keel_vqueue_free(struct keel_vqueue *queue)
{
	cancel_work_sync(&queue->work);
	kvfree(queue);
}
