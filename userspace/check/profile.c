// SPDX-License-Identifier: GPL-2.0
/*
 * keel run --rt-profile: what the real-time guide has a user set by hand, as far as this host and
 * the user's rights go. What the user has set stays; what is lacking is said, with what to type.
 */
#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "check/checks.h"
#include "check/finding.h"
#include "check/profile.h"
#include "check/rights.h"
#include "config/config.h"
#include "config/cpu.h"
#include "line.h"
#include "status.h"
#include "vm/pages.h"

#define VCPU_RT		"fifo:50"
#define SERVER_RT	"fifo:10"
#define HALT_POLL	"1000"		/* the period of a tick of 1 kHz */
#define NR_HUGE		"/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages"
#define LAUNCHER	(16 * MIB)	/* locked as well, and more than it is */

/* What the host's administrator sets once */
static const struct {
	const char *name;
	void (*run)(struct finding *finding);
} of_host[] = {
	{ "preemption",		check_preemption },
	{ "throttling",		check_throttling },
	{ "isolated CPUs",	check_isolation },
	{ "governor",		check_governor },
};

static void tell(const char *name, const struct finding *finding)
{
	if (finding->outcome != OUTCOME_GOOD)
		warn_line("--rt-profile: %s: %s: %s", name, finding->text, finding->remedy);
}

/* As if the user had said it; the words here are good ones. */
static void give(const struct value_type *type, void *field, const char *text)
{
	struct complaint complaint;

	if (!type->parse(text, field, &complaint))
		die(STATUS_INTERNAL, "--rt-profile: %s", complaint.text);
}

/* ---- CPUs ---- */

/**
 * struct placing - which CPUs vCPUs get, one for each.
 * @usual:   the CPUs of the process
 * @rest:    those of them that are left for all else
 * @chosen:  the vCPUs'
 * @missing: vCPUs without one
 */
struct placing {
	cpu_set_t usual;
	cpu_set_t rest;
	cpu_set_t chosen;
	unsigned int missing;
};

/* An isolated CPU is none of the process' until the process asks for it. */
static bool may_use(const struct placing *placing, unsigned int cpu)
{
	cpu_set_t set;
	bool fine;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	fine = !sched_setaffinity(0, sizeof(set), &set);
	sched_setaffinity(0, sizeof(placing->usual), &placing->usual);
	return fine;
}

static void choose(struct placing *placing, unsigned int cpu)
{
	if (!placing->missing || CPU_ISSET(cpu, &placing->chosen) || !may_use(placing, cpu))
		return;
	CPU_SET(cpu, &placing->chosen);
	CPU_CLR(cpu, &placing->rest);
	placing->missing--;
}

/* Isolated CPUs, and then the last ones of the others, of which one is left. */
static void place(struct placing *placing)
{
	struct cpu_list isolated = { 0 };
	char line[256];
	unsigned int i;

	if (read_line("/sys/devices/system/cpu/isolated", line, sizeof(line)))
		give(&cpu_list_type, &isolated, line);
	for (i = 0; i < isolated.nr; i++)
		choose(placing, isolated.cpus[i]);
	for (i = CPU_LIST_MAX; i-- && CPU_COUNT(&placing->rest) > 1;)
		if (CPU_ISSET(i, &placing->rest))
			choose(placing, i);
}

static void give_set(struct cpu_list *list, const cpu_set_t *set)
{
	char text[1024];

	cpu_set_print(set, text, sizeof(text));
	give(&cpu_list_type, list, text);
}

/* Returns whether each vCPU has a CPU that nothing else needs. */
static bool place_threads(struct config *config)
{
	struct cpu_list *vcpus = &config->vcpu_threads.affinity;
	struct cpu_list *servers = &config->server_threads.affinity;
	struct placing placing = { .missing = config->cpus };
	struct finding finding;
	unsigned int i;

	sched_getaffinity(0, sizeof(placing.usual), &placing.usual);
	placing.rest = placing.usual;
	if (vcpus->text) {
		for (i = 0; i < vcpus->nr; i++)
			CPU_CLR(vcpus->cpus[i], &placing.rest);
	} else {
		place(&placing);
		if (placing.missing) {
			find_note(&finding, "%u more are needed, for each vCPU and all else",
				  placing.missing);
			remedy(&finding, "fewer --cpus; no thread is real-time now");
			tell("CPUs", &finding);
			return false;
		}
		give_set(vcpus, &placing.chosen);
	}
	if (!servers->text && CPU_COUNT(&placing.rest))
		give_set(servers, &placing.rest);
	return true;
}

/* ---- Priorities ---- */

static bool may_run(const struct realtime *rt)
{
	const struct sched_param wanted = { .sched_priority = rt->priority };
	int policy = sched_getscheduler(0);
	struct sched_param usual;

	if (policy < 0 || sched_getparam(0, &usual) || sched_setscheduler(0, rt->policy, &wanted))
		return false;
	sched_setscheduler(0, policy, &usual);
	return true;
}

static void prioritize(struct schedule *schedule, const char *text, const char *option)
{
	struct finding finding;
	struct realtime rt;

	if (schedule->rt.text || schedule->nice.text)
		return;
	give(&realtime_type, &rt, text);
	if (may_run(&rt)) {
		schedule->rt = rt;
		return;
	}
	find_note(&finding, "%s: %s", text, strerror(errno));
	remedy(&finding, "\"ulimit -r %d\" or LimitRTPRIO=%d", rt.priority, rt.priority);
	tell(option, &finding);
}

/* ---- Memory ---- */

static void choose_pages(struct config *config)
{
	struct finding finding;

	if (config->hugepages == HUGEPAGES_NONE)
		config->hugepages = pages_huge(config->memory);
	if (config->hugepages != HUGEPAGES_NONE)
		return;
	find_note(&finding, "too few are free");
	remedy(&finding, "echo %llu >%s (as root)", config->memory / (2 * MIB), NR_HUGE);
	tell("huge pages", &finding);
}

static void choose_lock(struct config *config)
{
	struct rlimit limit = { 0 };
	struct finding finding;

	getrlimit(RLIMIT_MEMLOCK, &limit);
	if (!geteuid() || limit.rlim_cur == RLIM_INFINITY ||
	    limit.rlim_cur >= config->memory + LAUNCHER)
		config->mlock = true;
	if (config->mlock)
		return;
	find_note(&finding, "%llu MiB may be locked", (unsigned long long)limit.rlim_cur / MIB);
	remedy(&finding, "\"ulimit -l unlimited\" or LimitMEMLOCK=infinity");
	tell("--mlock", &finding);
}

/* What was chosen, as options that would do the same. */
static void tell_choice(const struct config *config)
{
	static const char *const pages[] = {
		[HUGEPAGES_NONE] = "", [HUGEPAGES_2M] = " --hugepages=2M",
		[HUGEPAGES_1G] = " --hugepages=1G",
	};
	const struct schedule *vcpus = &config->vcpu_threads, *servers = &config->server_threads;

	warn_line("--rt-profile:%s%s%s%s%s%s%s%s%s%s --halt-poll %u",
		  vcpus->affinity.text ? " --cpu-affinity " : "",
		  vcpus->affinity.text ? vcpus->affinity.text : "",
		  vcpus->rt.text ? " --rt " : "", vcpus->rt.text ? vcpus->rt.text : "",
		  servers->affinity.text ? " --server-affinity " : "",
		  servers->affinity.text ? servers->affinity.text : "",
		  servers->rt.text ? " --server-rt " : "", servers->rt.text ? servers->rt.text : "",
		  pages[config->hugepages], config->mlock ? " --mlock" : "",
		  config->halt_poll.us);
}

/**
 * profile_apply() - set what makes a guest's times short and even; say what is lacking for it.
 * @config: what the user has set; gets the rest
 */
void profile_apply(struct config *config)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(of_host); i++) {
		struct finding finding = { OUTCOME_GOOD };

		of_host[i].run(&finding);
		tell(of_host[i].name, &finding);
	}
	if (place_threads(config)) {
		prioritize(&config->vcpu_threads, VCPU_RT, "--rt");
		prioritize(&config->server_threads, SERVER_RT, "--server-rt");
	}
	choose_pages(config);
	choose_lock(config);
	if (!config->halt_poll.given)
		give(&halt_poll_type, &config->halt_poll, HALT_POLL);
	tell_choice(config);
}
