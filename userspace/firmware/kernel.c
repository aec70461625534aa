// SPDX-License-Identifier: GPL-2.0
/*
 * A kernel, its initrd and its command line in fw_cfg, for firmware that starts one (qboot).
 * Megabytes are not for the host's kernel to keep: the board has no fw_cfg then, the launcher has.
 */
#include <stdlib.h>
#include <string.h>

#include "boot/boot.h"
#include "boot/linux.h"
#include "config/config.h"
#include "firmware/fwcfg.h"
#include "firmware/items.h"
#include "firmware/kernel.h"
#include "firmware/served.h"
#include "status.h"
#include "uapi/keel.h"
#include "vm/claim.h"
#include "vm/vm.h"

#define PORTS	2	/* the selector, and the data behind it */

/* Where QEMU has the parts of a bzImage, for firmware that asks (hw/i386/x86.c) */
enum { SETUP_PLACE = 0x10000, CMDLINE_PLACE = 0x20000, KERNEL_PLACE = 0x100000 };

/* A copy for the VM's life: a file may be cut off while the guest runs. */
static void *copy(const void *data, size_t size)
{
	void *to = malloc(size);

	if (!to)
		die(STATUS_MEMORY, "out of memory");
	return memcpy(to, data, size);
}

static void add(struct served *served, __u16 key, const void *data, __u32 size)
{
	served_add(served, key, copy(data, size), size);
}

static void add_number(struct served *served, __u16 key, __u32 value)
{
	add(served, key, &value, sizeof(value));
}

/* Its first part, with what a loader fills in */
static void add_setup(struct served *served, const struct boot *boot, __u32 size)
{
	__u8 *setup = copy(boot->kernel.data, size);
	struct linux_told told = {
		.cmdline = CMDLINE_PLACE, .heap_end = CMDLINE_PLACE - SETUP_PLACE,
	};

	if (boot->nr_modules) {
		told.initrd = boot->modules[0].at;
		told.initrd_size = boot->modules[0].image.size;
	}
	linux_tell(setup, &told);
	add_number(served, FWCFG_SETUP_ADDR, SETUP_PLACE);
	add_number(served, FWCFG_SETUP_SIZE, size);
	served_add(served, FWCFG_SETUP_DATA, setup, size);
}

static void add_kernel(struct served *served, const struct boot *boot)
{
	__u32 setup = linux_setup_size(boot), size = boot->kernel.size - setup;

	add_setup(served, boot, setup);
	add_number(served, FWCFG_KERNEL_ADDR, KERNEL_PLACE);
	add_number(served, FWCFG_KERNEL_SIZE, size);
	add(served, FWCFG_KERNEL_DATA, boot->kernel.data + setup, size);
}

static void add_cmdline(struct served *served, const struct boot *boot)
{
	__u32 size = strlen(boot->cmdline) + 1;

	add_number(served, FWCFG_CMDLINE_ADDR, CMDLINE_PLACE);
	add_number(served, FWCFG_CMDLINE_SIZE, size);
	add(served, FWCFG_CMDLINE_DATA, boot->cmdline, size);
}

static void add_initrd(struct served *served, const struct boot_module *initrd)
{
	__u32 size = initrd->image.size;

	add_number(served, FWCFG_INITRD_ADDR, initrd->at);
	add_number(served, FWCFG_INITRD_SIZE, size);
	add(served, FWCFG_INITRD_DATA, initrd->image.data, size);
}

/**
 * kernel_open() - take the kernel, its initrd and its command line.
 * @config: names them; dies if they cannot be started
 *
 * Return: the device, for a VM's @served.
 */
struct served *kernel_open(const struct config *config)
{
	struct boot *boot = calloc(1, sizeof(*boot));
	struct served *served = served_new();

	if (!boot)
		die(STATUS_MEMORY, "out of memory");
	boot_open(boot, config);
	if (boot->loader != &loader_linux)
		image_bad(&boot->kernel, STATUS_IMAGE, "%s: firmware starts Linux's bzImages alone",
			  boot->loader->name);
	add_kernel(served, boot);
	add_cmdline(served, boot);
	if (boot->nr_modules)
		add_initrd(served, &boot->modules[0]);
	boot_close(boot);
	free(boot);
	return served;
}

/* kernel_begin() - the other items as well, and the ports; dies if Keel's VM does not give these */
void kernel_begin(const struct vm *vm)
{
	const struct keel_fwcfg_items *items;
	__u32 i, length;

	items = items_build(vm->config, &vm->memory, &length);
	for (i = 0; i < items->nr; i++)
		served_add(vm->served, items->items[i].key,
			   (const __u8 *)items + items->items[i].offset, items->items[i].length);
	claim(vm, KEEL_CLAIM_PORTS, KEEL_FWCFG_PORT, PORTS);
}
