// SPDX-License-Identifier: GPL-2.0
/*
 * The conditions of a measurement: of the host what latencies depend on, and nothing that says
 * whose it is. A kernel's command line has names of disks, of hosts and more: words that are
 * not known to be about time are only counted.
 */
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base.h"
#include "bench/conditions.h"
#include "bench/verdict.h"
#include "check/check.h"
#include "line.h"
#include "uapi/keel.h"
#include "uapi/keel_version.h"

#define CPUS	"/sys/devices/system/cpu"
#define CLOCK	"/sys/devices/system/clocksource/clocksource0"

/* ---- Files ---- */

static const struct {
	const char *key;
	const char *path;
} files[] = {
	{ "governor",		CPUS "/cpu0/cpufreq/scaling_governor" },
	{ "frequency_driver",	CPUS "/cpu0/cpufreq/scaling_driver" },
	{ "idle_driver",	CPUS "/cpuidle/current_driver" },
	{ "idle_governor",	CPUS "/cpuidle/current_governor" },
	{ "isolated",		CPUS "/isolated" },
	{ "nohz_full",		CPUS "/nohz_full" },
	{ "online",		CPUS "/online" },
	{ "smt",		CPUS "/smt/active" },
	{ "realtime_kernel",	"/sys/kernel/realtime" },
	{ "rt_runtime_us",	"/proc/sys/kernel/sched_rt_runtime_us" },
	{ "clock",		CLOCK "/current_clocksource" },
	{ "huge_pages",		"/sys/kernel/mm/transparent_hugepage/enabled" },
	{ "kvm.halt_poll_ns",	"/sys/module/kvm/parameters/halt_poll_ns" },
	{ "kvm_intel.enable_apicv", "/sys/module/kvm_intel/parameters/enable_apicv" },
	{ "kvm_intel.preemption_timer", "/sys/module/kvm_intel/parameters/preemption_timer" },
	{ "kvm_amd.avic",	"/sys/module/kvm_amd/parameters/avic" },
	{ "load_average",	"/proc/loadavg" },
	{ "module_version",	"/sys/module/keel/version" },
	{ "module_source",	"/sys/module/keel/srcversion" },
};

/* One that is not there, or empty, is null; the kernel writes "(null)" for a mask it has not. */
static json_t *line_of(const char *path)
{
	char line[256];

	if (!read_line(path, line, sizeof(line)) || !strcmp(line, "(null)"))
		return json_null();
	return json_string(line);
}

static json_t *files_json(void)
{
	json_t *json = json_object();
	size_t i;

	for (i = 0; i < ARRAY_SIZE(files); i++)
		json_object_set_new(json, files[i].key, line_of(files[i].path));
	return json;
}

/* ---- The kernel's command line ---- */

/* Beginnings of words */
static const char *const told[] = {
	"isolcpus=", "nohz=", "nohz_full=", "rcu_nocb", "rcutree.", "irqaffinity=", "idle=",
	"processor.", "intel_idle.", "intel_pstate", "amd_pstate", "cpufreq.", "cpuidle.",
	"mitigations=", "spectre", "spec_", "pti=", "nopti", "nospectre", "l1tf=", "mds=",
	"tsx", "retbleed=", "srbds=", "mmio_stale_data=", "kvm.", "kvm-intel.", "kvm_intel.",
	"kvm-amd.", "kvm_amd.", "keel.", "tsc=", "clocksource=", "hpet=", "highres=", "preempt=",
	"threadirqs", "skew_tick=", "nosmt", "maxcpus=", "nr_cpus=", "mce=", "nmi_watchdog=",
	"nowatchdog", "nosoftlockup", "softlockup", "hugepages", "hugepagesz=",
	"default_hugepagesz=", "transparent_hugepage=", "audit=", "lapic", "nolapic", "x2apic",
	"intel_iommu=", "amd_iommu=", "iommu=", "numa",
};

static bool is_told(const char *word)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(told); i++)
		if (!strncmp(word, told[i], strlen(told[i])))
			return true;
	return false;
}

static json_t *command_line_json(void)
{
	json_t *words = json_array();
	char line[4096] = "", *word, *rest = line;
	unsigned int others = 0;

	read_line("/proc/cmdline", line, sizeof(line));
	while ((word = strsep(&rest, " "))) {
		if (*word && is_told(word))
			json_array_append_new(words, json_string(word));
		else
			others += !!*word;
	}
	return json_pack("{s:o, s:i}", "words", words, "others", others);
}

/* ---- The CPU ---- */

/* A value of the first CPU in /proc/cpuinfo, by the name before the tabulators and the colon */
static json_t *cpuinfo(const char *name)
{
	FILE *file = fopen("/proc/cpuinfo", "re");
	json_t *found = NULL;
	char line[1024];
	const char *colon;

	while (file && !found && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = 0;
		colon = strstr(line, ": ");
		if (colon && strcspn(line, "\t:") == strlen(name) &&
		    !strncmp(line, name, strlen(name)))
			found = json_string(colon + 2);
	}
	if (file)
		fclose(file);
	return found ? found : json_null();
}

static json_t *cpu_json(unsigned int tsc_khz)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:i, s:i, s:b, s:b}",
			 "vendor", cpuinfo("vendor_id"), "family", cpuinfo("cpu family"),
			 "model", cpuinfo("model"), "name", cpuinfo("model name"),
			 "stepping", cpuinfo("stepping"), "microcode", cpuinfo("microcode"),
			 "number", (int)sysconf(_SC_NPROCESSORS_ONLN), "tsc_khz", (int)tsc_khz,
			 "hypervisor", cpu_has_hypervisor(),
			 "invariant_tsc", cpu_has_invariant_tsc());
}

static json_t *mitigations_json(void)
{
	json_t *json = json_object();
	glob_t found = { 0 };
	size_t i;

	if (!glob(CPUS "/vulnerabilities/*", 0, NULL, &found))
		for (i = 0; i < found.gl_pathc; i++)
			json_object_set_new(json, strrchr(found.gl_pathv[i], '/') + 1,
					    line_of(found.gl_pathv[i]));
	globfree(&found);
	return json;
}

/* ---- Keel ---- */

/* Without the remedies: they have the user's name. */
static json_t *checks_json(void)
{
	json_t *checks = check_findings(), *check;
	size_t i;

	json_array_foreach(checks, i, check)
		json_object_del(check, "remedy");
	return checks;
}

/* conditions_json() - all of them, as they are now */
json_t *conditions_json(unsigned int tsc_khz)
{
	struct utsname name;

	uname(&name);
	return json_pack("{s:{s:s, s:s}, s:o, s:o, s:o, s:o, s:{s:s, s:i}, s:o}",
			 "kernel", "release", name.release, "version", name.version,
			 "command_line", command_line_json(), "cpu", cpu_json(tsc_khz),
			 "mitigations", mitigations_json(), "host", files_json(),
			 "keel", "launcher", KEEL_VERSION, "abi", KEEL_ABI_VERSION,
			 "checks", checks_json());
}
