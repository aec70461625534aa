// SPDX-License-Identifier: GPL-2.0
/*
 * Every counter of a board under one name, "device" + "what", and how such a list is
 * made. Reading them touches no register. A list is long, and names take most of the time
 * that it takes: so values are noted down part by part, and named afterwards.
 */
#include "../pci/pci.h"

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
 * @device:   its name, a constant
 * @instance: which one, or -1
 */
void keel_out_device(struct keel_out *out, const char *device, int instance)
{
	out->device = device;
	out->instance = instance;
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

static void out_value(struct keel_out *out, const struct keel_value *value)
{
	if (out->nr < out->room)
		out->values[out->nr] = *value;
	out->nr++;
}

/**
 * keel_emit() - one value, named by up to three parts: "pin" 4 ".vector".
 * @out:    where to
 * @name:   first part, a constant
 * @number: second one, left out if negative
 * @suffix: third one, a constant, may be empty
 * @value:  the value
 */
void keel_emit(struct keel_out *out, const char *name, int number, const char *suffix, u64 value)
{
	const struct keel_value noted = {
		.device = out->device, .instance = out->instance,
		.name = name, .number = number, .suffix = suffix, .value = value,
	};

	out_value(out, &noted);
}

/**
 * keel_value_format() - a value with its names in full.
 * @value: as it was noted down
 * @stat:  out
 */
void keel_value_format(const struct keel_value *value, struct keel_stat *stat)
{
	const char *end = stat->device + sizeof(stat->device) - 1;
	char *at;

	memset(stat, 0, sizeof(*stat));
	at = out_text(stat->device, end, value->device);
	if (value->instance >= 0)
		out_number(at, end, value->instance);
	end = stat->name + sizeof(stat->name) - 1;
	at = out_text(stat->name, end, value->name);
	if (value->dot)
		at = out_text(at, end, ".");
	if (value->number >= 0)
		at = out_number(at, end, value->number);
	out_text(at, end, value->suffix);
	stat->value = value->value;
}

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
	struct keel_value value = {
		.device = out->device, .instance = out->instance,
		.name = desc->label, .number = -1, .suffix = "", .dot = desc->nr > 1,
	};
	unsigned int i;

	for (i = 0; i < desc->nr; i++) {
		if (value.dot)
			value.number = i;
		value.value = values[i];
		out_value(out, &value);
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
	if (!line->nr_sources)
		return;
	keel_out_line(out, nr);
	keel_emit(out, "asserts", -1, "", line->asserts);
	keel_emit(out, "changes", -1, "", line->sets);
	keel_emit(out, "eois", -1, "", line->eois);
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
