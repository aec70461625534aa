/* SPDX-License-Identifier: GPL-2.0 */
/* The command line of keel run. */
#ifndef KEEL_CONFIG_COMMAND_LINE_H
#define KEEL_CONFIG_COMMAND_LINE_H

#include <stdio.h>

struct config;

void command_line_parse(struct config *config, int argc, char **argv);
void command_line_help(FILE *to);

#endif /* KEEL_CONFIG_COMMAND_LINE_H */
