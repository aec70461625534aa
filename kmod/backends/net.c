// SPDX-License-Identifier: GPL-2.0
/*
 * Network device (VIRTIO 1.2, 5.1): each pair of queues is one of a tap's, moved by a
 * vhost-net of its own. The control queue is Keel's, and says how many pairs are in use: the
 * tap's other queues are detached, and the host sends nothing there.
 *
 * The first pair is always in use: ioctls for the interface as a whole go to its tap.
 */
#include <linux/if_tun.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vhost.h>
#include <net/sock.h>

#include "../../devices/virtio/net.h"
#include "../backend.h"
#include "../door.h"
#include "../memory.h"
#include "../vdev.h"
#include "../vhost.h"
#include "../vqueue.h"

/* Bytes before each packet (5.1.6); a legacy driver's may be without num_buffers (5.1.6.1). */
#define NET_HEADER	12
#define NET_HEADER_LEGACY 10
#define NET_LEAST_MTU	68	/* 5.1.4.1 */
#define NET_S_LINK_UP	1

/* The configuration (5.1.4), as far as it is used */
struct net_config {
	u8 mac[6];
	u16 status;
	u16 max_virtqueue_pairs;
	u16 mtu;
};

static_assert(sizeof(struct net_config) == 12);
static_assert(2 * KEEL_NET_PAIRS + 1 <= KEEL_VIRTIO_QUEUES);

/* Feature bits (5.1.3). */
#define NET_F_GUEST_CSUM	BIT_ULL(1)
#define NET_F_GUEST_TSO4	BIT_ULL(7)
#define NET_F_GUEST_TSO6	BIT_ULL(8)
#define NET_F_GUEST_ECN		BIT_ULL(9)
#define NET_F_MRG_RXBUF		BIT_ULL(15)

/**
 * struct keel_net - a network device.
 * @lock:     for @attached; within a queue's
 * @attached: queues of the tap that are not detached, a bit for each
 * @ctrl:     commands; under the control queue's lock
 * @commands: commands that were carried out
 * @nr_pairs: entries of @pairs
 * @pairs:    of queues
 */
struct keel_net {
	struct mutex lock;
	unsigned long attached;
	struct keel_net_ctrl ctrl;
	u64 commands;
	unsigned int nr_pairs;
	struct keel_vhost pairs[];
};

/* ---- Taps ---- */

static long tap_call(const struct keel_vhost *vhost, unsigned int command, void *arg, size_t size)
{
	return keel_vhost_call_file(vhost, &vhost->tap, command, arg, size);
}

/* Offloads that the guest's driver accepts in received packets. */
static unsigned int net_offloads(u64 features)
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

static long tap_set_offloads(const struct keel_vhost *vhost, u64 features)
{
	return keel_hostfile_ioctl(&vhost->tap, TUNSETOFFLOAD, net_offloads(features));
}

static long tap_set_header(const struct keel_vhost *vhost, u64 features)
{
	bool whole = features & (BIT_ULL(VIRTIO_F_VERSION_1) | NET_F_MRG_RXBUF);
	int size = whole ? NET_HEADER : NET_HEADER_LEGACY;

	return tap_call(vhost, TUNSETVNETHDRSZ, &size, sizeof(size));
}

static int tap_attach(const struct keel_vhost *vhost, bool attach)
{
	struct ifreq ifr = { .ifr_flags = attach ? IFF_ATTACH_QUEUE : IFF_DETACH_QUEUE };

	return tap_call(vhost, TUNSETQUEUE, &ifr, sizeof(ifr));
}

/* With the lock: attaches the tap's first @pairs, detaches the others. Return: the last error. */
static int net_set_queues(struct keel_net *net, unsigned int pairs)
{
	unsigned int i;
	int ret = 0, err;

	for (i = 1; i < net->nr_pairs; i++) {
		bool wanted = i < pairs;

		if (test_bit(i, &net->attached) == wanted)
			continue;
		err = tap_attach(&net->pairs[i], wanted);
		if (err)
			ret = err;
		else
			__change_bit(i, &net->attached);
	}
	return ret;
}

/*
 * If @pairs cannot be had, @before stay in use. Return: 0; -EINTR: not begun, a signal came while
 * another thread does the same; or an error.
 */
static int net_use(struct keel_net *net, unsigned int pairs, unsigned int before)
{
	int ret;

	if (mutex_lock_interruptible(&net->lock))
		return -EINTR;
	ret = net_set_queues(net, pairs);
	if (ret && before != pairs)
		net_set_queues(net, before);
	mutex_unlock(&net->lock);
	return ret;
}

/* ---- Queues ---- */

static long net_run(const struct keel_vhost *vhost, unsigned int ring)
{
	return keel_vhost_set_file(vhost, VHOST_NET_SET_BACKEND, ring, vhost->tap.fd);
}

static void net_halt(const struct keel_vhost *vhost, unsigned int ring)
{
	keel_vhost_set_file(vhost, VHOST_NET_SET_BACKEND, ring, -1);
}

static const struct keel_vhost_ops net_vhost_ops = {
	.run = net_run,
	.halt = net_halt,
};

static struct keel_vhost *net_pair(const struct keel_vqueue *queue)
{
	struct keel_net *net = queue->vdev->data;

	return &net->pairs[queue->index / VHOST_QUEUES];
}

/* Settings of the interface as a whole, before the first queue. */
static int net_prepare(struct keel_vqueue *queue)
{
	struct keel_net *net = queue->vdev->data;
	unsigned int pairs = keel_net_pairs(queue->vdev->v);
	u64 features = queue->w->ring.features;
	long ret = tap_set_header(&net->pairs[0], features);

	if (!ret)
		ret = tap_set_offloads(&net->pairs[0], features);
	return ret ? ret : net_use(net, pairs, pairs);
}

static int net_start(struct keel_vqueue *queue)
{
	struct keel_net *net = queue->vdev->data;
	int ret = 0;

	if (queue->index == keel_net_ctrl_queue(queue->w->ring.features, net->nr_pairs))
		return 1;
	if (queue->index / VHOST_QUEUES >= net->nr_pairs)
		return -EINVAL;
	if (!queue->index)
		ret = net_prepare(queue);
	return ret ? ret : keel_vhost_start(net_pair(queue), queue);
}

static void net_stop(struct keel_vqueue *queue)
{
	keel_vhost_stop(net_pair(queue), queue);
}

static int net_redirect(struct keel_vqueue *queue)
{
	return keel_vhost_redirect(net_pair(queue), queue);
}

static void net_notify(struct keel_vqueue *queue)
{
	keel_vhost_notify(net_pair(queue), queue);
}

/* ---- Commands ---- */

static int net_tell_pairs(struct keel_dev *dev, void *arg)
{
	keel_net_set_pairs(keel_virtio_of(dev), *(u16 *)arg);
	return 0;
}

/*
 * If that fails, the driver keeps the pairs that it has. Return: the answer to the driver, or
 * -EAGAIN: a signal came first, and the job serves the command once more.
 */
static int net_do(struct keel_vqueue *queue)
{
	struct keel_vdev *vdev = queue->vdev;
	struct keel_net *net = vdev->data;
	int ret = net_use(net, net->ctrl.pairs, keel_net_pairs(vdev->v));

	if (ret == -EINTR) {
		keel_vqueue_wake(queue);
		return -EAGAIN;
	}
	if (ret)
		return KEEL_NET_ERR;
	keel_door_call(vdev->vm, &vdev->v->dev, net_tell_pairs, &net->ctrl.pairs);
	net->commands++;
	return KEEL_NET_OK;
}

static s64 net_serve(struct keel_vqueue *queue)
{
	struct keel_vm *vm = queue->vdev->vm;
	struct keel_net *net = queue->vdev->data;
	u8 answer;
	int ret;

	ret = keel_net_parse(&net->ctrl, &queue->w->chain, &keel_memory_ops, vm,
			     queue->w->ring.features);
	if (ret == KEEL_NET_OK)
		ret = net_do(queue);
	if (ret < 0)
		return ret;
	answer = ret;
	if (!keel_memory_ops.write(vm, net->ctrl.answer, &answer, sizeof(answer)))
		return -EBADMSG;
	return sizeof(answer);
}

/* ---- Attaching ---- */

/* Is it a queue of a suitable interface? Sets its header size, and no offloads yet. */
static bool tap_good(const struct keel_vhost *vhost, bool multi)
{
	unsigned int flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR | (multi ? IFF_MULTI_QUEUE : 0);
	struct ifreq ifr = {};

	if (tap_call(vhost, TUNGETIFF, &ifr, sizeof(ifr)) || flags & ~ifr.ifr_flags)
		return false;
	return !tap_set_header(vhost, BIT_ULL(VIRTIO_F_VERSION_1)) && !tap_set_offloads(vhost, 0);
}

static long net_open_pair(struct keel_net *net, unsigned int i, const struct keel_net_pair *pair)
{
	const struct keel_vhost_fds fds[] = { pair->rx, pair->tx };
	struct keel_vhost *vhost = &net->pairs[i];
	long ret;

	ret = keel_vhost_open(vhost, pair->vhost, KEEL_HOSTFILE_VHOST_NET, fds);
	if (!ret)
		ret = keel_hostfile_set(&vhost->tap, pair->tap, KEEL_HOSTFILE_TUN, 0);
	if (ret)
		return ret;
	if (!tap_good(vhost, net->nr_pairs > 1))
		return -EBADF;
	__set_bit(i, &net->attached);
	return 0;
}

static long net_open_pairs(struct keel_net *net, const struct keel_attach_net *a)
{
	struct keel_net_pair pairs[KEEL_NET_PAIRS];
	unsigned int i;
	long ret = 0;

	if (copy_from_user(pairs, u64_to_user_ptr(a->pairs), net->nr_pairs * sizeof(pairs[0])))
		return -EFAULT;
	for (i = 0; i < net->nr_pairs; i++)
		if (pairs[i].rx.reserved || pairs[i].tx.reserved)
			return -EINVAL;
	for (i = 0; i < net->nr_pairs && !ret; i++)
		ret = net_open_pair(net, i, &pairs[i]);
	return ret;
}

static void net_free(struct keel_net *net)
{
	unsigned int i;

	for (i = 0; i < net->nr_pairs; i++)
		keel_vhost_close(&net->pairs[i]);
	kvfree(net);
}

static struct keel_net *net_alloc(struct keel_vdev *vdev, unsigned int nr_pairs)
{
	struct keel_net *net;
	unsigned int i;

	net = kvzalloc(struct_size(net, pairs, nr_pairs), GFP_KERNEL_ACCOUNT);
	if (!net)
		return NULL;
	mutex_init(&net->lock);
	net->nr_pairs = nr_pairs;
	net->ctrl.max_pairs = nr_pairs;
	for (i = 0; i < nr_pairs; i++)
		keel_vhost_init(&net->pairs[i], vdev, i * VHOST_QUEUES, &net_vhost_ops);
	return net;
}

/* 5.1.2: one pair, or several and the control queue that says how many. */
static bool net_is_whole(const struct keel_virtio *v, unsigned int pairs)
{
	u64 multi = v->offered & (KEEL_NET_F_CTRL_VQ | KEEL_NET_F_MQ);

	if (pairs == 1)
		return v->nr_queues == VHOST_QUEUES && !multi;
	return v->nr_queues == pairs * VHOST_QUEUES + 1 &&
	       multi == (KEEL_NET_F_CTRL_VQ | KEEL_NET_F_MQ);
}

static void net_configure(struct net_config *config, const struct keel_attach_net *a)
{
	memcpy(config->mac, a->mac, sizeof(config->mac));
	config->status = NET_S_LINK_UP;
	config->max_virtqueue_pairs = a->nr_pairs;
	config->mtu = a->mtu;
}

static int net_attach(struct keel_vdev *vdev, const void *arg, void *config)
{
	const struct keel_attach_net *a = arg;
	struct keel_net *net;
	unsigned int i;
	long ret;

	if (!net_is_whole(vdev->v, a->nr_pairs))
		return -EINVAL;
	net = net_alloc(vdev, a->nr_pairs);
	if (!net)
		return -ENOMEM;
	ret = net_open_pairs(net, a);
	if (ret) {
		net_free(net);
		return ret;
	}
	for (i = 0; i < net->nr_pairs; i++)
		keel_vhost_bind(&net->pairs[i]);
	vdev->data = net;
	net_configure(config, a);
	return 0;
}

static void net_detach(struct keel_vdev *vdev)
{
	net_free(vdev->data);
}

static bool net_counter(const struct keel_vdev *vdev, unsigned int i, char *name, size_t size,
			u64 *value)
{
	const struct keel_net *net = vdev->data;

	if (i > KEEL_NR_NET_WRONG)
		return false;
	if (i)
		scnprintf(name, size, "ctrl.wrong.%u", i - 1);
	else
		scnprintf(name, size, "commands");
	*value = READ_ONCE(*(i ? &net->ctrl.wrong[i - 1] : &net->commands));
	return true;
}

static const struct keel_backend net_backend = {
	.type = KEEL_VIRTIO_NET,
	.attach = net_attach,
	.detach = net_detach,
	.serve = net_serve,
	.start = net_start,
	.stop = net_stop,
	.redirect = net_redirect,
	.notify = net_notify,
	.counter = net_counter,
};

/* KEEL_ATTACH_NET */
long keel_attach_net(void *owner, void *arg)
{
	const struct keel_attach_net *a = arg;
	const struct keel_attachment attachment = {
		.backend = &net_backend, .class = a->class, .instance = a->instance,
		.server = a->server, .arg = a,
		.serve = KEEL_SERVE_WORKER,	/* a command waits for the RTNL */
	};

	if (!a->nr_pairs || a->nr_pairs > KEEL_NET_PAIRS || a->mtu < NET_LEAST_MTU)
		return -EINVAL;
	return keel_vdev_attach(owner, &attachment);
}
