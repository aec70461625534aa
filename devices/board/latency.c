// SPDX-License-Identifier: GPL-2.0
/*
 * Histograms of times, and the longest accesses. The host allocates them; the board notes how late
 * its timers expire and how long its lines wait for their EOI, in VmTime, which stands still while
 * the VM is paused. Nothing of it is state: a restored board begins without.
 */
#include "latency.h"

/* Bits that the number has: 0 to 64. */
static unsigned int latency_bits(u64 ns)
{
	return ns ? 64 - __builtin_clzll(ns) : 0;
}

/**
 * keel_histogram_add() - count a time.
 * @h:       the histogram
 * @ns:      how long it was
 * @at:      VmTime at its end
 * @culprit: what it was; NULL: nothing but a time
 */
void keel_histogram_add(struct keel_histogram *h, u64 ns, u64 at,
			const struct keel_culprit *culprit)
{
	static const struct keel_culprit nothing = { .vcpu = -1 };

	h->count++;
	h->sum += ns;
	h->buckets[min_t(unsigned int, latency_bits(ns), KEEL_LATENCY_BUCKETS - 1)]++;
	if (ns < h->most || (h->count > 1 && ns == h->most))
		return;
	h->most = ns;
	h->most_at = at;
	h->culprit = culprit ? *culprit : nothing;
}

/**
 * keel_histogram_percentile() - how long did so many of a thousand take at most?
 * @h:         the histogram
 * @per_mille: how many: 500 for the median
 *
 * Return: ns: the end of the bucket in which that is, or the maximum if it is less; 0 if the
 * histogram is empty.
 */
u64 keel_histogram_percentile(const struct keel_histogram *h, unsigned int per_mille)
{
	u64 rank = keel_muldiv_up(h->count, per_mille, 1000), below = 0;
	unsigned int i;

	for (i = 0; i < KEEL_LATENCY_BUCKETS - 1; i++) {
		below += h->buckets[i];
		if (below >= rank)
			return min_t(u64, BIT_ULL(i) - 1, h->most);
	}
	return h->most;
}

/**
 * keel_worst_add() - keep an access if it is among the longest.
 * @worst:  the list; of accesses that took equally long, the first ones stay
 * @access: the access
 */
void keel_worst_add(struct keel_worst *worst, const struct keel_long_access *access)
{
	unsigned int at = worst->nr;

	if (at == KEEL_WORST_ACCESSES && access->ns <= worst->list[--at].ns)
		return;
	worst->nr = at + 1;
	for (; at && worst->list[at - 1].ns < access->ns; at--)
		worst->list[at] = worst->list[at - 1];
	worst->list[at] = *access;
}

/* ---- Lines ---- */

static u64 latency_now(struct keel_host *host)
{
	if (!host->sampled)
		keel_host_sample(host);
	return host->now;
}

/**
 * keel_line_watch_rise() - the line has risen; with a door open.
 * @watch: the line's
 */
void keel_line_watch_rise(struct keel_line_watch *watch)
{
	if (watch->since == KEEL_NEVER)
		watch->since = latency_now(watch->host);
}

/**
 * keel_line_watch_end() - the line's interrupt has ended; with a door open.
 * @watch: the line's
 */
void keel_line_watch_end(struct keel_line_watch *watch)
{
	u64 now;

	if (watch->since == KEEL_NEVER)
		return;
	now = latency_now(watch->host);
	keel_histogram_add(&watch->times, now - watch->since, now, NULL);
	watch->since = KEEL_NEVER;
}

/* ---- The board ---- */

/**
 * keel_board_measure() - note times from now on, or no more.
 * @board: the board
 * @watch: where to; NULL: no more. What it points to stays until then
 */
void keel_board_measure(struct keel_board *board, const struct keel_board_watch *watch)
{
	unsigned int i;

	board->lateness = watch ? watch->timers : NULL;
	for (i = 0; i < KEEL_NR_LINES; i++) {
		board->lines[i].watch = watch ? &watch->lines[i] : NULL;
		if (watch)
			watch->lines[i].host = &board->host;
	}
	keel_board_measure_anew(board);
}

/**
 * keel_board_measure_anew() - what has begun is not to be counted at its end: VmTime is another.
 * @board: the board, measured or not
 */
void keel_board_measure_anew(struct keel_board *board)
{
	unsigned int i;

	for (i = 0; i < KEEL_NR_LINES; i++)
		if (board->lines[i].watch)
			board->lines[i].watch->since = KEEL_NEVER;
}
