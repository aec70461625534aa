// SPDX-License-Identifier: GPL-2.0
/*
 * keel: start a VM on Keel, and little else. Its parts, in the order of the life of a VM:
 *
 *   config/   command line and JSON to struct config: a table of options, and one of properties
 *             for each option that has them
 *   boot/     kernel, modules and command line into memory, by the loader that knows the format;
 *             ACPI tables
 *   firmware/ or the firmware that finds one: its flash memory, and what it is told
 *   device/   what Keel and the guest are told of each kind of device
 *   vm/       KVM's VM and Keel's, memory, vCPUs, files behind virtio devices, and the threads
 *   stream/   bytes of UARTs and of the virtio console's ports on their way
 *   screen/   the guest's text screen, on the terminal or as text
 *   sandbox/  what the process gives up once all is set up
 *   life/     pause, resume, reset, save and restore
 *   control/  the control socket, counters, state of the devices, --input
 *   check/    keel check: whether a VM can run here
 *   debug/    dumps, the server for gdb
 *   image/    keel image: disks with a system on them
 *   bench/    keel bench host: latencies of this host's hardware
 *   operate/  the other side of the socket: commands for VMs that run
 */
#include <cpuid.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base.h"
#include "bench/bench.h"
#include "boot/acpi.h"
#include "boot/boot.h"
#include "boot/generation.h"
#include "check/check.h"
#include "check/profile.h"
#include "config/command_line.h"
#include "config/completion.h"
#include "config/config.h"
#include "config/options.h"
#include "config/table.h"
#include "control/control.h"
#include "control/input.h"
#include "control/latency.h"
#include "control/limit.h"
#include "control/notify.h"
#include "debug/gdb.h"
#include "firmware/flash.h"
#include "firmware/kernel.h"
#include "firmware/nvram.h"
#include "image/image.h"
#include "life/dump.h"
#include "life/lifecycle.h"
#include "life/snapshot.h"
#include "life/stop.h"
#include "operate/operate.h"
#include "status.h"
#include "stream/terminal.h"
#include "uapi/keel.h"
#include "uapi/keel_version.h"
#include "vm/limits.h"
#include "vm/entry.h"
#include "vm/memory.h"
#include "vm/run.h"
#include "vm/seed.h"
#include "vm/vcpu.h"
#include "vm/vm.h"

static int run(struct vm *vm)
{
	if (vm->config->latency)
		latency_begin(vm);
	limits_begin(vm);
	control_open(vm);
	gdb_open(vm);
	dump_open(vm);
	notify_open();
	return vm_run(vm);
}

/*
 * On AMD's CPUs a doorbell in memory costs twice what a port does, as KVM has to decode the
 * instruction; on Intel's it is the port that costs more. Many small kernels need memory.
 */
static bool takes_ports(const struct boot *boot)
{
	unsigned int most, b, c, d;

	return boot->loader->any_doorbell &&
	       __get_cpuid(0, &most, &b, &c, &d) && b != signature_INTEL_ebx;
}

/* What a restored VM boots when it is reset: mapped, and not looked at before. */
static struct boot boot_of_restored;

static void load_restored(struct vm *vm)
{
	struct boot_entry entry;

	boot_load(&boot_of_restored, &vm->memory, acpi_load(&vm->memory, vm->config), &entry);
	entry_boot(&vm->vcpus[0], &entry);
}

/* A firmware's part of the memory; it starts as processors do after a reset. */
static void load_firmware(struct vm *vm)
{
	flash_shadow(&vm->memory);
	generation_load(&vm->memory, vm->config);
}

static void open_firmware(struct vm *vm, struct config *config)
{
	flash_open(&vm->memory, config);
	if (config->nvram)
		nvram_open(&vm->memory, config);
	if (config->kernel)
		vm->served = kernel_open(config);
}

static int run_restored(struct config *config)
{
	struct vm vm = { .served = NULL };
	struct snapshot snapshot;

	memory_create(&vm.memory, config);
	if (config->firmware.path)
		open_firmware(&vm, config);
	snapshot_load(&snapshot, config, &vm.memory);
	if (config->dry_run)
		return 0;
	generation_restored(&vm.memory, config);
	if (!config->firmware.path && boot_is_readable(config)) {
		boot_open(&boot_of_restored, config);
		config->ports_first = takes_ports(&boot_of_restored);
	}
	vm_create(&vm, config);
	lifecycle_init(&vm);
	lifecycle_keep_boot(&vm, config->firmware.path ? load_firmware :
				 boot_of_restored.loader ? load_restored : NULL);
	snapshot_apply(&snapshot, &vm);
	lifecycle_restored(&vm, &snapshot);
	if (generation_is_new(config))
		press_button(&vm, KEEL_INPUT_GPE, GENERATION_GPE);
	return run(&vm);
}

static int run_firmware(struct config *config)
{
	const char *what = config->firmware.why ?: config->kernel;
	struct vm vm = { .config = config };

	memory_create(&vm.memory, config);
	open_firmware(&vm, config);
	if (config->dry_run) {
		printf("%s: firmware, %llu KiB below 4 GiB, sum=%s%s%s\n", config->firmware.path,
		       vm.memory.flash_size / KIB, config->firmware.sum, what ? ", for " : "",
		       what ?: "");
		return 0;
	}
	generation_begin(config);
	load_firmware(&vm);
	vm_create(&vm, config);
	lifecycle_init(&vm);
	lifecycle_keep(&vm);
	return run(&vm);
}

static int command_run(int argc, char **argv)
{
	static struct boot boot;
	struct boot_entry entry;
	static struct config config;
	struct vm vm = { .served = NULL };
	__u64 rsdp;

	command_line_parse(&config, argc, argv);
	if (config.print) {
		options_print(&config);
		return 0;
	}
	if (config.dump_acpi) {
		acpi_dump(config.dump_acpi, &config);
		return 0;
	}

	if (config.on_crash == ON_CRASH_GDB)
		gdb_default(&config.gdb);
	if (config.rt_profile)
		profile_apply(&config);
	limits_raise(&config);
	seed_open(&config);
	if (config.restore)
		return run_restored(&config);
	if (config.firmware.path)
		return run_firmware(&config);
	boot_open(&boot, &config);
	config.ports_first = takes_ports(&boot);
	generation_begin(&config);
	memory_create(&vm.memory, &config);
	rsdp = acpi_load(&vm.memory, &config);
	boot_load(&boot, &vm.memory, rsdp, &entry);
	boot_close(&boot);
	if (config.dry_run) {
		printf("%s: %s%s, entry 0x%llx\n", config.kernel, boot.kernel.inside,
		       boot.loader->name, entry.rip);
		return 0;
	}

	vm_create(&vm, &config);
	entry_boot(&vm.vcpus[0], &entry);
	lifecycle_init(&vm);
	lifecycle_keep(&vm);
	return run(&vm);
}

static int command_version(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	printf("keel %s (ABI %d)\n", KEEL_VERSION, KEEL_ABI_VERSION);
	return 0;
}

static void help_keys(FILE *to)
{
	fputs(keys_help, to);
}

static const struct {
	const char *name;
	void (*print)(FILE *to);
} topics[] = {
	{ "run",  command_line_help },
	{ "ctl",  ctl_help },
	{ "exit", exit_help },
	{ "keys", help_keys },
	{ "input", input_help },
};

static int command_help(int argc, char **argv);
static int command_completion(int argc, char **argv);

/**
 * struct command - what the first word can be.
 * @name:      that word
 * @function:  does it, and returns the exit status; the word is argv[0]
 * @arguments: behind the word, as the help shows them; NULL: another word for a command
 * @summary:   a line of help
 * @details:   more of it, or NULL
 */
static const struct command {
	const char *name;
	int (*function)(int argc, char **argv);
	const char *arguments;
	const char *summary;
	const char *details;
} commands[] = {
	{ "run", command_run, "[OPTION...] KERNEL|--disk FILE", "start a VM", NULL },
	{ "image", command_image, "create NAME [OPTION...]", "make a disk with a Debian system",
	  image_details },
	{ "ps", command_ps, "[--json]", "list the VMs that have a name", ps_details },
	{ "stop", command_stop, "VM [--grace SECONDS] [--force]", "shut a VM down", stop_details },
	{ "pause", command_plain, "VM", "stop the guest's time", NULL },
	{ "resume", command_plain, "VM", "let it go on", NULL },
	{ "reset", command_plain, "VM", "press the reset button", NULL },
	{ "wake", command_plain, "VM", "wake a guest that sleeps", NULL },
	{ "save", command_save, "VM FILE", "write all of a VM to a file, for keel run --restore",
	  NULL },
	{ "console", command_console, "VM", "attach to the console; Ctrl-A d detaches",
	  console_details },
	{ "attach", command_attach, "VM disk FILE[,...] | VM DEVICE",
	  "plug in a disk, or a device that has been out", attach_details },
	{ "detach", command_detach, "VM DEVICE [--timeout SECONDS] [--force]",
	  "have the guest let go of a device", detach_details },
	{ "slots", command_plain, "VM", "the devices that can come and go", NULL },
	{ "dump", command_dump, "VM FILE", "memory and registers to a file, for gdb and crash",
	  NULL },
	{ "nmi", command_nmi, "VM [CPU]", "send an NMI to a CPU (0)", NULL },
	{ "pulse", command_pulse, "VM LINE", "assert an interrupt line for one interrupt",
	  pulse_details },
	{ "screen", command_screen, "VM [--json]", "what is on the guest's text screen",
	  screen_details },
	{ "sendkey", command_sendkey, "VM KEYS",
	  "press keys, as ctrl-alt-delete", sendkey_details },
	{ "battery", command_battery, "VM VALUES", "change the battery, as charge=40,ac=off",
	  battery_details },
	{ "status", command_plain, "VM", "what a VM is doing, as JSON", NULL },
	{ "stats", command_stats, "VM [--json]", "counters", NULL },
	{ "latency", command_latency, "VM [on|off|reset] [--json]",
	  "how long things take, or measure it", latency_details },
	{ "metrics", command_metrics, "VM [FILE]", "all counters, for Prometheus",
	  metrics_details },
	{ "plot", command_plot, "VM FILE [OPTION...]", "draw latencies, as SVG", plot_details },
	{ "inspect", command_inspect, "VM [--json] [DEVICE]",
	  "the state of devices and lines", NULL },
	{ "top", command_top, "VM [--delay SECONDS] [--count N]", "what a VM does, each second",
	  top_details },
	{ "trace", command_trace, "VM [EVENT[:FILTER]...]", "what the module records of a VM",
	  trace_details },
	{ "events", command_events, "VM", "follow what happens, as lines of JSON", events_details },
	{ "ctl", command_ctl, "VM REQUEST [ARGUMENT]",
	  "any request to a VM's control socket", NULL },
	{ "check", command_check, "[--rt] [--json]",
	  "whether a VM can run here, and what to type if not", NULL },
	{ "bench", command_bench, "host [OPTION...]",
	  "measure latencies on this host, for a report", bench_details },
	{ "completion", command_completion, "bash|zsh", "what a shell completes", NULL },
	{ "help", command_help, "[COMMAND|exit|keys|input]", "help on a command or topic", NULL },
	{ "version", command_version, "",
	  "print the versions of keel and of the module's ABI", NULL },
	{ "--help", command_help, NULL, NULL, NULL },
	{ "-h", command_help, NULL, NULL, NULL },
	{ "--version", command_version, NULL, NULL, NULL },
	{ "-V", command_version, NULL, NULL, NULL },
};

static const struct command *find_command(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(name, commands[i].name))
			return &commands[i];
	return NULL;
}

static void help_commands(FILE *to)
{
	size_t i;

	fprintf(to, "Usage: keel COMMAND [ARGUMENT...]\n\n");
	fprintf(to, "Runs a guest on KVM with Keel's PC platform in the kernel.\n\n");
	for (i = 0; i < ARRAY_SIZE(commands); i++)
		if (commands[i].arguments)
			fprintf(to, "  %-8s %-34s %s\n", commands[i].name, commands[i].arguments,
				commands[i].summary);
	fprintf(to, "\nVM is a name (keel run --name), or the path of a socket (--control).\n");
}

/* The nearest of all commands and topics. */
static void __noreturn no_help(const char *word)
{
	const char *names[ARRAY_SIZE(commands) + ARRAY_SIZE(topics)];
	const struct words words = { names, ARRAY_SIZE(names) };
	const char *near;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(commands); i++)
		names[i] = commands[i].name;
	for (i = 0; i < ARRAY_SIZE(topics); i++)
		names[ARRAY_SIZE(commands) + i] = topics[i].name;
	near = words_nearest(word, &words);
	if (near)
		die(STATUS_USAGE, "no help on \"%.40s\"; did you mean \"%s\"?", word, near);
	die(STATUS_USAGE, "no help on \"%.40s\"; see keel help", word);
}

static int command_help(int argc, char **argv)
{
	const struct command *command;
	size_t i;

	if (argc < 2) {
		help_commands(stdout);
		return 0;
	}
	for (i = 0; i < ARRAY_SIZE(topics); i++) {
		if (!strcmp(argv[1], topics[i].name)) {
			topics[i].print(stdout);
			return 0;
		}
	}
	command = find_command(argv[1]);
	if (!command || !command->arguments)
		no_help(argv[1]);
	printf("Usage: keel %s %s\n\n%s: %s.\n", command->name, command->arguments,
	       command->name, command->summary);
	if (command->details)
		printf("\n%s", command->details);
	return 0;
}

static int command_completion(int argc, char **argv)
{
	const char *names[ARRAY_SIZE(commands)];
	size_t i, nr = 0;

	if (argc != 2)
		die(STATUS_USAGE, "keel completion: for which shell? allowed: bash, zsh");
	for (i = 0; i < ARRAY_SIZE(commands); i++)
		if (commands[i].arguments)
			names[nr++] = commands[i].name;
	completion_print(argv[1], names, nr);
	return 0;
}

/* ---- A first word that is no command ---- */

/* What other programs call it */
static const struct {
	const char *theirs;
	const char *ours;
} synonyms[] = {
	{ "start", "run" }, { "launch", "run" }, { "boot", "run" }, { "create", "run" },
	{ "restore", "run --restore" }, { "list", "ps" }, { "ls", "ps" },
	{ "kill", "stop --force" },
	{ "quit", "stop --force" }, { "destroy", "stop --force" }, { "shutdown", "stop" },
	{ "poweroff", "stop" }, { "reboot", "reset" }, { "restart", "reset" },
	{ "suspend", "pause" }, { "freeze", "pause" }, { "continue", "resume" },
	{ "cont", "resume" }, { "unpause", "resume" }, { "snapshot", "save" }, { "info", "status" },
	{ "show", "inspect" }, { "monitor", "ctl" },
	{ "plug", "attach" }, { "unplug", "detach" }, { "eject", "detach" },
};

static const char *synonym_of(const char *word)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(synonyms); i++)
		if (!strcmp(word, synonyms[i].theirs))
			return synonyms[i].ours;
	return NULL;
}

static const char *nearest_command(const char *word)
{
	const char *names[ARRAY_SIZE(commands)];
	const struct words words = { names, ARRAY_SIZE(names) };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(commands); i++)
		names[i] = commands[i].arguments ? commands[i].name : NULL;
	return words_nearest(word, &words);
}

static void __noreturn no_command(const char *word)
{
	const char *meant = synonym_of(word);

	if (word[0] == '-')
		die(STATUS_USAGE, "\"%.40s\" is no command; did you mean \"keel run %.40s ...\"?",
		    word, word);
	if (!meant && !access(word, F_OK))
		die(STATUS_USAGE, "\"%.400s\" is no command; did you mean \"keel run %.400s\"?",
		    word, word);
	if (!meant)
		meant = nearest_command(word);
	if (meant)
		die(STATUS_USAGE, "no command \"%.40s\"; did you mean \"keel %s\"?", word, meant);
	die(STATUS_USAGE, "no command \"%.40s\"; see keel help", word);
}

int main(int argc, char **argv)
{
	const struct command *command;

	terminal_init();
	if (argc < 2) {
		help_commands(stderr);
		return STATUS_USAGE;
	}
	command = find_command(argv[1]);
	if (!command)
		no_command(argv[1]);
	return command->function(argc - 1, argv + 1);
}
