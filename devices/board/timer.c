// SPDX-License-Identifier: GPL-2.0
/*
 * Deadlines: a model arms them, a door expires those that are due, earliest first.
 */
#include "latency.h"
#include "pace.h"
#include "timer.h"

/* A deadline that is found this much in the past counts as late. */
#define TIMER_LATE_NS	50000

static u64 timer_earliest(const struct keel_board *board)
{
	u64 earliest = KEEL_NEVER;
	unsigned int i;

	for (i = 0; i < board->nr_timers; i++)
		earliest = min(earliest, board->deadlines[i]);
	return earliest;
}

/**
 * keel_arm() - call this device's expire() at a VmTime.
 * @dev:      the device
 * @timer:    which of its timers
 * @deadline: ns, or KEEL_NEVER; replaces the one before
 */
void keel_arm(struct keel_dev *dev, unsigned int timer, u64 deadline)
{
	struct keel_board *board = dev->board;
	u64 *slot = &board->deadlines[dev->timer + timer];
	u64 before = *slot;

	dev->armed += (deadline != KEEL_NEVER) - (before != KEEL_NEVER);
	*slot = deadline;
	if (deadline <= board->next)
		board->next = deadline;
	else if (before == board->next)
		board->next = timer_earliest(board);
	if (board->paces && deadline != KEEL_NEVER)
		keel_pace_armed(dev);
}

/**
 * keel_deadline() - what is armed?
 * @dev:   the device
 * @timer: which of its timers
 *
 * Return: VmTime in ns, or KEEL_NEVER.
 */
u64 keel_deadline(const struct keel_dev *dev, unsigned int timer)
{
	return dev->board->deadlines[dev->timer + timer];
}

static struct keel_dev *timer_owner(struct keel_board *board, unsigned int timer)
{
	unsigned int i;

	for (i = 0; i < board->nr_devs; i++) {
		struct keel_dev *dev = board->devs[i];

		if (timer - dev->timer < dev->ops->nr_timers)
			return dev;
	}
	return NULL;
}

static void timer_expire_one(struct keel_dev *dev, unsigned int timer)
{
	struct keel_board *board = dev->board;
	u64 now = board->host.now, late = now - keel_deadline(dev, timer);

	board->expired++;
	board->late += late > TIMER_LATE_NS;
	if (board->lateness)
		keel_histogram_add(&board->lateness[dev->timer + timer], late, now, NULL);
	keel_arm(dev, timer, KEEL_NEVER);
	dev->ops->expire(dev, timer);
}

static void timer_expire_earliest(struct keel_board *board)
{
	unsigned int timer = 0;
	struct keel_dev *dev;

	while (board->deadlines[timer] != board->next)
		timer++;
	dev = timer_owner(board, timer);
	timer_expire_one(dev, timer - dev->timer);
}

/* What is still due of one device: its model relies on that there is nothing. */
static void timer_expire_own(struct keel_dev *dev)
{
	unsigned int timer, turn;

	for (turn = 0; turn < 2; turn++)
		for (timer = 0; timer < dev->ops->nr_timers; timer++)
			if (keel_deadline(dev, timer) <= dev->host->now)
				timer_expire_one(dev, timer);
}

/**
 * keel_board_expire_due() - expire what is due, earliest first.
 * @board: with a door open, and VmTime sampled
 * @dev:   the device that the door is for, or NULL
 *
 * At most two expiries for each timer: a model that re-arms in the past (to deliver
 * a backlog) gets its next turn from the host's timer. So do those beyond KEEL_EXPIRIES,
 * but for @dev's.
 */
void keel_board_expire_due(struct keel_board *board, struct keel_dev *dev)
{
	unsigned int left = min_t(unsigned int, 2 * board->nr_timers, KEEL_EXPIRIES);

	while (board->next <= board->host.now && left--)
		timer_expire_earliest(board);
	if (board->next > board->host.now || 2 * board->nr_timers <= KEEL_EXPIRIES)
		return;
	board->put_off++;
	if (dev)
		timer_expire_own(dev);
}
