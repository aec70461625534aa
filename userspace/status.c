// SPDX-License-Identifier: GPL-2.0
/*
 * How the launcher ends, and what it says about it: one line, one status.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base.h"
#include "config/table.h"
#include "status.h"
#include "stream/terminal.h"

static const struct {
	enum status status;
	const char *meaning;
} statuses[] = {
	{ STATUS_POWEROFF,	"the guest powered off" },
	{ STATUS_USAGE,		"bad arguments" },
	{ STATUS_IMAGE,		"kernel or initrd missing, truncated, or of another format" },
	{ STATUS_NO_MODULE,	"no /dev/keel: the module is not loaded" },
	{ STATUS_PERMISSION,	"no permission" },
	{ STATUS_NO_KVM,	"no /dev/kvm, or KVM lacks what is needed" },
	{ STATUS_MEMORY,	"not enough memory, of the host or for the guest" },
	{ STATUS_RESET,		"the guest asked for a reset" },
	{ STATUS_TRIPLE_FAULT,	"triple fault" },
	{ STATUS_SLEEP,		"the guest sleeps: on its disk (S4), or --on-sleep exit" },
	{ STATUS_QUIT,		"the user quit with Ctrl-A x" },
	{ STATUS_STRICT,	"--strict: KVM_RUN came back to the launcher without need" },
	{ STATUS_KVM_ERROR,	"KVM could not go on with the guest" },
	{ STATUS_CONFLICT,	"devices in conflict with each other" },
	{ STATUS_INTERNAL,	"something unexpected failed" },
	{ STATUS_WRONG_FD,	"a file descriptor of the wrong kind" },
	{ STATUS_OTHER_VM,	"a vCPU that belongs to another VM" },
	{ STATUS_ABI,		"module and launcher are of versions that do not fit" },
	{ STATUS_DISK,		"what is to be behind a device cannot be had" },
	{ STATUS_STATE,		"what the VM is doing does not allow the request" },
	{ STATUS_SANDBOX,	"the sandbox stopped a system call that it forbids" },
	{ STATUS_PANIC,		"the guest panicked" },
	{ STATUS_WATCHDOG,	"the guest's watchdog ran out" },
};

static void __printf(1, 0) vwarn_line(const char *format, va_list args)
{
	char line[1024];
	int n;

	n = vsnprintf(line, sizeof(line) - 1, format, args);
	if (n < 0)
		return;
	if (n > (int)sizeof(line) - 2)
		n = sizeof(line) - 2;
	line[n++] = '\n';
	terminal_write("keel: ", 6);
	terminal_write(line, n);
}

/* warn_line() - "keel: ..." on standard error, in any mode of the terminal */
void warn_line(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vwarn_line(format, args);
	va_end(args);
}

/* die() - say why and end. For the time before there are vCPU threads. */
void die(enum status status, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vwarn_line(format, args);
	va_end(args);
	exit(status);
}

/* status_meaning() - what an exit status says */
const char *status_meaning(int status)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(statuses); i++)
		if ((int)statuses[i].status == status)
			return statuses[i].meaning;
	return status & 1 ? "the guest wrote to the debug-exit port" : "a signal";
}

/* exit_help() - the list of statuses */
void exit_help(FILE *to)
{
	size_t i;

	fprintf(to, "Exit statuses:\n\n");
	for (i = 0; i < ARRAY_SIZE(statuses); i++)
		fprintf(to, "  %3d  %s\n", statuses[i].status, statuses[i].meaning);
	fprintf(to, "  odd  the guest's own: it wrote VALUE to the debug-exit port;\n");
	fprintf(to, "       the status is VALUE * 2 + 1\n");
	fprintf(to, "\nA signal that ends keel shows as such (128 + its number in a shell).\n");
}
