/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The doors: all ways into a board, for its host. The caller holds the board's lock.
 *
 * A door is short with any board: see KEEL_EXPIRIES. What takes longer has
 * several doors: a reset and a load go step by step, and leave the regions to
 * keel_board_settle(); lists come in parts.
 */
#ifndef KEEL_BOARD_DOOR_H
#define KEEL_BOARD_DOOR_H

#include "access.h"

void keel_board_expire(struct keel_board *board);
void keel_board_eoi(struct keel_board *board, u8 vector);
int keel_board_intack(struct keel_board *board);
int keel_board_host(struct keel_board *board, struct keel_dev *dev, unsigned int input,
		    u64 value);
int keel_board_pulse(struct keel_board *board, unsigned int line);
int keel_board_call(struct keel_board *board, struct keel_dev *dev,
		    int (*call)(struct keel_dev *dev, void *arg), void *arg);
unsigned int keel_board_reset(struct keel_board *board, unsigned int from);
void keel_board_settle(struct keel_board *board);

/* ---- The doors' frames; the most frequent door is inlined into the host's ---- */

void keel_board_reset_device(struct keel_dev *dev, bool cold);
void keel_board_close(struct keel_board *board);

/**
 * keel_door_enter() - the first thing in a door.
 * @board: the board
 */
static inline void keel_door_enter(struct keel_board *board)
{
	board->doors++;
	board->host.sampled = false;
}

/**
 * keel_door_sampled() - the host has read its clock: for accesses that ask for the time mostly.
 * @board: the board
 * @now:   VmTime, ns
 */
static inline void keel_door_sampled(struct keel_board *board, u64 now)
{
	board->host.now = max(board->host.now, now);
	board->host.sampled = true;
}

/**
 * keel_door_leave() - the last thing in a door.
 * @board: the board
 */
static inline void keel_door_leave(struct keel_board *board)
{
	if (board->next != board->armed || board->unsettled)
		keel_board_close(board);
}

/**
 * keel_board_access() - a vCPU's access to ports or memory.
 * @board: the board
 * @space: KEEL_PIO or KEEL_MMIO
 * @addr:  port or guest physical address
 * @data:  @len bytes, read or to be filled
 * @len:   any; usually 1, 2, 4 or 8
 * @write: direction
 *
 * Return: what is worth telling.
 */
static inline enum keel_news keel_board_access(struct keel_board *board, enum keel_space space,
					       u64 addr, void *data, unsigned int len, bool write)
{
	enum keel_news news;

	keel_door_enter(board);
	news = keel_bus_access(&board->bus[space], addr, data, len, write);
	keel_door_leave(board);
	return news;
}

/**
 * keel_board_access_region() - the same; the caller has found the region.
 * @board:  the board
 * @region: holds all of the access
 * @addr:   port or guest physical address
 * @data:   @len bytes, read or to be filled
 * @len:    any; usually 1, 2, 4 or 8
 * @write:  direction
 */
static inline void keel_board_access_region(struct keel_board *board, struct keel_region *region,
					    u64 addr, void *data, unsigned int len, bool write)
{
	keel_door_enter(board);
	keel_region_access(region, addr - region->base, data, len, write);
	keel_door_leave(board);
}

/**
 * keel_board_due() - did the door that was open last leave deadlines to the next one?
 * @board: the board
 */
static inline bool keel_board_due(const struct keel_board *board)
{
	return board->next <= board->host.now;
}

#endif /* KEEL_BOARD_DOOR_H */
