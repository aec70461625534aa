// SPDX-License-Identifier: GPL-2.0
/*
 * Virtio devices over MMIO: what drivers negotiate and configure. The registers themselves
 * are in virtio_regs_test.c.
 */
#include "harness.h"
#include "../devices/virtio/config.h"
#include "../devices/virtio/core.h"

#define DEV(n)		(0xfeb00000ULL + (n) * 0x1000)
#define RNG		DEV(0)
#define BLK		DEV(1)
#define CONSOLE		DEV(2)
#define RNG_LINE	5
#define BLK_LINE	10

enum {
	DEVICE = 0x08, DEVICE_FEATURES = 0x10,
	DEVICE_SEL = 0x14, DRIVER_FEATURES = 0x20, DRIVER_SEL = 0x24, QUEUE_SEL = 0x30,
	QUEUE_MAX = 0x34, QUEUE_SIZE = 0x38, QUEUE_READY = 0x44, NOTIFY = 0x50, ISR = 0x60,
	ACK = 0x64, STATUS = 0x70, DESC = 0x80, DRIVER_AREA = 0x90, DEVICE_AREA = 0xa0,
	QUEUE_RESET = 0xc0, GENERATION = 0xfc, CONFIG = 0x100,
};

#define VERSION_1	BIT(0)		/* of the upper word */
#define RING_PACKED	BIT(2)
#define NOTIFICATION_DATA BIT(6)
#define RING_RESET	BIT(8)

static const struct keel_device_config virtio_devices[] = {
	{ .class = KEEL_CLASS_VIRTIO_MMIO, .irq = RNG_LINE, .base = RNG,
	  .virtio.type = KEEL_VIRTIO_RNG },
	{ .class = KEEL_CLASS_VIRTIO_MMIO, .instance = 1, .irq = BLK_LINE, .base = BLK,
	  .virtio = { .type = KEEL_VIRTIO_BLK, .queues = 4, .queue_size = 64 } },
	{ .class = KEEL_CLASS_VIRTIO_MMIO, .instance = 2, .irq = KEEL_IRQ_NONE, .base = CONSOLE,
	  .virtio = { .type = KEEL_VIRTIO_CONSOLE, .features = BIT_ULL(1) } },
};

#define rd32(addr)	rd((addr), 4)
#define wr32(addr, v)	wr((addr), (v), 4)

static struct keel_virtio *virtio(struct kunit *test, unsigned int instance)
{
	return keel_virtio_of(keel_board_find(H->board, KEEL_CLASS_VIRTIO_MMIO, instance));
}

/* ---- Calls of a device's server to its model ---- */

struct said {
	unsigned int queue;
	u32 offset;
	u64 value;
	u32 len;
};

static int say_used(struct keel_dev *dev, void *arg)
{
	keel_virtio_used(keel_virtio_of(dev), ((struct said *)arg)->queue);
	return 0;
}

static int say_broke(struct keel_dev *dev, void *arg)
{
	keel_virtio_broke(keel_virtio_of(dev), ((struct said *)arg)->queue);
	return 0;
}

static int say_config(struct keel_dev *dev, void *arg)
{
	const struct said *said = arg;

	keel_virtio_config_set(keel_virtio_of(dev), said->offset, &said->value, said->len);
	return 0;
}

#define say(n, what, ...) \
	keel_board_call(H->board, &virtio(test, n)->dev, (what), &(struct said) { __VA_ARGS__ })

/* ---- What a driver does ---- */

static void write_features(struct kunit *test, u64 base, u32 low, u32 high)
{
	wr32(base + DRIVER_SEL, 0);
	wr32(base + DRIVER_FEATURES, low);
	wr32(base + DRIVER_SEL, 1);
	wr32(base + DRIVER_FEATURES, high);
}

static void negotiate(struct kunit *test, u64 base, u32 high)
{
	wr32(base + STATUS, 0);
	wr32(base + STATUS, 1);
	wr32(base + STATUS, 3);
	write_features(test, base, 0, high);
	wr32(base + STATUS, 0xb);
	is(rd32(base + STATUS), 0xb);
}

static void set_up_queue(struct kunit *test, u64 base, unsigned int queue)
{
	wr32(base + QUEUE_SEL, queue);
	wr32(base + QUEUE_SIZE, 16);
	wr32(base + DESC, 0x10000);
	wr32(base + DRIVER_AREA, 0x11000);
	wr32(base + DEVICE_AREA, 0x12000);
	wr32(base + QUEUE_READY, 1);
	is(rd32(base + QUEUE_READY), 1);
}

static void drive(struct kunit *test, u64 base, unsigned int queues, u32 high)
{
	unsigned int i;

	negotiate(test, base, high);
	for (i = 0; i < queues; i++)
		set_up_queue(test, base, i);
	wr32(base + STATUS, 0xf);
	is(rd32(base + STATUS), 0xf);
}

/* ---- Identity ---- */

static void virtio_identity(struct kunit *test)
{
	static const u32 ids[] = { KEEL_VIRTIO_RNG, KEEL_VIRTIO_BLK, KEEL_VIRTIO_CONSOLE };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ids); i++)
		is(rd32(DEV(i) + DEVICE), ids[i]);
}

/* ---- Features, status ---- */

static void virtio_offers(struct kunit *test)
{
	is(rd32(BLK + DEVICE_FEATURES), 0x30007664);
	wr32(BLK + DEVICE_SEL, 1);
	is(rd32(BLK + DEVICE_FEATURES),
	   VERSION_1 | RING_PACKED | BIT(3) | NOTIFICATION_DATA | RING_RESET);
	wr32(BLK + DEVICE_SEL, 2);
	is(rd32(BLK + DEVICE_FEATURES), 0);
	/* Its config leaves out MULTIPORT. */
	is(rd32(CONSOLE + DEVICE_FEATURES), 0x30000005);
}

/* The kernel's vhost serves these types: it supports split rings alone, and no IN_ORDER. */
static void virtio_vhost_has_split_rings(struct kunit *test)
{
	static const struct keel_virtio_config configs[] = {
		{ .type = KEEL_VIRTIO_NET }, { .type = KEEL_VIRTIO_VSOCK },
	};
	static struct keel_virtio_state s;
	static struct keel_virtio v;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(configs); i++) {
		is(keel_virtio_configure(&v, &configs[i], &s), true);
		is(v.offered >> 32, VERSION_1 | NOTIFICATION_DATA | RING_RESET);
	}
}

static void virtio_wants_version_1(struct kunit *test)
{
	wr32(RNG + STATUS, 3);
	wr32(RNG + STATUS, 0xb);
	is(rd32(RNG + STATUS), 3);
	is(virtio(test, 0)->features_refused, 1);
	write_features(test, RNG, 0, VERSION_1);
	wr32(RNG + STATUS, 0xb);
	is(rd32(RNG + STATUS), 0xb);
}

static void virtio_refuses_what_it_did_not_offer(struct kunit *test)
{
	wr32(RNG + STATUS, 3);
	write_features(test, RNG, 1, VERSION_1);
	wr32(RNG + STATUS, 0xb);
	is(rd32(RNG + STATUS), 3);
	write_features(test, RNG, 0, VERSION_1 | BIT(31));
	wr32(RNG + STATUS, 0xb);
	is(rd32(RNG + STATUS), 3);
	is(virtio(test, 0)->features_refused, 2);
}

static void virtio_features_are_final(struct kunit *test)
{
	negotiate(test, RNG, VERSION_1);
	write_features(test, RNG, 0xffffffff, 0xffffffff);
	is(virtio(test, 0)->s->driver_features, BIT_ULL(32));
	is(virtio(test, 0)->ignored, 2);
}

static void virtio_third_word_of_features(struct kunit *test)
{
	wr32(RNG + DRIVER_SEL, 2);
	wr32(RNG + DRIVER_FEATURES, 1);
	is(virtio(test, 0)->s->driver_features, 0);
	is(virtio(test, 0)->ignored, 1);
}

static void virtio_status_bits_stay(struct kunit *test)
{
	wr32(RNG + STATUS, 3);
	wr32(RNG + STATUS, 1);
	is(rd32(RNG + STATUS), 3);
	wr32(RNG + STATUS, 0x83);
	is(rd32(RNG + STATUS), 0x83);
	/* Only the device sets NEEDS_RESET, and the remaining bits are reserved. */
	wr32(RNG + STATUS, 0xf3);
	is(rd32(RNG + STATUS), 0x83);
	is(virtio(test, 0)->ignored, 2);
	wr32(RNG + STATUS, 0);
	is(rd32(RNG + STATUS), 0);
}

static void virtio_driver_ok_comes_after_features(struct kunit *test)
{
	wr32(RNG + STATUS, 7);
	is(rd32(RNG + STATUS), 3);
	/* Both may be set in one write. */
	write_features(test, RNG, 0, VERSION_1);
	wr32(RNG + STATUS, 0xf);
	is(rd32(RNG + STATUS), 0xf);
}

/* ---- Queues ---- */

static void virtio_queue_sizes(struct kunit *test)
{
	static const u32 bad[] = { 0, 3, 48, 128, 256, 0x10010 };
	unsigned int i;

	is(rd32(RNG + QUEUE_MAX), 256);
	is(rd32(BLK + QUEUE_MAX), 64);
	wr32(BLK + QUEUE_SIZE, 32);
	is(rd32(BLK + QUEUE_SIZE), 32);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		wr32(BLK + QUEUE_SIZE, bad[i]);
		is(rd32(BLK + QUEUE_SIZE), 32);
		is(virtio(test, 1)->ignored, i + 1);
	}
	wr32(BLK + QUEUE_SEL, 1);
	is(rd32(BLK + QUEUE_SIZE), 64);
}

static void virtio_packed_sizes(struct kunit *test)
{
	negotiate(test, BLK, VERSION_1 | RING_PACKED);
	wr32(BLK + QUEUE_SIZE, 48);
	is(rd32(BLK + QUEUE_SIZE), 48);
	wr32(BLK + QUEUE_SIZE, 65);
	is(rd32(BLK + QUEUE_SIZE), 48);
}

static void virtio_addresses(struct kunit *test)
{
	const struct keel_virtq_state *q = &virtio(test, 1)->s->queues[2];
	unsigned int i;

	wr32(BLK + QUEUE_SEL, 2);
	for (i = 0; i < 3; i++) {
		wr32(BLK + DESC + 16 * i, 0x10000000 * (i + 1));
		wr32(BLK + DESC + 16 * i + 4, i + 7);
	}
	is(q->desc, 0x710000000);
	is(q->driver, 0x820000000);
	is(q->device, 0x930000000);
}

static void virtio_enable_checks(struct kunit *test)
{
	static const struct { u32 area, bad; } areas[] = {
		{ DESC, 8 }, { DRIVER_AREA, 1 }, { DEVICE_AREA, 2 },
	};
	unsigned int i;

	/* Not before FEATURES_OK. */
	wr32(BLK + QUEUE_READY, 1);
	is(rd32(BLK + QUEUE_READY), 0);
	negotiate(test, BLK, VERSION_1);
	for (i = 0; i < ARRAY_SIZE(areas); i++) {
		wr32(BLK + areas[i].area, 0x1000 + areas[i].bad);
		wr32(BLK + QUEUE_READY, 1);
		is(rd32(BLK + QUEUE_READY), 0);
		wr32(BLK + areas[i].area, 0x1000);
	}
	wr32(BLK + QUEUE_READY, 1);
	is(rd32(BLK + QUEUE_READY), 1);
	is(virtio(test, 1)->ignored, 4);
}

static void virtio_packed_alignment(struct kunit *test)
{
	negotiate(test, BLK, VERSION_1 | RING_PACKED);
	wr32(BLK + DRIVER_AREA, 0x1002);
	wr32(BLK + QUEUE_READY, 1);
	is(rd32(BLK + QUEUE_READY), 0);
	wr32(BLK + DRIVER_AREA, 0x1004);
	wr32(BLK + QUEUE_READY, 1);
	is(rd32(BLK + QUEUE_READY), 1);
	is(virtio(test, 1)->s->queues[0].avail, 0x8000);
	is(virtio(test, 1)->s->queues[0].used, 0x8000);
}

static void virtio_enabled_queue_is_fixed(struct kunit *test)
{
	const struct keel_virtq_state *q = &virtio(test, 1)->s->queues[0];

	negotiate(test, BLK, VERSION_1);
	set_up_queue(test, BLK, 0);
	wr32(BLK + QUEUE_SIZE, 32);
	wr32(BLK + DESC, 0x20000);
	wr32(BLK + DEVICE_AREA + 4, 1);
	wr32(BLK + QUEUE_READY, 1);
	is(q->size, 16);
	is(q->desc, 0x10000);
	is(q->device, 0x12000);
	is(virtio(test, 1)->ignored, 4);
}

static void virtio_runs_with_driver_ok(struct kunit *test)
{
	negotiate(test, BLK, VERSION_1);
	set_up_queue(test, BLK, 0);
	set_up_queue(test, BLK, 2);
	is(virtio(test, 1)->running, 0);
	wr32(BLK + NOTIFY, 0);
	is(H->kicks, 0);
	is(virtio(test, 1)->ignored, 1);
	wr32(BLK + STATUS, 0xf);
	is(virtio(test, 1)->running, 5);
	set_up_queue(test, BLK, 3);
	is(virtio(test, 1)->running, 0xd);
}

static void virtio_notifies(struct kunit *test)
{
	drive(test, BLK, 2, VERSION_1);
	wr32(BLK + NOTIFY, 1);
	is(H->kicks, 1);
	is(H->kicked, 1);
	wr32(BLK + NOTIFY, 2);
	wr32(BLK + NOTIFY, 0x10000);
	wr(BLK + NOTIFY, 0, 2);
	is(H->kicks, 1);
	is(virtio(test, 1)->kicks, 1);
	is(virtio(test, 1)->ignored, 3);
}

/* With NOTIFICATION_DATA the queue is in the lower half, and the upper half can be anything. */
static void virtio_notification_data(struct kunit *test)
{
	drive(test, BLK, 2, VERSION_1 | NOTIFICATION_DATA);
	wr32(BLK + NOTIFY, 0x12340001);
	is(H->kicks, 1);
	is(H->kicked, 1);
	wr32(BLK + NOTIFY, 0xffff0000);
	is(H->kicks, 2);
	is(H->kicked, 0);
	wr32(BLK + NOTIFY, 1);
	is(H->kicks, 3);
	wr32(BLK + NOTIFY, 0x12340004);		/* no queue */
	wr32(BLK + NOTIFY, 0x0001ffff);
	wr(BLK + NOTIFY, 1, 2);
	is(H->kicks, 3);
	is(virtio(test, 1)->ignored, 3);
	wr32(BLK + STATUS, 0);			/* and not without it */
	drive(test, BLK, 2, VERSION_1);
	wr32(BLK + NOTIFY, 0x12340001);
	is(H->kicks, 3);
	is(virtio(test, 1)->ignored, 4);
	is(virtio(test, 1)->odd_bells, 0);
}

/* ---- Interrupts ---- */

static void virtio_interrupts(struct kunit *test)
{
	drive(test, BLK, 1, VERSION_1);
	is(line(BLK_LINE), 0);
	say(1, say_used, .queue = 0);
	is(line(BLK_LINE), 1);
	is(rd32(BLK + ISR), 1);
	say(1, say_config, .offset = 0, .value = 77, .len = 8);
	is(rd32(BLK + ISR), 3);
	wr32(BLK + ACK, 1);
	is(rd32(BLK + ISR), 2);
	is(line(BLK_LINE), 1);
	wr32(BLK + ACK, 3);
	is(rd32(BLK + ISR), 0);
	is(line(BLK_LINE), 0);
	is(virtio(test, 1)->interrupts, 1);
}

static void virtio_stopped_queue_is_silent(struct kunit *test)
{
	drive(test, BLK, 1, VERSION_1);
	say(1, say_used, .queue = 1);
	is(rd32(BLK + ISR), 0);
	wr32(BLK + STATUS, 0);
	say(1, say_used, .queue = 0);
	is(rd32(BLK + ISR), 0);
	is(virtio(test, 1)->interrupts, 0);
}

static void virtio_generation_is_the_hosts(struct kunit *test)
{
	say(1, say_config, .offset = 0, .value = 5, .len = 8);
	is(rd32(BLK + GENERATION), 1);
	is(rd32(BLK + ISR), 0);		/* no DRIVER_OK yet */
	drive(test, BLK, 1, VERSION_1);
	is(rd32(BLK + GENERATION), 1);
	say(1, say_config, .offset = 0, .value = 0x123456789, .len = 8);
	is(rd32(BLK + GENERATION), 2);
	is(rd32(BLK + ISR), 2);
	is(rd32(BLK + CONFIG), 0x23456789);
	is(rd32(BLK + CONFIG + 4), 1);
}

/* ---- Resets ---- */

static void virtio_reset_takes_its_time(struct kunit *test)
{
	drive(test, BLK, 4, VERSION_1);
	say(1, say_used, .queue = 3);
	say(1, say_config, .offset = 0, .value = 5, .len = 8);
	H->lazy = true;
	wr32(BLK + STATUS, 0);
	is(rd32(BLK + STATUS), 0xf);
	wr32(BLK + STATUS, 0x80);	/* too early for anything */
	is(rd32(BLK + STATUS), 0xf);
	harness_settle(H);
	is(rd32(BLK + STATUS), 0);
	is(rd32(BLK + ISR), 0);
	is(line(BLK_LINE), 0);
	is(rd32(BLK + QUEUE_READY), 0);
	is(rd32(BLK + QUEUE_SIZE), 64);
	is(virtio(test, 1)->s->queues[3].desc, 0);
	is(virtio(test, 1)->s->driver_features, 0);
	is(virtio(test, 1)->running, 0);
	is(rd32(BLK + CONFIG), 5);	/* a driver's reset does not reset it */
	H->lazy = false;
	drive(test, BLK, 4, VERSION_1);
}

static void virtio_queue_reset(struct kunit *test)
{
	drive(test, BLK, 3, VERSION_1 | RING_RESET);
	wr32(BLK + QUEUE_SEL, 1);
	H->lazy = true;
	wr32(BLK + QUEUE_RESET, 1);
	is(rd32(BLK + QUEUE_RESET), 1);
	wr32(BLK + QUEUE_SIZE, 8);
	is(rd32(BLK + QUEUE_SIZE), 16);
	harness_settle(H);
	H->lazy = false;
	is(rd32(BLK + QUEUE_RESET), 0);
	is(rd32(BLK + QUEUE_READY), 0);
	is(rd32(BLK + QUEUE_SIZE), 64);
	is(virtio(test, 1)->running, 5);
	is(virtio(test, 1)->queue_resets, 1);
	set_up_queue(test, BLK, 1);
	is(virtio(test, 1)->running, 7);
}

static void virtio_reset_forgets_all(struct kunit *test)
{
	const struct keel_virtio_state *s = virtio(test, 1)->s;

	drive(test, BLK, 2, VERSION_1 | RING_RESET);
	wr32(BLK + DEVICE_SEL, 1);
	wr32(BLK + DRIVER_SEL, 1);
	wr32(BLK + QUEUE_SEL, 1);
	H->lazy = true;
	wr32(BLK + QUEUE_RESET, 1);
	wr32(BLK + STATUS, 0);
	harness_settle(H);
	H->lazy = false;
	is(s->device_features_sel, 0);
	is(s->driver_features_sel, 0);
	is(s->queue_sel, 0);
	is(s->queue_resetting, 0);
	is(s->queues[1].enabled, 0);
	is(virtio(test, 1)->resets, 2);
}

static void virtio_inspected(struct kunit *test)
{
	static const struct { const char *name; u64 value; } values[] = {
		{ "type", KEEL_VIRTIO_BLK }, { "status", 0xf }, { "isr", 1 },
		{ "features", BIT_ULL(32) }, { "queue0.enabled", 1 }, { "queue0.size", 16 },
		{ "queue3.enabled", 0 }, { "queue3.size", 64 },
	};
	struct keel_stat *stats = kunit_kzalloc(test, 512 * sizeof(*stats), GFP_KERNEL);
	unsigned int i, j, nr;

	drive(test, BLK, 1, VERSION_1);
	say(1, say_used, .queue = 0);
	nr = whole_inspect(H->board, stats, 512);
	ok(nr <= 512);
	for (i = 0; i < ARRAY_SIZE(values); i++) {
		for (j = 0; j < nr; j++)
			if (!strcmp(stats[j].device, "vmmio1") &&
			    !strcmp(stats[j].name, values[i].name))
				break;
		ok(j < nr);
		is(j < nr ? stats[j].value : 0, values[i].value);
	}
}

static void virtio_queue_reset_is_a_feature(struct kunit *test)
{
	drive(test, BLK, 1, VERSION_1);
	wr32(BLK + QUEUE_RESET, 1);
	is(rd32(BLK + QUEUE_READY), 1);
	is(virtio(test, 1)->ignored, 1);
	/* MMIO's own way to reset a queue, as old as the transport. */
	wr32(BLK + QUEUE_READY, 0);
	is(rd32(BLK + QUEUE_READY), 0);
	is(virtio(test, 1)->running, 0);
}

static void virtio_board_reset(struct kunit *test)
{
	drive(test, BLK, 2, VERSION_1);
	say(1, say_used, .queue = 0);
	whole_reset(H->board);
	harness_settle(H);
	is(rd32(BLK + STATUS), 0);
	is(line(BLK_LINE), 0);
	is(virtio(test, 1)->running, 0);
}

static void virtio_broken_queue(struct kunit *test)
{
	drive(test, BLK, 3, VERSION_1);
	virtio(test, 1)->s->queues[1].broken = KEEL_VIRTQ_LOOP;
	say(1, say_broke, .queue = 1);
	is(rd32(BLK + STATUS), 0x4f);
	is(rd32(BLK + ISR), 2);
	is(virtio(test, 1)->running, 5);
	is(virtio(test, 1)->broken[KEEL_VIRTQ_LOOP], 1);
	wr32(BLK + NOTIFY, 2);
	is(H->kicks, 1);
	wr32(BLK + NOTIFY, 1);
	is(H->kicks, 1);
	wr32(BLK + STATUS, 0);
	is(rd32(BLK + STATUS), 0);
	drive(test, BLK, 3, VERSION_1);
	is(virtio(test, 1)->running, 7);
}

static void virtio_breaks_amid_a_reset(struct kunit *test)
{
	drive(test, RNG, 1, VERSION_1);
	H->lazy = true;
	wr32(RNG + STATUS, 0);
	virtio(test, 0)->s->queues[0].broken = KEEL_VIRTQ_BAD_HEAD;
	say(0, say_broke, .queue = 0);
	is(rd32(RNG + STATUS), 0);
	is(rd32(RNG + ISR), 0);
	harness_settle(H);
	H->lazy = false;
	drive(test, RNG, 1, VERSION_1);
}

/* ---- Configuration ---- */

static void virtio_config_has_an_end(struct kunit *test)
{
	say(1, say_config, .offset = 52, .value = 0x8877665544332211, .len = 8);
	is(rd(BLK + CONFIG + 52, 1), 0x11);
	is(rd(BLK + CONFIG + 53, 1), 0x22);
	is(rd(BLK + CONFIG + 54, 2), 0x4433);
	is(rd(BLK + CONFIG + 52, 8), 0x8877665544332211);
	is(rd(BLK + CONFIG + 60, 4), 0);
	is(rd(BLK + CONFIG + 0xfc, 4), 0);
	is(rd(RNG + CONFIG, 4), 0);
	wr(BLK + CONFIG + 52, 0, 1);
	is(rd(BLK + CONFIG + 52, 1), 0x11);
	is(virtio(test, 1)->ignored, 1);
}

/* ---- Configs, states ---- */

static void virtio_bad_configs(struct kunit *test)
{
	static const struct keel_device_config bad[] = {
		{ .virtio.type = 0 },
		{ .virtio.type = 2, .virtio.queues = 17 },
		{ .virtio.type = 1, .virtio.queues = 1 },
		{ .virtio.type = 4, .virtio.queue_size = 24 },
		{ .virtio.type = 4, .virtio.queue_size = 512 },
		{ .virtio.type = 4, .virtio.slot = 1 },
		{ .virtio.type = 4, .virtio.flags = 1 },	/* of PCI */
		{ .virtio.type = 4, .virtio.flags = 0x80 },
		{ .virtio.type = 4, .virtio.reserved2 = { 0, 0, 0, 1 } },
		{ .virtio.type = 4, .base = 2 },
		{ .virtio.type = 4, .base = -RNG },
		{ .virtio.type = 4, .base = -RNG - 0x100 },
	};
	struct keel_device_config config;
	unsigned int i, nr;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		struct harness *h = harness_clone(test);
		size_t size;

		config = bad[i];
		config.class = KEEL_CLASS_VIRTIO_MMIO;
		config.irq = KEEL_IRQ_NONE;
		config.base += RNG;
		nr = 0;
		size = keel_board_size(&config, 1);
		is(keel_board_build(kunit_kzalloc(test, size, GFP_KERNEL), h->board->host.ops, h,
				    &config, 1, NULL, &nr), (u64)-EINVAL);
	}
}

/* Changes a state in one place, and puts it back. */
static void refuses(struct kunit *test, struct keel_virtio_state *s, void *field,
		    size_t len, u64 value)
{
	const struct keel_virtio *v = virtio(test, 1);
	u64 before = 0;

	memcpy(&before, field, len);
	memcpy(field, &value, len);
	ok(!keel_virtio_check(v, s));
	memcpy(field, &before, len);
	ok(keel_virtio_check(v, s));
}

static void virtio_states(struct kunit *test)
{
	struct keel_virtio_state s;

	drive(test, BLK, 2, VERSION_1);
	s = *virtio(test, 1)->s;
	s.queues[0].avail = 1;		/* taken, and not given back */
	ok(!keel_virtio_check(virtio(test, 1), &s));
	s.queues[0].broken = KEEL_VIRTQ_BAD_REQUEST;
	ok(keel_virtio_check(virtio(test, 1), &s));	/* and never will be */
	s.queues[0].broken = 0;
	s.queues[0].avail = 0;
	refuses(test, &s, &s.status, sizeof(s.status), 0x1f);
	refuses(test, &s, &s.status, sizeof(s.status), 0x07);
	refuses(test, &s, &s.isr, sizeof(s.isr), 4);
	refuses(test, &s, &s.resetting, sizeof(s.resetting), 1);
	refuses(test, &s, &s.queue_resetting, sizeof(s.queue_resetting), 1);
	refuses(test, &s, &s.net_pairs, sizeof(s.net_pairs), 1);
	refuses(test, &s, &s.driver_features, sizeof(s.driver_features), 0);
	refuses(test, &s, &s.driver_features, sizeof(s.driver_features), BIT_ULL(32) | BIT_ULL(63));
	refuses(test, &s, &s.config[60], sizeof(s.config[60]), 1);
	refuses(test, &s, &s.queues[0].enabled, sizeof(s.queues[0].enabled), 2);
	refuses(test, &s, &s.queues[0].size, sizeof(s.queues[0].size), 0);
	refuses(test, &s, &s.queues[0].size, sizeof(s.queues[0].size), 12);
	refuses(test, &s, &s.queues[0].size, sizeof(s.queues[0].size), 128);
	refuses(test, &s, &s.queues[0].desc, sizeof(s.queues[0].desc), 8);
	refuses(test, &s, &s.queues[0].used, sizeof(s.queues[0].used), 1);
	refuses(test, &s, &s.queues[0].broken, sizeof(s.queues[0].broken), KEEL_NR_VIRTQ_BROKEN);
	refuses(test, &s, &s.queues[2].avail, sizeof(s.queues[2].avail), 1);
	refuses(test, &s, &s.queues[2].broken, sizeof(s.queues[2].broken), 1);
	refuses(test, &s, &s.queues[2].fresh, sizeof(s.queues[2].fresh), 0);
	refuses(test, &s, &s.queues[3].pad[0], sizeof(s.queues[3].pad[0]), 1);
	refuses(test, &s, &s.queues[4].size, sizeof(s.queues[4].size), 16);
	refuses(test, &s, &s.queues[31].vector, sizeof(s.queues[31].vector), 1);
	/* Fields that a console uses, and a disk does not */
	refuses(test, &s, &s.queues[0].partial, sizeof(s.queues[0].partial), 1);
	refuses(test, &s, &s.queues[2].partial, sizeof(s.queues[2].partial), 1);
	refuses(test, &s, &s.queues[0].pad2, sizeof(s.queues[0].pad2), 1);
	refuses(test, &s, &s.vcon.ready, sizeof(s.vcon.ready), 1);
	refuses(test, &s, &s.vcon.emergency[31], 1, 1);
}

static void virtio_restored_queues_run(struct kunit *test)
{
	struct harness *to = harness_clone(test);
	struct keel_virtio *v;

	drive(test, BLK, 3, VERSION_1);
	is(harness_copy(test, H, to), 0);
	v = keel_virtio_of(keel_board_find(to->board, KEEL_CLASS_VIRTIO_MMIO, 1));
	is(v->running, 7);
	ok(v->restored);
	keel_virtio_knows(v);
	ok(!v->restored);
	/* And again, over a device that is being driven. */
	is(harness_copy(test, H, to), 0);
	is(v->running, 7);
	ok(v->restored);
	harness_out(to, KEEL_MMIO, BLK + STATUS, 0, 4);
	ok(!v->restored);
}

static int virtio_init(struct kunit *test)
{
	return harness_init(test, virtio_devices, ARRAY_SIZE(virtio_devices));
}

static struct kunit_case virtio_cases[] = {
	KUNIT_CASE(virtio_identity),
	KUNIT_CASE(virtio_offers),
	KUNIT_CASE(virtio_vhost_has_split_rings),
	KUNIT_CASE(virtio_wants_version_1),
	KUNIT_CASE(virtio_refuses_what_it_did_not_offer),
	KUNIT_CASE(virtio_features_are_final),
	KUNIT_CASE(virtio_third_word_of_features),
	KUNIT_CASE(virtio_status_bits_stay),
	KUNIT_CASE(virtio_driver_ok_comes_after_features),
	KUNIT_CASE(virtio_queue_sizes),
	KUNIT_CASE(virtio_packed_sizes),
	KUNIT_CASE(virtio_addresses),
	KUNIT_CASE(virtio_enable_checks),
	KUNIT_CASE(virtio_packed_alignment),
	KUNIT_CASE(virtio_enabled_queue_is_fixed),
	KUNIT_CASE(virtio_runs_with_driver_ok),
	KUNIT_CASE(virtio_notifies),
	KUNIT_CASE(virtio_notification_data),
	KUNIT_CASE(virtio_interrupts),
	KUNIT_CASE(virtio_stopped_queue_is_silent),
	KUNIT_CASE(virtio_generation_is_the_hosts),
	KUNIT_CASE(virtio_reset_takes_its_time),
	KUNIT_CASE(virtio_queue_reset),
	KUNIT_CASE(virtio_queue_reset_is_a_feature),
	KUNIT_CASE(virtio_reset_forgets_all),
	KUNIT_CASE(virtio_inspected),
	KUNIT_CASE(virtio_board_reset),
	KUNIT_CASE(virtio_broken_queue),
	KUNIT_CASE(virtio_breaks_amid_a_reset),
	KUNIT_CASE(virtio_config_has_an_end),
	KUNIT_CASE(virtio_bad_configs),
	KUNIT_CASE(virtio_states),
	KUNIT_CASE(virtio_restored_queues_run),
	{}
};

static struct kunit_suite virtio_suite = {
	.name = "keel-virtio",
	.init = virtio_init,
	.exit = harness_exit,
	.test_cases = virtio_cases,
};

kunit_test_suite(virtio_suite);
