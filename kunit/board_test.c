// SPDX-License-Identifier: GPL-2.0
/* The board itself: builder, bus, lines, doors, statistics. */
#include "harness.h"
#include "../devices/board/class.h"

static const struct keel_device_config board_devices[] = {
	{ .class = KEEL_CLASS_PIC, .irq = KEEL_IRQ_DEFAULT },
	{ .class = KEEL_CLASS_IOAPIC, .irq = KEEL_IRQ_DEFAULT },
	{ .class = KEEL_CLASS_PIT, .irq = KEEL_IRQ_DEFAULT },
	{ .class = KEEL_CLASS_RTC, .irq = KEEL_IRQ_DEFAULT },
	{ .class = KEEL_CLASS_PM, .irq = KEEL_IRQ_DEFAULT },
	{ .class = KEEL_CLASS_UART, .irq = KEEL_IRQ_DEFAULT },
	{ .class = KEEL_CLASS_UART, .instance = 1, .irq = 3, .base = 0x2f8 },
	{ .class = KEEL_CLASS_DEBUGEXIT, .irq = KEEL_IRQ_DEFAULT },
};

static int board_test_init(struct kunit *test)
{
	return harness_init(test, board_devices, ARRAY_SIZE(board_devices));
}

/* Builds a board that the builder may refuse; returns the builder's result. */
static int board_try(struct kunit *test, const struct keel_device_config *configs,
		     unsigned int nr, struct keel_conflict *conflicts, unsigned int *nr_conflicts)
{
	size_t size = keel_board_size(configs, nr);
	void *mem = kunit_kzalloc(test, max(size, sizeof(struct keel_board)), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, mem);
	return keel_board_build(mem, H->board->host.ops, H, configs, nr, conflicts, nr_conflicts);
}

/* ---- Models ---- */

/* Each row of models.h names the ops of its class. */
static void class_has_its_model(struct kunit *test)
{
	unsigned int class;

	for (class = 1; class < KEEL_NR_CLASSES; class++) {
		KUNIT_ASSERT_TRUE(test, keel_class_ops(class));
		is(keel_class_ops(class)->class, class);
	}
	ok(!keel_class_ops(KEEL_CLASS_BOARD));
	ok(!keel_class_ops(KEEL_NR_CLASSES));
}

/* ---- Builder ---- */

static void board_size_refuses(struct kunit *test)
{
	static const struct keel_device_config unknown = { .class = KEEL_NR_CLASSES };
	static const struct keel_device_config board = { .class = KEEL_CLASS_BOARD };

	is(keel_board_size(board_devices, 0), 0);
	is(keel_board_size(board_devices, KEEL_MAX_DEVICES + 1) == 0, 1);
	is(keel_board_size(&unknown, 1), 0);
	is(keel_board_size(&board, 1), 0);
	ok(keel_board_size(board_devices, 1) < keel_board_size(board_devices, 2));
}

static void board_build_refuses(struct kunit *test)
{
	static const struct keel_device_config unknown = { .class = 999 };
	unsigned int nr = 0;

	is(board_try(test, &unknown, 1, NULL, &nr), -EINVAL);
	is(board_try(test, board_devices, 0, NULL, &nr), -EINVAL);
}

static void board_base_out_of_space(struct kunit *test)
{
	static const struct keel_device_config config = {
		.class = KEEL_CLASS_UART, .irq = KEEL_IRQ_DEFAULT, .base = 0xfff9,
	};
	static const struct keel_device_config fits = {
		.class = KEEL_CLASS_UART, .irq = KEEL_IRQ_DEFAULT, .base = 0xfff8,
	};
	static const struct keel_device_config wraps = {
		.class = KEEL_CLASS_IOAPIC, .irq = KEEL_IRQ_DEFAULT, .base = U64_MAX - 1,
	};
	unsigned int nr = 0;

	is(board_try(test, &config, 1, NULL, &nr), -EINVAL);
	is(board_try(test, &wraps, 1, NULL, &nr), -EINVAL);
	is(board_try(test, &fits, 1, NULL, &nr), 0);
}

static void board_line_out_of_range(struct kunit *test)
{
	static const struct keel_device_config config = {
		.class = KEEL_CLASS_UART, .irq = KEEL_NR_LINES,
	};
	static const struct keel_device_config none = {
		.class = KEEL_CLASS_UART, .irq = KEEL_IRQ_NONE,
	};
	unsigned int nr = 0;

	is(board_try(test, &config, 1, NULL, &nr), -EINVAL);
	is(board_try(test, &none, 1, NULL, &nr), 0);
}

/* INTR is reserved for the 8259s, and they take no other line. */
static void board_keeps_intr_apart(struct kunit *test)
{
	static const struct keel_device_config configs[] = {
		{ .class = KEEL_CLASS_UART, .irq = KEEL_LINE_INTR },
		{ .class = KEEL_CLASS_PIC, .irq = 5 },
		{ .class = KEEL_CLASS_PIC, .irq = KEEL_LINE_INTR },
		{ .class = KEEL_CLASS_PIC, .irq = KEEL_IRQ_NONE },
	};
	unsigned int nr = 0;

	is(board_try(test, &configs[0], 1, NULL, &nr), -EINVAL);
	is(board_try(test, &configs[1], 1, NULL, &nr), -EINVAL);
	is(board_try(test, &configs[2], 1, NULL, &nr), 0);
	is(board_try(test, &configs[3], 1, NULL, &nr), 0);
}

static void board_asks_the_models(struct kunit *test)
{
	static const struct keel_device_config configs[] = {
		{ .class = KEEL_CLASS_UART, .irq = KEEL_IRQ_DEFAULT },
		{ .class = KEEL_CLASS_PIT, .irq = KEEL_IRQ_DEFAULT, .pit.policy = 99 },
	};
	unsigned int nr = 0;

	is(board_try(test, configs, 1, NULL, &nr), 0);
	is(board_try(test, configs, 2, NULL, &nr), -EINVAL);
	is(nr, 0);
}

static void board_reports_ports(struct kunit *test)
{
	static const struct keel_device_config configs[] = {
		{ .class = KEEL_CLASS_UART, .irq = 4, .base = 0x3f8 },
		{ .class = KEEL_CLASS_UART, .instance = 1, .irq = 3, .base = 0x3fc },
	};
	struct keel_conflict conflict = { };
	unsigned int nr = 1;

	is(board_try(test, configs, 2, &conflict, &nr), -EEXIST);
	is(nr, 1);
	is(conflict.kind, KEEL_CONFLICT_PIO);
	is(conflict.first, 0);
	is(conflict.second, 1);
	is(conflict.start, 0x3fc);
	is(conflict.end, 0x3ff);
}

static void board_reports_memory(struct kunit *test)
{
	static const struct keel_device_config configs[] = {
		{ .class = KEEL_CLASS_IOAPIC },
		{ .class = KEEL_CLASS_IOAPIC, .instance = 1 },
	};
	struct keel_conflict conflict = { };
	unsigned int nr = 1;

	is(board_try(test, configs, 2, &conflict, &nr), -EEXIST);
	is(conflict.kind, KEEL_CONFLICT_MMIO);
	is(conflict.start, 0xfec00000);
}

static void board_reports_lines(struct kunit *test)
{
	static const struct keel_device_config configs[] = {
		{ .class = KEEL_CLASS_UART, .irq = 4, .base = 0x3f8 },
		{ .class = KEEL_CLASS_UART, .instance = 1, .irq = 4, .base = 0x2f8 },
	};
	struct keel_conflict conflict = { };
	unsigned int nr = 1;

	is(board_try(test, configs, 2, &conflict, &nr), -EEXIST);
	is(nr, 1);
	is(conflict.kind, KEEL_CONFLICT_LINE);
	is(conflict.start, 4);
	is(conflict.end, 4);
}

/* A test device may share any line; other devices on that line still conflict. */
static void board_lets_probes_share(struct kunit *test)
{
	static const struct keel_device_config configs[] = {
		{ .class = KEEL_CLASS_UART, .irq = 4, .base = 0x3f8 },
		{ .class = KEEL_CLASS_TESTDEV, .irq = KEEL_IRQ_DEFAULT },
		{ .class = KEEL_CLASS_UART, .instance = 1, .irq = 4, .base = 0x2f8 },
	};
	struct keel_conflict conflict = { };
	unsigned int nr = 1;

	is(board_try(test, configs, 2, &conflict, &nr), 0);
	is(nr, 0);
	nr = 1;
	is(board_try(test, configs + 1, 2, &conflict, &nr), 0);
	is(nr, 0);
	nr = 1;
	is(board_try(test, configs, 3, &conflict, &nr), -EEXIST);
	is(nr, 1);
	is(conflict.kind, KEEL_CONFLICT_LINE);
	is(conflict.first, 0);
	is(conflict.second, 2);
}

static void board_reports_names(struct kunit *test)
{
	static const struct keel_device_config configs[] = {
		{ .class = KEEL_CLASS_UART, .irq = 4, .base = 0x3f8 },
		{ .class = KEEL_CLASS_UART, .irq = 3, .base = 0x2f8 },
	};
	struct keel_conflict conflict = { };
	unsigned int nr = 1;

	is(board_try(test, configs, 2, &conflict, &nr), -EEXIST);
	is(nr, 1);
	is(conflict.kind, KEEL_CONFLICT_NAME);
}

/* Three UARTs in one place conflict pairwise over name, ports and line. */
static void board_reports_all(struct kunit *test)
{
	static const struct keel_device_config configs[] = {
		{ .class = KEEL_CLASS_UART, .irq = 4 },
		{ .class = KEEL_CLASS_UART, .irq = 4 },
		{ .class = KEEL_CLASS_UART, .irq = 4 },
	};
	struct keel_conflict conflicts[4] = { };
	unsigned int nr = 3;

	is(board_try(test, configs, 3, conflicts, &nr), -EEXIST);
	is(nr, 9);
	is(conflicts[0].kind, KEEL_CONFLICT_NAME);
	is(conflicts[1].kind, KEEL_CONFLICT_PIO);
	is(conflicts[2].kind, KEEL_CONFLICT_LINE);
	is(conflicts[3].kind, 0);	/* there was room for three only */
}

static void board_finds_devices(struct kunit *test)
{
	struct keel_dev *dev = keel_board_find(H->board, KEEL_CLASS_UART, 1);

	KUNIT_ASSERT_NOT_NULL(test, dev);
	is(dev->instance, 1);
	is(dev->ops->class, KEEL_CLASS_UART);
	ok(!keel_board_find(H->board, KEEL_CLASS_UART, 2));
	ok(!keel_board_find(H->board, KEEL_CLASS_BOARD, 0));
}

static void board_moved_instance_answers(struct kunit *test)
{
	out(0x2ff, 0x5a);
	is(in(0x2ff), 0x5a);
	out(0x3ff, 0xa5);
	is(in(0x3ff), 0xa5);
	is(in(0x2ff), 0x5a);
}

/* ---- Bus ---- */

static void bus_unmapped(struct kunit *test)
{
	is(in(0x1234), 0xff);
	is(in32(0x1234), 0xffffffff);
	out16(0x1234, 0xbeef);
	is(rd(0xd0000000, 8), U64_MAX);
	wr(0xd0000000, 1, 4);
	is(H->board->bus[KEEL_PIO].unmapped.reads, 2);
	is(H->board->bus[KEEL_PIO].unmapped.writes, 1);
	is(H->board->bus[KEEL_MMIO].unmapped.reads, 1);
	is(H->board->bus[KEEL_MMIO].unmapped.writes, 1);
}

static void bus_keeps_unmapped_addresses(struct kunit *test)
{
	const struct keel_unmapped *unmapped = &H->board->bus[KEEL_PIO].unmapped;
	unsigned int i;

	in(0x1234);
	in32(0x1234);
	out16(0x1234, 0xbeef);
	in(0x1235);
	is(unmapped->nr, 2);
	is(unmapped->addresses[0].addr, 0x1234);
	is(unmapped->addresses[0].reads, 2);
	is(unmapped->addresses[0].writes, 1);
	is(unmapped->addresses[0].widths, 7);
	is(unmapped->addresses[1].addr, 0x1235);
	for (i = 0; i < 2 * KEEL_UNMAPPED; i++)
		in(0x2000 + i);
	is(unmapped->nr, KEEL_UNMAPPED);
	is(unmapped->addresses[KEEL_UNMAPPED - 1].addr, 0x2000 + KEEL_UNMAPPED - 3);
	is(unmapped->reads, 3 + 2 * KEEL_UNMAPPED);
}

/* The first access to an address is worth telling, and the one that makes it a poll */
static void bus_tells_news(struct kunit *test)
{
	struct keel_unmapped_address *at;
	u32 value = 0;

	is(keel_board_access(H->board, KEEL_PIO, 0x1234, &value, 1, false), KEEL_NEWS_UNMAPPED);
	is(keel_board_access(H->board, KEEL_PIO, 0x1234, &value, 1, false), KEEL_NO_NEWS);
	is(keel_board_access(H->board, KEEL_PIO, 0x3ff, &value, 1, false), KEEL_NO_NEWS);
	at = keel_unmapped_find(&H->board->bus[KEEL_PIO].unmapped, 0x1234);
	KUNIT_ASSERT_NOT_NULL(test, at);
	at->reads = KEEL_POLLED - 1;
	is(keel_board_access(H->board, KEEL_PIO, 0x1234, &value, 1, true), KEEL_NO_NEWS);
	is(keel_board_access(H->board, KEEL_PIO, 0x1234, &value, 1, false), KEEL_NEWS_POLLED);
	is(keel_board_access(H->board, KEEL_PIO, 0x1234, &value, 1, false), KEEL_NO_NEWS);
	ok(!keel_unmapped_find(&H->board->bus[KEEL_MMIO].unmapped, 0x1234));
}

static void bus_splits_wide(struct kunit *test)
{
	const struct keel_dev *uart = keel_board_find(H->board, KEEL_CLASS_UART, 0);
	const struct keel_region *region = &H->board->regions[uart->region];
	u64 reads = region->reads;

	out(0x3ff, 0x77);
	is(in32(0x3fc) >> 24, 0x77);	/* scratch is the last of four bytes */
	is(region->reads - reads, 4);
	is(in16(0x3fe) >> 8, 0x77);
	is(region->reads - reads, 6);
}

/* An access that runs over the end of a region is answered in two parts. */
static void bus_straddles_end(struct kunit *test)
{
	out(0x3ff, 0x42);
	is(in16(0x3ff), 0xff42);
	is(H->board->bus[KEEL_PIO].unmapped.reads, 1);
	out32(0x3ff, 0x11223344);
	is(in(0x3ff), 0x44);
	is(H->board->bus[KEEL_PIO].unmapped.writes, 1);
}

static void bus_straddles_start(struct kunit *test)
{
	out(0x2ff, 0);
	is(in16(0x2f7) & 0xff, 0xff);
	is(H->board->bus[KEEL_PIO].unmapped.reads, 1);
}

static void bus_top_of_ports(struct kunit *test)
{
	is(in32(0xfffe), 0xffffffff);
	out32(0xffff, 0);
	is(H->board->bus[KEEL_PIO].unmapped.writes, 1);
}

static void bus_eight_bytes(struct kunit *test)
{
	wr(0xfec00000, 1, 4);		/* IOREGSEL: version */
	is(rd(0xfec00010, 8) & 0xff, 0x20);
	wr(0xfec00000, 1, 8);
	is(rd(0xfec00010, 4) & 0xff, 0x20);
}

static void bus_finds_each_region(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < H->board->nr_regions; i++) {
		struct keel_region *r = &H->board->regions[i];
		struct keel_bus *bus = &H->board->bus[r->dev->ops->regions[r->nr].space];

		ok(keel_bus_find(bus, r->base) == r);
		ok(keel_bus_find(bus, r->base + r->length - 1) == r);
		ok(keel_bus_find(bus, r->base + r->length) != r);
		ok(keel_bus_find(bus, r->base - 1) != r);
	}
}

static void bus_stays_sorted(struct kunit *test)
{
	struct keel_bus *bus = &H->board->bus[KEEL_PIO];
	unsigned int i;

	for (i = 1; i < bus->nr; i++)
		ok(bus->regions[i - 1]->base + bus->regions[i - 1]->length <=
		   bus->regions[i]->base);
}

/* ---- Lines ---- */

struct line_watch {
	unsigned int calls;
	unsigned int eois;
	unsigned int pin;
	bool level;
};

static void line_watch_set(void *ctx, unsigned int pin, bool level)
{
	struct line_watch *watch = ctx;

	watch->calls++;
	watch->pin = pin;
	watch->level = level;
}

static void line_watch_eoi(void *ctx, unsigned int pin)
{
	struct line_watch *watch = ctx;

	watch->eois++;
	watch->pin = pin;
}

static int line_watch(struct keel_line *line, struct line_watch *watch, unsigned int pin)
{
	struct keel_target target = {
		.set = line_watch_set, .eoi = line_watch_eoi, .ctx = watch, .pin = pin,
	};

	return keel_line_attach(line, &target);
}

static void line_is_or_of_sources(struct kunit *test)
{
	struct line_watch watch = { };
	struct keel_wire a = { }, b = { };
	struct keel_line line = { };

	ok(keel_line_connect(&line, &a));
	ok(keel_line_connect(&line, &b));
	is(line_watch(&line, &watch, 7), 0);
	is(watch.calls, 0);
	keel_line_set(&a, true);
	is(watch.level, 1);
	is(watch.pin, 7);
	keel_line_set(&b, true);
	is(watch.calls, 1);
	keel_line_set(&a, false);
	is(watch.level, 1);
	is(watch.calls, 1);
	keel_line_set(&b, false);
	is(watch.level, 0);
	is(watch.calls, 2);
	is(line.asserts, 1);
	is(line.sets, 4);
}

static void line_is_idempotent(struct kunit *test)
{
	struct line_watch watch = { };
	struct keel_wire a = { };
	struct keel_line line = { };

	keel_line_connect(&line, &a);
	line_watch(&line, &watch, 0);
	keel_line_set(&a, false);
	is(watch.calls, 0);
	keel_line_set(&a, true);
	keel_line_set(&a, true);
	is(watch.calls, 1);
	is(line.sets, 1);
	is(line.asserts, 1);
}

static void line_tells_late_target(struct kunit *test)
{
	struct line_watch early = { }, late = { };
	struct keel_wire a = { };
	struct keel_line line = { };

	keel_line_connect(&line, &a);
	line_watch(&line, &early, 0);
	keel_line_set(&a, true);
	line_watch(&line, &late, 3);
	is(late.calls, 1);
	is(late.level, 1);
	is(late.pin, 3);
	is(early.calls, 1);
}

/* While a source has taken the line, what the others want is only remembered. */
static void line_is_taken(struct kunit *test)
{
	struct keel_wire a = { }, b = { };
	struct line_watch watch = { };
	struct keel_line line = { };

	keel_line_connect(&line, &a);
	keel_line_connect(&line, &b);
	line_watch(&line, &watch, 0);
	keel_line_set(&a, true);
	keel_line_take(&b, true);
	is(watch.level, 0);
	is(watch.calls, 2);
	keel_line_set(&a, false);
	keel_line_set(&a, true);
	is(watch.calls, 2);
	keel_line_set(&b, true);
	is(watch.level, 1);
	is(line.asserts, 2);
	keel_line_take(&b, true);
	keel_line_take(&b, false);
	is(watch.calls, 3);
	keel_line_set(&b, false);
	is(watch.level, 1);
	is(watch.calls, 3);
	is(line.sources, BIT(a.bit));
}

static void line_detached(struct kunit *test)
{
	struct keel_wire wire = { };

	keel_line_set(&wire, true);
	keel_line_set(&wire, false);
	keel_line_take(&wire, true);
	ok(!wire.line);
}

static void line_is_full(struct kunit *test)
{
	struct keel_wire wires[KEEL_LINE_SOURCES + 1] = { };
	struct line_watch watch = { };
	struct keel_line line = { };
	unsigned int i;

	for (i = 0; i < KEEL_LINE_SOURCES; i++)
		ok(keel_line_connect(&line, &wires[i]));
	ok(!keel_line_connect(&line, &wires[i]));
	keel_line_set(&wires[KEEL_LINE_SOURCES - 1], true);
	is(keel_line_level(&line), 1);
	for (i = 0; i < KEEL_LINE_TARGETS; i++)
		is(line_watch(&line, &watch, i), 0);
	is(line_watch(&line, &watch, i), -ENOSPC);
}

static void line_calls_eoi(struct kunit *test)
{
	struct keel_line *line = &H->board->lines[7];
	struct line_watch watch = { };

	line_watch(line, &watch, 5);
	keel_line_eoi(H->board->ioapic, 7);
	line->nr_targets--;	/* the restored board has no such target */
	is(watch.eois, 1);
	is(watch.pin, 5);
	is(line->eois, 1);
	is(watch.calls, 0);
}

static void line_isa_to_gsi(struct kunit *test)
{
	is(keel_isa_to_gsi(0), 2);
	is(keel_isa_to_gsi(1), 1);
	is(keel_isa_to_gsi(2), -1);
	is(keel_isa_to_gsi(15), 15);
	is(keel_isa_to_gsi(23), 23);
	is(keel_isa_to_gsi(KEEL_LINE_INTR), -1);
}

/* ---- Time ---- */

static void door_never_goes_back(struct kunit *test)
{
	advance(1000000);
	keel_board_expire(H->board);
	is(H->board->host.now, 1000000);
	H->now = 999;
	keel_board_expire(H->board);
	is(H->board->host.now, 1000000);
	H->now = 1000000;
}

static void door_arm_earliest(struct kunit *test)
{
	struct keel_dev *pit = keel_board_find(H->board, KEEL_CLASS_PIT, 0);
	struct keel_dev *rtc = keel_board_find(H->board, KEEL_CLASS_RTC, 0);

	keel_arm(pit, 0, 5000);
	keel_arm(rtc, 0, 3000);
	is(H->board->next, 3000);
	keel_arm(rtc, 0, 9000);
	is(H->board->next, 5000);
	is(keel_deadline(rtc, 0), 9000);
	keel_arm(pit, 0, KEEL_NEVER);
	is(H->board->next, 9000);
	keel_arm(rtc, 0, KEEL_NEVER);
}

static void door_tells_host_once(struct kunit *test)
{
	struct keel_dev *rtc = keel_board_find(H->board, KEEL_CLASS_RTC, 0);

	keel_arm(rtc, 0, 7000);
	keel_board_expire(H->board);
	is(H->deadline, 7000);
	H->deadline = 1;	/* a marker that an unchanged deadline leaves alone */
	in(0x80);
	is(H->deadline, 1);
	keel_arm(rtc, 0, KEEL_NEVER);
	in(0x80);
	is(H->deadline, KEEL_NEVER);
}

static void door_counts_late(struct kunit *test)
{
	struct keel_dev *rtc = keel_board_find(H->board, KEEL_CLASS_RTC, 0);
	u64 late = H->board->late, expired = H->board->expired;

	keel_arm(rtc, 0, H->now + 1000);
	keel_board_expire(H->board);
	jump(1000 + 50000);
	is(H->board->late, late);
	keel_arm(rtc, 0, H->now + 1000);
	keel_board_expire(H->board);
	jump(1000 + 50001);
	is(H->board->late, late + 1);
	is(H->board->expired, expired + 2);
}

static void door_without_input(struct kunit *test)
{
	struct keel_dev *pic = keel_board_find(H->board, KEEL_CLASS_PIC, 0);

	is(keel_board_host(H->board, pic, 0, 0), -1);
}

static void door_without_controllers(struct kunit *test)
{
	struct keel_dev *pic = H->board->pic, *ioapic = H->board->ioapic;

	H->board->pic = NULL;
	H->board->ioapic = NULL;
	is(ack(), -1);
	eoi(0x31);
	is(H->board->eois, 1);
	is(H->board->acks, 1);
	H->board->pic = pic;
	H->board->ioapic = ioapic;
}

static void clock_muldiv(struct kunit *test)
{
	is(keel_muldiv(1000000000, 105, 88000), 1193181);
	is(keel_muldiv(88000, 105, 88000), 105);
	is(keel_muldiv_up(1, 88000, 105), 839);
	is(keel_muldiv(86400ULL * 1000000000, 105, 88000), 103090909090ULL);
	/* a product that does not fit 64 bits */
	is(keel_muldiv(1ULL << 62, 105, 88000), 5502579908350860ULL);
	is(keel_muldiv(0, 105, 88000), 0);
}

/* ---- Reset and statistics ---- */

static void board_reset_all(struct kunit *test)
{
	out(0x3fb, 0x1b);
	out(0x21, 0x55);
	whole_reset(H->board);
	is(in(0x3fb), 0);
	is(in(0x21), 0);
}

static u64 stat_of(struct kunit *test, const char *device, const char *name)
{
	unsigned int i, nr = whole_stats(H->board, NULL, 0);
	struct keel_stat *stats = kunit_kzalloc(test, nr * sizeof(*stats), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, stats);
	is(whole_stats(H->board, stats, nr), nr);
	for (i = 0; i < nr; i++)
		if (!strcmp(stats[i].device, device) && !strcmp(stats[i].name, name))
			return stats[i].value;
	return U64_MAX;
}

static void stats_count(struct kunit *test)
{
	u64 before = stat_of(test, "uart1", "regs.writes");

	KUNIT_ASSERT_NE(test, before, U64_MAX);
	out(0x2ff, 1);
	is(stat_of(test, "uart1", "regs.writes"), before + 1);
	in(0x1111);
	is(stat_of(test, "board", "unmapped_pio.reads"), 1);
	is(stat_of(test, "line4", "asserts"), 0);
	is(stat_of(test, "line5", "no such counter"), U64_MAX);
}

static void stats_room(struct kunit *test)
{
	struct keel_stat stats[3] = { };
	unsigned int nr = whole_stats(H->board, stats, 2);

	ok(nr > 2);
	ok(stats[1].name[0]);
	ok(!stats[2].name[0]);
}

static struct kunit_case board_cases[] = {
	KUNIT_CASE(class_has_its_model),
	KUNIT_CASE(board_size_refuses),
	KUNIT_CASE(board_build_refuses),
	KUNIT_CASE(board_base_out_of_space),
	KUNIT_CASE(board_line_out_of_range),
	KUNIT_CASE(board_keeps_intr_apart),
	KUNIT_CASE(board_asks_the_models),
	KUNIT_CASE(board_reports_ports),
	KUNIT_CASE(board_reports_memory),
	KUNIT_CASE(board_reports_lines),
	KUNIT_CASE(board_lets_probes_share),
	KUNIT_CASE(board_reports_names),
	KUNIT_CASE(board_reports_all),
	KUNIT_CASE(board_finds_devices),
	KUNIT_CASE(board_moved_instance_answers),
	KUNIT_CASE(bus_unmapped),
	KUNIT_CASE(bus_keeps_unmapped_addresses),
	KUNIT_CASE(bus_tells_news),
	KUNIT_CASE(bus_splits_wide),
	KUNIT_CASE(bus_straddles_end),
	KUNIT_CASE(bus_straddles_start),
	KUNIT_CASE(bus_top_of_ports),
	KUNIT_CASE(bus_eight_bytes),
	KUNIT_CASE(bus_finds_each_region),
	KUNIT_CASE(bus_stays_sorted),
	KUNIT_CASE(line_is_or_of_sources),
	KUNIT_CASE(line_is_idempotent),
	KUNIT_CASE(line_tells_late_target),
	KUNIT_CASE(line_is_taken),
	KUNIT_CASE(line_detached),
	KUNIT_CASE(line_is_full),
	KUNIT_CASE(line_calls_eoi),
	KUNIT_CASE(line_isa_to_gsi),
	KUNIT_CASE(door_never_goes_back),
	KUNIT_CASE(door_arm_earliest),
	KUNIT_CASE(door_tells_host_once),
	KUNIT_CASE(door_counts_late),
	KUNIT_CASE(door_without_input),
	KUNIT_CASE(door_without_controllers),
	KUNIT_CASE(clock_muldiv),
	KUNIT_CASE(board_reset_all),
	KUNIT_CASE(stats_count),
	KUNIT_CASE(stats_room),
	{ }
};

static struct kunit_suite board_suite = {
	.name = "keel-board",
	.init = board_test_init,
	.exit = harness_exit,
	.test_cases = board_cases,
};

kunit_test_suites(&board_suite);
