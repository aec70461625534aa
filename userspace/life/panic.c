// SPDX-License-Identifier: GPL-2.0
/*
 * What becomes of a guest that has panicked (--on-panic). Each vCPU's thread gets the news from
 * KEEL_RUN, parks, and leaves the rest to the main thread, which can wait for the other threads.
 */

#include "config/config.h"
#include "config/options.h"
#include "config/table.h"
#include "control/events.h"
#include "life/dump.h"
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

static void tell_paused(const struct vm *vm)
{
	if (vm->control)
		warn_line("the guest panicked, and is paused; \"keel ctl %s resume\" lets it go on",
			  config_handle(vm->config));
	else
		warn_line("the guest panicked, and is paused");
}

static void dump(struct vm *vm)
{
	const char *path = dump_name(vm), *error = lifecycle_dump(vm, dump_begin());

	if (error) {
		vm_end(vm, STATUS_PANIC, "the guest panicked; no dump in %.60s: %s", path, error);
		return;
	}
	dump_end(vm);
	vm_end(vm, STATUS_PANIC, "the guest panicked; its memory is in %.100s", path);
}

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
		vm_end(vm, STATUS_PANIC, "the guest panicked");
		return false;
	}
	park_for_panic(vm);
	return true;
}

/* panic_handle() - do what the user wants of a guest that has panicked; for the main thread */
void panic_handle(struct vm *vm)
{
	const char *error;

	if (!park_takes_panic(vm))
		return;
	emit_panic(vm);
	if (action(vm) == ON_PANIC_REPORT) {
		warn_line("the guest panicked, and goes on (--on-panic report)");
		lifecycle_go_past(vm);
		return;
	}
	error = lifecycle_pause(vm);
	if (error)
		vm_end(vm, STATUS_PANIC, "the guest panicked, and cannot be paused: %s", error);
	else if (action(vm) == ON_PANIC_DUMP)
		dump(vm);
	else
		tell_paused(vm);
}
