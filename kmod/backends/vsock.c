// SPDX-License-Identifier: GPL-2.0
/*
 * Socket device (VIRTIO 1.2, 5.10): the kernel's vhost-vsock serves its first two queues.
 *
 * The third queue is for events (5.10.6.6), and Keel's. Keel sends one kind: connections are
 * lost because the driver has been restored from a state. Buffers wait until then.
 */
#include <linux/slab.h>
#include <linux/vhost.h>
#include <uapi/linux/virtio_vsock.h>

#include "../backend.h"
#include "../door.h"
#include "../memory.h"
#include "../vdev.h"
#include "../vhost.h"
#include "../vqueue.h"

/* A socket device runs as a whole. */
static long vsock_set_running(const struct keel_vhost *vhost, int running)
{
	if (vhost->live != GENMASK(VHOST_QUEUES - 1, 0))
		return 0;
	return keel_vhost_call(vhost, VHOST_VSOCK_SET_RUNNING, &running);
}

static long vsock_run(const struct keel_vhost *vhost, unsigned int ring)
{
	return vsock_set_running(vhost, 1);
}

static void vsock_halt(const struct keel_vhost *vhost, unsigned int ring)
{
	vsock_set_running(vhost, 0);
}

static const struct keel_vhost_ops vsock_vhost_ops = {
	.run = vsock_run,
	.halt = vsock_halt,
};

static int vsock_start(struct keel_vqueue *queue)
{
	return queue->index < VHOST_QUEUES ? keel_vhost_start(queue->vdev->data, queue) : 1;
}

static void vsock_stop(struct keel_vqueue *queue)
{
	keel_vhost_stop(queue->vdev->data, queue);
}

static int vsock_redirect(struct keel_vqueue *queue)
{
	return keel_vhost_redirect(queue->vdev->data, queue);
}

/* Only the queues that vhost serves have doorbells. */
static void vsock_notify(struct keel_vqueue *queue)
{
	if (queue->index < VHOST_QUEUES)
		keel_vhost_notify(queue->vdev->data, queue);
}

/* ---- Events ---- */

static bool vsock_write_event(struct keel_vqueue *queue, u32 id)
{
	const struct keel_seg *seg = queue->w->chain.segs;
	const void *from = &id;
	u32 left, part;

	for (left = sizeof(id); left; left -= part, from += part, seg++) {
		part = min(left, seg->len);
		if (!keel_memory_ops.write(queue->vdev->vm, seg->addr, from, part))
			return false;
	}
	return true;
}

static int vsock_told(struct keel_dev *dev, void *arg)
{
	keel_virtio_knows(keel_virtio_of(dev));
	return 0;
}

static s64 vsock_serve(struct keel_vqueue *queue)
{
	struct keel_vdev *vdev = queue->vdev;

	if (queue->w->chain.nr_out || queue->w->chain.in_len < sizeof(u32))
		return -EBADMSG;
	if (!READ_ONCE(vdev->v->restored))
		return -EAGAIN;
	if (!vsock_write_event(queue, VIRTIO_VSOCK_EVENT_TRANSPORT_RESET))
		return -EBADMSG;
	keel_door_call(vdev->vm, &vdev->v->dev, vsock_told, NULL);
	return sizeof(u32);
}

/* ---- Attaching ---- */

static long vsock_set_up(struct keel_vhost *vhost, const struct keel_attach_vsock *a)
{
	const struct keel_vhost_fds fds[] = { a->rx, a->tx };
	u64 cid = a->cid;
	long ret = keel_vhost_open(vhost, a->vhost, KEEL_HOSTFILE_VHOST_VSOCK, fds);

	return ret ? ret : keel_vhost_call(vhost, VHOST_VSOCK_SET_GUEST_CID, &cid);
}

static int vsock_attach(struct keel_vdev *vdev, const void *arg, void *config)
{
	const struct keel_attach_vsock *a = arg;
	struct keel_vhost *vhost;
	long ret;

	vhost = kzalloc(sizeof(*vhost), GFP_KERNEL_ACCOUNT);
	if (!vhost)
		return -ENOMEM;
	keel_vhost_init(vhost, vdev, 0, &vsock_vhost_ops);
	ret = vsock_set_up(vhost, a);
	if (ret) {
		keel_vhost_close(vhost);
		kfree(vhost);
		return ret;
	}
	keel_vhost_bind(vhost);
	vdev->data = vhost;
	memcpy(config, &a->cid, sizeof(a->cid));	/* 5.10.4 */
	return 0;
}

static void vsock_detach(struct keel_vdev *vdev)
{
	keel_vhost_close(vdev->data);
	kfree(vdev->data);
}

static const struct keel_backend vsock_backend = {
	.type = KEEL_VIRTIO_VSOCK,
	.attach = vsock_attach,
	.detach = vsock_detach,
	.serve = vsock_serve,
	.start = vsock_start,
	.stop = vsock_stop,
	.redirect = vsock_redirect,
	.notify = vsock_notify,
};

/* KEEL_ATTACH_VSOCK */
long keel_attach_vsock(void *owner, void *arg)
{
	const struct keel_attach_vsock *a = arg;
	const struct keel_attachment attachment = {
		.backend = &vsock_backend, .class = a->class, .instance = a->instance,
		.server = a->server, .serve = KEEL_SERVE_WORKER, .arg = a,
	};

	if (a->rx.reserved || a->tx.reserved)
		return -EINVAL;
	return keel_vdev_attach(owner, &attachment);
}
