// SPDX-License-Identifier: GPL-2.0
/*
 * VmTime: nanoseconds that advance when, and only when, the VM runs. Under the
 * board's lock, all of it.
 *
 * Time goes on while no vCPU is inside KEEL_RUN, but then no timer runs: what came due is
 * expired, in closed form, when a vCPU enters.
 */
#include "../devices/board/door.h"
#include "clock.h"
#include "compat.h"

/**
 * keel_clock_init() - a clock at VmTime 0 that stands still.
 * @clock: the clock
 * @fire:  a deadline is due; called in interrupt context, without a lock
 */
void keel_clock_init(struct keel_clock *clock,
		     enum hrtimer_restart (*fire)(struct hrtimer *timer))
{
	keel_hrtimer_setup(&clock->timer, fire, CLOCK_MONOTONIC, HRTIMER_MODE_ABS);
	clock->deadline = KEEL_NEVER;
}

/**
 * keel_clock_destroy() - no expiry after this.
 * @clock: stopped; the caller does not hold the board's lock
 */
void keel_clock_destroy(struct keel_clock *clock)
{
	hrtimer_cancel(&clock->timer);
}

/*
 * Cancelling only tries: the callback may be waiting for the board's lock, which
 * is ours. It then finds nothing due, and does no harm.
 */
static void clock_program(struct keel_clock *clock)
{
	if (!clock->running || !clock->inside || clock->deadline >= KEEL_TIME_MAX)
		hrtimer_try_to_cancel(&clock->timer);
	else
		hrtimer_start(&clock->timer, ns_to_ktime(clock->base + clock->deadline),
			      HRTIMER_MODE_ABS);
}

/**
 * keel_clock_arm() - fire at a VmTime.
 * @clock:    the clock
 * @deadline: ns, or KEEL_NEVER
 */
void keel_clock_arm(struct keel_clock *clock, u64 deadline)
{
	clock->deadline = deadline;
	/* It has just fired, mostly, and there is nothing to be cancelled. */
	if (deadline == KEEL_NEVER && !hrtimer_is_queued(&clock->timer))
		return;
	clock_program(clock);
}

/**
 * keel_clock_enter() - a vCPU enters KEEL_RUN.
 * @clock: the clock
 */
void keel_clock_enter(struct keel_clock *clock)
{
	if (!clock->inside++)
		clock_program(clock);
}

/**
 * keel_clock_leave() - a vCPU comes out of KEEL_RUN.
 * @clock: the clock
 */
void keel_clock_leave(struct keel_clock *clock)
{
	if (!--clock->inside)
		clock_program(clock);
}

/**
 * keel_clock_start() - let VmTime advance.
 * @clock: the clock
 */
void keel_clock_start(struct keel_clock *clock)
{
	if (clock->running)
		return;
	clock->base = ktime_get_ns() - clock->base;
	clock->running = true;
	clock_program(clock);
}

/**
 * keel_clock_stop() - freeze VmTime.
 * @clock: the clock
 */
void keel_clock_stop(struct keel_clock *clock)
{
	if (!clock->running)
		return;
	clock->base = keel_clock_now(clock);
	clock->running = false;
	clock_program(clock);
}

/**
 * keel_clock_set() - put VmTime somewhere else, for a restored board.
 * @clock: stands still
 * @now:   ns
 */
void keel_clock_set(struct keel_clock *clock, u64 now)
{
	clock->base = now;
}
