// SPDX-License-Identifier: GPL-2.0
/*
 * What becomes of a guest that has panicked (--on-panic). Each vCPU's thread gets the news from
 * KEEL_RUN, parks, and leaves the rest to the main thread, which can wait for the other threads.
 */
#include <stdio.h>
#include <unistd.h>

#include "config/config.h"
#include "config/table.h"
#include "control/events.h"
#include "life/lifecycle.h"
#include "life/panic.h"
#include "status.h"
#include "uapi/keel.h"
#include "vm/outcome.h"
#include "vm/vm.h"

static void emit_panic(struct vm *vm)
{
	static const char *const actions[] = {
		[ON_PANIC_EXIT] = "exit", [ON_PANIC_PAUSE] = "pause", [ON_PANIC_DUMP] = "dump",
	};

	event_emit(vm, "panic", json_pack("{s:s}", "action", actions[vm->config->on_panic]));
}

static void tell_paused(const struct vm *vm)
{
	if (vm->control)
		warn_line("the guest panicked, and is paused; \"keel ctl %s resume\" lets it go on",
			  vm->config->control);
	else
		warn_line("the guest panicked, and is paused");
}

static void dump(struct vm *vm)
{
	char own[32];
	const char *error, *path = vm->config->dump_file;

	if (!path) {
		snprintf(own, sizeof(own), "keel.%d.core", getpid());
		path = own;
	}
	error = lifecycle_dump(vm, path);
	if (error)
		vm_end(vm, STATUS_PANIC, "the guest panicked; no dump in %.60s: %s", path, error);
	else
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
	if (vm->config->on_panic == ON_PANIC_EXIT) {
		emit_panic(vm);
		vm_end(vm, STATUS_PANIC, "the guest panicked");
		return false;
	}
	lifecycle_panics(vm);
	lifecycle_park(vm);
	return true;
}

/* panic_handle() - do what the user wants of a guest that has panicked; for the main thread */
void panic_handle(struct vm *vm)
{
	const char *error;

	if (!lifecycle_takes_panic(vm))
		return;
	emit_panic(vm);
	error = lifecycle_pause(vm);
	if (error)
		vm_end(vm, STATUS_PANIC, "the guest panicked, and cannot be paused: %s", error);
	else if (vm->config->on_panic == ON_PANIC_DUMP)
		dump(vm);
	else
		tell_paused(vm);
}
