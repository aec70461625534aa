/* SPDX-License-Identifier: GPL-2.0 */
/* Interrupt wires: line.c. */
#ifndef KEEL_BOARD_LINE_H
#define KEEL_BOARD_LINE_H

#include "dev.h"

struct keel_line_watch;

/**
 * struct keel_target - what follows a line's level.
 * @set: called with the level on every change
 * @ctx: for @set
 * @pin: for @set
 * @eoi: called when the interrupt of this line was ended (optional)
 */
struct keel_target {
	void (*set)(void *ctx, unsigned int pin, bool level);
	void (*eoi)(void *ctx, unsigned int pin);
	void *ctx;
	unsigned int pin;
};

#define KEEL_LINE_TARGETS	4
#define KEEL_LINE_SOURCES	31
#define KEEL_LINE_HAND		BIT(31)		/* of sources: the host's, for a pulse */

/**
 * struct keel_line - an interrupt wire: the OR of its sources.
 * @sources:    a bit for each source that holds it
 * @taken:      a bit for each source that has taken it: the others are cut off. 0: none is
 * @nr_sources: sources connected
 * @nr_targets: targets attached
 * @asserts:    rising edges
 * @sets:       changes of a source
 * @pulses:     by the host
 * @eois:       ends of interrupt
 * @watch:      measures how long they take; NULL: that is not measured
 * @targets:    they follow it
 *
 * Levels are logical: true is "asserted". Whether the electrical wire is
 * active-low matters to the IOAPIC's polarity bit alone, see ioapic.c.
 */
struct keel_line {
	u32 sources;
	u32 taken;
	u8 nr_sources;
	u8 nr_targets;
	u64 asserts;
	u64 sets;
	u64 eois;
	u64 pulses;
	struct keel_line_watch *watch;
	struct keel_target targets[KEEL_LINE_TARGETS];
};

int keel_line_attach(struct keel_line *line, const struct keel_target *target);
bool keel_line_connect(struct keel_line *line, struct keel_wire *wire);
int keel_line_pulse(struct keel_board *board, unsigned int nr);
void keel_lines_settle(struct keel_board *board);

/**
 * keel_line_level_of() - the level of a line with these sources.
 * @sources: a bit for each source that holds it
 * @taken:   a bit for each source that has taken it
 */
static inline bool keel_line_level_of(u32 sources, u32 taken)
{
	return taken ? sources & taken : sources;
}

/**
 * keel_line_level() - does a source hold the line that is not cut off?
 * @line: the line
 */
static inline bool keel_line_level(const struct keel_line *line)
{
	return keel_line_level_of(line->sources, line->taken);
}

#endif /* KEEL_BOARD_LINE_H */
