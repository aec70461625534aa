// SPDX-License-Identifier: GPL-2.0
/*
 * Console (VIRTIO 1.2, 5.3): bytes between the guest's buffers and the files at the host's
 * end of each port, without a buffer in between. Control messages are
 * those of devices/virtio/console.c.
 *
 * No thread sleeps for a file while it serves: what cannot be read or written at once is put
 * back. A chain that went out in part stays at the ring's head, and keel_virtq_state.partial
 * says how much of it did, so that it goes on there after a save, too.
 */
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "../backend.h"
#include "../door.h"
#include "../memory.h"
#include "../vdev.h"
#include "../vqueue.h"
#include "stream.h"

/* Bytes of a chain that are moved before other queues are served. */
#define VCON_MOST	65536
/* Counters of a port */
#define VCON_COUNTERS	6

/**
 * struct vcon_port - a port.
 * @con:  its console
 * @rx:   queue to the guest
 * @tx:   queue from the guest
 * @in:   to the guest
 * @out:  from the guest
 * @drop: what @out does not take at once is lost
 * @lost: bytes that were sent, and that no file took
 * @in_errors: of @in's file
 * @out_errors: of @out's file
 */
struct vcon_port {
	struct vcon_data *con;
	struct keel_vqueue *rx;
	struct keel_vqueue *tx;
	struct keel_stream in;
	struct keel_stream out;
	bool drop;
	u64 lost;
	u64 in_errors;
	u64 out_errors;
};

/**
 * struct vcon_data - a console.
 * @vdev:  its data side
 * @stuck: characters of emerg_wr wait for the first port's file
 * @job:   sends them
 * @nr:    ports
 * @ports: all of them
 */
struct vcon_data {
	struct keel_vdev *vdev;
	bool stuck;
	struct keel_job job;
	unsigned int nr;
	struct vcon_port ports[];
};

/* ---- Emergency write ---- */

/* A text, and how much of it went out. */
struct vcon_sent {
	struct keel_vcon_text text;
	unsigned int nr;
};

static int vcon_call_emergency(struct keel_dev *dev, void *arg)
{
	struct vcon_sent *sent = arg;

	return keel_vcon_emergency(keel_virtio_of(dev), &sent->text);
}

static int vcon_call_emergency_sent(struct keel_dev *dev, void *arg)
{
	const struct vcon_sent *sent = arg;

	keel_vcon_emergency_sent(keel_virtio_of(dev), &sent->text, sent->nr);
	return 0;
}

/* Return: bytes that need not be kept any longer. */
static unsigned int vcon_send_emergency(struct vcon_port *port, u8 *bytes, unsigned int nr)
{
	struct kvec vec = { .iov_base = bytes, .iov_len = nr };
	struct iov_iter iter;
	ssize_t ret = -EPIPE;

	iov_iter_kvec(&iter, WRITE, &vec, 1, nr);
	if (keel_stream_is_open(&port->out))
		ret = keel_stream_move(&port->out, &iter);
	if (ret > 0)
		return ret;
	if (ret == -EAGAIN && !port->drop)
		return 0;
	port->lost += nr;
	return nr;
}

/* With the lock of the first port's transmit queue. */
static void vcon_emergency(struct vcon_data *con)
{
	struct keel_dev *dev = &con->vdev->v->dev;
	struct vcon_sent sent = { .nr = 1 };
	int nr;

	WRITE_ONCE(con->stuck, true);	/* before the try, as keel_stream_move() does */
	while (sent.nr) {
		nr = keel_door_call(con->vdev->vm, dev, vcon_call_emergency, &sent);
		if (!nr)
			break;
		sent.nr = vcon_send_emergency(&con->ports[0], sent.text.bytes, nr);
		keel_door_call(con->vdev->vm, dev, vcon_call_emergency_sent, &sent);
	}
	WRITE_ONCE(con->stuck, !sent.nr);
}

static void vcon_run(struct keel_job *job)
{
	struct vcon_data *con = container_of(job, struct vcon_data, job);

	/* Detached: the streams are the attaching thread's. */
	if (!READ_ONCE(con->vdev->backend))
		return;
	if (keel_vqueue_enter(con->ports[0].tx)) {
		keel_job_post(job);
		return;
	}
	vcon_emergency(con);
	keel_vqueue_leave(con->ports[0].tx);
}

/* ---- From the guest ---- */

/* The rest of the chain is lost. */
static s64 vcon_lose(struct vcon_port *port, u64 bytes)
{
	port->lost += bytes;
	WRITE_ONCE(port->out.waiting, false);
	port->tx->w->ring.s->partial = 0;
	return 0;
}

/* The file did not take the rest of the chain. Return: serve()'s result. */
static s64 vcon_send_failed(struct vcon_port *port, ssize_t error, u64 rest)
{
	if (error == -EAGAIN && !port->drop)
		return error;
	if (error == -EFAULT) {
		port->tx->w->ring.s->partial = 0;
		return -EBADMSG;
	}
	port->out_errors += error != -EAGAIN;
	return vcon_lose(port, rest);
}

/* Sends a part, so that other queues are served between. Return: serve()'s result. */
static s64 vcon_send_part(struct vcon_port *port, struct iov_iter *iter, u64 from, u64 len)
{
	struct keel_virtq_state *s = port->tx->w->ring.s;
	ssize_t ret;

	iov_iter_advance(iter, from);
	iov_iter_truncate(iter, VCON_MOST);
	while (iov_iter_count(iter)) {
		ret = keel_stream_move(&port->out, iter);
		if (ret <= 0)
			return vcon_send_failed(port, ret, len - from);
		from += ret;
		s->partial = from;
	}
	if (from < len) {
		keel_vqueue_wake(port->tx);
		return -EAGAIN;
	}
	s->partial = 0;
	return 0;
}

/* The driver may have another chain there now than the one of which a part was sent. */
static s64 vcon_send(struct keel_vqueue *queue, struct vcon_port *port)
{
	struct keel_chain *chain = &queue->w->chain;
	u64 from = min_t(u64, queue->w->ring.s->partial, chain->out_len);
	struct iov_iter iter;

	if (chain->nr_in)	/* 5.3.6.1: only buffers to be read */
		return -EBADMSG;
	if (READ_ONCE(port->con->stuck) && port == port->con->ports)
		vcon_emergency(port->con);
	if (!keel_stream_is_open(&port->out))
		return vcon_lose(port, chain->out_len - from);
	if (keel_memory_iov(queue->vdev->vm, chain->segs, chain->nr_out, queue->w->iov))
		return -EBADMSG;
	iov_iter_init(&iter, WRITE, queue->w->iov, chain->nr_out, chain->out_len);
	return vcon_send_part(port, &iter, from, chain->out_len);
}

/* ---- To the guest ---- */

static s64 vcon_receive(struct keel_vqueue *queue, struct vcon_port *port, unsigned int nr)
{
	struct keel_chain *chain = &queue->w->chain;
	struct iov_iter iter;
	ssize_t ret;

	if (chain->nr_out || !chain->nr_in)	/* 5.3.6.1: only buffers to be written */
		return -EBADMSG;
	if (!keel_stream_is_open(&port->in) || !keel_vcon_may_receive(queue->vdev->v, nr))
		return -EAGAIN;		/* a change of that posts the job */
	if (keel_memory_iov(queue->vdev->vm, chain->segs, chain->nr_in, queue->w->iov))
		return -EBADMSG;
	iov_iter_init(&iter, READ, queue->w->iov, chain->nr_in, chain->in_len);
	iov_iter_truncate(&iter, VCON_MOST);
	ret = keel_stream_move(&port->in, &iter);
	if (ret > 0)
		return ret;
	if (ret == -EFAULT)
		return -EBADMSG;
	port->in_errors += ret && ret != -EAGAIN;
	return -EAGAIN;
}

/* ---- Control ---- */

/**
 * struct vcon_said - arguments of a call to the model, or its answer.
 * @message: a control message
 * @len:     bytes of it; of the driver's buffer
 * @port:    number of a port
 * @on:      it is connected
 * @cols:    size of its window
 * @rows:    see @cols
 * @name:    its name
 */
struct vcon_said {
	u8 message[KEEL_VCON_MESSAGE];
	u64 len;
	unsigned int port;
	bool on;
	u16 cols;
	u16 rows;
	const char *name;
};

static int vcon_call_next(struct keel_dev *dev, void *arg)
{
	struct vcon_said *said = arg;

	return keel_vcon_next(keel_virtio_of(dev), said->message, said->len);
}

static int vcon_call_message(struct keel_dev *dev, void *arg)
{
	const struct vcon_said *said = arg;

	keel_vcon_message(keel_virtio_of(dev), said->message, said->len);
	return 0;
}

static int vcon_call_connect(struct keel_dev *dev, void *arg)
{
	const struct vcon_said *said = arg;

	keel_vcon_connect(keel_virtio_of(dev), said->port, said->on);
	return 0;
}

static int vcon_call_resize(struct keel_dev *dev, void *arg)
{
	const struct vcon_said *said = arg;

	keel_vcon_resize(keel_virtio_of(dev), said->port, said->cols, said->rows);
	return 0;
}

static int vcon_call_name(struct keel_dev *dev, void *arg)
{
	const struct vcon_said *said = arg;

	keel_vcon_name(keel_virtio_of(dev), said->port, said->name);
	return 0;
}

static int vcon_say(const struct keel_vdev *vdev, int (*say)(struct keel_dev *dev, void *arg),
		    struct vcon_said *said)
{
	return keel_door_call(vdev->vm, &vdev->v->dev, say, said);
}

/* There may be a control message for the driver. */
static void vcon_wake_control(const struct keel_vdev *vdev)
{
	if (vdev->nr_queues > KEEL_VCON_CONTROL_OUT)
		keel_vqueue_wake(vdev->queues[KEEL_VCON_CONTROL_IN]);
}

static s64 vcon_tell(struct keel_vqueue *queue)
{
	const struct keel_chain *chain = &queue->w->chain;
	struct vcon_said said = { .len = chain->in_len };
	struct iov_iter iter;
	int len;

	if (chain->nr_out || !chain->nr_in)
		return -EBADMSG;
	if (keel_memory_iov(queue->vdev->vm, chain->segs, chain->nr_in, queue->w->iov))
		return -EBADMSG;
	len = vcon_say(queue->vdev, vcon_call_next, &said);
	if (len < 0)
		return len;
	iov_iter_init(&iter, READ, queue->w->iov, chain->nr_in, chain->in_len);
	return copy_to_iter(said.message, len, &iter) == len ? len : -EBADMSG;
}

static s64 vcon_hear(struct keel_vqueue *queue)
{
	const struct keel_chain *chain = &queue->w->chain;
	struct vcon_data *con = queue->vdev->data;
	struct vcon_said said = { .len = chain->out_len };
	size_t len = min_t(u64, chain->out_len, KEEL_VCON_HEADER);
	struct iov_iter iter;
	unsigned int i;

	if (chain->nr_in)
		return -EBADMSG;
	if (keel_memory_iov(queue->vdev->vm, chain->segs, chain->nr_out, queue->w->iov))
		return -EBADMSG;
	iov_iter_init(&iter, WRITE, queue->w->iov, chain->nr_out, chain->out_len);
	if (copy_from_iter(said.message, len, &iter) != len)
		return -EBADMSG;
	vcon_say(queue->vdev, vcon_call_message, &said);
	vcon_wake_control(queue->vdev);
	for (i = 0; i < con->nr; i++)	/* it may have been opened */
		keel_vqueue_wake(con->ports[i].rx);
	return 0;
}

static unsigned int vcon_port_of(unsigned int queue)
{
	return queue < KEEL_VCON_CONTROL_IN ? 0 : queue / 2 - 1;
}

static s64 vcon_serve(struct keel_vqueue *queue)
{
	struct vcon_data *con = queue->vdev->data;
	unsigned int port = vcon_port_of(queue->index);

	if (queue->index == KEEL_VCON_CONTROL_IN)
		return vcon_tell(queue);
	if (queue->index == KEEL_VCON_CONTROL_OUT)
		return vcon_hear(queue);
	if (queue->index % 2)
		return vcon_send(queue, &con->ports[port]);
	return vcon_receive(queue, &con->ports[port], port);
}

/* ---- Life ---- */

static bool vcon_connected(const struct vcon_port *port)
{
	return keel_stream_is_open(&port->in) || keel_stream_is_open(&port->out);
}

/* With keel_vm.reconciling. A state may have been loaded; emergency characters may wait. */
static int vcon_reconcile(struct keel_vdev *vdev)
{
	struct vcon_data *con = vdev->data;
	struct vcon_said said = {};

	for (said.port = 0; said.port < con->nr; said.port++) {
		said.on = vcon_connected(&con->ports[said.port]);
		vcon_say(vdev, vcon_call_connect, &said);
	}
	vcon_wake_control(vdev);
	if (keel_vqueue_try_enter(con->ports[0].tx)) {
		vcon_emergency(con);
		keel_vqueue_leave(con->ports[0].tx);
	} else {
		keel_job_post(&con->job);
	}
	return 0;
}

static void vcon_init_port(struct vcon_data *con, unsigned int nr)
{
	struct keel_vqueue **queues = con->vdev->queues + (nr ? 2 + 2 * nr : 0);
	struct vcon_port *port = &con->ports[nr];

	port->con = con;
	port->rx = queues[0];
	port->tx = queues[1];
	keel_stream_init(&port->in, &port->rx->job, EPOLLIN | EPOLLRDNORM | EPOLLRDHUP);
	keel_stream_init(&port->out, &port->tx->job, EPOLLOUT | EPOLLWRNORM);
	if (!nr)	/* what is stuck waits for the same file */
		port->out.other = &con->job;
}

static struct vcon_data *vcon_alloc(struct keel_vdev *vdev)
{
	unsigned int i, nr = keel_vcon_ports(vdev->v);
	struct vcon_data *con = kzalloc(struct_size(con, ports, nr), GFP_KERNEL_ACCOUNT);

	if (!con)
		return NULL;
	con->vdev = vdev;
	con->nr = nr;
	keel_job_init(&con->job, vcon_run);
	for (i = 0; i < nr; i++)
		vcon_init_port(con, i);
	return con;
}

/* ---- What the process wants ---- */

static int vcon_replace(struct keel_vqueue *queue, struct keel_stream *stream,
			const struct keel_hostfile *file)
{
	int ret = keel_vqueue_seize(queue);

	if (ret)
		return ret;
	keel_stream_replace(stream, file);
	keel_vqueue_release(queue);
	return 0;
}

/* With keel_vm.reconciling */
static int vcon_set_files(struct vcon_port *port, int in, int out)
{
	struct keel_hostfile from, to;
	int ret;

	ret = keel_hostfile_set(&from, in, KEEL_HOSTFILE_STREAM, FMODE_READ);
	if (!ret)
		ret = keel_hostfile_set(&to, out, KEEL_HOSTFILE_STREAM, FMODE_WRITE);
	if (!ret)
		ret = vcon_replace(port->rx, &port->in, &from);
	if (!ret)
		ret = vcon_replace(port->tx, &port->out, &to);
	return ret;
}

static bool vcon_name_good(const struct keel_vdev *vdev, const u8 *name)
{
	size_t len = strnlen(name, KEEL_PORT_NAME);

	return !len || (vdev->v->offered & KEEL_VCON_F_MULTIPORT &&
			!memchr_inv(name + len, 0, KEEL_PORT_NAME - len));
}

static int vcon_set_port(struct vcon_data *con, unsigned int nr, const struct keel_port *to)
{
	struct vcon_said said = {
		.port = nr, .cols = to->cols, .rows = to->rows, .name = to->name,
	};

	if (to->flags & ~KEEL_PORT_DROP || !vcon_name_good(con->vdev, to->name) ||
	    memchr_inv(to->reserved, 0, sizeof(to->reserved)))
		return -EINVAL;
	con->ports[nr].drop = to->flags & KEEL_PORT_DROP;
	vcon_say(con->vdev, vcon_call_name, &said);
	vcon_say(con->vdev, vcon_call_resize, &said);
	return vcon_set_files(&con->ports[nr], to->in, to->out);
}

/* The configuration (5.3.4) */
struct vcon_config {
	u16 cols;
	u16 rows;
	u32 max_nr_ports;
	u32 emerg_wr;
};

static_assert(sizeof(struct vcon_config) == 12);

static int vcon_set_ports(struct vcon_data *con, const struct keel_attach_console *a,
			  struct vcon_config *config)
{
	struct keel_port ports[KEEL_VCON_PORTS];
	unsigned int i;
	int ret = 0;

	if (copy_from_user(ports, u64_to_user_ptr(a->ports), con->nr * sizeof(ports[0])))
		return -EFAULT;
	for (i = 0; i < con->nr && !ret; i++)
		ret = vcon_set_port(con, i, &ports[i]);
	config->cols = ports[0].cols;
	config->rows = ports[0].rows;
	config->max_nr_ports = con->nr;
	return ret;
}

/* 5.3.2: queues are those of one port, or those of several with two for control. */
static bool vcon_fits(const struct vcon_data *con, const struct keel_attach_console *a)
{
	const struct keel_vdev *vdev = con->vdev;
	bool several = vdev->v->offered & KEEL_VCON_F_MULTIPORT;

	return a->nr_ports == con->nr && vdev->nr_queues == 2 * con->nr + (several ? 2 : 0);
}

/* Its job can be posted, and idle threads watch its files: until the VM's end, detached or not. */
static void vcon_publish(struct vcon_data *con)
{
	struct keel_server *server = con->vdev->server;
	unsigned int i;

	con->vdev->kept = con;
	keel_job_bind(&con->job, server);
	for (i = 0; i < con->nr; i++) {
		keel_server_watch(server, &con->ports[i].in.watch);
		keel_server_watch(server, &con->ports[i].out.watch);
	}
}

/* Without files and counts, as vcon_alloc() makes it. An idle thread may look at it. */
static void vcon_clear(struct vcon_data *con)
{
	static const struct keel_hostfile none = { .fd = -1 };
	unsigned int i;

	for (i = 0; i < con->nr; i++) {
		struct vcon_port *port = &con->ports[i];

		keel_stream_replace(&port->in, &none);
		keel_stream_replace(&port->out, &none);
		port->in.bytes = 0;
		port->out.bytes = 0;
		port->drop = false;
		port->lost = 0;
		port->in_errors = 0;
		port->out_errors = 0;
	}
	WRITE_ONCE(con->stuck, false);
}

static int vcon_attach(struct keel_vdev *vdev, const void *arg, void *config)
{
	struct vcon_data *con = vdev->kept ?: vcon_alloc(vdev);
	int ret = -EINVAL;

	if (!con)
		return -ENOMEM;
	if (vcon_fits(con, arg))
		ret = vcon_set_ports(con, arg, config);
	if (ret) {
		if (vdev->kept)
			vcon_clear(con);
		else
			kfree(con);
		return ret;
	}
	vdev->data = con;
	if (!vdev->kept)
		vcon_publish(con);
	return 0;
}

static void vcon_detach(struct keel_vdev *vdev)
{
	vcon_clear(vdev->data);
}

static long vcon_change(struct keel_vdev *vdev, const struct keel_port_change *change)
{
	struct vcon_data *con = vdev->data;
	struct vcon_said said = {
		.port = change->port, .cols = change->to.cols, .rows = change->to.rows,
	};
	long ret = 0;

	if (change->port >= con->nr)
		return -EINVAL;
	if (change->what & KEEL_PORT_FILES)
		ret = vcon_set_files(&con->ports[change->port], change->to.in, change->to.out);
	if (!ret && change->what & KEEL_PORT_SIZE)
		vcon_say(vdev, vcon_call_resize, &said);
	return ret ? ret : vcon_reconcile(vdev);
}

/* ---- Counters ---- */

/* The @i-th of a port's. Return: its name. */
static const char *vcon_port_counter(const struct vcon_port *port, unsigned int i, u64 *value)
{
	const struct {
		const char *name;
		u64 value;
	} counters[VCON_COUNTERS] = {
		{ "received", READ_ONCE(port->in.bytes) },
		{ "in_errors", READ_ONCE(port->in_errors) },
		{ "sent", READ_ONCE(port->out.bytes) },
		{ "lost", READ_ONCE(port->lost) },
		{ "out_errors", READ_ONCE(port->out_errors) },
		{ "out_waits", READ_ONCE(port->out.waiting) },
	};

	*value = counters[i].value;
	return counters[i].name;
}

static bool vcon_counter(const struct keel_vdev *vdev, unsigned int i, char *name, size_t size,
			 u64 *value)
{
	const struct vcon_data *con = vdev->data;
	unsigned int port = i / VCON_COUNTERS;

	if (port >= con->nr)
		return false;
	scnprintf(name, size, "port.%u.%s", port,
		  vcon_port_counter(&con->ports[port], i % VCON_COUNTERS, value));
	return true;
}

static const struct keel_backend vcon_backend = {
	.type = KEEL_VIRTIO_CONSOLE,
	.attach = vcon_attach,
	.detach = vcon_detach,
	.serve = vcon_serve,
	.reconcile = vcon_reconcile,
	.counter = vcon_counter,
	.change = vcon_change,
};

/* KEEL_ATTACH_CONSOLE */
long keel_attach_console(void *owner, void *arg)
{
	const struct keel_attach_console *a = arg;
	const struct keel_attachment attachment = {
		.backend = &vcon_backend, .class = a->class, .instance = a->instance,
		.server = a->server, .serve = a->serve, .arg = a,
	};

	if (a->reserved)
		return -EINVAL;
	return keel_vdev_attach(owner, &attachment);
}
