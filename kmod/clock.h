/* SPDX-License-Identifier: GPL-2.0 */
/* VmTime. All of it is under the board's lock, but for init and destroy. */
#ifndef KEEL_CLOCK_H
#define KEEL_CLOCK_H

#include <linux/hrtimer.h>

/**
 * struct keel_clock - VmTime on a hrtimer.
 * @timer:   fires at the board's next deadline
 * @running: VmTime advances
 * @inside:  vCPUs inside KEEL_RUN
 * @base:    while it runs: CLOCK_MONOTONIC at VmTime 0; else: VmTime itself. ns
 * @deadline: VmTime that is armed, KEEL_NEVER if none
 */
struct keel_clock {
	struct hrtimer timer;
	bool running;
	unsigned int inside;
	u64 base;
	u64 deadline;
};

/**
 * keel_clock_now() - VmTime.
 * @clock: the clock; the caller holds the board's lock
 */
static inline u64 keel_clock_now(const struct keel_clock *clock)
{
	return clock->running ? ktime_get_ns() - clock->base : clock->base;
}

void keel_clock_init(struct keel_clock *clock,
		     enum hrtimer_restart (*fire)(struct hrtimer *timer));
void keel_clock_destroy(struct keel_clock *clock);
void keel_clock_arm(struct keel_clock *clock, u64 deadline);
void keel_clock_enter(struct keel_clock *clock);
void keel_clock_leave(struct keel_clock *clock);
void keel_clock_start(struct keel_clock *clock);
void keel_clock_stop(struct keel_clock *clock);
void keel_clock_set(struct keel_clock *clock, u64 now);

#endif /* KEEL_CLOCK_H */
