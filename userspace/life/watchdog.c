// SPDX-License-Identifier: GPL-2.0
/*
 * What becomes of a guest whose watchdog has run out (--watchdog=action=...). As with a panic, each
 * vCPU's thread parks, and the main thread does what is to be done.
 */
#include <jansson.h>

#include "config/config.h"
#include "config/table.h"
#include "control/events.h"
#include "life/alarm.h"
#include "life/lifecycle.h"
#include "life/park.h"
#include "life/watchdog.h"
#include "status.h"
#include "vm/outcome.h"
#include "vm/vm.h"

static const char RAN_OUT[] = "the guest's watchdog ran out";

/* As a board does it, unless a reset is the end. */
static void reset(struct vm *vm)
{
	if (vm->config->on_reset == ON_RESET_RESTART) {
		warn_line("%s: it is reset", RAN_OUT);
		lifecycle_reset(vm, "watchdog");
	} else {
		vm_end(vm, STATUS_WATCHDOG, "%s", RAN_OUT);
	}
}

/* watchdog_handle() - do what the user wants of a guest that hangs; for the main thread */
void watchdog_handle(struct vm *vm)
{
	unsigned int action = vm->config->watchdog.action;

	if (!park_takes_alarm(vm, ALARM_WATCHDOG))
		return;
	event_emit(vm, "watchdog", json_pack("{s:s}", "action", watchdog_actions[action]));
	switch ((enum watchdog_action)action) {
	case WATCHDOG_RESET:
		reset(vm);
		break;
	case WATCHDOG_POWEROFF:
		vm_end(vm, STATUS_POWEROFF, "%s: it is powered off", RAN_OUT);
		break;
	case WATCHDOG_PAUSE:
		alarm_pause(vm, STATUS_WATCHDOG, RAN_OUT);
		break;
	case WATCHDOG_EXIT:
		vm_end(vm, STATUS_WATCHDOG, "%s", RAN_OUT);
		break;
	case WATCHDOG_DUMP:
		alarm_dump(vm, STATUS_WATCHDOG, RAN_OUT);
		break;
	case WATCHDOG_NONE:
		warn_line("%s, and it goes on (--watchdog=action=none)", RAN_OUT);
		lifecycle_go_past(vm);
		break;
	}
}
