/* SPDX-License-Identifier: GPL-2.0 */
/* The commands that ask a control socket. */
#ifndef KEEL_CONTROL_CTL_H
#define KEEL_CONTROL_CTL_H

#include <stdio.h>

int command_ctl(int argc, char **argv);
int command_stats(int argc, char **argv);
int command_events(int argc, char **argv);
int command_inspect(int argc, char **argv);
void ctl_help(FILE *to);

#endif /* KEEL_CONTROL_CTL_H */
