// SPDX-License-Identifier: GPL-2.0
/*
 * A guest that panics, or whose watchdog runs out, can be paused, and its memory written to a file.
 * All is for the main thread, while the vCPUs' threads are parked.
 */
#include <stdbool.h>

#include "config/config.h"
#include "config/table.h"
#include "life/alarm.h"
#include "life/dump.h"
#include "life/lifecycle.h"
#include "status.h"
#include "vm/outcome.h"
#include "vm/vm.h"

static bool stop(struct vm *vm, int status, const char *what)
{
	const char *error = lifecycle_pause(vm);

	if (error)
		vm_end(vm, status, "%s, and cannot be paused: %s", what, error);
	return !error;
}

/**
 * alarm_pause() - the guest stands still until its user resumes it.
 * @vm:     the VM
 * @status: keel's, if the guest cannot be paused
 * @what:   has happened
 */
void alarm_pause(struct vm *vm, int status, const char *what)
{
	if (!stop(vm, status, what))
		return;
	if (vm->control)
		warn_line("%s, and is paused; \"keel ctl %s resume\" lets it go on", what,
			  config_handle(vm->config));
	else
		warn_line("%s, and is paused", what);
}

/**
 * alarm_dump() - the guest ends, and its memory is in a file.
 * @vm:     the VM
 * @status: keel's, at its end,
 * @what:   has happened
 */
void alarm_dump(struct vm *vm, int status, const char *what)
{
	const char *path = dump_name(vm), *error;

	if (!stop(vm, status, what))
		return;
	error = lifecycle_dump(vm, dump_begin());
	if (error) {
		vm_end(vm, status, "%s; no dump in %.60s: %s", what, path, error);
		return;
	}
	dump_end(vm);
	vm_end(vm, status, "%s; its memory is in %.100s", what, path);
}
