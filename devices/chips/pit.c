// SPDX-License-Identifier: GPL-2.0
/*
 * 8254 programmable interval timer, and port 0x61 (Intel 82C54 datasheet, 231244;
 * port 0x61 as in Intel's 82801 "NMI Status and Control").
 *
 *	0x40-0x42  counter 0-2: counts are written, CE or latches are read
 *	0x43       control word, counter latch, read-back; reads float
 *	0x61       bit 0 GATE2, 1 speaker data, 2-3 parity and channel check off,
 *	           4 refresh (a toggle every 18 ticks), 5 OUT2
 *
 * Modelled: all that the datasheet says of the six modes, binary and BCD, gates,
 * latches and read-back. Not modelled: the speaker's sound, refresh by counter 1,
 * NMIs. Reset leaves all counters in mode 0 without a count; the datasheet leaves
 * that open.
 *
 * Time is the tick of the 105/88 MHz clock since VmTime 0, so nothing adds up to a
 * drift. Counter 0 alone needs a timer: for its wire, line 0. A strobe of one tick
 * (modes 2, 4) is given to the line when it ends, as low-then-high-and-stay, which
 * halves the deadlines; the 8259 cannot tell. Mode 3's square wave is followed at
 * both edges.
 *
 * The host's protection: a period below the configured minimum gives an edge at
 * every n-th period only, so that the minimum holds; reads still tell the truth.
 * The host's lateness: the periods that passed unseen become one edge, and the rest
 * of them is dropped ("missed"), or is a backlog that is given halfway between the
 * ticks that follow ("reinjected"). A line that is late, clamped or catching up
 * stays high between its edges, lest a slow guest's 8259 lose the request.
 */
#include "pit.h"

enum pit_region { PIT_COUNTERS, PIT_PORT61 };

#define PIT_CONTROL		3		/* offset of the control word register */
#define PIT_SELECT		GENMASK(7, 6)	/* control word: SC1 SC0 */
#define PIT_SELECT_READBACK	3		/* read-back command */
#define PIT_RW			GENMASK(5, 4)	/* 0: counter latch command */
#define PIT_READBACK_NO_COUNT	BIT(5)		/* both active low */
#define PIT_READBACK_NO_STATUS	BIT(4)		/* active low, too */

#define PORT61_GATE2		BIT(0)		/* gate of counter 2 */
#define PORT61_WRITABLE		GENMASK(3, 0)	/* GATE2, speaker data, two checks off */
#define PORT61_REFRESH		BIT(4)		/* toggles with each memory refresh */
#define PORT61_OUT2		BIT(5)		/* output of counter 2 */
#define PORT61_REFRESH_TICKS	18		/* 15.085 us */

struct keel_pit {
	struct keel_dev dev;

	/* Wiring */
	struct keel_wire out0;
	u32 min_ticks;		/* shortest period of counter 0 */
	bool reinject;

	/* Counters */
	u64 loads[3];		/* counts written */
	u64 illegal;		/* of these: the datasheet does not define them */
	u64 clamped;		/* of these: shorter than the minimum */
	u64 missed;		/* ticks that were never given to the guest */
	u64 reinjected;		/* ticks that were given late */
	u64 ignored;		/* reads of the control word register */

	/* State */
	struct keel_pit_state s;
};

static_assert(sizeof(struct keel_pit_config) == 48);
static_assert(sizeof(struct keel_pit_state) == 136);

static struct keel_pit *pit_of(struct keel_dev *dev)
{
	return container_of(dev, struct keel_pit, dev);
}

static __always_inline u64 pit_ticks(u64 ns)
{
	return keel_muldiv(ns, KEEL_PIT_CLOCK_MUL, KEEL_PIT_CLOCK_DIV);
}

static __always_inline u64 pit_now(const struct keel_pit *pit)
{
	return pit_ticks(keel_now(&pit->dev));
}

static bool pit_gate_of(const struct keel_pit_state *s, unsigned int counter)
{
	return counter < 2 || s->port61 & PORT61_GATE2;
}

/* ---- Counter 0's line ---- */

/* Elements of first, first + period, ... up to and with @t. */
static u64 pit_how_many(u64 first, u32 period, u64 t)
{
	return t < first ? 0 : (t - first) / period + 1;
}

/* The first of them behind @t. */
static u64 pit_next_of(u64 first, u32 period, u64 t)
{
	return first + pit_how_many(first, period, t) * period;
}

/* Ticks between edges: the period, or the multiple that keeps the minimum. */
static u32 pit_line_period(const struct keel_pit *pit)
{
	u32 period = keel_pit_period(&pit->s.counter[0]);

	if (period >= pit->min_ticks)
		return period;
	return (pit->min_ticks + period - 1) / period * period;
}

/* Modes 2 and 3: tick of OUT0's first rise since the count was loaded. */
static u64 pit_first_edge(const struct keel_pit *pit)
{
	const struct keel_pit_counter *c = &pit->s.counter[0];

	if (c->flags & KEEL_PIT_LOW)
		return c->start + keel_pit_period(c) / 2;
	return c->start + pit_line_period(pit);
}

static bool pit_runs_periodic(const struct keel_pit *pit)
{
	const struct keel_pit_counter *c = &pit->s.counter[0];

	return c->phase == KEEL_PIT_RUN && keel_pit_periodic(c);
}

/* Is there room for an edge halfway between two others? */
static bool pit_can_reinject(const struct keel_pit *pit)
{
	return pit->reinject && pit_runs_periodic(pit) &&
	       keel_pit_period(&pit->s.counter[0]) / 2 >= pit->min_ticks;
}

/* Does the line follow both halves of the square wave? */
static bool pit_is_square(const struct keel_pit *pit)
{
	const struct keel_pit_counter *c = &pit->s.counter[0];

	return pit_runs_periodic(pit) && keel_pit_mode(c) == 3 && !pit->s.backlog &&
	       keel_pit_period(c) >= pit->min_ticks;
}

/* Edges that a low-then-high stands for, up to @t. Mode 0's comes from the level. */
static u64 pit_edges(const struct keel_pit *pit, u64 t)
{
	const struct keel_pit_counter *c = &pit->s.counter[0];

	if (pit_runs_periodic(pit))
		return pit_how_many(pit_first_edge(pit), pit_line_period(pit), t);
	if (c->phase == KEEL_PIT_RUN && keel_pit_mode(c) == 4)
		return t > c->start + keel_pit_period(c);
	return 0;
}

/* Where the edges of the backlog go. */
static u64 pit_first_slot(const struct keel_pit *pit)
{
	return pit_first_edge(pit) - keel_pit_period(&pit->s.counter[0]) / 2;
}

static bool pit_slot_passed(const struct keel_pit *pit, u64 t)
{
	u64 first = pit_first_slot(pit);
	u32 period = keel_pit_period(&pit->s.counter[0]);

	return pit_how_many(first, period, t) > pit_how_many(first, period, pit->s.edge);
}

static void pit_drop_backlog(struct keel_pit *pit)
{
	pit->missed += pit->s.backlog;
	pit->s.backlog = 0;
}

/* All edges but the last came too late to be told apart. */
static void pit_miss(struct keel_pit *pit, u64 missed)
{
	u64 room = pit_can_reinject(pit) ? KEEL_PIT_BACKLOG_MAX - pit->s.backlog : 0;
	u64 kept = min(missed, room);

	pit->s.backlog += kept;
	pit->missed += missed - kept;
}

/* Edges since the last one that the line was given; a new period may begin on the way. */
static u64 pit_pass_edges(struct keel_pit *pit, u64 t)
{
	struct keel_pit_counter *c = &pit->s.counter[0];
	u64 edges = 0;

	if (c->reload && t >= c->reload) {
		edges = pit_edges(pit, c->reload) - pit_edges(pit, pit->s.edge);
		pit->s.edge = c->reload;
		pit->s.stretch = 0;
		keel_pit_settle(c, t);
	}
	return edges + pit_edges(pit, t) - pit_edges(pit, pit->s.edge);
}

/* Is the line to get an edge now? */
static bool pit_take_edge(struct keel_pit *pit, u64 t)
{
	struct keel_pit_state *s = &pit->s;
	u64 edges = pit_pass_edges(pit, t);

	if (!pit_can_reinject(pit))
		pit_drop_backlog(pit);
	if (edges) {
		pit_miss(pit, edges - 1);
	} else if (s->backlog && pit_slot_passed(pit, t)) {
		s->backlog--;
		pit->reinjected++;
	} else {
		return false;
	}
	s->edge = t;
	s->stretch = keel_pit_mode(&s->counter[0]) == 3 && !keel_pit_out(&s->counter[0], t);
	return true;
}

static bool pit_level(const struct keel_pit *pit, u64 t)
{
	const struct keel_pit_counter *c = &pit->s.counter[0];

	if (c->phase != KEEL_PIT_RUN || keel_pit_mode(c) == 0)
		return keel_pit_out(c, t);
	if (pit_is_square(pit))
		return keel_pit_out(c, t) || pit->s.stretch;
	return true;
}

/* Tick at which the line changes next, or a new count is taken. */
static u64 pit_next_periodic(const struct keel_pit *pit, u64 t)
{
	const struct keel_pit_counter *c = &pit->s.counter[0];
	u64 next;

	if (pit_is_square(pit))
		return keel_pit_boundary(c, t);
	next = pit_next_of(pit_first_edge(pit), pit_line_period(pit), t);
	if (pit->s.backlog)
		next = min(next, pit_next_of(pit_first_slot(pit), keel_pit_period(c), t));
	if (c->reload)
		next = min_t(u64, next, c->reload);
	return next;
}

static u64 pit_next(const struct keel_pit *pit, u64 t)
{
	const struct keel_pit_counter *c = &pit->s.counter[0];
	u64 end = c->start + keel_pit_period(c);

	if (c->phase != KEEL_PIT_RUN)
		return KEEL_NEVER;
	if (keel_pit_periodic(c))
		return pit_next_periodic(pit, t);
	end += keel_pit_mode(c) == 4;
	return t < end ? end : KEEL_NEVER;
}

static noinline void pit_sync(struct keel_pit *pit)
{
	u64 t = pit_now(pit), next;

	if (pit_take_edge(pit, t))
		keel_line_set(&pit->out0, false);
	keel_line_set(&pit->out0, pit_level(pit, t));
	next = pit_next(pit, t);
	if (next != KEEL_NEVER)
		next = keel_muldiv_up(next, KEEL_PIT_CLOCK_DIV, KEEL_PIT_CLOCK_MUL);
	keel_arm(&pit->dev, 0, next);
}

/* ---- Registers ---- */

/* Only counter 0 has a line. */
static void pit_write_counter(struct keel_pit *pit, unsigned int nr, u8 byte, u64 t)
{
	struct keel_pit_counter *c = &pit->s.counter[nr];

	if (keel_pit_write(c, byte, pit_gate_of(&pit->s, nr), t)) {
		pit->loads[nr]++;
		pit->illegal += !keel_pit_count_legal(c, c->cr);
		if (nr == 0 && keel_pit_periodic(c))
			pit->clamped += keel_pit_length(c, c->cr) < pit->min_ticks;
	}
	if (nr == 0)
		pit_sync(pit);
}

static void pit_read_back(struct keel_pit *pit, u8 command, u64 t)
{
	unsigned int i;

	for (i = 0; i < 3; i++) {
		if (!(command & BIT(i + 1)))
			continue;
		if (!(command & PIT_READBACK_NO_COUNT))
			keel_pit_latch_count(&pit->s.counter[i], t);
		if (!(command & PIT_READBACK_NO_STATUS))
			keel_pit_latch_status(&pit->s.counter[i], t);
	}
}

static void pit_write_control(struct keel_pit *pit, u8 command, u64 t)
{
	unsigned int nr = command >> 6;

	if (nr == PIT_SELECT_READBACK) {
		pit_read_back(pit, command, t);
	} else if (!(command & PIT_RW)) {
		keel_pit_latch_count(&pit->s.counter[nr], t);
	} else {
		keel_pit_control(&pit->s.counter[nr], command & ~PIT_SELECT, t);
		if (nr == 0) {
			pit_drop_backlog(pit);
			pit->s.stretch = 0;
		}
	}
	if (nr == 0)
		pit_sync(pit);
}

static void pit_write_port61(struct keel_pit *pit, u8 value, u64 t)
{
	u8 changed = pit->s.port61 ^ value;

	pit->s.port61 = value & PORT61_WRITABLE;
	if (changed & PORT61_GATE2)
		keel_pit_gate(&pit->s.counter[2], value & PORT61_GATE2, t);
}

static u8 pit_read_port61(const struct keel_pit *pit, u64 t)
{
	u8 value = pit->s.port61;

	if (t / PORT61_REFRESH_TICKS & 1)
		value |= PORT61_REFRESH;
	if (keel_pit_out(&pit->s.counter[2], t))
		value |= PORT61_OUT2;
	return value;
}

/* Counters 1 and 2 have no timer: what is due happens at the next access. */
static void pit_settle_untimed(struct keel_pit *pit, u64 t)
{
	keel_pit_settle(&pit->s.counter[1], t);
	keel_pit_settle(&pit->s.counter[2], t);
}

static noinline u32 pit_read_rarely(struct keel_pit *pit, unsigned int region, u32 offset)
{
	u64 t = pit_now(pit);

	pit_settle_untimed(pit, t);
	if (region == PIT_PORT61)
		return pit_read_port61(pit, t);
	if (offset == PIT_CONTROL) {
		pit->ignored++;
		return 0xff;
	}
	return keel_pit_read(&pit->s.counter[array_index_nospec(offset, 3U)], t);
}

/* Guests calibrate their clocks with counter 0, and some read it for the time. */
static u32 pit_read(struct keel_dev *dev, unsigned int region, u32 offset, unsigned int width)
{
	struct keel_pit *pit = pit_of(dev);

	if (region == PIT_COUNTERS && offset == 0 && keel_is_sampled(dev))
		return keel_pit_read(&pit->s.counter[0], pit_ticks(dev->host->now));
	return pit_read_rarely(pit, region, offset);
}

/* Port 0x61: guests wait for the refresh to toggle, and for OUT2. */
static u64 pit_peek(const struct keel_dev *dev, unsigned int region, u32 offset,
		    unsigned int width, u64 now)
{
	const struct keel_pit *pit = container_of(dev, struct keel_pit, dev);
	u64 t = pit_ticks(now);

	if (keel_pit_unsettled(&pit->s.counter[1], t) ||
	    keel_pit_unsettled(&pit->s.counter[2], t))
		return KEEL_NO_PEEK;
	return pit_read_port61(pit, t);
}

static noinline void pit_write_rarely(struct keel_pit *pit, unsigned int region, u8 value, u64 t)
{
	if (region == PIT_PORT61)
		pit_write_port61(pit, value, t);
	else
		pit_write_control(pit, value, t);
}

static void pit_write(struct keel_dev *dev, unsigned int region, u32 offset,
		      unsigned int width, u32 value)
{
	struct keel_pit *pit = pit_of(dev);
	u64 t = pit_now(pit);

	pit_settle_untimed(pit, t);
	if (region == PIT_COUNTERS && offset != PIT_CONTROL)
		pit_write_counter(pit, offset, value, t);
	else
		pit_write_rarely(pit, region, value, t);
}

static void pit_expire(struct keel_dev *dev, unsigned int timer)
{
	pit_sync(pit_of(dev));
}

/* ---- Life cycle ---- */

static bool pit_configure(struct keel_dev *dev, const struct keel_device_config *config)
{
	struct keel_pit *pit = pit_of(dev);
	u32 min_ns = config->pit.min_period_ns;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(config->pit.reserved); i++)
		if (config->pit.reserved[i])
			return false;
	if (config->pit.policy > KEEL_PIT_REINJECT)
		return false;
	if (!min_ns)
		min_ns = KEEL_PIT_MIN_PERIOD_DEFAULT;
	pit->min_ticks = keel_muldiv_up(min_ns, KEEL_PIT_CLOCK_MUL, KEEL_PIT_CLOCK_DIV);
	pit->reinject = config->pit.policy == KEEL_PIT_REINJECT;
	return min_ns >= KEEL_PIT_MIN_PERIOD_LEAST;
}

static void pit_reset(struct keel_dev *dev, bool cold)
{
	struct keel_pit *pit = pit_of(dev);
	unsigned int i;

	pit_drop_backlog(pit);
	memset(&pit->s, 0, sizeof(pit->s));
	for (i = 0; i < 3; i++)
		keel_pit_control(&pit->s.counter[i], PIT_RW, 0);
	pit_sync(pit);
}

static bool pit_check(const struct keel_dev *dev, const void *state, u64 now)
{
	const struct keel_pit *pit = container_of(dev, struct keel_pit, dev);
	const struct keel_pit_state *s = state;
	struct keel_pit probe = {
		.min_ticks = pit->min_ticks, .reinject = pit->reinject, .s = *s,
	};
	u64 t = pit_ticks(now);
	unsigned int i;

	for (i = 0; i < 3; i++)
		if (!keel_pit_counter_check(&s->counter[i], pit_gate_of(s, i), i == 2, t))
			return false;
	if (s->edge > t || s->backlog > KEEL_PIT_BACKLOG_MAX || s->stretch > 1)
		return false;
	if (s->backlog && !pit_can_reinject(&probe))
		return false;
	if (s->stretch && !(pit_runs_periodic(&probe) && keel_pit_mode(&s->counter[0]) == 3))
		return false;
	return !(s->port61 & ~PORT61_WRITABLE) && !s->pad[0] && !s->pad[1];
}

static void pit_loaded(struct keel_dev *dev)
{
	pit_sync(pit_of(dev));
}

/* On copies: to look must not let a count be taken. */
static void pit_inspect(const struct keel_dev *dev, struct keel_out *out)
{
	const struct keel_pit *pit = container_of(dev, struct keel_pit, dev);
	u64 t = pit_now(pit);
	unsigned int i;

	for (i = 0; i < 3; i++) {
		struct keel_pit_counter c = pit->s.counter[i];

		keel_pit_settle(&c, t);
		keel_emit(out, "counter", i, ".mode", keel_pit_mode(&c));
		keel_emit(out, "counter", i, ".control", c.control);
		keel_emit(out, "counter", i, ".running", c.phase == KEEL_PIT_RUN);
		keel_emit(out, "counter", i, ".period", keel_pit_period(&c));
		keel_emit(out, "counter", i, ".ce", keel_pit_ce(&c, t));
		keel_emit(out, "counter", i, ".out", keel_pit_out(&c, t));
		keel_emit(out, "counter", i, ".gate", pit_gate_of(&pit->s, i));
	}
	keel_emit(out, "port61", -1, "", pit_read_port61(pit, t));
	keel_emit(out, "reinject", -1, "", pit->reinject);
	keel_emit(out, "backlog", -1, "", pit->s.backlog);
}

static const struct keel_region_desc pit_regions[] = {
	[PIT_COUNTERS] = { "counters", KEEL_PIO, 0x40, 4, 1, .timed = true },
	[PIT_PORT61]   = { "port61", KEEL_PIO, 0x61, 1, 1, .timed = true, .peek = true },
};

static const struct keel_wire_desc pit_wires[] = {
	KEEL_WIRE(keel_pit, out0, "out0", 0, false),
};

static const struct keel_counter_desc pit_counters[] = {
	KEEL_COUNTERS(keel_pit, loads, 3),
	KEEL_COUNTER(keel_pit, illegal),
	KEEL_COUNTER(keel_pit, clamped),
	KEEL_COUNTER(keel_pit, missed),
	KEEL_COUNTER(keel_pit, reinjected),
	KEEL_COUNTER(keel_pit, ignored),
};

const struct keel_dev_ops keel_pit_ops = {
	.name = "pit",
	.class = KEEL_CLASS_PIT,
	.version = 1,
	.size = sizeof(struct keel_pit),
	.state = offsetof(struct keel_pit, s),
	.state_size = sizeof(struct keel_pit_state),
	.regions = pit_regions,
	.nr_regions = ARRAY_SIZE(pit_regions),
	.wires = pit_wires,
	.nr_wires = ARRAY_SIZE(pit_wires),
	.counters = pit_counters,
	.nr_counters = ARRAY_SIZE(pit_counters),
	.nr_timers = 1,
	.configure = pit_configure,
	.read = pit_read,
	.peek = pit_peek,
	.write = pit_write,
	.expire = pit_expire,
	.inspect = pit_inspect,
	.reset = pit_reset,
	.check = pit_check,
	.loaded = pit_loaded,
};
