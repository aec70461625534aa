/* SPDX-License-Identifier: GPL-2.0 */
/* Where Prometheus connects to: "9100", "/run/vm.metrics" */
#ifndef KEEL_CONFIG_METRICS_H
#define KEEL_CONFIG_METRICS_H

struct value_type;

/**
 * struct metrics_config - where metrics are served.
 * @at:   a port of the loopback interface, or a path; NULL: nowhere
 * @port: that port, or 0
 */
struct metrics_config {
	char *at;
	unsigned int port;
};

extern const struct value_type metrics_type;

#endif /* KEEL_CONFIG_METRICS_H */
