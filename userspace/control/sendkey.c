// SPDX-License-Identifier: GPL-2.0
/*
 * Keys that are pressed together by a request, "ctrl-alt-delete": all go down in this order, and
 * come up in the opposite one.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base.h"
#include "config/table.h"
#include "config/words.h"
#include "control/input.h"
#include "control/input_line.h"
#include "control/sendkey.h"
#include "life/lifecycle.h"
#include "uapi/keel.h"
#include "vm/vm.h"

#define KEYS_MAX	4	/* the keyboard's buffer has room for what these send */
#define KEY_NAME_MAX	24
#define PATIENCE_MS	1000	/* with a guest that does not read its keyboard */
#define RETRY_NS	2000000

static const struct {
	const char *name;
	const char *code;
} short_names[] = {
	{ "ctrl", "LEFTCTRL" }, { "alt", "LEFTALT" }, { "shift", "LEFTSHIFT" },
	{ "meta", "LEFTMETA" }, { "super", "LEFTMETA" }, { "del", "DELETE" }, { "ret", "ENTER" },
	{ "return", "ENTER" }, { "escape", "ESC" }, { "spc", "SPACE" }, { "pgup", "PAGEUP" },
	{ "pgdn", "PAGEDOWN" }, { "print", "SYSRQ" },
};

/* "a" and "KEY_A" are KEY_A. */
static bool key_of(const char *word, struct keel_input *event)
{
	char name[KEY_NAME_MAX + 1];
	struct input_line line = { 0 };
	size_t i;

	if (!*word || strlen(word) > KEY_NAME_MAX)
		return false;
	for (i = 0; i < ARRAY_SIZE(short_names); i++)
		if (!strcasecmp(word, short_names[i].name))
			word = short_names[i].code;
	for (i = 0; word[i]; i++)
		name[i] = toupper((unsigned char)word[i]);
	name[i] = 0;
	line.used = snprintf(line.text, sizeof(line.text), "key %s%s 1",
			     strncmp(name, "KEY_", 4) ? "KEY_" : "", name);
	return !input_line_parse(&line, event) && event->class == KEEL_CLASS_I8042;
}

/* How many, or 0: @wrong is no key, or one too many. */
static unsigned int parse(char *names, struct keel_input events[KEYS_MAX], const char **wrong)
{
	unsigned int nr = 0;
	char *rest = names;

	while ((*wrong = strsep(&rest, "-"))) {
		if (nr == KEYS_MAX || !key_of(*wrong, &events[nr]))
			return 0;
		nr++;
	}
	return nr;
}

/* Waits for room in the keyboard's buffer. A key does not stay down for want of it. */
static int send_one(const struct vm *vm, struct keel_input event, bool down, long long until)
{
	const struct timespec pause = { .tv_nsec = RETRY_NS };
	int error;

	if (!down)
		event.value &= ~KEEL_INPUT_PRESSED;
	event.value |= KEEL_INPUT_TRY;
	while ((error = input_event(vm, &event)) == EAGAIN && now_ms() < until)
		nanosleep(&pause, NULL);
	if (error == EAGAIN && !down) {
		event.value &= ~KEEL_INPUT_TRY;
		input_event(vm, &event);
	}
	return error;
}

/* An error number. What has gone down comes up again. */
static int send_all(const struct vm *vm, const struct keel_input *events, unsigned int nr)
{
	long long until = now_ms() + PATIENCE_MS;
	unsigned int down = 0;
	int error = 0, up;

	while (down < nr && !error) {
		error = send_one(vm, events[down], true, until);
		down += !error;
	}
	while (down--) {
		up = send_one(vm, events[down], false, until);
		error = error ? error : up;
	}
	return error;
}

/**
 * keys_send() - press keys together, and let go of them.
 * @vm:      whose keyboard
 * @names:   with "-" between them
 * @mistake: out: it is the request that is wrong
 *
 * Return: NULL, or why not.
 */
const char *keys_send(struct vm *vm, const char *names, bool *mistake)
{
	static struct complaint complaint;	/* of the control socket's thread */
	struct keel_input events[KEYS_MAX];
	char copy[KEYS_MAX * (KEY_NAME_MAX + 1) + 1];
	const char *wrong;
	unsigned int nr;

	*mistake = true;
	if (strlen(names) >= sizeof(copy))
		return "four keys at most";
	strcpy(copy, names);
	nr = parse(copy, events, &wrong);
	if (!nr) {
		complain(&complaint,
			 "\"%s\" is no key, or one too many: as ctrl-alt-delete, a, f1, KEY_A",
			 wrong);
		return complaint.text;
	}
	*mistake = false;
	if (lifecycle_is_paused(vm))
		return "the VM is paused";
	switch (send_all(vm, events, nr)) {
	case 0:
		return NULL;
	case EAGAIN:
		return "the guest does not read its keyboard";
	case EINVAL:
		*mistake = true;
		return "a PC's keyboard has no such key";
	default:
		return "the VM has no keyboard";
	}
}
