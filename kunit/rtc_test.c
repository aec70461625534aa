// SPDX-License-Identifier: GPL-2.0
/* The RTC: it is Tuesday, 2024-02-27, 23:59:58.25, and a leap day is near. */
#include "harness.h"

#include "../devices/chips/calendar.h"

enum {
	SEC, SEC_ALARM, MIN, MIN_ALARM, HOUR, HOUR_ALARM, WEEKDAY, DAY, MONTH, YEAR,
	A, B, C, D, CENTURY = 0x32, CENTURY_PS2 = 0x37
};

#define S		1000000000LL
#define YEAR_S		(365 * 86400)
#define WALL		(1709078398 * S + S / 4)
#define TO_UPDATE	(3 * S / 4)	/* from VmTime 0 */
#define UIP		2228000

#define SET		0x80
#define PIE		0x40
#define AIE		0x20
#define UIE		0x10
#define DM		0x04
#define H24		0x02

#define IRQF		0x80
#define PF		0x40
#define AF		0x20
#define UF		0x10

static const struct keel_device_config rtc_devices[] = {
	{ .class = KEEL_CLASS_RTC, .irq = KEEL_IRQ_DEFAULT, .rtc.wall_ns = WALL },
};

static u8 rtc_get(struct kunit *test, u8 index)
{
	out(0x70, index);
	return in(0x71);
}

static void rtc_set(struct kunit *test, u8 index, u8 value)
{
	out(0x70, index);
	out(0x71, value);
}

#define get(index)		rtc_get(test, (index))
#define set(index, value)	rtc_set(test, (index), (value))
#define wall(ns)		host(KEEL_CLASS_RTC, KEEL_INPUT_RTC_WALL, (ns))

static struct keel_dev *rtc_dev(struct kunit *test)
{
	return keel_board_find(H->board, KEEL_CLASS_RTC, 0);
}

static struct keel_rtc_state *rtc_state(struct kunit *test)
{
	return (void *)rtc_dev(test) + keel_rtc_ops.state;
}

static u64 rtc_counted(struct kunit *test, const char *label)
{
	const struct keel_dev_ops *ops = &keel_rtc_ops;
	unsigned int i;

	for (i = 0; i < ops->nr_counters; i++)
		if (!strcmp(ops->counters[i].label, label))
			return *(u64 *)((void *)rtc_dev(test) + ops->counters[i].offset);
	KUNIT_EXPECT_TRUE(test, false);
	return 0;
}

#define counted(what)	rtc_counted(test, (what))

/* Date as 0x20240227, time as 0x235958, both as BCD registers show them. */
static u32 rtc_date(struct kunit *test)
{
	return (u32)get(CENTURY) << 24 | get(YEAR) << 16 | get(MONTH) << 8 | get(DAY);
}

static u32 rtc_time(struct kunit *test)
{
	return get(HOUR) << 16 | get(MIN) << 8 | get(SEC);
}

static void rtc_expect(struct kunit *test, u32 date, u32 time)
{
	is(rtc_date(test), date);
	is(rtc_time(test), time);
}

/* Sets date and time, in the same notation, to just after an update. */
static void rtc_put(struct kunit *test, u32 date, u32 time)
{
	u8 b = get(B);

	set(B, b | SET);
	set(CENTURY, date >> 24);
	set(YEAR, date >> 16);
	set(MONTH, date >> 8);
	set(DAY, date);
	set(HOUR, time >> 16);
	set(MIN, time >> 8);
	set(SEC, time);
	set(A, 0x76);
	set(A, 0x26);		/* updates in 500 ms */
	advance(S / 2);
	set(B, b);
}

static void rtc_put_alarm(struct kunit *test, u8 hour, u8 minute, u8 second)
{
	set(HOUR_ALARM, hour);
	set(MIN_ALARM, minute);
	set(SEC_ALARM, second);
}

static u32 rtc_bcd(u32 value)
{
	return value / 10 << 4 | value % 10;
}

/* ---- Registers ---- */

static void rtc_power_on(struct kunit *test)
{
	rtc_expect(test, 0x20240227, 0x235958);
	is(get(WEEKDAY), 3);
	is(get(A), 0x26);
	is(get(B), 0x02);
	is(get(D), 0x80);
	is(line(8), 0);
	is(H->deadline, KEEL_NEVER);
	is(counted("sets"), 0);
}

static void rtc_index_ports(struct kunit *test)
{
	out(0x70, 0x8a);
	is(in(0x70), 0xff);
	is(in(0x71), 0x26);
	is(rtc_state(test)->index, 0x8a);
	out(0x70, 0x0a);
	is(rtc_state(test)->index, 0x0a);
	is(in(0x71), 0x26);
	is(in(0x71), 0x26);
	is(in(0x72), 0xff);
	is(in16(0x70), 0x26ff);
	out16(0x70, 0x5540);
	is(get(0x40), 0x55);
}

static void rtc_ram(struct kunit *test)
{
	unsigned int i;

	for (i = 0x0e; i < 0x80; i++) {
		if (i == CENTURY || i == CENTURY_PS2)
			continue;
		is(get(i), 0);
		set(i, i ^ 0x5a);
	}
	for (i = 0; i < 0x80; i++) {
		out(0x72, i);
		is(in(0x73), 0);
		out(0x73, i ^ 0xa5);
	}
	out(0x72, 0x83);		/* seven bits of index */
	is(in(0x73), 0x03 ^ 0xa5);
	advance(1000 * S);
	whole_reset(H->board);
	for (i = 0x0e; i < 0x80; i++)
		if (i != CENTURY && i != CENTURY_PS2)
			is(get(i), i ^ 0x5a);
	for (i = 0; i < 0x80; i++) {
		out(0x72, i);
		is(in(0x73), i ^ 0xa5);
	}
}

static void rtc_c_and_d_are_read_only(struct kunit *test)
{
	set(C, 0xff);
	set(D, 0x00);
	is(get(C), 0);
	is(get(D), 0x80);
	set(A, 0xa6);			/* and UIP of A */
	is(get(A), 0x26);
}

/* ---- Time ---- */

static void rtc_ticks_to_the_nanosecond(struct kunit *test)
{
	advance(TO_UPDATE - 1);
	is(rtc_time(test), 0x235958);
	is(get(C), PF);
	advance(1);
	is(rtc_time(test), 0x235959);
	is(get(C), PF | UF);
	advance(S - 1);
	rtc_expect(test, 0x20240227, 0x235959);
	is(get(WEEKDAY), 3);
	advance(1);
	rtc_expect(test, 0x20240228, 0x000000);
	is(get(WEEKDAY), 4);
}

static void rtc_month_ends(struct kunit *test)
{
	static const struct {
		u32 before, after;
	} ends[] = {
		{ 0x20230131, 0x20230201 }, { 0x20230228, 0x20230301 },
		{ 0x20240228, 0x20240229 }, { 0x20240229, 0x20240301 },
		{ 0x20000228, 0x20000229 }, { 0x21000228, 0x21000301 },
		{ 0x20230331, 0x20230401 }, { 0x20230430, 0x20230501 },
		{ 0x20230531, 0x20230601 }, { 0x20230630, 0x20230701 },
		{ 0x20230731, 0x20230801 }, { 0x20230831, 0x20230901 },
		{ 0x20230930, 0x20231001 }, { 0x20231031, 0x20231101 },
		{ 0x20231130, 0x20231201 }, { 0x20231231, 0x20240101 },
		{ 0x19991231, 0x20000101 }, { 0x99991231, 0x00000101 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ends); i++) {
		set(WEEKDAY, i % 7 + 1);
		rtc_put(test, ends[i].before, 0x235959);
		rtc_expect(test, ends[i].before, 0x235959);
		advance(S);
		rtc_expect(test, ends[i].after, 0x000000);
		is(get(WEEKDAY), (i + 1) % 7 + 1);
	}
	is(counted("sets"), ARRAY_SIZE(ends));
}

/* Every day that 64 bits of nanoseconds can name, beside a calendar that is stepped. */
static void rtc_every_day(struct kunit *test)
{
	static const u8 lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	u32 year = 1970, month = 1, day = 1, weekday = 5, bad = 0;
	s64 at = 0;

	wall(0);
	while (year < 2262) {
		bad += rtc_date(test) != (rtc_bcd(year / 100) << 24 | rtc_bcd(year % 100) << 16 |
					  rtc_bcd(month) << 8 | rtc_bcd(day));
		bad += get(WEEKDAY) != weekday;
		bad += rtc_time(test) != 0;
		at += 86400 * S;
		if (day % 2)
			wall(at);
		else
			jump(86400 * S);
		weekday = weekday % 7 + 1;
		if (day++ < lengths[month - 1] + (month == 2 && year % 4 == 0 &&
						  (year % 100 || year % 400 == 0)))
			continue;
		day = 1;
		if (month++ == 12) {
			month = 1;
			year++;
		}
	}
	is(bad, 0);
}

/* The calendar arithmetic alone, over its whole range. */
static void rtc_calendar_there_and_back(struct kunit *test)
{
	struct keel_date date, last = { 0 };
	u64 second, bad = 0;

	for (second = 0; second < 3652425ULL * 86400; second += 86399) {
		keel_seconds_to_date(second, &date);
		bad += keel_date_to_seconds(&date) != second;
		bad += date.month < 1 || date.month > 12 || date.day < 1;
		bad += date.year < last.year || date.year > last.year + 1;
		bad += date.day > keel_days_in_month(date.year, date.month);
		last = date;
	}
	is(bad, 0);
	is(last.year, 9999);
	keel_seconds_to_date(KEEL_DAYS_TO_1970 * 86400ULL, &date);
	is(date.year, 1970);
	is(date.month, 1);
	is(date.day, 1);
	keel_seconds_to_date(U64_MAX, &date);
	ok(date.year < 10000);
}

static void rtc_a_gap_of_years(struct kunit *test)
{
	u64 expired;

	jump(((s64)366 * 86400 + 100LL * YEAR_S + 24 * 86400) * S);
	rtc_expect(test, 0x21250227, 0x235958);
	set(B, H24 | UIE | PIE | AIE);
	rtc_put_alarm(test, 0xff, 0xff, 0xff);
	get(C);
	expired = H->board->expired;
	jump(YEAR_S * S);
	rtc_expect(test, 0x21260227, 0x235958);
	is(H->board->expired, expired + 1);
	is(line(8), 1);
	is(get(C), IRQF | PF | AF | UF);
	is(counted("missed"), 1024LL * YEAR_S - 1);
}

static void rtc_formats(struct kunit *test)
{
	static const u8 twelve[] = {
		12, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
	};
	unsigned int hour;

	for (hour = 0; hour < 24; hour++) {
		u8 pm = hour < 12 ? 0 : 0x80;

		set(B, H24);
		wall((hour * 3600 + 34 * 60 + 56) * S);
		is(rtc_time(test), rtc_bcd(hour) << 16 | 0x3456);
		set(B, 0);
		wall((hour * 3600 + 34 * 60 + 56) * S);
		is(get(HOUR), rtc_bcd(twelve[hour % 12]) | pm);
		advance(3600 * S);
		is(get(HOUR), rtc_bcd(twelve[(hour + 1) % 12]) | (hour % 23 < 11 ? 0 : 0x80));
		set(B, DM);
		wall((hour * 3600 + 34 * 60 + 56) * S);
		is(rtc_time(test), (twelve[hour % 12] | pm) << 16 | 34 << 8 | 56);
		advance(60 * S);
		is(rtc_time(test), (twelve[hour % 12] | pm) << 16 | 35 << 8 | 56);
		set(B, DM | H24);
		wall((hour * 3600 + 34 * 60 + 56) * S);
		is(rtc_time(test), hour << 16 | 34 << 8 | 56);
		advance(4 * S);
		is(rtc_time(test), hour << 16 | 35 << 8);
	}
	rtc_expect(test, 0x13460101, 0x172300);
}

/* The chip does not convert: software that changes the mode sets the time anew. */
static void rtc_mode_change_leaves_bytes(struct kunit *test)
{
	set(B, H24 | DM);
	rtc_expect(test, 0x20240227, 0x235958);
	set(B, 0);
	rtc_expect(test, 0x20240227, 0x235958);
	set(B, H24);
	advance(TO_UPDATE);
	is(rtc_time(test), 0x235959);
}

static void rtc_reads_back_what_was_written(struct kunit *test)
{
	static const u8 regs[] = {
		SEC, SEC_ALARM, MIN, MIN_ALARM, HOUR, HOUR_ALARM, WEEKDAY, DAY, MONTH, YEAR,
		CENTURY
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(regs); i++) {
		set(regs[i], 0xee - i);
		is(get(regs[i]), 0xee - i);
	}
	advance(TO_UPDATE - 1);
	for (i = 0; i < ARRAY_SIZE(regs); i++)
		is(get(regs[i]), 0xee - i);
}

/* Daylight saving, on the chip's days for it, and a square wave that goes nowhere. */
static void rtc_bits_without_effect(struct kunit *test)
{
	rtc_put(test, 0x20240428, 0x015958);
	set(B, 0x0b);
	is(get(B), 0x0b);
	is(H->deadline, KEEL_NEVER);
	advance(2 * S);
	rtc_expect(test, 0x20240428, 0x020000);
	rtc_put(test, 0x20241027, 0x015958);
	advance(2 * S);
	rtc_expect(test, 0x20241027, 0x020000);
	is(get(B), 0x0b);
	is(line(8), 0);
}

/* 31 February at 45:75:99 becomes a date that exists, and then its next second. */
static void rtc_impossible_dates(struct kunit *test)
{
	rtc_put(test, 0x20240231, 0x457598);
	set(WEEKDAY, 0);
	advance(S);
	rtc_expect(test, 0x20240301, 0x000000);
	is(get(WEEKDAY), 2);
	rtc_put(test, 0x20230000, 0x120000);
	advance(S);
	rtc_expect(test, 0x20230101, 0x120001);
	rtc_put(test, 0xffffffff, 0xffffff);
	set(WEEKDAY, 0xff);
	advance(S);
	rtc_expect(test, 0x00000101, 0x000000);
	is(get(WEEKDAY), 1);
	set(B, DM);
	set(HOUR, 0x7f);
	set(CENTURY, 0xff);
	advance(S);
	ok(get(HOUR) <= 12);
	is(get(CENTURY), 99);
}

static void rtc_set_freezes(struct kunit *test)
{
	set(B, H24 | SET | UIE);
	is(get(B), H24 | SET);		/* SET takes UIE back */
	get(C);
	advance(100 * S);
	rtc_expect(test, 0x20240227, 0x235958);
	is(get(C), PF);
	is(H->deadline, KEEL_NEVER);
	set(MIN, 0x30);
	set(SEC, 0x00);
	advance(100 * S);
	set(HOUR, 0x12);
	is(rtc_time(test), 0x123000);
	is(counted("sets"), 0);
	set(B, H24);
	is(counted("sets"), 1);
	is(rtc_time(test), 0x123000);
	advance(TO_UPDATE - 1);		/* the divider went on all the time */
	is(rtc_time(test), 0x123000);
	advance(1);
	is(rtc_time(test), 0x123001);
}

static void rtc_uip_window(struct kunit *test)
{
	advance(TO_UPDATE - UIP - 1);
	is(get(A), 0x26);
	advance(1);
	is(get(A), 0xa6);
	is(rtc_time(test), 0x235958);
	advance(UIP - 1);
	is(get(A), 0xa6);
	advance(1);
	is(get(A), 0x26);
	is(rtc_time(test), 0x235959);
	advance(S - UIP);
	is(get(A), 0xa6);
	set(B, H24 | SET);
	is(get(A), 0x26);
	set(B, H24);
	set(A, 0x66);
	is(get(A), 0x66);
}

static void rtc_divider_reset(struct kunit *test)
{
	advance(TO_UPDATE - 1);
	set(A, 0x76);
	advance(100 * S);
	is(rtc_time(test), 0x235958);
	is(get(A), 0x76);
	get(C);
	advance(100 * S);
	is(get(C), 0);
	set(B, H24 | UIE | PIE);
	is(H->deadline, KEEL_NEVER);
	set(A, 0x20);
	is(H->deadline, H->now + S / 2);
	advance(S / 2 - 1);
	is(rtc_time(test), 0x235958);
	is(line(8), 0);
	advance(1);
	is(rtc_time(test), 0x235959);
	is(line(8), 1);
	advance(S);
	is(rtc_date(test), 0x20240228);
	set(A, 0x00);			/* a crystal that the board does not have */
	advance(100 * S);
	is(rtc_time(test), 0x000000);
}

/* ---- Interrupts ---- */

static void rtc_update_interrupt(struct kunit *test)
{
	rtc_put_alarm(test, 0x99, 0x99, 0x99);
	set(B, H24 | UIE);
	is(H->deadline, TO_UPDATE);
	advance(TO_UPDATE - 1);
	is(line(8), 0);
	advance(1);
	is(line(8), 1);
	is(H->deadline, KEEL_NEVER);
	advance(2 * S + 10);
	is(get(C), IRQF | PF | UF);
	is(line(8), 0);
	is(get(C), 0);
	is(H->deadline, TO_UPDATE + 3 * S);
	advance(S);
	is(line(8), 1);
	set(B, H24);
	is(line(8), 0);
	set(B, H24 | UIE);		/* the flag is still there */
	is(line(8), 1);
	is(counted("updates"), 2);
}

static void rtc_periodic_rates(struct kunit *test)
{
	static const u32 rates[] = {
		0, 256, 128, 8192, 4096, 2048, 1024, 512, 256, 128, 64, 32, 16, 8, 4, 2
	};
	unsigned int i, n;

	set(B, H24 | PIE);
	for (i = 1; i < ARRAY_SIZE(rates); i++) {
		wall(0);
		set(A, 0x20 | i);
		get(C);
		/* The n-th edge of a second is where the divider's tap has it. */
		for (n = 1; n <= rates[i]; n++) {
			u64 second = H->now - rtc_state(test)->phase;
			u64 edge = second + (n * S + rates[i] - 1) / rates[i];

			if (H->deadline != edge)
				break;
			advance(edge - H->now - 1);
			if (line(8))
				break;
			advance(1);
			if (!line(8) || get(C) != (IRQF | PF | (n == rates[i] ? UF : 0)))
				break;
			if (n == rates[i])
				break;
		}
		is(n, rates[i]);
		is(rtc_time(test), 1);
	}
	set(A, 0x20);
	is(H->deadline, KEEL_NEVER);
	get(C);
	advance(10 * S);
	is(get(C), UF);
	is(counted("missed"), 0);
}

static void rtc_periods_do_not_drift(struct kunit *test)
{
	unsigned int n;

	wall(0);
	get(C);
	set(B, H24 | PIE);
	for (n = 0; n < 60 * 1024; n++) {
		advance(H->deadline - H->now);
		in(0x70);
		out(0x70, C);
		in(0x71);
	}
	is(H->now, 60 * S);
	is(rtc_time(test), 0x000100);
	is(counted("periodic"), 60 * 1024);
	is(counted("missed"), 0);
}

static void rtc_missed_periods(struct kunit *test)
{
	wall(0);
	get(C);
	set(B, H24 | PIE);
	jump(S);
	is(line(8), 1);
	is(get(C), IRQF | PF | UF);
	is(counted("missed"), 1023);
	is(counted("periodic"), 1);
	advance(S);
	is(H->deadline, KEEL_NEVER);
	get(C);
	is(counted("missed"), 2 * 1023);
	is(H->deadline, H->now + 976563);
}

/* A change of rate takes the divider as it is. */
static void rtc_rate_change_keeps_the_phase(struct kunit *test)
{
	wall(0);
	get(C);
	set(A, 0x2f);
	set(B, H24 | PIE);
	is(H->deadline, S / 2);
	advance(S / 8);
	set(A, 0x2e);
	is(H->deadline, S / 4);
	advance(S / 8 - 1);
	set(A, 0x2f);
	is(H->deadline, S / 2);
	is(line(8), 0);
	advance(1);
	is(get(C), 0);
}

static void rtc_flags_are_set_unless_enabled_too(struct kunit *test)
{
	set(A, 0x2f);
	rtc_put_alarm(test, 0xff, 0xff, 0xff);
	get(C);
	advance(S / 4 - 1);
	is(get(C), 0);
	advance(1);
	is(get(C), PF);
	advance(S / 2);
	is(get(C), PF | UF | AF);
	is(get(C), 0);
	is(line(8), 0);
	is(counted("periodic") + counted("alarms") + counted("updates"), 0);
	advance(S);
	set(B, H24 | AIE);
	is(line(8), 1);
	is(get(C), IRQF | PF | UF | AF);
}

static void rtc_line_is_the_or(struct kunit *test)
{
	rtc_put_alarm(test, 0xff, 0xff, 0xff);
	get(C);
	advance(S);
	set(B, H24 | AIE | UIE);
	is(line(8), 1);
	set(B, H24 | UIE);
	is(line(8), 1);
	set(B, H24 | PIE);
	is(line(8), 1);
	set(B, H24);
	is(line(8), 0);
	is(get(C), PF | AF | UF);
}

static void rtc_alarm(struct kunit *test)
{
	rtc_put(test, 0x20240227, 0x102030);
	rtc_put_alarm(test, 0x11, 0x22, 0x33);
	set(B, H24 | AIE);
	get(C);
	is(H->deadline, H->now + (3600 + 2 * 60 + 3) * S);
	advance((3600 + 2 * 60 + 3) * S - 1);
	is(line(8), 0);
	is(get(C), PF | UF);
	advance(1);
	is(line(8), 1);
	is(rtc_time(test), 0x112233);
	is(get(C), IRQF | PF | AF | UF);
	is(line(8), 0);
	is(H->deadline, H->now + 86400 * S);
	is(counted("alarms"), 1);
	set(B, H24 | AIE | SET);
	is(H->deadline, KEEL_NEVER);
}

static void rtc_alarm_wildcards(struct kunit *test)
{
	unsigned int any;

	for (any = 0xc0; any <= 0xff; any++) {
		rtc_put(test, 0x20240227, 0x102030);
		get(C);
		set(B, H24 | AIE);
		rtc_put_alarm(test, any, any, any);
		is(H->deadline, H->now + S);
		rtc_put_alarm(test, any, any, 0x15);
		is(H->deadline, H->now + 45 * S);
		rtc_put_alarm(test, any, 0x15, any);
		is(H->deadline, H->now + (54 * 60 + 30) * S);
		rtc_put_alarm(test, 0x09, any, any);
		is(H->deadline, H->now + (22 * 3600 + 39 * 60 + 30) * S);
		rtc_put_alarm(test, 0x10, any, 0x00);
		is(H->deadline, H->now + 30 * S);
		rtc_put_alarm(test, any, 0x20, 0x30);
		is(H->deadline, H->now + 3600 * S);
		set(B, H24);
	}
	rtc_put(test, 0x20240227, 0x105959);
	get(C);
	set(B, H24 | AIE);
	rtc_put_alarm(test, 0x10, 0xc0, 0xc0);
	is(H->deadline, H->now + (23 * 3600 + 1) * S);
}

/* Bytes that no time register holds, and that are no wildcards: never a match. */
static void rtc_alarm_that_never_comes(struct kunit *test)
{
	static const struct {
		u8 b, hour, minute, second;
	} never[] = {
		{ H24, 0x24, 0xff, 0xff }, { H24, 0xff, 0x60, 0xff }, { H24, 0xff, 0xff, 0x60 },
		{ H24, 0xbf, 0xff, 0xff }, { H24, 0xff, 0xff, 0x1a }, { H24, 0x0f, 0xff, 0xff },
		{ H24 | DM, 24, 0xff, 0xff }, { H24 | DM, 0xff, 60, 0xff },
		{ H24 | DM, 0xff, 0xff, 0xbf }, { 0, 0x00, 0xff, 0xff }, { 0, 0x13, 0xff, 0xff },
		{ 0, 0x80, 0xff, 0xff }, { 0, 0x93, 0xff, 0xff }, { DM, 13, 0xff, 0xff },
		{ DM, 0x80, 0xff, 0xff },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(never); i++) {
		set(B, never[i].b | AIE);
		rtc_put_alarm(test, never[i].hour, never[i].minute, never[i].second);
		wall(0);
		get(C);
		is(H->deadline, KEEL_NEVER);
		jump(YEAR_S * S);
		is(get(C), PF | UF);
	}
}

static void rtc_alarm_in_the_afternoon(struct kunit *test)
{
	set(B, AIE);
	wall(12 * 3600 * S);
	get(C);
	rtc_put_alarm(test, 0x81, 0x00, 0x00);
	is(H->deadline, H->now + 3600 * S);
	rtc_put_alarm(test, 0x12, 0x00, 0x00);
	is(H->deadline, H->now + 12 * 3600 * S);
	rtc_put_alarm(test, 0x92, 0x00, 0x01);
	is(H->deadline, H->now + S);
	set(B, AIE | DM);
	wall(12 * 3600 * S);
	rtc_put_alarm(test, 0x8b, 0, 0);
	is(H->deadline, H->now + 11 * 3600 * S);
	rtc_put_alarm(test, 11, 59, 59);
	is(H->deadline, H->now + (24 * 3600 - 1) * S);
}

static bool rtc_matches(int now, int wanted)
{
	return wanted < 0 || now == wanted;
}

/* The predicted deadline is the second that stepping through the day finds. */
static void rtc_alarm_predicted_is_stepped(struct kunit *test)
{
	u32 seed = 1, bad = 0;
	unsigned int i;

	set(B, H24 | DM | AIE);
	for (i = 0; i < 2000; i++) {
		int value[3], field;
		u32 now, at;

		for (field = 0; field < 3; field++) {
			seed = seed * 1664525 + 1013904223;
			value[field] = (int)(seed >> 16) % (field ? 90 : 36);
			if (value[field] >= (field ? 60 : 24))
				value[field] = -1;
		}
		seed = seed * 1664525 + 1013904223;
		now = (seed >> 8) % 86400;
		wall(now * S);
		get(C);
		rtc_put_alarm(test, value[0], value[1], value[2]);
		for (at = now + 1; at < now + 86400; at++)
			if (rtc_matches(at / 3600 % 24, value[0]) &&
			    rtc_matches(at / 60 % 60, value[1]) && rtc_matches(at % 60, value[2]))
				break;
		bad += H->deadline != H->now + (at - now) * S;
	}
	is(bad, 0);
}

/* No deadline is armed for the alarm, but a later read of C finds its flag. */
static void rtc_alarm_found_later(struct kunit *test)
{
	rtc_put_alarm(test, 0x00, 0x00, 0x10);
	get(C);
	jump(TO_UPDATE + 11 * S - 1);
	is(get(C), PF | UF);
	jump(1);
	is(get(C), PF | UF | AF);
	jump(86400 * S - 1);
	is(get(C), PF | UF);
	jump(1);
	is(get(C), PF | UF | AF);
	jump(3 * 86400 * S);
	is(get(C), PF | UF | AF);
	is(counted("alarms"), 0);
}

static void rtc_nearest_deadline_wins(struct kunit *test)
{
	rtc_put(test, 0x20240227, 0x102030);
	set(A, 0x2f);
	rtc_put_alarm(test, 0x10, 0x20, 0x32);
	get(C);
	set(B, H24 | AIE);
	is(H->deadline, H->now + 2 * S);
	set(B, H24 | AIE | UIE);
	is(H->deadline, H->now + S);
	set(B, H24 | AIE | UIE | PIE);
	is(H->deadline, H->now + S / 2);
	set(B, H24 | AIE | PIE);
	is(H->deadline, H->now + S / 2);
	advance(S / 2);
	is(get(C), IRQF | PF);
}

/* ---- From outside ---- */

static void rtc_wall_clock(struct kunit *test)
{
	advance(S / 8);
	is(wall(951868799 * S + S / 2), 0);
	rtc_expect(test, 0x20000229, 0x235959);
	is(get(WEEKDAY), 3);
	is(counted("sets"), 1);
	advance(S / 2 - 1);
	is(rtc_date(test), 0x20000229);
	advance(1);
	rtc_expect(test, 0x20000301, 0x000000);
	is(host(KEEL_CLASS_RTC, KEEL_INPUT_RTC_WALL, BIT_ULL(63)), -1);
	is(host(KEEL_CLASS_RTC, KEEL_INPUT_RTC_WALL + 1, 0), -1);
	is(host(KEEL_CLASS_RTC, KEEL_HOST_RX, 0), -1);
	is(rtc_date(test), 0x20000301);
	set(B, H24 | UIE);
	get(C);
	wall(S / 4);
	is(H->deadline, H->now + 3 * S / 4);
	set(A, 0x76);
	wall(S / 4);			/* a divider in reset has no fraction to take */
	set(A, 0x26);
	is(H->deadline, H->now + S / 2);
}

static void rtc_wall_clock_before_1970(struct kunit *test)
{
	struct keel_device_config config = rtc_devices[0];

	config.rtc.wall_ns = -S / 4;
	ok(keel_rtc_ops.configure(rtc_dev(test), &config));
	keel_rtc_ops.reset(rtc_dev(test), true);
	rtc_expect(test, 0x19691231, 0x235959);
	is(get(WEEKDAY), 4);
	advance(S / 4);
	rtc_expect(test, 0x19700101, 0x000000);
	is(get(WEEKDAY), 5);
	config.rtc.wall_ns = -S64_MAX - 1;
	ok(keel_rtc_ops.configure(rtc_dev(test), &config));
	keel_rtc_ops.reset(rtc_dev(test), true);
	rtc_expect(test, 0x16770921, 0x001243);
	config.rtc.reserved[1] = 1;
	ok(!keel_rtc_ops.configure(rtc_dev(test), &config));
}

static void rtc_century_of_the_ps2(struct kunit *test)
{
	is(get(CENTURY_PS2), get(CENTURY));
	set(CENTURY_PS2, 0x19);
	is(get(CENTURY), 0x19);
}

/* rtc_word() - little-endian */
static u32 rtc_word(struct kunit *test, u8 index)
{
	return get(index) | get(index + 1) << 8;
}

static void rtc_memory(struct kunit *test, u64 low, u64 high)
{
	struct keel_device_config config = rtc_devices[0];

	config.rtc.memory_low = low;
	config.rtc.memory_high = high;
	config.rtc.equipment = 0x06;
	ok(keel_rtc_ops.configure(rtc_dev(test), &config));
	keel_rtc_ops.reset(rtc_dev(test), true);
}

static void rtc_ram_of_firmware(struct kunit *test)
{
	struct keel_device_config config = rtc_devices[0];
	unsigned int i, sum = 0;

	rtc_memory(test, (20 << 20) + (64 << 10), 0);
	is(get(0x14), 0x06);
	is(rtc_word(test, 0x15), 640);
	is(rtc_word(test, 0x17), 19 * 1024 + 64);
	is(rtc_word(test, 0x30), 19 * 1024 + 64);
	is(rtc_word(test, 0x34), 65);
	is(rtc_word(test, 0x5b) | get(0x5d), 0);
	for (i = 0x10; i < 0x2e; i++)
		sum += get(i);
	is(get(0x2e) << 8 | get(0x2f), sum);
	set(0x15, 0);
	whole_reset(H->board);
	is(get(0x15), 0);		/* the battery keeps what the guest writes */
	rtc_memory(test, 512 << 10, 5ULL << 30);
	is(rtc_word(test, 0x15), 512);
	is(rtc_word(test, 0x17), 0);
	is(rtc_word(test, 0x34), 0);
	is(rtc_word(test, 0x5b), 5 << 14 & 0xffff);
	is(get(0x5d), 5 << 14 >> 16);
	rtc_memory(test, U64_MAX, U64_MAX);
	is(rtc_word(test, 0x15), 640);
	is(rtc_word(test, 0x17), 0xffff);
	is(rtc_word(test, 0x34), 0xffff);
	is(rtc_word(test, 0x5b), 0xffff);
	is(get(0x5d), 0xff);
	config.rtc.pad[5] = 1;
	ok(!keel_rtc_ops.configure(rtc_dev(test), &config));
	config.rtc.pad[5] = 0;
	config.rtc.policy = KEEL_RTC_REINJECT + 1;
	ok(!keel_rtc_ops.configure(rtc_dev(test), &config));
}

static void rtc_reset_silences(struct kunit *test)
{
	rtc_put_alarm(test, 0xff, 0xff, 0x01);
	set(A, 0x2d);
	set(B, DM | H24 | PIE | AIE | UIE | 0x09);
	rtc_put(test, 0x07e80001, 0x010203);
	out(0x72, 5);
	is(line(8), 1);
	advance(S / 4);
	whole_reset(H->board);
	is(line(8), 0);
	is(H->deadline, KEEL_NEVER);
	is(rtc_state(test)->index, 0x80);
	is(rtc_state(test)->ext_index, 0);
	is(get(B), DM | H24 | 0x01);
	is(get(C), 0);
	is(get(A), 0x26);
	is(get(SEC_ALARM), 1);
	is(rtc_time(test), 0x010203);
	advance(S);
	is(rtc_time(test), 0x010204);
}

static void rtc_restored_between_ticks(struct kunit *test)
{
	struct harness *copy = harness_clone(test);

	rtc_put_alarm(test, 0x00, 0x00, 0x00);
	set(B, H24 | AIE);
	get(C);
	advance(S);
	is(harness_copy(test, H, copy), 0);
	is(copy->deadline, TO_UPDATE + S);
	harness_advance(copy, 3 * S / 4);
	is(keel_line_level(&copy->board->lines[8]), 1);
	harness_out(copy, KEEL_PIO, 0x70, DAY, 1);
	is(harness_in(copy, KEEL_PIO, 0x71, 1), 0x28);
}

#define BAD(field, value) do { \
	struct keel_rtc_state bad = good; \
	bad.field = (value); \
	KUNIT_EXPECT_FALSE(test, keel_rtc_ops.check(rtc_dev(test), &bad, H->now)); \
} while (0)

#define GOOD(field, value) do { \
	struct keel_rtc_state fine = good; \
	fine.field = (value); \
	KUNIT_EXPECT_TRUE(test, keel_rtc_ops.check(rtc_dev(test), &fine, H->now)); \
} while (0)

static void rtc_check(struct kunit *test)
{
	struct keel_rtc_state good;
	unsigned int i;

	advance(100);
	get(A);
	good = *rtc_state(test);
	GOOD(at, 0);
	BAD(at, H->now + 1);
	BAD(at, KEEL_NEVER);
	GOOD(phase, S - 1);
	BAD(phase, S);
	GOOD(index, 0xff);
	GOOD(ext_index, 0x7f);
	BAD(ext_index, 0x80);
	GOOD(flags, 0x70);
	BAD(flags, 0x80);
	BAD(flags, 0x01);
	BAD(pad, 1);
	GOOD(ram[A], 0x2f);
	BAD(ram[A], 0xa6);
	BAD(ram[A], 0x76);		/* a divider in reset has another phase */
	GOOD(ram[B], 0x7f);
	GOOD(ram[B], 0xef);
	BAD(ram[B], 0x90);
	BAD(ram[C], 1);
	BAD(ram[D], 0x80);
	for (i = 0; i < KEEL_RTC_RAM; i++)
		if (i < A || i > D)
			GOOD(ram[i], 0xff);
	set(A, 0x76);
	good = *rtc_state(test);
	GOOD(flags, 0);
	BAD(phase, 0);
	GOOD(ram[A], 0x26);
}

static u32 rtc_random(u32 *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

static void rtc_random_step(struct kunit *test, u32 *seed)
{
	u32 value = rtc_random(seed);

	switch (rtc_random(seed) % 8) {
	case 0:
		wall((u64)value << 38);
		break;
	case 1:
		jump((u64)value << (value % 24));
		break;
	case 2:
		advance(value);
		break;
	case 3:
		get(value % 0x10);
		break;
	case 4:
		set(A + value % 2, value >> 8);
		break;
	case 5:
		set(A, 0x20 | (value & 0x0f));
		break;
	case 6:
		set(value, value >> 8);
		break;
	default:
		out(0x70 + value % 4, value >> 8);
	}
}

/* check() accepts every state that a guest and a host can reach. */
static void rtc_check_takes_all_that_is_reachable(struct kunit *test)
{
	u32 seed = 1, bad = 0;
	unsigned int i;

	for (i = 0; i < 50000; i++) {
		rtc_random_step(test, &seed);
		bad += !keel_rtc_ops.check(rtc_dev(test), rtc_state(test), H->now);
		bad += H->deadline < H->now;
	}
	is(bad, 0);
}

/* From any state that check() accepts, events lead only to states that it accepts. */
static void rtc_check_is_closed(struct kunit *test)
{
	u32 seed = 2, bad = 0, taken = 0;
	unsigned int i, j;

	for (i = 0; i < 4000; i++) {
		struct keel_rtc_state state = *rtc_state(test);

		for (j = 0; j < 4; j++)
			((u8 *)&state)[rtc_random(&seed) % 32] ^= 1 << rtc_random(&seed) % 8;
		if (!keel_rtc_ops.check(rtc_dev(test), &state, H->now))
			continue;
		taken++;
		*rtc_state(test) = state;
		keel_rtc_ops.loaded(rtc_dev(test));
		for (j = 0; j < 10; j++) {
			rtc_random_step(test, &seed);
			bad += !keel_rtc_ops.check(rtc_dev(test), rtc_state(test), H->now);
		}
	}
	is(bad, 0);
	ok(taken > 100);
}

/* ---- KEEL_RTC_REINJECT: ticks of 8 Hz, 125 ms, from a phase of 250 ms on ---- */

static const struct keel_device_config rtc_reinject_devices[] = {
	{ .class = KEEL_CLASS_RTC, .irq = KEEL_IRQ_DEFAULT, .rtc.wall_ns = WALL,
	  .rtc.policy = KEEL_RTC_REINJECT },
};

#define TICK	(S / 8)

static void start_ticks(struct kunit *test)
{
	set(A, 0x2d);
	set(B, H24 | PIE);
	is(H->deadline, TICK);
}

/* Five ticks pass before the guest reads C: one is given at once, four come in between. */
static void rtc_reinjects(struct kunit *test)
{
	unsigned int i;

	start_ticks(test);
	jump(5 * TICK);
	is(line(8), 1);
	is(get(C) & (IRQF | PF), IRQF | PF);
	is(rtc_state(test)->backlog, 4);
	for (i = 1; i <= 4; i++) {
		is(H->deadline, H->now + TICK / 2);
		advance(TICK / 2);
		is(line(8), 1);
		is(get(C) & (IRQF | PF), IRQF | PF);
		is(rtc_state(test)->backlog, 4 - i);
		advance(TICK / 2);		/* one of its own time */
		is(get(C) & (IRQF | PF), IRQF | PF);
	}
	is(H->deadline, H->now + TICK);
	is(rtc_counted(test, "reinjected"), 4);
	is(rtc_counted(test, "missed"), 0);
	is(rtc_counted(test, "periodic"), 9);
}

/* However late the guest is, each tick is given or counted. */
static void rtc_reinject_is_bounded(struct kunit *test)
{
	start_ticks(test);
	jump(20000 * TICK);
	is(get(C) & (IRQF | PF), IRQF | PF);
	is(rtc_state(test)->backlog, KEEL_RTC_BACKLOG_MAX);
	is(rtc_counted(test, "missed"), 20000 - 1 - KEEL_RTC_BACKLOG_MAX);
	jump(YEAR_S * S);
	is(get(C) & (IRQF | PF), IRQF | PF);
	is(rtc_state(test)->backlog, KEEL_RTC_BACKLOG_MAX);
}

static void rtc_reinject_late(struct kunit *test)
{
	start_ticks(test);
	jump(3 * TICK);
	is(get(C) & (IRQF | PF), IRQF | PF);
	jump(TICK / 2 + 1);		/* a timer that is late */
	is(get(C) & (IRQF | PF), IRQF | PF);
	is(rtc_state(test)->backlog, 1);
	jump(TICK / 4);			/* no edge of either kind */
	is(get(C) & (IRQF | PF), 0);
	is(H->deadline, 4 * TICK);
}

static void rtc_reinject_ends_with_its_program(struct kunit *test)
{
	static const struct { u8 reg, value; } ends[] = {
		{ A, 0x2c }, { A, 0x6d }, { A, 0x20 }, { B, H24 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ends); i++) {
		u64 missed = rtc_counted(test, "missed");

		set(A, 0x2d);
		set(B, H24 | PIE);
		jump(4 * TICK);
		get(C);
		is(rtc_state(test)->backlog, 3);
		set(ends[i].reg, ends[i].value);
		is(rtc_state(test)->backlog, 0);
		is(rtc_counted(test, "missed"), missed + 3);
	}
	set(A, 0x2d);
	set(B, H24 | PIE);
	jump(4 * TICK);
	whole_reset(H->board);
	is(rtc_state(test)->backlog, 0);
}

static void rtc_reinject_checks_states(struct kunit *test)
{
	struct keel_rtc_state s;

	start_ticks(test);
	s = *rtc_state(test);
	s.backlog = KEEL_RTC_BACKLOG_MAX;
	ok(keel_rtc_ops.check(rtc_dev(test), &s, H->now));
	s.backlog++;
	ok(!keel_rtc_ops.check(rtc_dev(test), &s, H->now));
	s.backlog = 1;
	s.ram[B] = H24;
	ok(!keel_rtc_ops.check(rtc_dev(test), &s, H->now));
	s.backlog = 0;
	ok(keel_rtc_ops.check(rtc_dev(test), &s, H->now));
	s.pad2 = 1;
	ok(!keel_rtc_ops.check(rtc_dev(test), &s, H->now));
}

static int rtc_reinject_init(struct kunit *test)
{
	return harness_init(test, rtc_reinject_devices, ARRAY_SIZE(rtc_reinject_devices));
}

static struct kunit_case rtc_reinject_cases[] = {
	KUNIT_CASE(rtc_reinjects),
	KUNIT_CASE(rtc_reinject_is_bounded),
	KUNIT_CASE(rtc_reinject_late),
	KUNIT_CASE(rtc_reinject_ends_with_its_program),
	KUNIT_CASE(rtc_reinject_checks_states),
	{}
};

static struct kunit_suite rtc_reinject_suite = {
	.name = "keel-rtc-reinject",
	.init = rtc_reinject_init,
	.exit = harness_exit,
	.test_cases = rtc_reinject_cases,
};

static int rtc_init(struct kunit *test)
{
	return harness_init(test, rtc_devices, ARRAY_SIZE(rtc_devices));
}

static struct kunit_case rtc_cases[] = {
	KUNIT_CASE(rtc_power_on),
	KUNIT_CASE(rtc_index_ports),
	KUNIT_CASE(rtc_ram),
	KUNIT_CASE(rtc_c_and_d_are_read_only),
	KUNIT_CASE(rtc_ticks_to_the_nanosecond),
	KUNIT_CASE(rtc_month_ends),
	KUNIT_CASE(rtc_every_day),
	KUNIT_CASE(rtc_calendar_there_and_back),
	KUNIT_CASE(rtc_a_gap_of_years),
	KUNIT_CASE(rtc_formats),
	KUNIT_CASE(rtc_mode_change_leaves_bytes),
	KUNIT_CASE(rtc_reads_back_what_was_written),
	KUNIT_CASE(rtc_bits_without_effect),
	KUNIT_CASE(rtc_impossible_dates),
	KUNIT_CASE(rtc_set_freezes),
	KUNIT_CASE(rtc_uip_window),
	KUNIT_CASE(rtc_divider_reset),
	KUNIT_CASE(rtc_update_interrupt),
	KUNIT_CASE(rtc_periodic_rates),
	KUNIT_CASE(rtc_periods_do_not_drift),
	KUNIT_CASE(rtc_missed_periods),
	KUNIT_CASE(rtc_rate_change_keeps_the_phase),
	KUNIT_CASE(rtc_flags_are_set_unless_enabled_too),
	KUNIT_CASE(rtc_line_is_the_or),
	KUNIT_CASE(rtc_alarm),
	KUNIT_CASE(rtc_alarm_wildcards),
	KUNIT_CASE(rtc_alarm_that_never_comes),
	KUNIT_CASE(rtc_alarm_in_the_afternoon),
	KUNIT_CASE(rtc_alarm_predicted_is_stepped),
	KUNIT_CASE(rtc_alarm_found_later),
	KUNIT_CASE(rtc_nearest_deadline_wins),
	KUNIT_CASE(rtc_wall_clock),
	KUNIT_CASE(rtc_wall_clock_before_1970),
	KUNIT_CASE(rtc_century_of_the_ps2),
	KUNIT_CASE(rtc_ram_of_firmware),
	KUNIT_CASE(rtc_reset_silences),
	KUNIT_CASE(rtc_restored_between_ticks),
	KUNIT_CASE(rtc_check),
	KUNIT_CASE(rtc_check_takes_all_that_is_reachable),
	KUNIT_CASE(rtc_check_is_closed),
	{}
};

static struct kunit_suite rtc_suite = {
	.name = "keel-rtc",
	.init = rtc_init,
	.exit = harness_exit,
	.test_cases = rtc_cases,
};

kunit_test_suite(rtc_suite);
kunit_test_suite(rtc_reinject_suite);
