// SPDX-License-Identifier: GPL-2.0
/*
 * What becomes of a guest that has panicked (--on-panic). Each vCPU's thread gets the news from
 * KEEL_RUN, parks, and leaves the rest to the main thread, which can wait for the other threads.
 */

#include "config/config.h"
#include "config/options.h"
#include "config/table.h"
#include "control/events.h"
#include "life/alarm.h"
#include "life/lifecycle.h"
#include "life/panic.h"
#include "life/park.h"
#include "status.h"
#include "uapi/keel.h"
#include "vm/outcome.h"
#include "vm/vm.h"

/* What the user wants: a guest that is to boot again after a reset is let go on to its reset. */
static enum on_panic action(const struct vm *vm)
{
	if (vm->config->on_panic != ON_PANIC_AUTO)
		return vm->config->on_panic;
	return vm->config->on_reset == ON_RESET_RESTART ? ON_PANIC_REPORT : ON_PANIC_EXIT;
}

static void emit_panic(struct vm *vm)
{
	event_emit(vm, "panic", json_pack("{s:s}", "action", panic_kinds[action(vm)]));
}

static const char PANICKED[] = "the guest panicked";

/**
 * panic_reported() - KEEL_EXIT_PANIC, in a vCPU's thread.
 * @vm:   its VM
 * @what: KEEL_PVPANIC_*
 *
 * Return: whether the thread goes on.
 */
bool panic_reported(struct vm *vm, __u64 what)
{
	if (what & KEEL_PVPANIC_CRASH_LOADED) {
		warn_line("the guest crashed; its crash kernel takes over");
		event_emit(vm, "crash-kernel", NULL);
	}
	if (!(what & KEEL_PVPANIC_PANICKED))
		return true;
	if (action(vm) == ON_PANIC_EXIT) {
		emit_panic(vm);
		vm_end(vm, STATUS_PANIC, "%s", PANICKED);
		return false;
	}
	park_for_alarm(vm, ALARM_PANIC);
	return true;
}

/* panic_handle() - do what the user wants of a guest that has panicked; for the main thread */
void panic_handle(struct vm *vm)
{
	if (!park_takes_alarm(vm, ALARM_PANIC))
		return;
	emit_panic(vm);
	if (action(vm) == ON_PANIC_REPORT) {
		warn_line("%s, and goes on (--on-panic report)", PANICKED);
		lifecycle_go_past(vm);
		return;
	}
	if (action(vm) == ON_PANIC_DUMP)
		alarm_dump(vm, STATUS_PANIC, PANICKED);
	else
		alarm_pause(vm, STATUS_PANIC, PANICKED);
}
