/* SPDX-License-Identifier: GPL-2.0 */
/*
 * In place of status.c, for a program that tests what is refused: die() comes back to
 * setjmp(refused), with its message in "reason". Included once in a program.
 */
#ifndef KEEL_TEST_REFUSED_H
#define KEEL_TEST_REFUSED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include "status.h"

static jmp_buf refused;
static char reason[1024];

void die(enum status status, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(reason, sizeof(reason), format, args);
	va_end(args);
	longjmp(refused, status ? status : 1);
}

#endif /* KEEL_TEST_REFUSED_H */
