/* SPDX-License-Identifier: GPL-2.0 */
/* What keel bench host measures: rows, each on all machines. */
#ifndef KEEL_BENCH_ROWS_H
#define KEEL_BENCH_ROWS_H

#include "bench/distribution.h"
#include "bench/guest/request.h"
#include "bench/machine.h"

#define ROWS		OPERATIONS	/* a row for each */

/* Without load, and with it */
#define PHASES		2

/**
 * struct bench_row - one of them.
 * @name:     in reports
 * @what:     for people
 * @samples:  in a batch
 * @due_ns:   a timer's time, which is no part of its lateness; 0: it is no timer
 * @count:    the same as struct request has it; of a gap it follows from the TSC's frequency
 * @answered: for each machine: what answers the access, or causes the interrupt; NULL: nothing does
 */
struct bench_row {
	const char *name;
	const char *what;
	unsigned int samples;
	unsigned int due_ns;
	unsigned int count;
	const char *answered[MACHINES];
};

/**
 * struct result - of a row on a machine.
 * @times: all samples
 * @early: how many interrupts came before they were due: they count as 0 ns late
 * @lost:  an interrupt did not come, and the machine measures no more
 */
struct result {
	struct distribution times;
	__u64 early;
	bool lost;
};

extern const struct bench_row bench_rows[ROWS];
extern struct result (*results)[ROWS][MACHINES];	/* by phases */

void results_create(void);
bool row_measure(unsigned int phase, unsigned int row, long long ms);

#endif /* KEEL_BENCH_ROWS_H */
