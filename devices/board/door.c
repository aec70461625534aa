// SPDX-License-Identifier: GPL-2.0
/*
 * The doors: all ways into a board. Each expires what is due, lets the models work,
 * and tells the host the next deadline if it changed.
 *
 * VmTime is sampled at most once in a door, so that time stands still for the models
 * meanwhile; and not at all for an access to a device that has nothing armed and does
 * not ask, for reading a clock is a good part of what an access costs.
 */
#include "../pci/bar.h"
#include "../pci/pci.h"
#include "door.h"
#include "latency.h"
#include "pace.h"
#include "timer.h"

static void door_arm_host(struct keel_board *board)
{
	u64 next = board->paces ? keel_pace_next(board) : board->next;

	if (next == board->armed)
		return;
	board->armed = next;
	board->host.ops->arm(board->host.ctx, next);
}

/**
 * keel_board_close() - regions are where they belong, no pulse is longer than it has to be, and the
 * host knows the next deadline.
 * @board: with a door open
 */
void keel_board_close(struct keel_board *board)
{
	if (board->pulsed)
		keel_lines_settle(board);
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
	if (board->lines[KEEL_LINE_INTR].watch)
		keel_line_watch_end(board->lines[KEEL_LINE_INTR].watch);
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
 * keel_board_pulse() - the host asserts a line, until an interrupt controller has taken that.
 * @board: the board
 * @line:  which
 *
 * Return: 0; -EINVAL: there is no such line, or it goes to no interrupt controller; -EAGAIN: it is
 * asserted already, or a device has it for itself.
 */
int keel_board_pulse(struct keel_board *board, unsigned int line)
{
	int ret;

	if (keel_isa_to_gsi(line) < 0)
		return -EINVAL;
	keel_door_enter(board);
	keel_board_catch_up(board, NULL);
	ret = keel_line_pulse(board, array_index_nospec(line, KEEL_NR_LINES));
	keel_door_leave(board);
	return ret;
}

/**
 * keel_board_call() - the thread that serves a device has something to say to its model.
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
 * keel_board_reset_device() - RESET# of one device. Its regions stay until keel_board_remap().
 * @dev:  the device; with a door open
 * @cold: the board was just built
 */
void keel_board_reset_device(struct keel_dev *dev, bool cold)
{
	if (dev->ops->pci)
		keel_pci_reset(dev);
	if (dev->ops->reset)
		dev->ops->reset(dev, cold);
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
