// SPDX-License-Identifier: GPL-2.0
/* Linux's struct boot_params, from which a kernel learns what its loader knows. */
#include <asm/bootparam.h>
#include <string.h>

#include "base.h"
#include "boot/bios.h"
#include "boot/boot.h"
#include "boot/image.h"
#include "boot/place.h"
#include "boot/zero_page.h"
#include "config/config.h"
#include "config/table.h"
#include "uapi/keel.h"
#include "vm/memory.h"

static void fill_e820(struct boot_params *params, const struct memory *memory)
{
	struct boot_range map[BOOT_RANGES];
	unsigned int i;

	params->e820_entries = boot_memory_map(memory, map);
	for (i = 0; i < params->e820_entries; i++) {
		params->e820_table[i].addr = map[i].start;
		params->e820_table[i].size = map[i].end - map[i].start;
		params->e820_table[i].type = map[i].type;
	}
}

/*
 * Not orig_video_isVGA: Linux would set a palette. It takes the screen for an EGA's, which has what
 * is there.
 */
static void fill_screen(struct screen_info *screen)
{
	screen->orig_video_mode = SCREEN_MODE;
	screen->orig_video_cols = SCREEN_COLUMNS;
	screen->orig_video_lines = SCREEN_ROWS;
	screen->orig_video_points = SCREEN_POINTS;
}

/**
 * linux_fill_zero_page() - struct boot_params, as BOOT_ZERO_PAGE.
 * @boot:   a bzImage, whose header is in it, or another kernel
 * @memory: the RAM
 * @rsdp:   guest physical address of the ACPI tables' root
 */
void linux_fill_zero_page(const struct boot *boot, struct memory *memory, __u64 rsdp)
{
	struct boot_params *params = memory_place(memory, boot->parts[BOOT_ZERO_PAGE],
						   PAGE);

	memset(params, 0, sizeof(*params));
	params->hdr.boot_flag = BOOT_FLAG;
	params->hdr.header = SETUP_MAGIC;
	params->hdr.version = PROTOCOL_MIN;
	params->hdr.cmdline_size = strlen(boot->cmdline);
	if (boot->setup)
		memcpy(&params->hdr, boot->kernel.data + SETUP_AT, boot->setup);
	params->hdr.type_of_loader = LOADER_OTHER;
	params->hdr.cmd_line_ptr = boot->parts[BOOT_TEXTS];
	if (boot->nr_modules) {
		params->hdr.ramdisk_image = boot->modules[0].at;
		params->hdr.ramdisk_size = boot->modules[0].image.size;
	}
	params->acpi_rsdp_addr = rsdp;
	fill_e820(params, memory);
	if (config_has(boot->config, KEEL_CLASS_SCREEN))
		fill_screen(&params->screen_info);
}
