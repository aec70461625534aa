// SPDX-License-Identifier: GPL-2.0
/* The time with which the guest's RTC starts, and goes on after a pause. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>

#include "config/config.h"
#include "config/rtc.h"
#include "uapi/keel.h"
#include "vm/clock.h"
#include "vm/vm.h"

#define NSEC	1000000000LL

/* What the RTC is to show now, ns since 1970. */
static __s64 clock_wall(const struct config *config)
{
	struct timespec now;
	__s64 seconds;
	struct tm local;

	if (config->rtc.kind == RTC_SECONDS)
		return config->rtc.seconds * NSEC;
	clock_gettime(CLOCK_REALTIME, &now);
	seconds = now.tv_sec;
	if (config->rtc.kind == RTC_LOCALTIME && localtime_r(&now.tv_sec, &local))
		seconds += local.tm_gmtoff;
	return seconds * NSEC + now.tv_nsec;
}

/* clock_set() - the RTC shows that from now on; a VM without one does not care */
void clock_set(const struct vm *vm)
{
	struct keel_input input = {
		.size = sizeof(input),
		.class = KEEL_CLASS_RTC, .input = KEEL_INPUT_RTC_WALL,
		.value = clock_wall(vm->config),
	};

	ioctl(vm->keel, KEEL_INPUT, &input);
}
