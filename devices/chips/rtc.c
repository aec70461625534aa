// SPDX-License-Identifier: GPL-2.0
/*
 * Real-time clock and CMOS RAM (Motorola MC146818A datasheet; century register and
 * second bank as in the Intel PIIX4).
 *
 * Modelled: BCD and binary, 12 and 24 hours, SET, the divider chain and its reset,
 * UIP, periodic, alarm and update interrupts on IRQ8, register C with flags that
 * are set whether enabled or not, leap years with the century, the day of week (a
 * counter of its own, as on the chip), 256 bytes of battery-backed RAM.
 * Not modelled: daylight saving (DSE), square wave output, other crystals than
 * 32.768 kHz (any DV but 010 holds the divider in reset), what registers read while an
 * update is under way (they stay valid), century alarms; NMI masking is kept in
 * the state, and has no effect.
 * Choices: the registers change at the end of the update cycle, and UIP reads 1 in the
 * 2228 us before (244 us warning, 1984 us update). After a divider reset that is 500 ms
 * after its release. A write-only index port reads 0xff. Dates that do not exist are
 * kept as written and are made to exist, by clamping, in the next update.
 * The alarm has an output of its own beside IRQ8, as chipsets have it: the ACPI hardware's RTC_STS,
 * which no other interrupt of the clock sets, also while the HPET drives IRQ8.
 * Periodic interrupts that come while the flag of an earlier one is up are dropped ("missed"), or
 * are a backlog that is given halfway between those that follow ("reinjected").
 * No timer runs unless it would raise the line: everything since the last look is
 * worked out by rtc_catch_up(), in closed form.
 *
 *	0x70  W index (bit 7: NMI masked)	0x71  data
 *	0x72  W index of second bank		0x73  data
 *	index: 00 seconds  02 minutes  04 hours  06 day of week  07 day  08 month
 *	       09 year  32, 37 century  01, 03, 05 alarm  0a-0d registers A-D  others RAM
 *
 * At power-on the RAM has what a PC's firmware leaves there, if it is told of the memory (IBM
 * PC AT Technical Reference, "CMOS RAM information"; above 16 MiB as other virtual machines do):
 *
 *	14 equipment  15, 16 KiB below 640 KiB  17, 18 and 30, 31 KiB from 1 MiB on
 *	34, 35 units of 64 KiB from 16 MiB on  5b-5d the same from 4 GiB on
 *	2e, 2f sum of the bytes from 10 to 2d, high byte first
 */
#include "calendar.h"

enum rtc_reg {
	RTC_SECONDS, RTC_SECONDS_ALARM, RTC_MINUTES, RTC_MINUTES_ALARM, RTC_HOURS,
	RTC_HOURS_ALARM, RTC_WEEKDAY, RTC_DAY, RTC_MONTH, RTC_YEAR,
	RTC_A, RTC_B, RTC_C, RTC_D,
	RTC_CENTURY = 0x32,
	RTC_CENTURY_PS2 = 0x37,		/* where PS/2s have it: the same byte */
};

/* What firmware keeps in the RAM; numbers are little-endian. */
enum rtc_ram {
	RAM_SUMMED = 0x10,		/* first byte of the sum */
	RAM_EQUIPMENT = 0x14,
	RAM_BASE_KIB = 0x15,
	RAM_EXTENDED_KIB = 0x17,
	RAM_SUM = 0x2e,
	RAM_EXTENDED_KIB_FOUND = 0x30,	/* by its own test */
	RAM_ABOVE_16M = 0x34,
	RAM_ABOVE_4G = 0x5b,
};

#define RTC_BANK	128		/* bytes in a bank */
#define KIB		1024ULL
#define MIB		(1024 * KIB)

#define A_UIP		BIT(7)		/* update in progress */
#define A_DV		GENMASK(6, 4)	/* divider chain */
#define A_DV_32KHZ	0x20		/* DV: it runs, from 32.768 kHz */
#define A_RS		GENMASK(3, 0)	/* rate of the periodic interrupt */
#define A_RS_1024HZ	0x06		/* RS at power-on */

#define B_SET		BIT(7)		/* updates stand still */
#define B_PIE		BIT(6)		/* enables the periodic interrupt */
#define B_AIE		BIT(5)		/* enables the alarm interrupt */
#define B_UIE		BIT(4)		/* enables the update interrupt */
#define B_SQWE		BIT(3)		/* square wave: kept, without effect */
#define B_DM		BIT(2)		/* binary */
#define B_24H		BIT(1)		/* 24-hour mode */

#define C_IRQF		BIT(7)		/* IRQ8 is asserted */
#define C_PF		BIT(6)		/* PF, AF, UF: where B has their enables */
#define C_AF		BIT(5)		/* alarm flag */
#define C_UF		BIT(4)		/* update-ended flag */
#define C_FLAGS		(C_PF | C_AF | C_UF)

#define D_VRT		BIT(7)		/* the battery is fine */

#define HOURS_PM	BIT(7)		/* in 12-hour mode */
#define ALARM_ANY	0xc0		/* this and above: matches always */

#define NSEC		1000000000U
#define UIP_NS		2228000U
#define DIVIDER_RESET	(NSEC / 2)	/* phase that the divider is held at */

#define INDEX_RESET	0x80		/* NMI is masked after a reset */

enum rtc_region { REGION_CMOS, REGION_CMOS_EXT };

/**
 * struct keel_rtc - the clock.
 * @dev:      what the board knows
 * @irq:      IRQ8
 * @alarm:    to the ACPI hardware, which it wakes
 * @config:   see there
 * @periodic: times that each of the three flags was raised while enabled
 * @alarms:   see @periodic
 * @updates:  see @periodic
 * @missed:   periods that passed while the flag of an earlier one was still up, and were dropped
 * @reinjected: periods that were given late
 * @sets:     the clock was set, by the guest (registers written) or the host
 * @ignored:  writes to registers C and D, which are read-only
 * @s:        see there
 */
struct keel_rtc {
	/* Wiring */
	struct keel_dev dev;
	struct keel_wire irq;
	struct keel_wire alarm;
	struct keel_rtc_config config;

	/* Derived: nothing */

	/* Counters */
	u64 periodic;
	u64 alarms;
	u64 updates;
	u64 missed;
	u64 reinjected;
	u64 sets;
	u64 ignored;

	/* State */
	struct keel_rtc_state s;
};

#define STATE_SIZE_1	272	/* of version 1: up to the RAM */

static_assert(offsetof(struct keel_rtc_state, backlog) == STATE_SIZE_1);
static_assert(sizeof(struct keel_rtc_state) == 280);
static_assert(sizeof(struct keel_rtc_config) == 48);

static struct keel_rtc *rtc_of(struct keel_dev *dev)
{
	return container_of(dev, struct keel_rtc, dev);
}

/* ---- Formats ---- */

static u32 rtc_decode(const struct keel_rtc_state *s, u8 raw)
{
	return s->ram[RTC_B] & B_DM ? raw : (raw >> 4) * 10 + (raw & 0xf);
}

static u8 rtc_encode(const struct keel_rtc_state *s, u32 value)
{
	return s->ram[RTC_B] & B_DM ? value : value / 10 << 4 | value % 10;
}

/* On a 12-hour clock midnight and noon are 12, of AM and PM. */
static u32 rtc_decode_hour(const struct keel_rtc_state *s, u8 raw)
{
	if (s->ram[RTC_B] & B_24H)
		return rtc_decode(s, raw);
	return rtc_decode(s, raw & ~HOURS_PM) % 12 + (raw & HOURS_PM ? 12 : 0);
}

static u8 rtc_encode_hour(const struct keel_rtc_state *s, u32 hour)
{
	u8 raw;

	if (s->ram[RTC_B] & B_24H)
		return rtc_encode(s, hour);
	raw = rtc_encode(s, hour % 12 ? hour % 12 : 12);
	return hour < 12 ? raw : raw | HOURS_PM;
}

static u32 rtc_field(const struct keel_rtc_state *s, enum rtc_reg reg, u32 low, u32 high)
{
	return clamp(rtc_decode(s, s->ram[reg]), low, high);
}

static void rtc_get_date(const struct keel_rtc_state *s, struct keel_date *date)
{
	date->year = rtc_field(s, RTC_CENTURY, 0, 99) * 100 + rtc_field(s, RTC_YEAR, 0, 99);
	date->month = rtc_field(s, RTC_MONTH, 1, 12);
	date->day = rtc_field(s, RTC_DAY, 1, keel_days_in_month(date->year, date->month));
	date->hour = min(rtc_decode_hour(s, s->ram[RTC_HOURS]), 23U);
	date->minute = rtc_field(s, RTC_MINUTES, 0, 59);
	date->second = rtc_field(s, RTC_SECONDS, 0, 59);
}

static void rtc_put_date(struct keel_rtc_state *s, const struct keel_date *date)
{
	s->ram[RTC_CENTURY] = rtc_encode(s, date->year / 100);
	s->ram[RTC_YEAR] = rtc_encode(s, date->year % 100);
	s->ram[RTC_MONTH] = rtc_encode(s, date->month);
	s->ram[RTC_DAY] = rtc_encode(s, date->day);
	s->ram[RTC_HOURS] = rtc_encode_hour(s, date->hour);
	s->ram[RTC_MINUTES] = rtc_encode(s, date->minute);
	s->ram[RTC_SECONDS] = rtc_encode(s, date->second);
}

/* ---- Time ---- */

static bool rtc_running(const struct keel_rtc_state *s)
{
	return (s->ram[RTC_A] & A_DV) == A_DV_32KHZ;
}

static bool rtc_updating(const struct keel_rtc_state *s)
{
	return rtc_running(s) && !(s->ram[RTC_B] & B_SET);
}

/* Periods a second; 0: none. Rates 1 and 2 are taps that 8 and 9 have as well. */
static u32 rtc_rate(const struct keel_rtc_state *s)
{
	u32 rs = s->ram[RTC_A] & A_RS;

	if (!rs)
		return 0;
	return rs < 3 ? 256 >> (rs - 1) : 32768 >> (rs - 1);
}

/* Distance from @value up to @wanted, modulo @modulus; none if anything will do. */
static u32 rtc_ahead(u32 value, int wanted, u32 modulus)
{
	return wanted < 0 ? 0 : (wanted + modulus - value) % modulus;
}

/* An alarm byte's value: -1 for "any", or @limit if no time looks like this. */
static int rtc_alarm_field(const struct keel_rtc_state *s, enum rtc_reg reg, int limit)
{
	bool hours = reg == RTC_HOURS_ALARM;
	u8 raw = s->ram[reg];
	int value;

	if (raw >= ALARM_ANY)
		return -1;
	value = hours ? rtc_decode_hour(s, raw) : rtc_decode(s, raw);
	if (value >= limit)
		return limit;
	return raw == (hours ? rtc_encode_hour(s, value) : rtc_encode(s, value)) ? value : limit;
}

/*
 * Updates from @now (a time of day, in seconds) to the next one that the alarm
 * matches, 1 to 86400, or KEEL_NEVER. The seconds are moved to the first match, then
 * the minutes, then the hours; moving one puts those below it at their earliest.
 */
static u64 rtc_alarm_in(const struct keel_rtc_state *s, u32 now)
{
	int second = rtc_alarm_field(s, RTC_SECONDS_ALARM, 60);
	int minute = rtc_alarm_field(s, RTC_MINUTES_ALARM, 60);
	int hour = rtc_alarm_field(s, RTC_HOURS_ALARM, 24);
	u32 ahead, at = now + 1;

	if (second == 60 || minute == 60 || hour == 24)
		return KEEL_NEVER;
	at += rtc_ahead(at % 60, second, 60);
	ahead = rtc_ahead(at / 60 % 60, minute, 60);
	if (ahead)
		at = (at / 60 + ahead) * 60 + max(second, 0);
	ahead = rtc_ahead(at / 3600 % 24, hour, 24);
	if (ahead)
		at = (at / 3600 + ahead) * 3600 + max(minute, 0) * 60 + max(second, 0);
	return at - now;
}

static u32 rtc_time_of_day(const struct keel_date *date)
{
	return date->hour * 3600 + date->minute * 60 + date->second;
}

static void rtc_raise(struct keel_rtc *rtc, u8 flag, u64 *counter)
{
	if (rtc->s.ram[RTC_B] & flag & ~rtc->s.flags)
		++*counter;
	rtc->s.flags |= flag;
}

static void rtc_update(struct keel_rtc *rtc, u64 updates)
{
	struct keel_rtc_state *s = &rtc->s;
	struct keel_date date;
	u64 before, after;
	u32 weekday;

	rtc_get_date(s, &date);
	before = keel_date_to_seconds(&date);
	after = before + updates;
	weekday = rtc_field(s, RTC_WEEKDAY, 1, 7) - 1 +
		  (after / KEEL_DAY_SECONDS - before / KEEL_DAY_SECONDS) % 7;
	s->ram[RTC_WEEKDAY] = rtc_encode(s, weekday % 7 + 1);
	if (rtc_alarm_in(s, rtc_time_of_day(&date)) <= updates)
		rtc_raise(rtc, C_AF, &rtc->alarms);
	rtc_raise(rtc, C_UF, &rtc->updates);
	keel_seconds_to_date(after, &date);
	rtc_put_date(s, &date);
}

/* ---- Periodic interrupts, and those that the guest was late for ---- */

static bool rtc_can_reinject(const struct keel_rtc *rtc, const struct keel_rtc_state *s)
{
	return rtc->config.policy == KEEL_RTC_REINJECT && s->ram[RTC_B] & B_PIE &&
	       rtc_running(s) && rtc_rate(s);
}

static void rtc_miss(struct keel_rtc *rtc, u64 missed)
{
	struct keel_rtc_state *s = &rtc->s;
	u64 room = rtc_can_reinject(rtc, s) ? KEEL_RTC_BACKLOG_MAX - s->backlog : 0;
	u64 kept = min(missed, room);

	s->backlog += kept;
	rtc->missed += missed - kept;
}

/* After a change of A or B: what cannot be given any more is dropped. */
static void rtc_check_backlog(struct keel_rtc *rtc, bool changed)
{
	if (!changed && rtc_can_reinject(rtc, &rtc->s))
		return;
	rtc->missed += rtc->s.backlog;
	rtc->s.backlog = 0;
}

/* Edges from the phase @from to @to, of @rate a second. */
static u64 rtc_edges(u64 from, u64 to, u32 rate)
{
	return keel_muldiv(to, rate, NSEC) - keel_muldiv(from, rate, NSEC);
}

/*
 * A flag that is up stays up, so at most one of all these interrupts comes: it does not matter
 * which of them.
 */
static void rtc_periods(struct keel_rtc *rtc, u64 from, u64 to)
{
	struct keel_rtc_state *s = &rtc->s;
	u32 rate = rtc_rate(s);
	u64 periods = rtc_edges(from, to, rate);

	if (periods) {
		if (s->ram[RTC_B] & B_PIE)
			rtc_miss(rtc, periods - !(s->flags & C_PF));
		rtc_raise(rtc, C_PF, &rtc->periodic);
	} else if (s->backlog && !(s->flags & C_PF) && rtc_edges(from, to, 2 * rate)) {
		s->backlog--;
		rtc->reinjected++;
		rtc_raise(rtc, C_PF, &rtc->periodic);
	}
}

/* Brings the state from s->at to now. Each function that looks at it or changes it starts here. */
static void rtc_catch_up(struct keel_rtc *rtc)
{
	struct keel_rtc_state *s = &rtc->s;
	u64 now = keel_now(&rtc->dev);
	u64 phase = s->phase + (now - s->at);

	s->at = now;
	if (!rtc_running(s))
		return;
	rtc_periods(rtc, s->phase, phase);
	s->phase = phase % NSEC;
	if (phase >= NSEC && rtc_updating(s))
		rtc_update(rtc, phase / NSEC);
}

/* ns from s->at to the next flag that raises an output. While IRQ8 is high only the alarm does. */
static u64 rtc_next_flag(const struct keel_rtc_state *s)
{
	u64 updates = KEEL_NEVER, next = KEEL_NEVER;
	u32 rate = s->backlog ? 2 * rtc_rate(s) : rtc_rate(s);
	bool irqf = s->flags & s->ram[RTC_B];
	struct keel_date date;

	if (!irqf && s->ram[RTC_B] & B_PIE && rate)
		next = keel_muldiv_up(keel_muldiv(s->phase, rate, NSEC) + 1, NSEC, rate) - s->phase;
	if (!irqf && s->ram[RTC_B] & B_UIE) {
		updates = 1;
	} else if (s->ram[RTC_B] & B_AIE && !(s->flags & C_AF)) {
		rtc_get_date(s, &date);
		updates = rtc_alarm_in(s, rtc_time_of_day(&date));
	}
	if (updates != KEEL_NEVER && rtc_updating(s))
		next = min(next, updates * NSEC - s->phase);
	return next;
}

/* While both lines are high nothing can raise them: reading C starts the next deadline. */
static void rtc_sync(struct keel_rtc *rtc)
{
	const struct keel_rtc_state *s = &rtc->s;
	bool irqf = s->flags & s->ram[RTC_B];
	u64 next = rtc_running(s) ? rtc_next_flag(s) : KEEL_NEVER;

	keel_line_set(&rtc->irq, irqf);
	keel_line_set(&rtc->alarm, s->flags & s->ram[RTC_B] & C_AF);
	keel_arm(&rtc->dev, 0, next == KEEL_NEVER ? KEEL_NEVER : s->at + next);
}

/* ns since 1970, before it as well. The divider takes the fraction if it runs. */
static void rtc_set_wall(struct keel_rtc *rtc, s64 wall_ns)
{
	struct keel_rtc_state *s = &rtc->s;
	s64 second = wall_ns / (s64)NSEC, fraction = wall_ns % (s64)NSEC;
	struct keel_date date;
	u64 seconds;

	if (fraction < 0) {
		fraction += NSEC;
		second--;
	}
	seconds = second + (s64)KEEL_DAYS_TO_1970 * KEEL_DAY_SECONDS;
	keel_seconds_to_date(seconds, &date);
	rtc_put_date(s, &date);
	/* Day 0 was a Saturday, the 7th day of the week. */
	s->ram[RTC_WEEKDAY] = rtc_encode(s, (seconds / KEEL_DAY_SECONDS + 6) % 7 + 1);
	if (rtc_running(s))
		s->phase = fraction;
	rtc->sets++;
}

/* ---- Registers ---- */

static u8 rtc_read_a(const struct keel_rtc_state *s)
{
	bool uip = rtc_updating(s) && s->phase >= NSEC - UIP_NS;

	return s->ram[RTC_A] | (uip ? A_UIP : 0);
}

static u8 rtc_read_c(struct keel_rtc *rtc)
{
	struct keel_rtc_state *s = &rtc->s;
	u8 flags = s->flags;

	s->flags = 0;
	return flags & s->ram[RTC_B] ? flags | C_IRQF : flags;
}

static u8 rtc_read_data(struct keel_rtc *rtc, u8 reg)
{
	u8 value;

	rtc_catch_up(rtc);
	switch (reg) {
	case RTC_A:
		value = rtc_read_a(&rtc->s);
		break;
	case RTC_C:
		value = rtc_read_c(rtc);
		break;
	case RTC_D:
		value = D_VRT;
		break;
	default:
		value = rtc->s.ram[reg];
		break;
	}
	rtc_sync(rtc);
	return value;
}

static void rtc_write_a(struct keel_rtc *rtc, u8 value)
{
	struct keel_rtc_state *s = &rtc->s;
	u8 before = s->ram[RTC_A];

	s->ram[RTC_A] = value & ~A_UIP;
	if (!rtc_running(s))
		s->phase = DIVIDER_RESET;
	rtc_check_backlog(rtc, s->ram[RTC_A] != before);
}

static void rtc_write_b(struct keel_rtc *rtc, u8 value)
{
	struct keel_rtc_state *s = &rtc->s;

	if (value & B_SET)
		value &= ~B_UIE;
	rtc->sets += (s->ram[RTC_B] & ~value & B_SET) != 0;
	s->ram[RTC_B] = value;
	rtc_check_backlog(rtc, false);
}

static void rtc_write_data(struct keel_rtc *rtc, u8 reg, u8 value)
{
	rtc_catch_up(rtc);
	switch (reg) {
	case RTC_A:
		rtc_write_a(rtc, value);
		break;
	case RTC_B:
		rtc_write_b(rtc, value);
		break;
	case RTC_C:
	case RTC_D:
		rtc->ignored++;
		break;
	default:
		rtc->s.ram[reg] = value;
		break;
	}
	rtc_sync(rtc);
}

/* The register that the index names. */
static u8 rtc_reg(const struct keel_rtc_state *s)
{
	u8 reg = s->index % RTC_BANK;

	return reg == RTC_CENTURY_PS2 ? RTC_CENTURY : reg;
}

/* Offset 0 is the index, 1 the data. */
static u32 rtc_read(struct keel_dev *dev, unsigned int region, u32 offset, unsigned int width)
{
	struct keel_rtc *rtc = rtc_of(dev);

	if (offset == 0)
		return 0xff;
	if (region == REGION_CMOS_EXT)
		return rtc->s.ram[RTC_BANK + rtc->s.ext_index];
	return rtc_read_data(rtc, rtc_reg(&rtc->s));
}

static void rtc_write(struct keel_dev *dev, unsigned int region, u32 offset, unsigned int width,
		      u32 value)
{
	struct keel_rtc *rtc = rtc_of(dev);
	struct keel_rtc_state *s = &rtc->s;

	if (region == REGION_CMOS_EXT) {
		if (offset == 0)
			s->ext_index = value % RTC_BANK;
		else
			s->ram[RTC_BANK + s->ext_index] = value;
	} else if (offset == 0) {
		s->index = value;
	} else {
		rtc_write_data(rtc, rtc_reg(s), value);
	}
}

/* ---- From outside ---- */

static void rtc_expire(struct keel_dev *dev, unsigned int timer)
{
	struct keel_rtc *rtc = rtc_of(dev);

	rtc_catch_up(rtc);
	rtc_sync(rtc);
}

static int rtc_host(struct keel_dev *dev, unsigned int input, u64 value)
{
	struct keel_rtc *rtc = rtc_of(dev);

	if (input != KEEL_INPUT_RTC_WALL || value > S64_MAX)
		return -1;
	rtc_catch_up(rtc);
	rtc_set_wall(rtc, value);
	rtc_sync(rtc);
	return 0;
}

/* A number of @bytes bytes: at most as much as they can hold. */
static void rtc_put(struct keel_rtc_state *s, enum rtc_ram at, unsigned int bytes, u64 value)
{
	value = min(value, BIT_ULL(8 * bytes) - 1);
	while (bytes--) {
		s->ram[at++] = value;
		value >>= 8;
	}
}

/* Bytes of the memory below 4 GiB that are from @from on. */
static u64 rtc_memory_from(const struct keel_rtc *rtc, u64 from)
{
	u64 low = rtc->config.memory_low;

	return low > from ? low - from : 0;
}

static void rtc_fill_ram(struct keel_rtc *rtc)
{
	struct keel_rtc_state *s = &rtc->s;
	u16 sum = 0;
	u8 i;

	rtc_put(s, RAM_EQUIPMENT, 1, rtc->config.equipment);
	rtc_put(s, RAM_BASE_KIB, 2, min(rtc->config.memory_low / KIB, 640ULL));
	rtc_put(s, RAM_EXTENDED_KIB, 2, rtc_memory_from(rtc, MIB) / KIB);
	rtc_put(s, RAM_EXTENDED_KIB_FOUND, 2, rtc_memory_from(rtc, MIB) / KIB);
	rtc_put(s, RAM_ABOVE_16M, 2, rtc_memory_from(rtc, 16 * MIB) / (64 * KIB));
	rtc_put(s, RAM_ABOVE_4G, 3, rtc->config.memory_high / (64 * KIB));
	for (i = RAM_SUMMED; i < RAM_SUM; i++)
		sum += s->ram[i];
	s->ram[RAM_SUM] = sum >> 8;
	s->ram[RAM_SUM + 1] = sum;
}

static void rtc_power_on(struct keel_rtc *rtc)
{
	struct keel_rtc_state *s = &rtc->s;

	s->at = keel_now(&rtc->dev);
	s->ram[RTC_A] = A_DV_32KHZ | A_RS_1024HZ;
	s->ram[RTC_B] = B_24H;
	rtc_set_wall(rtc, rtc->config.wall_ns + s->at);
	rtc->sets = 0;
	if (rtc->config.memory_low)
		rtc_fill_ram(rtc);
}

/* The battery keeps all but the interrupts: RESET# is there to silence the chip. */
static void rtc_reset(struct keel_dev *dev, bool cold)
{
	struct keel_rtc *rtc = rtc_of(dev);
	struct keel_rtc_state *s = &rtc->s;

	if (cold)
		rtc_power_on(rtc);
	rtc_catch_up(rtc);
	s->ram[RTC_B] &= ~(B_PIE | B_AIE | B_UIE | B_SQWE);
	s->flags = 0;
	rtc_check_backlog(rtc, true);
	s->index = INDEX_RESET;
	s->ext_index = 0;
	rtc_sync(rtc);
}

static bool rtc_check(const struct keel_dev *dev, const void *state, u64 now)
{
	const struct keel_rtc_state *s = state;

	if (s->at > now || s->phase >= NSEC || s->ext_index >= RTC_BANK)
		return false;
	if (s->flags & ~C_FLAGS || s->ram[RTC_A] & A_UIP || s->ram[RTC_C] || s->ram[RTC_D])
		return false;
	if (s->ram[RTC_B] & B_SET && s->ram[RTC_B] & B_UIE)
		return false;
	if (s->backlog > KEEL_RTC_BACKLOG_MAX || s->pad2 ||
	    (s->backlog && !rtc_can_reinject(container_of(dev, struct keel_rtc, dev), s)))
		return false;
	return !s->pad && (rtc_running(s) || s->phase == DIVIDER_RESET);
}

/* Deadlines count from s->at: what was not looked at yet need not be caught up with. */
static void rtc_loaded(struct keel_dev *dev)
{
	rtc_sync(rtc_of(dev));
}

static bool rtc_configure(struct keel_dev *dev, const struct keel_device_config *config)
{
	static const u64 zero[ARRAY_SIZE(config->rtc.reserved)];

	rtc_of(dev)->config = config->rtc;
	return config->rtc.policy <= KEEL_RTC_REINJECT &&
	       !memcmp(config->rtc.reserved, zero, sizeof(zero)) &&
	       !memcmp(config->rtc.pad, zero, sizeof(config->rtc.pad));
}

/* On a copy: the state is brought up to date when the guest looks, not when we do. */
static void rtc_inspect(const struct keel_dev *dev, struct keel_out *out)
{
	struct keel_rtc copy = *container_of(dev, struct keel_rtc, dev);
	struct keel_date date;

	rtc_catch_up(&copy);
	rtc_get_date(&copy.s, &date);
	keel_emit(out, "year", -1, "", date.year);
	keel_emit(out, "month", -1, "", date.month);
	keel_emit(out, "day", -1, "", date.day);
	keel_emit(out, "hour", -1, "", date.hour);
	keel_emit(out, "minute", -1, "", date.minute);
	keel_emit(out, "second", -1, "", date.second);
	keel_emit(out, "alarm_hour", -1, "", copy.s.ram[RTC_HOURS_ALARM]);
	keel_emit(out, "alarm_minute", -1, "", copy.s.ram[RTC_MINUTES_ALARM]);
	keel_emit(out, "alarm_second", -1, "", copy.s.ram[RTC_SECONDS_ALARM]);
	keel_emit(out, "index", -1, "", copy.s.index);
	keel_emit(out, "a", -1, "", rtc_read_a(&copy.s));
	keel_emit(out, "b", -1, "", copy.s.ram[RTC_B]);
	keel_emit(out, "flags", -1, "", copy.s.flags);
	keel_emit(out, "periodic_hz", -1, "", rtc_rate(&copy.s));
	keel_emit(out, "backlog", -1, "", copy.s.backlog);
}

static const struct keel_region_desc rtc_regions[] = {
	[REGION_CMOS] = {
		.label = "cmos", .space = KEEL_PIO, .base = 0x70, .length = 2, .width = 1
	},
	[REGION_CMOS_EXT] = {
		.label = "cmos_ext", .space = KEEL_PIO, .base = 0x72, .length = 2, .width = 1
	},
};

static const struct keel_wire_desc rtc_wires[] = {
	KEEL_WIRE(keel_rtc, irq, "irq8", 8, false),
	KEEL_WIRE(keel_rtc, alarm, "alarm", KEEL_LINE_ALARM, false),
};

static const struct keel_counter_desc rtc_counters[] = {
	KEEL_COUNTER(keel_rtc, periodic),
	KEEL_COUNTER(keel_rtc, alarms),
	KEEL_COUNTER(keel_rtc, updates),
	KEEL_COUNTER(keel_rtc, missed),
	KEEL_COUNTER(keel_rtc, reinjected),
	KEEL_COUNTER(keel_rtc, sets),
	KEEL_COUNTER(keel_rtc, ignored),
};

const struct keel_dev_ops keel_rtc_ops = {
	.name = "rtc",
	.class = KEEL_CLASS_RTC,
	.version = 2,
	.previous_size = STATE_SIZE_1,
	.size = sizeof(struct keel_rtc),
	.state = offsetof(struct keel_rtc, s),
	.state_size = sizeof(struct keel_rtc_state),
	.regions = rtc_regions,
	.nr_regions = ARRAY_SIZE(rtc_regions),
	.wires = rtc_wires,
	.nr_wires = ARRAY_SIZE(rtc_wires),
	.counters = rtc_counters,
	.nr_counters = ARRAY_SIZE(rtc_counters),
	.nr_timers = 1,
	.configure = rtc_configure,
	.read = rtc_read,
	.write = rtc_write,
	.expire = rtc_expire,
	.host = rtc_host,
	.inspect = rtc_inspect,
	.reset = rtc_reset,
	.check = rtc_check,
	.loaded = rtc_loaded,
};
