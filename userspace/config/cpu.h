/* SPDX-License-Identifier: GPL-2.0 */
/* Where, and with which priority, the vCPUs' threads run: --cpu-affinity and --rt. */
#ifndef KEEL_CONFIG_CPU_H
#define KEEL_CONFIG_CPU_H

#include "config/table.h"

#define CPU_LIST_MAX	1024	/* CPU_SETSIZE */

/**
 * struct cpu_list - host CPUs, for the vCPUs' threads in turn.
 * @text: as the user wrote it; NULL: none is given
 * @nr:   of them
 * @cpus: their numbers
 */
struct cpu_list {
	const char *text;
	unsigned int nr;
	__u16 cpus[CPU_LIST_MAX];
};

/**
 * struct realtime - scheduling of the vCPUs' threads.
 * @text:     as the user wrote it; NULL: the usual
 * @policy:   for sched_setscheduler()
 * @priority: likewise
 */
struct realtime {
	const char *text;
	int policy;
	int priority;
};

extern const struct value_type cpu_list_type;
extern const struct value_type realtime_type;

#endif /* KEEL_CONFIG_CPU_H */
