// SPDX-License-Identifier: GPL-2.0
/*
 * What becomes of a guest that has panicked (--on-panic). Each vCPU's thread gets the news from
 * KEEL_RUN, parks, and leaves the rest to the main thread, which can wait for the other threads.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "config/config.h"
#include "config/options.h"
#include "config/table.h"
#include "control/events.h"
#include "life/lifecycle.h"
#include "life/panic.h"
#include "life/park.h"
#include "status.h"
#include "uapi/keel.h"
#include "vm/memory.h"
#include "vm/outcome.h"
#include "vm/vm.h"

static int dump_fd = -1;
static const char *unused;	/* the file of a dump that has not been made */

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

/* Which file, as the user named it */
static const char *dump_name(const struct vm *vm)
{
	static char own[32];

	if (vm->config->dump_file)
		return vm->config->dump_file;
	snprintf(own, sizeof(own), "keel.%d.core", getpid());
	return own;
}

/**
 * panic_open() - create the file of --on-panic dump; dies if that cannot be.
 * @vm: before the sandbox, in which no file can be created
 */
void panic_open(struct vm *vm)
{
	const char *path = dump_name(vm);

	if (vm->config->on_panic != ON_PANIC_DUMP)
		return;
	pagemap_open();
	dump_fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (dump_fd < 0)
		die(errno == EACCES ? STATUS_PERMISSION : STATUS_USAGE, "--dump-file: %s: %s", path,
		    errno == EEXIST ? "the file exists: a dump replaces none" : strerror(errno));
	unused = path;
}

/* panic_close() - at the VM's end: without a dump, no file */
void panic_close(void)
{
	if (unused)
		unlink(unused);
}

static void dump(struct vm *vm)
{
	const char *path = dump_name(vm), *error = lifecycle_dump(vm, dump_fd);

	if (error) {
		vm_end(vm, STATUS_PANIC, "the guest panicked; no dump in %.60s: %s", path, error);
		return;
	}
	unused = NULL;
	event_emit(vm, "dumped", json_pack("{s:s}", "file", path));
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
