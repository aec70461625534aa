/* SPDX-License-Identifier: GPL-2.0 */
/* A board's state as one blob, for its host: state.c. */
#ifndef KEEL_BOARD_STATE_H
#define KEEL_BOARD_STATE_H

#include "board.h"

size_t keel_board_state_size(const struct keel_board *board);
void keel_board_save(struct keel_board *board, void *blob);
void keel_board_load(struct keel_board *board, const void *blob);
unsigned int keel_board_loaded(struct keel_board *board, unsigned int from);

/* ---- State: without a door ---- */

void keel_board_seal(const struct keel_board *board, void *blob);
size_t keel_board_upgrade(const struct keel_board *board, void *blob, size_t size);
int keel_board_check(const struct keel_board *board, const void *blob, size_t size,
		     u32 *record);

#endif /* KEEL_BOARD_STATE_H */
