// SPDX-License-Identifier: GPL-2.0
/*
 * Rows. A row's batches go to the machines in turn, so that what disturbs the host for a while
 * disturbs all of them. The first batch of each is for page tables, and is not counted.
 */
#include <stdlib.h>

#include "base.h"
#include "bench/rows.h"
#include "status.h"

#define KERNEL		{ "kernel", "kernel", "kernel" }
#define KEEL_ONLY	{ "kernel", "kernel", "process" }
#define ALL_PROCESS	{ "process", "process", "process" }

#define ACCESSES	256
#define SHOTS		10
#define WINDOWS		10
#define WINDOW_MS	1

/* A millisecond, or nearly: a host's CPU has time to sleep. The PIT counts with 105/88 MHz. */
#define PIT_COUNT	1193
#define PIT_NS		(PIT_COUNT * 88000ULL / 105)
#define LAPIC_COUNT	1000000		/* KVM's LAPIC counts nanoseconds */
#define LAPIC_NS	LAPIC_COUNT

const struct bench_row bench_rows[ROWS] = {
	[OPERATION_EMPTY] = { "empty", "two reads of the TSC, for comparison", ACCESSES, 0, 0, {} },
	[OPERATION_PIT] = { "pit-read", "a read of the PIT's counter", ACCESSES, 0, 0, KERNEL },
	[OPERATION_PM] = { "pm-timer-read", "a read of the ACPI timer", ACCESSES, 0, 0, KEEL_ONLY },
	[OPERATION_LSR] = { "lsr-read", "a read of a UART's line status", ACCESSES, 0, 0,
			    KEEL_ONLY },
	[OPERATION_EXIT] = { "exit", "an exit to the process and back", ACCESSES, 0, 0,
			     ALL_PROCESS },
	[OPERATION_PIT_BUSY] = { "pit-late-busy", "how late the PIT's interrupt is, guest runs",
				 SHOTS, PIT_NS, PIT_COUNT, KERNEL },
	[OPERATION_PIT_HALTED] = { "pit-late-halted", "how late it is, guest halted", SHOTS,
				   PIT_NS, PIT_COUNT, KERNEL },
	[OPERATION_LAPIC_BUSY] = { "lapic-late-busy", "how late the LAPIC's timer is, guest runs",
				   SHOTS, LAPIC_NS, LAPIC_COUNT, KERNEL },
	[OPERATION_LAPIC_HALTED] = { "lapic-late-halted", "how late it is, guest halted", SHOTS,
				     LAPIC_NS, LAPIC_COUNT, KERNEL },
	[OPERATION_GAP] = { "gap", "the longest time away from the guest in each ms", WINDOWS, 0, 0,
			    {} },
};

struct result (*results)[ROWS][MACHINES];

/* results_create() - none yet. Not static: a launcher that does not measure has no room for them */
void results_create(void)
{
	results = calloc(PHASES, sizeof(*results));
	if (!results)
		die(STATUS_MEMORY, "out of memory");
}

static __u64 to_ns(__u64 ticks, unsigned int khz)
{
	return ticks / khz * 1000000 + ticks % khz * 1000000 / khz;
}

static void take(struct result *result, const struct bench_row *row, const struct machine *machine)
{
	unsigned int i;
	__u64 ns;

	for (i = 0; i < machine->request->made; i++) {
		ns = to_ns(machine->request->ticks[i], machine->tsc_khz);
		if (ns < row->due_ns)
			result->early++;
		distribution_add(&result->times, ns < row->due_ns ? 0 : ns - row->due_ns);
	}
}

static bool has_hung(unsigned int kind)
{
	unsigned int phase, row;

	for (phase = 0; phase < PHASES; phase++)
		for (row = 0; row < ROWS; row++)
			if (results[phase][row][kind].lost)
				return true;
	return false;
}

/* A batch on each machine. Return: false: the user wants the end. */
static bool turn(unsigned int phase, unsigned int row, bool counts)
{
	unsigned int kind;

	for (kind = 0; kind < MACHINES; kind++) {
		struct result *result = &results[phase][row][kind];
		struct machine *machine = &machines[kind];
		enum batch batch;

		if (has_hung(kind))
			continue;
		machine->request->operation = row;
		machine->request->samples = bench_rows[row].samples;
		machine->request->count = bench_rows[row].count ? bench_rows[row].count :
							    machine->tsc_khz * WINDOW_MS;
		batch = machine_batch(machine);
		if (batch == BATCH_STOPPED)
			return false;
		result->lost = batch == BATCH_LOST;
		if (counts && !result->lost)
			take(result, &bench_rows[row], machine);
	}
	return true;
}

/**
 * row_measure() - on all machines, which share the time.
 * @phase: 1 with load
 * @row:   its number
 * @ms:    for how long; one batch at least
 *
 * Return: false: the user wants the end.
 */
bool row_measure(unsigned int phase, unsigned int row, long long ms)
{
	long long end;

	if (!phase && !turn(phase, row, false))
		return false;
	end = now_ms() + ms;
	do {
		if (!turn(phase, row, true))
			return false;
	} while (now_ms() < end);
	return true;
}
