// SPDX-License-Identifier: GPL-2.0
/*
 * keel: start a VM on Keel, and little else. Its parts, in the order of the life of a VM:
 *
 *   config/   command line and JSON to struct config: a table of options, and one of properties
 *             for each option that has them
 *   boot/     kernel, modules and command line into memory, by the loader that knows the format;
 *             ACPI tables
 *   device/   what Keel and the guest are told of each kind of device
 *   vm/       KVM's VM and Keel's, memory, vCPUs, files behind virtio devices, and the threads
 *   stream/   bytes of UARTs and of the virtio console's ports on their way
 *   life/     pause, resume, reset, save and restore
 *   control/  the control socket, counters, state of the devices, --input
 *   debug/    dumps, the server for gdb
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base.h"
#include "boot/acpi.h"
#include "boot/boot.h"
#include "config/command_line.h"
#include "config/config.h"
#include "config/options.h"
#include "config/table.h"
#include "control/control.h"
#include "control/ctl.h"
#include "control/input.h"
#include "debug/gdb.h"
#include "life/lifecycle.h"
#include "life/snapshot.h"
#include "status.h"
#include "stream/terminal.h"
#include "uapi/keel.h"
#include "vm/memory.h"
#include "vm/run.h"
#include "vm/vcpu.h"
#include "vm/vm.h"

/* Every file that Keel uses is open here as well: as many as may be, then. */
static void raise_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static int run_restored(const struct config *config)
{
	struct snapshot snapshot;
	struct vm vm;

	memory_create(&vm.memory, config);
	snapshot_load(&snapshot, config, &vm.memory);
	if (config->dry_run)
		return 0;
	vm_create(&vm, config);
	lifecycle_init(&vm);
	snapshot_apply(&snapshot, &vm);
	lifecycle_restored(&vm, &snapshot);
	control_open(&vm);
	gdb_open(&vm);
	return vm_run(&vm);
}

static int command_run(int argc, char **argv)
{
	static struct boot boot;
	struct boot_entry entry;
	static struct config config;
	struct vm vm;
	__u64 rsdp;
	void *rom;

	command_line_parse(&config, argc, argv);
	if (config.print) {
		options_print(&config);
		return 0;
	}
	if (config.dump_acpi) {
		acpi_dump(config.dump_acpi, &config);
		return 0;
	}

	raise_limit();
	if (config.restore)
		return run_restored(&config);
	boot_open(&boot, &config);
	memory_create(&vm.memory, &config);
	rom = memory_at(&vm.memory, ACPI_BASE, ACPI_SIZE);
	rsdp = acpi_build(rom, &config);
	boot_load(&boot, &vm.memory, rsdp, &entry);
	if (config.dry_run) {
		printf("%s: %s, entry 0x%llx\n", config.kernel, boot.loader->name, entry.rip);
		return 0;
	}

	vm_create(&vm, &config);
	vcpu_boot(&vm.vcpus[0], &entry);
	lifecycle_init(&vm);
	lifecycle_keep(&vm);
	control_open(&vm);
	gdb_open(&vm);
	return vm_run(&vm);
}

static int command_version(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	printf("keel %s (ABI %d)\n", KEEL_VERSION, KEEL_ABI_VERSION);
	return 0;
}

static void help_topics(FILE *to)
{
	fprintf(to, "Usage: keel run [OPTION...] KERNEL\n");
	fprintf(to, "       keel ctl PATH REQUEST\n");
	fprintf(to, "       keel stats PATH [--json]\n");
	fprintf(to, "       keel inspect PATH [--json] [DEVICE]\n");
	fprintf(to, "       keel help [run|ctl|exit|keys|input]\n");
	fprintf(to, "       keel version\n\n");
	fprintf(to, "Runs a guest on KVM with Keel's PC platform in the kernel.\n");
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

static int command_help(int argc, char **argv)
{
	size_t i;

	if (argc < 2) {
		help_topics(stdout);
		return 0;
	}
	for (i = 0; i < ARRAY_SIZE(topics); i++) {
		if (!strcmp(argv[1], topics[i].name)) {
			topics[i].print(stdout);
			return 0;
		}
	}
	die(STATUS_USAGE, "no help on \"%s\"; there is: keel help run, ctl, exit, keys, input",
	    argv[1]);
}

static const struct {
	const char *name;
	int (*function)(int argc, char **argv);
} commands[] = {
	{ "run",       command_run },
	{ "ctl",       command_ctl },
	{ "stats",     command_stats },
	{ "inspect",   command_inspect },
	{ "help",      command_help },
	{ "--help",    command_help },
	{ "-h",        command_help },
	{ "version",   command_version },
	{ "--version", command_version },
	{ "-V",        command_version },
};

int main(int argc, char **argv)
{
	size_t i;

	terminal_init();
	if (argc < 2) {
		help_topics(stderr);
		return STATUS_USAGE;
	}
	for (i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(argv[1], commands[i].name))
			return commands[i].function(argc - 1, argv + 1);
	die(STATUS_USAGE, "no command \"%s\"; see keel help", argv[1]);
}
