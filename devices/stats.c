// SPDX-License-Identifier: GPL-2.0
/*
 * Every counter of a board under one name, "device" + "what", and how such a list is
 * made. Reading them touches no register.
 */
#include "pci.h"

/* snprintf() is not for models: it is not pure and its %p is the host's. */
static char *out_text(char *at, const char *end, const char *text)
{
	while (*text && at < end)
		*at++ = *text++;
	return at;
}

static char *out_number(char *at, const char *end, unsigned int number)
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

/**
 * keel_out_device() - what comes is about this device.
 * @out:      where to
 * @device:   its name
 * @instance: which one, or -1
 */
void keel_out_device(struct keel_out *out, const char *device, int instance)
{
	const char *end = out->device + sizeof(out->device) - 1;
	char *at;

	memset(out->device, 0, sizeof(out->device));
	at = out_text(out->device, end, device);
	if (instance >= 0)
		out_number(at, end, instance);
}

/**
 * keel_out_line() - what comes is about this line.
 * @out: where to
 * @nr:  its number; the 8259s' output to the CPU goes by its name
 */
void keel_out_line(struct keel_out *out, unsigned int nr)
{
	if (nr == KEEL_LINE_INTR)
		keel_out_device(out, "INTR", -1);
	else
		keel_out_device(out, "line", nr);
}

/**
 * keel_emit() - one value, named by up to three parts: "pin" 4 ".vector".
 * @out:    where to
 * @name:   first part
 * @number: second one, left out if negative
 * @suffix: third one, may be empty
 * @value:  the value
 */
void keel_emit(struct keel_out *out, const char *name, int number, const char *suffix, u64 value)
{
	struct keel_stat *stat;
	const char *end;
	char *at;

	if (out->nr++ >= out->room)
		return;
	stat = &out->stats[out->nr - 1];
	end = stat->name + sizeof(stat->name) - 1;
	memset(stat, 0, sizeof(*stat));
	memcpy(stat->device, out->device, sizeof(stat->device));
	at = out_text(stat->name, end, name);
	if (number >= 0)
		at = out_number(at, end, number);
	out_text(at, end, suffix);
	stat->value = value;
}

static void stats_of_board(struct keel_out *out, const struct keel_board *board)
{
	const struct keel_bus *pio = &board->bus[KEEL_PIO], *mmio = &board->bus[KEEL_MMIO];

	keel_out_device(out, "board", -1);
	keel_emit(out, "doors", -1, "", board->doors);
	keel_emit(out, "deadlines", -1, "", board->expired);
	keel_emit(out, "deadlines_late", -1, "", board->late);
	keel_emit(out, "eois", -1, "", board->eois);
	keel_emit(out, "intacks", -1, "", board->acks);
	keel_emit(out, "unmapped_pio.reads", -1, "", pio->unmapped_reads);
	keel_emit(out, "unmapped_pio.writes", -1, "", pio->unmapped_writes);
	keel_emit(out, "unmapped_mmio.reads", -1, "", mmio->unmapped_reads);
	keel_emit(out, "unmapped_mmio.writes", -1, "", mmio->unmapped_writes);
	keel_emit(out, "overlapping_bars", -1, "", pio->hidden + mmio->hidden);
}

static void stats_of_counter(struct keel_out *out, const struct keel_dev *dev,
			     const struct keel_counter_desc *desc)
{
	const u64 *values = (const void *)dev + desc->offset;
	char label[40] = "";
	unsigned int i;

	if (desc->nr == 1) {
		keel_emit(out, desc->label, -1, "", *values);
		return;
	}
	out_text(out_text(label, label + sizeof(label) - 1, desc->label),
		 label + sizeof(label) - 1, ".");
	for (i = 0; i < desc->nr; i++)
		keel_emit(out, label, i, "", values[i]);
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
	if (!line->nr_sources)
		return;
	keel_out_line(out, nr);
	keel_emit(out, "asserts", -1, "", line->asserts);
	keel_emit(out, "changes", -1, "", line->sets);
	keel_emit(out, "eois", -1, "", line->eois);
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
	struct keel_out out = { .stats = stats, .room = nr };
	unsigned int i;

	stats_of_board(&out, board);
	for (i = 0; i < board->nr_devs; i++)
		stats_of_device(&out, board->devs[i]);
	for (i = 0; i < KEEL_NR_LINES; i++)
		stats_of_line(&out, &board->lines[i], i);
	return out.nr;
}
