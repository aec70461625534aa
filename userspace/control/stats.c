// SPDX-License-Identifier: GPL-2.0
/*
 * The module's counters, and the launcher's own, for people or as JSON.
 */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "config/config.h"
#include "config/table.h"
#include "control/latency.h"
#include "control/stats.h"
#include "control/unmapped.h"
#include "status.h"
#include "stream/terminal.h"
#include "uapi/keel.h"
#include "vm/vcpu.h"
#include "vm/vm.h"

static void add(struct counters *c, unsigned short vcpu, const char *name, __u64 value)
{
	struct keel_stat *stat = &c->list[c->nr++];

	snprintf(stat->device, sizeof(stat->device), "thread%u", vcpu);
	snprintf(stat->name, sizeof(stat->name), "%s", name);
	stat->value = value;
}

/* The threads may be counting on; a torn figure is not possible on 64 bits. */
static void add_own(struct counters *c, const struct vm *vm)
{
	unsigned int i;

	for (i = 0; i < vm->config->cpus; i++) {
		add(c, i, "returns", vm->vcpus[i].returns);
		add(c, i, "returns_signal", vm->vcpus[i].signals);
		add(c, i, "returns_unexpected", vm->vcpus[i].unexpected);
	}
}

/**
 * counters_read() - a list of the module's.
 * @c:     for the list, to be freed
 * @vm:    whose
 * @which: KEEL_STATS or KEEL_INSPECT
 * @extra: room for so many more
 *
 * Return: false if there is none.
 */
bool counters_read(struct counters *c, const struct vm *vm, unsigned int which, __u32 extra)
{
	struct keel_stats request = { .size = sizeof(request) };
	__u32 room;

	if (ioctl(vm->keel, which, &request)) {
		warn_line("Keel's counters: %s", strerror(errno));
		return false;
	}
	room = request.nr;
	c->list = calloc(room + extra, sizeof(*c->list));
	if (!c->list)
		return false;
	request.stats = (__u64)c->list;
	if (ioctl(vm->keel, which, &request))
		request.nr = 0;
	c->nr = request.nr < room ? request.nr : room;
	return true;
}

/* ---- JSON: { "pit0": { "counter.reads": 5, ... }, ... } ---- */

/* All ones is "never"; there is nothing else beyond 63 bits. */
static json_t *json_of(__u64 value)
{
	return value == ~0ULL ? json_null() : json_integer(value);
}

/**
 * counters_print_json() - an object of objects.
 * @c:  the list
 * @to: where to
 */
void counters_print_json(const struct counters *c, FILE *to)
{
	json_t *root = json_object(), *device;
	__u32 i;

	for (i = 0; i < c->nr; i++) {
		const struct keel_stat *s = &c->list[i];

		device = json_object_get(root, s->device);
		if (!device) {
			device = json_object();
			json_object_set_new(root, s->device, device);
		}
		json_object_set_new(device, s->name, json_of(s->value));
	}
	json_dumpf(root, to, JSON_INDENT(2));
	fputc('\n', to);
	json_decref(root);
}

/* ---- For people: tables ---- */

static bool ends_in(const struct keel_stat *s, const char *end)
{
	size_t length = strlen(s->name), tail = strlen(end);

	return length >= tail && !strcmp(s->name + length - tail, end);
}

bool is_line(const struct keel_stat *s)
{
	return !strncmp(s->device, "line", 4) || !strcmp(s->device, "INTR");
}

static __u64 value_of(const struct counters *c, const char *device, const char *name)
{
	__u32 i;

	for (i = 0; i < c->nr; i++)
		if (!strcmp(c->list[i].device, device) && !strcmp(c->list[i].name, name))
			return c->list[i].value;
	return 0;
}

static void print_regions(const struct counters *c, FILE *to)
{
	char name[2 * sizeof(c->list->name)];
	__u32 i;

	fprintf(to, "%-12s %-18s %12s %12s\n", "device", "region", "reads", "writes");
	for (i = 0; i < c->nr; i++) {
		const struct keel_stat *s = &c->list[i];
		int label = strlen(s->name) - strlen(".reads");

		if (!ends_in(s, ".reads") || unmapped_is_address(s))
			continue;
		snprintf(name, sizeof(name), "%.*s.writes", label, s->name);
		fprintf(to, "%-12s %-18.*s %12llu %12llu\n", s->device, label, s->name, s->value,
			value_of(c, s->device, name));
	}
}

static void print_lines(const struct counters *c, FILE *to)
{
	__u32 i;

	fprintf(to, "\n%-12s %12s %12s %12s\n", "line", "asserts", "changes", "EOIs");
	for (i = 0; i < c->nr; i++) {
		const struct keel_stat *s = &c->list[i];

		if (is_line(s) && !strcmp(s->name, "asserts"))
			fprintf(to, "%-12s %12llu %12llu %12llu\n", s->device, s->value,
				value_of(c, s->device, "changes"), value_of(c, s->device, "eois"));
	}
}

/* Devices have many counters for what never happens: those are left out. */
static void print_others(const struct counters *c, FILE *to)
{
	__u32 i;

	fprintf(to, "\n%-12s %-31s %12s\n", "", "counter", "value");
	for (i = 0; i < c->nr; i++) {
		const struct keel_stat *s = &c->list[i];

		if (s->value && !is_line(s) && !ends_in(s, ".reads") && !ends_in(s, ".writes") &&
		    !unmapped_is_address(s))
			fprintf(to, "%-12s %-31s %12llu\n", s->device, s->name, s->value);
	}
}

static void print_latencies(const struct vm *vm, FILE *to)
{
	struct latencies l;

	if (!latencies_read(&l, vm))
		return;
	if (l.get.nr_rows)
		fputc('\n', to);
	latencies_print(&l, to);
	latencies_free(&l);
}

static void print_table(const struct counters *c, const struct vm *vm, FILE *to)
{
	print_regions(c, to);
	print_lines(c, to);
	print_others(c, to);
	unmapped_print(c, to);
	print_latencies(vm, to);
}

/* stats_text() - all counters as text, to be freed; NULL if there are none */
char *stats_text(const struct vm *vm, enum stats_kind kind)
{
	struct counters c;
	char *text = NULL;
	size_t length;
	FILE *to;

	if (!counters_read(&c, vm, KEEL_STATS, 3 * vm->config->cpus))
		return NULL;
	add_own(&c, vm);
	to = open_memstream(&text, &length);
	if (to) {
		if (kind == STATS_JSON)
			counters_print_json(&c, to);
		else
			print_table(&c, vm, to);
		fclose(to);
	}
	free(c.list);
	return text;
}

/**
 * stats_print() - all counters to standard error; the VM may be running.
 * @vm:   whose
 * @kind: STATS_TABLE or STATS_JSON
 */
void stats_print(const struct vm *vm, enum stats_kind kind)
{
	char *text = stats_text(vm, kind);

	if (text)
		terminal_write(text, strlen(text));
	free(text);
}
