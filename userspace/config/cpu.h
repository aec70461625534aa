/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where, and with which priority, threads run: --cpu-affinity, --rt and --nice for the vCPUs',
 * --server-affinity, --server-rt and --server-nice for those that serve devices. And where memory
 * is: --numa-node.
 */
#ifndef KEEL_CONFIG_CPU_H
#define KEEL_CONFIG_CPU_H

#include "config/table.h"

#define CPU_LIST_MAX	1024	/* CPU_SETSIZE */

/**
 * struct cpu_list - host CPUs, for threads in turn.
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
 * struct realtime - a real-time policy.
 * @text:     as the user wrote it; NULL: the usual
 * @policy:   for sched_setscheduler()
 * @priority: likewise
 */
struct realtime {
	const char *text;
	int policy;
	int priority;
};

/**
 * struct nice - a priority among threads that are not real-time.
 * @text:  as the user wrote it; NULL: the process'
 * @value: NICE_MIN to NICE_MAX
 */
struct nice {
	const char *text;
	int value;
};

#define NICE_MIN	(-20)
#define NICE_MAX	19

/**
 * struct numa_node - a node of the host's memory.
 * @text:   as the user wrote it; NULL: any
 * @number: of it
 */
struct numa_node {
	const char *text;
	unsigned int number;
};

#define NUMA_NODES	1024	/* the kernel's limit */

/**
 * struct schedule - how the threads of a kind run.
 * @affinity: on which CPUs
 * @rt:       with which real-time policy
 * @nice:     or with which priority without one
 */
struct schedule {
	struct cpu_list affinity;
	struct realtime rt;
	struct nice nice;
};

extern const struct value_type cpu_list_type;
extern const struct value_type realtime_type;
extern const struct value_type nice_type;
extern const struct value_type numa_node_type;

#endif /* KEEL_CONFIG_CPU_H */
