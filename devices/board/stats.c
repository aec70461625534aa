// SPDX-License-Identifier: GPL-2.0
/*
 * Every counter of a board under one name, "device" + "what". Reading them touches no
 * register.
 */
#include "../pci/pci.h"
#include "board.h"
#include "out.h"
#include "stats.h"

static void stats_of_board(struct keel_out *out, const struct keel_board *board)
{
	const struct keel_bus *pio = &board->bus[KEEL_PIO], *mmio = &board->bus[KEEL_MMIO];

	keel_out_device(out, "board", -1);
	keel_emit(out, "doors", -1, "", board->doors);
	keel_emit(out, "deadlines", -1, "", board->expired);
	keel_emit(out, "deadlines_late", -1, "", board->late);
	keel_emit(out, "deadlines_put_off", -1, "", board->put_off);
	keel_emit(out, "eois", -1, "", board->eois);
	keel_emit(out, "intacks", -1, "", board->acks);
	keel_emit(out, "unmapped_pio.reads", -1, "", pio->unmapped.reads);
	keel_emit(out, "unmapped_pio.writes", -1, "", pio->unmapped.writes);
	keel_emit(out, "unmapped_mmio.reads", -1, "", mmio->unmapped.reads);
	keel_emit(out, "unmapped_mmio.writes", -1, "", mmio->unmapped.writes);
	keel_unmapped_list(&pio->unmapped, "unmapped_pio.", out);
	keel_unmapped_list(&mmio->unmapped, "unmapped_mmio.", out);
	keel_emit(out, "overlapping_bars", -1, "", pio->hidden + mmio->hidden);
}

static void stats_of_counter(struct keel_out *out, const struct keel_dev *dev,
			     const struct keel_counter_desc *desc)
{
	const u64 *values = (const void *)dev + desc->offset;
	struct keel_value value = {
		.device = out->device, .instance = out->instance,
		.name = desc->label, .number = -1, .suffix = "", .dot = desc->nr > 1,
	};
	unsigned int i;

	for (i = 0; i < desc->nr; i++) {
		if (value.dot)
			value.number = i;
		value.value = values[i];
		keel_out_value(out, &value);
	}
}

static void stats_of_device(struct keel_out *out, struct keel_dev *dev)
{
	const struct keel_dev_ops *ops = dev->ops;
	unsigned int i;

	keel_out_device(out, ops->name, dev->instance);
	for (i = 0; i < ops->nr_regions; i++) {
		const struct keel_region *region = &dev->board->regions[dev->region + i];

		keel_emit(out, ops->regions[i].label, -1, ".reads", region->reads);
		keel_emit(out, ops->regions[i].label, -1, ".writes", region->writes);
	}
	for (i = 0; i < ops->nr_counters; i++)
		stats_of_counter(out, dev, &ops->counters[i]);
	if (ops->pci)
		keel_pci_stats(dev, out);
}

static void stats_of_line(struct keel_out *out, const struct keel_line *line, unsigned int nr)
{
	if (!line->nr_sources && !line->pulses)
		return;
	keel_out_line(out, nr);
	keel_emit(out, "asserts", -1, "", line->asserts);
	keel_emit(out, "changes", -1, "", line->sets);
	keel_emit(out, "eois", -1, "", line->eois);
	keel_emit(out, "pulses", -1, "", line->pulses);
}

/**
 * keel_board_parts() - in how many parts do lists come?
 * @board: the board
 */
unsigned int keel_board_parts(const struct keel_board *board)
{
	return 1 + board->nr_devs + KEEL_NR_LINES;
}

/**
 * keel_board_stats() - read the counters of one part.
 * @board: the board
 * @part:  below keel_board_parts(); 0: the board itself, then its devices, then its lines
 * @out:   where to; what is beyond its room is only counted
 */
void keel_board_stats(struct keel_board *board, unsigned int part, struct keel_out *out)
{
	if (!part)
		stats_of_board(out, board);
	else if (part <= board->nr_devs)
		stats_of_device(out, board->devs[part - 1]);
	else
		stats_of_line(out, &board->lines[part - 1 - board->nr_devs],
			      part - 1 - board->nr_devs);
}
