// SPDX-License-Identifier: GPL-2.0
/*
 * The date that the guest's RTC starts with: "utc" (default) or "localtime", which are
 * the host's, or a number of seconds since 1970.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>

#include "config/config.h"
#include "stream/hostfile.h"
#include "uapi/keel.h"
#include "vm/clock.h"
#include "vm/vm.h"

#define NSEC	1000000000LL

static bool is_local(const char *text)
{
	return text && !strcmp(text, "localtime");
}

static bool is_utc(const char *text)
{
	return !text || !strcmp(text, "utc");
}

static bool parse_seconds(const char *text, __s64 *seconds)
{
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	*seconds = strtoll(text, &end, 10);
	/* What follows is counted in nanoseconds, and has years to go. */
	return !errno && !*end && *seconds <= 0xffffffffLL;
}

/* clock_valid() - is it a value for --rtc? */
bool clock_valid(const char *text)
{
	__s64 seconds;

	return is_utc(text) || is_local(text) || parse_seconds(text, &seconds);
}

/* clock_is_hosts() - does the RTC follow the host's clock? */
bool clock_is_hosts(const struct config *config)
{
	return is_utc(config->rtc) || is_local(config->rtc);
}

/* What the RTC is to show now, ns since 1970. */
static __s64 clock_wall(const struct config *config)
{
	struct timespec now;
	__s64 seconds;
	struct tm local;

	if (!clock_is_hosts(config) && parse_seconds(config->rtc, &seconds))
		return seconds * NSEC;
	clock_gettime(CLOCK_REALTIME, &now);
	seconds = now.tv_sec;
	if (is_local(config->rtc) && localtime_r(&now.tv_sec, &local))
		seconds += local.tm_gmtoff;
	return seconds * NSEC + now.tv_nsec;
}

/* clock_set() - the RTC shows that from now on; a VM without one does not care */
void clock_set(const struct vm *vm)
{
	struct keel_input input = {
		.class = KEEL_CLASS_RTC, .input = KEEL_INPUT_RTC_WALL,
		.value = clock_wall(vm->config),
	};

	ioctl(vm->keel, KEEL_INPUT, &input);
}
