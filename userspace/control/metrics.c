// SPDX-License-Identifier: GPL-2.0
/*
 * All counters and latencies in Prometheus' text format, and the little of HTTP/1.1 that its
 * scrapes need: a GET of /metrics gets them, and the connection ends.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base.h"
#include "config/config.h"
#include "control/latency.h"
#include "control/metrics.h"
#include "control/stats.h"
#include "control/unmapped.h"
#include "life/lifecycle.h"
#include "uapi/keel_version.h"
#include "vm/vm.h"

/*
 * The ends of buckets that are told, as powers of 2 of ns: from 255 ns to 4.3 s. They are the same
 * for all histograms and at all times, as Prometheus wants them to be.
 */
#define BUCKET_FIRST	8
#define BUCKET_LAST	32

/**
 * struct page - the text in the making.
 * @to: where to
 * @vm: the label of that name
 * @c:  counters
 * @l:  latencies
 */
struct page {
	FILE *to;
	const char *vm;
	struct counters c;
	struct latencies l;
};

/* ---- Labels ---- */

static void put_label(const struct page *p, const char *name, const char *value, size_t length)
{
	size_t i;

	fprintf(p->to, "%s=\"", name);
	for (i = 0; i < length; i++) {
		if (value[i] == '\n')
			fputs("\\n", p->to);
		else if (value[i] == '"' || value[i] == '\\')
			fprintf(p->to, "\\%c", value[i]);
		else
			fputc(value[i], p->to);
	}
	fputc('"', p->to);
}

static void put_text_label(const struct page *p, const char *name, const char *value)
{
	put_label(p, name, value, strlen(value));
}

/* "NAME{vm="..."": more labels follow, and then put_value() */
static void begin_sample(const struct page *p, const char *name)
{
	fprintf(p->to, "%s{", name);
	put_text_label(p, "vm", p->vm);
}

static void put_value(const struct page *p, __u64 value)
{
	fprintf(p->to, "} %llu\n", value);
}

static void begin_family(const struct page *p, const char *name, const char *type,
			 const char *help)
{
	fprintf(p->to, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* ---- Counters ---- */

static bool ends_in(const struct keel_stat *s, const char *end)
{
	size_t length = strlen(s->name), tail = strlen(end);

	return length >= tail && !strcmp(s->name + length - tail, end);
}

/* What goes up and down, or is a maximum */
static bool is_gauge(const struct keel_stat *s)
{
	return ends_in(s, ".in_flight") || ends_in(s, ".in_flight_most");
}

static bool is_access(const struct keel_stat *s)
{
	return ends_in(s, ".reads") || ends_in(s, ".writes");
}

static void put_accesses(const struct page *p)
{
	const struct keel_stat *s;
	const char *dot;
	__u32 i;

	begin_family(p, "keel_accesses_total", "counter", "Accesses of the guest to a region.");
	for (i = 0; i < p->c.nr; i++) {
		s = &p->c.list[i];
		if (!is_access(s) || unmapped_is_address(s))
			continue;
		dot = strrchr(s->name, '.');
		begin_sample(p, "keel_accesses_total");
		put_text_label(p, ",device", s->device);
		put_label(p, ",region", s->name, dot - s->name);
		put_text_label(p, ",direction", ends_in(s, ".reads") ? "read" : "write");
		put_value(p, s->value);
	}
}

static void put_others(const struct page *p, const char *family, bool gauges)
{
	__u32 i;

	for (i = 0; i < p->c.nr; i++) {
		const struct keel_stat *s = &p->c.list[i];

		if (is_access(s) || unmapped_is_address(s) || is_gauge(s) != gauges)
			continue;
		begin_sample(p, family);
		put_text_label(p, ",device", s->device);
		put_text_label(p, ",counter", s->name);
		put_value(p, s->value);
	}
}

static void put_counters(const struct page *p)
{
	put_accesses(p);
	begin_family(p, "keel_events_total", "counter", "What keel stats calls a counter.");
	put_others(p, "keel_events_total", false);
	begin_family(p, "keel_requests_in_flight", "gauge", "Chains in flight, and the most.");
	put_others(p, "keel_requests_in_flight", true);
}

/* ---- Latencies ---- */

/**
 * struct family - histograms of one kind.
 * @name:  of the family
 * @help:  what it is
 * @label: name of the label for the row's name, with a comma
 * @kinds: a bit for each KEEL_LATENCY_* in it
 */
static const struct family {
	const char *name;
	const char *help;
	const char *label;
	unsigned int kinds;
} families[] = {
	{ "keel_access_seconds", "How long accesses of the guest took.", ",region",
	  BIT(KEEL_LATENCY_READ) | BIT(KEEL_LATENCY_WRITE) },
	{ "keel_timer_lateness_seconds", "From a timer's deadline to its expiry.", ",timer",
	  BIT(KEEL_LATENCY_TIMER) },
	{ "keel_interrupt_seconds", "From a line's rise to its EOI.", ",until",
	  BIT(KEEL_LATENCY_LINE) },
	{ "keel_request_seconds", "How long requests to a disk took.", ",type",
	  BIT(KEEL_LATENCY_REQUEST) },
};

static void begin_row(const struct page *p, const struct family *f,
		      const struct keel_latency_row *row, const char *end)
{
	char name[64];

	snprintf(name, sizeof(name), "%s%s", f->name, end);
	begin_sample(p, name);
	put_text_label(p, ",device", row->device);
	put_text_label(p, f->label, row->name);
	if (row->kind == KEEL_LATENCY_READ || row->kind == KEEL_LATENCY_WRITE)
		put_text_label(p, ",direction", latency_kind(row));
}

static void put_seconds(const struct page *p, __u64 ns)
{
	fprintf(p->to, "} %llu.%09llu\n", ns / 1000000000, ns % 1000000000);
}

/* Prometheus' buckets hold all that is not longer than their end. */
static void put_row(const struct page *p, const struct family *f,
		    const struct keel_latency_row *row)
{
	const struct keel_histogram *h = &row->times;
	__u64 below = 0;
	unsigned int i;

	for (i = 0; i <= BUCKET_LAST; i++) {
		below += h->buckets[i];
		if (i < BUCKET_FIRST)
			continue;
		begin_row(p, f, row, "_bucket");
		fprintf(p->to, ",le=\"%llu.%09llu\"", ((1ULL << i) - 1) / 1000000000,
			((1ULL << i) - 1) % 1000000000);
		put_value(p, below);
	}
	begin_row(p, f, row, "_bucket");
	put_text_label(p, ",le", "+Inf");
	put_value(p, h->count);
	begin_row(p, f, row, "_sum");
	put_seconds(p, h->sum);
	begin_row(p, f, row, "_count");
	put_value(p, h->count);
}

static void put_family(const struct page *p, const struct family *f)
{
	__u32 i;

	begin_family(p, f->name, "histogram", f->help);
	for (i = 0; i < p->l.get.nr_rows; i++)
		if (f->kinds & BIT(p->l.rows[i].kind))
			put_row(p, f, &p->l.rows[i]);
}

static void put_gauge(const struct page *p, const char *name, const char *help, __u64 value)
{
	begin_family(p, name, "gauge", help);
	begin_sample(p, name);
	put_value(p, value);
}

static void put_all(const struct page *p, struct vm *vm)
{
	size_t i;

	begin_family(p, "keel_vm_info", "gauge", "What runs the VM.");
	begin_sample(p, "keel_vm_info");
	put_text_label(p, ",version", KEEL_VERSION);
	put_value(p, 1);
	put_gauge(p, "keel_vm_cpus", "vCPUs.", vm->config->cpus);
	put_gauge(p, "keel_vm_memory_bytes", "The guest's memory.", vm->memory.size);
	put_gauge(p, "keel_vm_paused", "1: it is paused.", lifecycle_is_paused(vm));
	put_gauge(p, "keel_latency_measuring", "1: latencies are measured.", p->l.get.measuring);
	put_counters(p);
	for (i = 0; i < ARRAY_SIZE(families); i++)
		put_family(p, &families[i]);
}

static const char *label_of(struct vm *vm, char *pid, size_t size)
{
	const char *handle = config_handle(vm->config);

	snprintf(pid, size, "%d", getpid());
	return handle ? handle : pid;
}

/* metrics_text() - everything, to be freed; NULL: it cannot be read */
char *metrics_text(struct vm *vm)
{
	char *text = NULL, pid[16];
	struct page page;
	size_t length;

	page.vm = label_of(vm, pid, sizeof(pid));
	if (!counters_read(&page.c, vm, KEEL_STATS, 0))
		return NULL;
	if (latencies_read(&page.l, vm)) {
		page.to = open_memstream(&text, &length);
		if (page.to) {
			put_all(&page, vm);
			fclose(page.to);
		}
		latencies_free(&page.l);
	}
	free(page.c.list);
	return text;
}

/* ---- HTTP ---- */

static char *http_answer(const char *status, const char *more, const char *body)
{
	char *text;

	static const char type[] = "text/plain; version=0.0.4; charset=utf-8";

	if (asprintf(&text, "HTTP/1.1 %s\r\n%sContent-Type: %s\r\nContent-Length: %zu\r\n"
		     "Connection: close\r\n\r\n%s", status, more, type, strlen(body), body) < 0)
		return NULL;
	return text;
}

static char *http_metrics(struct vm *vm)
{
	char *body = metrics_text(vm), *text;

	if (!body)
		return http_answer("503 Service Unavailable", "", "the counters cannot be read\n");
	text = http_answer("200 OK", "", body);
	free(body);
	return text;
}

/* "GET /metrics HTTP/1.1"; a query behind the path does not matter. */
static void http_first(struct http *http, const char *line)
{
	static const char get[] = "GET ", path[] = "/metrics";
	const char *at = line + strlen(get);

	http->begun = true;
	http->method = !strncmp(line, get, strlen(get));
	http->found = http->method && !strncmp(at, path, strlen(path)) &&
		      strchr(" ?", at[strlen(path)]);
}

/**
 * http_line() - the next line of a request.
 * @http: the request
 * @line: the line, without its end
 * @vm:   whose metrics it may want
 *
 * Return: the answer, to be freed, if it was the last line; or NULL.
 */
char *http_line(struct http *http, const char *line, struct vm *vm)
{
	if (*line && *line != '\r') {
		if (!http->begun)
			http_first(http, line);
		return NULL;
	}
	if (!http->begun)	/* empty lines before it do not matter */
		return NULL;
	if (!http->method)
		return http_answer("405 Method Not Allowed", "Allow: GET\r\n", "GET only\n");
	if (!http->found)
		return http_answer("404 Not Found", "", "there is only /metrics\n");
	return http_metrics(vm);
}
