// SPDX-License-Identifier: GPL-2.0
/*
 * Firmware's debug messages: a pump from the debug console's stream, port 0x402, to a file, a
 * pseudo-terminal or a descriptor. Nothing goes the other way, and the guest does not wait for a
 * reader: the oldest messages are lost.
 */
#include "config/config.h"
#include "stream/firmware_log.h"
#include "stream/hostfile.h"
#include "stream/pump.h"
#include "uapi/keel.h"
#include "vm/vm.h"

#define DRAIN_MS	1000	/* for the other side to take some of the last messages */

/* firmware_log_open() - connect the port, if there is one; dies if that cannot be */
void firmware_log_open(struct vm *vm)
{
	struct pump *p;

	if (!config_logs_firmware(vm->config))
		return;
	p = pump_new("firmware's log", UNREAD_NONE);
	p->drain_ms = DRAIN_MS;
	hostfile_open(&vm->config->firmware_log, "firmware-log", p->name, vm->config->restore,
		      &p->in, &p->out);
	p->in = -1;
	pump_connect(p, vm, KEEL_CLASS_DEBUGCON, 0);
	pump_ready(p, vm, "keel-fwlog");
}
