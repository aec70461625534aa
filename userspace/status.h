/* SPDX-License-Identifier: GPL-2.0 */
/* How the launcher ends, and its messages. */
#ifndef KEEL_STATUS_H
#define KEEL_STATUS_H

#include <stdio.h>

/**
 * enum status - exit statuses. Keel's own are even: a guest's, through the
 * debug-exit port, are odd.
 */
enum status {
	STATUS_POWEROFF		= 0,
	STATUS_USAGE		= 2,
	STATUS_IMAGE		= 4,
	STATUS_NO_MODULE	= 6,
	STATUS_PERMISSION	= 8,
	STATUS_NO_KVM		= 10,
	STATUS_MEMORY		= 12,
	STATUS_RESET		= 14,
	STATUS_TRIPLE_FAULT	= 16,
	STATUS_SLEEP		= 18,
	STATUS_QUIT		= 20,
	STATUS_STRICT		= 22,
	STATUS_KVM_ERROR	= 24,
	STATUS_CONFLICT		= 26,
	STATUS_INTERNAL		= 28,
	STATUS_WRONG_FD		= 30,
	STATUS_OTHER_VM		= 32,
	STATUS_ABI		= 34,
	STATUS_DISK		= 36,
	STATUS_STATE		= 38,
	STATUS_SANDBOX		= 40,
	STATUS_PANIC		= 42,
	STATUS_WATCHDOG		= 44,
};

void __printf(1, 2) warn_line(const char *format, ...);
void __noreturn __printf(2, 3) die(enum status status, const char *format, ...);
const char *status_meaning(int status);
void exit_help(FILE *to);

#endif /* KEEL_STATUS_H */
