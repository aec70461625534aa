// SPDX-License-Identifier: GPL-2.0
/*
 * Standard I/O: a pump between descriptors 0 and 1 and a UART, or from descriptor 0 to a port of
 * the virtio console. If descriptor 0 is the user's terminal, some keys are the launcher's own.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "config/config.h"
#include "config/serial.h"
#include "config/table.h"
#include "control/console.h"
#include "status.h"
#include "stream/pump.h"
#include "stream/serial.h"
#include "stream/stdio.h"
#include "stream/terminal.h"
#include "vm/outcome.h"
#include "vm/vm.h"

/**
 * struct stdio - what is special about it.
 * @vm:    ended by Ctrl-A x
 * @pump:  NULL: the guest has no use for standard I/O
 * @pipe:  to a port of the virtio console, or -1
 * @keys:  the Ctrl-A filter
 */
static struct stdio {
	struct vm *vm;
	struct pump *pump;
	int pipe;
	struct keys keys;
} stdio = { .pipe = -1 };

/* If a guest does not listen, what it cannot take is lost with a beep; never a key of ours. */
static void typed(struct pump *p, const char *data, size_t length)
{
	char kept[AHEAD_MAX];
	size_t seen, nr;

	while (length) {
		seen = length;
		switch (keys_filter(&stdio.keys, data, &seen, kept, &nr)) {
		case KEYS_QUIT:
			vm_end(stdio.vm, STATUS_QUIT, "%s", "");
			break;
		case KEYS_HELP:
			terminal_write("\n", 1);
			terminal_write(keys_help, strlen(keys_help));
			break;
		case KEYS_DETACH:	/* from keel console */
		case KEYS_NONE:
			break;
		}
		if (!pump_give(p, kept, nr))
			terminal_write("\a", 1);
		data += seen;
		length -= seen;
	}
}

/* By a client that is attached to the console */
static bool typed_elsewhere(const char *data, size_t length)
{
	return pump_type(stdio.pump, data, length);
}

/**
 * stdio_pipe() - standard input is for a port of the virtio console.
 * @option: for messages
 *
 * Return: the end of a pipe that Keel reads.
 */
int stdio_pipe(const char *option)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) || fcntl(ends[1], F_SETPIPE_SZ, AHEAD_MAX) < 0)
		die(STATUS_INTERNAL, "--%s: no pipe: %s", option, strerror(errno));
	stdio.pipe = ends[1];
	return ends[0];
}

/* stdio_open() - take the terminal and prepare the pump, if standard I/O is the guest's */
void stdio_open(struct vm *vm)
{
	int uart = serial_stdio(vm->config);
	bool port = stdio.pipe >= 0;
	struct pump *p;

	if (uart < 0 && !port)
		return;
	p = pump_new("standard output", port ? UNREAD_PORT : (unsigned int)uart);
	p->pipe = port;
	if (port)
		p->stream = stdio.pipe;
	else
		pump_connect(p, vm, KEEL_CLASS_UART, uart);
	p->modem = port ? NULL : serial_modem;
	p->vm = vm;
	p->in = terminal_take() ? STDIN_FILENO : -1;
	p->out = STDOUT_FILENO;
	p->filter = terminal_is_raw() ? typed : NULL;
	p->log = true;
	stdio.vm = vm;
	stdio.pump = p;
	if (!port && vm->followers)
		console_open(vm, typed_elsewhere);
	pump_ready(p, vm, "keel-stdio");
}

/* stdio_continued() - the launcher was stopped, and goes on */
void stdio_continued(void)
{
	if (stdio.pump)
		terminal_take();
}

/* stdio_end() - the pump has ended: what the shell prints next begins on a line of its own */
void stdio_end(void)
{
	const struct pump *p = stdio.pump;

	if (p && p->last && p->last != '\n' && !p->broken && isatty(STDOUT_FILENO))
		dprintf(STDOUT_FILENO, "\r\n");
}
