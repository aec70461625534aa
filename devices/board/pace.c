// SPDX-License-Identifier: GPL-2.0
/*
 * Timers whose arming the host limits. A model's deadline stays what it is: what changes is when
 * the host is asked to expire it. A timer that is armed without a token sets a floor, the time at
 * which there is one again, and until then no door is opened for that device's deadlines, or for
 * any of the board's. What is due is expired by the next door all the same: an access of the
 * device's, or another timer. So models see a host that is late, which they can deal with, and the
 * time that they tell stays right. Nothing of it is state: a restored board begins without.
 *
 * While the floor is not reached nothing is taken. So a guest that arms a timer again and again
 * cannot put it off, and its timers expire at the rate that it has.
 */
#include "pace.h"

/* Return: it had no token. */
static bool pace_take(struct keel_pace *pace, u64 now)
{
	u64 wait;

	if (!pace->bucket.rate)
		return false;
	if (now >= pace->floor) {
		wait = keel_bucket_take(&pace->bucket, now, 1);
		if (!wait)
			return false;
		pace->floor = now + wait;
	}
	pace->breaches++;
	return true;
}

/**
 * keel_pace_armed() - a timer was armed, on a board with paces.
 * @dev: whose; with a door open
 */
void keel_pace_armed(struct keel_dev *dev)
{
	struct keel_paces *paces = dev->board->paces;
	u64 now = keel_now(dev);
	bool all = pace_take(&paces->board, now);

	if (pace_take(&paces->devices[dev->index], now) || all)
		keel_event(dev, KEEL_EVENT_PACED, dev->index);
}

static u64 pace_of_device(const struct keel_board *board, const struct keel_dev *dev)
{
	const struct keel_paces *paces = board->paces;
	u64 floor = max(paces->board.floor, paces->devices[dev->index].floor);
	u64 next = KEEL_NEVER;
	unsigned int i;

	for (i = 0; i < dev->ops->nr_timers; i++)
		next = min(next, board->deadlines[dev->timer + i]);
	return next == KEEL_NEVER ? next : max(next, floor);
}

/**
 * keel_pace_next() - when is the host to expire the next deadline?
 * @board: a board with paces
 *
 * Return: VmTime in ns, or KEEL_NEVER.
 */
u64 keel_pace_next(const struct keel_board *board)
{
	u64 next = KEEL_NEVER;
	unsigned int i;

	for (i = 0; i < board->nr_devs; i++)
		next = min(next, pace_of_device(board, board->devs[i]));
	return next;
}

/**
 * keel_pace_fill() - a limit begins, or ends.
 * @pace:  the pace
 * @rate:  see keel_bucket_fill()
 * @burst: likewise
 * @now:   VmTime, ns
 */
void keel_pace_fill(struct keel_pace *pace, u64 rate, u64 burst, u64 now)
{
	keel_bucket_fill(&pace->bucket, rate, burst, now);
	pace->floor = 0;
}

static void pace_anew(struct keel_pace *pace, u64 now)
{
	keel_pace_fill(pace, pace->bucket.rate, pace->bucket.burst, now);
}

/**
 * keel_paces_anew() - VmTime is another: no timer waits for a token.
 * @paces: the board's
 * @now:   VmTime, ns
 */
void keel_paces_anew(struct keel_paces *paces, u64 now)
{
	unsigned int i;

	pace_anew(&paces->board, now);
	for (i = 0; i < ARRAY_SIZE(paces->devices); i++)
		pace_anew(&paces->devices[i], now);
}
