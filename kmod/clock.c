// SPDX-License-Identifier: GPL-2.0
/*
 * VmTime: nanoseconds that advance when, and only when, the VM runs. Under the
 * board's lock, but for what is due.
 *
 * Time goes on while no vCPU is inside KEEL_RUN, but then no timer runs: what came due is
 * expired, in closed form, when a vCPU enters.
 *
 * PREEMPT_RT. The board's lock sleeps there, so that a callback that takes it would have to run in
 * the CPU's softirq thread, whose priority is below that of most threads with one. So the timer
 * fires in a hard interrupt, and its callback opens no door: it sets @due and kicks one vCPU that
 * is inside KEEL_RUN, whose thread takes what is due in its own context, with its own priority,
 * before its next KVM_RUN. Why none is lost:
 *
 * - The callback sets @due first and kicks second; the thread takes its kick first and looks at
 *   @due second (keel_clock_is_due()), as for every kick: see vcpu.c.
 * - A thread that leaves KEEL_RUN is not kicked any more when it looks at @due for the last time,
 *   and kicks another one if there is something. So a thread that was kicked and left hands on.
 * - A thread that enters looks before its first KVM_RUN. Without any inside, no timer runs, and
 *   what comes due waits for that.
 * - The thread clears @due before VmTime is sampled: a deadline that it does not see as past is
 *   one for which @due is set again.
 *
 * A thread may be kept from its loop for long: by another thread on its CPU, by a page that has to
 * be read. Other vCPUs are not to wait for it: @guard, a timer that fires in the softirq thread,
 * takes what is due if no thread has within CLOCK_PATIENCE.
 *
 * The timer is pinned: it interrupts the CPU of the thread that armed it, which is mostly the
 * vCPU's that takes it. The kernel would rather have it on a CPU for housekeeping.
 */
#include "../devices/board/door.h"
#include "clock.h"
#include "compat.h"

#define CLOCK_MODE	(KEEL_CLOCK_IS_TAKEN ? HRTIMER_MODE_ABS_PINNED_HARD : HRTIMER_MODE_ABS)
#define CLOCK_PATIENCE	(NSEC_PER_MSEC)

/**
 * keel_clock_init() - a clock at VmTime 0 that stands still.
 * @clock: the clock
 * @fire:  a deadline is due; called in interrupt context, without a lock. With KEEL_CLOCK_IS_TAKEN
 *         it is a hard interrupt, which calls keel_clock_fall_due()
 * @guard: with it: no thread has taken that; called in softirq context, without a lock
 */
void keel_clock_init(struct keel_clock *clock,
		     enum hrtimer_restart (*fire)(struct hrtimer *timer),
		     enum hrtimer_restart (*guard)(struct hrtimer *timer))
{
	keel_hrtimer_setup(&clock->timer, fire, CLOCK_MONOTONIC, CLOCK_MODE);
	keel_hrtimer_setup(&clock->guard, guard, CLOCK_MONOTONIC, HRTIMER_MODE_REL_SOFT);
	clock->deadline = KEEL_NEVER;
}

/**
 * keel_clock_destroy() - no expiry after this.
 * @clock: stopped; the caller does not hold the board's lock
 */
void keel_clock_destroy(struct keel_clock *clock)
{
	hrtimer_cancel(&clock->timer);
	hrtimer_cancel(&clock->guard);	/* which the other one's callback starts */
}

/* It is rarely armed. */
static void clock_unguard(struct keel_clock *clock)
{
	if (KEEL_CLOCK_IS_TAKEN && hrtimer_is_queued(&clock->guard))
		hrtimer_try_to_cancel(&clock->guard);
}

/**
 * keel_clock_fall_due() - the timer has fired; the caller kicks a vCPU next.
 * @clock:   the clock
 * @guarded: there is more than one vCPU, of which one might wait for another
 *
 * In a hard interrupt.
 */
void keel_clock_fall_due(struct keel_clock *clock, bool guarded)
{
	if (guarded)
		hrtimer_start(&clock->guard, ns_to_ktime(CLOCK_PATIENCE), HRTIMER_MODE_REL_SOFT);
	atomic_set(&clock->due, 1);
	smp_mb();	/* it is set before the kick: see vcpu.c */
}

/**
 * keel_clock_take() - the caller opens a door next, which expires what is due.
 * @clock: the clock; the caller does not hold the board's lock
 */
void keel_clock_take(struct keel_clock *clock)
{
	atomic_xchg(&clock->due, 0);	/* it is cleared before VmTime is sampled */
	clock_unguard(clock);
}

/*
 * Cancelling only tries: a callback may be waiting for the board's lock, which
 * is ours. It then finds nothing due, and does no harm.
 */
static void clock_program(struct keel_clock *clock)
{
	if (!clock->running || !clock->inside)
		clock_unguard(clock);
	if (!clock->running || !clock->inside || clock->deadline >= KEEL_TIME_MAX)
		hrtimer_try_to_cancel(&clock->timer);
	else
		hrtimer_start(&clock->timer, ns_to_ktime(clock->base + clock->deadline),
			      CLOCK_MODE);
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
