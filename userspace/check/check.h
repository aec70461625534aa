/* SPDX-License-Identifier: GPL-2.0 */
/* keel check: can a VM run here, and what is to be typed if it cannot? */
#ifndef KEEL_CHECK_CHECK_H
#define KEEL_CHECK_CHECK_H

int command_check(int argc, char **argv);

#endif /* KEEL_CHECK_CHECK_H */
