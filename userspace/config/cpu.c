// SPDX-License-Identifier: GPL-2.0
/* "0,4-7", "fifo:10" and "-5" */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/cpu.h"
#include "config/table.h"
#include "config/words.h"

static_assert(CPU_LIST_MAX == CPU_SETSIZE, "pthread_attr_setaffinity_np() takes so many");

static bool cpu_number(const char *text, const char **end, unsigned long *cpu)
{
	char *stop;

	if (*text < '0' || *text > '9')
		return false;
	*cpu = strtoul(text, &stop, 10);
	*end = stop;
	return *cpu < CPU_LIST_MAX;
}

static bool add_range(struct cpu_list *list, unsigned long first, unsigned long last)
{
	if (last < first || last - first >= CPU_LIST_MAX - list->nr)
		return false;
	for (; first <= last; first++)
		list->cpus[list->nr++] = first;
	return true;
}

static bool list_of(const char *text, struct cpu_list *list)
{
	unsigned long first, last;

	for (;; text++) {
		if (!cpu_number(text, &text, &first))
			return false;
		last = first;
		if (*text == '-' && !cpu_number(text + 1, &text, &last))
			return false;
		if (!add_range(list, first, last))
			return false;
		if (*text != ',')
			return !*text;
	}
}

static bool list_parse(const char *text, void *field, struct complaint *complaint)
{
	struct cpu_list *list = field;

	list->nr = 0;
	if (!list_of(text, list))
		return complain(complaint,
				"\"%.40s\" is not a list of CPUs from 0 to %d, as 2,4-7", text,
				CPU_LIST_MAX - 1);
	list->text = text_copy(text, strlen(text));
	return true;
}

static char *list_print(const void *field)
{
	const struct cpu_list *list = field;

	return list->text ? text_copy(list->text, strlen(list->text)) : NULL;
}

/**
 * cpu_set_print() - a set as a list: "0-3,8".
 * @set:  the CPUs
 * @text: result; what does not fit is left out
 * @size: room in it
 */
void cpu_set_print(const cpu_set_t *set, char *text, size_t size)
{
	unsigned int cpu, last;
	size_t used = 0;

	text[0] = 0;
	for (cpu = 0; cpu < CPU_LIST_MAX && used < size; cpu = last + 1) {
		last = cpu;
		if (!CPU_ISSET(cpu, set))
			continue;
		while (last + 1 < CPU_LIST_MAX && CPU_ISSET(last + 1, set))
			last++;
		used += snprintf(text + used, size - used, "%s%u", used ? "," : "", cpu);
		if (last > cpu && used < size)
			used += snprintf(text + used, size - used, "-%u", last);
	}
}

static bool realtime_parse(const char *text, void *field, struct complaint *complaint)
{
	struct realtime *rt = field;
	bool fifo = !strncmp(text, "fifo:", 5);
	__u64 priority;

	if (!(fifo || !strncmp(text, "rr:", 3)) ||
	    !number_parse(strchr(text, ':') + 1, 1, 99, &priority, complaint))
		return complain(complaint,
				"\"%.40s\" is neither fifo:N nor rr:N with N from 1 to 99", text);
	rt->policy = fifo ? SCHED_FIFO : SCHED_RR;
	rt->priority = priority;
	rt->text = text_copy(text, strlen(text));
	return true;
}

static char *realtime_print(const void *field)
{
	const struct realtime *rt = field;

	return rt->text ? text_copy(rt->text, strlen(rt->text)) : NULL;
}

static bool nice_parse(const char *text, void *field, struct complaint *complaint)
{
	struct nice *nice = field;
	char *end;
	long value = strtol(text, &end, 10);

	if (end == text || *end || value < NICE_MIN || value > NICE_MAX)
		return complain(complaint, "\"%.40s\" is not a number from %d to %d", text,
				NICE_MIN, NICE_MAX);
	nice->value = value;
	nice->text = text_copy(text, strlen(text));
	return true;
}

static char *nice_print(const void *field)
{
	const struct nice *nice = field;

	return nice->text ? text_copy(nice->text, strlen(nice->text)) : NULL;
}

static bool node_parse(const char *text, void *field, struct complaint *complaint)
{
	struct numa_node *node = field;
	__u64 number;

	if (!number_parse(text, 0, NUMA_NODES - 1, &number, complaint))
		return false;
	node->number = number;
	node->text = text_copy(text, strlen(text));
	return true;
}

static char *node_print(const void *field)
{
	const struct numa_node *node = field;

	return node->text ? text_copy(node->text, strlen(node->text)) : NULL;
}

static bool poll_parse(const char *text, void *field, struct complaint *complaint)
{
	struct halt_poll *poll = field;
	__u64 us;

	if (!number_parse(text, 0, HALT_POLL_MAX, &us, complaint))
		return false;
	*poll = (struct halt_poll){ true, us };
	return true;
}

static char *poll_print(const void *field)
{
	const struct halt_poll *poll = field;
	char text[16];

	if (!poll->given)
		return NULL;
	snprintf(text, sizeof(text), "%u", poll->us);
	return text_copy(text, strlen(text));
}

const struct value_type cpu_list_type = { list_parse, list_print };
const struct value_type realtime_type = { realtime_parse, realtime_print };
const struct value_type nice_type = { nice_parse, nice_print };
const struct value_type numa_node_type = { node_parse, node_print };
const struct value_type halt_poll_type = { poll_parse, poll_print };
