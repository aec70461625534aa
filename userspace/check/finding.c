// SPDX-License-Identifier: GPL-2.0
/* What a check has found, and what is to be typed. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "check/finding.h"

/* find_good() - nothing is to be done */
void find_good(struct finding *finding, const char *text, ...)
{
	va_list args;

	va_start(args, text);
	finding->outcome = OUTCOME_GOOD;
	vsnprintf(finding->text, sizeof(finding->text), text, args);
	va_end(args);
}

/* find_note() - a VM runs, without something */
void find_note(struct finding *finding, const char *text, ...)
{
	va_list args;

	va_start(args, text);
	finding->outcome = OUTCOME_NOTE;
	vsnprintf(finding->text, sizeof(finding->text), text, args);
	va_end(args);
}

/* find_bad() - no VM runs; keel run would end with @status */
void find_bad(struct finding *finding, enum status status, const char *text, ...)
{
	va_list args;

	va_start(args, text);
	finding->outcome = OUTCOME_BAD;
	finding->status = status;
	vsnprintf(finding->text, sizeof(finding->text), text, args);
	va_end(args);
}

/* remedy() - what to type, or to do */
void remedy(struct finding *finding, const char *text, ...)
{
	va_list args;

	va_start(args, text);
	vsnprintf(finding->remedy, sizeof(finding->remedy), text, args);
	va_end(args);
}
