// SPDX-License-Identifier: GPL-2.0
/*
 * A look into a board that is running: time, deadlines, lines and their sources, and
 * what each model says of itself. No register notices.
 */
#include "../pci/pci.h"
#include "board.h"
#include "inspect.h"
#include "out.h"

static void inspect_board(struct keel_out *out, const struct keel_board *board)
{
	keel_out_device(out, "board", -1);
	keel_emit(out, "now", -1, "", board->host.now);
	keel_emit(out, "next_deadline", -1, "", board->next);
	keel_unmapped_list(&board->bus[KEEL_PIO].unmapped, "unmapped_pio.", out);
	keel_unmapped_list(&board->bus[KEEL_MMIO].unmapped, "unmapped_mmio.", out);
}

static void inspect_regions(struct keel_out *out, const struct keel_dev *dev)
{
	unsigned int i;

	for (i = 0; i < dev->ops->nr_regions; i++) {
		const struct keel_region_desc *desc = &dev->ops->regions[i];
		const struct keel_region *region = &dev->board->regions[dev->region + i];

		keel_emit(out, desc->label, -1, desc->space == KEEL_PIO ? ".port" : ".address",
			  region->base);
		keel_emit(out, desc->label, -1, ".length", region->length);
		if (desc->in_bar)
			keel_emit(out, desc->label, -1, ".decoded", region->mapped);
	}
}

static void inspect_device(struct keel_out *out, struct keel_dev *dev)
{
	unsigned int i;

	keel_out_device(out, dev->ops->name, dev->instance);
	inspect_regions(out, dev);
	for (i = 0; i < dev->ops->nr_timers; i++)
		keel_emit(out, "timer", i, ".deadline", keel_deadline(dev, i));
	if (dev->ops->pci)
		keel_pci_inspect(dev, out);
	if (dev->ops->inspect)
		dev->ops->inspect(dev, out);
}

/* Is the device one that can hold the line, and does it? */
static void inspect_source(struct keel_out *out, const struct keel_dev *dev,
			   const struct keel_line *line)
{
	bool connected = false, holds = false;
	unsigned int i;

	for (i = 0; i < dev->ops->nr_wires; i++) {
		const struct keel_wire *wire = (const void *)dev + dev->ops->wires[i].offset;

		if (wire->line != line)
			continue;
		connected = true;
		holds |= !!(line->sources & BIT(wire->bit));
	}
	if (connected)
		keel_emit(out, dev->ops->name, dev->instance, ".holds", holds);
}

static void inspect_line(struct keel_out *out, const struct keel_board *board, unsigned int nr)
{
	const struct keel_line *line = &board->lines[nr];
	unsigned int i;

	if (!line->nr_sources && !(line->sources & KEEL_LINE_HAND))
		return;
	keel_out_line(out, nr);
	keel_emit(out, "level", -1, "", keel_line_level(line));
	keel_emit(out, "sources", -1, "", line->nr_sources);
	if (line->taken)
		keel_emit(out, "taken", -1, "", 1);
	if (line->sources & KEEL_LINE_HAND)
		keel_emit(out, "host.holds", -1, "", 1);
	for (i = 0; i < board->nr_devs; i++)
		inspect_source(out, board->devs[i], line);
}

/**
 * keel_board_inspect() - the decoded state of one part.
 * @board: the board
 * @part:  as for keel_board_stats()
 * @out:   where to
 *
 * A door, but one that expires nothing: what is due stays due.
 */
void keel_board_inspect(struct keel_board *board, unsigned int part, struct keel_out *out)
{
	keel_host_sample(&board->host);
	if (!part)
		inspect_board(out, board);
	else if (part <= board->nr_devs)
		inspect_device(out, board->devs[part - 1]);
	else
		inspect_line(out, board, part - 1 - board->nr_devs);
}
