// SPDX-License-Identifier: GPL-2.0
/*
 * The end of a VM that the user asks for, by a request or a signal: the power button, and some time
 * for the guest to shut down. If it has not by then the VM ends all the same. A guest that sleeps
 * takes the button for a wake-up: it is pressed again.
 *
 * Any thread can ask; the main thread keeps the time.
 */
#include <jansson.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base.h"
#include "config/config.h"
#include "control/events.h"
#include "life/lifecycle.h"
#include "life/stop.h"
#include "status.h"
#include "uapi/keel.h"
#include "vm/input.h"
#include "vm/outcome.h"
#include "vm/vm.h"

#define PRESS_AGAIN_MS	2000

static atomic_llong due;	/* ms; 0: the guest has not been asked */
static atomic_llong again;	/* ms: the button's next press; 0: there is none */
static atomic_uint given;	/* seconds */
static int asked_by;		/* a signal, or 0; of the main thread */

/**
 * press_button() - of the ACPI hardware.
 * @vm:     whose
 * @button: KEEL_INPUT_POWER_BUTTON, _SLEEP_BUTTON or _GPE
 * @value:  which GPE, or 0
 *
 * Return: NULL, or why not.
 */
const char *press_button(struct vm *vm, __u32 button, __u64 value)
{
	return vm_input(vm, KEEL_CLASS_PM, button, value) ? NULL : "the VM has no ACPI hardware";
}

/* A guest that is paused would not notice. */
static const char *ask(struct vm *vm, unsigned int seconds, const char *by)
{
	bool asleep = lifecycle_is_asleep(vm);

	if (press_button(vm, KEEL_INPUT_POWER_BUTTON, 0))
		return "the VM has no power button (--no-pm): only --force ends it";
	lifecycle_resume(vm);
	atomic_store(&given, seconds);
	atomic_store(&again, asleep ? now_ms() + PRESS_AGAIN_MS : 0);
	atomic_store(&due, now_ms() + 1000LL * seconds);
	event_emit(vm, "stopping", json_pack("{s:i, s:s}", "seconds", seconds, "by", by));
	vm_wake_main(vm);
	return NULL;
}

/**
 * stop_ask() - the user's request.
 * @vm:      to be stopped
 * @seconds: for the guest to shut down; 0: the VM ends at once
 *
 * Return: NULL, or why not.
 */
const char *stop_ask(struct vm *vm, unsigned int seconds)
{
	if (seconds)
		return ask(vm, seconds, "user");
	vm_end(vm, STATUS_QUIT, "%s", "");
	return NULL;
}

/**
 * stop_by_signal() - a signal asks for the end; for the main thread.
 * @vm:     whose
 * @signal: which
 *
 * Return: whether the guest has time; if not, the end is now.
 */
bool stop_by_signal(struct vm *vm, int signal)
{
	unsigned int seconds = vm->config->grace.seconds;

	if (asked_by || !seconds || signal == SIGQUIT || ask(vm, seconds, "signal"))
		return false;
	asked_by = signal;
	warn_line("%s: the guest has %u s to shut down; a second one ends it now",
		  strsignal(signal), seconds);
	return true;
}

/* stop_is_asked() - is the guest to shut down? */
bool stop_is_asked(void)
{
	return atomic_load(&due);
}

static long long left_until(long long time)
{
	long long left = time - now_ms();

	return left > 0 ? left : 0;
}

/* stop_time_left() - until there is something to be done, ms; -1: the guest has not been asked */
int stop_time_left(void)
{
	long long end = atomic_load(&due), press = atomic_load(&again);

	if (!end)
		return -1;
	return left_until(press && press < end ? press : end);
}

static void press_again(struct vm *vm)
{
	long long press = atomic_load(&again);

	if (!press || left_until(press))
		return;
	press_button(vm, KEEL_INPUT_POWER_BUTTON, 0);
	atomic_store(&again, now_ms() + PRESS_AGAIN_MS);
}

/* stop_when_due() - end the VM if the guest has had its time; returns the signal that asked */
int stop_when_due(struct vm *vm)
{
	press_again(vm);
	if (!stop_is_asked() || left_until(atomic_load(&due)))
		return 0;
	if (!asked_by)
		vm_end(vm, STATUS_QUIT, "the guest has not shut down in %u s",
		       atomic_load(&given));
	return asked_by;
}
