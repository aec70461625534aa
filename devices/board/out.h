/* SPDX-License-Identifier: GPL-2.0 */
/* Lists of named values: out.c. A model has keel_emit() for it (dev.h). */
#ifndef KEEL_BOARD_OUT_H
#define KEEL_BOARD_OUT_H

#include "dev.h"

/**
 * struct keel_value - one value of a list, as it is noted down with a door open. Its texts are
 * constants of the models: keel_value_format() makes names of them later.
 * @device:   what it is about
 * @name:     first part of its name
 * @suffix:   last part
 * @instance: of @device, or -1
 * @number:   between @name and @suffix, or -1
 * @dot:      and a dot before it
 * @value:    the value
 */
struct keel_value {
	const char *device;
	const char *name;
	const char *suffix;
	s32 instance;
	s16 number;
	bool dot;
	u64 value;
};

/**
 * struct keel_out - a list of named values in the making.
 * @values:   where to
 * @room:     entries there
 * @nr:       values so far; those beyond the room are only counted
 * @device:   what they are about
 * @instance: of it, or -1
 */
struct keel_out {
	struct keel_value *values;
	unsigned int room;
	unsigned int nr;
	const char *device;
	int instance;
};

/* No part of a list has more values. */
#define KEEL_PART_VALUES	512

void keel_out_device(struct keel_out *out, const char *device, int instance);
void keel_out_line(struct keel_out *out, unsigned int nr);
void keel_out_value(struct keel_out *out, const struct keel_value *value);
void keel_value_format(const struct keel_value *value, struct keel_stat *stat);

#endif /* KEEL_BOARD_OUT_H */
