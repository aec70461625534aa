/* SPDX-License-Identifier: GPL-2.0 */
/* A look into a board, for its host: inspect.c. A door for each part. */
#ifndef KEEL_BOARD_INSPECT_H
#define KEEL_BOARD_INSPECT_H

struct keel_board;
struct keel_out;

void keel_board_inspect(struct keel_board *board, unsigned int part, struct keel_out *out);

#endif /* KEEL_BOARD_INSPECT_H */
