// SPDX-License-Identifier: GPL-2.0
/*
 * Lists of named values. A list is long, and names take most of the time that it takes: so
 * values are noted down part by part, and named afterwards.
 */
#include "out.h"

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
 * @nr:  its number; those that go to no interrupt controller have names
 */
void keel_out_line(struct keel_out *out, unsigned int nr)
{
	if (nr == KEEL_LINE_INTR)
		keel_out_device(out, "INTR", -1);
	else if (nr == KEEL_LINE_ALARM)
		keel_out_device(out, "ALARM", -1);
	else
		keel_out_device(out, "line", nr);
}

/**
 * keel_out_value() - note a value down.
 * @out:   where to
 * @value: copied, if there is room
 */
void keel_out_value(struct keel_out *out, const struct keel_value *value)
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

	keel_out_value(out, &noted);
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
