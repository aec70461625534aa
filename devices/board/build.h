/* SPDX-License-Identifier: GPL-2.0 */
/* The builder, for a board's host: build.c. */
#ifndef KEEL_BOARD_BUILD_H
#define KEEL_BOARD_BUILD_H

#include "board.h"

size_t keel_board_size(const struct keel_device_config *configs, unsigned int nr);
int keel_board_build(struct keel_board *board, const struct keel_host_ops *ops, void *host,
		     const struct keel_device_config *configs, unsigned int nr,
		     struct keel_conflict *conflicts, unsigned int *nr_conflicts);
struct keel_dev *keel_board_find(const struct keel_board *board, unsigned int class,
				 unsigned int instance);

#endif /* KEEL_BOARD_BUILD_H */
