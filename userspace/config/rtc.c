// SPDX-License-Identifier: GPL-2.0
/* "utc" or "localtime", which are the host's, or seconds since 1970 */
#include <stdio.h>
#include <string.h>

#include "base.h"
#include "config/rtc.h"
#include "config/table.h"
#include "config/words.h"
#include "status.h"

static const char *const words[] = { [RTC_UTC] = "utc", [RTC_LOCALTIME] = "localtime" };

static bool rtc_parse(const char *text, void *field, struct complaint *complaint)
{
	struct rtc_start *start = field;
	unsigned int i;
	__u64 seconds;

	for (i = 0; i < ARRAY_SIZE(words); i++) {
		if (!strcmp(text, words[i])) {
			*start = (struct rtc_start){ .kind = i };
			return true;
		}
	}
	/* What follows is counted in nanoseconds, and has years to go. */
	if (!number_parse(text, 0, 0xffffffff, &seconds, complaint))
		return complain(complaint,
				"\"%.40s\" is neither utc nor localtime, nor seconds since 1970 from 0 to 4294967295",
				text);
	*start = (struct rtc_start){ .kind = RTC_SECONDS, .seconds = seconds };
	return true;
}

static char *rtc_print(const void *field)
{
	const struct rtc_start *start = field;
	char *text;

	if (start->kind != RTC_SECONDS)
		return text_copy(words[start->kind], strlen(words[start->kind]));
	if (asprintf(&text, "%lld", start->seconds) < 0)
		die(STATUS_MEMORY, "out of memory");
	return text;
}

const struct value_type rtc_type = { rtc_parse, rtc_print };
