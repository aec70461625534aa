// SPDX-License-Identifier: GPL-2.0
/*
 * keel top: what a VM does, a second after the other: the time that its vCPUs' threads run and that
 * they wait for a CPU of the host (the guest's "steal"), exits, accesses, interrupts and late
 * timers, the devices that are accessed most, and latencies if they are measured. In a terminal the
 * table stays in its place.
 */
#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base.h"
#include "config/table.h"
#include "control/percentile.h"
#include "operate/arguments.h"
#include "operate/client.h"
#include "operate/operate.h"
#include "operate/times.h"
#include "status.h"
#include "stream/terminal.h"

#define VCPUS_MAX	64
#define REGIONS_SHOWN	12
#define REGIONS_MAX	256
#define TIMES_SHOWN	12

const char top_details[] =
	"CPU% is the time that a vCPU's thread runs, STEAL% that it waits for a CPU of the host;\n"
	"LOOP/s are exits that the module answers outside of KVM_RUN, RETURN/s those that come back\n"
	"to keel, BUS/s accesses that are answered inside of KVM_RUN. While latencies are measured\n"
	"(keel latency VM on), the times that half of them, and 99 of 100, took at most are below, the\n"
	"longest first. Once in --delay seconds (1);\n"
	"--count ends it after so many tables. q ends it as well.\n";

/**
 * struct sample - what is known at a time.
 * @at:    the time, ms
 * @stats: the counters, by device and name
 * @times: latencies
 * @ran:   ns that the vCPUs' threads have run
 * @stood: ns that they have waited for a CPU
 * @cpus:  vCPUs whose threads have been found
 */
struct sample {
	long long at;
	json_t *stats;
	json_t *times;
	__u64 ran[VCPUS_MAX];
	__u64 stood[VCPUS_MAX];
	unsigned int cpus;
};

/* ---- Taking a sample ---- */

static void read_thread(struct sample *sample, pid_t pid, const char *task)
{
	char path[300], name[32] = "", times[96] = "";
	unsigned int cpu;
	FILE *from;

	snprintf(path, sizeof(path), "/proc/%d/task/%s/comm", pid, task);
	from = fopen(path, "re");
	if (!from)
		return;
	if (!fgets(name, sizeof(name), from))
		name[0] = 0;
	fclose(from);
	if (sscanf(name, "keel-vcpu%u", &cpu) != 1 || cpu >= VCPUS_MAX)
		return;
	snprintf(path, sizeof(path), "/proc/%d/task/%s/schedstat", pid, task);
	from = fopen(path, "re");
	if (!from)
		return;
	if (fgets(times, sizeof(times), from))
		sscanf(times, "%llu %llu", &sample->ran[cpu], &sample->stood[cpu]);
	fclose(from);
	if (cpu >= sample->cpus)
		sample->cpus = cpu + 1;
}

/* Of a process in another PID namespace there are no times. */
static void read_threads(struct sample *sample, pid_t pid)
{
	struct dirent *entry;
	char path[32];
	DIR *tasks;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	tasks = pid > 0 ? opendir(path) : NULL;
	if (!tasks)
		return;
	while ((entry = readdir(tasks)))
		if (entry->d_name[0] != '.')
			read_thread(sample, pid, entry->d_name);
	closedir(tasks);
}

static json_t *ask(struct client *client, const char *request, const char *argument)
{
	json_t *value;
	char *text;

	client_ask(client, request, argument);
	text = client_answer(client);
	value = json_loads(text, 0, NULL);
	free(text);
	if (!value)
		die(STATUS_INTERNAL, "%s: the answer is not JSON", client->vm);
	return value;
}

static void take(struct sample *sample, struct client *client)
{
	memset(sample, 0, sizeof(*sample));
	sample->stats = ask(client, "stats", "--json");
	sample->times = ask(client, "latency", "--json");
	sample->at = now_ms();
	read_threads(sample, client->pid);
}

/* ---- Rates between two of them ---- */

/**
 * struct pair - two samples.
 * @old:     the first
 * @new:     the second
 * @seconds: between them
 */
struct pair {
	const struct sample *old;
	const struct sample *new;
	double seconds;
};

static double counter(const struct sample *sample, const char *device, const char *name)
{
	return json_number_value(json_object_get(json_object_get(sample->stats, device), name));
}

static double rate(const struct pair *p, const char *device, const char *name)
{
	return (counter(p->new, device, name) - counter(p->old, device, name)) / p->seconds;
}

static bool begins(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

static bool ends(const char *text, const char *with)
{
	size_t length = strlen(text), tail = strlen(with);

	return length >= tail && !strcmp(text + length - tail, with);
}

/* Of all counters of a device whose names begin and end so; the device NULL: of all devices */
static double sum(const struct pair *p, const char *device, const char *begin, const char *end)
{
	const char *other, *name;
	json_t *counters, *value;
	double all = 0;

	json_object_foreach(p->new->stats, other, counters) {
		if (device && strcmp(device, other))
			continue;
		json_object_foreach(counters, name, value)
			if (begins(name, begin) && ends(name, end))
				all += rate(p, other, name);
	}
	return all;
}

/* ---- The table ---- */

/**
 * struct region - a part of a device that is accessed.
 * @device: its name
 * @label:  the counters' name, up to its last dot
 * @reads:  a second
 * @writes: a second
 */
struct region {
	const char *device;
	char label[64];
	double reads;
	double writes;
};

static int by_rate(const void *a, const void *b)
{
	const struct region *x = a, *y = b;
	double more = y->reads + y->writes - x->reads - x->writes;

	return more > 0 ? 1 : more < 0 ? -1 : 0;
}

static size_t regions_of(const struct pair *p, struct region *list)
{
	const char *device, *name;
	json_t *counters, *value;
	char writes[80];
	size_t nr = 0;

	json_object_foreach(p->new->stats, device, counters) {
		json_object_foreach(counters, name, value) {
			struct region *r = &list[nr];

			if (!ends(name, ".reads") || nr == REGIONS_MAX)
				continue;
			snprintf(r->label, sizeof(r->label), "%.*s",
				 (int)(strlen(name) - strlen(".reads")), name);
			snprintf(writes, sizeof(writes), "%s.writes", r->label);
			r->device = device;
			r->reads = rate(p, device, name);
			r->writes = rate(p, device, writes);
			nr += r->reads + r->writes > 0;
		}
	}
	qsort(list, nr, sizeof(*list), by_rate);
	return nr;
}

static void print_regions(const struct pair *p, FILE *to)
{
	static struct region list[REGIONS_MAX + 1];
	size_t i, nr = regions_of(p, list);

	fprintf(to, "\n%-12s %-18s %12s %12s\n", "DEVICE", "REGION", "READS/s", "WRITES/s");
	for (i = 0; i < nr && i < REGIONS_SHOWN; i++)
		fprintf(to, "%-12s %-18s %12.0f %12.0f\n", list[i].device, list[i].label,
			list[i].reads, list[i].writes);
}

/* ---- Latencies, while they are measured ---- */

static int by_p99(const void *a, const void *b)
{
	const struct times *x = a, *y = b;
	__u64 of_x = percentile(x->buckets, 990, x->most);
	__u64 of_y = percentile(y->buckets, 990, y->most);

	return of_x < of_y ? 1 : of_x > of_y ? -1 : 0;
}

static void print_times(const struct pair *p, FILE *to)
{
	static struct times list[TIMES_MAX];
	size_t i, nr = times_between(p->old->times, p->new->times, list);

	if (!json_is_true(json_object_get(p->new->times, "measuring")))
		return;
	qsort(list, nr, sizeof(*list), by_p99);
	fprintf(to, "\n%-12s %-16s %-7s %10s %10s %10s %12s\n", "LATENCY, ns", "OF", "KIND",
		"COUNT/s", "P50", "P99", "MAX, EVER");
	for (i = 0; i < nr && i < TIMES_SHOWN; i++)
		fprintf(to, "%-12s %-16s %-7s %10.0f %10llu %10llu %12llu\n", list[i].device,
			list[i].name, list[i].kind, list[i].count / p->seconds,
			percentile(list[i].buckets, 500, list[i].most),
			percentile(list[i].buckets, 990, list[i].most), list[i].most);
}

static double percent(const struct pair *p, __u64 old, __u64 new)
{
	return (new - old) / 1e7 / p->seconds;
}

static void print_vcpus(const struct pair *p, FILE *to)
{
	const struct sample *old = p->old, *new = p->new;
	char device[16];
	unsigned int i;

	fprintf(to, "\n%-6s %6s %7s %10s %10s %10s\n", "VCPU", "CPU%", "STEAL%", "LOOP/s",
		"RETURN/s", "INJECT/s");
	for (i = 0; i < VCPUS_MAX; i++) {
		snprintf(device, sizeof(device), "vcpu%u", i);
		if (!json_object_get(new->stats, device))
			break;
		fprintf(to, "%-6u %6.1f %7.1f %10.0f %10.0f %10.0f\n", i,
			percent(p, old->ran[i], new->ran[i]),
			percent(p, old->stood[i], new->stood[i]), sum(p, device, "loop.", ""),
			sum(p, device, "return.", ""), rate(p, device, "injected"));
	}
}

static void print_table(const struct pair *p, const char *vm, const json_t *status, FILE *to)
{
	json_int_t seconds = json_integer_value(json_object_get(status, "seconds"));

	fprintf(to, "%s: %s for %lld:%02lld:%02lld, process %lld\n\n", vm,
		json_string_value(json_object_get(status, "state")), seconds / 3600,
		seconds / 60 % 60, seconds % 60,
		json_integer_value(json_object_get(status, "pid")));
	fprintf(to, "%10s %10s %12s %10s %8s\n", "ACCESSES/s", "BUS/s", "INTERRUPTS/s", "TIMERS/s",
		"LATE/s");
	fprintf(to, "%10.0f %10.0f %12.0f %10.0f %8.0f\n",
		sum(p, NULL, "", ".reads") + sum(p, NULL, "", ".writes"),
		rate(p, "vm", "bus.accesses"),
		rate(p, "ioapic0", "interrupts") + sum(p, NULL, "queue.", ".direct") +
			rate(p, "board", "intacks"),
		rate(p, "board", "deadlines"), rate(p, "board", "deadlines_late"));
	print_vcpus(p, to);
	print_regions(p, to);
	print_times(p, to);
}

/* In a terminal over what was there before. */
static void show(const struct pair *p, const char *vm, const json_t *status, bool screen)
{
	char *text = NULL, *line, *rest;
	size_t length;
	FILE *to = open_memstream(&text, &length);

	if (!to)
		die(STATUS_MEMORY, "out of memory");
	print_table(p, vm, status, to);
	fclose(to);
	if (screen)
		fputs("\033[H", stdout);
	for (rest = text; (line = strsep(&rest, "\n")) && rest;)
		printf("%s%s\n", line, screen ? "\033[K\r" : "");
	fputs(screen ? "\033[J" : "\n", stdout);
	fflush(stdout);
	free(text);
}

/* Returns true if the user wants no more. */
static bool wait_for_key(unsigned int seconds, bool keys)
{
	struct pollfd fd = { keys ? STDIN_FILENO : -1, POLLIN, 0 };
	long long left, until = now_ms() + 1000LL * seconds;
	char key = 0;

	while ((left = until - now_ms()) > 0) {
		if (poll(&fd, 1, left) <= 0)
			continue;
		if (read(STDIN_FILENO, &key, 1) <= 0 || key == 'q' || key == 3)
			return true;
	}
	return false;
}

static void run(struct client *client, unsigned int delay, unsigned int count, bool screen)
{
	struct sample samples[2];
	bool keys = screen && terminal_take() && terminal_is_raw();
	unsigned int i;

	take(&samples[0], client);
	for (i = 1; (!count || i <= count) && !wait_for_key(delay, keys); i++) {
		struct pair pair = { &samples[(i - 1) % 2], &samples[i % 2], 0 };
		json_t *status = ask(client, "status", NULL);

		take(&samples[i % 2], client);
		pair.seconds = (pair.new->at - pair.old->at) / 1000.0;
		show(&pair, client->vm, status, screen);
		json_decref(status);
		json_decref(pair.old->stats);
		json_decref(pair.old->times);
	}
}

int command_top(int argc, char **argv)
{
	const char *delay = "1", *count = "0";
	const struct argument options[] = { { "delay", NULL, &delay }, { "count", NULL, &count } };
	bool screen = isatty(STDOUT_FILENO);
	unsigned int seconds, tables;
	struct client client;

	arguments_parse(argc, argv, options, ARRAY_SIZE(options), 1, 1);
	seconds = argument_number("delay", delay, 3600);
	tables = argument_number("count", count, 1000000);
	if (!seconds)
		die(STATUS_USAGE, "--delay: at least 1 second");
	client_open(&client, argv[1]);
	if (screen)
		fputs("\033[2J", stdout);
	run(&client, seconds, tables, screen);
	client_close(&client);
	return 0;
}
