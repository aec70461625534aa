// SPDX-License-Identifier: GPL-2.0
/* How a thread runs: on which CPUs, and with which priority. The thread sets it for itself. */
#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/resource.h>

#include "base.h"
#include "config/cpu.h"
#include "status.h"
#include "vm/schedule.h"

static void set_affinity(const struct cpu_list *list, const char *prefix, unsigned int nth)
{
	unsigned int cpu = list->cpus[nth % list->nr];
	char allowed[100] = "?";
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (!sched_setaffinity(0, sizeof(set), &set))
		return;
	if (!sched_getaffinity(0, sizeof(set), &set))
		cpu_set_print(&set, allowed, sizeof(allowed));
	die(STATUS_USAGE, "--%s %s: this process may not use CPU %u, but %s",
	    *prefix ? "server-affinity" : "cpu-affinity", list->text, cpu, allowed);
}

static unsigned long long soft_limit(int resource)
{
	struct rlimit limit = { 0 };

	getrlimit(resource, &limit);
	return limit.rlim_cur;
}

static void set_nice(const struct nice *nice, const char *prefix)
{
	int needed = NICE_MAX + 1 - nice->value;

	if (!setpriority(PRIO_PROCESS, 0, nice->value))
		return;
	die(STATUS_PERMISSION,
	    "--%snice %s: %s: RLIMIT_NICE is %llu; %d is needed: \"ulimit -e %d\" or LimitNICE=%d",
	    prefix, nice->text, strerror(errno), soft_limit(RLIMIT_NICE), needed, needed,
	    nice->value);
}

static void set_realtime(const struct realtime *rt, const char *prefix)
{
	const struct sched_param param = { .sched_priority = rt->priority };

	if (!sched_setscheduler(0, rt->policy, &param))
		return;
	die(STATUS_PERMISSION,
	    "--%srt %s: %s: RLIMIT_RTPRIO is %llu; %d is needed: \"ulimit -r %d\" or LimitRTPRIO=%d",
	    prefix, rt->text, strerror(errno), soft_limit(RLIMIT_RTPRIO), rt->priority,
	    rt->priority, rt->priority);
}

/**
 * schedule_apply() - for the calling thread; dies if it may not run so.
 * @schedule: how
 * @prefix:   of the options that it is from, for messages: "" or "server-"
 * @nth:      number of the thread among those with the same schedule
 */
void schedule_apply(const struct schedule *schedule, const char *prefix, unsigned int nth)
{
	if (schedule->affinity.nr)
		set_affinity(&schedule->affinity, prefix, nth);
	if (schedule->nice.text)
		set_nice(&schedule->nice, prefix);
	if (schedule->rt.text)
		set_realtime(&schedule->rt, prefix);
}
