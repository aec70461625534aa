// SPDX-License-Identifier: GPL-2.0
/*
 * Virtio devices' data sides: made with the VM, and their queues started and stopped as
 * drivers and pauses want it. See vqueue.h for threads and locks.
 */
#include <linux/slab.h>

#include "../devices/board/build.h"
#include "../devices/virtio/config.h"
#include "../devices/virtio/types.h"
#include "backend.h"
#include "door.h"
#include "kick.h"
#include "lock.h"
#include "router.h"
#include "server.h"
#include "vdev.h"
#include "vqueue.h"

/* ---- Starting and stopping ---- */

/* Return: 0, or what @fn returned first; then it was not called for the rest. */
static int vdev_each(struct keel_vdev *vdev, u32 queues, int (*fn)(struct keel_vqueue *queue))
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < vdev->nr_queues && !ret; i++)
		if (queues & BIT(i))
			ret = fn(vdev->queues[i]);
	return ret;
}

static int vdev_redirect(struct keel_vdev *vdev)
{
	if (!vdev->backend || !vdev->backend->redirect)
		return 0;
	return vdev_each(vdev, U32_MAX, keel_vqueue_redirect);
}

static int virtio_to_stop(struct keel_dev *dev, void *arg)
{
	*(u32 *)arg = keel_virtio_to_stop(keel_virtio_of(dev));
	return 0;
}

static int virtio_reconciled(struct keel_dev *dev, void *arg)
{
	*(u32 *)arg = keel_virtio_reconcile(keel_virtio_of(dev), *(u32 *)arg);
	return 0;
}

/* Stops the queues that the model does not want any more, and tells it. */
static int vdev_stop_unwanted(struct keel_vdev *vdev)
{
	u32 queues;
	int ret;

	keel_door_call(vdev->vm, &vdev->v->dev, virtio_to_stop, &queues);
	ret = vdev_each(vdev, queues, keel_vqueue_stop);
	if (!ret)
		keel_door_call(vdev->vm, &vdev->v->dev, virtio_reconciled, &queues);
	return ret;
}

static int vdev_start_wanted(struct keel_vdev *vdev)
{
	return vdev_each(vdev, READ_ONCE(vdev->v->running), keel_vqueue_start);
}

/* Serves the queues that the model wants, and no others. Each step may be repeated. */
static int vdev_reconcile(struct keel_vdev *vdev)
{
	int ret = vdev_stop_unwanted(vdev);

	if (!ret)
		ret = vdev_start_wanted(vdev);
	if (!ret)
		ret = vdev_redirect(vdev);	/* a queue that runs may have got another vector */
	if (!ret && vdev->backend && vdev->backend->reconcile)
		ret = vdev->backend->reconcile(vdev);
	return ret;
}

/*
 * Devices whose virtqueues are to be started or stopped, a bit for each by its index on the
 * board: the caller does it.
 */
static u64 vdevs_take_due(struct keel_vm *vm)
{
	unsigned long flags = keel_lock_open(vm);
	u64 due = vm->reconcile_due;

	WRITE_ONCE(vm->reconcile_now, due);
	smp_wmb();	/* Pairs with keel_vdevs_must_reconcile() */
	WRITE_ONCE(vm->reconcile_due, 0);
	keel_lock_close(vm, flags);
	return due;
}

/* These are still to be done, or to be done again. */
static void vdevs_set_due(struct keel_vm *vm, u64 devs)
{
	unsigned long flags = keel_lock_open(vm);

	WRITE_ONCE(vm->reconcile_due, vm->reconcile_due | devs);
	keel_lock_close(vm, flags);
}

/* After an error, the devices not reached stay due. */
static int vdevs_reconcile(struct keel_vm *vm)
{
	u64 devs = vdevs_take_due(vm);
	unsigned int i;
	int ret = 0;

	lockdep_assert_held(&vm->reconciling);
	for (i = 0; i < vm->nr_vdevs && !ret; i++) {
		u64 dev = BIT_ULL(vm->vdevs[i].v->dev.index);

		if (devs & dev)
			ret = vdev_reconcile(&vm->vdevs[i]);
		if (!ret)
			devs &= ~dev;
	}
	if (ret)
		vdevs_set_due(vm, devs);
	WRITE_ONCE(vm->reconcile_now, 0);
	return ret;
}

/**
 * keel_vdevs_reconcile() - do what drivers have asked for: start and stop queues.
 * @vm: the VM; not paused, or no vCPU of it runs
 *
 * Return: 0, or -EINTR or -ENOMEM: it is still to be done.
 */
int keel_vdevs_reconcile(struct keel_vm *vm)
{
	int ret;

	if (mutex_lock_interruptible(&vm->reconciling))
		return -EINTR;
	ret = vdevs_reconcile(vm);
	mutex_unlock(&vm->reconciling);
	return ret;
}

/**
 * keel_vdevs_redirect() - give vhost the eventfds that it may signal now.
 * @vm: the VM; as for keel_vdevs_reconcile()
 *
 * A second thread waits here for the first: when this returns 0, vhost signals no GSI that was
 * masked before.
 *
 * Return: 0, or -EINTR.
 */
int keel_vdevs_redirect(struct keel_vm *vm)
{
	unsigned int i, gen;
	int ret = 0;

	if (mutex_lock_interruptible(&vm->reconciling))
		return -EINTR;
	gen = keel_router_redirect_begin(&vm->router);
	for (i = 0; i < vm->nr_vdevs && !ret; i++)
		ret = vdev_redirect(&vm->vdevs[i]);
	if (!ret)
		keel_router_redirect_end(&vm->router, gen);
	mutex_unlock(&vm->reconciling);
	return ret;
}

/**
 * keel_vdevs_pause() - no queue is served when this returns 0, nor a chain half done.
 * @vm: the VM; no vCPU of it runs, nor a server
 *
 * Return: 0, or an error: some queues are stopped, and keel_vdevs_resume() puts that right.
 */
int keel_vdevs_pause(struct keel_vm *vm)
{
	unsigned int i;
	int ret;

	if (mutex_lock_interruptible(&vm->reconciling))
		return -EINTR;
	ret = vdevs_reconcile(vm);
	for (i = 0; i < vm->nr_vdevs && !ret; i++)
		ret = vdev_each(&vm->vdevs[i], U32_MAX, keel_vqueue_stop);
	mutex_unlock(&vm->reconciling);
	return ret;
}

/**
 * keel_vdevs_resume() - go on with what the drivers have running.
 * @vm: the VM
 *
 * The vCPUs start the queues before their next instruction.
 */
void keel_vdevs_resume(struct keel_vm *vm)
{
	u64 devs = 0;
	unsigned int i;

	for (i = 0; i < vm->nr_vdevs; i++)
		devs |= BIT_ULL(vm->vdevs[i].v->dev.index);
	vdevs_set_due(vm, devs);
}

/* ---- Backends ---- */

/* Return: NULL: there is no such device, or it is no virtio device. */
static struct keel_vdev *vdev_find(struct keel_vm *vm, unsigned int class, unsigned int instance)
{
	const struct keel_dev *dev = keel_board_find(vm->board, class, instance);

	return dev ? vm->vdev_of[dev->index] : NULL;
}

static int virtio_set_config(struct keel_dev *dev, void *config)
{
	struct keel_virtio *v = keel_virtio_of(dev);

	keel_virtio_config_set(v, 0, config, v->type->config_size);
	return 0;
}

static int vdev_choose_server(struct keel_vdev *vdev, unsigned int server)
{
	struct keel_server *wanted = keel_server_get(vdev->vm, server);

	if (!wanted)
		return -ENOMEM;
	if (vdev->detached && vdev->server != wanted)	/* it may hold a job */
		return -EINVAL;
	vdev->server = wanted;
	return 0;
}

/*
 * From now on the queues' jobs can be posted. Not before the back end is there: after an attempt
 * that failed, the next one may choose another server, and no job may be on the first one's list.
 */
static void vdev_bind(struct keel_vdev *vdev)
{
	unsigned int i;

	for (i = 0; i < vdev->nr_queues; i++)
		keel_job_bind(&vdev->queues[i]->job, vdev->server);
}

static long vdev_attach(struct keel_vdev *vdev, const struct keel_attachment *a)
{
	u8 config[KEEL_VIRTIO_CONFIG] __aligned(8) = {};
	int ret;

	if (vdev->backend)
		return -EBUSY;
	vdev->mode = a->serve;
	ret = vdev_choose_server(vdev, a->server);
	if (!ret)
		ret = a->backend->attach(vdev, a->arg, config);
	if (ret)
		return ret;
	vdev_bind(vdev);
	keel_door_call(vdev->vm, &vdev->v->dev, virtio_set_config, config);
	/* Pairs with stats_of_backend() and vqueue_notify_vhost(). */
	smp_store_release(&vdev->backend, a->backend);
	if (a->backend->redirect && vdev->pci)
		keel_router_allow_direct(vdev->vm, vdev->pci->gsi, vdev->pci->vectors);
	/* A driver may have come first: a vCPU starts its queues. */
	vdevs_set_due(vdev->vm, BIT_ULL(vdev->v->dev.index));
	keel_kick_vcpus(vdev->vm);
	return 0;
}

/**
 * keel_vdev_attach() - give a device its back end.
 * @vm: the VM
 * @a:  which device, and what the caller wants
 *
 * Return: 0 or an error, as uapi/keel.h has them for all back ends; or what the back end did.
 */
long keel_vdev_attach(struct keel_vm *vm, const struct keel_attachment *a)
{
	struct keel_vdev *vdev = vdev_find(vm, a->class, a->instance);
	long ret;

	if (!vdev || vdev->v->type->id != a->backend->type)
		return -ENODEV;
	if (a->serve > KEEL_SERVE_POLL || a->server >= KEEL_MAX_SERVERS)
		return -EINVAL;
	if (current->mm != vm->mm)
		return -EIO;
	/* Neither a pause nor a resume comes between. */
	if (mutex_lock_interruptible(&vm->control))
		return -EINTR;
	ret = -EINTR;
	if (!mutex_lock_interruptible(&vm->reconciling)) {
		ret = vdev_attach(vdev, a);
		mutex_unlock(&vm->reconciling);
	}
	mutex_unlock(&vm->control);
	return ret;
}

/*
 * The VM is paused: no queue is served, and no thread is inside. keel_vdevs_pause() stopped the
 * queues before anything reads the back end as NULL.
 */
static long vdev_detach(struct keel_vdev *vdev)
{
	const struct keel_backend *backend = vdev->backend;

	if (!backend)
		return -ENOTCONN;
	/* See stats_of_backend() and vqueue_notify_vhost(). */
	WRITE_ONCE(vdev->backend, NULL);
	synchronize_rcu();
	backend->detach(vdev);
	vdev->data = NULL;
	vdev->detached = true;
	return 0;
}

/* KEEL_DETACH */
long keel_vdev_detach(void *owner, void *arg)
{
	const struct keel_detach *detach = arg;
	struct keel_vm *vm = owner;
	struct keel_vdev *vdev = vdev_find(vm, detach->class, detach->instance);
	long ret;

	if (detach->reserved)
		return -EINVAL;
	if (!vdev)
		return -ENODEV;
	if (current->mm != vm->mm)
		return -EIO;
	if (mutex_lock_interruptible(&vm->control))
		return -EINTR;
	ret = vm->paused ? -EINTR : -EBUSY;
	if (vm->paused && !mutex_lock_interruptible(&vm->reconciling)) {
		ret = vdev_detach(vdev);
		mutex_unlock(&vm->reconciling);
	}
	mutex_unlock(&vm->control);
	return ret;
}

/* ---- Ports ---- */

static bool port_change_sane(const struct keel_port_change *change)
{
	const struct keel_port *to = &change->to;

	if (to->flags || memchr_inv(to->name, 0, sizeof(to->name)) ||
	    memchr_inv(to->reserved, 0, sizeof(to->reserved)))
		return false;
	if (!(change->what & KEEL_PORT_FILES) && (to->in || to->out))
		return false;
	if (!(change->what & KEEL_PORT_SIZE) && (to->cols || to->rows))
		return false;
	return change->what && !(change->what & ~(KEEL_PORT_FILES | KEEL_PORT_SIZE));
}

/* KEEL_SET_PORT */
long keel_vdev_set_port(void *owner, void *arg)
{
	const struct keel_port_change *change = arg;
	struct keel_vm *vm = owner;
	struct keel_vdev *vdev = vdev_find(vm, change->class, change->instance);
	long ret;

	if (!vdev)
		return -ENODEV;
	if (!port_change_sane(change))
		return -EINVAL;
	if (current->mm != vm->mm)
		return -EIO;
	if (mutex_lock_interruptible(&vm->reconciling))
		return -EINTR;
	ret = -ENODEV;
	if (vdev->backend && vdev->backend->change)
		ret = vdev->backend->change(vdev, change);
	mutex_unlock(&vm->reconciling);
	return ret;
}

/* ---- Life ---- */

static int vdev_add_queue(struct keel_vdev *vdev, unsigned int index)
{
	struct keel_vqueue *queue = keel_vqueue_create(vdev, index);

	if (!queue)
		return -ENOMEM;
	vdev->queues[index] = queue;
	vdev->nr_queues = index + 1;
	return 0;
}

static void vdev_find_doorbells(struct keel_vdev *vdev)
{
	const struct keel_dev *dev = &vdev->v->dev;
	unsigned int i;

	for (i = 0; i < dev->ops->nr_regions; i++) {
		const struct keel_region_desc *desc = &dev->ops->regions[i];

		if (desc->doorbell)
			vdev->doorbell[desc->space] = &dev->board->regions[dev->region + i];
	}
}

static int vdev_init(struct keel_vdev *vdev, struct keel_vm *vm, struct keel_virtio *v)
{
	unsigned int i;
	int ret = 0;

	vdev->vm = vm;
	vdev->v = v;
	vdev->pci = v->dev.ops->pci ? keel_pci_of(&v->dev) : NULL;
	vdev_find_doorbells(vdev);
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
 * keel_vdevs_init() - a data side for each virtio device of the board.
 * @vm: with its board
 *
 * Return: 0 or -ENOMEM; keel_vdevs_destroy() cleans up.
 */
int keel_vdevs_init(struct keel_vm *vm)
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

static void vdev_free(struct keel_vdev *vdev)
{
	unsigned int i;

	for (i = 0; i < vdev->nr_queues; i++)
		keel_vqueue_free(vdev->queues[i]);
	kfree(vdev->queues);
	kfree(vdev->kept);
}

/**
 * keel_vdevs_destroy() - at the VM's end.
 * @vm: the VM; no thread is inside, and nothing is in flight
 */
void keel_vdevs_destroy(struct keel_vm *vm)
{
	unsigned int i;

	/* Jobs of all of them can be on one server's list, which detaching uses. */
	for (i = 0; i < vm->nr_vdevs; i++)
		if (vm->vdevs[i].backend)
			vm->vdevs[i].backend->detach(&vm->vdevs[i]);
	for (i = 0; i < vm->nr_vdevs; i++)
		vdev_free(&vm->vdevs[i]);
	kfree(vm->vdevs);
}
