/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Days and dates of the Gregorian calendar, extended to all of the years that an RTC
 * with a century register can show: 0 to 9999. Seconds count from the beginning of
 * year 0; after the last one of 9999 it starts over.
 */
#ifndef KEEL_CALENDAR_H
#define KEEL_CALENDAR_H

#include "../board/dev.h"

#define KEEL_DAY_SECONDS	86400U

/* Days from the beginning of year 0 to 1970-01-01, which was a Thursday. */
#define KEEL_DAYS_TO_1970	719528U

/**
 * struct keel_date - a date and a time of day.
 * @year:   0 to 9999
 * @month:  1 to 12
 * @day:    1 to keel_days_in_month()
 * @hour:   0 to 23
 * @minute: 0 to 59
 * @second: 0 to 59
 */
struct keel_date {
	u16 year;
	u8 month;
	u8 day;
	u8 hour;
	u8 minute;
	u8 second;
};

u32 keel_days_in_month(u32 year, u32 month);
u64 keel_date_to_seconds(const struct keel_date *date);
void keel_seconds_to_date(u64 seconds, struct keel_date *date);

#endif /* KEEL_CALENDAR_H */
