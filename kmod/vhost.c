// SPDX-License-Identifier: GPL-2.0
/*
 * Network and socket devices (VIRTIO 1.2, 5.1 and 5.10) whose queues the kernel's own vhost
 * serves: vhost-net with a tap, and vhost-vsock. Keel hands it the queues as the driver has
 * set them up, by the ioctls of the vhost file that the process opened, and takes
 * them back, with how far they were served, when they are to stop.
 *
 * Eventfds are all that moves meanwhile. The driver's bell signals the one that vhost waits
 * for. As long as a queue's MSI-X vector can be sent, vhost has its irqfd, and interrupts
 * without us (vhost_aim()). When it is masked, or there is none, vhost signals another one,
 * which is ours; an interrupt may have to signal one more eventfd, which must not be done
 * inside of a wake-up: so work does it. vhost changes over with the queue's mutex held, so
 * that each of its signals comes by one of the two ways.
 *
 * A third one says that vhost cannot make sense of a ring: then the queue is broken.
 *
 * vhost takes ioctls from its owner's mm alone, and that is the VM's. Whatever else the
 * process does with its vhost file, it does to its own memory.
 *
 * A socket device's third queue is for events (5.10.6.1): vhost has none, and so it is
 * accepted and never used.
 */
#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/if_tun.h>
#include <linux/major.h>
#include <linux/miscdevice.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vhost.h>

#include "compat.h"
#include "virtio.h"

/* A queue's eventfds, as the caller gives them */
enum { VHOST_BELL, VHOST_USED, VHOST_WRONG, VHOST_EVENTFDS };

#define VHOST_QUEUES	(KEEL_VHOST_EVENTFDS / VHOST_EVENTFDS)	/* receive and transmit */

static_assert(sizeof(struct vhost_memory) +
	      KEEL_MAX_MEMORY * sizeof(struct vhost_memory_region) <= KEEL_SCRATCH_SIZE);

/* Feature bits (5.1.3). */
#define NET_F_GUEST_CSUM	BIT_ULL(1)
#define NET_F_GUEST_TSO4	BIT_ULL(7)
#define NET_F_GUEST_TSO6	BIT_ULL(8)
#define NET_F_GUEST_ECN		BIT_ULL(9)
#define NET_F_CTRL_VQ		BIT_ULL(17)
#define NET_F_MQ		BIT_ULL(22)

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

/**
 * struct keel_vhost - what serves a device.
 * @vm:       whose
 * @file:     vhost's
 * @tap:      the interface's, or NULL
 * @lock:     for @live; within a queue's
 * @features: that vhost knows of
 * @live:     a bit for each queue that vhost has
 * @queues:   those that it can have
 */
struct keel_vhost {
	struct keel_vm *vm;
	struct file *file;
	struct file *tap;
	struct mutex lock;
	u64 features;
	u32 live;
	struct keel_vhost_queue queues[VHOST_QUEUES];
};

/* ---- vhost's ioctls ---- */

static long vhost_ioctl(const struct keel_vhost *vhost, unsigned int command, unsigned long arg)
{
	return vhost->file->f_op->unlocked_ioctl(vhost->file, command, arg);
}

/*
 * One that wants a user pointer: as keel_kvm_call(), and what it answers comes back. The
 * process can have changed that.
 */
static long vhost_call_sized(const struct keel_vhost *vhost, unsigned int command, void *arg,
			     size_t size)
{
	struct keel_vm *vm = vhost->vm;
	long ret = -EFAULT;

	mutex_lock(&vm->scratch_lock);
	if (!copy_to_user(vm->scratch, arg, size))
		ret = vhost_ioctl(vhost, command, (unsigned long)vm->scratch);
	if (!ret && _IOC_DIR(command) & _IOC_READ && copy_from_user(arg, vm->scratch, size))
		ret = -EFAULT;
	mutex_unlock(&vm->scratch_lock);
	return ret;
}

static long vhost_call(const struct keel_vhost *vhost, unsigned int command, void *arg)
{
	return vhost_call_sized(vhost, command, arg, _IOC_SIZE(command));
}

static long vhost_set_file(const struct keel_vhost *vhost, unsigned int command,
			   unsigned int index, int fd)
{
	struct vhost_vring_file file = { .index = index, .fd = fd };

	return vhost_call(vhost, command, &file);
}

/*
 * A file that has no number we can rely on gets one for as long as vhost looks it up. Another
 * thread can put something else there, and then vhost has that.
 */
static long vhost_lend_file(const struct keel_vhost *vhost, unsigned int command,
			    unsigned int index, struct file *file)
{
	int fd = get_unused_fd_flags(O_CLOEXEC);
	long ret;

	if (fd < 0)
		return fd;
	fd_install(fd, get_file(file));
	ret = vhost_set_file(vhost, command, index, fd);
	close_fd(fd);
	return ret;
}

/* ---- Interrupts ---- */

static int vhost_call_to(const struct keel_vhost *vhost, struct keel_vhost_queue *vq,
			 struct file *file)
{
	int ret;

	if (file == vq->call)
		return 0;
	ret = vhost_lend_file(vhost, VHOST_SET_VRING_CALL, vq->queue->index, file);
	if (ret)
		return ret;
	vq->call = file;
	if (file == vq->files[VHOST_USED])
		vq->queue->taken++;
	else
		vq->queue->handed++;
	return 0;
}

/* Straight to the vector if that can be, and to us otherwise. */
static int vhost_aim(struct keel_vqueue *queue)
{
	struct keel_vhost *vhost = queue->vdev->data;
	struct keel_vhost_queue *vq = &vhost->queues[queue->index];
	struct file *irqfd;

	if (queue->index >= VHOST_QUEUES)
		return 0;
	irqfd = keel_virtio_irqfd(queue);
	if (irqfd && !vhost_call_to(vhost, vq, irqfd))
		return 0;
	return vhost_call_to(vhost, vq, vq->files[VHOST_USED]);
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
	ret = vhost_call_sized(vhost, VHOST_SET_MEM_TABLE, memory,
			       struct_size(memory, regions, nr));
	kfree(memory);
	return ret;
}

/* What the guest's driver can take off a received packet. */
static unsigned int vhost_offloads(u64 features)
{
	unsigned int offloads = 0;

	if (!(features & NET_F_GUEST_CSUM))
		return 0;
	if (features & NET_F_GUEST_TSO4)
		offloads |= TUN_F_TSO4;
	if (features & NET_F_GUEST_TSO6)
		offloads |= TUN_F_TSO6;
	if (offloads && features & NET_F_GUEST_ECN)
		offloads |= TUN_F_TSO_ECN;
	return offloads | TUN_F_CSUM;
}

static long vhost_set_offloads(const struct keel_vhost *vhost, u64 features)
{
	return vhost->tap->f_op->unlocked_ioctl(vhost->tap, TUNSETOFFLOAD,
						vhost_offloads(features));
}

/* What is the same for all queues: before the first one. */
static long vhost_prepare(const struct keel_vhost *vhost, u64 features)
{
	u64 known = features & vhost->features;
	long ret = vhost_call(vhost, VHOST_SET_FEATURES, &known);

	if (!ret)
		ret = vhost_set_memory(vhost);
	if (!ret && vhost->tap)
		ret = vhost_set_offloads(vhost, features);
	return ret;
}

static u64 vhost_user_addr(const struct keel_vhost *vhost, u64 addr, u32 len)
{
	return (uintptr_t)keel_memory_at(vhost->vm, addr, len);
}

/* The lengths are those of 2.7, without the indices of EVENT_IDX: vhost looks for these. */
static long vhost_set_ring(const struct keel_vhost *vhost, const struct keel_vqueue *queue)
{
	const struct keel_virtq_state *s = queue->ring.s;
	struct vhost_vring_state num = { .index = queue->index, .num = s->size };
	struct vhost_vring_state base = { .index = queue->index, .num = s->avail };
	struct vhost_vring_addr addr = {
		.index = queue->index,
		.desc_user_addr = vhost_user_addr(vhost, s->desc, 16 * s->size),
		.avail_user_addr = vhost_user_addr(vhost, s->driver, 4 + 2 * s->size),
		.used_user_addr = vhost_user_addr(vhost, s->device, 4 + 8 * s->size),
	};
	long ret;

	if (!addr.desc_user_addr || !addr.avail_user_addr || !addr.used_user_addr)
		return -EFAULT;
	ret = vhost_call(vhost, VHOST_SET_VRING_NUM, &num);
	if (!ret)
		ret = vhost_call(vhost, VHOST_SET_VRING_BASE, &base);
	if (!ret)
		ret = vhost_call(vhost, VHOST_SET_VRING_ADDR, &addr);
	return ret;
}

/* A socket device runs as a whole. */
static long vhost_vsock_run(const struct keel_vhost *vhost, int run)
{
	if (vhost->live != GENMASK(VHOST_QUEUES - 1, 0))
		return 0;
	return vhost_call(vhost, VHOST_VSOCK_SET_RUNNING, &run);
}

static long vhost_run(struct keel_vhost *vhost, struct keel_vqueue *queue)
{
	long ret;

	vhost->live |= BIT(queue->index);
	if (vhost->tap)
		ret = vhost_lend_file(vhost, VHOST_NET_SET_BACKEND, queue->index, vhost->tap);
	else
		ret = vhost_vsock_run(vhost, 1);
	if (ret)
		vhost->live &= ~BIT(queue->index);
	return ret;
}

static int vhost_start(struct keel_vqueue *queue)
{
	struct keel_vhost *vhost = queue->vdev->data;
	long ret = 0;

	if (queue->index >= VHOST_QUEUES)
		return 0;
	if (current->mm != vhost->vm->mm)
		return -EIO;
	mutex_lock(&vhost->lock);
	if (!vhost->live)
		ret = vhost_prepare(vhost, queue->ring.features);
	if (!ret)
		ret = vhost_set_ring(vhost, queue);
	if (!ret)
		ret = vhost_aim(queue);
	if (!ret)
		ret = vhost_run(vhost, queue);
	mutex_unlock(&vhost->lock);
	return ret;
}

/* ---- Stopping ---- */

/* vhost has given back all that it took, so one index says how far both rings are. */
static void vhost_take_back(const struct keel_vhost *vhost, struct keel_vqueue *queue)
{
	struct vhost_vring_state base = { .index = queue->index };
	struct keel_virtq_state *s = queue->ring.s;

	if (vhost_call(vhost, VHOST_GET_VRING_BASE, &base)) {
		keel_virtq_break(&queue->ring, KEEL_VIRTQ_BAD_RING);
		return;
	}
	s->avail = base.num;
	s->used = base.num;
	s->fresh = 1;
}

static void vhost_stop(struct keel_vqueue *queue)
{
	struct keel_vhost *vhost = queue->vdev->data;

	if (queue->index >= VHOST_QUEUES || current->mm != vhost->vm->mm)
		return;
	mutex_lock(&vhost->lock);
	if (vhost->tap)
		vhost_set_file(vhost, VHOST_NET_SET_BACKEND, queue->index, -1);
	else
		vhost_vsock_run(vhost, 0);
	vhost->live &= ~BIT(queue->index);
	vhost_take_back(vhost, queue);
	mutex_unlock(&vhost->lock);
	flush_work(&vhost->queues[queue->index].work);	/* the last interrupt */
}

/* ---- Kicks and calls ---- */

static void vhost_kick(struct keel_vqueue *queue)
{
	struct keel_vhost *vhost = queue->vdev->data;

	if (queue->index < VHOST_QUEUES)
		keel_eventfd_signal(vhost->queues[queue->index].kick);
}

static void vhost_tell(struct work_struct *work)
{
	struct keel_vhost_queue *vq = container_of(work, struct keel_vhost_queue, work);

	keel_virtio_interrupt(vq->queue);
}

/* With the eventfd's lock held, and interrupts off. */
static int vhost_used(wait_queue_entry_t *wait, unsigned int mode, int sync, void *key)
{
	struct keel_vhost_queue *vq = container_of(wait, struct keel_vhost_queue, used.wait);

	if (key_to_poll(key) & EPOLLIN)
		queue_work(system_unbound_wq, &vq->work);
	return 0;
}

/* Likewise */
static int vhost_wrong(wait_queue_entry_t *wait, unsigned int mode, int sync, void *key)
{
	struct keel_vhost_queue *vq = container_of(wait, struct keel_vhost_queue, wrong.wait);

	if (key_to_poll(key) & EPOLLIN)
		keel_virtio_fail(vq->queue);
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

/* ---- Attaching ---- */

/*
 * Which driver is behind a character device is known by its number: the kernel's list
 * of devices gives this one to vhost, or to tun, alone.
 */
static struct file *vhost_get_misc(int fd, unsigned int minor)
{
	struct file *file = fget(fd);
	const struct inode *inode;

	if (!file)
		return NULL;
	inode = file_inode(file);
	if (S_ISCHR(inode->i_mode) && inode->i_rdev == MKDEV(MISC_MAJOR, minor) &&
	    file->f_op->unlocked_ioctl)
		return file;
	fput(file);
	return NULL;
}

static int vhost_get_eventfds(struct keel_vhost_queue *vq, const s32 *fds)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(vq->files); i++) {
		struct file *file = eventfd_fget(fds[i]);

		if (IS_ERR(file))
			return -EBADF;
		vq->files[i] = file;
	}
	vq->kick = eventfd_ctx_fileget(vq->files[VHOST_BELL]);
	return 0;
}

static long vhost_add_queue(struct keel_vhost *vhost, struct keel_vqueue *queue, const s32 *fds)
{
	struct keel_vhost_queue *vq = &vhost->queues[queue->index];
	long ret = vhost_get_eventfds(vq, fds);

	if (!ret)
		ret = vhost_set_file(vhost, VHOST_SET_VRING_KICK, queue->index, fds[VHOST_BELL]);
	if (!ret)
		ret = vhost_set_file(vhost, VHOST_SET_VRING_CALL, queue->index, fds[VHOST_USED]);
	if (!ret)
		ret = vhost_set_file(vhost, VHOST_SET_VRING_ERR, queue->index, fds[VHOST_WRONG]);
	if (ret)
		return ret;
	vq->call = vq->files[VHOST_USED];
	vfs_poll(vq->files[VHOST_USED], &vq->used.table);
	vfs_poll(vq->files[VHOST_WRONG], &vq->wrong.table);
	return 0;
}

static void vhost_init_queue(struct keel_vhost_queue *vq, struct keel_vqueue *queue)
{
	vq->queue = queue;
	INIT_WORK(&vq->work, vhost_tell);
	vhost_init_ear(&vq->used, vhost_used);
	vhost_init_ear(&vq->wrong, vhost_wrong);
}

static struct keel_vhost *vhost_alloc(struct keel_vdev *vdev)
{
	struct keel_vhost *vhost = kzalloc(sizeof(*vhost), GFP_KERNEL_ACCOUNT);
	unsigned int i;

	if (!vhost)
		return NULL;
	vhost->vm = vdev->vm;
	mutex_init(&vhost->lock);
	for (i = 0; i < VHOST_QUEUES; i++)
		vhost_init_queue(&vhost->queues[i], vdev->queues[i]);
	return vhost;
}

static void vhost_free_queue(struct keel_vhost_queue *vq)
{
	unsigned int i;

	vhost_deafen(&vq->used);
	vhost_deafen(&vq->wrong);
	cancel_work_sync(&vq->work);
	cancel_work_sync(&vq->queue->work);	/* the eventfds are the process' as well */
	if (vq->kick)
		eventfd_ctx_put(vq->kick);
	for (i = 0; i < ARRAY_SIZE(vq->files); i++)
		if (vq->files[i])
			fput(vq->files[i]);
}

static void vhost_free(struct keel_vhost *vhost)
{
	unsigned int i;

	for (i = 0; i < VHOST_QUEUES; i++)
		vhost_free_queue(&vhost->queues[i]);
	if (vhost->tap)
		fput(vhost->tap);
	if (vhost->file)
		fput(vhost->file);
	kfree(vhost);
}

static long vhost_set_up(struct keel_vhost *vhost, struct keel_vdev *vdev,
			 const struct keel_attach *attach)
{
	s32 fds[VHOST_QUEUES][VHOST_EVENTFDS];
	unsigned int i;
	long ret;

	if (copy_from_user(fds, u64_to_user_ptr(attach->fds), sizeof(fds)))
		return -EFAULT;
	ret = vhost_ioctl(vhost, VHOST_SET_OWNER, 0);
	if (!ret)
		ret = vhost_call(vhost, VHOST_GET_FEATURES, &vhost->features);
	for (i = 0; i < VHOST_QUEUES && !ret; i++)
		ret = vhost_add_queue(vhost, vdev->queues[i], fds[i]);
	return ret;
}

/* Everything but what is a type's own. Return: 0 or an error; then nothing is left. */
static int vhost_attach(struct keel_vdev *vdev, const struct keel_attach *attach,
			unsigned int minor, long (*finish)(struct keel_vhost *vhost,
							   const struct keel_attach *attach))
{
	struct keel_vhost *vhost;
	long ret = -EBADF;

	if (attach->serve || attach->nr_fds != KEEL_VHOST_EVENTFDS)
		return -EINVAL;
	vhost = vhost_alloc(vdev);
	if (!vhost)
		return -ENOMEM;
	vhost->file = vhost_get_misc(attach->fd, minor);
	if (vhost->file)
		ret = vhost_set_up(vhost, vdev, attach);
	if (!ret)
		ret = finish(vhost, attach);
	if (ret)
		vhost_free(vhost);
	else
		vdev->data = vhost;
	return ret;
}

static void vhost_detach(struct keel_vdev *vdev)
{
	vhost_free(vdev->data);
}

/* A tap without an interface has no offloads to be set. */
static long net_finish(struct keel_vhost *vhost, const struct keel_attach *attach)
{
	vhost->tap = vhost_get_misc(attach->tap, TUN_MINOR);
	return vhost->tap && !vhost_set_offloads(vhost, 0) ? 0 : -EBADF;
}

static int net_attach(struct keel_vdev *vdev, const struct keel_attach *attach)
{
	if (vdev->nr_queues != VHOST_QUEUES || vdev->v->offered & (NET_F_CTRL_VQ | NET_F_MQ))
		return -EINVAL;
	return vhost_attach(vdev, attach, VHOST_NET_MINOR, net_finish);
}

/* 5.10.4: the configuration is the context ID. */
static long vsock_finish(struct keel_vhost *vhost, const struct keel_attach *attach)
{
	u64 cid;

	memcpy(&cid, attach->config, sizeof(cid));
	return vhost_call(vhost, VHOST_VSOCK_SET_GUEST_CID, &cid);
}

static int vsock_attach(struct keel_vdev *vdev, const struct keel_attach *attach)
{
	if (attach->tap)
		return -EINVAL;
	return vhost_attach(vdev, attach, VHOST_VSOCK_MINOR, vsock_finish);
}

const struct keel_backend keel_virtio_net = {
	.type = KEEL_VIRTIO_NET,
	.files = true,
	.attach = net_attach,
	.detach = vhost_detach,
	.start = vhost_start,
	.stop = vhost_stop,
	.aim = vhost_aim,
	.kick = vhost_kick,
};

const struct keel_backend keel_virtio_vsock = {
	.type = KEEL_VIRTIO_VSOCK,
	.files = true,
	.attach = vsock_attach,
	.detach = vhost_detach,
	.start = vhost_start,
	.stop = vhost_stop,
	.aim = vhost_aim,
	.kick = vhost_kick,
};
