/* SPDX-License-Identifier: GPL-2.0 */
/* keel check: can a VM run here, and what is to be typed if it cannot? */
#ifndef KEEL_CHECK_CHECK_H
#define KEEL_CHECK_CHECK_H

#include <jansson.h>

int command_check(int argc, char **argv);
json_t *check_findings(void);

#endif /* KEEL_CHECK_CHECK_H */
