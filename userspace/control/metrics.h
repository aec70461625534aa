/* SPDX-License-Identifier: GPL-2.0 */
/* All counters, as Prometheus reads them. */
#ifndef KEEL_CONTROL_METRICS_H
#define KEEL_CONTROL_METRICS_H

#include <stdbool.h>
#include <stddef.h>

struct vm;

/**
 * struct http - a request over HTTP, of which the lines come one after the other.
 * @begun:  its first line has been there
 * @method: it is a GET
 * @found:  of the metrics
 */
struct http {
	bool begun;
	bool method;
	bool found;
};

char *metrics_text(struct vm *vm);
char *http_line(struct http *http, const char *line, struct vm *vm);

#endif /* KEEL_CONTROL_METRICS_H */
