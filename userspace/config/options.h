/* SPDX-License-Identifier: GPL-2.0 */
/* The table of keel run's options, and a whole configuration as JSON. */
#ifndef KEEL_CONFIG_OPTIONS_H
#define KEEL_CONFIG_OPTIONS_H

#include "config/table.h"

/**
 * struct option_desc - an option.
 * @row:     its name, and its field in struct config
 * @letter:  its short name, or 0
 * @value:   its value in the help; NULL: it has none
 * @implied: the value if none is given; NULL: one has to be
 * @action:  it is about this run of the launcher, and not in a configuration
 * @own:     of this process alone, and not in a snapshot
 * @help:    a line for the user
 */
struct option_desc {
	struct row row;
	char letter;
	const char *value;
	const char *implied;
	bool action;
	bool own;
	const char *help;
};

#define OPTIONS_MAX	128

struct config;

extern const struct option_desc options[];
extern const unsigned int nr_options;
extern const char *const panic_kinds[];	/* by enum on_panic */

void config_defaults(struct config *config);
void config_resolve(struct config *config);
void options_read(struct config *config, const char *path);
void options_read_text(struct config *config, const char *path, const char *text);
void options_print(const struct config *config);
char *options_text(const struct config *config);
bool option_unknown(const char *what, const char *dashes, const char *name,
		    struct complaint *complaint);
const char *device_name(unsigned int class);

#endif /* KEEL_CONFIG_OPTIONS_H */
