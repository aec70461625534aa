// SPDX-License-Identifier: GPL-2.0
/*
 * Watchdog timer of Intel's 6300ESB (datasheet 300641, chapter 16), a PCI function. It counts
 * down in two stages: at the end of the first it interrupts, at that of the second it asserts
 * WDT_TOUT#, which resets a board.
 *
 *	0x60	RW  configuration: bits 1:0 WDT_INT_TYPE, bit 2 WDT_PRE_SEL, bit 5 WDT_OUTPUT
 *	0x68	RW  bit 0 WDT_LOCK: they stay until a reset, bit 1 WDT_ENABLE, bit 2 WDT_TOUT_CNF
 *
 *	In memory, BAR 0:
 *	0x0	RW  preload of stage 1, 20 bits
 *	0x4	RW  preload of stage 2, 20 bits
 *	0x8	RWC bit 0: stage 1 has ended
 *	0xc	RWC bit 9 WDT_TIMEOUT: stage 2 has ended, W bit 8 WDT_RELOAD: stage 1 begins anew
 *
 * Preloads and 0xc take a write only after the writes 0x80 and 0x86 to 0xc, one each time.
 *
 * The counter has 35 bits, of which a preload is the upper or (WDT_PRE_SEL) the middle 20, and is
 * clocked with 33.33 MHz: 30 ns exactly. So a tick is 983,040 ns, or 960 ns with WDT_PRE_SEL. It
 * counts zero as well: a stage is preload + 1 ticks long. A stage takes preload and clock as they
 * are when it begins.
 *
 * WDT_TOUT_CNF is free-running mode: there is stage 2 alone, again and again, and WDT_TOUT#
 * toggles at each end. The host is told when it is first asserted after an enabling or a reload.
 * WDT_TIMEOUT is in the RTC's power well: it survives a reset, and says what the reset was for.
 *
 * A stage's end is armed only if it changes an output; all others are worked out, in closed form,
 * when the guest or the host looks.
 *
 * Not modelled: WDT_INT_TYPE SMI gives no interrupt. Choices: the interrupt, which is a pin of the
 * 6300ESB's second IOAPIC, is the function's INTA. A board whose host does not reset it goes on:
 * then the next reload is a new beginning.
 */
#include "intx.h"
#include "pci.h"

#define I6300ESB_BAR		0
#define I6300ESB_OWN		0x60	/* registers in configuration space */
#define I6300ESB_OWN_LENGTH	12

enum { OWN_CONFIG = 0x0, OWN_LOCK = 0x8 };

#define WDT_INT_TYPE		GENMASK(1, 0)	/* 0: interrupt, 2: SMI, 3: none */
#define WDT_PRE_SEL		BIT(2)		/* the faster clock */
#define WDT_OUTPUT		BIT(5)		/* 1: WDT_TOUT# is off */
#define CONFIG_WRITABLE		(WDT_INT_TYPE | WDT_PRE_SEL | WDT_OUTPUT)

#define WDT_LOCK		BIT(0)
#define WDT_ENABLE		BIT(1)
#define WDT_TOUT_CNF		BIT(2)		/* free-running */
#define LOCK_WRITABLE		(WDT_LOCK | WDT_ENABLE | WDT_TOUT_CNF)

enum { WDT_PRELOAD_1 = 0x0, WDT_PRELOAD_2 = 0x4, WDT_GINTSR = 0x8, WDT_RELOAD_REG = 0xc };

#define WDT_INT_ACT		BIT(0)
#define WDT_RELOAD		BIT(8)
#define WDT_TIMEOUT		BIT(9)

#define UNLOCK_FIRST		0x80
#define UNLOCK_SECOND		0x86
enum { UNLOCKING_NONE, UNLOCKING_FIRST, UNLOCKED };

#define PRELOAD_MASK		GENMASK(19, 0)
#define CLOCK_NS		30ULL
#define TICK_SLOW		(CLOCK_NS << 15)
#define TICK_FAST		(CLOCK_NS << 5)
#define STAGE_MAX		((PRELOAD_MASK + 1) * TICK_SLOW)

/**
 * struct keel_i6300esb - the watchdog.
 * @dev:           what the board knows
 * @pci:           the function
 * @reloads:       stage 1 begun anew by the guest
 * @interrupts:    ends of stage 1
 * @timeouts:      ends of stage 2 that asserted WDT_TOUT#
 * @silent:        those that did not, as the guest has switched it off
 * @locked_writes: without the two writes that unlock, or to WDT_LOCK's bits when they are locked
 * @ignored:       writes to what cannot be written
 * @s:             state
 */
struct keel_i6300esb {
	/* Wiring */
	struct keel_dev dev;
	struct keel_pci pci;

	/* Counters */
	u64 reloads;
	u64 interrupts;
	u64 timeouts;
	u64 silent;
	u64 locked_writes;
	u64 ignored;

	/* State */
	struct keel_i6300esb_state s;
};

static_assert(sizeof(struct keel_i6300esb_state) == 56);

static struct keel_i6300esb *i6300esb_of(struct keel_dev *dev)
{
	return container_of(dev, struct keel_i6300esb, dev);
}

/* ---- The counter ---- */

static bool i6300esb_is_free(const struct keel_i6300esb *wdt)
{
	return wdt->s.lock & WDT_TOUT_CNF;
}

static bool i6300esb_interrupts(const struct keel_i6300esb *wdt)
{
	return !(wdt->s.config & WDT_INT_TYPE);
}

static u64 i6300esb_length(const struct keel_i6300esb *wdt, unsigned int stage)
{
	return (wdt->s.preload[stage - 1] + 1ULL) *
	       (wdt->s.config & WDT_PRE_SEL ? TICK_FAST : TICK_SLOW);
}

static void i6300esb_begin(struct keel_i6300esb *wdt)
{
	wdt->s.stage = i6300esb_is_free(wdt) ? 2 : 1;
	wdt->s.ends = keel_now(&wdt->dev) + i6300esb_length(wdt, wdt->s.stage);
	wdt->s.out = 0;
}

static void i6300esb_end(struct keel_i6300esb *wdt)
{
	wdt->s.stage = 0;
	wdt->s.ends = 0;
}

static void i6300esb_time_out(struct keel_i6300esb *wdt)
{
	bool was_out = wdt->s.out;

	wdt->s.timeout = 1;
	if (wdt->s.config & WDT_OUTPUT) {
		wdt->silent++;
		return;
	}
	wdt->s.out = 1;
	if (was_out)
		return;
	wdt->timeouts++;
	keel_event(&wdt->dev, KEEL_EVENT_WATCHDOG, 0);
}

/* What has happened up to now: at most both stages' ends, or any number of toggles at once. */
static void i6300esb_catch_up(struct keel_i6300esb *wdt)
{
	struct keel_i6300esb_state *s = &wdt->s;
	u64 now, length;

	if (!s->stage)
		return;
	now = keel_now(&wdt->dev);
	if (s->stage == 1 && s->ends <= now) {
		wdt->interrupts++;
		s->interrupt = 1;
		s->stage = 2;
		s->ends += i6300esb_length(wdt, 2);
	}
	if (s->stage == 1 || s->ends > now)
		return;
	length = i6300esb_length(wdt, 2);
	if (i6300esb_is_free(wdt))
		s->ends += ((now - s->ends) / length + 1) * length;
	else
		i6300esb_end(wdt);
	i6300esb_time_out(wdt);
}

/* When an output changes next. */
static u64 i6300esb_deadline(const struct keel_i6300esb *wdt)
{
	const struct keel_i6300esb_state *s = &wdt->s;
	u64 ends = s->ends;

	if (!s->stage)
		return KEEL_NEVER;
	if (s->stage == 1 && i6300esb_interrupts(wdt) && !s->interrupt)
		return ends;
	if (s->out || s->config & WDT_OUTPUT)
		return KEEL_NEVER;
	return s->stage == 1 ? ends + i6300esb_length(wdt, 2) : ends;
}

static void i6300esb_sync(struct keel_i6300esb *wdt)
{
	keel_pci_intx(&wdt->dev, wdt->s.interrupt && i6300esb_interrupts(wdt));
	keel_arm(&wdt->dev, 0, i6300esb_deadline(wdt));
}

static void i6300esb_expire(struct keel_dev *dev, unsigned int timer)
{
	i6300esb_catch_up(i6300esb_of(dev));
	i6300esb_sync(i6300esb_of(dev));
}

/* ---- Configuration space ---- */

static u32 i6300esb_own(const struct keel_i6300esb *wdt, u32 offset)
{
	switch (offset & ~3U) {
	case OWN_CONFIG:
		return wdt->s.config;
	case OWN_LOCK:
		return wdt->s.lock;
	default:
		return 0;
	}
}

static u32 i6300esb_own_read(struct keel_dev *dev, u32 offset, unsigned int width)
{
	return i6300esb_own(i6300esb_of(dev), offset) >> offset % 4 * 8;
}

static void i6300esb_set_lock(struct keel_i6300esb *wdt, u32 value)
{
	u8 was = wdt->s.lock;

	if (was & WDT_LOCK) {
		wdt->locked_writes++;
		return;
	}
	wdt->s.lock = value & LOCK_WRITABLE;
	if (!(was & WDT_ENABLE) && wdt->s.lock & WDT_ENABLE)
		i6300esb_begin(wdt);
	if (!(wdt->s.lock & WDT_ENABLE)) {
		i6300esb_end(wdt);
		wdt->s.out = 0;
	}
}

static bool i6300esb_own_write(struct keel_dev *dev, u32 offset, unsigned int width, u32 value)
{
	struct keel_i6300esb *wdt = i6300esb_of(dev);
	u32 lanes = keel_pci_lanes(offset, width);

	value = (i6300esb_own(wdt, offset) & ~lanes) | (value << offset % 4 * 8 & lanes);
	i6300esb_catch_up(wdt);
	switch (offset & ~3U) {
	case OWN_CONFIG:
		wdt->s.config = value & CONFIG_WRITABLE;
		break;
	case OWN_LOCK:
		i6300esb_set_lock(wdt, value);
		break;
	default:
		return false;
	}
	i6300esb_sync(wdt);
	return true;
}

/* ---- Memory ---- */

static u32 i6300esb_get(const struct keel_i6300esb *wdt, u32 offset)
{
	switch (offset & ~3U) {
	case WDT_PRELOAD_1:
		return wdt->s.preload[0];
	case WDT_PRELOAD_2:
		return wdt->s.preload[1];
	case WDT_GINTSR:
		return wdt->s.interrupt ? WDT_INT_ACT : 0;
	default:
		return wdt->s.timeout ? WDT_TIMEOUT : 0;
	}
}

static u32 i6300esb_read(struct keel_dev *dev, unsigned int region, u32 offset,
			 unsigned int width)
{
	struct keel_i6300esb *wdt = i6300esb_of(dev);

	i6300esb_catch_up(wdt);
	return i6300esb_get(wdt, offset) >> offset % 4 * 8;
}

/* Is the write one of the two that unlock? Whatever else is written begins anew. */
static bool i6300esb_unlocks(struct keel_i6300esb *wdt, u32 offset, u32 value)
{
	bool first = offset == WDT_RELOAD_REG && value == UNLOCK_FIRST;
	bool second = offset == WDT_RELOAD_REG && value == UNLOCK_SECOND &&
		      wdt->s.unlocking == UNLOCKING_FIRST;

	if (first || second)
		wdt->s.unlocking = first ? UNLOCKING_FIRST : UNLOCKED;
	return first || second;
}

static void i6300esb_reload(struct keel_i6300esb *wdt, u32 value)
{
	if (value & WDT_TIMEOUT)
		wdt->s.timeout = 0;
	if (!(value & WDT_RELOAD) || !(wdt->s.lock & WDT_ENABLE))
		return;
	wdt->reloads++;
	i6300esb_begin(wdt);
}

/* A register that is locked; @value has the bits of @lanes. */
static void i6300esb_set(struct keel_i6300esb *wdt, u32 offset, u32 lanes, u32 value)
{
	u32 nr = offset >= WDT_PRELOAD_2;

	if (wdt->s.unlocking != UNLOCKED) {
		wdt->s.unlocking = UNLOCKING_NONE;
		wdt->locked_writes++;
		return;
	}
	wdt->s.unlocking = UNLOCKING_NONE;
	if (offset >= WDT_RELOAD_REG)
		i6300esb_reload(wdt, value);
	else
		wdt->s.preload[nr] = ((wdt->s.preload[nr] & ~lanes) | value) & PRELOAD_MASK;
}

static void i6300esb_write(struct keel_dev *dev, unsigned int region, u32 offset,
			   unsigned int width, u32 value)
{
	struct keel_i6300esb *wdt = i6300esb_of(dev);
	u32 lanes = keel_pci_lanes(offset, width);
	u32 bits = value << offset % 4 * 8 & lanes;

	i6300esb_catch_up(wdt);
	if ((offset & ~3U) == WDT_GINTSR) {
		wdt->ignored += !(bits & WDT_INT_ACT);
		if (bits & WDT_INT_ACT)
			wdt->s.interrupt = 0;
	} else if (!i6300esb_unlocks(wdt, offset, value)) {
		i6300esb_set(wdt, offset, lanes, bits);
	}
	i6300esb_sync(wdt);
}

/* ---- Board ---- */

static bool i6300esb_configure(struct keel_dev *dev, const struct keel_device_config *config)
{
	unsigned int i;

	for (i = offsetof(struct keel_pci_config, reserved); i < sizeof(config->pad); i++)
		if (config->pad[i])
			return false;
	return true;
}

static void i6300esb_reset(struct keel_dev *dev, bool cold)
{
	struct keel_i6300esb *wdt = i6300esb_of(dev);
	struct keel_i6300esb_state *s = &wdt->s;

	i6300esb_end(wdt);
	memset(s->preload, 0xff, sizeof(s->preload));
	s->preload[0] &= PRELOAD_MASK;
	s->preload[1] &= PRELOAD_MASK;
	s->config = 0;
	s->lock = 0;
	s->unlocking = UNLOCKING_NONE;
	s->interrupt = 0;
	s->out = 0;
	if (cold)
		s->timeout = 0;
	i6300esb_sync(wdt);
}

static bool i6300esb_check(const struct keel_dev *dev, const void *state, u64 now)
{
	const struct keel_i6300esb_state *s = state;

	return s->preload[0] <= PRELOAD_MASK && s->preload[1] <= PRELOAD_MASK &&
	       !(s->config & ~CONFIG_WRITABLE) && !(s->lock & ~LOCK_WRITABLE) &&
	       s->stage <= 2 && !s->stage == !s->ends && s->ends <= now + STAGE_MAX &&
	       (s->lock & WDT_ENABLE || !(s->stage || s->out)) &&
	       s->unlocking <= UNLOCKED && s->interrupt <= 1 && s->timeout <= 1 && s->out <= 1;
}

static void i6300esb_loaded(struct keel_dev *dev)
{
	i6300esb_sync(i6300esb_of(dev));
}

static void i6300esb_inspect(const struct keel_dev *dev, struct keel_out *out)
{
	const struct keel_i6300esb *wdt = container_of(dev, struct keel_i6300esb, dev);
	const struct keel_i6300esb_state *s = &wdt->s;
	unsigned int stage;

	keel_emit(out, "enabled", -1, "", !!(s->lock & WDT_ENABLE));
	keel_emit(out, "locked", -1, "", !!(s->lock & WDT_LOCK));
	keel_emit(out, "free_running", -1, "", i6300esb_is_free(wdt));
	keel_emit(out, "interrupt.type", -1, "", s->config & WDT_INT_TYPE);
	keel_emit(out, "interrupt.active", -1, "", s->interrupt);
	keel_emit(out, "output", -1, "", s->out);
	keel_emit(out, "output.disabled", -1, "", !!(s->config & WDT_OUTPUT));
	keel_emit(out, "timeout", -1, "", s->timeout);
	keel_emit(out, "unlocking", -1, "", s->unlocking);
	keel_emit(out, "stage", -1, "", s->stage);
	keel_emit(out, "stage", -1, ".ends", s->ends);
	for (stage = 1; stage <= 2; stage++)
		keel_emit(out, "stage", stage, ".ns", i6300esb_length(wdt, stage));
}

static const struct keel_region_desc i6300esb_regions[] = {
	{ .label = "regs", .space = KEEL_MMIO, .length = 16, .width = 4,
	  .in_bar = KEEL_IN_BAR(I6300ESB_BAR) },
};

static const struct keel_wire_desc i6300esb_wires[] = {
	KEEL_INTX(keel_i6300esb, pci),
};

static const struct keel_counter_desc i6300esb_counters[] = {
	KEEL_COUNTER(keel_i6300esb, reloads),
	KEEL_COUNTER(keel_i6300esb, interrupts),
	KEEL_COUNTER(keel_i6300esb, timeouts),
	KEEL_COUNTER(keel_i6300esb, silent),
	KEEL_COUNTER(keel_i6300esb, locked_writes),
	KEEL_COUNTER(keel_i6300esb, ignored),
};

static const struct keel_pci_desc i6300esb_pci = {
	.pci = offsetof(struct keel_i6300esb, pci),
	.state = offsetof(struct keel_i6300esb, s.pci),
	.vendor = KEEL_I6300ESB_VENDOR,
	.device = KEEL_I6300ESB_DEVICE,
	.class_code = 0x088000,		/* another system peripheral */
	.revision = 2,
	.pin = 1,
	.own = I6300ESB_OWN,
	.own_length = I6300ESB_OWN_LENGTH,
	.own_read = i6300esb_own_read,
	.own_write = i6300esb_own_write,
	.bars = {
		[I6300ESB_BAR] = { KEEL_BAR_MEM32, false, 16 },
	},
};

const struct keel_dev_ops keel_i6300esb_ops = {
	.name = "i6300esb",
	.class = KEEL_CLASS_I6300ESB,
	.version = 1,
	.size = sizeof(struct keel_i6300esb),
	.state = offsetof(struct keel_i6300esb, s),
	.state_size = sizeof(struct keel_i6300esb_state),
	.regions = i6300esb_regions,
	.nr_regions = ARRAY_SIZE(i6300esb_regions),
	.wires = i6300esb_wires,
	.nr_wires = ARRAY_SIZE(i6300esb_wires),
	.counters = i6300esb_counters,
	.nr_counters = ARRAY_SIZE(i6300esb_counters),
	.nr_timers = 1,
	.pci = &i6300esb_pci,
	.configure = i6300esb_configure,
	.read = i6300esb_read,
	.write = i6300esb_write,
	.expire = i6300esb_expire,
	.inspect = i6300esb_inspect,
	.reset = i6300esb_reset,
	.check = i6300esb_check,
	.loaded = i6300esb_loaded,
};
