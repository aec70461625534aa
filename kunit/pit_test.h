/* SPDX-License-Identifier: GPL-2.0 */
/* What the two suites of the 8254 share. Counters are programmed with two-byte counts. */
#ifndef KEEL_PIT_TEST_H
#define KEEL_PIT_TEST_H

#include "harness.h"

#define TICK_NS(n)	keel_muldiv_up((n), KEEL_PIT_CLOCK_DIV, KEEL_PIT_CLOCK_MUL)

#define STATUS_OUT	0x80
#define STATUS_NULL	0x40

static inline u64 pit_tick(struct kunit *test)
{
	return keel_muldiv(H->now, KEEL_PIT_CLOCK_MUL, KEEL_PIT_CLOCK_DIV);
}

static inline void pit_to(struct kunit *test, u64 tick)
{
	advance(TICK_NS(tick) - H->now);
}

static inline void pit_clock(struct kunit *test, u64 ticks)
{
	pit_to(test, pit_tick(test) + ticks);
}

static inline void pit_count(struct kunit *test, unsigned int nr, u16 count)
{
	out(0x40 + nr, count & 0xff);
	out(0x40 + nr, count >> 8);
}

static inline void pit_program(struct kunit *test, unsigned int nr, unsigned int mode, bool bcd,
			       u16 count)
{
	out(0x43, nr << 6 | 0x30 | mode << 1 | bcd);
	pit_count(test, nr, count);
}

static inline u16 pit_ce(struct kunit *test, unsigned int nr)
{
	u16 low;

	out(0x43, nr << 6);
	low = in(0x40 + nr);
	return low | in(0x40 + nr) << 8;
}

static inline u8 pit_status(struct kunit *test, unsigned int nr)
{
	out(0x43, 0xe0 | 2 << nr);
	return in(0x40 + nr);
}

static inline bool pit_out(struct kunit *test, unsigned int nr)
{
	return pit_status(test, nr) & STATUS_OUT;
}

static inline u64 pit_asserts(struct kunit *test)
{
	return H->board->lines[0].asserts;
}

static inline const struct keel_pit_state *pit_state(struct kunit *test)
{
	return (const void *)keel_board_find(H->board, KEEL_CLASS_PIT, 0) + keel_pit_ops.state;
}

static inline u64 pit_stat(struct kunit *test, const char *name)
{
	unsigned int i, nr = whole_stats(H->board, NULL, 0);
	struct keel_stat *stats = kunit_kzalloc(test, nr * sizeof(*stats), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, stats);
	whole_stats(H->board, stats, nr);
	for (i = 0; i < nr; i++)
		if (!strcmp(stats[i].device, "pit0") && !strcmp(stats[i].name, name))
			return stats[i].value;
	KUNIT_ASSERT_TRUE(test, false);
	return 0;
}

#endif /* KEEL_PIT_TEST_H */
