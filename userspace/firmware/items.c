// SPDX-License-Identifier: GPL-2.0
/*
 * What firmware is told, through fw_cfg: processors, memory, ACPI's and SMBIOS's tables, and from
 * which disks to boot first. On a board without COM1 SeaBIOS has no console.
 */
#include <asm/e820.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base.h"
#include "boot/acpi.h"
#include "boot/smbios.h"
#include "config/config.h"
#include "firmware/fwcfg.h"
#include "firmware/items.h"
#include "firmware/script.h"
#include "status.h"
#include "uapi/keel.h"
#include "vm/memory.h"

#define COM1		0x3f8
#define BY_PORTS	1	/* FWCFG_ID: the interface is the two ports */
#define PATH_SIZE	48	/* of a disk in the boot order */

struct e820_range {
	__u64 start;
	__u64 size;
	__u32 type;
} __packed;

static_assert(sizeof(struct e820_range) == 20, "etc/e820");

static bool has_com1(const struct config *config)
{
	unsigned int i;

	for (i = 0; i < config->nr_uarts; i++)
		if (!config->uarts[i].place.memory && config->uarts[i].place.base == COM1)
			return true;
	return false;
}

static void add_numbers(struct fwcfg *f, const struct config *config)
{
	const __u32 id = BY_PORTS;

	fwcfg_add(f, FWCFG_SIGNATURE, "QEMU", 4);
	fwcfg_add(f, FWCFG_ID, &id, sizeof(id));
	fwcfg_add_u16(f, FWCFG_NOGRAPHIC, has_com1(config));
	fwcfg_add_u16(f, FWCFG_NB_CPUS, config->cpus);
	fwcfg_add_u16(f, FWCFG_BOOT_MENU, 0);
	fwcfg_add_u16(f, FWCFG_MAX_CPUS, config->cpus);
	fwcfg_add(f, FWCFG_IRQ0_OVERRIDE, &(__u8){ 1 }, 1);
}

/* RAM alone: firmware adds what it reserves. */
static void add_memory(struct fwcfg *f, const struct memory *memory)
{
	const struct e820_range ranges[2] = {
		{ 0, memory->low, E820_RAM }, { RAM_HIGH, memory->high, E820_RAM },
	};

	fwcfg_add_file(f, "etc/e820", ranges, (memory->high ? 2 : 1) * sizeof(ranges[0]));
}

static void add_acpi(struct fwcfg *f, const struct config *config)
{
	static __u8 rom[ACPI_SIZE];

	memset(rom, 0, sizeof(rom));
	script_add(f, rom, acpi_build(rom, 0, config));
}

static void add_smbios(struct fwcfg *f, const struct config *config)
{
	static __u8 area[SMBIOS_SIZE];
	size_t used;

	memset(area, 0, sizeof(area));
	used = smbios_build(area, config);
	fwcfg_add_file(f, "etc/smbios/smbios-anchor", area, SMBIOS_ANCHOR);
	fwcfg_add_file(f, "etc/smbios/smbios-tables", area + SMBIOS_TABLES,
		       used - SMBIOS_TABLES);
}

/* A disk's name, as Open Firmware has it. */
static int print_path(char *text, size_t size, const struct virtio *device)
{
	if (device->transport == TRANSPORT_MMIO)
		return snprintf(text, size, "/virtio-mmio@%016llx/disk@0,0", device->base);
	return snprintf(text, size, "/pci@i0cf8/scsi@%x/disk@0,0", device->slot);
}

/* Disks in the order of --disk, a line each; the text ends with a NUL. */
static void add_boot_order(struct fwcfg *f, const struct config *config)
{
	char text[VIRTIO_DISKS * PATH_SIZE] = "";
	unsigned int i;
	size_t used = 0;

	for (i = 0; i < config->nr_virtio; i++) {
		if (config->virtio[i].type != KEEL_VIRTIO_BLK)
			continue;
		if (used)
			text[used++] = '\n';
		used += print_path(text + used, sizeof(text) - used, &config->virtio[i]);
	}
	if (used)
		fwcfg_add_file(f, "bootorder", text, used + 1);
}

/**
 * items_build() - all of it.
 * @config: resolved
 * @memory: the RAM
 * @length: bytes of the result
 *
 * Return: what KEEL_FWCFG_SET takes, to be freed.
 */
void *items_build(const struct config *config, const struct memory *memory, __u32 *length)
{
	struct fwcfg *f = calloc(1, sizeof(*f));
	void *items;

	if (!f)
		die(STATUS_MEMORY, "out of memory");
	add_numbers(f, config);
	add_memory(f, memory);
	add_acpi(f, config);
	add_smbios(f, config);
	add_boot_order(f, config);
	items = fwcfg_finish(f, length);
	free(f);
	return items;
}

/**
 * items_hand_over() - to a VM's fw_cfg; dies if that cannot be. They are not in its state: a
 *                     restored VM gets them anew.
 * @keel:   Keel's VM, which has not run
 * @config: its configuration
 * @memory: its RAM
 */
void items_hand_over(int keel, const struct config *config, const struct memory *memory)
{
	struct keel_fwcfg_set request = { .size = sizeof(request) };
	void *items = items_build(config, memory, &request.length);

	request.items = (__u64)items;
	if (ioctl(keel, KEEL_FWCFG_SET, &request))
		die(errno == ENOMEM ? STATUS_MEMORY : STATUS_INTERNAL, "KEEL_FWCFG_SET: %s",
		    strerror(errno));
	free(items);
}
