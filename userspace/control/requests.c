// SPDX-License-Identifier: GPL-2.0
/*
 * What clients of the control socket can ask for. The functions return NULL, or what is wrong,
 * which is the client's mistake unless they say otherwise in the answer.
 */
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base.h"
#include "config/config.h"
#include "config/guid.h"
#include "config/table.h"
#include "config/words.h"
#include "control/battery.h"
#include "control/events.h"
#include "control/inspect.h"
#include "control/latency.h"
#include "control/metrics.h"
#include "control/requests.h"
#include "control/sendkey.h"
#include "control/stats.h"
#include "life/lifecycle.h"
#include "life/park.h"
#include "life/slots.h"
#include "life/stop.h"
#include "screen/picture.h"
#include "uapi/keel.h"
#include "vm/input.h"
#include "vm/vm.h"

#define DEFAULT_GRACE	30	/* seconds */
#define LAST_LINE	23	/* of those to an interrupt controller */
#define CASCADE		2	/* the 8259s', which is none of them */

static const char *do_pause(struct vm *vm, const char *argument, struct answer *answer)
{
	(void)argument;
	(void)answer;
	return lifecycle_pause(vm);
}

static const char *do_resume(struct vm *vm, const char *argument, struct answer *answer)
{
	(void)argument;
	(void)answer;
	return lifecycle_resume(vm);
}

static const char *do_reset(struct vm *vm, const char *argument, struct answer *answer)
{
	(void)argument;
	(void)answer;
	return lifecycle_reset(vm, "user");
}

/* A guest that is paused as well wakes when it is resumed. */
static const char *do_wake(struct vm *vm, const char *argument, struct answer *answer)
{
	(void)argument;
	answer->kind = STATE;
	if (!lifecycle_is_asleep(vm))
		return "the guest does not sleep";
	return press_button(vm, KEEL_INPUT_GPE, KEEL_PM_GPE_WAKE);
}

/* A descriptor's file is as good as a new one: what was there is gone. */
static const char *file_empty(int fd)
{
	struct stat status;

	if (fstat(fd, &status) || !S_ISREG(status.st_mode))
		return "a descriptor of a regular file is wanted";
	if ((fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDONLY || lseek(fd, 0, SEEK_SET) ||
	    ftruncate(fd, 0))
		return "a descriptor that can be written is wanted";
	return NULL;
}

static const char *save_to(struct vm *vm, int fd, struct answer *answer)
{
	const char *error = file_empty(fd);

	if (error)
		return error;
	answer->kind = FAILURE;
	return lifecycle_save_to(vm, fd);
}

/* Could there be a file? */
static bool is_place(const char *path)
{
	const char *slash = strrchr(path, '/');
	struct stat st;
	char *folder;
	bool can;

	if (!stat(path, &st) && S_ISDIR(st.st_mode))
		return false;
	folder = strndup(path, slash - path + 1);
	can = folder && !access(folder, W_OK | X_OK);
	free(folder);
	return can;
}

static const char *do_save(struct vm *vm, const char *argument, struct answer *answer)
{
	int fd = answer->passed;
	const char *error;

	if (!*argument && fd >= 0)
		return save_to(vm, fd, answer);
	if (argument[0] != '/')
		return "save wants an absolute path, or a descriptor";
	if (vm->config->sandbox != SANDBOX_OFF)
		return "the sandbox opens no file: send a descriptor, as keel save does";
	error = lifecycle_save(vm, argument);
	answer->kind = error && is_place(argument) ? FAILURE : MISTAKE;
	return error;
}

static const char *do_dump(struct vm *vm, const char *argument, struct answer *answer)
{
	int fd = answer->passed;
	const char *error;

	if (*argument || fd < 0)
		return "dump wants the descriptor of a file, as keel dump sends it";
	error = file_empty(fd);
	if (error)
		return error;
	answer->kind = FAILURE;
	error = lifecycle_dump(vm, fd);
	if (!error)
		event_emit(vm, "dumped", NULL);
	return error;
}

static const char *do_stats(struct vm *vm, const char *argument, struct answer *answer)
{
	if (*argument && strcmp(argument, "--json"))
		return "stats knows only --json";
	answer->body = stats_text(vm, *argument ? STATS_JSON : STATS_TABLE);
	answer->kind = FAILURE;
	return answer->body ? NULL : "the counters cannot be read";
}

static const char *do_latency(struct vm *vm, const char *argument, struct answer *answer)
{
	bool json = !strcmp(argument, "--json");

	if (*argument && !json)
		return latency_switch(vm, argument);
	answer->body = latency_text(vm, json ? STATS_JSON : STATS_TABLE);
	answer->kind = FAILURE;
	return answer->body ? NULL : "the latencies cannot be read";
}

static const char *do_metrics(struct vm *vm, const char *argument, struct answer *answer)
{
	(void)argument;
	answer->body = metrics_text(vm);
	answer->kind = FAILURE;
	return answer->body ? NULL : "the counters cannot be read";
}

static const char *do_inspect(struct vm *vm, const char *argument, struct answer *answer)
{
	enum stats_kind kind = STATS_TABLE;
	const char *rest = argument;

	if (!strncmp(rest, "--json", 6) && (!rest[6] || rest[6] == ' ')) {
		kind = STATS_JSON;
		rest += rest[6] ? 7 : 6;
	}
	return inspect_text(vm, kind, *rest ? rest : NULL, &answer->body);
}

static const char *do_screen(struct vm *vm, const char *argument, struct answer *answer)
{
	if (*argument && strcmp(argument, "--json"))
		return "screen knows only --json";
	answer->kind = STATE;
	return picture_text(vm, *argument, &answer->body);
}

static const char *state_of(struct vm *vm)
{
	if (lifecycle_is_paused(vm))
		return "paused";
	if (stop_is_asked())
		return "stopping";
	return lifecycle_is_asleep(vm) ? "asleep" : "running";
}

static const char *do_status(struct vm *vm, const char *argument, struct answer *answer)
{
	char generation[GUID_TEXT];
	json_t *all;
	char *text;

	(void)argument;
	guid_print(&vm->config->generation.id, generation);
	all = json_pack("{s:s, s:s?, s:i, s:I, s:i, s:I, s:b, s:b, s:b, s:s}",
			"state", state_of(vm), "name", vm->config->name,
			"cpus", vm->config->cpus, "memory", (json_int_t)vm->memory.size,
			"pid", getpid(), "seconds",
			(json_int_t)(now_ms() - vm->since) / 1000,
			"full", park_has_full_disk(vm),
			"panic", park_has_alarm(vm, ALARM_PANIC),
			"watchdog", park_has_alarm(vm, ALARM_WATCHDOG), "generation", generation);
	text = json_dumps(all, 0);
	json_decref(all);
	answer->kind = FAILURE;
	if (!text || asprintf(&answer->body, "%s\n", text) < 0)
		answer->body = NULL;
	free(text);
	return answer->body ? NULL : "out of memory";
}

static const char *do_stop(struct vm *vm, const char *argument, struct answer *answer)
{
	struct complaint complaint;
	__u64 seconds = DEFAULT_GRACE;

	if (*argument && !number_parse(argument, 0, GRACE_MAX, &seconds, &complaint))
		return "stop wants a number of seconds, from 0 to 86400";
	answer->kind = STATE;
	return stop_ask(vm, seconds);
}

static const char *do_quit(struct vm *vm, const char *argument, struct answer *answer)
{
	(void)argument;
	(void)answer;
	return stop_ask(vm, 0);
}

static const char *do_power_button(struct vm *vm, const char *argument, struct answer *answer)
{
	(void)argument;
	answer->kind = STATE;
	return press_button(vm, KEEL_INPUT_POWER_BUTTON, 0);
}

static const char *do_sleep_button(struct vm *vm, const char *argument, struct answer *answer)
{
	(void)argument;
	answer->kind = STATE;
	return press_button(vm, KEEL_INPUT_SLEEP_BUTTON, 0);
}

static const char *do_gpe(struct vm *vm, const char *argument, struct answer *answer)
{
	unsigned long gpe;
	char *end;

	gpe = strtoul(argument, &end, 10);
	if (*argument < '0' || *argument > '9' || *end || gpe >= KEEL_PM_NR_GPES)
		return "gpe wants a number from 0 to 15";
	answer->kind = STATE;
	return press_button(vm, KEEL_INPUT_GPE, gpe);
}

static const char *do_pulse(struct vm *vm, const char *argument, struct answer *answer)
{
	struct complaint complaint;
	__u64 line;

	if (!number_parse(argument, 0, LAST_LINE, &line, &complaint) || line == CASCADE)
		return "pulse wants a line: 0 to 23, but not 2";
	answer->kind = STATE;
	return vm_pulse(vm, line);
}

static const char *do_battery(struct vm *vm, const char *argument, struct answer *answer)
{
	const char *error;
	bool mistake;

	error = battery_change(vm, argument, &mistake);
	answer->kind = mistake ? MISTAKE : STATE;
	return error;
}

static const char *do_nmi(struct vm *vm, const char *argument, struct answer *answer)
{
	struct complaint complaint;
	__u64 cpu = 0;

	if (*argument && !number_parse(argument, 0, vm->config->cpus - 1, &cpu, &complaint))
		return "the VM has no such CPU";
	answer->kind = FAILURE;
	return lifecycle_nmi(vm, cpu);
}

static const char *do_sendkey(struct vm *vm, const char *argument, struct answer *answer)
{
	const char *error;
	bool mistake;

	error = keys_send(vm, argument, &mistake);
	answer->kind = mistake ? MISTAKE : STATE;
	return error;
}

static const char *do_attach(struct vm *vm, const char *argument, struct answer *answer)
{
	static const char DISK[] = "disk ";

	answer->kind = STATE;
	if (!strncmp(argument, DISK, strlen(DISK)))
		return slots_attach_disk(vm, argument + strlen(DISK), answer->passed,
					 &answer->body);
	return slots_attach(vm, argument);
}

static const char *do_detach(struct vm *vm, const char *argument, struct answer *answer)
{
	const char *space = strchrnul(argument, ' ');
	char name[16];

	if (*space && strcmp(space, " --force"))
		return "detach wants a device, and knows only --force";
	snprintf(name, sizeof(name), "%.*s", (int)(space - argument), argument);
	answer->kind = STATE;
	return slots_detach(vm, name, *space);
}

static const char *do_slots(struct vm *vm, const char *argument, struct answer *answer)
{
	(void)argument;
	answer->kind = FAILURE;
	answer->body = slots_text(vm);
	return answer->body ? NULL : "out of memory";
}

static const struct {
	const char *name;
	bool argument;
	const char *(*function)(struct vm *vm, const char *argument, struct answer *answer);
} requests[] = {
	{ "pause",	  false, do_pause },
	{ "resume",	  false, do_resume },
	{ "reset",	  false, do_reset },
	{ "wake",	  false, do_wake },
	{ "save",	  true,  do_save },
	{ "dump",	  true,  do_dump },
	{ "stats",	  true,  do_stats },
	{ "latency",	  true,  do_latency },
	{ "metrics",	  false, do_metrics },
	{ "inspect",	  true,  do_inspect },
	{ "screen",	  true,  do_screen },
	{ "status",	  false, do_status },
	{ "stop",	  true,  do_stop },
	{ "quit",	  false, do_quit },
	{ "power-button", false, do_power_button },
	{ "sleep-button", false, do_sleep_button },
	{ "gpe",	  true,  do_gpe },
	{ "pulse",	  true,  do_pulse },
	{ "battery",	  true,  do_battery },
	{ "nmi",	  true,  do_nmi },
	{ "sendkey",	  true,  do_sendkey },
	{ "attach",	  true,  do_attach },
	{ "detach",	  true,  do_detach },
	{ "slots",	  false, do_slots },
};

/* Names a request that was perhaps meant. A terminal may show the word: only if it is plain. */
static const char *no_such_request(const char *word)
{
	static struct complaint complaint;	/* of the only thread that asks */
	const char *names[ARRAY_SIZE(requests) + 1] = { "events" };
	const struct words words = { names, ARRAY_SIZE(names) };
	const char *near;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(requests); i++)
		names[i + 1] = requests[i].name;
	near = words_nearest(word, &words);
	if (!near)
		return "no such request";
	complain(&complaint, "no such request; did you mean \"%s\"?", near);
	return complaint.text;
}

/**
 * request_do() - do what a line asks for.
 * @vm:     which it asks for
 * @line:   the request; it is changed
 * @answer: its @passed is set; the rest is the result
 *
 * Return: NULL, or what is wrong.
 */
const char *request_do(struct vm *vm, char *line, struct answer *answer)
{
	char *argument = line + strcspn(line, " ");
	const char *error;
	size_t i;

	if (*argument)
		*argument++ = 0;
	for (i = 0; i < ARRAY_SIZE(requests); i++) {
		if (strcmp(line, requests[i].name))
			continue;
		if (*argument && !requests[i].argument)
			return "this request takes no argument";
		error = requests[i].function(vm, argument, answer);
		if (lifecycle_is_state(error))
			answer->kind = STATE;
		return error;
	}
	return no_such_request(line);
}
