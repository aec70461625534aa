// SPDX-License-Identifier: GPL-2.0
/*
 * One counter of the 8254: what it counts, what OUT does, and what the processor
 * reads, each as a formula of the tick. (Intel 82C54 datasheet, 231244: "Mode
 * Definitions", "Read Operations", "Gate Pin Operations".)
 *
 *            WAIT ----count----> RUN <---GATE---> HOLD     modes 0, 2, 3, 4
 *            WAIT --count--> READY --trigger--> RUN        modes 1, 5
 *
 * Any control word leads to WAIT, and so does the low byte of a count in mode 0.
 * A count is loaded into CE by the clock after the one in which it was written, so
 * a one-shot never ends early. What the clock does between two of its ticks is not
 * modelled: GATE is looked at once a tick.
 *
 * What reading a count needs is inlined: guests calibrate their clocks with it.
 *
 * Left open by the datasheet, and here: a count of 1 in modes 2 and 3 acts like 2;
 * BCD digits above 9 carry; before a count was written CE stands still.
 */
#include "pit.h"

#define PIT_STATUS_NULL	BIT(6)		/* status byte */
#define PIT_STATUS_OUT	BIT(7)

enum pit_rw { PIT_RW_LSB = 1, PIT_RW_MSB, PIT_RW_WORD };	/* control word, RW1 RW0 */

#define PIT_ALL_FLAGS	(KEEL_PIT_PENDING | KEEL_PIT_WRITE_MSB | KEEL_PIT_READ_MSB | \
			 KEEL_PIT_COUNT_LATCHED | KEEL_PIT_STATUS_LATCHED | KEEL_PIT_LOW)

static_assert(sizeof(struct keel_pit_counter) == 40);

static enum pit_rw pit_rw(const struct keel_pit_counter *c)
{
	return c->control >> 4 & 3;
}

static u32 pit_modulus(const struct keel_pit_counter *c)
{
	return c->control & KEEL_PIT_BCD ? 10000 : 0x10000;
}

/* What a count means: its digits, and 0 is one more than all of them can say. */
static __always_inline u32 pit_number(const struct keel_pit_counter *c, u16 count)
{
	u32 n;

	if (!(c->control & KEEL_PIT_BCD))
		return count ? count : 0x10000;
	n = (count >> 12) * 1000 + (count >> 8 & 15) * 100 + (count >> 4 & 15) * 10 + (count & 15);
	n %= 10000;
	return n ? n : 10000;
}

static u16 pit_bcd(u32 n)
{
	n %= 10000;
	return n / 1000 << 12 | n / 100 % 10 << 8 | n / 10 % 10 << 4 | n % 10;
}

static __always_inline u16 pit_digits(const struct keel_pit_counter *c, u32 n)
{
	return c->control & KEEL_PIT_BCD ? pit_bcd(n) : n;
}

static bool pit_triggered(const struct keel_pit_counter *c)
{
	return keel_pit_mode(c) == 1 || keel_pit_mode(c) == 5;
}

static bool pit_loaded(const struct keel_pit_counter *c)
{
	return c->phase == KEEL_PIT_RUN || c->phase == KEEL_PIT_HOLD;
}

/* Ticks that CE has counted since it was loaded. */
static u64 pit_elapsed(const struct keel_pit_counter *c, u64 t)
{
	if (c->phase == KEEL_PIT_HOLD)
		return c->held;
	return t > c->start ? t - c->start : 0;
}

static __always_inline u32 pit_length(const struct keel_pit_counter *c, u16 count)
{
	u32 n = pit_number(c, count);

	return keel_pit_periodic(c) ? max(n, 2U) : n;
}

/**
 * keel_pit_length() - ticks that a count is good for.
 * @c:     the counter
 * @count: a count for it
 */
u32 keel_pit_length(const struct keel_pit_counter *c, u16 count)
{
	return pit_length(c, count);
}

/**
 * keel_pit_period() - ticks of a loaded counter's period or shot.
 * @c: the counter
 */
u32 keel_pit_period(const struct keel_pit_counter *c)
{
	return keel_pit_length(c, c->count);
}

/**
 * keel_pit_digits_legal() - are all digits of a count decimal?
 * @c:     the counter, in BCD
 * @count: a count for it
 */
bool keel_pit_digits_legal(const struct keel_pit_counter *c, u16 count)
{
	return pit_digits(c, pit_number(c, count)) == count;
}

/* Mode 3: ticks of the half in which OUT is high, the longer one. */
static u32 pit_high_half(u32 period)
{
	return (period + 1) / 2;
}

/* Modes 2 and 3: ticks into the present period; mode 3 begins with the high half. */
static __always_inline u32 pit_position(const struct keel_pit_counter *c, u32 period, u64 t)
{
	u64 elapsed = pit_elapsed(c, t);

	if (keel_pit_mode(c) == 3 && c->flags & KEEL_PIT_LOW)
		elapsed += pit_high_half(period);
	return elapsed % period;
}

/**
 * keel_pit_boundary() - the next tick at which a running counter starts over.
 * @c: the counter, in mode 2 or 3
 * @t: now
 *
 * In mode 2 that is OUT's rise; in mode 3 OUT's next change, for CE is reloaded
 * at every half.
 */
u64 keel_pit_boundary(const struct keel_pit_counter *c, u64 t)
{
	u64 from = max_t(u64, t, c->start);
	u32 period = keel_pit_period(c), position = pit_position(c, period, t);

	if (keel_pit_mode(c) == 3 && position < pit_high_half(period))
		return from + pit_high_half(period) - position;
	return from + period - position;
}

static bool pit_out_loaded(const struct keel_pit_counter *c, u64 t)
{
	bool held = c->phase == KEEL_PIT_HOLD;
	u32 period = keel_pit_period(c);
	u64 elapsed = pit_elapsed(c, t);

	switch (keel_pit_mode(c)) {
	case 0:
		return elapsed >= period;
	case 1:
		if (t < c->start)
			return !(c->flags & KEEL_PIT_LOW);
		return elapsed >= period;
	case 2:
		return held || pit_position(c, period, t) != period - 1;
	case 3:
		return held || pit_position(c, period, t) < pit_high_half(period);
	default:
		return elapsed != period;
	}
}

/**
 * keel_pit_out() - level of a settled counter's OUT.
 * @c: the counter
 * @t: now
 */
bool keel_pit_out(const struct keel_pit_counter *c, u64 t)
{
	return pit_loaded(c) ? pit_out_loaded(c, t) : keel_pit_mode(c) != 0;
}

/* Mode 3 counts by two, from the count without its lowest bit, in both halves. */
static __always_inline u32 pit_square_ce(const struct keel_pit_counter *c, u32 period, u64 t)
{
	u32 position = pit_position(c, period, t), high = pit_high_half(period);

	if (position >= high)
		position -= high;
	return (period & ~1U) - 2 * position;
}

/* The counting element, as it is read. */
static __always_inline u16 pit_ce(const struct keel_pit_counter *c, u64 t)
{
	u32 period;

	if (!pit_loaded(c))
		return c->ce;
	period = pit_length(c, c->count);
	switch (keel_pit_mode(c)) {
	case 2:
		return pit_digits(c, period - pit_position(c, period, t));
	case 3:
		return pit_digits(c, pit_square_ce(c, period, t));
	default:	/* runs on through 0 */
		return pit_digits(c, period + pit_modulus(c) - pit_elapsed(c, t) % pit_modulus(c));
	}
}

/**
 * keel_pit_ce() - the counting element.
 * @c: the counter
 * @t: now
 */
u16 keel_pit_ce(const struct keel_pit_counter *c, u64 t)
{
	return pit_ce(c, t);
}

/* NULL COUNT: the count written last is not in CE yet. */
static bool pit_null(const struct keel_pit_counter *c, u64 t)
{
	return !pit_loaded(c) || c->flags & KEEL_PIT_PENDING ||
	       (c->phase == KEEL_PIT_RUN && t < c->start);
}

/* CE takes the count register's contents at the next tick. */
static void pit_load(struct keel_pit_counter *c, bool gate, u64 t)
{
	c->phase = gate ? KEEL_PIT_RUN : KEEL_PIT_HOLD;
	c->start = gate ? t + 1 : 0;
	c->held = 0;
	c->count = c->cr;
	c->ce = 0;
	c->flags &= ~(KEEL_PIT_PENDING | KEEL_PIT_LOW);
}

static void pit_stop(struct keel_pit_counter *c, u64 t)
{
	c->ce = pit_ce(c, t);
	c->phase = KEEL_PIT_WAIT;
	c->start = 0;
	c->held = 0;
	c->cr = 0;
	c->count = 0;
}

/**
 * keel_pit_take_count() - take the count that waited for the period's end.
 * @c: the counter
 *
 * For keel_pit_settle().
 */
void keel_pit_take_count(struct keel_pit_counter *c)
{
	bool low = !keel_pit_out(c, c->reload);

	c->start = c->reload;
	c->reload = 0;
	c->count = c->cr;
	c->flags &= ~(KEEL_PIT_PENDING | KEEL_PIT_LOW);
	if (low)
		c->flags |= KEEL_PIT_LOW;
}

/**
 * keel_pit_control() - a control word for this counter.
 * @c:       the counter
 * @control: its low six bits
 * @t:       now
 */
void keel_pit_control(struct keel_pit_counter *c, u8 control, u64 t)
{
	*c = (struct keel_pit_counter){
		.control = control, .phase = KEEL_PIT_WAIT, .ce = pit_ce(c, t),
	};
}

/* Periodic modes finish the period, in mode 3 the half, that they are in. */
static void pit_replace_count(struct keel_pit_counter *c, u64 t)
{
	if (c->phase == KEEL_PIT_RUN && t < c->start) {
		c->count = c->cr;
		return;
	}
	c->flags |= KEEL_PIT_PENDING;
	if (c->phase == KEEL_PIT_RUN && !c->reload)
		c->reload = keel_pit_boundary(c, t);
}

static void pit_count_written(struct keel_pit_counter *c, bool gate, u64 t)
{
	if (pit_triggered(c)) {
		if (c->phase == KEEL_PIT_RUN)
			c->flags |= KEEL_PIT_PENDING;
		else
			c->phase = KEEL_PIT_READY;
	} else if (keel_pit_periodic(c) && c->phase != KEEL_PIT_WAIT) {
		pit_replace_count(c, t);
	} else {
		pit_load(c, gate, t);
	}
}

/* The first byte of two. In mode 0 it stops the counter and OUT falls at once. */
static void pit_low_byte(struct keel_pit_counter *c, u8 byte, u64 t)
{
	if (keel_pit_mode(c) == 0)
		pit_stop(c, t);
	c->low = byte;
	c->flags |= KEEL_PIT_WRITE_MSB;
}

/**
 * keel_pit_write() - a byte of a count.
 * @c:    the counter
 * @byte: low or high, as the control word and the bytes before have it
 * @gate: level of GATE
 * @t:    now
 *
 * Return: true if that completes a count.
 */
bool keel_pit_write(struct keel_pit_counter *c, u8 byte, bool gate, u64 t)
{
	switch (pit_rw(c)) {
	case PIT_RW_LSB:
		c->cr = byte;
		break;
	case PIT_RW_MSB:
		c->cr = byte << 8;
		break;
	default:
		if (!(c->flags & KEEL_PIT_WRITE_MSB)) {
			pit_low_byte(c, byte, t);
			return false;
		}
		c->cr = c->low | byte << 8;
		c->low = 0;
		c->flags &= ~KEEL_PIT_WRITE_MSB;
	}
	pit_count_written(c, gate, t);
	return true;
}

static u32 pit_read_status(struct keel_pit_counter *c)
{
	u8 status = c->status;

	c->status = 0;
	c->flags &= ~KEEL_PIT_STATUS_LATCHED;
	return status;
}

/**
 * keel_pit_read() - a byte of the status latch, the count latch, or CE itself.
 * @c: the counter
 * @t: now
 */
u32 keel_pit_read(struct keel_pit_counter *c, u64 t)
{
	u16 value = c->flags & KEEL_PIT_COUNT_LATCHED ? c->latch : pit_ce(c, t);
	bool high = pit_rw(c) == PIT_RW_MSB || c->flags & KEEL_PIT_READ_MSB;

	if (c->flags & KEEL_PIT_STATUS_LATCHED)
		return pit_read_status(c);
	if (pit_rw(c) == PIT_RW_WORD)
		c->flags ^= KEEL_PIT_READ_MSB;
	if (!(c->flags & KEEL_PIT_READ_MSB)) {	/* that was all of it */
		c->flags &= ~KEEL_PIT_COUNT_LATCHED;
		c->latch = 0;
	}
	return high ? value >> 8 : value & 0xff;
}

/**
 * keel_pit_latch_count() - keep CE for reading; ignored until the last one was read.
 * @c: the counter
 * @t: now
 */
void keel_pit_latch_count(struct keel_pit_counter *c, u64 t)
{
	if (c->flags & KEEL_PIT_COUNT_LATCHED)
		return;
	c->latch = pit_ce(c, t);
	c->flags |= KEEL_PIT_COUNT_LATCHED;
}

/**
 * keel_pit_latch_status() - the same for the status byte.
 * @c: the counter
 * @t: now
 */
void keel_pit_latch_status(struct keel_pit_counter *c, u64 t)
{
	if (c->flags & KEEL_PIT_STATUS_LATCHED)
		return;
	c->status = c->control;
	if (keel_pit_out(c, t))
		c->status |= PIT_STATUS_OUT;
	if (pit_null(c, t))
		c->status |= PIT_STATUS_NULL;
	c->flags |= KEEL_PIT_STATUS_LATCHED;
}

static void pit_gate_rise(struct keel_pit_counter *c, u64 t)
{
	bool low = keel_pit_mode(c) == 1 && !keel_pit_out(c, t);

	if (pit_triggered(c)) {
		if (c->phase == KEEL_PIT_WAIT)
			return;
		pit_load(c, true, t);
		if (low)
			c->flags |= KEEL_PIT_LOW;
	} else if (c->phase == KEEL_PIT_HOLD && keel_pit_periodic(c)) {
		pit_load(c, true, t);
	} else if (c->phase == KEEL_PIT_HOLD) {
		c->phase = KEEL_PIT_RUN;
		c->start = t - c->held;
		c->held = 0;
	}
}

static void pit_gate_fall(struct keel_pit_counter *c, u64 t)
{
	if (c->phase != KEEL_PIT_RUN || pit_triggered(c))
		return;
	c->held = pit_elapsed(c, t);
	c->phase = KEEL_PIT_HOLD;
	c->start = 0;
	c->reload = 0;
}

/**
 * keel_pit_gate() - GATE has changed.
 * @c:    the counter
 * @gate: new level
 * @t:    now
 */
void keel_pit_gate(struct keel_pit_counter *c, bool gate, u64 t)
{
	if (gate)
		pit_gate_rise(c, t);
	else
		pit_gate_fall(c, t);
}

static bool pit_phase_possible(const struct keel_pit_counter *c, bool gate, bool gate_moves)
{
	switch (c->phase) {
	case KEEL_PIT_WAIT:
		return true;
	case KEEL_PIT_READY:
		return pit_triggered(c);
	case KEEL_PIT_RUN:
		return pit_triggered(c) ? gate_moves : gate;
	case KEEL_PIT_HOLD:
		return !pit_triggered(c) && !gate;
	default:
		return false;
	}
}

static bool pit_cr_possible(const struct keel_pit_counter *c)
{
	if (c->phase == KEEL_PIT_WAIT && c->cr)
		return false;
	if (pit_loaded(c) && !(c->flags & KEEL_PIT_PENDING) && c->cr != c->count)
		return false;
	if (!pit_loaded(c) && c->count)
		return false;
	switch (pit_rw(c)) {
	case PIT_RW_LSB:
		return !(c->cr >> 8) && !(c->count >> 8);
	case PIT_RW_MSB:
		return !(c->cr & 0xff) && !(c->count & 0xff);
	default:
		return true;
	}
}

/* A count that waits needs a period that is running, and whose end it waits for. */
static bool pit_reload_possible(const struct keel_pit_counter *c, u64 t)
{
	bool pending = c->flags & KEEL_PIT_PENDING;

	if (pending && (!pit_loaded(c) || !(pit_triggered(c) || keel_pit_periodic(c))))
		return false;
	if (!pending || c->phase != KEEL_PIT_RUN || !keel_pit_periodic(c))
		return !c->reload;
	return c->reload > c->start && c->reload <= t + keel_pit_period(c) &&
	       keel_pit_boundary(c, c->reload - 1) == c->reload;
}

static bool pit_times_possible(const struct keel_pit_counter *c, u64 t)
{
	if (c->phase != KEEL_PIT_RUN && c->start)
		return false;
	if (c->phase != KEEL_PIT_HOLD && c->held)
		return false;
	return c->start <= t + 1 && c->held <= t && pit_reload_possible(c, t);
}

static bool pit_flags_possible(const struct keel_pit_counter *c)
{
	u8 word = KEEL_PIT_WRITE_MSB | KEEL_PIT_READ_MSB;

	if (c->flags & ~PIT_ALL_FLAGS)
		return false;
	if (c->flags & word && pit_rw(c) != PIT_RW_WORD)
		return false;
	if (c->flags & KEEL_PIT_LOW &&
	    !(keel_pit_mode(c) == 3 && pit_loaded(c)) &&
	    !(keel_pit_mode(c) == 1 && c->phase == KEEL_PIT_RUN))
		return false;
	if (keel_pit_mode(c) == 0 && c->flags & KEEL_PIT_WRITE_MSB && c->phase != KEEL_PIT_WAIT)
		return false;
	return true;
}

/* What is latched, half written or stopped is there only when a flag or phase says so. */
static bool pit_latches_possible(const struct keel_pit_counter *c)
{
	if (c->latch && !(c->flags & KEEL_PIT_COUNT_LATCHED))
		return false;
	if (c->low && !(c->flags & KEEL_PIT_WRITE_MSB))
		return false;
	if (c->ce && pit_loaded(c))
		return false;
	if (c->flags & KEEL_PIT_STATUS_LATCHED)
		return (c->status & 0x3f) == c->control;
	return !c->status;
}

/**
 * keel_pit_counter_check() - can a counter be in this state?
 * @c:          the state
 * @gate:       level of GATE
 * @gate_moves: false for a GATE that is tied high
 * @t:          the present tick
 */
bool keel_pit_counter_check(const struct keel_pit_counter *c, bool gate, bool gate_moves, u64 t)
{
	if (c->control & ~0x3f || !pit_rw(c))
		return false;
	if (c->pad[0] || c->pad[1] || c->pad[2])
		return false;
	return pit_phase_possible(c, gate, gate_moves) && pit_cr_possible(c) &&
	       pit_flags_possible(c) && pit_times_possible(c, t) && pit_latches_possible(c);
}
