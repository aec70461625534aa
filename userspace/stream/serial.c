// SPDX-License-Identifier: GPL-2.0
/*
 * Serial ports that are connected to a file, a descriptor or a pseudo-terminal: a pump for each;
 * and what guests do with the modem outputs of a port that is connected.
 */
#include <stdio.h>
#include <sys/ioctl.h>

#include "config/config.h"
#include "config/hostfile.h"
#include "config/serial.h"
#include "control/events.h"
#include "stream/hostfile.h"
#include "stream/pump.h"
#include "stream/serial.h"
#include "uapi/keel.h"
#include "vm/vm.h"

#ifndef TIOCM_OUT1	/* asm/termios.h has them, and does not go with sys/ioctl.h */
#define TIOCM_OUT1	0x2000
#define TIOCM_OUT2	0x4000
#endif

#define DRAIN_MS	1000	/* for the other side to take some of the last output */

/**
 * serial_modem() - tell clients of a port's modem outputs, and whether it sends a break.
 * @vm:   whose
 * @uart: which port
 * @bits: TIOCM_*, KEEL_UART_TIOCM_BREAK
 */
void serial_modem(struct vm *vm, unsigned int uart, int bits)
{
	event_emit(vm, "serial", json_pack("{s:i, s:b, s:b, s:b, s:b, s:b}", "port", uart,
					   "dtr", !!(bits & TIOCM_DTR),
					   "rts", !!(bits & TIOCM_RTS),
					   "out1", !!(bits & TIOCM_OUT1),
					   "out2", !!(bits & TIOCM_OUT2),
					   "break", !!(bits & KEEL_UART_TIOCM_BREAK)));
}

static void open_one(struct vm *vm, unsigned int uart)
{
	char name[16], thread[16];
	struct pump *p;

	snprintf(name, sizeof(name), "uart%u", uart);
	snprintf(thread, sizeof(thread), "keel-serial%u", uart & 0xf);
	p = pump_new(name, uart);
	p->drain_ms = DRAIN_MS;
	hostfile_open(&vm->config->uarts[uart].to, "serial", name, vm->config->restore, &p->in,
		      &p->out);
	pump_connect(p, vm, KEEL_CLASS_UART, uart);
	p->modem = serial_modem;
	p->vm = vm;
	pump_ready(p, vm, thread);
}

/* serial_open() - connect the ports that are not connected to standard I/O */
void serial_open(struct vm *vm)
{
	unsigned int i;

	for (i = 0; i < vm->config->nr_uarts; i++) {
		unsigned int kind = vm->config->uarts[i].to.kind;

		if (kind != HOSTFILE_STDIO && kind != HOSTFILE_NONE)
			open_one(vm, i);
	}
}
