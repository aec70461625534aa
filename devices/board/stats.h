/* SPDX-License-Identifier: GPL-2.0 */
/* A board's counters, for its host: stats.c. A door for each part. */
#ifndef KEEL_BOARD_STATS_H
#define KEEL_BOARD_STATS_H

struct keel_board;
struct keel_out;

unsigned int keel_board_parts(const struct keel_board *board);
void keel_board_stats(struct keel_board *board, unsigned int part, struct keel_out *out);

#endif /* KEEL_BOARD_STATS_H */
