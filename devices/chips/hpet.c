// SPDX-License-Identifier: GPL-2.0
/*
 * High precision event timers (Intel, IA-PC HPET specification 1.0a). Three of them, each
 * 64 bits wide, one-shot and periodic, with FSB delivery.
 *
 *	0x000	RO  capabilities; bits 63:32 period of the counter in fs
 *	0x010	RW  bit 0 ENABLE_CNF: it runs, bit 1 LEG_RT_CNF: legacy replacement
 *	0x020	RWC interrupt status of level-triggered timers
 *	0x0f0	RW  main counter
 *	0x100	RW  timer 0: configuration and capabilities; 0x120, 0x140: timers 1 and 2
 *	0x108	RW  its comparator, and the period when it is periodic
 *	0x110	RW  its FSB route: 31:0 message, 63:32 address
 *
 * The counter's period is 10 ns: a whole number, so that each of its ticks is at an exact
 * VmTime and nothing can drift; a tenth of what the specification allows at most; and what
 * QEMU's has, which guests are known to accept. 32 bits of it wrap after 43 s.
 *
 * Registers are 64 bits wide. All accesses have byte lanes (the specification has them of 4
 * and 8 bytes, at their multiples). One of 8 bytes is whole: both halves of the counter are
 * of one tick, and VAL_SET holds for both of a comparator; of two halves, each needs its
 * own VAL_SET, as on Intel's chips. A comparator's register in periodic mode: what is written
 * is the period, and with VAL_SET the next match as well; what is read is the next match.
 *
 * A match is the tick at which the counter becomes equal to a comparator. One that is written
 * as what the counter is, or was, waits for the counter to come round.
 *
 * Outputs: an edge is a line that goes low, then high, and stays so until the next one, or
 * until the timer's or the general configuration changes, for the 8259s to see; two timers
 * may be on one pin. A level is high while its status bit is set. Timers can be on pins 20 to
 * 23 of the IOAPIC, which no other chip of a board has by default; a pin that a timer cannot
 * have is stored as 0, none. In legacy replacement timer 0 has IRQ 0 (pin 2) and timer 1 has
 * IRQ 8, and both are taken from the PIT and the RTC. FSB delivery goes before either, and is
 * by edges.
 *
 * The host's protection: an edge-triggered timer whose period is shorter than the configured
 * minimum gives an edge at every n-th match only; what registers say is still true. All else
 * needs a write of the guest's for each interrupt. The host's lateness: matches that passed
 * unseen are one interrupt ("missed").
 *
 * Everything since the last look is worked out by hpet_catch_up(), in closed form. A deadline
 * is armed only for what changes an output. A board has one HPET, so that this is all that a
 * guest can make the host do by itself.
 *
 * Not modelled: other periods, routes to the 8259s beside the legacy ones, more timers.
 * Choices: the counter can be written while it runs, and goes on from there; LEG_RT_CNF has
 * effect while ENABLE_CNF is set; VAL_SET is kept only in periodic mode.
 */
#include "../board/dev.h"

enum hpet_reg {
	HPET_CAPABILITIES = 0x000,	/* general capabilities and ID */
	HPET_CONFIG = 0x010,		/* general configuration */
	HPET_STATUS = 0x020,		/* general interrupt status */
	HPET_COUNTER = 0x0f0,		/* main counter value */
	HPET_TIMERS = 0x100,		/* timer 0; the others follow */
};

#define HPET_TIMER_SIZE	0x20U		/* from a timer to the next */

enum hpet_timer_reg {
	TIMER_CONFIG = 0x00,		/* configuration and capabilities */
	TIMER_COMPARATOR = 0x08,	/* comparator value */
	TIMER_FSB_ROUTE = 0x10,		/* FSB interrupt route */
};

#define PERIOD_SHIFT	32		/* COUNTER_CLK_PERIOD in capabilities */
#define FS_PER_NS	1000000ULL

#define ENABLE_CNF	BIT(0)		/* the counter runs, timers interrupt */
#define LEG_RT_CNF	BIT(1)		/* legacy replacement route */

#define INT_TYPE_CNF	BIT(1)		/* level-triggered */
#define INT_ENB_CNF	BIT(2)		/* interrupt enable */
#define TYPE_CNF	BIT(3)		/* periodic */
#define PER_INT_CAP	BIT(4)		/* RO: it can be */
#define SIZE_CAP	BIT(5)		/* RO: it has 64 bits */
#define VAL_SET_CNF	BIT(6)		/* the next write is to the comparator as well */
#define MODE32_CNF	BIT(8)		/* 32MODE: it acts as one of 32 bits */
#define INT_ROUTE_CNF	GENMASK(13, 9)	/* pin of the IOAPIC */
#define FSB_EN_CNF	BIT(14)		/* interrupts are messages */
#define FSB_INT_DEL_CAP	BIT(15)		/* RO: they can be */
#define INT_ROUTE_SHIFT	9
#define ROUTE_CAP_SHIFT	32		/* INT_ROUTE_CAP: a bit for each pin */

#define TIMER_WRITABLE	(INT_TYPE_CNF | INT_ENB_CNF | TYPE_CNF | VAL_SET_CNF | MODE32_CNF | \
			 INT_ROUTE_CNF | FSB_EN_CNF)
#define TIMER_CAN	(PER_INT_CAP | SIZE_CAP | FSB_INT_DEL_CAP)

#define PIN_FIRST	20		/* pins that timers can have */
#define PIN_LAST	23

#define WRAP32		BIT_ULL(32)
#define TICKS_MAX	(KEEL_TIME_MAX / KEEL_HPET_TICK_NS)

enum hpet_region { REGION_GENERAL, REGION_COUNTER, REGION_TIMERS };

enum hpet_wire { WIRE_IRQ0, WIRE_IRQ8, WIRE_PINS, WIRES = WIRE_PINS + PIN_LAST - PIN_FIRST + 1 };

/**
 * struct keel_hpet - the timers.
 * @dev:        what the board knows
 * @wires:      IRQ 0, IRQ 8, and the pins from PIN_FIRST on
 * @min_ticks:  shortest period of edges
 * @routed:     a bit for each timer whose message the host knows
 * @routes:     these messages
 * @interrupts: of each timer: edges, levels and messages
 * @missed:     matches that passed while an earlier one had not been seen
 * @clamped:    matches that gave no edge, since the period is shorter than the minimum
 * @lost:       interrupts for no pin, or messages for no LAPIC
 * @running_writes: writes to the counter while it ran
 * @ignored:    writes to what is read-only or reserved
 * @s:          see there
 */
struct keel_hpet {
	/* Wiring */
	struct keel_dev dev;
	struct keel_wire wires[WIRES];
	u32 min_ticks;

	/* Derived: what the host was told */
	u8 routed;
	struct keel_route routes[KEEL_HPET_TIMERS];

	/* Counters */
	u64 interrupts[KEEL_HPET_TIMERS];
	u64 missed;
	u64 clamped;
	u64 lost;
	u64 running_writes;
	u64 ignored;

	/* State */
	struct keel_hpet_state s;
};

static_assert(sizeof(struct keel_hpet_state) == 120);
static_assert(sizeof(struct keel_hpet_config) == 48);

static struct keel_hpet *hpet_of(struct keel_dev *dev)
{
	return container_of(dev, struct keel_hpet, dev);
}

/* ---- What follows from a timer's registers ---- */

static bool hpet_is_level(const struct keel_hpet_timer *t)
{
	return t->config & INT_TYPE_CNF && !(t->config & FSB_EN_CNF);
}

/* Of a comparator or a period, what counts. */
static u64 hpet_mask(const struct keel_hpet_timer *t)
{
	return t->config & MODE32_CNF ? U32_MAX : U64_MAX;
}

static bool hpet_pin_possible(u32 config)
{
	u32 pin = (config & INT_ROUTE_CNF) >> INT_ROUTE_SHIFT;

	return !pin || (pin >= PIN_FIRST && pin <= PIN_LAST);
}

static bool hpet_runs(const struct keel_hpet_state *s)
{
	return s->config & ENABLE_CNF;
}

static bool hpet_is_legacy(const struct keel_hpet_state *s)
{
	return hpet_runs(s) && s->config & LEG_RT_CNF;
}

/* The wire that a timer's interrupts are on: an enum hpet_wire, or -1. */
static int hpet_wire_of(const struct keel_hpet_state *s, unsigned int nr)
{
	u32 config = s->timers[nr].config;
	u32 pin = (config & INT_ROUTE_CNF) >> INT_ROUTE_SHIFT;

	if (config & FSB_EN_CNF)
		return -1;
	if (hpet_is_legacy(s) && nr <= 1)
		return WIRE_IRQ0 + nr;
	return pin ? WIRE_PINS + pin - PIN_FIRST : -1;
}

static bool hpet_interrupts(const struct keel_hpet_state *s, unsigned int nr)
{
	return hpet_runs(s) && s->timers[nr].config & INT_ENB_CNF;
}

static bool hpet_holds(const struct keel_hpet_state *s, int wire)
{
	unsigned int i;

	for (i = 0; i < KEEL_HPET_TIMERS; i++)
		if (s->raised & BIT(i) && hpet_interrupts(s, i) && hpet_wire_of(s, i) == wire)
			return true;
	return false;
}

/* ---- Time ---- */

static u64 hpet_counter(const struct keel_hpet *hpet)
{
	const struct keel_hpet_state *s = &hpet->s;

	if (!hpet_runs(s))
		return s->counter;
	return s->counter + (keel_now(&hpet->dev) - s->at) / KEEL_HPET_TICK_NS;
}

/* Ticks from the counter's value to the next match; KEEL_NEVER: a full turn of 64 bits. */
static u64 hpet_ahead(const struct keel_hpet_timer *t, u64 counter)
{
	u64 ahead = (t->comparator - counter) & hpet_mask(t);

	if (ahead)
		return ahead;
	return t->config & MODE32_CNF ? WRAP32 : KEEL_NEVER;
}

/* Ticks from a match to the one after it. */
static u64 hpet_between(const struct keel_hpet_timer *t)
{
	if (t->config & TYPE_CNF && t->period)
		return t->period;
	return t->config & MODE32_CNF ? WRAP32 : KEEL_NEVER;
}

/* Of so many matches in a row, one gives an interrupt. */
static u32 hpet_stride(const struct keel_hpet *hpet, const struct keel_hpet_timer *t)
{
	u64 between = hpet_between(t);

	if (hpet_is_level(t) || between >= hpet->min_ticks)
		return 1;
	return (hpet->min_ticks + (u32)between - 1) / (u32)between;
}

/* The board may have another minimum than the one that the state was saved on. */
static u32 hpet_skip(const struct keel_hpet *hpet, const struct keel_hpet_timer *t)
{
	return min(t->skip, hpet_stride(hpet, t) - 1);
}

/* Interrupts among so many matches. */
static u64 hpet_count(struct keel_hpet *hpet, struct keel_hpet_timer *t, u64 matches)
{
	u32 stride = hpet_stride(hpet, t), skip = hpet_skip(hpet, t);
	u64 behind;

	if (matches <= skip) {
		t->skip = skip - matches;
		return 0;
	}
	behind = matches - skip - 1;
	t->skip = stride - 1 - behind % stride;
	return 1 + behind / stride;
}

/* Return: it is to have an edge. */
static bool hpet_match(struct keel_hpet *hpet, unsigned int nr, u64 matches)
{
	struct keel_hpet_state *s = &hpet->s;
	struct keel_hpet_timer *t = &s->timers[nr];
	u64 count = hpet_count(hpet, t, matches);
	bool seen = s->raised & BIT(nr);

	if (t->config & TYPE_CNF)
		t->comparator = (t->comparator + matches * t->period) & hpet_mask(t);
	if (hpet_is_level(t))
		s->raised |= BIT(nr);
	if (!hpet_interrupts(s, nr))
		return false;
	if (hpet_is_level(t)) {
		hpet->missed += count - !seen;
		hpet->interrupts[nr] += !seen;
		return false;
	}
	hpet->clamped += matches - count;
	hpet->missed += count - !!count;
	return count;
}

/* Brings the state from s->at to now. Return: a bit for each timer that is to have an edge. */
static u32 hpet_catch_up(struct keel_hpet *hpet)
{
	struct keel_hpet_state *s = &hpet->s;
	u64 ticks, ahead;
	unsigned int i;
	u32 edges = 0;

	if (!hpet_runs(s))
		return 0;
	ticks = (keel_now(&hpet->dev) - s->at) / KEEL_HPET_TICK_NS;
	for (i = 0; i < KEEL_HPET_TIMERS; i++) {
		ahead = hpet_ahead(&s->timers[i], s->counter);
		if (ahead > ticks)
			continue;
		if (hpet_match(hpet, i, 1 + (ticks - ahead) / hpet_between(&s->timers[i])))
			edges |= BIT(i);
	}
	s->counter += ticks;
	s->at += ticks * KEEL_HPET_TICK_NS;
	return edges;
}

/* ---- Outputs ---- */

/* A timer's match gets out: as a message, or as a line that hpet_sync() will raise. */
static void hpet_give_edge(struct keel_hpet *hpet, unsigned int nr)
{
	int wire = hpet_wire_of(&hpet->s, nr);

	hpet->interrupts[nr]++;
	if (wire >= 0) {
		keel_line_set(&hpet->wires[wire], false);
		hpet->s.raised |= BIT(nr);
	} else if (hpet->routed & BIT(nr)) {
		keel_send_msi(&hpet->dev, hpet->dev.gsi + nr);
	} else {
		hpet->lost++;
	}
}

/* Each function that looks at what time changes, or writes a register, starts here. */
static void hpet_update(struct keel_hpet *hpet)
{
	u32 edges = hpet_catch_up(hpet);
	unsigned int i;

	for (i = 0; i < KEEL_HPET_TIMERS; i++)
		if (edges & BIT(i))
			hpet_give_edge(hpet, i);
}

/* Tells the host what a timer's message is, or that it has none. */
static void hpet_route(struct keel_hpet *hpet, unsigned int nr)
{
	const struct keel_hpet_timer *t = &hpet->s.timers[nr];
	bool told = hpet->routed & BIT(nr);
	struct keel_route route;

	if (!(t->config & FSB_EN_CNF) || !keel_msi_route(t->fsb >> 32 & ~3ULL, t->fsb, &route)) {
		hpet->routed &= ~BIT(nr);
		if (told)
			keel_set_route(&hpet->dev, hpet->dev.gsi + nr, NULL);
		return;
	}
	if (told && !memcmp(&route, &hpet->routes[nr], sizeof(route)))
		return;
	hpet->routed |= BIT(nr);
	hpet->routes[nr] = route;
	keel_set_route(&hpet->dev, hpet->dev.gsi + nr, &route);
}

/* VmTime at which a timer's output changes by itself. */
static u64 hpet_deadline(const struct keel_hpet *hpet, unsigned int nr)
{
	const struct keel_hpet_state *s = &hpet->s;
	const struct keel_hpet_timer *t = &s->timers[nr];
	u64 ahead = hpet_ahead(t, s->counter);

	if (!hpet_interrupts(s, nr) || (hpet_wire_of(s, nr) < 0 && !(hpet->routed & BIT(nr))))
		return KEEL_NEVER;
	if (hpet_is_level(t) && s->raised & BIT(nr))
		return KEEL_NEVER;
	if (ahead > TICKS_MAX)
		return KEEL_NEVER;
	ahead += hpet_skip(hpet, t) * t->period;
	return ahead > TICKS_MAX ? KEEL_NEVER : s->at + ahead * KEEL_HPET_TICK_NS;
}

/* The legacy lines are taken when they have their levels, and given back before. */
static void hpet_sync_lines(struct keel_hpet *hpet)
{
	bool legacy = hpet_is_legacy(&hpet->s);
	unsigned int i;

	for (i = WIRE_IRQ0; i <= WIRE_IRQ8 && !legacy; i++)
		keel_line_take(&hpet->wires[i], false);
	for (i = 0; i < WIRES; i++)
		keel_line_set(&hpet->wires[i], hpet_holds(&hpet->s, i));
	for (i = WIRE_IRQ0; i <= WIRE_IRQ8 && legacy; i++)
		keel_line_take(&hpet->wires[i], true);
}

static void hpet_sync(struct keel_hpet *hpet)
{
	unsigned int i;

	hpet_sync_lines(hpet);
	for (i = 0; i < KEEL_HPET_TIMERS; i++) {
		hpet_route(hpet, i);
		keel_arm(&hpet->dev, i, hpet_deadline(hpet, i));
	}
}

/* ---- Registers: 64 bits, with byte lanes ---- */

static u32 hpet_register(unsigned int region, u32 offset)
{
	static const u32 starts[] = {
		[REGION_COUNTER] = HPET_COUNTER, [REGION_TIMERS] = HPET_TIMERS,
	};

	return region == REGION_GENERAL ? offset : starts[region] + offset;
}

static u64 hpet_read_timer(const struct keel_hpet_timer *t, u32 reg)
{
	switch (reg) {
	case TIMER_CONFIG:
		return GENMASK_ULL(PIN_LAST, PIN_FIRST) << ROUTE_CAP_SHIFT | TIMER_CAN | t->config;
	case TIMER_COMPARATOR:
		return t->comparator;
	case TIMER_FSB_ROUTE:
		return t->fsb;
	default:
		return 0;
	}
}

static u32 hpet_status(const struct keel_hpet_state *s)
{
	u32 status = 0;
	unsigned int i;

	for (i = 0; i < KEEL_HPET_TIMERS; i++)
		if (hpet_is_level(&s->timers[i]))
			status |= s->raised & BIT(i);
	return status;
}

static u64 hpet_read_register(struct keel_hpet *hpet, u32 reg)
{
	unsigned int nr = (reg - HPET_TIMERS) / HPET_TIMER_SIZE;

	switch (reg) {
	case HPET_CAPABILITIES:
		return KEEL_HPET_TICK_NS * FS_PER_NS << PERIOD_SHIFT | KEEL_HPET_CAPABILITIES;
	case HPET_CONFIG:
		return hpet->s.config;
	case HPET_STATUS:
		return hpet_status(&hpet->s);
	case HPET_TIMERS ... HPET_TIMERS + KEEL_HPET_TIMERS * HPET_TIMER_SIZE - 1:
		nr = array_index_nospec(nr, KEEL_HPET_TIMERS);
		return hpet_read_timer(&hpet->s.timers[nr], reg % HPET_TIMER_SIZE);
	default:
		return 0;
	}
}

static u32 hpet_read(struct keel_dev *dev, unsigned int region, u32 offset, unsigned int width)
{
	struct keel_hpet *hpet = hpet_of(dev);
	u32 at = hpet_register(region, offset);

	if (at - HPET_COUNTER < 8)	/* guests read it for the time */
		return hpet_counter(hpet) >> at % 8 * 8;
	hpet_update(hpet);
	hpet_sync(hpet);
	return hpet_read_register(hpet, at & ~7U) >> at % 8 * 8;
}

/**
 * struct hpet_value - what is written to a register.
 * @lanes: the bits that are
 * @bits:  their values
 */
struct hpet_value {
	u64 lanes;
	u64 bits;
};

static u64 hpet_merge(u64 old, const struct hpet_value *value)
{
	return (old & ~value->lanes) | (value->bits & value->lanes);
}

/* Edges that stay on their lines for the 8259s end with the set-up that they are of. */
static void hpet_drop_edges(struct keel_hpet_state *s)
{
	s->raised = hpet_status(s);
}

static void hpet_write_config(struct keel_hpet *hpet, const struct hpet_value *value)
{
	struct keel_hpet_state *s = &hpet->s;
	u8 config = hpet_merge(s->config, value) & (ENABLE_CNF | LEG_RT_CNF);

	if (config == s->config)
		return;
	if ((config ^ s->config) & ENABLE_CNF)
		s->at = config & ENABLE_CNF ? keel_now(&hpet->dev) : 0;
	s->config = config;
	hpet_drop_edges(s);
}

static void hpet_write_status(struct keel_hpet_state *s, const struct hpet_value *value)
{
	s->raised &= ~(hpet_status(s) & value->bits & value->lanes);
}

static void hpet_write_counter(struct keel_hpet *hpet, const struct hpet_value *value)
{
	hpet->s.counter = hpet_merge(hpet->s.counter, value);
	hpet->running_writes += hpet_runs(&hpet->s);
}

static void hpet_write_timer_config(struct keel_hpet_state *s, unsigned int nr,
				    const struct hpet_value *value)
{
	struct keel_hpet_timer *t = &s->timers[nr];
	u32 config = hpet_merge(t->config, value) & TIMER_WRITABLE;
	bool level = hpet_is_level(t);

	if (!(config & TYPE_CNF))
		config &= ~VAL_SET_CNF;
	if (!hpet_pin_possible(config))
		config &= ~INT_ROUTE_CNF;
	if ((config ^ t->config) & ~VAL_SET_CNF) {
		t->skip = 0;
		if (!level || config & FSB_EN_CNF || !(config & INT_TYPE_CNF))
			s->raised &= ~BIT(nr);
	}
	t->config = config;
	t->comparator &= hpet_mask(t);
	t->period &= hpet_mask(t);
}

static void hpet_write_comparator(struct keel_hpet_timer *t, const struct hpet_value *value)
{
	u64 mask = hpet_mask(t);

	t->period = hpet_merge(t->period, value) & mask;
	if (!(t->config & TYPE_CNF) || t->config & VAL_SET_CNF)
		t->comparator = hpet_merge(t->comparator, value) & mask;
	t->config &= ~VAL_SET_CNF;
	t->skip = 0;
}

static void hpet_write_timer(struct keel_hpet *hpet, unsigned int nr, u32 reg,
			     const struct hpet_value *value)
{
	struct keel_hpet_timer *t = &hpet->s.timers[nr];

	switch (reg) {
	case TIMER_CONFIG:
		hpet_write_timer_config(&hpet->s, nr, value);
		break;
	case TIMER_COMPARATOR:
		hpet_write_comparator(t, value);
		break;
	case TIMER_FSB_ROUTE:
		t->fsb = hpet_merge(t->fsb, value);
		break;
	default:
		hpet->ignored++;
	}
}

static void hpet_write_register(struct keel_hpet *hpet, u32 reg, const struct hpet_value *value)
{
	unsigned int nr = (reg - HPET_TIMERS) / HPET_TIMER_SIZE;

	hpet_update(hpet);
	switch (reg) {
	case HPET_CONFIG:
		hpet_write_config(hpet, value);
		break;
	case HPET_STATUS:
		hpet_write_status(&hpet->s, value);
		break;
	case HPET_COUNTER:
		hpet_write_counter(hpet, value);
		break;
	case HPET_TIMERS ... HPET_TIMERS + KEEL_HPET_TIMERS * HPET_TIMER_SIZE - 1:
		nr = array_index_nospec(nr, KEEL_HPET_TIMERS);
		hpet_write_timer(hpet, nr, reg % HPET_TIMER_SIZE, value);
		break;
	default:
		hpet->ignored++;
	}
	hpet_sync(hpet);
}

static void hpet_write(struct keel_dev *dev, unsigned int region, u32 offset,
		       unsigned int width, u32 value)
{
	u32 at = hpet_register(region, offset), shift = at % 8 * 8;
	const struct hpet_value lanes = {
		.lanes = GENMASK_ULL(8 * width - 1, 0) << shift, .bits = (u64)value << shift,
	};

	hpet_write_register(hpet_of(dev), at & ~7U, &lanes);
}

static void hpet_write64(struct keel_dev *dev, unsigned int region, u32 offset, u64 value)
{
	const struct hpet_value whole = { .lanes = U64_MAX, .bits = value };

	hpet_write_register(hpet_of(dev), hpet_register(region, offset), &whole);
}

static void hpet_expire(struct keel_dev *dev, unsigned int timer)
{
	struct keel_hpet *hpet = hpet_of(dev);

	hpet_update(hpet);
	hpet_sync(hpet);
}

/* ---- Life cycle ---- */

static bool hpet_configure(struct keel_dev *dev, const struct keel_device_config *config)
{
	static const u64 zero[ARRAY_SIZE(config->hpet.reserved)];
	u32 min_ns = config->hpet.min_period_ns;

	if (!min_ns)
		min_ns = KEEL_HPET_MIN_PERIOD_DEFAULT;
	hpet_of(dev)->min_ticks = min_ns / KEEL_HPET_TICK_NS + !!(min_ns % KEEL_HPET_TICK_NS);
	return !config->instance && min_ns >= KEEL_HPET_MIN_PERIOD_LEAST && !config->hpet.pad &&
	       !memcmp(config->hpet.reserved, zero, sizeof(zero));
}

static void hpet_reset(struct keel_dev *dev, bool cold)
{
	struct keel_hpet *hpet = hpet_of(dev);
	unsigned int i;

	memset(&hpet->s, 0, sizeof(hpet->s));
	for (i = 0; i < KEEL_HPET_TIMERS; i++)
		hpet->s.timers[i].comparator = U64_MAX;
	hpet_sync(hpet);
}

static bool hpet_skip_possible(const struct keel_hpet_timer *t)
{
	if (!t->skip)
		return true;
	return t->config & TYPE_CNF && t->period && t->period <= KEEL_HPET_SKIP_TICKS &&
	       t->skip * t->period <= KEEL_HPET_SKIP_TICKS && !hpet_is_level(t);
}

static bool hpet_check_timer(const struct keel_hpet_state *s, unsigned int nr)
{
	const struct keel_hpet_timer *t = &s->timers[nr];
	bool edge_raised = s->raised & BIT(nr) && !hpet_is_level(t);

	if (t->config & ~TIMER_WRITABLE || !hpet_pin_possible(t->config))
		return false;
	if (t->config & VAL_SET_CNF && !(t->config & TYPE_CNF))
		return false;
	if ((t->comparator | t->period) & ~hpet_mask(t) || !hpet_skip_possible(t))
		return false;
	return !edge_raised || (hpet_interrupts(s, nr) && hpet_wire_of(s, nr) >= 0);
}

static bool hpet_check(const struct keel_dev *dev, const void *state, u64 now)
{
	const struct keel_hpet_state *s = state;
	static const u8 zero[sizeof(s->pad)];
	unsigned int i;

	if (s->config & ~(ENABLE_CNF | LEG_RT_CNF) || s->raised >> KEEL_HPET_TIMERS)
		return false;
	if (hpet_runs(s) ? s->at > now : s->at)
		return false;
	for (i = 0; i < KEEL_HPET_TIMERS; i++)
		if (!hpet_check_timer(s, i))
			return false;
	return !memcmp(s->pad, zero, sizeof(zero));
}

static u32 hpet_takes(const void *state)
{
	return hpet_is_legacy(state) ? BIT(WIRE_IRQ0) | BIT(WIRE_IRQ8) : 0;
}

/* Deadlines count from s->at: what was not looked at yet need not be caught up with. */
static void hpet_loaded(struct keel_dev *dev)
{
	hpet_sync(hpet_of(dev));
}

static void hpet_inspect_timer(const struct keel_hpet *hpet, unsigned int nr,
			       struct keel_out *out)
{
	const struct keel_hpet_timer *t = &hpet->s.timers[nr];

	keel_emit(out, "timer", nr, ".enabled", !!(t->config & INT_ENB_CNF));
	keel_emit(out, "timer", nr, ".periodic", !!(t->config & TYPE_CNF));
	keel_emit(out, "timer", nr, ".level", hpet_is_level(t));
	keel_emit(out, "timer", nr, ".32bit", !!(t->config & MODE32_CNF));
	keel_emit(out, "timer", nr, ".val_set", !!(t->config & VAL_SET_CNF));
	keel_emit(out, "timer", nr, ".pin", (t->config & INT_ROUTE_CNF) >> INT_ROUTE_SHIFT);
	keel_emit(out, "timer", nr, ".comparator", t->comparator);
	keel_emit(out, "timer", nr, ".period", t->period);
	keel_emit(out, "timer", nr, ".skip", hpet_skip(hpet, t));
	keel_emit(out, "timer", nr, ".fsb", !!(t->config & FSB_EN_CNF));
	keel_emit(out, "timer", nr, ".fsb_address", t->fsb >> 32);
	keel_emit(out, "timer", nr, ".fsb_data", (u32)t->fsb);
	keel_emit(out, "timer", nr, ".gsi", hpet->dev.gsi + nr);
	keel_emit(out, "timer", nr, ".routed", !!(hpet->routed & BIT(nr)));
	keel_emit(out, "timer", nr, ".raised", !!(hpet->s.raised & BIT(nr)));
}

/* On a copy: the state is brought up to date when the guest looks, not when we do. */
static void hpet_inspect(const struct keel_dev *dev, struct keel_out *out)
{
	struct keel_hpet copy = *container_of(dev, struct keel_hpet, dev);
	unsigned int i;

	hpet_catch_up(&copy);
	keel_emit(out, "counter", -1, "", copy.s.counter);
	keel_emit(out, "enabled", -1, "", hpet_runs(&copy.s));
	keel_emit(out, "legacy", -1, "", hpet_is_legacy(&copy.s));
	keel_emit(out, "status", -1, "", hpet_status(&copy.s));
	for (i = 0; i < KEEL_HPET_TIMERS; i++)
		hpet_inspect_timer(&copy, i, out);
}

static const struct keel_region_desc hpet_regions[] = {
	[REGION_GENERAL] = {
		.label = "general", .space = KEEL_MMIO, .base = KEEL_HPET_BASE,
		.length = HPET_COUNTER, .width = 4,
	},
	[REGION_COUNTER] = {
		.label = "counter", .space = KEEL_MMIO, .base = HPET_COUNTER,
		.length = HPET_TIMERS - HPET_COUNTER, .width = 4, .follows = true,
	},
	[REGION_TIMERS] = {
		.label = "timers", .space = KEEL_MMIO, .base = HPET_TIMERS,
		.length = KEEL_HPET_LENGTH - HPET_TIMERS, .width = 4, .follows = true,
	},
};

#define HPET_WIRE(label_, wire, line_) \
	{ .label = (label_), .offset = offsetof(struct keel_hpet, wires[wire]), \
	  .line = (line_), .probe = true }

static const struct keel_wire_desc hpet_wires[] = {
	[WIRE_IRQ0] = HPET_WIRE("irq0", WIRE_IRQ0, 0),
	[WIRE_IRQ8] = HPET_WIRE("irq8", WIRE_IRQ8, 8),
	[WIRE_PINS] = HPET_WIRE("pin20", WIRE_PINS, 20),
	[WIRE_PINS + 1] = HPET_WIRE("pin21", WIRE_PINS + 1, 21),
	[WIRE_PINS + 2] = HPET_WIRE("pin22", WIRE_PINS + 2, 22),
	[WIRE_PINS + 3] = HPET_WIRE("pin23", WIRE_PINS + 3, 23),
};

static_assert(ARRAY_SIZE(hpet_wires) == WIRES);

static const struct keel_counter_desc hpet_counters[] = {
	KEEL_COUNTERS(keel_hpet, interrupts, KEEL_HPET_TIMERS),
	KEEL_COUNTER(keel_hpet, missed),
	KEEL_COUNTER(keel_hpet, clamped),
	KEEL_COUNTER(keel_hpet, lost),
	KEEL_COUNTER(keel_hpet, running_writes),
	KEEL_COUNTER(keel_hpet, ignored),
};

const struct keel_dev_ops keel_hpet_ops = {
	.name = "hpet",
	.class = KEEL_CLASS_HPET,
	.version = 1,
	.size = sizeof(struct keel_hpet),
	.state = offsetof(struct keel_hpet, s),
	.state_size = sizeof(struct keel_hpet_state),
	.regions = hpet_regions,
	.nr_regions = ARRAY_SIZE(hpet_regions),
	.wires = hpet_wires,
	.nr_wires = ARRAY_SIZE(hpet_wires),
	.counters = hpet_counters,
	.nr_counters = ARRAY_SIZE(hpet_counters),
	.nr_timers = KEEL_HPET_TIMERS,
	.nr_messages = KEEL_HPET_TIMERS,
	.configure = hpet_configure,
	.read = hpet_read,
	.write = hpet_write,
	.write64 = hpet_write64,
	.expire = hpet_expire,
	.inspect = hpet_inspect,
	.reset = hpet_reset,
	.check = hpet_check,
	.takes = hpet_takes,
	.loaded = hpet_loaded,
};
