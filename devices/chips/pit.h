/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One counter of the 8254, as arithmetic: pit_counter.c. Times are ticks of the
 * PIT's clock since VmTime 0, @t is always the present one.
 */
#ifndef KEEL_DEVICES_PIT_H
#define KEEL_DEVICES_PIT_H

#include "../board/dev.h"

#define KEEL_PIT_BCD	BIT(0)		/* control word */

u32 keel_pit_length(const struct keel_pit_counter *c, u16 count);
u32 keel_pit_period(const struct keel_pit_counter *c);
bool keel_pit_digits_legal(const struct keel_pit_counter *c, u16 count);
bool keel_pit_out(const struct keel_pit_counter *c, u64 t);
u16 keel_pit_ce(const struct keel_pit_counter *c, u64 t);
u64 keel_pit_boundary(const struct keel_pit_counter *c, u64 t);
void keel_pit_take_count(struct keel_pit_counter *c);

void keel_pit_control(struct keel_pit_counter *c, u8 control, u64 t);
bool keel_pit_write(struct keel_pit_counter *c, u8 byte, bool gate, u64 t);
u32 keel_pit_read(struct keel_pit_counter *c, u64 t);
void keel_pit_latch_count(struct keel_pit_counter *c, u64 t);
void keel_pit_latch_status(struct keel_pit_counter *c, u64 t);
void keel_pit_gate(struct keel_pit_counter *c, bool gate, u64 t);

bool keel_pit_counter_check(const struct keel_pit_counter *c, bool gate, bool gate_moves, u64 t);

/**
 * keel_pit_mode() - the mode that a counter is in, 0 to 5.
 * @c: the counter; M2 is "don't care" in modes 2 and 3
 */
static inline unsigned int keel_pit_mode(const struct keel_pit_counter *c)
{
	unsigned int mode = c->control >> 1 & 7;

	return mode > 5 ? mode - 4 : mode;
}

/**
 * keel_pit_periodic() - does the counter start over by itself?
 * @c: the counter
 */
static inline bool keel_pit_periodic(const struct keel_pit_counter *c)
{
	return keel_pit_mode(c) == 2 || keel_pit_mode(c) == 3;
}

/**
 * keel_pit_count_legal() - does the datasheet say what this count does?
 * @c:     the counter
 * @count: a count for it
 */
static inline bool keel_pit_count_legal(const struct keel_pit_counter *c, u16 count)
{
	if (c->control & KEEL_PIT_BCD && !keel_pit_digits_legal(c, count))
		return false;
	return count != 1 || !keel_pit_periodic(c);
}

/**
 * keel_pit_unsettled() - has a period ended whose count is to be replaced?
 * @c: the counter
 * @t: now
 */
static inline bool keel_pit_unsettled(const struct keel_pit_counter *c, u64 t)
{
	return c->reload && t >= c->reload;
}

/**
 * keel_pit_settle() - let a period that has ended take the count that waits for it.
 * @c: the counter
 * @t: now
 */
static inline void keel_pit_settle(struct keel_pit_counter *c, u64 t)
{
	if (keel_pit_unsettled(c, t))
		keel_pit_take_count(c);
}

#endif /* KEEL_DEVICES_PIT_H */
