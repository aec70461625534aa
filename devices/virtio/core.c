// SPDX-License-Identifier: GPL-2.0
/*
 * The part of a virtio device that is the same for all types and transports: what a
 * driver negotiates and configures (VIRTIO 1.2, 2.1 to 2.6 and 3).
 *
 * A driver that does things out of order gets what hardware gives: the write has no effect
 * and is counted. Feature bits are fixed from FEATURES_OK on, a queue's configuration from
 * its being enabled on. Status bits are never taken back, but by a reset.
 */
#include "config.h"
#include "core.h"
#include "types.h"

/* What all of them have (6). */
#define VIRTIO_FEATURES		(BIT_ULL(VIRTIO_RING_F_INDIRECT_DESC) | \
				 BIT_ULL(VIRTIO_RING_F_EVENT_IDX) | \
				 BIT_ULL(VIRTIO_F_VERSION_1) | BIT_ULL(VIRTIO_F_RING_PACKED) | \
				 BIT_ULL(VIRTIO_F_IN_ORDER) | \
				 BIT_ULL(KEEL_VIRTIO_F_NOTIFICATION_DATA) | \
				 BIT_ULL(VIRTIO_F_RING_RESET))

/* ---- What the host is to serve ---- */

static bool virtio_reaches(const struct keel_virtio *v)
{
	return !v->transport->reaches || v->transport->reaches(v);
}

static u32 virtio_wanted(const struct keel_virtio *v)
{
	u32 wanted = 0;
	unsigned int i;

	if (!keel_virtio_is_live(v->s) || !virtio_reaches(v))
		return 0;
	for (i = 0; i < v->nr_queues; i++)
		if (v->s->queues[i].enabled && !v->s->queues[i].broken)
			wanted |= BIT(i);
	return wanted & ~v->s->queue_resetting;
}

/* Is there anything that only the host can do? */
static void virtio_service(struct keel_virtio *v)
{
	if (virtio_wanted(v) != v->running)
		keel_reconcile(&v->dev);
}

static void virtio_queue_init(struct keel_virtio *v, unsigned int i)
{
	v->s->queues[i] = (struct keel_virtq_state) {
		.size = v->queue_size, .vector = VIRTIO_MSI_NO_VECTOR, .fresh = 1,
	};
}

/* The end of a reset; nothing runs any more. The configuration is the host's and stays. */
static void virtio_finish_reset(struct keel_virtio *v)
{
	struct keel_virtio_state *s = v->s;
	unsigned int i;

	s->driver_features = 0;
	s->device_features_sel = 0;
	s->driver_features_sel = 0;
	s->queue_resetting = 0;
	s->queue_sel = 0;
	s->config_vector = VIRTIO_MSI_NO_VECTOR;
	s->status = 0;
	s->isr = 0;
	s->resetting = 0;
	v->restored = false;
	for (i = 0; i < v->nr_queues; i++)
		virtio_queue_init(v, i);
	if (v->type->reset)
		v->type->reset(v);
	v->transport->sync(v);
}

static void virtio_finish_queue_resets(struct keel_virtio *v)
{
	u32 over = v->s->queue_resetting & ~v->running;
	unsigned int i;

	for (i = 0; i < v->nr_queues; i++)
		if (over & BIT(i))
			virtio_queue_init(v, i);
	v->s->queue_resetting &= ~over;
}

static void virtio_finish(struct keel_virtio *v)
{
	if (v->s->resetting && !v->running)
		virtio_finish_reset(v);
	virtio_finish_queue_resets(v);
}

/**
 * keel_virtio_to_stop() - queues that the host serves and is not to serve any more.
 * @v: the device
 */
u32 keel_virtio_to_stop(const struct keel_virtio *v)
{
	return v->running & ~virtio_wanted(v);
}

/**
 * keel_virtio_reconcile() - the host has stopped queues: what waited for it is done.
 * @v:       the device
 * @stopped: queues that are served no more
 *
 * Return: queues that the host is to start now; they count as running.
 */
u32 keel_virtio_reconcile(struct keel_virtio *v, u32 stopped)
{
	u32 start;

	v->running &= ~stopped;
	virtio_finish(v);
	start = virtio_wanted(v) & ~v->running;
	v->running |= start;
	return start;
}

/* ---- Reports to the driver ---- */

/* Of what is said of queues, a part is old: there may have been a reset since, or a load. */
static bool virtio_runs(const struct keel_virtio *v, unsigned int queue)
{
	return queue < v->nr_queues && v->running & BIT(queue);
}

/**
 * keel_virtio_used() - buffers of a queue were used, and the driver wants to know.
 * @v:     the device
 * @queue: which; one that was stopped meanwhile is silent
 */
void keel_virtio_used(struct keel_virtio *v, unsigned int queue)
{
	if (!virtio_runs(v, queue))
		return;
	v->interrupts++;
	v->transport->interrupt(v, VIRTIO_ISR_QUEUE, v->s->queues[queue].vector);
}

/**
 * keel_virtio_knows() - the driver has been told that it was restored.
 * @v: the device
 */
void keel_virtio_knows(struct keel_virtio *v)
{
	v->restored = false;
}

/**
 * keel_virtio_broke() - the host found nonsense in a queue, and serves it no more.
 * @v:     the device
 * @queue: which; its state says why. Nothing happens to one that runs and is sound
 *
 * The others go on; NEEDS_RESET tells the driver that only a reset helps (2.1.2).
 */
void keel_virtio_broke(struct keel_virtio *v, unsigned int queue)
{
	u8 why;

	if (!virtio_runs(v, queue) || !v->s->queues[queue].broken)
		return;
	why = min_t(u8, v->s->queues[queue].broken, KEEL_NR_VIRTQ_BROKEN - 1);
	v->s->queues[queue].broken = why;
	v->running &= ~BIT(queue);
	v->broken[why]++;
	v->s->status |= VIRTIO_CONFIG_S_NEEDS_RESET;
	keel_virtio_config_changed(v);
	virtio_finish(v);
}

/**
 * keel_virtio_isr_clear() - the driver has seen what the interrupt was for.
 * @v:    the device
 * @bits: of the interrupt status
 */
void keel_virtio_isr_clear(struct keel_virtio *v, u8 bits)
{
	v->s->isr &= ~bits;
	v->transport->sync(v);
}

/**
 * keel_virtio_isr_read() - the same by a read that clears it (4.1.4.5).
 * @v: the device
 *
 * Return: what it was.
 */
u8 keel_virtio_isr_read(struct keel_virtio *v)
{
	u8 isr = v->s->isr;

	keel_virtio_isr_clear(v, isr);
	return isr;
}

/* ---- Status and features ---- */

static u32 virtio_word(u64 features, u32 sel)
{
	return sel < 2 ? features >> (32 * sel) : 0;
}

/**
 * keel_virtio_device_features() - the selected word of what is offered.
 * @v: the device
 */
u32 keel_virtio_device_features(const struct keel_virtio *v)
{
	return virtio_word(v->offered, v->s->device_features_sel);
}

/**
 * keel_virtio_driver_features() - the selected word of what the driver wrote.
 * @v: the device
 */
u32 keel_virtio_driver_features(const struct keel_virtio *v)
{
	return virtio_word(v->s->driver_features, v->s->driver_features_sel);
}

/**
 * keel_virtio_write_features() - the driver accepts features.
 * @v:     the device
 * @value: the selected word
 */
void keel_virtio_write_features(struct keel_virtio *v, u32 value)
{
	struct keel_virtio_state *s = v->s;
	unsigned int shift = 32 * (s->driver_features_sel & 1);

	if (s->driver_features_sel > 1 || keel_virtio_features_final(v, s)) {
		keel_virtio_ignore(v, VIRTIO_BAD_FEATURES);
		return;
	}
	s->driver_features &= ~((u64)U32_MAX << shift);
	s->driver_features |= (u64)value << shift;
}

/**
 * keel_virtio_write_status() - the driver has come further, or begins anew with 0.
 * @v:     the device
 * @value: status bits; those that are set already stay so
 */
void keel_virtio_write_status(struct keel_virtio *v, u8 value)
{
	struct keel_virtio_state *s = v->s;
	u8 set = value & ~s->status;

	if (!value) {
		v->resets++;
		keel_virtio_reset(v);
		return;
	}
	if (s->resetting) {
		keel_virtio_ignore(v, VIRTIO_AMID_RESET);
		return;
	}
	if (s->status & ~value & ~VIRTIO_CONFIG_S_NEEDS_RESET ||
	    set & ~(VIRTIO_STATUS_BITS & ~VIRTIO_CONFIG_S_NEEDS_RESET))
		keel_virtio_ignore(v, VIRTIO_BAD_STATUS);
	set &= VIRTIO_STATUS_BITS & ~VIRTIO_CONFIG_S_NEEDS_RESET;
	if (set & VIRTIO_CONFIG_S_FEATURES_OK &&
	    (!keel_virtio_features_good(v, s->driver_features) || keel_virtio_has_queue(v, s))) {
		v->features_refused++;
		set &= ~VIRTIO_CONFIG_S_FEATURES_OK;
	}
	if (set & VIRTIO_CONFIG_S_DRIVER_OK && !((s->status | set) & VIRTIO_CONFIG_S_FEATURES_OK)) {
		keel_virtio_ignore(v, VIRTIO_BAD_STATUS);
		set &= ~VIRTIO_CONFIG_S_DRIVER_OK;
	}
	keel_virtio_add_status(v, set);
}

/**
 * keel_virtio_add_status() - set status bits, and do what follows.
 * @v:   the device
 * @set: bits that are good now
 */
void keel_virtio_add_status(struct keel_virtio *v, u8 set)
{
	v->s->status |= set;
	virtio_service(v);
}

/* ---- Queues ---- */

/**
 * keel_virtio_queue() - the selected queue.
 * @v: the device
 *
 * Return: its state, or NULL if the device has no such queue.
 */
struct keel_virtq_state *keel_virtio_queue(const struct keel_virtio *v)
{
	unsigned int queue = v->s->queue_sel;

	return queue < v->nr_queues ? &v->s->queues[array_index_nospec(queue, v->nr_queues)] :
				      NULL;
}

/**
 * keel_virtio_queue_open() - the selected queue, if its configuration may be written.
 * @v: the device
 *
 * Return: its state, or NULL: it may not, which is counted.
 */
struct keel_virtq_state *keel_virtio_queue_open(struct keel_virtio *v)
{
	struct keel_virtq_state *q = keel_virtio_queue(v);

	if (!q)
		keel_virtio_ignore(v, VIRTIO_NO_QUEUE);
	else if (keel_virtio_queue_resetting(v))
		keel_virtio_ignore(v, VIRTIO_AMID_RESET);
	else if (q->enabled)
		keel_virtio_ignore(v, VIRTIO_QUEUE_FIXED);
	else
		return q;
	return NULL;
}

/**
 * keel_virtio_queue_size() - the driver wants a smaller queue.
 * @v:     the device
 * @value: descriptors; what the queue cannot have changes nothing
 */
void keel_virtio_queue_size(struct keel_virtio *v, u32 value)
{
	struct keel_virtq_state *q = keel_virtio_queue_open(v);

	if (!q)
		return;
	if (keel_virtio_size_good(v, v->s, value))
		q->size = value;
	else
		keel_virtio_ignore(v, VIRTIO_BAD_SIZE);
}

static __u64 *virtio_area(struct keel_virtq_state *q, enum virtio_area area)
{
	switch (area) {
	case VIRTIO_AREA_DESC:
		return &q->desc;
	case VIRTIO_AREA_DRIVER:
		return &q->driver;
	default:
		return &q->device;
	}
}

/**
 * keel_virtio_queue_area() - the driver says where a part of the queue is.
 * @v:     the device
 * @area:  which part
 * @high:  bits 63:32 of the address, or bits 31:0
 * @value: these
 */
void keel_virtio_queue_area(struct keel_virtio *v, enum virtio_area area, bool high, u32 value)
{
	struct keel_virtq_state *q = keel_virtio_queue_open(v);
	__u64 *address;

	if (!q)
		return;
	address = virtio_area(q, area);
	*address &= high ? U32_MAX : (u64)U32_MAX << 32;
	*address |= high ? (u64)value << 32 : value;
}

/**
 * keel_virtio_read_area() - where a part of a queue is.
 * @q:    the queue
 * @area: which part
 * @high: bits 63:32 of the address, or bits 31:0
 */
u32 keel_virtio_read_area(const struct keel_virtq_state *q, enum virtio_area area, bool high)
{
	const u64 areas[] = {
		[VIRTIO_AREA_DESC] = q->desc, [VIRTIO_AREA_DRIVER] = q->driver,
		[VIRTIO_AREA_DEVICE] = q->device,
	};

	return areas[area] >> (high ? 32 : 0);
}

/**
 * keel_virtio_queue_vector() - the driver wants the selected queue's interrupts there.
 * @v:      the device
 * @vector: or VIRTIO_MSI_NO_VECTOR; at any time
 *
 * A host that serves the queue may have to be told.
 */
void keel_virtio_queue_vector(struct keel_virtio *v, u16 vector)
{
	struct keel_virtq_state *q = keel_virtio_queue(v);

	if (!q) {
		keel_virtio_ignore(v, VIRTIO_NO_QUEUE);
		return;
	}
	q->vector = vector;
	if (v->running & BIT(v->s->queue_sel))
		keel_reconcile(&v->dev);
}

/**
 * keel_virtio_take_vector() - the driver writes a vector.
 * @v:     the device
 * @value: which
 *
 * Return: that, or VIRTIO_MSI_NO_VECTOR for one that there is not, which is counted.
 */
u16 keel_virtio_take_vector(struct keel_virtio *v, u32 value)
{
	u16 vector = keel_virtio_vector(v, value);

	if (vector != value)
		keel_virtio_ignore(v, VIRTIO_BAD_VECTOR);
	return vector;
}

/**
 * keel_virtio_queue_enable() - the selected queue's configuration is complete.
 * @v: the device
 */
void keel_virtio_queue_enable(struct keel_virtio *v)
{
	struct keel_virtq_state *q = keel_virtio_queue_open(v);

	if (!q)
		return;
	if (!(v->s->status & VIRTIO_CONFIG_S_FEATURES_OK))
		keel_virtio_ignore(v, VIRTIO_BAD_ENABLE);
	else if (!keel_virtio_size_good(v, v->s, q->size))
		keel_virtio_ignore(v, VIRTIO_BAD_SIZE);
	else if (!keel_virtio_areas_aligned(v->s, q))
		keel_virtio_ignore(v, VIRTIO_BAD_AREA);
	else
		keel_virtio_queue_run(v, q);
}

/**
 * keel_virtio_queue_run() - a queue's configuration is complete, and good.
 * @v: the device
 * @q: from keel_virtio_queue_open()
 */
void keel_virtio_queue_run(struct keel_virtio *v, struct keel_virtq_state *q)
{
	q->enabled = 1;
	keel_virtq_rewind(q, v->s->driver_features);
	virtio_service(v);
}

static void virtio_queue_stop(struct keel_virtio *v)
{
	v->queue_resets++;
	v->s->queue_resetting |= BIT(v->s->queue_sel);
	virtio_finish(v);
	virtio_service(v);
}

/**
 * keel_virtio_queue_disable() - the driver takes the selected queue back, over MMIO
 * (4.2.2: by 0 in QueueReady, with any features).
 * @v: the device
 */
void keel_virtio_queue_disable(struct keel_virtio *v)
{
	const struct keel_virtq_state *q = keel_virtio_queue(v);

	if (!q)
		keel_virtio_ignore(v, VIRTIO_NO_QUEUE);
	else if (q->enabled)
		virtio_queue_stop(v);
}

/**
 * keel_virtio_queue_reset() - the driver takes the selected queue back (2.6.1).
 * @v: the device
 */
void keel_virtio_queue_reset(struct keel_virtio *v)
{
	const struct keel_virtq_state *q = keel_virtio_queue(v);

	if (!q)
		keel_virtio_ignore(v, VIRTIO_NO_QUEUE);
	else if (q->enabled && v->s->driver_features & BIT_ULL(VIRTIO_F_RING_RESET))
		virtio_queue_stop(v);
	else
		keel_virtio_ignore(v, VIRTIO_BAD_RESET);
}

/**
 * keel_virtio_queue_resetting() - is the selected queue's reset under way?
 * @v: the device
 */
bool keel_virtio_queue_resetting(const struct keel_virtio *v)
{
	return v->s->queue_sel < v->nr_queues &&
	       v->s->queue_resetting & BIT(v->s->queue_sel);
}

/* Why does the queue not run? */
static enum keel_virtio_wrong virtio_idle_bell(const struct keel_virtio *v, u32 queue)
{
	const struct keel_virtq_state *q = &v->s->queues[array_index_nospec(queue, v->nr_queues)];

	return keel_virtio_is_live(v->s) && q->enabled && !q->broken && !virtio_reaches(v) ?
	       VIRTIO_NO_MASTER : VIRTIO_IDLE_BELL;
}

/**
 * keel_virtio_notify() - the driver has made buffers available.
 * @v:     the device
 * @queue: where; the host is not told of one that does not run
 */
void keel_virtio_notify(struct keel_virtio *v, u32 queue)
{
	if (queue >= v->nr_queues) {
		keel_virtio_ignore(v, VIRTIO_BAD_BELL);
		return;
	}
	if (!(v->running & BIT(queue))) {
		keel_virtio_ignore(v, virtio_idle_bell(v, queue));
		return;
	}
	v->kicks++;
	queue = array_index_nospec(queue, v->nr_queues);
	keel_notify(&v->dev, queue);
}

/* ---- Life ---- */

/**
 * keel_virtio_configure() - look at the config.
 * @v:      the device
 * @config: what is wanted
 * @s:      where its state is
 *
 * Return: false if there is no such device.
 */
bool keel_virtio_configure(struct keel_virtio *v, const struct keel_virtio_config *config,
			   struct keel_virtio_state *s)
{
	const struct keel_virtio_type *type = keel_virtio_type(config->type);
	u32 size = config->queue_size ? config->queue_size : KEEL_VIRTQ_MAX_SIZE;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(config->reserved2); i++)
		if (config->reserved2[i])
			return false;
	if (!type || size & (size - 1) || size > KEEL_VIRTQ_MAX_SIZE)
		return false;
	if (config->flags & ~(KEEL_VIRTIO_NOTIFY_MEMORY | KEEL_VIRTIO_LEGACY) ||
	    (config->flags & KEEL_VIRTIO_LEGACY && !type->legacy))
		return false;
	v->type = type;
	v->s = s;
	v->legacy = config->flags & KEEL_VIRTIO_LEGACY;
	v->queue_size = size;
	v->nr_queues = config->queues ? config->queues : type->min_queues;
	v->offered = (type->features | (VIRTIO_FEATURES & ~type->without)) & ~config->features;
	return v->nr_queues >= type->min_queues && v->nr_queues <= type->max_queues;
}

/**
 * keel_virtio_reset() - RESET#: as a reset by the driver.
 * @v: the device; its host stops serving it as soon as it can
 */
void keel_virtio_reset(struct keel_virtio *v)
{
	v->s->resetting = 1;
	virtio_finish(v);
	virtio_service(v);
}

/**
 * keel_virtio_reach() - the device may access memory from now on, or may not.
 * @v: the device
 *
 * Its queues stop before the driver goes on, and later go on where they were: what the driver
 * made available meanwhile is found without another notification.
 */
void keel_virtio_reach(struct keel_virtio *v)
{
	virtio_service(v);
}

/**
 * keel_virtio_loaded() - the state was replaced; no queue is served now.
 * @v: the device
 */
void keel_virtio_loaded(struct keel_virtio *v)
{
	v->running = 0;
	v->restored = v->s->status & VIRTIO_CONFIG_S_DRIVER_OK;
	v->transport->sync(v);
	virtio_service(v);
	if (v->type->loaded)
		v->type->loaded(v);
}
