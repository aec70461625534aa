// SPDX-License-Identifier: GPL-2.0
/*
 * Queues that the kernel's own vhost serves. Keel hands it the queues as the driver has
 * set them up, by the ioctls of the vhost file that the process opened, and takes
 * them back, with how far they were served, when they are to stop.
 *
 * Meanwhile they communicate by eventfds. A notification signals the first, which vhost waits
 * for. As long as a queue's MSI-X vector can be sent, vhost has its irqfd, and interrupts
 * without Keel (keel_vhost_redirect()). When it is masked, or there is none, vhost signals the
 * second, which is Keel's; an interrupt may have to signal one more eventfd, which must not be
 * done inside of a wake-up: so a job does it. vhost changes over with the queue's mutex held,
 * so that each of its signals comes by one of the two ways. If a process has eventfds wake
 * each other in a circle, its own server goes round in it.
 *
 * By the third vhost reports an error in a ring: then the queue is broken.
 *
 * vhost takes ioctls from its owner's mm alone, and that is the VM's. If the
 * process uses its vhost file otherwise, that affects only its own memory. Keel holds no
 * reference to vhost's file, only the eventfds' contexts, which refer to nothing else.
 */
#include <linux/file.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vhost.h>

#include "compat.h"
#include "memory.h"
#include "router.h"
#include "vdev.h"
#include "vhost.h"
#include "vqueue.h"

static_assert(sizeof(struct vhost_memory) +
	      KEEL_MAX_MEMORY * sizeof(struct vhost_memory_region) <= KEEL_SCRATCH_SIZE);

/* Each vhost file counts its own rings. */
static unsigned int vhost_ring(const struct keel_vqueue *queue)
{
	return queue->index % VHOST_QUEUES;
}

static struct keel_vhost_queue *vhost_queue(struct keel_vhost *vhost,
					    const struct keel_vqueue *queue)
{
	return &vhost->queues[vhost_ring(queue)];
}

/* ---- vhost's ioctls ---- */

/**
 * keel_vhost_call_file() - an ioctl that wants a user pointer.
 * @vhost:   for its VM
 * @file:    vhost's, or one that belongs to it
 * @command: of @file's
 * @arg:     its argument, and its answer afterwards, which the process can have
 *           changed
 * @size:    of it
 *
 * In the process' mm. Return: what the ioctl did, or -EFAULT.
 */
long keel_vhost_call_file(const struct keel_vhost *vhost, const struct keel_hostfile *file,
			  unsigned int command, void *arg, size_t size)
{
	struct keel_vm *vm = vhost->vm;
	long ret = -EFAULT;

	if (mutex_lock_killable(&vm->scratch_lock))
		return -EINTR;
	if (!copy_to_user(vm->scratch, arg, size))
		ret = keel_hostfile_ioctl(file, command, (unsigned long)vm->scratch);
	if (!ret && _IOC_DIR(command) & _IOC_READ && copy_from_user(arg, vm->scratch, size))
		ret = -EFAULT;
	mutex_unlock(&vm->scratch_lock);
	return ret;
}

/**
 * keel_vhost_call() - an ioctl of vhost's file.
 * @vhost:   the vhost file
 * @command: with the size of its argument
 * @arg:     as for keel_vhost_call_file()
 *
 * Return: the same.
 */
long keel_vhost_call(const struct keel_vhost *vhost, unsigned int command, void *arg)
{
	return keel_vhost_call_file(vhost, &vhost->file, command, arg, _IOC_SIZE(command));
}

/**
 * keel_vhost_set_file() - give vhost a file.
 * @vhost:   the vhost file
 * @command: VHOST_SET_VRING_*, VHOST_NET_SET_BACKEND
 * @ring:    for which ring
 * @fd:      the file's descriptor, or -1
 */
long keel_vhost_set_file(const struct keel_vhost *vhost, unsigned int command,
			 unsigned int ring, int fd)
{
	struct vhost_vring_file file = { .index = ring, .fd = fd };

	return keel_vhost_call(vhost, command, &file);
}

/* ---- Interrupts ---- */

static int vhost_call_to(const struct keel_vhost *vhost, struct keel_vhost_queue *vq, int fd)
{
	int ret;

	if (fd == vq->call)
		return 0;
	ret = keel_vhost_set_file(vhost, VHOST_SET_VRING_CALL, vhost_ring(vq->queue), fd);
	if (ret)
		return ret;
	vq->call = fd;
	if (fd == vq->fds[VHOST_USED])
		vq->queue->taken++;
	else
		vq->queue->handed++;
	return 0;
}

/**
 * keel_vhost_redirect() - interrupts go straight to the vector if possible, else through Keel.
 * @vhost: serves @queue
 * @queue: one of its queues
 *
 * As keel_backend.redirect.
 */
int keel_vhost_redirect(struct keel_vhost *vhost, struct keel_vqueue *queue)
{
	struct keel_vhost_queue *vq = vhost_queue(vhost, queue);
	int irqfd = keel_vqueue_irqfd(queue);

	if (irqfd >= 0 && !vhost_call_to(vhost, vq, irqfd))
		return 0;
	return vhost_call_to(vhost, vq, vq->fds[VHOST_USED]);
}

/* ---- Starting ---- */

static long vhost_set_memory(const struct keel_vhost *vhost)
{
	const struct keel_memory_region *regions;
	struct vhost_memory *memory;
	unsigned int i, nr;
	long ret;

	regions = keel_memory_regions(vhost->vm, &nr);
	memory = kzalloc(struct_size(memory, regions, nr), GFP_KERNEL_ACCOUNT);
	if (!memory)
		return -ENOMEM;
	memory->nregions = nr;
	for (i = 0; i < nr; i++) {
		memory->regions[i].guest_phys_addr = regions[i].addr;
		memory->regions[i].memory_size = regions[i].size;
		memory->regions[i].userspace_addr = regions[i].user;
	}
	ret = keel_vhost_call_file(vhost, &vhost->file, VHOST_SET_MEM_TABLE, memory,
				   struct_size(memory, regions, nr));
	kfree(memory);
	return ret;
}

/* What is the same for all queues: before the first one. */
static long vhost_prepare(const struct keel_vhost *vhost, u64 features)
{
	u64 known = features & vhost->features;
	long ret = keel_vhost_call(vhost, VHOST_SET_FEATURES, &known);

	return ret ? ret : vhost_set_memory(vhost);
}

static u64 vhost_user_addr(const struct keel_vhost *vhost, u64 addr, u32 len)
{
	return (uintptr_t)keel_memory_at(vhost->vm, addr, len);
}

/* The lengths are those of 2.7, without the indices of EVENT_IDX: vhost looks for these. */
static long vhost_set_ring(const struct keel_vhost *vhost, const struct keel_vqueue *queue)
{
	const struct keel_virtq_state *s = queue->w->ring.s;
	struct vhost_vring_state num = { .index = vhost_ring(queue), .num = s->size };
	struct vhost_vring_state base = { .index = vhost_ring(queue), .num = s->avail };
	struct vhost_vring_addr addr = {
		.index = vhost_ring(queue),
		.desc_user_addr = vhost_user_addr(vhost, s->desc, 16 * s->size),
		.avail_user_addr = vhost_user_addr(vhost, s->driver, 4 + 2 * s->size),
		.used_user_addr = vhost_user_addr(vhost, s->device, 4 + 8 * s->size),
	};
	long ret;

	if (!addr.desc_user_addr || !addr.avail_user_addr || !addr.used_user_addr)
		return -EFAULT;
	ret = keel_vhost_call(vhost, VHOST_SET_VRING_NUM, &num);
	if (!ret)
		ret = keel_vhost_call(vhost, VHOST_SET_VRING_BASE, &base);
	if (!ret)
		ret = keel_vhost_call(vhost, VHOST_SET_VRING_ADDR, &addr);
	return ret;
}

static long vhost_run(struct keel_vhost *vhost, unsigned int ring)
{
	long ret;

	set_bit(ring, &vhost->live);
	ret = vhost->ops->run(vhost, ring);
	if (ret)
		clear_bit(ring, &vhost->live);
	return ret;
}

/**
 * keel_vhost_start() - hand vhost a queue.
 * @vhost: the vhost file
 * @queue: one of its queues
 *
 * As keel_backend.start. Features and memory are the same for all rings until the last one has
 * stopped, and keel_vm.reconciling serialises the starts; so a ring that another thread stops
 * meanwhile changes nothing.
 */
int keel_vhost_start(struct keel_vhost *vhost, struct keel_vqueue *queue)
{
	long ret = 0;

	if (!READ_ONCE(vhost->live))
		ret = vhost_prepare(vhost, queue->w->ring.features);
	if (!ret)
		ret = vhost_set_ring(vhost, queue);
	if (!ret)
		ret = keel_vhost_redirect(vhost, queue);
	if (!ret)
		ret = vhost_run(vhost, vhost_ring(queue));
	return ret;
}

/* ---- Stopping ---- */

/* vhost has given back all that it took, so one index says how far both rings are. */
static void vhost_take_back(const struct keel_vhost *vhost, struct keel_vqueue *queue)
{
	struct vhost_vring_state base = { .index = vhost_ring(queue) };
	struct keel_virtq_state *s = queue->w->ring.s;

	if (keel_vhost_call(vhost, VHOST_GET_VRING_BASE, &base)) {
		keel_virtq_break(&queue->w->ring, KEEL_VIRTQ_BAD_RING);
		return;
	}
	s->avail = base.num;
	s->used = base.num;
	s->fresh = 1;
}

/**
 * keel_vhost_stop() - take it back.
 * @vhost: the vhost file
 * @queue: a queue that it has
 *
 * As keel_backend.stop.
 */
void keel_vhost_stop(struct keel_vhost *vhost, struct keel_vqueue *queue)
{
	unsigned int ring = vhost_ring(queue);

	vhost->ops->halt(vhost, ring);
	clear_bit(ring, &vhost->live);
	vhost_take_back(vhost, queue);
	if (keel_job_steal(&vhost->queues[ring].job))	/* the last interrupt */
		keel_vqueue_interrupt(queue);
}

/* ---- Notifications and interrupts ---- */

/**
 * keel_vhost_notify() - the driver notified a queue.
 * @vhost: serves @queue
 * @queue: the queue
 */
void keel_vhost_notify(struct keel_vhost *vhost, const struct keel_vqueue *queue)
{
	keel_eventfd_signal(vhost_queue(vhost, queue)->ctxs[VHOST_NOTIFY]);
}

static void vhost_tell(struct keel_job *job)
{
	struct keel_vhost_queue *vq = container_of(job, struct keel_vhost_queue, job);

	keel_vqueue_interrupt(vq->queue);
}

/* With the eventfd's lock held, and interrupts off. */
static int vhost_used(wait_queue_entry_t *wait, unsigned int mode, int sync, void *key)
{
	struct keel_vhost_queue *vq = container_of(wait, struct keel_vhost_queue, used.wait);

	if (key_to_poll(key) & EPOLLIN)
		keel_job_post(&vq->job);
	return 0;
}

/* Likewise */
static int vhost_wrong(wait_queue_entry_t *wait, unsigned int mode, int sync, void *key)
{
	struct keel_vhost_queue *vq = container_of(wait, struct keel_vhost_queue, wrong.wait);

	if (key_to_poll(key) & EPOLLIN)
		keel_vqueue_fail(vq->queue);
	return 0;
}

static void vhost_wait(struct file *file, wait_queue_head_t *head, poll_table *table)
{
	struct keel_vhost_ear *ear = container_of(table, struct keel_vhost_ear, table);

	ear->head = head;
	add_wait_queue(head, &ear->wait);
}

static void vhost_init_ear(struct keel_vhost_ear *ear, wait_queue_func_t hear)
{
	init_waitqueue_func_entry(&ear->wait, hear);
	init_poll_funcptr(&ear->table, vhost_wait);
}

static void vhost_deafen(struct keel_vhost_ear *ear)
{
	if (ear->head)
		remove_wait_queue(ear->head, &ear->wait);
}

/* ---- Life ---- */

/* A GSI's own eventfd would have Keel signal itself for ever. */
static int vhost_get_eventfds(struct keel_vhost_queue *vq, const s32 fds[VHOST_EVENTFDS])
{
	struct eventfd_ctx *ctx;
	unsigned int i;

	for (i = 0; i < VHOST_EVENTFDS; i++) {
		ctx = eventfd_ctx_fdget(fds[i]);
		if (IS_ERR(ctx))
			return -EBADF;
		vq->fds[i] = fds[i];
		vq->ctxs[i] = ctx;
		if (keel_router_has(vq->queue->vdev->vm, ctx))
			return -EINVAL;
	}
	return 0;
}

/* Listens as long as Keel has the context, even if the descriptor is closed. */
static int vhost_listen(struct keel_vhost_ear *ear, int fd, const struct eventfd_ctx *ctx)
{
	struct file *file = eventfd_fget(fd);
	struct eventfd_ctx *now;
	int ret = -EBADF;

	if (IS_ERR(file))
		return -EBADF;
	now = eventfd_ctx_fileget(file);
	if (!IS_ERR(now)) {
		if (now == ctx) {	/* no thread has put another file at @fd */
			vfs_poll(file, &ear->table);
			ret = 0;
		}
		eventfd_ctx_put(now);
	}
	fput(file);
	return ret;
}

static long vhost_add_queue(struct keel_vhost *vhost, unsigned int ring,
			    const struct keel_vhost_fds *given)
{
	const s32 fds[VHOST_EVENTFDS] = {
		[VHOST_NOTIFY] = given->notify, [VHOST_USED] = given->used,
		[VHOST_WRONG] = given->error,
	};
	struct keel_vhost_queue *vq = &vhost->queues[ring];
	long ret = vhost_get_eventfds(vq, fds);

	if (!ret)
		ret = keel_vhost_set_file(vhost, VHOST_SET_VRING_KICK, ring, fds[VHOST_NOTIFY]);
	if (!ret)
		ret = keel_vhost_set_file(vhost, VHOST_SET_VRING_CALL, ring, fds[VHOST_USED]);
	if (!ret)
		ret = keel_vhost_set_file(vhost, VHOST_SET_VRING_ERR, ring, fds[VHOST_WRONG]);
	if (!ret)
		ret = vhost_listen(&vq->used, fds[VHOST_USED], vq->ctxs[VHOST_USED]);
	if (!ret)
		ret = vhost_listen(&vq->wrong, fds[VHOST_WRONG], vq->ctxs[VHOST_WRONG]);
	if (ret)
		return ret;
	vq->call = vq->fds[VHOST_USED];
	return 0;
}

static void vhost_init_queue(struct keel_vhost_queue *vq, struct keel_vqueue *queue)
{
	vq->queue = queue;
	vhost_init_ear(&vq->used, vhost_used);
	vhost_init_ear(&vq->wrong, vhost_wrong);
	keel_job_init(&vq->job, vhost_tell);
}

/**
 * keel_vhost_init() - set up without a vhost file.
 * @vhost: to be set up; zeroes
 * @vdev:  the device
 * @first: of its queues that vhost serves, the first one
 * @ops:   start and stop it
 */
void keel_vhost_init(struct keel_vhost *vhost, struct keel_vdev *vdev, unsigned int first,
		     const struct keel_vhost_ops *ops)
{
	unsigned int i;

	vhost->vm = vdev->vm;
	vhost->ops = ops;
	for (i = 0; i < VHOST_QUEUES; i++)
		vhost_init_queue(&vhost->queues[i], vdev->queues[first + i]);
}

/**
 * keel_vhost_open() - take what the process has opened.
 * @vhost: after keel_vhost_init()
 * @fd:    vhost's
 * @kind:  of vhost
 * @fds:   eventfds of each queue
 *
 * Return: 0 or an error; keel_vhost_close() cleans up in both cases.
 */
long keel_vhost_open(struct keel_vhost *vhost, int fd, enum keel_hostfile_kind kind,
		     const struct keel_vhost_fds fds[VHOST_QUEUES])
{
	unsigned int i;
	long ret;

	ret = fd < 0 ? -EBADF : keel_hostfile_set(&vhost->file, fd, kind, 0);
	if (!ret)
		ret = keel_hostfile_ioctl(&vhost->file, VHOST_SET_OWNER, 0);
	if (!ret)
		ret = keel_vhost_call(vhost, VHOST_GET_FEATURES, &vhost->features);
	for (i = 0; i < VHOST_QUEUES && !ret; i++)
		ret = vhost_add_queue(vhost, i, &fds[i]);
	return ret;
}

/**
 * keel_vhost_bind() - from now on the queues' jobs can be posted.
 * @vhost: open, and nothing of its device fails any more: a job that is posted stays
 */
void keel_vhost_bind(struct keel_vhost *vhost)
{
	unsigned int i;

	for (i = 0; i < VHOST_QUEUES; i++)
		keel_job_bind(&vhost->queues[i].job, vhost->queues[i].queue->vdev->server);
}

/* The process can have signalled @used as late as now: the job is posted, and does not run. */
static void vhost_free_queue(struct keel_vhost_queue *vq)
{
	unsigned int i;

	vhost_deafen(&vq->used);
	vhost_deafen(&vq->wrong);
	keel_job_steal(&vq->job);
	for (i = 0; i < VHOST_EVENTFDS; i++)
		if (vq->ctxs[i])
			eventfd_ctx_put(vq->ctxs[i]);
}

/**
 * keel_vhost_close() - give everything back.
 * @vhost: after keel_vhost_init()
 */
void keel_vhost_close(struct keel_vhost *vhost)
{
	unsigned int i;

	for (i = 0; i < VHOST_QUEUES; i++)
		vhost_free_queue(&vhost->queues[i]);
}
