// SPDX-License-Identifier: GPL-2.0
/*
 * keel bench host: measures with a small guest (guest/) on three machines (machine.c) what is in
 * the table of rows.c, first as the host is and then with --load, and writes a report.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base.h"
#include "bench/bench.h"
#include "bench/conditions.h"
#include "bench/load.h"
#include "bench/machine.h"
#include "bench/report.h"
#include "bench/rows.h"
#include "bench/signals.h"
#include "bench/verdict.h"
#include "config/cpu.h"
#include "config/table.h"
#include "operate/arguments.h"
#include "status.h"
#include "vm/schedule.h"

#define SECONDS		60
#define SECONDS_MAX	604800	/* a week */

const char bench_details[] =
	"Measures with a small guest, on Keel with and without the bus accelerator and on KVM's own\n"
	"chips: how long accesses and exits take, how late timers are, and how long the guest is\n"
	"interrupted. Writes a report as JSON, with the conditions, and nothing that says whose\n"
	"machine it is. Times are those of hardware on hardware only; elsewhere the report says so.\n"
	"\n"
	"--seconds N          measure for so long, all in all (60)\n"
	"--load               measure a second time while threads of this command compute, fill\n"
	"                     memory and write to a file in $TMPDIR or /var/tmp\n"
	"--cpu-affinity CPU   the vCPU's thread runs on this CPU, and the load on the others\n"
	"--rt POLICY          and has this policy, as fifo:50\n"
	"--halt-poll US       and keeps its CPU for so long while the guest is halted\n"
	"--output FILE        the report (keel-bench-DATE.json)\n";

/**
 * struct bench - what the user wants.
 * @seconds:  to measure
 * @load:     a second time, with load
 * @schedule: of the vCPU's thread
 * @halt_poll: see there
 * @usual:    the CPUs of the process
 * @path:     of the report
 * @file:     it, open from the start
 */
struct bench {
	unsigned int seconds;
	bool load;
	struct schedule schedule;
	struct halt_poll halt_poll;
	cpu_set_t usual;
	const char *path;
	FILE *file;
};

/* ---- Options ---- */

static void parse(const struct value_type *type, const char *option, const char *text, void *field)
{
	struct complaint complaint;

	if (text && !type->parse(text, field, &complaint))
		die(STATUS_USAGE, "--%s: %s", option, complaint.text);
}

static const char *usual_path(void)
{
	static char path[64];
	time_t now = time(NULL);
	struct tm tm;

	strftime(path, sizeof(path), "keel-bench-%Y%m%d-%H%M%S.json", localtime_r(&now, &tm));
	return path;
}

/* What is in the file stays until there is something better. */
static void open_report(struct bench *bench)
{
	int fd = open(bench->path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);

	bench->file = fd < 0 ? NULL : fdopen(fd, "w");
	if (!bench->file)
		die(errno == EACCES || errno == EROFS ? STATUS_PERMISSION : STATUS_USAGE, "%s: %s",
		    bench->path, strerror(errno));
}

static void parse_arguments(struct bench *bench, int argc, char **argv)
{
	const char *seconds = NULL, *cpu = NULL, *rt = NULL, *output = NULL;
	const char *halt_poll = NULL;
	const struct argument options[] = {
		{ "seconds", NULL, &seconds }, { "load", &bench->load, NULL },
		{ "cpu-affinity", NULL, &cpu }, { "rt", NULL, &rt }, { "output", NULL, &output },
		{ "halt-poll", NULL, &halt_poll },
	};

	arguments_parse(argc, argv, options, ARRAY_SIZE(options), 1, 1);
	if (strcmp(argv[1], "host"))
		die(STATUS_USAGE, "keel bench: what is \"%.40s\"? allowed: host", argv[1]);
	bench->seconds = seconds ? argument_number("seconds", seconds, SECONDS_MAX) : SECONDS;
	if (!bench->seconds)
		die(STATUS_USAGE, "--seconds: at least 1");
	parse(&cpu_list_type, "cpu-affinity", cpu, &bench->schedule.affinity);
	parse(&realtime_type, "rt", rt, &bench->schedule.rt);
	parse(&halt_poll_type, "halt-poll", halt_poll, &bench->halt_poll);
	if (bench->schedule.affinity.nr > 1)
		die(STATUS_USAGE, "--cpu-affinity: one CPU, as the guest has one");
	bench->path = output ? output : usual_path();
}

/* ---- Measuring ---- */

/* The load leaves the vCPU's CPU alone, if the user has said which that is and there are others. */
static cpu_set_t cpus_of_load(const struct bench *bench)
{
	cpu_set_t cpus = bench->usual;

	if (bench->schedule.affinity.nr)
		CPU_CLR(bench->schedule.affinity.cpus[0], &cpus);
	return CPU_COUNT(&cpus) ? cpus : bench->usual;
}

/* Return: false: the user wants the end. */
static bool measure_phase(unsigned int phase, long long ms)
{
	unsigned int row;
	bool goes_on = true;

	report_phase(phase);
	for (row = 0; row < ROWS && goes_on; row++) {
		goes_on = row_measure(phase, row, ms);
		report_row(phase, row);
	}
	return goes_on;
}

static bool measure(const struct bench *bench)
{
	long long ms = bench->seconds * 1000LL / ROWS / (1 + bench->load);
	cpu_set_t cpus = cpus_of_load(bench);
	bool complete;

	complete = measure_phase(0, ms);
	if (!complete || !bench->load)
		return complete;
	load_start(&cpus);
	complete = measure_phase(1, ms);
	load_stop();
	return complete;
}

/* ---- The report ---- */

static json_t *thread_json(const struct bench *bench)
{
	return json_pack("{s:s?, s:s?, s:o}", "cpu_affinity", bench->schedule.affinity.text,
			 "rt", bench->schedule.rt.text, "halt_poll_us", bench->halt_poll.given ?
			 json_integer(bench->halt_poll.us) : json_null());
}

static void write_report(const struct bench *bench, const struct report_file *report)
{
	struct stat stat;
	int fd = fileno(bench->file);

	/* /dev/stdout and the like have no length. */
	if (!fstat(fd, &stat) && S_ISREG(stat.st_mode) && ftruncate(fd, 0))
		die(STATUS_INTERNAL, "%s: %s", bench->path, strerror(errno));
	if (!report_write(report, bench->file) || fclose(bench->file))
		die(STATUS_INTERNAL, "%s: %s", bench->path, strerror(errno));
	printf("\n%s has the report%s.\n", bench->path,
	       report->complete ? "" : ", of what was measured until now");
	fflush(stdout);		/* before a signal ends the process */
}

static bool has_lost(void)
{
	unsigned int phase, row, kind;

	for (phase = 0; phase < PHASES; phase++)
		for (row = 0; row < ROWS; row++)
			for (kind = 0; kind < MACHINES; kind++)
				if (results[phase][row][kind].lost)
					return true;
	return false;
}

/* command_bench() - keel bench host; 0, or the status of what went wrong */
int command_bench(int argc, char **argv)
{
	static struct bench bench;
	struct report_file report;

	parse_arguments(&bench, argc, argv);
	sched_getaffinity(0, sizeof(bench.usual), &bench.usual);
	schedule_apply(&bench.schedule, "", 0);
	results_create();
	machines_create(&bench.halt_poll);
	signals_take();
	open_report(&bench);
	report = (struct report_file){
		.reasons = verdict_reasons(),
		.conditions = conditions_json(machines[0].tsc_khz),
		.thread = thread_json(&bench),
		.seconds = bench.seconds,
	};
	report_begin(report.reasons, report.conditions);
	report.complete = measure(&bench);
	write_report(&bench, &report);
	signals_end();
	if (has_lost())
		die(STATUS_KVM_ERROR, "an interrupt did not come: see the report");
	return 0;
}
