// SPDX-License-Identifier: GPL-2.0
/*
 * A look into a board that is running: time, deadlines, lines and who holds them, and
 * what each model says of itself. No register notices.
 */
#include "board.h"

static void inspect_board(struct keel_out *out, const struct keel_board *board)
{
	keel_out_device(out, "board", -1);
	keel_emit(out, "now", -1, "", board->now);
	keel_emit(out, "next_deadline", -1, "", board->next);
}

static void inspect_device(struct keel_out *out, const struct keel_dev *dev)
{
	unsigned int i;

	keel_out_device(out, dev->ops->name, dev->instance);
	for (i = 0; i < dev->ops->nr_timers; i++)
		keel_emit(out, "timer", i, ".deadline", keel_deadline(dev, i));
	if (dev->ops->inspect)
		dev->ops->inspect(dev, out);
}

static void inspect_holders(struct keel_out *out, const struct keel_board *board,
			    const struct keel_line *line)
{
	unsigned int i, j;

	for (i = 0; i < board->nr_devs; i++) {
		const struct keel_dev *dev = board->devs[i];

		for (j = 0; j < dev->ops->nr_wires; j++) {
			const struct keel_wire *wire =
				(const void *)dev + dev->ops->wires[j].offset;

			if (wire->line == line && line->sources & BIT(wire->bit))
				keel_emit(out, dev->ops->name, dev->instance, ".holds", j);
		}
	}
}

static void inspect_line(struct keel_out *out, const struct keel_board *board, unsigned int nr)
{
	const struct keel_line *line = &board->lines[nr];

	if (!line->nr_sources)
		return;
	keel_out_device(out, "line", nr);
	keel_emit(out, "level", -1, "", keel_line_level(line));
	keel_emit(out, "sources", -1, "", line->nr_sources);
	inspect_holders(out, board, line);
}

/**
 * keel_board_inspect() - the decoded state of everything.
 * @board: the board
 * @stats: where to
 * @nr:    room there
 *
 * A door, but one that expires nothing: what is due stays due.
 *
 * Return: how many values there are; those beyond the room were left out.
 */
unsigned int keel_board_inspect(struct keel_board *board, struct keel_stat *stats,
				unsigned int nr)
{
	struct keel_out out = { .stats = stats, .room = nr };
	unsigned int i;

	keel_board_sample(board);
	inspect_board(&out, board);
	for (i = 0; i < board->nr_devs; i++)
		inspect_device(&out, board->devs[i]);
	for (i = 0; i < KEEL_NR_LINES; i++)
		inspect_line(&out, board, i);
	return out.nr;
}
