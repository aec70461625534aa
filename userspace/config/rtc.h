/* SPDX-License-Identifier: GPL-2.0 */
/* The time with which the guest's RTC starts: --rtc. */
#ifndef KEEL_CONFIG_RTC_H
#define KEEL_CONFIG_RTC_H

#include "config/table.h"

enum rtc_kind { RTC_UTC, RTC_LOCALTIME, RTC_SECONDS };

/**
 * struct rtc_start - a time.
 * @kind:    the host's, or a fixed one
 * @seconds: of RTC_SECONDS, since 1970
 */
struct rtc_start {
	enum rtc_kind kind;
	__s64 seconds;
};

extern const struct value_type rtc_type;

#endif /* KEEL_CONFIG_RTC_H */
