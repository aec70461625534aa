/* SPDX-License-Identifier: GPL-2.0 */
/* What a check of keel check has found. */
#ifndef KEEL_CHECK_FINDING_H
#define KEEL_CHECK_FINDING_H

#include "base.h"
#include "status.h"

/**
 * enum outcome - of one check.
 * @OUTCOME_GOOD: nothing is to be done
 * @OUTCOME_NOTE: a VM runs; some option, or its times, will not be as they could
 * @OUTCOME_BAD:  no VM runs
 */
enum outcome { OUTCOME_GOOD, OUTCOME_NOTE, OUTCOME_BAD };

/**
 * struct finding - what a check has found.
 * @outcome: enum outcome
 * @status:  of OUTCOME_BAD: keel run's, for the same
 * @text:    what is there, or missing
 * @remedy:  unless it is good: what to type, or to do
 */
struct finding {
	enum outcome outcome;
	enum status status;
	char text[192];
	char remedy[256];
};

void __printf(2, 3) find_good(struct finding *finding, const char *text, ...);
void __printf(2, 3) find_note(struct finding *finding, const char *text, ...);
void __printf(3, 4) find_bad(struct finding *finding, enum status status, const char *text, ...);
void __printf(2, 3) remedy(struct finding *finding, const char *text, ...);

#endif /* KEEL_CHECK_FINDING_H */
