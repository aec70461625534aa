// SPDX-License-Identifier: GPL-2.0
/*
 * keel check: the table of checks, and what it prints. A check that is bad names the first thing in
 * the way; what follows from it, later checks may name as well.
 */
#include <stdio.h>
#include <string.h>

#include "check/check.h"
#include "check/checks.h"
#include "check/finding.h"
#include "config/json.h"
#include "uapi/keel_version.h"

struct check {
	const char *name;
	void (*run)(struct finding *finding);
};

static const struct check usual[] = {
	{ "kernel",		check_kernel },
	{ "CPU",		check_cpu },
	{ "/dev/kvm",		check_kvm },
	{ "Secure Boot",	check_secure_boot },
	{ "module",		check_module },
	{ "/dev/keel",		check_keel },
	{ "versions",		check_versions },
	{ "/dev/vhost-net",	check_vhost_net },
	{ "/dev/net/tun",	check_tun },
	{ "/dev/vhost-vsock",	check_vhost_vsock },
	{ "sandbox",		check_sandbox },
	{ "descriptors",	check_descriptors },
	{ "locked memory",	check_memlock },
};

/* With --rt */
static const struct check realtime[] = {
	{ "preemption",		check_preemption },
	{ "priority",		check_priority },
	{ "throttling",		check_throttling },
	{ "isolated CPUs",	check_isolation },
	{ "governor",		check_governor },
};

static const char *const outcomes[] = {
	[OUTCOME_GOOD] = "good", [OUTCOME_NOTE] = "note", [OUTCOME_BAD] = "bad",
};

static void print_line(const char *name, const struct finding *finding)
{
	printf("%-4s  %-16s  %s\n", outcomes[finding->outcome], name, finding->text);
	if (finding->outcome != OUTCOME_GOOD)
		printf("%24s%s\n", "", finding->remedy);
}

static json_t *finding_json(const char *name, const struct finding *finding)
{
	json_t *object = json_pack("{s:s, s:s, s:s}", "check", name, "outcome",
				   outcomes[finding->outcome], "text", finding->text);

	if (finding->outcome != OUTCOME_GOOD)
		json_object_set_new(object, "remedy", json_string(finding->remedy));
	return object;
}

/**
 * struct report - what the checks have found so far.
 * @status: of the first that is bad, or 0
 * @list:   of JSON objects; NULL: lines are printed
 */
struct report {
	enum status status;
	json_t *list;
};

static void run_checks(struct report *report, const struct check *checks, size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++) {
		struct finding finding = { OUTCOME_GOOD };

		checks[i].run(&finding);
		if (finding.outcome == OUTCOME_BAD && !report->status)
			report->status = finding.status;
		if (report->list)
			json_array_append_new(report->list, finding_json(checks[i].name, &finding));
		else
			print_line(checks[i].name, &finding);
	}
}

static void print_verdict(const struct report *report)
{
	if (report->status)
		printf("\nNo VM can run here: begin with the first line that is bad.\n");
	else
		printf("\nA VM can run here.\n");
}

static void print_json(const struct report *report)
{
	json_t *root = json_pack("{s:b, s:s, s:s, s:O}", "can_run", !report->status,
				 "first_kernel", KEEL_KERNEL_FIRST, "last_kernel", KEEL_KERNEL_LAST,
				 "checks", report->list);

	json_dumpf(root, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(root);
}

/* check_findings() - what all checks of keel check --rt find, as --json has it */
json_t *check_findings(void)
{
	struct report report = { .list = json_array() };

	run_checks(&report, usual, ARRAY_SIZE(usual));
	run_checks(&report, realtime, ARRAY_SIZE(realtime));
	return report.list;
}

/* command_check() - keel check [--rt] [--json]; keel run's status if no VM can run, or 0 */
int command_check(int argc, char **argv)
{
	struct report report = { STATUS_POWEROFF };
	bool rt = false;
	int i;

	for (i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--rt"))
			rt = true;
		else if (!strcmp(argv[i], "--json"))
			report.list = json_array();
		else
			die(STATUS_USAGE, "keel check: what is \"%.40s\"? allowed: --rt, --json",
			    argv[i]);
	}
	run_checks(&report, usual, ARRAY_SIZE(usual));
	if (rt)
		run_checks(&report, realtime, ARRAY_SIZE(realtime));
	if (report.list)
		print_json(&report);
	else
		print_verdict(&report);
	return report.status;
}
