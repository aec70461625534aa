// SPDX-License-Identifier: GPL-2.0
/* How long things take, as the module measures it: for people, or as JSON. */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base.h"
#include "config/table.h"
#include "control/latency.h"
#include "control/percentile.h"
#include "status.h"
#include "vm/vm.h"

/* ---- Reading, and switching it on and off ---- */

static bool get(struct latencies *l, const struct vm *vm, __u32 room)
{
	l->get = (struct keel_latency_get){
		.size = sizeof(l->get), .rows = (__u64)l->rows, .nr_rows = room,
		.worst = (__u64)l->worst, .nr_worst = KEEL_WORST_ACCESSES,
	};
	return !ioctl(vm->keel, KEEL_LATENCY_GET, &l->get);
}

/**
 * latencies_read() - read all that was measured.
 * @l:  result, for latencies_free()
 * @vm: whose
 *
 * Return: false if it cannot be read.
 */
bool latencies_read(struct latencies *l, const struct vm *vm)
{
	__u32 room;

	l->rows = NULL;
	if (!get(l, vm, 0))
		return false;
	room = l->get.nr_rows;
	l->rows = calloc(room + 1, sizeof(*l->rows));
	if (!l->rows || !get(l, vm, room)) {
		free(l->rows);
		return false;
	}
	if (l->get.nr_rows > room)	/* some are not empty any more */
		l->get.nr_rows = room;
	return true;
}

void latencies_free(struct latencies *l)
{
	free(l->rows);
}

static const char *const actions[] = {
	[KEEL_LATENCY_OFF] = "off", [KEEL_LATENCY_ON] = "on", [KEEL_LATENCY_RESET] = "reset",
};

static bool set(const struct vm *vm, __u32 action)
{
	struct keel_latency_set request = { .size = sizeof(request), .action = action };

	while (ioctl(vm->keel, KEEL_LATENCY_SET, &request))
		if (errno != EINTR)
			return false;
	return true;
}

/**
 * latency_switch() - measure, measure no more, or forget what was measured.
 * @vm:   whose
 * @word: "on", "off" or "reset"
 *
 * Return: NULL, or what is wrong.
 */
const char *latency_switch(const struct vm *vm, const char *word)
{
	__u32 i;

	for (i = 0; i < ARRAY_SIZE(actions); i++)
		if (!strcmp(word, actions[i]))
			return set(vm, i) ? NULL : "no memory for it";
	return "latency knows on, off, reset and --json";
}

/* latency_begin() - --latency; dies if it cannot be */
void latency_begin(const struct vm *vm)
{
	if (!set(vm, KEEL_LATENCY_ON))
		die(errno == ENOMEM ? STATUS_MEMORY : STATUS_INTERNAL, "KEEL_LATENCY_SET: %s",
		    strerror(errno));
}

/* ---- What both forms have ---- */

const char *latency_kind(const struct keel_latency_row *row)
{
	static const char *const kinds[] = {
		[KEEL_LATENCY_READ] = "read", [KEEL_LATENCY_WRITE] = "write",
		[KEEL_LATENCY_TIMER] = "timer", [KEEL_LATENCY_LINE] = "line",
		[KEEL_LATENCY_REQUEST] = "request",
	};

	return row->kind < ARRAY_SIZE(kinds) && kinds[row->kind] ? kinds[row->kind] : "other";
}

/* ---- JSON ---- */

/* JSON's integers have no 64 bits without sign, and an address in a kernel has them. */
static json_t *hex_json(__u64 value)
{
	return json_sprintf("0x%llx", value);
}

static json_t *culprit_json(const struct keel_culprit *c)
{
	return json_pack("{s:o, s:o, s:o, s:i, s:i, s:b, s:s}",
			 "address", hex_json(c->addr), "value", hex_json(c->value),
			 "rip", hex_json(c->rip), "vcpu", c->vcpu, "length", c->length,
			 "write", !!(c->flags & KEEL_CULPRIT_WRITE),
			 "space", c->flags & KEEL_CULPRIT_MEMORY ? "memory" : "port");
}

static json_t *row_json(const struct keel_latency_row *row)
{
	const struct keel_histogram *h = &row->times;
	json_t *buckets = json_array(), *all;
	unsigned int i;

	for (i = 0; i < KEEL_LATENCY_BUCKETS; i++)
		json_array_append_new(buckets, json_integer(h->buckets[i]));
	all = json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:o}",
			"device", row->device, "name", row->name, "kind", latency_kind(row),
			"count", (json_int_t)h->count, "sum", (json_int_t)h->sum,
			"p50", (json_int_t)percentile(h->buckets, 500, h->most),
			"p99", (json_int_t)percentile(h->buckets, 990, h->most),
			"max", (json_int_t)h->most, "max_at", (json_int_t)h->most_at,
			"buckets", buckets);
	if (row->kind == KEEL_LATENCY_READ || row->kind == KEEL_LATENCY_WRITE ||
	    row->kind == KEEL_LATENCY_REQUEST)
		json_object_set_new(all, "culprit", culprit_json(&h->culprit));
	return all;
}

static json_t *worst_json(const struct keel_worst_access *w)
{
	json_t *all = culprit_json(&w->what);

	json_object_set_new(all, "device", json_string(w->device));
	json_object_set_new(all, "name", json_string(w->region));
	json_object_set_new(all, "ns", json_integer(w->ns));
	json_object_set_new(all, "at", json_integer(w->at));
	return all;
}

static void print_json(const struct latencies *l, FILE *to)
{
	json_t *rows = json_array(), *worst = json_array(), *all;
	__u32 i;

	for (i = 0; i < l->get.nr_rows; i++)
		json_array_append_new(rows, row_json(&l->rows[i]));
	for (i = 0; i < l->get.nr_worst; i++)
		json_array_append_new(worst, worst_json(&l->worst[i]));
	all = json_pack("{s:b, s:I, s:I, s:o, s:o}", "measuring", l->get.measuring,
			"since", (json_int_t)l->get.since, "now", (json_int_t)l->get.now,
			"histograms", rows, "worst", worst);
	json_dumpf(all, to, JSON_COMPACT);
	fputc('\n', to);
	json_decref(all);
}

/* ---- For people ---- */

static void print_culprit(const struct keel_latency_row *row, FILE *to)
{
	const struct keel_culprit *c = &row->times.culprit;

	if (row->kind == KEEL_LATENCY_REQUEST)
		fprintf(to, "  %llu bytes at %llu", c->value, c->addr);
	else if (c->vcpu >= 0)
		fprintf(to, "  0x%llx=0x%llx vcpu%d rip 0x%llx", c->addr, c->value, c->vcpu,
			c->rip);
}

static void print_row(const struct keel_latency_row *row, FILE *to)
{
	const struct keel_histogram *h = &row->times;

	fprintf(to, "%-12s %-16s %-7s %10llu %10llu %10llu %12llu", row->device, row->name,
		latency_kind(row), h->count, percentile(h->buckets, 500, h->most),
		percentile(h->buckets, 990, h->most), h->most);
	print_culprit(row, to);
	fputc('\n', to);
}

static void print_worst(const struct keel_worst_access *w, FILE *to)
{
	fprintf(to, "%12llu %14llu  %s %s: %s 0x%llx=0x%llx vcpu%d rip 0x%llx\n", w->ns, w->at,
		w->device, w->region, w->what.flags & KEEL_CULPRIT_WRITE ? "write" : "read",
		w->what.addr, w->what.value, w->what.vcpu, w->what.rip);
}

/**
 * latencies_print() - tables, if there is anything in them.
 * @l:  what was measured
 * @to: where to
 */
void latencies_print(const struct latencies *l, FILE *to)
{
	__u32 i;

	if (!l->get.nr_rows)
		return;
	fprintf(to, "%-12s %-16s %-7s %10s %10s %10s %12s\n", "latency, ns", "of", "kind", "count",
		"p50", "p99", "max");
	for (i = 0; i < l->get.nr_rows; i++)
		print_row(&l->rows[i], to);
	if (l->get.nr_worst)
		fprintf(to, "\n%12s %14s  longest accesses\n", "ns", "VmTime, ns");
	for (i = 0; i < l->get.nr_worst; i++)
		print_worst(&l->worst[i], to);
}

static void print_table(const struct latencies *l, FILE *to)
{
	if (!l->get.nr_rows)
		fprintf(to, "%s\n", l->get.measuring ? "nothing has been measured yet" :
						       "off: keel latency VM on");
	latencies_print(l, to);
}

/**
 * latency_text() - all that was measured.
 * @vm:   whose
 * @kind: STATS_TABLE or STATS_JSON
 *
 * Return: text, to be freed; NULL: it cannot be read.
 */
char *latency_text(const struct vm *vm, enum stats_kind kind)
{
	struct latencies l;
	char *text = NULL;
	size_t length;
	FILE *to;

	if (!latencies_read(&l, vm))
		return NULL;
	to = open_memstream(&text, &length);
	if (to) {
		if (kind == STATS_JSON)
			print_json(&l, to);
		else
			print_table(&l, to);
		fclose(to);
	}
	latencies_free(&l);
	return text;
}
