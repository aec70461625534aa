/* SPDX-License-Identifier: GPL-2.0 */
/* Deadlines: timer.c. What a model does with its own is in dev.h. */
#ifndef KEEL_BOARD_TIMER_H
#define KEEL_BOARD_TIMER_H

#include "board.h"

/*
 * Deadlines that a door expires, at most, beside those of the device that it is for. The
 * others have their turn in the next door, which the host's timer opens at once.
 */
#define KEEL_EXPIRIES	32

void keel_board_expire_due(struct keel_board *board, struct keel_dev *dev);

/**
 * keel_board_catch_up() - expire what is due.
 * @board: with a door open
 * @dev:   the device that the door is for: all of its deadlines; or NULL
 */
static inline void keel_board_catch_up(struct keel_board *board, struct keel_dev *dev)
{
	if (!board->host.sampled)
		keel_host_sample(&board->host);
	if (board->next <= board->host.now)
		keel_board_expire_due(board, dev);
}

#endif /* KEEL_BOARD_TIMER_H */
