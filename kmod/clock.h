/* SPDX-License-Identifier: GPL-2.0 */
/* VmTime. All of it is under the board's lock, but for init, destroy, and what is due. */
#ifndef KEEL_CLOCK_H
#define KEEL_CLOCK_H

#include <linux/atomic.h>
#include <linux/hrtimer.h>

/*
 * Where the timer fires in hard interrupts, which cannot take the board's lock, a vCPU's thread
 * takes what is due. Elsewhere the timer's callback does.
 */
#define KEEL_CLOCK_IS_TAKEN	IS_ENABLED(CONFIG_PREEMPT_RT)

/**
 * struct keel_clock - VmTime on a hrtimer.
 * @timer:   fires at the board's next deadline
 * @guard:   with KEEL_CLOCK_IS_TAKEN: fires if no vCPU's thread has taken what is due
 * @due:     likewise: @timer has fired, and no thread has taken it yet; without a lock
 * @overdue: likewise: times that @guard had to take it
 * @running: VmTime advances
 * @inside:  vCPUs inside KEEL_RUN
 * @base:    while it runs: CLOCK_MONOTONIC at VmTime 0; else: VmTime itself. ns
 * @deadline: VmTime that is armed, KEEL_NEVER if none
 */
struct keel_clock {
	struct hrtimer timer;
	struct hrtimer guard;
	atomic_t due;
	u64 overdue;
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

/**
 * keel_clock_is_due() - is a vCPU's thread to take what is due?
 * @clock: the clock; the caller has taken its kick before it asks
 */
static inline bool keel_clock_is_due(const struct keel_clock *clock)
{
	return KEEL_CLOCK_IS_TAKEN && atomic_read(&clock->due);
}

void keel_clock_init(struct keel_clock *clock,
		     enum hrtimer_restart (*fire)(struct hrtimer *timer),
		     enum hrtimer_restart (*guard)(struct hrtimer *timer));
void keel_clock_destroy(struct keel_clock *clock);
void keel_clock_arm(struct keel_clock *clock, u64 deadline);
void keel_clock_enter(struct keel_clock *clock);
void keel_clock_leave(struct keel_clock *clock);
void keel_clock_start(struct keel_clock *clock);
void keel_clock_stop(struct keel_clock *clock);
void keel_clock_fall_due(struct keel_clock *clock, bool guarded);
void keel_clock_take(struct keel_clock *clock);
void keel_clock_set(struct keel_clock *clock, u64 now);

#endif /* KEEL_CLOCK_H */
