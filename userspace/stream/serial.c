// SPDX-License-Identifier: GPL-2.0
/* Serial ports that are connected to a file, a descriptor or a pseudo-terminal: a pump for each. */
#include <stdio.h>

#include "config/config.h"
#include "config/hostfile.h"
#include "config/serial.h"
#include "stream/hostfile.h"
#include "stream/pump.h"
#include "stream/serial.h"
#include "vm/vm.h"

#define DRAIN_MS	1000	/* for the other side to take some of the last output */

static void open_one(const struct vm *vm, unsigned int uart)
{
	char name[16], thread[16];
	struct pump *p;

	snprintf(name, sizeof(name), "uart%u", uart);
	snprintf(thread, sizeof(thread), "keel-serial%u", uart & 0xf);
	p = pump_new(name, uart);
	p->drain_ms = DRAIN_MS;
	hostfile_open(&vm->config->uarts[uart].to, "serial", name, vm->config->restore, &p->in,
		      &p->out);
	pump_connect(p, vm, uart);
	pump_ready(p, vm, thread);
}

/* serial_open() - connect the ports that are not connected to standard I/O */
void serial_open(const struct vm *vm)
{
	unsigned int i;

	for (i = 0; i < vm->config->nr_uarts; i++) {
		unsigned int kind = vm->config->uarts[i].to.kind;

		if (kind != HOSTFILE_STDIO && kind != HOSTFILE_NONE)
			open_one(vm, i);
	}
}
