/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
#ifndef KEEL_RTC_H
#define KEEL_RTC_H

#include <linux/types.h>

/**
 * struct keel_rtc_config - choices for the clock.
 * @wall_ns:   wall-clock time at VmTime 0, ns since 1970-01-01 UTC
 * @reserved:  zero
 */
struct keel_rtc_config {
	__s64 wall_ns;
	__u64 reserved[5];
};

#endif /* KEEL_RTC_H */
