/* SPDX-License-Identifier: GPL-2.0 */
/* keel bench host's report: on the terminal while it measures, and a file of JSON. */
#ifndef KEEL_BENCH_REPORT_H
#define KEEL_BENCH_REPORT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/**
 * struct report_file - what the file says beside the rows.
 * @reasons:    why the figures are no latencies; empty: they are
 * @conditions: from conditions_json()
 * @thread:     how the vCPU's thread runs
 * @seconds:    that the user wants it to measure
 * @complete:   nothing was cut short
 */
struct report_file {
	json_t *reasons;
	json_t *conditions;
	json_t *thread;
	unsigned int seconds;
	bool complete;
};

void report_begin(const json_t *reasons, const json_t *conditions);
void report_phase(unsigned int phase);
void report_row(unsigned int phase, unsigned int row);
bool report_write(const struct report_file *report, FILE *file);

#endif /* KEEL_BENCH_REPORT_H */
