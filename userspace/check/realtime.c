// SPDX-License-Identifier: GPL-2.0
/* keel check --rt: what the times of a real-time guest depend on. All are notes: a VM runs. */
#include <glob.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "check/checks.h"
#include "check/finding.h"
#include "check/rights.h"
#include "line.h"

#define CPUS	"/sys/devices/system/cpu"

void check_preemption(struct finding *finding)
{
	char line[16];

	if (read_line("/sys/kernel/realtime", line, sizeof(line)) && !strcmp(line, "1")) {
		find_good(finding, "the kernel is PREEMPT_RT");
		return;
	}
	find_note(finding, "the kernel is not PREEMPT_RT");
	remedy(finding, "apt install linux-image-rt-amd64 linux-headers-rt-amd64 (as root)");
}

void check_priority(struct finding *finding)
{
	struct rlimit limit;

	getrlimit(RLIMIT_RTPRIO, &limit);
	if (!geteuid() || limit.rlim_max >= 99) {
		find_good(finding, "any, for --rt");
		return;
	}
	find_note(finding, "%llu at most, for --rt", (unsigned long long)limit.rlim_max);
	remedy_limit(finding, "rtprio 99");
}

void check_throttling(struct finding *finding)
{
	char line[32] = "";

	if (!read_line("/proc/sys/kernel/sched_rt_runtime_us", line, sizeof(line)) ||
	    !strcmp(line, "-1")) {
		find_good(finding, "real-time threads are not throttled");
		return;
	}
	find_note(finding, "real-time threads may run for %s us in a period", line);
	remedy(finding, "sysctl kernel.sched_rt_runtime_us=-1 (as root); leave CPUs to others");
}

void check_isolation(struct finding *finding)
{
	char line[256];

	if (read_line(CPUS "/isolated", line, sizeof(line))) {
		find_good(finding, "%.128s, for --cpu-affinity", line);
		return;
	}
	find_note(finding, "none");
	remedy(finding, "boot with isolcpus=, nohz_full= and rcu_nocbs=; see --cpu-affinity");
}

/* Of the first CPU that has one; a machine without frequency scaling has none. */
void check_governor(struct finding *finding)
{
	glob_t files = { 0 };
	char line[64] = "none";

	if (!glob(CPUS "/cpu*/cpufreq/scaling_governor", 0, NULL, &files))
		read_line(files.gl_pathv[0], line, sizeof(line));
	globfree(&files);
	if (!strcmp(line, "none") || !strcmp(line, "performance")) {
		find_good(finding, "%s", line);
		return;
	}
	find_note(finding, "%s: a CPU's frequency changes", line);
	remedy(finding, "echo performance | tee %s/cpu*/cpufreq/scaling_governor (as root)", CPUS);
}
