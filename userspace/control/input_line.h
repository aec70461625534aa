/* SPDX-License-Identifier: GPL-2.0 */
/* A line that --input reads. */
#ifndef KEEL_CONTROL_INPUT_LINE_H
#define KEEL_CONTROL_INPUT_LINE_H

#include "base.h"

struct keel_input;

#define INPUT_LINE_MAX	127	/* bytes, without its end */
#define INPUT_SHOWN	41

/**
 * struct input_line - a line as it is read. Begins zeroed.
 * @text:  its bytes
 * @used:  how many; INPUT_LINE_MAX + 1: it is too long, and the rest is not here
 * @whole: its end has been seen
 */
struct input_line {
	char text[INPUT_LINE_MAX + 1];
	size_t used;
	bool whole;
};

bool input_line_add(struct input_line *line, char c);
void input_line_show(const struct input_line *line, char shown[INPUT_SHOWN]);
const char *input_line_parse(const struct input_line *line, struct keel_input *event);

#endif /* KEEL_CONTROL_INPUT_LINE_H */
