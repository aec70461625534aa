// SPDX-License-Identifier: GPL-2.0
/* keel run's command line, by the table in options.c, and its help. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/command_line.h"
#include "config/config.h"
#include "config/options.h"
#include "config/table.h"
#include "config/words.h"
#include "firmware/choose.h"
#include "life/snapshot.h"
#include "status.h"

static int option_has_arg(const struct option_desc *o)
{
	if (!o->value)
		return no_argument;
	return o->implied ? optional_argument : required_argument;
}

/* command_line_help() - the list of options */
void command_line_help(FILE *to)
{
	char left[64];
	size_t i;

	fprintf(to, "Usage: keel run [OPTION...] KERNEL\n"
		"       keel run [OPTION...] --disk FILE\n"
		"       keel run --firmware NAME|FILE [OPTION...]\n\n");
	for (i = 0; i < nr_options; i++) {
		const struct option_desc *o = &options[i];
		const char *join = !o->value ? "" : o->implied ? "[=" : " ";

		snprintf(left, sizeof(left), "%c%c%c --%s%s%s%s", o->letter ? '-' : ' ',
			 o->letter ? o->letter : ' ', o->letter ? ',' : ' ', o->row.name, join,
			 o->value ? o->value : "", *join == '[' ? "]" : "");
		fprintf(to, "  %-26s %s\n", left, o->help);
	}
	fprintf(to, "\nkeel help keys: what Ctrl-A does; keel help exit: the exit statuses;\n"
		"keel help input: the lines that --input reads\n");
}

/* What getopt_long() needs of the table. Long options return 256 + index. */
static void getopt_tables(struct option *longs, char *shorts)
{
	size_t i;

	*shorts++ = ':';
	for (i = 0; i < nr_options; i++) {
		longs[i] = (struct option){ options[i].row.name, option_has_arg(&options[i]), NULL,
					    256 + i };
		if (!options[i].letter)
			continue;
		*shorts++ = options[i].letter;
		if (options[i].value)
			*shorts++ = ':';
	}
	longs[i] = (struct option){ 0 };
	*shorts = 0;
}

static const struct option_desc *option_by_code(int code)
{
	size_t i;

	if (code >= 256)
		return &options[code - 256];
	for (i = 0; i < nr_options; i++)
		if (options[i].letter == code)
			return &options[i];
	return NULL;
}

static void read_snapshot(struct config *config, const char *path)
{
	char *text = snapshot_config(path);

	options_read_text(config, path, text);
	free(text);
}

/* Those that do something at their place in the command line; false: it is another one */
static bool act(struct config *config, const char *name, const char *value)
{
	if (!strcmp(name, "config")) {
		options_read(config, value);
		return true;
	}
	if (!strcmp(name, "help")) {
		command_line_help(stdout);
		exit(0);
	}
	if (!strcmp(name, "restore"))
		read_snapshot(config, value);
	return false;
}

static void set_option(struct config *config, const struct option_desc *o, const char *value)
{
	struct complaint complaint;

	if (!value)
		value = o->implied;
	if (act(config, o->row.name, value))
		return;
	if (!row_set(&o->row, config, value, &complaint))
		die(STATUS_USAGE, "--%s: %s", o->row.name, complaint.text);
}

/* @word is not an option, or not as it should be. */
static void bad_option(int code, const char *word)
{
	struct complaint complaint;
	char name[64];

	if (code == ':')
		die(STATUS_USAGE, "option %s requires an argument; see keel help run", word);
	if (strncmp(word, "--", 2))
		die(STATUS_USAGE, "unrecognized option -%c; see keel help run", optopt);
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(word + 2, "="), word + 2);
	if (optopt >= 256)
		die(STATUS_USAGE, "option --%s takes no value", options[optopt - 256].row.name);
	option_unknown("unrecognized option", "--", name, &complaint);
	die(STATUS_USAGE, "%s", complaint.text);
}

/* What goes with a kernel says that one was meant. */
static bool wants_kernel(const struct config *config)
{
	return config->initrd || config->nr_modules || config->append || config->flat ||
	       config->virtio_cmdline;
}

/* A kernel, firmware, a snapshot; or what a disk needs */
static void find_start(struct config *config)
{
	bool must = !config->print && !config->dump_acpi;

	if (config->kernel || config->firmware.path || config->restore)
		return;
	if (config->nr_disks && !wants_kernel(config))
		firmware_choose(config, must);
	else if (must)
		die(STATUS_USAGE,
		    "no kernel given, and no --firmware or --disk to start from; see keel help run");
}

/**
 * command_line_parse() - the arguments behind "keel run"; ends the process if they are bad.
 * @config: result
 * @argc:   of them, "run" included
 * @argv:   them
 */
void command_line_parse(struct config *config, int argc, char **argv)
{
	struct option longs[OPTIONS_MAX + 1];
	char shorts[2 * OPTIONS_MAX + 2];
	const struct option_desc *o;
	int code;

	config_defaults(config);
	getopt_tables(longs, shorts);
	opterr = 0;
	while ((code = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		o = option_by_code(code);
		if (!o)
			bad_option(code, argv[optind - 1]);
		else
			set_option(config, o, optarg);
	}
	if (optind < argc)
		config->kernel = argv[optind++];
	if (optind < argc)
		die(STATUS_USAGE, "one kernel at a time: what is \"%s\"?", argv[optind]);
	find_start(config);
	config_resolve(config);
}
