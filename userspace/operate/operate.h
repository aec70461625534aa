/* SPDX-License-Identifier: GPL-2.0 */
/* The commands for running VMs: each is a file, with its help. */
#ifndef KEEL_OPERATE_OPERATE_H
#define KEEL_OPERATE_OPERATE_H

#include <stdio.h>

int command_ctl(int argc, char **argv);
int command_dump(int argc, char **argv);
int command_events(int argc, char **argv);
int command_inspect(int argc, char **argv);
int command_nmi(int argc, char **argv);
int command_plain(int argc, char **argv);
int command_ps(int argc, char **argv);
int command_save(int argc, char **argv);
int command_sendkey(int argc, char **argv);
int command_stats(int argc, char **argv);
int command_stop(int argc, char **argv);
void ctl_help(FILE *to);

extern const char events_details[];
extern const char ps_details[];
extern const char sendkey_details[];
extern const char stop_details[];

#endif /* KEEL_OPERATE_OPERATE_H */
