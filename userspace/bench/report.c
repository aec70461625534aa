// SPDX-License-Identifier: GPL-2.0
/* The report: lines for people, and JSON with the distributions. real-time.rst describes both. */
#include <string.h>
#include <time.h>

#include "base.h"
#include "bench/load.h"
#include "bench/report.h"
#include "bench/rows.h"

#define SCHEMA	1

static const char *const phases[PHASES] = { "idle", "load" };

/* The rows' percentiles, of ten thousand */
static const struct {
	const char *key;
	unsigned int per_10000;
} percentiles[] = {
	{ "median", 5000 }, { "p99", 9900 }, { "p99_9", 9990 },
};

/* ---- For people ---- */

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "unknown";
}

static void print_reasons(const json_t *reasons)
{
	size_t i;

	printf("THESE FIGURES ARE NOT LATENCIES:");
	for (i = 0; i < json_array_size(reasons); i++)
		printf("%s %s", i ? ";" : "", json_string_value(json_array_get(reasons, i)));
	putchar('\n');
}

/* What keel check --rt finds wanting */
static void print_checks(const json_t *checks)
{
	const json_t *check;
	size_t i;

	json_array_foreach(checks, i, check)
		if (strcmp(text_of(check, "outcome"), "good"))
			printf("%-4s  %-16s  %s\n", text_of(check, "outcome"),
			       text_of(check, "check"), text_of(check, "text"));
}

/**
 * report_begin() - the first lines.
 * @reasons:    why the figures are no latencies
 * @conditions: of the measurement
 */
void report_begin(const json_t *reasons, const json_t *conditions)
{
	const json_t *cpu = json_object_get(conditions, "cpu");
	const json_t *kernel = json_object_get(conditions, "kernel");
	unsigned int i;

	if (json_array_size(reasons))
		print_reasons(reasons);
	printf("%s, microcode %s, TSC %lld kHz; Linux %s\n", text_of(cpu, "name"),
	       text_of(cpu, "microcode"),
	       (long long)json_integer_value(json_object_get(cpu, "tsc_khz")),
	       text_of(kernel, "release"));
	print_checks(json_object_get(conditions, "checks"));
	for (i = 0; i < MACHINES; i++)
		printf("%-9s  %s\n", machines[i].name, machines[i].what);
	fflush(stdout);
}

/* report_phase() - the head of a table */
void report_phase(unsigned int phase)
{
	static const char *const columns[] = {
		"samples", "min", "median", "99 %", "99.9 %", "max",
	};
	size_t i;

	printf("\n%-28s", phases[phase]);
	for (i = 0; i < ARRAY_SIZE(columns); i++)
		printf(" %10s", columns[i]);
	printf("  ns\n");
	fflush(stdout);
}

static void print_result(const char *name, const char *machine, const struct result *result)
{
	const struct distribution *times = &result->times;
	size_t i;

	printf("%-18s%-10s %10llu", name, machine, times->count);
	if (times->count) {
		printf(" %10llu", times->min);
		for (i = 0; i < ARRAY_SIZE(percentiles); i++)
			printf(" %10llu", distribution_percentile(times, percentiles[i].per_10000));
		printf(" %10llu", times->max);
	}
	if (result->early)
		printf("  %llu early", result->early);
	printf("%s\n", result->lost ? "  an interrupt did not come" : "");
}

/* report_row() - of all machines */
void report_row(unsigned int phase, unsigned int row)
{
	unsigned int kind;

	for (kind = 0; kind < MACHINES; kind++)
		print_result(kind ? "" : bench_rows[row].name, machines[kind].name,
			     &results[phase][row][kind]);
	fflush(stdout);
}

/* ---- JSON ---- */

static json_t *ns_json(const struct distribution *times)
{
	json_t *ns = json_object();
	size_t i;
	__u64 most;

	if (!times->count)
		return ns;
	json_object_set_new(ns, "min", json_integer(times->min));
	for (i = 0; i < ARRAY_SIZE(percentiles); i++) {
		most = distribution_percentile(times, percentiles[i].per_10000);
		json_object_set_new(ns, percentiles[i].key, json_integer(most));
	}
	json_object_set_new(ns, "max", json_integer(times->max));
	return ns;
}

static json_t *log2_json(const struct distribution *times)
{
	__u64 log2[LOG2_BUCKETS];
	unsigned int i, nr = distribution_log2(times, log2);
	json_t *list = json_array();

	for (i = 0; i < nr; i++)
		json_array_append_new(list, json_integer(log2[i]));
	return list;
}

static json_t *result_json(unsigned int phase, unsigned int row, unsigned int kind)
{
	const struct result *result = &results[phase][row][kind];
	const char *answered = bench_rows[row].answered[kind];
	json_t *json = json_pack("{s:s, s:s, s:b, s:s, s:I, s:I, s:b, s:o, s:o}",
				 "row", bench_rows[row].name, "machine", machines[kind].name,
				 "load", phase, "what", bench_rows[row].what,
				 "samples", (json_int_t)result->times.count,
				 "early", (json_int_t)result->early, "lost", result->lost,
				 "ns", ns_json(&result->times), "log2", log2_json(&result->times));

	json_object_set_new(json, "answered_by", answered ? json_string(answered) : json_null());
	return json;
}

/* Those that were begun */
static json_t *rows_json(void)
{
	json_t *list = json_array();
	unsigned int phase, row, kind;

	for (phase = 0; phase < PHASES; phase++)
		for (row = 0; row < ROWS; row++)
			for (kind = 0; kind < MACHINES; kind++)
				if (results[phase][row][kind].times.count ||
				    results[phase][row][kind].lost)
					json_array_append_new(list, result_json(phase, row, kind));
	return list;
}

static json_t *machines_json(void)
{
	json_t *json = json_object();
	unsigned int kind;

	for (kind = 0; kind < MACHINES; kind++)
		json_object_set_new(json, machines[kind].name, json_string(machines[kind].what));
	return json;
}

static json_t *date_json(void)
{
	time_t now = time(NULL);
	char text[32];
	struct tm tm;

	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &tm));
	return json_string(text);
}

/**
 * report_write() - all of it, as JSON.
 * @report: what is not in the rows
 * @file:   to where
 *
 * Return: false: it could not be written, errno says why.
 */
bool report_write(const struct report_file *report, FILE *file)
{
	json_t *json = json_pack("{s:i, s:b, s:O, s:o, s:b, s:i, s:o, s:O, s:o, s:O, s:o}",
				 "schema", SCHEMA, "valid", !json_array_size(report->reasons),
				 "reasons", report->reasons, "date", date_json(),
				 "complete", report->complete, "seconds", report->seconds,
				 "machines", machines_json(), "thread", report->thread,
				 "load", load_json(), "conditions", report->conditions,
				 "rows", rows_json());
	bool fine = json && !json_dumpf(json, file, JSON_INDENT(1)) && fputc('\n', file) != EOF;

	json_decref(json);
	return fine && !fflush(file);
}
