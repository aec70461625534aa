// SPDX-License-Identifier: GPL-2.0
/* Transcripts for devices/pci/hotplug.c. */
#include "harness.h"
#include "../devices/pci/pci.h"

#define TEST	5	/* slots: there from the start, */
#define SPARE	6	/* to come, */
#define VACANT	7	/* and without a device */
#define FIXED	8	/* not the controller's */

#define INSERTED	(KEEL_HOTPLUG_PORT + KEEL_HOTPLUG_INSERTED)
#define WANTED		(KEEL_HOTPLUG_PORT + KEEL_HOTPLUG_WANTED)
#define EJECT		(KEEL_HOTPLUG_PORT + KEEL_HOTPLUG_EJECT)
#define SLOTS		(KEEL_HOTPLUG_PORT + KEEL_HOTPLUG_SLOTS)

#define CFG(slot, reg)	(KEEL_PCI_ECAM | (slot) << 15 | (reg))
#define IDS		(KEEL_PCITEST_DEVICE << 16 | KEEL_PCITEST_VENDOR)
#define NONE		0xffffffff
#define MEM		0xe8000000

static const struct keel_device_config hotplug_devices[] = {
	{ .class = KEEL_CLASS_HOTPLUG, .irq = KEEL_IRQ_DEFAULT,
	  .hotplug.slots = BIT(TEST) | BIT(SPARE) | BIT(VACANT),
	  .hotplug.present = BIT(TEST) | BIT(VACANT) },
	{ .class = KEEL_CLASS_PCIHOST, .irq = KEEL_IRQ_DEFAULT },
	{ .class = KEEL_CLASS_PCITEST, .irq = KEEL_IRQ_DEFAULT, .pcitest.slot = TEST },
	{ .class = KEEL_CLASS_PCITEST, .instance = 1, .irq = KEEL_IRQ_DEFAULT,
	  .pcitest.slot = SPARE },
	{ .class = KEEL_CLASS_PCITEST, .instance = 2, .irq = KEEL_IRQ_DEFAULT,
	  .pcitest.slot = FIXED },
	{ .class = KEEL_CLASS_VIRTIO_PCI, .irq = KEEL_IRQ_DEFAULT, .virtio.slot = 9,
	  .virtio.type = KEEL_VIRTIO_RNG, .virtio.flags = KEEL_VIRTIO_NOTIFY_MEMORY },
};

#define plug(slot)	host(KEEL_CLASS_HOTPLUG, KEEL_INPUT_PLUG, (slot))
#define unplug(slot)	host(KEEL_CLASS_HOTPLUG, KEEL_INPUT_UNPLUG, (slot))
#define pull(slot)	host(KEEL_CLASS_HOTPLUG, KEEL_INPUT_PULL, (slot))

static u64 hotplug_count(struct kunit *test, const char *label)
{
	struct keel_dev *dev = keel_board_find(H->board, KEEL_CLASS_HOTPLUG, 0);
	unsigned int i;

	for (i = 0; i < dev->ops->nr_counters; i++)
		if (!strcmp(dev->ops->counters[i].label, label))
			return *(u64 *)((void *)dev + dev->ops->counters[i].offset);
	return U64_MAX;
}

#define count(label)	hotplug_count(test, (label))

/* A function in use: it decodes memory, and asks for an interrupt. */
static void hotplug_use(struct kunit *test, unsigned int slot)
{
	wr(CFG(slot, 0x10), MEM, 4);
	wr(CFG(slot, 4), 2, 2);
	wr(MEM | KEEL_PCITEST_SCRATCH, 0x1234, 4);
	wr(MEM | KEEL_PCITEST_INTX, 1, 4);
}

static void hotplug_absent_is_all_ones(struct kunit *test)
{
	is(rd(CFG(TEST, 0), 4), IDS);
	is(rd(CFG(FIXED, 0), 4), IDS);
	is(rd(CFG(SPARE, 0), 4), NONE);
	is(rd(CFG(SPARE, 0x3d), 1), 0xff);
	out32(0xcf8, 0x80000000 | SPARE << 11);
	is(in32(0xcfc), NONE);
	hotplug_use(test, SPARE);
	is(rd(MEM, 4), NONE);
	is(in32(SLOTS), BIT(TEST) | BIT(SPARE) | BIT(VACANT));
	is(in32(EJECT), BIT(TEST));
	is(in32(INSERTED), 0);
	is(in32(WANTED), 0);
}

static void hotplug_comes(struct kunit *test)
{
	is(plug(SPARE), 0);
	is(rd(CFG(SPARE, 0), 4), IDS);
	is(rd(CFG(SPARE, 4), 2), 0);
	is(rd(CFG(SPARE, 0x10), 4), 0xc);
	is(in32(EJECT), BIT(TEST) | BIT(SPARE));
	is(in32(INSERTED), BIT(SPARE));
	is(in(INSERTED), BIT(SPARE));
	is(in(INSERTED + 1), 0);
	out32(INSERTED, BIT(TEST));
	is(in32(INSERTED), BIT(SPARE));
	out32(INSERTED, BIT(SPARE));
	is(in32(INSERTED), 0);
	hotplug_use(test, SPARE);
	is(rd(MEM, 4), 0x1234);
	is(H->nr_events, 0);
	is(count("plugged"), 1);
}

static void hotplug_leaves_when_asked(struct kunit *test)
{
	hotplug_use(test, TEST);
	is(line(16 + TEST % 4), 1);
	is(unplug(TEST), 0);
	is(in32(WANTED), BIT(TEST));
	is(rd(MEM, 4), 0x1234);
	is(unplug(TEST), 0);
	is(count("asked"), 2);
	out32(EJECT, BIT(TEST));
	is(H->nr_events, 1);
	is(H->event, KEEL_EVENT_EJECTED);
	is(H->arg, TEST);
	is(in32(WANTED), 0);
	is(in32(EJECT), 0);
	is(rd(MEM, 4), NONE);
	is(line(16 + TEST % 4), 0);
	is(rd(CFG(TEST, 0), 4), NONE);
	is(count("ejected"), 1);
	/* It comes back as after a reset. */
	is(plug(TEST), 0);
	is(rd(CFG(TEST, 4), 2), 0);
	hotplug_use(test, TEST);
	is(rd(MEM, 4), 0x1234);
}

/* A guest may eject unasked, several at once, and what is not there. */
static void hotplug_guest_ejects(struct kunit *test)
{
	is(plug(SPARE), 0);
	out32(EJECT, NONE);
	is(H->nr_events, 2);
	is(in32(EJECT), 0);
	is(rd(CFG(FIXED, 0), 4), IDS);
	is(count("ignored"), 1);
	out32(EJECT, BIT(SPARE));
	out32(EJECT, 0);
	out32(SLOTS, 0);
	out32(WANTED, NONE);
	is(H->nr_events, 2);
	is(count("ignored"), 5);
}

static void hotplug_is_pulled(struct kunit *test)
{
	hotplug_use(test, TEST);
	is(pull(TEST), 0);
	is(rd(MEM, 4), NONE);
	is(rd(CFG(TEST, 0), 4), NONE);
	is(H->nr_events, 1);
	is(count("pulled"), 1);
	is(count("ejected"), 0);
}

static void hotplug_refuses(struct kunit *test)
{
	is(plug(TEST), (u64)-1);
	is(plug(VACANT), (u64)-1);
	is(plug(FIXED), (u64)-1);
	is(plug(0), (u64)-1);
	is(plug(32), (u64)-1);
	is(plug(BIT_ULL(32) | SPARE), (u64)-1);
	is(unplug(SPARE), (u64)-1);
	is(unplug(VACANT), (u64)-1);
	is(pull(SPARE), (u64)-1);
	is(host(KEEL_CLASS_HOTPLUG, KEEL_INPUT_PULL + 1, TEST), (u64)-1);
	is(H->nr_events, 0);
}

/* What is plugged stays, what is to leave is gone, and the news are old. */
static void hotplug_reset_completes(struct kunit *test)
{
	is(plug(SPARE), 0);
	is(unplug(TEST), 0);
	whole_reset(H->board);
	is(in32(EJECT), BIT(SPARE));
	is(in32(WANTED), 0);
	is(in32(INSERTED), 0);
	is(rd(CFG(TEST, 0), 4), NONE);
	is(rd(CFG(SPARE, 0), 4), IDS);
	is(H->nr_events, 1);
	is(H->arg, TEST);
}

/* A plug of a function that a restore left in use finds it as after a reset, too. */
static void hotplug_restored(struct kunit *test)
{
	struct harness *other = harness_clone(test);

	is(plug(SPARE), 0);
	hotplug_use(test, SPARE);
	is(unplug(TEST), 0);
	is(harness_copy(test, H, other), 0);
	is(harness_in(other, KEEL_PIO, EJECT, 4), BIT(TEST) | BIT(SPARE));
	is(harness_in(other, KEEL_PIO, WANTED, 4), BIT(TEST));
	is(harness_in(other, KEEL_PIO, INSERTED, 4), BIT(SPARE));
	is(harness_in(other, KEEL_MMIO, MEM, 4), 0x1234);
	is(other->nr_events, 0);
}

static bool hotplug_good(struct kunit *test, u32 present, u32 inserted, u32 wanted, u32 pad)
{
	const struct keel_dev *dev = keel_board_find(H->board, KEEL_CLASS_HOTPLUG, 0);
	const struct keel_hotplug_state s = { present, inserted, wanted, pad };

	return keel_hotplug_ops.check(dev, &s, 0);
}

static void hotplug_checks_states(struct kunit *test)
{
	ok(hotplug_good(test, 0, 0, 0, 0));
	ok(hotplug_good(test, BIT(TEST) | BIT(SPARE), BIT(TEST), BIT(SPARE), 0));
	ok(!hotplug_good(test, BIT(VACANT), 0, 0, 0));
	ok(!hotplug_good(test, BIT(FIXED), 0, 0, 0));
	ok(!hotplug_good(test, 1, 0, 0, 0));
	ok(!hotplug_good(test, BIT(TEST), BIT(SPARE), 0, 0));
	ok(!hotplug_good(test, BIT(TEST), 0, BIT(SPARE), 0));
	ok(!hotplug_good(test, 0, 0, 0, 1));
}

/* A record of a state. */
static void *hotplug_record(struct keel_state_header *header, unsigned int class,
			    unsigned int instance)
{
	struct keel_state_record *record = (void *)(header + 1);

	while (record->class != class || record->instance != instance)
		record = (void *)(record + 1) + ((record->length + 7) & ~7UL);
	return record + 1;
}

/* Is a state with these configurations refused, and for the absent function? */
static bool hotplug_refused(struct kunit *test, const struct keel_pci_state *present,
			    const struct keel_pci_state *absent)
{
	size_t size = keel_board_state_size(H->board);
	struct keel_state_header *header = kunit_kzalloc(test, size, GFP_KERNEL);
	u32 record;
	int ret;

	KUNIT_ASSERT_NOT_NULL(test, header);
	whole_save(H->board, header);
	/* It is the first part of each function's state. */
	memcpy(hotplug_record(header, KEEL_CLASS_PCITEST, 0), present, sizeof(*present));
	memcpy(hotplug_record(header, KEEL_CLASS_PCITEST, 1), absent, sizeof(*absent));
	keel_board_seal(H->board, header);
	ret = keel_board_check(H->board, header, size, &record);
	return ret == KEEL_STATE_VALUE_BAD && record == 4;
}

/* A guest cannot have written to the configuration of an absent function. */
static void hotplug_checks_absent_functions(struct kunit *test)
{
	const struct keel_pci_state reset = {};
	const struct keel_pci_state states[] = {
		{ .command = 2 }, { .bar[0] = MEM }, { .interrupt_line = 11 },
		{ .command = 2, .bar[0] = MEM },
	};
	unsigned int i;

	ok(!hotplug_refused(test, &reset, &reset));
	for (i = 0; i < ARRAY_SIZE(states); i++) {
		ok(!hotplug_refused(test, &states[i], &reset));
		ok(hotplug_refused(test, &reset, &states[i]));
	}
}

static bool hotplug_takes(struct kunit *test, struct keel_device_config config)
{
	struct keel_dev *dev = keel_board_find(H->board, KEEL_CLASS_HOTPLUG, 0);

	return keel_hotplug_ops.configure(dev, &config);
}

static void hotplug_checks_configs(struct kunit *test)
{
	const struct keel_device_config good = hotplug_devices[0];
	struct keel_device_config config = good;

	config.hotplug.slots |= 1;
	ok(!hotplug_takes(test, config));
	config = good;
	config.hotplug.present |= BIT(FIXED);
	ok(!hotplug_takes(test, config));
	config = good;
	config.instance = 1;
	ok(!hotplug_takes(test, config));
	config = good;
	config.pad[47] = 1;
	ok(!hotplug_takes(test, config));
	ok(hotplug_takes(test, good));
}

static int hotplug_init(struct kunit *test)
{
	return harness_init(test, hotplug_devices, ARRAY_SIZE(hotplug_devices));
}

static struct kunit_case hotplug_cases[] = {
	KUNIT_CASE(hotplug_absent_is_all_ones),
	KUNIT_CASE(hotplug_comes),
	KUNIT_CASE(hotplug_leaves_when_asked),
	KUNIT_CASE(hotplug_guest_ejects),
	KUNIT_CASE(hotplug_is_pulled),
	KUNIT_CASE(hotplug_refuses),
	KUNIT_CASE(hotplug_reset_completes),
	KUNIT_CASE(hotplug_restored),
	KUNIT_CASE(hotplug_checks_states),
	KUNIT_CASE(hotplug_checks_absent_functions),
	KUNIT_CASE(hotplug_checks_configs),
	{}
};

static struct kunit_suite hotplug_suite = {
	.name = "keel-hotplug",
	.init = hotplug_init,
	.exit = harness_exit,
	.test_cases = hotplug_cases,
};

kunit_test_suites(&hotplug_suite);
