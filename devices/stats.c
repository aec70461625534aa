// SPDX-License-Identifier: GPL-2.0
/*
 * Every counter of a board under one name, "device" + "what". Reading them touches
 * no register.
 */
#include "board.h"

struct stats_out {
	struct keel_stat *stats;
	unsigned int room;
	unsigned int nr;
};

/* snprintf() is not for models: it is not pure and its %p is the host's. */
static char *stats_text(char *at, const char *end, const char *text)
{
	while (*text && at < end)
		*at++ = *text++;
	return at;
}

static char *stats_number(char *at, const char *end, unsigned int number)
{
	char digits[10];
	unsigned int i = sizeof(digits);

	do {
		digits[--i] = '0' + number % 10;
		number /= 10;
	} while (number);
	while (i < sizeof(digits) && at < end)
		*at++ = digits[i++];
	return at;
}

/* One counter; @number < 0: the name has none. */
static void stats_add(struct stats_out *out, const char *device, int instance,
		      const char *name, const char *suffix, int number, u64 value)
{
	struct keel_stat *stat;
	char *at;

	if (out->nr++ >= out->room)
		return;
	stat = &out->stats[out->nr - 1];
	memset(stat, 0, sizeof(*stat));
	at = stats_text(stat->device, stat->device + sizeof(stat->device) - 1, device);
	if (instance >= 0)
		stats_number(at, stat->device + sizeof(stat->device) - 1, instance);
	at = stats_text(stat->name, stat->name + sizeof(stat->name) - 1, name);
	at = stats_text(at, stat->name + sizeof(stat->name) - 1, suffix);
	if (number >= 0)
		stats_number(at, stat->name + sizeof(stat->name) - 1, number);
	stat->value = value;
}

static void stats_of_board(struct stats_out *out, const struct keel_board *board)
{
	const struct keel_bus *pio = &board->bus[KEEL_PIO], *mmio = &board->bus[KEEL_MMIO];

	stats_add(out, "board", -1, "doors", "", -1, board->doors);
	stats_add(out, "board", -1, "deadlines", "", -1, board->expired);
	stats_add(out, "board", -1, "deadlines_late", "", -1, board->late);
	stats_add(out, "board", -1, "eois", "", -1, board->eois);
	stats_add(out, "board", -1, "intacks", "", -1, board->acks);
	stats_add(out, "board", -1, "unmapped_pio", ".reads", -1, pio->unmapped_reads);
	stats_add(out, "board", -1, "unmapped_pio", ".writes", -1, pio->unmapped_writes);
	stats_add(out, "board", -1, "unmapped_mmio", ".reads", -1, mmio->unmapped_reads);
	stats_add(out, "board", -1, "unmapped_mmio", ".writes", -1, mmio->unmapped_writes);
}

static void stats_of_device(struct stats_out *out, const struct keel_dev *dev)
{
	const struct keel_dev_ops *ops = dev->ops;
	unsigned int i, j;

	for (i = 0; i < ops->nr_regions; i++) {
		const struct keel_region *region = &dev->board->regions[dev->region + i];
		const char *label = ops->regions[i].label;

		stats_add(out, ops->name, dev->instance, label, ".reads", -1, region->reads);
		stats_add(out, ops->name, dev->instance, label, ".writes", -1, region->writes);
	}
	for (i = 0; i < ops->nr_counters; i++) {
		const struct keel_counter_desc *desc = &ops->counters[i];
		const u64 *values = (const void *)dev + desc->offset;

		for (j = 0; j < desc->nr; j++)
			stats_add(out, ops->name, dev->instance, desc->label,
				  desc->nr > 1 ? "." : "", desc->nr > 1 ? (int)j : -1, values[j]);
	}
}

static void stats_of_line(struct stats_out *out, const struct keel_line *line, unsigned int nr)
{
	if (!line->nr_sources)
		return;
	stats_add(out, "line", nr, "asserts", "", -1, line->asserts);
	stats_add(out, "line", nr, "changes", "", -1, line->sets);
	stats_add(out, "line", nr, "eois", "", -1, line->eois);
}

/**
 * keel_board_stats() - read every counter.
 * @board: the board
 * @stats: where to
 * @nr:    room there
 *
 * Return: how many there are; those beyond the room were left out.
 */
unsigned int keel_board_stats(const struct keel_board *board, struct keel_stat *stats,
			      unsigned int nr)
{
	struct stats_out out = { .stats = stats, .room = nr };
	unsigned int i;

	stats_of_board(&out, board);
	for (i = 0; i < board->nr_devs; i++)
		stats_of_device(&out, board->devs[i]);
	for (i = 0; i < KEEL_NR_LINES; i++)
		stats_of_line(&out, &board->lines[i], i);
	return out.nr;
}
