/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where, and with which priority, threads run: --cpu-affinity, --rt and --nice for the vCPUs',
 * --server-affinity, --server-rt and --server-nice for those that serve devices. And where memory
 * is: --numa-node. And for how long a halted vCPU keeps its CPU: --halt-poll.
 */
#ifndef KEEL_CONFIG_CPU_H
#define KEEL_CONFIG_CPU_H

#include <sched.h>

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
 * struct halt_poll - how long a halted vCPU's thread watches for interrupts before it sleeps.
 * @given: the user has said it; otherwise it is KVM's own setting
 * @us:    at most; 0: it sleeps at once
 */
struct halt_poll {
	bool given;
	unsigned int us;
};

#define HALT_POLL_MAX	1000000

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
extern const struct value_type halt_poll_type;

void cpu_set_print(const cpu_set_t *set, char *text, size_t size);

#endif /* KEEL_CONFIG_CPU_H */
