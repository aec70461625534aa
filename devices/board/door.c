// SPDX-License-Identifier: GPL-2.0
/*
 * The doors: all ways into a board. Each expires what is due, lets the models work,
 * and tells the host the next deadline if it changed. The clock's two verbs for
 * models, keel_arm() and keel_deadline(), are here as well.
 *
 * VmTime is sampled at most once in a door, so that time stands still for the models
 * meanwhile; and not at all for an access to a device that has nothing armed and does
 * not ask, for reading a clock is a good part of what an access costs.
 */
#include "board.h"

/* A deadline that is found this much in the past counts as late. */
#define DOOR_LATE_NS	50000

static u64 door_earliest(const struct keel_board *board)
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
		board->next = door_earliest(board);
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

static struct keel_dev *door_timer_owner(struct keel_board *board, unsigned int timer)
{
	unsigned int i;

	for (i = 0; i < board->nr_devs; i++) {
		struct keel_dev *dev = board->devs[i];

		if (timer - dev->timer < dev->ops->nr_timers)
			return dev;
	}
	return NULL;
}

static void door_expire_one(struct keel_dev *dev, unsigned int timer)
{
	struct keel_board *board = dev->board;

	board->expired++;
	board->late += board->now - keel_deadline(dev, timer) > DOOR_LATE_NS;
	keel_arm(dev, timer, KEEL_NEVER);
	dev->ops->expire(dev, timer);
}

static void door_expire_earliest(struct keel_board *board)
{
	unsigned int timer = 0;
	struct keel_dev *dev;

	while (board->deadlines[timer] != board->next)
		timer++;
	dev = door_timer_owner(board, timer);
	door_expire_one(dev, timer - dev->timer);
}

/* What is still due of one device: its model relies on that there is nothing. */
static void door_expire_own(struct keel_dev *dev)
{
	unsigned int timer, turn;

	for (turn = 0; turn < 2; turn++)
		for (timer = 0; timer < dev->ops->nr_timers; timer++)
			if (keel_deadline(dev, timer) <= dev->board->now)
				door_expire_one(dev, timer);
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

	while (board->next <= board->now && left--)
		door_expire_earliest(board);
	if (board->next > board->now || 2 * board->nr_timers <= KEEL_EXPIRIES)
		return;
	board->put_off++;
	if (dev)
		door_expire_own(dev);
}

static void door_arm_host(struct keel_board *board)
{
	if (board->next == board->armed)
		return;
	board->armed = board->next;
	board->ops->arm(board->host, board->next);
}

/**
 * keel_board_close() - regions are where they belong, and the host knows the next deadline.
 * @board: with a door open
 */
void keel_board_close(struct keel_board *board)
{
	if (board->moved)
		keel_board_remap(board);
	door_arm_host(board);
}

/**
 * keel_board_expire() - the deadline given to the host's arm() is here.
 * @board: the board; being early or late does no harm
 */
void keel_board_expire(struct keel_board *board)
{
	board->armed = KEEL_NEVER;	/* the host's timer has gone off: tell it again */
	keel_door_enter(board);
	keel_board_catch_up(board, NULL);
	keel_door_leave(board);
}

/**
 * keel_board_eoi() - a LAPIC broadcast an end of interrupt.
 * @board:  the board
 * @vector: of the level-triggered interrupt that was ended
 */
void keel_board_eoi(struct keel_board *board, u8 vector)
{
	keel_door_enter(board);
	keel_board_catch_up(board, board->ioapic);
	board->eois++;
	if (board->ioapic)
		board->ioapic->ops->eoi(board->ioapic, vector);
	keel_door_leave(board);
}

/**
 * keel_board_intack() - a vCPU's INTA cycle.
 * @board: the board
 *
 * Return: the vector from the 8259s, or -1 if the board has none.
 */
int keel_board_intack(struct keel_board *board)
{
	int vector = -1;

	keel_door_enter(board);
	keel_board_catch_up(board, board->pic);
	board->acks++;
	if (board->pic)
		vector = board->pic->ops->intack(board->pic);
	keel_door_leave(board);
	return vector;
}

/**
 * keel_board_host() - something happens to a device from outside.
 * @board: the board
 * @dev:   one of its devices
 * @input: KEEL_INPUT_* of its class or KEEL_HOST_*
 * @value: see @input
 *
 * Return: the device's answer, or -1 if it has no such input.
 */
int keel_board_host(struct keel_board *board, struct keel_dev *dev, unsigned int input, u64 value)
{
	int answer;

	if (!dev->ops->host)
		return -1;
	keel_door_enter(board);
	keel_board_catch_up(board, dev);
	answer = dev->ops->host(dev, input, value);
	keel_door_leave(board);
	return answer;
}

/**
 * keel_board_call() - whoever serves a device has something to say to its model.
 * @board: the board
 * @dev:   the device
 * @call:  what to say, as one of the model's functions would
 * @arg:   for @call
 *
 * Return: what @call did.
 */
int keel_board_call(struct keel_board *board, struct keel_dev *dev,
		    int (*call)(struct keel_dev *dev, void *arg), void *arg)
{
	int ret;

	keel_door_enter(board);
	keel_board_catch_up(board, dev);
	ret = call(dev, arg);
	keel_door_leave(board);
	return ret;
}

/**
 * keel_board_reset() - pull RESET# of KEEL_STEP devices.
 * @board: the board; no vCPU runs until all are through
 * @from:  the first one: 0, or what it returned
 *
 * Return: which one is next, in a door of its own; 0: that is all, and
 * keel_board_settle() is next.
 */
unsigned int keel_board_reset(struct keel_board *board, unsigned int from)
{
	unsigned int end = min_t(unsigned int, from + KEEL_STEP, board->nr_devs);

	keel_door_enter(board);
	keel_board_catch_up(board, NULL);
	for (; from < end; from++)
		keel_board_reset_device(board->devs[from], false);
	board->moved = true;
	door_arm_host(board);
	return end < board->nr_devs ? end : 0;
}

/**
 * keel_board_settle() - what a reset or a load has left: regions are where they belong.
 * @board: the board
 */
void keel_board_settle(struct keel_board *board)
{
	keel_door_enter(board);
	keel_door_leave(board);
}
