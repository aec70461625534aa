// SPDX-License-Identifier: GPL-2.0
/*
 * --firmware: "seabios", "microvm", "ovmf", "qboot", or a file, then "sum=..."; what goes with it
 * and what does not. A file with the name of a firmware is "./seabios".
 */
#include <string.h>

#include "base.h"
#include "config/config.h"
#include "config/firmware.h"
#include "config/platform.h"
#include "config/table.h"
#include "config/words.h"
#include "status.h"
#include "uapi/keel.h"

#define MEMORY_MIN	(16 * MIB)	/* SeaBIOS, and a boot loader */

static const struct firmware_file files[] = {
	{ .name = "seabios", .path = "/usr/share/seabios/bios-256k.bin", .package = "seabios" },
	{ .name = "microvm", .path = "/usr/share/seabios/bios-microvm.bin", .package = "seabios" },
	{ .name = "ovmf", .path = "/usr/share/OVMF/OVMF_CODE_4M.fd",
	  .vars = "/usr/share/OVMF/OVMF_VARS_4M.fd", .package = "ovmf" },
	{ .name = "qboot", .path = "/usr/share/qemu/qboot.rom", .package = "qemu-system-data",
	  .kernel = true },
};

static const char *const names[] = { "seabios", "microvm", "ovmf", "qboot" };

static_assert(ARRAY_SIZE(names) == ARRAY_SIZE(files), "a name for each");

const struct words firmware_words = WORDS(names);

/* firmware_find() - of the files that have a name; or NULL */
const struct firmware_file *firmware_find(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(files); i++)
		if (!strcmp(name, files[i].name))
			return &files[i];
	return NULL;
}

/* firmware_takes_kernel() - does the firmware start a kernel, and not what is on a disk? */
bool firmware_takes_kernel(const struct config *config)
{
	const char *path = config->firmware.path;
	const struct firmware_file *known;

	if (!path)
		return false;
	known = firmware_find(path);
	return known ? known->kernel : !strncmp(basename(path), "qboot", strlen("qboot"));
}

static const struct row rows[] = {
	{ "path", VALUE_TEXT, ROW_FIELD(firmware_config, path), .max = ROW_TEXT_MAX },
	{ "sum", VALUE_TEXT, ROW_FIELD(firmware_config, sum), .min = FIRMWARE_SUM,
	  .max = FIRMWARE_SUM },
};

static bool check(void *object, struct complaint *complaint)
{
	const struct firmware_config *firmware = object;

	if (!firmware->path || !*firmware->path)
		return complain(complaint, "path: a file is missing");
	if (firmware->sum && strspn(firmware->sum, "0123456789abcdef") != FIRMWARE_SUM)
		return complain(complaint, "sum: \"%s\" is not %u digits of 0 to 9, a to f",
				firmware->sum, FIRMWARE_SUM);
	return true;
}

const struct object_type firmware_object = {
	.rows = rows, .nr = ARRAY_SIZE(rows), .plain = 1, .check = check,
};

/* ---- What goes with it ---- */

static void __noreturn refuse(const struct config *config, const char *what, const char *why)
{
	if (config->firmware.why)
		die(STATUS_USAGE, "without a kernel, firmware starts %s: not with %s: %s",
		    config->firmware.why, what, why);
	die(STATUS_USAGE, "--firmware: not with %s: %s", what, why);
}

/* A kernel's loader does not run. */
static void check_no_kernel(const struct config *config)
{
	static const char why[] = "firmware boots from a disk";

	if (config->kernel)
		refuse(config, "a kernel", why);
	if (config->initrd)
		refuse(config, "--initrd", why);
	if (config->nr_modules)
		refuse(config, "--module", why);
	if (config->append)
		refuse(config, "--append", why);
	if (config->flat)
		refuse(config, "--flat", why);
	if (config->virtio_cmdline)
		refuse(config, "--virtio-cmdline", why);
}

/* It does, in firmware. */
static void check_kernel(const struct config *config)
{
	static const char why[] = "it starts Linux alone";

	if (!config->kernel)
		die(STATUS_USAGE,
		    "--firmware: %s starts a kernel, and nothing on a disk: keel run --firmware %s KERNEL",
		    config->firmware.path, config->firmware.path);
	if (config->nr_modules)
		refuse(config, "--module", why);
	if (config->flat)
		refuse(config, "--flat", why);
}

/* What SeaBIOS and OVMF use without asking whether it is there */
static void check_chips(const struct config *config)
{
	static const struct { unsigned int class; const char *option; } needed[] = {
		{ KEEL_CLASS_PIC, "--no-pic" }, { KEEL_CLASS_IOAPIC, "--no-ioapic" },
		{ KEEL_CLASS_PIT, "--no-pit" }, { KEEL_CLASS_RTC, "--no-rtc" },
		{ KEEL_CLASS_PM, "--no-pm" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(needed); i++)
		if (!config_has(config, needed[i].class))
			refuse(config, needed[i].option, "firmware needs it");
}

/* SeaBIOS looks for disks in memory, too; of a user's file it is not known. */
static void check_without_pci(const struct config *config)
{
	const struct firmware_file *known = firmware_find(config->firmware.path);

	if (known && known->vars)
		refuse(config, "--no-pci", "OVMF looks for disks on PCI alone, microvm does not");
}

/* Firmware places PCI's memory up to the IOAPIC's. */
static void check_places(const struct config *config)
{
	static const char why[] = "firmware has PCI's memory there";
	unsigned int i;

	for (i = 0; i < config->nr_uarts; i++)
		if (config->uarts[i].place.memory)
			refuse(config, "--serial mmio:", why);
	for (i = 0; i < config->nr_virtio; i++)
		if (config->virtio[i].transport == TRANSPORT_MMIO)
			refuse(config, "transport=mmio", why);
}

/* Standard output is the console's, and what is behind a socket would be asked for more. */
static void check_log(const struct config *config)
{
	switch (config->firmware_log.kind) {
	case HOSTFILE_STDIO:
	case HOSTFILE_SOCKET:
		die(STATUS_USAGE, "--firmware-log: allowed: none, pty, fd=N, or a file's path");
	default:
		break;
	}
}

/* What is in a file of the user's may have some: nvram_open() looks. */
static void check_nvram(const struct config *config)
{
	const struct firmware_file *known = firmware_find(config->firmware.path);

	if (config->nvram && known && !known->vars)
		refuse(config, "--nvram", "it keeps no variables, OVMF does");
}

static void check_others(const struct config *config)
{
	if (config->screen)
		refuse(config, "--screen", "there is no VGA, firmware uses the serial port");
	if (config_has(config, KEEL_CLASS_TESTDEV))
		refuse(config, "--testdev", "its PCI function is in the LPC bridge's slot");
	if (config->memory < MEMORY_MIN)
		die(STATUS_USAGE, "--firmware: %llu MiB of memory, it needs %llu",
		    config->memory / MIB, MEMORY_MIN / MIB);
}

/* What is of no use to a kernel */
static void check_without(const struct config *config)
{
	if (config->firmware_log.kind != HOSTFILE_UNSET)
		die(STATUS_USAGE, "--firmware-log goes with --firmware");
	if (config->nvram)
		die(STATUS_USAGE, "--nvram goes with --firmware ovmf, or a disk that UEFI starts");
}

static void resolve(struct config *config)
{
	const bool pci = config_has(config, KEEL_CLASS_PCIHOST);

	if (firmware_takes_kernel(config))
		check_kernel(config);
	else
		check_no_kernel(config);
	check_chips(config);
	if (pci)
		check_places(config);
	else
		check_without_pci(config);
	check_log(config);
	check_nvram(config);
	check_others(config);
	config->platform = pci ? &platform_firmware : &platform_firmware_no_pci;
	config->devices |= config->platform->devices;
	if (config->kernel)	/* the launcher has it: firmware/kernel.c */
		config->devices &= ~BIT(KEEL_CLASS_FWCFG);
	if (config_logs_firmware(config))
		config->devices |= BIT(KEEL_CLASS_DEBUGCON);
}

/* firmware_resolve() - the platform for it; dies if the user's other wishes do not go with it */
void firmware_resolve(struct config *config)
{
	if (config->firmware.path)
		resolve(config);
	else
		check_without(config);
}
