/* SPDX-License-Identifier: GPL-2.0 */
/* keel check: can a VM run here, and what is to be typed if it cannot? */
#ifndef KEEL_CHECK_CHECK_H
#define KEEL_CHECK_CHECK_H

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

bool read_line(const char *path, char *line, size_t size);
void remedy_access(struct finding *finding, const char *path);
void remedy_limit(struct finding *finding, const char *limit);

void check_kernel(struct finding *finding);
void check_cpu(struct finding *finding);
void check_kvm(struct finding *finding);
void check_module(struct finding *finding);
void check_secure_boot(struct finding *finding);
void check_keel(struct finding *finding);
void check_versions(struct finding *finding);
void check_vhost_net(struct finding *finding);
void check_vhost_vsock(struct finding *finding);
void check_tun(struct finding *finding);
void check_descriptors(struct finding *finding);
void check_memlock(struct finding *finding);
void check_preemption(struct finding *finding);
void check_priority(struct finding *finding);
void check_throttling(struct finding *finding);
void check_isolation(struct finding *finding);
void check_governor(struct finding *finding);

int command_check(int argc, char **argv);

#endif /* KEEL_CHECK_CHECK_H */
