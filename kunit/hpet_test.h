/* SPDX-License-Identifier: GPL-2.0 */
/* What the two suites of the HPET share. It is on a board with the chips whose lines it takes. */
#ifndef KEEL_HPET_TEST_H
#define KEEL_HPET_TEST_H

#include "harness.h"

#define HPET		0xfed00000
#define CAPABILITIES	0x000
#define CONFIG		0x010
#define STATUS		0x020
#define COUNTER		0x0f0
#define CONF(n)		(0x100 + 0x20 * (n))
#define CMP(n)		(0x108 + 0x20 * (n))
#define FSB(n)		(0x110 + 0x20 * (n))

#define ENABLE		0x1		/* CONFIG */
#define LEGACY		0x2

#define LEVEL		0x2		/* CONF */
#define INT		0x4
#define PERIODIC	0x8
#define VAL_SET		0x40
#define MODE32		0x100
#define PIN(n)		((n) << 9)
#define FSB_EN		0x4000

#define CAN		0x00f0000000008030	/* what of CONF cannot be written */

#define TICK		10			/* ns */
#define MIN_TICKS	10000
#define FIRST_GSI	24

#define get(reg)	rd(HPET + (reg), 8)
#define set(reg, v)	wr(HPET + (reg), (v), 8)
#define get32(reg)	rd(HPET + (reg), 4)
#define set32(reg, v)	wr(HPET + (reg), (v), 4)
#define ticks(n)	advance((u64)(n) * TICK)

static const struct keel_device_config hpet_devices[] = {
	{ .class = KEEL_CLASS_PIC, .irq = KEEL_IRQ_DEFAULT },
	{ .class = KEEL_CLASS_IOAPIC, .irq = KEEL_IRQ_DEFAULT },
	{ .class = KEEL_CLASS_PIT, .irq = KEEL_IRQ_DEFAULT },
	{ .class = KEEL_CLASS_RTC, .irq = KEEL_IRQ_DEFAULT },
	{ .class = KEEL_CLASS_HPET, .irq = KEEL_IRQ_DEFAULT },
};

static inline struct keel_dev *hpet_dev(struct kunit *test)
{
	return keel_board_find(H->board, KEEL_CLASS_HPET, 0);
}

static inline struct keel_hpet_state *hpet_state(struct kunit *test)
{
	return (void *)hpet_dev(test) + keel_hpet_ops.state;
}

static inline u64 hpet_asserts(struct kunit *test, unsigned int nr)
{
	return H->board->lines[nr].asserts;
}

static inline u64 hpet_stat(struct kunit *test, const char *name)
{
	unsigned int i, nr = whole_stats(H->board, NULL, 0);
	struct keel_stat *stats = kunit_kzalloc(test, nr * sizeof(*stats), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, stats);
	whole_stats(H->board, stats, nr);
	for (i = 0; i < nr; i++)
		if (!strcmp(stats[i].device, "hpet0") && !strcmp(stats[i].name, name))
			return stats[i].value;
	KUNIT_ASSERT_TRUE(test, false);
	return 0;
}

/* The timer's deadline, in ticks of a counter that has run since VmTime 0. */
static inline u64 hpet_due(struct kunit *test, unsigned int nr)
{
	u64 deadline = keel_deadline(hpet_dev(test), nr);

	return deadline == KEEL_NEVER ? KEEL_NEVER : deadline / TICK;
}

/* A periodic timer's first match, then its period. */
static inline void hpet_period(struct kunit *test, unsigned int nr, u32 config, u64 first,
			       u64 period)
{
	set(CONF(nr), config | PERIODIC | VAL_SET);
	set(CMP(nr), first);
	set(CMP(nr), period);
}

#endif /* KEEL_HPET_TEST_H */
