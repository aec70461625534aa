/* SPDX-License-Identifier: GPL-2.0 */
/* The commands for running VMs: each is a file, with its help. */
#ifndef KEEL_OPERATE_OPERATE_H
#define KEEL_OPERATE_OPERATE_H

#include <stdio.h>

int command_attach(int argc, char **argv);
int command_console(int argc, char **argv);
int command_ctl(int argc, char **argv);
int command_detach(int argc, char **argv);
int command_dump(int argc, char **argv);
int command_battery(int argc, char **argv);
int command_events(int argc, char **argv);
int command_inspect(int argc, char **argv);
int command_latency(int argc, char **argv);
int command_metrics(int argc, char **argv);
int command_nmi(int argc, char **argv);
int command_plain(int argc, char **argv);
int command_plot(int argc, char **argv);
int command_ps(int argc, char **argv);
int command_pulse(int argc, char **argv);
int command_save(int argc, char **argv);
int command_screen(int argc, char **argv);
int command_sendkey(int argc, char **argv);
int command_stats(int argc, char **argv);
int command_stop(int argc, char **argv);
int command_top(int argc, char **argv);
int command_trace(int argc, char **argv);
int dump_and_print(const char *vm, const char *file);
int save_and_print(const char *vm, const char *file);
void ctl_help(FILE *to);

extern const char battery_details[];
extern const char attach_details[];
extern const char console_details[];
extern const char detach_details[];
extern const char events_details[];
extern const char latency_details[];
extern const char metrics_details[];
extern const char plot_details[];
extern const char ps_details[];
extern const char pulse_details[];
extern const char screen_details[];
extern const char sendkey_details[];
extern const char stop_details[];
extern const char top_details[];
extern const char trace_details[];

#endif /* KEEL_OPERATE_OPERATE_H */
