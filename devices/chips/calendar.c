// SPDX-License-Identifier: GPL-2.0
/*
 * Calendar arithmetic for the RTC, in closed form: no date is ever stepped to.
 */
#include "calendar.h"

#define CYCLE_YEARS	400U
#define CYCLE_DAYS	146097U			/* days in 400 years */
#define ALL_DAYS	(25 * CYCLE_DAYS)	/* days in years 0 to 9999 */

/* Days before each month of a common year; [12]: days of the year. */
static const u16 calendar_before[] = {
	0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365
};

static bool calendar_leap(u32 year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* Days of the year before a month, 1 to 13. */
static u32 calendar_days_before_month(u32 year, u32 month)
{
	return calendar_before[month - 1] + (month > 2 && calendar_leap(year));
}

/* Days before a year; each leap year that is over adds one, and year 0 was one. */
static u32 calendar_days_before_year(u32 year)
{
	return 365 * year + (year + 3) / 4 - (year + 99) / 100 + (year + 399) / 400;
}

/**
 * keel_days_in_month() - length of a month.
 * @year:  0 to 9999
 * @month: 1 to 12
 */
u32 keel_days_in_month(u32 year, u32 month)
{
	return calendar_days_before_month(year, month + 1) -
	       calendar_days_before_month(year, month);
}

/**
 * keel_date_to_seconds() - seconds since the beginning of year 0.
 * @date: valid
 */
u64 keel_date_to_seconds(const struct keel_date *date)
{
	u64 days = calendar_days_before_year(date->year) +
		   calendar_days_before_month(date->year, date->month) + date->day - 1;

	return days * KEEL_DAY_SECONDS + date->hour * 3600 + date->minute * 60 + date->second;
}

/**
 * keel_seconds_to_date() - the reverse.
 * @seconds: any
 * @date:    out
 */
void keel_seconds_to_date(u64 seconds, struct keel_date *date)
{
	u32 day = seconds / KEEL_DAY_SECONDS % ALL_DAYS;
	u32 time = seconds % KEEL_DAY_SECONDS;
	u32 year = (u64)day * CYCLE_YEARS / CYCLE_DAYS;
	u32 month = 1;

	/* The average year's length puts us in the right year or next to it. */
	if (calendar_days_before_year(year) > day)
		year--;
	else if (calendar_days_before_year(year + 1) <= day)
		year++;
	day -= calendar_days_before_year(year);
	while (calendar_days_before_month(year, month + 1) <= day)
		month++;
	date->year = year;
	date->month = month;
	date->day = day - calendar_days_before_month(year, month) + 1;
	date->hour = time / 3600;
	date->minute = time / 60 % 60;
	date->second = time % 60;
}
