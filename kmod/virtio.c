// SPDX-License-Identifier: GPL-2.0
/*
 * Virtio devices' data sides: made with the VM, started and stopped as drivers and
 * pauses want it, and the loop that serves a queue. See virtio.h for who may do what.
 */
#include <linux/kthread.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "virtio.h"

/* Chains that are served at a time; after these a vCPU goes on, and a worker takes over. */
#define VIRTIO_CHAINS	64
/* How long a busy-polling worker looks for more before it lets the driver ring again. */
#define VIRTIO_POLL_NS		50000

static const struct keel_backend *const virtio_backends[] = {
	&keel_virtio_rng,
	&keel_virtio_blk,
	&keel_virtio_net,
	&keel_virtio_vsock,
};

/* ---- Serving ---- */

static int virtio_tell_used(struct keel_dev *dev, void *arg)
{
	const struct keel_vqueue *queue = arg;

	keel_virtio_used(queue->vdev->v, queue->index);
	return 0;
}

static int virtio_tell_broken(struct keel_dev *dev, void *arg)
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
		vqueue_tell(queue, virtio_tell_used);
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

/* One chain: done and given back. Return: 0, or an error of a queue that is broken now. */
static int vqueue_serve_chain(struct keel_vqueue *queue)
{
	struct keel_chain *chain = &queue->chain;
	s64 written = queue->vdev->backend->serve(queue);

	if (written < 0)
		return keel_virtq_break(&queue->ring, KEEL_VIRTQ_BAD_REQUEST);
	return keel_virtq_push(&queue->ring, chain->id, chain->slots, written);
}

/* The next chain, if there is one. Return: 1: served; 0: the driver will ring; or an error. */
static int vqueue_serve_next(struct keel_vqueue *queue)
{
	int ret = keel_virtq_next(&queue->ring, &queue->chain);

	if (ret > 0) {
		ret = vqueue_serve_chain(queue);
		return ret < 0 ? ret : 1;
	}
	if (ret < 0 || !keel_virtq_notify_on(&queue->ring))
		return ret;
	keel_virtq_notify_off(&queue->ring);
	return 1;
}

/*
 * Up to @budget chains, and one interrupt for all of them. Return: 1: there may be more;
 * 0: the ring is empty; or an error of a queue that is broken now.
 */
static int vqueue_serve_some(struct keel_vqueue *queue, int budget)
{
	int ret = 1;

	keel_virtq_notify_off(&queue->ring);
	while (ret > 0 && budget--)
		ret = vqueue_serve_next(queue);
	if (keel_virtq_wants_interrupt(&queue->ring))
		keel_virtio_interrupt(queue);
	return ret;
}

/* With the lock held. Return: true if there may be more to do. */
static bool vqueue_serve(struct keel_vqueue *queue, int budget)
{
	int ret;

	if (!queue->serving)
		return false;
	ret = vqueue_serve_some(queue, budget);
	if (ret >= 0)
		return ret;
	WRITE_ONCE(queue->serving, false);
	vqueue_tell(queue, virtio_tell_broken);
	return false;
}

/* As long as there is more, or may be soon, where that is what is wanted. */
static void vqueue_work_serve(struct keel_vqueue *queue)
{
	u64 poll = queue->vdev->mode == KEEL_SERVE_POLL ? VIRTIO_POLL_NS : 0;
	u64 until = ktime_get_ns() + poll;
	bool more;

	do {
		mutex_lock(&queue->lock);
		more = vqueue_serve(queue, VIRTIO_CHAINS);
		mutex_unlock(&queue->lock);
		if (more)
			until = ktime_get_ns() + poll;
		cond_resched();
	} while (more || (READ_ONCE(queue->serving) && ktime_get_ns() < until));
}

/* A queue that others serve, and do not any more. With its lock, in the process' mm. */
static void vqueue_fail(struct keel_vqueue *queue)
{
	queue->vdev->backend->stop(queue);
	WRITE_ONCE(queue->serving, false);
	keel_virtq_break(&queue->ring, KEEL_VIRTQ_BAD_ELSEWHERE);
	vqueue_tell(queue, virtio_tell_broken);
}

static void vqueue_work_foreign(struct keel_vqueue *queue)
{
	queue->vdev->backend->kick(queue);
	if (!READ_ONCE(queue->failing))
		return;
	mutex_lock(&queue->lock);
	if (queue->serving && queue->failing)
		vqueue_fail(queue);
	mutex_unlock(&queue->lock);
}

/* A worker has no memory of its own: it borrows the process'. A dead one's is not served. */
static void vqueue_work(struct work_struct *work)
{
	struct keel_vqueue *queue = container_of(work, struct keel_vqueue, work);
	struct mm_struct *mm = queue->vdev->vm->mm;

	if (!READ_ONCE(queue->serving) || !mmget_not_zero(mm))
		return;
	kthread_use_mm(mm);
	if (queue->vdev->backend->kick)
		vqueue_work_foreign(queue);
	else
		vqueue_work_serve(queue);
	kthread_unuse_mm(mm);
	mmput(mm);
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
	bool more = true;

	if (index >= vdev->nr_queues)
		return false;
	queue = vdev->queues[index];
	if (!READ_ONCE(queue->serving))
		return false;
	queue->kicks++;
	if (vdev->backend->kick) {
		vdev->backend->kick(queue);
		return true;
	}
	if (vdev->mode == KEEL_SERVE_INLINE && mutex_trylock(&queue->lock)) {
		queue->inlined++;
		more = vqueue_serve(queue, VIRTIO_CHAINS);
		mutex_unlock(&queue->lock);
	}
	if (more)
		queue_work(system_unbound_wq, &queue->work);
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
	queue_work(system_unbound_wq, &queue->work);
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

	queue_work(system_unbound_wq, &queue->work);
}

/* ---- Starting and stopping ---- */

/* Return: 0, or an error of a queue that is broken. */
static int vqueue_take(struct keel_vqueue *queue)
{
	struct keel_vdev *vdev = queue->vdev;
	int ret = 0;

	keel_virtq_start(&queue->ring, &keel_memory_ops, vdev->vm,
			 &vdev->v->s->queues[queue->index], vdev->v->s->driver_features);
	WRITE_ONCE(queue->failing, false);
	if (!vdev->backend->start)
		return 0;	/* a broken one is found out when it is served */
	if (!queue->ring.s->broken)
		ret = vdev->backend->start(queue);
	if (ret)
		keel_virtq_break(&queue->ring, KEEL_VIRTQ_BAD_RING);
	return queue->ring.s->broken ? -EIO : 0;
}

static void vqueue_start(struct keel_vqueue *queue)
{
	mutex_lock(&queue->lock);
	if (!queue->serving && queue->vdev->backend) {
		if (vqueue_take(queue))
			vqueue_tell(queue, virtio_tell_broken);
		else
			WRITE_ONCE(queue->serving, true);
	}
	mutex_unlock(&queue->lock);
	/* What was made available before there was anybody to ring for. */
	queue_work(system_unbound_wq, &queue->work);
}

static void vqueue_stop(struct keel_vqueue *queue)
{
	mutex_lock(&queue->lock);
	if (queue->serving && queue->vdev->backend->stop)
		queue->vdev->backend->stop(queue);
	WRITE_ONCE(queue->serving, false);
	mutex_unlock(&queue->lock);
	cancel_work_sync(&queue->work);
}

static void vqueue_aim(struct keel_vqueue *queue)
{
	mutex_lock(&queue->lock);
	if (queue->serving && queue->vdev->backend->aim(queue))
		vqueue_fail(queue);
	mutex_unlock(&queue->lock);
}

static void vdev_each(struct keel_vdev *vdev, u32 queues, void (*fn)(struct keel_vqueue *queue))
{
	unsigned int i;

	for (i = 0; i < vdev->nr_queues; i++)
		if (queues & BIT(i))
			fn(vdev->queues[i]);
}

static void vdev_aim(struct keel_vdev *vdev)
{
	if (vdev->backend && vdev->backend->aim)
		vdev_each(vdev, U32_MAX, vqueue_aim);
}

static int virtio_to_stop(struct keel_dev *dev, void *arg)
{
	*(u32 *)arg = keel_virtio_to_stop(keel_virtio_of(dev));
	return 0;
}

static int virtio_settle(struct keel_dev *dev, void *arg)
{
	*(u32 *)arg = keel_virtio_settle(keel_virtio_of(dev), *(u32 *)arg);
	return 0;
}

/* Makes what is served what is wanted. */
static void vdev_service(struct keel_vdev *vdev)
{
	u32 queues;

	keel_door_call(vdev->vm, &vdev->v->dev, virtio_to_stop, &queues);
	vdev_each(vdev, queues, vqueue_stop);
	keel_door_call(vdev->vm, &vdev->v->dev, virtio_settle, &queues);
	vdev_each(vdev, queues, vqueue_start);
	vdev_aim(vdev);	/* a queue that runs may have got another vector */
}

static void virtio_service(struct keel_vm *vm)
{
	u64 devs = keel_door_services(vm);
	unsigned int i;

	lockdep_assert_held(&vm->servicing);
	for (i = 0; i < vm->nr_vdevs; i++)
		if (devs & BIT_ULL(vm->vdevs[i].v->dev.index))
			vdev_service(&vm->vdevs[i]);
}

/**
 * keel_virtio_service() - do what drivers have asked for: start and stop queues.
 * @vm: the VM; not paused, or nobody of it runs
 */
void keel_virtio_service(struct keel_vm *vm)
{
	mutex_lock(&vm->servicing);
	virtio_service(vm);
	mutex_unlock(&vm->servicing);
}

/**
 * keel_virtio_aim() - those who serve queues are told what they may signal now.
 * @vm: the VM; as for keel_virtio_service()
 *
 * Who finds that somebody else is at it already waits for him: when this returns, nobody
 * signals a GSI that was masked before.
 */
void keel_virtio_aim(struct keel_vm *vm)
{
	unsigned int i, turns;

	mutex_lock(&vm->servicing);
	/* Pairs with the release in door_route_turned(). */
	turns = smp_load_acquire(&vm->router.turns);
	for (i = 0; i < vm->nr_vdevs; i++)
		vdev_aim(&vm->vdevs[i]);
	WRITE_ONCE(vm->router.aimed, turns);
	mutex_unlock(&vm->servicing);
}

/**
 * keel_virtio_is_foreign() - may the caller not pause and resume?
 * @vm: the VM
 *
 * Queues that are others' to serve are started and stopped in the process' mm.
 */
bool keel_virtio_is_foreign(const struct keel_vm *vm)
{
	unsigned int i;

	for (i = 0; current->mm != vm->mm && i < vm->nr_vdevs; i++)
		if (vm->vdevs[i].backend && vm->vdevs[i].backend->start)
			return true;
	return false;
}

/**
 * keel_virtio_pause() - no queue is served when this returns, nor a chain half done.
 * @vm: the VM; no vCPU of it runs
 */
void keel_virtio_pause(struct keel_vm *vm)
{
	unsigned int i;

	mutex_lock(&vm->servicing);
	virtio_service(vm);
	for (i = 0; i < vm->nr_vdevs; i++)
		vdev_each(&vm->vdevs[i], U32_MAX, vqueue_stop);
	mutex_unlock(&vm->servicing);
}

/**
 * keel_virtio_resume() - go on with what the drivers have running.
 * @vm: the VM; it need not be paused: then a vCPU may be stopping queues just now
 */
void keel_virtio_resume(struct keel_vm *vm)
{
	unsigned int i;

	mutex_lock(&vm->servicing);
	virtio_service(vm);
	for (i = 0; i < vm->nr_vdevs; i++)
		vdev_each(&vm->vdevs[i], READ_ONCE(vm->vdevs[i].v->running), vqueue_start);
	mutex_unlock(&vm->servicing);
}

/* ---- Backends ---- */

static const struct keel_backend *virtio_backend(const struct keel_virtio *v)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(virtio_backends); i++)
		if (virtio_backends[i]->type == v->type->id)
			return virtio_backends[i];
	return NULL;
}

static struct keel_vdev *vdev_find(struct keel_vm *vm, unsigned int class, unsigned int instance)
{
	const struct keel_dev *dev = keel_board_find(vm->board, class, instance);

	return dev ? vm->vdev_of[dev->index] : NULL;
}

static int virtio_set_config(struct keel_dev *dev, void *arg)
{
	struct keel_virtio *v = keel_virtio_of(dev);
	const struct keel_attach *attach = arg;

	keel_virtio_config_set(v, 0, attach->config, v->type->config_size);
	return 0;
}

/* What only those have that take queues as a whole */
static bool attach_fits(const struct keel_backend *backend, const struct keel_attach *attach)
{
	return backend->start || !(attach->fds || attach->nr_fds || attach->tap);
}

static long vdev_attach(struct keel_vdev *vdev, struct keel_attach *attach)
{
	const struct keel_backend *backend = virtio_backend(vdev->v);
	int ret;

	if (!backend)
		return -ENODEV;
	if (vdev->backend)
		return -EBUSY;
	if (!attach_fits(backend, attach))
		return -EINVAL;
	vdev->mode = attach->serve;
	ret = backend->attach(vdev, attach);
	if (ret)
		return ret;
	keel_door_call(vdev->vm, &vdev->v->dev, virtio_set_config, attach);
	vdev->backend = backend;
	if (backend->aim && vdev->pci)
		keel_door_watch(vdev->vm, vdev->pci->gsi, vdev->pci->vectors);
	/* A driver may have come first. */
	if (!READ_ONCE(vdev->vm->paused))
		vdev_each(vdev, READ_ONCE(vdev->v->running), vqueue_start);
	return 0;
}

static bool attach_sane(const struct keel_virtio *v, const struct keel_attach *attach)
{
	return attach->serve <= KEEL_SERVE_POLL && !attach->flags && !attach->reserved &&
	       !memchr_inv(attach->config + v->type->config_size, 0,
			   sizeof(attach->config) - v->type->config_size);
}

/* KEEL_ATTACH */
long keel_virtio_attach(void *owner, void *arg)
{
	struct keel_attach *attach = arg;
	struct keel_vm *vm = owner;
	struct keel_vdev *vdev = vdev_find(vm, attach->class, attach->instance);
	long ret;

	if (!vdev)
		return -ENODEV;
	if (!attach_sane(vdev->v, attach))
		return -EINVAL;
	if (current->mm != vm->mm)
		return -EIO;
	mutex_lock(&vm->control);	/* no pause comes between, nor a resume */
	mutex_lock(&vm->servicing);
	ret = vdev_attach(vdev, attach);
	mutex_unlock(&vm->servicing);
	mutex_unlock(&vm->control);
	return ret;
}

/* ---- Life ---- */

static int vdev_add_queue(struct keel_vdev *vdev, unsigned int index)
{
	struct keel_vqueue *queue = kvzalloc(sizeof(*queue), GFP_KERNEL_ACCOUNT);

	if (!queue)
		return -ENOMEM;
	queue->vdev = vdev;
	queue->index = index;
	mutex_init(&queue->lock);
	INIT_WORK(&queue->work, vqueue_work);
	vdev->queues[index] = queue;
	vdev->nr_queues = index + 1;
	return 0;
}

static const struct keel_region *vdev_bell(const struct keel_virtio *v)
{
	const struct keel_region *region = &v->dev.board->regions[v->dev.region];

	while (!v->dev.ops->regions[region->nr].doorbell)
		region++;
	return region;
}

static int vdev_init(struct keel_vdev *vdev, struct keel_vm *vm, struct keel_virtio *v)
{
	unsigned int i;
	int ret = 0;

	vdev->vm = vm;
	vdev->v = v;
	vdev->pci = v->dev.ops->pci ? keel_pci_of(&v->dev) : NULL;
	vdev->bell = vdev_bell(v);
	vdev->bell_kind = v->dev.ops->regions[vdev->bell->nr].doorbell;
	vm->vdev_of[v->dev.index] = vdev;
	vdev->queues = kcalloc(v->nr_queues, sizeof(vdev->queues[0]), GFP_KERNEL_ACCOUNT);
	if (!vdev->queues)
		return -ENOMEM;
	for (i = 0; i < v->nr_queues && !ret; i++)
		ret = vdev_add_queue(vdev, i);
	return ret;
}

static bool virtio_is(const struct keel_dev *dev)
{
	return dev->ops->class == KEEL_CLASS_VIRTIO_MMIO ||
	       dev->ops->class == KEEL_CLASS_VIRTIO_PCI;
}

/**
 * keel_virtio_init() - a data side for each virtio device of the board.
 * @vm: with its board
 *
 * Return: 0 or -ENOMEM; keel_virtio_destroy() cleans up.
 */
int keel_virtio_init(struct keel_vm *vm)
{
	struct keel_board *board = vm->board;
	unsigned int i, nr = 0;
	int ret = 0;

	for (i = 0; i < board->nr_devs; i++)
		nr += virtio_is(board->devs[i]);
	vm->vdevs = kcalloc(nr, sizeof(vm->vdevs[0]), GFP_KERNEL_ACCOUNT);
	if (!vm->vdevs)
		return -ENOMEM;
	for (i = 0; i < board->nr_devs && !ret; i++)
		if (virtio_is(board->devs[i]))
			ret = vdev_init(&vm->vdevs[vm->nr_vdevs++], vm,
					keel_virtio_of(board->devs[i]));
	return ret;
}

static void vdev_destroy(struct keel_vdev *vdev)
{
	unsigned int i;

	vdev_each(vdev, U32_MAX, vqueue_stop);
	if (vdev->backend)
		vdev->backend->detach(vdev);
	for (i = 0; i < vdev->nr_queues; i++)
		kvfree(vdev->queues[i]);
	kfree(vdev->queues);
}

/**
 * keel_virtio_destroy() - nobody serves, and nothing is held.
 * @vm: the VM; no vCPU of it runs
 */
void keel_virtio_destroy(struct keel_vm *vm)
{
	unsigned int i;

	for (i = 0; i < vm->nr_vdevs; i++)
		vdev_destroy(&vm->vdevs[i]);
	kfree(vm->vdevs);
	kfree(vm->memory);
}
