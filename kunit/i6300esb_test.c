// SPDX-License-Identifier: GPL-2.0
/* Transcripts for devices/pci/i6300esb.c (Intel 6300ESB datasheet 300641, chapter 16). */
#include "harness.h"

#define SLOT	KEEL_I6300ESB_SLOT
#define CFG(reg)	(KEEL_PCI_ECAM | SLOT << 15 | (reg))
#define BASE	0xe8000000
#define INTA	17	/* PIRQ (29 + 1 - 1) mod 4 */

#define SLOW	983040ULL	/* a tick, ns */
#define FAST	960ULL

#define PRELOAD_1	0x0
#define PRELOAD_2	0x4
#define GINTSR		0x8
#define RELOAD		0xc

#define CONFIG		0x60
#define LOCK		0x68

#define ENABLE	2
#define LOCKED	1
#define FREE	4
#define NO_INT	3
#define QUICK	4
#define NO_OUT	0x20

static const struct keel_device_config i6300esb_devices[] = {
	{ .class = KEEL_CLASS_PCIHOST, .irq = KEEL_IRQ_DEFAULT },
	{ .class = KEEL_CLASS_I6300ESB, .irq = KEEL_IRQ_DEFAULT, .pci.slot = SLOT },
};

static u64 i6300esb_count(struct kunit *test, const char *label)
{
	struct keel_dev *dev = keel_board_find(H->board, KEEL_CLASS_I6300ESB, 0);
	unsigned int i;

	for (i = 0; i < dev->ops->nr_counters; i++)
		if (!strcmp(dev->ops->counters[i].label, label))
			return *(u64 *)((void *)dev + dev->ops->counters[i].offset);
	return U64_MAX;
}

#define count(label)	i6300esb_count(test, (label))

static void i6300esb_unlock(struct kunit *test)
{
	wr(BASE | RELOAD, 0x80, 2);
	wr(BASE | RELOAD, 0x86, 2);
}

static void i6300esb_preload(struct kunit *test, u32 first, u32 second)
{
	i6300esb_unlock(test);
	wr(BASE | PRELOAD_1, first, 4);
	i6300esb_unlock(test);
	wr(BASE | PRELOAD_2, second, 4);
}

static void i6300esb_reload(struct kunit *test)
{
	i6300esb_unlock(test);
	wr(BASE | RELOAD, 0x100, 2);
}

#define unlock()		i6300esb_unlock(test)
#define preload(first, second)	i6300esb_preload(test, (first), (second))
#define reload()		i6300esb_reload(test)

static void i6300esb_is_a_function(struct kunit *test)
{
	is(rd(CFG(0), 4), 0x25ab8086);
	is(rd(CFG(8), 4), 0x08800002);
	is(rd(CFG(0x3c), 2), 0x100);
	wr(CFG(0x10), 0xffffffff, 4);
	is(rd(CFG(0x10), 4), 0xfffffff0);
	is(rd(CFG(0x34), 1), 0);
}

static void i6300esb_config_registers(struct kunit *test)
{
	is(rd(CFG(CONFIG), 4), 0);
	wr(CFG(CONFIG), 0xffff, 2);
	is(rd(CFG(CONFIG), 2), 0x27);
	wr(CFG(CONFIG), 0, 1);
	is(rd(CFG(CONFIG), 4), 0);
	wr(CFG(CONFIG + 1), 0xff, 1);
	is(rd(CFG(CONFIG), 4), 0);
	wr(CFG(0x64), 0xffffffff, 4);
	is(rd(CFG(0x64), 4), 0);
	wr(CFG(LOCK), 0xfc, 1);
	is(rd(CFG(LOCK), 4), 4);
	is(rd(CFG(0x6c), 4), 0);
	is(rd(CFG(0x5c), 4), 0);
}

/* Each write of a locked register needs the sequence anew, and nothing in between. */
static void i6300esb_registers_are_locked(struct kunit *test)
{
	is(rd(BASE | PRELOAD_1, 4), 0xfffff);
	wr(BASE | PRELOAD_1, 5, 4);
	is(rd(BASE | PRELOAD_1, 4), 0xfffff);
	is(count("locked_writes"), 1);
	unlock();
	wr(BASE | PRELOAD_1, 0xffc12345, 4);
	is(rd(BASE | PRELOAD_1, 4), 0x12345);
	wr(BASE | PRELOAD_1, 5, 4);
	is(rd(BASE | PRELOAD_1, 4), 0x12345);
	wr(BASE | RELOAD, 0x86, 2);
	wr(BASE | PRELOAD_1, 5, 4);
	is(rd(BASE | PRELOAD_1, 4), 0x12345);
	wr(BASE | RELOAD, 0x80, 2);
	wr(BASE | PRELOAD_1, 5, 4);
	wr(BASE | RELOAD, 0x86, 2);
	wr(BASE | PRELOAD_1, 5, 4);
	is(rd(BASE | PRELOAD_1, 4), 0x12345);
	unlock();
	wr(BASE | PRELOAD_1, 0xab, 1);	/* byte lanes */
	is(rd(BASE | PRELOAD_1, 4), 0x123ab);
	is(rd(BASE | PRELOAD_1 | 1, 1), 0x23);
	is(rd(BASE | PRELOAD_2, 4), 0xfffff);
	is(rd(BASE | RELOAD, 4), 0);
}

static void i6300esb_has_two_stages(struct kunit *test)
{
	preload(9, 19);
	is(H->deadline, KEEL_NEVER);
	wr(CFG(LOCK), ENABLE, 1);
	is(H->deadline, H->now + 10 * SLOW);
	advance(10 * SLOW - 1);
	is(rd(BASE | GINTSR, 4), 0);
	is(line(INTA), 0);
	advance(1);
	is(line(INTA), 1);
	is(rd(CFG(6), 2) & 8, 8);
	is(rd(BASE | GINTSR, 4), 1);
	is(H->deadline, H->now + 20 * SLOW);
	is(H->nr_events, 0);
	wr(BASE | GINTSR, 0, 4);
	is(line(INTA), 1);
	wr(BASE | GINTSR, 1, 4);
	is(line(INTA), 0);
	advance(20 * SLOW - 1);
	is(rd(BASE | RELOAD, 2), 0);
	is(H->nr_events, 0);
	advance(1);
	is(H->nr_events, 1);
	is(H->event, KEEL_EVENT_WATCHDOG);
	is(rd(BASE | RELOAD, 2), 0x200);
	is(rd(BASE | RELOAD | 1, 1), 2);
	is(H->deadline, KEEL_NEVER);
	is(count("interrupts"), 1);
	is(count("timeouts"), 1);
}

static void i6300esb_is_kept_from_it_by_reloads(struct kunit *test)
{
	unsigned int i;

	preload(9, 9);
	wr(CFG(LOCK), ENABLE, 1);
	for (i = 0; i < 100; i++) {
		advance(19 * SLOW);
		reload();
		is(H->deadline, H->now + 10 * SLOW + (line(INTA) ? 10 * SLOW : 0));
		wr(BASE | GINTSR, 1, 4);
		is(H->deadline, H->now + 10 * SLOW);
	}
	is(H->nr_events, 0);
	is(count("reloads"), 100);
	is(count("interrupts"), 100);
}

/* An interrupt that nobody wants is no output: only the end of both stages is armed. */
static void i6300esb_without_interrupt(struct kunit *test)
{
	preload(9, 19);
	wr(CFG(CONFIG), NO_INT, 2);
	wr(CFG(LOCK), ENABLE, 1);
	is(H->deadline, H->now + 30 * SLOW);
	advance(10 * SLOW);
	is(rd(BASE | GINTSR, 4), 1);
	is(line(INTA), 0);
	is(H->deadline, H->now + 20 * SLOW);
	wr(CFG(CONFIG), 0, 2);
	is(line(INTA), 1);
	wr(CFG(CONFIG), 2, 2);	/* SMI */
	is(line(INTA), 0);
	advance(20 * SLOW);
	is(H->nr_events, 1);
}

static void i6300esb_clocks(struct kunit *test)
{
	wr(CFG(CONFIG), NO_INT | QUICK, 2);
	preload(0, 0);
	wr(CFG(LOCK), ENABLE, 1);
	is(H->deadline, H->now + 2 * FAST);
	wr(CFG(LOCK), 0, 1);
	is(H->deadline, KEEL_NEVER);
	preload(0xfffff, 0xfffff);
	wr(CFG(LOCK), ENABLE, 1);
	is(H->deadline, H->now + BIT_ULL(21) * FAST);
	/* The stage that runs stays as it is, the next one does not. */
	wr(CFG(CONFIG), NO_INT, 2);
	is(H->deadline, H->now + BIT_ULL(20) * (FAST + SLOW));
	preload(4, 4);
	is(H->deadline, H->now + BIT_ULL(20) * FAST + 5 * SLOW);
	reload();
	is(H->deadline, H->now + 10 * SLOW);
}

/* A host that is late by a year finds both stages at once, each at its time. */
static void i6300esb_late_host(struct kunit *test)
{
	preload(9, 9);
	wr(CFG(LOCK), ENABLE, 1);
	jump(365 * 86400 * 1000000000ULL);
	is(H->nr_events, 1);
	is(line(INTA), 1);
	is(rd(BASE | RELOAD, 2), 0x200);
	is(count("interrupts"), 1);
	is(H->deadline, KEEL_NEVER);
}

static void i6300esb_output_can_be_off(struct kunit *test)
{
	preload(9, 9);
	wr(CFG(CONFIG), NO_INT | NO_OUT, 2);
	wr(CFG(LOCK), ENABLE, 1);
	is(H->deadline, KEEL_NEVER);
	advance(20 * SLOW - 1);
	is(rd(BASE | RELOAD, 2), 0);
	advance(1);
	is(rd(BASE | RELOAD, 2), 0x200);
	is(H->nr_events, 0);
	is(count("silent"), 1);
	wr(CFG(CONFIG), NO_INT, 2);
	is(H->deadline, KEEL_NEVER);
	is(H->nr_events, 0);
}

static void i6300esb_timeout_is_cleared(struct kunit *test)
{
	preload(0, 0);
	wr(CFG(LOCK), ENABLE, 1);
	advance(2 * SLOW);
	is(rd(BASE | RELOAD, 2), 0x200);
	wr(BASE | RELOAD, 0x200, 2);	/* locked */
	is(rd(BASE | RELOAD, 2), 0x200);
	unlock();
	wr(BASE | RELOAD, 0x200, 2);
	is(rd(BASE | RELOAD, 2), 0);
	is(H->deadline, KEEL_NEVER);
}

/* A host that lets the board go on hears of the next time-out as well. */
static void i6300esb_goes_on(struct kunit *test)
{
	preload(0, 0);
	wr(CFG(LOCK), ENABLE, 1);
	advance(100 * SLOW);
	is(H->nr_events, 1);
	reload();
	is(H->nr_events, 1);
	advance(2 * SLOW);
	is(H->nr_events, 2);
	is(count("timeouts"), 2);
}

/* A second of toggles is one event, and costs what one toggle does. */
static void i6300esb_runs_free(struct kunit *test)
{
	preload(77, 1);
	wr(CFG(CONFIG), QUICK, 2);
	wr(CFG(LOCK), ENABLE | FREE, 1);
	is(H->deadline, H->now + 2 * FAST);
	advance(2 * FAST);
	is(H->nr_events, 1);
	is(H->deadline, KEEL_NEVER);
	is(line(INTA), 0);
	is(rd(BASE | GINTSR, 4), 0);
	unlock();
	wr(BASE | RELOAD, 0x200, 2);
	is(rd(BASE | RELOAD, 2), 0);
	advance(2 * FAST - 1);
	is(rd(BASE | RELOAD, 2), 0);
	advance(1);
	is(rd(BASE | RELOAD, 2), 0x200);
	unlock();
	wr(BASE | RELOAD, 0x200, 2);
	jump(1000000007);
	is(rd(BASE | RELOAD, 2), 0x200);
	is(H->nr_events, 1);
	reload();
	is(H->deadline, H->now + 2 * FAST);
	wr(CFG(LOCK), 0, 1);
	is(H->deadline, KEEL_NEVER);
}

static void i6300esb_can_be_locked(struct kunit *test)
{
	preload(9, 9);
	wr(CFG(LOCK), ENABLE | LOCKED, 1);
	wr(CFG(LOCK), 0, 1);
	is(rd(CFG(LOCK), 1), ENABLE | LOCKED);
	is(count("locked_writes"), 1);
	is(H->deadline, H->now + 10 * SLOW);
	whole_reset(H->board);
	is(rd(CFG(LOCK), 1), 0);
	is(H->deadline, KEEL_NEVER);
}

static void i6300esb_disabled_is_still(struct kunit *test)
{
	preload(9, 9);
	reload();
	is(H->deadline, KEEL_NEVER);
	is(count("reloads"), 0);
	wr(CFG(LOCK), ENABLE, 1);
	advance(5 * SLOW);
	wr(CFG(LOCK), ENABLE, 1);	/* it is already */
	is(H->deadline, H->now + 5 * SLOW);
	wr(CFG(LOCK), 0, 1);
	jump(100 * SLOW);
	is(rd(BASE | GINTSR, 4), 0);
	is(H->nr_events, 0);
}

/* The reset that a time-out brings leaves its reason, and nothing else. */
static void i6300esb_survives_a_reset(struct kunit *test)
{
	preload(0, 0);
	wr(CFG(CONFIG), QUICK, 2);
	wr(CFG(LOCK), ENABLE | LOCKED, 1);
	advance(2 * FAST);
	whole_reset(H->board);
	is(line(INTA), 0);
	is(rd(CFG(CONFIG), 4), 0);
	is(rd(CFG(LOCK), 4), 0);
	wr(CFG(0x10), BASE, 4);
	wr(CFG(4), 2, 2);
	is(rd(BASE | RELOAD, 2), 0x200);
	is(rd(BASE | PRELOAD_1, 4), 0xfffff);
	is(rd(BASE | GINTSR, 4), 0);
}

/* Restored amid stage 1 and 2, it ends when it would have. */
static void i6300esb_goes_on_elsewhere(struct kunit *test)
{
	struct harness *other = harness_clone(test);

	preload(9, 9);
	wr(CFG(LOCK), ENABLE, 1);
	advance(5 * SLOW);
	is(harness_copy(test, H, other), 0);
	is(other->deadline, H->deadline);
	harness_advance(other, 5 * SLOW);
	is(keel_line_level(&other->board->lines[INTA]), 1);
	advance(7 * SLOW);
	is(harness_copy(test, H, other), 0);
	is(other->nr_events, 0);
	harness_jump(other, 8 * SLOW);
	is(other->nr_events, 1);
	is(harness_in(other, KEEL_MMIO, BASE | RELOAD, 2), 0x200);
}

#define good(...)	i6300esb_ok(test, &(struct keel_i6300esb_state){ __VA_ARGS__ })

static bool i6300esb_ok(struct kunit *test, const struct keel_i6300esb_state *s)
{
	const struct keel_dev *dev = keel_board_find(H->board, KEEL_CLASS_I6300ESB, 0);

	return keel_i6300esb_ops.check(dev, s, 1000);
}

static void i6300esb_checks_states(struct kunit *test)
{
	ok(good(.lock = 0));
	ok(good(.lock = 7, .stage = 2, .ends = 1000 + BIT_ULL(20) * SLOW, .config = 0x27,
		.preload = { 0xfffff, 0xfffff }, .unlocking = 2, .interrupt = 1, .timeout = 1,
		.out = 1));
	ok(!good(.lock = 2, .stage = 1, .ends = 1001 + BIT_ULL(20) * SLOW));
	ok(!good(.lock = 2, .stage = 1));
	ok(!good(.lock = 2, .ends = 1));
	ok(!good(.lock = 2, .stage = 3, .ends = 1));
	ok(!good(.lock = 1, .stage = 1, .ends = 1));
	ok(!good(.lock = 1, .out = 1));
	ok(!good(.lock = 2, .out = 2));
	ok(!good(.lock = 8));
	ok(!good(.config = 8));
	ok(!good(.config = 0x100));
	ok(!good(.preload = { 0x100000, 0 }));
	ok(!good(.preload = { 0, 0x100000 }));
	ok(!good(.unlocking = 3));
	ok(!good(.interrupt = 2));
	ok(!good(.timeout = 2));
}

static int i6300esb_init(struct kunit *test)
{
	int ret = harness_init(test, i6300esb_devices, ARRAY_SIZE(i6300esb_devices));

	if (ret)
		return ret;
	wr(CFG(0x10), BASE, 4);
	wr(CFG(4), 2, 2);
	return 0;
}

static struct kunit_case i6300esb_cases[] = {
	KUNIT_CASE(i6300esb_is_a_function),
	KUNIT_CASE(i6300esb_config_registers),
	KUNIT_CASE(i6300esb_registers_are_locked),
	KUNIT_CASE(i6300esb_has_two_stages),
	KUNIT_CASE(i6300esb_is_kept_from_it_by_reloads),
	KUNIT_CASE(i6300esb_without_interrupt),
	KUNIT_CASE(i6300esb_clocks),
	KUNIT_CASE(i6300esb_late_host),
	KUNIT_CASE(i6300esb_output_can_be_off),
	KUNIT_CASE(i6300esb_timeout_is_cleared),
	KUNIT_CASE(i6300esb_goes_on),
	KUNIT_CASE(i6300esb_runs_free),
	KUNIT_CASE(i6300esb_can_be_locked),
	KUNIT_CASE(i6300esb_disabled_is_still),
	KUNIT_CASE(i6300esb_survives_a_reset),
	KUNIT_CASE(i6300esb_goes_on_elsewhere),
	KUNIT_CASE(i6300esb_checks_states),
	{}
};

static struct kunit_suite i6300esb_suite = {
	.name = "keel-i6300esb",
	.init = i6300esb_init,
	.exit = harness_exit,
	.test_cases = i6300esb_cases,
};

kunit_test_suites(&i6300esb_suite);
