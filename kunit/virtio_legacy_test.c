// SPDX-License-Identifier: GPL-2.0
/*
 * The legacy interface: ports of transitional functions, windows of version 1, and what becomes of
 * a driver that mixes it with the other one.
 */
#include "harness.h"
#include "../devices/pci/pci.h"
#include "../devices/virtio/config.h"
#include "../devices/virtio/core.h"

#define ECAM	0xe0000000ULL
#define BLK	3	/* slots */
#define CFG(slot, reg)	(ECAM | (slot) << 15 | (reg))
#define get(slot, reg, n)	rd(CFG(slot, reg), (n))
#define set(slot, reg, v, n)	wr(CFG(slot, reg), (v), (n))

#define PORTS		0xc000
#define BAR4		0xe1000000ULL	/* for drivers of today */
#define TABLE		0xe2000000ULL
#define WINDOW		0xfeb00000ULL
#define WINDOW_LINE	10
#define PIRQ		(16 + 3)
#define GSI(n)		(24 + (n))
#define NO_VECTOR	0xffff

enum {
	DEVICE_FEATURES = 0x00, DRIVER_FEATURES = 0x04, PFN = 0x08, SIZE = 0x0c, SELECT = 0x0e,
	NOTIFY = 0x10, STATUS = 0x12, ISR = 0x13, CONFIG_VECTOR = 0x14, QUEUE_VECTOR = 0x16,
	CONFIG = 0x14, CONFIG_MSIX = 0x18,
};

enum {
	M_VERSION = 0x04, M_DEVICE_FEATURES = 0x10, M_DEVICE_SEL = 0x14, M_DRIVER_FEATURES = 0x20,
	M_DRIVER_SEL = 0x24, M_PAGE_SIZE = 0x28, M_SELECT = 0x30, M_SIZE_MAX = 0x34, M_SIZE = 0x38,
	M_ALIGN = 0x3c, M_PFN = 0x40, M_READY = 0x44, M_NOTIFY = 0x50, M_ISR = 0x60, M_ACK = 0x64,
	M_STATUS = 0x70, M_DESC = 0x80, M_GENERATION = 0xfc, M_CONFIG = 0x100,
};

#define OFFERED		0x38007664U	/* by a disk: as over version 1, and ANY_LAYOUT */

static const struct keel_device_config legacy_devices[] = {
	{ .class = KEEL_CLASS_PCIHOST, .irq = KEEL_IRQ_DEFAULT },
	{ .class = KEEL_CLASS_VIRTIO_PCI, .irq = KEEL_IRQ_DEFAULT,
	  .virtio = { .slot = BLK, .type = KEEL_VIRTIO_BLK, .queues = 2, .queue_size = 64,
		      .flags = KEEL_VIRTIO_LEGACY | KEEL_VIRTIO_NOTIFY_MEMORY } },
	{ .class = KEEL_CLASS_VIRTIO_MMIO, .irq = WINDOW_LINE, .base = WINDOW,
	  .virtio = { .type = KEEL_VIRTIO_BLK, .queues = 2, .queue_size = 64,
		      .flags = KEEL_VIRTIO_LEGACY } },
};

static struct keel_virtio *device(struct kunit *test, unsigned int class)
{
	return keel_virtio_of(keel_board_find(H->board, class, 0));
}

#define pci(test)	device((test), KEEL_CLASS_VIRTIO_PCI)
#define window(test)	device((test), KEEL_CLASS_VIRTIO_MMIO)

static int say_used(struct keel_dev *dev, void *arg)
{
	keel_virtio_used(keel_virtio_of(dev), *(unsigned int *)arg);
	return 0;
}

static void used(struct kunit *test, struct keel_virtio *v, unsigned int queue)
{
	keel_board_call(H->board, &v->dev, say_used, &queue);
}

static int say_config(struct keel_dev *dev, void *arg)
{
	keel_virtio_config_set(keel_virtio_of(dev), 0, arg, sizeof(u64));
	return 0;
}

static void capacity(struct kunit *test, struct keel_virtio *v, u64 sectors)
{
	keel_board_call(H->board, &v->dev, say_config, &sectors);
}

/* As Solo5 does it: one status bit at a time. */
static void drive(struct kunit *test)
{
	unsigned int i;

	out(PORTS + STATUS, 0);
	out(PORTS + STATUS, 1);
	out(PORTS + STATUS, 2);
	out32(PORTS + DRIVER_FEATURES, BIT(9));
	for (i = 0; i < 2; i++) {
		out16(PORTS + SELECT, i);
		out32(PORTS + PFN, 0x100 + 4 * i);
	}
	out(PORTS + STATUS, 4);
	is(in(PORTS + STATUS), 7);
	is(pci(test)->running, 3);
}

/* ---- Transitional functions ---- */

static void legacy_identity(struct kunit *test)
{
	static const struct { u16 type, id; } ids[] = {
		{ KEEL_VIRTIO_NET, 0x1000 }, { KEEL_VIRTIO_BLK, 0x1001 },
		{ KEEL_VIRTIO_CONSOLE, 0x1003 }, { KEEL_VIRTIO_RNG, 0x1005 },
	};
	struct keel_device_config config = legacy_devices[1];
	unsigned int i;

	is(get(BLK, 0x00, 4), 0x10011af4);
	is(get(BLK, 0x08, 4), 0x01800000);	/* revision 0 */
	is(get(BLK, 0x2c, 4), 0x00021af4);
	is(get(BLK, 0x3d, 1), 1);
	for (i = 0; i < ARRAY_SIZE(ids); i++) {
		config.virtio.type = ids[i].type;
		is(keel_virtio_pci_ops.variant(&config)->pci->device, ids[i].id);
	}
	set(BLK, 0x10, 0xffffffff, 4);
	is(get(BLK, 0x10, 4), 0xffffff81);
}

static void legacy_that_there_is_not(struct kunit *test)
{
	struct keel_device_config config = legacy_devices[1];
	struct harness *h = harness_clone(test);
	unsigned int nr = 0;
	void *mem;

	config.virtio.type = KEEL_VIRTIO_VSOCK;
	ok(!keel_virtio_pci_ops.variant(&config));
	config.virtio.type = KEEL_VIRTIO_BLK;
	config.virtio.flags = KEEL_VIRTIO_LEGACY;	/* its ports cannot be doorbells as well */
	ok(!keel_virtio_pci_ops.variant(&config));
	config.virtio.flags = 4;
	ok(!keel_virtio_pci_ops.variant(&config));
	config = legacy_devices[2];
	config.virtio.type = KEEL_VIRTIO_VSOCK;
	config.virtio.queues = 0;
	mem = kunit_kzalloc(test, keel_board_size(&config, 1), GFP_KERNEL);
	is(keel_board_build(mem, h->board->host.ops, h, &config, 1, NULL, &nr), (u64)-EINVAL);
}

static void legacy_registers(struct kunit *test)
{
	struct keel_virtio *v = pci(test);

	is(in32(PORTS + DEVICE_FEATURES), OFFERED);
	is(in32(PORTS + DRIVER_FEATURES), 0);
	is(in16(PORTS + SIZE), 64);
	out16(PORTS + SELECT, 2);
	is(in16(PORTS + SELECT), 2);
	is(in16(PORTS + SIZE), 0);
	is(in32(PORTS + PFN), 0);
	drive(test);
	is(in32(PORTS + DRIVER_FEATURES), BIT(9));
	is(in32(PORTS + PFN), 0x104);
	is(v->s->queues[1].desc, 0x104000);
	is(v->s->queues[1].driver, 0x104400);
	is(v->s->queues[1].device, 0x105000);	/* at the next page */
	is(v->ignored, 0);
	is(in16(PORTS + NOTIFY), 0);
	is(v->ignored, 0);
	in16(PORTS + DEVICE_FEATURES);
	in(PORTS + SIZE);
	out16(PORTS + PFN, 0);
	out(PORTS + NOTIFY, 0);
	is(v->wrong[VIRTIO_BAD_WIDTH], 4);
	out16(PORTS + SIZE, 16);
	out(PORTS + ISR, 0);
	is(v->wrong[VIRTIO_BAD_REGISTER], 2);
	is(v->running, 3);
}

/* The used ring of a queue whose other areas end at a page's end begins there. */
static void legacy_queue_sizes(struct kunit *test)
{
	static const struct { u32 size; u64 driver, device; } sizes[] = {
		{ 1, 0x10010, 0x11000 }, { 16, 0x10100, 0x11000 }, { 64, 0x10400, 0x11000 },
	};
	struct keel_virtio *v = window(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		wr(WINDOW + M_STATUS, 0, 4);
		wr(WINDOW + M_SIZE, sizes[i].size, 4);
		wr(WINDOW + M_PFN, 0x10, 4);
		is(v->s->queues[0].desc, 0x10000);
		is(v->s->queues[0].driver, sizes[i].driver);
		is(v->s->queues[0].device, sizes[i].device);
	}
	wr(WINDOW + M_STATUS, 0, 4);
	wr(WINDOW + M_PFN, 0xffffffff, 4);
	is(v->s->queues[0].desc, 0xffffffff000);
	is(rd(WINDOW + M_PFN, 4), 0xffffffff);
}

static void legacy_features(struct kunit *test)
{
	struct keel_virtio *v = pci(test);

	out32(PORTS + DRIVER_FEATURES, 0xffffffff);
	is(in32(PORTS + DRIVER_FEATURES), OFFERED);
	is(v->wrong[VIRTIO_BAD_FEATURES], 1);
	out32(PORTS + DRIVER_FEATURES, BIT(27));
	is(in32(PORTS + DRIVER_FEATURES), BIT(27));
	out(PORTS + STATUS, 7);
	out32(PORTS + DRIVER_FEATURES, BIT(9));		/* too late */
	is(in32(PORTS + DRIVER_FEATURES), BIT(27));
	is(v->wrong[VIRTIO_BAD_FEATURES], 2);
	out(PORTS + STATUS, 8);		/* FEATURES_OK is not there */
	is(in(PORTS + STATUS), 7);
	is(v->wrong[VIRTIO_BAD_STATUS], 1);
	out(PORTS + STATUS, 0x80);
	is(in(PORTS + STATUS), 0x87);
	out(PORTS + STATUS, 0);
	is(in(PORTS + STATUS), 0);
	is(in32(PORTS + DRIVER_FEATURES), 0);
}

static void legacy_notifies(struct kunit *test)
{
	drive(test);
	out16(PORTS + NOTIFY, 1);
	is(H->kicks, 1);
	is(H->kicked, 1);
	out16(PORTS + NOTIFY, 0);
	is(H->kicks, 2);
	is(H->kicked, 0);
	out16(PORTS + NOTIFY, 2);
	is(H->kicks, 2);
	is(pci(test)->wrong[VIRTIO_BAD_BELL], 1);
	set(BLK, 0x04, 3, 2);
	out16(PORTS + NOTIFY, 0);
	is(pci(test)->wrong[VIRTIO_NO_MASTER], 1);
	set(BLK, 0x04, 7, 2);
	is(pci(test)->running, 3);
}

/* 3.1.2: old drivers have used their queues before they said so. */
static void legacy_notifies_early(struct kunit *test)
{
	out(PORTS + STATUS, 3);
	out16(PORTS + NOTIFY, 0);		/* there is no queue yet */
	is(in(PORTS + STATUS), 3);
	is(pci(test)->wrong[VIRTIO_IDLE_BELL], 1);
	out32(PORTS + PFN, 0x100);
	is(pci(test)->running, 0);
	out16(PORTS + NOTIFY, 0);
	is(in(PORTS + STATUS), 7);
	is(pci(test)->running, 1);
	is(pci(test)->ignored, 1);
	out16(PORTS + SELECT, 1);		/* the other one comes later */
	out32(PORTS + PFN, 0x200);
	is(pci(test)->running, 3);
	out(PORTS + STATUS, 4);
	is(in(PORTS + STATUS), 7);
}

static void legacy_queue_is_taken_back(struct kunit *test)
{
	drive(test);
	out32(PORTS + PFN, 0x300);		/* it has one */
	is(in32(PORTS + PFN), 0x104);
	is(pci(test)->wrong[VIRTIO_QUEUE_FIXED], 1);
	H->lazy = true;
	out32(PORTS + PFN, 0);
	is(pci(test)->running, 3);
	out32(PORTS + PFN, 0x300);
	is(pci(test)->wrong[VIRTIO_AMID_RESET], 1);
	harness_settle(H);
	H->lazy = false;
	is(in32(PORTS + PFN), 0);
	is(pci(test)->running, 1);
	out32(PORTS + PFN, 0x300);
	is(pci(test)->running, 3);
	out16(PORTS + SELECT, 2);
	out32(PORTS + PFN, 0x300);
	out32(PORTS + PFN, 0);
	is(pci(test)->wrong[VIRTIO_NO_QUEUE], 2);
}

static void legacy_resets(struct kunit *test)
{
	drive(test);
	H->lazy = true;
	out(PORTS + STATUS, 0);
	out(PORTS + STATUS, 1);
	is(pci(test)->wrong[VIRTIO_AMID_RESET], 1);
	harness_settle(H);
	H->lazy = false;
	is(in(PORTS + STATUS), 0);
	is(pci(test)->running, 0);
	is(pci(test)->resets, 2);
	drive(test);
	is(pci(test)->resets, 3);
}

static void legacy_intx(struct kunit *test)
{
	drive(test);
	used(test, pci(test), 0);
	is(line(PIRQ), 1);
	capacity(test, pci(test), 8);
	is(in(PORTS + ISR), 3);
	is(line(PIRQ), 0);
	is(in(PORTS + ISR), 0);
}

/* With MSI-X enabled two vectors come before the configuration. */
static void legacy_vectors(struct kunit *test)
{
	unsigned int i;

	capacity(test, pci(test), 0x123456789);
	is(in32(PORTS + CONFIG), 0x23456789);
	is(in(PORTS + CONFIG + 4), 1);
	out16(PORTS + CONFIG, 1);		/* a disk's configuration is read-only */
	is(pci(test)->wrong[VIRTIO_BAD_CONFIG], 1);
	set(BLK, 0x42, 0x8000, 2);
	is(in16(PORTS + CONFIG_VECTOR), NO_VECTOR);
	is(in16(PORTS + QUEUE_VECTOR), NO_VECTOR);
	is(in32(PORTS + CONFIG_MSIX), 0x23456789);
	is(in32(PORTS + 0x7c), 0);
	for (i = 0; i < 3; i++) {
		wr(TABLE + 16 * i, 0xfee00000, 8);
		wr(TABLE + 16 * i + 8, 0x40 + i, 4);
		wr(TABLE + 16 * i + 12, 0, 4);
	}
	drive(test);
	out16(PORTS + CONFIG_VECTOR, 0);
	is(in16(PORTS + CONFIG_VECTOR), 0);
	out16(PORTS + SELECT, 1);
	out16(PORTS + QUEUE_VECTOR, 2);
	is(in16(PORTS + QUEUE_VECTOR), 2);
	used(test, pci(test), 1);
	is(msis(GSI(2)), 1);
	capacity(test, pci(test), 8);
	is(msis(GSI(0)), 1);
	is(in(PORTS + ISR), 0);
	out16(PORTS + QUEUE_VECTOR, 3);
	is(in16(PORTS + QUEUE_VECTOR), NO_VECTOR);
	is(pci(test)->wrong[VIRTIO_BAD_VECTOR], 1);
	out16(PORTS + SELECT, 2);
	is(in16(PORTS + QUEUE_VECTOR), NO_VECTOR);
	set(BLK, 0x42, 0, 2);
	is(in32(PORTS + CONFIG), 8);
}

/* The window in configuration space is on the ports as well. */
static void legacy_window(struct kunit *test)
{
	u8 at = get(BLK, 0x34, 1);

	while (get(BLK, at + 3, 1) != KEEL_VIRTIO_CAP_PCI_CFG || get(BLK, at, 1) != 9)
		at = get(BLK, at + 1, 1);
	set(BLK, at + 4, 0, 1);
	set(BLK, at + 8, STATUS, 4);
	set(BLK, at + 12, 1, 4);
	set(BLK, at + 16, 3, 1);
	is(in(PORTS + STATUS), 3);
	is(get(BLK, at + 16, 1), 3);
	set(BLK, at + 8, DEVICE_FEATURES, 4);
	set(BLK, at + 12, 4, 4);
	is(get(BLK, at + 16, 4), OFFERED);
	set(BLK, at + 4, 4, 1);
	is(get(BLK, at + 16, 4), 0);		/* device_feature_select */
}

/* ---- Both interfaces ---- */

/* A driver of today finds all that it needs. */
static void legacy_with_a_modern_driver(struct kunit *test)
{
	struct keel_virtio *v = pci(test);

	wr(BAR4 + 0x14, 3, 1);
	is(rd(BAR4 + 0x04, 4), OFFERED & ~BIT(27));
	wr(BAR4 + 0x08, 1, 4);
	wr(BAR4 + 0x0c, 1, 4);
	wr(BAR4 + 0x14, 0xb, 1);
	is(rd(BAR4 + 0x14, 1), 0xb);
	out32(PORTS + PFN, 0x100);		/* no page is a queue now */
	is(v->wrong[VIRTIO_BAD_ENABLE], 1);
	out32(PORTS + DRIVER_FEATURES, 0);
	is(v->wrong[VIRTIO_BAD_FEATURES], 1);
	wr(BAR4 + 0x20, 0x100000000, 8);
	wr(BAR4 + 0x28, 0x11000, 8);
	wr(BAR4 + 0x30, 0x12000, 8);
	wr(BAR4 + 0x1c, 1, 2);
	is(in32(PORTS + PFN), 0x100000);
	out16(PORTS + NOTIFY, 0);		/* is not early */
	is(rd(BAR4 + 0x14, 1), 0xb);
	wr(BAR4 + 0x14, 0xf, 1);
	is(v->running, 1);
	wr(BAR4 + 0x3000, 0, 2);
	is(H->kicks, 1);
}

/* Features that only today's drivers have do not come to a queue that is a page. */
static void legacy_mixed(struct kunit *test)
{
	struct keel_virtio *v = pci(test);

	wr(BAR4 + 0x14, 3, 1);
	wr(BAR4 + 0x08, 1, 4);
	wr(BAR4 + 0x0c, 1 | BIT(2), 4);		/* VERSION_1, packed rings */
	wr(BAR4 + 0x18, 48, 2);
	out32(PORTS + PFN, 0x100);		/* no split ring has that size */
	is(v->wrong[VIRTIO_BAD_SIZE], 1);
	wr(BAR4 + 0x18, 32, 2);
	out32(PORTS + PFN, 0x100);
	is(in32(PORTS + PFN), 0x100);
	is(v->s->driver_features, 0);
	wr(BAR4 + 0x0c, 1, 4);			/* features are final */
	is(v->wrong[VIRTIO_BAD_FEATURES], 1);
	wr(BAR4 + 0x14, 0xb, 1);
	is(rd(BAR4 + 0x14, 1), 3);
	is(v->features_refused, 1);
	wr(BAR4 + 0x14, 7, 1);			/* nor is that all that is missing */
	is(rd(BAR4 + 0x14, 1), 3);
	out(PORTS + STATUS, 4);
	is(v->running, 1);
}

/* DRIVER_OK without a queue: the features are the legacy ones from then on. */
static void legacy_driver_ok_first(struct kunit *test)
{
	struct keel_virtio *v = pci(test);

	wr(BAR4 + 0x08, 1, 4);
	wr(BAR4 + 0x0c, ~0U, 4);
	out(PORTS + STATUS, 7);
	is(v->s->driver_features, 0);
	wr(BAR4 + 0x0c, 1, 4);
	wr(BAR4 + 0x14, 0xf, 1);
	is(rd(BAR4 + 0x14, 1), 7);
	out32(PORTS + PFN, 1);
	is(v->running, 1);
}

/* ---- Version 1 over MMIO ---- */

static void legacy_mmio(struct kunit *test)
{
	struct keel_virtio *v = window(test);

	is(rd(WINDOW, 4), 0x74726976);
	is(rd(WINDOW + M_VERSION, 4), 1);
	is(rd(WINDOW + 0x08, 4), KEEL_VIRTIO_BLK);
	is(rd(WINDOW + M_DEVICE_FEATURES, 4), OFFERED);
	wr(WINDOW + M_DEVICE_SEL, 1, 4);
	is(rd(WINDOW + M_DEVICE_FEATURES, 4), 0);
	is(rd(WINDOW + M_SIZE_MAX, 4), 64);
	wr(WINDOW + M_STATUS, 3, 4);
	wr(WINDOW + M_PAGE_SIZE, 4096, 4);
	wr(WINDOW + M_DRIVER_FEATURES, BIT(9), 4);
	wr(WINDOW + M_DRIVER_SEL, 1, 4);
	wr(WINDOW + M_DRIVER_FEATURES, 0, 4);	/* as Linux does */
	wr(WINDOW + M_SIZE, 32, 4);
	wr(WINDOW + M_ALIGN, 4096, 4);
	wr(WINDOW + M_PFN, 0x10, 4);
	is(rd(WINDOW + M_PFN, 4), 0x10);
	is(v->s->queues[0].size, 32);
	is(v->s->queues[0].driver, 0x10200);
	wr(WINDOW + M_STATUS, 7, 4);
	is(v->running, 1);
	is(v->ignored, 0);
	wr(WINDOW + M_NOTIFY, 0, 4);
	is(H->kicks, 1);
	used(test, v, 0);
	is(line(WINDOW_LINE), 1);
	is(rd(WINDOW + M_ISR, 4), 1);
	wr(WINDOW + M_ACK, 1, 4);
	is(line(WINDOW_LINE), 0);
	capacity(test, v, 77);
	is(rd(WINDOW + M_CONFIG, 4), 77);
	is(v->s->driver_features, BIT(9));
}

static void legacy_mmio_wrong(struct kunit *test)
{
	struct keel_virtio *v = window(test);

	wr(WINDOW + M_PAGE_SIZE, 8192, 4);
	wr(WINDOW + M_ALIGN, 64, 4);
	wr(WINDOW + M_SIZE, 48, 4);
	is(v->wrong[VIRTIO_BAD_SIZE], 3);
	wr(WINDOW + M_DRIVER_SEL, 1, 4);
	wr(WINDOW + M_DRIVER_FEATURES, 1, 4);
	is(v->wrong[VIRTIO_BAD_FEATURES], 1);
	wr(WINDOW + M_READY, 1, 4);		/* of version 2 */
	wr(WINDOW + M_DESC, 0x1000, 4);
	wr(WINDOW + M_GENERATION, 1, 4);
	is(v->wrong[VIRTIO_BAD_REGISTER], 3);
	is(rd(WINDOW + M_READY, 4), 0);
	is(rd(WINDOW + M_GENERATION, 4), 0);
	wr(WINDOW + M_STATUS, 7, 4);
	wr(WINDOW + M_NOTIFY, 0, 4);
	is(v->wrong[VIRTIO_IDLE_BELL], 1);
}

/* ---- States ---- */

static bool accepts(const struct keel_virtio *v, const struct keel_virtio_state *s)
{
	return keel_virtio_check(v, s);
}

static void legacy_states(struct kunit *test)
{
	struct keel_virtio *v = pci(test);
	static struct keel_virtio_state s, good;

	drive(test);
	good = *v->s;
	ok(accepts(v, &good));
	s = good;
	s.driver_features |= BIT_ULL(VIRTIO_F_VERSION_1);	/* without FEATURES_OK */
	ok(!accepts(v, &s));
	s = good;
	s.driver_features |= BIT(3);		/* not offered */
	ok(!accepts(v, &s));
	s = good;
	s.queues[0].driver += 2;
	ok(!accepts(v, &s));
	s = good;
	s.queues[0].device += 4096;
	ok(!accepts(v, &s));
	s = good;
	s.queues[0].desc += 16;
	ok(!accepts(v, &s));
	s = good;
	s.queues[0].desc = 0;
	s.queues[0].driver = 0x400;
	s.queues[0].device = 0x1000;
	ok(!accepts(v, &s));
	s = good;
	s.queues[0].desc += BIT_ULL(44);
	s.queues[0].driver += BIT_ULL(44);
	s.queues[0].device += BIT_ULL(44);
	ok(!accepts(v, &s));
	s = good;
	s.queues[0].size = 48;
	ok(!accepts(v, &s));
	s = good;
	s.status = 3;				/* queues, and no DRIVER_OK yet */
	ok(accepts(v, &s));
	v->legacy = false;
	ok(!accepts(v, &good));
	ok(!accepts(v, &s));
	v->legacy = true;
}

static int legacy_init(struct kunit *test)
{
	harness_init(test, legacy_devices, ARRAY_SIZE(legacy_devices));
	set(BLK, 0x10, PORTS, 4);
	set(BLK, 0x14, TABLE, 4);
	set(BLK, 0x20, BAR4, 8);
	set(BLK, 0x04, 7, 2);
	return 0;
}

static struct kunit_case legacy_cases[] = {
	KUNIT_CASE(legacy_identity),
	KUNIT_CASE(legacy_that_there_is_not),
	KUNIT_CASE(legacy_registers),
	KUNIT_CASE(legacy_queue_sizes),
	KUNIT_CASE(legacy_features),
	KUNIT_CASE(legacy_notifies),
	KUNIT_CASE(legacy_notifies_early),
	KUNIT_CASE(legacy_queue_is_taken_back),
	KUNIT_CASE(legacy_resets),
	KUNIT_CASE(legacy_intx),
	KUNIT_CASE(legacy_vectors),
	KUNIT_CASE(legacy_window),
	KUNIT_CASE(legacy_with_a_modern_driver),
	KUNIT_CASE(legacy_mixed),
	KUNIT_CASE(legacy_driver_ok_first),
	KUNIT_CASE(legacy_mmio),
	KUNIT_CASE(legacy_mmio_wrong),
	KUNIT_CASE(legacy_states),
	{}
};

static struct kunit_suite legacy_suite = {
	.name = "keel-virtio-legacy",
	.init = legacy_init,
	.exit = harness_exit,
	.test_cases = legacy_cases,
};

kunit_test_suite(legacy_suite);
