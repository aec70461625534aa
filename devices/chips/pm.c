// SPDX-License-Identifier: GPL-2.0
/*
 * ACPI fixed hardware (ACPI 6.4, 4.8), the SMI command port that switches it on,
 * and the reset control register of PC chipsets (Intel 82801, RST_CNT).
 *
 *	+0x00 PM1_STS   +0x02 PM1_EN   +0x04 PM1_CNT   +0x08 PM_TMR, 32 bits
 *	+0x0c RESET     +0x20 GPE0_STS +0x22 GPE0_EN
 *	0xb2  SMI_CMD   0xb3  SMI_DATA 0xcf9 RST_CNT
 *
 * Registers take any width at any offset, RST_CNT only bytes; what lies between them
 * reads 0. SCI, on line 9, is level triggered: held while SCI_EN is set and an enabled
 * status is.
 *
 * Modelled: power and sleep button, 16 general-purpose events given by the host,
 * the timer with TMR_STS on every change of its top bit, RTC_STS on every alarm of the
 * RTC, S5, S3 and S4 as events for the host, waking, WAK_STS and the wake-up's cause after
 * the reset that ends a sleep.
 * Not modelled: S1 and S2, GBL_STS and BM_STS (there is no firmware and no legacy bus master
 * to set them; their enable bits are kept), the power button's override, a reset of the CPUs
 * alone: each reset is one of the whole PC.
 *
 * SLP_TYP is 5 for S5, 3 and 4; with KEEL_PM_OFF_BY_0, 0 is S5 as well: firmware that was written
 * for QEMU powers off with it, whatever the ACPI tables say.
 *
 * A sleeping PC is woken by what is enabled in PM1_EN and GPE0_EN, as soon as its status is set,
 * before SLP_EN as well: an alarm that goes off while the guest falls asleep is not lost. The
 * power button and the host's own event, KEEL_PM_GPE_WAKE, wake it enabled or not. The host then
 * resets the board. That reset keeps the statuses, and the enables that have their own battery
 * in a chipset: those of wake-up events.
 *
 * TMR_STS is not stored but derived, so that no timer need run while the guest has
 * its interrupt off: it is set when the half round that the timer is in differs from
 * the one in which it was cleared.
 */
#include "../board/dev.h"

enum pm_region { PM_BLOCK, PM_SMI, PM_RST_CNT };

#define TMR_STS			BIT(0)		/* PM1_STS, and the same in PM1_EN */
#define GBL_STS			BIT(5)		/* global lock */
#define PWRBTN_STS		BIT(8)		/* power button */
#define SLPBTN_STS		BIT(9)		/* sleep button */
#define RTC_STS			BIT(10)		/* the RTC's alarm */
#define WAK_STS			BIT(15)		/* PM1_STS only */

#define PM1_WAKES		(PWRBTN_STS | SLPBTN_STS | RTC_STS)
#define PM1_STS_STORED		(PM1_WAKES | WAK_STS)
#define PM1_EN_BITS		(TMR_STS | GBL_STS | PWRBTN_STS | SLPBTN_STS | RTC_STS)

#define SCI_EN			BIT(0)		/* PM1_CNT */
#define BM_RLD			BIT(1)		/* bus master reload: kept, without effect */
#define SLP_TYP			GENMASK(12, 10)	/* sleep type: KEEL_PM_SLP_TYP_* */
#define SLP_TYP_SHIFT		10
#define SLP_EN			BIT(13)		/* write only, as is GBL_RLS */

#define PM1_CNT_STORED		(SCI_EN | BM_RLD | SLP_TYP)

#define RST_CPU			BIT(2)		/* RST_CNT */
#define RST_CNT_BITS		GENMASK(3, 1)	/* FULL_RST, RST_CPU, SYS_RST */

struct keel_pm {
	struct keel_dev dev;

	/* Wiring */
	struct keel_wire sci;
	u8 timer_bits;
	u32 flags;		/* KEEL_PM_* */

	/* Derived */
	bool sci_level;

	/* Counters */
	u64 sci_asserts;
	u64 timer_overflows;	/* that the guest had asked an interrupt for */
	u64 power_presses;
	u64 sleep_presses;
	u64 alarms;		/* of the RTC */
	u64 gpes;
	u64 smi_commands;
	u64 sleeps;
	u64 wakes;
	u64 poweroffs;
	u64 resets;
	u64 ignored;		/* writes without a meaning: commands, S-states, offsets */

	/* State */
	struct keel_pm_state s;
};

static_assert(sizeof(struct keel_pm_config) == 48);
static_assert(sizeof(struct keel_pm_state) == 24);

static struct keel_pm *pm_of(struct keel_dev *dev)
{
	return container_of(dev, struct keel_pm, dev);
}

/* ---- The timer ---- */

static u64 pm_ticks(u64 ns)
{
	return keel_muldiv(ns, KEEL_PM_CLOCK_MUL, KEEL_PM_CLOCK_DIV);
}

static u64 pm_half(const struct keel_pm *pm, u64 ns)
{
	return pm_ticks(ns) >> (pm->timer_bits - 1);
}

static u32 pm_tmr_at(const struct keel_pm *pm, u64 now)
{
	return pm_ticks(now) & GENMASK(pm->timer_bits - 1, 0);
}

static u32 pm_tmr(const struct keel_pm *pm)
{
	return pm_tmr_at(pm, keel_now(&pm->dev));
}

static u16 pm_pm1_sts(const struct keel_pm *pm)
{
	u16 sts = pm->s.pm1_sts;

	if (pm_half(pm, keel_now(&pm->dev)) != pm->s.tmr_half)
		sts |= TMR_STS;
	return sts;
}

/* TMR_STS can only turn the SCI on, and only if it is clear. */
static u64 pm_deadline(const struct keel_pm *pm)
{
	if (!(pm->s.pm1_cnt & SCI_EN) || !(pm->s.pm1_en & TMR_STS) ||
	    pm_pm1_sts(pm) & TMR_STS)
		return KEEL_NEVER;
	return keel_muldiv_up((pm->s.tmr_half + 1) << (pm->timer_bits - 1),
			      KEEL_PM_CLOCK_DIV, KEEL_PM_CLOCK_MUL);
}

/* Once: what comes later finds the host busy with the reset. */
static void pm_wake(struct keel_pm *pm)
{
	if (!pm->s.slept || pm->s.woken)
		return;
	pm->s.woken = 1;
	pm->wakes++;
	keel_event(&pm->dev, KEEL_EVENT_WAKE, pm->s.slept);
}

static void pm_sync(struct keel_pm *pm)
{
	bool level = pm->s.pm1_cnt & SCI_EN && (pm_pm1_sts(pm) & pm->s.pm1_en ||
						pm->s.gpe0_sts & pm->s.gpe0_en);

	pm->sci_asserts += level && !pm->sci_level;
	pm->sci_level = level;
	keel_line_set(&pm->sci, level);
	keel_arm(&pm->dev, 0, pm_deadline(pm));
	if (pm->s.pm1_sts & pm->s.pm1_en & PM1_WAKES || pm->s.gpe0_sts & pm->s.gpe0_en)
		pm_wake(pm);
}

/* ---- Sleep and reset ---- */

static void pm_power_off(struct keel_pm *pm)
{
	pm->poweroffs++;
	keel_event(&pm->dev, KEEL_EVENT_POWEROFF, 0);
}

static void pm_sleep(struct keel_pm *pm)
{
	unsigned int type = (pm->s.pm1_cnt & SLP_TYP) >> SLP_TYP_SHIFT;

	if (pm->s.slept) {	/* another processor was faster */
		pm->ignored++;
		return;
	}
	switch (type) {
	case KEEL_PM_SLP_TYP_S3:
	case KEEL_PM_SLP_TYP_S4:
		pm->s.slept = type;
		pm->sleeps++;
		keel_event(&pm->dev, KEEL_EVENT_SLEEP, type);
		break;
	case KEEL_PM_SLP_TYP_S5:
		pm_power_off(pm);
		break;
	case KEEL_PM_SLP_TYP_S0:
		if (pm->flags & KEEL_PM_OFF_BY_0) {
			pm_power_off(pm);
			break;
		}
		fallthrough;
	default:
		pm->ignored++;
	}
}

static void pm_reset_pc(struct keel_pm *pm, u64 how)
{
	pm->resets++;
	keel_event(&pm->dev, KEEL_EVENT_RESET, how);
}

static void pm_write_reset(struct keel_pm *pm, u8 value)
{
	if (value == KEEL_PM_RESET_VALUE)
		pm_reset_pc(pm, KEEL_RESET_ACPI);
	else
		pm->ignored++;
}

/* The rise of RST_CPU resets; what SYS_RST and FULL_RST say about it makes no difference. */
static void pm_write_rst_cnt(struct keel_pm *pm, u8 value)
{
	bool rises = value & ~pm->s.rst_cnt & RST_CPU;

	pm->s.rst_cnt = value & RST_CNT_BITS;
	if (rises)
		pm_reset_pc(pm, KEEL_RESET_CF9);
}

/* ---- The SMI command port: firmware's part in the switch to ACPI mode ---- */

static void pm_write_smi_cmd(struct keel_pm *pm, u8 command)
{
	pm->smi_commands++;
	pm->s.smi_cmd = command;
	if (command == KEEL_PM_ACPI_ENABLE)
		pm->s.pm1_cnt |= SCI_EN;
	else if (command == KEEL_PM_ACPI_DISABLE)
		pm->s.pm1_cnt &= ~SCI_EN;
	else
		pm->ignored++;
}

/* ---- The block: 16-bit registers, of which @mask is accessed ---- */

static void pm_write_pm1_sts(struct keel_pm *pm, u16 value)
{
	pm->s.pm1_sts &= ~value;
	if (value & TMR_STS)
		pm->s.tmr_half = pm_half(pm, keel_now(&pm->dev));
}

static void pm_write_pm1_cnt(struct keel_pm *pm, u16 value, u16 mask)
{
	pm->s.pm1_cnt = ((pm->s.pm1_cnt & ~mask) | (value & mask)) & PM1_CNT_STORED;
	if (value & mask & SLP_EN)
		pm_sleep(pm);
}

static u16 pm_read_block(const struct keel_pm *pm, u32 offset)
{
	switch (offset) {
	case KEEL_PM_PM1_STS:
		return pm_pm1_sts(pm);
	case KEEL_PM_PM1_EN:
		return pm->s.pm1_en;
	case KEEL_PM_PM1_CNT:
		return pm->s.pm1_cnt;
	case KEEL_PM_TMR:
		return pm_tmr(pm);
	case KEEL_PM_TMR + 2:
		return pm_tmr(pm) >> 16;
	case KEEL_PM_GPE0_STS:
		return pm->s.gpe0_sts;
	case KEEL_PM_GPE0_EN:
		return pm->s.gpe0_en;
	default:
		return 0;
	}
}

static void pm_write_block(struct keel_pm *pm, u32 offset, u16 value, u16 mask)
{
	switch (offset) {
	case KEEL_PM_PM1_STS:
		pm_write_pm1_sts(pm, value & mask);
		break;
	case KEEL_PM_PM1_EN:
		pm->s.pm1_en = ((pm->s.pm1_en & ~mask) | (value & mask)) & PM1_EN_BITS;
		break;
	case KEEL_PM_PM1_CNT:
		pm_write_pm1_cnt(pm, value, mask);
		break;
	case KEEL_PM_RESET:
		if (mask & 0xff)
			pm_write_reset(pm, value);
		break;
	case KEEL_PM_GPE0_STS:
		pm->s.gpe0_sts &= ~(value & mask);
		break;
	case KEEL_PM_GPE0_EN:
		pm->s.gpe0_en = (pm->s.gpe0_en & ~mask) | (value & mask);
		break;
	default:
		pm->ignored++;
	}
}

static u8 pm_read_byte(const struct keel_pm *pm, unsigned int region, u32 offset)
{
	switch (region) {
	case PM_BLOCK:
		return pm_read_block(pm, offset & ~1) >> (offset & 1) * 8;
	case PM_SMI:
		return offset ? pm->s.smi_data : pm->s.smi_cmd;
	default:
		return pm->s.rst_cnt;
	}
}

static void pm_write_byte(struct keel_pm *pm, unsigned int region, u32 offset, u8 value)
{
	unsigned int shift = (offset & 1) * 8;

	if (region == PM_BLOCK)
		pm_write_block(pm, offset & ~1, value << shift, 0xff << shift);
	else if (region == PM_RST_CNT)
		pm_write_rst_cnt(pm, value);
	else if (offset)
		pm->s.smi_data = value;
	else
		pm_write_smi_cmd(pm, value);
}

/* The timer as drivers read it, the clock of many guests. */
static bool pm_is_tmr(unsigned int region, u32 offset, unsigned int width)
{
	return region == PM_BLOCK && offset == KEEL_PM_TMR && width == 4;
}

static u64 pm_peek(const struct keel_dev *dev, unsigned int region, u32 offset,
		   unsigned int width, u64 now)
{
	if (!pm_is_tmr(region, offset, width))
		return KEEL_NO_PEEK;
	return pm_tmr_at(container_of(dev, struct keel_pm, dev), now);
}

static u32 pm_read(struct keel_dev *dev, unsigned int region, u32 offset, unsigned int width)
{
	u32 value = 0;
	unsigned int i;

	if (pm_is_tmr(region, offset, width))
		return pm_tmr(pm_of(dev));
	for (i = 0; i < width; i++)
		value |= (u32)pm_read_byte(pm_of(dev), region, offset + i) << i * 8;
	return value;
}

/* No register needs its bytes at once: SLP_TYP and SLP_EN are in the same one. */
static void pm_write(struct keel_dev *dev, unsigned int region, u32 offset,
		     unsigned int width, u32 value)
{
	unsigned int i;

	for (i = 0; i < width; i++)
		pm_write_byte(pm_of(dev), region, offset + i, value >> i * 8);
	pm_sync(pm_of(dev));
}

static void pm_expire(struct keel_dev *dev, unsigned int timer)
{
	pm_of(dev)->timer_overflows++;
	pm_sync(pm_of(dev));
}

/* The only pin is the RTC's alarm. */
static int pm_input_of(unsigned int line)
{
	return line == KEEL_LINE_ALARM ? 0 : -1;
}

static void pm_input(struct keel_dev *dev, unsigned int pin, bool level)
{
	struct keel_pm *pm = pm_of(dev);

	if (!level)
		return;
	pm->s.pm1_sts |= RTC_STS;
	pm->alarms++;
	pm_sync(pm);
}

static int pm_host(struct keel_dev *dev, unsigned int input, u64 value)
{
	struct keel_pm *pm = pm_of(dev);

	if (input == KEEL_INPUT_POWER_BUTTON && !value) {
		pm->s.pm1_sts |= PWRBTN_STS;
		pm->power_presses++;
		pm_wake(pm);
	} else if (input == KEEL_INPUT_SLEEP_BUTTON && !value) {
		pm->s.pm1_sts |= SLPBTN_STS;
		pm->sleep_presses++;
	} else if (input == KEEL_INPUT_GPE && value < KEEL_PM_NR_GPES) {
		pm->s.gpe0_sts |= BIT(value);
		pm->gpes++;
		if (value == KEEL_PM_GPE_WAKE)
			pm_wake(pm);
	} else {
		return -1;
	}
	pm_sync(pm);
	return 0;
}

/* ---- Life cycle ---- */

static bool pm_configure(struct keel_dev *dev, const struct keel_device_config *config)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(config->pm.reserved); i++)
		if (config->pm.reserved[i])
			return false;
	if (config->pm.flags & ~KEEL_PM_OFF_BY_0)
		return false;
	if (config->pm.timer_bits && config->pm.timer_bits != 24 && config->pm.timer_bits != 32)
		return false;
	pm_of(dev)->flags = config->pm.flags;
	pm_of(dev)->timer_bits = config->pm.timer_bits ? config->pm.timer_bits : 32;
	return true;
}

/* What has happened while asleep is what the guest was woken by: it stays. */
static void pm_reset(struct keel_dev *dev, bool cold)
{
	struct keel_pm *pm = pm_of(dev);
	struct keel_pm_state before = pm->s;

	memset(&pm->s, 0, sizeof(pm->s));
	pm->s.tmr_half = pm_half(pm, keel_now(dev));
	if (before.slept) {
		pm->s.pm1_sts = before.pm1_sts | WAK_STS;
		pm->s.pm1_en = before.pm1_en & PM1_WAKES;
		pm->s.gpe0_sts = before.gpe0_sts;
		pm->s.gpe0_en = before.gpe0_en;
	}
	pm_sync(pm);
}

static bool pm_check(const struct keel_dev *dev, const void *state, u64 now)
{
	const struct keel_pm *pm = container_of(dev, struct keel_pm, dev);
	const struct keel_pm_state *s = state;

	if (s->tmr_half > pm_half(pm, now))
		return false;
	if (s->pm1_sts & ~PM1_STS_STORED || s->pm1_en & ~PM1_EN_BITS ||
	    s->pm1_cnt & ~PM1_CNT_STORED || s->rst_cnt & ~RST_CNT_BITS)
		return false;
	if (s->slept && s->slept != KEEL_PM_SLP_TYP_S3 && s->slept != KEEL_PM_SLP_TYP_S4)
		return false;
	return s->woken <= !!s->slept && !s->pad;
}

static void pm_loaded(struct keel_dev *dev)
{
	struct keel_pm *pm = pm_of(dev);
	u64 asserts = pm->sci_asserts;

	if (pm->s.slept)
		keel_event(dev, KEEL_EVENT_SLEEP, pm->s.slept);
	if (pm->s.woken)
		keel_event(dev, KEEL_EVENT_WAKE, pm->s.slept);
	pm_sync(pm);
	pm->sci_asserts = asserts;	/* the line was loaded with the level */
}

static void pm_inspect(const struct keel_dev *dev, struct keel_out *out)
{
	const struct keel_pm *pm = container_of(dev, struct keel_pm, dev);

	keel_emit(out, "pm1_sts", -1, "", pm_pm1_sts(pm));
	keel_emit(out, "pm1_en", -1, "", pm->s.pm1_en);
	keel_emit(out, "pm1_cnt", -1, "", pm->s.pm1_cnt);
	keel_emit(out, "sci_en", -1, "", !!(pm->s.pm1_cnt & SCI_EN));
	keel_emit(out, "pm_tmr", -1, "", pm_tmr(pm));
	keel_emit(out, "gpe0_sts", -1, "", pm->s.gpe0_sts);
	keel_emit(out, "gpe0_en", -1, "", pm->s.gpe0_en);
	keel_emit(out, "rst_cnt", -1, "", pm->s.rst_cnt);
	keel_emit(out, "slept", -1, "", pm->s.slept);
	keel_emit(out, "woken", -1, "", pm->s.woken);
}

static const struct keel_region_desc pm_regions[] = {
	[PM_BLOCK]   = { "acpi", KEEL_PIO, KEEL_PM_BASE, KEEL_PM_LENGTH, 4, .timed = true,
			 .peek = true },
	[PM_SMI]     = { "smi", KEEL_PIO, KEEL_PM_SMI_CMD, 2, 1 },
	/* Lies within CONFIG_ADDRESS of PCI, which guests write as a dword to find PCI. */
	[PM_RST_CNT] = { "rst_cnt", KEEL_PIO, KEEL_PM_RST_CNT, 1, 1, .byte_only = true },
};

static const struct keel_wire_desc pm_wires[] = {
	KEEL_WIRE(keel_pm, sci, "sci", KEEL_PM_SCI, true),
};

static const struct keel_counter_desc pm_counters[] = {
	KEEL_COUNTER(keel_pm, sci_asserts),
	KEEL_COUNTER(keel_pm, timer_overflows),
	KEEL_COUNTER(keel_pm, power_presses),
	KEEL_COUNTER(keel_pm, sleep_presses),
	KEEL_COUNTER(keel_pm, alarms),
	KEEL_COUNTER(keel_pm, gpes),
	KEEL_COUNTER(keel_pm, smi_commands),
	KEEL_COUNTER(keel_pm, sleeps),
	KEEL_COUNTER(keel_pm, wakes),
	KEEL_COUNTER(keel_pm, poweroffs),
	KEEL_COUNTER(keel_pm, resets),
	KEEL_COUNTER(keel_pm, ignored),
};

const struct keel_dev_ops keel_pm_ops = {
	.name = "pm",
	.class = KEEL_CLASS_PM,
	.version = 1,
	.size = sizeof(struct keel_pm),
	.state = offsetof(struct keel_pm, s),
	.state_size = sizeof(struct keel_pm_state),
	.regions = pm_regions,
	.nr_regions = ARRAY_SIZE(pm_regions),
	.wires = pm_wires,
	.nr_wires = ARRAY_SIZE(pm_wires),
	.counters = pm_counters,
	.nr_counters = ARRAY_SIZE(pm_counters),
	.nr_timers = 1,
	.configure = pm_configure,
	.read = pm_read,
	.peek = pm_peek,
	.write = pm_write,
	.expire = pm_expire,
	.input_of = pm_input_of,
	.input = pm_input,
	.host = pm_host,
	.inspect = pm_inspect,
	.reset = pm_reset,
	.check = pm_check,
	.loaded = pm_loaded,
};
