// SPDX-License-Identifier: GPL-2.0
/*
 * The registers of both virtio transports as tables (VIRTIO 1.2, 4.1.4.3 and 4.2.2), and a
 * walk over each: what a register reads after reset, what a write of its width does to
 * the device's state, to which field and to no other, and that any other access reads 0,
 * changes nothing and is counted. What is wrong is counted by what is wrong with it.
 */
#include "harness.h"
#include "../devices/virtio/core.h"
#include "../devices/virtio/types.h"

#define WINDOW	0xfeb00000ULL	/* MMIO */
#define WINDOW_LINE 10
#define ECAM	0xe0000000ULL
#define SLOT	3
#define BAR4	0xe1000000ULL
#define COMMON	(BAR4 + 0x0000)
#define ISR	(BAR4 + 0x1000)
#define DEVICE	(BAR4 + 0x2000)
#define NOTIFY	(BAR4 + 0x3000)
#define QUEUES	4
#define SIZE	64

static const struct keel_device_config regs_devices[] = {
	{ .class = KEEL_CLASS_PCIHOST, .irq = KEEL_IRQ_DEFAULT },
	{ .class = KEEL_CLASS_VIRTIO_MMIO, .irq = WINDOW_LINE, .base = WINDOW,
	  .virtio = { .type = KEEL_VIRTIO_BLK, .queues = QUEUES, .queue_size = SIZE } },
	{ .class = KEEL_CLASS_VIRTIO_PCI, .irq = KEEL_IRQ_DEFAULT,
	  .virtio = { .slot = SLOT, .type = KEEL_VIRTIO_BLK, .queues = QUEUES,
		      .queue_size = SIZE } },
};

#define NONE	VIRTIO_NR_WRONG
#define R	1	/* can be read */
#define W	2	/* can be written */
#define S	4	/* and is then what was written */

/**
 * struct reg - a register.
 * @offset: in the window, or in the common configuration
 * @width:  that it has
 * @access: R and W, S; read-only ones count a write, write-only ones read 0
 * @reset:  what it reads before anything was written
 * @value:  written to it
 * @wrong:  what is wrong with that, or NONE
 * @field:  of the state, that it is stored in
 * @len:    bytes there; 0: nothing is stored
 * @before: what is there before
 * @after:  what has to be there after, unless it is the value
 * @status: the device's status before
 */
struct reg {
	u16 offset;
	u8 width;
	u8 access;
	u32 reset;
	u32 value;
	enum keel_virtio_wrong wrong;
	u16 field;
	u8 len;
	u32 before;
	u32 after;
	u8 status;
};

#define STATE(member, len_)	.field = offsetof(struct keel_virtio_state, member), .len = (len_)
/* One half of a 64-bit address */
#define HALF(member, high) \
	.field = offsetof(struct keel_virtio_state, queues[0].member) + 4 * (high), .len = 4
#define RO(value_)	.access = R, .reset = (value_), .wrong = VIRTIO_BAD_REGISTER
#define TAKES(access_, reset_, value_) \
	.access = (access_) | S, .reset = (reset_), .value = (value_), .wrong = NONE
#define REFUSES(access_, reset_, value_, wrong_) \
	.access = (access_), .reset = (reset_), .value = (value_), .wrong = (wrong_)

static const struct reg mmio_regs[] = {
	{ 0x000, 4, RO(0x74726976) },			/* MagicValue */
	{ 0x004, 4, RO(2) },				/* Version */
	{ 0x008, 4, RO(KEEL_VIRTIO_BLK) },		/* DeviceID */
	{ 0x00c, 4, RO(0x4c45454b) },			/* VendorID */
	{ 0x010, 4, RO(0x30007664) },			/* DeviceFeatures */
	{ 0x014, 4, TAKES(W, 0, 0x80000001), STATE(device_features_sel, 4) },
	{ 0x020, 4, TAKES(W, 0, 0x12345678), STATE(driver_features, 4) },
	{ 0x020, 4, REFUSES(W, 0, 1, VIRTIO_BAD_FEATURES), .status = 0xb },
	{ 0x024, 4, TAKES(W, 0, 0x80000001), STATE(driver_features_sel, 4) },
	{ 0x030, 4, TAKES(W, 0, 3), STATE(queue_sel, 2) },
	{ 0x034, 4, RO(SIZE) },				/* QueueSizeMax */
	{ 0x038, 4, TAKES(R | W, SIZE, 16), STATE(queues[0].size, 2), .before = SIZE },
	{ 0x038, 4, REFUSES(R | W, SIZE, 3, VIRTIO_BAD_SIZE) },
	{ 0x038, 4, REFUSES(R | W, SIZE, 2 * SIZE, VIRTIO_BAD_SIZE) },
	{ 0x038, 4, REFUSES(R | W, SIZE, 0x10000 + 16, VIRTIO_BAD_SIZE) },
	{ 0x044, 4, TAKES(R | W, 0, 1), STATE(queues[0].enabled, 1), .status = 0xb },
	{ 0x044, 4, REFUSES(R | W, 0, 1, VIRTIO_BAD_ENABLE), .status = 3 },
	{ 0x044, 4, REFUSES(R | W, 0, 0, NONE) },	/* it is not ready anyway */
	{ 0x050, 4, REFUSES(W, 0, 0, VIRTIO_IDLE_BELL) },	/* QueueNotify */
	{ 0x050, 4, REFUSES(W, 0, QUEUES, VIRTIO_BAD_BELL) },
	{ 0x060, 4, RO(0) },				/* InterruptStatus */
	{ 0x064, 4, REFUSES(W, 0, 1, NONE), STATE(isr, 1), .before = 3, .after = 2 },
	{ 0x070, 4, TAKES(R | W, 0, 1), STATE(status, 1) },
	{ 0x070, 4, REFUSES(R | W, 0, 0x30, VIRTIO_BAD_STATUS) },
	{ 0x070, 4, REFUSES(R | W, 0, 0x40, VIRTIO_BAD_STATUS) },
	{ 0x070, 4, REFUSES(R | W, 0, 4, VIRTIO_BAD_STATUS) },
	{ 0x080, 4, TAKES(W, 0, 0x87654321), HALF(desc, 0) },
	{ 0x084, 4, TAKES(W, 0, 0x87654321), HALF(desc, 1) },
	{ 0x090, 4, TAKES(W, 0, 0x87654321), HALF(driver, 0) },
	{ 0x094, 4, TAKES(W, 0, 0x87654321), HALF(driver, 1) },
	{ 0x0a0, 4, TAKES(W, 0, 0x87654321), HALF(device, 0) },
	{ 0x0a4, 4, TAKES(W, 0, 0x87654321), HALF(device, 1) },
	{ 0x0ac, 4, REFUSES(W, 0, 1, NONE) },		/* SHMSel */
	{ 0x0b0, 4, RO(0xffffffff) },			/* SHMLen, SHMBase */
	{ 0x0b4, 4, RO(0xffffffff) },
	{ 0x0b8, 4, RO(0xffffffff) },
	{ 0x0bc, 4, RO(0xffffffff) },
	{ 0x0c0, 4, REFUSES(R | W, 0, 1, VIRTIO_BAD_RESET) },	/* QueueReset */
	{ 0x0fc, 4, RO(0) },				/* ConfigGeneration */
};

static const struct reg pci_regs[] = {
	{ 0x00, 4, TAKES(R | W, 0, 0x80000001), STATE(device_features_sel, 4) },
	{ 0x04, 4, RO(0x30007664) },			/* device_feature */
	{ 0x08, 4, TAKES(R | W, 0, 0x80000001), STATE(driver_features_sel, 4) },
	{ 0x0c, 4, TAKES(R | W, 0, 0x12345678), STATE(driver_features, 4) },
	{ 0x0c, 4, REFUSES(R | W, 0, 1, VIRTIO_BAD_FEATURES), .status = 0xb },
	{ 0x10, 2, TAKES(R | W, 0xffff, QUEUES), STATE(config_vector, 2), .before = 0xffff },
	{ 0x10, 2, REFUSES(R | W, 0xffff, QUEUES + 1, VIRTIO_BAD_VECTOR) },
	{ 0x10, 2, REFUSES(R | W, 0xffff, 0xffff, NONE) },	/* none, as it is */
	{ 0x12, 2, RO(QUEUES) },			/* num_queues */
	{ 0x14, 1, TAKES(R | W, 0, 1), STATE(status, 1) },
	{ 0x14, 1, REFUSES(R | W, 0, 0x30, VIRTIO_BAD_STATUS) },
	{ 0x14, 1, REFUSES(R | W, 0, 0x40, VIRTIO_BAD_STATUS) },
	{ 0x14, 1, REFUSES(R | W, 0, 4, VIRTIO_BAD_STATUS) },
	{ 0x15, 1, RO(0) },				/* config_generation */
	{ 0x16, 2, TAKES(R | W, 0, 3), STATE(queue_sel, 2) },
	{ 0x18, 2, TAKES(R | W, SIZE, 16), STATE(queues[0].size, 2), .before = SIZE },
	{ 0x18, 2, REFUSES(R | W, SIZE, 3, VIRTIO_BAD_SIZE) },
	{ 0x18, 2, REFUSES(R | W, SIZE, 2 * SIZE, VIRTIO_BAD_SIZE) },
	{ 0x1a, 2, TAKES(R | W, 0xffff, QUEUES), STATE(queues[0].vector, 2), .before = 0xffff },
	{ 0x1a, 2, REFUSES(R | W, 0xffff, 0x100, VIRTIO_BAD_VECTOR) },
	{ 0x1c, 2, TAKES(R | W, 0, 1), STATE(queues[0].enabled, 1), .status = 0xb },
	{ 0x1c, 2, REFUSES(R | W, 0, 1, VIRTIO_BAD_ENABLE), .status = 3 },
	{ 0x1c, 2, REFUSES(R | W, 0, 0, VIRTIO_BAD_ENABLE) },
	{ 0x1c, 2, REFUSES(R | W, 0, 2, VIRTIO_BAD_ENABLE), .status = 0xb },
	{ 0x1e, 2, RO(0) },				/* queue_notify_off */
	{ 0x20, 4, TAKES(R | W, 0, 0x87654321), HALF(desc, 0) },
	{ 0x24, 4, TAKES(R | W, 0, 0x87654321), HALF(desc, 1) },
	{ 0x28, 4, TAKES(R | W, 0, 0x87654321), HALF(driver, 0) },
	{ 0x2c, 4, TAKES(R | W, 0, 0x87654321), HALF(driver, 1) },
	{ 0x30, 4, TAKES(R | W, 0, 0x87654321), HALF(device, 0) },
	{ 0x34, 4, TAKES(R | W, 0, 0x87654321), HALF(device, 1) },
	{ 0x38, 2, RO(0) },				/* queue_notify_data */
	{ 0x3a, 2, REFUSES(R | W, 0, 1, VIRTIO_BAD_RESET) },	/* queue_reset */
	{ 0x3a, 2, REFUSES(R | W, 0, 0, VIRTIO_BAD_RESET) },
};

/* The holes between the window's registers, up to the configuration. */
static const u16 mmio_holes[] = {
	0x018, 0x01c, 0x028, 0x02c, 0x03c, 0x040, 0x048, 0x04c, 0x054, 0x058, 0x05c, 0x068, 0x06c,
	0x074, 0x078, 0x07c, 0x088, 0x08c, 0x098, 0x09c, 0x0a8, 0x0c4, 0x0c8, 0x0cc, 0x0d0, 0x0d4,
	0x0d8, 0x0dc, 0x0e0, 0x0e4, 0x0e8, 0x0ec, 0x0f0, 0x0f4, 0x0f8,
};

struct table {
	const char *name;
	u64 base;
	u32 length;
	const struct reg *regs;
	unsigned int nr;
};

static const struct table mmio_table = { "mmio", WINDOW, 0x100, mmio_regs, ARRAY_SIZE(mmio_regs) };
static const struct table pci_table = { "pci", COMMON, 0x3c, pci_regs, ARRAY_SIZE(pci_regs) };

static struct keel_virtio *device(struct kunit *test, const struct table *t)
{
	return keel_virtio_of(keel_board_find(H->board, t == &mmio_table ? KEEL_CLASS_VIRTIO_MMIO :
					      KEEL_CLASS_VIRTIO_PCI, 0));
}

static const struct reg *find(const struct table *t, u32 offset, unsigned int width)
{
	unsigned int i;

	for (i = 0; i < t->nr; i++)
		if (t->regs[i].offset == offset && t->regs[i].width == width)
			return &t->regs[i];
	return NULL;
}

/* ---- What an access does ---- */

/* An expectation that reports its table row or access. */
#define row_ok(t, at, width, a) \
	KUNIT_EXPECT_TRUE_MSG(test, (a), "%s: %u bytes at %#x", (t)->name, (width), (u32)(at))

/* The snapshot of a device: too big for a stack. */
static struct {
	struct keel_virtio v;
	struct keel_virtio_state s;
} shot;

static void snap(const struct keel_virtio *v)
{
	shot.v = *v;
	shot.s = *v->s;
}

/* Since the snapshot @wrong was counted @times times, and nothing else was counted. */
static bool counted(const struct keel_virtio *v, enum keel_virtio_wrong wrong,
		    unsigned int times)
{
	unsigned int i;

	for (i = 0; i < VIRTIO_NR_WRONG; i++)
		if (v->wrong[i] - shot.v.wrong[i] != (i == wrong ? times : 0))
			return false;
	return v->ignored - shot.v.ignored == (wrong == NONE ? 0 : times);
}

static bool unchanged(const struct keel_virtio *v)
{
	return !memcmp(&shot.s, v->s, sizeof(shot.s));
}

/* What an access reads that no register there is as wide as: over PCI a part of one, else 0. */
static u32 part(struct kunit *test, const struct table *t, u32 at, unsigned int width)
{
	unsigned int wide;
	u32 reg;

	for (wide = 2 * width; t == &pci_table && wide <= 4; wide *= 2) {
		reg = at & ~(wide - 1);
		if (find(t, reg, wide))
			return rd(t->base + reg, wide) >> 8 * (at - reg) & (BIT(8 * width) - 1);
	}
	return 0;
}

/*
 * An access of a width that no register there has: reads a part of one or 0, changes nothing, is
 * counted.
 */
static void odd_access(struct kunit *test, const struct table *t, u32 at, unsigned int width)
{
	struct keel_virtio *v = device(test, t);
	u32 value = part(test, t, at, width);

	snap(v);
	row_ok(t, at, width, rd(t->base + at, width) == value);
	row_ok(t, at, width, counted(v, VIRTIO_BAD_WIDTH, 1));
	wr(t->base + at, ~0ULL, width);
	row_ok(t, at, width, counted(v, VIRTIO_BAD_WIDTH, 2));
	row_ok(t, at, width, unchanged(v));
}

/* Every aligned access of 1, 2 and 4 bytes that is not a register, in the whole area. */
static void walk_widths(struct kunit *test, const struct table *t)
{
	unsigned int width;
	u32 at;

	for (width = 1; width <= 4; width *= 2)
		for (at = 0; at < t->length; at += width)
			if (!find(t, at, width) && (t == &pci_table || width < 4))
				odd_access(test, t, at, width);
}

/* The bus cuts an access that crosses a dword in two: both halves are too narrow. */
static void walk_misaligned(struct kunit *test, const struct table *t)
{
	struct keel_virtio *v = device(test, t);
	u32 at, value;

	for (at = 2; at + 4 <= t->length; at += 4) {
		/* Over PCI a half may be a whole register, which has a row of its own. */
		if (find(t, at, 2) || find(t, at + 2, 2))
			continue;
		value = part(test, t, at, 2) | part(test, t, at + 2, 2) << 16;
		snap(v);
		row_ok(t, at, 4, rd(t->base + at, 4) == value);
		wr(t->base + at, 0xffffffff, 4);
		row_ok(t, at, 4, counted(v, VIRTIO_BAD_WIDTH, 4));
		row_ok(t, at, 4, unchanged(v));
	}
}

static void walk_reset_values(struct kunit *test, const struct table *t)
{
	struct keel_virtio *v = device(test, t);
	unsigned int i;

	snap(v);
	for (i = 0; i < t->nr; i++) {
		const struct reg *r = &t->regs[i];

		row_ok(t, r->offset, r->width, rd(t->base + r->offset, r->width) ==
			  (r->access & R ? r->reset : 0));
	}
	row_ok(t, 0, 0, counted(v, NONE, 0));
}

/* Puts a value into the field of the expected state. */
static void put(struct keel_virtio_state *s, const struct reg *r, u32 value)
{
	memcpy((void *)s + r->field, &value, r->len);
}

static void write_row(struct kunit *test, const struct table *t, const struct reg *r)
{
	static struct keel_virtio_state kept;
	u32 value, after = r->access & S ? r->value : r->after;
	struct keel_virtio *v = device(test, t);

	kept = *v->s;
	put(v->s, r, r->before);
	if (r->status)
		v->s->status = r->status;
	snap(v);
	wr(t->base + r->offset, r->access & W ? r->value : ~r->reset, r->width);
	put(&shot.s, r, after);
	row_ok(t, r->offset, r->width, counted(v, r->wrong, 1));
	row_ok(t, r->offset, r->width, unchanged(v));
	value = rd(t->base + r->offset, r->width);
	if (r->access & R && r->len)
		row_ok(t, r->offset, r->width, value == after);
	else
		row_ok(t, r->offset, r->width, value == (r->access & R ? r->reset : 0));
	*v->s = kept;
	v->transport->sync(v);
}

static void walk_writes(struct kunit *test, const struct table *t)
{
	unsigned int i;

	for (i = 0; i < t->nr; i++)
		write_row(test, t, &t->regs[i]);
}

static void walk(struct kunit *test, const struct table *t)
{
	walk_reset_values(test, t);
	walk_writes(test, t);
	walk_widths(test, t);
	walk_misaligned(test, t);
	walk_reset_values(test, t);
}

/* ---- MMIO ---- */

static void mmio_registers(struct kunit *test)
{
	walk(test, &mmio_table);
}

/* The table and its holes cover the whole window. */
static void mmio_registers_are_all(struct kunit *test)
{
	struct keel_virtio *v = device(test, &mmio_table);
	unsigned int i, holes = 0;
	u32 at;

	for (at = 0; at < 0x100; at += 4)
		holes += !find(&mmio_table, at, 4);
	is(holes, ARRAY_SIZE(mmio_holes));
	for (i = 0; i < ARRAY_SIZE(mmio_holes); i++) {
		at = mmio_holes[i];
		snap(v);
		row_ok(&mmio_table, at, 4, !find(&mmio_table, at, 4));
		row_ok(&mmio_table, at, 4, !rd(WINDOW + at, 4));
		wr(WINDOW + at, ~0U, 4);
		row_ok(&mmio_table, at, 4, counted(v, VIRTIO_BAD_REGISTER, 1));
		row_ok(&mmio_table, at, 4, unchanged(v));
	}
	is(rd(WINDOW - 4, 4), 0xffffffff);	/* addresses around it are unmapped */
	is(rd(WINDOW + KEEL_VIRTIO_MMIO_SIZE, 4), 0xffffffff);
}

/* An access of eight bytes is two of four. */
static void mmio_eight_bytes(struct kunit *test)
{
	const struct keel_virtq_state *q = &device(test, &mmio_table)->s->queues[0];

	is(rd(WINDOW, 8), 0x0000000274726976);
	wr(WINDOW + 0x80, 0x123456789abcdef0, 8);
	is(q->desc, 0x123456789abcdef0);
	is(device(test, &mmio_table)->ignored, 0);
}

/* ---- PCI ---- */

static void pci_registers(struct kunit *test)
{
	walk(test, &pci_table);
}

/* Each byte of the common configuration belongs to a register. */
static void pci_registers_are_all(struct kunit *test)
{
	u8 seen[0x3c] = {};
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(pci_regs); i++)
		for (j = 0; j < pci_regs[i].width; j++)
			seen[pci_regs[i].offset + j] = pci_regs[i].offset + 1;
	for (i = 0; i < ARRAY_SIZE(seen); i++)
		row_ok(&pci_table, i, 1, seen[i] && seen[i] <= i + 1);
	is(rd(COMMON + sizeof(seen), 4), 0xffffffff);	/* addresses behind them are unmapped */
}

/* 4.1.3.1: addresses are two registers, of which eight bytes take both. */
static void pci_eight_bytes(struct kunit *test)
{
	wr(COMMON + 0x20, 0x123456789abcdef0, 8);
	is(rd(COMMON + 0x20, 8), 0x123456789abcdef0);
	is(rd(COMMON + 0x24, 4), 0x12345678);
	is(device(test, &pci_table)->ignored, 0);
}

/* Queue registers are those of the selected queue. */
static void regs_follow_the_selection(struct kunit *test)
{
	struct keel_virtio *v = device(test, &pci_table);
	unsigned int i;

	for (i = 0; i < QUEUES; i++) {
		wr(COMMON + 0x16, i, 2);
		wr(COMMON + 0x18, 1 << i, 2);
		wr(COMMON + 0x20, 0x1000 * i, 4);
		wr(COMMON + 0x1a, i, 2);
		is(rd(COMMON + 0x1e, 2), i);
		is(rd(COMMON + 0x38, 2), i);
	}
	for (i = 0; i < QUEUES; i++) {
		is(v->s->queues[i].size, 1 << i);
		is(v->s->queues[i].desc, 0x1000 * i);
		is(v->s->queues[i].vector, i);
	}
	is(v->ignored, 0);
}

/* With a queue selected that does not exist, queue registers read 0 and ignore writes. */
static void regs_without_a_queue(struct kunit *test)
{
	static const struct table *const tables[] = { &mmio_table, &pci_table };
	static const struct { u16 mmio, pci; u8 width; } regs[] = {
		{ 0x38, 0x18, 2 }, { 0x44, 0x1c, 2 }, { 0xc0, 0x3a, 2 }, { 0x80, 0x20, 4 },
		{ 0x84, 0x24, 4 }, { 0x90, 0x28, 4 }, { 0xa4, 0x34, 4 },
	};
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(tables); i++) {
		const struct table *t = tables[i];
		struct keel_virtio *v = device(test, t);

		v->s->queue_sel = QUEUES;
		for (j = 0; j < ARRAY_SIZE(regs); j++) {
			u32 at = i ? regs[j].pci : regs[j].mmio, width = i ? regs[j].width : 4;

			snap(v);
			row_ok(t, at, width, !rd(t->base + at, width));
			wr(t->base + at, 1, width);
			row_ok(t, at, width, counted(v, VIRTIO_NO_QUEUE, 1));
			row_ok(t, at, width, unchanged(v));
		}
	}
}

/* 4.1.4.5: one byte, cleared by a read, and nothing behind it. */
static void pci_isr_register(struct kunit *test)
{
	struct keel_virtio *v = device(test, &pci_table);
	unsigned int i;

	for (i = 1; i < 4; i++) {
		v->s->isr = 3;
		is(rd(ISR + i, 1), 0);
		is(v->s->isr, 3);
	}
	is(rd(ISR, 1), 3);
	is(rd(ISR, 1), 0);
	v->s->isr = 1;
	wr(ISR, 1, 1);
	is(v->s->isr, 1);
	is(v->wrong[VIRTIO_BAD_REGISTER], 1);
	is(rd(ISR, 1), 1);
}

/* 4.1.4.4: at a queue's own address; writes beside it notify no queue. */
static void pci_notify_registers(struct kunit *test)
{
	struct keel_virtio *v = device(test, &pci_table);
	unsigned int width, bad = 0, idle = 0;
	u32 at;

	for (at = 0; at < 4 * KEEL_VIRTIO_QUEUES; at++) {
		for (width = 1; width <= 4; width *= 2) {
			if (at % width)
				continue;
			is(rd(NOTIFY + at, width), 0);
			wr(NOTIFY + at, at / 4, width);
			if (at % 4 == 0 && at / 4 < QUEUES)
				idle++;
			else
				bad++;
		}
	}
	is(v->wrong[VIRTIO_IDLE_BELL], idle);
	is(v->wrong[VIRTIO_BAD_BELL], bad);
	is(idle, 3 * QUEUES);
	is(H->kicks, 0);
}

/* ---- The device's configuration ---- */

/* Any width is read; beyond the type's fields all is 0; a disk's fields are read-only. */
static void regs_device_config(struct kunit *test)
{
	static const struct { const struct table *t; u64 base; u32 length; } configs[] = {
		{ &mmio_table, WINDOW + 0x100, KEEL_VIRTIO_MMIO_SIZE - 0x100 },
		{ &pci_table, DEVICE, KEEL_VIRTIO_CONFIG },
	};
	unsigned int i, j, width;
	u64 expected;
	u32 at;

	for (i = 0; i < ARRAY_SIZE(configs); i++) {
		struct keel_virtio *v = device(test, configs[i].t);
		u8 image[KEEL_VIRTIO_MMIO_SIZE] = {};

		for (j = 0; j < v->type->config_size; j++)
			image[j] = j + 1;
		memcpy(v->s->config, image, v->type->config_size);
		for (at = 0; at < configs[i].length; at++) {
			for (width = 1; width <= 4; width *= 2) {
				if (at % width)
					continue;
				expected = 0;
				memcpy(&expected, image + at, width);
				row_ok(configs[i].t, at, width,
				       rd(configs[i].base + at, width) == expected);
				snap(v);
				wr(configs[i].base + at, ~0U, width);
				row_ok(configs[i].t, at, width,
				       counted(v, VIRTIO_BAD_CONFIG, 1));
			}
		}
		is(memcmp(image, v->s->config, KEEL_VIRTIO_CONFIG), 0);
	}
}

/* ---- The configuration window in a capability (4.1.4.9) ---- */

#define CFG(reg)	(ECAM | SLOT << 15 | (reg))

/* Where the capability is: the only vendor-specific one with cfg_type 5. */
static u8 window_at(struct kunit *test)
{
	u8 at = rd(CFG(0x34), 1);

	while (rd(CFG(at), 1) != 9 || rd(CFG(at + 3), 1) != KEEL_VIRTIO_CAP_PCI_CFG)
		at = rd(CFG(at + 1), 1);
	return at;
}

static const struct keel_virtio_pci_state *pci_state(struct kunit *test)
{
	struct keel_virtio *v = device(test, &pci_table);

	return (const void *)v + v->dev.ops->state;
}

/* Registers with byte lanes: each byte by itself, and all together. */
static void pci_window_registers(struct kunit *test)
{
	const struct keel_virtio_pci_state *s = pci_state(test);
	static const u8 takes[] = { 1, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1 };
	u8 at = window_at(test);
	unsigned int i;

	is(rd(CFG(at + 2), 1), 20);
	for (i = 0; i < ARRAY_SIZE(takes); i++) {
		is(rd(CFG(at + 4 + i), 1), 0);
		wr(CFG(at + 4 + i), 0xa5, 1);
		is(rd(CFG(at + 4 + i), 1), takes[i] ? 0xa5 : 0);
	}
	is(s->cfg_bar, 0xa5);
	is(s->cfg_offset, 0xa5a5a5a5);
	is(s->cfg_length, 0xa5a5a5a5);
	wr(CFG(at + 8), 0x12345678, 4);
	wr(CFG(at + 12), 0x4321, 2);
	is(s->cfg_offset, 0x12345678);
	is(s->cfg_length, 0xa5a54321);
	/* Its type and length are read-only. */
	wr(CFG(at + 2), 0xffff, 2);
	is(device(test, &pci_table)->wrong[VIRTIO_BAD_REGISTER], 1);
	is(rd(CFG(at + 2), 2), 20 | KEEL_VIRTIO_CAP_PCI_CFG << 8);
}

/* Each register of the common configuration, read and written through the window. */
static void pci_window_shows_registers(struct kunit *test)
{
	static struct keel_virtio_state kept;
	struct keel_virtio *v = device(test, &pci_table);
	u8 at = window_at(test);
	unsigned int i;

	kept = *v->s;
	for (i = 0; i < ARRAY_SIZE(pci_regs); i++) {
		const struct reg *r = &pci_regs[i];

		wr(CFG(at + 4), 4, 1);
		wr(CFG(at + 8), r->offset, 4);
		wr(CFG(at + 12), r->width, 4);
		row_ok(&pci_table, r->offset, r->width, rd(CFG(at + 16), r->width) == r->reset);
		if (r->status)
			v->s->status = r->status;
		snap(v);
		wr(CFG(at + 16), r->access & W ? r->value : ~r->reset, r->width);
		row_ok(&pci_table, r->offset, r->width, counted(v, r->wrong, 1));
		*v->s = kept;
	}
}

/* On anything but a register the window reads 0, writes nothing, and is counted. */
static void pci_window_on_nothing(struct kunit *test)
{
	static const struct { u8 bar; u32 offset, length; } bad[] = {
		{ 4, 0x14, 0 }, { 4, 0x14, 3 }, { 4, 0x14, 8 }, { 4, 0x17, 2 }, { 4, 0x3c, 4 },
		{ 4, 0x800, 4 }, { 4, 0x2040, 1 }, { 4, 0x4000, 4 }, { 4, 0xfffffffc, 4 },
		{ 5, 0x14, 1 }, { 1, 0, 4 }, { 255, 0x14, 1 }, { 4, 0x14, 0x80000001 },
		{ 0, 0x80, 4 },
	};
	struct keel_virtio *v = device(test, &pci_table);
	u8 at = window_at(test);
	unsigned int i;

	snap(v);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		wr(CFG(at + 4), bad[i].bar, 1);
		wr(CFG(at + 8), bad[i].offset, 4);
		wr(CFG(at + 12), bad[i].length, 4);
		is(rd(CFG(at + 16), 4), 0);
		wr(CFG(at + 16), ~0U, 4);
		is(v->wrong[VIRTIO_BAD_WINDOW], 2 * (i + 1));
	}
	wr(CFG(at + 4), 4, 1);
	wr(CFG(at + 8), 0x14, 4);
	wr(CFG(at + 12), 1, 4);
	wr(CFG(at + 17), 1, 1);		/* not at the start of the data */
	is(v->wrong[VIRTIO_BAD_WINDOW], 2 * i + 1);
	ok(unchanged(v));
}

/* ---- Writes at the wrong time ---- */

static void program(struct kunit *test, u32 features)
{
	struct keel_virtio *v = device(test, &mmio_table);

	wr(WINDOW + 0x70, 3, 4);
	v->s->driver_features = BIT_ULL(32) | (u64)features << 32;
	wr(WINDOW + 0x70, 0xb, 4);
	wr(WINDOW + 0x44, 1, 4);
	wr(WINDOW + 0x70, 0xf, 4);
	is(v->running, 1);
}

/* A queue's registers are read-only while it is enabled, and while it is being reset. */
static void regs_of_a_queue_that_is_taken(struct kunit *test)
{
	static const u16 regs[] = { 0x38, 0x44, 0x80, 0x84, 0x90, 0x94, 0xa0, 0xa4 };
	struct keel_virtio *v = device(test, &mmio_table);
	unsigned int i;

	program(test, BIT(8));
	for (i = 0; i < ARRAY_SIZE(regs); i++) {
		snap(v);
		wr(WINDOW + regs[i], 8, 4);
		row_ok(&mmio_table, regs[i], 4, counted(v, VIRTIO_QUEUE_FIXED, 1));
		ok(unchanged(v));
	}
	H->lazy = true;
	wr(WINDOW + 0xc0, 1, 4);
	for (i = 0; i < ARRAY_SIZE(regs); i++) {
		snap(v);
		wr(WINDOW + regs[i], 8, 4);
		row_ok(&mmio_table, regs[i], 4, counted(v, VIRTIO_AMID_RESET, 1));
		ok(unchanged(v));
	}
	wr(WINDOW + 0x70, 0, 4);
	snap(v);
	wr(WINDOW + 0x70, 1, 4);
	ok(counted(v, VIRTIO_AMID_RESET, 1));
	harness_settle(H);
	H->lazy = false;
	is(rd(WINDOW + 0x70, 4), 0);
}

/* Reasons why a queue is not enabled. */
static void regs_that_enable_nothing(struct kunit *test)
{
	static const struct { u16 area; u32 value; enum keel_virtio_wrong wrong; } bad[] = {
		{ 0x80, 8, VIRTIO_BAD_AREA }, { 0x90, 1, VIRTIO_BAD_AREA },
		{ 0xa0, 2, VIRTIO_BAD_AREA },
	};
	struct keel_virtio *v = device(test, &mmio_table);
	unsigned int i;

	/* A size that only a packed ring can have, and the ring becomes a split one. */
	v->s->driver_features = BIT_ULL(32) | BIT_ULL(34);
	wr(WINDOW + 0x38, 48, 4);
	v->s->driver_features = BIT_ULL(32);
	wr(WINDOW + 0x70, 0xb, 4);
	snap(v);
	wr(WINDOW + 0x44, 1, 4);
	ok(counted(v, VIRTIO_BAD_SIZE, 1));
	is(rd(WINDOW + 0x44, 4), 0);
	wr(WINDOW + 0x38, 16, 4);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		wr(WINDOW + bad[i].area, bad[i].value, 4);
		snap(v);
		wr(WINDOW + 0x44, 1, 4);
		ok(counted(v, bad[i].wrong, 1));
		is(rd(WINDOW + 0x44, 4), 0);
		wr(WINDOW + bad[i].area, 0, 4);
	}
}

/* Each counter can be read by its name. */
static void regs_counters(struct kunit *test)
{
	static const char *const names[] = {
		"bad_width", "bad_register", "bad_status", "bad_features", "bad_config",
		"amid_reset", "no_queue", "queue_fixed", "bad_size", "bad_area", "bad_enable",
		"bad_reset", "bad_vector", "bad_bell", "idle_bell", "no_master", "bad_window",
	};
	struct keel_stat *stats = kunit_kzalloc(test, 1024 * sizeof(*stats), GFP_KERNEL);
	struct keel_virtio *v = device(test, &mmio_table);
	unsigned int i, j, nr;

	is(ARRAY_SIZE(names), VIRTIO_NR_WRONG);
	for (i = 0; i < VIRTIO_NR_WRONG; i++)
		v->wrong[i] = 100 + i;
	nr = whole_stats(H->board, stats, 1024);
	ok(nr <= 1024);
	for (i = 0; i < VIRTIO_NR_WRONG; i++) {
		for (j = 0; j < nr; j++)
			if (!strcmp(stats[j].device, "vmmio0") && !strcmp(stats[j].name, names[i]))
				break;
		ok(j < nr);
		is(j < nr ? stats[j].value : 0, 100 + i);
	}
}

static int regs_init(struct kunit *test)
{
	harness_init(test, regs_devices, ARRAY_SIZE(regs_devices));
	wr(CFG(0x20), BAR4, 8);
	wr(CFG(0x04), 6, 2);
	return 0;
}

static struct kunit_case regs_cases[] = {
	KUNIT_CASE(mmio_registers),
	KUNIT_CASE(mmio_registers_are_all),
	KUNIT_CASE(mmio_eight_bytes),
	KUNIT_CASE(pci_registers),
	KUNIT_CASE(pci_registers_are_all),
	KUNIT_CASE(pci_eight_bytes),
	KUNIT_CASE(regs_follow_the_selection),
	KUNIT_CASE(regs_without_a_queue),
	KUNIT_CASE(pci_isr_register),
	KUNIT_CASE(pci_notify_registers),
	KUNIT_CASE(regs_device_config),
	KUNIT_CASE(pci_window_registers),
	KUNIT_CASE(pci_window_shows_registers),
	KUNIT_CASE(pci_window_on_nothing),
	KUNIT_CASE(regs_of_a_queue_that_is_taken),
	KUNIT_CASE(regs_that_enable_nothing),
	KUNIT_CASE(regs_counters),
	{}
};

static struct kunit_suite regs_suite = {
	.name = "keel-virtio-registers",
	.init = regs_init,
	.exit = harness_exit,
	.test_cases = regs_cases,
};

kunit_test_suite(regs_suite);
