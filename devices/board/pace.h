/* SPDX-License-Identifier: GPL-2.0 */
/* How often timers are armed, while the host limits that: pace.c. */
#ifndef KEEL_BOARD_PACE_H
#define KEEL_BOARD_PACE_H

#include "board.h"
#include "bucket.h"

/**
 * struct keel_pace - how often the timers of a device, or of a board, may be armed.
 * @bucket: a token for each time that one is armed; its clock is VmTime
 * @floor:  VmTime before which the host is not asked to expire them, ns
 * @breaches: times that one was armed without a token
 */
struct keel_pace {
	struct keel_bucket bucket;
	u64 floor;
	u64 breaches;
};

/**
 * struct keel_paces - those of a board and of its devices.
 * @board:   for all timers
 * @devices: for each device's, by its index
 */
struct keel_paces {
	struct keel_pace board;
	struct keel_pace devices[KEEL_MAX_DEVICES];
};

void keel_pace_fill(struct keel_pace *pace, u64 rate, u64 burst, u64 now);
void keel_paces_anew(struct keel_paces *paces, u64 now);
void keel_pace_armed(struct keel_dev *dev);
u64 keel_pace_next(const struct keel_board *board);

#endif /* KEEL_BOARD_PACE_H */
