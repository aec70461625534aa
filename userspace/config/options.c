// SPDX-License-Identifier: GPL-2.0
/*
 * keel run's options: one table, from which the command line is parsed, a JSON file is read and
 * written, and the help is printed. A new option is a row here and a field in struct config. The
 * manual page is checked against the table ("make check").
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "config/config.h"
#include "config/cpu.h"
#include "config/disk.h"
#include "config/firmware.h"
#include "config/flat.h"
#include "config/gdb.h"
#include "config/generation.h"
#include "config/hostfile.h"
#include "config/json.h"
#include "config/limit.h"
#include "config/metrics.h"
#include "config/name.h"
#include "config/net.h"
#include "config/options.h"
#include "config/platform.h"
#include "config/port.h"
#include "config/rtc.h"
#include "config/serial.h"
#include "config/smbios.h"
#include "config/source.h"
#include "config/table.h"
#include "config/virtio.h"
#include "config/watchdog.h"
#include "config/words.h"
#include "device/limit.h"
#include "device/virtio.h"
#include "status.h"
#include "uapi/keel.h"
#include "vm/memory.h"

#define MEMORY_MIN	(1 * MIB)
#define MEMORY_MAX	(512 * GIB)
#define MEMORY_KERNEL	(256 * MIB)	/* by default */
#define MEMORY_FIRMWARE	(1 * GIB)	/* which starts a whole system, by a boot loader */
#define GRACE_OF_NAMED	30

static_assert(PORTS_MAX == KEEL_VCON_PORTS, "the module's limit");

static const char *const stats_kinds[] = { "none", "table", "json" };
static const char *const reset_kinds[] = { "exit", "restart" };
static const char *const sleep_kinds[] = { [ON_SLEEP_WAIT] = "wait", [ON_SLEEP_EXIT] = "exit" };
static const char *const stdio_kinds[] = { [STDIO_GUEST] = "stdio", [STDIO_NONE] = "none" };
static const char *const screen_kinds[] = {
	[SCREEN_NONE] = "none", [SCREEN_TEXT] = "text", [SCREEN_HIDDEN] = "hidden",
};

static const char *const hugepages_kinds[] = {
	[HUGEPAGES_NONE] = "none", [HUGEPAGES_2M] = "2M", [HUGEPAGES_1G] = "1G",
};

static const char *const sandbox_kinds[] = { [SANDBOX_ON] = "on", [SANDBOX_OFF] = "off" };
static const char *const rtc_resume_kinds[] = { "keep", "wall" };
const char *const panic_kinds[] = {
	[ON_PANIC_AUTO] = "auto", [ON_PANIC_EXIT] = "exit", [ON_PANIC_REPORT] = "report",
	[ON_PANIC_PAUSE] = "pause", [ON_PANIC_DUMP] = "dump",
};

static const char *const crash_kinds[] = {
	[ON_CRASH_REPORT] = "report", [ON_CRASH_EXIT] = "exit", [ON_CRASH_CORE] = "core",
	[ON_CRASH_GDB] = "gdb",
};

static const char *const rtc_kinds[] = {
	[KEEL_RTC_COALESCE] = "coalesce", [KEEL_RTC_REINJECT] = "reinject",
};

static const char *const pit_kinds[] = {
	[KEEL_PIT_COALESCE] = "coalesce", [KEEL_PIT_REINJECT] = "reinject",
};

/* ---- --module: FILE, or FILE=COMMAND LINE, whose commas are its own ---- */

static bool module_parse(const char *text, void *object, struct complaint *complaint)
{
	const char *equals = strchrnul(text, '=');
	struct module *module = object;

	(void)complaint;
	module->path = text_copy(text, equals - text);
	if (*equals)
		module->text = text_copy(equals + 1, strlen(equals + 1));
	return true;
}

static bool module_check(void *object, struct complaint *complaint)
{
	return ((struct module *)object)->path || complain(complaint, "path: a file is missing");
}

static const struct row module_rows[] = {
	{ "path", VALUE_TEXT, ROW_FIELD(module, path) },
	{ "text", VALUE_TEXT, ROW_FIELD(module, text) },
};

static const struct object_type module_object = {
	.rows = module_rows, .nr = ARRAY_SIZE(module_rows), .check = module_check,
	.parse = module_parse,
};

/* ---- The table ---- */

const struct option_desc options[] = {
	{ { "kernel", VALUE_TEXT, ROW_FIELD(config, kernel) },
	  .letter = 'k', .value = "FILE",
	  .help = "kernel to boot: bzImage, multiboot, PVH or ELF" },
	{ { "firmware", VALUE_OBJECT, ROW_FIELD(config, firmware), .object = &firmware_object,
	    .choices = &firmware_words },
	  .value = "NAME|FILE[,sum=N]",
	  .help = "start from firmware: seabios, microvm, ovmf (which boot disks), qboot, a file" },
	{ { "nvram", VALUE_TEXT, ROW_FIELD(config, nvram), .min = 1, .max = ROW_TEXT_MAX },
	  .value = "FILE",
	  .help = "the file that UEFI's variables are kept in, made if it is not there" },
	{ { "firmware-log", VALUE_OWN, ROW_FIELD(config, firmware_log), .type = &hostfile_type },
	  .value = "FILE|pty|fd=N",
	  .help = "where firmware's debug messages go, which it writes to port 0x402" },
	{ { "flat", VALUE_OWN, ROW_FIELD(config, flat), .type = &flat_type },
	  .value = "ADDRESS",
	  .help = "take the kernel for a flat binary: load and enter it there" },
	{ { "initrd", VALUE_TEXT, ROW_FIELD(config, initrd) },
	  .letter = 'i', .value = "FILE", .help = "initial RAM disk" },
	{ { "module", VALUE_OBJECT, ROW_FIELDS(config, modules, nr_modules),
	    .object = &module_object },
	  .value = "FILE[=TEXT]",
	  .help = "one more file for the kernel, with a command line; again for more" },
	{ { "append", VALUE_TEXT, ROW_FIELD(config, append) },
	  .letter = 'a', .value = "TEXT",
	  .help = "kernel command line (for Linux: console=ttyS0 panic=-1)" },
	{ { "memory", VALUE_SIZE, ROW_FIELD(config, memory), .min = MEMORY_MIN,
	    .max = MEMORY_MAX },
	  .letter = 'm', .value = "SIZE",
	  .help = "RAM, as 512M, 512MB or 1.5G; without unit MiB (256M; with firmware 1G)" },
	{ { "cpus", VALUE_NUMBER, ROW_FIELD(config, cpus), .min = 1,
	    .max = KEEL_MAX_VCPUS },
	  .letter = 'c', .value = "N", .help = "vCPUs (1)" },
	{ { "console", VALUE_CHOICE, ROW_FIELD(config, stdio),
	    .words = WORDS(stdio_kinds) },
	  .value = "KIND", .help = "standard input and output for the guest: stdio, none (stdio)" },
	{ { "screen", VALUE_CHOICE, ROW_FIELD(config, screen),
	    .words = WORDS(screen_kinds) },
	  .value = "KIND",
	  .help = "text screen: text on the terminal, hidden for keel screen, none (none)" },
	{ { "serial", VALUE_OBJECT, ROW_FIELDS(config, serials, nr_serials),
	    .object = &serial_object },
	  .value = "PLACE,...",
	  .help = "serial port, as pio:0x2f8,3,to=pty or mmio:0xd0000000,stride=4,irq=5" },
	{ { "disk", VALUE_OBJECT, ROW_FIELDS(config, disks, nr_disks),
	    .object = &disk_object },
	  .value = "FILE[,...]",
	  .help = "disk: a file or block device, then ro, direct, queues=N, id=TEXT, serve=KIND" },
	{ { "rng", VALUE_OBJECT, ROW_FIELD(config, rng), .object = &rng_object },
	  .value = "PROPERTY,...", .implied = "on",
	  .help = "entropy device, from the host's kernel" },
	{ { "battery", VALUE_OBJECT, ROW_FIELD(config, battery), .object = &battery_object },
	  .value = "PROPERTY,...", .implied = "on",
	  .help = "battery with AC adapter: charge=PERCENT, state=KIND, rate=MW, ac=on|off" },
	{ { "watchdog", VALUE_OBJECT, ROW_FIELD(config, watchdog), .object = &watchdog_object },
	  .value = "action=WHAT", .implied = "on",
	  .help = "watchdog: reset, poweroff, pause, exit, dump, none when it runs out (reset)" },
	{ { "net", VALUE_OBJECT, ROW_FIELDS(config, nets, nr_nets),
	    .object = &net_object },
	  .value = "user|tap=NAME,...",
	  .help = "network device: user, tap=NAME or fd=N, then queues=N, forward=..., mac=..." },
	{ { "vsock", VALUE_OBJECT, ROW_FIELD(config, vsock), .object = &vsock_object },
	  .value = "CID",
	  .help = "socket device: the host reaches the guest by this context ID" },
	{ { "virtio-console", VALUE_OBJECT, ROW_FIELDS(config, ports, nr_ports),
	    .object = &port_object },
	  .value = "WHAT[,...]",
	  .help = "port of a virtio console: stdio, pty, socket=PATH, FILE, ..., then name=NAME" },
	{ { "virtio-notify", VALUE_CHOICE, ROW_FIELD(config, virtio_notify),
	    .choices = &notify_words },
	  .value = "HOW",
	  .help = "doorbells of virtio devices over PCI: memory, port" },
	{ { "virtio-legacy", VALUE_FLAG, ROW_FIELD(config, virtio_legacy) },
	  .help = "virtio devices for drivers from before version 1 as well" },
	{ { "virtio-cmdline", VALUE_FLAG, ROW_FIELD(config, virtio_cmdline) },
	  .help = "list virtio devices over MMIO on the command line, not in ACPI tables" },
	{ { "console-log", VALUE_TEXT, ROW_FIELD(config, log) },
	  .value = "FILE",
	  .help = "log of the serial output, each line with its time in microseconds" },
	{ { "input", VALUE_OWN, ROW_FIELD(config, input), .type = &source_type },
	  .value = "PATH|fd=N", .own = true,
	  .help = "FIFO of keyboard and mouse: lines like \"key KEY_A 1\"" },
	{ { "pit-ticks", VALUE_CHOICE, ROW_FIELD(config, pit_ticks),
	    .words = WORDS(pit_kinds) },
	  .value = "POLICY",
	  .help = "timer ticks that the host missed: coalesce, reinject (coalesce)" },
	{ { "pit-min-period", VALUE_NUMBER, ROW_FIELD(config, pit_min_us),
	    .min = KEEL_PIT_MIN_PERIOD_LEAST / 1000, .max = 1000000 },
	  .value = "US",
	  .help = "shortest period of the timer that is honoured, in microseconds (100)" },
	{ { "rtc", VALUE_OWN, ROW_FIELD(config, rtc), .type = &rtc_type },
	  .value = "START",
	  .help = "the clock's start: utc, localtime, seconds since 1970 (utc)" },
	{ { "rtc-ticks", VALUE_CHOICE, ROW_FIELD(config, rtc_ticks),
	    .words = WORDS(rtc_kinds) },
	  .value = "POLICY",
	  .help = "missed periodic interrupts of the clock: coalesce, reinject (coalesce)" },
	{ { "rtc-resume", VALUE_CHOICE, ROW_FIELD(config, rtc_resume),
	    .words = WORDS(rtc_resume_kinds) },
	  .value = "WHAT",
	  .help = "the clock after pause or restore: keep its time, wall (keep)" },
	{ { "no-bus", VALUE_FLAG, ROW_FIELD(config, no_bus) },
	  .help = "leave Keel's bus accelerator off" },
	{ { "strict", VALUE_FLAG, ROW_FIELD(config, strict) },
	  .help = "exit on the first unnecessary return to user space" },
	{ { "stats", VALUE_CHOICE, ROW_FIELD(config, stats),
	    .words = WORDS(stats_kinds) },
	  .value = "FORMAT", .implied = "table",
	  .help = "print counters to standard error at the end: table, json (table)" },
	{ { "latency", VALUE_FLAG, ROW_FIELD(config, latency) },
	  .own = true, .help = "measure how long accesses, timers, interrupts and disks take" },
	{ { "limit", VALUE_OBJECT, ROW_FIELDS(config, limits, nr_limits),
	    .object = &limit_object },
	  .value = "KIND=RATE,...", .own = true,
	  .help = "hold the guest to accesses, timers, bytes, notifications, interrupts a second" },
	{ { "no-pic", VALUE_WITHOUT, ROW_FIELD(config, devices), .min = KEEL_CLASS_PIC },
	  .help = "leave out the pair of 8259A interrupt controllers" },
	{ { "no-ioapic", VALUE_WITHOUT, ROW_FIELD(config, devices), .min = KEEL_CLASS_IOAPIC },
	  .help = "leave out the 82093AA IOAPIC" },
	{ { "no-pit", VALUE_WITHOUT, ROW_FIELD(config, devices), .min = KEEL_CLASS_PIT },
	  .help = "leave out the 8254 timer" },
	{ { "no-rtc", VALUE_WITHOUT, ROW_FIELD(config, devices), .min = KEEL_CLASS_RTC },
	  .help = "leave out the MC146818 clock" },
	{ { "no-pm", VALUE_WITHOUT, ROW_FIELD(config, devices), .min = KEEL_CLASS_PM },
	  .help = "leave out the ACPI hardware: no power-off, no reset" },
	{ { "no-uart", VALUE_WITHOUT, ROW_FIELD(config, devices), .min = KEEL_CLASS_UART },
	  .help = "leave out the 16550A serial ports" },
	{ { "no-i8042", VALUE_WITHOUT, ROW_FIELD(config, devices), .min = KEEL_CLASS_I8042 },
	  .help = "leave out the 8042 with keyboard and mouse" },
	{ { "no-pci", VALUE_WITHOUT, ROW_FIELD(config, devices), .min = KEEL_CLASS_PCIHOST },
	  .help = "leave out the PCI bus" },
	{ { "no-debug-exit", VALUE_WITHOUT, ROW_FIELD(config, devices),
	    .min = KEEL_CLASS_DEBUGEXIT },
	  .help = "leave out the debug-exit port" },
	{ { "no-pvpanic", VALUE_WITHOUT, ROW_FIELD(config, devices), .min = KEEL_CLASS_PVPANIC },
	  .help = "leave out the panic notifier" },
	{ { "no-hpet", VALUE_WITHOUT, ROW_FIELD(config, devices), .min = KEEL_CLASS_HPET },
	  .help = "leave out the HPET" },
	{ { "hpet", VALUE_FLAG, ROW_FIELD(config, hpet) },
	  .help = "describe the HPET in ACPI's tables, for kernels that look for it there" },
	{ { "smbios", VALUE_OBJECT, ROW_FIELDS(config, smbios, nr_smbios),
	    .object = &smbios_object },
	  .value = "type=N,...",
	  .help = "texts in SMBIOS's tables, as type=1,serial=42 or type=11,value=TEXT" },
	{ { "credential", VALUE_OBJECT, ROW_FIELDS(config, credentials, nr_credentials),
	    .object = &credential_object },
	  .value = "NAME=VALUE|@FILE",
	  .help = "credential for the guest's systemd, by SMBIOS; again for more" },
	{ { "cloud-init", VALUE_OBJECT, ROW_FIELD(config, cloud_init),
	    .object = &cloud_init_object },
	  .value = "FOLDER",
	  .help = "a disk for the guest's cloud-init, of user-data, meta-data and so on in there" },
	{ { "user-data", VALUE_OWN, ROW_FIELD(config, user_data), .type = &user_data_type },
	  .value = "FILE", .action = true,
	  .help = "the same, of this file as user-data" },
	{ { "generation-id", VALUE_OWN, ROW_FIELD(config, generation), .type = &generation_type },
	  .value = "GUID|WORD", .own = true,
	  .help = "what the guest tells a copy by: auto, a GUID, or keep with --restore (auto)" },
	{ { "testdev", VALUE_WITH, ROW_FIELD(config, devices), .min = KEEL_CLASS_TESTDEV },
	  .help = "add test devices: lines, ports, debug exit at 0xf4, a PCI function" },
	{ { "cpu-affinity", VALUE_OWN, ROW_FIELD(config, vcpu_threads.affinity),
	    .type = &cpu_list_type },
	  .value = "LIST", .help = "host CPUs for the vCPU threads in turn, as 2,4-7" },
	{ { "rt", VALUE_OWN, ROW_FIELD(config, vcpu_threads.rt), .type = &realtime_type },
	  .value = "POLICY:N",
	  .help = "real-time scheduling of the vCPU threads: fifo:N, rr:N (1 to 99)" },
	{ { "nice", VALUE_OWN, ROW_FIELD(config, vcpu_threads.nice), .type = &nice_type },
	  .value = "N", .help = "priority of the vCPU threads: -20 (most CPU time) to 19" },
	{ { "server-affinity", VALUE_OWN, ROW_FIELD(config, server_threads.affinity),
	    .type = &cpu_list_type },
	  .value = "LIST", .help = "host CPUs for the threads that serve virtio devices" },
	{ { "server-rt", VALUE_OWN, ROW_FIELD(config, server_threads.rt),
	    .type = &realtime_type },
	  .value = "POLICY:N", .help = "real-time scheduling of these threads" },
	{ { "server-nice", VALUE_OWN, ROW_FIELD(config, server_threads.nice),
	    .type = &nice_type },
	  .value = "N", .help = "priority of these threads: -20 to 19" },
	{ { "halt-poll", VALUE_OWN, ROW_FIELD(config, halt_poll), .type = &halt_poll_type },
	  .value = "US",
	  .help = "how long a halted vCPU's thread watches for interrupts before it sleeps" },
	{ { "rt-profile", VALUE_FLAG, ROW_FIELD(config, rt_profile) },
	  .own = true,
	  .help = "all of these as suits a real-time guest on this host; says what it lacks" },
	{ { "hugepages", VALUE_CHOICE, ROW_FIELD(config, hugepages),
	    .words = WORDS(hugepages_kinds) },
	  .value = "SIZE", .implied = "2M",
	  .help = "guest memory of huge pages, set aside for it: 2M, 1G, none (2M)" },
	{ { "numa-node", VALUE_OWN, ROW_FIELD(config, node), .type = &numa_node_type },
	  .value = "N", .help = "guest memory from this node of the host" },
	{ { "mlock", VALUE_FLAG, ROW_FIELD(config, mlock) },
	  .help = "lock guest and launcher into memory" },
	{ { "sandbox", VALUE_CHOICE, ROW_FIELD(config, sandbox), .words = WORDS(sandbox_kinds) },
	  .value = "WHETHER", .own = true,
	  .help = "once it is set up, do without files and system calls: on, off (on)" },
	{ { "user", VALUE_OWN, ROW_FIELD(config, user), .type = &user_type },
	  .value = "NAME|UID:GID", .own = true, .help = "go on as this user, once it is set up" },
	{ { "chroot", VALUE_TEXT, ROW_FIELD(config, chroot) },
	  .value = "FOLDER", .own = true,
	  .help = "go on with this root folder, once it is set up" },
	{ { "kvm", VALUE_OWN, ROW_FIELD(config, kvm), .type = &source_type },
	  .value = "PATH|fd=N", .own = true,
	  .help = "KVM's device, or a descriptor on which it is open (/dev/kvm)" },
	{ { "keel", VALUE_OWN, ROW_FIELD(config, keel), .type = &source_type },
	  .value = "PATH|fd=N", .own = true,
	  .help = "Keel's device, or a descriptor on which it is open (/dev/keel)" },
	{ { "name", VALUE_OWN, ROW_FIELD(config, name), .type = &name_type },
	  .value = "NAME", .own = true, .help = "name of the VM, by which commands find it" },
	{ { "grace", VALUE_OWN, ROW_FIELD(config, grace), .type = &grace_type },
	  .value = "SECONDS", .own = true,
	  .help = "time for the guest to shut down at SIGTERM (30 with --name, else 0)" },
	{ { "control", VALUE_TEXT, ROW_FIELD(config, control) },
	  .value = "PATH", .own = true, .help = "make a socket there for keel ctl" },
	{ { "metrics", VALUE_OWN, ROW_FIELD(config, metrics), .type = &metrics_type },
	  .value = "PORT|PATH", .own = true,
	  .help = "answer Prometheus at a port of the loopback interface, or at a socket" },
	{ { "gdb", VALUE_OBJECT, ROW_FIELD(config, gdb), .object = &gdb_object },
	  .value = "PORT|PATH[,wait]", .own = true,
	  .help = "serve gdb at a port of the loopback interface, or at a socket" },
	{ { "on-reset", VALUE_CHOICE, ROW_FIELD(config, on_reset),
	    .words = WORDS(reset_kinds) },
	  .value = "WHAT", .help = "when the guest resets: exit, restart (exit)" },
	{ { "on-sleep", VALUE_CHOICE, ROW_FIELD(config, on_sleep),
	    .words = WORDS(sleep_kinds) },
	  .value = "WHAT", .help = "when the guest sleeps (ACPI S3): wait, exit (wait)" },
	{ { "on-panic", VALUE_CHOICE, ROW_FIELD(config, on_panic),
	    .words = WORDS(panic_kinds) },
	  .value = "WHAT", .help = "when the guest panics: exit, report, pause, dump (auto)" },
	{ { "on-crash", VALUE_CHOICE, ROW_FIELD(config, on_crash),
	    .words = WORDS(crash_kinds) },
	  .value = "WHAT",
	  .help = "when the guest cannot go on: report, exit, core, gdb (report)" },
	{ { "dump-file", VALUE_TEXT, ROW_FIELD(config, dump_file) },
	  .value = "FILE", .own = true,
	  .help = "the new file of a dump: --on-panic, --on-crash, --watchdog (keel.PID.core)" },
	{ { "restore", VALUE_TEXT, ROW_FIELD(config, restore) },
	  .value = "FILE", .action = true, .help = "go on with a VM that keel ctl has saved" },
	{ { .name = "config", .kind = VALUE_ACTION },
	  .value = "FILE", .action = true,
	  .help = "read options from a JSON file, as --print-config writes it" },
	{ { "print-config", VALUE_FLAG, ROW_FIELD(config, print) },
	  .action = true, .help = "print what would be run as JSON, and end" },
	{ { "dry-run", VALUE_FLAG, ROW_FIELD(config, dry_run) },
	  .action = true,
	  .help = "check and place the kernel and all else short of a VM, and end" },
	{ { "dump-acpi", VALUE_TEXT, ROW_FIELD(config, dump_acpi) },
	  .value = "FOLDER", .action = true,
	  .help = "write the ACPI tables into an existing folder, and end" },
	{ { .name = "help", .kind = VALUE_ACTION },
	  .letter = 'h', .action = true, .help = "print this" },
};

const unsigned int nr_options = ARRAY_SIZE(options);

static_assert(ARRAY_SIZE(options) <= OPTIONS_MAX, "OPTIONS_MAX");

/* device_name() - what the user knows a class by: of its option, without "no-" */
const char *device_name(unsigned int class)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(options); i++) {
		const struct row *row = &options[i].row;

		if (row->min != class)
			continue;
		if (row->kind == VALUE_WITHOUT)
			return row->name + strlen("no-");
		if (row->kind == VALUE_WITH)
			return row->name;
	}
	return "device";
}

/**
 * option_unknown() - complain of a name that no option has.
 * @what:      "no option"
 * @dashes:    before a name, "--" or ""
 * @name:      the user's, without these
 * @complaint: result
 *
 * Return: false.
 */
bool option_unknown(const char *what, const char *dashes, const char *name,
		    struct complaint *complaint)
{
	const char *names[ARRAY_SIZE(options)];
	const struct words words = { names, ARRAY_SIZE(options) };
	const char *near;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(options); i++)
		names[i] = options[i].row.name;
	near = words_nearest(name, &words);
	if (!near)
		return complain(complaint, "%s \"%s%.40s\"; see keel help run", what, dashes,
				name);
	return complain(complaint, "%s \"%s%.40s\"; did you mean \"%s%s\"?", what, dashes, name,
			dashes, near);
}

/* config_defaults() - the devices and values of a VM without options */
void config_defaults(struct config *config)
{
	size_t i;

	memset(config, 0, sizeof(*config));
	config->cpus = 1;
	config->platform = &platform_kernel;
	config->pit_min_us = KEEL_PIT_MIN_PERIOD_DEFAULT / 1000;
	config->kvm = (struct source){ "/dev/kvm", -1 };
	config->keel = (struct source){ "/dev/keel", -1 };
	object_begin(&battery_object, &config->battery, sizeof(config->battery));
	config->battery.on = false;
	for (i = 0; i < ARRAY_SIZE(options); i++)
		if (options[i].row.kind == VALUE_WITHOUT)
			config->devices |= BIT(options[i].row.min);
}

/* The screen has the terminal: nothing else is there. */
static void resolve_terminal(struct config *config)
{
	static const char wrong[] = "%s: to=stdio does not go with --screen text, which has it";
	unsigned int i;

	for (i = 0; i < config->nr_serials; i++)
		if (config->serials[i].to.kind == HOSTFILE_STDIO)
			die(STATUS_USAGE, wrong, "--serial");
	for (i = 0; i < config->nr_ports; i++)
		if (config->ports[i].to.kind == HOSTFILE_STDIO)
			die(STATUS_USAGE, wrong, "--virtio-console");
	config->stdio = STDIO_NONE;
}

/* config_resolve() - what follows from the options; dies if they do not go together */
void config_resolve(struct config *config)
{
	unsigned int i, nr_stdio = 0;

	if (!config->memory)
		config->memory = config->firmware.path ? MEMORY_FIRMWARE : MEMORY_KERNEL;
	if (config->input.text && !config_has(config, KEEL_CLASS_I8042))
		die(STATUS_USAGE, "--input: there is no keyboard (--no-i8042)");
	if (config->hpet && !config_has(config, KEEL_CLASS_HPET))
		die(STATUS_USAGE, "--hpet: there is none (--no-hpet)");
	if (config->generation.kind == GENERATION_KEEP && !config->restore)
		die(STATUS_USAGE, "--generation-id: keep goes with --restore");
	if (config->generation.kind != GENERATION_AUTO && !config_has(config, KEEL_CLASS_PM))
		die(STATUS_USAGE, "--generation-id: there is no ACPI hardware (--no-pm)");
	if (config->watchdog.on && !config_has(config, KEEL_CLASS_PCIHOST))
		die(STATUS_USAGE, "--watchdog: there is no PCI bus (--no-pci)");
	if (config->rtc_resume == RTC_RESUME_WALL && config->rtc.kind == RTC_SECONDS)
		die(STATUS_USAGE, "--rtc-resume wall goes with --rtc utc or localtime");
	if (config->screen)
		config->devices |= BIT(KEEL_CLASS_SCREEN);
	if (config->screen == SCREEN_TEXT)
		resolve_terminal(config);
	for (i = 0; i < config->nr_ports; i++)
		nr_stdio += config->ports[i].to.kind == HOSTFILE_STDIO;
	if (nr_stdio > 1)
		die(STATUS_USAGE, "--virtio-console: one port at a time can be stdio");
	if (config->name && !config->grace.given)
		config->grace.seconds = GRACE_OF_NAMED;
	if (config->battery.on)
		config->devices |= BIT(KEEL_CLASS_BATTERY);
	serial_resolve(config);
	cloud_init_resolve(config);
	smbios_resolve(config);
	credential_resolve(config);
	virtio_resolve(config);
	firmware_resolve(config);
	if (config_plugs(config) && !config_has(config, KEEL_CLASS_PM))
		die(STATUS_USAGE, "plug: the guest is told by ACPI (--no-pm)");
	if (serial_stdio(config) < 0)
		config->stdio = STDIO_NONE;
	limits_resolve(config);
}

/* ---- JSON: an object with the options' names and values ---- */

static const struct option_desc *find_option(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(options); i++)
		if (!strcmp(options[i].row.name, name) && !options[i].action)
			return &options[i];
	return NULL;
}

static void read_json(struct config *config, const char *path, json_t *root,
		      const json_error_t *error)
{
	struct complaint complaint;
	const char *name;
	json_t *value;

	if (!root)
		die(STATUS_USAGE, "%s: %s (line %d)", path, error->text, error->line);
	if (!json_is_object(root))
		die(STATUS_USAGE, "%s: not a JSON object", path);
	json_object_foreach(root, name, value) {
		const struct option_desc *o = find_option(name);

		if (!o) {
			option_unknown("no option", "", name, &complaint);
			die(STATUS_USAGE, "%s: %s", path, complaint.text);
		}
		if (!row_from_json(&o->row, config, value, &complaint))
			die(STATUS_USAGE, "%s: %s: %s", path, name, complaint.text);
	}
	json_decref(root);
}

/* options_read() - from the file that --config names */
void options_read(struct config *config, const char *path)
{
	json_error_t error;
	json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &error);

	read_json(config, path, root, &error);
}

/* options_read_text() - the same from memory; @path is for messages */
void options_read_text(struct config *config, const char *path, const char *text)
{
	json_error_t error;
	json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, &error);

	read_json(config, path, root, &error);
}

static json_t *config_json(const struct config *config, bool with_own)
{
	json_t *root = json_object();
	json_t *value;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(options); i++) {
		const struct option_desc *o = &options[i];

		if (o->action || (o->own && !with_own))
			continue;
		value = row_to_json(&o->row, config);
		if (value)
			json_object_set_new(root, o->row.name, value);
	}
	return root;
}

/* options_print() - the configuration as JSON that --config reads */
void options_print(const struct config *config)
{
	json_t *root = config_json(config, true);

	json_dumpf(root, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(root);
}

/* options_text() - the same for a snapshot: without what is this process's alone */
char *options_text(const struct config *config)
{
	json_t *root = config_json(config, false);
	char *text = json_dumps(root, JSON_COMPACT);

	json_decref(root);
	return text;
}
