// SPDX-License-Identifier: GPL-2.0
/* A virtio device over MMIO, alone on a board: its host, and a correct driver. */
#include "requests.h"

#define DEVICE_BASE	0xfeb00000ULL

/* VIRTIO 1.2, 4.2.2 */
enum {
	DRIVER_FEATURES = 0x20, DRIVER_SEL = 0x24, QUEUE_SEL = 0x30, QUEUE_SIZE = 0x38,
	QUEUE_READY = 0x44, STATUS = 0x70, DESC = 0x80,
};

/* ---- The host ---- */

static u64 device_now(void *host)
{
	return 0;
}

/* The board has no deadlines and no 8259s. */
static void device_arm(void *host, u64 deadline)
{
	must(deadline == KEEL_NEVER);
}

static void device_intr(void *host, bool level)
{
	must(!level);
}

static void device_reconcile(void *host, struct keel_dev *dev)
{
	struct requests_device *d = host;

	must(dev == &d->v->dev);
	d->calls++;
}

static const struct keel_host_ops device_host_ops = {
	.now = device_now,
	.arm = device_arm,
	.intr = device_intr,
	.reconcile = device_reconcile,
};

static int device_settle(struct keel_dev *dev, void *arg)
{
	struct keel_virtio *v = keel_virtio_of(dev);

	keel_virtio_reconcile(v, keel_virtio_to_stop(v));
	return 0;
}

/* Queues are started and stopped before the driver goes on. */
static void device_serve(struct requests_device *d)
{
	if (d->served == d->calls)
		return;
	keel_board_call(d->board, &d->v->dev, device_settle, NULL);
	d->served = d->calls;
}

/**
 * requests_device_new() - a board with a device on it.
 * @config: the device; good
 */
struct requests_device *requests_device_new(const struct keel_virtio_config *config)
{
	struct requests_device *d = calloc(1, sizeof(*d));
	unsigned int nr = 0;

	must(d);
	d->config = (struct keel_device_config) {
		.class = KEEL_CLASS_VIRTIO_MMIO, .irq = KEEL_IRQ_NONE, .base = DEVICE_BASE,
		.virtio = *config,
	};
	d->board = malloc(keel_board_size(&d->config, 1));
	must(d->board);
	must(!keel_board_build(d->board, &device_host_ops, d, &d->config, 1, NULL, &nr));
	d->v = keel_virtio_of(keel_board_find(d->board, KEEL_CLASS_VIRTIO_MMIO, 0));
	return d;
}

/**
 * requests_device_free() - it is needed no more.
 * @d: the device
 */
void requests_device_free(struct requests_device *d)
{
	free(d->board);
	free(d);
}

/**
 * requests_device_call() - its host has something to say.
 * @d:    the device
 * @call: what
 * @arg:  for @call
 *
 * Return: what @call did.
 */
int requests_device_call(struct requests_device *d, int (*call)(struct keel_dev *dev, void *arg),
			 void *arg)
{
	int ret = keel_board_call(d->board, &d->v->dev, call, arg);

	device_serve(d);
	return ret;
}

/**
 * requests_device_copy() - save a device, and go on with another one.
 * @from: the one
 * @to:   a new one of the same kind
 */
void requests_device_copy(const struct requests_device *from, struct requests_device *to)
{
	size_t size = keel_board_state_size(from->board);
	u8 *blob = malloc(2 * size);
	u32 record;

	must(blob);
	must(whole_save(from->board, blob) == size);
	must(!whole_load(to->board, blob, size, &record));
	device_serve(to);
	must(whole_save(to->board, blob + size) == size);
	must(!memcmp(blob, blob + size, size));
	free(blob);
}

/* ---- The driver ---- */

/**
 * requests_device_read() - an access to a register, or to the configuration from 0x100 on.
 * @d:      the device
 * @offset: where, a multiple of @width
 * @width:  1, 2 or 4
 */
u32 requests_device_read(struct requests_device *d, u32 offset, unsigned int width)
{
	u32 value = 0;

	keel_board_access(d->board, KEEL_MMIO, DEVICE_BASE + offset, &value, width, false);
	device_serve(d);
	return value;
}

/**
 * requests_device_write() - likewise.
 * @d:      the device
 * @offset: where, a multiple of @width
 * @width:  1, 2 or 4
 * @value:  what to write
 */
void requests_device_write(struct requests_device *d, u32 offset, unsigned int width, u32 value)
{
	keel_board_access(d->board, KEEL_MMIO, DEVICE_BASE + offset, &value, width, true);
	device_serve(d);
}

static void device_enable(struct requests_device *d, unsigned int queue)
{
	requests_device_write(d, QUEUE_SEL, 4, queue);
	requests_device_write(d, QUEUE_SIZE, 4, 16);
	requests_device_write(d, DESC, 4, 0x10000);
	requests_device_write(d, QUEUE_READY, 4, 1);
}

/**
 * requests_device_drive() - from a reset to DRIVER_OK, with all queues.
 * @d:        the device
 * @features: of its own, that the driver wants; they are offered
 */
void requests_device_drive(struct requests_device *d, u32 features)
{
	unsigned int i;

	requests_device_write(d, STATUS, 4, 0);
	requests_device_write(d, STATUS, 4, 3);
	requests_device_write(d, DRIVER_SEL, 4, 0);
	requests_device_write(d, DRIVER_FEATURES, 4, features);
	requests_device_write(d, DRIVER_SEL, 4, 1);
	requests_device_write(d, DRIVER_FEATURES, 4, 1);	/* VERSION_1 */
	requests_device_write(d, STATUS, 4, 0xb);
	for (i = 0; i < d->v->nr_queues; i++)
		device_enable(d, i);
	requests_device_write(d, STATUS, 4, 0xf);
	must(requests_device_read(d, STATUS, 4) == 0xf);
	must(d->v->running == GENMASK(d->v->nr_queues - 1, 0));
}

/**
 * requests_device_reset() - by its driver, or with the whole board.
 * @d:     the device
 * @board: with the board
 */
void requests_device_reset(struct requests_device *d, bool board)
{
	if (board)
		whole_reset(d->board);
	else
		requests_device_write(d, STATUS, 4, 0);
	device_serve(d);
	must(!requests_device_read(d, STATUS, 4));
	must(!d->v->running);
}
