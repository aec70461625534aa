/* SPDX-License-Identifier: GPL-2.0 */
/* How long things take, while the host of a board measures it: latency.c. */
#ifndef KEEL_BOARD_LATENCY_H
#define KEEL_BOARD_LATENCY_H

#include "board.h"

/**
 * struct keel_long_access - an access that took long.
 * @ns:     how long
 * @at:     VmTime at its end
 * @what:   the access
 * @region: what answered; NULL: nothing
 */
struct keel_long_access {
	u64 ns;
	u64 at;
	struct keel_culprit what;
	const struct keel_region *region;
};

/**
 * struct keel_worst - the longest accesses.
 * @nr:   how many
 * @list: the longest comes first
 */
struct keel_worst {
	unsigned int nr;
	struct keel_long_access list[KEEL_WORST_ACCESSES];
};

/**
 * struct keel_line_watch - from a line's rise to its EOI.
 * @host:  the board's
 * @since: VmTime of the first rise after the last EOI, or KEEL_NEVER
 * @times: ns
 */
struct keel_line_watch {
	struct keel_host *host;
	u64 since;
	struct keel_histogram times;
};

/**
 * struct keel_board_watch - where a board notes times.
 * @timers: a histogram for each timer: deadline to expiry
 * @lines:  for each line
 */
struct keel_board_watch {
	struct keel_histogram *timers;
	struct keel_line_watch *lines;
};

void keel_board_measure(struct keel_board *board, const struct keel_board_watch *watch);
void keel_board_measure_anew(struct keel_board *board);
void keel_histogram_add(struct keel_histogram *h, u64 ns, u64 at,
			const struct keel_culprit *culprit);
u64 keel_histogram_percentile(const struct keel_histogram *h, unsigned int per_mille);
void keel_worst_add(struct keel_worst *worst, const struct keel_long_access *access);
void keel_line_watch_rise(struct keel_line_watch *watch);
void keel_line_watch_end(struct keel_line_watch *watch);

#endif /* KEEL_BOARD_LATENCY_H */
