// SPDX-License-Identifier: GPL-2.0
/*
 * keel run's options: one table, from which the command line is parsed, a JSON
 * file is read and written, and the help is printed. The manual page is checked
 * against it ("make check").
 */
#include <errno.h>
#include <getopt.h>
#include <jansson.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "config/config.h"
#include "config/options.h"
#include "config/serial.h"
#include "life/snapshot.h"
#include "status.h"
#include "stream/clients.h"
#include "stream/console.h"
#include "stream/hostfile.h"
#include "uapi/keel.h"
#include "vm/clock.h"
#include "vm/disk.h"
#include "vm/memory.h"
#include "vm/vhost.h"
#include "vm/virtio.h"

#define MEMORY_MIN	(1 * MIB)
#define MEMORY_MAX	(512 * GIB)

/**
 * enum option_kind - what a value is, and the type of its field in struct config.
 * @OPTION_TEXT:   char *
 * @OPTION_SIZE:   __u64, bytes; without a suffix: MiB
 * @OPTION_COUNT:  unsigned int, 1 to @limit
 * @OPTION_FLAG:   bool
 * @OPTION_CHOICE: unsigned int, index into @choices; 1 if no value is given
 * @OPTION_LIST:   struct text_list, may be given again
 * @OPTION_DEVICE: clears the bit of class @limit in config.devices
 * @OPTION_EXTRA:  sets it
 * @OPTION_FILE:   JSON to read at this point
 * @OPTION_RESTORE: the same, out of a snapshot
 * @OPTION_HELP:   print the help
 */
enum option_kind {
	OPTION_TEXT,
	OPTION_SIZE,
	OPTION_COUNT,
	OPTION_FLAG,
	OPTION_CHOICE,
	OPTION_LIST,
	OPTION_DEVICE,
	OPTION_EXTRA,
	OPTION_FILE,
	OPTION_RESTORE,
	OPTION_HELP,
};

struct option_desc {
	const char *name;
	char letter;
	enum option_kind kind;
	const char *value;
	size_t field;
	unsigned int limit;
	const char *const *choices;
	bool (*valid)(const char *text);
	const char *help;
};

static const char *const stats_kinds[] = { "none", "table", "json", NULL };
static const char *const reset_kinds[] = { "exit", "restart", NULL };
static const char *const console_kinds[] = { "stdio", "none", NULL };
static const char *const rtc_resume_kinds[] = { "keep", "wall", NULL };
static const char *const pit_kinds[] = {
	[KEEL_PIT_COALESCE] = "coalesce", [KEEL_PIT_REINJECT] = "reinject", NULL,
};

static bool cpu_list_valid(const char *text)
{
	unsigned int cpu;

	return parse_cpu_list(text, 0, &cpu);
}

static bool rt_valid(const char *text)
{
	int policy, priority;

	return parse_rt(text, &policy, &priority);
}

#define FIELD(member)	.field = offsetof(struct config, member)

static const struct option_desc options[] = {
	{ "kernel", 'k', OPTION_TEXT, "FILE", FIELD(kernel),
	  .help = "kernel to boot: bzImage, multiboot, PVH or ELF64" },
	{ "initrd", 'i', OPTION_TEXT, "FILE", FIELD(initrd),
	  .help = "initial RAM disk" },
	{ "module", 0, OPTION_LIST, "FILE[=TEXT]", FIELD(modules),
	  .help = "one more file for the kernel, with a command line; again for more" },
	{ "append", 'a', OPTION_TEXT, "TEXT", FIELD(append),
	  .help = "kernel command line (for Linux: console=ttyS0 panic=-1)" },
	{ "memory", 'm', OPTION_SIZE, "SIZE", FIELD(memory),
	  .help = "RAM, as 512M or 1G; without suffix MiB (256M)" },
	{ "cpus", 'c', OPTION_COUNT, "N", FIELD(cpus), .limit = KEEL_MAX_VCPUS,
	  .help = "vCPUs (1)" },
	{ "console", 0, OPTION_CHOICE, "KIND", FIELD(console), .choices = console_kinds,
	  .help = "what the console is connected to: stdio, none (stdio)" },
	{ "serial", 0, OPTION_LIST, "PLACE,...", FIELD(serials), .valid = serial_valid,
	  .help = "serial port, as pio:0x2f8,3,to=pty or mmio:0xd0000000,stride=4,irq=5" },
	{ "disk", 0, OPTION_LIST, "FILE[,...]", FIELD(disks), .valid = disk_valid,
	  .help = "disk: a file or block device, then ro, direct, queues=N, id=TEXT, serve=KIND" },
	{ "rng", 0, OPTION_FLAG, NULL, FIELD(rng),
	  .help = "entropy device, from the host's kernel" },
	{ "net", 0, OPTION_LIST, "user|tap=NAME,...", FIELD(nets), .valid = net_valid,
	  .help = "network device: user, tap=NAME or fd=N, then queues=N, forward=..., mac=..." },
	{ "vsock", 0, OPTION_TEXT, "CID", FIELD(vsock), .valid = vsock_valid,
	  .help = "socket device: the host reaches the guest by this context ID" },
	{ "virtio-console", 0, OPTION_LIST, "WHAT[,...]", FIELD(ports), .valid = port_valid,
	  .help = "port of a virtio console: stdio, pty, socket=PATH, FILE, ..., then name=NAME" },
	{ "virtio-cmdline", 0, OPTION_FLAG, NULL, FIELD(virtio_cmdline),
	  .help = "tell of virtio devices over MMIO on the command line, not by ACPI" },
	{ "console-log", 0, OPTION_TEXT, "FILE", FIELD(console_log),
	  .help = "log of the console, each line with its time in microseconds" },
	{ "input", 0, OPTION_TEXT, "PATH|fd=N", FIELD(input),
	  .help = "FIFO of keyboard and mouse: lines like \"key KEY_A 1\"" },
	{ "pit-ticks", 0, OPTION_CHOICE, "POLICY", FIELD(pit_ticks), .choices = pit_kinds,
	  .help = "timer ticks that the host missed: coalesce, reinject (coalesce)" },
	{ "rtc", 0, OPTION_TEXT, "START", FIELD(rtc), .valid = clock_valid,
	  .help = "the clock's start: utc, localtime, seconds since 1970 (utc)" },
	{ "rtc-resume", 0, OPTION_CHOICE, "WHAT", FIELD(rtc_resume), .choices = rtc_resume_kinds,
	  .help = "the clock after pause or restore: keep its time, wall (keep)" },
	{ "no-bus", 0, OPTION_FLAG, NULL, FIELD(no_bus),
	  .help = "leave Keel's bus accelerator off" },
	{ "strict", 0, OPTION_FLAG, NULL, FIELD(strict),
	  .help = "end at the first return to the launcher without need" },
	{ "stats", 0, OPTION_CHOICE, "FORMAT", FIELD(stats), .choices = stats_kinds,
	  .help = "print counters to standard error at the end: table, json (table)" },
	{ "no-pic", 0, OPTION_DEVICE, .limit = KEEL_CLASS_PIC,
	  .help = "leave out the pair of 8259A interrupt controllers" },
	{ "no-ioapic", 0, OPTION_DEVICE, .limit = KEEL_CLASS_IOAPIC,
	  .help = "leave out the 82093AA IOAPIC" },
	{ "no-pit", 0, OPTION_DEVICE, .limit = KEEL_CLASS_PIT,
	  .help = "leave out the 8254 timer" },
	{ "no-rtc", 0, OPTION_DEVICE, .limit = KEEL_CLASS_RTC,
	  .help = "leave out the MC146818 clock" },
	{ "no-pm", 0, OPTION_DEVICE, .limit = KEEL_CLASS_PM,
	  .help = "leave out the ACPI hardware: no power-off, no reset" },
	{ "no-uart", 0, OPTION_DEVICE, .limit = KEEL_CLASS_UART,
	  .help = "leave out the 16550A serial ports" },
	{ "no-i8042", 0, OPTION_DEVICE, .limit = KEEL_CLASS_I8042,
	  .help = "leave out the 8042 with keyboard and mouse" },
	{ "no-pci", 0, OPTION_DEVICE, .limit = KEEL_CLASS_PCIHOST,
	  .help = "leave out the PCI bus" },
	{ "no-debug-exit", 0, OPTION_DEVICE, .limit = KEEL_CLASS_DEBUGEXIT,
	  .help = "leave out the debug-exit port" },
	{ "testdev", 0, OPTION_EXTRA, .limit = KEEL_CLASS_TESTDEV,
	  .help = "add test devices: lines, ports, debug exit at 0xf4, a PCI function" },
	{ "cpu-affinity", 0, OPTION_TEXT, "LIST", FIELD(affinity), .valid = cpu_list_valid,
	  .help = "host CPUs for the vCPU threads in turn, as 2,4-7" },
	{ "rt", 0, OPTION_TEXT, "POLICY:N", FIELD(rt), .valid = rt_valid,
	  .help = "real-time scheduling of the vCPU threads: fifo:N, rr:N (1 to 99)" },
	{ "mlock", 0, OPTION_FLAG, NULL, FIELD(mlock),
	  .help = "lock guest and launcher into memory" },
	{ "kvm", 0, OPTION_TEXT, "PATH|fd=N", FIELD(kvm),
	  .help = "KVM's device, or a descriptor on which it is open (/dev/kvm)" },
	{ "keel", 0, OPTION_TEXT, "PATH|fd=N", FIELD(keel),
	  .help = "Keel's device, or a descriptor on which it is open (/dev/keel)" },
	{ "control", 0, OPTION_TEXT, "PATH", FIELD(control),
	  .help = "make a socket there for keel ctl" },
	{ "on-reset", 0, OPTION_CHOICE, "WHAT", FIELD(on_reset), .choices = reset_kinds,
	  .help = "when the guest resets: exit, restart (exit)" },
	{ "restore", 0, OPTION_RESTORE, "FILE", FIELD(restore),
	  .help = "go on with a VM that keel ctl has saved" },
	{ "config", 0, OPTION_FILE, "FILE",
	  .help = "read options from a JSON file, as --print-config writes it" },
	{ "print-config", 0, OPTION_FLAG, NULL, FIELD(print),
	  .help = "print what would be run as JSON, and end" },
	{ "dry-run", 0, OPTION_FLAG, NULL, FIELD(dry_run),
	  .help = "check and place the kernel and all else short of a VM, and end" },
	{ "dump-acpi", 0, OPTION_TEXT, "FOLDER", FIELD(dump_acpi),
	  .help = "write the ACPI tables into an existing folder, and end" },
	{ "help", 'h', OPTION_HELP, .help = "print this" },
};

/* Of what is an action rather than a property of the VM, --print-config is silent. */
static bool option_is_action(const struct option_desc *o)
{
	return o->kind == OPTION_FILE || o->kind == OPTION_RESTORE || o->kind == OPTION_HELP ||
	       o->field == offsetof(struct config, print) ||
	       o->field == offsetof(struct config, dry_run) ||
	       o->field == offsetof(struct config, dump_acpi);
}

/* device_name() - what the user knows a class by: of its option, without "no-" */
const char *device_name(unsigned int class)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(options); i++)
		if (options[i].kind == OPTION_DEVICE && options[i].limit == class)
			return options[i].name + 3;
		else if (options[i].kind == OPTION_EXTRA && options[i].limit == class)
			return options[i].name;
	return "device";
}

/* A number and nothing else; strtoul() would take signs and spaces, too. */
static bool parse_number(const char *text, const char **end, unsigned long limit,
			 unsigned long *value)
{
	char *stop;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	*value = strtoul(text, &stop, 10);
	*end = stop;
	return !errno && *value <= limit;
}

static bool parse_size(const char *text, __u64 *bytes)
{
	static const struct { char suffix; __u64 unit; } units[] = {
		{ 'K', KIB }, { 'k', KIB }, { 'M', MIB }, { 'm', MIB }, { 'G', GIB }, { 'g', GIB },
	};
	unsigned long n;
	__u64 unit = MIB;
	size_t i;

	if (!parse_number(text, &text, MEMORY_MAX, &n))
		return false;
	for (i = 0; *text && i < ARRAY_SIZE(units); i++) {
		if (units[i].suffix == *text) {
			unit = units[i].unit;
			text++;
			break;
		}
	}
	*bytes = n * unit;
	return !*text && n <= MEMORY_MAX / unit && *bytes >= MEMORY_MIN && !(*bytes % PAGE);
}

/**
 * parse_cpu_list() - pick from a list of CPUs.
 * @list: numbers and ranges, "0,4-7"
 * @nth:  which of them; the list is gone through again and again
 * @cpu:  result
 *
 * Return: whether @list is one.
 */
bool parse_cpu_list(const char *list, unsigned int nth, unsigned int *cpu)
{
	unsigned long first, last, count = 0;
	const char *p = list;

	for (;;) {
		if (!parse_number(p, &p, CPU_SETSIZE - 1, &first))
			return false;
		last = first;
		if (*p == '-' && !parse_number(p + 1, &p, CPU_SETSIZE - 1, &last))
			return false;
		if (last < first)
			return false;
		if (nth >= count && nth - count <= last - first)
			*cpu = first + nth - count;
		count += last - first + 1;
		if (!*p)
			break;
		if (*p++ != ',')
			return false;
	}
	return nth < count || parse_cpu_list(list, nth % count, cpu);
}

/* parse_rt() - "fifo:N" or "rr:N" to what sched_setscheduler() knows */
bool parse_rt(const char *rt, int *policy, int *priority)
{
	unsigned long n;

	if (!strncmp(rt, "fifo:", 5)) {
		*policy = SCHED_FIFO;
		rt += 5;
	} else if (!strncmp(rt, "rr:", 3)) {
		*policy = SCHED_RR;
		rt += 3;
	} else {
		return false;
	}
	if (!parse_number(rt, &rt, 99, &n) || *rt || !n)
		return false;
	*priority = n;
	return true;
}

static bool parse_choice(const char *const *choices, const char *text, unsigned int *index)
{
	for (*index = 0; choices[*index]; ++*index)
		if (!strcmp(choices[*index], text))
			return true;
	return false;
}

static void replace_text(char **field, const char *text)
{
	free(*field);
	*field = strdup(text);
	if (!*field)
		die(STATUS_MEMORY, "out of memory");
}

static bool add_text(struct text_list *list, const char *text)
{
	if (list->nr == ARRAY_SIZE(list->text))
		return false;
	replace_text(&list->text[list->nr++], text);
	return true;
}

static void read_json(struct config *config, const char *path);
static void read_snapshot(struct config *config, const char *path);

/* option_set() - give an option its value; "text" is NULL where there is none */
static bool option_set(struct config *config, const struct option_desc *o, const char *text)
{
	void *field = (char *)config + o->field;
	unsigned long n;

	switch (o->kind) {
	case OPTION_TEXT:
		if (o->valid && !o->valid(text))
			return false;
		replace_text(field, text);
		return true;
	case OPTION_SIZE:
		return parse_size(text, field);
	case OPTION_COUNT:
		if (!parse_number(text, &text, o->limit, &n) || *text || !n)
			return false;
		*(unsigned int *)field = n;
		return true;
	case OPTION_FLAG:
		*(bool *)field = true;
		return true;
	case OPTION_CHOICE:
		return parse_choice(o->choices, text ? text : o->choices[1], field);
	case OPTION_LIST:
		return (!o->valid || o->valid(text)) && add_text(field, text);
	case OPTION_DEVICE:
		config->devices &= ~BIT(o->limit);
		return true;
	case OPTION_EXTRA:
		config->devices |= BIT(o->limit);
		return true;
	case OPTION_FILE:
		read_json(config, text);
		return true;
	case OPTION_RESTORE:
		replace_text(field, text);
		read_snapshot(config, text);
		return true;
	case OPTION_HELP:
		options_help(stdout);
		exit(0);
	}
	return false;
}

/* ---- JSON: an object with the options' names and values ---- */

static const struct option_desc *option_find(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(options); i++)
		if (!strcmp(options[i].name, name))
			return &options[i];
	return NULL;
}

static bool option_is_switch(const struct option_desc *o)
{
	return o->kind == OPTION_FLAG || o->kind == OPTION_DEVICE || o->kind == OPTION_EXTRA;
}

static bool option_set_list(struct config *config, const struct option_desc *o, json_t *values)
{
	json_t *value;
	size_t i;

	json_array_foreach(values, i, value)
		if (!json_is_string(value) || !option_set(config, o, json_string_value(value)))
			return false;
	return json_is_array(values);
}

static bool option_set_json(struct config *config, const struct option_desc *o, json_t *value)
{
	char number[24];

	if (o->kind == OPTION_LIST)
		return option_set_list(config, o, value);
	if (option_is_switch(o))
		return json_is_false(value) || (json_is_true(value) && option_set(config, o, NULL));
	if (json_is_integer(value)) {
		snprintf(number, sizeof(number), "%lld", (long long)json_integer_value(value));
		return option_set(config, o, number);
	}
	return json_is_string(value) && option_set(config, o, json_string_value(value));
}

static void take_json(struct config *config, const char *path, json_t *root,
		      const json_error_t *error)
{
	const char *name;
	json_t *value;

	if (!root)
		die(STATUS_USAGE, "%s: %s (line %d)", path, error->text, error->line);
	if (!json_is_object(root))
		die(STATUS_USAGE, "%s: not a JSON object", path);
	json_object_foreach(root, name, value) {
		const struct option_desc *o = option_find(name);

		if (!o || option_is_action(o))
			die(STATUS_USAGE, "%s: no option \"%s\"", path, name);
		if (!option_set_json(config, o, value))
			die(STATUS_USAGE, "%s: bad value for \"%s\"", path, name);
	}
	json_decref(root);
}

static void read_json(struct config *config, const char *path)
{
	json_error_t error;
	json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &error);

	take_json(config, path, root, &error);
}

static void read_snapshot(struct config *config, const char *path)
{
	char *text = snapshot_config(path);
	json_error_t error;
	json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, &error);

	take_json(config, path, root, &error);
	free(text);
}

static json_t *size_json(__u64 bytes)
{
	char text[24];

	if (bytes % GIB == 0)
		snprintf(text, sizeof(text), "%lluG", bytes / GIB);
	else if (bytes % MIB == 0)
		snprintf(text, sizeof(text), "%lluM", bytes / MIB);
	else
		snprintf(text, sizeof(text), "%lluK", bytes / KIB);
	return json_string(text);
}

static json_t *list_json(const struct text_list *list)
{
	json_t *values = list->nr ? json_array() : NULL;
	unsigned int i;

	for (i = 0; i < list->nr; i++)
		json_array_append_new(values, json_string(list->text[i]));
	return values;
}

static json_t *option_json(const struct config *config, const struct option_desc *o)
{
	const void *field = (const char *)config + o->field;

	switch (o->kind) {
	case OPTION_TEXT:
		return *(char *const *)field ? json_string(*(char *const *)field) : NULL;
	case OPTION_SIZE:
		return size_json(*(const __u64 *)field);
	case OPTION_COUNT:
		return json_integer(*(const unsigned int *)field);
	case OPTION_FLAG:
		return json_boolean(*(const bool *)field);
	case OPTION_CHOICE:
		return json_string(o->choices[*(const unsigned int *)field]);
	case OPTION_LIST:
		return list_json(field);
	case OPTION_DEVICE:
		return json_boolean(!config_has(config, o->limit));
	case OPTION_EXTRA:
		return json_boolean(config_has(config, o->limit));
	default:
		return NULL;
	}
}

static json_t *config_json(const struct config *config)
{
	json_t *root = json_object();
	json_t *value;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(options); i++) {
		if (option_is_action(&options[i]))
			continue;
		value = option_json(config, &options[i]);
		if (value)
			json_object_set_new(root, options[i].name, value);
	}
	return root;
}

/* options_print() - the configuration as JSON that --config reads */
void options_print(const struct config *config)
{
	json_t *root = config_json(config);

	json_dumpf(root, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(root);
}

/* options_text() - the same for a snapshot: without what is this process's alone */
char *options_text(const struct config *config)
{
	json_t *root = config_json(config);
	char *text;

	json_object_del(root, "control");
	json_object_del(root, "input");
	json_object_del(root, "kvm");
	json_object_del(root, "keel");
	text = json_dumps(root, JSON_COMPACT);
	json_decref(root);
	return text;
}

/* ---- Command line ---- */

static int option_has_arg(const struct option_desc *o)
{
	if (!o->value)
		return no_argument;
	return o->choices == stats_kinds ? optional_argument : required_argument;
}

void options_help(FILE *to)
{
	char left[64];
	size_t i;

	fprintf(to, "Usage: keel run [OPTION...] KERNEL\n\n");
	for (i = 0; i < ARRAY_SIZE(options); i++) {
		const struct option_desc *o = &options[i];
		const char *join = !o->value ? "" : option_has_arg(o) == optional_argument ?
				   "[=" : " ";

		snprintf(left, sizeof(left), "%c%c%c --%s%s%s%s", o->letter ? '-' : ' ',
			 o->letter ? o->letter : ' ', o->letter ? ',' : ' ', o->name, join,
			 o->value ? o->value : "", *join == '[' ? "]" : "");
		fprintf(to, "  %-26s %s\n", left, o->help);
	}
	fprintf(to, "\nkeel help keys: what Ctrl-A does; keel help exit: the exit statuses;\n"
		"keel help input: the lines that --input reads\n");
}

/* What getopt_long() wants to be told of the table. Long options return 256 + index. */
static void getopt_tables(struct option *longs, char *shorts)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(options); i++) {
		longs[i] = (struct option){ options[i].name, option_has_arg(&options[i]), NULL,
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
	for (i = 0; i < ARRAY_SIZE(options); i++)
		if (options[i].letter == code)
			return &options[i];
	return NULL;
}

static void config_defaults(struct config *config)
{
	memset(config, 0, sizeof(*config));
	config->memory = 256 * MIB;
	config->cpus = 1;
	config->devices = BIT(KEEL_CLASS_PIC) | BIT(KEEL_CLASS_IOAPIC) | BIT(KEEL_CLASS_PIT) |
			  BIT(KEEL_CLASS_RTC) | BIT(KEEL_CLASS_PM) | BIT(KEEL_CLASS_UART) |
			  BIT(KEEL_CLASS_DEBUGEXIT) | BIT(KEEL_CLASS_I8042) |
			  BIT(KEEL_CLASS_PCIHOST);
	replace_text(&config->kvm, "/dev/kvm");
	replace_text(&config->keel, "/dev/keel");
}

/**
 * options_parse() - the arguments behind "keel run"; ends the process if they are bad.
 * @config: result
 * @argc:   of them, "run" included
 * @argv:   them; argv[0] is replaced
 */
void options_parse(struct config *config, int argc, char **argv)
{
	struct option longs[ARRAY_SIZE(options) + 1];
	char shorts[2 * ARRAY_SIZE(options) + 1];
	const struct option_desc *o;
	int code;

	config_defaults(config);
	getopt_tables(longs, shorts);
	argv[0] = "keel";	/* what getopt_long() begins its complaints with */
	while ((code = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		o = option_by_code(code);
		if (!o)		/* and it has complained */
			exit(STATUS_USAGE);
		if (!option_set(config, o, optarg))
			die(STATUS_USAGE, "--%s: bad value \"%s\"; see keel help run", o->name,
			    optarg ? optarg : "");
	}
	if (optind < argc)
		replace_text(&config->kernel, argv[optind++]);
	if (optind < argc)
		die(STATUS_USAGE, "one kernel at a time: what is \"%s\"?", argv[optind]);
	if (!config->kernel && !config->restore && !config->print && !config->dump_acpi)
		die(STATUS_USAGE, "no kernel given; see keel help run");
	if (config->input && !config_has(config, KEEL_CLASS_I8042))
		die(STATUS_USAGE, "--input: there is no keyboard (--no-i8042)");
	if (config->rtc_resume == RTC_RESUME_WALL && !clock_is_hosts(config))
		die(STATUS_USAGE, "--rtc-resume wall goes with --rtc utc or localtime");
	if (serial_stdio(config) < 0)
		config->console = CONSOLE_NONE;
}
