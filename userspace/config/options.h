/* SPDX-License-Identifier: GPL-2.0 */
/* The command line, and the configuration as JSON. */
#ifndef KEEL_CONFIG_OPTIONS_H
#define KEEL_CONFIG_OPTIONS_H

#include <stdbool.h>
#include <stdio.h>

struct config;

void options_parse(struct config *config, int argc, char **argv);
void options_help(FILE *to);
void options_print(const struct config *config);
char *options_text(const struct config *config);
const char *device_name(unsigned int class);
bool parse_cpu_list(const char *list, unsigned int nth, unsigned int *cpu);
bool parse_rt(const char *rt, int *policy, int *priority);

#endif /* KEEL_CONFIG_OPTIONS_H */
